package nftables

import (
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// lowerings are what each kind of statement becomes.
var lowerings map[stmtKind]func(*builder, *stmt)

var _ = func() bool {
	lowerings = map[stmtKind]func(*builder, *stmt){
		stmtMatch: (*builder).match, stmtVerdict: (*builder).verdictStatement, stmtVmap: (*builder).vmap, stmtMangle: (*builder).mangle,
		stmtPlain: (*builder).plain, stmtLog: (*builder).logs, stmtLimit: (*builder).limit, stmtQuota: (*builder).quota,
		stmtConns: (*builder).connections, stmtReject: (*builder).reject, stmtNAT: (*builder).nat, stmtTproxy: (*builder).tproxy,
		stmtNotrack: (*builder).notrack, stmtQueue: (*builder).queue, stmtForward: (*builder).forwards, stmtSynproxy: (*builder).synproxy,
		stmtSetOp: (*builder).setOp, stmtObject: (*builder).object, stmtXT: (*builder).xt, stmtOpaque: (*builder).opaque,
	}
	return true
}()

func (b *builder) statement(s *stmt) { lowerings[s.kind](b, s) }

// stmtSpan returns the place of a statement.
func (b *builder) stmtSpan(s *stmt) source.Span { return b.span(s.start, s.end) }

// plain lowers a statement that changes no packet's way, unless what it works
// with cannot be found.
func (b *builder) plain(s *stmt) {
	b.evaluate(s.a)
	b.evaluate(s.b)
}

func (b *builder) logs(*stmt) { b.log = true }

func (b *builder) opaque(s *stmt) {
	b.problem(source.Unsupported, b.stmtSpan(s), "the statement %s is not modelled", s.op)
	b.anything("what " + s.op + " does to packets")
}

// often adds a condition that takes every outcome sooner or later.
func (b *builder) often(s *stmt, doubt packet.Doubt, negated bool, reason string) {
	b.settle()
	b.terms = append(b.terms, rules.Term{
		Unknown: &rules.Unknown{Reason: reason, Key: fmt.Sprintf("%s at %d:%d", reason, b.text.file, s.start), Doubt: doubt},
		Negated: negated, Span: b.stmtSpan(s),
	})
}

// limit lowers a token bucket: it holds while the rate is kept or, with over,
// beyond it.
func (b *builder) limit(s *stmt) {
	over, doubt := s.negated, packet.Usual
	if s.op == "name" {
		o := b.objectOf("limit", s.a)
		if over = o != nil && o.over; o == nil {
			doubt = packet.Varying // a map may give limits of both kinds
		}
	}
	b.often(s, doubt, over, "whether the rate limit is kept")
}

func (b *builder) quota(s *stmt) {
	if s.op == "name" {
		b.objectOf("quota", s.a)
	}
	b.often(s, packet.Varying, s.negated, "whether the quota is used up")
}

func (b *builder) connections(s *stmt) {
	b.often(s, packet.Usual, s.negated, "whether the limit on connections is kept")
}

// objectOf returns the named object. Of a map of objects it returns nil, and the
// map has to have the key.
func (b *builder) objectOf(kind string, n *node) *object {
	n = b.resolve(n)
	if n.kind == nodeMap {
		b.found(n)
		return nil
	}
	o := b.chain.table.objects[kind+" "+n.text]
	if o == nil {
		var known []string
		for _, x := range b.chain.table.objectOrder {
			if x.kind == kind {
				known = append(known, x.name)
			}
		}
		b.problem(source.Malformed, b.nodeSpan(n), "%s %s does not exist in table %s %s%s", kind, quote(n.text), b.chain.table.family, b.chain.table.name, didYouMean(n.text, known))
	}
	return o
}

// object lowers the use of a named object. A helper lets through the data
// connections of its protocol.
func (b *builder) object(s *stmt) {
	switch n := b.resolve(s.a); n.kind {
	case nodeMap:
		if s.op == "ct helper" && !b.quiet {
			b.helpers(n, s)
		}
		b.found(n)
	default:
		b.objectMay(s)
		o := b.objectOf(s.op, n)
		if o != nil && s.op == "ct helper" && !b.quiet {
			b.device.Inspections = append(b.device.Inspections, rules.Inspection{Protocol: o.value, Span: b.stmtSpan(s)})
		}
	}
}

// objectMay adds the conditions that the use of an object brings along: only
// connections that exist already go into a flow table (net/netfilter/nft_flow_offload.c),
// and there has to be room for an expectation (net/netfilter/nft_ct.c).
func (b *builder) objectMay(s *stmt) {
	switch s.op {
	case "flowtable":
		b.settle()
		x := b.doubt(&node{start: s.start, end: s.end, file: b.text.file}, "flow", packet.Fixed, 0, "whether the connection goes into the flow table")
		x.Within = underway
		b.terms = append(b.terms, rules.Term{Unknown: x, Span: b.stmtSpan(s)})
	case "ct expectation":
		b.often(s, packet.Usual, false, "whether there is room for an expectation")
	}
}

// helpers notes the helpers that a map gives.
func (b *builder) helpers(n *node, s *stmt) {
	data := b.resolve(n.kids[1])
	var list []*node
	switch data.kind {
	case nodeSet:
		for _, k := range data.kids {
			if len(k.kids) > 1 {
				list = append(list, k.kids[1])
			}
		}
	case nodeRef:
		if x := b.chain.table.sets[data.text]; x != nil {
			for _, e := range b.contentsOf(x).entries {
				if e.data != nil {
					list = append(list, e.data)
				}
			}
		}
	}
	for _, v := range list {
		if o := b.chain.table.objects["ct helper "+v.text]; o != nil {
			b.device.Inspections = append(b.device.Inspections, rules.Inspection{Protocol: o.value, Span: b.stmtSpan(s)})
		}
	}
}

// verdictStatement ends the rule with a verdict. To continue is to go on with
// what stands behind it.
func (b *builder) verdictStatement(s *stmt) {
	a, ok := b.action(s.a)
	if !ok || a.Verdict == rules.Continue && b.more {
		return
	}
	b.emit(a)
	b.ended = true
}

var plainVerdicts = map[string]rules.Verdict{
	"accept": rules.Accept, "drop": rules.Drop, "continue": rules.Continue, "return": rules.Return, "jump": rules.Jump, "goto": rules.Goto,
}

// action returns what a verdict does. If its chain does not exist, it ends the
// rule with an unknown one.
func (b *builder) action(n *node) (rules.Action, bool) {
	a := rules.Action{Verdict: plainVerdicts[n.text]}
	if a.Verdict != rules.Jump && a.Verdict != rules.Goto {
		return a, true
	}
	if n.block != nil || len(n.kids) == 0 {
		a.Target = b.block(n)
		return a, true
	}
	name := b.resolve(n.kids[0])
	target := b.chain.table.calledBy(name.text, b.roots[name.file])
	switch {
	case name.kind == nodeVar:
		b.malformed(name, "unknown variable %s%s", quote(name.text), didYouMean(name.text, b.text.scope.names()))
	case target == nil:
		b.malformed(name, "chain %s does not exist in table %s %s%s", quote(name.text), b.chain.table.family, b.chain.table.name, b.nearChain(b.chain.table, name.text))
	case target.base != nil:
		b.malformed(name, "chain %s is hooked in and cannot be called", quote(name.text))
	default:
		a.Target = b.chainFor(target, b.early)
		b.wanted = append(b.wanted, wantedChain{target, b.early})
		return a, true
	}
	b.anything("what the rule was meant to call")
	return a, false
}

// block lowers the rules of a chain without a name.
func (b *builder) block(n *node) *rules.Chain {
	c := b.newChain()
	for i := range n.block {
		r := &n.block[i]
		x := *b.text
		x.start, x.end = r.start, r.end
		inner := &builder{lowering: b.lowering, chain: b.chain, early: b.early, text: &x, rule: r, into: c, proto: noProto, family: b.family, quiet: b.quiet, inner: true}
		inner.build()
		b.wanted = append(b.wanted, inner.wanted...)
		if inner.worst != 0 && (b.worst == 0 || inner.worst < b.worst) {
			b.worst = inner.worst
		}
	}
	return c
}

// xt lowers what listings show of an extension of iptables: its name alone.
func (b *builder) xt(s *stmt) {
	name := strings.TrimPrefix(s.a.text, "xt_")
	switch {
	case s.op == "match" && name == "comment":
	case s.op == "watcher" || name == "LOG" || name == "NFLOG":
		b.log = true
	case s.op == "match" && name != strings.ToUpper(name):
		b.settle()
		reason := "the listing does not show what extension " + name + " asks for"
		b.unknown(s.a, "xt", packet.Varying, 0, reason)
		b.terms[len(b.terms)-1].Unknown.Doubt = packet.Fixed
		b.problem(source.Unsupported, b.stmtSpan(s), "%s", reason)
	case name == "REJECT":
		b.emit(rules.Action{Verdict: rules.Reject})
		b.ended = true
	default:
		b.problem(source.Unsupported, b.stmtSpan(s), "the listing does not show what target %s does", name)
		b.anything("what target " + name + " does")
	}
}

func (b *builder) tproxy(s *stmt) {
	b.evaluate(s.a)
	b.evaluate(s.b)
	b.problem(source.Unsupported, b.stmtSpan(s), "a transparent proxy may take the packet, which is not modelled")
	b.undecided("whether a transparent proxy takes the packet")
}

func (b *builder) synproxy(s *stmt) {
	if s.a != nil {
		b.objectOf("synproxy", s.a)
	}
	b.problem(source.Unsupported, b.stmtSpan(s), "a SYN proxy answers in the server's place, which is not modelled")
	b.undecided("whether a SYN proxy answers in the server's place")
}

func (b *builder) queue(s *stmt) {
	b.evaluate(s.a)
	b.undecided("a program that the rules hand the packet to decides")
}

func (b *builder) forwards(s *stmt) {
	b.evaluate(s.a)
	b.evaluate(s.b)
	b.problem(source.Unsupported, b.stmtSpan(s), "packets that are handed to another interface are not followed")
	b.undecided("the packet is handed to another interface")
}

// notrack keeps connection tracking away from the packet. It comes too late
// where the packet has been seen (nft_notrack_eval in net/netfilter/nft_ct.c).
func (b *builder) notrack(*stmt) {
	if b.early {
		b.set(rules.Assign{Field: packet.ConnState, Mask: 7, Value: uint32(packet.Untracked)})
	}
}

// set notes a change of the packet.
func (b *builder) set(a rules.Assign) {
	if b.alts == nil {
		b.alts = []alternative{{}}
	}
	for i := range b.alts {
		b.alts[i].set = append(b.alts[i].set, a)
	}
}

// rejections are the codes of ICMP by the protocol that reject is written with.
var rejections = map[string]string{"icmp": "icmp_code", "icmpv6": "icmpv6_code", "icmpx": "icmpx_code"}

func (b *builder) reject(s *stmt) {
	span := b.stmtSpan(s)
	table := b.chain.table.family
	if base := b.chain.base; base != nil && (base.hook == rules.Postrouting || base.hook == rules.Ingress) && table != "bridge" {
		b.problem(source.Malformed, span, "reject cannot be used at %v", base.hook)
	}
	switch s.op {
	case "tcp reset":
		if !b.need(tcpHeader, &node{start: s.start, end: s.end, file: b.text.file}) {
			return
		}
	case "icmp", "icmpv6", "icmpx":
		if _, err := b.atomOf(s.a, types[rejections[s.op]]); err != nil {
			b.fail(s.a, "reject", err)
		}
		b.rejectFamily(s.op, span)
	}
	b.emit(rules.Action{Verdict: rules.Reject})
	b.ended = true
}

// rejectFamily adds the IP version that the answer is for.
func (b *builder) rejectFamily(protocol string, span source.Span) {
	table := b.chain.table.family
	family := map[string]int{"icmp": packet.IPv4, "icmpv6": packet.IPv6, "icmpx": b.family}[protocol]
	switch {
	case protocol == "icmpx" && (table == "ip" || table == "ip6"), family != noFamily && b.family != noFamily && family != b.family:
		b.problem(source.Malformed, span, "reject with %s cannot be used here", protocol)
	case family != b.family:
		b.family = family
		b.ask(familyBoxes[family], span)
	}
}

// tcpHeader asks for TCP, and nothing else.
var tcpHeader = &selector{name: "tcp", proto: int(packet.TCP), family: noFamily}
