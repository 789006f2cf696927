package nftables

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// alternative is one way in which a rule can apply: by one element of a map.
type alternative struct {
	terms []rules.Term
	set   []rules.Assign
}

// cross makes the rule one that applies in each of the ways of list, and in those
// that it had before.
func (b *builder) cross(list []alternative) {
	if b.alts == nil {
		b.alts = list
		return
	}
	var out []alternative
	for i := range b.alts {
		for j := range list {
			if !b.mayMake() {
				b.problem(source.Malformed, b.ruleSpan(), "the rule expands to more than %d rules", b.in.Limits.Expansion)
				return
			}
			out = append(out, alternative{slices.Concat(b.alts[i].terms, list[j].terms), slices.Concat(b.alts[i].set, list[j].set)})
		}
	}
	b.alts = out
}

// sets reports whether the rule has changed something in the packet so far.
func (b *builder) sets() bool {
	return slices.ContainsFunc(b.alts, func(x alternative) bool { return len(x.set) > 0 })
}

// clash reports whether the alternatives set a field that one of the conditions
// asks for, so that one of them could make another apply.
func (b *builder) clash() bool {
	var set packet.FieldSet
	for i := range b.alts {
		for _, a := range b.alts[i].set {
			set |= packet.Fields(a.Field)
		}
	}
	if set == 0 || len(b.alts) == 1 {
		return false
	}
	for i := range b.alts {
		if !b.clashFree(set, b.alts[i].terms) {
			return true
		}
	}
	return !b.clashFree(set, b.terms)
}

func (b *builder) clashFree(set packet.FieldSet, terms []rules.Term) bool {
	for i := range terms {
		if terms[i].Boxes == nil {
			continue
		}
		if slices.ContainsFunc(terms[i].Boxes.Fields(), set.Has) {
			return false
		}
	}
	return true
}

// nest moves what follows into a chain of its own: a packet that meets the
// conditions so far goes there, whatever is changed later.
func (b *builder) nest() {
	c := b.newPart()
	b.add(b.terms, rules.Action{Verdict: rules.Jump, Target: c})
	b.into, b.terms, b.nested = c, nil, true
}

// newPart returns a new chain for a part of a rule.
func (b *builder) newPart() *rules.Chain {
	c := b.newChain()
	b.parts[c] = true
	return c
}

// newChain returns a new chain without a name of its own.
func (b *builder) newChain() *rules.Chain {
	b.anonymous++
	c := &rules.Chain{
		Name:   fmt.Sprintf("%s part %d", b.chain.table.fullName(b.chain.name), b.anonymous),
		Policy: rules.Action{Verdict: rules.Return}, Span: b.ruleSpan(),
	}
	b.device.Chains = append(b.device.Chains, c)
	return c
}

// settle makes what was set so far take effect before the next condition is
// asked.
func (b *builder) settle() {
	if !b.sets() {
		return
	}
	clash := false
	var set packet.FieldSet
	for i := range b.alts {
		for _, a := range b.alts[i].set {
			set |= packet.Fields(a.Field)
		}
		clash = clash || !b.clashFree(set, b.alts[i].terms)
	}
	clash = clash || !b.clashFree(set, b.terms)
	log := b.log
	if !clash {
		b.emit(rules.Action{Verdict: rules.Continue})
		for i := range b.alts {
			b.alts[i].set = nil
		}
		if len(b.alts) == 1 {
			b.terms = slices.Concat(b.terms, b.alts[0].terms)
			b.alts = nil
		}
		b.log = log
		return
	}
	// Only packets of some alternative go on: they are told apart in a chain of
	// their own, each alternative in its turn.
	rest := b.newPart()
	alts := b.alts
	b.alts = nil
	inner := b.newPart()
	b.add(b.terms, rules.Action{Verdict: rules.Jump, Target: inner})
	b.into = inner
	for i := range alts {
		b.add(alts[i].terms, rules.Action{Verdict: rules.Goto, Target: rest, Set: alts[i].set, Log: log})
	}
	b.into, b.terms, b.nested, b.log = rest, nil, true, false
}
