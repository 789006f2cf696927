package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// incomingWire returns the stage of the lists that filter what comes in, before
// 8.3: they come before translation, and are for packets from interfaces that
// have one. What goes to the appliance itself passes by them (9).
func (l *lowering) incomingWire() *rules.Stage {
	s := &rules.Stage{Hook: rules.Prerouting, Filters: true}
	in := l.filters.in
	unbound := l.isPart() || l.isBroken("access-group") || l.isBroken("unknown")
	if len(in) == 0 && len(l.c.opened) == 0 && !unbound {
		return s
	}
	s.Chain = l.addChain(&rules.Chain{Name: "access-group in", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "no access list filters what comes in here", Span: l.c.head})
	lists := s.Chain
	if own := l.ownAddresses(packet.Dst); own != nil {
		lists = l.passToDevice(s.Chain, own)
	}
	l.decrypted(lists)
	l.openedBack(lists)
	l.lists(lists)
	l.unboundLists(lists)
	if len(in) > 0 && len(l.c.opened) == 0 && !unbound {
		var all []*port
		for _, b := range in {
			all = append(all, b.ports...)
		}
		s.When = rules.Match{by(packet.In, all...)}
	}
	return s
}

// ownAddresses returns the packets to or from an address of the appliance, nil
// if none is told.
func (l *lowering) ownAddresses(f packet.Field) *packet.Boxes {
	local := l.device.Local()
	if len(local) == 0 {
		return nil
	}
	return packet.Addresses(f, local...)
}

// passToDevice lets packets to the appliance pass by the lists, but for those
// that a static translation takes on to others. It returns the chain that the
// lists belong into.
func (l *lowering) passToDevice(c *rules.Chain, own *packet.Boxes) *rules.Chain {
	var taken []rules.Match
	for i := range l.c.old.statics {
		if m := l.takesOwn(&l.c.old.statics[i]); m != nil {
			taken = append(taken, m)
		}
	}
	lists := c
	if len(taken) > 0 {
		lists = l.addChain(&rules.Chain{Name: "access-group in, lists", Policy: rules.Action{Verdict: rules.Accept}, Implicit: c.Implicit, Span: c.Span})
	}
	for _, m := range taken {
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: m, Action: rules.Action{Verdict: rules.Goto, Target: lists}, Span: m[0].Span, Implicit: "a static translation takes packets to an address of the appliance",
		}))
	}
	c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
		Match: rules.Match{{Boxes: own}}, Action: rules.Action{Verdict: rules.Accept}, Implicit: "access lists do not filter what goes to the appliance itself",
	}))
	if lists != c {
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Action: rules.Action{Verdict: rules.Goto, Target: lists}, Implicit: "all else is for the access lists"}))
	}
	return lists
}

// takesOwn returns the packets to an address of the appliance that a static
// translation takes, nil if there are none.
func (l *lowering) takesOwn(s *staticLine) rules.Match {
	p := l.port(s.mappedIf)
	if p == nil {
		return nil
	}
	own := p.own()
	if !s.mapped.iface {
		ranges, _ := l.addresses(s.mapped.address)
		own = slices.DeleteFunc(own, func(r packet.AddrRange) bool {
			return !slices.ContainsFunc(ranges, func(x packet.AddrRange) bool { return x.Contains(r.First) })
		})
	}
	if len(own) == 0 {
		return nil
	}
	m := rules.Match{by(packet.In, p.places()...), {Boxes: packet.Addresses(packet.Dst, own...), Span: s.span}}
	if s.proto != 0 {
		m = append(m, rules.Term{Boxes: packet.Number(packet.Protocol, uint32(s.proto))}, rules.Term{Boxes: packet.Number(packet.DstPort, uint32(s.mappedPort))})
	}
	m[0].Span = s.span
	return m
}
