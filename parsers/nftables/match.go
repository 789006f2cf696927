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

// operand is the left side of a comparison, or the key of a map: fields that
// are looked up together.
type operand struct {
	node  *node
	parts []*selector
	ops   []bitOp // on a single field
	bad   bool    // it was reported
}

// types returns the types of the parts.
func (o *operand) types() []*dataType {
	out := make([]*dataType, len(o.parts))
	for i, s := range o.parts {
		out[i] = s.typ
	}
	return out
}

// operand reads the fields of a comparison, and adds the conditions that they
// bring along.
func (b *builder) operand(n *node) operand {
	o := operand{node: n}
	list := []*node{n}
	if n.kind == nodeConcat {
		list = n.kids
	}
	for _, part := range list {
		part, ok := b.strip(&o, part)
		if !ok || len(o.ops) > 0 && len(list) > 1 {
			return opaqueOperand(o)
		}
		if part.kind != nodeSelector && len(list) > 1 && (part.kind == nodeWord || part.kind == nodeString) {
			o.parts = append(o.parts, constantPart) // a constant in a key is the same for all packets
			continue
		}
		if part.kind != nodeSelector {
			b.malformed(part, "expected a field of the packet, not %s", quote(shown(part)))
			o.bad = true
			return o
		}
		s, ok := b.field(part)
		o.parts = append(o.parts, s)
		o.bad = o.bad || !ok
	}
	slices.Reverse(o.ops)
	for i, s := range o.parts {
		if !b.need(s, list[i]) {
			o.bad = true
		}
	}
	return o
}

// field returns the field that a node names, and adds the conditions of what it
// is made of, such as the fields under a hash. It reports whether those can be.
func (b *builder) field(n *node) (*selector, bool) {
	s := b.selectorOf(n, b.chain.table.family)
	if b.early && s.name == "ct state" {
		s = earlyState
	}
	return s, !slices.ContainsFunc(n.kids, func(k *node) bool { return !b.evaluate(k) })
}

// constantPart stands for a constant in a key.
var constantPart = &selector{name: "constant", typ: types["invalid"], proto: noProto, family: noFamily, opaque: "a constant in a key is not modelled"}

// strip notes the operations on a field, and returns the field.
func (b *builder) strip(o *operand, part *node) (*node, bool) {
	for part.kind == nodeBinary {
		var t *dataType
		if s := b.leaf(part); s != nil {
			t = s.typ
		}
		v, err := b.operandConstant(b.resolve(part.kids[1]), t)
		if err != nil {
			return part, false
		}
		o.ops = append(o.ops, bitOp{part.text, v})
		part = part.kids[0]
	}
	return part, true
}

// operandConstant reads the constant that a field is combined with.
func (b *builder) operandConstant(n *node, t *dataType) (uint32, error) {
	if t == nil || n.kind == nodeSelector {
		return 0, wrong(n, "a constant")
	}
	if t.kind == addresses {
		a, err := b.atomOf(n, t)
		if err == nil && !a.isOne() {
			err = wrong(n, "an address")
		}
		return a.lo, err
	}
	return b.constant(n, t)
}

// leaf returns the field at the bottom of bit operations.
func (b *builder) leaf(n *node) *selector {
	for n.kind == nodeBinary {
		n = n.kids[0]
	}
	if n.kind != nodeSelector {
		return nil
	}
	return b.selectorOf(n, b.chain.table.family)
}

// opaqueOperand is an operand that is known to be, and not what it is.
func opaqueOperand(o operand) operand {
	o.ops = nil
	o.parts = []*selector{{name: "expression", typ: types["invalid"], proto: noProto, family: noFamily, opaque: "this combination of fields is not modelled"}}
	return o
}

