package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Start is a packet at the beginning of its way.
type Start struct {
	Flow packet.Flow
	// Hook is Forward, Input or Output: which way the packet goes where the
	// device's addresses and routes do not tell.
	Hook rules.Hook
	// Outcome says how unknown conditions come out; nil: it is not known, and
	// the verdict may hang on them. Those that it lacks do not hold.
	Outcome packet.Outcome
	// Toward, if not nil, is the packet as it is known to leave: where
	// translation has a choice, this one was made.
	Toward *packet.Flow
}

// Trace is the story of one packet.
type Trace struct {
	Flow    packet.Flow // as it arrives
	Left    packet.Flow // as it leaves, or as it was when its way ended
	Hook    rules.Hook  // the way it went
	Steps   []Step
	Verdict rules.Verdict // Accept, Drop, Reject or Undecided
	// Depends is what the verdict hangs on; nil unless it is Undecided. The last
	// step is the rule that asks it.
	Depends *rules.Unknown
	// Uncovered says that no part of the configuration speaks of the packet.
	Uncovered bool
}

// Step is one rule that matched, or the policy of a chain.
type Step struct {
	Stage  *rules.Stage
	Chain  *rules.Chain
	Rule   *rules.Rule // nil: the policy of the chain
	Number int         // of the rule in its chain, from 1
	Action rules.Action
	Flow   packet.Flow // as the step left it
	// Unknown is a condition of the rule of which it is not known, or only
	// assumed, that it holds.
	Unknown *rules.Unknown
	// Pending says that the verdict is that of an earlier rule, which no later
	// one replaced.
	Pending bool
	// Routing says that the packet goes nowhere, by no rule: the chain is none of
	// the device's, and tells why.
	Routing bool
}

// Decider returns the step that settled what became of the packet, in the last
// stage that could stop it, and false if there is none.
func (t *Trace) Decider() (Step, bool) {
	for _, v := range slices.Backward(t.Steps) {
		if s := v; s.Action.Verdict.Decides() && (s.Stage.Filters || s.Action.Verdict != rules.Accept) {
			return s, true
		}
	}
	return Step{}, false
}

// Shown returns the trace as people are to see it: without what a device with
// marks of its own only noted in them.
func (e *Engine) Shown(t *Trace) *Trace {
	if !e.device.OwnMarks {
		return t
	}
	unmarked := func(f *packet.Flow) {
		f.Mark, f.ConnMark = 0, 0
		f.Lost &^= packet.Fields(packet.Mark, packet.ConnMark)
	}
	out := *t
	unmarked(&out.Left)
	out.Steps = slices.Clone(t.Steps)
	before := t.Flow
	for i := range out.Steps {
		s := &out.Steps[i]
		unmarked(&s.Flow)
		s.Action.Set = nil
		if n := s.Action.NAT; n != nil && (n.Dst.Restore || n.Src.Restore) && s.Flow.Src == before.Src && s.Flow.Dst == before.Dst && s.Flow.DstPort == before.DstPort {
			s.Action.NAT = nil // there was nothing to give back
		}
		before = s.Flow
	}
	out.Steps = slices.DeleteFunc(out.Steps, func(s Step) bool {
		return s.Rule != nil && s.Rule.Implicit != "" && s.Action.Verdict == rules.Continue && !s.Action.Changes()
	})
	return &out
}

// Effective returns the trace without the rules whose verdict did not hold, as a
// later one decided.
func (t *Trace) Effective() *Trace {
	out := *t
	out.Steps = slices.DeleteFunc(slices.Clone(t.Steps), func(s Step) bool { return s.Action.Tentative && !s.Pending })
	return &out
}
