package lint

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// version is an IP version.
type version struct {
	name     string
	src, dst netip.Addr // two hosts
	all      netip.Prefix
}

var versions = []version{
	{"IPv4", netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("192.0.2.20"), mustPrefix("0.0.0.0/0")},
	{"IPv6", netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("2001:db8:1::20"), mustPrefix("::/0")},
}

// holds reports whether addresses are of the version.
func (v version) holds(r packet.AddrRange) bool { return r.First.Is4() == v.src.Is4() }

// Uncovered returns the IP versions that the configuration says nothing about,
// as far as they matter: MOVEit's addresses are not declared, or are declared
// in that version.
func (p *Pass) Uncovered() []string {
	var out []string
	for _, v := range versions {
		if p.isUncovered(v) && (!p.Roles.Declared || p.hasNode(v)) {
			out = append(out, v.name)
		}
	}
	return out
}

// isUncovered reports whether the configuration says nothing about a version.
func (p *Pass) isUncovered(v version) bool {
	f := packet.Flow{In: "a", Out: "b", Src: v.src, Dst: v.dst, Proto: packet.TCP, SrcPort: 40000, DstPort: 443, TCPFlags: packet.SYN}
	return p.Engine.Walk(p.Engine.Arrive(f, p.Hook(Inbound))).Uncovered
}

// hasNode reports whether an address of MOVEit's is of a version.
func (p *Pass) hasNode(v version) bool { return slices.ContainsFunc(p.Roles.Addresses(), v.holds) }

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
