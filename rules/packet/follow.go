package packet

import (
	"net/netip"
	"slices"
)

// Rewrite changes one end of f as r says. Where r leaves several values to
// choose from, the value that toward has is taken if it is one of them, else
// the value is lost; toward may be nil.
func (f *Flow) Rewrite(end End, r *Rewrite, toward *Flow) {
	e := ends[end]
	if r.Restore {
		f.restore(end)
		return
	}
	if !f.Has(e.port) {
		r = r.bare()
	}
	if r.IsZero() || !r.fits(f.Is4()) {
		return
	}
	addr, addrKnown := f.newAddr(e.addr, r, toward)
	port, portKnown := f.newPort(e.port, r, toward)
	changed := !addrKnown || !portKnown || !f.Knows(e.addr) || !f.Knows(e.port) ||
		addr != f.addr(e.addr) || f.Has(e.port) && uint32(port) != f.number(e.port)
	if changed {
		f.set(end, addr, port, addrKnown, portKnown)
	}
	switch {
	case r.ToSelf:
		f.setType(end, Local, true)
	case changed && r.movesAddr():
		f.setType(end, Unicast, false)
	}
}

// fits reports whether r has addresses of the family, or needs none.
func (r *Rewrite) fits(is4 bool) bool {
	if r.Network.IsValid() {
		return r.Network.Addr().Is4() == is4
	}
	return len(r.Addrs) == 0 || slices.ContainsFunc(r.Addrs, func(a AddrRange) bool { return a.First.Is4() == is4 })
}

// newAddr returns the address that r gives, and whether it is known.
func (f *Flow) newAddr(field Field, r *Rewrite, toward *Flow) (netip.Addr, bool) {
	old := f.addr(field)
	known := f.Knows(field)
	switch {
	case r.Lost:
		return old, false
	case r.Network.IsValid():
		return placeIn(r.Network, old), known && (!f.translated(field) || r.Network.Contains(old))
	case r.Shift.IsValid():
		return shiftAddr(old, r.Shift, r.Addrs[0].First), known && (!f.translated(field) || r.Shift == r.Addrs[0].First)
	case len(r.Addrs) == 1 && r.Addrs[0].First == r.Addrs[0].Last:
		return r.Addrs[0].First, true
	case len(r.Addrs) > 0:
		if toward != nil && toward.Knows(field) {
			if want := toward.addr(field); slices.ContainsFunc(r.Addrs, func(a AddrRange) bool { return a.Contains(want) }) {
				return want, true
			}
		}
		return old, false
	}
	return old, known
}

// newPort returns the port that r gives, and whether it is known.
func (f *Flow) newPort(field Field, r *Rewrite, toward *Flow) (uint16, bool) {
	if !f.Has(field) {
		return 0, true
	}
	old := uint16(f.number(field))
	known := f.Knows(field)
	switch {
	case len(r.Ports) == 0:
		return old, known
	case r.ShiftPorts:
		return r.shiftPort(old), known && (!f.translated(field) || uint32(r.PortBase) == r.Ports[0].First)
	case len(r.Ports) == 1 && r.Ports[0].First == r.Ports[0].Last:
		return uint16(r.Ports[0].First), true
	}
	if toward != nil && toward.Knows(field) {
		if want := toward.number(field); numberValues(slices.Clone(r.Ports)).holdsNumber(want) {
			return uint16(want), true
		}
	}
	return old, false
}

// translated reports whether the end that the field is of was changed before.
func (f *Flow) translated(field Field) bool {
	if field == Src || field == SrcPort {
		return f.SrcTranslated
	}
	return f.DstTranslated
}

// set gives an end its new values and keeps the first ones.
func (f *Flow) set(end End, addr netip.Addr, port uint16, addrKnown, portKnown bool) {
	e := ends[end]
	if !f.translated(e.addr) {
		orig := netip.AddrPortFrom(f.addr(e.addr), 0)
		if f.Has(e.port) {
			orig = netip.AddrPortFrom(f.addr(e.addr), uint16(f.number(e.port)))
		}
		f.move(e.addr)
		f.move(e.port)
		f.move(e.addrType)
		if end == Source {
			f.OrigSrc, f.OrigSrcType, f.SrcTranslated = orig, f.SrcType, true
		} else {
			f.OrigDst, f.OrigDstType, f.DstTranslated = orig, f.DstType, true
		}
	}
	f.know(e.addr, addrKnown)
	f.know(e.port, portKnown)
	if end == Source {
		f.Src, f.SrcPort = addr, port
	} else {
		f.Dst, f.DstPort = addr, port
	}
}

