package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// answered returns the rules for packets that came in by the mapped interface of
// a rule which has a destination: that is then the way back, and their source is
// translated with it, by no other rule.
func (n *natLowering) answered() []*rules.Rule {
	var ways []*way
	matter := false
	sources := map[string]bool{} // the interfaces by which packets come in whose source a rule translates
	for _, r := range n.rules {
		sources[r.line.realIf] = true
	}
	for _, r := range n.rules {
		if r.opensBackward() && r.line.hasDest && !r.families.none() {
			ways = append(ways, r.backward())
			in := r.line.mappedIf
			matter = matter || r.translatesBack() || in == anyInterface || sources[in] || sources[anyInterface]
		}
	}
	if !matter {
		return nil // their source stays, and no rule would translate it
	}
	var list []*rules.Rule
	guarded := false
	others := n.otherWays()
	for _, w := range ways {
		for _, g := range others.before(w) {
			guarded = true
			list = append(list, n.rule(g.rule, n.wayTerms(g, &untranslated, nil, nil), rules.Action{Verdict: rules.Return}))
		}
		list = append(list, n.sources(w, func(p *piece) []rules.Term { return n.wayTerms(w, &untranslated, p, nil) })...)
	}
	if !guarded {
		return list
	}
	c := n.addChain(&rules.Chain{
		Name: "NAT: source of the way back", Rules: list, Policy: rules.Action{Verdict: rules.Return},
		Implicit: "the packet did not come the way back through a rule of NAT with a destination",
	})
	var in []rules.Term // the interfaces by which such packets come in; nil: any
	if one := ways[0].in; !slices.ContainsFunc(ways, func(w *way) bool { return w.in != one }) {
		in = n.comesIn(one, ways[0].rule.line.span)
	}
	return []*rules.Rule{n.slab.NewRule(rules.Rule{
		Match:    in,
		Action:   rules.Action{Verdict: rules.Jump, Target: c},
		Implicit: "a rule of NAT with a destination translates both ends of what comes the way back",
		Span:     ways[0].rule.line.span,
	})}
}

// translatesBack reports whether a rule changes the source of packets that come
// the way back.
func (r *natRule) translatesBack() bool {
	return !r.dest.same || r.service.unknown != "" || r.service.mappedDst != nil
}

// meets reports whether two words may stand for one interface.
func meets(a, b string) bool { return a == b || a == anyInterface || b == anyInterface }

// otherWays are the ways by which packets may come to their destination without
// that their source is translated with it, by the interface they come in by.
type otherWays map[string]*waysIn

// waysIn are those ways for one interface, in the order in which they are tried.
type waysIn struct {
	ways  []*way
	boxes *packet.Boxes // the destinations of all; nil: any
}

// otherWays returns those ways.
func (n *natLowering) otherWays() otherWays {
	all := otherWays{}
	add := func(w *way) {
		x := all[w.in]
		if x == nil {
			x = &waysIn{}
			all[w.in] = x
		}
		x.ways = append(x.ways, w)
	}
	for i, r := range n.rules {
		r.place = i
		if r.line.hasDest {
			add(r.forward())
		} else if r.opensBackward() {
			add(r.backward())
		}
	}
	for _, x := range all {
		var list []packet.AddrRange
		bounded := true
		for _, w := range x.ways {
			bounded = bounded && w.dst.from.boxes != nil
			list = append(list, w.dst.from.ranges...)
		}
		if bounded {
			x.boxes = packet.Addresses(packet.Dst, list...)
		}
	}
	return all
}

// before returns the ways that a packet which fits w may have come instead, by an
// earlier rule or, forward, by the same.
func (o otherWays) before(w *way) []*way {
	var list []*way
	for name, x := range o {
		if !meets(name, w.in) || x.boxes != nil && w.dst.from.hull != nil && !x.boxes.MayMeet(w.dst.from.hull) {
			continue
		}
		for _, g := range x.ways {
			if g.rule.place > w.rule.place {
				break
			}
			if g.dst.from.mayMeet(&w.dst.from) && (!g.hasSrc || !w.hasSrc || g.src.from.mayMeet(&w.src.from)) {
				list = append(list, g)
			}
		}
	}
	slices.SortFunc(list, func(a, b *way) int { return a.rule.place - b.rule.place })
	return list
}
