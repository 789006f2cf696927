package pf

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// natPorts are the ports that sources get where a rule gives none (6.1).
var natPorts = packet.Range{First: 50001, Last: 65535}

// redirectionsOf returns where a rule translates to.
func redirectionsOf(r *rule) []*redirection {
	var list []*redirection
	for _, x := range []*redirection{r.nat, r.rdr, r.binat} {
		if x != nil {
			list = append(list, x)
		}
	}
	return list
}

// moves reports whether the new port has the place of the old one in its range.
func (x *redirection) moves() bool {
	return x.ports != nil && (x.star || x.ports.First != x.ports.Last)
}

// range1 returns the new ports. A range that is upside down has its first port alone.
func (x *redirection) range1() packet.Range {
	return packet.Range{First: x.ports.First, Last: max(x.ports.First, x.ports.Last)}
}

// family returns the IP version of the first address that has one.
func (x *redirection) family() family {
	for i := range x.pool {
		if x.pool[i].kind == hostRange {
			return familyOf(x.pool[i].addrs.First)
		}
	}
	return anyFamily
}

// only returns the IP version of all addresses, any if they are of both, or if it
// is not known of all.
func (x *redirection) only() family {
	af := x.family()
	for i := range x.pool {
		if h := &x.pool[i]; h.kind != hostRange || familyOf(h.addrs.First) != af {
			return anyFamily
		}
	}
	return af
}

// natOf returns the translation of a rule, nil if it has none.
func (b *builder) natOf(r *rule) *rules.NAT {
	var n rules.NAT
	if r.nat != nil {
		n.Src = b.rewrite(r.nat, b.family)
		switch {
		case r.nat.static:
		case r.nat.unknown:
			n.Src.Ports = []packet.Range{{First: 0, Last: 65535}}
		case r.nat.ports != nil:
			n.Src.Ports = []packet.Range{r.nat.range1()}
		default:
			n.Src.Ports = []packet.Range{natPorts}
		}
	}
	if r.rdr != nil {
		n.Dst = b.rewrite(r.rdr, b.family)
		b.rewritePorts(&n.Dst, r)
	}
	if r.divert == divertTo {
		n.Dst = packet.Rewrite{ToSelf: true}
	}
	if r.afTo {
		n.Src, n.Dst = packet.Rewrite{Lost: true}, packet.Rewrite{Lost: true}
	}
	if n.Src.IsZero() && n.Dst.IsZero() {
		if r.action == actionPass && !b.keeps(r) {
			return b.untranslated()
		}
		return nil
	}
	return &n
}

// portsUnknown returns what is not known of a translation to the port of a service
// that no table has, nil if it is to no such port.
func (b *builder) portsUnknown(r *rule) *rules.Unknown {
	for _, x := range redirectionsOf(r) {
		if x.unknown {
			return b.unknown(placed("ports of the translation", x.at.span), "which port the service has that the packet is translated to", packet.Fixed, 0, nil)
		}
	}
	return nil
}

// rewritePorts gives a destination its new port: the first of the new ones is for
// the first of those that the rule asks for (6.1, 6.2).
func (b *builder) rewritePorts(w *packet.Rewrite, r *rule) {
	x := r.rdr
	switch {
	case x.ports == nil:
		return
	case x.unknown:
		w.Ports = []packet.Range{{First: 0, Last: 65535}}
		return
	}
	w.Ports = []packet.Range{x.range1()}
	if !x.moves() {
		return
	}
	first, last := uint32(0), uint32(0)
	if len(r.dst.ports) == 1 && len(r.dst.ports[0].ranges) == 1 {
		first, last = r.dst.ports[0].ranges[0].First, r.dst.ports[0].ranges[0].Last
	}
	if x.star {
		w.Ports[0].Last = min(x.ports.First+last-first, 65535)
	}
	w.ShiftPorts, w.PortBase = true, uint16(first)
}

