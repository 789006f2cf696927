package eval

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// A condition that varies, such as chance, comes out anew each time that it is
// asked. Where chains are called from several places, a rule may ask it of one
// packet more than once: the calls that led to it are part of what tells one time
// from another.

// collectCalls finds the calls of chains that are called from several places, and
// the chains in which conditions vary.
func (e *Engine) collectCalls() {
	calls := map[*rules.Chain]int{}
	for _, c := range e.device.Chains {
		for _, r := range c.Rules {
			if r.Action.Target != nil {
				calls[r.Action.Target]++
			}
		}
	}
	e.sites, e.drawn = map[*rules.Rule]string{}, map[*rules.Chain]bool{}
	for _, c := range e.device.Chains {
		for i, r := range c.Rules {
			if calls[r.Action.Target] > 1 {
				e.sites[r] = fmt.Sprintf(" via %s#%d", c.Name, i+1)
			}
		}
	}
	if len(e.sites) == 0 {
		return
	}
	done := map[*rules.Chain]bool{}
	var visit func(c *rules.Chain) bool
	visit = func(c *rules.Chain) bool {
		if done[c] {
			return e.drawn[c]
		}
		done[c] = true
		varies := false
		for _, r := range c.Rules {
			if t := r.Action.Target; t != nil && visit(t) {
				varies = true
			}
			varies = varies || !isIdle(&r.Action) && varyingIn(r)
		}
		e.drawn[c] = varies
		return varies
	}
	for _, c := range e.device.Chains {
		visit(c)
	}
}

// varyingIn reports whether a condition of a rule varies.
func varyingIn(r *rules.Rule) bool {
	for _, x := range []*rules.Unknown{r.Action.Maybe, r.Action.Unknown} {
		if x != nil && isDrawn(x) {
			return true
		}
	}
	for i := range r.Match {
		if x := r.Match[i].Unknown; x != nil && isDrawn(x) {
			return true
		}
	}
	return false
}

// isDrawn reports whether a condition comes out anew each time that it is asked.
func isDrawn(x *rules.Unknown) bool { return x.Doubt != packet.Fixed }
