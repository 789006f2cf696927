package nftables

import (
	"cmp"
	"fmt"
	"slices"

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
	written int  // how many elements the files give it
	guarded bool // a limit or the like decides whether some of them are found
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
	c.written = len(c.entries)
	for i := range c.entries {
		c.entries[i].guarded = c.entries[i].guarded || x.guarded
		c.guarded = c.guarded || c.entries[i].guarded
	}
	c.guarded = c.guarded || x.guarded
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
