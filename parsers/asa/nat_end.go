package asa

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// pieces returns the parts of a mapping, each for IP versions of the rule.
func (r *natRule) pieces(m *mapping) []piece {
	from, to := &m.from, &m.to
	switch {
	case m.same:
		return []piece{{}}
	case to.own != "":
		return []piece{{to: packet.Rewrite{ToSelf: true, Lost: true}}}
	case to.unknown != "":
		return []piece{{to: packet.Rewrite{Lost: true}}}
	case from.unknown != "" || from.own != "":
		return []piece{{to: packet.Rewrite{Addrs: to.ranges}}}
	}
	var out []piece
	for _, is4 := range []bool{true, false} {
		old, fresh := ofVersion(from.ranges, is4), ofVersion(to.ranges, is4)
		if from.any {
			old = []packet.AddrRange{allIPv6}
			if is4 {
				old = []packet.AddrRange{allIPv4}
			}
		}
		if len(old) > 0 && len(fresh) > 0 {
			out = append(out, pair(old, fresh)...)
		}
	}
	return out
}

// endTerms returns the conditions that an end of packets is an address of the
// rule.
func (n *natLowering) endTerms(f packet.Field, r *natRule, e *natEnd) []rules.Term {
	switch {
	case e.any:
		return r.versionTerms(e)
	case e.own != "" && f == packet.Dst:
		return n.ownTerms(e)
	case e.own != "" && f == packet.OrigDst:
		return []rules.Term{{Boxes: dstMoved, Span: e.span}} // it was taken for that of the interface
	case e.own != "":
		return []rules.Term{{Unknown: n.doubtful(f, "the address of interface "+e.own+" is given at run time", "the address of interface "+e.own), Span: e.span}}
	case e.address.kind == addrInterface:
		return []rules.Term{{Boxes: n.oneRange(f, e.ranges[0]), Span: e.span}}
	case e.address.kind == 0:
		return []rules.Term{{Unknown: n.doubtful(f, e.unknown, e.unknown+" at "+e.span.Position().String()), Span: e.span}}
	}
	t, ok := n.term(f, e.address)
	if !ok {
		return r.versionTerms(e)
	}
	return append(r.versionTerms(e), t)
}

// versionTerms returns the condition that packets are of the IP version of the
// rule, where its addresses do not say so.
func (r *natRule) versionTerms(e *natEnd) []rules.Term {
	if e.families() == r.families || r.families.none() {
		return nil
	}
	if r.families.four {
		return []rules.Term{{Boxes: onlyIPv4, Span: r.line.span}}
	}
	return []rules.Term{{Boxes: onlyIPv6, Span: r.line.span}}
}

// ownTerms returns the conditions that a destination is the address that an
// interface got at run time. That the packet came in by it is asked elsewhere.
func (n *natLowering) ownTerms(e *natEnd) []rules.Term {
	terms := []rules.Term{
		{Boxes: onlyIPv4, Span: e.span},
		{Boxes: packet.Number(packet.DstType, uint32(packet.Local)), Span: e.span},
	}
	var told []packet.AddrRange
	for _, p := range n.ports {
		told = append(told, p.own()...)
	}
	if len(told) > 0 {
		terms = append(terms, rules.Term{Boxes: packet.Addresses(packet.Dst, told...), Negated: true, Span: e.span})
	}
	return terms
}
