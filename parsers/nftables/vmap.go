package nftables

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// group is what a map gives for some keys.
type group struct {
	terms []rules.Term
	data  *node // nil: it is not known
	star  bool
}

// lookup is a key and the map that it is looked up in.
type lookup struct {
	o       operand
	data    *node
	entries []entry
	x       *rules.Unknown // stands in for elements that are not known; nil: all are
}

// lookUp reads a key and a map, and adds the conditions that the key brings
// along.
func (b *builder) lookUp(key, data *node) (l lookup, ok bool) {
	l = lookup{o: b.operand(key), data: b.resolve(data)}
	if l.o.bad {
		return l, false
	}
	if !b.mayExpand() {
		b.malformed(l.data, "maps expand to more than %d elements and rules", b.in.Limits.Expansion)
		return l, false
	}
	var err error
	switch l.data.kind {
	case nodeRef:
		l.entries, l.x, err = b.named(&l.o, l.data)
	case nodeSet:
		l.entries, err = b.entries(l.data.kids, l.o.types(), true)
	default:
		err = wrong(l.data, "a map")
	}
	if err != nil {
		b.fail(l.data, l.o.name(), err)
		return l, false
	}
	return l, true
}

// groups looks a key up in a map: what it gives, and for which packets. For keys
// that it does not hold, it gives nothing.
func (b *builder) groups(key, data *node) (list []group, ok bool) {
	l, ok := b.lookUp(key, data)
	if !ok {
		return nil, false
	}
	o, data, entries, x := l.o, l.data, l.entries, l.x
	b.seeInterfaces(&o, entries)
	if o.opaque() != nil {
		return b.opaqueGroups(key, &o, entries, x), true
	}
	list = b.plainGroups(&o, entries, data)
	if x != nil {
		x.Of = o.fields()
		list = append(list, group{terms: []rules.Term{{Boxes: o.exists(), Span: b.nodeSpan(data)}, {Unknown: x, Span: b.nodeSpan(data)}}})
	}
	return list, true
}

// byData gathers the entries that a map gives the same for.
func byData(entries []entry) (order []*node, groups map[string][]entry, star *entry) {
	groups = map[string][]entry{}
	for i := range entries {
		e := &entries[i]
		if e.star {
			star = e
			continue
		}
		k := dataKey(e.data)
		if groups[k] == nil {
			order = append(order, e.data)
		}
		groups[k] = append(groups[k], *e)
	}
	return order, groups, star
}

// dataKey returns a text that is the same for the same data.
func dataKey(n *node) string {
	if n == nil {
		return ""
	}
	if n.block != nil {
		return fmt.Sprintf("block %d:%d", n.file, n.start)
	}
	var w strings.Builder
	fmt.Fprintf(&w, "%d %s", n.kind, n.text)
	for _, k := range n.kids {
		w.WriteString("(" + dataKey(k) + ")")
	}
	return w.String()
}

func (b *builder) plainGroups(o *operand, entries []entry, data *node) []group {
	order, groups, star := byData(entries)
	list := make([]group, 0, len(order)+1)
	var keys []entry
	for _, d := range order {
		members := groups[dataKey(d)]
		boxes := o.union(members)
		if boxes == nil {
			b.problem(source.Unsupported, b.nodeSpan(o.node), "this test of bits is not modelled")
			return []group{{terms: []rules.Term{{Boxes: o.exists(), Span: b.nodeSpan(o.node)}}}}
		}
		t := rules.Term{Boxes: boxes, Span: b.entrySpan(&members[0], data)}
		b.origin(&t, o, members, data)
		if o.parts[0].opens && len(o.parts) == 1 {
			b.opens(&t, o.node)
		}
		b.ported(o, &t, o.node, members)
		list = append(list, group{terms: []rules.Term{t}, data: d})
		keys = append(keys, members...)
	}
	if star != nil {
		span := b.entrySpan(star, data)
		t := rules.Term{Boxes: o.exists(), Span: span}
		if len(keys) > 0 {
			t = rules.Term{Boxes: o.union(keys), Negated: true, Span: span}
			b.ported(o, &t, o.node, keys)
		}
		g := group{terms: []rules.Term{t}, data: star.data, star: true}
		if len(keys) == 0 && slices.ContainsFunc(o.parts, (*selector).isAnyPort) {
			g.terms = nil
		}
		list = append(list, g)
	}
	return list
}

func (b *builder) entrySpan(e *entry, otherwise *node) source.Span {
	if e.end == 0 {
		return b.nodeSpan(otherwise)
	}
	return b.files[e.file].Span(int(e.start), int(e.end))
}

