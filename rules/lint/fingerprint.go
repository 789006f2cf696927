package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Sort puts findings in the order in which reports show them, and gives each its
// fingerprint: made of meaning, not of places, so that moved lines, counters and
// time stamps change nothing. relative names a file the same way whatever folder
// the program runs in; nil leaves names as they are.
func Sort(list []Finding, relative func(file string) string) {
	if relative == nil {
		relative = func(file string) string { return file }
	}
	slices.SortStableFunc(list, func(a, b Finding) int {
		if a.Span.File != b.Span.File && a.Span.File != nil && b.Span.File != nil {
			if c := strings.Compare(a.Span.File.Name, b.Span.File.Name); c != 0 {
				return c
			}
		}
		if a.Span.Start != b.Span.Start {
			return int(a.Span.Start) - int(b.Span.Start)
		}
		if c := strings.Compare(a.Check.ID, b.Check.ID); c != 0 {
			return c
		}
		return strings.Compare(a.Message, b.Message)
	})
	seen := map[string]int{}
	for i := range list {
		base := meaning(&list[i], relative)
		seen[base]++
		list[i].Fingerprint = digest(fmt.Sprintf("%s\n%d", base, seen[base]))
	}
}

// meaning returns what a finding is about, without what changes by itself.
func meaning(f *Finding, relative func(string) string) string {
	name, text := "", ""
	if file := f.Span.File; file != nil {
		name = relative(file.Name)
		// A line may hold a whole ruleset, as JSON often does.
		written := file.Line(f.Span.Line())
		if s := f.statement; s.File == file && written.Start <= s.Start && s.End <= written.End {
			written = s
		}
		text = string(source.Deciding(written.Masked()))
		if f.comment != "" {
			text = strings.ReplaceAll(text, f.comment, "")
		}
		text = strings.Join(strings.Fields(text), " ")
	}
	parts := []string{f.Check.ID, f.Flow.From, f.Flow.To, f.Flow.Protocol, f.Flow.Ports, name, f.chain, text}
	if f.Context != "" {
		parts = append(parts, f.Context)
	}
	return strings.Join(parts, "\n")
}

// digestLength is how many hexadecimal digits a fingerprint has.
const digestLength = 32

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:digestLength]
}
