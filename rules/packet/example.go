package packet

import (
	"net/netip"
	"sync"
)

// Outcome says how the unknown conditions of one packet come out, by their
// keys. What it does not hold does not matter.
type Outcome map[string]bool

// likely holds what a packet that is shown to people had better look like, the
// most telling first. The addresses are those that RFC 5737 and RFC 3849 keep
// for documentation.
var likely = sync.OnceValue(func() []*Boxes {
	host := func(s string) *Boxes { return Addresses(Src, OneAddr(netip.MustParseAddr(s))) }
	return []*Boxes{
		Number(Family, IPv4),
		Numbers(Protocol, One(uint32(TCP))),
		Numbers(Protocol, One(uint32(UDP))),
		Number(TCPFlags, uint32(SYN)),
		host("203.0.113.7"), host("198.51.100.7"), host("2001:db8::7"),
		Number(SrcPort, 40000),
		Numbers(SrcPort, Range{49152, 65535}),
		Number(Length, 60),
		Number(TOS, 0),
	}
})

// Example returns a packet of s with an outcome of the unknown conditions under
// which it is in s, and false if s is empty. It prefers what lies in the
// boxes, the earlier ones more, and then packets that look usual. Equal sets
// give the same packet, so that reports do not change from run to run.
func (s Set) Example(prefer ...*Boxes) (Flow, Outcome, bool) {
	if s.IsEmpty() {
		return Flow{}, nil, false
	}
	for _, list := range [][]*Boxes{prefer, likely()} {
		for _, b := range list {
			if t := s.Where(b); !t.IsEmpty() {
				s = t
			}
		}
	}
	u := s.u
	bits := map[uint32]bool{}
	for r := s.r; r != one; {
		lo, hi := u.children(r)
		level := u.level(r)
		if lo != zero {
			bits[level], r = false, lo
		} else {
			bits[level], r = true, hi
		}
	}
	return u.flow(bits), u.outcome(bits), true
}

// outcome reads the unknown conditions that the decisions in bits settle.
func (u *Universe) outcome(bits map[uint32]bool) Outcome {
	out := Outcome{}
	for key, x := range u.unknowns {
		r, settled := x.r, false
		for r != one && r != zero {
			value, ok := bits[u.level(r)]
			settled = settled || ok
			lo, hi := u.children(r)
			if value {
				r = hi
			} else {
				r = lo
			}
		}
		if settled {
			out[key] = r == one
		}
	}
	return out
}

// flow reads the packet that the decisions in bits describe; what they leave
// open is 0.
func (u *Universe) flow(bits map[uint32]bool) Flow {
	n := func(f Field) uint32 { return u.read(bits, f, fieldTable[f].bits) }
	addr := func(f Field) netip.Addr {
		if n(Family) == IPv4 {
			return addrOf(u.read(bits, f, ipv4Bits))
		}
		var w wide
		for i := range 128 {
			if bits[f.level(i)] {
				w = w.withBit(i)
			}
		}
		return w.addr()
	}
	f := Flow{
		In: u.names.text(n(In)), Out: u.names.text(n(Out)),
		Src: addr(Src), Dst: addr(Dst), Proto: Proto(n(Protocol)),
		State: State(n(ConnState)), Mark: n(Mark), ConnMark: n(ConnMark),
		SrcTranslated: n(SrcTranslated) == 1, DstTranslated: n(DstTranslated) == 1,
		DstType: AddrType(n(DstType)), SrcType: AddrType(n(SrcType)), LinkType: AddrType(n(LinkType)),
		Fragment: n(Fragment) == 1, IPsec: n(IPsec) == 1,
		Length: uint16(n(Length)), TOS: uint8(n(TOS)), Time: n(Time), Routed: n(Routed) == 1,
	}
	if f.Has(DstPort) {
		f.SrcPort, f.DstPort = uint16(n(SrcPort)), uint16(n(DstPort))
	}
	if f.Has(ICMPType) {
		f.ICMPType, f.ICMPCode = uint8(n(ICMPType)), uint8(n(ICMPCode))
	}
	if f.Has(TCPFlags) {
		f.TCPFlags = uint8(n(TCPFlags))
	}
	if f.SrcTranslated {
		f.OrigSrc, f.OrigSrcType = u.orig(&f, addr(OrigSrc), n(OrigSrcPort)), AddrType(n(OrigSrcType))
	}
	if f.DstTranslated {
		f.OrigDst, f.OrigDstType = u.orig(&f, addr(OrigDst), n(OrigDstPort)), AddrType(n(OrigDstType))
	}
	for field := Field(1); field < numFields; field++ {
		if bits[lostLevel+uint32(field)] {
			f.Lost |= Fields(field)
		}
	}
	return f
}

func (u *Universe) orig(f *Flow, addr netip.Addr, port uint32) netip.AddrPort {
	if !f.Proto.HasPorts() {
		port = 0
	}
	return netip.AddrPortFrom(addr, uint16(port))
}

// read returns the first width bits of a field.
func (u *Universe) read(bits map[uint32]bool, f Field, width int) uint32 {
	var n uint32
	for i := range width {
		n <<= 1
		if bits[f.level(i)] {
			n |= 1
		}
	}
	return n
}

