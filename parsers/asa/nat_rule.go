package asa

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
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
func (m mapping) back() mapping { return mapping{m.to, m.from, m.same} }

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
	real := line.real
	if line.object != nil {
		real = natAddr{address: line.object.address}
		n.use("object network", line.object.name, line.span)
	}
	r.source = n.mapping(real, line.mapped, line.mappedIf, line.span)
	if line.mapped.any {
		r.source.to, r.source.same = r.source.from, true
	}
	if !line.dynamic {
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
func (e *natEnd) mayMeet(o *natEnd) bool { return e.boxes == nil || o.boxes == nil || e.boxes.MayMeet(o.hull) }

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
	real, to := m.from.ranges, &m.to
	if to.address.kind != addrNumbers || len(real) != 1 || len(to.ranges) != 1 || sizeOf(to.ranges[0]).compare(sizeOf(real[0])) >= 0 {
		return
	}
	first := to.ranges[0].First
	if p, ok := real[0].Prefix(); ok && first.Is4() == p.Addr().Is4() {
		first = netip.PrefixFrom(first, p.Bits()).Masked().Addr()
	}
	to.ranges = []packet.AddrRange{{First: first, Last: addrAt(first, sizeOf(real[0]).minus(count{low: 1}))}}
	to.address = address{kind: addrNumbers, numbers: to.ranges[0], span: to.span}
	m.compare()
}

// end returns an address of a rule.
func (n *natLowering) end(a natAddr, name string, span source.Span) natEnd {
	if a.iface {
		return n.ownEnd(name, span)
	}
	e := natEnd{any: a.any, address: n.kindOf(a.address), span: a.address.span}
	if e.span.IsZero() {
		e.span = span
	}
	switch e.address.kind {
	case addrAny:
		e.any = true
	case 0:
		if !a.any {
			e.unknown = "the address is not given"
		}
	default:
		ranges, known := n.addresses(e.address)
		e.ranges = ranges
		if !known {
			e.unknown = "the addresses are not known"
		}
	}
	return e
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

// ownEnd returns the address of an interface.
func (n *natLowering) ownEnd(name string, span source.Span) natEnd {
	e := natEnd{span: span, address: address{kind: addrInterface, name: name, span: span}}
	p := n.port(name)
	if p == nil || p.dynamic || !p.told() {
		e.own = name
		return e
	}
	for _, r := range p.own() {
		if r.First.Is4() {
			e.ranges = []packet.AddrRange{r}
			return e
		}
	}
	e.ranges = p.own()[:1]
	return e
}

// natService is what a rule says of ports: what they are on the side of its real
// interface, and on that of its mapped one, of the source of packets that go
// from the former to the latter and of their destination. Nil: any.
type natService struct {
	protos               []packet.Range
	realSrc, realDst     []packet.Range
	mappedSrc, mappedDst []packet.Range
	unknown              string // why it is not known; empty: it is
	span                 source.Span
}

// portService returns the service of a rule for one port of the source.
func portService(proto packet.Proto, real, mapped uint16, span source.Span) natService {
	one := func(n uint32) []packet.Range { return []packet.Range{packet.One(n)} }
	return natService{protos: one(uint32(proto)), realSrc: one(uint32(real)), mappedSrc: one(uint32(mapped)), span: span}
}

// natService returns what a line says of ports.
func (n *natLowering) natService(line *natLine) natService {
	if line.proto != 0 {
		return portService(line.proto, line.realPort, line.mappedPort, line.span)
	}
	if line.realService == "" {
		return natService{}
	}
	s := natService{span: line.span}
	near, far := n.serviceObject(line.realService, line.span), n.serviceObject(line.mappedService, line.span)
	if s.unknown = cmp.Or(near.unknown, far.unknown); s.unknown != "" {
		return s
	}
	s.protos = near.protos
	s.realSrc, s.realDst = near.src, near.dst
	s.mappedSrc, s.mappedDst = far.src, far.dst
	if line.dynamic {
		s.realSrc, s.mappedSrc = nil, nil // services of dynamic rules carry destination ports only (7.2)
	}
	return s
}

// pieces returns the parts of a mapping, each for IP versions of the rule.
func (r *natRule) pieces(m *mapping) []piece {
	from, to := &m.from, &m.to
	switch {
	case m.same:
		return []piece{{}}
	case to.own != "":
		return []piece{{to: packet.Rewrite{ToSelf: true, Lost: true}}}
	case to.unknown != "":
		return []piece{{to: packet.Rewrite{Lost: true}}}
	case from.unknown != "" || from.own != "":
		return []piece{{to: packet.Rewrite{Addrs: to.ranges}}}
	}
	var out []piece
	for _, is4 := range []bool{true, false} {
		old, fresh := ofVersion(from.ranges, is4), ofVersion(to.ranges, is4)
		if from.any {
			old = []packet.AddrRange{allIPv6}
			if is4 {
				old = []packet.AddrRange{allIPv4}
			}
		}
		if len(old) > 0 && len(fresh) > 0 {
			out = append(out, pair(old, fresh)...)
		}
	}
	return out
}

// endTerms returns the conditions that an end of packets is an address of the
// rule.
func (n *natLowering) endTerms(f packet.Field, r *natRule, e *natEnd) []rules.Term {
	switch {
	case e.any:
		return r.versionTerms(e)
	case e.own != "" && f == packet.Dst:
		return n.ownTerms(e)
	case e.own != "" && f == packet.OrigDst:
		return []rules.Term{{Boxes: dstMoved, Span: e.span}} // it was taken for that of the interface
	case e.own != "":
		return []rules.Term{{Unknown: n.doubtful(f, "the address of interface "+e.own+" is given at run time", "the address of interface "+e.own), Span: e.span}}
	case e.address.kind == addrInterface:
		return []rules.Term{{Boxes: n.oneRange(f, e.ranges[0]), Span: e.span}}
	case e.address.kind == 0:
		return []rules.Term{{Unknown: n.doubtful(f, e.unknown, e.unknown+" at "+e.span.Position().String()), Span: e.span}}
	}
	t, ok := n.term(f, e.address)
	if !ok {
		return r.versionTerms(e)
	}
	return append(r.versionTerms(e), t)
}

// versionTerms returns the condition that packets are of the IP version of the
// rule, where its addresses do not say so.
func (r *natRule) versionTerms(e *natEnd) []rules.Term {
	if e.families() == r.families || r.families.none() {
		return nil
	}
	if r.families.four {
		return []rules.Term{{Boxes: onlyIPv4, Span: r.line.span}}
	}
	return []rules.Term{{Boxes: onlyIPv6, Span: r.line.span}}
}

// ownTerms returns the conditions that a destination is the address that an
// interface got at run time. That the packet came in by it is asked elsewhere.
func (n *natLowering) ownTerms(e *natEnd) []rules.Term {
	terms := []rules.Term{
		{Boxes: onlyIPv4, Span: e.span},
		{Boxes: packet.Number(packet.DstType, uint32(packet.Local)), Span: e.span},
	}
	var told []packet.AddrRange
	for _, p := range n.ports {
		told = append(told, p.own()...)
	}
	if len(told) > 0 {
		terms = append(terms, rules.Term{Boxes: packet.Addresses(packet.Dst, told...), Negated: true, Span: e.span})
	}
	return terms
}
