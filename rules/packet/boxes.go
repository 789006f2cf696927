package packet

import (
	"net/netip"
	"slices"
)

// Boxes is a union of boxes over some fields: for each field of a box sorted,
// disjoint, closed ranges, masked bits or name patterns. It is plain data,
// belongs to no universe, is immutable and shared, and is what rules hold.
//
// A box may exclude: its packets are not in the union unless a box before it
// holds them. So lists with exceptions keep their written shape.
type Boxes struct {
	fields []Field
	list   []box
	cover  []Values // for each field what the boxes that include may hold
	sparse bool     // a packet need not have all fields: what it lacks is in no values
}

// box is a product of values, one for each field of its Boxes.
type box struct {
	excludes bool
	group    uint32 // what excludes does so within its group; the union is that of the groups
	values   []Values
}

// single returns the Boxes of one field.
func single(f Field, v Values) *Boxes {
	// One allocation for what most terms of most rules are.
	type one struct {
		Boxes
		fields [1]Field
		list   [1]box
		values [1]Values
	}
	b := &one{fields: [1]Field{f}, values: [1]Values{v}}
	b.list[0] = box{values: b.values[:]}
	b.Boxes = Boxes{fields: b.fields[:], list: b.list[:], cover: b.values[:]}
	return &b.Boxes
}

// Numbers returns the packets whose number field f lies in one of the ranges.
func Numbers(f Field, rs ...Range) *Boxes {
	mustBe(f, number)
	return single(f, numberValues(slices.Clone(rs)))
}

// Number returns the packets whose number field f has the value n.
func Number(f Field, n uint32) *Boxes { return Numbers(f, One(n)) }

// Addresses returns the packets whose address field f lies in one of the ranges.
func Addresses(f Field, rs ...AddrRange) *Boxes {
	mustBe(f, address)
	return single(f, addressValues(rs))
}

// Prefixes returns the packets whose address field f lies in one of the
// prefixes, whose host bits are ignored.
func Prefixes(f Field, ps ...netip.Prefix) *Boxes {
	rs := make([]AddrRange, len(ps))
	for i, p := range ps {
		rs[i] = PrefixRange(p)
	}
	return Addresses(f, rs...)
}

// Masked returns the packets whose number field f has, under mask, the value.
// It is empty if value has bits outside of mask.
func Masked(f Field, mask, value uint32) *Boxes {
	mustBe(f, number)
	switch {
	case value&^mask != 0:
		return single(f, Values{})
	case mask == f.max():
		return Number(f, value)
	case mask == 0:
		return single(f, anyValue)
	}
	return single(f, Values{extra: &extra{bits: []masked{{mask: wide{0, uint64(mask)}, value: wide{0, uint64(value)}}}}})
}

// MaskedAddr returns the packets whose address field f has, under mask, the
// value, both of one family.
func MaskedAddr(f Field, mask, value netip.Addr) *Boxes {
	mustBe(f, address)
	m := masked{family: IPv6}
	if mask.Is4() {
		m = masked{family: IPv4, mask: wide{0, uint64(narrowOf(mask))}, value: wide{0, uint64(narrowOf(value))}}
	} else {
		m.mask, m.value = wideOf(mask), wideOf(value)
	}
	if m.value.and(m.mask.not()) != (wide{}) {
		return single(f, Values{})
	}
	return single(f, Values{extra: &extra{bits: []masked{m}}})
}

// Names returns the packets whose interface field f is of one of the patterns.
// An exact empty pattern stands for "no interface".
func Names(f Field, ps ...Pattern) *Boxes {
	mustBe(f, name)
	return single(f, Values{extra: &extra{names: slices.Clone(ps)}})
}

// Any returns the packets that have the field.
func Any(f Field) *Boxes { return single(f, anyValue) }

func mustBe(f Field, k kind) {
	if fieldTable[f].kind != k {
		panic("packet: values of the wrong kind for field " + f.String())
	}
}

