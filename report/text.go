package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func writeText(w io.Writer, d *Document, o Options) error {
	t := &textWriter{b: bufio.NewWriter(w), c: newPalette(o.Color), d: d, o: o}
	for i := range d.Findings {
		t.finding(&d.Findings[i])
	}
	t.problems()
	for _, f := range d.Failures {
		fmt.Fprintf(t.b, "%s: %s\n\n", t.c.error.Sprint("not read"), clean(f.File)+": "+clean(f.Message))
	}
	if !o.Quiet {
		t.footer()
	}
	return t.b.Flush()
}

// shows reports whether people are shown problems of a kind one by one. All are
// counted in the footer.
func (o *Options) shows(k source.ProblemKind) bool {
	switch {
	case o.Quiet:
		return k == source.Malformed
	case o.Verbose:
		return true
	}
	return k != source.Ignored
}

type textWriter struct {
	b *bufio.Writer
	c *palette
	d *Document
	o Options
}

// finding writes a finding: how bad and what, where, its proof, what to do.
func (t *textWriter) finding(f *lint.Finding) {
	message := f.Message
	if f.Certainty == lint.Possible {
		message = "possibly: " + message
	}
	fmt.Fprintf(t.b, "%s: %s\n", t.c.severity(f.Severity, fmt.Sprintf("%s[%s]", f.Severity, clean(f.Check.ID))), t.c.bold(clean(message)))
	marks := marksOf(f)
	frames := newFramer(t.b, t.c, marks)
	if f.Span.IsZero() {
		from, _ := t.d.place(f.Span)
		frames.place(from)
	}
	frames.write(marks)
	row := func(name, text string) { t.row(frames.gutter, name, text) }
	row("context", f.Context)
	if f.Witness != nil {
		row("path", pathOf(f.Witness, f.Span.File))
		row("witness", witnessOf(f.Witness))
		if left := f.Witness.Left.String(); left != f.Witness.Flow.String() {
			row("leaves", left)
		}
	}
	row("scope", f.Scope)
	row("expected", expectedOf(f))
	row("actual", f.Actual)
	row("depends", f.Depends)
	row("severity", severityNote(f))
	row("fix", f.Remedy)
	row("help", "moveit-lint explain "+f.Check.ID)
	fmt.Fprintln(t.b)
}

// row writes one thing that there is to say of a finding, unless it is nothing.
func (t *textWriter) row(gutter int, name, text string) {
	if text == "" {
		return
	}
	indent := gutter + len(" =  ") + len("expected:")
	for i, line := range wrap(clean(text), maxColumns-indent) {
		if i == 0 {
			fmt.Fprintf(t.b, "%*s %s %s\n", gutter, "", t.c.dim(fmt.Sprintf("= %-*s", len("expected:"), name+":")), line)
			continue
		}
		fmt.Fprintf(t.b, "%*s%s\n", indent, "", line)
	}
}

// expectedOf tells what should become of which packets, and who says so.
func expectedOf(f *lint.Finding) string {
	text := f.Expected
	if flow := flowWords(f.Flow); flow != "" && text != "" {
		text = flow + ": " + text
	}
	if len(f.Requirements) == 0 {
		return text
	}
	word := "requirement"
	if len(f.Requirements) > 1 {
		word = "requirements"
	}
	return strings.TrimSpace(fmt.Sprintf("%s (%s %s)", text, word, strings.Join(f.Requirements, ", ")))
}

// flowWords returns a flow as people write it: "tcp/445 from internet to moveit".
func flowWords(f lint.Flow) string {
	if f.From == "" && f.To == "" {
		return ""
	}
	what := f.Protocol
	switch {
	case f.Ports != "":
		what += "/" + f.Ports
	case what == "any":
		what = "any protocol"
	}
	return strings.TrimSpace(fmt.Sprintf("%s from %s to %s", what, f.From, f.To))
}

// severityNote tells why a finding is not as severe as its check.
func severityNote(f *lint.Finding) string {
	if f.Why == "" || f.Severity == f.Check.Severity {
		return ""
	}
	return fmt.Sprintf("%s instead of %s: %s", f.Severity, f.Check.Severity, f.Why)
}

