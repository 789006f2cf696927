package nftables

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// contents are the elements of a named set, as far as they are known.
type contents struct {
	types   []*dataType
	data    []*dataType
	entries []entry
	gone    []entry // deleted, and still among the entries
	perhaps []entry // as gone, where nft may not really delete them
	shaky   []entry // they may be elements
	unread  bool    // some of the elements cannot be read
	lost    bool    // nor some of those that are deleted
	// unclear says why there may be others, or why some may be gone; empty: there
	// are none.
	unclear string
	doubt   packet.Doubt
}

// entries reads the elements of a set or map.
func (b *builder) entries(kids []*node, ts []*dataType, isMap bool) ([]entry, error) {
	var out []entry
	for _, k := range kids {
		more, err := b.element(k, ts, isMap, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// element reads one element: a variable may bring in many.
func (b *builder) element(n *node, ts []*dataType, isMap bool, depth int) ([]entry, error) {
	if depth > maxNest {
		return nil, &valueError{n, "sets are nested too deeply"}
	}
	if !b.mayExpand() {
		return nil, &valueError{n, fmt.Sprintf("sets hold more than %d elements", b.in.Limits.Expansion)}
	}
	switch n.kind {
	case nodeVar:
		v := b.value(b.text.scope, n, b.text.seq)
		if v == nil {
			return nil, &valueError{n, "unknown variable " + quote(n.text) + didYouMean(n.text, b.text.scope.names())}
		}
		return b.element(v, ts, isMap, depth+1)
	case nodeSet:
		var out []entry
		for _, k := range n.kids {
			more, err := b.element(k, ts, isMap, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		return out, nil
	case nodeElement:
		if len(n.kids) == 1 && !isMap {
			return b.keyed(n, ts)
		}
		if len(n.kids) != 2 {
			break
		}
		if !isMap {
			return nil, &valueError{n, "an element of a set has no value"}
		}
		return b.keyed(n, ts)
	}
	if isMap {
		return nil, &valueError{n, "expected : and a value behind the key"}
	}
	e, err := b.entry(n, ts)
	return []entry{e}, err
}

// keyed reads an element with options or a value.
func (b *builder) keyed(n *node, ts []*dataType) ([]entry, error) {
	key := n.kids[0]
	var out []entry
	switch v := b.resolve(key); v.kind {
	case nodeSet:
		for _, k := range v.kids {
			e, err := b.entry(b.resolve(k), ts)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
	default:
		e, err := b.entry(key, ts)
		if err != nil {
			return nil, err
		}
		out = []entry{e}
	}
	for i := range out {
		out[i].expires = n.flag
		out[i].file, out[i].start, out[i].end = n.file, n.start, n.end
		if len(n.kids) > 1 {
			out[i].data = n.kids[1]
		}
	}
	return out, nil
}

// entry reads the key of an element.
func (b *builder) entry(n *node, ts []*dataType) (entry, error) {
	e := entry{file: n.file, start: n.start, end: n.end}
	n = b.resolve(n)
	switch {
	case n.kind == nodeStar:
		e.star = true
		return e, nil
	case n.kind == nodeConcat:
		parts := flatten(n, nil)
		if len(parts) != len(ts) {
			return e, &valueError{n, fmt.Sprintf("expected %d values joined by dots, not %d", len(ts), len(parts))}
		}
		e.atoms = make([]atom, len(ts))
		for i, k := range parts {
			a, err := b.part(k, ts[i])
			if err != nil {
				return e, err
			}
			e.atoms[i] = a
		}
		return e, nil
	case len(ts) != 1:
		return e, wrong(n, fmt.Sprintf("%d values joined by dots", len(ts)))
	}
	a, err := b.part(n, ts[0])
	e.atoms = b.oneAtom(a)
	return e, err
}

// oneAtom returns a list of one atom, out of a slab.
func (b *builder) oneAtom(a atom) []atom {
	const perSlab = 512
	if len(b.atoms) == cap(b.atoms) {
		b.atoms = make([]atom, 0, perSlab)
	}
	n := len(b.atoms)
	b.atoms = append(b.atoms, a)
	return b.atoms[n : n+1 : n+1]
}

// flatten returns the parts of a concatenation, those of nested ones included.
func flatten(n *node, out []*node) []*node {
	for _, k := range n.kids {
		if k.kind == nodeConcat && len(out) < maxNest {
			out = flatten(k, out)
			continue
		}
		out = append(out, k)
	}
	return out
}

func (b *builder) part(n *node, t *dataType) (atom, error) {
	if t.kind == opaques {
		return atom{}, nil
	}
	if n.kind == nodeStar {
		return atom{}, wrong(n, "a value")
	}
	return b.atomOf(n, t)
}

// named returns the elements of a named set, and what stands in for those that
// are not known.
func (b *builder) named(o *operand, n *node) ([]entry, *rules.Unknown, error) {
	x := b.chain.table.sets[n.text]
	span := b.nodeSpan(n)
	if x == nil {
		b.missingSet(n, span)
		return nil, &rules.Unknown{
			Reason: fmt.Sprintf("set %s is not defined", n.text), Key: "set " + b.chain.table.fullName(n.text) + " " + o.name(),
		}, nil
	}
	if !b.quiet {
		x.uses = append(x.uses, span)
	}
	c := b.contentsOf(x)
	if len(c.types) != len(o.parts) && len(c.types) > 0 {
		return nil, nil, &valueError{n, fmt.Sprintf("set %s has %d values in its key, not %d", quote(n.text), len(c.types), len(o.parts))}
	}
	for i, t := range c.types {
		if p := o.parts[i].typ; p.kind != t.kind && p.kind != opaques && t.kind != opaques || p.kind == addresses && t.kind == addresses && p.family != t.family {
			return nil, nil, &valueError{n, fmt.Sprintf("set %s holds values of type %s, not of %s", quote(n.text), x.typeText, o.parts[i].name)}
		}
	}
	if c.unclear == "" {
		return c.entries, b.shaky(o, x, c), nil
	}
	return c.entries, &rules.Unknown{
		Reason: c.unclear, Key: "set " + b.chain.table.fullName(x.name) + " " + o.name(), Doubt: c.doubt,
	}, nil
}

// missingSet notes a set that nothing defines.
func (b *builder) missingSet(n *node, span source.Span) {
	b.problem(source.Undefined, span, "set %s is not defined in table %s %s%s", quote(n.text), b.chain.table.family, b.chain.table.name,
		b.nearSet(b.chain.table, n.text))
	if b.quiet {
		return
	}
	name := b.chain.table.fullName(n.text)
	at, ok := b.missing[name]
	if !ok {
		at = len(b.device.Definitions)
		b.missing[name] = at
		b.device.Definitions = append(b.device.Definitions, rules.Definition{Kind: "set", Name: name, Missing: true, Span: span})
	}
	d := &b.device.Definitions[at]
	d.Uses = append(d.Uses, span)
}

// contentsOf reads the elements of a named set, once.
func (l *lowering) contentsOf(x *set) *contents {
	if x.contents != nil {
		return x.contents
	}
	c := &contents{}
	x.contents = c
	together := map[int]bool{} // the inputs that hold a block of the set with elements
	c.types, c.data = l.typesOf(x, x.key), l.typesOf(x, x.data)
	for _, p := range x.parts {
		if !p.removes {
			l.settle(c, p.head)
		}
		if n := len(p.texts); n > 1 && !p.removes {
			c.entries = slices.Grow(c.entries, n*perChunk)
		}
		kind := source.ProblemKind(0)
		var root *text
		for i := range p.texts {
			t := &p.texts[i]
			root = t
			if k := l.addElements(x, c, t, p.removes); k != 0 && (kind == 0 || k < kind) {
				kind = k
			}
		}
		if root != nil {
			l.counts[l.roots[root.file]].Add(kind)
			together[l.roots[root.file]] = together[l.roots[root.file]] || p.inBlock
			if together[l.roots[root.file]] && p.removes && x.isRanges(c) {
				l.mayDelete(x, c)
			}
		} else {
			l.counts[l.rootOfSpan(p.head)].Add(0)
		}
	}
	l.settle(c, x.span)
	l.doubtDeleted(c, x.span)
	l.checkOverlaps(x, c)
	l.clarify(x, c)
	return c
}

// checkOverlaps refuses elements that overlap, which only a set that merges
// takes.
func (l *lowering) checkOverlaps(x *set, c *contents) {
	if !x.flags["interval"] || x.merge || len(c.types) != 1 || c.types[0].kind != numbers && c.types[0].kind != addresses {
		return
	}
	at := make([]int, 0, len(c.entries))
	for i := range c.entries {
		if !c.entries[i].star {
			at = append(at, i)
		}
	}
	first := func(i int) packet.AddrRange { return c.entries[i].atoms[0].addrRange() }
	slices.SortFunc(at, func(i, j int) int {
		return cmp.Or(first(i).First.Compare(first(j).First), first(i).Last.Compare(first(j).Last))
	})
	for k := 1; k < len(at); k++ {
		a, b := first(at[k-1]), first(at[k])
		if a == b || a.First.Is4() != b.First.Is4() || a.Last.Less(b.First) {
			continue
		}
		e := &c.entries[at[k]]
		kind := l.report(source.Malformed, l.files[e.file].Span(int(e.start), int(e.end)), "elements of set %s overlap; expected auto-merge", quote(x.name))
		l.recount(l.roots[e.file], kind)
		return
	}
}

// recount makes a statement that was counted as modelled one of another kind.
func (l *lowering) recount(root int, kind source.ProblemKind) {
	c := &l.counts[root]
	if c.Modelled > 0 {
		c.Total--
		c.Modelled--
		c.Add(kind)
	}
}

func (l *lowering) rootOfSpan(s source.Span) int {
	if i := slices.Index(l.files, s.File); i >= 0 {
		return l.roots[i]
	}
	return 0
}

// clarify settles what of a set's contents is not known.
func (l *lowering) clarify(x *set, c *contents) {
	expires := x.expires || slices.ContainsFunc(c.entries, func(e entry) bool { return e.expires })
	switch {
	case c.unread:
		c.unclear = fmt.Sprintf("not all elements of set %s are known", x.name)
	case x.changed || x.flags["dynamic"]:
		c.unclear, c.doubt = fmt.Sprintf("rules change the contents of set %s", x.name), packet.Occasional
	case expires || x.flags["timeout"]:
		c.unclear = fmt.Sprintf("elements of set %s come and go", x.name)
	}
	if c.unclear != "" {
		// What goes by itself is not sure to be there.
		c.entries = slices.DeleteFunc(c.entries, func(e entry) bool {
			return e.expires || x.expires || x.changed || c.lost
		})
	}
}

// addElements reads elements into a set, or takes them out.
func (l *lowering) addElements(x *set, c *contents, t *text, removes bool) source.ProblemKind {
	b := &builder{lowering: l, text: t, chain: &chain{table: x.table, name: x.name}, rule: &rule{}}
	kids, faults := l.elementNodes(t)
	for _, f := range faults {
		b.problem(source.Malformed, b.span(f.start, f.end), "%s", f.message)
		c.unread, c.lost = true, c.lost || removes
	}
	if len(c.types) == 0 && b.worst == 0 {
		b.problem(source.Malformed, b.ruleSpan(), "set %s has no type", quote(x.name))
		return b.worst
	}
	if len(c.entries) == 0 && len(kids) > 0 {
		c.entries = make([]entry, 0, len(kids))
	}
	var out []entry
	var one [1]entry
	for _, k := range kids {
		list, err := b.oneElement(k, c.types, x.isMap && !removes, &one)
		if err != nil {
			b.fail(k, "element", err)
			c.unread, c.lost = true, c.lost || removes
			continue
		}
		if removes {
			out = append(out, list...)
			continue
		}
		if !x.flags["interval"] && !x.isMap {
			b.checkSingle(x, list)
		}
		c.entries = append(c.entries, list...)
	}
	c.gone = append(c.gone, out...)
	return b.worst
}

// oneElement reads an element; one is where it goes if it is a single key.
func (b *builder) oneElement(n *node, ts []*dataType, isMap bool, one *[1]entry) ([]entry, error) {
	if isMap || n.kind != nodeWord || !b.mayExpand() {
		return b.element(n, ts, isMap, 0)
	}
	e, err := b.entry(n, ts)
	one[0] = e
	return one[:], err
}

// checkSingle refuses ranges in a set that is not made for them.
func (b *builder) checkSingle(x *set, list []entry) {
	for i := range list {
		for j := range list[i].atoms {
			a := &list[i].atoms[j]
			if a.name != nil && !a.name.Prefix || a.wide != nil && a.wide.First == a.wide.Last || a.isOne() {
				continue
			}
			f := b.files[list[i].file]
			b.problem(source.Malformed, f.Span(int(list[i].start), int(list[i].end)), "set %s takes single values only; expected flags interval", quote(x.name))
			return
		}
	}
}

// elementNodes parses elements of a set.
func (l *lowering) elementNodes(t *text) ([]*node, []fault) {
	if t.json {
		return l.jsonElements(t)
	}
	parsed, bad := parseText(elementGrammar, string(l.files[t.file].Text[t.start:t.end]))
	if bad != nil {
		return nil, []fault{{t.start + bad.start, t.start + bad.end, bad.message}}
	}
	list := parsed.Elements
	for _, n := range list.elements {
		place(n, t.file, t.start)
	}
	for i := range list.faults {
		list.faults[i].start += t.start
		list.faults[i].end += t.start
	}
	return list.elements, list.faults
}

// typesOf returns the types of the parts of a key or value.
func (l *lowering) typesOf(x *set, parts []*node) []*dataType {
	var out []*dataType
	for _, n := range parts {
		switch n.kind {
		case nodeSelector:
			out = append(out, l.selectorOf(n, x.table.family).typ)
		case nodeBinary:
			for n.kind == nodeBinary {
				n = n.kids[0]
			}
			out = append(out, l.selectorOf(n, x.table.family).typ)
		default:
			t := types[n.text]
			if t == nil {
				t = types["invalid"]
			}
			out = append(out, t)
		}
	}
	return out
}

// cachedBoxes returns the packets of a set, made once for all rules that look
// up the same fields.
func (b *builder) cachedBoxes(right *node, o *operand, entries []entry) *packet.Boxes {
	if right.kind != nodeRef {
		return o.union(entries)
	}
	key := "@" + b.chain.table.fullName(right.text) + " " + o.name() + fmt.Sprint(o.ops) + fmt.Sprint(b.early && strings.Contains(o.name(), "ct state"))
	if boxes, ok := b.cache[key]; ok {
		return boxes
	}
	boxes := o.union(entries)
	b.cache[key] = boxes
	return boxes
}
