package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// mayChangeKey reports whether a map calls chains, and its key is something that
// rules can change.
func mayChangeKey(list []group) bool {
	calls, changes := false, false
	for i := range list {
		g := &list[i]
		calls = calls || g.data != nil && g.data.text == "jump"
		for _, t := range g.terms {
			if t.Boxes != nil {
				changes = changes || slices.ContainsFunc(t.Boxes.Fields(), changeable.Has)
			}
		}
	}
	return calls && changes
}

// changeable are the fields that rules can change beside translation.
var changeable = packet.Fields(packet.Mark, packet.ConnMark, packet.TOS, packet.LinkType, packet.ConnState)

// vmap lowers a map of verdicts: one rule for each verdict. Only with continue,
// or for chains that return, the next rule is tried.
func (b *builder) vmap(s *stmt) {
	b.settle()
	list, ok := b.groups(s.a, s.b)
	if !ok {
		b.anything("what the map of verdicts says")
		return
	}
	apart := mayChangeKey(list)
	if apart {
		// A chain that is called may change the key: what it was is settled first.
		b.nest()
	}
	base := b.terms
	var on []alternative // with these the rule goes on
	for i := range list {
		g := &list[i]
		if i > 0 && !b.mayMake() {
			b.problem(source.Malformed, b.stmtSpan(s), "the map expands to more than %d rules", b.in.Limits.Expansion)
			break
		}
		b.terms = slices.Concat(base, g.terms)
		if g.data == nil {
			b.anything("what the map of verdicts says")
			continue
		}
		if g.data.kind != nodeVerdict {
			b.malformed(g.data, "expected a verdict, not %s", quote(shown(g.data)))
			continue
		}
		if g.data.text == "continue" && b.more {
			on = append(on, alternative{terms: g.terms})
			continue
		}
		if a, ok := b.action(g.data); ok {
			if apart && a.Verdict == rules.Jump {
				a.Verdict = rules.Goto // back to where the part was called
				b.emitAs(a)
				continue
			}
			b.emit(a)
		}
	}
	b.ended = len(on) == 0
	if len(on) > 0 {
		b.terms = base
		b.cross(on)
		return
	}
	if len(list) == 0 {
		b.terms = append(slices.Clone(base), rules.Term{Boxes: nothing, Span: b.stmtSpan(s)})
		b.emit(rules.Action{Verdict: rules.Continue})
	}
}
