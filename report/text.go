package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func writeText(w io.Writer, d *Document, o Options) error {
	b := bufio.NewWriter(w)
	c := newPalette(o.Color)
	for i := range d.Findings {
		textFinding(b, c, &d.Findings[i])
	}
	for _, p := range d.Problems {
		textProblem(b, c, p)
	}
	for _, f := range d.Failures {
		fmt.Fprintf(b, "%s: %s\n\n", c.bold(clean(f.File)), clean(f.Message))
	}
	if !o.Quiet {
		textFooter(b, d, o)
	}
	return b.Flush()
}

// textFinding writes a finding: how bad and what, where, its proof, what to do.
func textFinding(b *bufio.Writer, c *palette, f *lint.Finding) {
	message := f.Message
	if f.Certainty == lint.Possible {
		message = "possibly: " + message
	}
	fmt.Fprintf(b, "%s: %s\n", c.severity(f.Severity, fmt.Sprintf("%s[%s]", f.Severity, f.Check.ID)), c.bold(clean(message)))
	fmt.Fprintf(b, "  --> %s\n", clean(f.Span.Position().String()))
	frame(b, c, marksOf(f))
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %s %s\n", c.dim(fmt.Sprintf("= %-9s", name+":")), clean(text))
		}
	}
	if f.Witness != nil {
		row("witness", f.Witness.Flow.String())
		row("path", pathOf(f.Witness))
		if left := f.Witness.Left; left.Dst.IsValid() && left.Dst != f.Witness.Flow.Dst {
			row("leaves", left.String())
		}
	}
	row("scope", f.Scope)
	expected := f.Expected
	if len(f.Requirements) > 0 && expected != "" {
		expected += "   (requirement " + strings.Join(f.Requirements, ", ") + ")"
	}
	row("expected", expected)
	row("actual", f.Actual)
	row("depends", f.Depends)
	row("why", f.Why)
	row("fix", f.Remedy)
	row("help", "moveit-lint explain "+f.Check.ID)
	fmt.Fprintln(b)
}

// marksOf returns the places of a finding, numbered in the order of the packet's
// way.
func marksOf(f *lint.Finding) []mark {
	var marks []mark
	number := func(n int, s string) string {
		if len(f.Related) == 0 {
			return s
		}
		return strings.TrimSpace(fmt.Sprintf("(%d) %s", n, s))
	}
	n := 0
	for _, r := range f.Related {
		if r.Span.IsZero() {
			continue
		}
		n++
		marks = append(marks, mark{r.Span, number(n, r.Message), false})
	}
	if f.Span.IsZero() {
		return marks
	}
	return append(marks, mark{f.Span, number(n+1, f.Label), true})
}

func textProblem(b *bufio.Writer, c *palette, p source.Problem) {
	fmt.Fprintf(b, "%s: %s\n", c.bold(p.Kind.String()), clean(p.Message))
	fmt.Fprintf(b, "  --> %s\n", clean(p.Span.Position().String()))
	frame(b, c, []mark{{p.Span, "", true}})
	fmt.Fprintln(b)
}

// textFooter accounts for everything that was read and decided.
func textFooter(b *bufio.Writer, d *Document, o Options) {
	var total source.Count
	for _, in := range d.Inputs {
		total = total.Plus(in.Statements)
	}
	for _, in := range d.Inputs {
		if o.Verbose {
			fmt.Fprintf(b, "%s: %s (%s), %s view\n", clean(in.File), in.Dialect, clean(in.Why), in.Path)
		}
	}
	seen := map[string]bool{}
	for _, in := range d.Inputs {
		for _, a := range in.Assumptions {
			if !seen[a] {
				seen[a] = true
				fmt.Fprintf(b, "assumed: %s\n", clean(a))
			}
		}
	}
	for _, a := range d.Site.Allowed {
		fmt.Fprintf(b, "allowed by the site profile: %s\n", clean(a))
	}
	for _, n := range d.Notes {
		fmt.Fprintf(b, "note: %s\n", clean(n))
	}
	fmt.Fprintln(b, countFindings(d))
	states := map[lint.State]int{}
	for _, r := range d.Requirements {
		states[r.State]++
	}
	fmt.Fprintf(b, "checked %s in %s (site profile: %s): %d pass, %d fail, %d inconclusive, %d not applicable\n",
		plural(len(d.Requirements), "requirement"), plural(len(d.Inputs), "file"), clean(d.Site.Source),
		states[lint.Passed], states[lint.Failed], states[lint.Undecided], states[lint.NotApplicable])
	fmt.Fprintf(b, "read %s: %d modelled, %d ignored, %d unsupported, %d undefined, %d malformed\n",
		plural(total.Total, "statement"), total.Modelled, total.Ignored, total.Unsupported, total.Undefined, total.Malformed)
}
