package packet

import (
	"slices"
	"sort"
)

// boxKey finds the set of boxes that were built before.
type boxKey struct {
	boxes *Boxes
	hull  *Hull
}

// Box returns the packets whose fields lie in the boxes.
func (u *Universe) Box(b *Boxes) Set { return u.BoxIn(b, nil) }

// BoxIn returns a set that has, of the packets in hull, those that lie in the
// boxes; of the others it may have any. It saves the work for what the hull
// rules out. A hull must not change once it was used.
func (u *Universe) BoxIn(b *Boxes, hull *Hull) Set {
	key := boxKey{b, hull}
	r, ok := u.boxes[key]
	if !ok {
		r = u.and(u.Has(b).r, u.original(b, hull, 0))
		u.boxes[key] = r
	}
	return Set{u, r}
}

// Has returns the packets that have all fields of the boxes, or all packets if
// the boxes ask for none.
func (u *Universe) Has(b *Boxes) Set {
	if b.sparse {
		return u.All()
	}
	return Set{u, u.has(b.fields)}
}

// original returns the union of boxes that may speak of values before
// translation: of a packet that was not translated those are its present ones.
// The fields before the one at index from are dealt with.
func (u *Universe) original(b *Boxes, hull *Hull, from int) ref {
	for i, f := range b.fields[from:] {
		now := fieldTable[f].now
		if now == 0 {
			continue
		}
		i += from
		present := *b
		present.fields = slices.Clone(b.fields)
		present.fields[i] = now
		flag := u.mk(translatedFlag(f).level(0), zero, one)
		return u.ite(flag, u.original(b, hull, i+1), u.original(&present, hull, i+1))
	}
	return u.union(b, hull)
}

// union returns the union of the boxes, whether or not a packet has the fields.
func (u *Universe) union(b *Boxes, hull *Hull) ref {
	result := zero
	for end := len(b.list); end > 0; {
		start := end - 1
		for start > 0 && b.list[start-1].group == b.list[start].group {
			start--
		}
		result = u.or(result, u.group(b, b.list[start:end], hull))
		end = start
	}
	return result
}

// group returns what a group of boxes holds, the first to hold a packet
// deciding. Without exceptions it is a balanced disjunction, which keeps the
// intermediate diagrams small.
func (u *Universe) group(b *Boxes, list []box, hull *Hull) ref {
	if !slices.ContainsFunc(list, func(x box) bool { return x.excludes }) {
		return u.disjunction(b, list, hull)
	}
	result := zero
	for _, l := range slices.Backward(list) {
		p := u.box(b, l, hull)
		if l.excludes {
			result = u.minus(result, p)
		} else {
			result = u.or(result, p)
		}
	}
	return result
}

func (u *Universe) disjunction(b *Boxes, list []box, hull *Hull) ref {
	if len(list) == 1 {
		return u.box(b, list[0], hull)
	}
	half := len(list) / 2
	return u.or(u.disjunction(b, list[:half], hull), u.disjunction(b, list[half:], hull))
}

// box returns the packets of one box of b.
func (u *Universe) box(b *Boxes, x box, hull *Hull) ref {
	r := u.product(b.fields, x.values, hull)
	if !b.sparse {
		return r
	}
	var asked []Field
	for i, f := range b.fields {
		if !x.values[i].isAny() {
			asked = append(asked, f)
		}
	}
	return u.and(r, u.has(asked))
}

// Cube returns the packets that lie in all of the boxes. It is much cheaper
// than the conjunction of the sets of each if they are single boxes over
// fields of their own.
func (u *Universe) Cube(hull *Hull, bs ...*Boxes) Set {
	var fields []Field
	var values []Values
	rest := one
	for _, b := range bs {
		if len(b.list) == 1 && !b.list[0].excludes && !b.sparse &&
			!slices.ContainsFunc(b.fields, func(f Field) bool { return fieldTable[f].now != 0 || clash(fields, f) }) {
			fields = append(fields, b.fields...)
			values = append(values, b.list[0].values...)
			continue
		}
		rest = u.and(rest, u.BoxIn(b, hull).r)
	}
	r := u.and(u.product(fields, values, hull), rest)
	return Set{u, u.and(r, u.has(fields))}
}

// clash reports whether f is among the fields, or lies interleaved with one.
func clash(fields []Field, f Field) bool {
	return slices.ContainsFunc(fields, func(g Field) bool {
		return f == g || fieldTable[f].orig == g || fieldTable[g].orig == f || f == Mark && g == ConnMark || f == ConnMark && g == Mark
	})
}

// product returns the packets whose fields lie in the values, built from the
// last field up.
func (u *Universe) product(fields []Field, values []Values, hull *Hull) ref {
	four := u.familyProduct(fields, values, hull, IPv4)
	six := u.familyProduct(fields, values, hull, IPv6)
	return u.mk(Family.level(0), four, six)
}

// familyProduct returns the packets of one family in the product.
func (u *Universe) familyProduct(fields []Field, values []Values, hull *Hull, family int) ref {
	var room [16]int // enough for nearly all
	order := room[:0]
	for i := range fields {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int { return int(fieldTable[fields[j]].level) - int(fieldTable[fields[i]].level) })
	result := one
	for _, i := range order {
		switch f, v := fields[i], values[i]; {
		case v.isAny():
		case f == Family:
			if !v.holdsNumber(uint32(family)) {
				return zero
			}
		case clash(fields[:i], f) || clash(fields[i+1:], f):
			result = u.and(result, u.values(f, v, hull, family, one))
		default:
			result = u.values(f, v, hull, family, result)
		}
		if result == zero {
			return zero
		}
	}
	return result
}

