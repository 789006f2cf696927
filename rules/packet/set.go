package packet

// Set is a set of packets in a Universe. It is an immutable value; two sets of
// one universe are equal iff they are ==. Where conditions are not known, they
// are variables of the set like any field.
type Set struct {
	u *Universe
	r ref
}

// And returns the packets in both s and t.
func (s Set) And(t Set) Set { return Set{s.u, s.u.and(s.r, t.r)} }

// Or returns the packets in s, in t or in both.
func (s Set) Or(t Set) Set { return Set{s.u, s.u.or(s.r, t.r)} }

// Minus returns the packets in s but not in t.
func (s Set) Minus(t Set) Set { return Set{s.u, s.u.minus(s.r, t.r)} }

// Not returns the packets that are not in s.
func (s Set) Not() Set { return Set{s.u, s.r.not()} }

// IsEmpty reports whether s has no packet, whatever the unknown conditions are.
func (s Set) IsEmpty() bool { return s.r == zero }

// Covers reports whether every packet of t is in s.
func (s Set) Covers(t Set) bool { return s.u.minus(t.r, s.r) == zero }

// Meets reports whether s and t have a packet in common.
func (s Set) Meets(t Set) bool { return s.u.and(s.r, t.r) != zero }

// Universe returns the universe of s.
func (s Set) Universe() *Universe { return s.u }

// Forget returns the packets that are like one of s but for the fields, whose
// values may be any.
func (s Set) Forget(fields ...Field) Set {
	u := s.u
	// The fields behind the ports are few levels at the bottom of diagrams that
	// addresses make large: these are walked over but once.
	low := noLevel
	for _, f := range fields {
		if level := fieldTable[f].level; level < lowLevel {
			s.r = u.forget(s.r, f)
		} else {
			low = min(low, level)
		}
	}
	if low == noLevel {
		return s
	}
	return Set{u, u.below(s.r, low, func(r ref) ref {
		for _, f := range fields {
			if fieldTable[f].level >= lowLevel {
				r = u.forget(r, f)
			}
		}
		return r
	})}
}

// Where returns the packets of s that lie in the boxes.
func (s Set) Where(b *Boxes) Set { return s.And(s.u.Box(b)) }

// ForAll returns the packets that are in s whatever value of those in the boxes
// their field f has, f being the only field of the boxes, and those of s that
// have no such field.
func (s Set) ForAll(b *Boxes) Set {
	u, f := s.u, b.fields[0]
	domain := u.Box(b).r
	inAll := u.minus(u.forget(domain, f), u.forget(u.minus(domain, s.r), f))
	return Set{u, u.or(u.minus(s.r, u.Has(b).r), inAll)}
}

// forget removes a field's levels by disjunction.
func (u *Universe) forget(r ref, f Field) ref {
	first := fieldTable[f].level
	last := f.level(fieldTable[f].bits - 1)
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		level := u.level(r)
		if level > last {
			return r
		}
		if done, ok := memo[r]; ok {
			return done
		}
		lo, hi := u.children(r)
		lo, hi = walk(lo), walk(hi)
		var out ref
		if level >= first && (level-first)%fieldTable[f].stride == 0 {
			out = u.or(lo, hi)
		} else {
			out = u.mk(level, lo, hi)
		}
		memo[r] = out
		return out
	}
	return walk(r)
}
