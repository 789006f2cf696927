package packet

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"go4.org/netipx"
)

// Range is a closed run of numbers.
type Range struct{ First, Last uint32 }

// One returns the range that holds n alone.
func One(n uint32) Range { return Range{n, n} }

// AddrRange is a closed run of addresses of one family.
type AddrRange struct{ First, Last netip.Addr }

// OneAddr returns the range that holds a alone.
func OneAddr(a netip.Addr) AddrRange { return AddrRange{a, a} }

// PrefixRange returns the addresses of p, whatever its host bits are.
func PrefixRange(p netip.Prefix) AddrRange {
	first := p.Masked().Addr()
	if first.Is4() {
		return AddrRange{first, addrOf(narrowOf(first) | ^uint32(0)>>p.Bits())}
	}
	return AddrRange{first, wideOf(first).or(lowMask(128 - p.Bits())).addr()}
}

// Contains reports whether a is in r.
func (r AddrRange) Contains(a netip.Addr) bool {
	return a.Is4() == r.First.Is4() && r.First.Compare(a) <= 0 && a.Compare(r.Last) <= 0
}

// Pattern is the name of an interface or, if Prefix is set, the start of one.
type Pattern struct {
	Text   string
	Prefix bool
}

// Matches reports whether name is of the pattern. The empty name, which stands
// for no interface, is of none but the empty exact pattern.
func (p Pattern) Matches(name string) bool {
	if p.Prefix {
		return name != "" && strings.HasPrefix(name, p.Text)
	}
	return name == p.Text
}

// String returns the pattern, a prefix with a star behind it.
func (p Pattern) String() string {
	if p.Prefix {
		return p.Text + "*"
	}
	return p.Text
}

// wideRange is a closed run of IPv6 addresses.
type wideRange struct{ first, last wide }

// masked holds the values whose bits in mask are those of value.
type masked struct {
	family      uint8 // IPv4 or IPv6 for addresses, else 0
	mask, value wide  // numbers and IPv4 addresses in the low bits
}

// Values is a set of values of one field: sorted disjoint ranges that do not
// touch, masked bits, or name patterns. The zero Values is empty.
type Values struct {
	narrow []Range // numbers; IPv4 addresses
	extra  *extra  // nil: nothing more
}

// extra is the part of Values that most do not have.
type extra struct {
	all   bool // every value
	wide  []wideRange
	bits  []masked
	names []Pattern
}

// anyValue holds every value of a field.
var anyValue = Values{extra: &extra{all: true}}

// isAny reports whether v was made to hold every value.
func (v Values) isAny() bool { return v.extra != nil && v.extra.all }

// isEmpty reports whether v holds no value.
func (v Values) isEmpty() bool {
	e := v.extra
	return len(v.narrow) == 0 && (e == nil || !e.all && len(e.wide)+len(e.bits)+len(e.names) == 0)
}

// numberValues returns the values of sorted and unsorted ranges alike.
func numberValues(rs []Range) Values { return Values{narrow: mergeRanges(rs)} }

