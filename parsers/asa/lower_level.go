package asa

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Security levels: from a higher level to a lower one connections may be opened
// where no access list says otherwise, between equal levels and back out of the
// same interface only where a command allows it, whatever the lists say (6.1).

// levels are the interfaces by security level, as seen by one of them.
type levels struct {
	upTo  [highestLevel + 1]*packet.Boxes // those of a level and below
	equal [highestLevel + 1][]*port
	at    [highestLevel + 1]*packet.Boxes // those of a level
	all   *packet.Boxes
	// highest is the highest level that is told.
	highest int
}

// rankOf returns the level at which an interface deals with those outside of its
// own bridge group: that of the group, if it has one.
func rankOf(p *port) int {
	if p.bridged != nil && p.bridged.name != "" {
		return p.bridged.level
	}
	return p.level
}

// groupOf returns the interfaces of the bridge group of p by their own level.
func groupOf(p *port) *levels {
	g := p.bridged
	if g.group == nil {
		g.group = levelsOf(g.members, func(p *port) int { return p.level })
	}
	return g.group
}

// levelsOf sorts interfaces by their level.
func levelsOf(ports []*port, rank func(*port) int) *levels {
	x := &levels{all: packet.Names(packet.Out, patterns(ports)...)}
	for _, p := range ports {
		if p.levelKnown {
			x.equal[rank(p)] = append(x.equal[rank(p)], p)
		}
	}
	var below []*port
	for level := range x.equal {
		if x.equal[level] == nil {
			continue
		}
		x.highest = level
		below = append(below, x.equal[level]...)
		x.upTo[level] = packet.Names(packet.Out, patterns(below)...)
		x.at[level] = packet.Names(packet.Out, patterns(x.equal[level])...)
	}
	return x
}

// betweenLevels returns the chain that drops what no access list can allow, nil
// if there is nothing.
func (l *lowering) betweenLevels() *rules.Chain {
	c := &rules.Chain{Name: "security levels", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "no command keeps the interfaces apart"}
	l.closed(c)
	if l.c.version.platform != platformFTD {
		l.sameLevel(c)
	}
	if len(c.Rules) == 0 && l.c.version.realAddresses() {
		return nil
	}
	return l.addChain(c)
}

// drop adds a rule that drops packets though nobody wrote it.
func (l *lowering) drop(c *rules.Chain, p *port, why string, terms ...rules.Term) {
	c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Drop}, Implicit: why, Span: p.headSpan()}))
}

// closed drops what may not pass through: by interfaces for management, by those
// that are down, and past "no forward interface".
func (l *lowering) closed(c *rules.Chain) {
	for _, p := range l.ports {
		switch {
		case p.management:
			why := fmt.Sprintf("interface %s is for management only", p.name)
			l.drop(c, p, why, by(packet.In, p))
			l.drop(c, p, why, by(packet.Out, p))
		case p.down:
			l.drop(c, p, fmt.Sprintf("interface %s is shut down", p.name), by(packet.Out, p))
		}
		if p.noForward == "" {
			continue
		}
		for _, q := range l.ports {
			if q.hardware == p.noForward {
				l.drop(c, p, fmt.Sprintf("interface %s does not forward to %s", p.name, q.name), by(packet.In, p), by(packet.Out, q))
			}
		}
	}
	l.apart(c)
	l.withoutIPv6(c)
}

// withoutIPv6 drops IPv6 packets by interfaces on which it is not switched on.
func (l *lowering) withoutIPv6(c *rules.Chain) {
	if l.c.transparent {
		return
	}
	var without []*port
	for _, p := range l.ports {
		if p.told() && !p.ipv6 && p.bridged == nil {
			without = append(without, p)
		}
	}
	drop := rules.Action{Verdict: rules.Drop}
	switch len(without) {
	case 0:
	case len(l.ports):
		l.implied(c, "no interface has an IPv6 address", drop, rules.Term{Boxes: onlyIPv6})
	default:
		const why = "the interface has an IPv4 address and no IPv6 address"
		l.implied(c, why, drop, rules.Term{Boxes: onlyIPv6}, by(packet.In, without...))
		l.implied(c, why, drop, rules.Term{Boxes: onlyIPv6}, by(packet.Out, without...))
	}
}

