package main

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
)

// tracer follows packets through one device.
type tracer struct {
	engine *eval.Engine
	view   roles.View // which way packets go where nothing else tells
	told   roles.View // what --path says; 0: nothing
}

// follow returns the way of a packet.
func (t *tracer) follow(q *query) (*eval.Trace, error) {
	f, err := q.flow()
	if err != nil {
		return nil, err
	}
	hook, said := t.way(q, &f)
	t.remember(&f)
	start := t.engine.Arrive(f, hook)
	trace := t.engine.Walk(start)
	if said && trace.Hook != hook && !trace.Left.DstTranslated {
		// The device's addresses say otherwise. The user's word counts, for as long
		// as the destination is the one that the user spoke of.
		start.Hook = hook
		start.Flow.Lost &^= packet.Fields(packet.DstType)
		start.Flow.DstType = packet.Unicast
		if hook == rules.Input {
			start.Flow.DstType = packet.Local
		}
		trace = t.engine.Walk(start)
	}
	return t.engine.Shown(trace), nil
}

// remember gives a reply what a device with marks of its own noted when the
// connection began, as far as that can be told: a packet the other way round
// passes as it is. Else it is not known.
func (t *tracer) remember(f *packet.Flow) {
	if !t.engine.Device().OwnMarks || f.State != packet.Established && f.State != packet.Related {
		return
	}
	first := packet.Flow{
		In: f.Out, Out: f.In, Src: f.Dst, Dst: f.Src, Proto: f.Proto, SrcPort: f.DstPort, DstPort: f.SrcPort, ICMPType: f.ICMPType, TCPFlags: packet.SYN,
	}
	way := t.engine.Walk(t.engine.Arrive(first, 0))
	f.ConnMark = way.Left.ConnMark
	if f.State == packet.Related || way.Verdict != rules.Accept || way.Left.SrcTranslated || way.Left.DstTranslated || !way.Left.Knows(packet.ConnMark) {
		f.ConnMark = 0
		f.Lost |= packet.Fields(packet.ConnMark)
	}
}

// way returns the way of a packet as far as it hangs on what was asked, 0 if the
// device's addresses are to tell it; said means that the user told it.
func (t *tracer) way(q *query, f *packet.Flow) (hook rules.Hook, said bool) {
	if h := hooks[q.Hook]; h != 0 {
		return h, true
	}
	switch {
	case t.told == roles.Forward:
		return rules.Forward, true
	case t.told == roles.Host && q.In == "":
		return rules.Output, true
	case t.told == roles.Host:
		return rules.Input, true
	case q.In == "" && (q.Out != "" || t.isLocal(f.Src)):
		return rules.Output, false
	case t.view != roles.Host || t.isLocal(f.Dst):
		return 0, false
	case q.In == "":
		return rules.Output, false
	case t.tells(f.Dst):
		return 0, false
	}
	return rules.Input, false
}

// isLocal reports whether an address is one of those that the device is known to
// have.
func (t *tracer) isLocal(a netip.Addr) bool {
	return slices.ContainsFunc(t.engine.Device().Local(), func(r packet.AddrRange) bool { return r.Contains(a) })
}

// tells reports whether an address of the device is known in the IP version of an
// address.
func (t *tracer) tells(a netip.Addr) bool {
	return slices.ContainsFunc(t.engine.Device().Local(), func(r packet.AddrRange) bool { return r.First.Is4() == a.Is4() })
}
