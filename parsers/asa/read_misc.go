package asa

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// timeRange reads "time-range" (asa.md section 4.3).
func (r *reader) timeRange(l *line, not bool) {
	name := r.name(l, "the name of a time range")
	l.end()
	if l.bad != nil {
		return
	}
	if not {
		delete(r.cfg.ranges, name)
		return
	}
	t := r.cfg.ranges[name]
	if t == nil {
		t = &timespan{name: name, span: l.span()}
		r.cfg.ranges[name] = t
	}
	r.open(l, mode{
		what:  "a time range",
		words: []string{"absolute", "periodic"},
		read: func(_ *reader, l *line, not bool) bool {
			switch l.takeAny("absolute", "periodic") {
			case "absolute":
				t.absolute = !not
				absoluteTime(l)
			case "periodic":
				t.periodic = t.periodic || !not
				periodicTime(l)
			default:
				return false
			}
			if l.bad != nil {
				t.absolute = true // when it holds cannot be told
			}
			return true
		},
	})
}

// dayWords are the days of a periodic time, or sets of them.
var dayWords = []string{"daily", "weekdays", "weekend", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// takeDay consumes a day, if there is one.
func takeDay(l *line) bool {
	for _, day := range dayWords {
		if strings.EqualFold(day, l.peek().Value) {
			l.at++
			return true
		}
	}
	return false
}

// periodicTime consumes "weekdays 8:00 to 18:00", or "Friday 18:00 to Monday 8:00".
func periodicTime(l *line) {
	if !takeDay(l) {
		l.failHint("expected a day", suggest.DidYouMean(l.peek().Value, dayWords))
	}
	for takeDay(l) {
		continue
	}
	clock(l)
	if !l.take("to") {
		l.fail("expected to")
	}
	takeDay(l)
	clock(l)
	l.end()
}

// absoluteTime consumes "start 8:00 1 January 2026 end 18:00 31 March 2026".
func absoluteTime(l *line) {
	for !l.done() {
		if l.takeAny("start", "end") == "" {
			l.failHint("expected start or end", suggest.DidYouMean(l.peek().Value, []string{"start", "end"}))
			return
		}
		clock(l)
		l.number("a day", 1, 31)
		l.word("a month")
		l.number("a year", 1993, 2100)
	}
}

// clock consumes a time of day.
func clock(l *line) {
	hour, minute, ok := strings.Cut(l.peek().Value, ":")
	h, isHour := decimal(hour, 24)
	m, isMinute := decimal(minute, 59)
	if !ok || !isHour || !isMinute || h == 24 && m > 0 {
		l.fail("expected a time of day, as in 8:00")
		return
	}
	l.at++
}

// sameSecurity reads "same-security-traffic".
func (r *reader) sameSecurity(l *line, not bool) {
	if !l.take("permit") {
		l.fail("expected permit")
	}
	span := l.span()
	if not {
		span = source.Span{}
	}
	switch l.takeAny("inter-interface", "intra-interface") {
	case "inter-interface":
		r.cfg.interSame = span
	case "intra-interface":
		r.cfg.intraSame = span
	default:
		l.failHint("expected inter-interface or intra-interface", suggest.DidYouMean(l.peek().Value, []string{"inter-interface", "intra-interface"}))
	}
	l.end()
}

// established reads "established" (asa.md section 10).
func (r *reader) established(l *line, not bool) {
	start := l.at
	tree, ok := readRest(l, establishedGrammar, "tcp or udp, a port, and permitto or permitfrom with ports")
	if !ok {
		return
	}
	x := openedLine{proto: packet.TCP, span: l.span(), to: packet.Range{Last: lastPort}, from: packet.Range{Last: lastPort}}
	x.proto, ok = transportNamed(tree.Proto.Value)
	x.toProto, x.fromProto = x.proto, x.proto
	if tree.ToProto != nil {
		var known bool
		x.toProto, known = transportNamed(tree.ToProto.Value)
		ok = ok && known
		x.to, known = r.portRun(tree.To.Value)
		ok = ok && known
	}
	if tree.FromProto != nil {
		var known bool
		x.fromProto, known = transportNamed(tree.FromProto.Value)
		ok = ok && known
		x.from, known = r.portRun(tree.From.Value)
		ok = ok && known
	}
	if !ok {
		l.at = start
		l.fail("expected tcp or udp and ports")
		return
	}
	l.at = start
	key := l.rest()
	l.skip()
	if not {
		r.draft.opened.remove(key)
		return
	}
	r.draft.opened.add(key, x)
}

// transportNamed returns tcp or udp.
func transportNamed(word string) (packet.Proto, bool) {
	switch word {
	case "tcp", "6":
		return packet.TCP, true
	case "udp", "17":
		return packet.UDP, true
	}
	return 0, false
}

// portRun returns the ports that P or P-P names; 0 is all of them.
func (r *reader) portRun(word string) (packet.Range, bool) {
	first, last, run := strings.Cut(word, "-")
	low, ok := portNumber(first)
	high, ok2 := low, true
	if run {
		high, ok2 = portNumber(last)
	}
	if ok && low == 0 && !run {
		high = lastPort
	}
	return packet.Range{First: low, Last: high}, ok && ok2 && low <= high
}

func portNumber(word string) (uint32, bool) {
	if n, ok := decimal(word, lastPort); ok {
		return uint32(n), true
	}
	p, ok := portNames[word]
	return uint32(p.port), ok
}

// sysopt reads "sysopt": of it what lets decrypted packets pass by the lists.
func (r *reader) sysopt(l *line, not bool) {
	switch {
	case l.take("connection"):
		if l.takeAny("permit-vpn", "permit-ipsec") != "" {
			r.cfg.permitVPN, r.draft.vpnTold = !not, !not
			l.end()
			return
		}
	case l.is("ipsec") && !not:
		r.unsupported(l.span(), "sysopt ipsec lets decrypted packets pass by translation and lists, which is not modelled")
		l.skip()
		return
	}
	r.kind = source.Ignored
	l.skip()
}

// endsTunnels notes that tunnels end at the device.
func (r *reader) endsTunnels(l *line) {
	if r.cfg.vpn.IsZero() {
		r.cfg.vpn = l.span()
	}
}

// crypto reads "crypto": of it what ends tunnels, and uses of lists.
func (r *reader) crypto(l *line, not bool) {
	switch l.takeAny("map", "dynamic-map", "isakmp", "ikev1", "ikev2", "ca") {
	case "map", "dynamic-map":
		r.cryptoMap(l, not)
		return
	case "isakmp", "ikev1", "ikev2":
		if l.take("enable") {
			if !not {
				r.endsTunnels(l)
			}
			r.enable(l, "ike", ikePort, not)
			return
		}
	case "ca":
		if l.take("certificate") {
			r.kind = source.Ignored
			r.open(l, mode{what: "the certificates", read: readCertificate})
			return
		}
	}
	r.kind = source.Ignored
	l.at--
	r.open(l, mode{what: "the block of crypto", read: readIdle})
}

// readCertificate reads a line among certificates: their bytes are opaque.
func readCertificate(r *reader, l *line, not bool) bool {
	if l.is("certificate") {
		r.opaque, r.opaqueIndent = "quit", l.indent
	}
	return readIdle(r, l, not)
}

// cryptoMap reads a line of a crypto map.
func (r *reader) cryptoMap(l *line, not bool) {
	for i := l.at; i+2 < len(l.toks); i++ {
		if l.toks[i].Value == "match" && l.toks[i+1].Value == "address" {
			if !not {
				r.use(r.intern(l.toks[i+2].Value), "crypto map", l)
			}
			l.skip()
			return
		}
	}
	if l.ahead(1).Value == "interface" {
		if !not {
			r.endsTunnels(l)
		}
		l.skip()
		return
	}
	r.kind = source.Ignored
	l.skip()
}

// groupPolicy reads "group-policy" and "username", the blocks of which may use
// lists.
func (r *reader) groupPolicy(l *line, _ bool) {
	r.kind = source.Ignored
	l.skip()
	r.open(l, mode{what: "the block of group-policy", read: readGroupPolicy})
}

// readGroupPolicy reads a line of a group-policy.
func readGroupPolicy(r *reader, l *line, not bool) bool {
	word := l.peek().Value
	switch word {
	case "vpn-filter", "ipv6-vpn-filter", "split-tunnel-network-list":
		if l.ahead(1).Value == "value" && l.ahead(2) != &nothing && !not {
			what := word
			if word == "split-tunnel-network-list" {
				what = "split tunnel"
			}
			r.use(r.intern(l.ahead(2).Value), what, l)
			l.skip()
			return true
		}
	}
	return readIdle(r, l, not)
}

// routeMap reads "route-map", the block of which may use lists.
func (r *reader) routeMap(l *line, _ bool) {
	r.kind = source.Ignored
	l.skip()
	r.open(l, mode{what: "a route-map", words: []string{"match", "set", "description"}, read: func(r *reader, l *line, not bool) bool {
		if l.is("match") && (l.ahead(1).Value == "ip" || l.ahead(1).Value == "ipv6") && l.ahead(2).Value == "address" && !not {
			for i := l.at + 3; i < len(l.toks); i++ {
				if l.toks[i].Value != "prefix-list" {
					r.use(r.intern(l.toks[i].Value), "route-map", l)
				}
			}
			l.skip()
			return true
		}
		return readIdle(r, l, not)
	}})
}
