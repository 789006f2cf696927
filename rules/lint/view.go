package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// ViewOf chooses the view of a device, and returns why if that is an assumption
// to state: the network's of an appliance; else the host's if the device has the
// address of a node; else the network's if it filters forwarded packets (where one
// list is for all packets: if it looks like a router) and lets some TCP or UDP through,
// translates destinations to other hosts or does not filter what comes in; else
// the network's if a profile tells that the nodes are elsewhere, by the device's
// own addresses or, where packets do pass through or the rules of a router name
// one of them, by interfaces to the DMZ; else the host's.
func ViewOf(d *rules.Device, e *eval.Engine, p *site.Profile) (view roles.View, why string) {
	own, nodes := d.Local(), site.Ranges(p.Nodes)
	early := asksEarly(d)
	routes, because := filters(d, rules.Forward), "they filter what comes in, and are for no packets that pass through"
	if early {
		routes, because = looksLikeRouter(d), "they filter what comes in, and are about no more than one interface"
	}
	switch {
	case d.Appliance:
		return roles.Forward, ""
	case slices.ContainsFunc(own, func(a packet.AddrRange) bool { return slices.Contains(nodes, a) }):
		return roles.Host, "MOVEit runs on the host that these rules protect: an interface has its address"
	case translatesToOthers(d), !early && !filters(d, rules.Input):
		return roles.Forward, ""
	case routes && letsThrough(e): // a whole question, so asked last
		return roles.Forward, ""
	case len(nodes) == 0:
		return roles.Host, "" // stated with who MOVEit is
	case len(own) > 0 && slices.Equal(site.Without(own, nodes), own): // networks of nodes may hold a router too
		return roles.Forward, "MOVEit is behind the host that these rules are of: no interface has its address"
	case leadsToDMZ(d, e, p, early && routes):
		return roles.Forward, "MOVEit is behind the host that these rules are of: the site profile has interfaces to the DMZ"
	}
	return roles.Host, "MOVEit runs on the host that these rules protect: " + because
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
	a, err := e.Ask(eval.Question{Hook: rules.Forward, Nodes: nodes, Except: loopback(e.Device()), Arrive: []*packet.Boxes{
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

// leadsToDMZ reports whether a device of which the profile tells interfaces to the
// DMZ is before it: it lets packets through, or is a router that names them. A
// profile may be one for all devices, the host itself among them.
func leadsToDMZ(d *rules.Device, e *eval.Engine, p *site.Profile, isRouter bool) bool {
	return p.HasInterfaces("dmz") && (isRouter && namesAny(d, p.InterfacesOf("dmz")) || letsThrough(e))
}
