package asa

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// controlsNAT reports whether packets are passed only if a translation is for
// them: nat-control, and PIX 6 at all times (8).
func (l *lowering) controlsNAT() bool {
	v := l.c.version
	return l.c.old.control || v.platform == platformPIX && v.before(7, 0)
}

// reverse returns the chain that drops, with nat-control, packets to a higher
// security level whose destination was not made known to the lower one: by
// static translation, if only to itself, or by exemption. Nil without it.
func (o *oldLowering) reverse() *rules.Chain {
	if !o.controlsNAT() {
		return nil
	}
	accept := rules.Action{Verdict: rules.Accept}
	list := []*rules.Rule{o.slab.NewRule(rules.Rule{
		Match: rules.Match{{Boxes: dstMoved}}, Action: accept, Implicit: "the destination was translated",
	})}
	for _, s := range o.exempt {
		list = append(list, o.each(s, "nat-control", o.arriving, func(r *natRule) []*rules.Rule {
			return []*rules.Rule{o.rule(r, o.arriving(r), accept)}
		})...)
	}
	for _, s := range o.statics {
		for _, r := range s.rules {
			if r.source.same && !s.deny[r] {
				list = append(list, o.rule(r, o.arriving(r), accept))
			}
		}
	}
	list = append(list, o.forbidden("nat-control wants a static translation or an exemption for the destination",
		func(from, to *port) bool { return to.level > from.level })...)
	return o.natChain("NAT: nat-control", list)
}

// untranslated returns the rules that drop, with nat-control, packets whose
// source no line translates though they go to a lower security level, or to an
// equal one from an interface that has dynamic translation.
func (o *oldLowering) untranslated() []*rules.Rule {
	dynamic := map[string]bool{}
	for i := range o.c.old.nats {
		if line := &o.c.old.nats[i]; line.id != 0 {
			dynamic[line.realIf] = true
		}
	}
	return o.forbidden("no translation found: nat-control wants one for the source", func(from, to *port) bool {
		return to.level < from.level || to.level == from.level && dynamic[from.name]
	})
}

// forbidden returns the rules that drop what comes to them from one interface to
// others, as far as their security levels are known.
func (o *oldLowering) forbidden(why string, to func(from, to *port) bool) []*rules.Rule {
	var list []*rules.Rule
	for _, from := range o.ports {
		var others []*port
		for _, p := range o.ports {
			if from.levelKnown && p.levelKnown && to(from, p) {
				others = append(others, p)
			}
		}
		if len(others) == 0 {
			continue
		}
		span := o.c.old.span
		if span.IsZero() {
			span = from.headSpan()
		}
		list = append(list, o.slab.NewRule(rules.Rule{
			Match:  o.slab.NewMatch([]rules.Term{by(packet.In, from), by(packet.Out, others...), {Boxes: onlyIPv4}}),
			Action: rules.Action{Verdict: rules.Drop}, Implicit: why, Span: span,
		}))
	}
	return list
}
