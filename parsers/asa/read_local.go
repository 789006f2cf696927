package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The ports of the services of the device.
const (
	sshPort    = 22
	telnetPort = 23
	httpsPort  = 443
	snmpPort   = 161
	ikePort    = 500
	dhcpPort   = 67
)

// management reads "ssh", "telnet" and "http" (asa.md section 9): lines with an
// address let it in, others are settings.
func management(command string, port uint16) command {
	return func(r *reader, l *line, not bool) {
		if command == "http" && l.take("server") {
			r.webServer(l, not)
			return
		}
		if _, ok := r.tryAddr(l); !ok && !isPrefix(l.peek().Value) {
			r.kind = source.Ignored // timeout, version, key-exchange and the like
			l.skip()
			return
		}
		x := localLine{command: command, permit: true, icmpType: -1, port: port, span: l.span()}
		x.src = r.localAddress(l, command)
		if l.done() && l.bad == nil && r.draft.seen.pixNames {
			x.iface = "inside" // PIX 6 lets it be left out
		} else {
			x.iface = r.name(l, "the name of an interface")
		}
		l.end()
		if l.bad == nil {
			r.putLocal(x, not)
		}
	}
}

// putLocal adds a line on packets to the device, or takes one away.
func (r *reader) putLocal(x localLine, not bool) {
	key := x.command + " " + x.iface + " " + x.src.key() + number(x.icmpType)
	if not {
		r.draft.local.remove(key)
		return
	}
	r.draft.local.add(key, x)
}

// webServer reads "http server enable [PORT]".
func (r *reader) webServer(l *line, not bool) {
	if !l.take("enable") {
		r.kind = source.Ignored
		l.skip()
		return
	}
	r.draft.web.on = !not
	if n, ok := l.tryNumber(1, lastPort); ok {
		r.draft.web.port = uint16(n)
	}
	l.skip()
}

// isPrefix reports whether a word is an IPv6 prefix with its length.
func isPrefix(word string) bool {
	for i := range len(word) {
		if word[i] == '/' {
			return i > 1
		}
	}
	return false
}

// localAddress consumes an address with its mask, or a name of one host.
func (r *reader) localAddress(l *line, command string) address {
	start, at := l.start(), l.at
	if isPrefix(l.peek().Value) {
		a := r.network(l)
		a.span = l.from(start)
		return a
	}
	a := r.addr(l)
	x := address{kind: addrNumbers, numbers: packet.OneAddr(a)}
	if m, ok := r.tryAddr(l); ok && m.Is4() && a.Is4() && l.bad == nil {
		l.at++
		x = withMask(a, m)
	} else if a.IsUnspecified() && a.Is4() {
		x = withMask(a, a)
	}
	if l.at == at+1 && len(l.toks)-l.at > 1 && command != "icmp" {
		l.fail("expected a mask")
	}
	x.span = l.from(start)
	return x
}

// icmp reads "icmp" and "ipv6 icmp": messages to the device.
func icmp(command string) command {
	return func(r *reader, l *line, not bool) {
		x := localLine{command: command, icmpType: -1, span: l.span()}
		switch l.takeAny("permit", "deny") {
		case "permit":
			x.permit = true
		case "":
			if l.is("unreachable") {
				r.kind = source.Ignored
				l.skip()
				return
			}
			l.fail("expected permit or deny")
			return
		}
		x.src = r.icmpAddress(l, command)
		if l.at+1 < len(l.toks) {
			names, words := icmpNames, icmpWords
			if command != "icmp" {
				names, words = icmp6Names, icmp6Words
			}
			x.icmpType = icmpType(l, names, words)
			_, _ = l.tryNumber(0, 255)
		}
		x.iface = r.name(l, "the name of an interface")
		l.end()
		if l.bad == nil {
			r.putLocal(x, not)
		}
	}
}

// icmpAddress consumes whom a line on messages to the device is about.
func (r *reader) icmpAddress(l *line, command string) address {
	start := l.start()
	var a address
	switch {
	case l.take("any"):
		a = address{kind: addrAny4}
		if command != "icmp" {
			a.kind = addrAny6
		}
	case l.take("host"):
		a = address{kind: addrNumbers, numbers: packet.OneAddr(r.addr(l))}
	default:
		return r.localAddress(l, "icmp")
	}
	a.span = l.from(start)
	return a
}

// snmp reads "snmp-server": of it only which hosts may ask.
func (r *reader) snmp(l *line, not bool) {
	r.mode = nil
	if !l.is("host") {
		r.kind = source.Ignored
		l.skip()
		return
	}
	l.at++
	x := localLine{command: "snmp", permit: true, icmpType: -1, port: snmpPort, span: l.span()}
	x.iface = r.name(l, "the name of an interface")
	start := l.start()
	if a, ok := r.tryAddr(l); ok {
		l.at++
		x.src = address{kind: addrNumbers, numbers: packet.OneAddr(a)}
	} else {
		x.src = address{kind: addrObject, name: r.name(l, "an address")}
	}
	if l.bad != nil {
		return
	}
	x.src.span = l.from(start)
	traps := slices.ContainsFunc(l.toks[l.at:], func(t token) bool { return t.Value == "trap" })
	l.skip()
	if traps && !not {
		r.kind = source.Ignored // it is told things, and asks nothing
		return
	}
	r.putLocal(x, not)
}

// enable notes that a service of the device is on at an interface.
func (r *reader) enable(l *line, what string, port uint16, not bool) {
	x := localLine{command: what, permit: true, icmpType: -1, port: port, src: address{kind: addrAny}, span: l.span()}
	x.iface = r.name(l, "the name of an interface")
	l.skip()
	if l.bad == nil {
		r.putLocal(x, not)
	}
}

// dhcp reads "dhcpd" and "dhcprelay".
func (r *reader) dhcp(l *line, not bool) {
	if l.take("enable") {
		r.enable(l, "dhcp", dhcpPort, not)
		return
	}
	r.kind = source.Ignored
	l.skip()
}

// webvpn reads "webvpn", the block of which says where it is on.
func (r *reader) webvpn(l *line, _ bool) {
	if l.done() {
		r.open(l, mode{
			what: "the block of webvpn",
			read: readWebVPN,
		})
	}
	r.kind = source.Ignored
	l.skip()
}

// readWebVPN reads a line of the block of webvpn.
func readWebVPN(r *reader, l *line, not bool) bool {
	if !l.take("enable") {
		return readIdle(r, l, not)
	}
	if !not {
		r.endsTunnels(l)
	}
	r.enable(l, "webvpn", httpsPort, not)
	return true
}