// opaqueGroups returns the groups of a map of which it is not known which key is
// looked up: at most one of them applies.
func (b *builder) opaqueGroups(key *node, o *operand, entries []entry, x *rules.Unknown) []group {
	s := o.opaque()
	order, members, star := byData(entries)
	if s.doubt == packet.Fixed && s.within == nil && s.opaque != "chance" {
		b.problem(source.Unsupported, b.nodeSpan(key), "%s", s.opaque)
	}
	var list []group
	var before []rules.Term
	ask := func(d *node, es []entry, last bool) {
		t := rules.Term{Span: b.nodeSpan(key)}
		t.Unknown = b.doubt(key, fmt.Sprintf("%s is %d", o.name(), len(list)), s.doubt, s.of, s.opaque)
		t.Unknown.Within = s.within
		if len(o.parts) > 1 && s.within == nil {
			t.Unknown.Within = o.modelled(es)
		}
		terms := slices.Clone(before)
		if !last {
			terms = append(terms, t)
			t.Negated = true
			before = append(before, t)
		}
		list = append(list, group{terms: terms, data: d})
	}
	whole := x == nil && (star != nil || b.coversAll(o, entries))
	for i, d := range order {
		ask(d, members[dataKey(d)], whole && star == nil && i == len(order)-1)
	}
	switch {
	case star != nil:
		ask(star.data, nil, true)
	case x != nil:
		ask(nil, nil, false)
	}
	return list
}

// coversAll reports whether a map has every value that a generator of numbers
// can give.
func (b *builder) coversAll(o *operand, entries []entry) bool {
	n := o.node
	if n.kind != nodeSelector || len(n.kids) == 0 || n.kids[0] == nil {
		return false
	}
	mod, ok := number(b.resolve(n.kids[0]).text)
	first := uint32(0)
	if len(n.kids) > 1 && n.kids[1] != nil {
		first, _ = number(b.resolve(n.kids[1]).text)
	}
	if !ok || !isGenerator(n.text) {
		return false
	}
	total := uint64(0)
	for i := range entries {
		if a := entries[i].atoms; len(a) == 1 && a[0].lo >= first && a[0].hi-first < mod {
			total += uint64(a[0].hi-a[0].lo) + 1
		}
	}
	return total >= uint64(mod)
}

func isGenerator(name string) bool {
	return strings.HasPrefix(name, "numgen") || name == "jhash" || name == "symhash"
}

// mayChangeKey reports whether a map calls chains, and its key is something that
// rules can change.
func mayChangeKey(list []group) bool {
	calls, changes := false, false
	for i := range list {
		g := &list[i]
		calls = calls || g.data != nil && g.data.text == "jump"
		for _, t := range g.terms {
			if t.Boxes != nil {
				changes = changes || slices.ContainsFunc(t.Boxes.Fields(), changeable.Has)
			}
		}
	}
	return calls && changes
}

// changeable are the fields that rules can change beside translation.
var changeable = packet.Fields(packet.Mark, packet.ConnMark, packet.TOS, packet.LinkType, packet.ConnState)

// vmap lowers a map of verdicts: one rule for each verdict. Only with continue,
// or for chains that return, the next rule is tried.
func (b *builder) vmap(s *stmt) {
	b.settle()
	list, ok := b.groups(s.a, s.b)
	if !ok {
		b.anything("what the map of verdicts says")
		return
	}
	apart := mayChangeKey(list)
	if apart {
		// A chain that is called may change the key: what it was is settled first.
		b.nest()
	}
	base := b.terms
	var on []alternative // with these the rule goes on
	for i := range list {
		g := &list[i]
		if i > 0 && !b.mayMake() {
			b.problem(source.Malformed, b.stmtSpan(s), "the map expands to more than %d rules", b.in.Limits.Expansion)
			break
		}
		b.terms = slices.Concat(base, g.terms)
		if g.data == nil {
			b.anything("what the map of verdicts says")
			continue
		}
		if g.data.kind != nodeVerdict {
			b.malformed(g.data, "expected a verdict, not %s", quote(shown(g.data)))
			continue
		}
		if g.data.text == "continue" && b.more {
			on = append(on, alternative{terms: g.terms})
			continue
		}
		if a, ok := b.action(g.data); ok {
			if apart && a.Verdict == rules.Jump {
				a.Verdict = rules.Goto // back to where the part was called
				b.emitAs(a)
				continue
			}
			b.emit(a)
		}
	}
	b.ended = len(on) == 0
	if len(on) > 0 {
		b.terms = base
		b.cross(on)
		return
	}
	if len(list) == 0 {
		b.terms = append(slices.Clone(base), rules.Term{Boxes: nothing, Span: b.stmtSpan(s)})
		b.emit(rules.Action{Verdict: rules.Continue})
	}
}
