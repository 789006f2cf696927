package asa

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// key returns what a rule says, the same for all ways of saying it.
func (n *natLine) key() string {
	side := func(a *natAddr) string { return fmt.Sprint(a.any, a.iface, a.address.key()) }
	return fmt.Sprint(n.realIf, " ", n.mappedIf, n.dynamic, side(&n.real), side(&n.mapped), n.fallback, n.hasDest,
		side(&n.destMapped), side(&n.destReal), n.realService, " ", n.mappedService)
}

// oldNAT reads "nat (REAL) ID …" of versions before 8.3, from the number on
// (asa.md section 8).
func (r *reader) oldNAT(l *line, realIf string, not bool) {
	x := oldNATLine{realIf: realIf, span: l.span()}
	if l.is("source") || l.is("static") || l.is("dynamic") {
		l.failLast("expected the names of two interfaces, as in (inside,outside)")
		return
	}
	x.id = l.number("the number of a rule", 0, 1<<31-1)
	if l.take("access-list") {
		x.list = r.name(l, "the name of a list")
	} else {
		x.real = r.oldAddress(l, false)
	}
	x.outside = r.oldOptions(l)
	r.draft.seen.oldNAT = true
	if l.bad != nil {
		return
	}
	key := fmt.Sprint(x.realIf, " ", x.id, x.list, x.real.key())
	if not {
		r.draft.nats.remove(key)
		return
	}
	r.draft.nats.add(key, x)
}

// use notes that a list is used for something else than filtering.
func (r *reader) use(list, what string, l *line) {
	if list != "" && l.bad == nil {
		r.cfg.uses = append(r.cfg.uses, listUse{list, what, l.span()})
	}
}

// oldAddress consumes an address and its mask: "0 0" is every address. mask: it
// has a word before it, and may be left out.
func (r *reader) oldAddress(l *line, mask bool) address {
	start := l.start()
	a := r.addr(l)
	m := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	switch {
	case mask:
		if l.take("netmask") {
			m = r.addr(l)
		}
	default:
		if n, ok := r.tryAddr(l); ok {
			l.at++
			m = n
		} else if a == netip.IPv4Unspecified() {
			m = a
		}
	}
	if l.bad != nil {
		return address{kind: addrBad}
	}
	if !a.Is4() || !m.Is4() {
		l.failLast("expected an IPv4 address")
		return address{kind: addrBad}
	}
	x := withMask(a, m)
	x.span = l.from(start)
	return x
}

// oldOptions consumes limits and the like, and reports whether the rule is one
// for packets that come in by an interface of a lower level.
func (r *reader) oldOptions(l *line) (outside bool) {
	for !l.done() {
		switch word := l.peek().Value; {
		case word == "outside":
			outside = true
		case word == "dns", word == "norandomseq", word == "tcp", word == "udp":
		case isNumber(word):
		default:
			l.failHint("expected the end of the rule", suggest.DidYouMean(word, []string{"outside", "dns", "norandomseq", "netmask", "access-list"}))
			return outside
		}
		l.at++
	}
	return outside
}

func isNumber(word string) bool {
	return word != "" && strings.Trim(word, "0123456789") == ""
}

// static reads "static (REAL,MAPPED) …": what the address becomes stands first.
func (r *reader) static(l *line, not bool) {
	x := staticLine{span: l.span()}
	var pair bool
	x.realIf, x.mappedIf, pair = r.natInterfaces(l)
	if !pair || x.realIf == "any" && l.at == 1 {
		l.fail("expected the names of two interfaces, as in (inside,outside)")
		return
	}
	switch l.takeAny("tcp", "udp") {
	case "tcp":
		x.proto = packet.TCP
	case "udp":
		x.proto = packet.UDP
	}
	over := transportOf(protocolRanges(x.proto))
	start := l.start()
	if l.take("interface") {
		x.mapped.iface = true
	} else {
		x.mapped.address = address{kind: addrNumbers, numbers: packet.OneAddr(r.addr(l))}
	}
	x.mapped.address.span = l.from(start)
	if x.proto != 0 {
		x.mappedPort = uint16(r.port(l, over))
	}
	if l.take("access-list") {
		x.list = r.name(l, "the name of a list")
	} else {
		r.staticReal(l, &x, over)
	}
	r.oldOptions(l)
	r.draft.seen.oldNAT = true
	if l.bad != nil {
		return
	}
	key := fmt.Sprint(x.realIf, " ", x.mappedIf, x.proto, x.mapped.iface, x.mapped.address.key(), x.mappedPort)
	if not {
		r.draft.statics.remove(key)
		return
	}
	r.draft.statics.add(key, x)
	r.present = half{word: "static", span: x.span}
}