// rewrite returns what a pool makes of an address.
func (b *builder) rewrite(x *redirection, af family) packet.Rewrite {
	var w packet.Rewrite
	for i := range x.pool {
		b.addToPool(&w, &x.pool[i], b.tables)
	}
	if af != anyFamily {
		w.Addrs = slices.DeleteFunc(w.Addrs, func(r packet.AddrRange) bool { return familyOf(r.First) != af })
	}
	if w.Lost {
		w.Addrs = nil
		return w
	}
	if x.bitmask && len(w.Addrs) == 1 {
		if p, ok := networkOf(w.Addrs[0]); ok && !p.IsSingleIP() {
			return packet.Rewrite{Network: p}
		}
	}
	w.ToSelf = b.isLoopbackPool(w.Addrs)
	return w
}

// addToPool adds an entry of a pool.
func (l *lowering) addToPool(w *packet.Rewrite, x *hostItem, tables map[string]*table) {
	switch x.kind {
	case hostRange:
		w.Addrs = append(w.Addrs, x.addrs)
	case hostIface, hostDynamic:
		if rs, told := l.addressesOf(x); told && x.name != "self" {
			w.Addrs = append(w.Addrs, rs...)
			return
		}
		w.Lost = true
		w.ToSelf = len(x.mods) == 0 || slices.Equal(x.mods, []string{"0"})
	case hostTable:
		t := l.tableOf(x, tables)
		if !t.defined || l.contents(t).why != "" {
			w.Lost = true
			return
		}
		w.Addrs = append(w.Addrs, l.contents(t).ranges()...)
	case hostAny, hostName, hostNoRoute, hostURPF, hostRoute, hostBad:
		w.Lost = true
	}
}

// isLoopbackPool reports whether all addresses are of the loopback network, which
// it is not known from other addresses that they are the device's own.
func (l *lowering) isLoopbackPool(rs []packet.AddrRange) bool {
	if len(rs) == 0 {
		return false
	}
	for _, r := range rs {
		if !r.First.IsLoopback() || l.tells(r.First.Is4()) {
			return false
		}
	}
	return true
}

// tells reports whether an address of an IP version is told of the device.
func (l *lowering) tells(is4 bool) bool {
	for _, p := range l.ports.list {
		for _, a := range p.addrs {
			if a.Addr().Is4() == is4 {
				return true
			}
		}
	}
	return false
}

// networkOf returns the network whose addresses a range holds.
func networkOf(r packet.AddrRange) (netip.Prefix, bool) {
	for bits := r.First.BitLen(); bits >= 0; bits-- {
		p := netip.PrefixFrom(r.First, bits)
		if p.Masked().Addr() != r.First {
			return netip.Prefix{}, false
		}
		if packet.PrefixRange(p).Last == r.Last {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// binat lowers a binat-to: sources are translated on the way out, and the same
// addresses as destinations on the way in (6.1).
func (b *builder) binat(r *rule) {
	b.simple(binatOf(r, b.test, r.binat))
}

// binatOf returns the rule that a binat rule is for a test.
func binatOf(r *rule, t test, to *redirection) *rule {
	one := *r
	one.binat, one.dir = nil, t.direction()
	if t == outbound {
		nat := *to
		nat.static, nat.bitmask = true, true
		one.nat = &nat
		return &one
	}
	one.src, one.dst = endpoint{hosts: r.dst.hosts}, endpoint{hosts: slices.Clone(to.pool)}
	one.rdr = &redirection{pool: r.src.hosts, bitmask: true, at: to.at}
	if one.af == anyFamily {
		one.af = to.family()
	}
	return &one
}

// untranslated returns what gives a packet back what it had before this test, nil
// if no rule translates before the last one is known: without a state nothing is
// translated (5.1).
func (b *builder) untranslated() *rules.NAT {
	e := b.features.matchNAT[b.test]
	if e == (ends{}) {
		return nil
	}
	return &rules.NAT{Src: packet.Rewrite{Restore: e.src}, Dst: packet.Rewrite{Restore: e.dst}}
}
