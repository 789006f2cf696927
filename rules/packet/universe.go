package packet

import "slices"

// Universe owns the diagrams of one question. It is made for the question and
// dropped after it, is used by one goroutine, and holds at most a given number
// of nodes: past it every operation on its sets panics with Exhausted. Whoever
// asks a question recovers from that once, and answers that it is inconclusive:
// an error value that somebody forgets to test would be a wrong all-clear.
type Universe struct {
	nodes []node  // nodes[0] is the terminal
	table []int32 // open addressing: index of a node, 0 for a free place
	cache []entry // results of conjunctions, overwritten freely
	limit int

	names     names
	boxes     map[boxKey]ref
	present   map[FieldSet]ref
	sums      map[sumKey]ref
	unknowns  map[string]unknown
	keys      map[uint32]string // of the levels of unknowns
	nextFixed uint32
	nextVary  uint32
	uncertain []uncertainty
	restores  bool
}

// Space says how large a Universe may be and what it must tell apart.
type Space struct {
	Nodes int       // at most; one takes about 30 bytes
	Names []Pattern // of interfaces, in every condition on them that will be asked
	// Restores says that packets may get back what they had before translation, so
	// that all of it is remembered.
	Restores bool
}

// ExhaustedError is what an operation panics with when its Universe is full.
type ExhaustedError struct{ Nodes int }

// Error says that the universe is full.
func (e ExhaustedError) Error() string { return "the question outgrew its budget of diagram nodes" }

// Exhausted tells what a deferred function recovered: that a universe was full,
// or nothing. Any other panic is a mistake of the program, and goes on.
func Exhausted(recovered any) (err ExhaustedError, full bool) {
	if recovered == nil {
		return ExhaustedError{}, false
	}
	if err, full = recovered.(ExhaustedError); !full {
		panic(recovered)
	}
	return err, true
}

// ref refers to a node: its index, doubled, plus 1 for its complement.
type ref uint32

const (
	one  ref = 0 // every packet
	zero ref = 1 // no packet
)

func (r ref) not() ref { return r ^ 1 }

// node is one decision. hi is never a complement, so that every set has one
// diagram.
type node struct {
	level  uint32
	lo, hi ref
}

// entry is one remembered conjunction.
type entry struct{ a, b, result ref }

const (
	firstTable = 1 << 10
	firstCache = 1 << 10
	lastCache  = 1 << 21
	restCache  = 1 << 16
)

// NewUniverse returns an empty universe.
func NewUniverse(s Space) *Universe {
	u := &Universe{
		nodes:     make([]node, 1, firstTable/2),
		table:     make([]int32, firstTable),
		cache:     make([]entry, firstCache),
		limit:     s.Nodes,
		names:     newNames(s.Names),
		boxes:     map[boxKey]ref{},
		present:   map[FieldSet]ref{},
		sums:      map[sumKey]ref{},
		unknowns:  map[string]unknown{},
		keys:      map[uint32]string{},
		nextFixed: varyLevel,
		nextVary:  noLevel,
		restores:  s.Restores,
	}
	u.nodes[0] = node{level: noLevel}
	return u
}

// Nodes returns how many nodes the universe holds.
func (u *Universe) Nodes() int { return len(u.nodes) }

// Rest gives back memory that only serves long work: to be called once the large
// sets are made, of which only a little is asked from then on.
func (u *Universe) Rest() {
	if len(u.cache) > restCache {
		u.cache = make([]entry, restCache)
	}
}

// All returns the set of every packet.
func (u *Universe) All() Set { return Set{u, one} }

// None returns the set of no packet.
func (u *Universe) None() Set { return Set{u, zero} }

func (u *Universe) level(r ref) uint32 { return u.nodes[r>>1].level }

// children returns what r is if the decision at its node is 0, and if it is 1.
func (u *Universe) children(r ref) (lo, hi ref) {
	n := &u.nodes[r>>1]
	return n.lo ^ r&1, n.hi ^ r&1
}

// at returns the children of r for a decision at level, which is not below the
// node of r.
func (u *Universe) at(r ref, level uint32) (lo, hi ref) {
	if u.level(r) != level {
		return r, r
	}
	return u.children(r)
}

// mk returns the diagram that decides at level between lo and hi.
func (u *Universe) mk(level uint32, lo, hi ref) ref {
	switch {
	case lo == hi:
		return lo
	case hi&1 == 1:
		return u.unique(level, lo^1, hi^1) ^ 1
	}
	return u.unique(level, lo, hi)
}

// unique returns the one node with the given contents.
func (u *Universe) unique(level uint32, lo, hi ref) ref {
	mask := uint32(len(u.table) - 1)
	h := hash(level, uint32(lo), uint32(hi)) & mask
	for u.table[h] != 0 {
		if n := &u.nodes[u.table[h]]; n.lo == lo && n.hi == hi && n.level == level {
			return ref(u.table[h]) << 1
		}
		h = (h + 1) & mask
	}
	if len(u.nodes) >= u.limit {
		panic(ExhaustedError{u.limit})
	}
	id := len(u.nodes)
	u.nodes = append(u.nodes, node{level, lo, hi})
	u.table[h] = int32(id)
	if 2*len(u.nodes) > len(u.table) {
		u.grow()
	}
	return ref(id) << 1
}