// Product returns the packets that lie in all of the given boxes, each of which
// is one box over fields that no other has.
func Product(bs ...*Boxes) *Boxes {
	out := &Boxes{}
	var values []Values
	for _, b := range bs {
		if len(b.list) != 1 {
			panic("packet: product of more than one box")
		}
		out.fields = append(out.fields, b.fields...)
		values = append(values, b.list[0].values...)
	}
	out.list = []box{{values: values}}
	out.cover = values
	return out
}

// Union returns the packets that have all fields of the given boxes and lie in
// at least one of them.
func Union(bs ...*Boxes) *Boxes {
	if len(bs) == 1 {
		return bs[0]
	}
	out := &Boxes{}
	for _, b := range bs {
		for _, f := range b.fields {
			if !slices.Contains(out.fields, f) {
				out.fields = append(out.fields, f)
			}
		}
	}
	group := uint32(0)
	for _, b := range bs {
		for _, x := range b.list {
			out.list = append(out.list, box{x.excludes, group + x.group, x.spread(b.fields, out.fields)})
		}
		if n := len(b.list); n > 0 {
			group += b.list[n-1].group + 1
		}
	}
	return out.finish()
}

// AnyOf returns the packets that lie in at least one of the given boxes. Unlike
// Union it asks of a packet no field but those of the box that it lies in: one
// that lacks them all is simply outside.
func AnyOf(bs ...*Boxes) *Boxes {
	out := *Union(bs...)
	out.sparse = true
	return &out
}

// spread returns the values of x, which are of the given fields, as values of
// the wider list of fields.
func (x box) spread(from, to []Field) []Values {
	values := make([]Values, len(to))
	for i, f := range to {
		values[i] = anyValue
		if j := slices.Index(from, f); j >= 0 {
			values[i] = x.values[j]
		}
	}
	return values
}

// List collects boxes in order: the first that holds a packet decides whether
// the packet is in the union. The zero List is empty.
type List struct {
	fields []Field
	list   []box
}

// Add appends b, which is one box over the same fields as those before, and
// includes or excludes its packets.
func (l *List) Add(b *Boxes, excludes bool) {
	if len(b.list) != 1 || len(l.list) > 0 && !slices.Equal(l.fields, b.fields) {
		panic("packet: a list holds single boxes over the same fields")
	}
	l.fields = b.fields
	l.list = append(l.list, box{excludes: excludes, values: b.list[0].values})
}

// Len returns the number of boxes added.
func (l *List) Len() int { return len(l.list) }

// Boxes returns the union. Without boxes it is empty: no packet is in it.
func (l *List) Boxes() *Boxes { return (&Boxes{fields: l.fields, list: l.list}).finish() }

// finish merges what can be one box of one field, and works out the cover.
func (b *Boxes) finish() *Boxes {
	b.cover = make([]Values, len(b.fields))
	for i := range b.fields {
		b.cover[i] = coverOf(b.list, i)
	}
	if len(b.fields) == 1 && !slices.ContainsFunc(b.list, func(x box) bool { return x.excludes }) {
		return single(b.fields[0], b.cover[0])
	}
	return b
}

// coverOf returns what the boxes that include hold in the field at index i.
func coverOf(list []box, i int) Values {
	var narrow []Range
	var extras extra
	for _, x := range list {
		if x.excludes {
			continue
		}
		v := x.values[i]
		if v.isAny() {
			return anyValue
		}
		narrow = append(narrow, v.narrow...)
		if v.extra != nil {
			extras.wide = append(extras.wide, v.extra.wide...)
			extras.bits = append(extras.bits, v.extra.bits...)
			extras.names = append(extras.names, v.extra.names...)
		}
	}
	out := Values{narrow: mergeRanges(narrow)}
	extras.wide = mergeWide(extras.wide)
	if len(extras.wide)+len(extras.bits)+len(extras.names) > 0 {
		out.extra = &extras
	}
	return out
}

// Fields returns the fields that b speaks of. It must not be changed.
func (b *Boxes) Fields() []Field { return b.fields }

