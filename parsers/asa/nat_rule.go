package asa

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// natRule is a rule of NAT with its names resolved.
type natRule struct {
	line   *natLine
	source mapping // of the real to the mapped address
	dest   mapping // of the mapped to the real address; valid iff the line has a destination
	// families are the IP versions that the rule is for: of any that is what its
	// other addresses are of. None: it translates from one to the other.
	families families
	service  natService
	place    int // in the order in which rules are tried
}

// families is a set of IP versions.
type families struct{ four, six bool }

func (f families) and(g families) families { return families{f.four && g.four, f.six && g.six} }

func (f families) none() bool { return !f.four && !f.six }

// mapping is what a rule makes of one end of packets that go from its real
// interface to its mapped one: from becomes to.
type mapping struct {
	from, to natEnd
	same     bool // the address stays
}

// back returns the mapping of packets that go the other way.
func (m *mapping) back() mapping { return mapping{m.to, m.from, m.same} }

// natEnd is an address of a rule.
type natEnd struct {
	any     bool
	ranges  []packet.AddrRange // in the order of the members
	unknown string             // why there may be others; empty: there are none
	own     string             // the interface whose address it is and that gets one at run time
	address address            // as written; zero: any, or the address of an interface
	span    source.Span
	boxes   *packet.Boxes // the runs, as destinations; nil: there may be others
	hull    *packet.Hull  // the same
}

// families returns the IP versions of the addresses.
func (e *natEnd) families() families {
	if e.any || e.unknown != "" {
		return families{true, true}
	}
	if e.own != "" {
		return families{four: true}
	}
	var f families
	for _, r := range e.ranges {
		f.four = f.four || r.First.Is4()
		f.six = f.six || r.First.Is6()
	}
	return f
}

// resolve looks up the names of a line.
func (n *natLowering) resolve(line *natLine) *natRule {
	r := &natRule{line: line, families: families{true, n.c.version.unified()}}
	from := line.real
	if line.object != nil {
		from = natAddr{address: line.object.address}
		n.use("object network", line.object.name, line.span)
	}
	r.source = n.mapping(from, line.mapped, line.mappedIf, line.span)
	if line.mapped.any {
		r.source.to, r.source.same = r.source.from, true
	}
	if line.dynamic {
		r.source.same = false
	} else {
		r.source.widen()
	}
	// Of versions before 9.0 any is IPv4, as NAT is (4.1).
	all := []*natEnd{&r.source.from, &r.source.to}
	if line.hasDest {
		// Hosts on the real side ask for the mapped address, written first (7.2).
		r.dest = n.mapping(line.destMapped, line.destReal, line.realIf, line.span)
		all = append(all, &r.dest.from, &r.dest.to)
	}
	for _, e := range all {
		r.families = r.families.and(e.families())
		e.bound()
	}
	r.service = n.natService(line)
	return r
}

// bound makes it quick to see whether two addresses have one in common.
func (e *natEnd) bound() {
	if e.any || e.unknown != "" || e.own != "" {
		return
	}
	e.boxes, e.hull = packet.Addresses(packet.Dst, e.ranges...), &packet.Hull{}
	e.hull.Narrow(e.boxes)
}

// mayMeet reports whether two addresses may have one in common.
func (e *natEnd) mayMeet(o *natEnd) bool {
	return e.boxes == nil || o.boxes == nil || e.boxes.MayMeet(o.hull)
}

// mapping returns what becomes of one end; the interface is the one that the
// word stands for.
func (n *natLowering) mapping(from, to natAddr, name string, span source.Span) mapping {
	m := mapping{from: n.end(from, name, span), to: n.end(to, name, span)}
	m.compare()
	return m
}

// compare sees whether the address stays.
func (m *mapping) compare() {
	a, b := &m.from, &m.to
	m.same = a.any && b.any ||
		a.address.name != "" && a.address.kind == b.address.kind && a.address.name == b.address.name ||
		len(a.ranges) > 0 && a.unknown == "" && b.unknown == "" && slices.Equal(a.ranges, b.ranges)
}

// widen makes a mapped address that is written as such, and not by the name of
// an object, a network as large as the real one: it has the mask of that.
func (m *mapping) widen() {
	from, to := m.from.ranges, &m.to
	if to.address.kind != addrNumbers || len(from) != 1 || len(to.ranges) != 1 || sizeOf(to.ranges[0]).compare(sizeOf(from[0])) >= 0 {
		return
	}
	first := to.ranges[0].First
	if p, ok := from[0].Prefix(); ok && first.Is4() == p.Addr().Is4() {
		first = netip.PrefixFrom(first, p.Bits()).Masked().Addr()
	}
	to.ranges = []packet.AddrRange{{First: first, Last: addrAt(first, sizeOf(from[0]).minus(count{low: 1}))}}
	to.address = address{kind: addrNumbers, numbers: to.ranges[0], span: to.span}
	m.compare()
}

// end returns an address of a rule.
func (n *natLowering) end(a natAddr, name string, span source.Span) natEnd {
	if a.iface {
		return n.ownEnd(name, a.ipv6, orSpan(a.address.span, span))
	}
	e := natEnd{any: a.any, address: n.kindOf(a.address), span: orSpan(a.address.span, span)}
	e.any = e.any || e.address.kind == addrAny
	if e.any {
		return e
	}
	if e.address.kind == 0 {
		e.unknown = "the address is not given"
		return e
	}
	ranges, known := n.addresses(e.address)
	e.ranges = ranges
	if !known {
		e.unknown = "the addresses are not known"
	}
	return e
}

// orSpan returns the first span that is somewhere.
func orSpan(a, b source.Span) source.Span {
	if a.IsZero() {
		return b
	}
	return a
}

// kindOf says whether a name in a rule is of an object or of a group: the line
// does not tell.
func (n *natLowering) kindOf(a address) address {
	switch {
	case a.kind == addrObject && n.c.networks[a.name] == nil && n.c.groups[groupKey{groupNetwork, a.name}] != nil:
		a.kind = addrGroup
	case a.kind == addrGroup && n.c.groups[groupKey{groupNetwork, a.name}] == nil && n.c.networks[a.name] != nil:
		a.kind = addrObject
	}
	return a
}

// ownEnd returns the address of an interface, the IPv6 one if that is asked for.
func (n *natLowering) ownEnd(name string, ipv6 bool, span source.Span) natEnd {
	e := natEnd{span: span, address: address{kind: addrInterface, name: name, span: span}}
	p := n.port(name)
	if !ipv6 && (p == nil || p.dynamic || !p.told()) {
		e.own = name
		return e
	}
	if p != nil {
		for _, r := range p.own() {
			if r.First.Is6() == ipv6 {
				e.ranges = []packet.AddrRange{r}
				return e
			}
		}
	}
	e.unknown, e.address = "the address of interface "+name+" is not given", address{}
	return e
}
