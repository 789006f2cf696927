package site

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// notRoutable are the networks from which nothing arrives over the Internet:
// private, shared, loopback, link-local, multicast and reserved (RFC 6890). The
// documentation networks count as routable, so that examples can use them.
var notRoutable = ranges(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
)

// noHosts are addresses that no other host has: this network, loopback and
// multicast. No packet of another host comes from the first two (RFC 1122,
// 3.2.1.3), and no conversation is opened with the last.
var noHosts = ranges("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/128", "::1/128", "ff00::/8")

func ranges(prefixes ...string) []packet.AddrRange {
	var out []packet.AddrRange
	for _, s := range prefixes {
		out = append(out, packet.PrefixRange(netip.MustParsePrefix(s)))
	}
	return out
}

// Internet returns every globally routable address.
func Internet() []packet.AddrRange {
	return Without(ranges("0.0.0.0/0", "2000::/3"), notRoutable)
}

// Without returns the addresses of rs that are in none of the holes, in order.
func Without(rs, holes []packet.AddrRange) []packet.AddrRange {
	rs = slices.Clone(rs)
	for _, h := range holes {
		var left []packet.AddrRange
		for _, r := range rs {
			if r.First.Is4() != h.First.Is4() || h.Last.Less(r.First) || r.Last.Less(h.First) {
				left = append(left, r)
				continue
			}
			if r.First.Less(h.First) {
				left = append(left, packet.AddrRange{First: r.First, Last: h.First.Prev()})
			}
			if h.Last.Less(r.Last) {
				left = append(left, packet.AddrRange{First: h.Last.Next(), Last: r.Last})
			}
		}
		rs = left
	}
	return rs
}

// Zone returns the zone of that name.
func (p *Profile) Zone(name string) (Zone, bool) {
	i := slices.IndexFunc(p.Zones, func(z Zone) bool { return z.Name == name })
	if i < 0 {
		return Zone{}, false
	}
	return p.Zones[i], true
}

// ZoneRanges returns the addresses of a zone, and false if the profile tells
// nothing of it. Of several zones that hold an address, the one with the longest
// prefix has it; MOVEit's own addresses, published ones too, and those that no
// host has are in none. A zone
// that is declared by its interfaces alone has every address that no other zone's
// networks hold: it is its interfaces that tell its packets from others.
func (p *Profile) ZoneRanges(name string) ([]packet.AddrRange, bool) {
	z, ok := p.Zone(name)
	if !ok {
		return nil, false
	}
	var out []packet.AddrRange
	for _, n := range z.Networks {
		out = append(out, Without([]packet.AddrRange{packet.PrefixRange(n)}, p.moreSpecific(name, n.Masked()))...)
	}
	switch {
	case name == "internet":
		// Whoever tells its networks in one IP version says nothing of the other.
		for _, r := range Without(Internet(), p.moreSpecific(name, netip.Prefix{})) {
			if !slices.ContainsFunc(z.Networks, func(n netip.Prefix) bool { return n.Addr().Is4() == r.First.Is4() }) {
				out = append(out, r)
			}
		}
	case len(z.Networks) > 0:
	case p.HasInterfaces(name):
		out = Without(ranges("0.0.0.0/0", "::/0"), p.moreSpecific(name, netip.Prefix{}))
	default:
		return nil, false
	}
	return Without(out, slices.Concat(noHosts, Ranges(p.Nodes), Ranges(p.Published))), true
}

// HasInterfaces reports whether interfaces are declared to be of a zone.
func (p *Profile) HasInterfaces(name string) bool {
	z, _ := p.Zone(name)
	return len(z.Interfaces) > 0 || slices.ContainsFunc(p.Devices, func(d Device) bool {
		return slices.ContainsFunc(d.Interfaces, func(i Interface) bool { return i.Zone == name })
	})
}

// InterfacesOf returns the interfaces that are declared to be of a zone.
func (p *Profile) InterfacesOf(name string) []string {
	z, _ := p.Zone(name)
	out := slices.Clone(z.Interfaces)
	for _, d := range p.Devices {
		for _, i := range d.Interfaces {
			if i.Zone == name {
				out = append(out, i.Name)
			}
		}
	}
	return out
}

// moreSpecific returns the networks of other zones that are longer than n.
func (p *Profile) moreSpecific(name string, n netip.Prefix) []packet.AddrRange {
	var out []packet.AddrRange
	for _, z := range p.Zones {
		if z.Name == name {
			continue
		}
		for _, m := range z.Networks {
			if !n.IsValid() || m.Bits() > n.Bits() && n.Overlaps(m) {
				out = append(out, packet.PrefixRange(m))
			}
		}
	}
	return out
}

// Ranges returns declared addresses without their places.
func Ranges(list []Address) []packet.AddrRange {
	var out []packet.AddrRange
	for _, a := range list {
		out = append(out, a.AddrRange)
	}
	return out
}