// values returns the packets of one family whose field lies in v, and that are
// in tail, which decides only below the field.
func (u *Universe) values(f Field, v Values, hull *Hull, family int, tail ref) ref {
	if hull != nil && hull.values[f] != nil {
		v = v.clip(*hull.values[f])
	}
	switch {
	case v.isAny():
		return tail
	case fieldTable[f].kind == name:
		return u.narrow(f, 0, fieldTable[f].bits, 0, u.nameRanges(v), tail)
	case fieldTable[f].kind == address && family == IPv6:
		if v.extra == nil {
			return zero
		}
		return u.or(u.wide(f, 0, wide{}, v.extra.wide, tail), u.bits(f, v.extra.bits, IPv6, 128, tail))
	}
	width := fieldTable[f].bits
	if fieldTable[f].kind == address {
		width = ipv4Bits
	}
	result := u.narrow(f, 0, width, 0, v.narrow, tail)
	if v.extra != nil {
		result = u.or(result, u.bits(f, v.extra.bits, uint8(family), width, tail))
	}
	return result
}

func (u *Universe) nameRanges(v Values) []Range {
	var rs []Range
	if v.extra != nil {
		for _, p := range v.extra.names {
			rs = append(rs, u.names.numbers(p))
			if p.Prefix && p.Text == "" {
				// Numbers past the last name are names of no pattern.
				rs = append(rs, Range{uint32(len(u.names.atoms)), maxNames})
			}
		}
	}
	return mergeRanges(rs)
}

// narrow returns the values from first on, with the given leading bits decided,
// that lie in the ranges, which all reach into that part.
func (u *Universe) narrow(f Field, bit, width int, first uint32, rs []Range, tail ref) ref {
	if len(rs) == 0 {
		return zero
	}
	last := first | uint32(uint64(1)<<(width-bit)-1)
	if rs[0].First <= first && rs[0].Last >= last {
		return tail
	}
	middle := first | 1<<(width-bit-1)
	left := sort.Search(len(rs), func(i int) bool { return rs[i].First >= middle })
	right := sort.Search(len(rs), func(i int) bool { return rs[i].Last >= middle })
	lo := u.narrow(f, bit+1, width, first, rs[:left], tail)
	return u.mk(f.level(bit), lo, u.narrow(f, bit+1, width, middle, rs[right:], tail))
}

// wide does for IPv6 addresses what narrow does for numbers.
func (u *Universe) wide(f Field, bit int, first wide, rs []wideRange, tail ref) ref {
	if len(rs) == 0 {
		return zero
	}
	last := first.or(lowMask(128 - bit))
	if !first.less(rs[0].first) && !rs[0].last.less(last) {
		return tail
	}
	middle := first.withBit(bit)
	left := sort.Search(len(rs), func(i int) bool { return !rs[i].first.less(middle) })
	right := sort.Search(len(rs), func(i int) bool { return !rs[i].last.less(middle) })
	lo := u.wide(f, bit+1, first, rs[:left], tail)
	return u.mk(f.level(bit), lo, u.wide(f, bit+1, middle, rs[right:], tail))
}

// bits returns the values that one of the masks matches.
func (u *Universe) bits(f Field, ms []masked, family uint8, width int, tail ref) ref {
	result := zero
	for _, m := range ms {
		if m.family != family && fieldTable[f].kind == address {
			continue
		}
		r := tail
		for i := width - 1; i >= 0; i-- {
			at := 128 - width + i
			switch {
			case !m.mask.bit(at):
			case m.value.bit(at):
				r = u.mk(f.level(i), zero, r)
			default:
				r = u.mk(f.level(i), r, zero)
			}
		}
		result = u.or(result, r)
	}
	return result
}

// has returns the packets that have all of the fields.
func (u *Universe) has(fields []Field) ref {
	var special FieldSet
	for _, f := range fields {
		switch f {
		case DstPort, SrcPort, OrigDstPort, OrigSrcPort:
			special |= Fields(DstPort)
		case ICMPType, ICMPCode:
			special |= Fields(ICMPType)
		case TCPFlags:
			special |= Fields(TCPFlags)
		}
	}
	if special == 0 {
		return one
	}
	r, ok := u.present[special]
	if ok {
		return r
	}
	r = one
	special.Each(func(f Field) bool {
		r = u.and(r, u.carriers(f))
		return true
	})
	u.present[special] = r
	return r
}

// carriers returns the packets of the protocols that have the field.
func (u *Universe) carriers(f Field) ref {
	protocols := func(family int, ps ...Proto) ref {
		rs := make([]Range, len(ps))
		for i, p := range ps {
			rs[i] = One(uint32(p))
		}
		return u.values(Protocol, numberValues(rs), nil, family, one)
	}
	switch f {
	case ICMPType:
		return u.mk(Family.level(0), protocols(IPv4, ICMP), protocols(IPv6, ICMPv6))
	case TCPFlags:
		return protocols(IPv4, TCP)
	default:
		return protocols(IPv4, TCP, UDP, DCCP, SCTP, UDPLite)
	}
}
