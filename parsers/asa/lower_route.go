package asa

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
)

// discards reports whether packets to the network of a route are dropped.
func (r *routeLine) discards() bool { return strings.EqualFold(r.iface, "Null0") }

var (
	everywhere4 = netip.MustParsePrefix("0.0.0.0/0")
	everywhere6 = netip.MustParsePrefix("::/0")
)

// hasDefaultRoute reports whether a default route leads out by the interface.
func (l *lowering) hasDefaultRoute(p *port) bool {
	if p.setroute {
		return true
	}
	return slices.ContainsFunc(l.c.routes, func(r routeLine) bool {
		return r.to.Bits() == 0 && !r.tunneled && (r.iface == p.name || p.bridged != nil && p.bridged.name == r.iface)
	})
}

// collectRoutes lists the routes. Of those to one network the one with the lowest
// metric holds, and the next one while what the first tracks is down (12). The
// networks of the interfaces are routes by themselves.
func (l *lowering) collectRoutes() {
	best := map[netip.Prefix]int{}
	for i := range l.c.routes {
		r := &l.c.routes[i]
		if r.tunneled || r.tracked {
			continue
		}
		if m, ok := best[r.to.Masked()]; !ok || r.metric < m {
			best[r.to.Masked()] = r.metric
		}
	}
	for i := range l.c.routes {
		r := &l.c.routes[i]
		if m, ok := best[r.to.Masked()]; r.tunneled || ok && r.metric > m {
			continue
		}
		l.addRoute(r)
	}
	for _, p := range l.ports {
		if p.setroute {
			l.device.Routes = append(l.device.Routes, rules.Route{To: everywhere4, Out: p.name, Span: p.headSpan()})
		}
	}
	l.device.AllRoutes = l.knowsRoutes()
}

func (l *lowering) addRoute(r *routeLine) {
	if r.discards() {
		l.device.Routes = append(l.device.Routes, rules.Route{To: r.to.Masked(), Span: r.span})
		return
	}
	p := l.port(r.iface)
	if p == nil {
		return
	}
	for _, x := range p.places() {
		l.device.Routes = append(l.device.Routes, rules.Route{To: r.to.Masked(), Out: x.name, Span: r.span})
	}
}

// knowsRoutes reports whether the configuration tells all routes.
func (l *lowering) knowsRoutes() bool {
	if !l.c.dynamic.IsZero() || l.c.transparent {
		return false
	}
	told := false
	for _, p := range l.ports {
		told = told || len(p.prefixes()) > 0
		if p.made || p.dynamic && !p.setroute || p.dynamic6 {
			return false
		}
	}
	return told && l.complete()
}
