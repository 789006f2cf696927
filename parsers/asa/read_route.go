package asa

import (
	"net/netip"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// token is a word with its place.
type token = lexer.Token

// route reads "route".
func (r *reader) route(l *line, not bool) {
	x := routeLine{iface: r.name(l, "the name of an interface"), metric: 1, span: l.span()}
	a := r.addr(l)
	mask, ok := r.tryAddr(l)
	if !ok || l.bad != nil {
		l.fail("expected a mask")
		return
	}
	l.at++
	p, whole := netip.Prefix{}, false
	if a.Is4() && mask.Is4() {
		p, whole = prefixOf(a, mask)
	}
	if !whole {
		l.failLast("expected a mask without holes")
		return
	}
	x.to = p.Masked()
	if x.discards() {
		r.routeTail(l, &x)
		r.putRoute(l, x, not)
		return
	}
	r.gateway(l, &x, not)
	r.routeTail(l, &x)
	r.putRoute(l, x, not)
}

// gateway consumes the gateway of a route. Where all routes to a network are taken
// away it may be left out.
func (r *reader) gateway(l *line, x *routeLine, not bool) {
	if l.bad == nil && (!not || !l.done()) {
		x.gateway = r.addr(l)
	}
}

// discards reports whether a route is one that drops packets, and spells its
// interface in one way.
func (x *routeLine) discards() bool {
	if !strings.EqualFold(x.iface, "null0") {
		return false
	}
	x.iface = "Null0"
	return true
}

// route6 reads "ipv6 route".
func (r *reader) route6(l *line, not bool) {
	x := routeLine{iface: r.name(l, "the name of an interface"), metric: 1, span: l.span()}
	word := l.word("a prefix")
	p, err := netip.ParsePrefix(word)
	if err != nil && l.bad == nil {
		l.at--
		l.fail("expected a prefix with its length")
	}
	x.to = p.Masked()
	if !x.discards() {
		r.gateway(l, &x, not)
	}
	r.routeTail(l, &x)
	r.putRoute(l, x, not)
}

// routeTail consumes what follows the gateway of a route.
func (r *reader) routeTail(l *line, x *routeLine) {
	for !l.done() {
		switch word := l.peek().Value; word {
		case "track":
			l.at++
			l.number("the number of a track", 1, 1<<16)
			x.tracked = true
		case "tunneled":
			l.at++
			x.tunneled = true
		default:
			n, ok := l.tryNumber(1, 255)
			if !ok {
				l.failHint("expected a metric, track or tunneled", suggest.DidYouMean(word, []string{"track", "tunneled"}))
			}
			x.metric = n
		}
	}
}

// putRoute adds a route, or takes one away.
func (r *reader) putRoute(l *line, x routeLine, not bool) {
	key := routeKey{x.iface, x.to}
	switch {
	case l.bad != nil:
	case not:
		if !r.draft.routes.removeIf(key, func(old *routeLine) bool {
			return (!x.gateway.IsValid() || old.gateway == x.gateway) && (old.tunneled == x.tunneled || !x.gateway.IsValid())
		}) {
			r.note(l.span(), "there is no such route to take away")
		}
	default:
		r.draft.routes.add(key, x)
	}
}

// routeKey is what tells routes apart that are taken away.
type routeKey struct {
	iface string
	to    netip.Prefix
}

// accessGroup reads "access-group".
func (r *reader) accessGroup(l *line, not bool) {
	tree, ok := readRest(l, bindingGrammar, "a list and in or out with interface NAME, or a list and global")
	if !ok {
		return
	}
	b := binding{list: r.intern(tree.List.Value), place: placeGlobal, span: l.span()}
	if tree.Way != nil {
		b.place, b.iface = placeIn, r.intern(tree.Iface.Value)
		if tree.Way.Value == "out" {
			b.place = placeOut
		}
		for _, t := range tree.Extra {
			if t.Value == "control-plane" {
				b.place = placeControl
			} else {
				b.override = true
			}
		}
	}
	key := bindingKey{b.list, b.place, b.iface}
	if not {
		r.draft.bindings.remove(key)
		return
	}
	r.draft.bindings.add(key, b)
	if r.draft.bound[b.list] == nil {
		r.draft.bound[b.list] = map[bindingKey]bool{}
	}
	r.draft.bound[b.list][key] = true
}

// bindingKey is what tells bindings apart that are taken away.
type bindingKey struct {
	list  string
	place place
	iface string
}

// unbind takes a list of some kind from where it is bound.
func (r *reader) unbind(list string, was listPlace) {
	for key := range r.draft.bound[list] {
		for _, i := range r.draft.bindings.at[key] {
			r.draft.bindings.values[i].was = was
		}
		r.draft.bindings.remove(key)
	}
	delete(r.draft.bound, list)
}

// router reads the head of a routing protocol: it may know any route.
func (r *reader) router(l *line, not bool) {
	if !not {
		r.cfg.dynamic = l.span()
	}
	l.skip()
	r.open(l, mode{what: "a routing protocol", read: readIdle})
}

// policyRoute reads "policy-route" in an interface.
func (r *reader) policyRoute(l *line) {
	if l.take("route-map") {
		r.cfg.dynamic = l.span()
		r.unsupported(l.span(), "policy routing may send packets out by another interface")
	} else {
		r.kind = source.Ignored
	}
	l.skip()
}
