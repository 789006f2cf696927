package asa

import "github.com/moveit-lint/moveit-lint/rules/source"

// newCommands returns the commands that bear on packets, by their first word.
func newCommands() map[string]command {
	return map[string]command{
		"access-group":          (*reader).accessGroup,
		"access-list":           (*reader).accessList,
		"alias":                 (*reader).alias,
		"changeto":              (*reader).changeTo,
		"class-map":             (*reader).classMap,
		"clear":                 (*reader).clearLine,
		"crypto":                (*reader).crypto,
		"dhcpd":                 (*reader).dhcp,
		"dhcprelay":             (*reader).dhcp,
		"established":           (*reader).established,
		"firewall":              (*reader).firewall,
		"fixup":                 (*reader).fixup,
		"forward-reference":     (*reader).forwardReference,
		"global":                (*reader).global,
		"group-policy":          (*reader).groupPolicy,
		"hostname":              (*reader).hostname,
		"http":                  management("http", httpsPort),
		"icmp":                  icmp("icmp"),
		"interface":             (*reader).iface,
		"ip":                    (*reader).ip,
		"ipv6":                  (*reader).ipv6,
		"isakmp":                (*reader).isakmp,
		"name":                  (*reader).nameAddress,
		"nameif":                (*reader).pixNameif,
		"nat":                   (*reader).natCommand,
		"nat-control":           (*reader).natControl,
		"object":                (*reader).object,
		"object-group":          (*reader).objectGroup,
		"policy-map":            (*reader).policyMapHead,
		"route":                 (*reader).route,
		"route-map":             (*reader).routeMap,
		"router":                (*reader).router,
		"same-security-traffic": (*reader).sameSecurity,
		"service-policy":        (*reader).servicePolicy,
		"snmp-server":           (*reader).snmp,
		"ssh":                   management("ssh", sshPort),
		"static":                (*reader).static,
		"sysopt":                (*reader).sysopt,
		"telnet":                management("telnet", telnetPort),
		"time-range":            (*reader).timeRange,
		"username":              (*reader).groupPolicy,
		"webvpn":                (*reader).webvpn,

		"aaa":              (*reader).aaa,
		"apply":            (*reader).conduit,
		"capture":          (*reader).capture,
		"conduit":          (*reader).conduit,
		"cts":              sometimes("cts may tell identities, on which lists may hang", "manual", "role-based"),
		"dynamic-filter":   always("dynamic-filter may drop packets by a list of addresses that is not shown"),
		"filter":           always("filter may drop packets by what they carry, which is not modelled"),
		"outbound":         (*reader).conduit,
		"shun":             always("shun drops packets of an address, which is not modelled"),
		"sunrpc-server":    always("sunrpc-server opens ports that are told at run time, which is not modelled"),
		"threat-detection": sometimes("threat-detection may shun addresses, which is not modelled", "shun"),
		"vpdn":             (*reader).tunnelServer,
		"vpnclient":        (*reader).tunnelServer,
		"virtual":          always("virtual gives the device an address more, which is not modelled"),
		"wccp":             always("wccp may send packets another way, which is not modelled"),
	}
}

// always reads a command that bears on packets in a way that is not modelled.
func always(message string) command {
	return func(r *reader, l *line, not bool) {
		l.skip()
		if not {
			r.kind = source.Ignored
			return
		}
		r.unsupported(l.span(), message)
	}
}

// sometimes reads a command that does so where it has one of some words.
func sometimes(message string, words ...string) command {
	return func(r *reader, l *line, not bool) {
		bears := false
		for i := l.at; i < len(l.toks); i++ {
			for _, w := range words {
				bears = bears || l.toks[i].Value == w
			}
		}
		l.skip()
		if bears && !not {
			r.unsupported(l.span(), message)
			return
		}
		r.kind = source.Ignored
	}
}

