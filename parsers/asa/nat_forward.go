package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// destination returns the chain that gives packets their real destination: the
// first rule that fits ends it (7.4, phase A).
func (n *natLowering) destination() *rules.Chain {
	list := n.broken
	for _, r := range n.rules {
		if r.line.hasDest {
			list = append(list, n.arrivals(r.forward())...)
		}
		if r.opensBackward() {
			list = append(list, n.arrivals(r.backward())...)
		}
	}
	return n.natChain("NAT: destination", list)
}

// arrivals returns the rules for packets that go one way through a rule.
func (n *natLowering) arrivals(w *way) []*rules.Rule {
	r := w.rule
	if r.families.none() {
		return []*rules.Rule{n.rule(r, n.wayTerms(w, &arriving, nil, nil), otherVersion(r))}
	}
	var list []*rules.Rule
	for _, p := range r.pieces(&w.dst) {
		a := rules.Action{Verdict: rules.Accept, Out: n.egress(r, w.out)}
		if to := w.dstPort.withPorts(p.to, &r.service); !to.IsZero() {
			a.NAT = &rules.NAT{Dst: to}
		}
		list = append(list, n.rule(r, n.wayTerms(w, &arriving, nil, &p), a))
	}
	return list
}

// otherVersion is what becomes of packets that a rule translates to the other IP
// version.
func otherVersion(r *natRule) rules.Action {
	return rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{
		Reason: "translation between IPv4 and IPv6 is not modelled",
		Key:    "translation between IPv4 and IPv6 at " + r.line.span.Position().String(),
	}}
}

// egress returns the interface by which packets leave that a rule gives their
// destination, empty if the routes decide: it does not name one, it says so, or
// it is a rule of 8.3 that translates nothing (7.6).
func (n *natLowering) egress(r *natRule, name string) string {
	identity := r.isIdentity() && (!r.line.hasDest || r.dest.same)
	if name == anyInterface || r.line.routeLookup || identity && n.looksUp() || !n.c.version.realAddresses() && (r.source.from.any || r.source.from.unknown != "") {
		return ""
	}
	if p := n.port(name); p != nil && p.bvi > 0 {
		return ""
	}
	return name
}

// looksUp reports whether rules that translate nothing leave it to the routes by
// which interface packets leave: 8.3 and 8.4(1) did.
func (n *natLowering) looksUp() bool {
	v := n.c.version
	return v.platform == platformASA && v.realAddresses() && (v.before(8, 4) || v.major == 8 && v.minor == 4 && v.revision == 1)
}

// source returns the chain that gives packets the source by which others know
// them: the first rule that fits ends it (7.4, phase B). It is the last stage, as
// lists go by real addresses.
func (n *natLowering) source() *rules.Chain {
	list := n.answered()
	for _, r := range n.rules {
		list = append(list, n.departures(r.forward())...)
	}
	return n.natChain("NAT: source", list)
}

// departures returns the rules that translate sources of packets that go one way
// through a rule.
func (n *natLowering) departures(w *way) []*rules.Rule {
	r := w.rule
	terms := func(p *piece) []rules.Term {
		f := &untranslated
		if !w.hasDst && w.dstPort.from == nil {
			f = &arriving
		}
		return append(n.wayTerms(w, f, p, nil), n.goesOut(w.out, r.line.span)...)
	}
	switch {
	case r.families.none():
		if w.hasDst {
			return nil // it was decided where the packet came in
		}
		return []*rules.Rule{n.rule(r, terms(nil), otherVersion(r))}
	case r.doubtful():
		known := slices.DeleteFunc(terms(nil), func(t rules.Term) bool { return t.Unknown != nil })
		return []*rules.Rule{n.rule(r, known, rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Src: packet.Rewrite{Lost: true, Ports: anyPort}}})}
	case r.line.dynamic:
		return []*rules.Rule{n.rule(r, terms(nil), rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Src: n.pool(r)}})}
	}
	return n.sources(w, terms)
}

// doubtful reports whether it is not known which packets that go forward the rule
// is for. As nothing but their source hangs on that, it is left at this: the
// source is then some address.
func (r *natRule) doubtful() bool {
	return r.source.from.unknown != "" || r.line.hasDest && r.dest.from.unknown != "" || r.service.unknown != ""
}

// sources returns a rule for each piece of the source of a way.
func (n *natLowering) sources(w *way, terms func(*piece) []rules.Term) []*rules.Rule {
	var list []*rules.Rule
	for _, p := range w.rule.pieces(&w.src) {
		a := rules.Action{Verdict: rules.Accept}
		if to := w.srcPort.withPorts(p.to, &w.rule.service); !to.IsZero() {
			a.NAT = &rules.NAT{Src: to}
		}
		list = append(list, n.rule(w.rule, terms(&p), a))
	}
	return list
}

// pool returns what a dynamic rule makes of sources: one of its addresses. The
// port is any, as it is once more hosts than addresses have a conversation.
func (n *natLowering) pool(r *natRule) packet.Rewrite {
	to := &r.source.to
	fallback := natEnd{}
	if r.line.fallback {
		fallback = n.ownEnd(r.line.mappedIf, r.line.fallback6, r.line.span)
	}
	switch {
	case to.own != "":
		return packet.Rewrite{ToSelf: true, Lost: true, Ports: anyPort}
	case to.unknown != "" || fallback.own+fallback.unknown != "":
		return packet.Rewrite{Lost: true, Ports: anyPort}
	}
	return packet.Rewrite{Addrs: slices.Concat(to.ranges, fallback.ranges), Ports: anyPort}
}
