package asa

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

func runs(texts ...string) []packet.AddrRange {
	var out []packet.AddrRange
	for i := 0; i < len(texts); i += 2 {
		out = append(out, packet.AddrRange{First: netip.MustParseAddr(texts[i]), Last: netip.MustParseAddr(texts[i+1])})
	}
	return out
}

// translate returns what pieces make of an address, invalid if that is not one.
func translate(pieces []piece, a netip.Addr) netip.Addr {
	for _, p := range pieces {
		for _, r := range p.from {
			if !r.Contains(a) {
				continue
			}
			f := packet.Flow{Src: netip.MustParseAddr("192.0.2.1"), Dst: a}
			if a.Is6() {
				f.Src = netip.MustParseAddr("2001:db8::1")
			}
			f.Rewrite(packet.Destination, &p.to, nil)
			if !f.Knows(packet.Dst) {
				return netip.Addr{}
			}
			return f.Dst
		}
	}
	return netip.Addr{}
}

// TestPairCases covers the sizes of 7.4: equal ones by their place, more real
// addresses than mapped ones begin anew, of fewer the first are used.
func TestPairCases(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to []packet.AddrRange
		pieces   int
		want     map[string]string
	}{
		{
			"a host to a host", runs("10.0.0.9", "10.0.0.9"), runs("192.0.2.9", "192.0.2.9"), 1,
			map[string]string{"10.0.0.9": "192.0.2.9"},
		},
		{
			"a network to a network", runs("10.0.0.0", "10.0.0.255"), runs("192.0.2.0", "192.0.2.255"), 1,
			map[string]string{"10.0.0.0": "192.0.2.0", "10.0.0.77": "192.0.2.77", "10.0.0.255": "192.0.2.255"},
		},
		{
			"a range to a range", runs("10.0.0.5", "10.0.0.8"), runs("192.0.2.7", "192.0.2.10"), 1,
			map[string]string{"10.0.0.5": "192.0.2.7", "10.0.0.8": "192.0.2.10"},
		},
		{
			"members in order", runs("10.0.0.9", "10.0.0.9", "10.0.0.7", "10.0.0.7"), runs("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"), 2,
			map[string]string{"10.0.0.9": "192.0.2.1", "10.0.0.7": "192.0.2.2"},
		},
		{
			"members that follow each other are one piece",
			runs("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.4"), runs("192.0.2.1", "192.0.2.4"), 1,
			map[string]string{"10.0.0.1": "192.0.2.1", "10.0.0.4": "192.0.2.4"},
		},
		{
			"members cut anew", runs("10.0.0.0", "10.0.0.3", "10.9.0.0", "10.9.0.1"), runs("192.0.2.0", "192.0.2.1", "198.51.100.0", "198.51.100.3"), 3,
			map[string]string{"10.0.0.1": "192.0.2.1", "10.0.0.2": "198.51.100.0", "10.0.0.3": "198.51.100.1", "10.9.0.1": "198.51.100.3"},
		},
		{
			"many to one", runs("10.0.0.0", "10.0.0.255", "10.9.0.1", "10.9.0.1"), runs("192.0.2.9", "192.0.2.9"), 1,
			map[string]string{"10.0.0.7": "192.0.2.9", "10.9.0.1": "192.0.2.9"},
		},
		{
			"more real networks begin anew", runs("10.0.0.0", "10.0.1.255"), runs("192.0.2.0", "192.0.2.255"), 1,
			map[string]string{"10.0.0.7": "192.0.2.7", "10.0.1.7": "192.0.2.7"},
		},
		{
			"more real addresses begin anew", runs("10.0.0.1", "10.0.0.5"), runs("192.0.2.1", "192.0.2.2"), 3,
			map[string]string{"10.0.0.1": "192.0.2.1", "10.0.0.2": "192.0.2.2", "10.0.0.3": "192.0.2.1", "10.0.0.5": "192.0.2.1"},
		},
		{
			"one to many: the first", runs("10.0.0.1", "10.0.0.1"), runs("192.0.2.1", "192.0.2.4"), 1,
			map[string]string{"10.0.0.1": "192.0.2.1"},
		},
		{
			"those that stay are one piece", runs("10.0.0.1", "10.0.0.1", "10.0.0.9", "10.0.0.9", "10.0.0.3", "10.0.0.3"),
			runs("10.0.0.1", "10.0.0.1", "10.0.0.8", "10.0.0.8", "10.0.0.3", "10.0.0.3"), 2,
			map[string]string{"10.0.0.1": "10.0.0.1", "10.0.0.9": "10.0.0.8", "10.0.0.3": "10.0.0.3"},
		},
		{
			"all of IPv6", runs("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), runs("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"), 1,
			map[string]string{"2001:db8:9::7": "2001:db8::7"},
		},
		{
			"IPv6 by their place", runs("2001:db8:a::5", "2001:db8:a::8"), runs("2001:db8:b::fffe", "2001:db8:b::1:1"), 1,
			map[string]string{"2001:db8:a::5": "2001:db8:b::fffe", "2001:db8:a::8": "2001:db8:b::1:1"},
		},
		{
			"too many pieces: some address", runs("10.0.0.0", "10.0.255.254"), runs("192.0.2.1", "192.0.2.2"), maxPieces/2 + 1, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			pieces := pair(c.from, c.to)
			if c.want != nil && len(pieces) != c.pieces {
				t.Errorf("%d pieces, want %d: %v", len(pieces), c.pieces, pieces)
			}
			for old, want := range c.want {
				if got := translate(pieces, netip.MustParseAddr(old)); got != netip.MustParseAddr(want) {
					t.Errorf("%s becomes %v, want %s", old, got, want)
				}
			}
		})
	}
}

// TestPairLaws holds pair against what 7.4 says, address by address: the n-th
// becomes the n-th, and begins anew behind the last. Of lists of the same size
// the way back restores.
func TestPairLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(net byte) (list []packet.AddrRange, flat []netip.Addr) {
			next := uint32(0)
			for range rapid.IntRange(1, 4).Draw(t, "runs") {
				next += uint32(rapid.IntRange(0, 3).Draw(t, "gap"))
				size := uint32(rapid.IntRange(1, 6).Draw(t, "size"))
				at := func(n uint32) netip.Addr {
					var b [4]byte
					binary.BigEndian.PutUint32(b[:], uint32(net)<<24|n)
					return netip.AddrFrom4(b)
				}
				list = append(list, packet.AddrRange{First: at(next), Last: at(next + size - 1)})
				for i := range size {
					flat = append(flat, at(next+i))
				}
				next += size
			}
			return list, flat
		}
		from, old := draw(10)
		to, fresh := draw(192)
		there, back := pair(from, to), pair(to, from)
		for i, a := range old {
			want := fresh[i%len(fresh)]
			if got := translate(there, a); got != want {
				t.Fatalf("%v to %v: %v becomes %v, want %v", from, to, a, got, want)
			}
			if len(old) == len(fresh) {
				if got := translate(back, want); got != a {
					t.Fatalf("%v to %v: the way back of %v is %v", from, to, a, got)
				}
			}
		}
	})
}

func TestPairKeepsWhatItIsGiven(t *testing.T) {
	from, to := runs("10.0.0.1", "10.0.0.5"), runs("192.0.2.1", "192.0.2.2")
	pair(from, to)
	if diff := cmp.Diff(runs("10.0.0.1", "10.0.0.5"), from, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}
