package nftables

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// natHooks are the hooks at which each translation may stand.
var natHooks = map[string][]rules.Hook{
	"dnat": {rules.Prerouting, rules.Output}, "redirect": {rules.Prerouting, rules.Output},
	"snat": {rules.Postrouting, rules.Input}, "masquerade": {rules.Postrouting},
}

// rewriting is one way in which a translation can come out.
type rewriting struct {
	terms []rules.Term
	to    packet.Rewrite
}

// nat lowers a translation: one rule for each thing that a map can give.
func (b *builder) nat(s *stmt) {
	span := b.stmtSpan(s)
	if base := b.chain.base; base != nil && (base.kind != "nat" || !slices.Contains(natHooks[s.op], base.hook)) {
		b.problem(source.Malformed, span, "%s cannot be used in a chain of type %s at %v", s.op, base.kind, base.hook)
	}
	b.settle()
	if !b.natFamily(s, span) {
		b.anything("what the translation is")
		return
	}
	list, ok := b.rewritings(s, []rewriting{{to: b.firstRewrite(s)}})
	if !ok {
		b.anything("what the translation is")
		return
	}
	if s.b != nil && b.worst != source.Malformed && !b.hasTransport() {
		b.problem(source.Malformed, span, "a translation of ports needs a protocol with ports in front of it, like tcp dport")
	}
	terms := b.terms
	b.translate(s, list)
	if s.op == "masquerade" {
		b.noteOutside(terms)
	}
	b.ended = true
}

// firstRewrite returns what a translation does before its address and ports are
// read.
func (b *builder) firstRewrite(s *stmt) packet.Rewrite {
	var r packet.Rewrite
	if s.op == "masquerade" || s.op == "redirect" {
		r = packet.Rewrite{ToSelf: true, Lost: true}
		if b.chain.base != nil && b.chain.base.hook == rules.Output && b.family != noFamily {
			r = packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(loopback[b.family])}}
		}
	}
	if s.random && s.b == nil && (s.op == "snat" || s.op == "masquerade") {
		r.Ports = []packet.Range{{First: 1, Last: 65535}}
	}
	return r
}

// translate adds a rule for each way in which a translation can come out.
func (b *builder) translate(s *stmt, list []rewriting) {
	terms, span := b.terms, b.stmtSpan(s)
	for i := range list {
		if i > 0 && !b.mayMake() {
			b.problem(source.Malformed, span, "the map expands to more than %d rules", b.in.Limits.Expansion)
			break
		}
		n := &rules.NAT{}
		if s.op == "snat" || s.op == "masquerade" {
			n.Src = list[i].to
		} else {
			n.Dst = list[i].to
		}
		b.terms = slices.Concat(terms, list[i].terms)
		b.emit(rules.Action{Verdict: rules.Accept, NAT: n})
	}
	if len(list) == 0 {
		b.never = true
		b.emit(rules.Action{Verdict: rules.Continue})
	}
}

var loopback = [2]netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}

// hasTransport reports whether the rule asks for a protocol that has ports.
func (b *builder) hasTransport() bool {
	return b.ports || b.proto != noProto && packet.Proto(b.proto).HasPorts()
}

// natFamily adds the IP version that a translation is for.
func (b *builder) natFamily(s *stmt, span source.Span) bool {
	family := map[string]int{"ip": packet.IPv4, "ip6": packet.IPv6, "": noFamily}[s.family]
	switch {
	case family == noFamily && s.a != nil && b.family == noFamily:
		b.problem(source.Malformed, span, "in an inet table a translation to an address needs ip or ip6, as in %s ip to", s.op)
		return false
	case family == noFamily:
		return true
	case b.family != noFamily && family != b.family:
		b.problem(source.Malformed, span, "the rule asks for IPv4 and for IPv6")
		return false
	case b.family == noFamily:
		b.family = family
		b.terms = append(b.terms, rules.Term{Boxes: familyBoxes[family], Span: span})
	}
	return true
}

