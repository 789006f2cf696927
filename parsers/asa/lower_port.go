package asa

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// portTerm returns the condition on a port, and false if there is none.
func (l *lowering) portTerm(f packet.Field, p *ports, protos []packet.Range) (rules.Term, bool) {
	switch {
	case p.group != "":
		if g := l.c.groups[groupKey{groupPorts, p.group}]; g != nil {
			return l.groupTerm(g, f, p.span)
		}
		if g := l.c.groups[groupKey{groupService, p.group}]; g != nil {
			return l.mixedPorts(g, f, p.span, protos)
		}
		reason := l.undefined(kindOfGroup(groupPorts), p.group, p.span)
		return rules.Term{Unknown: &rules.Unknown{Reason: reason, Key: fmt.Sprintf("object-group %s as %v", p.group, f), Of: packet.Fields(f)}, Span: p.span}, true
	case p.ranges == nil:
		return rules.Term{}, false
	}
	return rules.Term{Boxes: l.run(f, p.ranges), Span: p.span}, true
}

// mixedPorts returns the condition on a port that a group of services stands for
// in the place of one of ports, which the device does not take (4.2): of its
// members for the protocols of the entry the ports.
func (l *lowering) mixedPorts(g *group, f packet.Field, span source.Span, protos []packet.Range) (rules.Term, bool) {
	l.addProblem(source.Unsupported, span, "object-group %s is of services, not of ports: it is taken for the ports of its services", g.name)
	l.use(kindOfGroup(g.kind), g.name, span)
	x := l.resolveGroup(g, 1)
	parts, from := l.parts(x), l.from(x)
	parts = slices.DeleteFunc(slices.Clone(parts), func(p *part) bool {
		return p.service != nil && p.service.protos != nil && protos != nil && !slices.ContainsFunc(p.service.protos, func(r packet.Range) bool { return slices.Contains(protos, r) })
	})
	t, all := l.makeGroupTerm(g, f, parts)
	if t.Unknown != nil {
		t.Unknown.Key = fmt.Sprintf("object-group %s as %v", g.name, f)
	}
	t.Span, t.Origin = span, &rules.Origin{From: from, Members: l.groupMembers(g, f, parts)}
	return t, !all
}

// icmpTerm returns the condition on the message type that a group stands for.
func (l *lowering) icmpTerm(name string, span source.Span) (rules.Term, bool) {
	if g := l.c.groups[groupKey{groupICMP, name}]; g != nil {
		return l.groupTerm(g, packet.ICMPType, span)
	}
	reason := l.undefined(kindOfGroup(groupICMP), name, span)
	return rules.Term{Unknown: &rules.Unknown{Reason: reason, Key: "object-group " + name, Of: packet.Fields(packet.ICMPType)}, Span: span}, true
}

// predefinedService returns a service that the system defines: a protocol, or a
// type of ICMP message (3.3).
func predefinedService(name string) (serviceItem, bool) {
	item := serviceItem{icmpType: -1, icmpCode: -1}
	if name == "ip" {
		return item, true
	}
	if p, ok := protocolNames[name]; ok {
		item.protos = []packet.Range{packet.One(uint32(p))}
		return item, true
	}
	for prefix, of := range map[string]struct {
		proto packet.Proto
		types map[string]uint8
	}{"icmp-": {packet.ICMP, icmpNames}, "icmp6-": {packet.ICMPv6, icmp6Names}} {
		if n, ok := of.types[strings.TrimPrefix(name, prefix)]; ok && strings.HasPrefix(name, prefix) {
			item.protos, item.icmpType = []packet.Range{packet.One(uint32(of.proto))}, int(n)
			return item, true
		}
	}
	return item, false
}
