package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// targets returns what clients have to reach, one group of addresses of an IP
// version for each: every address of it, or it is not sure. An empty group is the
// host itself, of which no address is declared.
//
// In front of MOVEit each node is one. A host has some of the nodes' addresses:
// those that are told to be its own, else it may be any of them.
func (p *Pass) targets() [][]packet.AddrRange {
	var out [][]packet.AddrRange
	switch {
	case p.Roles.View != roles.Host:
		for _, node := range each(site.Without(p.Roles.Nodes, p.elsewhere)) {
			out = append(out, []packet.AddrRange{node})
		}
	case len(p.Roles.Nodes) == 0:
		return [][]packet.AddrRange{nil}
	default:
		own := p.own()
		mine := slices.DeleteFunc(each(p.Roles.Nodes), func(n packet.AddrRange) bool {
			return !slices.ContainsFunc(own, func(o packet.AddrRange) bool { return n.Contains(o.First) })
		})
		for _, f := range []families{ipv4, ipv6} {
			nodes := ofFamilies(p.Roles.Nodes, f)
			told := ofFamilies(mine, f)
			switch {
			case len(told) > 0:
				for _, n := range told {
					out = append(out, []packet.AddrRange{n})
				}
			case len(nodes) > 0 && (len(mine) == 0 || len(ofFamilies(own, f)) == 0):
				out = append(out, nodes)
			}
		}
	}
	return out
}

// each takes ranges apart into their addresses. Wide ones stay as they are.
func each(rs []packet.AddrRange) []packet.AddrRange {
	const wide = 16
	var out []packet.AddrRange
	for _, r := range rs {
		var list []packet.AddrRange
		for a := r.First; len(list) <= wide; a = a.Next() {
			list = append(list, packet.OneAddr(a))
			if a == r.Last {
				break
			}
		}
		if len(list) > wide {
			list = []packet.AddrRange{r}
		}
		out = append(out, list...)
	}
	return out
}
