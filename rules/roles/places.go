package roles

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// place is some hosts and the side that they are on. Each host has its own: that
// one is found says nothing of the next.
type place struct {
	hosts []packet.AddrRange
	side  Side
	open  bool // nothing tells of it: the side is all that do not look to the Internet
}

// findInner settles which interfaces lead to MOVEit: those of every node.
func (r *Roles) findInner(d *rules.Device, told []site.Interface) {
	switch {
	case r.View == Host:
		return
	case len(r.Nodes) > 0:
		r.places = r.placesOf(d, told, r.Nodes, r.declared("dmz", told))
		r.Inner = sideOf(r.places)
		r.statePlaces()
		return
	}
	if r.Inner.Names = r.declared("dmz", told); len(r.Inner.Names) == 0 {
		if r.Inner = r.notOutside(d); !r.Inner.Uncertain && len(r.Inner.Names) == 1 {
			r.assume("MOVEit is behind interface %s: every other one looks to the Internet", r.Inner.Names[0])
		}
	}
	r.stateRest(r.Inner)
}

// InnerOf returns the interfaces that lead to some of the nodes.
func (r *Roles) InnerOf(nodes []packet.AddrRange) Side {
	var of []place
	for _, p := range r.places {
		if len(within(p.hosts, nodes)) > 0 {
			of = append(of, p)
		}
	}
	if len(of) == 0 {
		return r.Inner
	}
	return sideOf(of)
}

// Sent returns the packets that nodes send: each by the interfaces of its own place,
// others by those of near. It returns nil where no place is known.
func (r *Roles) Sent(nodes []packet.AddrRange, near Side) *packet.Boxes {
	var parts []*packet.Boxes
	add := func(hosts []packet.AddrRange, s Side) {
		if len(hosts) > 0 {
			parts = append(parts, packet.Product(packet.Addresses(packet.Src, hosts...), s.Boxes(packet.In)))
		}
	}
	for _, p := range r.places {
		if p.side.Uncertain || len(p.side.Names) == 0 {
			return nil
		}
		add(within(nodes, p.hosts), p.side)
		nodes = site.Without(nodes, p.hosts)
	}
	if len(parts) == 0 || len(near.Names) == 0 {
		return nil
	}
	add(nodes, near)
	return packet.Union(parts...)
}

// Behind returns the interfaces that lead to hosts other than MOVEit's nodes.
func (r *Roles) Behind(d *rules.Device, told []site.Interface, hosts []packet.AddrRange) Side {
	if len(hosts) == 0 {
		return r.notOutside(d)
	}
	return sideOf(r.placesOf(d, told, hosts, nil))
}

// placesOf returns where hosts are: as the profile tells by the networks and
// routes of the device's interfaces; else as the device's own do; else as zones do,
// with what rules name together to decide between them; else by what rules name
// together alone; else any interface that does not look to the Internet. Usual are
// the interfaces on which such hosts are where no zone's network holds them, or
// several interfaces share the network that does.
func (r *Roles) placesOf(d *rules.Device, told []site.Interface, hosts []packet.AddrRange, usual []string) []place {
	out, left := routed(told, hosts)
	own, left := r.owned(d, left, usual)
	out = append(out, own...)
	for _, h := range left {
		inZones, rest := r.zoned(told, []packet.AddrRange{h})
		for _, p := range inZones {
			if len(usual) > 0 && !r.isOf("dmz", p.hosts) && !slices.Equal(p.side.Names, usual) {
				// Networks of an inside often hold the DMZ's too.
				p.side = Side{Names: union(p.side.Names, usual), Uncertain: true}
			}
			out = append(out, r.confirm(d, p))
		}
		for _, h := range rest {
			p := place{hosts: []packet.AddrRange{h}}
			if z, _ := r.Profile.Zone("dmz"); len(z.Networks) == 0 {
				p.side.Names = usual
			}
			out = append(out, r.confirm(d, p))
		}
	}
	return out
}

