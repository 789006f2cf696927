package iptables

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The way of a packet through Netfilter (include/uapi/linux/netfilter_ipv4.h,
// enum nf_ip_hook_priorities): at each hook the tables in their order, and
// routing between the hooks.

var (
	noOut = packet.Names(packet.Out, packet.Pattern{})
	noIn  = packet.Names(packet.In, packet.Pattern{})
	// firstOfConnection holds, by family, the packets that the nat table sees: later
	// ones are translated as the first was, those without a connection never, and
	// ICMP errors as the connection that they are about (nf_nat_inet_fn).
	firstOfConnection = [2]rules.Match{
		packet.IPv4: {{Boxes: packet.Union(opening, relatedBut(packet.ICMP))}},
		packet.IPv6: {{Boxes: packet.Union(opening, relatedBut(packet.ICMPv6))}},
	}
)

// relatedBut returns the first packets of expected connections, which are of any
// protocol but the given one.
func relatedBut(p packet.Proto) *packet.Boxes {
	return packet.Product(packet.Number(packet.ConnState, uint32(packet.Related)),
		packet.Numbers(packet.Protocol, packet.Range{First: 0, Last: uint32(p) - 1}, packet.Range{First: uint32(p) + 1, Last: 255}))
}

var hookChains = map[rules.Hook]string{
	rules.Prerouting: "PREROUTING", rules.Input: "INPUT", rules.Forward: "FORWARD", rules.Output: "OUTPUT", rules.Postrouting: "POSTROUTING",
}

// hookTables are the tables at each hook, in order. Translation of sources
// comes last, that of destinations before filtering.
var hookTables = map[rules.Hook][]string{
	rules.Prerouting:  {"raw", "mangle", "nat"},
	rules.Input:       {"mangle", "filter", "security", "nat"},
	rules.Forward:     {"mangle", "filter", "security"},
	rules.Output:      {"raw", "mangle", "nat", "filter", "security"},
	rules.Postrouting: {"mangle", "nat"},
}

// hiddenAt holds the interface that is not known yet at a hook, or no more.
var hiddenAt = map[rules.Hook]packet.FieldSet{
	rules.Prerouting: packet.Fields(packet.Out),
}

// pipeline returns the ways of IPv4 and IPv6 packets, as far as there are tables
// for them.
func (l *lowering) pipeline() rules.Pipeline {
	var p rules.Pipeline
	other, change := l.otherRules()
	for family, ts := range l.families {
		if ts == nil {
			continue
		}
		of := rules.Term{Boxes: packet.Number(packet.Family, uint32(family))}
		p.Entry = append(p.Entry,
			rules.Edge{When: rules.Match{of, {Boxes: noIn}}, To: ts.sent(other)},
			rules.Edge{When: rules.Match{of}, To: ts.received(other, change)})
	}
	return p
}

// received returns the way of packets that come in. What other rules drop and
// change is nil if there are none.
func (ts tables) received(other, change *rules.Chain) *rules.Stage {
	input := ts.hook(rules.Input, other, rules.Edge{})
	postrouting := ts.hook(rules.Postrouting, nil, rules.Edge{})
	forward := ts.hook(rules.Forward, other, rules.Edge{To: postrouting})
	routing := &rules.Stage{Hook: rules.Prerouting, Route: true, Next: []rules.Edge{
		{When: rules.Match{{Boxes: noOut}}, To: input},
		{To: forward},
	}}
	if change != nil {
		routing = &rules.Stage{Hook: rules.Prerouting, Hidden: hiddenAt[rules.Prerouting], Chain: change, Next: []rules.Edge{{To: routing}}}
	}
	return ts.hook(rules.Prerouting, nil, rules.Edge{To: routing})
}

// sent returns the way of packets that the device sends. They are routed before
// OUTPUT, and again behind it if their destination changed.
func (ts tables) sent(other *rules.Chain) *rules.Stage {
	postrouting := ts.hook(rules.Postrouting, nil, rules.Edge{})
	again := &rules.Stage{Hook: rules.Output, Route: true, Next: []rules.Edge{{To: postrouting}}}
	output := ts.hook(rules.Output, other, rules.Edge{To: again})
	return &rules.Stage{Hook: rules.Output, Route: true, Next: []rules.Edge{{To: output}}}
}

// hook returns the stages of one hook, and then the edge. There is always one
// stage; a chain that accepts all is left out unless it filters.
func (ts tables) hook(h rules.Hook, other *rules.Chain, next rules.Edge) *rules.Stage {
	var first, last *rules.Stage
	add := func(s *rules.Stage) {
		s.Hook, s.Hidden = h, hiddenAt[h]
		if last == nil {
			first = s
		} else {
			last.Next = []rules.Edge{{To: s}}
		}
		last = s
	}
	for _, name := range hookTables[h] {
		t := ts[name]
		if t == nil {
			continue
		}
		c := t.chains[hookChains[h]]
		filters := name == "filter" || name == "security"
		if c == nil || len(c.Rules) == 0 && c.Policy.Verdict == rules.Accept && name != "filter" {
			continue
		}
		if name == "filter" && other != nil {
			add(&rules.Stage{Chain: other})
		}
		s := &rules.Stage{Chain: c.Chain, Filters: filters}
		if name == "nat" {
			s.When = firstOfConnection[t.family]
		}
		add(s)
	}
	if last == nil {
		add(&rules.Stage{})
	}
	last.Next = []rules.Edge{next}
	return first
}

// otherRules returns chains that stand for rules that the export does not show,
// nil if it says that there are none: they may drop what these accept, and
// translate or mark what comes in.
func (l *lowering) otherRules() (drop, change *rules.Chain) {
	if len(l.warned) == 0 {
		return nil, nil
	}
	const reason = "other rules are active that the export does not show"
	chain := func(name string, m rules.Match, a rules.Action) *rules.Chain {
		c := &rules.Chain{
			Name: name, Policy: rules.Action{Verdict: rules.Accept}, Implicit: reason, Span: l.warned[0],
			Rules: []*rules.Rule{{Match: m, Action: a, Implicit: reason, Span: l.warned[0]}},
		}
		l.device.Chains = append(l.device.Chains, c)
		return c
	}
	drop = chain("other rules", rules.Match{{Unknown: &rules.Unknown{Reason: reason, Key: "other rules"}}}, rules.Action{Verdict: rules.Drop})
	change = chain("other rules before routing", nil, rules.Action{
		NAT: &rules.NAT{Dst: anyEnd}, Set: []rules.Assign{{Field: packet.Mark, Mask: allBits, Any: true}},
		Maybe: &rules.Unknown{Reason: reason, Key: "other rules before routing"},
	})
	return drop, change
}