// AddrRanges returns the addresses of boxes over one address field, and false
// if they are not ranges: over other fields, with exceptions, or with odd masks.
func (b *Boxes) AddrRanges() ([]AddrRange, bool) {
	if len(b.fields) != 1 || fieldTable[b.fields[0]].kind != address || len(b.list) != 1 || b.list[0].excludes {
		return nil, false
	}
	v := b.list[0].values[0]
	if v.isAny() || v.extra != nil && len(v.extra.bits) > 0 {
		return nil, false
	}
	var out []AddrRange
	for _, r := range v.narrow {
		out = append(out, AddrRange{addrOf(r.First), addrOf(r.Last)})
	}
	if v.extra != nil {
		for _, r := range v.extra.wide {
			out = append(out, AddrRange{r.first.addr(), r.last.addr()})
		}
	}
	return out, true
}

// IsEmpty reports whether b was made to hold no packet.
func (b *Boxes) IsEmpty() bool {
	return !slices.ContainsFunc(b.list, func(x box) bool {
		return !x.excludes && !slices.ContainsFunc(x.values, Values.isEmpty)
	})
}

// Len returns the number of boxes.
func (b *Boxes) Len() int { return len(b.list) }

// Truth says what is known of a condition.
type Truth uint8

// The truth values. A condition on a field that the packet lacks is Absent:
// false, and false when negated.
const (
	False Truth = iota
	True
	Unsure
	Absent
)

// Holds reports whether f lies in b.
func (b *Boxes) Holds(f *Flow) Truth {
	if !b.sparse && slices.ContainsFunc(b.fields, func(field Field) bool { return !f.Has(field) }) {
		return Absent
	}
	result := False
	for i := 0; i < len(b.list); {
		group := b.list[i].group
		end := i
		for end < len(b.list) && b.list[end].group == group {
			end++
		}
		switch groupHolds(b.list[i:end], b.fields, f) {
		case True:
			return True
		case Unsure:
			result = Unsure
		case False, Absent:
		}
		i = end
	}
	return result
}

// groupHolds reports whether the first box of the group that holds f includes it.
func groupHolds(group []box, fields []Field, f *Flow) Truth {
	unsure := false
	for _, x := range group {
		switch x.holds(fields, f) {
		case Unsure:
			unsure = true
		case True:
			if unsure {
				return Unsure
			}
			return truth(!x.excludes)
		case False, Absent:
		}
	}
	if unsure {
		return Unsure
	}
	return False
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

func (x box) holds(fields []Field, f *Flow) Truth {
	result := True
	for i, field := range fields {
		switch v := x.values[i]; {
		case v.isAny():
		case !f.Has(field):
			return False
		case !f.Knows(field):
			switch v.holdsSome(field) {
			case False, Absent:
				return False
			case Unsure:
				result = Unsure
			case True:
			}
		case !v.holds(field, f):
			return False
		}
	}
	return result
}

// Hull says of each field in which values all packets of some set lie: a cheap
// way to see that a rule cannot match any of them. The zero Hull says nothing.
type Hull struct{ values [numFields]*Values }

// Narrow says that all packets of the set lie in b. It knows only boxes of
// one field and leaves others aside.
func (h *Hull) Narrow(b *Boxes) {
	if len(b.fields) == 1 && len(b.list) == 1 && !b.list[0].excludes {
		h.values[b.fields[0]] = &b.list[0].values[0]
	}
}

// Widen says that nothing is known of the field.
func (h *Hull) Widen(f Field) { h.values[f] = nil }

// MayMeet reports whether a packet of the set may lie in b; false is sure.
func (b *Boxes) MayMeet(h *Hull) bool {
	for i, f := range b.fields {
		if v := h.values[f]; v != nil && !b.cover[i].mayMeet(*v) {
			return false
		}
	}
	return len(b.list) > 0
}

// Patterns yields the name patterns of an interface field that b asks for.
func (b *Boxes) Patterns(yield func(Pattern) bool) {
	for i, f := range b.fields {
		if fieldTable[f].kind != name {
			continue
		}
		for _, x := range b.list {
			if x.values[i].extra == nil {
				continue
			}
			for _, p := range x.values[i].extra.names {
				if !yield(p) {
					return
				}
			}
		}
	}
}
