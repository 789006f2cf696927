package nftables

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// earlyState is the state of packets before connection tracking has seen them:
// each counts as invalid, unless it was untracked (nft_ct_get_eval in
// net/netfilter/nft_ct.c).
var earlyState = &selector{
	name: "ct state", typ: types["ct_state"], field: packet.ConnState, proto: noProto, family: noFamily,
	pairs: []pair{
		{1, uint32(packet.New)}, {1, uint32(packet.Established)}, {1, uint32(packet.Related)}, {1, uint32(packet.Invalid)}, {64, uint32(packet.Untracked)},
	},
}

// The bits of a connection's status (include/uapi/linux/netfilter/nf_conntrack_common.h).
const (
	statusSNAT = 16
	statusDNAT = 32
	// statusLate are the bits that the first packet of a connection never has.
	statusLate = 1 | 2 | 4 | 8
)

// status adds a condition on the status of the packet's connection. Whether it
// is translated is known; the other bits are those of connections that exist
// already.
func (b *builder) status(s *stmt, o *operand, op string, right *node) {
	span := b.nodeSpan(s.b)
	if len(o.parts) != 1 || right.kind == nodeRef || right.kind == nodeSet || right.kind == nodeRange {
		b.opaqueStatus(s)
		return
	}
	value, err := b.constant(right, o.parts[0].typ)
	if err != nil {
		b.fail(s.b, "ct status", err)
		return
	}
	mask, negated, ok := anyBit(o.ops, op, value)
	if !ok {
		b.opaqueStatus(s)
		return
	}
	either := []*packet.Boxes{nothing}
	if mask&statusSNAT != 0 {
		either = append(either, packet.Number(packet.SrcTranslated, 1))
	}
	if mask&statusDNAT != 0 {
		either = append(either, packet.Number(packet.DstTranslated, 1))
	}
	t := rules.Term{Boxes: packet.AnyOf(either...), Negated: negated, Span: span}
	if mask&^(statusSNAT|statusDNAT) != 0 {
		t.Unknown = b.doubt(s.a, "ct status "+span.Text(), packet.Fixed, 0, o.parts[0].opaque)
		if mask&^(statusSNAT|statusDNAT|statusLate) == 0 {
			t.Unknown.Within = underway
		}
	}
	b.terms = append(b.terms, t)
}

// anyBit returns the bits of which a comparison asks for any or, negated, for
// none, and false if it asks for something else.
func anyBit(ops []bitOp, op string, value uint32) (mask uint32, negated, ok bool) {
	if len(ops) == 0 {
		return value, op == "!", op == "" || op == "!"
	}
	with := ops[0].with
	if len(ops) > 1 || ops[0].op != "&" || op == "!" {
		return 0, false, false
	}
	switch {
	case value == 0 && (op == "!=" || op == "=="):
		return with, op == "==", true
	case value == with && with&(with-1) == 0:
		return with, op == "!=", true
	}
	return 0, false, false
}

func (b *builder) opaqueStatus(s *stmt) {
	const reason = "what connection tracking knows of the packet's connection"
	b.unknown(s.a, "ct status "+s.op+" "+b.nodeSpan(s.b).Text(), packet.Fixed, 0, reason)
	b.problem(source.Unsupported, b.nodeSpan(s.b), "this test of a connection's status is not modelled")
}

// direction adds a condition on the direction of the packet in its connection.
// The first packet is in the original direction.
func (b *builder) direction(s *stmt, o *operand, op string, right *node) {
	a, err := b.atomOf(right, o.parts[0].typ)
	if err != nil || !a.isOne() || op != "" && op != "==" && op != "!=" {
		if err == nil {
			err = wrong(right, "original or reply")
		}
		b.fail(s.b, "ct direction", err)
		return
	}
	span := b.nodeSpan(s.b)
	// The direction is original, negated if the reply is asked for.
	t := rules.Term{Boxes: opening, Negated: (op == "!=") != (a.lo != 0), Span: span}
	t.Unknown = b.doubt(s.a, "ct direction", packet.Fixed, 0, o.parts[0].opaque)
	t.Unknown.Key = "ct direction"
	t.Unknown.Within = underway
	b.terms = append(b.terms, t)
}

// rawFragment adds the condition that "ip frag-off & 0x1fff != 0" stands for:
// that the packet is a second or further fragment. It reports whether that is
// what the comparison asks.
func (b *builder) rawFragment(s *stmt, right *node) bool {
	const offset = 0x1fff
	left := s.a
	if left.kind != nodeBinary || left.text != "&" || left.kids[0].text != "ip frag-off" || right.kind != nodeWord || s.op != "!=" && s.op != "==" {
		return false
	}
	mask, ok := number(b.resolve(left.kids[1]).text)
	value, isNumber := number(right.text)
	if !ok || !isNumber || mask != offset || value != 0 {
		return false
	}
	if b.need(selectors["ip frag-off"], left) {
		b.terms = append(b.terms, rules.Term{Boxes: packet.Number(packet.Fragment, 1), Negated: s.op == "==", Span: b.nodeSpan(s.b)})
	}
	return true
}