// rewritings reads the new address and ports.
func (b *builder) rewritings(s *stmt, list []rewriting) ([]rewriting, bool) {
	if s.a != nil {
		var ok bool
		if list, ok = b.spread(s, s.a, list, b.newAddress); !ok {
			return nil, false
		}
	}
	if s.b != nil {
		return b.spread(s, s.b, list, b.newPorts)
	}
	return list, true
}

// spread reads a value, or all that a map can give, into each of the rewritings.
func (b *builder) spread(s *stmt, n *node, list []rewriting, read func(*stmt, *node, *packet.Rewrite) error) ([]rewriting, bool) {
	n = b.resolve(n)
	if n.kind != nodeMap {
		for i := range list {
			if err := read(s, n, &list[i].to); err != nil {
				b.fail(n, s.op, err)
				return nil, false
			}
		}
		return list, true
	}
	groups, ok := b.groups(n.kids[0], n.kids[1])
	if !ok {
		return nil, false
	}
	var out []rewriting
	for _, r := range list {
		for i := range groups {
			if !b.mayMake() {
				b.problem(source.Malformed, b.stmtSpan(s), "the map expands to more than %d rules", b.in.Limits.Expansion)
				return nil, false
			}
			x := rewriting{slices.Concat(r.terms, groups[i].terms), r.to}
			if groups[i].data == nil {
				x.to.Lost = true
			} else if err := read(s, groups[i].data, &x.to); err != nil {
				b.fail(groups[i].data, s.op, err)
				return nil, false
			}
			out = append(out, x)
		}
	}
	return out, true
}

// newAddress reads ADDRESS, a range or network, or ADDRESS . PORT.
func (b *builder) newAddress(s *stmt, n *node, r *packet.Rewrite) error {
	n = b.resolve(n)
	if n.kind == nodeConcat && len(n.kids) == 2 {
		if err := b.newAddress(s, n.kids[0], r); err != nil {
			return err
		}
		return b.newPorts(s, n.kids[1], r)
	}
	if n.kind == nodeSelector {
		r.Lost = true
		b.evaluate(n)
		b.problem(source.Unsupported, b.nodeSpan(n), "a new address that comes from the packet is not modelled")
		return nil
	}
	t := types["ipv4_addr"]
	if b.family == packet.IPv6 {
		t = types["ipv6_addr"]
	}
	a, err := b.atomOf(n, t)
	if err != nil {
		return err
	}
	if s.negated && n.kind == nodePrefix {
		bits, _ := number(b.resolve(n.kids[1]).text)
		r.Network = netip.PrefixFrom(a.addrRange().First, int(bits))
		return nil
	}
	r.Addrs = []packet.AddrRange{a.addrRange()}
	return nil
}

// newPorts reads PORT or a range of ports.
func (b *builder) newPorts(_ *stmt, n *node, r *packet.Rewrite) error {
	if hasField(b.resolve(n)) {
		return &unresolvedError{n, "new ports that come from the packet are not modelled"}
	}
	a, err := b.atomOf(n, types["inet_service"])
	if err != nil {
		return err
	}
	r.Ports = []packet.Range{{First: a.lo, Last: a.hi}}
	return nil
}

// noteOutside notes the interface that translated sources leave by: it is the
// one that looks to the Internet.
func (b *builder) noteOutside(terms []rules.Term) {
	for i := range terms {
		t := &terms[i]
		if t.Boxes == nil || t.Negated || len(t.Boxes.Fields()) != 1 || t.Boxes.Fields()[0] != packet.Out {
			continue
		}
		t.Boxes.Patterns(func(p packet.Pattern) bool {
			if at, ok := b.interfaces[p.Text]; ok && !p.Prefix && b.device.Interfaces[at].Facing == rules.NotTold {
				n := &b.device.Interfaces[at]
				n.Facing, n.Why, n.Span = rules.Outside, dialect.Masquerades, t.Span
			}
			return true
		})
	}
}
