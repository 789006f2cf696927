package packet_test

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Widest against counting by hand: a few sources and destinations, each pair
// with port ranges of its own.
func TestWidestCountsAsByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := packet.NewUniverse(packet.Space{Nodes: 1_000_000})
		s := u.None()
		open := map[[2]netip.Addr]map[int]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "rules") {
			src := netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(0, 2).Draw(t, "src"))})
			dst := netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(0, 2).Draw(t, "dst"))})
			first := rapid.IntRange(0, 65535).Draw(t, "first")
			last := rapid.IntRange(first, 65535).Draw(t, "last")
			box := u.Box(packet.Addresses(packet.Src, packet.OneAddr(src))).Where(packet.Addresses(packet.Dst, packet.OneAddr(dst))).
				Where(packet.Number(packet.Protocol, uint32(packet.TCP))).
				Where(packet.Numbers(packet.DstPort, packet.Range{First: uint32(first), Last: uint32(last)})).
				Where(packet.Number(packet.SrcPort, uint32(first)))
			s = s.Or(box.And(u.Unknown("whatever", packet.Fixed)))
			pair := [2]netip.Addr{src, dst}
			if open[pair] == nil {
				open[pair] = map[int]bool{}
			}
			for p := first; p <= last; p++ {
				open[pair][p] = true
			}
		}
		want := 0
		for _, ports := range open {
			want = max(want, len(ports))
		}
		got := 0
		widest := s.Widest()
		rs, _ := widest.Ranges(packet.DstPort, 100)
		for _, r := range rs {
			got += int(r.Last-r.First) + 1
		}
		if got != want {
			t.Fatalf("%d ports, want %d: %v", got, want, rs)
		}
		if !s.Covers(widest) {
			t.Error("Widest adds packets")
		}
		srcs, _ := widest.AddrRanges(packet.Src, 4)
		if want > 0 && (len(srcs) != 1 || srcs[0].First != srcs[0].Last) {
			t.Errorf("more than one source: %v", srcs)
		}
	})
}

func TestWidestOfNothing(t *testing.T) {
	u := packet.NewUniverse(packet.Space{Nodes: 1000})
	if !u.None().Widest().IsEmpty() {
		t.Error("nothing has ports")
	}
	rs, _ := u.All().Widest().Ranges(packet.DstPort, 4)
	if !slices.Equal(rs, []packet.Range{{First: 0, Last: 65535}}) {
		t.Errorf("all packets have ports %v", rs)
	}
}
