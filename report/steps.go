package report

import (
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
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
	Mark     uint32 `json:"mark,omitempty"`
	State    string `json:"state,omitempty"`
	Hook     string `json:"hook,omitempty"`
}

// hookWord returns the way of a packet if it has to be said: a packet is forwarded
// unless something else is known.
func hookWord(h rules.Hook) string {
	if h == rules.Input || h == rules.Output {
		return h.String()
	}
	return ""
}

// witnessOf returns the packet of a trace in a line that trace takes: its way is
// said where no interface tells it.
func witnessOf(t *eval.Trace) string {
	text := t.Flow.String()
	if word := hookWord(t.Hook); word != "" && t.Flow.In == "" && t.Flow.Out == "" {
		text += " hook " + word
	}
	return text
}

// flowOf returns a packet as trace takes it. What trace assumes by itself is
// left out, and what is not known.
func flowOf(f *packet.Flow) flowJSON {
	out := flowJSON{
		In: known(f, packet.In, f.In), Out: known(f, packet.Out, f.Out), Src: known(f, packet.Src, f.Src.String()), Dst: known(f, packet.Dst, f.Dst.String()),
		Proto: f.Proto.String(), SrcPort: number(f, packet.SrcPort, f.SrcPort), DstPort: number(f, packet.DstPort, f.DstPort),
		ICMPType: number(f, packet.ICMPType, uint16(f.ICMPType)), ICMPCode: number(f, packet.ICMPCode, uint16(f.ICMPCode)), Mark: f.Mark,
	}
	if f.Has(packet.TCPFlags) && f.TCPFlags != packet.SYN {
		out.TCPFlags = packet.FlagString(f.TCPFlags)
	}
	if f.State != packet.New {
		out.State = f.State.String()
	}
	return out
}

// known returns a value of a packet, nothing if it is not known.
func known(f *packet.Flow, field packet.Field, s string) string {
	if !f.Knows(field) {
		return ""
	}
	return s
}

// number returns a number of a packet, nil if the packet has none or it is not
// known.
func number(f *packet.Flow, field packet.Field, n uint16) *int {
	if !f.Has(field) || !f.Knows(field) {
		return nil
	}
	value := int(n)
	return &value
}

// stepJSON is a step of a packet's way.
type stepJSON struct {
	Stage     string `json:"stage"`
	Chain     string `json:"chain,omitempty"` // where the rule is not in the stage's own chain
	Rule      int    `json:"rule,omitempty"`  // 0: the policy of the chain
	File      string `json:"file,omitempty"`  // where it is not the one that readers expect
	Line      int    `json:"line,omitempty"`
	Text      string `json:"text,omitempty"`
	Action    string `json:"action"`
	Tentative bool   `json:"tentative,omitempty"` // holds only if no later rule gives a verdict
	Depends   string `json:"depends,omitempty"`

	routing bool // no rule and no policy of a chain, but where the packet goes
}

// undecided is what a step does to the packet if that hangs on what is not known.
const undecided = "undecided"

// maxRuleText is how many characters of a rule a step shows.
const maxRuleText = 300

// stepsOf returns the steps of a trace. A step names its file if it is not home.
func stepsOf(t *eval.Trace, home *source.File) []stepJSON {
	steps := make([]stepJSON, 0, len(t.Steps))
	for i := range t.Steps {
		s := &t.Steps[i]
		x := stepJSON{Stage: s.Chain.Name, Text: ruleText(s), Action: actionOf(s), Tentative: s.Action.Tentative && !s.Pending, routing: s.Routing}
		if s.Stage != nil && s.Stage.Chain != nil && s.Stage.Chain != s.Chain {
			x.Stage, x.Chain = s.Stage.Chain.Name, s.Chain.Name
		}
		if s.Rule != nil {
			x.Rule = s.Number
		}
		if span := spanOf(s); !span.IsZero() {
			x.Line = span.Line()
			if span.File != home {
				x.File = span.File.Name
			}
		}
		if s.Unknown != nil {
			x.Depends = s.Unknown.Reason
			if t.Verdict == rules.Undecided && i == len(t.Steps)-1 {
				// What the rule does is what would be if the condition came out one way.
				x.Action, x.Tentative = undecided, false
			}
		}
		steps = append(steps, x)
	}
	return steps
}

