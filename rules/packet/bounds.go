package packet

import (
	"maps"
	"slices"
)

// Doubt says how a condition that is not known comes out.
type Doubt uint8

// The kinds of doubt.
const (
	// Fixed: it has an outcome that the configuration does not show, such as
	// the contents of a set or a payload match.
	Fixed Doubt = iota
	// Varying: it takes every outcome sooner or later, such as chance.
	Varying
	// Usual: like Varying, and it holds for ordinary traffic, such as a limit
	// on rates or connections that is not exceeded.
	Usual
	// Occasional: it does not hold at times; whether it ever does is Fixed, such
	// as that a source is on a list that packets fill.
	Occasional
)

// unknown is a condition that is a variable of a universe's sets.
type unknown struct {
	doubt Doubt
	level uint32
	r     ref
}

// Unknown returns the packets for which the unknown condition of that key
// holds. Equal keys are one condition.
func (u *Universe) Unknown(key string, doubt Doubt) Set {
	if x, ok := u.unknowns[key]; ok {
		return Set{u, x.r}
	}
	x := unknown{doubt: doubt}
	switch doubt {
	case Fixed:
		x.level = u.fixed(key)
		x.r = u.mk(x.level, zero, one)
	case Varying, Usual:
		x.level = u.vary(key)
		x.r = u.mk(x.level, zero, one)
	case Occasional:
		x.level = u.fixed(key)
		x.r = u.mk(x.level, zero, u.mk(u.vary(key), zero, one))
	}
	u.unknowns[key] = x
	return Set{u, x.r}
}

// Unknowns returns the keys of all conditions that were asked for, sorted.
func (u *Universe) Unknowns() []string { return slices.Sorted(maps.Keys(u.unknowns)) }

// fixed returns the level of a new condition that is fixed, above those of the
// others. Conditions are asked for in the order of the rules: what all rules so
// far did not match is a row of decisions, to which the next rule adds one. Above
// the row that is one node; below it the row would be made anew.
func (u *Universe) fixed(key string) uint32 {
	if u.nextFixed == fixedLevel {
		panic(ExhaustedError{maxFixed})
	}
	u.nextFixed--
	level := u.nextFixed
	u.keys[level] = key
	return level
}

// vary does so for one that varies.
func (u *Universe) vary(key string) uint32 {
	u.nextVary--
	level := u.nextVary
	u.keys[level] = key
	return level
}

// uncertainty is a field whose value is one of a domain, but not known which.
type uncertainty struct {
	field  Field
	domain ref
}

// Uncertain says that field f, the only field of the boxes, has one value for
// all packets of the universe, one of those in the boxes, and that it is not
// known which: Can, Will and Always take it out as they do with what is Fixed.
func (u *Universe) Uncertain(b *Boxes) {
	u.uncertain = append(u.uncertain, uncertainty{b.fields[0], u.Box(b).r})
}

// Can returns the packets that are in s for some outcome of the unknowns.
func (s Set) Can() Set {
	u := s.u
	r := u.collapse(s.r, func(r ref) bool { return r != zero })
	for _, x := range u.uncertain {
		r = u.forget(u.and(r, x.domain), x.field)
	}
	return Set{u, r}
}

// Will returns the packets that are in s sooner or later, whatever the fixed
// unknowns are: for every outcome of those, some outcome of the varying ones.
func (s Set) Will() Set {
	u := s.u
	memo := map[ref]bool{}
	var holds func(ref) bool
	holds = func(r ref) bool {
		if r == one || r == zero {
			return r == one
		}
		if u.level(r) >= varyLevel {
			return true // not empty: some outcome of the varying unknowns is in it
		}
		if done, ok := memo[r]; ok {
			return done
		}
		lo, hi := u.children(r)
		memo[r] = holds(lo) && holds(hi)
		return memo[r]
	}
	return Set{u, u.forEvery(u.collapse(s.r, holds))}
}

// Always returns the packets that are in s for every outcome of the unknowns.
func (s Set) Always() Set {
	return Set{s.u, s.u.forEvery(s.u.collapse(s.r, func(r ref) bool { return r == one }))}
}

// Ordinary returns the packets that are in s if every condition of the kind
// Usual holds.
func (s Set) Ordinary() Set {
	u := s.u
	usual := map[uint32]bool{}
	for _, x := range u.unknowns {
		if x.doubt == Usual {
			usual[x.level] = true
		}
	}
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		if r == one || r == zero {
			return r
		}
		if done, ok := memo[r]; ok {
			return done
		}
		level := u.level(r)
		lo, hi := u.children(r)
		var out ref
		if usual[level] {
			out = walk(hi)
		} else {
			out = u.mk(level, walk(lo), walk(hi))
		}
		memo[r] = out
		return out
	}
	if len(usual) == 0 {
		return s
	}
	return Set{u, walk(s.r)}
}

// IsExact reports whether no unknown condition plays a part in s.
func (s Set) IsExact() bool {
	exact := true
	s.u.collapse(s.r, func(r ref) bool {
		exact = exact && (r == one || r == zero)
		return r == one
	})
	return exact
}

// forEvery takes out the fields whose value is uncertain: what is left is in r
// for each value that they may have.
func (u *Universe) forEvery(r ref) ref {
	for _, x := range u.uncertain {
		r = u.forget(u.and(r.not(), x.domain), x.field).not()
	}
	return r
}

// collapse replaces what r says of unknowns by what holds makes of it.
func (u *Universe) collapse(r ref, holds func(ref) bool) ref {
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		level := u.level(r)
		if level >= fixedLevel {
			if holds(r) {
				return one
			}
			return zero
		}
		if done, ok := memo[r]; ok {
			return done
		}
		lo, hi := u.children(r)
		out := u.mk(level, walk(lo), walk(hi))
		memo[r] = out
		return out
	}
	return walk(r)
}
