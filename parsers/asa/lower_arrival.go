package asa

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var (
	isMulticast = packet.Prefixes(packet.Dst, netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("ff00::/8"))
	everyHost   = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	isOpening   = packet.Masked(packet.TCPFlags, uint32(packet.SYN|packet.ACK|packet.FIN|packet.RST), uint32(packet.SYN))
	isUnknown   = packet.Numbers(packet.ConnState, packet.One(uint32(packet.New)), packet.One(uint32(packet.Untracked)))
)

// arrival returns the chain that drops what is not looked at any further,
// wherever it goes (6.1, steps 1 and 2, and the notes).
func (l *lowering) arrival() *rules.Chain {
	c := l.addChain(&rules.Chain{Name: "arrival", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "the packet may be one that is let through", Span: l.c.head})
	for _, p := range l.ports {
		if p.down {
			l.drop(c, p, "interface "+p.name+" is shut down", by(packet.In, p))
		}
	}
	l.nameless(c)
	middle := rules.Action{Verdict: rules.Drop}
	if chain := l.bypass(); chain != nil {
		middle = rules.Action{Verdict: rules.Jump, Target: chain}
	} else {
		l.implied(c, "the packet belongs to no connection", middle, rules.Term{Boxes: isInvalid})
	}
	l.implied(c, "TCP connections begin with SYN", middle, rules.Term{Boxes: ofTCP}, rules.Term{Boxes: isUnknown}, rules.Term{Boxes: isOpening, Negated: true})
	if middle.Target != nil {
		l.implied(c, "TCP connections begin with SYN", middle, rules.Term{Boxes: ofTCP}, rules.Term{Boxes: isInvalid})
		l.implied(c, "the packet belongs to no connection", rules.Action{Verdict: rules.Drop}, rules.Term{Boxes: isInvalid}, rules.Term{Boxes: ofTCP, Negated: true})
	}
	l.toMany(c)
	l.reversePath(c)
	return c
}

// implied adds a rule that nobody wrote.
func (l *lowering) implied(c *rules.Chain, why string, a rules.Action, terms ...rules.Term) {
	c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(terms), Action: a, Implicit: why}))
}

// nameless drops what comes in by interfaces without a name. Where no list is
// global, it is dropped for want of a list in any case.
func (l *lowering) nameless(c *rules.Chain) {
	if len(l.filters.global) == 0 {
		return
	}
	for _, x := range l.c.interfaces {
		if x.name == "" && x.hardware != "" && x.bvi == 0 && l.byName[x.hardware] == nil {
			c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
				Match:  rules.Match{{Boxes: packet.Names(packet.In, packet.Pattern{Text: x.hardware})}},
				Action: rules.Action{Verdict: rules.Drop}, Implicit: "interface " + x.hardware + " has no name, and carries nothing", Span: x.span,
			}))
		}
	}
}

// toMany drops broadcasts and multicasts: in routed mode they do not pass, whatever
// the lists permit. What the appliance itself listens to is for it.
func (l *lowering) toMany(c *rules.Chain) {
	if l.c.transparent {
		return
	}
	for i := range l.c.local {
		if x := &l.c.local[i]; x.command == "dhcp" {
			terms := []rules.Term{{Boxes: ofUDP}, {Boxes: packet.Number(packet.DstPort, bootpsPort)}, {Boxes: packet.Addresses(packet.Dst, packet.OneAddr(everyHost))}}
			if p := l.port(x.iface); p != nil {
				terms = append(terms, by(packet.In, p.places()...))
			}
			c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Accept}, Span: x.span}))
		}
	}
	if !l.c.dynamic.IsZero() {
		near := packet.Prefixes(packet.Dst, netip.MustParsePrefix("224.0.0.0/24"), netip.MustParsePrefix("ff02::/16"))
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: rules.Match{{Boxes: near}}, Action: rules.Action{Verdict: rules.Accept}, Span: l.c.dynamic}))
	}
	l.dropToMany(c, "do not pass")
}

