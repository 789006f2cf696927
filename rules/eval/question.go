package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Question names the packets that are asked about: by where they come in and go
// out, by source as they arrive, by destination as they leave, by service. It
// asks about packets that open a conversation: unicast, no fragment, TCP with
// SYN and without ACK, FIN and RST.
type Question struct {
	Hook   rules.Hook      // Forward, Input or Output: which way they go
	State  packet.State    // how connection tracking sees them; other than New, TCP flags may be any
	Arrive []*packet.Boxes // where they lie as they arrive
	Except []*packet.Boxes // where they do not lie as they arrive
	Leave  []*packet.Boxes // where they lie as they leave
	// Uncertain holds boxes over In or Out: the interface is one of those, the
	// same for all packets, but it is not known which.
	Uncertain []*packet.Boxes
	// Decisions says that Decided will be asked of rules that drop, too. It costs:
	// else the way of packets that cannot pass is not followed to its end.
	Decisions bool
	Nodes     int // budget of the universe; 0: DefaultNodes
}

// DefaultNodes is the budget of a question that names none, about 250 MB.
const DefaultNodes = 8_000_000

// multicast and broadcast addresses: no conversation is opened with them.
var notUnicast = packet.Addresses(packet.Dst,
	packet.PrefixRange(mustPrefix("224.0.0.0/4")), packet.PrefixRange(mustPrefix("255.255.255.255/32")), packet.PrefixRange(mustPrefix("ff00::/8")))

// icmpAnswers are the ICMP messages that open no conversation: connection
// tracking takes only requests for new (nf_conntrack_proto_icmp.c).
var icmpAnswers = packet.Union(
	packet.Product(packet.Number(packet.Family, packet.IPv4), packet.Numbers(packet.ICMPType,
		packet.Range{First: 0, Last: 7}, packet.Range{First: 9, Last: 12}, packet.One(14), packet.One(16), packet.Range{First: 18, Last: 255})),
	packet.Product(packet.Number(packet.Family, packet.IPv6), packet.Numbers(packet.ICMPType,
		packet.Range{First: 0, Last: 127}, packet.Range{First: 129, Last: 255})),
)

// tooShort are the packets that lack a part of their headers: connection tracking
// takes none for new, and senders have none to send.
var tooShort = func() *packet.Boxes {
	var list []*packet.Boxes
	for _, family := range []struct{ version, header uint32 }{{packet.IPv4, 20}, {packet.IPv6, 40}} {
		version := packet.Number(packet.Family, family.version)
		below := func(n uint32) *packet.Boxes {
			return packet.Numbers(packet.Length, packet.Range{Last: family.header + n - 1})
		}
		eightBytes := packet.Numbers(packet.Protocol, packet.One(uint32(packet.UDP)), packet.One(uint32(packet.ICMP)), packet.One(uint32(packet.ICMPv6)))
		list = append(list,
			packet.Product(version, below(0)), packet.Product(version, eightBytes, below(8)),
			packet.Product(version, packet.Number(packet.Protocol, uint32(packet.TCP)), below(20)))
	}
	return packet.Union(list...)
}()

// opening holds the values that packets have when they arrive, whatever a
// question asks.
var opening = []*packet.Boxes{
	packet.Number(packet.SrcTranslated, 0),
	packet.Number(packet.Fragment, 0),
	packet.Number(packet.LinkType, uint32(packet.Unicast)),
	packet.Number(packet.Mark, 0),
	packet.Number(packet.Pending, 0),
	packet.Numbers(packet.Time, packet.Range{First: 0, Last: packet.MaxTime}),
}

// unmarked holds what is known of a connection that does not exist yet. Later
// packets have of it what the first ones left.
var unmarked = []*packet.Boxes{packet.Number(packet.DstTranslated, 0), packet.Number(packet.ConnMark, 0)}

