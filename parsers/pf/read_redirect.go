package pf

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// readTranslation reads nat-to, rdr-to and binat-to.
func readTranslation(p *parser, x *rule, t *lexer.Token) {
	p.r.forms.openBSD(p.span, t.Value, strongForm)
	p.mark(seenTranslated, p.where(t))
	to := p.redirection(t)
	switch t.Value {
	case "nat-to":
		p.onlyOne(t, x.nat)
		x.nat = to
	case "rdr-to":
		p.onlyOne(t, x.rdr)
		x.rdr = to
	default:
		p.onlyOne(t, x.binat)
		x.binat = to
	}
}

// onlyOne finds a mistake where a translation stands twice.
func (p *parser) onlyOne(t *lexer.Token, before *redirection) {
	if before != nil {
		p.failToken(t, t.Value+" stands twice in the rule")
	}
}

// redirection reads where translation leads, behind the word or the arrow.
func (p *parser) redirection(t *lexer.Token) *redirection {
	to := &redirection{at: p.where(t)}
	from := p.at
	to.pool = p.pool()
	if p.take("port") {
		p.redirectionPort(to)
	}
	if p.bad == nil {
		to.at = p.since(from)
	}
	p.poolOptions(to)
	return to
}

// pool reads addresses of which one is taken.
func (p *parser) pool() []hostItem {
	list := p.scratch[:0]
	p.list(func() {
		list = append(list, p.host(false))
		p.countItem()
	})
	p.scratch = list
	return p.r.keepHosts(list)
}

// redirectionPort reads the port of a redirection.
func (p *parser) redirectionPort(to *redirection) {
	t := p.portWord()
	if p.bad != nil {
		return
	}
	first, found := strings.CutSuffix(t.Value, ":*")
	if found {
		n, name := p.port(t, first)
		to.ports, to.star = &packet.Range{First: n, Last: n}, true
		to.unknown = name != ""
		return
	}
	v := p.portValue(t)
	to.ports = &packet.Range{First: v.first, Last: v.last}
	to.unknown = v.name != ""
}

// poolOptions reads how an address is taken out of a pool.
func (p *parser) poolOptions(to *redirection) {
	for p.bad == nil {
		t := p.peek()
		if t.Type != tokWord {
			return
		}
		switch t.Value {
		case "bitmask":
			to.bitmask = true
		case "static-port":
			to.static = true
		case "random", "least-states", "round-robin", "sticky-address", "endpoint-independent":
		case "source-hash":
			p.next()
			p.hashKey()
			continue
		case "map-e-portset":
			p.next()
			p.numberUpTo(maxPort, "an offset")
			p.expect("/")
			p.numberUpTo(maxPort, "a length")
			p.expect("/")
			p.numberUpTo(maxPort, "a set of ports")
			continue
		default:
			return
		}
		p.next()
	}
}

// hashKey reads the key behind source-hash, which is a secret.
func (p *parser) hashKey() {
	t := p.peek()
	if t.Type == tokNumber || isString(t) && p.r.options[t.Value] == nil && !poolWords[t.Value] {
		p.next()
		where := p.where(t).span
		where.File.Conceal(int(where.Start), int(where.End))
	}
}

// poolWords are the words that may follow a pool.
var poolWords = wordSet("bitmask static-port random least-states round-robin sticky-address endpoint-independent map-e-portset")

// readAfTo reads "af-to".
func readAfTo(p *parser, x *rule, t *lexer.Token) {
	p.r.forms.openBSD(p.span, "af-to", strongForm)
	x.afTo = true
	p.oneOf("inet", "inet6")
	p.expect("from")
	p.redirection(t)
	if p.take("to") {
		p.redirection(t)
	}
	if x.dir != dirIn || x.action != actionPass {
		p.failToken(t, "af-to goes with pass in only")
	}
}

