package asa

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Translation before 8.3, and of PIX and FWSM (8). Its lines become rules like
// those of later versions: what they mean for one packet is the same.

// oldNATStages returns the stages of translation before 8.3. That of the reverse
// way holds what nat-control asks of destinations.
func (l *lowering) oldNATStages() natStages {
	old := &l.c.old
	broken := l.brokenNAT()
	if len(old.statics)+len(old.nats)+len(old.globals)+len(old.aliases)+len(broken) == 0 && !old.control {
		if l.controlsNAT() {
			l.assume("translation is configured elsewhere: no line of it is here, and without any a PIX passes nothing")
		}
		return natStages{}
	}
	o := &oldLowering{natLowering: l.newNAT()}
	o.broken = broken
	for i := range old.nats {
		if line := &old.nats[i]; line.id == 0 && line.list != "" {
			o.exempt = append(o.exempt, o.exemption(line))
		}
	}
	for i := range old.statics {
		o.statics = append(o.statics, o.static(&old.statics[i]))
	}
	return natStages{destination: o.destination(), reverse: o.reverse(), source: o.source()}
}

// oldLowering is the work on translation before 8.3.
type oldLowering struct {
	*natLowering

	exempt, statics []*oldSet
	lists           int // that have a chain of their own
}

// oldSet is what one line comes to: a rule for each entry of its list, or a
// single one.
type oldSet struct {
	rules []*natRule
	deny  map[*natRule]bool // the entries for whose packets the line is not
	span  source.Span
}

// each returns the rules that a line comes to, made by a function from each
// entry. For packets that an entry of its list denies, the next line is tried:
// then the line has a chain of its own.
func (o *oldLowering) each(s *oldSet, what string, terms func(*natRule) []rules.Term, apply func(*natRule) []*rules.Rule) []*rules.Rule {
	var list []*rules.Rule
	for _, r := range s.rules {
		if s.deny[r] {
			list = append(list, o.rule(r, terms(r), rules.Action{Verdict: rules.Return}))
		} else {
			list = append(list, apply(r)...)
		}
	}
	if len(s.deny) == 0 {
		return list
	}
	o.lists++
	c := o.addChain(&rules.Chain{
		Name: fmt.Sprintf("NAT: %s, list %d", what, o.lists), Rules: list,
		Policy: rules.Action{Verdict: rules.Return}, Implicit: "no entry of the list is for the packet", Span: s.span,
	})
	return []*rules.Rule{o.slab.NewRule(rules.Rule{Action: rules.Action{Verdict: rules.Jump, Target: c}, Span: s.span})}
}

// destination returns the chain that gives packets their real destination: by
// exemptions, then by static translation. It settles where they leave, too.
func (o *oldLowering) destination() *rules.Chain {
	list := o.broken
	for _, span := range o.c.old.aliases {
		list = append(list, o.unreadable(span, "alias is not modelled"))
	}
	for _, s := range slices.Concat(o.exempt, o.statics) {
		list = append(list, o.each(s, "destination", o.arriving, func(r *natRule) []*rules.Rule { return o.arrivals(r.backward()) })...)
	}
	return o.natChain("NAT: destination", list)
}

// arriving returns the conditions that a packet comes to the mapped side of a
// rule.
func (o *oldLowering) arriving(r *natRule) []rules.Term {
	return o.wayTerms(r.backward(), &arriving, nil, nil)
}

// leaving returns the conditions that a packet leaves by the mapped side of a
// rule.
func (o *oldLowering) leaving(r *natRule) []rules.Term {
	return append(o.wayTerms(r.forward(), &arriving, nil, nil), o.goesOut(r.line.mappedIf, r.line.span)...)
}

// source returns the chain that gives packets the source by which others know
// them: by exemptions, static translation, lists, and last by the nat line for
// the fewest addresses. What none is for is dropped where nat-control wants it
// translated.
func (o *oldLowering) source() *rules.Chain {
	var list []*rules.Rule
	for _, s := range slices.Concat(o.exempt, o.statics) {
		list = append(list, o.each(s, "source", o.leaving, func(r *natRule) []*rules.Rule {
			return o.sources(r.forward(), func(p *piece) []rules.Term {
				return append(o.wayTerms(r.forward(), &arriving, p, nil), o.goesOut(r.line.mappedIf, r.line.span)...)
			})
		})...)
	}
	for _, line := range o.dynamic() {
		list = append(list, o.each(o.dynamicSet(line), "source", o.leaving, func(r *natRule) []*rules.Rule {
			return o.translated(line, r)
		})...)
	}
	if o.controlsNAT() {
		list = append(list, o.untranslated()...)
	}
	return o.natChain("NAT: source", list)
}

