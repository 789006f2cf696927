package asa

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// count is a number of addresses, or a distance between two. All addresses of
// IPv6 are one too many for it: they count as one less.
type count struct{ high, low uint64 }

// isOne reports whether c is a single address.
func (c count) isOne() bool { return c == count{low: 1} }

// compare compares two numbers.
func (c count) compare(d count) int {
	return cmp.Or(cmp.Compare(c.high, d.high), cmp.Compare(c.low, d.low))
}

// plus returns the sum, or the highest number if that is more.
func (c count) plus(d count) count {
	low, carry := bits.Add64(c.low, d.low, 0)
	high, over := bits.Add64(c.high, d.high, carry)
	if over != 0 {
		return count{^uint64(0), ^uint64(0)}
	}
	return count{high, low}
}

// minus returns the difference; d is not more than c.
func (c count) minus(d count) count {
	low, borrow := bits.Sub64(c.low, d.low, 0)
	high, _ := bits.Sub64(c.high, d.high, borrow)
	return count{high, low}
}

// countOf returns how many addresses the runs hold together.
func countOf(ranges []packet.AddrRange) count {
	var total count
	for _, r := range ranges {
		total = total.plus(sizeOf(r))
	}
	return total
}

// sizeOf returns how many addresses a run holds.
func sizeOf(r packet.AddrRange) count {
	return numberOf(r.Last).minus(numberOf(r.First)).plus(count{low: 1})
}

// numberOf returns an address as a number.
func numberOf(a netip.Addr) count {
	if a.Is4() {
		b := a.As4()
		return count{low: uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return count{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// addrAt returns the address that lies n behind a, which is in the same network.
func addrAt(a netip.Addr, n count) netip.Addr {
	sum := numberOf(a).plus(n)
	if a.Is4() {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(sum.low))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], sum.high)
	binary.BigEndian.PutUint64(b[8:], sum.low)
	return netip.AddrFrom16(b)
}
