package eval

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// plan is what of a chain the packets of a question may meet.
type plan struct {
	rules []*rules.Rule // in order, without those that cannot touch any packet
	// keep are those of the rules that do more than drop.
	keep []*rules.Rule
	// drops says that what the rules leave of the packets is dropped.
	drops bool
}

// planKey finds the plan that was made before: it hangs on what is known of the
// packets.
type planKey struct {
	chain *rules.Chain
	hull  *packet.Hull
}

// plan returns what of a chain has to be looked at in the present stage.
func (r *run) plan(c *rules.Chain) *plan {
	key := planKey{c, r.hull}
	if p, ok := r.plans[key]; ok {
		return p
	}
	v := c.Policy.Verdict
	p := &plan{drops: (v == rules.Drop || v == rules.Reject) && !r.e.tentative && !r.q.Decisions}
	last := 0 // the number of rules up to the last one to keep
	for _, rule := range c.Rules {
		if r.skips(rule) {
			continue
		}
		final := isFinalDrop(rule)
		if final && len(rule.Match) == 0 && !r.q.Decisions {
			p.drops = true
			break
		}
		p.rules = append(p.rules, rule)
		if !final {
			p.keep = append(p.keep, rule)
			last = len(p.rules)
		}
	}
	r.step(len(c.Rules))
	if p.drops {
		p.rules = p.rules[:last] // the others drop what is dropped anyway
	}
	r.plans[key] = p
	return p
}

// isFinalDrop reports whether a rule drops what it matches, at once.
func isFinalDrop(rule *rules.Rule) bool {
	a := &rule.Action
	return !a.Tentative && (a.Verdict == rules.Drop || a.Verdict == rules.Reject)
}

// manyDrops is from how many rules that drop on, for one that does more, it pays
// to look at the latter first.
const manyDrops = 8

// relevant returns those of the packets that enter a chain whose fate is open.
// Where a chain drops what no rule of it is for, the rules that drop matter only
// for packets that another one may let through: of those there are often few,
// and then a list of a hundred thousand blocked sources costs next to nothing.
func (r *run) relevant(p *plan, s packet.Set) packet.Set {
	if !p.drops || len(p.rules) < manyDrops*(len(p.keep)+1) {
		return s
	}
	open := r.u.None()
	for _, rule := range p.keep {
		open = open.Or(r.match(rule.Match))
	}
	open = open.And(s)
	r.drop(s.Minus(open))
	return open
}

// drop notes that packets are dropped in the present stage.
func (r *run) drop(s packet.Set) packet.Set {
	if !s.IsEmpty() {
		r.strict[r.stage] = true
	}
	return r.u.None()
}

// maxVisits bounds the rules that one question looks at: chains that call each
// other many times over can make a small file cost without end.
const maxVisits = 200_000_000

// step counts rules that are looked at.
func (r *run) step(n int) {
	if r.steps += n; r.steps > maxVisits {
		panic(packet.ExhaustedError{Nodes: r.q.Nodes})
	}
}

// skips reports whether a rule cannot touch any packet of the question, which
// is cheap to see of most.
func (r *run) skips(rule *rules.Rule) bool {
	if isIdle(&rule.Action) {
		return true
	}
	if r.hull == nil {
		return false
	}
	for i := range rule.Match {
		if t := &rule.Match[i]; !t.Negated && t.Unknown == nil && !t.Boxes.MayMeet(r.hull) {
			return true
		}
	}
	return false
}
