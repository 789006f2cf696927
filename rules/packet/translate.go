package packet

import "net/netip"

// End is one end of a packet.
type End uint8

// The ends.
const (
	Source End = iota
	Destination
)

// ends holds the fields of the two ends.
var ends = [2]struct{ addr, port, translated, addrType Field }{
	Source:      {Src, SrcPort, SrcTranslated, SrcType},
	Destination: {Dst, DstPort, DstTranslated, DstType},
}

// translatedFlag returns the field that says whether a field's original value
// differs from the present one.
func translatedFlag(orig Field) Field {
	if orig == OrigSrc || orig == OrigSrcPort || orig == OrigSrcType {
		return SrcTranslated
	}
	return DstTranslated
}

// Rewrite is what translation makes of one end of a packet. The zero Rewrite
// keeps it.
type Rewrite struct {
	// Addrs are the addresses of which the new one is one; empty: it stays.
	Addrs []AddrRange
	// Shift, if valid, is the address that becomes the first of Addrs; the
	// others keep their distance to it.
	Shift netip.Addr
	// Network, if valid, holds the new address, at the place that the old one
	// has in its own network of that size.
	Network netip.Prefix
	// Ports are the ports of which the new one is one; empty: it stays.
	Ports []Range
	// ShiftPorts says that port PortBase becomes the first of Ports; the others
	// keep their distance to it, and begin anew behind the last of Ports.
	ShiftPorts bool
	PortBase   uint16
	// Lost says that the new address is not known.
	Lost bool
	// ToSelf says that the new address is one of the device's own.
	ToSelf bool
	// Restore says that the end gets back the address and the port that it had
	// before translation, and counts as never translated; one that was not stays. Of
	// a rewrite that does so the rest is zero.
	Restore bool
}

// IsZero reports whether r keeps everything.
func (r *Rewrite) IsZero() bool {
	return !r.movesAddr() && len(r.Ports) == 0 && !r.ToSelf && !r.Restore
}

// Contradicts reports whether r gives back what was, and something new.
func (r *Rewrite) Contradicts() bool {
	return r.Restore && (r.movesAddr() || len(r.Ports) > 0 || r.ToSelf)
}

// movesAddr reports whether r changes the address.
func (r *Rewrite) movesAddr() bool { return len(r.Addrs) > 0 || r.Network.IsValid() || r.Lost }

// bare returns r without what it does to ports.
func (r *Rewrite) bare() *Rewrite {
	b := *r
	b.Ports, b.ShiftPorts = nil, false
	return &b
}

// portWindow returns the ports that become those of Ports one by one; others come
// to lie on the same ones again (nf_nat_l4proto_unique_tuple).
func (r *Rewrite) portWindow() []Range {
	const highest = 65535
	first := uint32(r.PortBase)
	last := first + r.Ports[0].Last - r.Ports[0].First
	switch {
	case last <= highest:
		return []Range{{First: first, Last: last}}
	case last >= first+highest:
		return []Range{{First: 0, Last: highest}}
	}
	return []Range{{First: 0, Last: last - highest - 1}, {First: first, Last: highest}}
}

// shiftPort returns what becomes of a port.
func (r *Rewrite) shiftPort(old uint16) uint16 {
	size := r.Ports[0].Last - r.Ports[0].First + 1
	return uint16(r.Ports[0].First + uint32(old-r.PortBase)%size)
}

// Rewrite returns the packets of s as r leaves their end. The value from before
// the first translation stays known as OrigDst, OrigDstPort and so on. A packet
// that already has the new values is left as it is, and does not count as
// translated; nor does one of a family of which r has no address. Ports of
// protocols that have none are left out.
func (s Set) Rewrite(end End, r *Rewrite) Set {
	switch {
	case r.IsZero():
		return s
	case r.Restore:
		return s.restore(end)
	case len(r.Ports) > 0:
		has := Numbers(ends[end].port, r.Ports...)
		if without := s.Minus(s.u.Has(has)); !without.IsEmpty() {
			return without.Rewrite(end, r.bare()).Or(s.And(s.u.Has(has)).Rewrite(end, r))
		}
	}
	others := s.Minus(Set{s.u, s.u.family(r)})
	return s.Minus(others).rewrite(end, r).Or(others)
}

