package report

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// How many problems people are shown: of those that say the same, and in all.
// The footer counts them all, and -v shows them.
const (
	maxSame     = 3
	maxProblems = 60
)

// sameProblem tells problems apart that are worth a frame each.
type sameProblem struct {
	kind    source.ProblemKind
	message string
}

// problems writes what could not be read or modelled.
func (t *textWriter) problems() {
	total := map[sameProblem]int{}
	for _, p := range t.d.Problems {
		total[sameProblem{p.Kind, p.Message}]++
	}
	seen := map[sameProblem]int{}
	written, left := 0, 0
	for _, p := range t.d.Problems {
		if !t.o.shows(p.Kind) {
			continue
		}
		key := sameProblem{p.Kind, p.Message}
		seen[key]++
		switch n := seen[key]; {
		case t.o.Verbose:
			t.problem(p, 0)
		case n > maxSame:
		case written == maxProblems:
			left++
		case n == maxSame:
			t.problem(p, total[key]-n)
			written++
		default:
			t.problem(p, 0)
			written++
		}
	}
	if left > 0 {
		fmt.Fprintf(t.b, "%s more; -v shows them\n\n", plural(left, "problem"))
	}
}

// problem writes a problem, and how many more there are that say the same.
func (t *textWriter) problem(p source.Problem, more int) {
	fmt.Fprintf(t.b, "%s: %s\n", t.c.problem(p.Kind, p.Kind.String()), t.c.bold(clean(p.Message)))
	marks := []mark{{p.Span, "", true}}
	if p.Span.IsZero() {
		marks = nil
	}
	frames := newFramer(t.b, t.c, marks)
	frames.write(marks)
	if more > 0 {
		t.row(frames.gutter, "more", plural(more, "statement")+" like this; -v shows them")
	}
	fmt.Fprintln(t.b)
}
