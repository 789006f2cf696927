package eval

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// isLocal is the condition that a rewritten destination is the device itself,
// where its addresses are not known.
var isLocal = &rules.Unknown{
	Reason: "whether the new destination is an address of this device",
	Key:    "the destination is local",
	Of:     packet.Fields(packet.Dst),
}

// route decides which packets the device keeps, and by which interface the
// others leave. Where its addresses and routes are not known, the packets go
// the way that the question asks about.
func (r *run) route(s packet.Set) packet.Set {
	u := r.u
	typeIsLost := s.And(u.Lost(localDst, r.e.lossy))
	own := s.Minus(typeIsLost).Where(localDst)
	if len(r.e.local) > 0 {
		inside := u.Box(packet.Addresses(packet.Dst, r.e.local...)).Minus(u.Lost(dstOnly, r.e.lossy))
		own = own.Or(typeIsLost.And(inside))
	}
	if r.q.Hook == rules.Input {
		own = own.Or(typeIsLost.Where(r.e.untold).And(r.unknown(isLocal, "")))
		return r.unmark(own.Learn(packet.DstType, uint32(packet.Local)).Forget(packet.Out).Where(noOut))
	}
	others := s.Minus(own).Learn(packet.DstType, uint32(packet.Unicast))
	if r.q.Hook == rules.Output {
		others = others.Or(own.Learn(packet.DstType, uint32(packet.Local)))
	}
	return r.lead(others)
}

var dstOnly = packet.Any(packet.Dst)

// classify says what the routing table says of destinations that were rewritten
// and are known, where it is known which addresses are the device's own.
func (r *run) classify(s packet.Set) packet.Set {
	if len(r.e.local) == 0 {
		return s
	}
	fresh := s.And(r.u.Lost(localDst, r.e.lossy)).Minus(r.u.Lost(dstOnly, r.e.lossy)).Minus(r.u.Box(r.e.untold))
	own := r.u.Box(packet.Addresses(packet.Dst, r.e.local...))
	return s.Minus(fresh).
		Or(fresh.And(own).Learn(packet.DstType, uint32(packet.Local))).
		Or(fresh.Minus(own).Learn(packet.DstType, uint32(packet.Unicast)))
}

// rewrite changes one end of packets. The device's own address is the one on the
// interface in field by, where that is known.
func (r *run) rewrite(s packet.Set, end packet.End, w *packet.Rewrite, by packet.Field) packet.Set {
	if !w.ToSelf {
		return s.Rewrite(end, w)
	}
	out := r.u.None()
	for _, i := range append([]rules.Interface{{}}, r.e.device.Interfaces...) { // the first: none, of packets that it sends
		for family, version := range []*packet.Boxes{packet.IPv4: onlyIPv4, packet.IPv6: onlyIPv6} {
			own, known := r.e.withOwn(*w, i.Name, family == packet.IPv4)
			if !known {
				continue
			}
			mine := s.Where(packet.Names(by, packet.Pattern{Text: i.Name})).Where(version)
			s = s.Minus(mine)
			out = out.Or(mine.Rewrite(end, &own))
		}
	}
	return out.Or(s.Rewrite(end, w))
}

var (
	onlyIPv4 = packet.Number(packet.Family, packet.IPv4)
	onlyIPv6 = packet.Number(packet.Family, packet.IPv6)
)

// withOwn returns a rewrite to the device's own address with that address in it,
// which is the first of the family on the interface, and whether it is known: that
// which an interface gets at run time is not.
// Packets that the device sends came in by none: they are led to its loopback
// interface.
func (e *Engine) withOwn(w packet.Rewrite, name string, is4 bool) (packet.Rewrite, bool) {
	if !w.ToSelf {
		return w, false
	}
	if name == "" {
		name = e.device.Loopback.Name
	}
	for _, i := range append([]rules.Interface{e.device.Loopback}, e.device.Interfaces...) {
		if i.Name != name {
			continue
		}
		if is4 && i.Dynamic {
			return w, false
		}
		for _, p := range i.Addrs {
			if p.Addr().Is4() == is4 {
				w.Lost, w.Addrs = false, []packet.AddrRange{packet.OneAddr(p.Addr())}
				return w, true
			}
		}
	}
	return w, false
}
