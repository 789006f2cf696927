package roles

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// table holds by which interfaces networks are reached, as the networks and
// routes of a device tell.
type table map[netip.Prefix][]string

func (t table) add(p netip.Prefix, name string) {
	if name != "" && !slices.Contains(t[p.Masked()], name) {
		t[p.Masked()] = append(t[p.Masked()], name)
	}
}

// tableOf returns where the device's own networks and routes lead. A default
// route tells of a host where it is only if no other routes are to be expected.
func tableOf(d *rules.Device) table {
	t, closed := table{}, map[string]bool{}
	for _, i := range d.Interfaces {
		closed[i.Name] = i.Closed
		for _, p := range i.Addrs {
			if !i.Closed {
				t.add(p, i.Name)
			}
		}
	}
	for _, route := range d.Routes {
		if !closed[route.Out] && (route.To.Bits() > 0 || d.AllRoutes) {
			t.add(route.To, route.Out)
		}
	}
	return t
}

// zoneTable returns where the device's own networks and routes lead, as far as
// that tells where a zone is: the network on an interface to the Internet, which
// may be a private one, and the default route there hold addresses of zones by
// accident.
func (r *Roles) zoneTable(d *rules.Device) table {
	t, routes := tableOf(d), map[netip.Prefix]bool{}
	for _, x := range d.Routes {
		routes[x.To.Masked()] = true
	}
	outside := func(name string) bool { return !r.Outside.Uncertain && covers(r.Outside.Names, name) }
	for p, names := range t {
		accident := p.Bits() == 0 && (r.Outside.Uncertain || slices.ContainsFunc(names, outside))
		if accident || !routes[p] && !slices.ContainsFunc(names, func(n string) bool { return !outside(n) }) {
			delete(t, p)
		}
	}
	return t
}

// findZones finds the interfaces of the zones that the profile declares by their
// networks alone: those by which the device reaches these.
func (r *Roles) findZones(d *rules.Device, told []site.Interface) {
	t := r.zoneTable(d).lay()
	if len(t) == 0 {
		return
	}
	found := map[string][]string{}
	for _, z := range r.Profile.Zones {
		if z.Name == "internet" || len(z.Networks) == 0 || len(r.declared(z.Name, told)) > 0 {
			continue
		}
		others := r.ofOthers(z.Name, told)
		names, all := r.reach(d, t, z.Name, others)
		if len(names) == 0 {
			continue
		}
		found[z.Name] = names
		switch {
		case !all:
			r.assume("zone %s may be behind any of the interfaces %s: not all of its networks are routed", z.Name, strings.Join(names, ", "))
		case len(names) == 1:
			r.assume("zone %s is behind interface %s: its networks are routed there", z.Name, names[0])
		default:
			r.assume("zone %s is behind the interfaces %s: its networks are routed there", z.Name, strings.Join(names, ", "))
		}
	}
	r.zones = found
}

// ofOthers returns the interfaces that the profile declares to be of other zones.
func (r *Roles) ofOthers(zone string, told []site.Interface) []string {
	var names []string
	for _, z := range r.Profile.Zones {
		if z.Name != zone {
			names = union(names, r.declared(z.Name, told))
		}
	}
	for _, i := range told {
		if i.Zone != "" && i.Zone != zone {
			names = union(names, []string{i.Name})
		}
	}
	return names
}

// reach returns by which interfaces the device reaches the networks of a zone, no
// matter how much of them; none where that is not known. All says that it is
// known of all.
//
// Private addresses to which no route leads are nobody's if all routes are told;
// else they may be reached by any interface that does not look to the Internet, if
// all of those are told.
func (r *Roles) reach(d *rules.Device, t layout, zone string, others []string) (names []string, all bool) {
	ranges, _ := r.Profile.ZoneRanges(zone)
	places, left := t.longest(ranges)
	for _, p := range places {
		for _, n := range p.side.Names {
			if !covers(others, n) {
				names = union(names, []string{n})
			}
		}
	}
	switch {
	case len(names) == 0 || len(within(left, site.Internet())) > 0:
		return nil, false
	case len(left) == 0 || d.AllRoutes:
		return names, true
	case !d.AllInterfaces || r.Outside.Uncertain:
		return nil, false
	}
	inner := slices.DeleteFunc(r.notOutside(d).Names, func(n string) bool { return covers(others, n) })
	return union(names, inner), false
}

// owned returns where the device's own networks and routes say that hosts are,
// and the other hosts. Of interfaces that share a network, as those of a bridge do,
// it is the usual ones: the device does not know on which of them a host is.
func (r *Roles) owned(d *rules.Device, hosts []packet.AddrRange, usual []string) (places []place, left []packet.AddrRange) {
	places, left = r.own.longest(hosts)
	for i := range places {
		p := &places[i]
		among := slices.DeleteFunc(slices.Clone(p.side.Names), func(n string) bool { return !covers(usual, n) })
		switch {
		case len(p.side.Names) == 1:
			r.assumeOf(*p, "is behind interface "+p.side.Names[0]+": it is routed there")
		case len(among) > 0 && share(d, p.side.Names, p.hosts):
			p.side.Names = among
			r.assumeOf(*p, "is behind "+strings.Join(among, ", ")+", as the site profile says, and not behind another interface with the same network")
		default:
			r.assumeOf(*p, "is behind the interfaces "+strings.Join(p.side.Names, ", ")+": it is routed there")
		}
	}
	return places, left
}

// Holds reports whether an address, or where the device translates it to, is behind
// an interface of the device that does not look to the Internet, as its own networks
// and routes tell. A default route tells it of no address.
func Holds(d *rules.Device, a packet.AddrRange) bool {
	t := tableOf(d)
	for p, names := range t {
		outside := func(n string) bool {
			return slices.ContainsFunc(d.Interfaces, func(i rules.Interface) bool { return i.Name == n && i.Facing == rules.Outside })
		}
		if p.Bits() == 0 || !slices.ContainsFunc(names, func(n string) bool { return !outside(n) }) {
			delete(t, p)
		}
	}
	nodes, _ := inReality(d, []packet.AddrRange{a})
	_, left := t.lay().longest(nodes)
	return len(left) == 0
}

// share reports whether hosts are on a network that all of some interfaces have.
func share(d *rules.Device, names []string, hosts []packet.AddrRange) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(d.Interfaces, func(i rules.Interface) bool {
			return i.Name == name && slices.ContainsFunc(i.Addrs, func(p netip.Prefix) bool {
				return len(within(hosts, []packet.AddrRange{packet.PrefixRange(p.Masked())})) == len(hosts)
			})
		})
	})
}
