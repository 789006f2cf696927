package roles

import (
	"maps"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// maxSpread is how many addresses evidence may name: a rule for a whole network
// says nothing of one host.
const maxSpread = 256

func isMOVEit(s string) bool { return strings.Contains(strings.ToLower(s), "moveit") }

// namedDefinitions returns the addresses of sets and groups that are called
// after MOVEit.
func namedDefinitions(d *rules.Device) []packet.AddrRange {
	var out []packet.AddrRange
	for i := range d.Definitions {
		if x := &d.Definitions[i]; isMOVEit(x.Name) && !holdsPeers(d, x) {
			out = append(out, x.Addrs...)
		}
	}
	return tidy(out)
}

// holdsPeers reports whether a definition is used for those with whom MOVEit
// speaks, and never for MOVEit itself: as the destination of packets from some
// host, or as the source of packets to one. To open connections to some host is
// what MOVEit does, too, so that nobody to whom translation leads its clients is
// taken for a peer by that.
func holdsPeers(d *rules.Device, x *rules.Definition) bool {
	fromHost, server := chainsFromHosts(d), isServer(translations(d), x.Addrs)
	peers, others := false, false
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			for i := range r.Match {
				t := &r.Match[i]
				if t.Origin == nil || t.Boxes == nil || !slices.Contains(t.Origin.From, x.Span) {
					continue
				}
				rest := slices.Delete(slices.Clone(r.Match), i, i+1)
				far := len(tidy(addresses(rest, packet.Src))) > 0 || fromHost[c]
				if slices.Contains(t.Boxes.Fields(), packet.Src) {
					far = !server && len(tidy(addresses(rest, packet.Dst))) > 0
				}
				peers, others = peers || far, others || !far
			}
		}
	}
	return peers && !others
}

// namedRules returns the destinations of rules that name MOVEit, in a comment
// or by their chain; where a chain is called by one, of the calls too. Rules for
// packets from some host speak of where MOVEit connects to, and are left out; so
// are those for packets that come in where hosts are which others name.
func namedRules(d *rules.Device) []packet.AddrRange {
	fromHost, by := chainsFromHosts(d), chainsByInterface(d)
	var out []packet.AddrRange
	inner := map[string][]packet.AddrRange{} // by the interface by which the packets come in
	for _, c := range d.Chains {
		if fromHost[c] {
			continue
		}
		for _, r := range c.Rules {
			if !namesMOVEit(c, r) || r.Action.Verdict == rules.Drop || r.Action.Verdict == rules.Reject || isFromHost(r) {
				continue
			}
			to := destinations(r.Match)
			if nat := r.Action.NAT; nat != nil {
				to = nat.Dst.Addrs
			}
			if in := by[c]; in != "" {
				inner[in] = append(inner[in], to...)
			} else {
				out = append(out, to...)
			}
		}
	}
	out = tidy(out)
	places, _ := tableOf(d).lay().longest(out)
	for in, to := range inner {
		if !slices.ContainsFunc(places, func(p place) bool { return slices.Contains(p.side.Names, in) }) {
			out = append(out, to...)
		}
	}
	return tidy(out)
}

// chainsByInterface returns the chains that are called for packets of one interface
// alone, and which: one that does not look to the Internet, where another does.
func chainsByInterface(d *rules.Device) map[*rules.Chain]string {
	facing, known := map[string]rules.Facing{}, false
	for _, i := range d.Interfaces {
		facing[i.Name], known = i.Facing, known || i.Facing == rules.Outside
	}
	by, several := map[*rules.Chain]string{}, map[*rules.Chain]bool{}
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			to := r.Action.Target
			if to == nil {
				continue
			}
			in, ok := interfaceOf(r.Match, packet.In)
			if !ok || !known || facing[in] == rules.Outside || facing[in] == rules.PerhapsOutside || by[to] != "" && by[to] != in {
				several[to] = true
			}
			by[to] = in
		}
	}
	maps.DeleteFunc(by, func(c *rules.Chain, _ string) bool { return several[c] })
	return by
}

// namesMOVEit reports whether a rule names MOVEit: by its chain, its comment or
// the chain that it calls.
func namesMOVEit(c *rules.Chain, r *rules.Rule) bool {
	return isMOVEit(c.Name) || isMOVEit(r.Comment) || r.Action.Target != nil && isMOVEit(r.Action.Target.Name)
}

// chainsFromHosts returns the chains that are called for packets from some host, or
// for those that come in by an interface that is called after MOVEit.
func chainsFromHosts(d *rules.Device) map[*rules.Chain]bool {
	list := map[*rules.Chain]bool{}
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if r.Action.Target == nil {
				continue
			}
			if name, _ := interfaceOf(r.Match, packet.In); isFromHost(r) || isMOVEit(name) {
				list[r.Action.Target] = true
			}
		}
	}
	return list
}

