package nftables

import (
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
		for part.kind == nodeBinary {
			mask := b.resolve(part.kids[1])
			var t *dataType
			if s := b.leaf(part); s != nil {
				t = s.typ
			}
			v, err := b.operandConstant(mask, t)
			if err != nil || len(list) > 1 {
				return b.opaqueOperand(o, part)
			}
			o.ops = append(o.ops, bitOp{part.text, v})
			part = part.kids[0]
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
		s := b.selectorOf(part, b.chain.table.family)
		if b.early && s.name == "ct state" {
			s = earlyState
		}
		o.parts = append(o.parts, s)
	}
	slices.Reverse(o.ops)
	for i, s := range o.parts {
		if !b.need(s, list[i]) {
			o.bad = true
		}
	}
	return o
}

// constantPart stands for a constant in a key.
var constantPart = &selector{name: "constant", typ: types["invalid"], proto: noProto, family: noFamily, opaque: "a constant in a key is not modelled"}

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
func (b *builder) opaqueOperand(o operand, n *node) operand {
	o.ops = nil
	o.parts = []*selector{{name: "expression", typ: types["invalid"], proto: noProto, family: noFamily, opaque: "this combination of fields is not modelled"}}
	_ = n
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
			b.never = true
		} else {
			b.family = s.family
			b.terms = append(b.terms, rules.Term{Boxes: familyBoxes[s.family], Span: span})
		}
	}
	if s.proto != noProto && s.proto != b.proto {
		if b.proto != noProto {
			b.problem(source.Malformed, span, "the rule asks for protocols %v and %v", packet.Proto(b.proto), packet.Proto(s.proto))
			return false
		}
		b.proto = s.proto
		b.terms = append(b.terms, rules.Term{Boxes: protoBoxes[s.proto], Span: span})
	}
	if (s.conn || s.field == packet.ConnState) && b.chain.table.family == "netdev" {
		b.problem(source.Malformed, span, "there is no connection tracking in a netdev table")
		return false
	}
	if s.conn {
		if b.early {
			b.never = true
			return true
		}
		b.terms = append(b.terms, rules.Term{Boxes: tracked, Span: span})
	}
	return true
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
		right = right.kids[0]
		if op == "" {
			op = "=="
		}
	}
	switch o.parts[0].name {
	case "ct status":
		b.status(s, &o, op, right)
		return
	case "ct direction":
		b.direction(s, &o, op, right)
		return
	}
	entries, x, err := b.right(&o, op, right)
	if err != nil {
		b.fail(s.b, o.name(), err)
		return
	}
	t := rules.Term{Negated: op == "!=", Span: b.nodeSpan(s.b)}
	if s.b.kind == nodeVar {
		t.Origin = &rules.Origin{From: []source.Span{b.nodeSpan(right)}}
	}
	if isAnyOf(&o, op, right) {
		// Flags: any of them is set, or with "!" none.
		mask, err := b.constant(right, o.parts[0].typ)
		if err != nil {
			b.fail(s.b, o.name(), err)
			return
		}
		entries, t.Negated = b.anyOf(&o, op, mask, right)
	}
	b.condition(s, &o, entries, x, t, right)
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

// maxMembers is how many elements of a set are kept one by one, so that a
// finding can point to one.
const maxMembers = 256

// condition adds the condition that the packet's fields are in one of the
// entries, or in what is not known of a set.
func (b *builder) condition(s *stmt, o *operand, entries []entry, x *rules.Unknown, t rules.Term, right *node) {
	if p := o.opaque(); p != nil {
		b.opaqueCondition(s.a, o, entries, t)
		return
	}
	star := slices.ContainsFunc(entries, func(e entry) bool { return e.star })
	switch {
	case star:
		t.Boxes = o.exists()
	case right.kind == nodeRef && x == nil || len(entries) > maxMembers:
		t.Boxes = b.cachedBoxes(right, o, entries)
	default:
		t.Boxes = o.union(entries)
	}
	if t.Boxes == nil {
		b.problem(source.Unsupported, b.nodeSpan(s.a), "this test of bits is not modelled")
		b.unknown(s.a, "bits", packet.Fixed, o.fields(), "this test of bits is not modelled")
		return
	}
	t.Unknown = x
	if x != nil {
		x.Of = o.fields()
	}
	b.origin(&t, o, entries, right)
	b.noteProtocol(o, entries, t.Negated)
	b.ported(o, &t, s.a, entries)
	if o.parts[0].opens {
		b.opens(&t, s.a)
	}
	b.seeInterfaces(o, entries)
	b.terms = append(b.terms, t)
}

