package eval

import (
	"maps"
	"net/netip"
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
	frames  []frame // chains that are being walked, the called ones last
	pending *Step
	steps   []Step
	outcome packet.Outcome
	guessed bool // it is only assumed what the routing table says of the destination
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
	stage := s.stage
	if stage.Route {
		open, possible := w.e.routeFlow(s, w.start.Hook)
		if open != nil {
			return w.fork(s, open, func(s *state) *Trace { return w.next(s) })
		}
		if !possible {
			return nil
		}
	}
	return w.follow(s, stage.Next)
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
		if t := w.act(s, top, rule); t != nil {
			return t
		}
	}
	return w.policy(s)
}

// isIdle reports whether an action leaves packets as they are and where they are.
func isIdle(a *rules.Action) bool {
	return a.Verdict == rules.Continue && a.NAT == nil && len(a.Set) == 0
}

// act applies a rule that matches. It returns nil if the walk goes on in the
// stage.
func (w *walk) act(s *state, top *frame, rule *rules.Rule) *Trace {
	a, before, assumed := rule.Action, s.flow, w.assumed(s, rule.Match)
	if a.Maybe != nil {
		key := conditionKey(a.Maybe, s.flow.SrcTranslated, s.flow.DstTranslated)
		does, known := w.lookUp(s, key)
		if !known {
			// The rule is tried again once it is known what it does.
			top.next--
			t := w.fork(s, &condition{key: key, unknown: a.Maybe}, w.chain)
			if t != nil && t.Depends != nil && strings.HasPrefix(t.Depends.Key, lostPrefix) {
				t.Depends = a.Maybe // that is why the value is not known
			}
			return t
		}
		switch {
		case does:
			assumed = a.Maybe
		case a.Verdict == rules.Continue:
			return nil
		default:
			a.NAT, a.Set = nil, nil
		}
	}
	w.change(s, &a)
	step := Step{Stage: s.stage, Chain: top.chain, Rule: rule, Number: top.next, Action: a, Flow: s.flow, Unknown: assumed}
	if a.Tentative {
		s.pending = &step
		s.steps = append(s.steps, step)
		return nil
	}
	if a.Verdict == rules.Undecided {
		return w.undecided(s, step, before)
	}
	s.steps = append(s.steps, step)
	switch a.Verdict {
	case rules.Accept:
		s.frames = nil
		return w.next(s)
	case rules.Drop, rules.Reject:
		return w.end(s, a.Verdict)
	case rules.Jump:
		s.frames = append(s.frames, frame{chain: a.Target, path: top.path + w.e.sites[rule]})
	case rules.Goto:
		s.frames[len(s.frames)-1] = frame{chain: a.Target, path: top.path + w.e.sites[rule]}
	case rules.Return:
		s.frames = s.frames[:len(s.frames)-1]
	case rules.Continue, rules.Undecided:
	}
	return nil
}

// change changes the packet as an action says.
func (w *walk) change(s *state, a *rules.Action) {
	for _, set := range a.Set {
		if set.Any {
			s.flow.Blur(set.Field, set.Mask, w.start.Toward)
			continue
		}
		assignFlow(&s.flow, set)
	}
	if a.NAT != nil {
		w.translate(&s.flow, a.NAT)
	}
}

// translate rewrites the ends of a packet.
func (w *walk) translate(f *packet.Flow, n *rules.NAT) {
	src, dst := n.Src, n.Dst
	if f.Knows(packet.Out) && f.Out != w.e.device.Loopback.Name {
		src, _ = w.e.withOwn(src, f.Out, f.Is4())
	}
	if f.Knows(packet.In) {
		dst, _ = w.e.withOwn(dst, f.In, f.Is4())
	}
	f.Rewrite(packet.Source, &src, w.start.Toward)
	f.Rewrite(packet.Destination, &dst, w.start.Toward)
	if w.e.tells(f.Is4()) && f.Knows(packet.Dst) && !f.Knows(packet.DstType) {
		w.e.classify(f)
	}
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
		step = *s.pending
		step.Pending, step.Flow = true, s.flow
	}
	if step.Pending || s.stage.Filters || step.Action.Verdict != rules.Accept {
		s.steps = append(s.steps, step)
	}
	if step.Action.Verdict == rules.Accept {
		return w.next(s)
	}
	return w.end(s, step.Action.Verdict)
}

