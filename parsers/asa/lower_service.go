package asa

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// numbersKey finds the boxes of one run of numbers.
type numbersKey struct {
	field packet.Field
	run   packet.Range
}

// groupUse finds the condition that a group of services, ports, protocols or
// message types stands for in a field.
type groupUse struct {
	key   groupKey
	field packet.Field // of services: the zero Field
}

// serviceParts is what a service asks of packets.
type serviceParts struct {
	protos, src, dst   []packet.Range // nil: any
	icmpType, icmpCode int            // -1: any
	unknown            string
}

// serviceParts returns what a service that is written asks of packets.
func (l *lowering) serviceParts(s *serviceItem) *serviceParts {
	switch {
	case s.object != "":
		return l.serviceObject(s.object, s.span)
	case s.broken:
		return &serviceParts{unknown: "a service cannot be read"}
	}
	return &serviceParts{protos: s.protos, src: s.src.ranges, dst: s.dst.ranges, icmpType: s.icmpType, icmpCode: s.icmpCode}
}

// serviceObject returns what a service object asks of packets.
func (l *lowering) serviceObject(name string, span source.Span) *serviceParts {
	s := l.c.services[name]
	switch {
	case s == nil:
		if item, ok := predefinedService(name); ok {
			return l.serviceParts(&item)
		}
		return &serviceParts{unknown: l.undefined("object service", name, span)}
	case !s.has:
		l.use("object service", name, span)
		return &serviceParts{unknown: "object " + name + " has no service"}
	}
	l.use("object service", name, span)
	item := s.item
	item.object = ""
	return l.serviceParts(&item)
}

// run returns the boxes of ranges of numbers, shared where it is one.
func (l *lowering) run(f packet.Field, rs []packet.Range) *packet.Boxes {
	if len(rs) != 1 {
		return packet.Numbers(f, rs...)
	}
	key := numbersKey{f, rs[0]}
	b := l.numbers[key]
	if b == nil {
		b = packet.Numbers(f, rs...)
		l.numbers[key] = b
	}
	return b
}

// boxes returns the packets of a service as one box, nil if it is any.
func (s *serviceParts) boxes() *packet.Boxes {
	var all []*packet.Boxes
	add := func(f packet.Field, rs []packet.Range) {
		if rs != nil {
			all = append(all, packet.Numbers(f, rs...))
		}
	}
	add(packet.Protocol, s.protos)
	add(packet.SrcPort, s.src)
	add(packet.DstPort, s.dst)
	if s.icmpType >= 0 {
		add(packet.ICMPType, []packet.Range{packet.One(uint32(s.icmpType))})
	}
	if s.icmpCode >= 0 {
		add(packet.ICMPCode, []packet.Range{packet.One(uint32(s.icmpCode))})
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return packet.Product(all...)
}

// merged returns the services joined that differ in nothing but the destination
// port.
func merged(list []*serviceParts) []*serviceParts {
	var out []*serviceParts
	at := map[string]int{}
	for _, s := range list {
		key := fmt.Sprint(s.protos, s.src, s.icmpType, s.icmpCode)
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			c := *s
			c.dst = slices.Clone(s.dst)
			out = append(out, &c)
			continue
		}
		if out[i].dst == nil || s.dst == nil {
			out[i].dst = nil
		} else {
			out[i].dst = append(out[i].dst, s.dst...)
		}
	}
	return out
}

// services returns the condition that a packet is of one of the services, the
// zero Term and false if there is none.
func services(list []*serviceParts) (t rules.Term, ok bool) {
	var known []*serviceParts
	for _, s := range list {
		if s.unknown != "" {
			t.Unknown = &rules.Unknown{Reason: s.unknown, Doubt: packet.Fixed, Of: servicesOf}
			continue
		}
		known = append(known, s)
	}
	var all []*packet.Boxes
	for _, s := range merged(known) {
		b := s.boxes()
		if b == nil {
			return rules.Term{}, false
		}
		all = append(all, b)
	}
	switch len(all) {
	case 0:
		if t.Unknown == nil {
			t.Boxes = packet.Numbers(packet.Protocol)
		}
	case 1:
		t.Boxes = all[0]
	default:
		t.Boxes = packet.AnyOf(all...)
	}
	return t, true
}

// servicesOf are the fields that services are asked of.
var servicesOf = packet.Fields(packet.Protocol, packet.SrcPort, packet.DstPort)

