package roles

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// TestLayout compares the longest network of each address with a search for it.
func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := table{}
		for i := range rapid.IntRange(0, 12).Draw(t, "networks") {
			// The ends of the address space, and what nests there.
			base := rapid.SampledFrom([]string{"0.0.0.0", "0.0.0.8", "10.0.0.0", "10.0.0.4", "10.0.0.7", "255.255.255.252", "255.255.255.255"}).Draw(t, "base")
			p := netip.PrefixFrom(netip.MustParseAddr(base), rapid.SampledFrom([]int{0, 8, 24, 28, 29, 30, 31, 32}).Draw(t, "bits"))
			tab.add(p, fmt.Sprint("if", i))
		}
		l := tab.lay()
		for _, s := range []string{"0.0.0.0", "0.0.0.9", "10.0.0.3", "10.0.0.5", "10.0.0.7", "10.1.2.3", "11.0.0.0", "255.255.255.254", "255.255.255.255", "2001:db8::1"} {
			a := netip.MustParseAddr(s)
			var best netip.Prefix
			for p := range tab {
				if p.Contains(a) && (!best.IsValid() || p.Bits() > best.Bits()) {
					best = p
				}
			}
			places, left := l.longest([]packet.AddrRange{packet.OneAddr(a)})
			switch {
			case !best.IsValid() && (len(places) > 0 || len(left) != 1):
				t.Fatalf("%s: got %v, left %v; want none", a, places, left)
			case best.IsValid() && (len(places) != 1 || len(left) > 0 || fmt.Sprint(places[0].side.Names) != fmt.Sprint(tab[best])):
				t.Fatalf("%s: got %v, left %v; want %v", a, places, left, tab[best])
			}
		}
		all := packet.PrefixRange(netip.MustParsePrefix("0.0.0.0/0"))
		places, left := l.longest([]packet.AddrRange{all})
		for _, p := range places {
			left = append(left, p.hosts...)
		}
		total := 0
		for _, r := range left {
			total += number(r.Last) - number(r.First) + 1
		}
		if total != 1<<32 {
			t.Fatalf("the parts have %d addresses", total)
		}
	})
}

func number(a netip.Addr) int {
	b := a.As4()
	return int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
}
