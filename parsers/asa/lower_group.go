package asa

import (
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// part is what one written member of a group, or the line of an object, brings
// in. It is made once and shared by all groups that it is nested in.
type part struct {
	addrs    []packet.AddrRange
	masked   *address       // an address with holes in its mask
	numbers  []packet.Range // of groups of ports, protocols, message types
	service  *serviceParts  // of groups of services
	unknown  string         // why it is not known what the member holds; empty: it is known
	within   *packet.Boxes  // the packets that it may hold then; nil: any
	span     source.Span
	tcp, udp bool // of a port: the protocols of its group
}

// groupParts is a group whose members were looked at.
type groupParts struct {
	*group
	members   []groupMember
	flat      []*part // all parts, those of nested groups included, each once
	flattened bool
	from      []source.Span // the groups that they come from, itself first; nil: not asked for yet
	state     visitState
	depth     int // how deep groups nest in it: 1 if there are none
}

// groupMember is one member: a part, or a group.
type groupMember struct {
	part   *part
	nested *groupParts
}

// visitState is how far a search is with a group.
type visitState uint8

const (
	visiting visitState = iota + 1
	visited
)

// resolveGroups looks at the members of all groups, in the order of the text.
func (l *lowering) resolveGroups() {
	for i := range l.c.definitions {
		d := &l.c.definitions[i]
		for kind := groupNetwork; kind <= groupOther; kind++ {
			if g := l.c.groups[groupKey{kind, d.name}]; g != nil && g.span == d.span {
				l.resolveGroup(g, 1)
			}
		}
	}
}

// resolveGroup returns the group with its members; level counts the groups that
// it was come to by. A group that holds itself is cut where the circle closes, and
// one that nests deeper than the limit there.
func (l *lowering) resolveGroup(g *group, level int) *groupParts {
	if x := l.groups[g.groupKey]; x != nil {
		return x
	}
	x := &groupParts{group: g, state: visiting, depth: 1, members: make([]groupMember, 0, len(g.members))}
	l.groups[g.groupKey] = x
	for i := range g.members {
		m := &g.members[i]
		if m.broken {
			x.members = append(x.members, groupMember{part: &part{unknown: "a member of object-group " + g.name + " cannot be read", span: m.span}})
			continue
		}
		if m.nested == "" {
			x.members = append(x.members, groupMember{part: l.memberPart(g, m)})
			continue
		}
		nested := l.findGroup(g.kind, m.nested)
		if nested == nil {
			reason := l.undefined(kindOfGroup(g.kind), m.nested, m.span)
			x.members = append(x.members, groupMember{part: &part{unknown: reason, span: m.span}})
			continue
		}
		l.use(kindOfGroup(nested.kind), m.nested, m.span)
		x.members = l.nest(x, nested, m, level)
	}
	x.state = visited
	return x
}

// nest returns the members of x with a group behind them, unless it may not be
// one.
func (l *lowering) nest(x *groupParts, nested *group, m *member, level int) []groupMember {
	if most := l.in.Limits.Nesting; level < most {
		n := l.resolveGroup(nested, level+1)
		if n.state == visiting {
			l.addProblem(source.Malformed, m.span, "object-group %s holds itself", m.nested)
			return x.members
		}
		if n.depth < most {
			x.depth = max(x.depth, n.depth+1)
			return append(x.members, groupMember{nested: n})
		}
	}
	l.addProblem(source.Malformed, m.span, "groups nest deeper than %d levels", l.in.Limits.Nesting)
	return append(x.members, groupMember{part: &part{unknown: "what object-group " + m.nested + " holds: it nests too deep", span: m.span}})
}

// findGroup returns the group that a group of some kind nests under a name: one
// of its own kind, or for services one of ports, whose members are services too.
func (l *lowering) findGroup(kind groupKind, name string) *group {
	if g := l.c.groups[groupKey{kind, name}]; g != nil {
		return g
	}
	if kind == groupService {
		return l.c.groups[groupKey{groupPorts, name}]
	}
	return nil
}

// parts returns all parts of a group, those of nested ones included, each once
// and in order. A group that only nests another shares its parts.
func (l *lowering) parts(x *groupParts) []*part {
	if x.flattened {
		return x.flat
	}
	x.flattened = true
	nested := map[*groupParts]bool{}
	own := 0
	var only *groupParts
	for _, m := range x.members {
		if m.nested == nil {
			own++
		} else if !nested[m.nested] {
			nested[m.nested], only = true, m.nested
			l.parts(m.nested)
		}
	}
	if own == 0 && len(nested) == 1 {
		x.flat = only.flat
		return x.flat
	}
	seen := map[*part]bool{}
	for _, m := range x.members {
		of := []*part{m.part}
		if m.nested != nil {
			if !nested[m.nested] {
				continue
			}
			nested[m.nested] = false // it is joined once
			of = m.nested.flat
		}
		if !l.mayExpand(len(of)) {
			l.addProblem(source.Malformed, x.span, "groups expand to more than %d members", l.in.Limits.Expansion)
			x.flat = []*part{{unknown: "object-group " + x.name + " expands to more members than are looked at", span: x.span}}
			return x.flat
		}
		for _, p := range of {
			if len(nested) > 1 && seen[p] {
				continue
			}
			if len(nested) > 1 {
				seen[p] = true
			}
			x.flat = append(x.flat, p)
		}
	}
	return x.flat
}

// mayExpand counts members that groups expand to, and reports whether the budget
// has room for them.
func (l *lowering) mayExpand(n int) bool {
	l.expansion += n
	return l.expansion <= l.in.Limits.Expansion
}

// from returns the lines that begin the groups which the parts of a group come
// from, its own first; that alone where there are too many.
func (l *lowering) from(x *groupParts) []source.Span {
	if x.from != nil {
		return x.from
	}
	seen := map[*groupParts]bool{x: true}
	list := []*groupParts{x}
	for i := 0; i < len(list); i++ {
		for _, m := range list[i].members {
			if m.nested == nil || seen[m.nested] {
				continue
			}
			if !l.mayExpand(1) {
				list, i = list[:1], 1
				break
			}
			seen[m.nested] = true
			list = append(list, m.nested)
		}
	}
	for _, g := range list {
		x.from = append(x.from, g.span)
	}
	return x.from
}

// memberPart returns what a member that is no group brings in.
func (l *lowering) memberPart(g *group, m *member) *part {
	switch g.kind {
	case groupNetwork:
		return l.addressPart(&m.address, m.span)
	case groupService:
		return &part{service: l.serviceParts(&m.service), span: m.span}
	case groupPorts, groupProtocol, groupICMP:
		return &part{numbers: m.numbers, span: m.span, tcp: g.tcp, udp: g.udp}
	case groupUser, groupSecurity, groupOther:
	}
	return &part{unknown: "what object-group " + g.name + " stands for is known at run time only", span: m.span}
}

// kindOfGroup returns the kind of a group as people name it.
func kindOfGroup(k groupKind) string {
	switch k {
	case groupNetwork:
		return "object-group network"
	case groupService, groupPorts:
		return "object-group service"
	case groupProtocol:
		return "object-group protocol"
	case groupICMP:
		return "object-group icmp-type"
	case groupUser:
		return "object-group user"
	case groupSecurity:
		return "object-group security"
	case groupOther:
	}
	return "object-group network-service"
}