// hostname reads what the device is called.
func (r *reader) hostname(l *line, _ bool) {
	if !l.done() {
		r.draft.host = r.intern(l.peek().Value)
	}
	r.kind = source.Ignored
	l.skip()
}

// firewall reads "firewall transparent".
func (r *reader) firewall(l *line, not bool) {
	if l.take("transparent") {
		r.cfg.transparent = !not
		l.end()
		return
	}
	r.kind = source.Ignored
	l.skip()
}

// forwardReference reads "forward-reference enable".
func (r *reader) forwardReference(l *line, not bool) {
	if l.take("enable") {
		r.cfg.forwardRefs = !not
	}
	l.end()
}

// ip reads "ip" outside of blocks.
func (r *reader) ip(l *line, not bool) {
	switch l.takeAny("address", "verify", "audit") {
	case "address":
		r.pixAddress(l, not)
	case "verify":
		if l.take("reverse-path") && l.take("interface") {
			name := r.name(l, "the name of an interface")
			delete(r.cfg.unicast, name)
			if !not && l.bad == nil {
				r.cfg.unicast[name] = l.span()
			}
			l.end()
			return
		}
		l.fail("expected reverse-path interface")
	case "audit":
		sometimes("ip audit drops packets by what they carry, which is not modelled", "drop", "reset")(r, l, not)
	default:
		r.kind = source.Ignored
		l.skip()
	}
}

// ipv6 reads "ipv6" outside of blocks.
func (r *reader) ipv6(l *line, not bool) {
	switch l.takeAny("access-list", "route", "icmp") {
	case "access-list":
		r.accessList6(l, not)
	case "route":
		r.route6(l, not)
	case "icmp":
		icmp("ipv6 icmp")(r, l, not)
	default:
		r.kind = source.Ignored
		l.skip()
	}
}

// isakmp reads "isakmp" of PIX 6 and ASA 7.
func (r *reader) isakmp(l *line, not bool) {
	if l.take("enable") {
		if !not {
			r.endsTunnels(l)
		}
		r.enable(l, "ike", ikePort, not)
		return
	}
	r.kind = source.Ignored
	l.skip()
}

// tunnelServer reads commands of old ways of tunnelling: of them only that
// tunnels end here.
func (r *reader) tunnelServer(l *line, not bool) {
	if l.is("enable") && !not {
		r.endsTunnels(l)
	}
	r.kind = source.Ignored
	l.skip()
}

// aaa reads "aaa": of it what makes packets wait for a login.
func (r *reader) aaa(l *line, not bool) {
	for i := l.at; i < len(l.toks); i++ {
		switch l.toks[i].Value {
		case "match":
			if i+1 < len(l.toks) {
				r.use(r.intern(l.toks[i+1].Value), "aaa", l)
			}
		case "include", "exclude":
		default:
			continue
		}
		if first := l.peek().Value; !not && (first == "authentication" || first == "authorization") {
			r.unsupported(l.span(), "packets that aaa names pass only after a login, which is not modelled")
			l.skip()
			return
		}
	}
	r.kind = source.Ignored
	l.skip()
}

// capture reads "capture", which may use a list.
func (r *reader) capture(l *line, not bool) {
	for i := l.at; i+1 < len(l.toks); i++ {
		if l.toks[i].Value == "access-list" && !not {
			r.use(r.intern(l.toks[i+1].Value), "capture", l)
		}
	}
	r.kind = source.Ignored
	l.skip()
}

// conduit reads "conduit", "outbound" and "apply" of PIX 6.
func (r *reader) conduit(l *line, not bool) {
	permit := l.is("permit") || l.ahead(1).Value == "permit"
	l.skip()
	if not {
		r.kind = source.Ignored
		return
	}
	r.draft.seen.oldNAT = true
	r.cfg.conduits = append(r.cfg.conduits, aceLike{permit, l.span()})
	r.unsupported(l.span(), "conduit and outbound lines decide packets in a way that is not modelled")
}
