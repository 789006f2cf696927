package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
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
	x := &reversing{natLowering: n}
	for _, r := range n.rules {
		if !r.families.none() {
			x.replies(r)
		}
	}
	x.flush()
	return n.natChain("NAT: reverse path", x.list)
}

// reversing is the work on that chain.
type reversing struct {
	*natLowering

	list []*rules.Rule
	// Of static rules that stand together, each drops what came to the real
	// address, and in what order they do so does not matter. What came to mapped
	// addresses passes behind them by one rule for all of the same interfaces.
	moved []movedTo
}

// movedTo are real addresses that packets are translated to between two
// interfaces.
type movedTo struct {
	out, in string // of the packets
	dst     []packet.AddrRange
	span    source.Span
}

// flush adds the rules by which packets pass that were translated by the static
// rules before.
func (x *reversing) flush() {
	for _, m := range x.moved {
		terms := slices.Concat(x.comesIn(m.in, m.span), x.goesOut(m.out, m.span), []rules.Term{
			{Boxes: packet.Addresses(packet.Dst, m.dst...), Span: m.span}, {Boxes: dstMoved, Span: m.span},
		})
		x.list = append(x.list, x.slab.NewRule(rules.Rule{
			Match: x.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Accept},
			Implicit: "the reply is translated back by a static rule", Span: m.span,
		}))
	}
	x.moved = nil
}

// later notes that packets to the real addresses of a static rule pass behind
// this one, and reports whether that says all that the rule is for.
func (x *reversing) later(r *natRule) bool {
	if r.line.dynamic || r.isIdentity() || r.line.hasDest || r.service.protos != nil || r.service.unknown != "" ||
		r.source.from.any || r.source.from.unknown != "" || r.families != r.source.from.families() {
		return false
	}
	in, out := r.line.mappedIf, r.line.realIf
	i := slices.IndexFunc(x.moved, func(m movedTo) bool { return m.in == in && m.out == out })
	if i < 0 {
		i = len(x.moved)
		x.moved = append(x.moved, movedTo{in: in, out: out, span: r.line.span})
	}
	x.moved[i].dst = append(x.moved[i].dst, r.source.from.ranges...)
	return true
}

// replies adds the rules for packets whose reply goes the way forward through a
// rule.
func (x *reversing) replies(r *natRule) {
	terms := x.replyTerms(r)
	both, ok := x.bothWays(r)
	kept := r.kept()
	if !ok && kept == nil && x.later(r) {
		x.drop(r, append(slices.Clip(terms), rules.Term{Boxes: dstStays, Span: r.line.span}))
		return
	}
	x.flush()
	if ok && !r.isIdentity() {
		x.pass(r, both)
	}
	if r.line.hasDest && r.opensBackward() && r.translatesBack() {
		// The host behind the destination is known to the other side by its mapped
		// address only if it came by the rule.
		for _, terms := range x.cameBack(r) {
			x.pass(r, terms)
		}
	}
	if kept != nil {
		there := append(slices.Clip(terms), rules.Term{Boxes: packet.Addresses(packet.Dst, kept...), Span: r.line.span})
		x.drop(r, append(slices.Clip(there), rules.Term{Boxes: dstMoved, Span: r.line.span}))
		x.pass(r, there)
	}
	switch {
	case r.line.dynamic:
		x.drop(r, terms)
	case r.isIdentity():
		x.drop(r, slices.Concat(terms, []rules.Term{{Boxes: dstMoved, Span: r.line.span}}))
		x.pass(r, terms)
	default:
		x.drop(r, slices.Concat(terms, []rules.Term{{Boxes: dstStays, Span: r.line.span}}))
		x.pass(r, terms)
	}
}

// kept returns the addresses that a static rule leaves alone among others that it
// translates.
func (r *natRule) kept() []packet.AddrRange {
	if r.line.dynamic || r.source.same || r.movesPort() {
		return nil
	}
	for _, p := range r.pieces(&r.source) {
		if p.to.IsZero() {
			return p.from
		}
	}
	return nil
}

func (x *reversing) pass(r *natRule, terms []rules.Term) {
	x.list = append(x.list, x.rule(r, terms, rules.Action{Verdict: rules.Accept}))
}

func (x *reversing) drop(r *natRule, terms []rules.Term) {
	rule := x.rule(r, terms, rules.Action{Verdict: rules.Drop})
	rule.Implicit = "translation of the reply does not match: " + r.line.span.Text()
	x.list = append(x.list, rule)
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
// with a destination, for each piece of the addresses.
func (n *natLowering) cameBack(r *natRule) [][]rules.Term {
	w := r.backward()
	out := n.goesOut(r.line.realIf, r.line.span)
	var list [][]rules.Term
	for _, p := range r.pieces(&w.dst) {
		terms := slices.Concat(out, n.wayTerms(w, &untranslated, nil, &p))
		to := p.to.Addrs
		if p.to.Network.IsValid() {
			to = []packet.AddrRange{packet.PrefixRange(p.to.Network)}
		}
		if p.to.IsZero() {
			to = p.from
		}
		if to == nil {
			terms = append(terms, n.endTerms(packet.Dst, r, &r.source.from)...)
		} else {
			terms = append(terms, rules.Term{Boxes: packet.Addresses(packet.Dst, to...), Span: r.line.span})
		}
		if p.to.IsZero() && !r.movesPort() {
			terms = append(terms, rules.Term{Boxes: dstStays, Span: r.line.span})
		}
		list = append(list, terms)
	}
	return list
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
