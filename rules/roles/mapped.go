package roles

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// translations returns the rules that translate destinations to addresses that
// are known.
func translations(d *rules.Device) []*rules.Rule {
	var out []*rules.Rule
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if nat := r.Action.NAT; nat != nil && (len(nat.Dst.Addrs) > 0 || nat.Dst.Network.IsValid()) && !nat.Dst.Lost && !nat.Dst.ToSelf {
				out = append(out, r)
			}
		}
	}
	return out
}

// inReality returns addresses with those that are only known by translation, as
// clients do, replaced by where it leads them, and whether there were any.
func inReality(d *rules.Device, found []packet.AddrRange) (addrs []packet.AddrRange, moved bool) {
	list := translations(d)
	if len(list) == 0 {
		return found, false
	}
	for _, a := range found {
		to := []packet.AddrRange{a}
		if !slices.ContainsFunc(list, func(r *rules.Rule) bool { return leadsTo(r, a) }) {
			to = ledTo(list, a)
		}
		if len(to) == 0 {
			to = []packet.AddrRange{a}
		}
		moved = moved || to[0] != a
		addrs = append(addrs, to...)
	}
	return tidy(addrs), moved
}

// leadsTo reports whether a rule translates destinations to some of the addresses.
func leadsTo(r *rules.Rule, a packet.AddrRange) bool {
	to := slices.Clone(r.Action.NAT.Dst.Addrs)
	if n := r.Action.NAT.Dst.Network; n.IsValid() {
		to = append(to, packet.PrefixRange(n.Masked()))
	}
	return len(within([]packet.AddrRange{a}, to)) > 0
}

// ledTo returns where rules translate destinations to. Of several that translate
// the same addresses it is those for the web port, else for every port, else for
// the other ports of MOVEit.
func ledTo(list []*rules.Rule, a packet.AddrRange) []packet.AddrRange {
	for _, is := range []func(*rules.Rule) bool{
		func(r *rules.Rule) bool { return translates(r, 443) },
		func(r *rules.Rule) bool { return !asksForPorts(r) },
		func(r *rules.Rule) bool { return translates(r, 21) || translates(r, 22) || translates(r, 990) },
		asksForPorts,
	} {
		var to []packet.AddrRange
		for _, r := range list {
			if is(r) && speaksOf(r.Match, packet.Dst, []packet.AddrRange{a}) {
				to = append(to, image(&r.Action.NAT.Dst, a)...)
			}
		}
		if len(to) > 0 {
			return to
		}
	}
	return nil
}

// image returns what a translation makes of addresses.
func image(w *packet.Rewrite, a packet.AddrRange) []packet.AddrRange {
	if !w.Network.IsValid() && !w.Shift.IsValid() {
		return w.Addrs
	}
	bare := *w
	bare.Ports = nil
	move := func(old netip.Addr) netip.Addr {
		f := packet.Flow{Src: old, Dst: old}
		f.Rewrite(packet.Destination, &bare, nil)
		return f.Dst
	}
	return []packet.AddrRange{{First: move(a.First), Last: move(a.Last)}}
}

// asksForPorts reports whether a rule is for some destination ports.
func asksForPorts(r *rules.Rule) bool {
	return slices.ContainsFunc(r.Match, func(t rules.Term) bool {
		return t.Boxes != nil && slices.Contains(t.Boxes.Fields(), packet.DstPort)
	})
}

// isServer reports whether address translation leads clients of MOVEit's services,
// or of all, to some of the addresses.
func isServer(list []*rules.Rule, addrs []packet.AddrRange) bool {
	return slices.ContainsFunc(list, func(r *rules.Rule) bool {
		if asksForPorts(r) && !slices.ContainsFunc([]uint16{21, 22, 443, 990}, func(p uint16) bool { return translates(r, p) }) {
			return false
		}
		return slices.ContainsFunc(addrs, func(a packet.AddrRange) bool { return leadsTo(r, a) })
	})
}
