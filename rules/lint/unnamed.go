package lint

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// strangers are addresses to try as one that no rule names: hosts as networks
// behind firewalls have them.
var strangers = []string{
	"10.20.30.40", "192.168.77.40", "172.20.30.40", "192.0.2.40", "198.51.100.40", "203.0.113.40", "10.77.88.99", "172.29.88.99", "192.168.211.99", "100.99.88.77",
	"fd00:77:88::99", "2001:db8:77:88::99",
}

// unnamed returns an address of each family that no rule names in field f; all
// addresses of a family where rules name each of those tried. Where it is known
// where each address is reached, it is one behind each interface to MOVEit.
func (p *Pass) unnamed(f packet.Field) []packet.AddrRange {
	var out []packet.AddrRange
	for _, v := range versions {
		if behind := p.unnamedBehind(f, v); len(behind) > 0 {
			out = append(out, behind...)
			continue
		}
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

// unnamedBehind returns an address of a family behind each interface that may lead
// to MOVEit, which no rule names; all behind it where rules name each of those
// tried. It returns none if there may be routes that are not told.
func (p *Pass) unnamedBehind(f packet.Field, v version) []packet.AddrRange {
	if !p.Device.AllRoutes {
		return nil
	}
	var out []packet.AddrRange
	for _, name := range p.Roles.Inner.Names {
		var all []packet.AddrRange
		found := false
		for _, r := range site.Without(p.Roles.ReachedBy(name), p.Device.Local()) {
			if !v.holds(r) || found {
				continue
			}
			all = append(all, r)
			for _, a := range hostsOf(r) {
				if found = !p.isNamed(f, a); found {
					out = append(out, packet.OneAddr(a))
					break
				}
			}
		}
		if !found {
			out = append(out, all...)
		}
	}
	return out
}

// hostsOf returns addresses in a range to try: those of strangers, and some at its
// end, but for the very last, which may be that of a broadcast.
func hostsOf(r packet.AddrRange) []netip.Addr {
	const most = 40
	var out []netip.Addr
	for _, s := range strangers {
		if a := netip.MustParseAddr(s); r.Contains(a) {
			out = append(out, a)
		}
	}
	for a := r.Last; a != r.First && len(out) < most; {
		a = a.Prev()
		out = append(out, a)
	}
	return append(out, r.Last)
}

// carries reports whether the device has an address or a route of an IP version, as
// far as that is known: else no packet of it gets anywhere.
func (p *Pass) carries(v version) bool {
	d := p.Device
	if !d.AllRoutes || !d.AllInterfaces {
		return true
	}
	is := func(x netip.Prefix) bool { return x.Addr().Is4() == v.src.Is4() }
	return slices.ContainsFunc(d.Routes, func(r rules.Route) bool { return is(r.To) }) ||
		slices.ContainsFunc(d.Interfaces, func(i rules.Interface) bool {
			return i.Dynamic && v.src.Is4() || slices.ContainsFunc(i.Addrs, is)
		})
}

// findAnywhere finds the IP versions, if MOVEit's addresses are taken from the
// configuration, in which that has rules and tells no address of MOVEit's: there
// it may be any host.
func (p *Pass) findAnywhere() {
	if p.Roles.Declared || len(p.Roles.Nodes) == 0 || p.Roles.View == roles.Host {
		return
	}
	for _, v := range versions {
		if p.isUncovered(v) || p.hasNode(v) || !p.carries(v) {
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
				if t.Boxes.Holds(&flow) == packet.True && !holdsAny(t.Boxes, a) {
					return true
				}
			}
		}
	}
	return false
}

// holdsAny reports whether boxes hold every address of the family of a.
func holdsAny(b *packet.Boxes, a netip.Addr) bool {
	rs, ok := b.AddrRanges()
	return ok && slices.ContainsFunc(rs, func(r packet.AddrRange) bool {
		return r.Contains(a) && r.First.IsUnspecified() && !r.Last.Next().IsValid()
	})
}

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