// restore gives an end back what it had before translation.
func (f *Flow) restore(end End) {
	e := ends[end]
	if !f.translated(e.addr) {
		return
	}
	for _, field := range []Field{e.addr, e.port, e.addrType} {
		orig := fieldTable[field].orig
		f.know(field, f.Knows(orig))
		f.know(orig, true)
	}
	if end == Source {
		f.Src, f.SrcPort, f.SrcType = f.OrigSrc.Addr(), f.OrigSrc.Port(), f.OrigSrcType
		f.OrigSrc, f.OrigSrcType, f.SrcTranslated = netip.AddrPort{}, 0, false
		return
	}
	f.Dst, f.DstPort, f.DstType = f.OrigDst.Addr(), f.OrigDst.Port(), f.OrigDstType
	f.OrigDst, f.OrigDstType, f.DstTranslated = netip.AddrPort{}, 0, false
}

// move says of the original value of a field what was known of the present one.
func (f *Flow) move(field Field) { f.know(fieldTable[field].orig, f.Knows(field)) }

func (f *Flow) know(field Field, known bool) {
	f.Lost &^= Fields(field)
	if !known {
		f.Lost |= Fields(field)
	}
}

// setType sets what the routing table says of an end.
func (f *Flow) setType(end End, t AddrType, known bool) {
	f.know(ends[end].addrType, known)
	if end == Source {
		f.SrcType = t
	} else {
		f.DstType = t
	}
}

// placeIn returns the address in network that has the host bits of a.
func placeIn(network netip.Prefix, a netip.Addr) netip.Addr {
	first := network.Masked().Addr()
	if first.Is4() {
		return addrOf(narrowOf(first) | narrowOf(a)&(^uint32(0)>>network.Bits()))
	}
	return wideOf(first).or(wideOf(a).and(lowMask(128 - network.Bits()))).addr()
}

// shiftAddr returns the address that is as far from "to" as a is from "from".
func shiftAddr(a, from, to netip.Addr) netip.Addr {
	if a.Is4() {
		return addrOf(narrowOf(a) - narrowOf(from) + narrowOf(to))
	}
	return wideOf(a).sub(wideOf(from)).add(wideOf(to)).addr()
}

// Assign replaces the bits of number field f under mask by those of value. Only
// marks, the connection state, the traffic class, TCP flags and what the routing
// table says of the destination are assigned.
func (f *Flow) Assign(field Field, mask, value uint32) {
	f.setNumber(field, f.number(field)&^mask|value&mask)
	if mask == field.max() {
		f.Lost &^= Fields(field)
	}
}

// Blur says that the bits of number field f under mask are not known, unless
// toward, which may be nil, tells them.
func (f *Flow) Blur(field Field, mask uint32, toward *Flow) {
	if toward != nil && toward.Knows(field) {
		f.setNumber(field, f.number(field)&^mask|toward.number(field)&mask)
		return
	}
	f.Lost |= Fields(field)
}

// Xor changes number field f by exclusive or.
func (f *Flow) Xor(field Field, with uint32) { f.setNumber(field, f.number(field)^with) }

// Number returns the value of a number field of the packet.
func (f *Flow) Number(field Field) uint32 { return f.number(field) }

func (f *Flow) setNumber(field Field, n uint32) {
	switch field {
	case Mark:
		f.Mark = n
	case ConnMark:
		f.ConnMark = n
	case ConnState:
		f.State = State(n)
	case TOS:
		f.TOS = uint8(n)
	case TCPFlags:
		f.TCPFlags = uint8(n)
	case DstType:
		f.DstType = AddrType(n)
	default:
		panic("packet: " + field.String() + " is never assigned")
	}
}
