package eval

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Which addresses are the device's own is known where one is told of the IP
// version, and then of every address; where an interface has an IPv4 address that
// is not told, only of those that are.

// collectUntold returns the packets of which it is not told whether their
// destination is an address of the device.
func (e *Engine) collectUntold() *packet.Boxes {
	if len(e.dynamic) > 0 && e.tells(true) {
		open := othersThan(e.local)
		if !e.tells(false) {
			open = append(open, packet.PrefixRange(netip.MustParsePrefix("::/0")))
		}
		return packet.Addresses(packet.Dst, open...)
	}
	var families []packet.Range
	for _, family := range []uint32{packet.IPv4, packet.IPv6} {
		if !e.tells(family == packet.IPv4) {
			families = append(families, packet.One(family))
		}
	}
	return packet.Numbers(packet.Family, families...)
}

// othersThan returns the IPv4 addresses that are in none of the ranges.
func othersThan(rs []packet.AddrRange) []packet.AddrRange {
	rs = slices.DeleteFunc(slices.Clone(rs), func(r packet.AddrRange) bool { return !r.First.Is4() })
	slices.SortFunc(rs, func(a, b packet.AddrRange) int { return a.First.Compare(b.First) })
	var out []packet.AddrRange
	next := netip.IPv4Unspecified() // the first that none of the ranges so far holds; none: not valid
	for _, r := range rs {
		if next.Less(r.First) {
			out = append(out, packet.AddrRange{First: next, Last: r.First.Prev()})
		}
		if r.Last.Less(next) {
			continue
		}
		if next = r.Last.Next(); !next.IsValid() {
			return out
		}
	}
	return append(out, packet.AddrRange{First: next, Last: netip.AddrFrom4([4]byte{255, 255, 255, 255})})
}

// tells reports whether an address of the device is told of an IP version.
func (e *Engine) tells(is4 bool) bool {
	return slices.ContainsFunc(e.local, func(r packet.AddrRange) bool { return r.First.Is4() == is4 })
}

// isTold reports whether it is told that an address is one of the device's own, or
// that it is not.
func (e *Engine) isTold(a netip.Addr) bool {
	return e.tells(a.Is4()) && (len(e.dynamic) == 0 || !a.Is4() || e.isLocal(a))
}

// isLocal reports whether an address is one of those that the device is told to
// have.
func (e *Engine) isLocal(a netip.Addr) bool {
	return slices.ContainsFunc(e.local, func(r packet.AddrRange) bool { return r.Contains(a) })
}
