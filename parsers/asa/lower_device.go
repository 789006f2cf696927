package asa

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

const bootpsPort = 67

// servicePorts are the ports of services of the appliance where a line gives none.
var servicePorts = map[string]uint16{"ssh": 22, "telnet": 23, "http": 443, "snmp": 161, "dhcp": bootpsPort, "webvpn": 443}

// toDevice returns the stages for packets to the appliance itself (9).
func (l *lowering) toDevice() *rules.Stage {
	var way course
	way.add(&rules.Stage{Hook: rules.Input, Chain: l.controlPlane(), Filters: true})
	c := l.addChain(&rules.Chain{
		Name: "to the device", Policy: rules.Action{Verdict: rules.Drop}, Implicit: "no service of the appliance takes it", Span: l.c.head,
	})
	l.farAddresses(c)
	for i := range l.c.local {
		if x := &l.c.local[i]; !isICMPLine(x) {
			l.localService(c, x)
		}
	}
	l.localICMP(c, "icmp", packet.ICMP)
	l.localICMP(c, "ipv6 icmp", packet.ICMPv6)
	l.routingProtocols(c)
	way.add(&rules.Stage{Hook: rules.Input, Chain: c, Filters: true})
	way.last.Next = []rules.Edge{{}}
	return way.first
}

func isICMPLine(x *localLine) bool { return x.command == "icmp" || x.command == "ipv6 icmp" }

// isManagement reports whether a line is of a service that no control-plane list
// keeps out.
func isManagement(x *localLine) bool {
	return x.command == "ssh" || x.command == "telnet" || x.command == "http"
}

// controlPlane returns the chain of the lists for what goes to the appliance, nil
// if there are none. What the lines of ssh, telnet and http let in passes by
// them, and what they do not speak of is for the services (9).
func (l *lowering) controlPlane() *rules.Chain {
	if len(l.filters.control) == 0 {
		return nil
	}
	c := l.addChain(&rules.Chain{
		Name: "access-group control-plane", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "no entry of a control-plane list denies it", Span: l.filters.control[0].span,
	})
	for i := range l.c.local {
		if x := &l.c.local[i]; isManagement(x) {
			l.localService(c, x)
		}
	}
	for _, b := range l.filters.control {
		c.Rules = append(c.Rules, l.call(b, packet.In))
	}
	return c
}

// farAddresses drops packets to the address of an interface other than the one
// that they come in by.
func (l *lowering) farAddresses(c *rules.Chain) {
	local := l.device.Local()
	if len(local) == 0 {
		return
	}
	for _, p := range l.ports {
		var own []packet.AddrRange
		for _, a := range p.prefixes() {
			own = append(own, packet.OneAddr(a.Addr()))
		}
		if p.dynamic {
			continue
		}
		t := rules.Term{Boxes: packet.Addresses(packet.Dst, own...), Negated: true}
		l.drop(c, p, fmt.Sprintf("by interface %s only its own address can be reached", p.name), by(packet.In, p), t)
	}
}

// localService adds the rules of a line that lets packets to the appliance.
func (l *lowering) localService(c *rules.Chain, x *localLine) {
	p := l.port(x.iface)
	if x.command == "telnet" && p != nil && l.isLowest(p) {
		return // it takes a tunnel to reach it there
	}
	var where []rules.Term
	if p != nil {
		where = append(where, by(packet.In, p.places()...))
	}
	if t, ok := l.term(packet.Src, x.src); ok {
		where = append(where, t)
	}
	port := x.port
	if port == 0 {
		port = servicePorts[x.command]
	}
	add := func(proto packet.Proto, ports ...packet.Range) {
		terms := append([]rules.Term{}, where...)
		terms = append(terms, rules.Term{Boxes: packet.Number(packet.Protocol, uint32(proto)), Span: x.span})
		if len(ports) > 0 {
			terms = append(terms, rules.Term{Boxes: packet.Numbers(packet.DstPort, ports...), Span: x.span})
		}
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Accept}, Span: x.span}))
	}
	one := packet.One(uint32(port))
	switch x.command {
	case "ssh", "telnet", "http":
		add(packet.TCP, one)
	case "webvpn":
		add(packet.TCP, one)
		add(packet.UDP, one)
	case "snmp", "dhcp":
		add(packet.UDP, one)
	case "ike":
		const isakmp, natTraversal, esp = 500, 4500, 50
		add(packet.UDP, packet.One(isakmp), packet.One(natTraversal))
		add(esp)
	}
}

// isLowest reports whether an interface has the lowest security level of several.
func (l *lowering) isLowest(p *port) bool {
	higher := false
	for _, q := range l.ports {
		switch {
		case q.levelKnown && q.level < p.level:
			return false
		case q.levelKnown && q.level > p.level:
			higher = true
		}
	}
	return higher && p.levelKnown
}

// localICMP adds what the icmp lines let in: on an interface that has any the
// first that matches decides, and none means no; on others all is let in.
func (l *lowering) localICMP(c *rules.Chain, command string, proto packet.Proto) {
	of := rules.Term{Boxes: packet.Number(packet.Protocol, uint32(proto))}
	var order []*port
	last := map[*port]*localLine{}
	for i := range l.c.local {
		x := &l.c.local[i]
		p := l.port(x.iface)
		if x.command != command || p == nil {
			continue
		}
		if last[p] == nil {
			order = append(order, p)
		}
		last[p] = x
		terms := []rules.Term{by(packet.In, p.places()...), of}
		if t, ok := l.term(packet.Src, x.src); ok {
			terms = append(terms, t)
		}
		if x.icmpType >= 0 {
			terms = append(terms, rules.Term{Boxes: packet.Number(packet.ICMPType, uint32(x.icmpType)), Span: x.span})
		}
		r := rules.Rule{Match: l.slab.NewMatch(terms), Action: rules.Action{Verdict: rules.Drop}, Span: x.span}
		if x.permit {
			r.Action.Verdict = rules.Accept
		}
		c.Rules = append(c.Rules, l.slab.NewRule(r))
	}
	for _, p := range order {
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: l.slab.NewMatch([]rules.Term{by(packet.In, p.places()...), of}), Action: rules.Action{Verdict: rules.Drop}, Span: last[p].span,
			Implicit: "the " + command + " lines for interface " + p.name + " end, and what none of them permits is denied",
		}))
	}
	l.implied(c, "no "+command+" line is there for the interface, and all messages are let in", rules.Action{Verdict: rules.Accept}, of)
}

// routingProtocols stands for what a routing protocol takes, which is not told in
// full.
func (l *lowering) routingProtocols(c *rules.Chain) {
	if l.c.dynamic.IsZero() {
		return
	}
	const igmp, eigrp, ospf, pim, bgp, rip = 2, 88, 89, 103, 179, 520
	x := &rules.Unknown{Reason: "it is not told on which interfaces a routing protocol listens", Key: "a routing protocol listens", Doubt: packet.Fixed}
	for _, terms := range []rules.Match{
		{{Boxes: packet.Numbers(packet.Protocol, packet.One(igmp), packet.One(eigrp), packet.One(ospf), packet.One(pim))}},
		{{Boxes: ofTCP}, {Boxes: packet.Number(packet.DstPort, bgp)}},
		{{Boxes: ofUDP}, {Boxes: packet.Number(packet.DstPort, rip)}},
	} {
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: terms, Action: rules.Action{Verdict: rules.Undecided, Unknown: x}, Span: l.c.dynamic, Implicit: "a routing protocol may take it",
		}))
	}
}