// dropToMany drops broadcasts and multicasts.
func (l *lowering) dropToMany(c *rules.Chain, why string) {
	l.implied(c, "multicasts "+why, rules.Action{Verdict: rules.Drop}, rules.Term{Boxes: isMulticast})
	addrs := []packet.AddrRange{packet.OneAddr(everyHost)}
	for _, p := range l.ports {
		for _, a := range p.prefixes() {
			if a.Addr().Is4() && a.Bits() < 31 {
				addrs = append(addrs, packet.OneAddr(packet.PrefixRange(a).Last))
			}
		}
	}
	l.implied(c, "broadcasts "+why, rules.Action{Verdict: rules.Drop}, rules.Term{Boxes: packet.Addresses(packet.Dst, addrs...)})
}

// reversePath drops what comes in by an interface that has "ip verify
// reverse-path", and whose source is not reached by it (12).
func (l *lowering) reversePath(c *rules.Chain) {
	for _, p := range l.ports {
		span, ok := l.c.unicast[p.name]
		switch {
		case !ok:
		case !l.device.AllRoutes:
			l.assume("the sources of packets are where they come from (ip verify reverse-path): not all routes are told")
		default:
			c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
				Match:  rules.Match{by(packet.In, p), {Boxes: l.reachedBy(p), Negated: true, Span: span}},
				Action: rules.Action{Verdict: rules.Drop}, Span: span,
			}))
		}
	}
}

// reachedBy returns the packets from addresses to which packets leave by an
// interface.
func (l *lowering) reachedBy(p *port) *packet.Boxes {
	ways := map[netip.Prefix]bool{}
	var order [129][]netip.Prefix
	add := func(to netip.Prefix, here bool) {
		if _, ok := ways[to]; !ok {
			order[to.Bits()] = append(order[to.Bits()], to)
		}
		ways[to] = ways[to] || here
	}
	for _, r := range l.device.Routes {
		add(r.To, r.Out == p.name)
	}
	for _, q := range l.ports {
		for _, a := range q.prefixes() {
			add(a.Masked(), q == p)
		}
	}
	var list packet.List
	for bits := len(order) - 1; bits >= 0; bits-- {
		for _, to := range order[bits] {
			list.Add(packet.Prefixes(packet.Src, to), !ways[to])
		}
	}
	return list.Boxes()
}

// bridging returns the chain that settles in transparent mode by which interface
// packets leave: of two in a bridge group, by the other (6.3). nil: it is not
// settled.
func (l *lowering) bridging() *rules.Chain {
	if !l.c.transparent {
		return nil
	}
	c := &rules.Chain{Name: "bridging", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "packets leave by an interface of the same bridge group", Span: l.c.head}
	// Frames that are not for the appliance alone go on, to however many they are.
	bridged := rules.Rule{
		Action:   rules.Action{Set: []rules.Assign{{Field: packet.DstType, Mask: 7, Value: uint32(packet.Unicast)}}},
		Implicit: "in transparent mode broadcasts and multicasts pass like others", Span: l.c.head,
	}
	if own := l.ownAddresses(packet.Dst); own != nil {
		bridged.Match = rules.Match{{Boxes: own, Negated: true}}
	}
	c.Rules = append(c.Rules, l.slab.NewRule(bridged))
	for _, p := range l.ports {
		near := l.bridgeOf(p)
		if len(near) != 2 {
			continue
		}
		other := near[0]
		if other == p {
			other = near[1]
		}
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: rules.Match{by(packet.In, p)}, Action: rules.Action{Verdict: rules.Accept, Out: other.name},
			Implicit: "packets leave by the other interface of the bridge group", Span: p.headSpan(),
		}))
	}
	return l.addChain(c)
}

// bridgeOf returns the interfaces of the bridge that p is in. Before 8.4 there are
// no bridge groups: all interfaces are in one.
func (l *lowering) bridgeOf(p *port) []*port {
	if p.bridged != nil {
		return p.bridged.members
	}
	var out []*port
	for _, q := range l.ports {
		if q.bridged == nil && !q.management {
			out = append(out, q)
		}
	}
	return out
}
