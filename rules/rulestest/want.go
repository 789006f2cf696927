package rulestest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// want is one expectation: a finding of a check on a line.
type want struct {
	check    string
	possible bool // the finding is a possible one; else it is certain
	pattern  *regexp.Regexp
	line     int // that the finding stands on
	at       source.Span
}

// wantLine is a comment with expectations, in the syntax of any dialect.
var wantLine = regexp.MustCompile(`^(?:[#!]\s*|: )want(\??)(?:\+(\d+))? (.*)$`)

// Wants compares findings with the want comments of the files. Such a comment
// stands above the line that it speaks of, other comments and wants between; at
// the head of a file it speaks of line 1 too:
//
//	# want smb-exposed "^critical: SMB .* is reachable" rdp-exposed "Remote Desktop"
//	# want? sql-exposed "depends on the contents of ipset partners"
//	-A FORWARD -d 10.20.0.11/32 -p tcp -j ACCEPT
//
// Each is the id of a check and a quoted regular expression for "SEVERITY:
// MESSAGE", for a possible finding with "; depends on REASON" behind it. All
// expectations of a comment that begins with want? are of possible findings, of
// the others certain ones. Where no comment can stand, as between the lines of an
// object group of an appliance, it stands further above, and says how many lines
// are between:
//
//	! want+2 smb-exposed "reachable from the Internet"
//	object-group service WEB tcp
//	 port-object eq https
//	 port-object eq 445
//
// What is wanted and not found is an error, and so is what is found and not wanted.
func Wants(tb testing.TB, files []*source.File, findings []lint.Finding) {
	tb.Helper()
	wants := map[*source.File][]want{}
	for _, f := range files {
		wants[f] = parseWants(tb, f)
	}
	for i := range findings {
		f := &findings[i]
		list := wants[f.Span.File]
		text := WantText(f)
		n := slices.IndexFunc(list, func(w want) bool {
			return w.check == f.Check.ID && w.possible == (f.Certainty == lint.Possible) && w.line == spokenOf(f.Span.File, f.Span.Line()) && w.pattern.MatchString(text)
		})
		if n < 0 {
			tb.Errorf("%s: not wanted:\n# want%s %s %q", f.Span.Position(), mark(f.Certainty == lint.Possible), f.Check.ID, text)
			continue
		}
		wants[f.Span.File] = slices.Delete(list, n, n+1)
	}
	for _, f := range files {
		for _, w := range wants[f] {
			tb.Errorf("%s: not found on line %d: want%s %s %q", w.at.Position(), w.line, mark(w.possible), w.check, w.pattern)
		}
	}
}

// WantText returns what the regular expression of a want comment has to match.
func WantText(f *lint.Finding) string {
	text := fmt.Sprintf("%v: %s", f.Severity, f.Message)
	if f.Certainty == lint.Possible {
		text += "; depends on " + f.Depends
	}
	return text
}

func mark(possible bool) string {
	if possible {
		return "?"
	}
	return ""
}

// spokenOf returns the line that a want comment on line n speaks of: the next
// that is none itself. Line 1 stands for what has no place of its own.
func spokenOf(f *source.File, n int) int {
	for n < f.Lines() && wantLine.MatchString(strings.TrimSpace(f.Line(n).Text())) {
		n++
	}
	return n
}

func parseWants(tb testing.TB, f *source.File) []want {
	tb.Helper()
	var out []want
	for n := 1; n <= f.Lines(); n++ {
		m := wantLine.FindStringSubmatch(strings.TrimSpace(f.Line(n).Text()))
		if m == nil {
			continue
		}
		possible, line := m[1] == "?", spokenOf(f, n)
		if m[2] != "" {
			more, err := strconv.Atoi(m[2])
			if err != nil || line+more > f.Lines() {
				tb.Fatalf("%s: want+%s speaks of a line past the end", f.Line(n).Position(), m[2])
			}
			line += more
		}
		rest := m[3]
		for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
			check, after, _ := strings.Cut(rest, " ")
			quoted, err := strconv.QuotedPrefix(strings.TrimSpace(after))
			if err != nil {
				tb.Fatalf("%s: want: expected a check and a quoted regular expression, and not %s", f.Line(n).Position(), rest)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				tb.Fatalf("%s: want: %v", f.Line(n).Position(), err)
			}
			pattern, err := regexp.Compile(text)
			if err != nil {
				tb.Fatalf("%s: want: %v", f.Line(n).Position(), err)
			}
			out = append(out, want{check, possible, pattern, line, f.Line(n)})
			rest = strings.TrimSpace(after)[len(quoted):]
		}
	}
	return out
}