func (w *walk) end(s *state, v rules.Verdict) *Trace {
	return &Trace{Left: s.flow, Hook: s.hook, Steps: s.steps, Verdict: v}
}

// giveUp ends a walk that has become too long.
func (w *walk) giveUp(s *state) *Trace {
	t := w.end(s, rules.Undecided)
	t.Depends = &rules.Unknown{Reason: "the packet's way is too long, or hangs on too many conditions that are not known", Key: "limit"}
	return t
}

// condition is an unknown condition, as it is asked of a packet.
type condition struct {
	key     string
	unknown *rules.Unknown
	// asksType says that the condition is what the routing table says of the
	// destination: the device's own, or another's.
	asksType bool
}

// settle says how a condition comes out.
func (s *state) settle(c *condition, holds bool) {
	if !c.asksType {
		s.outcome[c.key] = holds
		return
	}
	s.guessed = true
	s.flow.Lost &^= packet.Fields(packet.DstType)
	s.flow.DstType = packet.Unicast
	if holds {
		s.flow.DstType = packet.Local
	}
}

// fork goes on both with the condition holding and not.
func (w *walk) fork(s *state, open *condition, on func(*state) *Trace) *Trace {
	w.forks--
	if w.forks < 0 {
		return w.giveUp(s)
	}
	other := s.clone()
	s.settle(open, false)
	other.settle(open, true)
	before := len(s.steps)
	no := on(s)
	if no != nil && no.Verdict == rules.Undecided {
		return no
	}
	yes := on(other)
	switch {
	case no == nil:
		return yes
	case yes == nil:
		return no
	case yes.Verdict == rules.Undecided || no.sameEnd(yes):
		return yes
	}
	// The story ends with the rule that hangs on the condition.
	cut := no
	if len(yes.Steps) > before {
		cut = yes
	}
	steps := slices.Clone(cut.Steps[:min(before+1, len(cut.Steps))])
	if n := len(steps); n > before {
		steps[n-1].Unknown = open.unknown
	}
	return &Trace{Left: s.flow, Hook: no.Hook, Steps: steps, Verdict: rules.Undecided, Depends: open.unknown}
}

// sameEnd reports whether two ways end alike, as far as one can see from outside.
func (t *Trace) sameEnd(other *Trace) bool {
	a, b := &t.Left, &other.Left
	return t.Verdict == other.Verdict && t.Hook == other.Hook && a.Out == b.Out && a.Src == b.Src && a.Dst == b.Dst &&
		a.SrcPort == b.SrcPort && a.DstPort == b.DstPort && a.Lost == b.Lost
}

// lookUp returns how a condition comes out, and whether that is known.
func (w *walk) lookUp(s *state, key string) (holds, known bool) {
	holds, known = s.outcome[key]
	return holds, known || w.start.Outcome != nil
}

// matches reports whether every term holds; open is a condition on which that
// hangs.
func (w *walk) matches(s *state, m rules.Match) (holds bool, open *condition) {
	for i := range m {
		t, c := w.term(s, &m[i])
		switch {
		case t == packet.False:
			return false, nil
		case t == packet.Unsure && open == nil:
			open = c
		}
	}
	return open == nil, open
}

// term reports whether one term holds: False, True, or Unsure with the
// condition on which it hangs.
func (w *walk) term(s *state, t *rules.Term) (packet.Truth, *condition) {
	result := packet.False
	var open *condition
	if t.Boxes != nil {
		result, open = w.boxes(s, t.Boxes)
		if result == packet.Absent {
			return packet.False, nil
		}
	}
	if x := t.Unknown; x != nil && result != packet.True {
		truth, c := w.unknown(s, x)
		switch truth {
		case packet.True:
			result, open = packet.True, nil
		case packet.Unsure:
			result, open = packet.Unsure, c
		case packet.False, packet.Absent:
		}
	}
	if t.Negated {
		switch result {
		case packet.True:
			return packet.False, nil
		case packet.False:
			return packet.True, nil
		case packet.Unsure, packet.Absent:
		}
	}
	return result, open
}