// oldRoute reads where a rule of the language of FreeBSD sends packets: before
// the address family. Options of OpenBSD's may stand there, too, where a rule
// names no hosts.
func (p *parser) oldRoute(x *rule) {
	for p.bad == nil {
		t := p.peek()
		if t.Type != tokWord || !slices.Contains([]string{"route-to", "reply-to", "dup-to", "fastroute"}, t.Value) {
			return
		}
		p.next()
		byInterface := t.Value == "fastroute" || p.routePart(x, t)
		next := p.peek()
		if byInterface || next.Type == tokWord && slices.Contains([]string{"inet", "inet6", "proto", "from", "to", "all"}, next.Value) {
			p.r.forms.freeBSD(p.span, t.Value+" before the hosts", strongForm)
			continue
		}
		p.newRoute(t)
	}
}

// newRoute notes route-to and its like of the language of OpenBSD.
func (p *parser) newRoute(t *lexer.Token) {
	p.r.forms.openBSD(p.span, t.Value+" among the options", strongForm)
	if t.Value == "route-to" {
		p.mark(seenRoute, p.where(t))
	}
}

// readRoute reads route-to, reply-to and dup-to among the options.
func readRoute(p *parser, x *rule, t *lexer.Token) {
	p.routePart(x, t)
	p.newRoute(t)
}

// routePart reads where packets are sent instead of along the routes, and
// reports whether interfaces say so. Only route-to bears on the first packet.
func (p *parser) routePart(x *rule, t *lexer.Token) bool {
	from := p.at
	to := &routeTo{}
	p.list(func() { p.routeHost(to) })
	to.at = p.since(from)
	p.poolOptions(&redirection{})
	p.mark(seenAnyRoute, p.where(t))
	if t.Value == "route-to" {
		x.route = to
	}
	return len(to.ifaces) > 0
}

// routeHost reads one of the hosts or interfaces that packets are sent to, in
// the forms of all versions (6.3).
func (p *parser) routeHost(to *routeTo) {
	if p.is("(") {
		p.next()
		t := p.text("an interface")
		name, _, _ := strings.Cut(t.Value, ":")
		if p.bad == nil && !p.is(")") {
			h := p.host(false)
			p.routeFamilies |= familiesOf(&h)
		}
		p.expect(")")
		if p.take("/") {
			p.numberUpTo(128, "the length of a prefix")
		}
		p.routeBy(to, name)
		return
	}
	if t := p.peek(); isString(t) {
		if address, iface, found := strings.Cut(t.Value, "@"); found {
			p.next()
			if _, kind := readAddress(address, false); kind == noAddress {
				p.failToken(t, quote(address)+" is no address")
			}
			p.routeBy(to, iface)
			return
		}
	}
	h := p.host(false)
	if h.kind == hostIface || h.kind == hostDynamic {
		p.routeBy(to, h.name)
		return
	}
	p.routeFamilies |= familiesOf(&h)
	if h.kind == hostRange {
		to.hops = append(to.hops, h.addrs.First)
	}
}

// routeBy notes an interface by which packets are sent.
func (p *parser) routeBy(to *routeTo, name string) {
	p.r.ifaces[name] = true
	if !slices.Contains(to.ifaces, name) {
		to.ifaces = append(to.ifaces, name)
	}
}

// readDivert reads divert-to, divert-reply and divert-packet.
func readDivert(p *parser, x *rule, t *lexer.Token) {
	if x.divert != divertNone {
		p.failToken(t, "a rule diverts only once")
		return
	}
	p.mark(seenDivert, p.where(t))
	switch t.Value {
	case "divert-reply":
		x.divert = divertReply
		p.r.forms.openBSD(p.span, t.Value, weakForm)
	case "divert-packet":
		x.divert = divertPacket
		p.r.forms.openBSD(p.span, t.Value, strongForm)
		p.expect("port")
		p.plainPort()
	default:
		x.divert = divertTo
		p.divertTarget()
	}
}

// divertTarget reads a host and a port, or the port alone of the language of
// FreeBSD.
func (p *parser) divertTarget() {
	if p.peek().Type == tokNumber && !isText(p.ahead(1), "/") {
		p.plainPort()
		p.r.forms.freeBSD(p.span, "divert-to with a port alone", strongForm)
		return
	}
	h := p.host(false)
	p.divertFamilies = familiesOf(&h)
	p.expect("port")
	p.plainPort()
}

// plainPort reads one port.
func (p *parser) plainPort() {
	if t := p.portWord(); p.bad == nil {
		p.port(t, t.Value)
	}
}
