package asa

import (
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// operators are the words that begin a condition on a port.
var operators = []string{"eq", "neq", "lt", "gt", "range"}

// isOperator reports whether a word begins a condition on a port.
func isOperator(word string) bool {
	switch word {
	case "eq", "neq", "lt", "gt", "range":
		return true
	}
	return false
}

// protocol consumes a protocol. ip is nil: all of them.
func (r *reader) protocol(l *line) []packet.Range {
	word := l.peek().Value
	switch word {
	case "ip":
		l.at++
		return anyProto
	case "tcp":
		l.at++
		return tcpOnly
	case "udp":
		l.at++
		return udpOnly
	}
	if p, ok := protocolNames[word]; ok {
		l.at++
		return protocolRanges(p)
	}
	if n, ok := decimal(word, 255); ok {
		if n == 0 {
			// Whether 0 is the protocol or all of them is not told anywhere.
			r.note(l.spanOf(l.peek()), "protocol 0 is taken to be ip, which is every protocol")
			l.at++
			return anyProto
		}
		l.at++
		return protocolRanges(packet.Proto(n))
	}
	l.failHint("expected a protocol", suggest.DidYouMean(word, protocolWords))
	return nil
}

// ports consumes a condition on a port. over are the protocols it is of; 0:
// they are not known.
func (r *reader) ports(l *line, over transport) ports {
	start := l.start()
	op := l.word("eq, neq, lt, gt or range")
	if !isOperator(op) {
		l.at--
		l.failHint("expected eq, neq, lt, gt or range", suggest.DidYouMean(op, operators))
		return ports{}
	}
	first := r.port(l, over)
	last := first
	if op == "range" {
		last = r.port(l, over)
		if l.bad == nil && last < first {
			l.failLast("expected a port that is not below the first")
		}
	}
	if l.bad != nil {
		return ports{}
	}
	p := ports{ranges: r.portRanges(op, first, last), span: l.from(start)}
	if len(p.ranges) == 0 {
		l.failLast("no port is " + op + " " + l.toks[l.at-1].Value)
	}
	return p
}

// port consumes one port.
func (r *reader) port(l *line, over transport) uint32 {
	word := l.peek().Value
	if n, ok := decimal(word, lastPort); ok {
		l.at++
		return uint32(n)
	}
	named, known := portNames[word]
	switch {
	case known && (over == 0 || over&(overSCTP|named.over) != 0):
		l.at++
		return uint32(named.port)
	case known && over == overTCP:
		l.failHint("expected a port of tcp", "; "+word+" is one of udp")
	case known:
		l.failHint("expected a port of udp", "; "+word+" is one of tcp")
	case word == "dns" && r.knowsDNSIX():
		// A documented pitfall (asa.md section 5.1).
		r.note(l.spanOf(l.peek()), "dns means dnsix here, port 195; the port of DNS is domain")
		l.at++
		return uint32(portNames["dnsix"].port)
	default:
		l.failHint("expected a port", portHint(word))
	}
	return 0
}

// portHint proposes what may have been meant by the name of a port.
func portHint(word string) string {
	switch word {
	case "dns":
		return "; did you mean domain?"
	case "imap":
		return "; did you mean imap4?"
	}
	return suggest.DidYouMean(word, portWords)
}

// portRanges returns the ports of a condition. Those of single ports are shared.
func (r *reader) portRanges(op string, first, last uint32) []packet.Range {
	var low, high packet.Range
	switch op {
	case "eq", "range":
		return r.onePort(first, last)
	case "lt":
		if first == 0 {
			return nil
		}
		return r.onePort(0, first-1)
	case "gt":
		if first == lastPort {
			return nil
		}
		return r.onePort(first+1, lastPort)
	}
	low, high = packet.Range{Last: first - 1}, packet.Range{First: first + 1, Last: lastPort}
	switch first {
	case 0:
		return []packet.Range{high}
	case lastPort:
		return []packet.Range{low}
	}
	return []packet.Range{low, high}
}

// onePort returns a range of ports as a set, the same for the same range.
func (r *reader) onePort(first, last uint32) []packet.Range {
	key := packet.Range{First: first, Last: last}
	set, ok := r.portSets[key]
	if !ok {
		set = []packet.Range{key}
		r.portSets[key] = set
	}
	return set
}

// hasPorts reports whether all of some protocols have ports.
func hasPorts(protos []packet.Range) bool {
	for _, p := range protos {
		if p != tcpOnly[0] && p != udpOnly[0] && p != packet.One(protoSCTP) {
			return false
		}
	}
	return len(protos) > 0
}

// isICMP reports whether protocols are ICMP or ICMPv6 alone, and which.
func isICMP(protos []packet.Range) (names map[string]uint8, words []string, ok bool) {
	if len(protos) != 1 {
		return nil, nil, false
	}
	switch protos[0] {
	case packet.One(uint32(packet.ICMP)):
		return icmpNames, icmpWords, true
	case packet.One(uint32(packet.ICMPv6)):
		return icmp6Names, icmp6Words, true
	}
	return nil, nil, false
}

// icmpType consumes a message type, by name or number.
func icmpType(l *line, names map[string]uint8, words []string) int {
	word := l.peek().Value
	if n, ok := decimal(word, 255); ok {
		l.at++
		return n
	}
	if n, ok := names[word]; ok {
		l.at++
		return int(n)
	}
	l.failHint("expected an ICMP type", suggest.DidYouMean(word, words))
	return 0
}

// service consumes what follows "service" in an object and "service-object" in a
// group. plain: a condition without source or destination is of the destination.
func (r *reader) service(l *line, plain bool) serviceItem {
	start := l.start()
	item := serviceItem{icmpType: -1, icmpCode: -1}
	if l.take("tcp-udp") {
		item.protos = tcpAndUDP
	} else {
		item.protos = r.protocol(l)
	}
	if names, words, ok := isICMP(item.protos); ok && !l.done() {
		item.icmpType = icmpType(l, names, words)
		if !l.done() {
			item.icmpCode = l.number("an ICMP code", 0, 255)
		}
	}
	if hasPorts(item.protos) && !l.done() {
		over := transportOf(item.protos)
		if l.take("source") {
			item.src = r.ports(l, over)
		}
		switch {
		case l.take("destination"):
			item.dst = r.ports(l, over)
		case plain && isOperator(l.peek().Value):
			item.dst = r.ports(l, over)
		}
	}
	l.end("source", "destination", "eq", "range")
	item.span = l.from(start)
	return item
}

// numberRange returns one number as a set.
func numberRange(n uint32) []packet.Range { return []packet.Range{packet.One(n)} }

// portMember consumes what follows "port-object".
func (r *reader) portMember(l *line, over transport) ([]packet.Range, source.Span) {
	if op := l.peek().Value; op != "eq" && op != "range" {
		l.failHint("expected eq or range", suggest.DidYouMean(op, operators[:1]))
		return nil, source.Span{}
	}
	p := r.ports(l, over)
	return p.ranges, p.span
}

// knowsDNSIX reports whether the device takes dns for dnsix: PIX and FWSM do.
func (r *reader) knowsDNSIX() bool {
	v := &r.cfg.version
	return v.told && (v.platform == platformPIX || v.platform == platformFWSM) || !v.told && r.draft.seen.pixNames
}
