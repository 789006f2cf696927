package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Ask evaluates q. It fails only when the question outgrows its budget: the
// error is a packet.ExhaustedError, and nothing is known of the answer.
func (e *Engine) Ask(q Question) (*Answer, error) {
	answers, err := AskAll(q, e)
	if err != nil {
		return nil, err
	}
	return answers[0], nil
}

// AskAll asks several devices the same question in one universe, so that the
// sets of their answers can be compared: unknown conditions with the same key
// are one. It fails as Ask does.
func AskAll(q Question, engines ...*Engine) (answers []*Answer, err error) {
	defer func() {
		if x, full := packet.Exhausted(recover()); full {
			answers, err = nil, x
		}
	}()
	if q.Nodes == 0 {
		q.Nodes = DefaultNodes
	}
	var names []packet.Pattern
	for _, e := range engines {
		names = append(names, e.namesOf(&q)...)
	}
	restores := slices.ContainsFunc(engines, func(e *Engine) bool { return e.restores })
	u := packet.NewUniverse(packet.Space{Nodes: q.Nodes, Names: names, Restores: restores})
	for _, b := range q.Uncertain {
		u.Uncertain(b)
	}
	asked := u.All()
	if slices.ContainsFunc(engines, func(e *Engine) bool { return e.settlesOut }) {
		asked = asked.Minus(u.Box(isRouted)) // else nothing asks for the mark
	}
	for _, e := range engines {
		answers = append(answers, e.ask(u, q, asked))
	}
	return answers, nil
}

func (e *Engine) ask(u *packet.Universe, q Question, asked packet.Set) *Answer {
	r := newRun(e, u, &q)
	asked = asked.And(q.arrival(e, u))
	for _, b := range q.Uncertain {
		asked = asked.Where(b)
	}
	if r.from = e.sources(q.Leave); r.from != nil {
		asked = asked.Where(r.from)
	}
	accepted := r.leaving(r.unmark(r.pipeline(asked)), nil)
	if e.restores {
		accepted = accepted.Forget(packet.OrigDstType, packet.OrigSrcType)
	}
	u.Rest()
	return &Answer{question: q, run: r, asked: asked, accepted: accepted.Arrived()}
}

// namesOf returns every interface name that the device or the question asks for.
func (e *Engine) namesOf(q *Question) []packet.Pattern {
	names := slices.Clip(e.names)
	for _, list := range [][]*packet.Boxes{q.Arrive, q.Except, q.Leave, q.Uncertain} {
		for _, b := range list {
			b.Patterns(func(p packet.Pattern) bool {
				names = append(names, p)
				return true
			})
		}
	}
	return names
}

// run is one evaluation of a question.
type run struct {
	e       *Engine
	u       *packet.Universe
	q       *Question
	hulls   map[hullKey]*packet.Hull
	hull    *packet.Hull  // of the present stage
	from    *packet.Boxes // the destinations at which packets arrive, nil for any
	stage   *rules.Stage
	terms   map[termKey]packet.Set
	called  map[callKey]result
	plans   map[planKey]*plan
	routes  *routes // nil: not made yet
	scopes  map[scopeKey]packet.Set
	steps   int
	path    string // the calls that led here, of chains that are called from several places
	pending []pendingRule
	// dropping is the number of all rules that drop, where it is not asked which
	// does: a long list of them leaves the sets small. 0: there is none yet.
	dropping uint32

	uncovered packet.Set
	decided   map[decisionKey]*decision
	accepts   []*decision
	strict    map[*rules.Stage]bool // stages that dropped something
}

// decision is what a rule or a policy decided, over all of its calls.
type decision struct {
	stage   *rules.Stage
	chain   *rules.Chain
	rule    *rules.Rule // nil: the policy
	packets packet.Set
	seen    *packet.Set // the packets as Comparable makes them; nil: not asked yet
}

type decisionKey struct {
	stage *rules.Stage
	rule  *rules.Rule
}

type hullKey struct {
	settled       bool
	moved, hidden packet.FieldSet
}

type termKey struct {
	term          *rules.Term
	path          string // where that matters
	hull          *packet.Hull
	hidden, lossy packet.FieldSet
}

