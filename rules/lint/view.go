package lint

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
)

// ViewOf chooses the view of a device: the network's if it filters forwarded
// packets and lets some TCP or UDP through, or translates destinations to other
// hosts; else the host's if it filters what comes in; else the network's.
func ViewOf(d *rules.Device, e *eval.Engine) roles.View {
	switch {
	case translatesToOthers(d), !filters(d, rules.Input):
		return roles.Forward
	case filters(d, rules.Forward) && letsThrough(e): // a whole question, so asked last
		return roles.Forward
	}
	return roles.Host
}

// filters reports whether a stage at the hook has a rule or drops by policy.
func filters(d *rules.Device, h rules.Hook) bool {
	for _, s := range d.Pipeline.Stages() {
		if s.Hook != h || s.Chain == nil || !s.Filters {
			continue
		}
		if len(s.Chain.Rules) > 0 || s.Chain.Policy.Verdict != rules.Accept {
			return true
		}
	}
	return false
}

// letsThrough reports whether some forwarded packet that opens a conversation
// may pass. A question that is too large counts as one that finds some.
func letsThrough(e *eval.Engine) bool {
	const nodes = 500_000
	a, err := e.Ask(eval.Question{Hook: rules.Forward, Nodes: nodes, Except: loopback, Arrive: []*packet.Boxes{
		packet.Numbers(packet.Protocol, packet.One(uint32(packet.TCP)), packet.One(uint32(packet.UDP))),
	}})
	if err != nil {
		return true
	}
	return !a.Accepted().IsEmpty()
}

// translatesToOthers reports whether destinations are translated to addresses
// that are not the device's own.
func translatesToOthers(d *rules.Device) bool {
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if r.Action.NAT == nil || r.Action.NAT.Dst.IsZero() || r.Action.NAT.Dst.ToSelf {
				continue
			}
			for _, a := range r.Action.NAT.Dst.Addrs {
				if !a.First.IsLoopback() {
					return true
				}
			}
			if r.Action.NAT.Dst.Network.IsValid() {
				return true
			}
		}
	}
	return false
}
