package pf

import (
	"fmt"
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// features are what a configuration has that costs rules elsewhere.
type features struct {
	quickAnchors bool    // anchors with quick
	stops        bool    // rules that end evaluation, and let what matched last hold
	nat          bool    // translation in the language of FreeBSD
	natPass      bool    // of which a rule passes by the filter
	matchNAT     [2]ends // what match rules of each test translate
	reassembles  bool    // rules see no fragments
	afTo         bool    // rules that give packets the other IP version
	bound        bool    // states that are bound to an interface
}

// ends are the ends of packets that are translated.
type ends struct{ src, dst bool }

// with returns e and what a rule translates in a test.
func (e ends) with(r *rule, t test) ends {
	if !t.has(r.dir) {
		return e
	}
	return ends{src: e.src || r.nat != nil || r.binat != nil && t == outbound, dst: e.dst || r.rdr != nil || r.binat != nil && t == inbound}
}

// lookAround finds what the statements name and have.
func (l *lowering) lookAround() {
	l.features.reassembles = l.c.options.reassemble
	for i := range l.c.options.skip {
		l.name(l.c.options.skip[i].name, l.c.options.skip[i].at.span)
	}
	l.eachStatement(func(s *statement) {
		switch {
		case s.rule != nil:
			l.look(s.rule)
			l.feature(s.rule)
		case s.scrub != nil:
			l.features.reassembles = l.features.reassembles || !s.scrub.noScrub && !s.scrub.unfragmented
		case s.anchor != nil:
			l.look(&s.anchor.rule)
			if s.anchor.rule.quick {
				l.features.quickAnchors, l.features.stops = true, true
			}
		case s.anchored != nil:
			l.look(&s.anchored.rule)
			l.features.nat, l.features.natPass = true, true
		case s.nat != nil:
			l.look(&s.nat.rule)
			l.lookTo(s.nat.to)
			l.features.nat = true
			l.features.natPass = l.features.natPass || s.nat.pass
		case s.spoof != nil:
			for i := range s.spoof.ifs {
				l.name(s.spoof.ifs[i].name, s.spoof.ifs[i].at.span)
			}
		}
	})
}

// feature notes what a filter rule has.
func (l *lowering) feature(r *rule) {
	switch r.action {
	case actionMatch:
		for _, t := range []test{inbound, outbound} {
			l.features.matchNAT[t] = l.features.matchNAT[t].with(r, t)
		}
		l.features.stops = l.features.stops || r.quick
	case actionPass:
		l.features.afTo = l.features.afTo || r.afTo
		l.features.bound = l.features.bound || r.state.ifBound && l.keeps(r)
	case actionBlock, actionScrub:
	}
}

// look notes the interfaces that a rule names.
func (l *lowering) look(r *rule) {
	for _, list := range [][]ifaceItem{r.on, r.filter.received} {
		for i := range list {
			if !list[i].domain {
				l.name(list[i].name, list[i].at.span)
			}
		}
	}
	for _, e := range []*endpoint{&r.src, &r.dst} {
		l.lookHosts(e.hosts)
	}
	for _, x := range redirectionsOf(r) {
		l.lookTo(x)
	}
	if r.route != nil {
		for _, name := range r.route.ifaces {
			l.name(name, r.route.at.span)
		}
	}
}

func (l *lowering) lookTo(x *redirection) {
	if x != nil {
		l.lookHosts(x.pool)
	}
}

func (l *lowering) lookHosts(list []hostItem) {
	for i := range list {
		if k := list[i].kind; k == hostIface || k == hostDynamic {
			l.name(list[i].name, list[i].at.span)
		}
	}
}

// filter returns the chain of the filter rules for a test.
func (l *lowering) filter(t test) *rules.Chain {
	c := l.newChain("pf "+t.String(), l.firstRule())
	c.Policy, c.Implicit = rules.Action{Verdict: rules.Accept}, "no rule matches, and pf passes by default"
	b := &builder{lowering: l, test: t, chain: c, tables: l.c.tables}
	for _, m := range l.isKnown(t) {
		b.put(rules.Rule{Match: m, Implicit: "packets of a known state pass", Action: rules.Action{Verdict: rules.Accept}})
	}
	if l.features.natPass {
		b.passes()
	}
	if t == outbound && l.features.stops {
		b.put(rules.Rule{
			Match:    rules.Match{{Boxes: packet.Masked(packet.Mark, stopped|withinBits, 0), Negated: true}},
			Implicit: "evaluation begins anew on the way out",
			Action:   rules.Action{Set: []rules.Assign{{Field: packet.Mark, Mask: stopped | withinBits}}},
		})
	}
	b.byDefault()
	if t == outbound && l.features.afTo {
		b.put(rules.Rule{
			Match:    rules.Match{{Boxes: packet.Masked(packet.Mark, otherFamily, otherFamily)}},
			Implicit: "the packet goes on in the other IP version",
			Action:   rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: "what becomes of the packet in the other IP version", Key: "decision in the other IP version"}},
		})
	}
	b.body(l.c.body)
	return c
}