// arrival returns the packets of the question as they arrive.
func (q *Question) arrival(e *Engine, u *packet.Universe) packet.Set {
	s := u.Known(e.lossy | e.rewritten).And(u.Cube(nil, opening...)).Where(packet.Number(packet.ConnState, uint32(q.State)))
	s = s.Minus(u.Box(notUnicast))
	if q.State != packet.Established && q.State != packet.Related {
		s = s.And(u.Cube(nil, unmarked...))
	}
	if q.State == packet.New && e.measured {
		s = s.Minus(u.Box(tooShort))
	}
	if q.State == packet.New {
		tcp := u.Box(packet.Number(packet.Protocol, uint32(packet.TCP)))
		syn := u.Box(packet.Masked(packet.TCPFlags, uint32(packet.SYN|packet.ACK|packet.FIN|packet.RST), uint32(packet.SYN)))
		s = s.Minus(tcp.Minus(syn)).Minus(u.Box(icmpAnswers))
	}
	switch q.Hook {
	case rules.Output:
		s = s.Where(noIn).Where(someOut).Where(packet.Number(packet.SrcType, uint32(packet.Local)))
	case rules.Input:
		s = s.Where(someIn).Where(noOut).Where(packet.Number(packet.SrcType, uint32(packet.Unicast)))
	case rules.Forward, rules.Ingress, rules.Prerouting, rules.Postrouting:
		s = s.Where(someIn).Where(someOut).Where(packet.Number(packet.SrcType, uint32(packet.Unicast)))
	}
	for _, b := range q.Arrive {
		s = s.Where(b)
	}
	for _, b := range q.Except {
		s = s.Minus(u.Box(b))
	}
	return s.And(e.types(u))
}

// types says what the routing table says of destinations: that they are the
// device's own or others. Which are is often not known.
func (e *Engine) types(u *packet.Universe) packet.Set {
	own := u.Box(localDst)
	other := u.Box(packet.Number(packet.DstType, uint32(packet.Unicast)))
	local := u.Box(packet.Addresses(packet.Dst, e.local...))
	told := local.And(own).Or(other.Minus(local))
	return choose(u.Box(e.untold), own.Or(other), told)
}

// hull returns what is known of the question's packets where the fields in moved
// may have been rewritten before, where destinations are settled or not, and
// where the hidden fields cannot be seen.
func (q *Question) hull(key hullKey) *packet.Hull {
	h := &packet.Hull{}
	for _, b := range q.Arrive {
		h.Narrow(b)
	}
	key.moved.Each(func(f packet.Field) bool {
		h.Widen(f)
		return true
	})
	if key.settled {
		for _, b := range q.Leave {
			if !slices.Contains(b.Fields(), packet.Out) { // a route may still change it
				h.Narrow(b)
			}
		}
	}
	if q.State == packet.New {
		h.Narrow(packet.Numbers(packet.ConnState, packet.One(uint32(packet.New)), packet.One(uint32(packet.Untracked))))
	}
	key.hidden.Each(func(f packet.Field) bool {
		h.Widen(f)
		return true
	})
	return h
}

// sources returns the destinations at which packets may arrive that leave for
// one of those in leave: these themselves, and what translation maps to them.
// It returns nil if that may be any.
func (e *Engine) sources(leave []*packet.Boxes) *packet.Boxes {
	var hull packet.Hull
	var wanted *packet.Boxes
	for _, b := range leave {
		if f := b.Fields(); len(f) == 1 && f[0] == packet.Dst {
			hull.Narrow(b)
			wanted = b
		}
	}
	if wanted == nil {
		return nil
	}
	all := []*packet.Boxes{wanted}
	for left := e.translators; ; {
		more, others, told := leading(left, &hull)
		switch all = append(all, more...); {
		case !told:
			return nil
		case len(more) == 0 || !e.chained:
			return packet.Union(all...)
		}
		// What one rule makes of a destination, another makes another of.
		hull, left = packet.Hull{}, others
		hull.Narrow(packet.Union(more...))
	}
}

// leading returns the destinations of which rules may make one in the hull, and
// the rules that do not; told says that none makes it of any destination.
func leading(translators []*rules.Rule, hull *packet.Hull) (from []*packet.Boxes, others []*rules.Rule, told bool) {
	for _, r := range translators {
		if !mayLeadTo(&r.Action.NAT.Dst, hull) {
			others = append(others, r)
			continue
		}
		b := plainDst(r.Match)
		if b == nil {
			return nil, nil, false
		}
		from = append(from, b)
	}
	return from, others, true
}

// mayLeadTo reports whether a rewritten destination may lie in the hull.
func mayLeadTo(r *packet.Rewrite, hull *packet.Hull) bool {
	switch {
	case r.Lost || r.ToSelf:
		return true
	case r.Network.IsValid():
		return packet.Prefixes(packet.Dst, r.Network).MayMeet(hull)
	case len(r.Addrs) > 0:
		return packet.Addresses(packet.Dst, r.Addrs...).MayMeet(hull)
	}
	return false // the address stays, or is that with which the packet came
}

// plainDst returns the destinations that a match is limited to by a condition
// on nothing else, nil if there is none.
func plainDst(m rules.Match) *packet.Boxes {
	for _, t := range m {
		if t.Boxes != nil && t.Unknown == nil && !t.Negated && len(t.Boxes.Fields()) == 1 && t.Boxes.Fields()[0] == packet.Dst {
			return t.Boxes
		}
	}
	return nil
}
