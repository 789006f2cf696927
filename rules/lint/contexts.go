package lint

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// findElsewhere finds the declared nodes that are behind another context of the
// appliance, and not behind this one: what their clients need does not pass here.
func (p *Pass) findElsewhere(others []*rules.Device) {
	if !p.Roles.Declared || p.Roles.View != roles.Forward {
		return
	}
	for _, node := range each(p.Roles.Nodes) {
		holds := func(d *rules.Device) bool { return roles.Holds(d, node) }
		if holds(p.Device) || !slices.ContainsFunc(others, holds) {
			continue
		}
		p.elsewhere = append(p.elsewhere, node)
		p.Roles.Assumptions = append(p.Roles.Assumptions, fmt.Sprintf("clients reach MOVEit at %s through another context: it is not behind this one", node))
	}
}

// Together returns the findings of several devices. Contexts of one appliance may
// share lines: what is found in two of them, in the same words at the same place,
// is one finding, which names both.
func Together(results []Result) []Finding {
	type key struct {
		check      *Check
		span       source.Span
		severity   Severity
		certainty  Certainty
		flow       Flow
		message    string
		scope      string
		actual     string
		depends    string
		remedy     string
		statement  source.Span
		why, label string
	}
	seen := map[key]int{}
	var out []Finding
	for _, r := range results {
		for _, f := range r.Findings {
			if f.Context == "" {
				out = append(out, f)
				continue
			}
			k := key{f.Check, f.Span, f.Severity, f.Certainty, f.Flow, f.Message, f.Scope, f.Actual, f.Depends, f.Remedy, f.statement, f.Why, f.Label}
			i, ok := seen[k]
			switch {
			case !ok:
				seen[k] = len(out)
				out = append(out, f)
			case out[i].Context != f.Context:
				out[i].Context += ", " + f.Context
			default:
				out = append(out, f)
			}
		}
	}
	return out
}
