package eval

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Answer is what a device does to the packets of a question.
type Answer struct {
	question Question
	run      *run
	accepted packet.Set
	asked    packet.Set
}

// Accepted returns the packets of the question that pass the device, by where
// they truly come from and go to: the source as it arrived, the destination as it left.
func (a *Answer) Accepted() packet.Set { return a.accepted }

// Asked returns the packets of the question as they arrive.
func (a *Answer) Asked() packet.Set { return a.asked }

// Uncovered returns the packets, as they arrive, of which the configuration
// says nothing: those of an address family that it does not speak of.
func (a *Answer) Uncovered() packet.Set { return a.run.uncovered }

// Decided returns the packets whose verdict, in its chain, comes from rule, by
// the source as it arrived and the destination as the rule saw it or, where it may be
// translated behind the rule, as it left. Of rules that drop it knows only if the question asked for Decisions.
func (a *Answer) Decided(rule *rules.Rule) packet.Set {
	s := a.run.u.None()
	for _, stage := range a.run.e.stages {
		if d, ok := a.run.decided[decisionKey{stage, rule}]; ok {
			s = s.Or(a.seen(d))
		}
	}
	return s
}

// Universe returns the universe of the answer's sets, to build others in.
func (a *Answer) Universe() *packet.Universe { return a.run.u }

// Question returns the question.
func (a *Answer) Question() Question { return a.question }

// Decider is a rule, or the policy of a chain, that lets packets pass.
type Decider struct {
	Stage   *rules.Stage
	Chain   *rules.Chain // the rule's own chain
	Rule    *rules.Rule  // nil: the policy of the chain
	Packets packet.Set
}

// Deciders returns what lets the packets of bad pass, each packet once, in the
// order of the packets' way. Where several stages could stop a packet, the one
// to answer for it is that in which a rule was written for it although others
// are dropped there; a policy answers for what no rule speaks of.
//
// rest are packets of bad that pass though nothing was found to let them. There
// are none, or the program is at fault: whoever asks must not take them for
// packets that are stopped.
func (a *Answer) Deciders(bad packet.Set) (list []Decider, rest packet.Set) {
	left := a.Comparable(bad.And(a.accepted))
	var out []Decider
	for _, rank := range []func(*decision) bool{
		func(d *decision) bool { return d.rule != nil && a.run.strict[d.stage] },
		func(d *decision) bool { return d.rule != nil },
		func(*decision) bool { return true },
	} {
		for _, d := range a.run.accepts {
			if left.IsEmpty() {
				return out, left
			}
			if !d.stage.Filters || !rank(d) {
				continue
			}
			if hit := left.And(a.seen(d)); !hit.IsEmpty() {
				out = append(out, Decider{d.stage, d.chain, d.rule, hit})
				left = left.Minus(hit)
			}
		}
	}
	return out, left
}

// seen returns the packets of a decision as Comparable makes them, whatever becomes
// of their destination and their way out behind it. It is worked out once.
func (a *Answer) seen(d *decision) packet.Set {
	if d.seen == nil {
		s := d.packets
		if a.run.e.rerouted[d.stage] {
			s = s.Forget(packet.Out)
		}
		if slices.ContainsFunc(d.stage.Next, func(edge rules.Edge) bool { return edge.To != nil && !a.run.e.settled[edge.To] }) {
			if a.run.e.restores {
				s = s.Or(s.Rewrite(packet.Destination, &packet.Rewrite{Restore: true}))
			}
			s = s.Onward()
		}
		s = a.Comparable(s)
		d.seen = &s
	}
	return *d.seen
}

// Comparable brings sets from different points of the way together: with the
// source that arrived, and without what the device writes on packets and what
// routing may change behind a rule.
func (a *Answer) Comparable(s packet.Set) packet.Set {
	s = s.Arrived().Forget(packet.Mark, packet.ConnMark, packet.TOS, packet.TCPFlags, packet.Pending, packet.DstType, packet.SrcType)
	if a.run.e.restores {
		s = s.Forget(packet.OrigDstType, packet.OrigSrcType)
	}
	if a.run.e.settlesOut {
		s = s.Forget(packet.Routed)
	}
	if a.question.Hook == rules.Output && a.run.e.routes() {
		s = s.Forget(packet.Out)
	}
	if a.run.e.lossy.Has(packet.DstType) || a.run.e.lossy.Has(packet.SrcType) {
		s = s.ForgetLost(packet.DstType, packet.SrcType)
	}
	return s
}

// Scope returns the packets that rule matches where its chain is called,
// whatever earlier rules do: what it stands for, as its author meant it.
func (a *Answer) Scope(stage *rules.Stage, chain *rules.Chain, rule *rules.Rule) packet.Set {
	r := a.run
	r.enter(stage)
	s := r.scope(stage.Chain, chain)
	if rule != nil {
		s = s.And(r.match(rule.Match))
	}
	return s
}

// scope returns the packets with which chain is reached from the chain at the
// start of a stage, whatever rules decide on the way.
func (r *run) scope(base, chain *rules.Chain) packet.Set {
	if base == chain {
		return r.u.All()
	}
	key := scopeKey{r.stage, chain}
	if s, ok := r.scopes[key]; ok {
		return s
	}
	r.scopes[key] = r.u.None() // for chains that call each other
	s := r.u.None()
	for _, caller := range base.Reached() {
		for _, rule := range caller.Rules {
			if rule.Action.Target != chain || r.skips(rule) {
				continue
			}
			s = s.Or(r.scope(base, caller).And(r.match(rule.Match)))
		}
	}
	r.scopes[key] = s
	return s
}

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
