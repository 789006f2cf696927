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
	list = b.plainGroups(&o, entries, x, data)
	if o.hasNextHeader() {
		list = b.headedGroups(&l, list)
	}
	return list, true
}

// bundle is elements of a map that give the same.
type bundle struct {
	data    *node
	guarded bool
	members []entry
	above   []entry // others that are found before them, where they overlap
}

// byData gathers the elements that a map gives the same for.
func byData(entries []entry) (list []*bundle, star *entry) {
	found := map[string]*bundle{}
	for i := range entries {
		e := &entries[i]
		if e.star {
			star = e
			continue
		}
		k := e.gives()
		if found[k] == nil {
			found[k] = &bundle{data: e.data, guarded: e.guarded}
			list = append(list, found[k])
		}
		found[k].members = append(found[k].members, *e)
	}
	return list, star
}

// inOrder gathers only those that stand together: of elements that overlap, the
// first one is found (net/netfilter/nft_set_pipapo.c).
func inOrder(entries []entry, above map[int][]int) (list []*bundle, star *entry) {
	last := ""
	for i := range entries {
		e := &entries[i]
		if e.star {
			star = e
			continue
		}
		if k := e.gives(); len(list) == 0 || k != last {
			list, last = append(list, &bundle{data: e.data, guarded: e.guarded}), k
		}
		to := list[len(list)-1]
		to.members = append(to.members, *e)
		for _, j := range above[i] {
			to.above = append(to.above, entries[j])
		}
	}
	return list, star
}