// marksOf returns the places of a finding, numbered in the order in which the
// packet meets them; a place that the packet's way does not show comes last.
func marksOf(f *lint.Finding) []mark {
	var marks []mark
	for _, r := range f.Related {
		if !r.Span.IsZero() {
			marks = append(marks, mark{span: r.Span, text: r.Message})
		}
	}
	if !f.Span.IsZero() {
		at := len(marks)
		if step := stepAt(f.Witness, f.Span); step >= 0 {
			for at > 0 && stepAt(f.Witness, marks[at-1].span) > step {
				at--
			}
		}
		marks = slices.Insert(marks, at, mark{f.Span, f.Label, true})
	}
	if len(marks) > 1 {
		for i := range marks {
			marks[i].text = strings.TrimSpace(fmt.Sprintf("(%d) %s", i+1, marks[i].text))
		}
	}
	return marks
}

// stepAt returns the first step of a trace whose text holds a place, -1 if none
// does.
func stepAt(t *eval.Trace, at source.Span) int {
	if t == nil {
		return -1
	}
	return slices.IndexFunc(t.Steps, func(s eval.Step) bool {
		own := spanOf(&s)
		return own.File == at.File && own.Start <= at.Start && at.End <= own.End
	})
}

// footer accounts for everything that was read and decided.
func (t *textWriter) footer() {
	if t.o.Verbose {
		for _, in := range t.d.Inputs {
			fmt.Fprintf(t.b, "read as: %s: %s, %s view: %s\n", clean(in.name()), clean(in.Dialect), clean(in.Path), clean(in.Why))
		}
	}
	t.assumptions()
	for _, a := range t.d.Site.Allowed {
		fmt.Fprintf(t.b, "allowed by the site profile: %s\n", clean(a))
	}
	for _, n := range t.d.Notes {
		fmt.Fprintf(t.b, "note: %s\n", clean(n))
	}
	fmt.Fprintf(t.b, "%s   (%d hidden by --min-severity, %d suppressed)\n", countFindings(t.d), t.d.Hidden, len(t.d.Suppressed))
	states := map[lint.State]int{}
	for _, r := range t.d.Requirements {
		states[r.State]++
	}
	fmt.Fprintf(t.b, "checked %s in %s: %d pass, %d fail, %d inconclusive, %d not applicable   (site profile: %s)\n",
		plural(len(t.d.Requirements), "requirement"), amount(t.d),
		states[lint.Passed], states[lint.Failed], states[lint.Undecided], states[lint.NotApplicable], clean(t.d.Site.Source))
	var n source.Count
	for _, in := range t.d.Inputs {
		n = n.Plus(in.Statements)
	}
	fmt.Fprintf(t.b, "read %s: %d modelled, %d ignored, %d unsupported, %d undefined, %d malformed\n",
		plural(n.Total, "statement"), n.Modelled, n.Ignored, n.Unsupported, n.Undefined, n.Malformed)
}

// amount counts what was read: files, and contexts if there are more of them.
func amount(d *Document) string {
	files, contexts := map[string]bool{}, map[string]bool{}
	for _, in := range d.Inputs {
		files[in.File] = true
		if in.Context != "" {
			contexts[in.File+"\x00"+in.Context] = true
		}
	}
	text := plural(len(files), "file")
	if len(contexts) > 0 {
		text = plural(len(contexts), "context") + " of " + text
	}
	return text
}

// assumptions writes each assumption once, with the files that it is about
// where it is not about all.
func (t *textWriter) assumptions() {
	files := map[string][]string{}
	var order []string
	for _, in := range t.d.Inputs {
		for _, a := range in.Assumptions {
			if files[a] == nil {
				order = append(order, a)
			}
			files[a] = append(files[a], in.name())
		}
	}
	for _, a := range order {
		about := ""
		if len(files[a]) < len(t.d.Inputs) {
			about = " for " + clean(several(files[a]))
		}
		fmt.Fprintf(t.b, "assumed%s: %s\n", about, clean(a))
	}
}

// several names files, but not all if they are many.
func several(names []string) string {
	const most = 3
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], ", ") + " and " + plural(more, "more file")
	}
	return strings.Join(names, ", ")
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
	var parts []string
	for _, severity := range lint.Severities {
		if n := count[severity]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	if possible > 0 {
		parts = append(parts, fmt.Sprintf("%d of them possible", possible))
	}
	if len(parts) == 0 {
		return plural(len(d.Findings), "finding")
	}
	return plural(len(d.Findings), "finding") + ": " + strings.Join(parts, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