// dynamic returns the nat lines but for exemptions in the order in which they are
// tried: those with a list as written, then the others, the longest match first.
func (o *oldLowering) dynamic() []*oldNATLine {
	var lists, others []*oldNATLine
	for i := range o.c.old.nats {
		switch line := &o.c.old.nats[i]; {
		case line.list == "":
			others = append(others, line)
		case line.id != 0:
			lists = append(lists, line)
		}
	}
	size := func(line *oldNATLine) count {
		ranges, _ := o.addresses(line.real)
		return countOf(ranges)
	}
	slices.SortStableFunc(others, func(a, b *oldNATLine) int { return size(a).compare(size(b)) })
	return append(lists, others...)
}

// translated returns the rules for packets that a nat line is for: each global
// line of its number translates what leaves by its interface; of packets that
// leave by another, where the line ought to hold, there is no translation.
func (o *oldLowering) translated(line *oldNATLine, r *natRule) []*rules.Rule {
	terms := o.wayTerms(r.forward(), &arriving, nil, nil)
	if line.id == 0 {
		return []*rules.Rule{o.rule(r, terms, rules.Action{Verdict: rules.Accept})}
	}
	var list []*rules.Rule
	done := map[string]bool{}
	for _, g := range o.c.old.globals {
		if g.id != line.id || done[g.mappedIf] || !o.holdsTo(line, g.mappedIf) {
			continue
		}
		done[g.mappedIf] = true
		a := rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Src: o.globals(g.mappedIf, line.id)}}
		list = append(list, o.rule(r, slices.Concat(terms, o.goesOut(g.mappedIf, g.span)), a))
	}
	var without []*port
	for _, p := range o.ports {
		if !done[p.name] && o.holdsTo(line, p.name) {
			without = append(without, p)
		}
	}
	if len(without) > 0 {
		x := o.rule(r, append(terms, by(packet.Out, without...)), rules.Action{Verdict: rules.Drop})
		x.Implicit = fmt.Sprintf("no global line has the number %d for the interface by which the packet leaves", line.id)
		list = append(list, x)
	}
	return list
}

// holdsTo reports whether a nat line is for packets that leave by an interface:
// not to one with a higher security level, with the word outside only to those.
func (o *oldLowering) holdsTo(line *oldNATLine, name string) bool {
	from, to := o.port(line.realIf), o.port(name)
	if from == nil || to == nil || !from.levelKnown || !to.levelKnown {
		return true
	}
	if line.outside {
		return to.level > from.level
	}
	return to.level <= from.level
}

// globals returns what the global lines of one number make of sources on an
// interface: one of their addresses, and any port.
func (o *oldLowering) globals(name string, id int) packet.Rewrite {
	w := packet.Rewrite{Ports: anyPort}
	own := false
	for _, g := range o.c.old.globals {
		if g.mappedIf != name || g.id != id {
			continue
		}
		e := o.end(g.mapped, name, g.span)
		own = own || e.own != ""
		w.Lost = w.Lost || e.unknown != "" || e.own != ""
		w.Addrs = append(w.Addrs, e.ranges...)
	}
	w.ToSelf = own && len(w.Addrs) == 0
	if w.Lost {
		w.Addrs = nil
	}
	return w
}

// static returns what a static line comes to.
func (o *oldLowering) static(line *staticLine) *oldSet {
	head := natLine{realIf: line.realIf, mappedIf: line.mappedIf, span: line.span}
	if line.list == "" {
		r := &natRule{line: &head, families: families{four: true}, source: o.staticMapping(o.end(natAddr{address: line.real}, "", line.span), line)}
		if line.proto != 0 {
			r.service = portService(line.proto, line.realPort, line.mappedPort, line.span)
		}
		return &oldSet{rules: []*natRule{r}, span: line.span}
	}
	return o.ofList(line.list, &head, func(r *natRule) {
		r.source = o.staticMapping(r.source.from, line)
		if line.proto != 0 {
			r.service.mappedSrc = []packet.Range{packet.One(uint32(line.mappedPort))}
		}
	})
}

// staticMapping returns what a static line makes of a real address. The mapped
// one is a network as large as that.
func (o *oldLowering) staticMapping(from natEnd, line *staticLine) mapping {
	m := mapping{from: from, to: o.end(line.mapped, line.mappedIf, line.span)}
	m.compare()
	m.widen()
	return m
}

// exemption returns what "nat (REAL) 0 access-list" comes to: both ways nothing
// is translated.
func (o *oldLowering) exemption(line *oldNATLine) *oldSet {
	head := natLine{realIf: line.realIf, mappedIf: anyInterface, span: line.span}
	return o.ofList(line.list, &head, func(*natRule) {})
}

// dynamicSet returns what a nat line comes to.
func (o *oldLowering) dynamicSet(line *oldNATLine) *oldSet {
	head := natLine{realIf: line.realIf, mappedIf: anyInterface, dynamic: true, span: line.span}
	if line.list != "" {
		return o.ofList(line.list, &head, func(*natRule) {})
	}
	e := o.end(natAddr{address: line.real}, "", line.span)
	r := &natRule{line: &head, families: families{four: true}, source: mapping{from: e, to: e, same: true}}
	return &oldSet{rules: []*natRule{r}, span: line.span}
}
