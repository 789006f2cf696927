package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// traceJSON is an answer of trace. Addresses and ports are those after
// translation.
type traceJSON struct {
	ID      string     `json:"id,omitempty"`
	Verdict string     `json:"verdict"`
	Hook    string     `json:"hook"`
	In      string     `json:"in,omitempty"`
	Out     string     `json:"out"`
	Src     string     `json:"src,omitempty"`
	Dst     string     `json:"dst,omitempty"`
	SrcPort *int       `json:"sport,omitempty"`
	DstPort *int       `json:"dport,omitempty"`
	Depends string     `json:"depends,omitempty"` // iff the verdict is unknown
	Steps   []stepJSON `json:"steps"`
}

// WriteTraceJSON writes one answer of trace as a line. Steps name their files
// only if they lie in several. An empty id is left out.
func WriteTraceJSON(w io.Writer, id string, t *eval.Trace) error {
	f := &t.Left
	out := traceJSON{
		ID: id, Verdict: t.Verdict.String(), Hook: t.Hook.String(), In: known(f, packet.In, f.In), Out: known(f, packet.Out, f.Out),
		Src: known(f, packet.Src, f.Src.String()), Dst: known(f, packet.Dst, f.Dst.String()),
		SrcPort: number(f, packet.SrcPort, f.SrcPort), DstPort: number(f, packet.DstPort, f.DstPort), Steps: stepsOf(&Document{}, t, onlyFile(t)),
	}
	if t.Depends != nil {
		out.Depends = t.Depends.Reason
	}
	return encode(w, out, "")
}

// onlyFile returns the file of all steps, nil if there are several.
func onlyFile(t *eval.Trace) *source.File {
	var only *source.File
	for i := range t.Steps {
		switch file := spanOf(&t.Steps[i]).File; {
		case file == nil || file == only:
		case only == nil:
			only = file
		default:
			return nil
		}
	}
	return only
}

// WriteTraceText writes the way of a packet for people.
func WriteTraceText(w io.Writer, t *eval.Trace, o Options) error {
	b := bufio.NewWriter(w)
	c := newPalette(o.Color)
	fmt.Fprintf(b, "%s %s\n", c.bold("packet "), clean(t.Flow.String()))
	for i, s := range stepsOf(&Document{}, t, nil) {
		place := clean(s.where())
		if s.Line > 0 {
			place += fmt.Sprintf(" (%s:%d)", clean(s.File), s.Line)
		}
		action := clean(s.Action)
		switch {
		case s.Tentative:
			action += ", unless a later rule decides"
		case t.Steps[i].Pending:
			action += ": no later rule decides"
		}
		fmt.Fprintf(b, "%3d  %s: %s\n", i+1, place, c.bold(action))
		if s.Text != "" && s.Rule > 0 {
			fmt.Fprintf(b, "     %s\n", c.dim(s.Text))
		}
		if s.Depends != "" {
			fmt.Fprintf(b, "     hangs on: %s\n", clean(s.Depends))
		}
	}
	verdict := t.Verdict.String()
	if t.Verdict == rules.Undecided && t.Depends != nil {
		verdict += ": it hangs on: " + clean(t.Depends.Reason)
	}
	fmt.Fprintf(b, "%s %s (%s)\n", c.bold("verdict"), c.verdict(t.Verdict, verdict), t.Hook)
	if left := t.Left.String(); t.Verdict == rules.Accept && left != t.Flow.String() {
		fmt.Fprintf(b, "%s %s\n", c.bold("leaves "), clean(left))
	}
	return b.Flush()
}
