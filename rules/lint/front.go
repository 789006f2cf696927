package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// through returns the needs of a flow where clients reach a load balancer or a
// gateway instead of the nodes: to open the nodes to them, too, would go past it.
// It returns none where none is declared.
func (p *Pass) through(f moveit.Flow) []Need {
	var out []Need
	if p.Roles.View == roles.Host {
		return nil // the filter of another machine
	}
	for _, front := range []struct{ service, name string }{{"gateway", "the gateway"}, {"load-balancer", "the load balancer"}} {
		s := p.Roles.Profile.Service(front.service)
		hosts := site.Ranges(s.Servers)
		if s.State != site.On || len(hosts) == 0 {
			continue
		}
		for _, version := range []families{ipv4, ipv6} {
			nodes := ofFamilies(hosts, version)
			if len(nodes) == 0 {
				continue
			}
			n := p.need(Need{Flow: f, Nodes: nodes, Front: front.name})
			if n.State == NeedMet && !p.besideNodes(p.Roles.Behind(p.Device, p.Told, nodes)) {
				n.State, n.Missing, n.Reason = NeedUnclear, f.Ports, "whether "+front.name+" reaches MOVEit"
			}
			out = append(out, n)
		}
		return out // a load balancer behind a gateway is not for clients
	}
	return nil
}

// besideNodes reports whether hosts on a side surely reach the nodes without
// crossing the device.
func (p *Pass) besideNodes(s roles.Side) bool {
	inner := p.Roles.Inner
	return !s.Uncertain && !inner.Uncertain && len(s.Names) == 1 && slices.Equal(s.Names, inner.Names)
}

// questionOf returns the packets between a zone and those whom a need is about, by
// the interfaces that lead to these: what reaches another node is no use to them.
func (p *Pass) questionOf(n *Need, d Direction, zone string) eval.Question {
	switch {
	case p.Roles.View == roles.Host:
		return p.Question(d, zone)
	case n.Front == "":
		return p.question(d, zone, p.Roles.Addresses(), p.Roles.InnerOf(n.Nodes))
	}
	return p.question(d, zone, slices.Concat(n.Nodes, p.publishedFor(n.Nodes)), p.Roles.Behind(p.Device, p.Told, n.Nodes))
}
