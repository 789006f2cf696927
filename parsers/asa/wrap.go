package asa

import (
	"bytes"
	"strconv"
)

// defaultWidth is how many columns a terminal has.
const defaultWidth = 80

// unwrap returns the text with the lines joined that a terminal broke at its
// edge, how many there were, and how wide it was. A line is taken to go on if it
// is as long as the terminal is wide, no line is longer, and the next one begins
// with what is no command (asa.md section 1).
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
	var head []byte // of the line that may go on
	full := false   // the last row is as long as the terminal is wide
	for at := 0; at < len(t.clean); {
		row, rest := nextRow(t.clean[at:])
		if full && goesOn(head, row, isCommand) {
			cuts = append(cuts, cut{start: cutAt(t.clean, at), end: at})
		} else {
			head = row
		}
		full = len(row) == width
		at = len(t.clean) - len(rest)
	}
	return t.without(cuts), len(cuts), width
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
	n := bytes.IndexByte(text, '\n')
	if n < 0 {
		return text, nil
	}
	return bytes.TrimRight(text[:n], "\r"), text[n+1:]
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
		n := bytes.IndexByte(row[i:], ')')
		if n < 2 {
			return 0
		}
		for _, c := range row[i+1 : i+n] {
			if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return 0
			}
		}
		i += n + 1
	}
	if i < len(row) && (row[i] == '#' || row[i] == '>') {
		return i + 1
	}
	return 0
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}
