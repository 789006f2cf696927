package nftables

import (
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// bitOp is an operation on a field before it is compared.
type bitOp struct {
	op   string
	with uint32
}

func apply(ops []bitOp, v uint32) uint32 {
	for _, o := range ops {
		v = operate(o.op, v, o.with)
	}
	return v
}

// boxesOf returns the packets whose field lies in the atoms, nil if that is not
// modelled.
func (s *selector) boxesOf(atoms []atom, ops []bitOp) *packet.Boxes {
	switch {
	case s.typ.kind == addresses:
		return s.addressBoxes(atoms, ops)
	case s.typ.kind == ifaceNames:
		ps := make([]packet.Pattern, 0, len(atoms))
		for i := range atoms {
			if atoms[i].name == nil {
				return nil
			}
			ps = append(ps, *atoms[i].name)
		}
		return packet.Names(s.field, ps...)
	case len(s.pairs) > 0 || s.width > 0 || len(ops) > 0:
		return s.filtered(atoms, ops)
	}
	rs := make([]packet.Range, len(atoms))
	for i := range atoms {
		rs[i] = packet.Range{First: atoms[i].lo, Last: atoms[i].hi}
	}
	return packet.Numbers(s.field, rs...)
}

func (s *selector) addressBoxes(atoms []atom, ops []bitOp) *packet.Boxes {
	if len(ops) > 0 {
		if len(ops) != 1 || ops[0].op != "&" || len(atoms) != 1 || !atoms[0].isOne() || s.typ.family != packet.IPv4 {
			return nil
		}
		return packet.MaskedAddr(s.field, addr4(ops[0].with), addr4(atoms[0].lo))
	}
	rs := make([]packet.AddrRange, len(atoms))
	for i := range atoms {
		rs[i] = atoms[i].addrRange()
	}
	return packet.Addresses(s.field, rs...)
}

// within reports whether one of the atoms holds the number.
func within(atoms []atom, v uint32) bool {
	for i := range atoms {
		if atoms[i].lo <= v && v <= atoms[i].hi {
			return true
		}
	}
	return false
}

// most values of a field that are tried one by one.
const maxTried = 1 << 8

// filtered returns the packets whose field, as nft sees it, lies in the atoms
// after the operations: it tries every value, or keeps a plain mask.
func (s *selector) filtered(atoms []atom, ops []bitOp) *packet.Boxes {
	if len(s.pairs) == 0 && s.width == 0 && len(ops) == 1 && ops[0].op == "&" {
		return s.masked(atoms, ops[0].with)
	}
	var rs []packet.Range
	if len(s.pairs) > 0 {
		for _, p := range s.pairs {
			if within(atoms, apply(ops, p.here)) {
				rs = append(rs, packet.One(p.there))
			}
		}
		return packet.Numbers(s.field, rs...)
	}
	most := uint32(1)<<s.field.Bits() - 1
	if s.field.Bits() > 8 {
		return nil
	}
	for v := range most + 1 {
		part := v
		if s.width > 0 {
			part = v >> s.shift & (1<<s.width - 1)
		}
		if within(atoms, apply(ops, part)) {
			rs = append(rs, packet.One(v))
		}
	}
	return packet.Numbers(s.field, rs...)
}

// masked returns the packets whose field under a mask lies in the atoms.
func (s *selector) masked(atoms []atom, mask uint32) *packet.Boxes {
	all := []*packet.Boxes{packet.Numbers(s.field)}
	tried := 0
	for _, a := range atoms {
		if tried += int(min(a.hi-a.lo, maxTried)) + 1; tried > maxTried {
			return nil
		}
		for v := a.lo; ; v++ {
			if s.field.Bits() == 32 || mask>>s.field.Bits() == 0 {
				all = append(all, packet.Masked(s.field, mask, v))
			}
			if v == a.hi {
				break
			}
		}
	}
	if len(all) == 2 {
		return all[1]
	}
	return packet.Union(all...)
}