// staticReal consumes the real address of a static rule, which gives the
// address it becomes its length.
func (r *reader) staticReal(l *line, x *staticLine, over transport) {
	start := l.start()
	host := r.addr(l)
	if x.proto != 0 {
		x.realPort = uint16(r.port(l, over))
	}
	mask := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	l.take("dns")
	if l.take("netmask") {
		mask = r.addr(l)
	}
	if l.bad != nil {
		return
	}
	if !host.Is4() || !mask.Is4() {
		l.failLast("expected an IPv4 address")
		return
	}
	x.real = withMask(host, mask)
	x.real.span = l.from(start)
	if !x.mapped.iface {
		span := x.mapped.address.span
		x.mapped.address = withMask(x.mapped.address.numbers.First, mask)
		x.mapped.address.span = span
	}
}

// global reads "global (MAPPED) ID …".
func (r *reader) global(l *line, not bool) {
	x := globalLine{span: l.span()}
	var pair bool
	x.mappedIf, _, pair = r.natInterfaces(l)
	if pair {
		l.fail("expected the name of one interface, as in (outside)")
		return
	}
	x.id = l.number("the number of a rule", 1, 1<<31-1)
	start := l.start()
	if l.take("interface") {
		x.mapped.iface = true
	} else {
		x.mapped.address = r.pool(l)
	}
	x.mapped.address.span = l.from(start)
	l.end("netmask")
	r.draft.seen.oldNAT = true
	if l.bad != nil {
		return
	}
	key := fmt.Sprint(x.mappedIf, " ", x.id, x.mapped.iface, x.mapped.address.key())
	if not {
		r.draft.globals.remove(key)
		return
	}
	r.draft.globals.add(key, x)
}

// pool consumes "A" or "A-B" and the mask, which only says what is a broadcast.
func (r *reader) pool(l *line) address {
	word := l.peek().Value
	var a address
	if first, last, ok := strings.Cut(word, "-"); ok {
		low, err := netip.ParseAddr(first)
		high, err2 := netip.ParseAddr(last)
		if err == nil && err2 == nil && low.Is4() == high.Is4() && !high.Less(low) {
			l.at++
			a = address{kind: addrNumbers, numbers: packet.AddrRange{First: low, Last: high}}
		}
	}
	if a.kind == 0 {
		a = address{kind: addrNumbers, numbers: packet.OneAddr(r.addr(l))}
	}
	if l.take("netmask") {
		r.addr(l)
	}
	return a
}

// natControl reads "nat-control".
func (r *reader) natControl(l *line, not bool) {
	r.draft.seen.oldNAT = true
	r.cfg.old.control, r.cfg.old.told, r.cfg.old.span = !not, true, l.span()
	l.end()
}

// alias reads "alias", which translates addresses both ways.
func (r *reader) alias(l *line, not bool) {
	l.skip()
	if not {
		r.cfg.old.aliases = r.cfg.old.aliases[:max(0, len(r.cfg.old.aliases)-1)]
		return
	}
	r.draft.seen.oldNAT = true
	r.cfg.old.aliases = append(r.cfg.old.aliases, l.span())
	r.unsupported(l.span(), "alias translates addresses in a way that is not modelled")
}
