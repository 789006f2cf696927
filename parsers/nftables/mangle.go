package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// idleKeys are fields whose change has no bearing on which packets pass.
var idleKeys = map[string]bool{
	"meta priority": true, "meta nftrace": true, "meta secmark": true, "meta broute": true, "meta rtclassid": true,
	"ct label": true, "ct zone": true, "ct original zone": true, "ct reply zone": true, "ct event": true, "ct secmark": true, "ct timeout": true,
	"ct helper": true, "ct expectation": true, "ip ttl": true, "ip6 hoplimit": true, "ip id": true, "ip frag-off": true, "ip checksum": true,
	"ip6 flowlabel": true, "meta cpu": true,
}

// mangle lowers a change of a field.
func (b *builder) mangle(s *stmt) {
	if s.a.kind != nodeSelector {
		b.malformed(s.a, "expected a field that can be set")
		return
	}
	sel := b.selectorOf(s.a, b.chain.table.family)
	if sel.field != packet.ConnMark && !b.need(sel, s.a) {
		return
	}
	switch {
	case sel.field == packet.Mark || sel.field == packet.ConnMark:
		b.setMark(s, sel)
	case sel.field == packet.TOS:
		b.setPart(s, sel)
	case sel.field == packet.LinkType:
		b.setLinkType(s, sel)
	case idleKeys[sel.name] || sel.field == 0:
		b.evaluate(s.b)
	default:
		b.evaluate(s.b)
		b.problem(source.Unsupported, b.stmtSpan(s), "a change of %s without connection tracking is not modelled", sel.name)
		b.anything("the packet goes on with another " + sel.name)
	}
}

// setPart sets a part of a field.
func (b *builder) setPart(s *stmt, sel *selector) {
	v := b.resolve(s.b)
	if v.kind == nodeMap {
		b.setFromMap(s, v, func(n *node) (rules.Assign, error) {
			a, err := b.atomOf(n, sel.typ)
			return part(sel, a.lo), err
		}, sel.field)
		return
	}
	if hasField(v) {
		b.lose(s, sel.field)
		return
	}
	a, err := b.atomOf(v, sel.typ)
	if err != nil {
		b.fail(s.b, sel.name, err)
		b.forget(sel.field)
		return
	}
	b.set(part(sel, a.lo))
}

// setLinkType lowers a change of how the link layer addressed the frame: routing
// asks for that. For frames that were addressed like that before nothing changes;
// the others are not followed.
func (b *builder) setLinkType(s *stmt, sel *selector) {
	b.evaluate(s.b)
	b.settle()
	terms := b.terms
	a, err := b.atomOf(s.b, sel.typ)
	if err == nil && a.isOne() {
		same := sel.boxesOf([]atom{a}, nil)
		b.terms = append(slices.Clone(terms), rules.Term{Boxes: same, Negated: true, Span: b.stmtSpan(s)})
	} else if err != nil && !hasField(s.b) {
		b.fail(s.b, sel.name, err)
	}
	b.anything("the packet goes on with another " + sel.name)
	b.terms, b.ended = terms, false
}

func part(sel *selector, v uint32) rules.Assign {
	mask := uint32(1)<<sel.width - 1
	return rules.Assign{Field: sel.field, Mask: mask << sel.shift, Value: (v & mask) << sel.shift}
}

// lose makes the value of a field one that is not known.
func (b *builder) lose(s *stmt, f packet.Field) {
	b.evaluate(s.b)
	b.problem(source.Unsupported, b.stmtSpan(s), "the value that %s is set to is not modelled", f)
	b.forget(f)
}

// forget sets a field to what is not known.
func (b *builder) forget(f packet.Field) {
	b.set(rules.Assign{Field: f, Mask: uint32(uint64(1)<<f.Bits() - 1), Any: true})
}

// markForm is a mark that is made of the bits of marks and a constant, by
// exclusive or.
type markForm struct {
	mark, conn uint32 // which bits of the packet's and of the connection's mark
	flip       uint32
}

func (f markForm) and(m uint32) markForm { return markForm{f.mark & m, f.conn & m, f.flip & m} }

func (f markForm) xor(g markForm) markForm {
	return markForm{f.mark ^ g.mark, f.conn ^ g.conn, f.flip ^ g.flip}
}

// bits returns the bits that f may have.
func (f markForm) bits() uint32 { return f.mark | f.conn | f.flip }

