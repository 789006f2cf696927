package eval

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// routing is what came of routing a packet. The zero routing is that it goes on.
type routing struct {
	open       *condition   // on which that hangs
	impossible bool         // what was assumed of the packet cannot be
	nowhere    *rules.Chain // says why the packet goes nowhere
}

// route decides whether the device keeps the packet, and by which interface it
// leaves.
func (w *walk) route(s *state) routing {
	asked, f := w.start.Hook, &s.flow
	if asked == rules.Output {
		return w.lead(s)
	}
	kept, open := w.e.keeps(s, asked)
	if open != nil {
		return routing{open: open}
	}
	if s.guessed && !f.DstTranslated && kept != (asked == rules.Input) {
		return routing{impossible: true}
	}
	f.Lost &^= packet.Fields(packet.DstType)
	if kept {
		if s.hook = rules.Input; f.DstType == packet.Unicast {
			f.DstType = packet.Local
		}
		leaveBy(f, "")
		f.Routed = false
		return routing{}
	}
	s.hook, f.DstType = rules.Forward, packet.Unicast
	return w.lead(s)
}

// keeps reports whether the packet is for the device itself.
func (e *Engine) keeps(s *state, asked rules.Hook) (kept bool, open *condition) {
	f := &s.flow
	switch {
	case f.Knows(packet.DstType):
		return f.DstType != packet.Unicast, nil
	case f.Knows(packet.Dst) && e.isTold(f.Dst):
		return e.isLocal(f.Dst), nil
	case asked == rules.Input && f.DstTranslated:
		key := conditionKey(isLocal, f.SrcTranslated, f.DstTranslated)
		holds, known := s.outcome[key]
		if !known {
			return false, &condition{key: key, unknown: isLocal}
		}
		return holds, nil
	}
	return asked == rules.Input, nil
}

// lead finds the interface by which the packet leaves.
func (w *walk) lead(s *state) routing {
	e, f := w.e, &s.flow
	if f.Routed {
		f.Routed = false
		return routing{}
	}
	switch way := e.wayOf(f); {
	case way != nil && len(way.outs) == 0:
		return goesNowhere("the route to "+way.to.String()+" discards what it is for", way)
	case way != nil:
		return w.choose(s, way.outs)
	case e.routes() && !f.Knows(packet.Dst):
		return w.leadBlindly(s)
	case e.device.AllRoutes:
		return w.leadNear(s)
	case f.Out == "":
		f.Lost |= packet.Fields(packet.Out)
	}
	return routing{}
}

// leadBlindly leads on a packet whose destination is not known.
func (w *walk) leadBlindly(s *state) routing {
	f := &s.flow
	if w.e.device.AllRoutes && !w.e.leadEverywhere(f.Is4()) {
		far, open := w.settled(s, isFar)
		switch {
		case open != nil:
			return routing{open: open}
		case far:
			return goesNowhere("no route leads to the destination", &way{})
		}
	}
	f.Lost |= packet.Fields(packet.Out)
	return routing{}
}

// leadNear leads on a packet to where no route leads.
func (w *walk) leadNear(s *state) routing {
	f := &s.flow
	if f.Is4() && len(w.e.dynamic) > 0 {
		near, open := w.settled(s, isNear)
		switch {
		case open != nil:
			return routing{open: open}
		case near:
			return w.choose(s, w.e.dynamic)
		}
	}
	return goesNowhere("no route leads to "+f.Dst.String(), &way{})
}

// settled reports how a condition comes out that routing hangs on; open is the
// condition if that is not known.
func (w *walk) settled(s *state, x *rules.Unknown) (holds bool, open *condition) {
	key := conditionKey(x, s.flow.SrcTranslated, s.flow.DstTranslated)
	holds, known := w.lookUp(s, key)
	if !known {
		return false, &condition{key: key, unknown: x}
	}
	return holds, nil
}

// choose sends the packet out by one of the interfaces: that which is asked about,
// if it is one of them.
func (w *walk) choose(s *state, outs []string) routing {
	f := &s.flow
	for _, asked := range []*packet.Flow{w.start.Toward, f} {
		if asked != nil && asked.Knows(packet.Out) && slices.Contains(outs, asked.Out) {
			leaveBy(f, asked.Out)
			return routing{}
		}
	}
	last := len(outs) - 1
	for _, out := range outs[:last] {
		x := &rules.Unknown{Reason: "by which interface the packet leaves: " + strings.Join(outs, " or "), Key: "the route leads out by " + out, Of: packet.Fields(packet.Dst)}
		holds, open := w.settled(s, x)
		if open != nil {
			open.asksOut = true
			return routing{open: open}
		}
		if holds {
			leaveBy(f, out)
			return routing{}
		}
	}
	leaveBy(f, outs[last])
	return routing{}
}

// leaveBy says by which interface the packet leaves.
func leaveBy(f *packet.Flow, out string) {
	f.Out = out
	f.Lost &^= packet.Fields(packet.Out)
}

// wayOf returns the way to the destination of a packet, nil if none is known.
func (e *Engine) wayOf(f *packet.Flow) *way {
	if !f.Knows(packet.Dst) {
		return nil
	}
	return e.wayTo(f.Dst)
}

// goesNowhere says why a packet goes nowhere.
func goesNowhere(why string, w *way) routing {
	return routing{nowhere: &rules.Chain{Name: "routing", Policy: rules.Action{Verdict: rules.Drop}, Implicit: why, Span: w.span}}
}

// stray ends the way of a packet that goes nowhere.
func (w *walk) stray(s *state, why *rules.Chain) *Trace {
	stage := &rules.Stage{Hook: s.stage.Hook, Chain: why}
	s.steps = append(s.steps, Step{Stage: stage, Chain: why, Action: why.Policy, Flow: s.flow, Routing: true})
	return w.end(s, rules.Drop)
}
