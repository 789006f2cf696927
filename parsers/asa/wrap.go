package asa

import (
	"bytes"
	"slices"
	"strconv"
)

// defaultWidth is how many columns a terminal has.
const defaultWidth = 80

// unwrap returns the text with the lines joined that a terminal broke at its
// edge, how many there were, and how wide it was. A line is taken to go on if it
// is as long as the terminal is wide, no line is longer, and the next one begins
// with what begins no line; a row that is one short lost the blank at its end
// (asa.md section 1).
func (t *text) unwrap(isCommand func(word string) bool) (out *text, joined, width int) {
	width = defaultWidth
	longest := 0
	for rest := t.clean; len(rest) > 0; {
		var row []byte
		row, rest = nextRow(rest)
		longest = max(longest, len(row))
		if after, ok := bytes.CutPrefix(row, []byte("terminal width ")); ok {
			if n, err := strconv.Atoi(string(bytes.TrimSpace(after))); err == nil && n >= 40 {
				width = n
			}
		}
	}
	if longest != width {
		return t, 0, width
	}
	var cuts []cut
	var blanks []int // line ends that stand for a blank at the edge
	var head []byte  // of the line that may go on
	full := 0        // the length of the last row, if it reaches the edge
	for at := 0; at < len(t.clean); {
		row, rest := nextRow(t.clean[at:])
		switch {
		case full == 0 || !goesOn(head, row, isCommand):
			head = row
		case full == width:
			cuts = append(cuts, cut{start: cutAt(t.clean, at), end: at})
		default:
			blanks = append(blanks, at-1)
		}
		full = 0
		if len(row) >= width-1 {
			full = len(row)
		}
		at = len(t.clean) - len(rest)
	}
	return t.blanked(blanks).without(cuts), len(cuts) + len(blanks), width
}

// blanked returns the text with blanks in some places.
func (t *text) blanked(places []int) *text {
	if len(places) == 0 {
		return t
	}
	out := &text{file: t.file, clean: slices.Clone(t.clean), runs: t.runs}
	for _, at := range places {
		out.clean[at] = ' '
	}
	return out
}

// cutAt returns where the line end before an offset begins.
func cutAt(text []byte, at int) int {
	at--
	for at > 0 && text[at-1] == '\r' {
		at--
	}
	return at
}

// nextRow returns the first row of a text without its line end, and the rest.
func nextRow(text []byte) (row, rest []byte) {
	row, rest, ended := bytes.Cut(text, []byte{'\n'})
	if !ended {
		return row, nil
	}
	return bytes.TrimRight(row, "\r"), rest
}

// goesOn reports whether a row is the rest of the line that begins with head.
func goesOn(head, row []byte, isCommand func(string) bool) bool {
	words := bytes.Fields(row)
	if len(words) == 0 || head[0] == '!' || head[0] == ':' {
		return false
	}
	if row[0] == ' ' {
		// A break before a blank: only after a line that no block follows.
		switch first, _, _ := bytes.Cut(head, []byte{' '}); string(first) {
		case "access-list", "nat", "static", "global", "route", "access-group":
			return string(words[0]) != "access-list"
		}
		return false
	}
	return row[0] != '!' && row[0] != ':' && promptLength(row) == 0 && !isCommand(string(words[0]))
}

// promptLength returns the length of the prompt at the start of a line: what
// the device is called, and the mode, up to # or >. 0: there is none.
func promptLength(row []byte) int {
	i := 0
	for i < len(row) && (isNameByte(row[i]) || row[i] == '/' && i > 0) {
		i++
	}
	if i == 0 || i == len(row) {
		return 0
	}
	if row[i] == '(' {
		n := modeLength(row[i:])
		if n == 0 {
			return 0
		}
		i += n
	}
	if i < len(row) && (row[i] == '#' || row[i] == '>') {
		return i + 1
	}
	return 0
}

// modeLength returns the length of the mode in a prompt, as in (config-if).
func modeLength(row []byte) int {
	n := bytes.IndexByte(row, ')')
	if n < 2 {
		return 0
	}
	for _, c := range row[1:n] {
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return 0
		}
	}
	return n + 1
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}
