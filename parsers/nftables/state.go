package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// table is a table while the script runs.
type table struct {
	family, name string
	dormant      bool
	chains       map[string]*chain
	chainOrder   []*chain
	renamed      []renaming // in order
	sets         map[string]*set
	setOrder     []*set
	objects      map[string]*object // by kind and name: "ct helper ftp"
	objectOrder  []*object
	span         source.Span
}

// tableKey names a table.
type tableKey struct{ family, name string }

// chain is a chain of a table.
type chain struct {
	table *table
	name  string
	root  int   // the input's file that made it
	base  *base // nil for a regular chain
	rules []text
	upset *text // a command of which it is not known what it did to the rules; nil: there is none
	span  source.Span

	lowered map[bool]*rules.Chain // by whether connection tracking is still to come
	around  *rules.Chain          // both, for a base chain that may be before tracking or behind it; nil: not made yet
}

// base is where a chain is hooked in.
type base struct {
	kind       string // filter, nat, route
	hook       rules.Hook
	priority   int
	policy     rules.Verdict // Accept, Drop; 0: not written
	policySpan source.Span
	devices    []packet.Pattern // at ingress and egress
	egress     bool
	order      int // in which it was registered
	span       source.Span
}

// set is a named set or map.
type set struct {
	table    *table
	name     string
	isMap    bool
	key      []*node // what the type or typeof lines say: the parts of the key
	data     []*node // and of the value
	typeText string
	flags    map[string]bool
	expires  bool // elements go after some time unless they say otherwise
	merge    bool
	size     uint32 // how many elements it holds at most; 0: not written
	guarded  bool   // a limit or the like in each element decides whether it is found
	parts    []batch
	changed  bool // by rules
	uses     []source.Span
	span     source.Span
	scope    *scope
	seq      int32

	contents *contents // once it was read
}

// batch is elements that a set gets, or loses.
type batch struct {
	texts   []text
	removes bool
	inBlock bool // of the set
	head    source.Span
}

// object is a named object that is neither chain nor set.
type object struct {
	kind, name string
	value      string // the protocol of a helper
	over       bool   // of a limit or quota: it is about what exceeds it
	span       source.Span
}

// text is a piece of a file that is read when everything is defined: a rule, or
// elements of a set.
type text struct {
	file       int32
	start, end int32
	seq        int32 // how many definitions came before it
	scope      *scope
	handle     int32 // that a listing shows for it; 0: none
	json       bool
	unread     bool               // an include in its place was not read
	doubt      bool               // it may have been deleted
	kind       source.ProblemKind // that it has, whatever it says; 0: none
}

// scope holds the variables of a block.
type scope struct {
	parent *scope
	vars   map[string][]version
}

// version is a value that a variable has from some point on.
type version struct {
	seq   int32
	value *node // nil: it is not defined any more
}

// lookup returns the value of a variable at some point, nil if there is none.
func (s *scope) lookup(name string, seq int32) *node {
	for ; s != nil; s = s.parent {
		for _, v := range slices.Backward(s.vars[name]) {
			if v.seq > seq {
				continue
			}
			if v.value == nil {
				break // taken away in this block
			}
			return v.value
		}
	}
	return nil
}

// names returns the variables that are known in s.
func (s *scope) names() []string {
	var out []string
	for ; s != nil; s = s.parent {
		for name := range s.vars {
			out = append(out, name)
		}
	}
	return sorted(out)
}

// define gives a variable a value in s; nil takes it away.
func (s *scope) define(name string, value *node, seq int32) {
	if s.vars == nil {
		s.vars = map[string][]version{}
	}
	s.vars[name] = append(s.vars[name], version{seq, value})
}

func newTable(family, name string, span source.Span) *table {
	return &table{
		family: family, name: name, span: span,
		chains: map[string]*chain{}, sets: map[string]*set{}, objects: map[string]*object{},
	}
}

func (s *script) addChain(t *table, r *request) *chain {
	c := &chain{table: t, name: r.name.text, root: s.root, span: r.span, lowered: map[bool]*rules.Chain{}}
	t.chains[c.name] = c
	t.chainOrder = append(t.chainOrder, c)
	return c
}

func (t *table) addSet(s *set) {
	t.sets[s.name] = s
	t.setOrder = append(t.setOrder, s)
}

func (t *table) addObject(o *object) {
	t.objects[o.kind+" "+o.name] = o
	t.objectOrder = append(t.objectOrder, o)
}

// fullName returns the name of something in the table, as administrators say it.
func (t *table) fullName(name string) string { return t.family + " " + t.name + "/" + name }