// unknown reports whether an unknown condition holds.
func (w *walk) unknown(s *state, x *rules.Unknown) (packet.Truth, *condition) {
	if x.Within != nil {
		truth, open := w.boxes(s, x.Within)
		switch truth {
		case packet.False, packet.Absent:
			return packet.False, nil
		case packet.Unsure:
			return packet.Unsure, open
		case packet.True:
		}
	}
	key := conditionKey(x, s.flow.SrcTranslated, s.flow.DstTranslated)
	if n := len(s.frames); n > 0 && isDrawn(x) {
		key += s.frames[n-1].path
	}
	holds, known := w.lookUp(s, key)
	switch {
	case !known:
		return packet.Unsure, &condition{key: key, unknown: x}
	case holds:
		return packet.True, nil
	}
	return packet.False, nil
}

// boxes reports whether the packet lies in boxes, as it can be seen here.
func (w *walk) boxes(s *state, b *packet.Boxes) (packet.Truth, *condition) {
	seen := &s.flow
	if s.stage != nil && s.stage.Hidden != 0 {
		f := s.flow
		if s.stage.Hidden.Has(packet.In) {
			f.In = ""
		}
		if s.stage.Hidden.Has(packet.Out) {
			f.Out = ""
		}
		f.Lost &^= s.stage.Hidden
		seen = &f
	}
	truth := b.Holds(seen)
	if truth != packet.Unsure {
		return truth, nil
	}
	if fields := b.Fields(); len(fields) == 1 && fields[0] == packet.DstType {
		return packet.Unsure, &condition{unknown: lostValue(b, seen), asksType: true}
	}
	key := lostKey(b)
	holds, known := w.lookUp(s, key)
	switch {
	case !known:
		return packet.Unsure, &condition{key: key, unknown: lostValue(b, seen)}
	case holds:
		return packet.True, nil
	}
	return packet.False, nil
}

// lostValue describes the condition that a value which is not known is in b.
func lostValue(b *packet.Boxes, f *packet.Flow) *rules.Unknown {
	what := "a value"
	for _, field := range b.Fields() {
		if !f.Knows(field) {
			what = lostWords[field]
			if what == "" {
				what = "the value of " + field.String()
			}
			break
		}
	}
	return &rules.Unknown{Reason: what + " is not known", Key: lostKey(b)}
}

var lostWords = map[packet.Field]string{
	packet.In:      "the interface that the packet comes in by",
	packet.Out:     "the interface that the packet leaves by",
	packet.Src:     "the source address after translation",
	packet.Dst:     "the destination address after translation",
	packet.DstType: "whether the destination is an address of this device",
	packet.SrcType: "whether the source is an address of this device",
	packet.Time:    "the time of the packet",
	packet.Length:  "the length of the packet",
	packet.TOS:     "the traffic class of the packet",
	packet.Mark:    "the mark of the packet",
}

// assumed returns an unknown condition of a rule that matched because it was
// assumed to hold, nil if there is none.
func (w *walk) assumed(s *state, m rules.Match) *rules.Unknown {
	for i := range m {
		x := m[i].Unknown
		if x == nil {
			continue
		}
		if m[i].Boxes != nil && m[i].Boxes.Holds(&s.flow) == packet.True {
			continue
		}
		return x
	}
	return nil
}

func assignFlow(f *packet.Flow, a rules.Assign) {
	if a.Mask != 0 {
		f.Assign(a.Field, a.Mask, a.Value)
	}
	if a.Flip != 0 {
		f.Xor(a.Field, a.Flip)
	}
	if a.Copy != 0 {
		f.Xor(a.Field, f.Number(a.Copy)&a.CopyMask)
	}
}

// routeFlow decides whether the device keeps the packet, and by which interface
// it leaves. It returns the condition on which that hangs, if it does, and
// false if what was assumed of the packet cannot be.
func (e *Engine) routeFlow(s *state, asked rules.Hook) (open *condition, possible bool) {
	f := &s.flow
	if asked == rules.Output {
		if out, ok := e.routeTo(f); ok {
			f.Out = out
			f.Lost &^= packet.Fields(packet.Out)
		} else if len(e.routes) > 0 && !f.Knows(packet.Dst) {
			f.Lost |= packet.Fields(packet.Out)
		}
		return nil, true
	}
	kept, open := e.keeps(s, asked)
	if open != nil {
		return open, true
	}
	if s.guessed && !f.DstTranslated && kept != (asked == rules.Input) {
		return nil, false
	}
	f.Lost &^= packet.Fields(packet.DstType)
	if kept {
		if s.hook, f.Out = rules.Input, ""; f.DstType == packet.Unicast {
			f.DstType = packet.Local
		}
		f.Lost &^= packet.Fields(packet.Out)
		return nil, true
	}
	s.hook, f.DstType = rules.Forward, packet.Unicast
	if out, ok := e.routeTo(f); ok {
		f.Out = out
		f.Lost &^= packet.Fields(packet.Out)
	} else if f.Out == "" || len(e.routes) > 0 && !f.Knows(packet.Dst) {
		f.Lost |= packet.Fields(packet.Out)
	}
	return nil, true
}