type callKey struct {
	chain *rules.Chain
	path  string // where that matters
	stage *rules.Stage
	set   packet.Set
}

type scopeKey struct {
	stage *rules.Stage
	chain *rules.Chain
}

// result is what a chain makes of the packets that enter it.
type result struct{ accepted, returned packet.Set }

func newRun(e *Engine, u *packet.Universe, q *Question) *run {
	return &run{
		e: e, u: u, q: q, hulls: map[hullKey]*packet.Hull{},
		terms: map[termKey]packet.Set{}, called: map[callKey]result{}, plans: map[planKey]*plan{}, scopes: map[scopeKey]packet.Set{},
		decided: map[decisionKey]*decision{}, strict: map[*rules.Stage]bool{},
		uncovered: u.None(),
	}
}

// pipeline leads packets from stage to stage and returns those that pass.
func (r *run) pipeline(s packet.Set) packet.Set {
	waiting := map[*rules.Stage]packet.Set{}
	passed := r.u.None()
	lead := func(s packet.Set, from bool, edges []rules.Edge) packet.Set {
		r.leave()
		for _, edge := range edges {
			gone := s.And(r.match(edge.When))
			s = s.Minus(gone)
			if edge.To == nil {
				passed = passed.Or(gone)
				continue
			}
			if !from && r.e.settled[edge.To] {
				gone = r.leaving(gone, edge.To)
			}
			if old, ok := waiting[edge.To]; ok {
				gone = gone.Or(old)
			}
			waiting[edge.To] = gone
		}
		return s
	}
	r.uncovered = lead(s, false, r.e.device.Pipeline.Entry)
	for _, stage := range r.e.stages {
		if in, ok := waiting[stage]; ok && !in.IsEmpty() {
			lead(r.visit(stage, in), r.e.settled[stage], stage.Next)
		}
	}
	return passed
}

// leaving returns the packets before a stage, nil being behind the last, that
// leave as the question asks: their destination changes no more. By which
// interface they leave may: of that it asks only where it does not.
func (r *run) leaving(s packet.Set, before *rules.Stage) packet.Set {
	r.leave()
	for _, b := range r.q.Leave {
		if before != nil && r.e.rerouted[before] && slices.Contains(b.Fields(), packet.Out) {
			continue
		}
		s = s.And(r.condition(&rules.Term{Boxes: b}))
	}
	return s
}

// enter makes stage the present one.
func (r *run) enter(stage *rules.Stage) {
	r.stage = stage
	key := hullKey{r.e.settled[stage], r.e.moved[stage], stage.Hidden}
	if r.hulls[key] == nil {
		h := r.q.hull(key)
		if !key.moved.Has(packet.Dst) && !key.settled && r.from != nil {
			h.Narrow(r.from)
		}
		r.hulls[key] = h
	}
	r.hull = r.hulls[key]
}

// leave says that no stage is present: conditions see everything.
func (r *run) leave() { r.stage, r.hull = nil, nil }

// visit returns what leaves a stage.
func (r *run) visit(stage *rules.Stage, s packet.Set) packet.Set {
	if r.passesBy(stage) {
		return s
	}
	r.enter(stage)
	inside := s
	if len(stage.When) > 0 {
		inside = s.And(r.match(stage.When))
	}
	beside := s.Minus(inside)
	if stage.Chain != nil {
		res := r.chain(stage.Chain, inside)
		rest, accepted := r.settle(res.returned)
		inside = r.final(res.accepted).Or(accepted).Or(r.policy(stage.Chain, rest))
	}
	if stage.Route {
		inside = r.route(inside)
	}
	return beside.Or(inside)
}

// policy applies the policy of a chain that starts a stage.
func (r *run) policy(c *rules.Chain, s packet.Set) packet.Set {
	if s.IsEmpty() {
		return s
	}
	if c.Policy.Verdict != rules.Accept {
		return r.drop(s)
	}
	r.accepts = append(r.accepts, &decision{stage: r.stage, chain: c, packets: s})
	return s
}