// need adds the conditions that come with a field: the packet has to have its
// header. It reports whether that can be.
func (b *builder) need(s *selector, n *node) bool {
	span := b.nodeSpan(n)
	if s.family != noFamily && s.family != b.family {
		if b.family != noFamily {
			if s.proto == noProto || b.chain.table.family == "inet" {
				b.problem(source.Malformed, span, "the rule asks for IPv4 and for IPv6")
				return false
			}
			b.ask(nothing, span)
		} else {
			b.family = s.family
			b.ask(familyBoxes[s.family], span)
		}
	}
	if s.proto != noProto && s.proto != b.proto {
		if b.proto != noProto {
			b.problem(source.Malformed, span, "the rule asks for protocols %v and %v", packet.Proto(b.proto), packet.Proto(s.proto))
			return false
		}
		b.proto = s.proto
		b.ask(protoBoxes[s.proto], span)
	}
	if (s.conn || s.field == packet.ConnState) && b.chain.table.family == "netdev" {
		b.problem(source.Malformed, span, "there is no connection tracking in a netdev table")
		return false
	}
	if s.conn {
		if b.early {
			b.ask(nothing, span)
			return true
		}
		if slices.ContainsFunc(b.terms, func(t rules.Term) bool { return t.Boxes == tracked }) {
			return true
		}
		b.ask(tracked, span)
	}
	return true
}

// ask adds a condition that is known. What was set so far is set whether it holds
// or not.
func (b *builder) ask(boxes *packet.Boxes, span source.Span) {
	b.settle()
	b.terms = append(b.terms, rules.Term{Boxes: boxes, Span: span})
}

var (
	familyBoxes = [2]*packet.Boxes{packet.Number(packet.Family, packet.IPv4), packet.Number(packet.Family, packet.IPv6)}
	protoBoxes  = func() (all [256]*packet.Boxes) {
		for p := range all {
			all[p] = packet.Number(packet.Protocol, uint32(p))
		}
		return all
	}()
)

// match adds the condition of a comparison.
func (b *builder) match(s *stmt) {
	b.settle()
	right := b.resolve(s.b)
	if b.rawFragment(s, right) {
		return
	}
	o := b.operand(s.a)
	if o.bad {
		return
	}
	if right.kind == nodeSet && len(right.kids) == 1 && isPlain(b.resolve(right.kids[0])) {
		right = b.resolve(right.kids[0]) // as nft does
	}
	if s.b.kind == nodeSet && len(s.b.kids) == 0 {
		b.malformed(s.b, "a set in a rule cannot be empty")
		return
	}
	op := s.op
	if right.kind == nodeMask {
		mask, err := b.constant(right.kids[1], o.parts[0].typ)
		if err != nil {
			b.fail(right, s.a.text, err)
			return
		}
		o.ops = append(o.ops, bitOp{"&", mask})
		right, op = right.kids[0], cmp.Or(op, "==")
	}
	b.compare(s, &o, op, right)
}

// compare adds the condition of a comparison that was taken apart.
func (b *builder) compare(s *stmt, o *operand, op string, right *node) {
	switch o.parts[0].name {
	case "ct status":
		b.status(s, o, op, right)
		return
	case "ct direction":
		b.direction(s, o, op, right)
		return
	}
	entries, x, err := b.right(o, op, right)
	if err != nil {
		before := len(b.terms)
		b.fail(s.b, o.name(), err)
		for i := range b.terms[before:] {
			b.terms[before+i].Unknown.Key += " " + cmp.Or(op, "==") // another comparison is another condition
		}
		return
	}
	t := rules.Term{Negated: op == "!=", Span: b.nodeSpan(s.b)}
	if s.b.kind == nodeVar {
		t.Origin = &rules.Origin{From: []source.Span{b.nodeSpan(right)}}
	}
	if isAnyOf(o, op, right) {
		// Flags: any of them is set, or with "!" none.
		mask, err := b.constant(right, o.parts[0].typ)
		if err != nil {
			b.fail(s.b, o.name(), err)
			return
		}
		entries, t.Negated = b.anyOf(o, op, mask, right)
	}
	b.condition(s.a, o, entries, x, t, right)
}

