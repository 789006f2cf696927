package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// condition is an unknown condition, as it is asked of a packet.
type condition struct {
	key     string
	unknown *rules.Unknown
	// asksType says that the condition is what the routing table says of the
	// destination: the device's own, or another's.
	asksType bool
	// asksOut says that the condition is by which of several interfaces the packet
	// leaves.
	asksOut bool
}

var lostWords = map[packet.Field]string{
	packet.In:      "the interface that the packet comes in by",
	packet.Out:     "the interface that the packet leaves by",
	packet.Src:     "the source address after translation",
	packet.Dst:     "the destination address after translation",
	packet.DstType: "whether the destination is an address of this device",
	packet.SrcType: "whether the source is an address of this device",
	packet.Time:    "the time of the packet",
	packet.Length:  "the length of the packet",
	packet.TOS:     "the traffic class of the packet",
	packet.Mark:    "the mark of the packet",
}

// giveUp ends a walk that has become too long.
func (w *walk) giveUp(s *state) *Trace {
	t := w.end(s, rules.Undecided)
	t.Depends = &rules.Unknown{Reason: "the packet's way is too long, or hangs on too many conditions that are not known", Key: "limit"}
	return t
}

// settle says how a condition comes out.
func (s *state) settle(c *condition, holds bool) {
	if !c.asksType {
		s.outcome[c.key] = holds
		return
	}
	s.guessed = s.guessed || !s.flow.DstTranslated // of the destination that it came with
	s.flow.Lost &^= packet.Fields(packet.DstType)
	s.flow.DstType = packet.Unicast
	if holds {
		s.flow.DstType = packet.Local
	}
}

// fork goes on both with the condition holding and not.
func (w *walk) fork(s *state, open *condition, on func(*state) *Trace) *Trace {
	w.forks--
	if w.forks < 0 {
		return w.giveUp(s)
	}
	other := s.clone()
	s.settle(open, false)
	other.settle(open, true)
	before := len(s.steps)
	no := on(s)
	if no != nil && no.Verdict == rules.Undecided {
		return no
	}
	yes := on(other)
	switch {
	case no == nil:
		return yes
	case yes == nil:
		return no
	case yes.Verdict == rules.Undecided || no.sameEnd(yes):
		return yes
	case open.asksOut && no.anyOut().sameEnd(yes.anyOut()):
		return no.anyOut()
	}
	// The story ends with the rule that hangs on the condition.
	cut := no
	if len(yes.Steps) > before {
		cut = yes
	}
	steps := slices.Clone(cut.Steps[:min(before+1, len(cut.Steps))])
	if n := len(steps); n > before {
		steps[n-1].Unknown = open.unknown
	}
	return &Trace{Left: s.flow, Hook: no.Hook, Steps: steps, Verdict: rules.Undecided, Depends: open.unknown}
}

// sameEnd reports whether two ways end alike, as far as one can see from outside:
// nobody sees where a packet that is dropped would have gone.
func (t *Trace) sameEnd(other *Trace) bool {
	a, b := &t.Left, &other.Left
	if t.Verdict == rules.Drop && other.Verdict == rules.Drop && t.Hook == other.Hook {
		return true
	}
	return t.Verdict == other.Verdict && t.Hook == other.Hook && a.Out == b.Out && a.Src == b.Src && a.Dst == b.Dst &&
		a.SrcPort == b.SrcPort && a.DstPort == b.DstPort && a.Lost == b.Lost
}

// anyOut returns the trace of a packet of which it is not known by which interface
// it leaves.
func (t *Trace) anyOut() *Trace {
	out := *t
	out.Left.Out = ""
	out.Left.Lost |= packet.Fields(packet.Out)
	return &out
}

// lookUp returns how a condition comes out, and whether that is known.
func (w *walk) lookUp(s *state, key string) (holds, known bool) {
	holds, known = s.outcome[key]
	return holds, known || w.start.Outcome != nil
}

