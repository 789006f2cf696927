package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// translation is what the rules of one stage rewrite.
type translation struct {
	fields  packet.FieldSet // all that they rewrite, Out included
	goingOn packet.FieldSet // by rules behind which others of the stage may follow
	lossy   packet.FieldSet // of these the values may be unknown then
}

// collectTranslations finds the rules that translate, and where the first and
// the last of them may be.
func (e *Engine) collectTranslations() {
	made := make(map[*rules.Stage]translation, len(e.stages))
	for _, s := range slices.Backward(e.stages) {
		settled, rerouted := true, s.Route && e.routes()
		for _, edge := range s.Next {
			settled = settled && (edge.To == nil || e.settled[edge.To])
			rerouted = rerouted || e.rerouted[edge.To]
		}
		if s.Chain != nil {
			made[s] = e.translates(s.Chain)
		}
		e.rerouted[s] = rerouted || made[s].fields.Has(packet.Out)
		e.settlesOut = e.settlesOut || made[s].fields.Has(packet.Out)
		e.settled[s] = settled && !made[s].fields.Has(packet.Dst)
	}
	e.passOn(made)
}

// passOn works out what may have been rewritten, or lost, before each stage.
func (e *Engine) passOn(made map[*rules.Stage]translation) {
	for _, s := range e.stages {
		t := made[s]
		e.lossy |= t.lossy
		e.rewritten |= t.fields &^ packet.Fields(packet.Out)
		e.lossyAt[s] |= t.lossy
		out := e.moved[s] | t.fields
		if s.Route && e.routes() {
			out |= packet.Fields(packet.Out)
		}
		e.moved[s] |= t.goingOn
		e.chained = e.chained || t.fields.Has(packet.Dst) && e.moved[s].Has(packet.Dst)
		for _, edge := range s.Next {
			if edge.To != nil {
				e.lossyAt[edge.To] |= e.lossyAt[s]
				e.moved[edge.To] |= out
			}
		}
	}
}

// translates notes which rules of a chain and those it calls translate, and
// returns what they do.
func (e *Engine) translates(c *rules.Chain) translation {
	var t translation
	for _, chain := range c.Reached() {
		for _, r := range chain.Rules {
			e.tentative = e.tentative || r.Action.Tentative
			var fields packet.FieldSet
			if r.Action.Out != "" {
				fields |= packet.Fields(packet.Out)
			}
			if n := r.Action.NAT; n != nil {
				e.restores = e.restores || n.Src.Restore || n.Dst.Restore
				t.lossy |= loses(&n.Src, packet.Src, packet.SrcPort, packet.SrcType) | loses(&n.Dst, packet.Dst, packet.DstPort, packet.DstType)
				if !n.Src.IsZero() {
					fields |= packet.Fields(packet.Src, packet.SrcPort, packet.SrcType)
				}
				if !n.Dst.IsZero() {
					fields |= packet.Fields(packet.Dst, packet.DstPort, packet.DstType)
					e.translators = append(e.translators, r)
				}
			}
			t.fields |= fields
			if r.Action.Verdict != rules.Accept {
				t.goingOn |= fields // an accept that is tentative translates at the end of the stage
			}
		}
	}
	return t
}

// loses returns the fields whose values a rewrite may make unknown. What the
// routing table says of a new address is not known until the packet is routed.
func loses(r *packet.Rewrite, addr, port, addrType packet.Field) packet.FieldSet {
	var s packet.FieldSet
	if !r.IsZero() && !r.Restore {
		s = packet.Fields(addrType)
	}
	if r.Lost || r.Network.IsValid() || r.Shift.IsValid() {
		s |= packet.Fields(addr)
	}
	if r.ShiftPorts {
		s |= packet.Fields(port)
	}
	return s
}
