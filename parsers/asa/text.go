package asa

import (
	"bytes"
	"sort"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// text is what a file says once what a terminal left in it is gone: page
// breaks, zero bytes, lines that were wrapped. It knows where each byte was.
type text struct {
	file  *source.File
	clean []byte
	runs  []run // sorted; nil: the text is as the file has it
}

// run is a stretch of clean text that stands in the file without a break.
type run struct{ clean, file int }

// cut is a stretch that is to go.
type cut struct{ start, end int }

// newText returns the text of a file without the traces of a terminal.
func newText(f *source.File) *text {
	t := &text{file: f, clean: f.Text}
	if bytes.IndexByte(f.Text, '\n') < 0 && bytes.IndexByte(f.Text, '\r') >= 0 {
		t.clean = bytes.ReplaceAll(f.Text, []byte{'\r'}, []byte{'\n'})
	}
	t = t.without(traces(t.clean))
	t.endLines()
	return t
}

// endLines makes a line end of each carriage return that none follows: behind it
// another line begins, though it may be written over the one before on a terminal.
func (t *text) endLines() {
	copied := t.runs != nil
	for i := 0; i < len(t.clean); {
		n := bytes.IndexByte(t.clean[i:], '\r')
		if n < 0 {
			return
		}
		first := i + n
		for i = first; i < len(t.clean) && t.clean[i] == '\r'; i++ {
			continue
		}
		if i < len(t.clean) && t.clean[i] == '\n' {
			continue
		}
		if !copied {
			t.clean, copied = bytes.Clone(t.clean), true
		}
		t.clean[i-1] = '\n'
	}
}

// origin returns where in the file the byte at an offset was.
func (t *text) origin(offset int) int {
	i := sort.Search(len(t.runs), func(i int) bool { return t.runs[i].clean > offset }) - 1
	if i < 0 {
		return offset
	}
	return min(t.runs[i].file+offset-t.runs[i].clean, len(t.file.Text))
}

// span returns the place in the file of a stretch of text.
func (t *text) span(start, end int) source.Span {
	if t.runs == nil {
		return t.file.Span(start, end)
	}
	from := t.origin(start)
	if end <= start {
		return t.file.Span(from, from)
	}
	return t.file.Span(from, max(from, t.origin(end-1)+1))
}

// without returns the text without some stretches, which are sorted.
func (t *text) without(cuts []cut) *text {
	if len(cuts) == 0 {
		return t
	}
	out := &text{file: t.file, clean: make([]byte, 0, len(t.clean))}
	at, next := 0, 0
	keep := func(end int) {
		if end <= at {
			return
		}
		out.runs = append(out.runs, run{len(out.clean), t.origin(at)})
		for ; next < len(t.runs) && t.runs[next].clean < end; next++ {
			if r := t.runs[next]; r.clean > at {
				out.runs = append(out.runs, run{len(out.clean) + r.clean - at, r.file})
			}
		}
		out.clean = append(out.clean, t.clean[at:end]...)
	}
	for _, c := range cuts {
		keep(c.start)
		at = max(at, c.end)
	}
	keep(len(t.clean))
	return out
}

// pageBreak is what the pager of the device prints at the end of a page.
var pageBreak = []byte("<--- More --->")

// blanksOfBreak is how many blanks the pager overwrites its line with.
const blanksOfBreak = 14

// traces returns what a terminal left in a text (asa.md section 1).
func traces(text []byte) (cuts []cut) {
	for _, bom := range [][]byte{{0xef, 0xbb, 0xbf}, {0xff, 0xfe}, {0xfe, 0xff}} {
		if bytes.HasPrefix(text, bom) {
			cuts = append(cuts, cut{0, len(bom)})
		}
	}
	if !bytes.ContainsAny(text, "\x00\b\x1b") && !bytes.Contains(text, pageBreak) {
		return cuts
	}
	for i := 0; i < len(text); {
		n := 0
		switch text[i] {
		case 0, '\b':
			n = 1
		case '\x1b':
			n = escape(text[i:])
		case '<':
			n = pager(text[i:])
		}
		if n == 0 {
			i++
			continue
		}
		cuts = append(cuts, cut{i, i + n})
		i += n
	}
	return cuts
}

// escape returns the length of the control sequence at the start of text.
func escape(text []byte) int {
	if len(text) < 2 || text[1] != '[' {
		return 1
	}
	for i := 2; i < len(text) && i < 16; i++ {
		if c := text[i]; c >= '@' && c <= '~' {
			return i + 1
		}
	}
	return 2
}

// pager returns the length of the page break at the start of text, with what
// overwrites it: up to the last carriage return or backspace. Where those were
// lost, the blanks go, and no more: those of an indented line stay.
func pager(text []byte) int {
	if !bytes.HasPrefix(text, pageBreak) {
		return 0
	}
	last, blanks, i := 0, 0, len(pageBreak)
loop:
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == ' ' && last == 0:
			blanks++
		case c == '\b' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			last = i + 1
		case c != ' ' && c != 0:
			break loop
		}
	}
	switch {
	case last > 0:
		return last
	case blanks >= blanksOfBreak:
		return len(pageBreak) + blanksOfBreak
	}
	return len(pageBreak)
}