// opens limits a condition on what a connection began with to the packets of
// which that is known.
func (b *builder) opens(t *rules.Term, n *node) {
	var parts []*packet.Boxes
	if !t.Boxes.IsEmpty() && t.Boxes.Len() == 1 {
		parts = append(parts, packet.Product(t.Boxes, opening))
	}
	t.Boxes = packet.AnyOf(append(parts, nothing)...)
	t.Unknown = b.doubt(n, "connection "+b.nodeSpan(n).Text()+" "+t.Span.Text(), packet.Fixed, 0, "what connection tracking knows of the packet's connection")
	t.Unknown.Within = underway
}

// ported makes a condition on ports of any protocol one that is not known for
// protocols without ports: nft then compares whatever stands in that place.
func (b *builder) ported(o *operand, t *rules.Term, n *node, entries []entry) {
	if b.ports || b.proto != noProto && packet.Proto(b.proto).HasPorts() || !slices.ContainsFunc(o.parts, (*selector).isAnyPort) {
		return
	}
	t.Boxes = packet.AnyOf(t.Boxes, nothing)
	if t.Unknown == nil && !o.hasPortProtocols(entries) {
		t.Unknown = b.doubt(n, "ports "+t.Span.Text(), packet.Varying, 0, "what a packet without ports has in their place")
		t.Unknown.Within = portless
	}
}

// isAnyPort reports whether s is a port of whatever protocol.
func (s *selector) isAnyPort() bool {
	return s.proto == noProto && !s.conn && (s.field == packet.SrcPort || s.field == packet.DstPort)
}

// hasPortProtocols reports whether a key holds the protocol too, and all entries
// are for protocols that have ports: packets of others are in none.
func (o *operand) hasPortProtocols(entries []entry) bool {
	i := slices.IndexFunc(o.parts, func(s *selector) bool { return s.field == packet.Protocol })
	return i >= 0 && !slices.ContainsFunc(entries, func(e entry) bool {
		return e.star || !e.atoms[i].isOne() || !packet.Proto(e.atoms[i].lo).HasPorts()
	})
}

// noteProtocol notes which protocol the rule asks for.
func (b *builder) noteProtocol(o *operand, entries []entry, negated bool) {
	for i, s := range o.parts {
		if negated || s.field != packet.Protocol && s.field != packet.Family || s.conn {
			continue
		}
		one := len(entries) == 1 && !entries[0].star && entries[0].atoms[i].isOne()
		switch {
		case s.field == packet.Family && one && len(s.pairs) > 0:
			for _, p := range s.pairs {
				if p.here == entries[0].atoms[i].lo {
					b.family = int(p.there)
				}
			}
		case s.field == packet.Protocol && one:
			b.proto = int(entries[0].atoms[i].lo)
		case s.field == packet.Protocol:
			b.ports = !slices.ContainsFunc(entries, func(e entry) bool {
				return e.star || !e.atoms[i].isOne() || !packet.Proto(e.atoms[i].lo).HasPorts()
			})
		}
	}
}

// opaque returns the first part that is not modelled, nil if all are.
func (o *operand) opaque() *selector {
	for _, s := range o.parts {
		if s.opaque != "" || s.field == 0 {
			return s
		}
	}
	return nil
}

// opaqueCondition adds the unknown for a condition of which a part is not
// modelled. It cannot hold where a modelled part does not.
func (b *builder) opaqueCondition(n *node, o *operand, entries []entry, t rules.Term) {
	s := o.opaque()
	if s.typ.name == "boolean" && s.doubt == packet.Usual && len(entries) == 1 && len(entries[0].atoms) == 1 {
		// The way back exists: "missing" and 0 ask for the opposite.
		if entries[0].atoms[0].isOne() && entries[0].atoms[0].lo == 0 {
			t.Negated = !t.Negated
		}
	}
	what := s.name + " " + t.Span.Text()
	if s.name != "" && s.doubt != packet.Usual {
		what = o.name() + " " + t.Span.Text()
	}
	t.Unknown = b.doubt(n, what, s.doubt, s.of, s.opaque)
	t.Unknown.Within = s.within
	if s.within == nil && len(o.parts) > 1 {
		t.Unknown.Within = o.modelled(entries)
	}
	if s.doubt == packet.Fixed && s.within == nil {
		b.problem(source.Unsupported, b.nodeSpan(n), "%s", s.opaque)
	}
	if s.within != nil && t.Negated {
		b.terms = append(b.terms, rules.Term{Boxes: s.within, Span: t.Span})
	}
	b.terms = append(b.terms, t)
}

