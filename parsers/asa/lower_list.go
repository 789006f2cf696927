package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// bound is an access list where it filters.
type bound struct {
	*binding
	chain  *rules.Chain // nil: what the list holds is not known
	why    string       // then why
	ports  []*port      // the interfaces that the line names; nil: all
	six    bool         // it is a list of IPv6 before 9.0
	family *packet.Boxes
	group  bool // the line names a bridge group
}

// filters are the access lists of a device by the places where they filter.
type filters struct {
	in, out, global, control []*bound
}

// collectFilters finds the lists that filter. Of those for one place, interface
// and IP version the last holds (6).
func (l *lowering) collectFilters() {
	type where struct {
		place place
		iface string
		six   bool
	}
	last := map[where]*bound{}
	var order []where
	for i := range l.c.bindings {
		b := l.bind(&l.c.bindings[i])
		if b == nil {
			continue
		}
		key := where{b.place, b.iface, b.six}
		if last[key] != nil {
			order = slices.DeleteFunc(order, func(x where) bool { return x == key })
		}
		last[key] = b
		order = append(order, key)
	}
	for _, key := range order {
		b := last[key]
		l.attach(b)
		switch key.place {
		case placeIn:
			l.filters.in = append(l.filters.in, b)
		case placeOut:
			l.filters.out = append(l.filters.out, b)
		case placeGlobal:
			l.filters.global = append(l.filters.global, b)
		case placeControl:
			l.filters.control = append(l.filters.control, b)
		}
	}
}

// bind looks at an access-group line. It returns nil if the list is not one for
// packets that are routed.
func (l *lowering) bind(x *binding) *bound {
	b := &bound{binding: x}
	if list := l.c.lists[x.list]; list != nil && list.kind == listEthertype {
		l.use("access-list", x.list, x.span)
		return nil
	}
	b.six = l.c.lists[x.list] == nil && l.c.lists6[x.list] != nil
	switch {
	case l.c.version.unified():
	case b.six:
		b.family = onlyIPv6
	default:
		b.family = onlyIPv4
	}
	if x.iface != "" {
		p := l.port(x.iface)
		if p == nil {
			return nil // of a bridge group that has no members
		}
		b.ports, b.group = p.places(), p.bvi > 0
	}
	return b
}

// attach finds the list of an access-group line that holds.
func (l *lowering) attach(b *bound) {
	list, kind := l.c.lists[b.list], "access-list"
	if b.six {
		list, kind = l.c.lists6[b.list], "ipv6 access-list"
	}
	if b.override {
		l.assume("access lists that are downloaded for users (per-user-override) are not evaluated")
	}
	if list == nil {
		b.why = l.undefined(kind, b.list, b.span)
		return
	}
	l.use(kind, b.list, b.span)
	switch {
	case list.kind != listExtended:
		l.addProblem(source.Malformed, b.span, "access-list %s is not an extended one, and cannot filter", b.list)
		b.why = "access-list " + b.list + " is not one that filters"
	case len(list.entries) == 0:
		l.addProblem(source.Malformed, b.span, "access-list %s has no entries, and cannot filter", b.list)
		b.why = "access-list " + b.list + " has no entries"
	default:
		b.chain = l.chainOf(list, kind)
	}
}

// chainOf returns the chain of a list, the same wherever it filters.
func (l *lowering) chainOf(x *list, kind string) *rules.Chain {
	if c := l.chain[x]; c != nil {
		return c
	}
	c := l.addChain(&rules.Chain{
		Name: kind + " " + x.name, Rules: make([]*rules.Rule, 0, len(x.entries)), Policy: rules.Action{Verdict: rules.Return}, Span: x.span,
		Implicit: "the list has no further entries",
	})
	l.chain[x] = c
	for _, e := range x.entries {
		l.addEntry(c, e)
	}
	return c
}

// collectLists lowers the lists that filter and those that nothing uses, in the
// order of the text. Of the others the names are looked up.
func (l *lowering) collectLists() {
	used := map[string]bool{}
	for i := range l.c.uses {
		u := &l.c.uses[i]
		used[u.list] = true
		if l.c.lists[u.list] == nil {
			l.undefined("access-list", u.list, u.span)
			continue
		}
		l.use("access-list", u.list, u.span)
	}
	filters := map[string]bool{}
	for i := range l.c.bindings {
		filters[l.c.bindings[i].list] = true
	}
	for i := range l.c.definitions {
		d := &l.c.definitions[i]
		list := l.c.lists[d.name]
		if d.kind == "ipv6 access-list" {
			list = l.c.lists6[d.name]
		} else if d.kind != "access-list" {
			continue
		}
		switch {
		case list == nil || list.kind != listExtended:
		case filters[d.name] || !used[d.name]:
			l.chainOf(list, d.kind)
		default:
			for _, e := range list.entries {
				if e.verdict != aceBroken {
					l.entryTerms(e)
				}
			}
		}
	}
}

// when returns the condition that a packet is one that a list is for: by its
// interface in a field and its IP version.
func (b *bound) when(f packet.Field) []rules.Term {
	var terms []rules.Term
	if b.ports != nil {
		terms = append(terms, by(f, b.ports...))
	}
	if b.family != nil {
		terms = append(terms, rules.Term{Boxes: b.family})
	}
	return terms
}

// call returns the rule that leads packets to a list.
func (l *lowering) call(b *bound, f packet.Field) *rules.Rule {
	r := rules.Rule{Match: l.slab.NewMatch(b.when(f)), Span: b.span, Action: rules.Action{Verdict: rules.Jump, Target: b.chain}}
	if b.chain == nil {
		r.Action = rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: b.why, Key: "access-list " + b.list}}
	}
	return l.slab.NewRule(r)
}

// ends returns the rule that denies what no entry of a list speaks of, nil if it
// is not known what the list is: until it is defined, it is as if not bound (3.3).
func (l *lowering) ends(b *bound, f packet.Field) *rules.Rule {
	if b.chain == nil {
		return nil
	}
	return l.slab.NewRule(rules.Rule{
		Match: l.slab.NewMatch(b.when(f)), Span: b.span, Action: rules.Action{Verdict: rules.Drop},
		Implicit: b.chain.Name + " ends, and what none of its entries permits is denied",
	})
}