// family returns the packets of the families of which r has addresses.
func (u *Universe) family(r *Rewrite) ref {
	four := u.mk(Family.level(0), one, zero)
	switch {
	case r.Network.IsValid():
		if r.Network.Addr().Is4() {
			return four
		}
		return four.not()
	case len(r.Addrs) > 0:
		result := zero
		for _, a := range r.Addrs {
			if a.First.Is4() {
				result = u.or(result, four)
			} else {
				result = u.or(result, four.not())
			}
		}
		return result
	}
	return one
}

// rewrite does the work of Rewrite for packets of the right family.
func (s Set) rewrite(end End, r *Rewrite) Set {
	u, f := s.u, ends[end]
	same := s.And(Set{u, u.and(u.kept(end, r), u.known(Fields(f.addr, f.port)))})
	changed := s.Minus(same)
	flag := Set{u, u.mk(f.translated.level(0), zero, one)}
	first := u.remember(changed.Minus(flag), f.addr)
	first = u.remember(first, f.port).Assign(f.translated, 1, 1)
	if u.restores {
		first = u.remember(first, f.addrType)
	}
	out := u.replace(first, end, r, true)
	if again := changed.And(flag); !again.IsEmpty() {
		out = out.Or(u.replace(again, end, r, false))
	}
	if r.ToSelf {
		return out.Or(same).Learn(f.addrType, uint32(Local))
	}
	if r.movesAddr() {
		out = out.Lose(f.addrType)
	}
	return out.Or(same)
}

// restore returns the packets of s with the end as it was before translation.
func (s Set) restore(end End) Set {
	u, e := s.u, ends[end]
	flag := Set{u, u.mk(e.translated.level(0), zero, one)}
	moved := s.And(flag)
	if moved.IsEmpty() {
		return s
	}
	moved = u.recall(moved, e.addr, e.port, e.addrType)
	return moved.Assign(e.translated, 1, 0).Or(s.Minus(flag))
}

// recall copies to fields what their original values are, and forgets these.
func (u *Universe) recall(s Set, fields ...Field) Set {
	for _, f := range fields {
		orig := fieldTable[f].orig
		s = s.Forget(f).And(Set{u, u.sum(f, orig, wide{}, wide{})}).Forget(orig)
	}
	for _, f := range fields {
		s = s.find(f)
	}
	return s
}

// kept returns the packets on whose end r has no effect.
func (u *Universe) kept(end End, r *Rewrite) ref {
	f := ends[end]
	result := one
	switch {
	case r.Lost:
		return zero
	case r.Network.IsValid():
		result = u.Box(Prefixes(f.addr, r.Network)).r
	case r.Shift.IsValid():
		if r.Shift != r.Addrs[0].First {
			return zero
		}
	case len(r.Addrs) == 1 && r.Addrs[0].First == r.Addrs[0].Last:
		result = u.Box(Addresses(f.addr, r.Addrs...)).r
	case len(r.Addrs) > 0:
		return zero
	}
	switch {
	case r.ShiftPorts:
		if uint32(r.PortBase) != r.Ports[0].First {
			return zero
		}
		result = u.and(result, u.Box(Numbers(f.port, r.portWindow()...)).r)
	case len(r.Ports) == 1 && r.Ports[0].First == r.Ports[0].Last:
		result = u.and(result, u.Box(Numbers(f.port, r.Ports...)).r)
	case len(r.Ports) > 0:
		return zero
	}
	return result
}

// remember copies a field to where its original value is kept.
func (u *Universe) remember(s Set, f Field) Set {
	return s.Forget(fieldTable[f].orig).And(Set{u, u.sum(f, fieldTable[f].orig, wide{}, wide{})})
}

// replace gives the end its new values. Where fresh, the original values are
// those from just before; if they are not, a shift cannot be followed, and the
// new value is lost.
func (u *Universe) replace(s Set, end End, r *Rewrite, fresh bool) Set {
	return u.replacePort(u.replaceAddr(s, end, r, fresh), end, r, fresh)
}

