package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// incoming returns the chain that filters what comes in, since 8.3: the list of
// the interface, that of its bridge group, the global one, and what holds where
// none of them decides (6.1, 6.3).
func (l *lowering) incoming() *rules.Chain {
	c := l.addChain(&rules.Chain{
		Name: "access-group in", Policy: rules.Action{Verdict: rules.Drop}, Implicit: "a lower security level may not open connections to a higher one",
	})
	l.decrypted(c)
	l.openedBack(c)
	l.lists(c)
	l.unboundLists(c)
	l.cutShort(c)
	l.addLevels(c)
	l.policyPlace(c)
	return c
}

// lists adds the calls of the lists that filter what comes in, and what holds
// behind them.
func (l *lowering) lists(c *rules.Chain) {
	l.brokenGroup(c)
	in := l.filters.in
	for _, group := range []bool{false, true} {
		for _, b := range in {
			if b.group == group {
				c.Rules = append(c.Rules, l.call(b, packet.In))
			}
		}
	}
	for _, b := range l.filters.global {
		c.Rules = append(c.Rules, l.call(b, packet.In))
	}
	for _, b := range slices.Concat(in, l.filters.global) {
		if r := l.ends(b, packet.In); r != nil {
			c.Rules = append(c.Rules, r)
		}
	}
}

// brokenGroup stands for access-group lines that cannot be read, and for lines of
// no known command that may be such, of which there may be many: any list may
// filter anywhere.
func (l *lowering) brokenGroup(c *rules.Chain) {
	told := false
	for _, b := range l.c.broken {
		reason, key := "an access-group line cannot be read", "access-group at "+b.span.Position().String()
		switch {
		case b.what == "access-group":
		case b.what == "unknown" && !told:
			told = true
			reason, key = "a line that begins with no known command may decide packets", "line at "+b.span.Position().String()
		default:
			continue
		}
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Span: b.span, Action: rules.Action{
			Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: key, Doubt: packet.Fixed},
		}}))
	}
}

// policyPlace gives the chain a place: that of the first interface.
func (l *lowering) policyPlace(c *rules.Chain) {
	if len(l.ports) > 0 {
		c.Span = l.ports[0].headSpan()
		return
	}
	c.Span = l.c.head
}

// decrypted lets pass what comes out of tunnels that are interfaces: neither the
// lists of the one interface nor those of the other see it, unless that is
// switched off (11).
func (l *lowering) decrypted(c *rules.Chain) {
	if !l.c.permitVPN {
		return
	}
	for _, p := range l.ports {
		if p.tunnel {
			l.allow(c, p, "what comes out of tunnel "+p.name+" passes by the access lists: sysopt connection permit-vpn is on", nil, by(packet.In, p))
		}
	}
}

// openedBack adds what "established" opens: connections back to a host that has
// opened one itself, from a lower security level to a higher one (10). Before 8.3
// the lists are asked before it is known where packets leave.
func (l *lowering) openedBack(c *rules.Chain) {
	if len(l.c.opened) == 0 {
		return
	}
	for _, p := range l.through() {
		var above []*port
		for _, q := range l.through() {
			if !p.levelKnown || !q.levelKnown || rankOf(q) > rankOf(p) {
				above = append(above, q)
			}
		}
		switch {
		case len(above) == 0:
		case l.c.version.realAddresses():
			l.openedBackBy(c, by(packet.In, p), by(packet.Out, above...))
		default:
			l.openedBackBy(c, by(packet.In, p))
		}
	}
}

// openedBackBy does so for packets by some interfaces.
func (l *lowering) openedBackBy(c *rules.Chain, by ...rules.Term) {
	for i := range l.c.opened {
		x := &l.c.opened[i]
		terms := append(slices.Clone(by), rules.Term{Boxes: packet.Number(packet.Protocol, uint32(x.toProto)), Span: x.span})
		if x.from != everyPort && x.from != (packet.Range{}) {
			terms = append(terms, rules.Term{Boxes: packet.Numbers(packet.SrcPort, x.from), Span: x.span})
		}
		if x.to != everyPort && x.to != (packet.Range{}) {
			terms = append(terms, rules.Term{Boxes: packet.Numbers(packet.DstPort, x.to), Span: x.span})
		}
		terms = append(terms, rules.Term{Span: x.span, Unknown: &rules.Unknown{
			Reason: "it is not told whether the host has a connection open that lets others back in", Key: "established at " + x.span.Position().String(), Doubt: packet.Fixed,
		}})
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Accept}, Span: x.span}))
	}
}

var everyPort = packet.Range{First: 0, Last: 65535}

// conduits stands for the filters of old, which are asked where no access list
// filters (8).
func (l *lowering) conduits(c *rules.Chain) {
	for i := range l.c.conduits {
		x := &l.c.conduits[i]
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Span: x.span, Action: rules.Action{
			Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: "conduit and outbound lines are not modelled", Key: "conduit and outbound", Doubt: packet.Fixed},
		}}))
		return
	}
}

// maxUnbound is how many lists may be asked of which it is not known where they
// filter.
const maxUnbound = 8