// grow doubles the table of nodes and, as long as it pays, the cache.
func (u *Universe) grow() {
	u.table = make([]int32, 2*len(u.table))
	mask := uint32(len(u.table) - 1)
	for i := 1; i < len(u.nodes); i++ {
		n := &u.nodes[i]
		h := hash(n.level, uint32(n.lo), uint32(n.hi)) & mask
		for u.table[h] != 0 {
			h = (h + 1) & mask
		}
		u.table[h] = int32(i)
	}
	if len(u.cache) < lastCache {
		old := u.cache
		u.cache = make([]entry, 2*len(old))
		for _, e := range old {
			if e.a != e.b {
				u.cache[u.place(e.a, e.b)] = e
			}
		}
	}
}

func hash(a, b, c uint32) uint32 {
	h := a*0x9e3779b1 ^ b*0x85ebca6b ^ c*0xc2b2ae35
	h ^= h >> 15
	h *= 0x2c1b3c6d
	return h ^ h>>13
}

func (u *Universe) place(a, b ref) uint32 {
	return hash(uint32(a), uint32(b), 0x27d4eb2f) & uint32(len(u.cache)-1)
}

// and returns the conjunction of a and b.
func (u *Universe) and(a, b ref) ref {
	switch {
	case a == b || b == one:
		return a
	case a == one:
		return b
	case a == zero || b == zero || a == b^1:
		return zero
	case a > b:
		a, b = b, a
	}
	if e := u.cache[u.place(a, b)]; e.a == a && e.b == b {
		return e.result
	}
	level := min(u.level(a), u.level(b))
	a0, a1 := u.at(a, level)
	b0, b1 := u.at(b, level)
	lo := u.and(a0, b0)
	r := u.mk(level, lo, u.and(a1, b1))
	u.cache[u.place(a, b)] = entry{a, b, r}
	return r
}

func (u *Universe) or(a, b ref) ref { return u.and(a^1, b^1) ^ 1 }

func (u *Universe) minus(a, b ref) ref { return u.and(a, b^1) }

// ite returns what is in a if f, else in b.
func (u *Universe) ite(f, a, b ref) ref { return u.or(u.and(f, a), u.minus(b, f)) }

// names tells interface names apart as finely as the patterns of a question
// do. The names that it knows are numbered in the order of their text, each
// prefix, which stands for the names that have it and no pattern tells apart,
// before the names it starts; so what a pattern matches is one range of numbers.
// Number 0 is "no interface", number 1 any name of no pattern.
type names struct{ atoms []Pattern }

func newNames(patterns []Pattern) names {
	atoms := slices.Clone(patterns)
	atoms = slices.DeleteFunc(atoms, func(p Pattern) bool { return p.Text == "" })
	slices.SortFunc(atoms, comparePatterns)
	atoms = slices.Compact(atoms)
	if len(atoms) > maxNames-2 {
		panic(ExhaustedError{len(atoms)})
	}
	return names{slices.Concat([]Pattern{{}, {Prefix: true}}, atoms)}
}

func comparePatterns(a, b Pattern) int {
	switch {
	case a.Text < b.Text:
		return -1
	case a.Text > b.Text:
		return 1
	case a.Prefix == b.Prefix:
		return 0
	case a.Prefix:
		return -1
	}
	return 1
}

// numbers returns the range of numbers that a pattern matches.
func (n names) numbers(p Pattern) Range {
	if p == (Pattern{}) {
		return Range{0, 0}
	}
	if p.Text == "" {
		return Range{1, uint32(len(n.atoms) - 1)}
	}
	first, found := slices.BinarySearchFunc(n.atoms[2:], p, comparePatterns)
	if !found {
		panic("packet: the space of the universe lacks the interface name " + p.String())
	}
	first += 2
	last := first
	if p.Prefix {
		for last+1 < len(n.atoms) && p.Matches(n.atoms[last+1].Text) {
			last++
		}
	}
	return Range{uint32(first), uint32(last)}
}

// Alike returns the packets whose interface in field f no condition of the
// universe tells from the name.
func (u *Universe) Alike(f Field, name string) Set {
	mustBe(f, fieldTable[In].kind)
	n := u.names.number(name)
	return Set{u, u.narrow(f, 0, fieldTable[f].bits, 0, []Range{{n, n}}, one)}
}

// text returns a name with the given number.
func (n names) text(number uint32) string {
	if int(number) >= len(n.atoms) {
		number = 1 // numbers past the last name stand for names of no pattern, too
	}
	if number == 0 {
		return ""
	}
	atom := n.atoms[number]
	if !atom.Prefix {
		return atom.Text
	}
	for _, tail := range []string{"0", "1", "x", "9", ".7", "-y", "z0z"} {
		candidate := atom.Text + tail
		if atom.Text == "" {
			candidate = "if" + tail
		}
		if n.number(candidate) == number {
			return candidate
		}
	}
	return atom.Text + "?"
}

// number returns the number of a name: that of the longest pattern it matches.
func (n names) number(text string) uint32 {
	if text == "" {
		return 0
	}
	if i, found := slices.BinarySearchFunc(n.atoms[2:], Pattern{Text: text}, comparePatterns); found {
		return uint32(i + 2)
	}
	for end := len(text); end > 0; end-- {
		if i, found := slices.BinarySearchFunc(n.atoms[2:], Pattern{text[:end], true}, comparePatterns); found {
			return uint32(i + 2)
		}
	}
	return 1
}