// gives returns a text that is the same for elements that do the same.
func (e *entry) gives() string {
	if e.guarded {
		return "guarded " + dataKey(e.data)
	}
	return dataKey(e.data)
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

// plainGroups returns the groups of a map of which the key is known. No two of
// them apply to one packet.
func (b *builder) plainGroups(o *operand, entries []entry, x *rules.Unknown, data *node) (list []group) {
	above, ok := overlaps(entries)
	if !ok {
		b.problem(source.Unsupported, b.nodeSpan(data), "the elements of the map overlap too often to follow")
		return b.unclearGroup(o, data, "which element of the map the packet meets")
	}
	bundles, star := byData(entries)
	if len(above) > 0 {
		bundles, star = inOrder(entries, above)
	}
	g := grouping{b: b, o: o, x: x, data: data}
	// Several fields are looked up in the order of the elements where they have
	// ranges, and what is not known may stand anywhere.
	anywhere := len(o.parts) > 1
	if anywhere {
		g.other()
	}
	var keys []entry
	for _, d := range bundles {
		if !g.known(d) {
			b.problem(source.Unsupported, b.nodeSpan(o.node), "this test of bits is not modelled")
			return b.unclearGroup(o, data, "this test of bits is not modelled")
		}
		keys = append(keys, d.members...)
	}
	if len(keys) > 0 && (star != nil || x != nil && !anywhere) {
		g.without(keys, star)
	}
	if !anywhere {
		g.other()
	}
	if star != nil {
		g.star(star, len(keys) > 0)
	}
	return g.list
}

// grouping makes the groups of a map, in the order in which they are found.
type grouping struct {
	b    *builder
	o    *operand
	x    *rules.Unknown
	data *node
	list []group
	rest []rules.Term // what holds for the groups that are still to come
}

// other adds the group of the elements that are not known.
func (g *grouping) other() {
	if g.x == nil {
		return
	}
	g.x.Of = g.o.fields()
	span := g.b.nodeSpan(g.data)
	exists := rules.Term{Boxes: g.o.exists(), Span: span}
	g.b.ported(g.o, &exists, g.o.node, []entry{{star: true}})
	g.list = append(g.list, group{terms: append(slices.Clone(g.rest), exists, rules.Term{Unknown: g.x, Span: span})})
	g.rest = append(g.rest, rules.Term{Unknown: g.x, Negated: true, Span: span})
}

// known adds the group of elements that give the same, and reports whether it is
// modelled.
func (g *grouping) known(d *bundle) bool {
	b, o := g.b, g.o
	t := rules.Term{Boxes: o.union(d.members), Span: b.entrySpan(&d.members[0], g.data)}
	if t.Boxes == nil {
		return false
	}
	b.origin(&t, o, d.members, g.data)
	if o.parts[0].opens && len(o.parts) == 1 {
		b.opens(&t, o.node)
	}
	b.ported(o, &t, o.node, d.members)
	one := group{terms: append(slices.Clone(g.rest), t), data: d.data}
	if len(d.above) > 0 {
		above := rules.Term{Boxes: o.union(d.above), Negated: true, Span: t.Span}
		if above.Boxes == nil {
			return false
		}
		one.terms = append(one.terms, above)
	}
	b.guard(&one, d.guarded, g.data)
	g.list = append(g.list, one)
	return true
}

// without leaves the groups that are still to come the keys that none of the
// known elements has.
func (g *grouping) without(keys []entry, star *entry) {
	t := rules.Term{Boxes: g.o.union(keys), Negated: true, Span: g.b.nodeSpan(g.data)}
	if star != nil {
		t.Span = g.b.entrySpan(star, g.data)
	}
	g.b.ported(g.o, &t, g.o.node, keys)
	g.rest = append(g.rest, t)
}

// star adds the group of all keys that are left.
func (g *grouping) star(star *entry, others bool) {
	one := group{terms: slices.Clone(g.rest), data: star.data, star: true}
	if !others && !slices.ContainsFunc(g.o.parts, (*selector).isAnyPort) {
		one.terms = append(one.terms, rules.Term{Boxes: g.o.exists(), Span: g.b.entrySpan(star, g.data)})
	}
	g.b.guard(&one, star.guarded, g.data)
	g.list = append(g.list, one)
}

// guard adds the condition of a group whose elements hold a limit or the like.
func (b *builder) guard(g *group, guarded bool, data *node) {
	if guarded {
		x := b.doubt(data, "guard "+dataKey(g.data), packet.Varying, 0, guardReason)
		g.terms = append(slices.Clone(g.terms), rules.Term{Unknown: x, Span: b.nodeSpan(data)})
	}
}

// unclearGroup returns the groups of a map of which nothing is known but the
// fields that it asks for.
func (b *builder) unclearGroup(o *operand, data *node, reason string) []group {
	return []group{{terms: []rules.Term{
		{Boxes: o.exists(), Span: b.nodeSpan(o.node)},
		{Unknown: b.doubt(data, "map", packet.Fixed, o.fields(), reason), Span: b.nodeSpan(data)},
	}}}
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
	bundles, star := byData(entries)
	if s.doubt == packet.Fixed && s.within == nil && s.opaque != "chance" {
		b.problem(source.Unsupported, b.nodeSpan(key), "%s", s.opaque)
	}
	var list []group
	var before []rules.Term
	ask := func(d *node, es []entry, guarded, last bool) {
		t := rules.Term{Span: b.nodeSpan(key)}
		t.Unknown = b.doubt(key, fmt.Sprintf("%s is %d", o.name(), len(list)), s.doubt, s.of, s.opaque)
		t.Unknown.Within = s.within
		if len(o.parts) > 1 && s.within == nil && es != nil {
			t.Unknown.Within = o.modelled(es)
		}
		terms := slices.Clone(before)
		if !last {
			terms = append(terms, t)
			t.Negated = true
			before = append(before, t)
		}
		g := group{terms: terms, data: d}
		b.guard(&g, guarded, key)
		list = append(list, g)
	}
	whole := x == nil && (star != nil || b.coversAll(o, entries))
	for i, d := range bundles {
		ask(d.data, d.members, d.guarded, whole && star == nil && i == len(bundles)-1)
	}
	if x != nil {
		ask(nil, nil, false, false)
	}
	if star != nil {
		ask(star.data, nil, star.guarded, true)
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
