package eval

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// way says where the packets to a network go.
type way struct {
	to   netip.Prefix
	outs []string // they leave by one of these interfaces; none: they are discarded
	span source.Span
}

// collectRoutes joins the routes with the networks of the interfaces, and with
// the way to the device's own addresses. Without routes the networks tell nothing,
// unless there are no others.
func (e *Engine) collectRoutes() {
	d := e.device
	if len(d.Routes) == 0 && !d.AllRoutes {
		return
	}
	var connected, own []rules.Route
	for _, i := range d.Interfaces {
		for _, p := range i.Addrs {
			connected = append(connected, rules.Route{To: p, Out: i.Name, Span: i.Span})
			if d.Loopback.Name != "" {
				own = append(own, rules.Route{To: netip.PrefixFrom(p.Addr(), p.Addr().BitLen()), Out: d.Loopback.Name, Span: i.Span})
			}
		}
	}
	for _, p := range d.Loopback.Addrs {
		own = append(own, rules.Route{To: p, Out: d.Loopback.Name})
	}
	known := map[netip.Prefix]bool{}
	for _, routes := range [][]rules.Route{d.Routes, connected, own} {
		e.ways = append(e.ways, waysOf(routes, known)...)
	}
	slices.SortStableFunc(e.ways, func(a, b way) int { return b.to.Bits() - a.to.Bits() })
}

// waysOf returns the ways to the networks of routes that are not known yet, and
// notes them.
func waysOf(routes []rules.Route, known map[netip.Prefix]bool) []way {
	var ways []way
	at := map[netip.Prefix]int{}
	for _, r := range routes {
		to := r.To.Masked()
		if known[to] {
			continue
		}
		i, found := at[to]
		if !found {
			i = len(ways)
			at[to] = i
			ways = append(ways, way{to: to, span: r.Span})
		}
		if w := &ways[i]; r.Out != "" && !slices.Contains(w.outs, r.Out) {
			w.outs = append(w.outs, r.Out)
		}
	}
	for to := range at {
		known[to] = true
	}
	return ways
}

// wayTo returns the way to an address, nil if none is known.
func (e *Engine) wayTo(a netip.Addr) *way {
	for i := range e.ways {
		if e.ways[i].to.Contains(a) {
			return &e.ways[i]
		}
	}
	return nil
}

// routes reports whether the device's routes tell of some packets by which
// interface they leave, or that they go nowhere.
func (e *Engine) routes() bool { return len(e.ways) > 0 || e.device.AllRoutes }

// leadEverywhere reports whether there is a way to every address of an IP version.
func (e *Engine) leadEverywhere(is4 bool) bool {
	all := false
	for _, w := range e.ways {
		if w.to.Addr().Is4() != is4 {
			continue
		}
		if len(w.outs) == 0 {
			return false
		}
		all = all || w.to.Bits() == 0
	}
	return all
}

// isNear is the condition that a destination to which no route leads is in the
// network of an interface whose address is not told.
var isNear = &rules.Unknown{
	Reason: "whether the destination is in the network of an interface whose address is given at run time",
	Key:    "the destination is in a network that is not told",
	Of:     packet.Fields(packet.Dst),
}

// isFar is the condition that no route leads to a destination that is not known.
var isFar = &rules.Unknown{
	Reason: "whether a route leads to the destination after translation",
	Key:    "no route leads to the destination",
	Of:     packet.Fields(packet.Dst),
}

// routes is the routing table as sets.
type routes struct {
	pairs   packet.Set // of destination and interface
	covered packet.Set // the destinations that the table speaks of
}

// table returns the routing table. Unless a device has no other routes, whoever
// tells of some need not have told all: other packets leave by any interface.
func (r *run) table() *routes {
	if r.routes != nil {
		return r.routes
	}
	u := r.u
	t := &routes{u.None(), u.None()}
	for _, w := range slices.Backward(r.e.ways) {
		to := u.Box(packet.Prefixes(packet.Dst, w.to))
		outs := u.None()
		if len(w.outs) > 0 {
			outs = r.leavingBy(w.outs...)
		}
		t.pairs = choose(to, outs, t.pairs)
		t.covered = t.covered.Or(to)
	}
	r.routes = t
	return t
}

// leavingBy returns the packets that leave by one of the interfaces.
func (r *run) leavingBy(names ...string) packet.Set {
	patterns := make([]packet.Pattern, len(names))
	for i, n := range names {
		patterns[i] = packet.Pattern{Text: n}
	}
	return r.u.Box(packet.Names(packet.Out, patterns...))
}

// lead returns the packets with the interface by which they leave, without those
// that go nowhere.
func (r *run) lead(s packet.Set) packet.Set {
	sent := r.u.None() // out by an interface that a rule has settled
	if r.e.settlesOut {
		sent = s.Where(isRouted)
		s = s.Minus(sent)
		sent = r.unmark(sent)
	}
	if !r.e.routes() {
		return s.Or(sent)
	}
	t := r.table()
	rest := s.Minus(t.covered)
	if r.e.device.AllRoutes {
		rest = r.near(rest)
	}
	return s.And(t.covered).Forget(packet.Out).And(t.pairs).Or(rest).Or(sent)
}

// unmark returns packets that are routed: by which interface they leave is no
// longer settled before.
func (r *run) unmark(s packet.Set) packet.Set {
	if !r.e.settlesOut {
		return s
	}
	return s.Assign(packet.Routed, 1, 0)
}

// near returns those packets, to destinations to which no route leads, that may be
// in a network which is not told.
func (r *run) near(s packet.Set) packet.Set {
	if len(r.e.dynamic) == 0 {
		return r.u.None()
	}
	return s.Where(onlyIPv4).And(r.unknown(isNear, "")).Forget(packet.Out).And(r.leavingBy(r.e.dynamic...))
}
