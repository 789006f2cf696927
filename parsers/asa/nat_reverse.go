package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var (
	dstMoved = packet.Number(packet.DstTranslated, 1)
	dstStays = packet.Number(packet.DstTranslated, 0)
)

// replying are the fields of a packet in which its reply has what a rule asks
// for: the reply comes from the packet's destination.
var replying = fields{src: packet.Dst, dst: packet.Src, srcPort: packet.DstPort, dstPort: packet.SrcPort}

// reverse returns the chain that drops packets whose reply would be translated
// otherwise than they were (7.5): of the rules that the reply meets first, for
// packets that came to the address behind it, and not by the one before it.
func (n *natLowering) reverse() *rules.Chain {
	var list []*rules.Rule
	for _, r := range n.rules {
		if !r.families.none() {
			list = append(list, n.replies(r)...)
		}
	}
	return n.natChain("NAT: reverse path", list)
}

// replies returns the rules for packets whose reply goes the way forward through
// a rule.
func (n *natLowering) replies(r *natRule) []*rules.Rule {
	var list []*rules.Rule
	pass := func(terms []rules.Term) {
		list = append(list, n.rule(r, terms, rules.Action{Verdict: rules.Accept}))
	}
	drop := func(terms []rules.Term) {
		x := n.rule(r, terms, rules.Action{Verdict: rules.Drop})
		x.Implicit = "translation of the reply does not match: " + r.line.span.Text()
		list = append(list, x)
	}
	if terms, ok := n.bothWays(r); ok && !r.source.same {
		pass(terms)
	}
	if r.line.hasDest && !r.dest.same && r.opensBackward() {
		// The host behind the destination is known to the other side by its mapped
		// address only if it came by the rule.
		pass(n.cameBack(r))
	}
	terms := n.replyTerms(r)
	switch {
	case r.line.dynamic:
		drop(terms)
	case r.source.same:
		drop(slices.Concat(terms, []rules.Term{{Boxes: dstMoved, Span: r.line.span}}))
		pass(terms)
	default:
		drop(slices.Concat(terms, []rules.Term{{Boxes: dstStays, Span: r.line.span}}))
		pass(terms)
	}
	return list
}

// replyTerms returns the conditions that the reply to a packet goes the way
// forward through a rule.
func (n *natLowering) replyTerms(r *natRule) []rules.Term {
	w := r.forward()
	// The other terms of the way are about the interface that the reply comes in by.
	w.in = anyInterface
	return slices.Concat(n.comesIn(r.line.mappedIf, r.line.span), n.goesOut(r.line.realIf, r.line.span), n.wayTerms(w, &replying, nil, nil))
}

// cameBack returns the conditions that a packet came the way back through a rule
// with a destination.
func (n *natLowering) cameBack(r *natRule) []rules.Term {
	terms := slices.Concat(n.goesOut(r.line.realIf, r.line.span), n.wayTerms(r.backward(), &untranslated, nil, nil))
	return append(terms, n.endTerms(packet.Dst, r, &r.source.from)...)
}

// bothWays returns the conditions that a packet goes forward through a rule and
// its reply, too, and false if none does: between two hosts behind one interface
// the rule that the packet uses is that of the reply.
func (n *natLowering) bothWays(r *natRule) ([]rules.Term, bool) {
	one, mapped := r.line.realIf, r.line.mappedIf
	if !meets(one, mapped) || !r.source.from.any && countOf(r.source.from.ranges).isOne() {
		return nil, false
	}
	if one == anyInterface {
		one = mapped
	}
	w := r.forward()
	w.in = one
	terms := slices.Concat(n.wayTerms(w, &untranslated, nil, nil), n.goesOut(one, r.line.span))
	return append(terms, n.endTerms(packet.Dst, r, &r.source.from)...), true
}
