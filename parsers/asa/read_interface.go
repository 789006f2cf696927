package asa

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// ifaceOf returns the interface of some hardware, a new one if there is none.
func (r *reader) ifaceOf(hardware string, span source.Span) *iface {
	key := strings.ToLower(hardware)
	i := r.draft.ifaces[key]
	if i == nil {
		i = &iface{hardware: hardware, span: span}
		r.draft.ifaces[key] = i
		r.draft.hardware.add(hardware, i)
	}
	return i
}

// iface reads "interface": the head of a block, or a whole line of PIX 6.
func (r *reader) iface(l *line, not bool) {
	hardware := r.name(l, "an interface")
	if c := l.peek().Value; c != "" && c[0] >= '0' && c[0] <= '9' && !strings.ContainsAny(hardware, "0123456789") {
		l.at++ // "interface Ethernet 0/1"
		hardware = r.intern(hardware + c)
	}
	if l.bad != nil {
		return
	}
	if not {
		r.dropInterface(hardware)
		return
	}
	if !l.done() {
		r.pixInterface(l, hardware)
		return
	}
	i := r.ifaceOf(hardware, l.span())
	i.tunnel = hasPrefixFold(hardware, "tunnel")
	if hasPrefixFold(hardware, "bvi") {
		i.bvi, _ = decimal(hardware[3:], 1<<16)
	}
	if i.tunnel {
		r.endsTunnels(l)
	}
	r.openInterface(l, i)
}

// interfaceWords are the first words of the lines of interfaces.
var interfaceWords = append(slices.Sorted(maps.Keys(idleOfInterfaces)),
	"nameif", "security-level", "ip", "ipv6", "shutdown", "management-only", "bridge-group", "zone-member", "allocate-interface", "forward", "policy-route", "tunnel")

// openInterface opens the block of an interface.
func (r *reader) openInterface(l *line, i *iface) {
	r.open(l, mode{
		what:   "an interface",
		lax:    true,
		words:  interfaceWords,
		claims: claimsInterface,
		read:   func(r *reader, l *line, not bool) bool { return r.ifaceLine(l, i, not) },
	})
}

// claimsInterface reports whether a line without indentation is one of the open
// interface, though its first word begins lines outside of blocks too.
func claimsInterface(l *line) bool {
	next := l.ahead(1).Value
	switch l.peek().Value {
	case "nameif":
		return l.ahead(2) == &nothing
	case "ip":
		if next != "address" {
			return next == "verify" && false
		}
		_, err := netip.ParseAddr(l.ahead(2).Value)
		return err == nil || l.ahead(2).Value == "dhcp" || l.ahead(2).Value == "pppoe" || l.ahead(2) == &nothing || isMask(l.ahead(3).Value)
	case "ipv6":
		return next == "address" || next == "enable" || next == "nd"
	}
	return false
}

