package eval

import (
	"net/netip"

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
	if a.Out != "" {
		leaveBy(&s.flow, a.Out)
		s.flow.Routed = true
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
	if f.Knows(packet.Dst) && !f.Knows(packet.DstType) && w.e.isTold(f.Dst) {
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
	case !e.isTold(f.Dst):
		f.Lost |= packet.Fields(packet.DstType)
	case e.isLocal(f.Dst):
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
		if way := e.wayOf(&f); way != nil && len(way.outs) == 1 && f.Out == "" {
			f.Out = way.outs[0]
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
