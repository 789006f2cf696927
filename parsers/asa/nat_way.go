package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// way is a direction in which packets that open a conversation go through a rule
// (7.4).
type way struct {
	rule     *natRule
	in, out  string
	src, dst mapping
	// hasSrc and hasDst say that the rule speaks of the end.
	hasSrc, hasDst   bool
	srcPort, dstPort portMapping
}

// portMapping is what becomes of ports. Nil: any, or they stay.
type portMapping struct{ from, to []packet.Range }

// forward is the way from the real interface of a rule to its mapped one.
func (r *natRule) forward() *way {
	s := &r.service
	return &way{
		rule: r, in: r.line.realIf, out: r.line.mappedIf,
		src: r.source, hasSrc: true, dst: r.dest, hasDst: r.line.hasDest,
		srcPort: portMapping{s.realSrc, s.mappedSrc}, dstPort: portMapping{s.realDst, s.mappedDst},
	}
}

// backward is the way from the mapped interface to the real one.
func (r *natRule) backward() *way {
	s := &r.service
	return &way{
		rule: r, in: r.line.mappedIf, out: r.line.realIf,
		src: r.dest.back(), hasSrc: r.line.hasDest, dst: r.source.back(), hasDst: true,
		srcPort: portMapping{s.mappedDst, s.realDst}, dstPort: portMapping{s.mappedSrc, s.realSrc},
	}
}

// movesPort reports whether a rule translates the port of the source.
func (r *natRule) movesPort() bool {
	return r.service.unknown != "" || !slices.Equal(r.service.realSrc, r.service.mappedSrc)
}

// isIdentity reports whether a rule leaves the source alone.
func (r *natRule) isIdentity() bool { return r.source.same && !r.movesPort() }

// opensBackward reports whether packets from the mapped interface may open a
// conversation by the rule.
func (r *natRule) opensBackward() bool { return !r.line.dynamic && !r.line.unidirectional }

// fields are the fields in which the conditions of a way look for what they ask.
type fields struct{ src, dst, srcPort, dstPort packet.Field }

var (
	// arriving are those of packets that were not translated yet.
	arriving = fields{packet.Src, packet.Dst, packet.SrcPort, packet.DstPort}
	// untranslated are those of packets whose destination was translated: rules
	// go by what it was.
	untranslated = fields{packet.Src, packet.OrigDst, packet.SrcPort, packet.OrigDstPort}
)

// terms returns the conditions of a way. The pieces, if not nil, are the parts of
// the two ends that they are limited to.
func (n *natLowering) wayTerms(w *way, f *fields, src, dst *piece) []rules.Term {
	terms := n.comesIn(w.in, w.rule.line.span)
	if w.hasDst {
		terms = append(terms, n.pieceTerms(f.dst, w.rule, &w.dst.from, dst)...)
	}
	if w.hasSrc {
		terms = append(terms, n.pieceTerms(f.src, w.rule, &w.src.from, src)...)
	}
	return append(terms, n.serviceTerms(w, f)...)
}

// pieceTerms returns the conditions that an end lies in a piece of an address of
// the rule, in all of it if the piece is nil.
func (n *natLowering) pieceTerms(f packet.Field, r *natRule, e *natEnd, p *piece) []rules.Term {
	if p == nil || p.from == nil || e.any && isAll(p.from) {
		return n.endTerms(f, r, e)
	}
	if len(p.from) == 1 {
		return []rules.Term{{Boxes: n.oneRange(f, p.from[0]), Span: e.span}}
	}
	return []rules.Term{{Boxes: packet.Addresses(f, p.from...), Span: e.span}}
}

// isAll reports whether the runs are all addresses of an IP version.
func isAll(ranges []packet.AddrRange) bool {
	return len(ranges) == 1 && (ranges[0] == allIPv4 || ranges[0] == allIPv6)
}

// serviceTerms returns the conditions on protocol and ports.
func (n *natLowering) serviceTerms(w *way, f *fields) []rules.Term {
	s := &w.rule.service
	if s.unknown != "" {
		x := &rules.Unknown{Reason: s.unknown, Key: "the service at " + s.span.Position().String(), Of: servicesOf}
		return []rules.Term{{Unknown: x, Span: s.span}}
	}
	var terms []rules.Term
	add := func(f packet.Field, rs []packet.Range) {
		if rs != nil {
			terms = append(terms, rules.Term{Boxes: n.run(f, rs), Span: s.span})
		}
	}
	add(packet.Protocol, s.protos)
	add(f.srcPort, w.srcPort.from)
	add(f.dstPort, w.dstPort.from)
	return terms
}

// withPorts adds to the rewriting of an address what becomes of the port.
func (m *portMapping) withPorts(r packet.Rewrite, s *natService) packet.Rewrite {
	switch {
	case s.unknown != "":
		r.Ports = anyPort
	case m.to == nil || slices.Equal(m.from, m.to):
	default:
		r.Ports = m.to
		if len(m.from) == 1 && len(m.to) == 1 && m.to[0].First != m.to[0].Last {
			r.ShiftPorts, r.PortBase = true, uint16(m.from[0].First)
		}
	}
	return r
}

var anyPort = []packet.Range{{First: 1, Last: 65535}}
