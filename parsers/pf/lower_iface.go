package pf

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// loopbackName is the interface by which the device sends packets to itself.
const loopbackName = "lo0"

// loopbackAddrs are the addresses of that interface, as systems give them to it.
var loopbackAddrs = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fe80::1/64")}

const egressName = "egress"

// iface is an interface, or a group that counts as one.
type iface struct {
	name  string
	span  source.Span // where it is named first
	addrs []netip.Prefix
	told  bool
	named bool // the configuration names it
	// translates says that sources are translated on the way out of it.
	translates source.Span
	facing     rules.Facing
	why        string
	evidence   source.Span
}

// interfaces are those of the device, as far as they are told or named.
type interfaces struct {
	list   []*iface
	byName map[string]*iface
	// egress are the interfaces of the group egress; nil: that is not known, and
	// the group counts as an interface.
	egress     []string
	usesEgress bool
	egressSpan source.Span // where the group is named first
}

// collectInterfaces finds the interfaces that are told.
func (l *lowering) collectInterfaces() {
	l.ports = &interfaces{byName: map[string]*iface{}}
	for _, told := range l.in.Interfaces {
		p := l.ports.add(told.Name, told.Span)
		p.addrs, p.told, p.facing, p.why, p.evidence = told.Addrs, true, told.Facing, told.Why, told.Span
	}
}

// add returns the interface of a name, which it makes if there is none yet.
func (x *interfaces) add(name string, span source.Span) *iface {
	p := x.byName[name]
	if p == nil {
		p = &iface{name: name, span: span}
		x.byName[name] = p
		x.list = append(x.list, p)
	}
	return p
}

// name notes that the text names an interface or a group.
func (l *lowering) name(name string, span source.Span) {
	switch {
	case name == "" || name == "any" || name == "all" || name == "self":
	case l.isEgress(name):
		if !l.ports.usesEgress {
			l.ports.usesEgress, l.ports.egressSpan = true, span
		}
	case isDriver(name):
	default:
		p := l.ports.add(name, span)
		if !p.named {
			p.named, p.span = true, span
		}
	}
}

// drivers are those whose interfaces are made at run time: all of one are in the
// group that is called after it (4.1).
var drivers = []string{
	"aggr", "bpe", "bridge", "carp", "disc", "edsc", "egre", "enc", "eoip", "epair", "etherip", "faith", "gif", "gre", "ipsec", "lagg", "lo", "mgre", "mpe", "mpip", "mpw",
	"nvgre", "pair", "pflog", "pflow", "pfsync", "ppp", "pppoe", "pppx", "rport", "sec", "sl", "stf", "svlan", "switch", "tap", "tpmr", "trunk", "tun", "veb", "vether", "vlan", "vmx",
	"vport", "vxlan", "wg",
}

func isDriver(name string) bool { return slices.Contains(drivers, name) }

// isGroup reports whether a name is that of a group: those of interfaces end in a
// digit (4.1).
func (l *lowering) isGroup(name string) bool {
	if p := l.ports.byName[name]; p != nil && p.told {
		return false
	}
	if name == "" {
		return false // in parentheses, before a colon: it is no interface's
	}
	last := name[len(name)-1]
	return (last < '0' || last > '9') && !strings.ContainsRune(name, '$')
}

// isEgress reports whether a name is that of the group of the interfaces with a
// default route, which OpenBSD has (4.1).
func (l *lowering) isEgress(name string) bool {
	return name == egressName && l.c.language != languageFreeBSD
}

// isLoopback reports whether an interface is one of those by which the device
// speaks to itself.
func isLoopback(name string) bool {
	rest, ok := strings.CutPrefix(name, "lo")
	return ok && strings.Trim(rest, "0123456789") == ""
}

// membership is which interfaces a name stands for.
type membership struct {
	patterns []packet.Pattern
	isOpen   bool             // others may be among them
	except   []packet.Pattern // but not these
	why      string           // what is not known then
}

// members returns the interfaces that a name stands for.
func (l *lowering) members(name string) membership {
	switch {
	case !l.isGroup(name):
		return membership{patterns: []packet.Pattern{{Text: name}}}
	case name == "lo":
		return l.loopbacks()
	case isDriver(name):
		var m membership
		for digit := '0'; digit <= '9'; digit++ {
			m.patterns = append(m.patterns, packet.Pattern{Text: name + string(digit), Prefix: true})
		}
		return m
	case l.isEgress(name) && l.ports.egress != nil:
		var m membership
		for _, n := range l.ports.egress {
			m.patterns = append(m.patterns, packet.Pattern{Text: n})
		}
		return m
	}
	// Of egress none is that looks inside, nor is a loopback interface of any.
	m := membership{
		patterns: []packet.Pattern{{Text: name}}, isOpen: true, except: append(l.loopbacks().patterns, packet.Pattern{}), why: "which interfaces are in group " + name,
	}
	for _, p := range l.ports.list {
		if l.isGroup(p.name) || l.isEgress(name) && p.facing == rules.Inside {
			m.except = append(m.except, packet.Pattern{Text: p.name})
		}
	}
	return m
}

// perhaps returns the packets whose interface in a field may be among the members.
func (m *membership) perhaps(f packet.Field) *packet.Boxes {
	var list packet.List
	list.Add(packet.Names(f, m.except...), true)
	list.Add(packet.Any(f), false)
	return list.Boxes()
}

