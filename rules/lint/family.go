package lint

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Uncovered returns the IP versions that the configuration says nothing about,
// as far as they matter: MOVEit's addresses are not declared, or are declared
// in that version.
func (p *Pass) Uncovered() []string {
	var out []string
	for _, version := range []struct {
		name     string
		src, dst string
	}{{"IPv4", "203.0.113.7", "192.0.2.20"}, {"IPv6", "2001:db8::7", "2001:db8:1::20"}} {
		f := packet.Flow{
			In: "a", Out: "b", Src: netip.MustParseAddr(version.src), Dst: netip.MustParseAddr(version.dst),
			Proto: packet.TCP, SrcPort: 40000, DstPort: 443, TCPFlags: packet.SYN,
		}
		if !p.Engine.Walk(p.Engine.Arrive(f, p.Hook(Inbound))).Uncovered {
			continue
		}
		if !p.Roles.Declared || slices.ContainsFunc(p.Roles.Nodes, func(r packet.AddrRange) bool { return r.First.Is4() == f.Src.Is4() }) {
			out = append(out, version.name)
		}
	}
	return out
}

// doubtUncovered makes undecided what checks found to be met where there is an IP
// version that matters and that the configuration says nothing about: they have
// seen one half of the packets.
func (p *Pass) doubtUncovered() {
	if len(p.Uncovered()) == 0 {
		return
	}
	for id, s := range p.states {
		if s == Passed {
			p.states[id] = Undecided
		}
	}
}
