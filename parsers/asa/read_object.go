package asa

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// object reads "object network" and "object service".
func (r *reader) object(l *line, not bool) {
	switch kind := l.word("network or service"); kind {
	case "network":
		r.networkObject(l, not)
	case "service":
		r.serviceObject(l, not)
	case "network-service", "application":
		r.otherObject(l, kind)
	default:
		l.at--
		l.failHint("expected network or service", suggest.DidYouMean(kind, []string{"network", "service"}))
	}
}

func (r *reader) networkObject(l *line, not bool) {
	name := r.name(l, "the name of an object")
	if l.bad != nil {
		return
	}
	n := r.cfg.networks[name]
	if not {
		r.dropObjectNAT(n)
		delete(r.cfg.networks, name)
		return
	}
	l.end()
	if n == nil {
		n = &network{name: name, span: l.span()}
		r.cfg.networks[name] = n
		r.draft.seen.objects = true
	}
	r.open(l, mode{
		what:   "an object of the kind network",
		words:  []string{"host", "subnet", "range", "fqdn", "description", "nat"},
		claims: isObjectNAT,
		read:   func(r *reader, l *line, not bool) bool { return r.networkLine(l, n, not) },
	})
}

// isObjectNAT reports whether a line is the NAT rule of an object.
func isObjectNAT(l *line) bool {
	if !l.is("nat") {
		return false
	}
	for i := 1; i < 4; i++ {
		switch l.ahead(i).Value {
		case "static", "dynamic":
			return true
		case "source":
			return false
		}
	}
	return false
}

// networkLine reads a line of an object of the kind network.
func (r *reader) networkLine(l *line, n *network, not bool) bool {
	word := l.peek().Value
	start := l.start()
	switch word {
	case "host", "subnet", "range", "fqdn", "description":
		l.at++
	case "nat":
		if !isObjectNAT(l) && !not {
			return false
		}
		l.at++
		r.objectNAT(l, n, not)
		if l.bad != nil {
			r.broken(l, "nat")
		}
		return true
	default:
		return false
	}
	if not {
		if word != "description" {
			n.address = address{}
		}
		l.skip()
		return true
	}
	switch word {
	case "host":
		n.address = address{kind: addrNumbers, numbers: packet.OneAddr(r.addr(l))}
	case "subnet":
		n.address = r.network(l)
	case "range":
		n.address = r.addrRange(l)
	case "fqdn":
		version := map[string]int{"v4": 4, "v6": 6}[l.takeAny("v4", "v6")]
		n.address = address{kind: addrFQDN, version: version, name: r.name(l, "a domain")}
	default:
		l.skip()
		return true
	}
	l.end()
	n.address.span = l.from(start)
	if l.bad != nil {
		n.address.kind = addrBad
	}
	return true
}

func (r *reader) serviceObject(l *line, not bool) {
	name := r.name(l, "the name of an object")
	if l.bad != nil {
		return
	}
	if not {
		delete(r.cfg.services, name)
		return
	}
	l.end()
	s := r.cfg.services[name]
	if s == nil {
		s = &service{name: name, item: serviceItem{icmpType: -1, icmpCode: -1}, span: l.span()}
		r.cfg.services[name] = s
		r.draft.seen.objects = true
	}
	r.open(l, mode{
		what:   "an object of the kind service",
		words:  []string{"service", "description"},
		claims: func(l *line) bool { return l.is("service") && !isServiceSetting(l.ahead(1).Value) },
		read: func(r *reader, l *line, not bool) bool {
			if l.take("description") {
				l.skip()
				return true
			}
			if !l.take("service") {
				return false
			}
			if not {
				s.has = false
				l.skip()
				return true
			}
			s.item, s.has = r.service(l, false), true
			if l.bad != nil {
				s.item = serviceItem{icmpType: -1, icmpCode: -1, broken: true, span: l.span()}
			}
			return true
		},
	})
}

// isServiceSetting reports whether "service" with a word is a setting of the
// device, and not the line of an object.
func isServiceSetting(word string) bool {
	switch word {
	case "resetinbound", "resetoutside", "resetoutbound", "password-recovery", "call-home", "sw-reset-button", "internal", "telemetry":
		return true
	}
	return false
}

// otherObject reads an object that is known to be, not what it stands for.
func (r *reader) otherObject(l *line, kind string) {
	l.word("the name of an object")
	r.unsupported(l.span(), "what objects of the kind "+kind+" match is not modelled")
	r.open(l, mode{what: "an object of the kind " + kind, read: readIdle})
}

// nameAddress reads "name".
func (r *reader) nameAddress(l *line, not bool) {
	tree, ok := readRest(l, nameGrammar, "an address and a name")
	if !ok {
		return
	}
	a, err := netip.ParseAddr(tree.Addr.Value)
	if err != nil || a.Zone() != "" {
		l.at = 1
		if not {
			l.at++
		}
		l.fail("expected an address")
		return
	}
	name := r.intern(tree.Name.Value)
	r.words = nil
	if not {
		delete(r.cfg.names, name)
		return
	}
	r.cfg.names[name] = nameLine{addr: a.Unmap(), span: l.span()}
}
