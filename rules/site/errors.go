package site

import (
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Errors are the mistakes of a profile, in the order of its text.
type Errors []Error

// Error is one mistake of a profile.
type Error struct {
	Span    source.Span
	Message string
}

// Error returns all mistakes, each with its place and the line that it is on.
func (e Errors) Error() string {
	var b strings.Builder
	for i, x := range e {
		if i > 0 {
			b.WriteByte('\n')
		}
		p := x.Span.Position()
		fmt.Fprintf(&b, "%s: %s", p, x.Message)
		text := strings.ToValidUTF8(x.Span.File.Line(p.Line).Text(), "\ufffd")
		if text == "" {
			continue
		}
		end := max(x.Span.EndPosition().Column, p.Column+1)
		if x.Span.EndPosition().Line != p.Line {
			end = p.Column + 1
		}
		fmt.Fprintf(&b, "\n  %s\n  %s%s", printable(text), strings.Repeat(" ", p.Column-1), strings.Repeat("^", end-p.Column))
	}
	return b.String()
}

// printable returns text with a blank for every control character, so that
// columns stay and a terminal obeys nothing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}