// isPart reports whether the configuration is a part of one, which does not tell
// what its access lists are for.
func (l *lowering) isPart() bool { return !l.complete() && len(l.c.bindings) == 0 }

// unboundLists stands for the access-group lines that a part of a configuration
// lacks: any of its lists may filter, and what becomes of other packets is not
// known.
func (l *lowering) unboundLists(c *rules.Chain) {
	if !l.isPart() {
		return
	}
	var open []*rules.Chain
	for i := range l.c.definitions {
		x := l.c.lists[l.c.definitions[i].name]
		if l.c.definitions[i].kind == "access-list" && l.chain[x] != nil {
			open = append(open, l.chain[x])
		}
	}
	why, at := "no access-group line tells which access lists filter", l.c.head
	if len(open) == 0 {
		why = "there are neither interfaces nor access lists in what was read"
		l.assume("nothing tells what is let through: %s", why)
	} else {
		at = open[0].Span
		l.assume("no access-group line is there: it is not known which access lists filter, and where")
	}
	if len(open) <= maxUnbound {
		for _, x := range open {
			c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
				Match:  l.slab.NewMatch([]rules.Term{{Unknown: &rules.Unknown{Reason: "it is not told whether " + x.Name + " filters", Key: x.Name + " filters", Doubt: packet.Fixed}, Span: x.Span}}),
				Action: rules.Action{Verdict: rules.Jump, Target: x}, Span: x.Span,
				Implicit: "no access-group line tells where the list filters",
			}))
		}
	}
	c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
		Action:   rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: why, Key: "which access lists filter", Doubt: packet.Fixed}},
		Implicit: why, Span: at,
	}))
}

// cutShort stands for the access-group lines that are missing where a text breaks
// off: of a whole configuration it has the first line and not the last. A list that
// nothing uses may be for an interface that has none.
func (l *lowering) cutShort(c *rules.Chain) {
	if !l.c.saved || l.c.ended || l.isPart() {
		return
	}
	l.assume("the text is whole, though it has no line \": end\"")
	if len(l.filters.global) > 0 || l.isBroken("access-group") {
		return
	}
	var spare *rules.Chain
	for i := range l.c.definitions {
		d := &l.c.definitions[i]
		if x := l.chain[l.c.lists[d.name]]; d.kind == "access-list" && x != nil && len(l.uses[definitionKey{d.kind, d.name}]) == 0 {
			spare = x
		}
	}
	if spare == nil {
		return
	}
	for _, p := range l.ports {
		if slices.ContainsFunc(l.filters.in, func(b *bound) bool { return slices.Contains(b.ports, p) }) {
			continue
		}
		reason := "the text breaks off, and " + spare.Name + ", which nothing applies, may be for interface " + p.name
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: l.slab.NewMatch([]rules.Term{by(packet.In, p)}), Span: spare.Span,
			Action:   rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: "a list for interface " + p.name, Doubt: packet.Fixed}},
			Implicit: reason,
		}))
	}
}

// outgoing returns the stage of the lists that filter what goes out, with no
// chain if there are none (6.1, step 9). Those of bridge groups come first (6.3).
func (l *lowering) outgoing() *rules.Stage {
	s := &rules.Stage{Hook: rules.Forward, Filters: true}
	out := l.filters.out
	if len(out) == 0 {
		return s
	}
	s.Chain = l.addChain(&rules.Chain{Name: "access-group out", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "no access list filters what leaves here", Span: out[0].span})
	l.decrypted(s.Chain)
	var all []*port
	for _, group := range []bool{true, false} {
		for _, b := range out {
			if b.group != group {
				continue
			}
			l.outgoingBy(s.Chain, b)
			all = append(all, b.ports...)
		}
	}
	s.When = rules.Match{by(packet.Out, all...)}
	return s
}

// outgoingBy adds a list that filters what goes out. That of a bridge group is
// asked before those of its members: what it permits goes on to these.
func (l *lowering) outgoingBy(c *rules.Chain, b *bound) {
	r := l.call(b, packet.Out)
	if b.group && r.Action.Target != nil {
		passed := l.asCondition(r.Action.Target)
		r.Action.Target = passed
	}
	c.Rules = append(c.Rules, r)
	if b.group {
		return
	}
	if r := l.ends(b, packet.Out); r != nil {
		c.Rules = append(c.Rules, r)
	}
}

// asCondition returns a chain like that of a list, from which what the list
// permits returns, and all else is dropped.
func (l *lowering) asCondition(list *rules.Chain) *rules.Chain {
	c := l.addChain(&rules.Chain{Name: list.Name + " of the bridge group", Policy: rules.Action{Verdict: rules.Return}, Span: list.Span})
	for _, r := range list.Rules {
		x := *r
		if x.Action.Verdict == rules.Accept {
			x.Action.Verdict = rules.Return
		}
		c.Rules = append(c.Rules, l.slab.NewRule(x))
	}
	c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
		Action: rules.Action{Verdict: rules.Drop}, Span: list.Span, Implicit: list.Name + " ends, and what none of its entries permits is denied",
	}))
	return c
}
