package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// traceJSON is an answer of trace. Addresses and ports are those after
// translation.
type traceJSON struct {
	ID      any        `json:"id,omitempty"`
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

// traceErrorJSON is the answer of trace to what is no packet.
type traceErrorJSON struct {
	ID      any    `json:"id,omitempty"`
	Verdict string `json:"verdict"`
	Error   string `json:"error"`
}

// WriteTraceErrorJSON writes the answer to a question that is no packet as a line.
// The id is a text, a number or nil.
func WriteTraceErrorJSON(w io.Writer, id any, wrong error) error {
	return encode(w, traceErrorJSON{id, rules.Undecided.String(), wrong.Error()}, "")
}

// WriteTraceErrorText writes the answer to a question that is no packet for people.
func WriteTraceErrorText(w io.Writer, id any, wrong error) error {
	_, err := fmt.Fprintf(w, "%sverdict %s: %s\n", heading(id), rules.Undecided, clean(wrong.Error()))
	return err
}

// heading returns the line that tells which answer it is, empty without an id.
func heading(id any) string {
	if id == nil {
		return ""
	}
	return cleanLead(fmt.Sprint(id)) + ":\n"
}

// WriteTraceJSON writes one answer of trace as a line. Steps name their files
// only if they lie in several. The id is a text, a number or nil.
func WriteTraceJSON(w io.Writer, id any, t *eval.Trace) error {
	f := &t.Left
	out := traceJSON{
		ID: id, Verdict: t.Verdict.String(), Hook: t.Hook.String(), In: known(f, packet.In, f.In), Out: known(f, packet.Out, f.Out),
		Src: known(f, packet.Src, f.Src.String()), Dst: known(f, packet.Dst, f.Dst.String()),
		SrcPort: number(f, packet.SrcPort, f.SrcPort), DstPort: number(f, packet.DstPort, f.DstPort), Steps: stepsOf(t, onlyFile(t)),
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

// WriteTraceText writes the way of a packet for people, below its id if that is
// not nil.
func WriteTraceText(w io.Writer, id any, t *eval.Trace, o Options) error {
	b := bufio.NewWriter(w)
	c := newPalette(o.Color)
	b.WriteString(heading(id))
	fmt.Fprintf(b, "%s %s\n", c.bold("packet "), clean(t.Flow.String()))
	for i, s := range stepsOf(t, nil) {
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
		if s.Text != "" && (s.Rule > 0 || s.routing) {
			fmt.Fprintf(b, "     %s\n", c.dim(s.Text))
		}
		if s.Depends != "" {
			fmt.Fprintf(b, "     hangs on: %s\n", clean(s.Depends))
		}
	}
	verdict := t.Verdict.String()
	if t.Verdict == rules.Undecided && t.Depends != nil {
		verdict += ": it hangs on: " + clean(t.Depends.Reason) + missing(t)
	}
	fmt.Fprintf(b, "%s %s (%s)\n", c.bold("verdict"), c.verdict(t.Verdict, verdict), t.Hook)
	if left := t.Left.String(); t.Verdict == rules.Accept && left != t.Flow.String() {
		fmt.Fprintf(b, "%s %s\n", c.bold("leaves "), clean(left))
	}
	return b.Flush()
}

// missing tells what to add to a packet whose verdict hangs on an interface that
// was not named.
func missing(t *eval.Trace) string {
	for _, x := range []struct {
		field packet.Field
		word  string
	}{{packet.In, "in"}, {packet.Out, "out"}} {
		if !t.Left.Knows(x.field) && asks(t, x.field) {
			return fmt.Sprintf(`; add "%s NAME" to the packet`, x.word)
		}
	}
	return ""
}

// asks reports whether what a verdict hangs on is the value of a field: such a
// condition has the key of the boxes that the value may lie in.
func asks(t *eval.Trace, field packet.Field) bool {
	if len(t.Steps) == 0 || t.Steps[len(t.Steps)-1].Rule == nil {
		return false
	}
	is := func(b *packet.Boxes) bool {
		return b != nil && slices.Contains(b.Fields(), field) && strings.HasSuffix(t.Depends.Key, b.Key())
	}
	return slices.ContainsFunc(t.Steps[len(t.Steps)-1].Rule.Match, func(term rules.Term) bool {
		return is(term.Boxes) || term.Unknown != nil && is(term.Unknown.Within)
	})
}
