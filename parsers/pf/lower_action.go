package pf

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// steps returns what a rule does to the packets that it matches.
func (b *builder) steps(r *rule) []step {
	if strings.Contains(r.filter.tag, "$") { // it is another one for each rule, by what is not followed here
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
		a.Set = append(append(a.Set, b.mine()...), b.otherFamily(r)...)
		return []step{{action: a}}
	case actionPass, actionScrub:
	}
	a.Verdict, a.Tentative = rules.Accept, !r.quick
	a.Set = append(append(append(a.Set, b.mine()...), b.otherFamily(r)...), b.stateSet(r))
	a.NAT, a.Maybe = b.natOf(r), b.portsUnknown(r)
	return b.doubted(r, b.routed(r, a))
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
	a.NAT, a.Maybe = b.natOf(r), b.portsUnknown(r)
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

// otherFamily returns what notes whether the rule gives packets the other IP
// version.
func (b *builder) otherFamily(r *rule) []rules.Assign {
	switch {
	case !b.features.afTo || b.test != inbound:
		return nil
	case r.afTo:
		return []rules.Assign{{Field: packet.Mark, Mask: otherFamily, Value: otherFamily}}
	}
	return []rules.Assign{{Field: packet.Mark, Mask: otherFamily}}
}

// stateSet returns what notes whether a pass rule leaves a state, and whether that
// is bound to its interface: what the last one says counts. Translation in the
// language of FreeBSD always leaves one (6.2).
func (b *builder) stateSet(r *rule) rules.Assign {
	bit := b.test.state()
	set := rules.Assign{Field: packet.ConnMark, Mask: bit}
	keeps := b.keeps(r)
	if b.features.bound {
		flag, _, _ := b.test.bound()
		set.Mask |= flag
		if keeps && r.state.ifBound {
			set.Value |= flag
		}
	}
	switch {
	case keeps:
		set.Value |= bit
	case b.features.nat:
		set.Copy, set.CopyMask = packet.Mark, bit
	}
	return set
}

// routed returns the steps of a pass rule by the interfaces by which it sends
// packets: of several it takes one, or by turns (6.3).
func (b *builder) routed(r *rule, a rules.Action) []step {
	outs := b.outsOf(r)
	if len(outs) == 0 {
		return []step{{action: a}}
	}
	var list []step
	for i, name := range outs {
		s := step{action: a}
		s.action.Out = name
		if i > 0 {
			s.terms = []rules.Term{{Unknown: b.unknown(placed("sent by "+name, r.span), "by which of its interfaces route-to sends the packet", packet.Fixed, 0, nil), Span: r.route.at.span}}
		}
		list = append(list, s)
	}
	if !a.Tentative {
		slices.Reverse(list)
	}
	return list
}

// outsOf returns the interfaces by which a rule sends packets, none if the routes
// say.
func (b *builder) outsOf(r *rule) []string {
	switch {
	case r.route == nil:
		return nil
	case len(r.route.ifaces) > 0:
		return r.route.ifaces
	}
	var outs []string
	for _, hop := range r.route.hops {
		name := b.behind(hop)
		if name == "" {
			b.assume("packets that route-to sends to a next hop whose network is not told leave along the routes")
			return nil
		}
		if !slices.Contains(outs, name) {
			outs = append(outs, name)
		}
	}
	return outs
}

// behind returns the interface in whose network an address is, empty if none is
// told.
func (l *lowering) behind(a netip.Addr) string {
	for _, p := range l.ports.list {
		for _, prefix := range p.addrs {
			if prefix.Contains(a) {
				return p.name
			}
		}
	}
	return ""
}

// doubted returns the steps of a pass rule where something beside the rules says
// whether the packet passes.
func (b *builder) doubted(r *rule, list []step) []step {
	drop := rules.Action{Verdict: rules.Drop, Tentative: !r.quick}
	var over []rules.Term
	switch {
	case r.state.limited != nil && b.keeps(r):
		over = []rules.Term{{
			Unknown: b.unknown(placed("limit", r.state.limited.span), "the limit on states is kept", packet.Usual, 0, nil),
			Negated: true, Span: r.state.limited.span,
		}}
	case r.divert == divertPacket:
		b.problem(source.Unsupported, r.span, "whether the program behind divert-packet lets packets pass is not known")
		over = []rules.Term{{Unknown: b.unknown(placed("divert", r.span), "the program that the packet is diverted to does not let it pass", packet.Fixed, 0, nil), Span: r.span}}
	case r.afTo:
		b.problem(source.Unsupported, r.span, "what becomes of packets in the other IP version (af-to) is not modelled")
		over = []rules.Term{{Unknown: b.unknown(placed("af-to", r.span), "what becomes of the packet in the other IP version", packet.Fixed, 0, nil), Span: r.span}}
	default:
		return list
	}
	if r.quick {
		return slices.Insert(list, 0, step{terms: over, action: drop})
	}
	return append(list, step{terms: over, action: drop})
}

// anyEnd is a translation to whatever there is.
var anyEnd = packet.Rewrite{
	Addrs: []packet.AddrRange{packet.PrefixRange(netip.MustParsePrefix("0.0.0.0/0")), packet.PrefixRange(netip.MustParsePrefix("::/0"))},
	Ports: []packet.Range{{First: 0, Last: 65535}},
}

// anything adds a rule that may do anything to the packets that it matches.
func (b *builder) anything(terms []rules.Term, span source.Span, reason string) {
	b.undecided(terms, span, reason, b.isOpenBSD())
}

// undecided adds a rule that does who knows what, and may translate or not.
func (b *builder) undecided(terms []rules.Term, span source.Span, reason string, translates bool) {
	key := placed("in the test "+b.test.String(), span)
	a := rules.Action{
		Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: "decision " + key},
		Set:   []rules.Assign{{Field: packet.ConnMark, Mask: b.test.state(), Any: true}, {Field: packet.Mark, Mask: tagBits, Any: true}},
		Maybe: &rules.Unknown{Reason: reason, Key: "change " + key},
	}
	if translates {
		a.NAT = b.anyNAT()
	}
	b.put(rules.Rule{Match: b.slab.NewMatch(terms), Action: a, Span: span})
}

// mayBlock adds a rule that blocks who knows what.
func (b *builder) mayBlock(span source.Span, quick bool) {
	u := b.unknown(placed("a block in the test "+b.test.String(), span), "the line cannot be read", packet.Fixed, 0, nil)
	b.put(rules.Rule{
		Match: b.slab.NewMatch([]rules.Term{{Unknown: u, Span: span}}), Span: span,
		Action: rules.Action{Verdict: rules.Drop, Tentative: !quick, Set: b.mine()},
	})
}

// anyNAT returns a translation of the end that the test translates.
func (b *builder) anyNAT() *rules.NAT {
	if b.test == inbound {
		return &rules.NAT{Dst: anyEnd}
	}
	return &rules.NAT{Src: anyEnd}
}
