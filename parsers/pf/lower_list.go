package pf

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// written collects where the items of a list are written.
type written struct {
	members []rules.Member
	first   at
	from    []source.Span // the macros that the items came out of
	mixed   bool          // they did not come out of the same
}

// add adds an item that brings in packets.
func (w *written) add(x at, b *packet.Boxes) {
	switch {
	case len(w.members) == 0:
		w.first, w.from = x, x.via
	case !slices.Equal(w.first.via, x.via):
		w.mixed = true
		for _, s := range x.via {
			if !slices.Contains(w.from, s) {
				w.from = append(slices.Clip(w.from), s)
			}
		}
	}
	w.members = append(w.members, rules.Member{Boxes: b, Span: x.span})
}

// term returns the condition of the list, whose items together bring in boxes.
func (w *written) term(b *packet.Boxes) rules.Term {
	if len(w.members) == 1 {
		return rules.Term{Boxes: b, Span: w.first.span, Origin: originOf(w.first)}
	}
	t := rules.Term{Boxes: b, Span: w.first.span, Origin: &rules.Origin{Members: w.members, From: w.from}}
	last := w.members[len(w.members)-1].Span
	if !w.mixed && last.File == t.Span.File && t.Span.Start <= last.Start {
		t.Span = t.Span.To(last)
	}
	return t
}

// originOf returns where something is written that came out of macros, nil if it
// came out of none.
func originOf(x at) *rules.Origin {
	if len(x.via) == 0 {
		return nil
	}
	return &rules.Origin{From: x.via}
}