// markForm works out an expression of marks, and reports whether it can be kept.
func (b *builder) markForm(n *node) (markForm, bool) {
	n = b.resolve(n)
	switch n.kind {
	case nodeSelector:
		switch n.text {
		case "meta mark":
			return markForm{mark: allBits}, true
		case "ct mark":
			return markForm{conn: allBits}, b.need(selectors["ct mark"], n)
		}
		return markForm{}, false
	case nodeBinary:
		x, ok := b.markForm(n.kids[0])
		if !ok {
			return x, false
		}
		y, ok := b.markForm(n.kids[1])
		if !ok {
			return y, false
		}
		return combine(n.text, x, y)
	}
	v, err := b.numberOf(n, types["mark"])
	return markForm{flip: v}, err == nil
}

// combine joins two marks by an operation, and reports whether that can be kept.
func combine(op string, x, y markForm) (markForm, bool) {
	constant := func(f markForm) bool { return f.mark == 0 && f.conn == 0 }
	if constant(x) && !constant(y) {
		x, y = y, x
		if op == "<<" || op == ">>" {
			return x, false
		}
	}
	switch {
	case op == "^":
		return x.xor(y), true
	case op == "|" && x.bits()&y.bits() == 0:
		return x.xor(y), true
	case !constant(y):
		return x, false
	case op == "&":
		return x.and(y.flip), true
	case op == "|":
		return x.and(^y.flip).xor(y), true
	case constant(x):
		return markForm{flip: operate(op, x.flip, y.flip)}, true
	}
	return x, false
}

// assign returns the assignment that gives field f the mark.
func (f markForm) assign(to packet.Field) rules.Assign {
	own, other, from := f.mark, f.conn, packet.ConnMark
	if to == packet.ConnMark {
		own, other, from = f.conn, f.mark, packet.Mark
	}
	a := rules.Assign{Field: to, Mask: ^own, Flip: f.flip}
	if other != 0 {
		a.Copy, a.CopyMask = from, other
	}
	if own == 0 && other == 0 {
		a.Value, a.Flip = f.flip, 0
	}
	return a
}

// setMark lowers a change of the packet's or the connection's mark. Without a
// connection nothing is done, and nobody can see that it was not.
func (b *builder) setMark(s *stmt, sel *selector) {
	v := b.resolve(s.b)
	if sel.field == packet.ConnMark && b.early {
		return
	}
	if v.kind == nodeMap {
		b.setFromMap(s, v, func(n *node) (rules.Assign, error) {
			x, err := b.numberOf(n, types["mark"])
			return markForm{flip: x}.assign(sel.field), err
		}, sel.field)
		return
	}
	if v.kind == nodeWord || v.kind == nodeString {
		if _, err := b.numberOf(v, types["mark"]); err != nil {
			b.fail(s.b, sel.name, err)
			b.forget(sel.field)
			return
		}
	}
	form, ok := b.markForm(v)
	if !ok {
		b.lose(s, sel.field)
		return
	}
	b.set(form.assign(sel.field))
}

// hasField reports whether an expression asks for fields of the packet.
func hasField(n *node) bool {
	return n.kind == nodeSelector || n.kind == nodeMap || slices.ContainsFunc(n.kids, func(k *node) bool { return k != nil && hasField(k) })
}

// setFromMap sets a field to what a map gives; for keys that it does not hold
// the rule ends.
func (b *builder) setFromMap(s *stmt, v *node, read func(*node) (rules.Assign, error), f packet.Field) {
	b.settle()
	list, ok := b.groups(v.kids[0], v.kids[1])
	if !ok {
		return
	}
	if len(list) == 0 {
		b.never = true
		return
	}
	if b.alts == nil {
		b.alts = []alternative{{}}
	}
	var alts []alternative
	for _, alt := range b.alts {
		for i := range list {
			if !b.mayMake() {
				b.problem(source.Malformed, b.stmtSpan(s), "the map expands to more than %d rules", b.in.Limits.Expansion)
				return
			}
			a := rules.Assign{Field: f, Mask: uint32(uint64(1)<<f.Bits() - 1), Any: true}
			if d := list[i].data; d != nil {
				var err error
				if a, err = read(d); err != nil {
					b.fail(d, s.a.text, err)
					return
				}
			}
			alts = append(alts, alternative{slices.Concat(alt.terms, list[i].terms), append(slices.Clone(alt.set), a)})
		}
	}
	b.alts = alts
}
