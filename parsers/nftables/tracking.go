package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// trackingPriority is where connection tracking sees packets first
// (NF_IP_PRI_CONNTRACK).
const trackingPriority = -200

// isEarly reports whether a base chain comes before connection tracking.
func (b *base) isEarly() bool {
	if b.hook == rules.Prerouting || b.hook == rules.Output {
		return b.priority < trackingPriority && b.kind != "nat"
	}
	return b.hook == rules.Ingress
}

// isAtTracking reports whether a base chain has the priority of connection
// tracking. Which of the two comes first hangs on which was registered first,
// and tracking is with the first rule of the host that needs it
// (nf_ct_netns_get in net/netfilter/nf_conntrack_proto.c).
func (b *base) isAtTracking() bool {
	return (b.hook == rules.Prerouting || b.hook == rules.Output) && b.priority == trackingPriority && b.kind != "nat"
}

// wanted returns the forms in which a base chain is lowered.
func (c *chain) wanted() []wantedChain {
	if c.base.isAtTracking() {
		return []wantedChain{{c, false}, {c, true}}
	}
	return []wantedChain{{c, c.base.isEarly()}}
}

// modelOf returns the chain that stands for a lowered base chain.
func (l *lowering) modelOf(c *chain) *rules.Chain {
	if !c.base.isAtTracking() || !asksTracking(c.lowered[false]) && !asksTracking(c.lowered[true]) {
		return c.lowered[c.base.isEarly()]
	}
	if c.around == nil {
		early, late := c.lowered[true], c.lowered[false]
		first := &rules.Unknown{
			Reason: "whether connection tracking sees packets before chain " + late.Name + " does, which has its priority", Key: "tracking before " + late.Name,
		}
		c.around = &rules.Chain{Name: late.Name + " (beside connection tracking)", Policy: late.Policy, Span: late.Span, Implicit: late.Implicit, Rules: []*rules.Rule{
			{Match: rules.Match{{Unknown: first, Span: late.Span}}, Action: rules.Action{Verdict: rules.Goto, Target: late}, Span: late.Span},
			{Action: rules.Action{Verdict: rules.Goto, Target: early}, Span: late.Span},
		}}
		l.device.Chains = append(l.device.Chains, c.around)
	}
	return c.around
}

// ofTracking are the fields that connection tracking fills.
var ofTracking = packet.Fields(packet.ConnState, packet.ConnMark, packet.DstTranslated, packet.SrcTranslated, packet.OrigDst, packet.OrigSrc)

// asksTracking reports whether it may matter to a chain if packets were tracked
// before.
func asksTracking(c *rules.Chain) bool {
	for _, x := range c.Reached() {
		for _, r := range x.Rules {
			if r.Action.Unknown != nil || r.Action.Maybe != nil || slices.ContainsFunc(r.Action.Set, func(a rules.Assign) bool { return ofTracking.Has(a.Field) }) {
				return true
			}
			for _, t := range r.Match {
				if t.Unknown != nil || t.Boxes != nil && slices.ContainsFunc(t.Boxes.Fields(), ofTracking.Has) {
					return true
				}
			}
		}
	}
	return false
}