// anyOf returns the entries for a field of flags of which any bit of the mask is
// set or, with "!", none; and whether they are to be negated.
func (b *builder) anyOf(o *operand, op string, mask uint32, right *node) (entries []entry, negated bool) {
	s := o.parts[0]
	if len(s.pairs) == 0 || op == "!" {
		o.ops = []bitOp{{"&", mask}}
		return []entry{{atoms: []atom{{}}}}, op == ""
	}
	written := []*node{right}
	if right.kind == nodeList {
		written = right.kids
	}
	for _, n := range written {
		v, err := b.constant(n, s.typ)
		if err != nil {
			continue
		}
		e := entry{file: n.file, start: n.start, end: n.end}
		for _, p := range s.pairs {
			if p.here&v != 0 {
				e.atoms = append(e.atoms, atom{lo: p.here, hi: p.here})
			}
		}
		entries = append(entries, e)
	}
	return entries, false
}

// name returns the fields as they are written.
func (o *operand) name() string {
	var all []string
	for _, s := range o.parts {
		all = append(all, s.name)
	}
	return strings.Join(all, " . ")
}

// isPlain reports whether an element is one value.
func isPlain(n *node) bool { return n.kind == nodeWord || n.kind == nodeString || n.kind == nodeBinary }

// isAnyOf reports whether a comparison asks for any bit of a field of flags.
func isAnyOf(o *operand, op string, right *node) bool {
	if len(o.parts) != 1 || !o.parts[0].typ.flags || len(o.ops) > 0 {
		return op == "!" && len(o.parts) == 1
	}
	switch right.kind {
	case nodeSet, nodeRef, nodeRange:
		return false
	}
	return op == "" || op == "!"
}

// right reads the right side of a comparison: the entries to look for and,
// where they are not all known, what stands in for the rest.
func (b *builder) right(o *operand, op string, n *node) ([]entry, *rules.Unknown, error) {
	switch n.kind {
	case nodeRef:
		return b.named(o, n)
	case nodeSet:
		if op != "" && op != "==" && op != "!=" {
			return nil, nil, &valueError{n, "a set cannot be compared with " + op}
		}
		entries, err := b.entries(n.kids, o.types(), false)
		return entries, nil, err
	case nodeConcat:
		return nil, nil, &valueError{n, "values joined by dots can only be compared with a set; expected them in braces"}
	}
	if len(o.parts) != 1 {
		return nil, nil, wrong(n, fmt.Sprintf("%d values joined by dots", len(o.parts)))
	}
	t := o.parts[0].typ
	e := entry{file: n.file, start: n.start, end: n.end}
	if t.kind == opaques {
		e.atoms = []atom{{}}
		return []entry{e}, nil, nil
	}
	if n.kind == nodeList || n.kind == nodeBinary {
		v, err := b.constant(n, t)
		e.atoms = []atom{{lo: v, hi: v}}
		return []entry{e}, nil, err
	}
	a, err := b.atomOf(n, t)
	if err != nil {
		return nil, nil, err
	}
	a, err = ordered(n, op, a, t)
	e.atoms = []atom{a}
	return []entry{e}, nil, err
}

// ordered returns the values that are less or greater than a.
func ordered(n *node, op string, a atom, t *dataType) (atom, error) {
	switch op {
	case "<", "<=", ">", ">=":
	default:
		return a, nil
	}
	if !a.isOne() {
		return a, &valueError{n, "expected one number behind " + op}
	}
	most := t.most
	if t.kind == addresses {
		most = allBits
	}
	switch v := a.lo; op {
	case "<":
		if v == 0 {
			return a, &valueError{n, "nothing is less than 0"}
		}
		return atom{hi: v - 1}, nil
	case "<=":
		return atom{hi: v}, nil
	case ">":
		if v == most {
			return a, &valueError{n, "nothing is greater than " + fmt.Sprint(most)}
		}
		return atom{lo: v + 1, hi: most}, nil
	default:
		return atom{lo: v, hi: most}, nil
	}
}