// where names the place of a step for people: "filter/MOVEIT #2".
func (s *stepJSON) where() string {
	place := s.Stage
	if s.Chain != "" {
		place = s.Chain
	}
	switch {
	case s.routing:
		return place
	case s.Rule == 0:
		return place + " policy"
	}
	return fmt.Sprintf("%s #%d", place, s.Rule)
}

// spanOf returns the place of a step: the rule, or the head of the chain whose
// policy it is.
func spanOf(s *eval.Step) source.Span {
	if s.Rule != nil {
		return s.Rule.Span
	}
	return s.Chain.Span
}

// ruleText returns the text of a step, or why it is there though nobody wrote it.
func ruleText(s *eval.Step) string {
	switch {
	case s.Routing:
		return clean(s.Chain.Implicit)
	case s.Rule == nil && s.Chain.Implicit != "":
		return "policy " + s.Action.Verdict.String() + ": " + clean(s.Chain.Implicit)
	case s.Rule == nil:
		return "policy " + s.Action.Verdict.String()
	case s.Rule.Implicit != "":
		return clean(s.Rule.Implicit)
	}
	return oneLine(s.Rule.Span.Shown(), maxRuleText)
}

// actionOf names what a step does to the packet, in the words of the field.
func actionOf(s *eval.Step) string {
	a := &s.Action
	var parts []string
	for _, set := range a.Set {
		parts = append(parts, assignment(set))
	}
	var translations []string
	if a.NAT != nil {
		translations = translationWords(a.NAT)
	}
	if a.Out != "" {
		translations = append(translations, "out "+a.Out)
	}
	parts = append(parts, translations...)
	switch {
	case a.Target != nil:
		parts = append(parts, a.Verdict.String()+" "+a.Target.Name)
	case a.Verdict == rules.Continue && len(parts) > 0:
	case a.Verdict == rules.Accept && len(translations) > 0 && !s.Stage.Filters:
		// A translation ends its chain; it does not say that the packet may pass.
	default:
		parts = append(parts, a.Verdict.String())
	}
	return strings.Join(parts, ", ")
}

func translationWords(n *rules.NAT) []string {
	var words []string
	switch {
	case n.Dst.Restore:
		words = append(words, "dst as it came")
	case n.Dst.ToSelf:
		words = append(words, "redirect")
	case !n.Dst.IsZero():
		words = append(words, "dnat")
	}
	switch {
	case n.Src.Restore:
		words = append(words, "src as it came")
	case n.Src.ToSelf:
		words = append(words, "masquerade")
	case !n.Src.IsZero():
		words = append(words, "snat")
	}
	return words
}

// assignment names a change of a packet's field: "set mark 0x1/0xff".
func assignment(s rules.Assign) string {
	text := strings.Replace(s.String(), "=", " ", 1)
	return strings.TrimSuffix(text, "/0xffffffff")
}

// maxPath is how many steps a path shows: the first and the last ones tell most.
const maxPath = 16

// pathOf returns the way of a packet in one line. Lines are those of home,
// unless a file is named.
func pathOf(t *eval.Trace, home *source.File) string {
	var parts []string
	steps := stepsOf(t, home)
	for i := range steps {
		s := &steps[i]
		part := s.where()
		switch {
		case s.File != "":
			part += fmt.Sprintf(" (%s:%d)", s.File, s.Line)
		case s.Line > 0:
			part += fmt.Sprintf(" (line %d)", s.Line)
		}
		calls := t.Steps[i].Action.Target != nil
		switch {
		case i == len(steps)-1:
			part += " -> " + s.Action
		case !calls || s.Chain != "" && i+1 < len(steps) && steps[i+1].Chain == "":
			part += " " + s.Action
		}
		parts = append(parts, part)
	}
	if len(parts) > maxPath {
		parts = append(append(parts[:maxPath/2:maxPath/2], "…"), parts[len(parts)-maxPath/2:]...)
	}
	return strings.Join(parts, " -> ")
}
