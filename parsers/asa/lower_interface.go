package asa

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// port is an interface that has a name: of all others no packet comes through
// (2). The bridge virtual interface of a bridge group is one whose packets come
// and go by its members.
type port struct {
	*iface                 // of one that only other lines name, one made up
	level      int         // its security level
	levelKnown bool        // false: it is told nowhere
	bridged    *port       // the bridge group that it is a member of; nil: none
	members    []*port     // of a bridge group
	made       bool        // only other lines name it
	spoken     source.Span // then where
	facing     rules.Facing
	why        string // the evidence for facing

	in, out *packet.Boxes // the packets that come in, or go out, by it
	group   *levels       // of a bridge group: its members by level
}

// complete reports whether the configuration tells what interfaces there are.
func (l *lowering) complete() bool { return len(l.c.interfaces) > 0 }

// port returns the interface of that name, nil if there is none.
func (l *lowering) port(name string) *port { return l.byName[l.nameif(name)] }

// nameif returns the name of an interface as its block has it: newer releases take
// it in small and capital letters alike (1).
func (l *lowering) nameif(name string) string {
	if name == "" || l.byName[name] != nil {
		return name
	}
	found := ""
	for other := range l.byName {
		if strings.EqualFold(other, name) {
			if found != "" {
				return name
			}
			found = other
		}
	}
	if found == "" {
		return name
	}
	l.assume("interface %s is the one called %s: newer releases take small letters for capital ones", name, found)
	return found
}

// told reports whether the configuration tells of addresses of the interface.
func (p *port) told() bool { return len(p.addrs) > 0 || p.dynamic }

// silent reports whether the configuration ought to tell an IPv4 address of the
// interface, or that it has none, and does not: a line is missing.
func (p *port) silent() bool {
	return !p.made && !p.addrTold && !p.told() && !p.down && !p.management && p.bridged == nil && p.bridge == 0
}

// own returns the addresses of the interface, without those of a standby unit.
func (p *port) own() []packet.AddrRange {
	var out []packet.AddrRange
	for _, a := range p.addrs {
		out = append(out, packet.OneAddr(a.Addr()))
	}
	return out
}

// prefixes returns the addresses with their networks, those of the standby unit
// included: they are the appliance's own too. A member of a bridge group is
// where those of the group are.
func (p *port) prefixes() []netip.Prefix {
	out := slices.Clone(p.addrs)
	for _, a := range p.standby {
		i := slices.IndexFunc(p.addrs, func(x netip.Prefix) bool { return x.Contains(a) })
		if i >= 0 {
			out = append(out, netip.PrefixFrom(a, p.addrs[i].Bits()))
		}
	}
	if p.bridged != nil {
		out = append(out, p.bridged.prefixes()...)
	}
	return out
}

// places returns the interfaces by which packets of the port come and go: itself,
// or the members of a bridge group.
func (p *port) places() []*port {
	if p.bvi > 0 {
		return p.members
	}
	return []*port{p}
}

// patterns returns the names of interfaces.
func patterns(ports []*port) []packet.Pattern {
	out := make([]packet.Pattern, len(ports))
	for i, p := range ports {
		out[i] = packet.Pattern{Text: p.name}
	}
	return out
}

// by returns the condition that a packet comes in, or goes out, by one of the
// interfaces.
func by(f packet.Field, ports ...*port) rules.Term {
	if len(ports) == 1 {
		p := ports[0]
		made := &p.in
		if f == packet.Out {
			made = &p.out
		}
		if *made == nil {
			*made = packet.Names(f, packet.Pattern{Text: p.name})
		}
		return rules.Term{Boxes: *made}
	}
	return rules.Term{Boxes: packet.Names(f, patterns(ports)...)}
}

// headSpan returns where the interface gets its name.
func (p *port) headSpan() source.Span {
	switch {
	case p.made:
		return p.spoken
	case p.nameSpan.IsZero():
		return p.span
	}
	return p.nameSpan
}

