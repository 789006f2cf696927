package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// collectIdle finds the stages that do nothing to a packet but give it another
// source, where no stage follows that would see it. An answer speaks of packets
// by the source that they came with: it is the same without those stages, and a
// source for each of thousands of hosts is much to keep apart for nothing.
func (e *Engine) collectIdle() {
	for _, s := range slices.Backward(e.stages) {
		e.idle[s] = !s.Filters && !s.Route && s.Chain != nil && onlySources(s.Chain) &&
			!slices.ContainsFunc(s.Next, func(edge rules.Edge) bool { return len(edge.When) > 0 || edge.To != nil && !e.idle[edge.To] }) &&
			len(s.Next) > 0
	}
}

// onlySources reports whether a chain and those it calls let all packets pass,
// and change nothing but their source.
func onlySources(c *rules.Chain) bool {
	if c.Policy.Verdict != rules.Accept {
		return false
	}
	for _, chain := range c.Reached() {
		for _, r := range chain.Rules {
			a := &r.Action
			switch a.Verdict {
			case rules.Accept, rules.Continue, rules.Jump, rules.Goto, rules.Return:
			case rules.Drop, rules.Reject, rules.Undecided:
				return false
			}
			if a.Tentative || len(a.Set) > 0 || a.Out != "" || a.NAT != nil && !a.NAT.Dst.IsZero() {
				return false
			}
		}
	}
	return true
}

// passesBy reports whether the packets of the question need not be followed
// through a stage.
func (r *run) passesBy(stage *rules.Stage) bool {
	return r.e.idle[stage] && !r.q.Decisions && !slices.ContainsFunc(r.q.Leave, func(b *packet.Boxes) bool {
		return slices.ContainsFunc(b.Fields(), func(f packet.Field) bool { return sourceFields.Has(f) })
	})
}

// sourceFields are the fields that a translation of the source changes.
var sourceFields = packet.Fields(packet.Src, packet.SrcPort, packet.SrcType, packet.SrcTranslated, packet.OrigSrc, packet.OrigSrcPort)