// mergeRanges returns the ranges sorted, disjoint and not touching. It may
// reorder rs and use its memory.
func mergeRanges(rs []Range) []Range {
	if !slices.IsSortedFunc(rs, func(a, b Range) int { return cmp.Compare(a.First, b.First) }) {
		slices.SortFunc(rs, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	}
	out := rs[:0]
	for _, r := range rs {
		switch n := len(out); {
		case r.First > r.Last:
		case n > 0 && (r.First <= out[n-1].Last || r.First-1 == out[n-1].Last):
			out[n-1].Last = max(out[n-1].Last, r.Last)
		default:
			out = append(out, r)
		}
	}
	return out
}

// mergeWide does for IPv6 what mergeRanges does for numbers.
func mergeWide(rs []wideRange) []wideRange {
	slices.SortFunc(rs, func(a, b wideRange) int {
		return cmp.Or(cmp.Compare(a.first.hi, b.first.hi), cmp.Compare(a.first.lo, b.first.lo))
	})
	out := rs[:0]
	for _, r := range rs {
		switch n := len(out); {
		case r.last.less(r.first):
		case n > 0 && (!out[n-1].last.less(r.first) || out[n-1].last != maxWide && out[n-1].last.next() == r.first):
			if out[n-1].last.less(r.last) {
				out[n-1].last = r.last
			}
		default:
			out = append(out, r)
		}
	}
	return out
}

// addressValues returns the values of ranges of addresses of either family.
func addressValues(rs []AddrRange) Values {
	var v Values
	var six []wideRange
	for _, r := range rs {
		if r.First.Is4() {
			v.narrow = append(v.narrow, Range{narrowOf(r.First), narrowOf(r.Last)})
		} else {
			six = append(six, wideRange{wideOf(r.First), wideOf(r.Last)})
		}
	}
	v.narrow = mergeRanges(v.narrow)
	if six = mergeWide(six); len(six) > 0 {
		v.extra = &extra{wide: six}
	}
	return v
}

// holdsNumber reports whether v holds the number n.
func (v Values) holdsNumber(n uint32) bool {
	if i := sort.Search(len(v.narrow), func(i int) bool { return v.narrow[i].Last >= n }); i < len(v.narrow) && v.narrow[i].First <= n {
		return true
	}
	return v.extra != nil && (v.extra.all || v.holdsBits(0, wide{0, uint64(n)}))
}

// holdsAddr reports whether v holds the address a.
func (v Values) holdsAddr(a netip.Addr) bool {
	e := v.extra
	if a.Is4() {
		n := narrowOf(a)
		i := sort.Search(len(v.narrow), func(i int) bool { return v.narrow[i].Last >= n })
		return i < len(v.narrow) && v.narrow[i].First <= n || e != nil && (e.all || v.holdsBits(IPv4, wide{0, uint64(n)}))
	}
	if e == nil {
		return false
	}
	n := wideOf(a)
	i := sort.Search(len(e.wide), func(i int) bool { return !e.wide[i].last.less(n) })
	return e.all || i < len(e.wide) && !n.less(e.wide[i].first) || v.holdsBits(IPv6, n)
}

func (v Values) holdsBits(family uint8, n wide) bool {
	return slices.ContainsFunc(v.extra.bits, func(m masked) bool { return m.family == family && n.and(m.mask) == m.value })
}

// holdsName reports whether v holds the name of an interface.
func (v Values) holdsName(name string) bool {
	return v.extra != nil && (v.extra.all ||
		slices.ContainsFunc(v.extra.names, func(p Pattern) bool { return p.Matches(name) }))
}

// holds reports whether v holds the value that f has in the field.
func (v Values) holds(field Field, f *Flow) bool {
	switch fieldTable[field].kind {
	case address:
		return v.holdsAddr(f.addr(field))
	case name:
		if field == In {
			return v.holdsName(f.In)
		}
		return v.holdsName(f.Out)
	default:
		return v.holdsNumber(f.number(field))
	}
}

// holdsSome reports whether v holds the value of a field that a packet has but
// that is not known. An interface that is not known is some interface.
func (v Values) holdsSome(field Field) Truth {
	switch {
	case v.isEmpty():
		return False
	case fieldTable[field].kind != name:
		return Unsure
	case slices.Contains(v.extra.names, Pattern{Prefix: true}):
		return True
	case !slices.ContainsFunc(v.extra.names, func(p Pattern) bool { return p != Pattern{} }):
		return False
	}
	return Unsure
}

// mayMeet reports whether v and w may have a value in common; false is sure.
func (v Values) mayMeet(w Values) bool {
	switch {
	case v.isEmpty() || w.isEmpty():
		return false
	case v.isAny() || w.isAny():
		return true
	case v.extra == nil && w.extra == nil:
		return rangesMeet(v.narrow, w.narrow)
	}
	return rangesMeet(v.narrow, w.narrow) || v.extrasMayMeet(w)
}

func (v Values) extrasMayMeet(w Values) bool {
	a, b := v.extra, w.extra
	if a == nil {
		return len(b.bits) > 0
	}
	if b == nil {
		return len(a.bits) > 0
	}
	return len(a.bits)+len(b.bits) > 0 || wideMeet(a.wide, b.wide) || namesMeet(a.names, b.names)
}

// rangesMeet reports whether two lists of ranges have a number in common. One
// list is most often far shorter: it is looked up in the longer.
func rangesMeet(a, b []Range) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, r := range a {
		i := sort.Search(len(b), func(i int) bool { return b[i].Last >= r.First })
		if i < len(b) && b[i].First <= r.Last {
			return true
		}
	}
	return false
}

func wideMeet(a, b []wideRange) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, r := range a {
		i := sort.Search(len(b), func(i int) bool { return !b[i].last.less(r.first) })
		if i < len(b) && !r.last.less(b[i].first) {
			return true
		}
	}
	return false
}

func namesMeet(a, b []Pattern) bool {
	for _, p := range a {
		for _, q := range b {
			if p.Prefix && strings.HasPrefix(q.Text, p.Text) || q.Prefix && strings.HasPrefix(p.Text, q.Text) || p == q {
				return true
			}
		}
	}
	return false
}

// clip returns values that hold of v what may lie in w; ranges that do not
// meet w are left out.
func (v Values) clip(w Values) Values {
	if w.isAny() || v.isAny() {
		return v
	}
	if w.extra != nil && len(w.extra.bits) > 0 {
		return v
	}
	out := Values{narrow: clipRanges(v.narrow, w.narrow), extra: v.extra}
	if v.extra == nil || len(v.extra.wide) == 0 {
		return out
	}
	var six []wideRange
	if w.extra != nil {
		for _, r := range v.extra.wide {
			if wideMeet([]wideRange{r}, w.extra.wide) {
				six = append(six, r)
			}
		}
	}
	e := *v.extra
	e.wide = six
	out.extra = &e
	return out
}

// clipRanges returns the ranges of long that meet one of short.
func clipRanges(long, short []Range) []Range {
	if len(long) <= 4 {
		return long
	}
	var out []Range
	next := 0
	for _, r := range short {
		i := next + sort.Search(len(long)-next, func(i int) bool { return long[next+i].Last >= r.First })
		for ; i < len(long) && long[i].First <= r.Last; i++ {
			out = append(out, long[i])
		}
		next = i
	}
	return out
}

// Prefixes returns the fewest prefixes that hold exactly the addresses of r, in
// order; none if r ends before it begins.
func (r AddrRange) Prefixes() []netip.Prefix {
	return netipx.IPRangeFrom(r.First, r.Last).Prefixes()
}

// Prefix returns the prefix that holds exactly the addresses of r, if there is
// one.
func (r AddrRange) Prefix() (netip.Prefix, bool) {
	return netipx.IPRangeFrom(r.First, r.Last).Prefix()
}