// through returns the interfaces by which packets pass through.
func (l *lowering) through() []*port {
	return slices.DeleteFunc(slices.Clone(l.ports), func(p *port) bool { return p.down || p.management })
}

// isListed reports whether an access list decides all that comes in by an
// interface, so that its security level is not asked.
func (l *lowering) isListed(p *port) bool {
	return slices.ContainsFunc(slices.Concat(l.filters.in, l.filters.global), func(b *bound) bool {
		return b.chain != nil && b.family == nil && (b.ports == nil || slices.Contains(b.ports, p))
	})
}

// oneGroup reports whether all interfaces are in one bridge group.
func (l *lowering) oneGroup() bool {
	ports := l.through()
	return l.c.transparent && !slices.ContainsFunc(ports, func(p *port) bool { return p.bridged != ports[0].bridged })
}

// apart keeps bridge groups apart in transparent mode, and one without a name
// from all interfaces outside of it (6.3).
func (l *lowering) apart(c *rules.Chain) {
	if l.oneGroup() {
		return
	}
	for _, p := range l.ports {
		if p.bridged == nil || p.bridged.name != "" && !l.c.transparent {
			continue
		}
		others := rules.Term{Boxes: groupOf(p).all, Negated: true}
		l.drop(c, p, fmt.Sprintf("interface %s is in a bridge group, and packets do not leave that", p.name), by(packet.In, p), others)
		if !l.c.transparent && p == p.bridged.members[0] {
			outside := by(packet.In, p.bridged.members...)
			outside.Negated = true
			l.drop(c, p, "packets do not get into a bridge group without a name from interfaces outside of it", outside, by(packet.Out, p.bridged.members...))
		}
	}
}

// sameLevel drops what goes back out by the interface that it came in by, and
// what goes to another of the same level, unless a command allows it.
func (l *lowering) sameLevel(c *rules.Chain) {
	ports := l.through()
	all := levelsOf(ports, rankOf)
	for _, p := range ports {
		if p.bridged != nil {
			l.sameLevelInGroup(c, p)
		}
		if l.c.intraSame.IsZero() && p.bridged == nil && !p.made {
			l.drop(c, p, fmt.Sprintf("packets do not leave by interface %s if they came in by it: there is no \"same-security-traffic permit intra-interface\"", p.name),
				by(packet.In, p), by(packet.Out, p))
		}
		if !l.c.interSame.IsZero() || !p.levelKnown || len(all.equal[rankOf(p)]) < 2 {
			continue
		}
		self := by(packet.Out, p)
		if p.bridged != nil {
			self = rules.Term{Boxes: groupOf(p).all}
		}
		self.Negated = true
		l.drop(c, p, equalLevels(p, rankOf(p)), by(packet.In, p), rules.Term{Boxes: all.at[rankOf(p)]}, self)
	}
}

func equalLevels(p *port, level int) string {
	return fmt.Sprintf("interface %s has security level %d, and there is no \"same-security-traffic permit inter-interface\" for others that have it too", p.name, level)
}

// sameLevelInGroup does so within a bridge group.
func (l *lowering) sameLevelInGroup(c *rules.Chain, p *port) {
	if group := groupOf(p); l.c.interSame.IsZero() && len(group.equal[p.level]) > 1 {
		l.drop(c, p, equalLevels(p, p.level), by(packet.In, p), rules.Term{Boxes: group.at[p.level]})
	}
}