// isFromHost reports whether a rule is for packets from few addresses, and not
// for packets to few.
func isFromHost(r *rules.Rule) bool {
	return len(tidy(addresses(r.Match, packet.Src))) > 0 && len(tidy(destinations(r.Match))) == 0 ||
		r.Action.Target == nil && len(tidy(addresses(r.Match, packet.Src))) > 0
}

// destinations returns the addresses of a plain condition on the destination.
func destinations(m rules.Match) []packet.AddrRange {
	return addresses(m, packet.Dst)
}

func addresses(m rules.Match, f packet.Field) []packet.AddrRange {
	for _, t := range m {
		if t.Boxes == nil || t.Negated || t.Unknown != nil || len(t.Boxes.Fields()) != 1 || t.Boxes.Fields()[0] != f {
			continue
		}
		if rs, ok := t.Boxes.AddrRanges(); ok && len(rs) <= maxSpread {
			return rs
		}
	}
	return nil
}

// published returns the hosts to which address translation leads tcp/443 and
// one of 21, 22 and 990.
func published(d *rules.Device) []packet.AddrRange {
	ports := map[packet.AddrRange]map[uint16]bool{}
	var order []packet.AddrRange
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if r.Action.NAT == nil {
				continue
			}
			for _, to := range r.Action.NAT.Dst.Addrs {
				if ports[to] == nil {
					ports[to] = map[uint16]bool{}
					order = append(order, to)
				}
				for _, port := range []uint16{21, 22, 443, 990} {
					if translates(r, port) {
						ports[to][port] = true
					}
				}
			}
		}
	}
	var out []packet.AddrRange
	for _, to := range order {
		if p := ports[to]; p[443] && (p[21] || p[22] || p[990]) {
			out = append(out, to)
		}
	}
	return tidy(out)
}

// translates reports whether a rule speaks of a port, and not of all.
func translates(r *rules.Rule, port uint16) bool {
	f := packet.Flow{Proto: packet.TCP, DstPort: port, Lost: ^packet.Fields(packet.DstPort, packet.Protocol)}
	for _, t := range r.Match {
		if t.Boxes != nil && !t.Negated && slices.Contains(t.Boxes.Fields(), packet.DstPort) {
			return t.Boxes.Holds(&f) == packet.True
		}
	}
	return false
}

// tidy returns the addresses without networks that are too wide, doubles, and
// in order.
func tidy(rs []packet.AddrRange) []packet.AddrRange {
	rs = slices.DeleteFunc(slices.Clone(rs), func(r packet.AddrRange) bool {
		a := r.First
		for range maxSpread {
			if a == r.Last {
				return false
			}
			a = a.Next()
		}
		return true
	})
	slices.SortFunc(rs, func(a, b packet.AddrRange) int {
		if c := a.First.Compare(b.First); c != 0 {
			return c
		}
		return a.Last.Compare(b.Last)
	})
	return slices.Compact(rs)
}

// writtenWith returns the interfaces that rules name together with a node: the
// way out to it, or the way in from it. A rule that drops may be about packets
// that pretend to be of the node.
func writtenWith(d *rules.Device, nodes []packet.AddrRange, outside Side) []string {
	var names []string
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if r.Action.Verdict == rules.Drop || r.Action.Verdict == rules.Reject {
				continue
			}
			for _, way := range []struct{ addr, iface packet.Field }{{packet.Dst, packet.Out}, {packet.Src, packet.In}} {
				name, ok := interfaceOf(r.Match, way.iface)
				if !ok || slices.Contains(names, name) || !outside.Uncertain && covers(outside.Names, name) {
					continue
				}
				if speaksOf(r.Match, way.addr, nodes) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// interfaceOf returns the one interface that a match asks for in field f.
func interfaceOf(m rules.Match, f packet.Field) (string, bool) {
	name, found := "", false
	for _, t := range m {
		if t.Boxes == nil || t.Negated || t.Unknown != nil || !slices.Equal(t.Boxes.Fields(), []packet.Field{f}) {
			continue
		}
		t.Boxes.Patterns(func(p packet.Pattern) bool {
			name, found = p.Text, !p.Prefix && !found
			return true
		})
	}
	return name, found && name != ""
}

// speaksOf reports whether a match asks for one of the nodes, and for no wide
// network.
func speaksOf(m rules.Match, f packet.Field, nodes []packet.AddrRange) bool {
	list := tidy(addresses(m, f))
	return slices.ContainsFunc(list, func(r packet.AddrRange) bool {
		return slices.ContainsFunc(nodes, func(n packet.AddrRange) bool { return r.Contains(n.First) && r.Contains(n.Last) })
	})
}
