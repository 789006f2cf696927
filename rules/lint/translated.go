package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// isTranslatedTo reports whether packets from the Internet may get one of the
// nodes' private addresses (RFC 1918, RFC 4193) for their destination here. Then
// that is how clients come: no route in the Internet leads to such an address,
// so that a rule for packets which arrive at it is none for clients.
func (p *Pass) isTranslatedTo(nodes []packet.AddrRange) bool {
	if p.Hook(Inbound) != rules.Forward || !slices.ContainsFunc(nodes, func(n packet.AddrRange) bool { return n.First.IsPrivate() }) {
		return false
	}
	from := &packet.Hull{}
	from.Narrow(packet.Addresses(packet.Src, p.ranges(Internet)...))
	if b := p.Roles.Outside.Boxes(packet.In); b != nil {
		from.Narrow(b)
	}
	to := &packet.Hull{}
	to.Narrow(packet.Addresses(packet.Dst, nodes...))
	for _, c := range p.Device.Chains {
		if slices.ContainsFunc(c.Rules, func(r *rules.Rule) bool { return leadsTo(r, to) && mayMatch(r.Match, from) }) {
			return true
		}
	}
	return false
}

// arrivals returns the destinations that rules translate to some of the nodes, as
// packets arrive: those of another node are no example of packets to these.
func (p *Pass) arrivals(nodes []packet.AddrRange) []*packet.Boxes {
	if len(nodes) == 0 {
		return nil
	}
	to := &packet.Hull{}
	to.Narrow(packet.Addresses(packet.Dst, nodes...))
	var out []*packet.Boxes
	for _, c := range p.Device.Chains {
		for _, r := range c.Rules {
			if !leadsTo(r, to) {
				continue
			}
			for _, t := range r.Match {
				if t.Boxes != nil && !t.Negated && t.Unknown == nil && slices.Equal(t.Boxes.Fields(), []packet.Field{packet.Dst}) {
					out = append(out, t.Boxes)
				}
			}
		}
	}
	return out
}

// leadsTo reports whether a rule may translate destinations to some in the hull. A
// rule that is not understood, and may do anything, is no sign of that.
func leadsTo(r *rules.Rule, to *packet.Hull) bool {
	if r.Action.NAT == nil {
		return false
	}
	w := &r.Action.NAT.Dst
	switch {
	case w.Network.IsValid():
		return packet.Prefixes(packet.Dst, w.Network).MayMeet(to)
	case len(w.Addrs) > 0:
		whatever := func(a packet.AddrRange) bool { return a.First.IsUnspecified() && a.First != a.Last }
		return !slices.ContainsFunc(w.Addrs, whatever) && packet.Addresses(packet.Dst, w.Addrs...).MayMeet(to)
	}
	return w.Lost && !w.ToSelf
}

// mayMatch reports whether no condition of a match rules out every packet in the
// hull.
func mayMatch(m rules.Match, from *packet.Hull) bool {
	return !slices.ContainsFunc(m, func(t rules.Term) bool {
		return t.Boxes != nil && t.Unknown == nil && !t.Negated && !t.Boxes.MayMeet(from)
	})
}

// publishes reports whether some packet from the Internet surely gets to one of
// the nodes by translation.
func (p *Pass) publishes(nodes []packet.AddrRange) bool {
	passed := p.Ground(Inbound, Internet).Answer.Accepted().Ordinary().Always()
	return !passed.Where(packet.Addresses(packet.Dst, nodes...)).Where(packet.Number(packet.DstTranslated, 1)).IsEmpty()
}

// samePort returns the packets whose destination port is the one that they
// arrived at. The server tells clients the port of a data connection: at another
// one they do not find it.
func samePort(s packet.Set) packet.Set {
	kept := s.Where(packet.Number(packet.DstTranslated, 1)).XorBits(packet.OrigDstPort, packet.DstPort, 1<<16-1)
	return s.Where(packet.Number(packet.DstTranslated, 0)).Or(kept.Where(packet.Number(packet.OrigDstPort, 0)))
}
