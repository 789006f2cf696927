package eval

import (
	"math/bits"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// In languages in which the last match wins, a verdict is pending until the end
// of the stage: each packet carries the number of the rule that gave it.

// maxPending is how many rules the Pending field can number.
const maxPending = 1<<24 - 1

// pendingRule is a rule whose verdict is pending for some packets.
type pendingRule struct {
	chain *rules.Chain
	rule  *rules.Rule
	path  string // the calls that led there
}

// postpone gives the packets the pending verdict of a rule, and does with them what
// it does at once.
func (r *run) postpone(c *rules.Chain, rule *rules.Rule, s packet.Set) packet.Set {
	if a := &rule.Action; len(a.Set) > 0 {
		once := a.AtOnce()
		s = r.change(&once, s)
	}
	n := r.dropping
	if n == 0 || rule.Action.Verdict == rules.Accept || r.q.Decisions {
		n = r.number(pendingRule{c, rule, r.path})
	}
	if rule.Action.Verdict != rules.Accept && !r.q.Decisions {
		r.dropping = n
	}
	return s.Assign(packet.Pending, r.pendingBits(), n)
}

// number returns a new number for a rule whose verdict is pending.
func (r *run) number(p pendingRule) uint32 {
	if len(r.pending) == maxPending {
		panic(packet.ExhaustedError{Nodes: r.q.Nodes})
	}
	r.pending = append(r.pending, p)
	return uint32(len(r.pending))
}

// pendingBits returns the bits of Pending that are in use: the others are 0 in
// every packet.
func (r *run) pendingBits() uint32 { return 1<<bits.Len(uint(len(r.pending))) - 1 }

// settle gives the packets at the end of a stage the verdicts that are pending for
// them. It returns the packets for which none is, and those that are accepted, as
// the rules leave them that accept them.
func (r *run) settle(s packet.Set) (rest, accepted packet.Set) {
	return r.settleFrom(s, bits.Len(uint(len(r.pending)))-1, 0)
}

// settleFrom settles packets by the bits of their numbers from the given one down;
// the bits above are those of first. By halves it takes as many walks over a set as
// a number has bits; one by one, it would take as many as there are rules.
func (r *run) settleFrom(s packet.Set, bit int, first uint32) (rest, accepted packet.Set) {
	none := r.u.None()
	switch {
	case s.IsEmpty():
		return none, none
	case bit < 0 && first == 0:
		return s, none
	case bit < 0:
		return none, r.hold(&r.pending[first-1], s.Assign(packet.Pending, r.pendingBits(), 0))
	}
	half := uint32(1) << bit
	high := s.Where(packet.Masked(packet.Pending, half, half))
	rest, accepted = r.settleFrom(s.Minus(high), bit-1, first)
	_, more := r.settleFrom(high, bit-1, first|half)
	return rest, accepted.Or(more)
}

// hold lets the verdict of a rule hold for packets, and returns those that it
// accepts.
func (r *run) hold(p *pendingRule, s packet.Set) packet.Set {
	if a := &p.rule.Action; a.NAT != nil || a.Out != "" {
		last, before := a.AtLast(), r.path
		r.path = p.path
		s = r.change(&last, s)
		r.path = before
	}
	r.decide(p.chain, p.rule, s)
	if p.rule.Action.Verdict != rules.Accept {
		return r.u.None()
	}
	return s
}

// final returns packets that a rule accepted at once: what was pending for them
// is no more.
func (r *run) final(s packet.Set) packet.Set {
	if len(r.pending) == 0 {
		return s
	}
	return s.Assign(packet.Pending, r.pendingBits(), 0)
}
