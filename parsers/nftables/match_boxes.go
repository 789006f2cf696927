package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// maxMembers is how many elements of a set are kept one by one, so that a
// finding can point to one.
const maxMembers = 256

// condition adds the condition that the packet's fields are in one of the
// entries, or in what is not known of a set.
func (b *builder) condition(key *node, o *operand, entries []entry, x *rules.Unknown, t rules.Term, right *node) {
	if p := o.opaque(); p != nil {
		b.opaqueCondition(key, o, entries, t)
		return
	}
	if !t.Negated {
		entries, x = b.guards(key, o, entries, x)
	}
	star := slices.ContainsFunc(entries, isStar)
	switch {
	case star:
		t.Boxes = o.exists()
	case right.kind == nodeRef && x == nil || len(entries) > maxMembers:
		t.Boxes = b.cachedBoxes(right, o, entries)
	default:
		t.Boxes = o.union(entries)
	}
	if t.Boxes == nil {
		b.problem(source.Unsupported, b.nodeSpan(key), "this test of bits is not modelled")
		b.unknown(key, "bits", packet.Fixed, o.fields(), "this test of bits is not modelled")
		return
	}
	t.Unknown = x
	if x != nil {
		x.Of = o.fields()
	}
	b.origin(&t, o, entries, right)
	b.noteProtocol(o, entries, t.Negated || x != nil)
	b.ported(o, &t, key, entries)
	if o.parts[0].opens {
		b.opens(&t, key)
	}
	b.seeInterfaces(o, entries)
	b.headed(&t, o, entries, key)
	b.terms = append(b.terms, t)
}

func isStar(e entry) bool { return e.star }

// guards takes the elements out of the known ones of which a limit or the like
// decides whether they are found: what is not known stands in for them. An
// element that is found where it should not be is not asked.
func (b *builder) guards(key *node, o *operand, entries []entry, x *rules.Unknown) ([]entry, *rules.Unknown) {
	var sure, guarded []entry
	for i := range entries {
		if entries[i].guarded {
			guarded = append(guarded, entries[i])
		}
	}
	if len(guarded) == 0 {
		return entries, x
	}
	for i := range entries {
		if !entries[i].guarded {
			sure = append(sure, entries[i])
		}
	}
	if x == nil {
		x = b.doubt(key, "guard", packet.Varying, 0, guardReason)
		if x.Within = o.union(guarded); slices.ContainsFunc(guarded, isStar) {
			x.Within = o.exists()
		}
	}
	return sure, x
}

const guardReason = "whether a limit in an element of the set is kept"

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
func (b *builder) noteProtocol(o *operand, entries []entry, unsure bool) {
	for i, s := range o.parts {
		if unsure || s.conn || s.field != packet.Family && s.field != packet.Protocol {
			continue
		}
		one := len(entries) == 1 && !entries[0].star && entries[0].atoms[i].isOne()
		switch {
		case s.field == packet.Family && one:
			b.noteFamily(s, entries[0].atoms[i].lo)
		case s.field == packet.Protocol && one:
			b.proto = int(entries[0].atoms[i].lo)
		case s.field == packet.Protocol:
			b.ports = o.hasPortProtocols(entries)
		}
	}
}

func (b *builder) noteFamily(s *selector, value uint32) {
	for _, p := range s.pairs {
		if p.here == value {
			b.family = int(p.there)
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
