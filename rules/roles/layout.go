package roles

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// layout is a table laid out: runs of addresses in order, each with the longest
// network that holds it. It is made in little more time than the table has
// networks, however many those are.
type layout []run

// run is a run of addresses.
type run struct {
	packet.AddrRange
	network netip.Prefix
	names   []string // the interfaces by which it is reached
}

// lay lays out a table.
func (t table) lay() layout {
	networks := make([]netip.Prefix, 0, len(t))
	for p := range t {
		networks = append(networks, p)
	}
	slices.SortFunc(networks, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	var out layout
	var open []run // networks that hold each other, the longest last
	var next netip.Addr
	emit := func(r run, last netip.Addr) {
		if next.IsValid() && !last.Less(next) {
			out = append(out, run{packet.AddrRange{First: next, Last: last}, r.network, r.names})
		}
	}
	closeUntil := func(first netip.Addr) {
		for len(open) > 0 && (!first.IsValid() || open[len(open)-1].Last.Less(first)) {
			r := open[len(open)-1]
			open = open[:len(open)-1]
			emit(r, r.Last)
			next = r.Last.Next()
		}
	}
	for _, p := range networks {
		closeUntil(p.Addr())
		if len(open) > 0 && next != p.Addr() {
			emit(open[len(open)-1], p.Addr().Prev())
		}
		open = append(open, run{packet.PrefixRange(p), p, t[p]})
		next = p.Addr()
	}
	closeUntil(netip.Addr{})
	return out
}

// longest gives each host the interfaces of the longest network that holds it; the
// longest networks first.
func (l layout) longest(hosts []packet.AddrRange) (places []place, left []packet.AddrRange) {
	at := map[netip.Prefix]int{}
	var networks []netip.Prefix
	for _, h := range hosts {
		i, _ := slices.BinarySearchFunc(l, h.First, func(r run, a netip.Addr) int { return r.Last.Compare(a) })
		for ; i < len(l) && !h.Last.Less(l[i].First); i++ {
			r := &l[i]
			if h.First.Less(r.First) {
				left = append(left, packet.AddrRange{First: h.First, Last: r.First.Prev()})
				h.First = r.First
			}
			n, known := at[r.network]
			if !known {
				n = len(places)
				at[r.network] = n
				places, networks = append(places, place{side: Side{Names: r.names}}), append(networks, r.network)
			}
			part := packet.AddrRange{First: h.First, Last: h.Last}
			if r.Last.Less(h.Last) {
				part.Last = r.Last
			}
			places[n].hosts = append(places[n].hosts, part)
			h.First = part.Last.Next()
			if !h.First.IsValid() {
				break
			}
		}
		if h.First.IsValid() && !h.Last.Less(h.First) {
			left = append(left, h)
		}
	}
	return sortByLength(places, networks), left
}

// sortByLength sorts places by their networks, the longest first.
func sortByLength(places []place, networks []netip.Prefix) []place {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if d := networks[j].Bits() - networks[i].Bits(); d != 0 {
			return d
		}
		return networks[i].Addr().Compare(networks[j].Addr())
	})
	var out []place
	for _, i := range order {
		out = append(out, places[i])
	}
	return out
}

// ReachedBy returns the addresses that the device reaches by an interface, as its
// own networks and routes tell.
func (r *Roles) ReachedBy(name string) []packet.AddrRange {
	var out []packet.AddrRange
	for i := range r.own {
		if x := &r.own[i]; slices.Contains(x.names, name) {
			out = append(out, x.AddrRange)
		}
	}
	return out
}