// levels returns the chain of what security levels allow where no access list
// filters.
func (l *lowering) levels() *rules.Chain {
	c := l.addChain(&rules.Chain{
		Name: "implicit rules", Policy: rules.Action{Verdict: rules.Drop}, Implicit: "a lower security level may not open connections to a higher one",
	})
	l.brokenGroup(c)
	for _, b := range l.filters.in {
		if b.chain == nil { // until the list is defined, it is as if none were there (3.3)
			c.Rules = append(c.Rules, l.call(b, packet.In))
		}
	}
	l.conduits(c)
	l.cutShort(c)
	l.addLevels(c)
	return c
}

// addLevels adds the rules of the security levels to a chain.
func (l *lowering) addLevels(c *rules.Chain) {
	if l.c.version.platform == platformFWSM {
		c.Implicit = "an FWSM lets nothing in by an interface that has no access list"
		l.keepOut(c)
		return
	}
	if l.c.transparent {
		l.dropToMany(c, "pass only where an access list permits it")
	}
	ports := l.through()
	all := levelsOf(ports, rankOf)
	unknown := l.unknownLevels()
	one := unknown == nil && l.oneGroup()
	for _, p := range ports {
		if l.isListed(p) {
			continue
		}
		if !p.levelKnown {
			l.allow(c, p, "the security level of interface "+p.name+" is not told", unknownLevel(p), by(packet.In, p))
			continue
		}
		switch {
		case one && p.level == all.highest, unknown == nil && p.bridged == nil && rankOf(p) == all.highest:
			l.allow(c, p, l.lower(p, p.level), nil, by(packet.In, p)) // wherever it goes
			continue
		case p.bridged != nil:
			l.addLevelsInGroup(c, p)
		}
		l.allow(c, p, l.lower(p, rankOf(p)), nil, by(packet.In, p), rules.Term{Boxes: all.upTo[rankOf(p)]})
		if unknown != nil {
			l.allow(c, p, "the security level of another interface is not told", unknownLevel(p), by(packet.In, p), rules.Term{Boxes: unknown})
		}
	}
	l.keepOut(c)
}

// keepOut drops what no level lets in, by a rule for each interface: each has a
// place of its own.
func (l *lowering) keepOut(c *rules.Chain) {
	for _, p := range l.through() {
		if !l.isListed(p) {
			l.drop(c, p, c.Implicit, by(packet.In, p))
		}
	}
}

// addLevelsInGroup adds the rules of the security levels within a bridge group.
func (l *lowering) addLevelsInGroup(c *rules.Chain, p *port) {
	group := groupOf(p)
	l.allow(c, p, l.lower(p, p.level), nil, by(packet.In, p), rules.Term{Boxes: group.upTo[p.level]})
	l.drop(c, p, "a lower security level may not open connections to a higher one", by(packet.In, p), rules.Term{Boxes: group.all})
}

// lower says why an interface may open connections where no list filters.
func (l *lowering) lower(p *port, level int) string {
	if l.c.version.platform == platformFTD {
		return fmt.Sprintf("interface %s has no access list, and FTD keeps no interfaces apart by itself", p.name)
	}
	return fmt.Sprintf("interface %s has no access list, and its security level %d lets it open connections to lower levels", p.name, level)
}

// allow adds a rule that lets packets pass though nobody wrote it.
func (l *lowering) allow(c *rules.Chain, p *port, why string, x *rules.Unknown, terms ...rules.Term) {
	if x != nil {
		terms = append(terms, rules.Term{Unknown: x})
	}
	c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Accept}, Implicit: why, Span: p.headSpan()}))
}

func unknownLevel(p *port) *rules.Unknown {
	return &rules.Unknown{Reason: "the security level of an interface is not told", Key: "security level of " + p.name, Doubt: packet.Fixed}
}

// unknownLevels returns the packets that leave by interfaces whose level is not
// told, nil if there are none.
func (l *lowering) unknownLevels() *packet.Boxes {
	var list []*port
	for _, p := range l.ports {
		if !p.levelKnown {
			list = append(list, p)
		}
	}
	if list == nil {
		return nil
	}
	return packet.Names(packet.Out, patterns(list)...)
}