// keeps reports whether the packet is for the device itself.
func (e *Engine) keeps(s *state, asked rules.Hook) (kept bool, open *condition) {
	f := &s.flow
	switch {
	case f.Knows(packet.DstType):
		return f.DstType != packet.Unicast, nil
	case e.tells(f.Is4()) && f.Knows(packet.Dst):
		return e.isLocal(f), nil
	case asked == rules.Input && f.DstTranslated:
		key := conditionKey(isLocal, f.SrcTranslated, f.DstTranslated)
		holds, known := s.outcome[key]
		if !known {
			return false, &condition{key: key, unknown: isLocal}
		}
		return holds, nil
	}
	return asked == rules.Input, nil
}

func (e *Engine) isLocal(f *packet.Flow) bool {
	return slices.ContainsFunc(e.local, func(r packet.AddrRange) bool { return r.Contains(f.Dst) })
}

// classify says what the routing table says of the packet's destination, as far
// as that is known.
func (e *Engine) classify(f *packet.Flow) {
	f.Lost &^= packet.Fields(packet.DstType)
	f.DstType = packet.Unicast
	switch {
	case !f.Knows(packet.Dst):
		f.Lost |= packet.Fields(packet.DstType)
	case f.Dst.IsMulticast():
		f.DstType = packet.Multicast
	case e.isBroadcast(f.Dst):
		f.DstType = packet.Broadcast
	case !e.tells(f.Is4()):
		f.Lost |= packet.Fields(packet.DstType)
	case e.isLocal(f):
		f.DstType = packet.Local
	}
}

// isBroadcast reports whether a is a broadcast address, as far as the networks
// of the device are known.
func (e *Engine) isBroadcast(a netip.Addr) bool {
	if a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	for _, i := range e.device.Interfaces {
		for _, p := range i.Addrs {
			if a.Is4() && p.Bits() < 31 && p.Contains(a) && packet.PrefixRange(p).Last == a {
				return true
			}
		}
	}
	return false
}

// routeTo returns the interface by which packets to the destination leave.
func (e *Engine) routeTo(f *packet.Flow) (string, bool) {
	if !f.Knows(packet.Dst) {
		return "", false
	}
	for _, r := range e.routes {
		if r.To.Contains(f.Dst) {
			return r.Out, true
		}
	}
	return "", false
}

// Arrive returns a packet as it begins its way: what the device's addresses and
// routes say of it, and what nobody knows, is filled in. An interface that is
// not named is one that is not known, except that a packet which the device
// sends has none to come in by. Broadcast and multicast destinations are told
// by their addresses.
func (e *Engine) Arrive(f packet.Flow, hook rules.Hook) Start {
	f.SrcType, f.LinkType = packet.Unicast, packet.Unicast
	f.Lost |= packet.Fields(packet.Length, packet.TOS, packet.Time)
	if hook == rules.Output || hook == 0 && f.In == "" && f.Out != "" {
		f.SrcType = packet.Local
		e.classify(&f)
		if out, ok := e.routeTo(&f); ok && f.Out == "" {
			f.Out = out
		}
		if f.Out == "" {
			f.Lost |= packet.Fields(packet.Out)
		}
		return Start{Flow: f, Hook: rules.Output}
	}
	if f.In == "" {
		f.Lost |= packet.Fields(packet.In)
	}
	e.classify(&f)
	if f.Knows(packet.DstType) && (f.DstType == packet.Multicast || f.DstType == packet.Broadcast) {
		f.LinkType, hook = f.DstType, rules.Input
	}
	if hook == 0 {
		hook = rules.Forward
	}
	return Start{Flow: f, Hook: hook}
}
