package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Configurations are not trusted: what they hold, and what they are called,
// reaches a terminal or the log of a build only through this file.

// cell is what one character of a text looks like.
type cell struct {
	text  string
	width int // in columns
	at    int // byte offset in the text
}

// maxMarks is how many marks may join one letter: no language needs more, and
// a pile of them would cover the lines above.
const maxMarks = 2

// cells returns the characters of a text as they may be shown: control
// characters, those that turn the direction of writing or cannot be seen, and
// bytes that are not UTF-8 are written out.
func cells(s string) []cell {
	out := make([]cell, 0, len(s))
	marks := maxMarks // a mark at the start would join what stands before the text
	for at := 0; at < len(s); {
		r, n := utf8.DecodeRuneInString(s[at:])
		c := cell{at: at, text: s[at : at+n], width: 1}
		isMark := unicode.In(r, unicode.Mn, unicode.Me)
		switch {
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f, r == '#' && isCommand(s[at:]):
			c.text = fmt.Sprintf(`\x%02x`, s[at])
			c.width = len(c.text)
		case !unicode.IsGraphic(r), isMark && marks == maxMarks:
			c.text = fmt.Sprintf(`\u{%x}`, r)
			c.width = len(c.text)
		case isMark:
			c.width = 0
		case unicode.Is(wide, r):
			c.width = 2
		}
		if isMark {
			marks = min(marks+1, maxMarks)
		} else {
			marks = 0
		}
		out = append(out, c)
		at += n
	}
	return out
}

// isCommand reports whether a text starts like a command that build servers
// take out of the middle of a log line: "##[group]", "##vso[task.complete]".
func isCommand(s string) bool {
	const vso = "##vso["
	return strings.HasPrefix(s, "##[") || len(s) >= len(vso) && strings.EqualFold(s[:len(vso)], vso)
}

// clean returns a text as it may be shown.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	return join(cells(s))
}

// cleanLead is clean for a text that a line of output starts with: build servers
// take a line that starts with two colons for a command.
func cleanLead(s string) string {
	s = clean(s)
	if trimmed := strings.TrimLeft(s, " "); strings.HasPrefix(trimmed, "::") {
		return `\x3a` + trimmed[1:]
	}
	return s
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f || s[i] == '#' && isCommand(s[i:]) {
			return false
		}
	}
	return true
}

func join(list []cell) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.text)
	}
	return b.String()
}

// columns returns how many columns cells take.
func columns(list []cell) int {
	n := 0
	for _, c := range list {
		n += c.width
	}
	return n
}

// width returns how many columns a text takes that is shown as clean has it.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return columns(cells(s))
}

// wide are the characters that take two columns: the blocks that are wide or
// full-width throughout in Unicode's annex 11, and those of most emoji.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1},
		{0x2e80, 0x303e, 1},
		{0x3041, 0xa4cf, 1},
		{0xa960, 0xa97f, 1},
		{0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1},
		{0xfe10, 0xfe19, 1},
		{0xfe30, 0xfe6f, 1},
		{0xff01, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x17000, 0x18cff, 1}, {0x1b000, 0x1b2ff, 1}, {0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

// oneLine returns a text with its blanks joined, as it may be shown, and cut
// after so many characters.
func oneLine(s string, most int) string {
	s = clean(strings.Join(strings.Fields(s), " "))
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// maxColumns is how wide a line of the terminal report gets that is not a line
// of the configuration.
const maxColumns = 100

// wrap breaks a text that is already clean into lines of so many columns where
// it has blanks. A line never starts with two colons, as cleanLead has it.
func wrap(s string, columns int) []string {
	var out []string
	line, used := "", 0
	for word := range strings.FieldsSeq(s) {
		n := width(word)
		switch {
		case line == "":
			line, used = word, n
		case used+1+n > columns && !strings.HasPrefix(word, "::"):
			out = append(out, line)
			line, used = word, n
		default:
			line, used = line+" "+word, used+1+n
		}
	}
	return append(out, line)
}
