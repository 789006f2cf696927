package rules

import "github.com/moveit-lint/moveit-lint/rules/packet"

// Patterns returns every interface name and pattern that d speaks of, each once:
// of its interfaces and routes, in what rules do, and in the conditions of rules,
// stages and edges.
func (d *Device) Patterns() []packet.Pattern {
	var out []packet.Pattern
	seen := map[packet.Pattern]bool{}
	add := func(p packet.Pattern) bool {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
		return true
	}
	for _, i := range d.Interfaces {
		add(packet.Pattern{Text: i.Name})
	}
	for _, r := range d.Routes {
		add(packet.Pattern{Text: r.Out})
	}
	if d.Loopback.Name != "" {
		add(packet.Pattern{Text: d.Loopback.Name})
	}
	rule := func(r *Rule) {
		if r.Action.Out != "" {
			add(packet.Pattern{Text: r.Action.Out})
		}
	}
	d.eachTerm(rule, func(t *Term) {
		if t.Boxes != nil {
			t.Boxes.Patterns(add)
		}
		if t.Unknown != nil && t.Unknown.Within != nil {
			t.Unknown.Within.Patterns(add)
		}
	})
	return out
}

// eachTerm calls rule for every rule of d, and f for every term of every rule,
// stage and edge.
func (d *Device) eachTerm(rule func(*Rule), f func(*Term)) {
	match := func(m Match) {
		for i := range m {
			f(&m[i])
		}
	}
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			rule(r)
			match(r.Match)
		}
	}
	edges := func(list []Edge) {
		for _, edge := range list {
			match(edge.When)
		}
	}
	edges(d.Pipeline.Entry)
	for _, s := range d.Pipeline.Stages() {
		match(s.When)
		edges(s.Next)
	}
}
