package asa

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// inspection is an engine that follows a protocol, where it is applied.
type inspection struct {
	engine string
	places []rules.Match // the packets it is for; one empty: all
	line   *policyLine
}

// openers are the engines that let connections pass which a protocol opens for
// its data (6.2).
var openers = []string{
	"ctiqbe", "dcerpc", "ftp", "gtp", "h323", "mgcp", "netbios", "pptp", "rsh", "rtsp", "sip", "skinny", "sqlnet", "sunrpc", "tftp", "xdmcp",
}

// inspections returns the inspections that are applied, each once for a place.
func (l *lowering) inspections() []*inspection {
	var out []*inspection
	for i := range l.c.policies {
		x := &l.c.policies[i]
		if x.inspect == "" {
			continue
		}
		out = append(out, &inspection{engine: x.inspect, line: x, places: l.appliedTo(x)})
	}
	return out
}

// appliedTo returns the packets that an action is for: by either interface where
// the policy is for one, and as its class says where that is known.
func (l *lowering) appliedTo(x *policyLine) []rules.Match {
	var class rules.Match
	if c := l.c.classes[x.class]; c != nil && !c.any && !c.inspect {
		class = rules.Match{{Span: x.span, Unknown: &rules.Unknown{
			Reason: "it is not told which connections are of class " + x.class, Key: "class " + x.class, Doubt: packet.Fixed,
		}}}
	}
	p := l.port(x.iface)
	if p == nil {
		return []rules.Match{class}
	}
	return []rules.Match{
		append(rules.Match{by(packet.In, p.places()...)}, class...),
		append(rules.Match{by(packet.Out, p.places()...)}, class...),
	}
}

// lets returns the packets that an inspection lets pass as parts of connections.
func (i *inspection) lets() []rules.Match {
	switch {
	case i.engine == "icmp":
		return []rules.Match{{{Boxes: isEstablished}, {Boxes: ofICMP}}}
	case i.engine == "icmp error":
		return []rules.Match{{{Boxes: isRelated}, {Boxes: ofICMP}}}
	case i.engine == "pptp":
		const gre = 47
		return []rules.Match{{{Boxes: tunnelled}, {Boxes: packet.Number(packet.Protocol, gre)}}}
	case strings.HasPrefix(i.engine, "ipsec-pass-thru"):
		const esp, ah = 50, 51
		return []rules.Match{{{Boxes: tunnelled}, {Boxes: packet.Numbers(packet.Protocol, packet.One(esp), packet.One(ah))}}}
	case slices.Contains(openers, strings.Fields(i.engine + " ")[0]):
		return []rules.Match{{{Boxes: isRelated}, {Boxes: opened}}}
	}
	return nil
}

// tunnelled are packets of a connection that exists, or that one opened.
var tunnelled = packet.Numbers(packet.ConnState, packet.One(uint32(packet.Established)), packet.One(uint32(packet.Related)))

// collectInspections lists the inspections of FTP: they open data connections.
func (l *lowering) collectInspections() {
	seen := map[source.Span]bool{}
	for _, i := range l.inspections() {
		if i.engine != "ftp" || seen[i.line.span] || !l.readsFTP(i.line) {
			continue
		}
		seen[i.line.span] = true
		l.device.Inspections = append(l.device.Inspections, rules.Inspection{Protocol: "ftp", Span: i.line.span})
	}
}

// readsFTP reports whether an inspection may be for the port of FTP.
func (l *lowering) readsFTP(x *policyLine) bool {
	const ftp = 21
	if x.port != 0 {
		return x.port == ftp
	}
	c := l.c.classes[x.class]
	if c == nil || len(c.ports) == 0 {
		return true
	}
	return slices.ContainsFunc(c.ports, func(r packet.Range) bool { return r.First <= ftp && ftp <= r.Last })
}

// bypass returns the chain of TCP packets that belong to no connection: from it
// return those of a class that has tcp-state-bypass, and all others are dropped
// (6.2). nil: there is no such class.
func (l *lowering) bypass() *rules.Chain {
	var lines []*policyLine
	for i := range l.c.policies {
		if l.c.policies[i].bypass {
			lines = append(lines, &l.c.policies[i])
		}
	}
	if len(lines) == 0 {
		return nil
	}
	next := l.addChain(&rules.Chain{Name: "TCP without connection", Policy: rules.Action{Verdict: rules.Return}, Span: lines[0].span})
	l.implied(next, "TCP connections begin with SYN", rules.Action{Verdict: rules.Drop})
	for i, x := range slices.Backward(lines) {
		c := l.addChain(&rules.Chain{
			Name: fmt.Sprintf("tcp-state-bypass %d, class %s", i+1, x.class), Policy: rules.Action{Verdict: rules.Return}, Span: x.span,
		})
		l.addBypass(c, x, next)
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Action: rules.Action{Verdict: rules.Goto, Target: next}, Implicit: "the packet is of another class", Span: x.span}))
		next = c
	}
	return next
}

// addBypass adds the rules that return with the packets of a class.
func (l *lowering) addBypass(c *rules.Chain, x *policyLine, other *rules.Chain) {
	if p := l.port(x.iface); p != nil {
		here := by(packet.In, p.places()...)
		here.Negated = true
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: rules.Match{here, {Unknown: &rules.Unknown{
				Reason: "the packet may leave by interface " + p.name + ", whose policy lets TCP pass without connection", Key: "bypass at " + p.name, Doubt: packet.Fixed,
			}}},
			Action: rules.Action{Verdict: rules.Return}, Span: x.span,
		}), l.slab.NewRule(rules.Rule{Match: rules.Match{here}, Action: rules.Action{Verdict: rules.Goto, Target: other}, Span: x.span}))
	}
	class := l.c.classes[x.class]
	switch {
	case class == nil || class.any:
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Action: rules.Action{Verdict: rules.Return}, Span: x.span}))
	case class.list != "" && l.c.lists[class.list] != nil && !class.other:
		for _, e := range l.c.lists[class.list].entries {
			if e.verdict == aceBroken || e.inactive {
				continue
			}
			a := rules.Action{Verdict: rules.Return}
			if e.verdict == aceDeny {
				a = rules.Action{Verdict: rules.Goto, Target: other}
			}
			c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Match: l.slab.NewMatch(l.entryTerms(e)), Action: a, Span: e.span}))
		}
	case class.proto == packet.TCP && len(class.ports) > 0 && !class.other:
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: rules.Match{{Boxes: packet.Numbers(packet.DstPort, class.ports...), Span: class.span}}, Action: rules.Action{Verdict: rules.Return}, Span: x.span,
		}))
	default:
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match:  rules.Match{{Unknown: &rules.Unknown{Reason: "it is not told which connections are of class " + x.class, Key: "class " + x.class, Doubt: packet.Fixed}}},
			Action: rules.Action{Verdict: rules.Return}, Span: x.span,
		}))
	}
}