// isMask reports whether a word is the mask of a network that is not tiny or huge:
// behind a name it tells that this is one of an address.
func isMask(word string) bool {
	m, err := netip.ParseAddr(word)
	if err != nil || !m.Is4() {
		return false
	}
	bits, whole := maskLength(m)
	return whole && bits >= 8
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// dropInterface takes an interface away.
func (r *reader) dropInterface(hardware string) {
	key := strings.ToLower(hardware)
	if i := r.draft.ifaces[key]; i != nil {
		r.draft.hardware.remove(i.hardware)
	}
	delete(r.draft.ifaces, key)
}

// ifaceLine reads a line of an interface.
func (r *reader) ifaceLine(l *line, i *iface, not bool) bool {
	word := l.peek().Value
	l.at++
	switch word {
	case "nameif":
		r.nameLine(l, i, not)
	case "security-level":
		i.levelTold, i.level, i.levelSpan = false, 0, source.Span{}
		if !not {
			i.level = l.number("a security level", 0, 100)
			i.levelTold, i.levelSpan = true, l.span()
		}
		l.end()
	case "ip":
		r.ifaceIP(l, i, not)
	case "ipv6":
		r.ifaceIPv6(l, i, not)
	case "forward":
		r.noForward(l, i, not)
	case "policy-route":
		r.policyRoute(l)
	default:
		if !r.ifaceSetting(l, i, word, not) {
			l.at--
			return r.idleOfInterface(l, word)
		}
	}
	if l.bad != nil {
		r.broken(l, "interface")
	}
	return true
}

// ifaceSetting reads what an interface is part of and what passes it, and reports
// whether a line is of that.
func (r *reader) ifaceSetting(l *line, i *iface, word string, not bool) bool {
	switch word {
	case "shutdown":
		i.down = !not
	case "management-only":
		i.management = !not
		l.skip()
	case "bridge-group":
		i.bridge = 0
		if !not {
			i.bridge = l.number("the number of a bridge group", 1, 1<<16)
		}
	case "zone-member":
		i.zone = ""
		if !not {
			i.zone = r.name(l, "the name of a zone")
		}
	case "tunnel":
		l.skip()
	default:
		return false
	}
	return true
}

// idleOfInterface reads a line of an interface that has no bearing on packets.
func (r *reader) idleOfInterface(l *line, word string) bool {
	if idleOfInterfaces[word] == "" {
		return false
	}
	r.kind = source.Ignored
	l.skip()
	return true
}

// nameLine reads "nameif" in a block.
func (r *reader) nameLine(l *line, i *iface, not bool) {
	if not {
		i.name, i.nameSpan = "", source.Span{}
		l.skip()
		return
	}
	name := r.name(l, "a name")
	l.end()
	switch {
	case l.bad != nil:
	case i.name != "" && i.name != name && r.left:
		r.secondName(l, name)
	default:
		i.name, i.nameSpan = name, l.span()
	}
}

// secondName reads a name behind the end of the block of an interface that has
// another: the line that begins the next one is missing.
func (r *reader) secondName(l *line, name string) {
	i := r.ifaceOf(r.intern("interface at "+l.span().Position().String()), l.span())
	i.name, i.nameSpan = name, l.span()
	indent := r.mode.indent
	r.openInterface(l, i)
	r.mode.indent = indent
	l.bad = &fault{l.first(), l.last(), "the line that begins the block of this interface is missing"}
}

// noForward reads "no forward interface Vlan1".
func (r *reader) noForward(l *line, i *iface, not bool) {
	if !l.take("interface") {
		l.fail("expected interface")
		return
	}
	hardware := r.name(l, "an interface")
	if l.is("0") || l.ahead(0).Type == tokWord {
		hardware = r.intern(hardware + l.word("a number"))
	}
	i.noForward = ""
	if not {
		i.noForward = hardware
	}
}

// ifaceIP reads "ip …" in a block.
func (r *reader) ifaceIP(l *line, i *iface, not bool) {
	if !l.take("address") {
		r.kind = source.Ignored // ospf, rip, local-pool, delay and the like
		if l.is("verify") {
			l.fail("expected address")
		}
		l.skip()
		return
	}
	i.addrs = slices.DeleteFunc(i.addrs, func(p netip.Prefix) bool { return p.Addr().Is4() })
	i.standby = slices.DeleteFunc(i.standby, netip.Addr.Is4)
	i.dynamic, i.setroute, i.addrTold = false, false, true
	if not {
		l.skip()
		return
	}
	r.addressOf(l, i)
}

// addressOf consumes the IPv4 address of an interface.
func (r *reader) addressOf(l *line, i *iface) {
	if l.takeAny("dhcp", "pppoe") != "" {
		i.dynamic = true
		i.setroute = slices.ContainsFunc(l.toks[l.at:], func(t token) bool { return t.Value == "setroute" })
		l.skip()
		return
	}
	a := r.addr(l)
	mask := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if t := l.peek(); t != &nothing && t.Value != "standby" {
		m, ok := r.tryAddr(l)
		if _, whole := maskOf(m); !ok || !whole {
			l.fail("expected a mask")
			return
		}
		l.at++
		mask = m
	} else if l.bad == nil && a.Is4() {
		mask = classMask(a)
	}
	if l.take("standby") {
		i.standby = append(i.standby, r.addr(l))
	}
	if l.takeAny("pppoe", "dhcp") != "" {
		l.takeAny("setroute")
	}
	l.end("standby")
	if p, ok := prefixOf(a, mask); l.bad == nil && ok && a.Is4() {
		i.addrs = append(i.addrs, p)
	}
}

// maskOf returns the length of an IPv4 mask without holes.
func maskOf(m netip.Addr) (int, bool) {
	if !m.Is4() {
		return 0, false
	}
	return maskLength(m)
}

// classMask returns the mask that an address has by its class, where none is
// written.
func classMask(a netip.Addr) netip.Addr {
	switch first := a.As4()[0]; {
	case first < 128:
		return netip.AddrFrom4([4]byte{255})
	case first < 192:
		return netip.AddrFrom4([4]byte{255, 255})
	}
	return netip.AddrFrom4([4]byte{255, 255, 255})
}

// ifaceIPv6 reads "ipv6 …" in a block.
func (r *reader) ifaceIPv6(l *line, i *iface, not bool) {
	switch l.takeAny("address", "enable") {
	case "enable":
		i.ipv6 = !not
	case "address":
		if not {
			i.addrs = slices.DeleteFunc(i.addrs, func(p netip.Prefix) bool { return p.Addr().Is6() })
			i.dynamic6, i.ipv6 = false, false
			l.skip()
			return
		}
		i.ipv6 = true
		r.address6(l, i)
	default:
		r.kind = source.Ignored
		l.skip()
	}
}

// address6 consumes an IPv6 address of an interface.
func (r *reader) address6(l *line, i *iface) {
	if l.takeAny("autoconfig", "dhcp") != "" {
		i.dynamic6 = true
		l.skip()
		return
	}
	word := l.word("an address with its length")
	if p, err := netip.ParsePrefix(word); err == nil && p.Addr().Is6() {
		if l.take("eui-64") {
			i.dynamic6 = true
		} else {
			i.addrs = append(i.addrs, p)
		}
	} else if a, err := netip.ParseAddr(word); err != nil || !a.Is6() {
		if _, _, named := strings.Cut(word, "/"); !named {
			l.at--
			l.fail("expected an IPv6 address with its length")
			return
		}
		i.dynamic6 = true // a prefix that is delegated, by its name
	}
	l.take("link-local")
	if l.take("standby") {
		i.standby = append(i.standby, r.addr(l))
	}
	l.skip()
}
