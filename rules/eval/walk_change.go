package eval

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// change changes the packet as an action says.
func (w *walk) change(s *state, a *rules.Action) {
	for _, set := range a.Set {
		if set.Any {
			s.flow.Blur(set.Field, set.Mask, w.start.Toward)
			continue
		}
		assignFlow(&s.flow, set)
	}
	if a.NAT != nil {
		w.translate(&s.flow, a.NAT)
	}
}

// translate rewrites the ends of a packet.
func (w *walk) translate(f *packet.Flow, n *rules.NAT) {
	src, dst := n.Src, n.Dst
	if f.Knows(packet.Out) && f.Out != w.e.device.Loopback.Name {
		src, _ = w.e.withOwn(src, f.Out, f.Is4())
	}
	if f.Knows(packet.In) {
		dst, _ = w.e.withOwn(dst, f.In, f.Is4())
	}
	f.Rewrite(packet.Source, &src, w.start.Toward)
	f.Rewrite(packet.Destination, &dst, w.start.Toward)
	if w.e.tells(f.Is4()) && f.Knows(packet.Dst) && !f.Knows(packet.DstType) {
		w.e.classify(f)
	}
}

func assignFlow(f *packet.Flow, a rules.Assign) {
	if a.Mask != 0 {
		f.Assign(a.Field, a.Mask, a.Value)
	}
	if a.Flip != 0 {
		f.Xor(a.Field, a.Flip)
	}
	if a.Copy != 0 {
		f.Xor(a.Field, f.Number(a.Copy)&a.CopyMask)
	}
}

// routeFlow decides whether the device keeps the packet, and by which interface
// it leaves. It returns the condition on which that hangs, if it does, and
// false if what was assumed of the packet cannot be.
func (e *Engine) routeFlow(s *state, asked rules.Hook) (open *condition, possible bool) {
	f := &s.flow
	if asked == rules.Output {
		if out, ok := e.routeTo(f); ok {
			f.Out = out
			f.Lost &^= packet.Fields(packet.Out)
		} else if len(e.routes) > 0 && !f.Knows(packet.Dst) {
			f.Lost |= packet.Fields(packet.Out)
		}
		return nil, true
	}
	kept, open := e.keeps(s, asked)
	if open != nil {
		return open, true
	}
	if s.guessed && !f.DstTranslated && kept != (asked == rules.Input) {
		return nil, false
	}
	f.Lost &^= packet.Fields(packet.DstType)
	if kept {
		if s.hook, f.Out = rules.Input, ""; f.DstType == packet.Unicast {
			f.DstType = packet.Local
		}
		f.Lost &^= packet.Fields(packet.Out)
		return nil, true
	}
	s.hook, f.DstType = rules.Forward, packet.Unicast
	if out, ok := e.routeTo(f); ok {
		f.Out = out
		f.Lost &^= packet.Fields(packet.Out)
	} else if f.Out == "" || len(e.routes) > 0 && !f.Knows(packet.Dst) {
		f.Lost |= packet.Fields(packet.Out)
	}
	return nil, true
}

// keeps reports whether the packet is for the device itself.
func (e *Engine) keeps(s *state, asked rules.Hook) (kept bool, open *condition) {
	f := &s.flow
	switch {
	case f.Knows(packet.DstType):
		return f.DstType != packet.Unicast, nil
	case e.tells(f.Is4()) && f.Knows(packet.Dst):
		return e.isLocal(f), nil
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

func (e *Engine) isLocal(f *packet.Flow) bool {
	return slices.ContainsFunc(e.local, func(r packet.AddrRange) bool { return r.Contains(f.Dst) })
}

// classify says what the routing table says of the packet's destination, as far
// as that is known.
func (e *Engine) classify(f *packet.Flow) {
	f.Lost &^= packet.Fields(packet.DstType)
	f.DstType = packet.Unicast
	switch {
	case !f.Knows(packet.Dst):
		f.Lost |= packet.Fields(packet.DstType)
	case f.Dst.IsMulticast():
		f.DstType = packet.Multicast
	case e.isBroadcast(f.Dst):
		f.DstType = packet.Broadcast
	case !e.tells(f.Is4()):
		f.Lost |= packet.Fields(packet.DstType)
	case e.isLocal(f):
		f.DstType = packet.Local
	}
}

// isBroadcast reports whether a is a broadcast address, as far as the networks
// of the device are known.
func (e *Engine) isBroadcast(a netip.Addr) bool {
	if a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	for _, i := range e.device.Interfaces {
		for _, p := range i.Addrs {
			if a.Is4() && p.Bits() < 31 && p.Contains(a) && packet.PrefixRange(p).Last == a {
				return true
			}
		}
	}
	return false
}

// routeTo returns the interface by which packets to the destination leave.
func (e *Engine) routeTo(f *packet.Flow) (string, bool) {
	if !f.Knows(packet.Dst) {
		return "", false
	}
	for _, r := range e.routes {
		if r.To.Contains(f.Dst) {
			return r.Out, true
		}
	}
	return "", false
}

// Arrive returns a packet as it begins its way: what the device's addresses and
// routes say of it, and what nobody knows, is filled in. An interface that is
// not named is one that is not known, except that a packet which the device
// sends has none to come in by. Broadcast and multicast destinations are told
// by their addresses.
func (e *Engine) Arrive(f packet.Flow, hook rules.Hook) Start {
	f.SrcType, f.LinkType = packet.Unicast, packet.Unicast
	f.Lost |= packet.Fields(packet.Length, packet.TOS, packet.Time)
	if hook == rules.Output || hook == 0 && f.In == "" && f.Out != "" {
		f.SrcType = packet.Local
		e.classify(&f)
		if out, ok := e.routeTo(&f); ok && f.Out == "" {
			f.Out = out
		}
		if f.Out == "" {
			f.Lost |= packet.Fields(packet.Out)
		}
		return Start{Flow: f, Hook: rules.Output}
	}
	if f.In == "" {
		f.Lost |= packet.Fields(packet.In)
	}
	e.classify(&f)
	if f.Knows(packet.DstType) && (f.DstType == packet.Multicast || f.DstType == packet.Broadcast) {
		f.LinkType, hook = f.DstType, rules.Input
	}
	if hook == 0 {
		hook = rules.Forward
	}
	return Start{Flow: f, Hook: hook}
}
