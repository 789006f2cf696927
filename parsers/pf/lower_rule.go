package pf

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// builder turns the statements of a ruleset into the rules of a chain.
type builder struct {
	*lowering
	test   test
	chain  *rules.Chain
	scope  string            // the path of the ruleset
	tables map[string]*table // of the ruleset
	// within is the number of the anchor with quick to which the rules belong.
	within  uint32
	mayStop bool // a rule may end evaluation, and what matched last holds
	depth   int

	opens  bool            // the rule at hand lets packets through
	family family          // of the rule at hand, as far as it and its hosts tell
	terms  []rules.Term    // of it
	lists  [][]alternative // of each of its lists that is more than one condition
}

// add adds a condition to the rule at hand.
func (b *builder) add(t rules.Term) { b.terms = append(b.terms, t) }

// choose adds the conditions of which one has to hold.
func (b *builder) choose(list []alternative) {
	switch len(list) {
	case 0:
	case 1:
		b.terms = append(b.terms, list[0]...)
	default:
		b.lists = append(b.lists, list)
	}
}

// chooseHost adds what a list of hosts asks for.
func (b *builder) chooseHost(h *hostList) {
	if h.isPlain {
		b.add(h.plain)
		return
	}
	b.choose(h.alternatives)
}

// step is one of the rules of the model that a rule becomes.
type step struct {
	terms  []rules.Term // beside those of the rule
	action rules.Action
}

// rule lowers a rule.
func (b *builder) rule(r *rule) {
	if namesVary(r) {
		b.eachName(r)
		return
	}
	b.named(r)
}

// named lowers a rule whose tags have their names.
func (b *builder) named(r *rule) {
	switch {
	case r.action == actionScrub:
	case r.binat != nil:
		b.binat(r)
	case !b.test.has(r.dir):
	case r.rdr != nil && r.rdr.moves() && len(r.dst.ports) > 1:
		for i := range r.dst.ports {
			one := *r
			one.dst.ports = r.dst.ports[i : i+1]
			b.simple(&one)
		}
	default:
		b.simple(r)
	}
}

// simple lowers a rule that has one action.
func (b *builder) simple(r *rule) {
	if b.conditions(r, redirectionsOf(r)) {
		b.emit(b.steps(r), r.span, r.label)
	}
}

// conditions collects what a rule asks of a packet. It reports false if no packet
// can be what it asks.
func (b *builder) conditions(r *rule, to []*redirection) bool {
	b.terms, b.lists = b.terms[:0], b.lists[:0]
	b.ifaceTerms(r.on, b.test.iface())
	b.ifaceTerms(r.filter.received, packet.In)
	b.opens = r.action == actionPass
	src := b.hostAlternatives(r.src.hosts, packet.Src, r.af)
	dst := b.hostAlternatives(r.dst.hosts, packet.Dst, r.af)
	if src.never || dst.never || !meet(src.families, dst.families) {
		b.problem(source.Malformed, r.span, "the rule stands for no valid combination of IP versions")
		return false
	}
	b.family = r.af
	if af, single := onlyFamily(src.families, dst.families); single && r.af == anyFamily {
		b.family = af
	}
	b.familyTerm(r, to, src.families|dst.families)
	b.protoTerm(r.protos)
	b.chooseHost(&src)
	b.portTerm(r.src.ports, packet.SrcPort)
	b.chooseHost(&dst)
	b.portTerm(r.dst.ports, packet.DstPort)
	b.icmpTerm(r)
	b.stateTerms(r)
	b.otherTerms(r)
	b.noteMacros(r)
	return true
}

// meet reports whether a host of one list and one of the other can be of one IP
// version.
func meet(a, b familySet) bool { return (a|b)&hasNeutral != 0 || a&b != 0 }

// onlyFamily returns the IP version that the hosts of one of the lists are of.
func onlyFamily(lists ...familySet) (family, bool) {
	for _, s := range lists {
		if s == hasInet {
			return inet, true
		}
		if s == hasInet6 {
			return inet6, true
		}
	}
	return anyFamily, false
}

// familyTerm adds the condition on the IP version: what the rule says, or else what
// the addresses do that it translates to (4.2).
func (b *builder) familyTerm(r *rule, to []*redirection, hosts familySet) {
	af := r.af
	for _, x := range to {
		if af != anyFamily {
			break
		}
		af = x.only()
		if hosts == hasNeutral {
			af = x.family()
		}
	}
	if boxes := familyBoxes(af); boxes != nil {
		b.add(rules.Term{Boxes: boxes, Span: r.span})
	}
}

// ruleCost is how much a rule that lists expand to counts, against what the limits
// allow: it takes as much memory as some members of sets.
const ruleCost = 8

// emit adds the rule at hand: once for each combination of the members of its
// lists that are not one condition, and each step.
func (b *builder) emit(steps []step, span source.Span, label string) {
	at := make([]int, len(b.lists))
	for {
		terms := b.terms
		for i, list := range b.lists {
			terms = append(slices.Clip(terms), list[at[i]]...)
		}
		for _, s := range steps {
			all := terms
			if len(s.terms) > 0 {
				all = slices.Concat(terms, s.terms)
			}
			b.put(rules.Rule{Match: b.slab.NewMatch(all), Action: s.action, Span: span, Comment: label})
		}
		if !b.advance(at) {
			return
		}
		b.expanded += len(steps) * ruleCost
		if b.expanded > b.in.Limits.Expansion {
			b.problem(source.Malformed, span, "lists stand for more than %d rules", b.in.Limits.Expansion)
			b.anything(nil, span, "lists stand for too many rules")
			return
		}
	}
}

// advance turns to the next combination of the members of lists, and reports
// whether there is one.
func (b *builder) advance(at []int) bool {
	for i := len(at) - 1; i >= 0; i-- {
		at[i]++
		if at[i] < len(b.lists[i]) {
			return true
		}
		at[i] = 0
	}
	return false
}

// put adds a rule to the chain.
func (b *builder) put(r rules.Rule) { b.chain.Rules = append(b.chain.Rules, b.slab.NewRule(r)) }

// noteMacros notes which macros a rule uses.
func (b *builder) noteMacros(r *rule) {
	if b.test == outbound && r.dir == dirBoth {
		return // noted in the other test
	}
	note := func(x at) {
		for _, s := range x.via {
			if uses := b.macroUses[s]; len(uses) == 0 || uses[len(uses)-1] != r.span {
				b.macroUses[s] = append(uses, r.span)
			}
		}
	}
	for _, e := range []*endpoint{&r.src, &r.dst} {
		for i := range e.hosts {
			note(e.hosts[i].at)
		}
		for i := range e.ports {
			note(e.ports[i].at)
		}
	}
	for i := range r.on {
		note(r.on[i].at)
	}
	for i := range r.protos {
		note(r.protos[i].at)
	}
	for _, x := range redirectionsOf(r) {
		for i := range x.pool {
			note(x.pool[i].at)
		}
	}
}
