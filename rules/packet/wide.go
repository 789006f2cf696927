package packet

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// wide is an unsigned number of 128 bits, as an IPv6 address is.
type wide struct{ hi, lo uint64 }

var maxWide = wide{^uint64(0), ^uint64(0)}

func (a wide) less(b wide) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a wide) and(b wide) wide { return wide{a.hi & b.hi, a.lo & b.lo} }

func (a wide) or(b wide) wide { return wide{a.hi | b.hi, a.lo | b.lo} }

func (a wide) not() wide { return wide{^a.hi, ^a.lo} }

func (a wide) add(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return wide{hi, lo}
}

func (a wide) sub(b wide) wide {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return wide{hi, lo}
}

func (a wide) next() wide { return a.add(wide{0, 1}) }

// bit returns bit i, counted from the most significant of 128.
func (a wide) bit(i int) bool {
	if i < 64 {
		return a.hi>>(63-i)&1 == 1
	}
	return a.lo>>(127-i)&1 == 1
}

// withBit returns a with bit i, counted from the most significant, set.
func (a wide) withBit(i int) wide {
	if i < 64 {
		a.hi |= 1 << (63 - i)
	} else {
		a.lo |= 1 << (127 - i)
	}
	return a
}

// lowMask returns a number whose last n bits are set.
func lowMask(n int) wide {
	switch {
	case n >= 128:
		return maxWide
	case n > 64:
		return wide{1<<(n-64) - 1, ^uint64(0)}
	case n == 64:
		return wide{0, ^uint64(0)}
	}
	return wide{0, 1<<n - 1}
}

// narrowOf returns an IPv4 address as a number.
func narrowOf(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// wideOf returns an IPv6 address as a number.
func wideOf(a netip.Addr) wide {
	b := a.As16()
	return wide{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// addrOf returns the IPv4 address of a number.
func addrOf(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// addr returns the IPv6 address of a number.
func (a wide) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b)
}
