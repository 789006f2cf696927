package report

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// mark is a place in a frame with what is to be said of it.
type mark struct {
	span    source.Span
	text    string
	primary bool
}

// framer writes lines of configurations with places in them underlined.
type framer struct {
	b      *bufio.Writer
	c      *palette
	gutter int // columns of the largest line number
}

const (
	frameColumns = 120 // of a line of configuration that are shown
	tabColumns   = 4
	minLabel     = 30 // columns that a label needs to stand beside its place
)

// newFramer returns a framer for the marks of one finding or problem.
func newFramer(b *bufio.Writer, c *palette, marks []mark) *framer {
	f := &framer{b: b, c: c, gutter: 1}
	for _, m := range marks {
		f.gutter = max(f.gutter, len(strconv.Itoa(m.span.Line())))
	}
	return f
}

// write writes a block for each file: that of the primary place first, then the
// others as they come; in a block places are in the order of the file.
func (f *framer) write(marks []mark) {
	var files []*source.File
	for _, first := range []bool{true, false} {
		for _, m := range marks {
			if m.primary == first && !slices.Contains(files, m.span.File) {
				files = append(files, m.span.File)
			}
		}
	}
	for _, file := range files {
		var own []mark
		for _, m := range marks {
			if m.span.File == file {
				own = append(own, m)
			}
		}
		slices.SortStableFunc(own, func(x, y mark) int {
			return cmp.Or(cmp.Compare(x.span.Start, y.span.Start), cmp.Compare(x.span.End, y.span.End))
		})
		f.block(own)
	}
}

// block writes the places of one file, which are in its order.
func (f *framer) block(marks []mark) {
	head := marks[0]
	if i := slices.IndexFunc(marks, func(m mark) bool { return m.primary }); i >= 0 {
		head = marks[i]
	}
	f.place(head.span.Position())
	f.bar()
	last, cut := 0, false
	for _, m := range marks {
		line := m.span.Line()
		if last > 0 && line > last+1 {
			fmt.Fprintf(f.b, "%*s %s\n", f.gutter, "", f.c.dim(":"))
		}
		w := windowOf(m)
		if line != last || cut || w.cut {
			fmt.Fprintf(f.b, "%s %s\n", f.c.dim(fmt.Sprintf("%*d |", f.gutter, line)), w.text)
		}
		last, cut = line, w.cut
		f.underline(m, w)
	}
	f.bar()
}

// place writes the arrow to a place.
func (f *framer) place(p source.Position) {
	fmt.Fprintf(f.b, "%*s%s %s\n", f.gutter, "", f.c.dim("-->"), clean(p.String()))
}

func (f *framer) bar() { fmt.Fprintf(f.b, "%*s %s\n", f.gutter, "", f.c.dim("|")) }

// underline writes what underlines a place, and its label.
func (f *framer) underline(m mark, w window) {
	sign := "-"
	if m.primary {
		sign = "^"
	}
	under := strings.Repeat(sign, w.columns)
	if m.primary {
		under = f.c.bold(under)
	}
	row := func(indent int, parts ...string) {
		fmt.Fprintf(f.b, "%*s %s %*s%s\n", f.gutter, "", f.c.dim("|"), indent, "", strings.Join(parts, " "))
	}
	label := clean(m.text)
	if end := m.span.EndPosition(); end.Line > m.span.Line() && end.Column > 1 {
		label = strings.TrimSpace(fmt.Sprintf("%s (down to line %d)", label, end.Line))
	}
	indent := w.indent + w.columns + 1
	room := maxColumns - f.gutter - 3 - indent
	switch {
	case label == "":
		row(w.indent, under)
		return
	case room < minLabel && width(label) > room:
		row(w.indent, under)
		indent = min(w.indent, maxColumns-f.gutter-3-2*minLabel)
		room = maxColumns - f.gutter - 3 - indent
		for _, line := range wrap(label, room) {
			row(indent, line)
		}
		return
	}
	lines := wrap(label, room)
	row(w.indent, under, lines[0])
	for _, line := range lines[1:] {
		row(indent, line)
	}
}

// window is the part of a line that is shown around a place.
type window struct {
	text    string
	indent  int // columns before the place
	columns int // columns of the place
	cut     bool
}

// windowOf returns what is shown of the line of a place: all of it, or as much
// as there is room for, with the place in it.
func windowOf(m mark) window {
	file := m.span.File
	line := file.Line(m.span.Line())
	start, end := int(line.Start), int(line.End)
	if start == 0 && strings.HasPrefix(string(file.Text[:min(end, 3)]), "\ufeff") {
		start += len("\ufeff")
	}
	from := min(max(int(m.span.Start), start), end)
	to := min(max(int(m.span.End), from), end)
	// Of a line of megabytes only the bytes that may be shown are looked at.
	const reach = frameColumns * utf8.UTFMax
	first, past := runeStart(file.Text, max(start, from-reach), start), runeStart(file.Text, min(end, min(to, from+reach)+reach), start)
	before := shownCells(file, first, from)
	middle := shownCells(file, from, min(to, past))
	after := shownCells(file, min(to, past), past)
	isCut := first > start || past < end
	if !isCut && columns(before)+columns(middle)+columns(after) <= frameColumns {
		return window{join(before) + join(middle) + join(after), columns(before), max(columns(middle), 1), false}
	}
	// A place gets what the text beside it leaves, and half of the frame at least.
	beside := min(columns(before), frameColumns/4) + min(columns(after), frameColumns/4)
	middle, tail := head(middle, frameColumns-2-beside)
	left, lead := ending(before, max(frameColumns/3, frameColumns-columns(middle)-columns(after)-2))
	if first > start {
		lead = "…"
	}
	right, rest := head(after, frameColumns-columns(left)-columns(middle)-2)
	if tail != "" {
		right, rest = nil, ""
	}
	if past < end && tail == "" {
		rest = "…"
	}
	return window{lead + join(left) + join(middle) + tail + join(right) + rest, width(lead) + columns(left), max(columns(middle), 1), true}
}

// runeStart returns the offset of the character that at lies in.
func runeStart(text []byte, at, low int) int {
	for n := 0; n < utf8.UTFMax-1 && at > low && at < len(text) && !utf8.RuneStart(text[at]); n++ {
		at--
	}
	return at
}

// shownCells returns the characters of a part of a file, with tabs as blanks and
// secrets as stars.
func shownCells(file *source.File, from, to int) []cell {
	text := file.Span(from, to).Shown()
	out := cells(text)
	for i := range out {
		if text[out[i].at] == '\t' {
			out[i].text, out[i].width = strings.Repeat(" ", tabColumns), tabColumns
		}
	}
	return out
}

// head returns the cells that fit into so many columns, and dots if it is not
// all of them.
func head(list []cell, most int) (fit []cell, dots string) {
	used := 0
	for i, c := range list {
		if used += c.width; used > most {
			return list[:i], "…"
		}
	}
	return list, ""
}

// ending is head for the last cells.
func ending(list []cell, most int) (fit []cell, dots string) {
	used := 0
	for i, l := range slices.Backward(list) {
		if used += l.width; used > most {
			return list[i+1:], "…"
		}
	}
	return list, ""
}