// inPlaceOfProtocol returns the condition that an object or a group in the place
// of the protocol stands for, and false if there is none (4.2).
func (l *lowering) inPlaceOfProtocol(e *ace) (rules.Term, bool) {
	span := e.serviceSpan()
	if e.object != "" {
		s := l.serviceObject(e.object, span)
		t, ok := services([]*serviceParts{s})
		if t.Unknown != nil {
			t.Unknown.Key = "object service " + e.object
		}
		if x := l.c.services[e.object]; x != nil && ok {
			t.Origin = &rules.Origin{From: []source.Span{x.span}}
			if t.Boxes != nil {
				t.Origin.Members = []rules.Member{{Boxes: t.Boxes, Span: x.item.span}}
			}
		}
		t.Span = span
		return t, ok
	}
	for _, kind := range []groupKind{groupProtocol, groupService, groupPorts} {
		if g := l.c.groups[groupKey{kind, e.group}]; g != nil {
			return l.groupTerm(g, 0, span)
		}
	}
	reason := l.undefined(kindOfGroup(groupService), e.group, span)
	return rules.Term{Unknown: &rules.Unknown{Reason: reason, Key: "object-group " + e.group, Of: servicesOf}, Span: span}, true
}

// groupTerm returns the condition that a field lies in a group; without a field
// that the packet is of one of its services or protocols. It is false if there is
// none: it may be any.
func (l *lowering) groupTerm(g *group, f packet.Field, span source.Span) (rules.Term, bool) {
	l.use(kindOfGroup(g.kind), g.name, span)
	key := groupUse{g.groupKey, f}
	made := l.groupTerms[key]
	if made == nil {
		x := l.resolveGroup(g, 1)
		parts, from := l.parts(x), l.from(x)
		made = &groupTerm{any: true}
		made.Term, made.any = l.makeGroupTerm(g, f, parts)
		if x := made.Unknown; x != nil {
			x.Key = fmt.Sprintf("object-group %s as %v", g.name, f)
		}
		made.Origin = &rules.Origin{From: from, Members: l.groupMembers(g, f, parts)}
		made.empty = len(parts) == 0
		l.groupTerms[key] = made
	}
	if made.empty {
		l.addProblem(source.Malformed, span, "object-group %s has no members", g.name)
	}
	t := made.Term
	t.Span = span
	return t, !made.any
}

// groupTerm is the condition that a group stands for.
type groupTerm struct {
	rules.Term
	any   bool // there is none
	empty bool // the group has no members
}

// makeGroupTerm joins the parts of a group.
func (l *lowering) makeGroupTerm(g *group, f packet.Field, parts []*part) (t rules.Term, all bool) {
	if f == 0 && (g.kind == groupService || g.kind == groupPorts) {
		var list []*serviceParts
		for _, p := range parts {
			list = append(list, p.services()...)
		}
		t, ok := services(list)
		return t, !ok
	}
	if f == 0 {
		f = packet.Protocol
	}
	var rs []packet.Range
	for _, p := range parts {
		rs = append(rs, p.numbers...)
		unknown := p.unknown
		if p.service != nil {
			unknown = p.service.unknown
			if p.service.dst == nil && unknown == "" { // [L]: any port
				return rules.Term{}, true
			}
			rs = append(rs, p.service.dst...)
		}
		if unknown != "" {
			t.Unknown = &rules.Unknown{Reason: unknown, Doubt: packet.Fixed, Of: packet.Fields(f)}
		}
	}
	if len(rs) > 0 || t.Unknown == nil {
		t.Boxes = packet.Numbers(f, rs...)
	}
	return t, false
}

// services returns the services that a part of a group stands for.
func (p *part) services() []*serviceParts {
	switch {
	case p.unknown != "":
		return []*serviceParts{{unknown: p.unknown}}
	case p.service != nil:
		return []*serviceParts{p.service}
	}
	var protos []packet.Range
	if p.tcp {
		protos = append(protos, packet.One(uint32(packet.TCP)))
	}
	if p.udp {
		protos = append(protos, packet.One(uint32(packet.UDP)))
	}
	return []*serviceParts{{protos: protos, dst: p.numbers, icmpType: -1, icmpCode: -1}}
}

// groupMembers returns what each written member of a group brings in.
func (l *lowering) groupMembers(g *group, f packet.Field, parts []*part) []rules.Member {
	out := make([]rules.Member, 0, len(parts))
	for _, p := range parts {
		var b *packet.Boxes
		switch {
		case p.unknown != "":
		case f == 0 && g.kind != groupProtocol:
			if t, ok := services(p.services()); ok {
				b = t.Boxes
			}
		case f == 0:
			b = l.run(packet.Protocol, p.numbers)
		case p.service != nil && p.service.dst != nil:
			b = l.run(f, p.service.dst)
		case p.service == nil:
			b = l.run(f, p.numbers)
		}
		if b != nil {
			out = append(out, rules.Member{Boxes: b, Span: p.span})
		}
	}
	return out
}