// chain evaluates a chain for the packets that enter it.
func (r *run) chain(c *rules.Chain, s packet.Set) result {
	key := callKey{c, "", r.stage, s}
	if r.e.drawn[c] {
		key.path = r.path
	}
	if done, ok := r.called[key]; ok {
		return done
	}
	res := result{r.u.None(), r.u.None()}
	p := r.plan(c)
	s = r.relevant(p, s)
	for _, rule := range p.rules {
		if s.IsEmpty() {
			break
		}
		r.step(1)
		matched := r.match(rule.Match)
		if isFinalDrop(rule) && !r.q.Decisions {
			if rest := s.Minus(matched); rest != s {
				r.strict[r.stage] = true
				s = rest
			}
			continue
		}
		hit := s.And(matched)
		if hit.IsEmpty() {
			continue
		}
		s = s.Minus(hit)
		s = r.act(c, rule, hit, s, &res)
	}
	if p.drops {
		s = r.drop(s)
	}
	res.returned = res.returned.Or(s)
	r.called[key] = res
	return res
}

// call evaluates the chain that a rule calls.
func (r *run) call(rule *rules.Rule, s packet.Set) result {
	before := r.path
	r.path += r.e.sites[rule]
	res := r.chain(rule.Action.Target, s)
	r.path = before
	return res
}

// act applies a rule to the packets that it matches and returns those that go
// on to the next rule, together with rest, which it does not match.
func (r *run) act(c *rules.Chain, rule *rules.Rule, hit, rest packet.Set, res *result) packet.Set {
	a := &rule.Action
	if a.Tentative {
		return rest.Or(r.postpone(c, rule, hit))
	}
	changed := r.change(a, hit)
	switch a.Verdict {
	case rules.Accept, rules.Drop, rules.Reject:
		if a.Verdict == rules.Accept {
			res.accepted = res.accepted.Or(changed)
		}
		r.decide(c, rule, changed)
		return rest
	case rules.Jump:
		called := r.call(rule, changed)
		res.accepted = res.accepted.Or(called.accepted)
		return rest.Or(called.returned)
	case rules.Goto:
		called := r.call(rule, changed)
		res.accepted = res.accepted.Or(called.accepted)
		res.returned = res.returned.Or(called.returned)
		return rest
	case rules.Return:
		res.returned = res.returned.Or(changed)
		return rest
	case rules.Undecided:
		accepts := r.unknown(a.Unknown, " accepts")
		drops := r.unknown(a.Unknown, " drops")
		taken := changed.And(accepts)
		res.accepted = res.accepted.Or(taken)
		r.decide(c, rule, taken)
		return rest.Or(changed.Minus(accepts).Minus(drops))
	case rules.Continue:
	}
	return rest.Or(changed)
}

// decide notes that a rule settles what becomes of the packets.
func (r *run) decide(c *rules.Chain, rule *rules.Rule, s packet.Set) {
	if s.IsEmpty() {
		return
	}
	key := decisionKey{r.stage, rule}
	d, ok := r.decided[key]
	if !ok {
		d = &decision{stage: r.stage, chain: c, rule: rule, packets: r.u.None()}
		r.decided[key] = d
		if v := rule.Action.Verdict; v == rules.Accept || v == rules.Undecided {
			r.accepts = append(r.accepts, d)
		}
	}
	d.packets = d.packets.Or(s)
	if rule.Action.Verdict == rules.Drop || rule.Action.Verdict == rules.Reject {
		r.strict[r.stage] = true
	}
}

// change returns the packets as the action leaves them.
func (r *run) change(a *rules.Action, s packet.Set) packet.Set {
	if a.Maybe == nil {
		return r.changed(a, s)
	}
	does := r.unknown(a.Maybe, "")
	return r.changed(a, s.And(does)).Or(s.Minus(does))
}

// changed returns the packets as the action leaves them if it changes them.
func (r *run) changed(a *rules.Action, s packet.Set) packet.Set {
	for _, set := range a.Set {
		s = assign(s, set)
	}
	if a.Out != "" {
		s = s.Forget(packet.Out).And(r.leavingBy(a.Out)).Assign(packet.Routed, 1, 1)
	}
	if a.NAT != nil {
		s = r.rewrite(s, packet.Source, &a.NAT.Src, packet.Out)
		s = r.classify(r.rewrite(s, packet.Destination, &a.NAT.Dst, packet.In))
	}
	return s
}

