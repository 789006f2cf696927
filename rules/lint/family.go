package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Uncovered returns the IP versions that the configuration says nothing about,
// as far as they matter: MOVEit's addresses are not declared, or are declared
// in that version.
func (p *Pass) Uncovered() []string {
	a, err := p.Engine.Ask(eval.Question{Hook: p.Hook(Inbound), Nodes: p.Roles.Profile.Limits.Nodes, Arrive: []*packet.Boxes{
		packet.Number(packet.Protocol, uint32(packet.TCP)), packet.Number(packet.DstPort, 443),
	}})
	if err != nil {
		panic(err)
	}
	var out []string
	for family, name := range []string{packet.IPv4: "IPv4", packet.IPv6: "IPv6"} {
		if a.Uncovered().Where(packet.Number(packet.Family, uint32(family))).IsEmpty() {
			continue
		}
		matters := !p.Roles.Declared || slices.ContainsFunc(p.Roles.Nodes, func(r packet.AddrRange) bool { return r.First.Is6() == (family == packet.IPv6) })
		if matters {
			out = append(out, name)
		}
	}
	return out
}
