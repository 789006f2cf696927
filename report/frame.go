package report

import (
	"bufio"
	"fmt"
	"slices"
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

// frameWidth is how many columns of a line of text a frame shows.
const frameWidth = 140

// frame writes the lines of some places in the order of the file, each with its
// text underlined.
func frame(b *bufio.Writer, c *palette, marks []mark) {
	slices.SortStableFunc(marks, func(x, y mark) int {
		if x.span.File != y.span.File {
			return strings.Compare(x.span.File.Name, y.span.File.Name)
		}
		return int(x.span.Start - y.span.Start)
	})
	gutter := 0
	for _, m := range marks {
		gutter = max(gutter, len(fmt.Sprint(m.span.Line())))
	}
	blank := strings.Repeat(" ", gutter)
	fmt.Fprintf(b, "%s %s\n", blank, c.dim("|"))
	for i, m := range marks {
		line := m.span.Line()
		switch {
		case i > 0 && marks[i-1].span.File != m.span.File:
			fmt.Fprintf(b, "%s %s %s\n", blank, c.dim(":::"), clean(m.span.File.Name))
		case i > 0 && line > marks[i-1].span.Line()+1:
			fmt.Fprintf(b, "%s %s\n", blank, c.dim(":"))
		}
		text, under := underlined(m)
		if i == 0 || marks[i-1].span.File != m.span.File || marks[i-1].span.Line() != line {
			fmt.Fprintf(b, "%s %s %s\n", c.dim(fmt.Sprintf("%*d", gutter, line)), c.dim("|"), text)
		}
		fmt.Fprintf(b, "%s %s %s %s\n", blank, c.dim("|"), c.bold(under), clean(m.text))
	}
	fmt.Fprintf(b, "%s %s\n", blank, c.dim("|"))
}

// underlined returns the line of a place, cut around it if it is long, and what
// underlines the place.
func underlined(m mark) (text, under string) {
	line := m.span.File.Line(m.span.Line())
	raw := line.Text()
	from := int(m.span.Start - line.Start)
	to := min(int(m.span.End-line.Start), len(raw))
	from = max(0, min(from, len(raw)))
	to = max(to, from)
	before, middle, after := strings.ReplaceAll(raw[:from], "\t", "    "), strings.ReplaceAll(raw[from:to], "\t", "    "), strings.ReplaceAll(raw[to:], "\t", "    ")
	before, middle, after = clean(before), clean(middle), clean(after)
	if total := utf8.RuneCountInString(before) + utf8.RuneCountInString(middle) + utf8.RuneCountInString(after); total > frameWidth {
		before, middle, after = cut(before, middle, after)
	}
	sign := "-"
	if m.primary {
		sign = "^"
	}
	return before + middle + after, strings.Repeat(" ", width(before)) + strings.Repeat(sign, max(width(middle), 1))
}

// cut shortens a long line around its middle.
func cut(before, middle, after string) (string, string, string) {
	const side = frameWidth / 3
	if r := []rune(before); len(r) > side {
		before = "…" + string(r[len(r)-side+1:])
	}
	if r := []rune(middle); len(r) > frameWidth/2 {
		middle = string(r[:frameWidth/2-1]) + "…"
	}
	room := frameWidth - utf8.RuneCountInString(before) - utf8.RuneCountInString(middle)
	if r := []rune(after); len(r) > room {
		after = string(r[:max(room-1, 0)]) + "…"
	}
	return before, middle, after
}