func (u *Universe) replaceAddr(s Set, end End, r *Rewrite, fresh bool) Set {
	f := ends[end]
	switch {
	case r.Lost:
		s = s.Lose(f.addr)
	case r.Network.IsValid() && !fresh:
		inside := s.Where(Prefixes(f.addr, r.Network)).And(u.Known(Fields(f.addr)))
		s = s.Minus(inside).Lose(f.addr).Or(inside)
	case r.Shift.IsValid() && r.Shift == r.Addrs[0].First:
	case r.Shift.IsValid() && !fresh:
		s = s.Lose(f.addr)
	case r.Network.IsValid():
		s = s.Forget(f.addr).And(Set{u, u.hostBits(f.addr, r.Network)})
	case r.Shift.IsValid():
		s = s.Forget(f.addr).And(Set{u, u.shifted(f.addr, r)}).Where(Addresses(f.addr, r.Addrs...))
	case len(r.Addrs) > 0:
		s = s.Forget(f.addr).Where(Addresses(f.addr, r.Addrs...)).find(f.addr)
	}
	return s
}

func (u *Universe) replacePort(s Set, end End, r *Rewrite, fresh bool) Set {
	f := ends[end]
	switch {
	case r.ShiftPorts:
		window := Numbers(f.port, r.portWindow()...)
		return u.shiftPort(s.Where(window), end, r, fresh).Or(u.anyPort(s.Minus(u.Box(window)), end, r))
	case len(r.Ports) > 0:
		return u.anyPort(s, end, r)
	}
	return s
}

// anyPort gives the end any of the new ports.
func (u *Universe) anyPort(s Set, end End, r *Rewrite) Set {
	f := ends[end]
	return s.Forget(f.port).Where(Numbers(f.port, r.Ports...)).find(f.port)
}

// shiftPort gives the end the new port that has the place of the old one.
func (u *Universe) shiftPort(s Set, end End, r *Rewrite, fresh bool) Set {
	f := ends[end]
	switch {
	case r.Ports[0].First == uint32(r.PortBase):
		return s
	case !fresh:
		return s.Lose(f.port)
	}
	by := wide{0, uint64(uint16(r.Ports[0].First) - r.PortBase)}
	return s.Forget(f.port).And(Set{u, u.sum(f.port, fieldTable[f.port].orig, by, by)}).Where(Numbers(f.port, r.Ports...))
}

// shifted returns the packets whose address is the original one, shifted.
func (u *Universe) shifted(f Field, r *Rewrite) ref {
	first := r.Addrs[0].First
	if first.Is4() {
		by := narrowOf(first) - narrowOf(r.Shift)
		return u.sum(f, fieldTable[f].orig, wide{0, uint64(by)}, wide{})
	}
	return u.sum(f, fieldTable[f].orig, wide{}, wideOf(first).sub(wideOf(r.Shift)))
}

// sum returns the packets in which field f is field g plus a number, modulo the
// size of the field. The two lie interleaved. For addresses the numbers are for
// IPv4 and for IPv6.
func (u *Universe) sum(f, g Field, four, six wide) ref {
	key := sumKey{f, g, four, six}
	r, ok := u.sums[key]
	if !ok {
		if fieldTable[f].kind == address {
			r = u.mk(Family.level(0), u.adder(f, g, ipv4Bits, four), u.adder(f, g, 128, six))
		} else {
			r = u.adder(f, g, fieldTable[f].bits, four)
		}
		u.sums[key] = r
	}
	return r
}

// sumKey finds the sum that was built before.
type sumKey struct {
	f, g      Field
	four, six wide
}

// adder returns f = g + by as a diagram. It goes from the least significant bit
// up and keeps, for each of the two carries out of the bits so far, the pairs of
// values that give it.
func (u *Universe) adder(f, g Field, width int, by wide) ref {
	carry := [2]ref{one, zero}
	for i := width - 1; i >= 0; i-- {
		b := bit(by.bit(128 - width + i))
		next := [2]ref{zero, zero}
		for x := range uint32(2) {
			for in := range uint32(2) {
				total := x + b + in
				pair := u.pair(f, g, i, total&1, x, carry[in])
				next[total>>1] = u.or(next[total>>1], pair)
			}
		}
		carry = next
	}
	return u.or(carry[0], carry[1])
}

