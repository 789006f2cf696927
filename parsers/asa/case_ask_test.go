package asa_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// agrees asks about the packet as a set of one, and compares the answer with
// the walk. It returns what is wrong.
func (q *question) agrees(e *eval.Engine, trace *eval.Trace) string {
	f := &trace.Flow
	if f.LinkType != packet.Unicast || f.State == packet.New && !opens(f) {
		return "" // no question asks about these
	}
	question := eval.Question{Hook: trace.Hook, State: f.State, Nodes: 1 << 20, Arrive: []*packet.Boxes{
		packet.Addresses(packet.Src, packet.OneAddr(f.Src)), packet.Addresses(packet.Dst, packet.OneAddr(f.Dst)),
		packet.Number(packet.Protocol, uint32(f.Proto)),
	}}
	limit := func(b *packet.Boxes) { question.Arrive = append(question.Arrive, b) }
	if f.In != "" {
		limit(packet.Names(packet.In, packet.Pattern{Text: f.In}))
	}
	if f.Proto.HasPorts() {
		limit(packet.Number(packet.SrcPort, uint32(f.SrcPort)))
		limit(packet.Number(packet.DstPort, uint32(f.DstPort)))
	}
	if f.Has(packet.ICMPType) {
		limit(packet.Number(packet.ICMPType, uint32(f.ICMPType)))
		limit(packet.Number(packet.ICMPCode, uint32(f.ICMPCode)))
	}
	if f.Has(packet.TCPFlags) {
		limit(packet.Number(packet.TCPFlags, uint32(f.TCPFlags)))
	}
	a, err := e.Ask(question)
	if err != nil {
		return err.Error()
	}
	s := a.Accepted()
	can, always := !s.IsEmpty() && !s.Can().IsEmpty(), !s.IsEmpty() && !s.Always().IsEmpty()
	switch {
	case trace.Verdict == rules.Accept || q.verdict == rules.Accept && trace.Verdict == rules.Undecided:
		if !always {
			return fmt.Sprintf("Walk accepts it; Ask: can pass %t, always passes %t", can, always)
		}
	case trace.Verdict != rules.Undecided:
		if can {
			return "Walk drops it, Ask may accept it"
		}
	default:
		// Where Walk does not know which way the packet goes, Ask has each of them.
		asked := trace.Depends.Key != "" && slices.ContainsFunc(a.Universe().Unknowns(), func(key string) bool { return strings.HasPrefix(key, trace.Depends.Key) })
		if always && asked || !can {
			return fmt.Sprintf("Walk does not know; Ask: can pass %t, always passes %t", can, always)
		}
	}
	return ""
}

// opens reports whether a packet is one that opens a conversation, as questions
// have them.
func opens(f *packet.Flow) bool {
	switch f.Proto {
	case packet.TCP:
		return f.TCPFlags == packet.SYN
	case packet.ICMP:
		return f.ICMPType == 8 || f.ICMPType == 13 || f.ICMPType == 15 || f.ICMPType == 17
	case packet.ICMPv6:
		return f.ICMPType == 128
	default:
		return true
	}
}

// story tells the way of a packet, a line for each rule that it met.
func story(trace *eval.Trace) string {
	var b strings.Builder
	for _, s := range trace.Steps {
		text := "policy"
		if s.Rule != nil {
			text = s.Rule.Span.Text()
			if s.Rule.Implicit != "" {
				text = s.Rule.Implicit
			}
		}
		unknown := ""
		if s.Unknown != nil {
			unknown = " (if " + s.Unknown.Reason + ")"
		}
		fmt.Fprintf(&b, "\t%s rule %d: %s%s -> %v %v\n", s.Chain.Name, s.Number, strings.TrimSpace(text), unknown, s.Action.Verdict, &s.Flow)
	}
	return b.String()
}