// collectInterfaces finds the interfaces: those that have a name, and those that
// only other lines name.
func (l *lowering) collectInterfaces() {
	l.byName, l.bridges = map[string]*port{}, map[int]*port{}
	l.collectBridges()
	for _, x := range l.c.interfaces {
		if x.name == "" || x.bvi > 0 {
			continue
		}
		p := &port{iface: x}
		p.setLevel(l.c)
		if g := l.bridges[x.bridge]; g != nil && x.bridge > 0 {
			p.bridged = g
			g.members = append(g.members, p)
		}
		if q := l.byName[x.name]; q != nil {
			l.addProblem(source.Malformed, p.headSpan(), "interface %s has the name %s already", q.hardware, x.name)
		}
		l.addPort(p)
	}
	for _, p := range l.ports {
		if !p.levelTold && l.c.version.platform != platformFTD {
			l.assume("interface %s has security level %d: no line tells it", p.name, p.level)
		}
	}
	l.namedElsewhere()
	l.face()
	for _, p := range l.ports {
		l.device.Interfaces = append(l.device.Interfaces, l.modelOf(p))
	}
	l.device.AllInterfaces = l.complete() && !slices.ContainsFunc(l.ports, func(p *port) bool { return p.made })
	l.collectZones()
}

// collectBridges finds the interfaces that stand for a bridge group.
func (l *lowering) collectBridges() {
	for _, x := range l.c.interfaces {
		if x.bvi <= 0 {
			continue
		}
		p := &port{iface: x}
		p.setLevel(l.c)
		l.bridges[x.bvi] = p
		if x.name != "" && !l.c.transparent {
			l.byName[x.name] = p
		}
	}
}

func (l *lowering) addPort(p *port) {
	if l.byName[p.name] == nil {
		l.byName[p.name] = p
		l.ports = append(l.ports, p)
	}
}

// setLevel settles the security level: without a line 100 for inside, else 0 (2).
// On FTD all are 0 (14).
func (p *port) setLevel(c *config) {
	switch {
	case c.version.platform == platformFTD:
		p.level = 0
	case p.levelTold:
		p.level = p.iface.level
	case strings.EqualFold(p.name, "inside"):
		p.level = highestLevel
	}
	p.levelKnown = true
}

const highestLevel = 100

// namedElsewhere adds the interfaces that only other lines name.
func (l *lowering) namedElsewhere() {
	for i := range l.c.bindings {
		b := &l.c.bindings[i]
		l.mention(b.iface, b.span)
	}
	for i := range l.c.nat {
		n := &l.c.nat[i]
		l.mention(n.realIf, n.span)
		l.mention(n.mappedIf, n.span)
	}
	for i := range l.c.old.statics {
		s := &l.c.old.statics[i]
		l.mention(s.realIf, s.span)
		l.mention(s.mappedIf, s.span)
	}
	for i := range l.c.old.nats {
		l.mention(l.c.old.nats[i].realIf, l.c.old.nats[i].span)
	}
	for i := range l.c.old.globals {
		l.mention(l.c.old.globals[i].mappedIf, l.c.old.globals[i].span)
	}
	for i := range l.c.routes {
		if r := &l.c.routes[i]; !r.discards() {
			l.mention(r.iface, r.span)
		}
	}
	for i := range l.c.local {
		l.mention(l.c.local[i].iface, l.c.local[i].span)
	}
}

// mention adds an interface that a line names, if there is none of that name. Its
// level is the one that such an interface has as a rule, and else not known.
func (l *lowering) mention(name string, span source.Span) {
	if name == "" || name == "any" || l.port(name) != nil {
		return
	}
	if l.complete() {
		l.undefined("interface", name, span)
	}
	p := &port{iface: &iface{name: name}, made: true, spoken: span}
	switch {
	case l.c.version.platform == platformFTD:
		p.levelKnown = true
	case strings.EqualFold(name, "inside"):
		p.level, p.levelKnown = highestLevel, true
	case strings.EqualFold(name, "outside"):
		p.levelKnown = true
	}
	if p.levelKnown && l.c.version.platform != platformFTD {
		l.assume("interface %s has security level %d: no line tells it", name, p.level)
	}
	l.addPort(p)
}

// modelOf returns an interface as the model has it.
func (l *lowering) modelOf(p *port) rules.Interface {
	return rules.Interface{
		Name: p.name, Addrs: p.prefixes(), Dynamic: p.dynamic || p.silent() && !l.c.transparent, Closed: p.down || p.management,
		Facing: p.facing, Why: p.why, Span: p.headSpan(),
	}
}

// collectZones lists the traffic zones. Lists and NAT are for interfaces all the
// same (2).
func (l *lowering) collectZones() {
	for _, p := range l.ports {
		if p.zone == "" {
			continue
		}
		i := slices.IndexFunc(l.device.Zones, func(z rules.Zone) bool { return z.Name == p.zone })
		if i < 0 {
			i = len(l.device.Zones)
			l.device.Zones = append(l.device.Zones, rules.Zone{Name: p.zone, Span: p.headSpan()})
		}
		z := &l.device.Zones[i]
		z.Interfaces = append(z.Interfaces, p.name)
	}
}