// pair returns the packets of tail in which bit i of f is y and of g is x.
func (u *Universe) pair(f, g Field, i int, y, x uint32, tail ref) ref {
	if f.level(i) < g.level(i) {
		return u.literal(f.level(i), y, u.literal(g.level(i), x, tail))
	}
	return u.literal(g.level(i), x, u.literal(f.level(i), y, tail))
}

func (u *Universe) literal(level, value uint32, tail ref) ref {
	if value == 1 {
		return u.mk(level, zero, tail)
	}
	return u.mk(level, tail, zero)
}

// hostBits returns the packets whose address is in the network and has the host
// bits of the original one.
func (u *Universe) hostBits(f Field, network netip.Prefix) ref {
	g := fieldTable[f].orig
	first := network.Masked().Addr()
	width, value := 128, wideOf(first)
	if first.Is4() {
		width, value = ipv4Bits, wide{0, uint64(narrowOf(first))}
	}
	r := one
	for i := width - 1; i >= 0; i-- {
		if i < network.Bits() {
			r = u.literal(f.level(i), bit(value.bit(128-width+i)), r)
		} else {
			r = u.or(u.pair(f, g, i, 0, 0, r), u.pair(f, g, i, 1, 1, r))
		}
	}
	if width == ipv4Bits {
		return u.mk(Family.level(0), r, zero)
	}
	return u.mk(Family.level(0), zero, r)
}

// Arrived returns the packets of s with the source that they came with.
func (s Set) Arrived() Set {
	u := s.u
	flag := Set{u, u.mk(SrcTranslated.level(0), zero, one)}
	moved := s.And(flag)
	if moved.IsEmpty() {
		return s
	}
	// What the routing table said of the source that came is not always kept.
	moved = u.recall(moved.Assign(SrcTranslated, 1, 0).Forget(SrcType, OrigSrcType), Src, SrcPort).find(SrcType)
	return moved.Or(s.Minus(flag))
}

// Onward returns the packets of s and those that translation of their destination
// may make of them: what it was when they came tells them.
func (s Set) Onward() Set {
	u := s.u
	moved := s.And(Set{u, u.mk(DstTranslated.level(0), zero, one)})
	fresh := s.Minus(moved)
	for _, f := range []Field{Dst, DstPort} {
		fresh = u.remember(fresh, f)
	}
	moved = moved.Or(fresh.Assign(DstTranslated, 1, 1)).Forget(Dst, DstPort).ForgetLost(Dst, DstPort)
	return s.Or(moved)
}

// Lose returns the packets of s with the value of f no longer known: see Lost.
func (s Set) Lose(f Field) Set {
	s = s.Forget(f)
	level := lostLevel + uint32(f)
	s.r = s.u.and(s.u.drop(s.r, level), s.u.mk(level, zero, one))
	return s
}

// Learn returns the packets of s with the value n for number field f.
func (s Set) Learn(f Field, n uint32) Set { return s.Forget(f).find(f).Where(Number(f, n)) }

// ForgetLost returns the packets that are like one of s but for whether the values
// of the fields are known.
func (s Set) ForgetLost(fields ...Field) Set {
	for _, f := range fields {
		s.r = s.u.drop(s.r, lostLevel+uint32(f))
	}
	return s
}

// find says that the value of f is known.
func (s Set) find(f Field) Set {
	u := s.u
	level := lostLevel + uint32(f)
	return Set{u, u.and(u.drop(s.r, level), u.mk(level, one, zero))}
}

// Lost returns the packets for which the value of one of the fields of the
// boxes is not known, of those fields whose values may be lost at all. What is
// asked of it is an unknown condition.
func (u *Universe) Lost(b *Boxes, losable FieldSet) Set {
	r := zero
	for _, f := range b.fields {
		if !losable.Has(f) && !losable.Has(fieldTable[f].now) {
			continue
		}
		lost := u.mk(lostLevel+uint32(f), zero, one)
		if now := fieldTable[f].now; now != 0 {
			// What a packet had before translation is lost only with what it has.
			lost = u.mk(translatedFlag(f).level(0), u.mk(lostLevel+uint32(now), zero, one), zero)
		}
		r = u.or(r, lost)
	}
	return Set{u, r}
}

