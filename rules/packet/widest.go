package packet

import "slices"

// Widest returns the packets of s between one source and one destination, of one
// protocol, that have the most destination ports; between several that are
// treated alike, all of theirs. What else tells packets apart, unknown conditions
// included, counts as if it held.
func (s Set) Widest() Set {
	u := s.u
	c := portCounter{u: u, counts: map[ref]int{}, best: map[ref]int{}}
	r := c.reduce(s.r, map[ref]ref{})
	// The way to the best port diagram, from the top.
	type step struct{ level, value uint32 }
	var steps []step
	for u.level(r) < DstPort.level(0) {
		lo, hi := u.children(r)
		x := step{u.level(r), 0}
		r = lo
		if c.most(hi) > c.most(lo) {
			x.value, r = 1, hi
		}
		steps = append(steps, x)
	}
	way := one
	for _, x := range slices.Backward(steps) {
		way = u.literal(x.level, x.value, way)
	}
	return s.And(Set{u, way})
}

// portCounter counts destination ports in diagrams.
type portCounter struct {
	u            *Universe
	counts, best map[ref]int
}

// reduce removes by disjunction every decision but those on the family, the
// protocol, the addresses and the destination port.
func (c *portCounter) reduce(r ref, memo map[ref]ref) ref {
	level := c.u.level(r)
	switch {
	case r == zero || r == one:
		return r
	case level > DstPort.level(DstPort.Bits()-1):
		return one
	}
	if done, ok := memo[r]; ok {
		return done
	}
	lo, hi := c.u.children(r)
	lo, hi = c.reduce(lo, memo), c.reduce(hi, memo)
	out := c.u.mk(level, lo, hi)
	if f, _ := fieldAt(level); fieldTable[f].now != 0 {
		out = c.u.or(lo, hi)
	}
	memo[r] = out
	return out
}

// most returns how many ports the best choice of the fields above them leaves.
func (c *portCounter) most(r ref) int {
	if c.u.level(r) >= DstPort.level(0) {
		return c.ports(r, 0)
	}
	if n, ok := c.best[r]; ok {
		return n
	}
	lo, hi := c.u.children(r)
	n := max(c.most(lo), c.most(hi))
	c.best[r] = n
	return n
}

// ports returns how many values of the bits from the given one on lead to one.
func (c *portCounter) ports(r ref, bit int) int {
	rest := DstPort.Bits() - bit
	switch r {
	case zero:
		return 0
	case one:
		return 1 << rest
	}
	_, at := fieldAt(c.u.level(r))
	n, ok := c.counts[r]
	if !ok {
		lo, hi := c.u.children(r)
		n = c.ports(lo, at+1) + c.ports(hi, at+1)
		c.counts[r] = n
	}
	return n << (at - bit)
}