func assign(s packet.Set, a rules.Assign) packet.Set {
	if a.Any {
		return s.Blur(a.Field, a.Mask)
	}
	if a.Mask != 0 {
		s = s.Assign(a.Field, a.Mask, a.Value)
	}
	if a.Flip != 0 {
		s = s.Flip(a.Field, a.Flip)
	}
	if a.Copy != 0 {
		s = s.XorBits(a.Field, a.Copy, a.CopyMask)
	}
	return s
}

// match returns the packets for which every term holds.
func (r *run) match(m rules.Match) packet.Set {
	var plain []*packet.Boxes
	s := r.u.All()
	for i := range m {
		t := &m[i]
		if t.Unknown == nil && !t.Negated && r.isPlain(t.Boxes) {
			plain = append(plain, t.Boxes)
			continue
		}
		s = s.And(r.term(t))
	}
	return r.u.Cube(r.hull, plain...).And(s)
}

// isPlain reports whether the fields of b are seen and known for all packets.
func (r *run) isPlain(b *packet.Boxes) bool {
	for _, f := range b.Fields() {
		if r.lossy().Has(f) || r.hidden().Has(f) {
			return false
		}
	}
	return true
}

func (r *run) hidden() packet.FieldSet {
	if r.stage == nil {
		return 0
	}
	return r.stage.Hidden
}

// lossy returns the fields whose values may be unknown here.
func (r *run) lossy() packet.FieldSet {
	if r.stage == nil {
		return r.e.lossy
	}
	return r.e.lossyAt[r.stage]
}

// term returns the packets for which a term holds.
func (r *run) term(t *rules.Term) packet.Set {
	key := termKey{t, "", r.hull, r.hidden(), r.lossy()}
	if t.Unknown != nil && isDrawn(t.Unknown) {
		key.path = r.path
	}
	s, ok := r.terms[key]
	if !ok {
		s = r.condition(t)
		r.terms[key] = s
	}
	return s
}

func (r *run) condition(t *rules.Term) packet.Set {
	s, has := r.u.None(), r.u.All()
	if t.Boxes != nil {
		s, has = r.boxes(t.Boxes), r.u.Has(t.Boxes)
	}
	if x := t.Unknown; x != nil {
		within := r.u.All()
		if x.Within != nil {
			within = r.boxes(x.Within)
		}
		s = s.Or(within.And(r.unknown(x, "")))
	}
	if t.Negated {
		return has.Minus(s)
	}
	return has.And(s)
}

// boxes returns the packets that lie in the boxes as they can be seen here.
// Where a value is not known, it is an unknown whether they do.
func (r *run) boxes(b *packet.Boxes) packet.Set {
	s := r.u.BoxIn(b, r.hull)
	for _, f := range b.Fields() {
		if r.hidden().Has(f) {
			s = s.Where(packet.Names(f, nowhere)).Forget(f)
		}
	}
	if !r.isPlain(b) {
		if lost := r.u.Lost(b, r.lossy()&^r.hidden()); !lost.IsEmpty() {
			s = s.Minus(lost).Or(lost.And(r.u.Unknown(lostKey(b), packet.Fixed)))
		}
	}
	return s
}

// lostKey is the key of the condition that a value which is not known lies in b.
func lostKey(b *packet.Boxes) string { return lostPrefix + b.Key() }

const lostPrefix = "a value that is not known lies in "

// unknown returns the packets for which an unknown condition holds.
func (r *run) unknown(x *rules.Unknown, suffix string) packet.Set {
	if isDrawn(x) {
		suffix += r.path
	}
	ask := func(src, dst bool) packet.Set { return r.u.Unknown(conditionKey(x, src, dst)+suffix, x.Doubt) }
	s := ask(false, false)
	if x.Of&packet.Fields(packet.Src, packet.SrcPort, packet.SrcType) != 0 {
		s = choose(r.u.Box(srcIsSNAT), ask(true, false), s)
	}
	if x.Of&packet.Fields(packet.Dst, packet.DstPort, packet.DstType) != 0 {
		s = choose(r.u.Box(dstIsDNAT), choose(r.u.Box(srcIsSNAT), ask(true, true), ask(false, true)), s)
	}
	return s
}

func choose(when, yes, no packet.Set) packet.Set { return when.And(yes).Or(no.Minus(when)) }
