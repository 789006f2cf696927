package asa

import (
	"cmp"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// ofList returns a rule for each entry of the list of a line: its source is the
// real address, and its destination stays.
func (o *oldLowering) ofList(name string, head *natLine, finish func(*natRule)) *oldSet {
	set := &oldSet{deny: map[*natRule]bool{}, span: head.span}
	list := o.c.lists[name]
	if list == nil {
		r := &natRule{line: head, families: families{four: true}}
		r.source.from = natEnd{unknown: o.undefined("access-list", name, head.span), span: head.span}
		r.source.to, r.source.same = r.source.from, true
		finish(r)
		set.rules = []*natRule{r}
		return set
	}
	o.use("access-list", name, head.span)
	for _, e := range list.entries {
		if e.inactive {
			continue
		}
		for _, s := range o.aceServices(e) {
			r := &natRule{line: ofEntry(head), families: families{four: true}, service: natService{
				protos: s.protos, realSrc: s.src, mappedSrc: s.src, realDst: s.dst, mappedDst: s.dst, unknown: s.unknown, span: e.span,
			}}
			src, dst := o.end(natAddr{address: e.src}, "", e.span), o.end(natAddr{address: e.dst}, "", e.span)
			r.source, r.dest = mapping{src, src, true}, mapping{dst, dst, true}
			switch e.verdict {
			case aceDeny:
				set.deny[r] = true
			case aceBroken:
				r.service.unknown = cmp.Or(s.unknown, "an entry of access-list "+name+" cannot be read")
			case acePermit, aceTrust:
			}
			finish(r)
			set.rules = append(set.rules, r)
		}
	}
	return set
}

// ofEntry returns a line that speaks of destinations, too.
func ofEntry(head *natLine) *natLine {
	line := *head
	line.hasDest = true
	return &line
}

// aceServices returns the services that an entry of a list is for.
func (o *oldLowering) aceServices(e *ace) []*serviceParts {
	switch {
	case e.object != "":
		return []*serviceParts{o.serviceObject(e.object, e.span)}
	case e.group != "":
		for _, kind := range []groupKind{groupProtocol, groupService, groupPorts} {
			if g := o.c.groups[groupKey{kind, e.group}]; g != nil {
				return o.groupServices(g, e)
			}
		}
		return []*serviceParts{{unknown: o.undefined(kindOfGroup(groupService), e.group, e.span)}}
	}
	s := *o.serviceParts(&e.service)
	for _, end := range []struct {
		written *ports
		to      *[]packet.Range
	}{{&e.service.src, &s.src}, {&e.service.dst, &s.dst}} {
		if name := end.written.group; name != "" {
			*end.to, s.unknown = o.groupPorts(name, e, s.unknown)
		}
	}
	return []*serviceParts{&s}
}

// groupServices returns the services of a group in the place of the protocol.
func (o *oldLowering) groupServices(g *group, e *ace) []*serviceParts {
	o.use(kindOfGroup(g.kind), g.name, e.span)
	parts := o.parts(o.resolveGroup(g, 1))
	var list []*serviceParts
	for _, p := range parts {
		if g.kind == groupProtocol && p.unknown == "" {
			list = append(list, &serviceParts{protos: p.numbers, src: e.service.src.ranges, dst: e.service.dst.ranges, icmpType: -1, icmpCode: -1})
			continue
		}
		list = append(list, p.services()...)
	}
	return list
}

// groupPorts returns the ports of a group, and why they are not known if they
// are not.
func (o *oldLowering) groupPorts(name string, e *ace, before string) (rs []packet.Range, unknown string) {
	g := o.c.groups[groupKey{groupPorts, name}]
	if g == nil {
		return nil, o.undefined(kindOfGroup(groupPorts), name, e.span)
	}
	o.use(kindOfGroup(groupPorts), name, e.span)
	parts := o.parts(o.resolveGroup(g, 1))
	unknown = before
	for _, p := range parts {
		rs = append(rs, p.numbers...)
		unknown = cmp.Or(unknown, p.unknown)
	}
	return rs, unknown
}
