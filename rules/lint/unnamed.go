package lint

import (
	"fmt"
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
)

// strangers are addresses to try as one that no rule names: hosts as networks
// behind firewalls have them.
var strangers = []string{
	"10.20.30.40", "192.168.77.40", "172.20.30.40", "192.0.2.40", "198.51.100.40", "203.0.113.40", "10.77.88.99", "172.29.88.99", "192.168.211.99", "100.99.88.77",
	"fd00:77:88::99", "2001:db8:77:88::99",
}

// unnamed returns an address of each family that no rule names in field f; all
// addresses of a family where rules name each of those tried.
func (p *Pass) unnamed(f packet.Field) []packet.AddrRange {
	var out []packet.AddrRange
	for _, v := range versions {
		family := packet.PrefixRange(v.all)
		found := family
		for _, s := range strangers {
			a := netip.MustParseAddr(s)
			if a.Is4() == family.First.Is4() && !p.isNamed(f, a) {
				found = packet.OneAddr(a)
				break
			}
		}
		out = append(out, found)
	}
	return out
}

// findAnywhere finds the IP versions, if MOVEit's addresses are taken from the
// configuration, in which that has rules and tells no address of MOVEit's: there
// it may be any host.
func (p *Pass) findAnywhere() {
	if p.Roles.Declared || len(p.Roles.Nodes) == 0 || p.Roles.View == roles.Host {
		return
	}
	for _, v := range versions {
		if p.isUncovered(v) || p.hasNode(v) {
			continue
		}
		p.anywhere = append(p.anywhere, v)
		p.Roles.Assumptions = append(p.Roles.Assumptions,
			fmt.Sprintf("in %s MOVEit may be any destination behind the firewall: nothing tells its address there", v.name))
	}
}

// strangersTo returns the addresses that MOVEit may have where nothing tells: all
// of them for a question about one service, else one that no rule names.
func (p *Pass) strangersTo(d Direction, all bool) []packet.AddrRange {
	f := packet.Dst
	if d == Outbound {
		f = packet.Src
	}
	var out []packet.AddrRange
	for _, v := range p.anywhere {
		if all {
			out = append(out, packet.PrefixRange(v.all))
			continue
		}
		for _, r := range p.unnamed(f) {
			if v.holds(r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// isNamed reports whether a condition of some rule holds for an address: whether
// the rules speak of it.
func (p *Pass) isNamed(f packet.Field, a netip.Addr) bool {
	flow := packet.Flow{Src: a, Dst: a, Lost: ^packet.Fields(f, packet.Family)}
	for _, c := range p.Device.Chains {
		for _, r := range c.Rules {
			for _, t := range r.Match {
				if t.Boxes == nil || t.Negated || len(t.Boxes.Fields()) != 1 || t.Boxes.Fields()[0] != f {
					continue
				}
				if t.Boxes.Holds(&flow) == packet.True {
					return true
				}
			}
		}
	}
	return false
}

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
