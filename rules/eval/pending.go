package eval

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// In languages in which the last match wins, a verdict is pending until the end
// of the stage: each packet carries the number of the rule that gave it.

// maxPending is how many rules the Pending field can number.
const maxPending = 1<<24 - 1

// pendingRule is a rule whose verdict is pending for some packets.
type pendingRule struct {
	chain *rules.Chain
	rule  *rules.Rule
}

// postpone gives the packets the pending verdict of a rule.
func (r *run) postpone(c *rules.Chain, rule *rules.Rule, s packet.Set) packet.Set {
	if len(r.pending) == maxPending {
		panic(packet.ExhaustedError{Nodes: r.q.Nodes})
	}
	r.pending = append(r.pending, pendingRule{c, rule})
	return s.Assign(packet.Pending, maxPending, uint32(len(r.pending)))
}

// settlePending gives the packets at the end of a stage the verdicts that are
// pending for them. It accepts what they accept, and returns the packets for
// which no verdict is pending together with those accepted.
func (r *run) settlePending(s packet.Set) (rest, accepted packet.Set) {
	accepted = r.u.None()
	numbers, _ := s.Ranges(packet.Pending, maxPending)
	for _, numbered := range numbers {
		for n := max(numbered.First, 1); n <= numbered.Last; n++ {
			p := r.pending[n-1]
			mine := s.Where(packet.Number(packet.Pending, n))
			s = s.Minus(mine)
			mine = mine.Assign(packet.Pending, maxPending, 0)
			r.decide(p.chain, p.rule, mine)
			if p.rule.Action.Verdict == rules.Accept {
				accepted = accepted.Or(mine)
			}
		}
	}
	return s, accepted
}

// final returns packets that a rule accepted at once: what was pending for them
// is no more.
func (r *run) final(s packet.Set) packet.Set {
	if len(r.pending) == 0 {
		return s
	}
	return s.Assign(packet.Pending, maxPending, 0)
}
