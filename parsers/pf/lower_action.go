package pf

import (
	"net/netip"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// steps returns what a rule does to the packets that it matches.
func (b *builder) steps(r *rule) []step {
	if strings.Contains(r.filter.tag, "$") {
		// The tag is another one for each rule that the lists stand for.
		plain := *r
		plain.filter.tag = ""
		return append([]step{{action: rules.Action{
			Set:   []rules.Assign{{Field: packet.Mark, Mask: tagBits, Any: true}},
			Maybe: b.unknown(placed("tag", r.span), "which tag the packet gets", packet.Fixed, 0, nil),
		}}}, b.steps(&plain)...)
	}
	a := rules.Action{Log: r.log, Set: b.tagged(r.filter.tag)}
	switch r.action {
	case actionMatch:
		return []step{{action: b.matching(r, a)}}
	case actionBlock:
		a.Verdict, a.Tentative = rules.Drop, !r.quick
		if r.reject {
			a.Verdict = rules.Reject
		}
		a.Set = append(a.Set, b.mine()...)
		return []step{{action: a}}
	case actionPass, actionScrub:
	}
	a.Verdict, a.Tentative = rules.Accept, !r.quick
	a.Set = append(append(a.Set, b.mine()...), b.stateSet(r))
	a.NAT = b.natOf(r)
	if r.route != nil {
		b.routeTo(r, &a)
	}
	return b.doubted(r, a)
}

// tagged returns what gives a packet a tag.
func (b *builder) tagged(name string) []rules.Assign {
	if name == "" {
		return nil
	}
	return []rules.Assign{{Field: packet.Mark, Mask: tagBits, Value: b.tag(name)}}
}

// matching returns the action of a match rule: it is done with at once (5.2).
func (b *builder) matching(r *rule, a rules.Action) rules.Action {
	a.Verdict = rules.Continue
	a.NAT = b.natOf(r)
	if r.quick {
		a.Verdict, b.mayStop = rules.Return, true
		a.Set = append(a.Set, rules.Assign{Field: packet.Mark, Mask: stopped, Value: stopped})
	}
	return a
}

// mine returns what notes to which anchor with quick the rule belongs that matched
// last.
func (b *builder) mine() []rules.Assign {
	if !b.features.quickAnchors {
		return nil
	}
	n := b.within
	if !b.isOpenBSD() {
		n = 1
	}
	return []rules.Assign{{Field: packet.Mark, Mask: withinBits, Value: n << withinShift}}
}

// stateSet returns what notes whether a pass rule leaves a state: what the last
// one says counts. Translation in the language of FreeBSD always leaves one (6.2).
func (b *builder) stateSet(r *rule) rules.Assign {
	bit := b.test.state()
	switch {
	case b.keeps(r):
		return rules.Assign{Field: packet.ConnMark, Mask: bit, Value: bit}
	case b.features.nat:
		return rules.Assign{Field: packet.ConnMark, Mask: bit, Copy: packet.Mark, CopyMask: bit}
	}
	return rules.Assign{Field: packet.ConnMark, Mask: bit}
}

// routeTo says by which interface a packet leaves.
func (b *builder) routeTo(r *rule, a *rules.Action) {
	if r.route.iface == "" {
		b.assume("packets leave along the routes, too, where route-to names no interface")
		return
	}
	a.Out = r.route.iface
}

// doubted returns the steps of a pass rule where something beside the rules says
// whether the packet passes.
func (b *builder) doubted(r *rule, a rules.Action) []step {
	drop := rules.Action{Verdict: rules.Drop, Tentative: a.Tentative}
	var over []rules.Term
	switch {
	case r.state.limited != nil && b.keeps(r):
		over = []rules.Term{{
			Unknown: b.unknown(placed("limit", r.state.limited.span), "the limit on states is kept", packet.Usual, 0, nil),
			Negated: true, Span: r.state.limited.span,
		}}
	case r.divert == divertPacket:
		over = []rules.Term{{Unknown: b.unknown(placed("divert", r.span), "the program that the packet is diverted to does not let it pass", packet.Fixed, 0, nil), Span: r.span}}
	case r.afTo:
		over = []rules.Term{{Unknown: b.unknown(placed("af-to", r.span), "what becomes of the packet in the other IP version", packet.Fixed, 0, nil), Span: r.span}}
	default:
		return []step{{action: a}}
	}
	if a.Tentative {
		return []step{{action: a}, {terms: over, action: drop}}
	}
	return []step{{terms: over, action: drop}, {action: a}}
}

// anyEnd is a translation to whatever there is.
var anyEnd = packet.Rewrite{
	Addrs: []packet.AddrRange{packet.PrefixRange(netip.MustParsePrefix("0.0.0.0/0")), packet.PrefixRange(netip.MustParsePrefix("::/0"))},
	Ports: []packet.Range{{First: 0, Last: 65535}},
}

// anything adds a rule that may do anything to the packets that it matches.
func (b *builder) anything(terms []rules.Term, span source.Span, reason string) {
	key := placed("in the test "+b.test.String(), span)
	a := rules.Action{
		Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: "decision " + key},
		Set:   []rules.Assign{{Field: packet.ConnMark, Mask: b.test.state(), Any: true}, {Field: packet.Mark, Mask: tagBits, Any: true}},
		Maybe: &rules.Unknown{Reason: reason, Key: "change " + key},
	}
	if b.isOpenBSD() {
		a.NAT = b.anyNAT()
	}
	b.put(rules.Rule{Match: b.match(terms), Action: a, Span: span})
}

// anyNAT returns a translation of the end that the test translates.
func (b *builder) anyNAT() *rules.NAT {
	if b.test == inbound {
		return &rules.NAT{Dst: anyEnd}
	}
	return &rules.NAT{Src: anyEnd}
}