// modelled returns the packets whose modelled fields lie in one of the entries,
// nil if none of the fields is modelled.
func (o *operand) modelled(entries []entry) *packet.Boxes {
	var rest operand
	var at []int
	for i, s := range o.parts {
		if s.opaque == "" && s.field != 0 {
			rest.parts = append(rest.parts, s)
			at = append(at, i)
		}
	}
	if len(rest.parts) == 0 {
		return nil
	}
	out := make([]entry, 0, len(entries))
	for i := range entries {
		e := entry{star: entries[i].star}
		for _, j := range at {
			if j < len(entries[i].atoms) {
				e.atoms = append(e.atoms, entries[i].atoms[j])
			}
		}
		if e.star || len(e.atoms) != len(rest.parts) {
			return rest.exists()
		}
		out = append(out, e)
	}
	return rest.union(out)
}

// exists returns the packets that have all fields.
func (o *operand) exists() *packet.Boxes {
	var all []*packet.Boxes
	seen := packet.FieldSet(0)
	for _, s := range o.parts {
		if s.field != 0 && !seen.Has(s.field) {
			seen |= packet.Fields(s.field)
			all = append(all, packet.Any(s.field))
		}
	}
	return packet.Product(all...)
}

// fields returns the fields that are looked up.
func (o *operand) fields() packet.FieldSet {
	var set packet.FieldSet
	for _, s := range o.parts {
		if s.field != 0 {
			set |= packet.Fields(s.field)
		}
	}
	return set
}

// union returns the packets whose fields lie in one of the entries, nil if that
// is not modelled.
func (o *operand) union(entries []entry) *packet.Boxes {
	if len(o.parts) == 1 {
		s := o.parts[0]
		if len(entries) == 1 {
			return s.boxesOf(entries[0].atoms, o.ops)
		}
		atoms := make([]atom, 0, len(entries))
		for i := range entries {
			atoms = append(atoms, entries[i].atoms...)
		}
		return s.boxesOf(atoms, o.ops)
	}
	var l packet.List
	seen := packet.FieldSet(0)
	for _, s := range o.parts {
		if seen.Has(s.field) {
			return nil // two tests of one field in one key
		}
		seen |= packet.Fields(s.field)
	}
	for i := range entries {
		one := o.product(&entries[i])
		if one == nil {
			return nil
		}
		l.Add(one, false)
	}
	if l.Len() == 0 {
		var none []*packet.Boxes
		for _, s := range o.parts {
			none = append(none, s.boxesOf(nil, nil))
		}
		if slices.Contains(none, nil) {
			return nil
		}
		return packet.Product(none...)
	}
	return l.Boxes()
}

// product returns the packets of one entry.
func (o *operand) product(e *entry) *packet.Boxes {
	parts := make([]*packet.Boxes, len(o.parts))
	for i, s := range o.parts {
		if parts[i] = s.boxesOf(e.atoms[i:i+1], nil); parts[i] == nil || parts[i].Len() != 1 {
			return nil
		}
	}
	return packet.Product(parts...)
}

// origin tells from which elements a condition was put together.
func (b *builder) origin(t *rules.Term, o *operand, entries []entry, right *node) {
	var origin rules.Origin
	if t.Origin != nil {
		origin = *t.Origin
	}
	if right.kind == nodeRef {
		if x := b.chain.table.sets[right.text]; x != nil {
			origin.From = append(origin.From, x.span)
		}
	}
	if len(entries) > 1 && len(entries) <= maxMembers && !t.Negated {
		for i := range entries {
			e := &entries[i]
			if e.star || e.end == 0 {
				continue
			}
			boxes := o.union(entries[i : i+1])
			if boxes == nil {
				continue
			}
			f := b.files[e.file]
			origin.Members = append(origin.Members, rules.Member{Boxes: boxes, Span: f.Span(int(e.start), int(e.end))})
		}
	}
	if len(origin.From)+len(origin.Members) > 0 {
		t.Origin = &origin
	}
}

// seeInterfaces notes interfaces that the configuration names.
func (b *builder) seeInterfaces(o *operand, entries []entry) {
	for i, s := range o.parts {
		if s.field != packet.In && s.field != packet.Out {
			continue
		}
		for j := range entries {
			e := &entries[j]
			if e.star || e.atoms[i].name == nil || e.atoms[i].name.Prefix || e.end == 0 {
				continue
			}
			b.seeInterface(e.atoms[i].name.Text, b.files[e.file].Span(int(e.start), int(e.end)))
		}
	}
}

func (l *lowering) seeInterface(name string, span source.Span) {
	if _, ok := l.interfaces[name]; !ok {
		l.interfaces[name] = len(l.device.Interfaces)
		l.device.Interfaces = append(l.device.Interfaces, rules.Interface{Name: name, Span: span})
	}
}
