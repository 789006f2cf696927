package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
)

// certaintyOf returns how sure a finding is, and of which context it is one.
func certaintyOf(f *lint.Finding) string {
	if f.Context == "" {
		return f.Certainty.String()
	}
	return f.Certainty.String() + ", " + contextWords(f.Context)
}

// contextWords names one context, or several: "context dmz".
func contextWords(names string) string {
	if strings.Contains(names, ", ") {
		return "contexts " + clean(names)
	}
	return "context " + clean(names)
}

func writeCompact(w io.Writer, d *Document, o Options) error {
	b := bufio.NewWriter(w)
	for i := range d.Findings {
		f := &d.Findings[i]
		at, _ := d.place(f.Span)
		fmt.Fprintf(b, "%s: %s[%s] %s (%s)\n", cleanLead(at.String()), f.Severity, clean(f.Check.ID), clean(f.Message), certaintyOf(f))
	}
	for _, p := range d.Problems {
		if o.shows(p.Kind) {
			at, _ := d.place(p.Span)
			fmt.Fprintf(b, "%s: %s: %s\n", cleanLead(at.String()), p.Kind, clean(p.Message))
		}
	}
	for _, f := range d.Failures {
		fmt.Fprintf(b, "%s: not read: %s\n", cleanLead(f.File), clean(f.Message))
	}
	if !o.Quiet {
		for _, n := range d.Notes {
			fmt.Fprintf(b, "note: %s\n", clean(n))
		}
		fmt.Fprintf(b, "%s (%d hidden, %d suppressed, %s, %d not read)\n",
			countFindings(d), d.Hidden, len(d.Suppressed), plural(len(d.Problems), "problem"), len(d.Failures))
	}
	return b.Flush()
}
