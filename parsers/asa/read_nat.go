package asa

import (
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// natSections are the sections of the table of rules that lines stand in.
const (
	natFirst = iota // before those of objects
	natLast         // after-auto
)

// natCommand reads "nat" outside of objects: a rule of twice NAT or, before
// 8.3, of dynamic NAT.
func (r *reader) natCommand(l *line, not bool) {
	realIf, mappedIf, pair := r.natInterfaces(l)
	if !pair && realIf != "" {
		r.oldNAT(l, realIf, not)
		return
	}
	n := &natLine{realIf: realIf, mappedIf: mappedIf, span: l.span()}
	place := 0
	if k, ok := l.tryNumber(1, 1<<31-1); ok {
		place = k
	}
	section := natFirst
	if l.take("after-auto") {
		section, n.after = natLast, true
		if k, ok := l.tryNumber(1, 1<<31-1); ok {
			place = k
		}
	}
	r.twiceNAT(l, n)
	if l.bad != nil {
		return
	}
	r.draft.seen.objectNAT = true
	r.putNAT(l, n, section, place, not)
}

// putNAT puts a rule at its place, or takes one away.
func (r *reader) putNAT(l *line, n *natLine, section, place int, not bool) {
	d := r.draft
	key := n.key()
	r.present = half{word: "nat", span: l.span()}
	if not {
		found := d.natAt[section][key]
		if len(found) == 0 {
			r.note(l.span(), "there is no such rule to take away")
			return
		}
		d.nat[section].remove(found[0])
		d.natAt[section][key] = found[1:]
		return
	}
	var it *item[*natLine]
	if place > 0 {
		it = d.nat[section].insert(place, n)
	} else {
		it = d.nat[section].add(n)
	}
	if d.natAt[section] == nil {
		d.natAt[section] = map[string][]*item[*natLine]{}
	}
	d.natAt[section][key] = append(d.natAt[section][key], it)
}

// natInterfaces consumes "(REAL,MAPPED)", or "(REAL)" of versions before 8.3.
// Where nothing is written, every interface is meant.
func (r *reader) natInterfaces(l *line) (realIf, mappedIf string, pair bool) {
	first := l.peek().Value
	if first == "" || first[0] != '(' {
		return "any", "any", true
	}
	text := ""
	for {
		w := l.word("the names of interfaces in parentheses")
		text += w
		if l.at > 8 {
			l.fail("expected a closing parenthesis")
		}
		if l.bad != nil {
			return "", "", false
		}
		if w[len(w)-1] == ')' {
			break
		}
	}
	text = text[1 : len(text)-1]
	for i := range len(text) {
		if text[i] == ',' {
			if i == 0 || i+1 == len(text) {
				l.failLast("expected the names of two interfaces, as in (inside,outside)")
			}
			return r.intern(text[:i]), r.intern(text[i+1:]), true
		}
	}
	if text == "" {
		l.failLast("expected the name of an interface in the parentheses")
	}
	return r.intern(text), "", false
}

// twiceNAT consumes a rule of twice NAT, from "source" on (asa.md section 7.2).
func (r *reader) twiceNAT(l *line, n *natLine) {
	if !l.take("source") {
		l.failHint("expected source", suggest.DidYouMean(l.peek().Value, []string{"source", "after-auto"}))
		return
	}
	switch l.takeAny("static", "dynamic") {
	case "dynamic":
		n.dynamic = true
	case "":
		l.failHint("expected static or dynamic", suggest.DidYouMean(l.peek().Value, []string{"static", "dynamic"}))
		return
	}
	n.real = r.natObject(l)
	if n.dynamic && l.take("pat-pool") {
		n.mapped = r.natObject(l)
		natPool(l)
	} else {
		n.mapped = r.natMapped(l)
	}
	if n.dynamic && !n.mapped.iface {
		n.fallback, n.fallback6 = takeInterface(l)
	}
	if l.take("pat-pool") {
		n.mapped = r.natObject(l)
		natPool(l)
		if !n.fallback {
			n.fallback, n.fallback6 = takeInterface(l)
		}
	}
	if l.take("destination") {
		if !l.take("static") {
			l.fail("expected static")
		}
		n.hasDest = true
		n.destMapped = r.natMapped(l)
		n.destReal = r.natObject(l)
	}
	if l.take("service") {
		n.realService = r.name(l, "the name of a service object")
		n.mappedService = r.name(l, "the name of a service object")
	}
	r.natOptions(l, n)
}

// takeInterface consumes "interface [ipv6]", if it is there.
func takeInterface(l *line) (found, ipv6 bool) {
	if !l.take("interface") {
		return false, false
	}
	return true, l.take("ipv6")
}

// natPool passes over how ports of a pool are given out.
func natPool(l *line) {
	for l.takeAny("round-robin", "extended", "flat", "include-reserve", "block-allocation") != "" {
		continue
	}
}

// natObject consumes an object, a group or any.
func (r *reader) natObject(l *line) natAddr {
	start := l.start()
	if l.take("any") {
		return natAddr{any: true, address: address{span: l.from(start)}}
	}
	if l.take("object") || l.take("object-group") { // never printed, and understood
		start = l.start()
	}
	n := natAddr{address: address{kind: addrObject, name: r.name(l, "an object or group")}}
	n.address.span = l.from(start)
	return n
}

// natMapped consumes what an address becomes.
func (r *reader) natMapped(l *line) natAddr {
	start := l.start()
	if found, ipv6 := takeInterface(l); found {
		return natAddr{iface: true, ipv6: ipv6, address: address{span: l.from(start)}}
	}
	return r.natObject(l)
}

// natWords are the options of a rule.
var natWords = []string{"net-to-net", "dns", "unidirectional", "no-proxy-arp", "route-lookup", "inactive", "description", "service", "destination", "interface"}

// natOptions consumes what stands at the end of a rule, in any order.
func (r *reader) natOptions(l *line, n *natLine) {
	for !l.done() {
		switch word := l.peek().Value; word {
		case "net-to-net":
			n.netToNet = true
		case "dns", "no-proxy-arp":
		case "unidirectional":
			n.unidirectional = true
		case "route-lookup":
			n.routeLookup = true
		case "inactive":
			n.inactive = true
		case "description":
			l.skip()
			return
		default:
			l.failHint("expected the end of the rule", suggest.DidYouMean(word, natWords))
			return
		}
		l.at++
	}
}

// objectNAT reads the rule of an object, from its interfaces on (asa.md section
// 7.1).
func (r *reader) objectNAT(l *line, object *network, not bool) {
	if not {
		r.dropObjectNAT(object)
		l.skip()
		return
	}
	n := &natLine{object: object, span: l.span()}
	var pair bool
	n.realIf, n.mappedIf, pair = r.natInterfaces(l)
	if !pair {
		l.fail("expected the names of two interfaces, as in (inside,outside)")
	}
	switch l.takeAny("static", "dynamic") {
	case "static":
		n.mapped = r.natTarget(l)
	case "dynamic":
		n.dynamic = true
		if l.take("pat-pool") {
			n.mapped = r.natTarget(l)
			natPool(l)
		} else {
			n.mapped = r.natTarget(l)
		}
		if l.take("pat-pool") {
			n.mapped = r.natTarget(l)
			natPool(l)
		}
		n.fallback, n.fallback6 = takeInterface(l)
		natPool(l)
	default:
		l.failHint("expected static or dynamic", suggest.DidYouMean(l.peek().Value, []string{"static", "dynamic"}))
	}
	r.objectNATOptions(l, n)
	if l.bad != nil {
		return
	}
	r.draft.seen.objectNAT = true
	r.dropObjectNAT(object)
	r.draft.objects.add(object, n)
	r.present = half{word: "nat", span: l.span()}
}

// objectNATOptions consumes what stands at the end of the rule of an object.
func (r *reader) objectNATOptions(l *line, n *natLine) {
	for l.takeAny("net-to-net") != "" {
		n.netToNet = true
	}
	l.take("dns")
	if l.take("service") {
		switch l.takeAny("tcp", "udp", "sctp") {
		case "tcp":
			n.proto = packet.TCP
		case "udp":
			n.proto = packet.UDP
		case "sctp":
			n.proto = protoSCTP
		default:
			l.fail("expected tcp, udp or sctp")
		}
		over := transportOf(protocolRanges(n.proto))
		n.realPort, n.mappedPort = uint16(r.port(l, over)), uint16(r.port(l, over))
	}
	r.natOptions(l, n)
}

// natTarget consumes what the address of an object becomes: an address, an
// object or group, or the address of the interface.
func (r *reader) natTarget(l *line) natAddr {
	start := l.start()
	if found, ipv6 := takeInterface(l); found {
		return natAddr{iface: true, ipv6: ipv6, address: address{span: l.from(start)}}
	}
	if a, ok := r.tryAddr(l); ok {
		l.at++
		return natAddr{address: address{kind: addrNumbers, numbers: packet.OneAddr(a), span: l.from(start)}}
	}
	return r.natObject(l)
}

// dropObjectNAT takes the rule of an object away.
func (r *reader) dropObjectNAT(object *network) { r.draft.objects.remove(object) }