// firstRule returns where the filter rules begin, else where the text does.
func (l *lowering) firstRule() source.Span {
	for i := range l.c.body {
		switch s := &l.c.body[i]; {
		case s.rule != nil:
			return s.rule.span
		case s.anchor != nil:
			return s.anchor.span
		case s.spoof != nil:
			return s.spoof.span
		}
	}
	return l.c.head
}

// byDefault adds what pf does where no rule matches.
func (b *builder) byDefault() {
	b.put(rules.Rule{Implicit: b.chain.Implicit, Span: b.chain.Span, Action: rules.Action{Verdict: rules.Accept, Tentative: true, NAT: b.untranslated()}})
}

// body lowers the filter rules of a ruleset.
func (b *builder) body(list []statement) {
	for i := range list {
		switch s := &list[i]; {
		case s.rule != nil:
			b.rule(s.rule)
		case s.anchor != nil:
			b.anchor(s.anchor)
		case s.spoof != nil:
			b.antispoof(s.spoof)
		case s.broken != nil && !b.test.has(s.dir):
		case s.broken != nil && s.blocks:
			b.mayBlock(*s.broken, s.quick)
		case s.broken != nil:
			b.undecided(nil, *s.broken, "the line cannot be read", b.isOpenBSD() && !s.plain)
		}
	}
}

// antispoof lowers the rules that an antispoof line stands for (8).
func (b *builder) antispoof(x *antispoof) {
	for i := range x.ifs {
		item := x.ifs[i]
		kind := hostIface
		if x.dyn[i] {
			kind = hostDynamic
		}
		host := hostItem{kind: kind, name: item.name, bits: -1, at: item.at}
		network := host
		network.mods = []string{"network"}
		away := rule{action: actionBlock, dir: dirIn, log: x.log, quick: x.quick, af: x.af, on: []ifaceItem{item}, span: x.span, filter: filterOpts{tos: -1, prio: -1}}
		away.on[0].not = true
		own := away
		own.on = nil
		switch _, told := b.addressesOf(&host); {
		case isLoopback(item.name):
			away.src.hosts = []hostItem{network}
			if !x.dyn[i] {
				away.src.hosts = loopbackNetworks(item.at, x.af)
			}
			b.rule(&away)
		case told:
			away.src.hosts, own.src.hosts = []hostItem{network}, []hostItem{host}
			b.rule(&away)
			b.rule(&own)
		default:
			b.spoofed(&away, "the source is not of the network of "+item.name, "the source is not of the network of "+item.name+", which is not given")
			b.spoofed(&own, "the source is not an address of "+item.name, "the source is not an address of "+item.name+", which are not given")
		}
	}
}

// spoofed lowers a rule for sources that are not what they say. Where the addresses
// are not told that tell, it is something that does not happen as a rule.
func (b *builder) spoofed(r *rule, key, honest string) {
	if !b.test.has(r.dir) || !b.conditions(r, nil) {
		return
	}
	u := b.unknown(key, honest, packet.Usual, packet.Fields(packet.Src), nil)
	steps := b.steps(r)
	steps[0].terms = []rules.Term{{Unknown: u, Negated: true, Span: r.span}}
	b.emit(steps, r.span, "")
}

// loopbackNetworks returns the networks of the loopback interface.
func loopbackNetworks(x at, af family) []hostItem {
	var list []hostItem
	for _, text := range []string{"127.0.0.0/8", "::1/128"} {
		p := netip.MustParsePrefix(text)
		if af == anyFamily || familyOf(p.Addr()) == af {
			list = append(list, hostItem{kind: hostRange, addrs: packet.PrefixRange(p), bits: -1, at: x})
		}
	}
	return list
}

// label names an anchor for people.
func (a *anchor) label() string {
	if a.name == "" {
		return "the anchor"
	}
	return fmt.Sprintf("anchor %s", a.name)
}

// spanOrHead returns a span, or the head of the configuration if it is nowhere.
func (l *lowering) spanOrHead(s source.Span) source.Span {
	if s.IsZero() {
		return l.c.head
	}
	return s
}
