package asa

import (
	"cmp"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// natStages are what address translation does, in the order in which packets
// meet it. A stage that is nil does nothing.
type natStages struct {
	destination *rules.Chain // before routing
	reverse     *rules.Chain // drops what the reverse way would translate
	source      *rules.Chain // behind the access lists
}

// natStages returns the stages of address translation.
func (l *lowering) natStages() natStages {
	if !l.c.version.realAddresses() {
		return l.oldNATStages()
	}
	n := l.newNAT()
	n.broken = l.brokenNAT()
	if len(l.c.nat)+len(n.broken) == 0 {
		return natStages{}
	}
	for _, line := range l.natOrder() {
		n.rules = append(n.rules, n.resolve(line))
	}
	return natStages{
		destination: n.destination(),
		reverse:     n.reverse(),
		source:      n.source(),
	}
}

// natLowering is the work on translation.
type natLowering struct {
	*lowering

	rules   []*natRule    // in the order in which they are tried
	broken  []*rules.Rule // for lines that cannot be read
	in, out map[string]*packet.Boxes
}

// brokenNAT returns rules for the lines of NAT that cannot be read.
func (l *lowering) brokenNAT() []*rules.Rule {
	var list []*rules.Rule
	for _, b := range l.c.broken {
		switch b.what {
		case "nat", "static", "global", "alias":
			list = append(list, l.unreadable(b.span, "a line of NAT cannot be read"))
		}
	}
	return append(list, l.foreignNAT()...)
}

// foreignNAT returns a rule for the lines of NAT that the version does not know.
// The device refuses them; more likely the version is another.
func (l *lowering) foreignNAT() []*rules.Rule {
	var spans []source.Span
	of := "before 8.3"
	if l.c.version.realAddresses() {
		for i := range l.c.old.statics {
			spans = append(spans, l.c.old.statics[i].span)
		}
		for i := range l.c.old.nats {
			spans = append(spans, l.c.old.nats[i].span)
		}
	} else {
		of = "from 8.3 on"
		for i := range l.c.nat {
			spans = append(spans, l.c.nat[i].span)
		}
	}
	if len(spans) == 0 {
		return nil
	}
	first := slices.MinFunc(spans, source.Span.Compare)
	l.addProblem(source.Malformed, first, "a rule of NAT as versions %s have it, of which there are %d, and the version is %s", of, len(spans), l.c.version)
	return []*rules.Rule{l.unreadable(first, "rules of NAT are of versions "+of)}
}

// unreadable returns a rule that may translate any packet to any destination:
// what passes then is never certain, and much is possible.
func (l *lowering) unreadable(span source.Span, reason string) *rules.Rule {
	x := &rules.Unknown{Reason: reason, Key: reason + " at " + span.Position().String(), Of: packet.Fields(packet.Dst)}
	return l.slab.NewRule(rules.Rule{
		Match:  rules.Match{{Unknown: x, Span: span}},
		Action: rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: packet.Rewrite{Lost: true, Ports: anyPort}}}, Span: span,
	})
}

func (l *lowering) newNAT() *natLowering {
	return &natLowering{lowering: l, in: map[string]*packet.Boxes{}, out: map[string]*packet.Boxes{}}
}

// natChain adds a chain that lets on what no rule of it is for.
func (n *natLowering) natChain(name string, list []*rules.Rule) *rules.Chain {
	return n.addChain(&rules.Chain{
		Name: name, Rules: list, Policy: rules.Action{Verdict: rules.Accept}, Implicit: "no rule of NAT is for the packet",
	})
}

// natOrder returns the lines in the order in which they are tried (7.3): twice
// NAT as written, then objects by their own order, then what is after-auto.
func (l *lowering) natOrder() []*natLine {
	var sections [3][]*natLine
	for i := range l.c.nat {
		line := &l.c.nat[i]
		switch {
		case line.inactive:
		case line.object != nil:
			sections[1] = append(sections[1], line)
		case line.after:
			sections[2] = append(sections[2], line)
		default:
			sections[0] = append(sections[0], line)
		}
	}
	l.sortObjects(sections[1])
	return slices.Concat(sections[0], sections[1], sections[2])
}

// sortObjects puts the rules of objects in order: static ones first, then those
// for fewer real addresses, then by the lowest of them, then by name.
func (l *lowering) sortObjects(lines []*natLine) {
	type key struct {
		size  count
		first packet.AddrRange
	}
	keys := make(map[*natLine]key, len(lines))
	for _, line := range lines {
		ranges, _ := l.addresses(line.object.address)
		k := key{size: countOf(ranges)}
		if len(ranges) > 0 {
			k.first = ranges[0]
		}
		keys[line] = k
	}
	slices.SortStableFunc(lines, func(a, b *natLine) int {
		x, y := keys[a], keys[b]
		return cmp.Or(
			boolCompare(a.dynamic, b.dynamic),
			x.size.compare(y.size),
			x.first.First.Compare(y.first.First),
			cmp.Compare(a.object.name, b.object.name),
		)
	})
}

// boolCompare puts false before true.
func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// rule returns a rule that a line of NAT stands for.
func (n *natLowering) rule(r *natRule, terms []rules.Term, a rules.Action) *rules.Rule {
	return n.slab.NewRule(rules.Rule{Match: n.slab.NewMatch(terms), Action: a, Span: r.line.span})
}

// comesIn returns the condition that a packet comes in by an interface, none if
// it may be any.
func (n *natLowering) comesIn(name string, span source.Span) []rules.Term {
	return n.through(packet.In, n.in, name, span)
}

// goesOut returns the condition that a packet leaves by an interface.
func (n *natLowering) goesOut(name string, span source.Span) []rules.Term {
	return n.through(packet.Out, n.out, name, span)
}

func (n *natLowering) through(f packet.Field, made map[string]*packet.Boxes, name string, span source.Span) []rules.Term {
	if name == anyInterface {
		return nil
	}
	b := made[name]
	if b == nil {
		places := []packet.Pattern{{Text: name}}
		if p := n.port(name); p != nil {
			places = patterns(p.places())
		}
		b = packet.Names(f, places...)
		made[name] = b
	}
	return []rules.Term{{Boxes: b, Span: span}}
}

// anyInterface is how a rule names all interfaces.
const anyInterface = "any"
