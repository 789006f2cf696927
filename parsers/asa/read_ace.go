package asa

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// tailWords are the words that may stand behind the addresses of an entry.
var tailWords = []string{"log", "time-range", "inactive", "rule-id", "event-log", "eq", "range", "object-group"}

// entry consumes an entry of an extended list, from "permit" on.
func (r *reader) entry(l *line, a *ace) {
	start := l.start()
	a.service.icmpType, a.service.icmpCode = -1, -1
	switch l.peek().Value {
	case "permit":
		a.verdict = acePermit
	case "deny":
		a.verdict = aceDeny
	case "trust":
		a.verdict = aceTrust
	default:
		l.failHint("expected permit or deny", suggest.DidYouMean(l.peek().Value, []string{"permit", "deny", "extended", "remark", "standard"}))
		return
	}
	l.at++
	service := l.start()
	r.entryService(l, a)
	a.head = l.from(start)
	r.side(l, a, &a.src, &a.in)
	if !l.done() && r.isPort(l, a) {
		a.service.src = r.entryPorts(l, a)
	}
	r.side(l, a, &a.dst, &a.out)
	r.behindAddresses(l, a)
	a.service.span = l.text.span(service, max(service, l.behind()))
	r.tail(l, a)
}

// entryService consumes the protocol of an entry, or what stands for it.
func (r *reader) entryService(l *line, a *ace) {
	switch l.peek().Value {
	case "object-group":
		l.at++
		a.group = r.groupName(l)
	case "object":
		l.at++
		a.object = r.name(l, "the name of an object")
	case "tcp-udp":
		l.at++
		a.service.protos = tcpAndUDP
	default:
		a.service.protos = r.protocol(l)
	}
}

// side consumes one end of an entry: the interface, who, and the address.
func (r *reader) side(l *line, a *ace, addr *address, iface *string) {
	if l.is("ifc") {
		l.at++
		*iface = r.name(l, "the name of an interface")
	}
	r.identity(l, a)
	*addr = r.address(l)
	if addr.kind == addrAny && r.only6 {
		addr.kind = addrAny6
	}
}

// identity consumes what an entry asks of the user or the security group.
func (r *reader) identity(l *line, a *ace) {
	start := l.at
	for {
		switch l.peek().Value {
		case "user", "user-group", "object-group-user", "object-group-security":
			l.at++
			l.word("a name")
		case "security-group":
			l.at++
			if l.takeAny("name", "tag") == "" {
				l.failHint("expected name or tag", suggest.DidYouMean(l.peek().Value, []string{"name", "tag"}))
			}
			l.word("a security group")
		default:
			if l.at > start && l.bad == nil {
				words := make([]string, 0, 4)
				for _, t := range l.toks[start:l.at] {
					words = append(words, t.Value)
				}
				a.identity = strings.TrimSpace(a.identity + " " + strings.Join(words, " "))
			}
			return
		}
	}
}

// isPort reports whether the ports of the source come next, and not the
// destination: an operator, or a group that is one of ports (asa.md section 4.2).
func (r *reader) isPort(l *line, a *ace) bool {
	word := l.peek().Value
	if word == "range" {
		// "show access-list" prints ranges of addresses too.
		c := l.ahead(1).Value
		return !strings.ContainsAny(c, ".:")
	}
	if word != "object-group" {
		return isOperator(word)
	}
	if a.service.protos != nil && !hasPorts(a.service.protos) {
		return false
	}
	kinds := r.kinds[l.ahead(1).Value]
	if kinds != 0 {
		return kinds&(1<<groupNetwork) == 0
	}
	// The group is not there: what follows tells.
	switch next := l.ahead(2).Value; next {
	case "object-group":
		third := l.ahead(4).Value
		return isOperator(third) || third == "object-group"
	case "any", "any4", "any6", "host", "object", "interface", "ifc", "security-group", "object-group-security":
		return true
	default:
		return strings.ContainsAny(next, ".:") && next[0] != '('
	}
}

// entryPorts consumes ports, or a group of them.
func (r *reader) entryPorts(l *line, a *ace) ports {
	start := l.start()
	if l.take("object-group") {
		p := ports{group: r.groupName(l)}
		p.span = l.from(start)
		return p
	}
	if a.service.protos == nil && a.group == "" || a.service.protos != nil && !hasPorts(a.service.protos) || a.object != "" {
		l.fail("ports can be given for tcp, udp and sctp only")
		return ports{}
	}
	return r.ports(l, transportOf(a.service.protos))
}

// behindAddresses consumes the ports or the message type of the destination.
func (r *reader) behindAddresses(l *line, a *ace) {
	word := l.peek().Value
	names, words, icmp := isICMP(a.service.protos)
	switch {
	case l.done() || isTail(word):
	case icmp && word == "object-group":
		l.at++
		a.icmp = r.groupName(l)
	case icmp && !isOperator(word):
		a.service.icmpType = icmpType(l, names, append(slices.Clip(words), tailWords[:3]...))
		if _, ok := decimal(l.peek().Value, 255); ok {
			a.service.icmpCode = l.number("an ICMP code", 0, 255)
		}
	case word == "object-group" && r.kinds[l.ahead(1).Value] == 1<<groupICMP:
		l.at++
		a.icmp = r.groupName(l)
	case word == "object-group" || isOperator(word):
		a.service.dst = r.entryPorts(l, a)
	}
}

// isTail reports whether a word ends what an entry asks of a packet.
func isTail(word string) bool {
	switch word {
	case "log", "time-range", "inactive", "rule-id", "event-log", "vlan":
		return true
	}
	return isNote(word) || isHash(word)
}

// isHash reports whether a word is what "show access-list" prints last.
func isHash(word string) bool { return len(word) > 2 && word[:2] == "0x" }

// tail consumes what stands behind the addresses, in any order.
func (r *reader) tail(l *line, a *ace) {
	for !l.done() {
		switch word := l.peek().Value; {
		case word == "log":
			l.at++
			logOptions(l)
			a.log = true
		case word == "time-range":
			l.at++
			a.when = r.name(l, "the name of a time range")
		case word == "inactive":
			l.at++
			a.inactive = true
		case word == "rule-id":
			l.at++
			r.ruleID = l.word("the number of a rule")
		case word == "event-log":
			l.at++
			if l.takeAny("flow-start", "flow-end", "both") == "" {
				l.fail("expected flow-start, flow-end or both")
			}
		case word == "vlan":
			l.at++
			a.identity = strings.TrimSpace(a.identity + " vlan " + l.word("the number of a VLAN"))
		case r.tailOfShow(l, a, word):
		default:
			l.failHint("expected the end of the entry", suggest.DidYouMean(word, tailWords))
		}
	}
}

// tailOfShow consumes what only "show access-list" prints.
func (r *reader) tailOfShow(l *line, a *ace, word string) bool {
	switch {
	case isNote(word):
		// What is inactive only because a domain is not resolved, or the time is
		// not come, may decide later.
		if word == "(inactive)" && a.src.kind != addrFQDN && a.dst.kind != addrFQDN && a.when == "" {
			a.inactive = true
		}
		l.at++
		return true
	case isHash(word):
		l.at++
		return true
	}
	return false
}

// logLevels are the words behind "log".
var logLevels = []string{
	"emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging", "disable", "default",
}

// logOptions consumes what follows "log". It never changes what passes.
func logOptions(l *line) {
	if l.takeAny(logLevels...) == "" {
		_, _ = l.tryNumber(0, 7)
	}
	if l.take("interval") {
		l.number("a number of seconds", 1, 600)
	}
}
