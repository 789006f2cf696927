package pf

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Translation in the language of FreeBSD: rules of its own, of which the first that
// matches counts, before the filter (6.2).

var natNames = [...]string{kindNAT: "nat", kindRDR: "rdr", kindBINAT: "binat"}

// translations returns the stages of translation of a test: on the way in that of
// rdr and then that of binat, on the way out that of binat and then that of nat.
func (l *lowering) translations(t test, skip rules.Match) []testStage {
	kinds := []natKind{kindRDR, kindBINAT}
	if t == outbound {
		kinds = []natKind{kindBINAT, kindNAT}
	}
	var known []*packet.Boxes
	for _, m := range l.isKnown(t) {
		var list []*packet.Boxes
		for i := range m {
			list = append(list, m[i].Boxes)
		}
		known = append(known, packet.Product(list...))
	}
	when := append(slices.Clip(skip), rules.Term{Boxes: packet.Union(known...), Negated: true})
	var list []testStage
	for _, k := range kinds {
		if !l.hasNAT(k) {
			continue
		}
		s := testStage{chain: l.translation(t, k), when: when}
		if len(list) > 0 {
			s.when = append(slices.Clip(s.when), rules.Term{Boxes: packet.Masked(packet.Mark, t.state(), 0)})
		}
		list = append(list, s)
	}
	return list
}

// hasNAT reports whether there are rules of a kind in the main ruleset.
func (l *lowering) hasNAT(k natKind) bool {
	for i := range l.c.body {
		s := &l.c.body[i]
		if s.nat != nil && s.nat.kind == k || s.anchored != nil && s.anchored.kind == k {
			return true
		}
	}
	return false
}

// translation returns the chain of the rules of a kind.
func (l *lowering) translation(t test, k natKind) *rules.Chain {
	name := natNames[k]
	if k == kindBINAT {
		name += " " + t.String()
	}
	c := l.newChain(name, l.c.head)
	c.Policy, c.Implicit = rules.Action{Verdict: rules.Accept}, "no rule of "+natNames[k]+" matches"
	b := &builder{lowering: l, test: t, chain: c, tables: l.c.tables}
	b.natBody(l.c.body, k)
	return c
}

// natBody lowers the rules of a kind in a ruleset.
func (b *builder) natBody(list []statement, k natKind) {
	for i := range list {
		switch s := &list[i]; {
		case s.nat != nil && s.nat.kind == k:
			b.natRule(s.nat)
		case s.broken != nil && s.nats && b.test.has(s.dir):
			b.anything(nil, *s.broken, "the line cannot be read")
		case s.anchored != nil && s.anchored.kind == k:
			b.natAnchor(s.anchored, k)
		}
	}
}

// natRule lowers a rule of translation.
func (b *builder) natRule(x *natRule) {
	r := x.rule
	r.action, r.dir, r.span = actionMatch, dirBoth, x.span
	switch {
	case x.to == nil:
		if x.kind == kindBINAT && b.test == inbound {
			return // "no binat" has no address to look for
		}
	case x.kind == kindBINAT:
		tag := r.filter
		r = *binatOf(&r, b.test, x.to)
		r.filter = tag
	case x.kind == kindNAT:
		r.nat = x.to
	case x.kind == kindRDR:
		r.rdr = x.to
	}
	if r.rdr != nil && r.rdr.moves() && len(r.dst.ports) > 1 {
		for i := range r.dst.ports {
			one := r
			one.dst.ports = r.dst.ports[i : i+1]
			b.translate(x, &one)
		}
		return
	}
	b.translate(x, &r)
}

// translate adds a rule of translation.
func (b *builder) translate(x *natRule, r *rule) {
	if !b.conditions(r, redirectionsOf(r)) {
		return
	}
	a := rules.Action{Verdict: rules.Accept, Log: r.log}
	if !x.no {
		bit := b.test.state()
		a.NAT, a.Maybe = b.natOf(r), b.portsUnknown(r)
		a.Set = append(b.tagged(r.filter.tag),
			rules.Assign{Field: packet.Mark, Mask: bit, Value: bit}, rules.Assign{Field: packet.ConnMark, Mask: bit, Value: bit})
		if x.pass {
			a.Set = append(a.Set, rules.Assign{Field: packet.Mark, Mask: b.test.pass(), Value: b.test.pass()})
			b.passed[b.test] = append(b.passed[b.test], passed{x.span, r})
		}
	}
	b.emit([]step{{action: a}}, x.span, r.label)
}

