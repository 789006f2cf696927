package pf_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// ends returns the ways on which a packet may have passed. There are two where
// it passes whatever an unknown condition is, but is translated as that says: Walk
// does not know then how the packet ends.
func (q *question) ends(e *eval.Engine, trace *eval.Trace) []*eval.Trace {
	if q.verdict != "accept" || trace.Verdict != rules.Undecided || trace.Depends == nil {
		return []*eval.Trace{trace}
	}
	var list []*eval.Trace
	for _, holds := range []bool{true, false} {
		start := q.arrive(e)
		start.Outcome = packet.Outcome{trace.Depends.Key: holds}
		end := e.Walk(start)
		if end.Verdict != rules.Accept {
			return []*eval.Trace{trace}
		}
		list = append(list, end)
	}
	return list
}

// is reports whether the verdict is the expected one.
func (q *question) is(v rules.Verdict) bool {
	switch q.verdict {
	case "accept":
		return v == rules.Accept
	case "drop":
		return v == rules.Drop || v == rules.Reject
	case "silent":
		return v == rules.Drop
	case "reject":
		return v == rules.Reject
	default:
		return v == rules.Undecided
	}
}

// judge compares what became of a packet with what was expected of it. It
// returns what is wrong.
func (q *question) judge(e *eval.Engine, trace *eval.Trace) string {
	if !q.is(trace.Verdict) {
		got := trace.Verdict.String()
		if trace.Depends != nil {
			got += ": " + trace.Depends.Reason
		}
		return got
	}
	if q.test != "" {
		if got := dropped(trace); got != q.test {
			return "it is dropped at " + got
		}
	}
	l := q.left
	if l == nil {
		return ""
	}
	f := &trace.Left
	switch {
	case l.here != (trace.Hook == rules.Input):
		return "it goes by " + trace.Hook.String()
	case l.out != "" && !f.Knows(packet.Out):
		return "it is not known by which interface it leaves"
	case l.out != "" && f.Out != l.out:
		return "it leaves by " + f.Out
	case l.here:
		return ""
	}
	src, dst := l.src, l.dst
	if l.same {
		src = end{q.flow.Src, q.flow.Src, int(q.flow.SrcPort)}
		dst = end{q.flow.Dst, q.flow.Dst, int(q.flow.DstPort)}
		if !q.flow.Proto.HasPorts() {
			src.port, dst.port = -1, -1
		}
	}
	if !src.holds(e, q, trace, packet.Src, packet.SrcPort) || !dst.holds(e, q, trace, packet.Dst, packet.DstPort) {
		return fmt.Sprintf("it leaves as %v", f)
	}
	return ""
}

// dropped tells which of the two tests drops a packet.
func dropped(trace *eval.Trace) string {
	s, ok := trace.Decider()
	if !ok {
		return "nowhere"
	}
	switch s.Stage.Hook {
	case rules.Ingress, rules.Prerouting, rules.Input:
		return "in"
	case rules.Forward, rules.Output, rules.Postrouting:
	}
	return "out"
}

// holds reports whether an end of the packet that has passed is as expected.
func (n *end) holds(e *eval.Engine, q *question, trace *eval.Trace, addrField, portField packet.Field) bool {
	f := &trace.Left
	if n.port >= 0 && (!f.Knows(portField) || port(f, portField) != n.port) {
		return false
	}
	switch {
	case !n.first.IsValid():
		return true
	case f.Knows(addrField):
		return n.first.Compare(*addr(f, addrField)) <= 0 && addr(f, addrField).Compare(n.last) <= 0
	case n.first == n.last:
		return false
	}
	// The device chooses. It can choose the first and the last, and neither of those beside them.
	for _, a := range []struct {
		to  netip.Addr
		can bool
	}{{n.first, true}, {n.last, true}, {n.first.Prev(), false}, {n.last.Next(), false}} {
		start := q.arrive(e)
		start.Toward = with(f, addrField, a.to)
		chosen := e.Walk(start).Left
		if a.can != (chosen.Knows(addrField) && *addr(&chosen, addrField) == a.to) {
			return false
		}
	}
	return true
}

// with returns the packet with another address.
func with(f *packet.Flow, field packet.Field, to netip.Addr) *packet.Flow {
	g := *f
	*addr(&g, field) = to
	g.Lost &^= packet.Fields(field)
	return &g
}

// addr returns the address at one end of a packet.
func addr(f *packet.Flow, field packet.Field) *netip.Addr {
	if field == packet.Src {
		return &f.Src
	}
	return &f.Dst
}

