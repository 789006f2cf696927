package pf

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// boxCache holds boxes that many rules share.
type boxCache struct {
	addrs   map[addrKey]*packet.Boxes
	numbers map[numberKey]*packet.Boxes
	names   map[nameKey]*packet.Boxes
}

type addrKey struct {
	field packet.Field
	addrs packet.AddrRange
}

type numberKey struct {
	field   packet.Field
	numbers packet.Range
}

type nameKey struct {
	field packet.Field
	name  string
}

func newBoxCache() boxCache {
	return boxCache{map[addrKey]*packet.Boxes{}, map[numberKey]*packet.Boxes{}, map[nameKey]*packet.Boxes{}}
}

// range1 returns the packets whose address is in one range.
func (c boxCache) range1(f packet.Field, r packet.AddrRange) *packet.Boxes {
	key := addrKey{f, r}
	b := c.addrs[key]
	if b == nil {
		b = packet.Addresses(f, r)
		c.addrs[key] = b
	}
	return b
}

// ranges returns the packets whose address is in one of the ranges.
func (c boxCache) ranges(f packet.Field, rs []packet.AddrRange) *packet.Boxes {
	if len(rs) == 1 {
		return c.range1(f, rs[0])
	}
	return packet.Addresses(f, rs...)
}

// numbersOf returns the packets whose field is in one of the ranges.
func (c boxCache) numbersOf(f packet.Field, rs []packet.Range) *packet.Boxes {
	if len(rs) != 1 {
		return packet.Numbers(f, rs...)
	}
	key := numberKey{f, rs[0]}
	b := c.numbers[key]
	if b == nil {
		b = packet.Numbers(f, rs[0])
		c.numbers[key] = b
	}
	return b
}

// number returns the packets whose field has a value.
func (c boxCache) number(f packet.Field, n uint32) *packet.Boxes {
	return c.numbersOf(f, []packet.Range{packet.One(n)})
}

// nameOf returns the packets whose interface has a name.
func (c boxCache) nameOf(f packet.Field, name string) *packet.Boxes {
	key := nameKey{f, name}
	b := c.names[key]
	if b == nil {
		b = packet.Names(f, packet.Pattern{Text: name})
		c.names[key] = b
	}
	return b
}

// Boxes that are the same in every configuration.
var (
	noIn   = packet.Names(packet.In, packet.Pattern{})
	noOut  = packet.Names(packet.Out, packet.Pattern{})
	ofIPv4 = packet.Number(packet.Family, packet.IPv4)
	ofIPv6 = packet.Number(packet.Family, packet.IPv6)
	ofTCP  = packet.Number(packet.Protocol, uint32(packet.TCP))

	// localTo and localFrom hold the packets to and from an address of the device.
	localTo   = packet.Number(packet.DstType, uint32(packet.Local))
	localFrom = packet.Number(packet.SrcType, uint32(packet.Local))
	// farTo and farFrom hold the others.
	farTo   = packet.Numbers(packet.DstType, packet.One(uint32(packet.Unicast)), packet.Range{First: uint32(packet.Broadcast), Last: uint32(packet.OtherType)})
	farFrom = packet.Numbers(packet.SrcType, packet.One(uint32(packet.Unicast)), packet.Range{First: uint32(packet.Broadcast), Last: uint32(packet.OtherType)})
)

// local returns the packets whose address is one of the device, and far the others.
func local(f packet.Field) *packet.Boxes {
	if f == packet.Src {
		return localFrom
	}
	return localTo
}

func far(f packet.Field) *packet.Boxes {
	if f == packet.Src {
		return farFrom
	}
	return farTo
}

// familyBoxes returns the packets of an IP version, nil for both.
func familyBoxes(f family) *packet.Boxes {
	switch f {
	case inet:
		return ofIPv4
	case inet6:
		return ofIPv6
	case anyFamily:
	}
	return nil
}

// familyOf returns the IP version of an address.
func familyOf(a netip.Addr) family {
	if a.Is4() {
		return inet
	}
	return inet6
}
