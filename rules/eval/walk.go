package eval

import (
	"maps"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Walk follows one packet through the device, rule by rule, without any sets.
// Where a rule hangs on an unknown condition, it goes both ways; only if they
// end differently is the verdict Undecided.
func (e *Engine) Walk(start Start) *Trace {
	w := &walk{e: e, start: start, forks: maxForks, steps: maxWalk}
	s := &state{flow: start.Flow, outcome: maps.Clone(start.Outcome), hook: start.Hook}
	if s.outcome == nil {
		s.outcome = packet.Outcome{}
	}
	t := w.follow(s, e.device.Pipeline.Entry)
	if t == nil {
		t = w.giveUp(s) // whatever the conditions are, the packet cannot come here
	}
	t.Flow = start.Flow
	return t
}

const (
	maxForks = 512       // unknown conditions after which a walk gives up
	maxWalk  = 4_000_000 // rules after which a walk gives up
	maxSteps = 4_000     // rules that matched after which a walk gives up
)

// walk is one walk; its limits are shared by all ways that it takes.
type walk struct {
	e            *Engine
	start        Start
	forks, steps int
}

// state is a packet on its way.
type state struct {
	flow    packet.Flow
	hook    rules.Hook
	stage   *rules.Stage
	frames  []frame      // chains that are being walked, the called ones last
	pending *pendingStep // the rule whose verdict is pending; nil: none is
	steps   []Step
	outcome packet.Outcome
	guessed bool // it is only assumed what the routing table says of the destination
}

// pendingStep is a step that holds unless a later one gives a verdict.
type pendingStep struct {
	Step

	path string // the calls that led there
}

// frame is a place in a chain: the rule to try next.
type frame struct {
	chain *rules.Chain
	next  int
	path  string // the calls that led here, of chains that are called from several places
}

func (s *state) clone() *state {
	c := *s
	c.frames = slices.Clone(s.frames)
	c.steps = slices.Clip(s.steps)
	c.outcome = maps.Clone(s.outcome)
	return &c
}

// follow leads the packet along the first edge that takes it.
func (w *walk) follow(s *state, edges []rules.Edge) *Trace {
	s.stage = nil
	for _, edge := range edges {
		switch holds, open := w.matches(s, edge.When); {
		case open != nil:
			return w.fork(s, open, func(s *state) *Trace { return w.follow(s, edges) })
		case !holds:
		case edge.To == nil:
			return w.end(s, rules.Accept)
		default:
			return w.visit(s, edge.To)
		}
	}
	t := w.end(s, rules.Undecided)
	t.Uncovered = true
	t.Depends = uncovered
	return t
}

var uncovered = &rules.Unknown{
	Reason: "the configuration says nothing about packets of this kind",
	Key:    "uncovered",
}

// visit walks one stage.
func (w *walk) visit(s *state, stage *rules.Stage) *Trace {
	s.stage, s.pending = stage, nil
	holds, open := w.matches(s, stage.When)
	if open != nil {
		return w.fork(s, open, func(s *state) *Trace { return w.visit(s, stage) })
	}
	if holds && stage.Chain != nil {
		s.frames = []frame{{chain: stage.Chain}}
		return w.chain(s)
	}
	return w.next(s)
}

// next leaves a stage that let the packet through.
func (w *walk) next(s *state) *Trace {
	if s.stage.Route {
		switch r := w.route(s); {
		case r.open != nil:
			return w.fork(s, r.open, w.next)
		case r.impossible:
			return nil
		case r.nowhere != nil:
			return w.stray(s, r.nowhere)
		}
	}
	return w.follow(s, s.stage.Next)
}

// chain walks from the present rule on to the end of the stage.
func (w *walk) chain(s *state) *Trace {
	for len(s.frames) > 0 {
		top := &s.frames[len(s.frames)-1]
		if top.next == len(top.chain.Rules) {
			s.frames = s.frames[:len(s.frames)-1]
			continue
		}
		w.steps--
		if w.steps < 0 || len(s.steps) > maxSteps {
			return w.giveUp(s)
		}
		rule := top.chain.Rules[top.next]
		holds, open := w.matches(s, rule.Match)
		if open != nil && isIdle(&rule.Action) {
			open, holds = nil, false // whether it matches changes nothing
		}
		if open != nil {
			return w.fork(s, open, w.chain)
		}
		top.next++
		if !holds {
			continue
		}
		if t, ends := w.act(s, top, rule); ends {
			return t
		}
	}
	return w.policy(s)
}

// isIdle reports whether an action leaves packets as they are and where they are.
func isIdle(a *rules.Action) bool {
	return a.Verdict == rules.Continue && !a.Changes()
}

// act applies a rule that matches, and reports whether the stage ends with it:
// then the trace is that of the whole way, nil if that is impossible.
func (w *walk) act(s *state, top *frame, rule *rules.Rule) (t *Trace, ends bool) {
	a, before, assumed := rule.Action.AtOnce(), s.flow, w.assumed(s, rule.Match)
	if a.Maybe != nil {
		does, open := w.maybe(s, a.Maybe, top.path)
		switch {
		case open != nil:
			top.next-- // the rule is tried again once it is known what it does
			return w.forkMaybe(s, open), true
		case does:
			assumed = a.Maybe
		case a.Verdict == rules.Continue:
			return nil, false
		default:
			a.NAT, a.Set, a.Out = nil, nil, ""
		}
	}
	w.change(s, &a)
	step := Step{Stage: s.stage, Chain: top.chain, Rule: rule, Number: top.next, Action: a, Flow: s.flow, Unknown: assumed}
	if a.Tentative {
		s.pending = &pendingStep{step, top.path}
		s.steps = append(s.steps, step)
		return nil, false
	}
	if a.Verdict == rules.Undecided {
		return w.undecided(s, step, before), true
	}
	s.steps = append(s.steps, step)
	return w.obey(s, top, rule, &a)
}

// maybe reports whether an action changes the packet where that hangs on what is not
// known; path are the calls that led to its rule.
func (w *walk) maybe(s *state, x *rules.Unknown, path string) (does bool, open *condition) {
	key := keyAt(x, &s.flow, path)
	does, known := w.lookUp(s, key)
	if !known {
		return false, &condition{key: key, unknown: x}
	}
	return does, nil
}

// forkMaybe goes on in the chain both with an action changing the packet and not.
func (w *walk) forkMaybe(s *state, open *condition) *Trace {
	t := w.fork(s, open, w.chain)
	if t != nil && t.Depends != nil && strings.HasPrefix(t.Depends.Key, lostPrefix) {
		t.Depends = open.unknown // that is why the value is not known
	}
	return t
}

// obey goes where the verdict of a rule leads, and reports whether that is out of
// the stage.
func (w *walk) obey(s *state, top *frame, rule *rules.Rule, a *rules.Action) (t *Trace, ends bool) {
	switch a.Verdict {
	case rules.Accept:
		s.frames = nil
		return w.next(s), true
	case rules.Drop, rules.Reject:
		return w.end(s, a.Verdict), true
	case rules.Jump:
		s.frames = append(s.frames, frame{chain: a.Target, path: top.path + w.e.sites[rule]})
	case rules.Goto:
		s.frames[len(s.frames)-1] = frame{chain: a.Target, path: top.path + w.e.sites[rule]}
	case rules.Return:
		s.frames = s.frames[:len(s.frames)-1]
	case rules.Continue, rules.Undecided:
	}
	return nil, false
}

// undecided settles a rule whose verdict is not modelled; before is the packet as
// the rule met it.
func (w *walk) undecided(s *state, step Step, before packet.Flow) *Trace {
	x := step.Action.Unknown
	for _, possible := range []struct {
		suffix  string
		verdict rules.Verdict
	}{{" accepts", rules.Accept}, {" drops", rules.Drop}} {
		key := conditionKey(x, s.flow.SrcTranslated, s.flow.DstTranslated) + possible.suffix
		if isDrawn(x) {
			key += s.frames[len(s.frames)-1].path
		}
		holds, known := w.lookUp(s, key)
		if !known {
			// The rule is tried again once it is known what it does.
			s.frames[len(s.frames)-1].next--
			s.flow = before
			return w.fork(s, &condition{key: key, unknown: x}, w.chain)
		}
		if !holds {
			continue
		}
		step.Action.Verdict = possible.verdict
		step.Unknown = x
		s.steps = append(s.steps, step)
		if possible.verdict == rules.Drop {
			return w.end(s, rules.Drop)
		}
		s.frames = nil
		return w.next(s)
	}
	step.Action.Verdict = rules.Continue
	step.Unknown = x
	s.steps = append(s.steps, step)
	return w.chain(s)
}

// policy settles a packet that came to the end of a stage's chain.
func (w *walk) policy(s *state) *Trace {
	c := s.stage.Chain
	step := Step{Stage: s.stage, Chain: c, Action: c.Policy, Flow: s.flow}
	if s.pending != nil {
		last, open := w.hold(s)
		if open != nil {
			return w.forkMaybe(s, open)
		}
		step = last
	}
	if step.Pending || s.stage.Filters || step.Action.Verdict != rules.Accept {
		s.steps = append(s.steps, step)
	}
	if step.Action.Verdict == rules.Accept {
		return w.next(s)
	}
	return w.end(s, step.Action.Verdict)
}

// hold lets the verdict hold that is pending for the packet, and does what its rule
// does then.
func (w *walk) hold(s *state) (step Step, open *condition) {
	p := s.pending
	step, a := p.Step, p.Rule.Action.AtLast()
	if a.Maybe != nil {
		does, open := w.maybe(s, a.Maybe, p.path)
		switch {
		case open != nil:
			return step, open
		case does:
			step.Unknown = a.Maybe
		default:
			a.NAT, a.Out = nil, ""
		}
	}
	w.change(s, &a)
	step.Action.NAT, step.Action.Out = a.NAT, a.Out
	step.Pending, step.Flow = true, s.flow
	return step, nil
}

func (w *walk) end(s *state, v rules.Verdict) *Trace {
	return &Trace{Left: s.flow, Hook: s.hook, Steps: s.steps, Verdict: v}
}