// Contains reports whether f is in s, asked of Can, Will or Always. What f has
// lost counts as lost, and unknown conditions as not holding.
func (s Set) Contains(f *Flow) bool { return s.ContainsIf(f, nil) }

// ContainsIf reports whether f is in s if the unknown conditions come out as
// the outcome says; those that it does not name do not hold.
func (s Set) ContainsIf(f *Flow, outcome Outcome) bool {
	u := s.u
	r := s.r
	for r != one && r != zero {
		lo, hi := u.children(r)
		if u.decides(u.level(r), f, outcome) {
			r = hi
		} else {
			r = lo
		}
	}
	return r == one
}

// decides returns the decision at a level for one packet.
func (u *Universe) decides(level uint32, f *Flow, outcome Outcome) bool {
	switch {
	case level >= fixedLevel:
		return outcome[u.keys[level]]
	case level >= lostLevel:
		return f.Lost.Has(Field(level - lostLevel))
	}
	field, bit := fieldAt(level)
	info := fieldTable[field]
	switch {
	case info.kind == name && field == In:
		return u.names.number(f.In)>>(info.bits-1-bit)&1 == 1
	case info.kind == name:
		return u.names.number(f.Out)>>(info.bits-1-bit)&1 == 1
	case info.kind == address:
		a := f.addr(field)
		if a.Is4() {
			return narrowOf(a)>>(ipv4Bits-1-bit)&1 == 1
		}
		return wideOf(a).bit(bit)
	case field == Pending:
		return false
	}
	return f.number(field)>>(info.bits-1-bit)&1 == 1
}

// fieldAt returns the field that decides at a level, and which bit of it.
func fieldAt(level uint32) (f Field, bit int) {
	for f = Field(1); f < numFields; f++ {
		info := fieldTable[f]
		if level >= info.level && (level-info.level)%info.stride == 0 && (level-info.level)/info.stride < uint32(info.bits) {
			return f, int((level - info.level) / info.stride)
		}
	}
	panic("packet: no field decides at that level")
}

// Ranges returns the numbers that the packets of s have in number field f, at
// most limit ranges of them, and whether those are all.
func (s Set) Ranges(f Field, limit int) ([]Range, bool) {
	mustBe(f, number)
	return s.u.project(s.r, f, fieldTable[f].bits, limit)
}

// AddrRanges returns the addresses that the packets of s have in address field
// f, at most limit ranges of either family, and whether those are all.
func (s Set) AddrRanges(f Field, limit int) ([]AddrRange, bool) {
	mustBe(f, address)
	var out []AddrRange
	four, all4 := s.u.project(s.Where(Number(Family, IPv4)).r, f, ipv4Bits, limit)
	for _, r := range four {
		out = append(out, AddrRange{addrOf(r.First), addrOf(r.Last)})
	}
	six, all6 := s.u.projectWide(s.Where(Number(Family, IPv6)).r, f, limit)
	for _, r := range six {
		out = append(out, AddrRange{r.first.addr(), r.last.addr()})
	}
	return out, all4 && all6
}

// project collects the values of the first width bits of a field.
func (u *Universe) project(r ref, f Field, width, limit int) ([]Range, bool) {
	var out []Range
	complete := true
	u.projectBits(u.only(r, f), f, width, func(first, last wide) bool {
		next := Range{uint32(first.lo), uint32(last.lo)}
		if n := len(out); n > 0 && out[n-1].Last+1 == next.First {
			out[n-1].Last = next.Last
			return true
		}
		complete = len(out) < limit
		if complete {
			out = append(out, next)
		}
		return complete
	})
	return out, complete
}

func (u *Universe) projectWide(r ref, f Field, limit int) ([]wideRange, bool) {
	var out []wideRange
	complete := true
	u.projectBits(u.only(r, f), f, 128, func(first, last wide) bool {
		if n := len(out); n > 0 && out[n-1].last.next() == first {
			out[n-1].last = last
			return true
		}
		complete = len(out) < limit
		if complete {
			out = append(out, wideRange{first, last})
		}
		return complete
	})
	return out, complete
}

// projectBits yields the runs of values that lead to anything but zero, in
// order, until yield returns false. r decides on no other field.
func (u *Universe) projectBits(r ref, f Field, width int, yield func(first, last wide) bool) {
	var walk func(r ref, i int, first wide) bool
	walk = func(r ref, i int, first wide) bool {
		switch r {
		case zero:
			return true
		case one:
			return yield(first, first.or(lowMask(width-i)))
		}
		lo, hi := u.at(r, f.level(i))
		return walk(lo, i+1, first) && walk(hi, i+1, first.withBit(128-width+i))
	}
	walk(r, 0, wide{})
}

// only removes all levels but those of field f by disjunction.
func (u *Universe) only(r ref, f Field) ref {
	info := fieldTable[f]
	last := f.level(info.bits - 1)
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		level := u.level(r)
		if r == zero || r == one {
			return r
		}
		if level > last {
			return one
		}
		if done, ok := memo[r]; ok {
			return done
		}
		lo, hi := u.children(r)
		lo, hi = walk(lo), walk(hi)
		var out ref
		if level >= info.level && (level-info.level)%info.stride == 0 {
			out = u.mk(level, lo, hi)
		} else {
			out = u.or(lo, hi)
		}
		memo[r] = out
		return out
	}
	return walk(r)
}
