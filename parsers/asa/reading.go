package asa

import (
	"fmt"
	"sort"
	"strconv"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// reading is what was read from the files of an input.
type reading struct {
	configs     []*config
	problems    []source.Problem
	counts      [][]source.Count // of each config, for each file of the input
	assumptions []string         // about the input as a whole

	files []*source.File
	marks [][]mark // of each file, its statements in order
}

// mark says what became of a statement.
type mark struct {
	start, end int32
	config     int32
	kind       source.ProblemKind // 0: it was modelled
}

// read reads the files of an input, in order.
func read(in dialect.Input) *reading {
	r := newReader(in)
	for i, f := range in.Files {
		r.readFile(i, f)
	}
	return r.finish()
}

// reclassify says what became of the statement at span, where that shows only
// when names are resolved: kind is Undefined or Unsupported. Of several kinds
// the most harmful holds.
func (r *reading) reclassify(span source.Span, kind source.ProblemKind) {
	for i, f := range r.files {
		if f != span.File {
			continue
		}
		marks := r.marks[i]
		at := sort.Search(len(marks), func(j int) bool { return marks[j].start > span.Start }) - 1
		if at < 0 || marks[at].end < span.Start {
			continue
		}
		m := &marks[at]
		if m.kind != 0 && m.kind <= kind {
			return
		}
		c := &r.counts[m.config][i]
		uncount(c, m.kind)
		c.Add(kind)
		m.kind = kind
		return
	}
}

// uncount takes one statement out of a count.
func uncount(c *source.Count, kind source.ProblemKind) {
	var one source.Count
	one.Add(kind)
	c.Total -= one.Total
	c.Modelled -= one.Modelled
	c.Ignored -= one.Ignored
	c.Unsupported -= one.Unsupported
	c.Undefined -= one.Undefined
	c.Malformed -= one.Malformed
}

// problem notes a problem.
func (r *reading) problem(kind source.ProblemKind, span source.Span, message string) {
	r.problems = append(r.problems, source.Problem{Kind: kind, Span: span, Message: message})
}

func number(n int) string { return strconv.Itoa(n) }

// plural returns a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