// confirm compares a side with the interfaces that rules name together with its
// hosts. They settle one that is not known, and throw doubt on one that is of
// none of them.
func (r *Roles) confirm(d *rules.Device, p place) place {
	written := writtenWith(d, p.hosts, r.Outside)
	among := slices.DeleteFunc(slices.Clone(written), func(n string) bool { return !covers(p.side.Names, n) })
	switch {
	case len(p.side.Names) == 0 && len(written) == 1:
		p.side.Names = written
		r.assumeOf(p, "is behind interface "+written[0]+": rules name the two together")
	case len(p.side.Names) == 0:
		p.open = true
		if p.side = r.notOutside(d); !p.side.Uncertain && len(p.side.Names) == 1 {
			r.assumeOf(p, "is behind interface "+p.side.Names[0]+": every other one looks to the Internet")
		}
	case p.side.Uncertain && len(among) == 1 && len(written) == 1:
		p.side = Side{Names: among}
		r.assumeOf(p, "is behind interface "+among[0]+": rules name the two together")
	case len(written) > len(among):
		p.side = Side{Names: union(p.side.Names, written), Uncertain: true}
	}
	return p
}

// routed returns where the longest networks and routes of interfaces lead, and
// the hosts that none holds. A default route tells of no host where it is.
func routed(told []site.Interface, hosts []packet.AddrRange) (places []place, left []packet.AddrRange) {
	t := table{}
	for _, i := range told {
		for _, p := range slices.Concat(i.Addresses, i.Routes) {
			if p.Bits() > 0 {
				t.add(p, i.Name)
			}
		}
	}
	return t.lay().longest(hosts)
}

// zoned returns in which zones' networks hosts are, where it is known by which
// interfaces those are reached, and the other hosts.
func (r *Roles) zoned(told []site.Interface, hosts []packet.AddrRange) (places []place, left []packet.AddrRange) {
	names := table{}
	for _, z := range r.Profile.Zones {
		if z.Name == "internet" {
			continue
		}
		for _, n := range z.Networks {
			if of := r.declared(z.Name, told); len(of) > 0 {
				names[n.Masked()] = union(names[n.Masked()], of)
			}
		}
	}
	return names.lay().longest(hosts)
}

// isOf reports whether a zone's networks hold all of some hosts.
func (r *Roles) isOf(zone string, hosts []packet.AddrRange) bool {
	z, _ := r.Profile.Zone(zone)
	for _, n := range z.Networks {
		hosts = site.Without(hosts, []packet.AddrRange{packet.PrefixRange(n.Masked())})
	}
	return len(hosts) == 0
}

// sideOf returns the interfaces of all places. It is certain if each is.
func sideOf(places []place) Side {
	var s Side
	for _, p := range places {
		s.Names, s.Uncertain = union(s.Names, p.side.Names), s.Uncertain || p.side.Uncertain
	}
	return s
}

// statePlaces states of which nodes it is not known where they are.
func (r *Roles) statePlaces() {
	for _, p := range r.places {
		switch {
		case !p.side.Uncertain:
		case p.open:
			r.stateRest(p.side)
		default:
			r.assumeOf(p, "is behind one of the interfaces "+strings.Join(p.side.Names, ", ")+": what tells of it does not agree")
		}
	}
}

func (r *Roles) stateRest(s Side) {
	const text = "MOVEit may be behind any interface that does not look to the Internet"
	if s.Uncertain && len(s.Names) > 1 && !slices.Contains(r.Assumptions, text) {
		r.assume(text)
	}
}

// assumeOf states something of hosts, by their addresses if MOVEit has others.
// Of other hosts than MOVEit's nothing is stated.
func (r *Roles) assumeOf(p place, what string) {
	switch {
	case len(within(r.Nodes, p.hosts)) == 0:
	case len(site.Without(r.Nodes, p.hosts)) == 0:
		r.assume("MOVEit %s", what)
	default:
		r.assume("MOVEit at %s %s", Describe(p.hosts), what)
	}
}

// notOutside returns the interfaces of a device but for those that surely look
// to the Internet.
func (r *Roles) notOutside(d *rules.Device) Side {
	if r.Outside.Uncertain {
		return anyOf(d, nil)
	}
	return anyOf(d, r.Outside.Names)
}

// within returns the addresses of rs that are among others.
func within(rs, others []packet.AddrRange) []packet.AddrRange {
	return site.Without(rs, site.Without(rs, others))
}

func union(names, more []string) []string {
	out := slices.Clone(names)
	for _, n := range more {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// covers reports whether names, or the starts of names, hold one.
func covers(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		start, wide := strings.CutSuffix(n, "+")
		return n == name || wide && strings.HasPrefix(name, start)
	})
}

// Zone returns the interfaces of a declared zone, empty if they are not told.
func (r *Roles) Zone(name string, told []site.Interface) Side {
	return Side{Names: r.declared(name, told)}
}