// passed is a rule of translation that passes packets by the filter (6.2).
type passed struct {
	span source.Span
	r    *rule // what it was lowered from; nil: an anchor whose rules are not given
}

// passes adds, before the filter rules, what such rules let through: each what it
// translates, as that goes on, and an anchor whose rules are not given, or the
// last of them, the rest, so that for every packet there is one to answer.
func (b *builder) passes() {
	mark := rules.Term{Boxes: packet.Masked(packet.Mark, b.test.pass(), b.test.pass())}
	list := b.passed[b.test]
	for i := range list {
		r := list[i].r
		if r == nil {
			continue
		}
		b.terms, b.lists = b.terms[:0], b.lists[:0]
		b.add(mark)
		b.protoTerm(r.protos)
		if to := r.rdr; to != nil {
			if dst := b.hostAlternatives(to.pool, packet.Dst, r.af); !dst.never {
				b.chooseHost(&dst)
			}
			if to.ports == nil && !to.unknown {
				b.portTerm(r.dst.ports, packet.DstPort)
			}
		}
		b.emit([]step{{action: rules.Action{Verdict: rules.Accept}}}, list[i].span, r.label)
	}
	if len(list) == 0 {
		return
	}
	rest := list[len(list)-1].span
	if i := slices.IndexFunc(list, func(p passed) bool { return p.r == nil }); i >= 0 {
		rest = list[i].span
	}
	b.put(rules.Rule{Match: b.slab.NewMatch([]rules.Term{mark}), Action: rules.Action{Verdict: rules.Accept}, Span: rest})
}

// natAnchor lowers an anchor of translation.
func (b *builder) natAnchor(a *anchor, k natKind) {
	r := a.rule
	r.action, r.span = actionMatch, a.span
	if !b.conditions(&r, nil) {
		return
	}
	path := b.anchors.paths[a]
	b.noteAnchor(path, a.span)
	targets, known := b.targets(a, path)
	program, _, _ := strings.Cut(path, "/")
	if !known {
		b.unknownTranslation(a, program, k)
		return
	}
	var steps []step
	for _, s := range targets {
		b.noteAnchor(s.path, a.span)
		c := b.chainOf(s, call{path: s.path, test: b.test, kind: k})
		if c == nil {
			b.problem(source.Malformed, a.span, "anchor %s leads back to itself, or anchors are nested too deeply", a.name)
			return
		}
		steps = append(steps, step{action: rules.Action{Verdict: rules.Jump, Target: c.chain}})
	}
	b.emit(steps, a.span, "")
}

// unknownTranslation adds what stands for an anchor of translation whose rules are
// not given.
func (b *builder) unknownTranslation(a *anchor, program string, k natKind) {
	if slices.Contains(opensData, program) {
		return // of data connections it is not asked what translates them
	}
	reason := "the rules of " + natNames[k] + "-" + a.label() + " are not given"
	if why := dynamic[program]; why != "" {
		reason += ": " + why
	}
	b.problem(source.Unsupported, a.span, "%s", reason)
	key := placed("of the test "+b.test.String(), a.span)
	bit := b.test.state()
	b.passed[b.test] = append(b.passed[b.test], passed{a.span, nil})
	action := rules.Action{
		NAT: b.anyNAT(), Maybe: &rules.Unknown{Reason: reason, Key: "change " + key},
		Set: []rules.Assign{
			{Field: packet.Mark, Mask: bit, Value: bit},
			{Field: packet.ConnMark, Mask: bit, Value: bit},
			{Field: packet.Mark, Mask: b.test.pass(), Any: true},
		},
	}
	if b.test == inbound { // it may be sent elsewhere
		action.Verdict, action.Unknown = rules.Undecided, &rules.Unknown{Reason: reason, Key: "decision " + key}
	}
	u := b.unknown("translation "+key, reason, packet.Fixed, 0, nil)
	b.emit([]step{{terms: []rules.Term{{Unknown: u, Span: a.span}}, action: action}}, a.span, "")
}