// matches reports whether every term holds; open is a condition on which that
// hangs.
func (w *walk) matches(s *state, m rules.Match) (holds bool, open *condition) {
	for i := range m {
		t, c := w.term(s, &m[i])
		switch {
		case t == packet.False:
			return false, nil
		case t == packet.Unsure && open == nil:
			open = c
		}
	}
	return open == nil, open
}

// term reports whether one term holds: False, True, or Unsure with the
// condition on which it hangs.
func (w *walk) term(s *state, t *rules.Term) (packet.Truth, *condition) {
	result := packet.False
	var open *condition
	if t.Boxes != nil {
		result, open = w.boxes(s, t.Boxes)
		if result == packet.Absent {
			return packet.False, nil
		}
	}
	if x := t.Unknown; x != nil && result != packet.True {
		truth, c := w.unknown(s, x)
		switch truth {
		case packet.True:
			result, open = packet.True, nil
		case packet.Unsure:
			result, open = packet.Unsure, c
		case packet.False, packet.Absent:
		}
	}
	if t.Negated {
		switch result {
		case packet.True:
			return packet.False, nil
		case packet.False:
			return packet.True, nil
		case packet.Unsure, packet.Absent:
		}
	}
	return result, open
}

// unknown reports whether an unknown condition holds.
func (w *walk) unknown(s *state, x *rules.Unknown) (packet.Truth, *condition) {
	if x.Within != nil {
		truth, open := w.boxes(s, x.Within)
		switch truth {
		case packet.False, packet.Absent:
			return packet.False, nil
		case packet.Unsure:
			return packet.Unsure, open
		case packet.True:
		}
	}
	path := ""
	if n := len(s.frames); n > 0 {
		path = s.frames[n-1].path
	}
	key := keyAt(x, &s.flow, path)
	holds, known := w.lookUp(s, key)
	switch {
	case !known:
		return packet.Unsure, &condition{key: key, unknown: x}
	case holds:
		return packet.True, nil
	}
	return packet.False, nil
}

// boxes reports whether the packet lies in boxes, as it can be seen here.
func (w *walk) boxes(s *state, b *packet.Boxes) (packet.Truth, *condition) {
	seen := &s.flow
	if s.stage != nil && s.stage.Hidden != 0 {
		f := s.flow
		if s.stage.Hidden.Has(packet.In) {
			f.In = ""
		}
		if s.stage.Hidden.Has(packet.Out) {
			f.Out = ""
		}
		f.Lost &^= s.stage.Hidden
		seen = &f
	}
	truth := b.Holds(seen)
	if truth != packet.Unsure {
		return truth, nil
	}
	if fields := b.Fields(); len(fields) == 1 && fields[0] == packet.DstType {
		return packet.Unsure, &condition{unknown: lostValue(b, seen), asksType: true}
	}
	key := lostKey(b)
	holds, known := w.lookUp(s, key)
	switch {
	case !known:
		return packet.Unsure, &condition{key: key, unknown: lostValue(b, seen)}
	case holds:
		return packet.True, nil
	}
	return packet.False, nil
}

// lostValue describes the condition that a value which is not known is in b.
func lostValue(b *packet.Boxes, f *packet.Flow) *rules.Unknown {
	what := "a value"
	for _, field := range b.Fields() {
		if !f.Knows(field) {
			what = lostWords[field]
			if what == "" {
				what = "the value of " + field.String()
			}
			break
		}
	}
	return &rules.Unknown{Reason: what + " is not known", Key: lostKey(b)}
}

// assumed returns an unknown condition of a rule that matched because it was
// assumed to hold, nil if there is none.
func (w *walk) assumed(s *state, m rules.Match) *rules.Unknown {
	for i := range m {
		x := m[i].Unknown
		if x == nil {
			continue
		}
		if m[i].Boxes != nil && m[i].Boxes.Holds(&s.flow) == packet.True {
			continue
		}
		return x
	}
	return nil
}
