package nftables

import (
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

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
		out[i].expires, out[i].guarded = n.flag, n.guarded
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
