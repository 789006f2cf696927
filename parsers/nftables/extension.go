package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// "ip6 nexthdr" is the number in the IPv6 header: the protocol only if no
// extension header comes before it. Senders may use any, and ordinary packets
// have none. "meta l4proto" and what ports need look behind them
// (nft_set_pktinfo_ipv6).

const whyNoExtension = "whether the packet has no IPv6 extension header"

// extensionNumbers are the numbers of extension headers (RFC 8200, section 4; RFC
// 6275; RFC 7401; RFC 5533; RFC 4302).
var extensionNumbers = []uint32{0, 43, 44, 51, 60, 135, 139, 140}

func (s *selector) isNextHeader() bool { return s.name == "ip6 nexthdr" }

func (o *operand) hasNextHeader() bool { return slices.ContainsFunc(o.parts, (*selector).isNextHeader) }

// asksExtension reports whether one of the entries may be found for a packet
// with an extension header.
func (o *operand) asksExtension(entries []entry) bool {
	i := slices.IndexFunc(o.parts, (*selector).isNextHeader)
	return len(o.ops) > 0 || slices.ContainsFunc(entries, func(e entry) bool {
		return e.star || slices.ContainsFunc(extensionNumbers, func(n uint32) bool { return e.atoms[i].lo <= n && n <= e.atoms[i].hi })
	})
}

// plainHeader is the condition that a packet has no extension header, the same
// wherever it is asked.
func plainHeader(within *packet.Boxes) *rules.Unknown {
	return &rules.Unknown{Reason: whyNoExtension, Key: "ip6 extension headers", Doubt: packet.Usual, Within: within}
}

// headed limits a condition on the next header to what is known of it.
func (b *builder) headed(t *rules.Term, o *operand, entries []entry, n *node) {
	switch {
	case !o.hasNextHeader():
		return
	case t.Unknown != nil:
		t.Unknown.Within = nil
	case o.asksExtension(entries):
		t.Unknown = b.doubt(n, "next header "+t.Span.Text(), packet.Varying, 0, "the next header of the packet")
	default:
		t.Unknown = plainHeader(t.Boxes)
	}
	t.Boxes = nothing
}

// headedGroups limits what a map gives for the next header in the same way.
func (b *builder) headedGroups(l *lookup, list []group) []group {
	if l.o.asksExtension(l.entries) {
		return b.unclearGroup(&l.o, l.data, "the next header of the packet")
	}
	for i := range list {
		list[i].terms = append(list[i].terms, rules.Term{Unknown: plainHeader(nil), Span: b.nodeSpan(l.data)})
	}
	return list
}
