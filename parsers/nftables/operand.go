package nftables

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// evaluate adds the conditions that working a value out brings along, wherever
// it goes: the rule ends where the packet lacks a field (NFT_BREAK), and where a
// map lacks the key. It reports whether the value can be worked out at all.
func (b *builder) evaluate(n *node) bool {
	if n == nil {
		return true
	}
	n = b.resolve(n)
	switch n.kind {
	case nodeMap:
		return b.found(n)
	case nodeSelector:
		b.settle()
		s := b.selectorOf(n, b.chain.table.family)
		if !b.need(s, n) {
			return false
		}
		b.present(s, n)
	}
	for _, k := range n.kids {
		if !b.evaluate(k) {
			return false
		}
	}
	return true
}

// found adds the condition that a map has the key that is looked up in it.
func (b *builder) found(n *node) bool {
	b.settle()
	l, ok := b.lookUp(n.kids[0], n.kids[1])
	if !ok {
		return false
	}
	b.condition(n.kids[0], &l.o, l.entries, l.x, rules.Term{Span: b.nodeSpan(n)}, l.data)
	return true
}

// ubiquitous are fields that every packet has. The name of an interface that is
// not there is empty.
var ubiquitous = packet.Fields(packet.Src, packet.Dst, packet.In, packet.Out, packet.Mark, packet.ConnMark, packet.ConnState, packet.Family,
	packet.Protocol, packet.TOS, packet.Length, packet.LinkType, packet.IPsec)

// present adds the condition that the packet has a field, beside the header that
// the field needs.
func (b *builder) present(s *selector, n *node) {
	span := b.nodeSpan(n)
	switch {
	case s.isAnyPort() && !b.hasTransport():
		x := b.doubt(n, "ports", packet.Varying, 0, "what a packet without ports has in their place")
		x.Within = portless
		b.terms = append(b.terms, rules.Term{Boxes: packet.AnyOf(packet.Any(s.field), nothing), Unknown: x, Span: span})
	case s.field != 0 && s.opaque == "":
		if !ubiquitous.Has(s.field) {
			b.terms = append(b.terms, rules.Term{Boxes: packet.Any(s.field), Span: span})
		}
	case s.within != nil:
		b.terms = append(b.terms, rules.Term{Boxes: s.within, Span: span})
	case s.opaque != "" && !s.isSteady():
		b.unknown(n, "presence of", s.doubt, s.of, "whether the packet has "+s.name)
	}
}

// steadyWords begin the names of fields that are there whenever their header is.
var steadyWords = []string{"numgen", "jhash", "symhash", "fib", "ip", "ip6", "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp"}

// steadyFields are others that are always there.
var steadyFields = []string{
	"rt mtu", "meta cpu", "meta random", "meta time", "meta day", "meta hour", "meta priority", "meta nftrace", "ct direction", "ct status",
}

// isSteady reports whether every packet with the header that a field needs has
// the field: no option may be missing.
func (s *selector) isSteady() bool {
	words := strings.Fields(s.name + " .")
	return slices.Contains(steadyFields, s.name) || slices.Contains(steadyWords, words[0]) && !slices.Contains(optionWords, words[1])
}

// optionWords stand behind a header in the name of a part that it may lack.
var optionWords = []string{"option", "chunk"}