func port(f *packet.Flow, field packet.Field) int {
	if field == packet.SrcPort {
		return int(f.SrcPort)
	}
	return int(f.DstPort)
}

// hooks returns the ways by which the packet may have gone: where it was stopped, it
// may have been for the device or for others.
func (q *question) hooks(e *eval.Engine, trace *eval.Trace) []rules.Hook {
	switch {
	case trace.Verdict == rules.Accept || trace.Hook == rules.Output:
		return []rules.Hook{trace.Hook}
	case len(e.Device().Local()) > 0:
		return []rules.Hook{rules.Forward, rules.Input}
	case q.hook != 0:
		return []rules.Hook{q.hook}
	}
	return []rules.Hook{rules.Forward}
}

// rewritten are the fields that translation and routing change.
var rewritten = []packet.Field{
	packet.Src, packet.Dst, packet.SrcPort, packet.DstPort, packet.SrcTranslated, packet.DstTranslated, packet.OrigSrc, packet.OrigDst,
	packet.OrigSrcPort, packet.OrigDstPort, packet.Out, packet.DstType, packet.Mark, packet.ConnMark,
}

// ask makes a question about the packet as a set of one.
func (q *question) ask(trace *eval.Trace, hook rules.Hook) eval.Question {
	f := &trace.Flow
	asked := eval.Question{Hook: hook, State: f.State, Nodes: 1 << 20}
	limit := func(b *packet.Boxes) { asked.Arrive = append(asked.Arrive, b) }
	number := func(field packet.Field, n uint32) { limit(packet.Number(field, n)) }
	limit(packet.Addresses(packet.Src, packet.OneAddr(f.Src)))
	limit(packet.Addresses(packet.Dst, packet.OneAddr(f.Dst)))
	number(packet.Protocol, uint32(f.Proto))
	number(packet.ConnMark, f.ConnMark)
	number(packet.DstTranslated, 0)
	if f.In != "" {
		limit(packet.Names(packet.In, packet.Pattern{Text: f.In}))
	}
	if q.flow.Out != "" {
		limit(packet.Names(packet.Out, packet.Pattern{Text: q.flow.Out}))
	}
	if f.Proto.HasPorts() {
		number(packet.SrcPort, uint32(f.SrcPort))
		number(packet.DstPort, uint32(f.DstPort))
	}
	if f.Has(packet.ICMPType) {
		number(packet.ICMPType, uint32(f.ICMPType))
		number(packet.ICMPCode, uint32(f.ICMPCode))
	}
	if f.Has(packet.TCPFlags) {
		number(packet.TCPFlags, uint32(f.TCPFlags))
	}
	if q.knowsTOS {
		number(packet.TOS, uint32(f.TOS))
	}
	return asked
}

// agrees asks about the packet as a set of one, and compares the answer with
// the walk. It returns what is wrong.
func (q *question) agrees(e *eval.Engine, trace *eval.Trace) string {
	f := &trace.Flow
	if f.LinkType != packet.Unicast || f.Fragment || f.State == packet.New && !opens(f) {
		return "" // no question asks about these
	}
	var can, always, asked bool
	for _, hook := range q.hooks(e, trace) {
		a, err := e.Ask(q.ask(trace, hook))
		if err != nil {
			return err.Error()
		}
		s := a.Accepted().Forget(rewritten...).ForgetLost(rewritten...)
		can = can || !s.IsEmpty() && !s.Can().IsEmpty()
		always = always || !s.IsEmpty() && !s.Always().IsEmpty()
		// Where Walk does not know which way the packet goes, Ask has each of them.
		asked = asked || trace.Depends != nil && trace.Depends.Key != "" &&
			slices.ContainsFunc(a.Universe().Unknowns(), func(key string) bool { return strings.HasPrefix(key, trace.Depends.Key) })
	}
	switch {
	case trace.Verdict == rules.Accept || q.verdict == "accept" && trace.Verdict == rules.Undecided:
		if !always {
			return fmt.Sprintf("Walk accepts it; Ask: can pass %t, always passes %t", can, always)
		}
	case trace.Verdict != rules.Undecided:
		if can {
			return "Walk drops it, Ask may accept it"
		}
	default:
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
		return f.TCPFlags&(packet.SYN|packet.ACK|packet.FIN|packet.RST) == packet.SYN
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
	for i := range trace.Steps {
		s := &trace.Steps[i]
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