// Known returns the packets of which the values of all the fields are known.
func (u *Universe) Known(fields FieldSet) Set { return Set{u, u.known(fields)} }

func (u *Universe) known(fields FieldSet) ref {
	r := one
	for f := numFields - 1; f > 0; f-- {
		if fields.Has(f) {
			r = u.mk(lostLevel+uint32(f), r, zero)
		}
	}
	return r
}

// drop removes one level by disjunction.
func (u *Universe) drop(r ref, level uint32) ref {
	v := u.mk(level, zero, one)
	return u.or(u.cofactor(r, v, 0), u.cofactor(r, v, 1))
}

// cofactor returns r with the decision at the level of variable v made.
func (u *Universe) cofactor(r, v ref, value uint32) ref {
	level := u.level(v)
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		if u.level(r) > level {
			return r
		}
		lo, hi := u.children(r)
		if u.level(r) == level {
			if value == 1 {
				return hi
			}
			return lo
		}
		if done, ok := memo[r]; ok {
			return done
		}
		out := u.mk(u.level(r), walk(lo), walk(hi))
		memo[r] = out
		return out
	}
	return walk(r)
}

// below returns r with what it decides from level on replaced by what change
// makes of it. A change of many bits so walks over the whole of r but once.
func (u *Universe) below(r ref, level uint32, change func(ref) ref) ref {
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		if done, ok := memo[r]; ok {
			return done
		}
		var out ref
		if at := u.level(r); at >= level {
			out = change(r)
		} else {
			lo, hi := u.children(r)
			out = u.mk(at, walk(lo), walk(hi))
		}
		memo[r] = out
		return out
	}
	return walk(r)
}

// eachBit calls change for the level of every bit of number field f that is in
// mask, the last first, with that bit of value.
func eachBit(f Field, mask, value uint32, change func(level, bit uint32)) {
	width := fieldTable[f].bits
	for i := width - 1; i >= 0; i-- {
		if mask>>(width-1-i)&1 == 1 {
			change(f.level(i), value>>(width-1-i)&1)
		}
	}
}

// Assign returns the packets of s in which the bits of number field f under
// mask are those of value.
func (s Set) Assign(f Field, mask, value uint32) Set {
	u := s.u
	return Set{u, u.below(s.r, f.level(0), func(r ref) ref {
		eachBit(f, mask, value, func(level, bit uint32) {
			r = u.and(u.drop(r, level), u.literal(level, bit, one))
		})
		return r
	})}
}

// Blur returns the packets that are like one of s but for the bits of number
// field f under mask, which may be any.
func (s Set) Blur(f Field, mask uint32) Set {
	width := fieldTable[f].bits
	for i := range width {
		if mask>>(width-1-i)&1 == 1 {
			s.r = s.u.drop(s.r, f.level(i))
		}
	}
	return s
}

// Flip returns the packets of s in which the bits of number field f under mask
// are the others.
func (s Set) Flip(f Field, mask uint32) Set {
	u := s.u
	return Set{u, u.below(s.r, f.level(0), func(r ref) ref {
		eachBit(f, mask, 0, func(level, _ uint32) { r = u.flip(r, level) })
		return r
	})}
}

// flip returns r with the two outcomes of the decisions at a level exchanged.
func (u *Universe) flip(r ref, level uint32) ref {
	v := u.mk(level, zero, one)
	return u.ite(v, u.cofactor(r, v, 0), u.cofactor(r, v, 1))
}

// XorBits returns the packets of s in which those bits of field f that are in
// mask have been changed by exclusive or with the bits of field g, the two lying
// interleaved.
func (s Set) XorBits(f, g Field, mask uint32) Set {
	u := s.u
	return Set{u, u.below(s.r, min(f.level(0), g.level(0)), func(r ref) ref {
		other := g.level(0) - f.level(0)
		eachBit(f, mask, 0, func(level, _ uint32) {
			r = u.ite(u.mk(level+other, zero, one), u.flip(r, level), r)
		})
		return r
	})}
}
