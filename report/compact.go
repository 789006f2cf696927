package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/moveit-lint/moveit-lint/rules/lint"
)

func writeCompact(w io.Writer, d *Document, o Options) error {
	b := bufio.NewWriter(w)
	for i := range d.Findings {
		f := &d.Findings[i]
		fmt.Fprintf(b, "%s: %s[%s] %s (%s)\n", clean(f.Span.Position().String()), f.Severity, f.Check.ID, clean(f.Message), f.Certainty)
	}
	for _, p := range d.Problems {
		fmt.Fprintf(b, "%s: %s: %s\n", clean(p.Span.Position().String()), p.Kind, clean(p.Message))
	}
	for _, f := range d.Failures {
		fmt.Fprintf(b, "%s: %s\n", clean(f.File), clean(f.Message))
	}
	if !o.Quiet {
		fmt.Fprintln(b, countFindings(d))
	}
	return b.Flush()
}

// countFindings sums the findings up in one line.
func countFindings(d *Document) string {
	count := map[lint.Severity]int{}
	possible := 0
	for i := range d.Findings {
		count[d.Findings[i].Severity]++
		if d.Findings[i].Certainty == lint.Possible {
			possible++
		}
	}
	s := plural(len(d.Findings), "finding")
	sep := ": "
	for _, severity := range lint.Severities {
		if n := count[severity]; n > 0 {
			s += fmt.Sprintf("%s%d %s", sep, n, severity)
			sep = ", "
		}
	}
	if possible > 0 {
		s += fmt.Sprintf("; %d of them possible, the others certain", possible)
	}
	if d.Hidden > 0 {
		s += fmt.Sprintf("; %d hidden by --min-severity", d.Hidden)
	}
	return s
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
