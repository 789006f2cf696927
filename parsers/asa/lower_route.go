package asa

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

var everywhere4 = netip.MustParsePrefix("0.0.0.0/0")

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
	if l.c.transparent {
		return // packets are bridged: routes are for what the appliance sends (6.3)
	}
	l.collectConnected()
	l.staticRoutes()
	for _, p := range l.ports {
		if p.setroute && !p.down && !p.management {
			l.lead(everywhere4, p, p.headSpan())
		}
	}
	l.device.AllRoutes = l.knowsRoutes()
	if l.device.AllRoutes || !l.complete() {
		return
	}
	for _, p := range l.ports { // the model takes them for routes only where it has others, or all
		for _, a := range p.prefixes() {
			l.device.Routes = append(l.device.Routes, rules.Route{To: a.Masked(), Out: p.name, Span: p.headSpan()})
		}
	}
}

// staticRoutes lists the routes that lines tell.
func (l *lowering) staticRoutes() {
	best := map[netip.Prefix]int{}
	for i := range l.c.routes {
		r := &l.c.routes[i]
		if r.tracked || l.isIdle(r) {
			continue
		}
		if m, ok := best[r.to.Masked()]; !ok || r.metric < m {
			best[r.to.Masked()] = r.metric
		}
	}
	for i := range l.c.routes {
		r := &l.c.routes[i]
		if m, ok := best[r.to.Masked()]; l.isIdle(r) || ok && r.metric > m {
			continue
		}
		l.addRoute(r)
	}
}

// collectConnected finds the networks of the interfaces.
func (l *lowering) collectConnected() {
	l.connected = map[netip.Prefix]bool{}
	for _, p := range l.ports {
		for _, a := range p.prefixes() {
			l.connected[a.Masked()] = !p.down
		}
	}
}

// isIdle reports whether a route is not for packets that pass through: those of
// tunnels, those by interfaces for management, which are a table of their own, and
// those to the network of an interface.
func (l *lowering) isIdle(r *routeLine) bool {
	p := l.port(r.iface)
	return r.tunneled || p != nil && (p.down || p.management) || l.connected[r.to.Masked()]
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
	l.lead(r.to.Masked(), p, r.span)
}

// lead adds a route by an interface. A default route beside routing protocols is
// taken to lead to the Internet: inside, they know more.
func (l *lowering) lead(to netip.Prefix, p *port, span source.Span) {
	networks := []netip.Prefix{to}
	if to.Bits() == 0 && !l.c.dynamic.IsZero() {
		l.assume("routing protocols and policies lead to no network of the Internet, and to none that a static route leads to")
		networks = internet(to.Addr().Is4())
	}
	for _, to := range networks {
		for _, x := range p.places() {
			l.device.Routes = append(l.device.Routes, rules.Route{To: to, Out: x.name, Span: span})
		}
	}
}

// internet returns the networks of the Internet, as against those that anybody
// may use for themselves.
func internet(is4 bool) []netip.Prefix {
	if !is4 {
		return []netip.Prefix{netip.MustParsePrefix("2000::/3")}
	}
	var out []netip.Prefix
	next := netip.IPv4Unspecified()
	for _, private := range []string{"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"} {
		r := packet.PrefixRange(netip.MustParsePrefix(private))
		out = append(out, packet.AddrRange{First: next, Last: r.First.Prev()}.Prefixes()...)
		next = r.Last.Next()
	}
	return out
}

// knowsRoutes reports whether the configuration tells all routes.
func (l *lowering) knowsRoutes() bool {
	if !l.c.dynamic.IsZero() || l.isBroken("route") || l.isBroken("interface") || l.isBroken("ipv6") {
		return false
	}
	told := false
	for _, p := range l.ports {
		told = told || len(p.prefixes()) > 0
		if p.made || p.dynamic6 || p.silent() {
			return false
		}
	}
	return told && l.complete()
}