// loopbacks returns the loopback interfaces, by name: a pattern would be for
// interfaces that nobody has.
func (l *lowering) loopbacks() membership {
	m := membership{patterns: []packet.Pattern{{Text: "lo"}}}
	for digit := '0'; digit <= '9'; digit++ {
		m.patterns = append(m.patterns, packet.Pattern{Text: "lo" + string(digit)})
	}
	for _, p := range l.ports.list {
		if isLoopback(p.name) && len(p.name) > len(loopbackName) {
			m.patterns = append(m.patterns, packet.Pattern{Text: p.name})
		}
	}
	return m
}

// ifaceTerm returns the condition that the interface in a field is the one that
// is written, nil if it may be any.
func (l *lowering) ifaceTerm(x *ifaceItem, f packet.Field) *rules.Term {
	t := &rules.Term{Negated: x.not, Span: x.at.span, Origin: originOf(x.at)}
	switch {
	case x.domain:
		t.Unknown = l.unknown("routing domain "+x.name+" in "+f.String(), "which interfaces are in routing domain "+x.name, packet.Fixed, packet.Fields(f), nil)
	case x.name == "all":
		t.Boxes = packet.Any(f)
		if !x.not {
			return nil
		}
	case x.name == "any":
		lo := l.members("lo")
		t.Boxes, t.Negated = packet.Names(f, lo.patterns...), !x.not
	default:
		m := l.members(x.name)
		t.Boxes = l.membersIn(m, f)
		if m.isOpen {
			t.Unknown = l.unknown("group "+x.name+" holds "+f.String(), m.why, packet.Fixed, packet.Fields(f), m.perhaps(f))
		}
	}
	return t
}

func (l *lowering) membersIn(m membership, f packet.Field) *packet.Boxes {
	if len(m.patterns) == 1 && !m.patterns[0].Prefix {
		return l.boxes.nameOf(f, m.patterns[0].Text)
	}
	return packet.Names(f, m.patterns...)
}

// ifaceTerms adds the conditions of which one has to hold for the interface in a
// field to be of a list. A list with a negation stands for several rules, that
// together match every interface.
func (b *builder) ifaceTerms(items []ifaceItem, f packet.Field) {
	switch len(items) {
	case 0:
	case 1:
		if t := b.ifaceTerm(&items[0], f); t != nil {
			b.add(*t)
		}
	default:
		b.choose(b.ifaceAlternatives(items, f))
	}
}

// ifaceAlternatives returns them for a list of several.
func (l *lowering) ifaceAlternatives(items []ifaceItem, f packet.Field) []alternative {
	var all []alternative
	var names []packet.Pattern
	var plain written
	for i := range items {
		t := l.ifaceTerm(&items[i], f)
		if t == nil {
			return nil
		}
		if t.Negated || t.Unknown != nil {
			all = append(all, alternative{*t})
			continue
		}
		t.Boxes.Patterns(func(p packet.Pattern) bool {
			names = append(names, p)
			return true
		})
		plain.add(items[i].at, t.Boxes)
	}
	switch len(plain.members) {
	case 0:
	case 1:
		all = append(all, alternative{plain.term(plain.members[0].Boxes)})
	default:
		all = append(all, alternative{plain.term(packet.Names(f, names...))})
	}
	return all
}

// addressesOf returns the addresses that a name with modifiers stands for, and
// whether all of them are told.
func (l *lowering) addressesOf(x *hostItem) ([]packet.AddrRange, bool) {
	var out []packet.AddrRange
	m := l.members(x.name)
	if isLoopback(x.name) || x.kind == hostName {
		m = membership{patterns: []packet.Pattern{{Text: loopbackName}}}
	}
	if m.isOpen {
		return nil, false
	}
	for _, pattern := range m.patterns {
		p := l.ports.byName[pattern.Text]
		if pattern.Text == loopbackName && (p == nil || len(p.addrs) == 0) {
			p = &iface{addrs: loopbackAddrs}
		}
		if pattern.Prefix || p == nil || len(p.addrs) == 0 {
			return nil, false
		}
		rs, ok := p.addresses(x)
		if !ok {
			return nil, false
		}
		out = append(out, rs...)
	}
	return out, true
}

// addresses returns the addresses of an interface, as the modifiers say.
func (p *iface) addresses(x *hostItem) ([]packet.AddrRange, bool) {
	list := p.addrs
	if slices.Contains(x.mods, "0") {
		list = p.withoutAliases()
	}
	var out []packet.AddrRange
	for _, a := range list {
		switch {
		case slices.Contains(x.mods, "peer"):
			return nil, false
		case slices.Contains(x.mods, "network"):
			out = append(out, packet.PrefixRange(a))
		case slices.Contains(x.mods, "broadcast"):
			if a.Addr().Is4() {
				out = append(out, packet.OneAddr(packet.PrefixRange(a).Last))
			}
		case x.bits >= 0 && x.bits <= a.Addr().BitLen():
			out = append(out, packet.PrefixRange(netip.PrefixFrom(a.Addr(), x.bits)))
		default:
			out = append(out, packet.OneAddr(a.Addr()))
		}
	}
	return out, true
}

// withoutAliases returns the first address of each family.
func (p *iface) withoutAliases() []netip.Prefix {
	var out []netip.Prefix
	for _, a := range p.addrs {
		if !slices.ContainsFunc(out, func(b netip.Prefix) bool { return b.Addr().Is4() == a.Addr().Is4() }) {
			out = append(out, a)
		}
	}
	return out
}
