package asa

import (
	"cmp"
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
	if len(old.statics)+len(old.nats)+len(old.globals)+len(old.aliases) == 0 && !old.control {
		if l.controlsNAT() {
			l.assume("translation is configured elsewhere: no line of it is here, and without any a PIX passes nothing")
		}
		return natStages{}
	}
	o := &oldLowering{natLowering: l.newNAT()}
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
	return []*rules.Rule{o.newRule(rules.Rule{Action: rules.Action{Verdict: rules.Jump, Target: c}, Span: s.span})}
}

// destination returns the chain that gives packets their real destination: by
// exemptions, then by static translation. It settles where they leave, too.
func (o *oldLowering) destination() *rules.Chain {
	var list []*rules.Rule
	for _, span := range o.c.old.aliases {
		x := &rules.Unknown{Reason: "alias is not modelled", Key: "alias at " + span.Position().String()}
		list = append(list, o.newRule(rules.Rule{Action: rules.Action{Verdict: rules.Undecided, Unknown: x}, Span: span}))
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
// interface.
func (o *oldLowering) globals(name string, id int) packet.Rewrite {
	var w packet.Rewrite
	var own, one bool
	for _, g := range o.c.old.globals {
		if g.mappedIf != name || g.id != id {
			continue
		}
		e := o.end(g.mapped, name, g.span)
		own = own || e.own != ""
		w.Lost = w.Lost || e.unknown != "" || e.own != ""
		w.Addrs = append(w.Addrs, e.ranges...)
		one = one || slices.ContainsFunc(e.ranges, func(r packet.AddrRange) bool { return r.First == r.Last })
	}
	w.ToSelf = own && len(w.Addrs) == 0
	if w.Lost {
		w.Addrs = nil
	}
	if w.Lost || one {
		w.Ports = anyPort
	}
	return w
}

// static returns what a static line comes to.
func (o *oldLowering) static(line *staticLine) *oldSet {
	head := natLine{realIf: line.realIf, mappedIf: line.mappedIf, span: line.span}
	if line.list == "" {
		real := o.end(natAddr{address: line.real}, "", line.span)
		r := &natRule{line: &head, families: families{four: true}, source: o.oldMapping(real, line)}
		if line.proto != 0 {
			r.service = portService(line.proto, line.realPort, line.mappedPort, line.span)
		}
		return &oldSet{rules: []*natRule{r}, span: line.span}
	}
	return o.ofList(line.list, &head, func(r *natRule) {
		r.source = o.oldMapping(r.source.from, line)
		if line.proto != 0 {
			r.service.mappedSrc = []packet.Range{packet.One(uint32(line.mappedPort))}
		}
	})
}

// oldMapping returns what a static line makes of a real address. The mapped one
// is a network as large as that.
func (o *oldLowering) oldMapping(real natEnd, line *staticLine) mapping {
	m := mapping{from: real, to: o.end(line.mapped, line.mappedIf, line.span)}
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
	real := o.end(natAddr{address: line.real}, "", line.span)
	r := &natRule{line: &head, families: families{four: true}, source: mapping{from: real, to: real, same: true}}
	return &oldSet{rules: []*natRule{r}, span: line.span}
}

// ofList returns a rule for each entry of the list of a line: its source is the
// real address, and its destination stays.
func (o *oldLowering) ofList(name string, head *natLine, finish func(*natRule)) *oldSet {
	set := &oldSet{deny: map[*natRule]bool{}, span: head.span}
	list := o.c.lists[name]
	if list == nil {
		r := &natRule{line: head, families: families{four: true}}
		r.source.from = natEnd{unknown: o.undefined("access-list", name, head.span), span: head.span}
		r.source.to, r.source.same = r.source.from, true
		finish(r)
		set.rules = []*natRule{r}
		return set
	}
	o.use("access-list", name, head.span)
	for _, e := range list.entries {
		if e.inactive {
			continue
		}
		for _, s := range o.aceServices(e) {
			r := &natRule{line: ofEntry(head), families: families{four: true}, service: natService{
				protos: s.protos, realSrc: s.src, mappedSrc: s.src, realDst: s.dst, mappedDst: s.dst, unknown: s.unknown, span: e.span,
			}}
			src, dst := o.end(natAddr{address: e.src}, "", e.span), o.end(natAddr{address: e.dst}, "", e.span)
			r.source, r.dest = mapping{src, src, true}, mapping{dst, dst, true}
			switch e.verdict {
			case aceDeny:
				set.deny[r] = true
			case aceBroken:
				r.service.unknown = cmp.Or(s.unknown, "an entry of access-list "+name+" cannot be read")
			case acePermit, aceTrust:
			}
			finish(r)
			set.rules = append(set.rules, r)
		}
	}
	return set
}

// ofEntry returns a line that speaks of destinations, too.
func ofEntry(head *natLine) *natLine {
	line := *head
	line.hasDest = true
	return &line
}

// aceServices returns the services that an entry of a list is for.
func (o *oldLowering) aceServices(e *ace) []*serviceParts {
	switch {
	case e.object != "":
		return []*serviceParts{o.serviceObject(e.object, e.span)}
	case e.group != "":
		for _, kind := range []groupKind{groupProtocol, groupService, groupPorts} {
			if g := o.c.groups[groupKey{kind, e.group}]; g != nil {
				return o.groupServices(g, e)
			}
		}
		return []*serviceParts{{unknown: o.undefined(kindOfGroup(groupService), e.group, e.span)}}
	}
	s := *o.serviceParts(&e.service)
	for _, end := range []struct {
		written *ports
		to      *[]packet.Range
	}{{&e.service.src, &s.src}, {&e.service.dst, &s.dst}} {
		if name := end.written.group; name != "" {
			*end.to, s.unknown = o.groupPorts(name, e, s.unknown)
		}
	}
	return []*serviceParts{&s}
}

// groupServices returns the services of a group in the place of the protocol.
func (o *oldLowering) groupServices(g *group, e *ace) []*serviceParts {
	o.use(kindOfGroup(g.kind), g.name, e.span)
	parts, _ := o.parts(o.resolveGroup(g))
	var list []*serviceParts
	for _, p := range parts {
		if g.kind == groupProtocol && p.unknown == "" {
			list = append(list, &serviceParts{protos: p.numbers, src: e.service.src.ranges, dst: e.service.dst.ranges})
			continue
		}
		list = append(list, p.services()...)
	}
	return list
}

// groupPorts returns the ports of a group, and why they are not known if they
// are not.
func (o *oldLowering) groupPorts(name string, e *ace, unknown string) ([]packet.Range, string) {
	g := o.c.groups[groupKey{groupPorts, name}]
	if g == nil {
		return nil, o.undefined(kindOfGroup(groupPorts), name, e.span)
	}
	o.use(kindOfGroup(groupPorts), name, e.span)
	parts, _ := o.parts(o.resolveGroup(g))
	var rs []packet.Range
	for _, p := range parts {
		rs = append(rs, p.numbers...)
		unknown = cmp.Or(unknown, p.unknown)
	}
	return rs, unknown
}
