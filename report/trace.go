package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// flowJSON is a packet as trace takes it.
type flowJSON struct {
	In       string `json:"in,omitempty"`
	Out      string `json:"out,omitempty"`
	Src      string `json:"src,omitempty"`
	Dst      string `json:"dst,omitempty"`
	Proto    string `json:"proto"`
	SrcPort  *int   `json:"sport,omitempty"`
	DstPort  *int   `json:"dport,omitempty"`
	ICMPType *int   `json:"icmpType,omitempty"`
	ICMPCode *int   `json:"icmpCode,omitempty"`
	TCPFlags string `json:"tcpflags,omitempty"`
	State    string `json:"state,omitempty"`
}

// stepJSON is a step of a packet's way.
type stepJSON struct {
	Stage   string `json:"stage"`
	Chain   string `json:"chain,omitempty"` // where it is not the stage's own
	Rule    int    `json:"rule,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Text    string `json:"text,omitempty"`
	Action  string `json:"action"`
	Depends string `json:"depends,omitempty"`
}

// traceJSON is an answer of trace.
type traceJSON struct {
	ID      string     `json:"id,omitempty"`
	Verdict string     `json:"verdict"`
	Hook    string     `json:"hook"`
	In      string     `json:"in,omitempty"`
	Out     string     `json:"out,omitempty"`
	Src     string     `json:"src,omitempty"`
	Dst     string     `json:"dst,omitempty"`
	SrcPort *int       `json:"sport,omitempty"`
	DstPort *int       `json:"dport,omitempty"`
	Depends string     `json:"depends,omitempty"`
	Steps   []stepJSON `json:"steps"`
}

// WriteTraceJSON writes one answer of trace as a line.
func WriteTraceJSON(w io.Writer, id string, t *eval.Trace) error {
	f := &t.Left
	out := traceJSON{ID: id, Verdict: t.Verdict.String(), Hook: t.Hook.String(), In: name(f, packet.In, f.In), Out: name(f, packet.Out, f.Out), Steps: stepsOf(t)}
	if f.Knows(packet.Src) {
		out.Src = f.Src.String()
	}
	if f.Knows(packet.Dst) {
		out.Dst = f.Dst.String()
	}
	if f.Proto.HasPorts() {
		out.SrcPort, out.DstPort = portOf(f, packet.SrcPort, f.SrcPort), portOf(f, packet.DstPort, f.DstPort)
	}
	if t.Depends != nil {
		out.Depends = t.Depends.Reason
	}
	return encode(w, out, "")
}

func name(f *packet.Flow, field packet.Field, s string) string {
	if !f.Knows(field) {
		return ""
	}
	return s
}

func portOf(f *packet.Flow, field packet.Field, n uint16) *int {
	if !f.Knows(field) {
		return nil
	}
	port := int(n)
	return &port
}

// flowOf returns a packet as trace takes it.
func flowOf(f *packet.Flow) flowJSON {
	out := flowJSON{In: name(f, packet.In, f.In), Out: name(f, packet.Out, f.Out), Src: f.Src.String(), Dst: f.Dst.String(), Proto: f.Proto.String()}
	number := func(n int) *int { return &n }
	switch {
	case f.Proto.HasPorts():
		out.SrcPort, out.DstPort = number(int(f.SrcPort)), number(int(f.DstPort))
	case f.Has(packet.ICMPType):
		out.ICMPType, out.ICMPCode = number(int(f.ICMPType)), number(int(f.ICMPCode))
	}
	if f.Has(packet.TCPFlags) && f.TCPFlags != packet.SYN {
		out.TCPFlags = packet.FlagString(f.TCPFlags)
	}
	if f.State != packet.New {
		out.State = f.State.String()
	}
	return out
}

const maxRuleText = 300

func stepsOf(t *eval.Trace) []stepJSON {
	steps := make([]stepJSON, 0, len(t.Steps))
	for i := range t.Steps {
		s := &t.Steps[i]
		x := stepJSON{Stage: stageName(s), Action: actionOf(s), Text: textOf(s)}
		if s.Chain != nil && s.Stage != nil && s.Chain != s.Stage.Chain {
			x.Chain = s.Chain.Name
		}
		span := s.Chain.Span
		if s.Rule != nil {
			x.Rule, span = s.Number, s.Rule.Span
		}
		if !span.IsZero() {
			x.File, x.Line = span.File.Name, span.Line()
		}
		if s.Unknown != nil {
			x.Depends = s.Unknown.Reason
		}
		steps = append(steps, x)
	}
	return steps
}

func stageName(s *eval.Step) string {
	if s.Stage != nil && s.Stage.Chain != nil {
		return s.Stage.Chain.Name
	}
	return s.Chain.Name
}

func textOf(s *eval.Step) string {
	switch {
	case s.Rule == nil && s.Chain.Implicit != "":
		return s.Chain.Implicit
	case s.Rule == nil:
		return "policy " + s.Chain.Policy.Verdict.String()
	case s.Rule.Implicit != "":
		return s.Rule.Implicit
	}
	return oneLine(s.Rule.Span.Text(), maxRuleText)
}

// actionOf names what a step does, in the words of the field.
func actionOf(s *eval.Step) string {
	a := &s.Action
	switch {
	case a.NAT != nil && a.NAT.Dst.ToSelf:
		return "redirect"
	case a.NAT != nil && !a.NAT.Dst.IsZero():
		return "dnat"
	case a.NAT != nil && a.NAT.Src.ToSelf:
		return "masquerade"
	case a.NAT != nil:
		return "snat"
	case a.Target != nil:
		return a.Verdict.String() + " " + a.Target.Name
	case len(a.Set) > 0:
		return "set " + a.Set[0].Field.String()
	}
	return a.Verdict.String()
}

// WriteTraceText writes the way of a packet for people.
func WriteTraceText(w io.Writer, t *eval.Trace, o Options) error {
	b := bufio.NewWriter(w)
	c := newPalette(o.Color)
	fmt.Fprintf(b, "%s %s\n", c.bold("packet "), clean(t.Flow.String()))
	for i, s := range stepsOf(t) {
		where := s.Stage
		if s.Chain != "" {
			where = s.Chain
		}
		if s.Rule > 0 {
			where += " rule " + strconv.Itoa(s.Rule)
		}
		if s.Line > 0 {
			where += fmt.Sprintf(" (%s:%d)", clean(s.File), s.Line)
		}
		fmt.Fprintf(b, "%3d  %s: %s\n", i+1, clean(where), c.bold(clean(s.Action)))
		if s.Text != "" {
			fmt.Fprintf(b, "     %s\n", c.dim(s.Text))
		}
		if s.Depends != "" {
			fmt.Fprintf(b, "     hangs on: %s\n", clean(s.Depends))
		}
	}
	verdict := t.Verdict.String()
	if t.Verdict == rules.Undecided && t.Depends != nil {
		verdict += ": it hangs on " + clean(t.Depends.Reason)
	}
	fmt.Fprintf(b, "%s %s (%s)\n", c.bold("verdict"), verdict, t.Hook)
	if t.Verdict == rules.Accept && t.Left.String() != t.Flow.String() {
		fmt.Fprintf(b, "%s %s\n", c.bold("leaves "), clean(t.Left.String()))
	}
	return b.Flush()
}

// pathOf returns the way of a packet in one line.
func pathOf(t *eval.Trace) string {
	var parts []string
	for _, s := range stepsOf(t) {
		where := s.Stage
		if s.Chain != "" {
			where = s.Chain
		}
		part := where + " policy"
		if s.Rule > 0 {
			part = fmt.Sprintf("%s #%d", where, s.Rule)
			if s.Line > 0 {
				part += fmt.Sprintf(" (line %d)", s.Line)
			}
		}
		parts = append(parts, part+" "+s.Action)
	}
	const most = 16
	if len(parts) > most {
		parts = append(append(parts[:most/2:most/2], "…"), parts[len(parts)-most/2:]...)
	}
	return strings.Join(parts, " -> ")
}
