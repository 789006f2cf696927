package pf

import (
	"github.com/alecthomas/participle/v2/lexer"
)

// readNo reads what begins with "no": a rule of translation, or scrub.
func (r *reader) readNo(p *parser) {
	switch t := p.ahead(1); {
	case isText(t, "nat"), isText(t, "rdr"), isText(t, "binat"):
		r.readNAT(p)
	case isText(t, "scrub"):
		r.readScrub(p)
	default:
		p.next()
		p.failWord("expected nat, rdr, binat or scrub behind no", []string{"nat", "rdr", "binat", "scrub"})
	}
}

// natKinds are the kinds of translation, by their words.
var natKinds = map[string]natKind{"nat": kindNAT, "rdr": kindRDR, "binat": kindBINAT}

// readNAT reads nat, rdr and binat of the language of FreeBSD.
func (r *reader) readNAT(p *parser) {
	n := &natRule{span: p.span, rule: rule{number: p.number, span: p.span, filter: filterOpts{tos: -1, prio: -1}}}
	n.no = p.take("no")
	word := p.next()
	n.kind = natKinds[word.Value]
	x := &n.rule
	if p.take("pass") {
		n.pass = true
	}
	if p.take("log") {
		x.log = true
		p.logOptions()
	}
	p.onPart(x)
	p.familyAndHosts(x)
	p.natOptions(x)
	if arrow := p.peek(); p.take("->") {
		n.to = p.redirection(arrow)
		if n.no {
			p.failToken(arrow, "no "+word.Value+" leads nowhere: it has no ->")
		}
	}
	p.natOptions(x)
	if !p.finish() || !p.checkNAT(n, word) {
		return
	}
	r.forms.freeBSD(p.span, word.Value, strongForm)
	r.order.next(r, orderNAT, p.span)
	r.add(statement{nat: n})
}

// natOptions reads the options of a rule of translation, before its arrow or
// behind what it leads to.
func (p *parser) natOptions(x *rule) {
	for p.bad == nil {
		t := p.peek()
		if !isText(t, "!") && t.Type != tokWord {
			return
		}
		switch t.Value {
		case "tag", "tagged", "!", "rtable", "label", "ridentifier", "tracker", "user", "group":
			p.next()
			p.r.options[t.Value](p, x, t)
		default:
			return
		}
	}
}

// checkNAT finds what pfctl refuses in a rule of translation.
func (p *parser) checkNAT(n *natRule, word *lexer.Token) bool {
	x := &n.rule
	switch {
	case n.to == nil && !n.no:
		p.failAt(p.behind(), "expected -> and an address")
	case n.kind == kindBINAT:
		p.checkOldBinat(n, word)
	}
	x.nat = n.to
	p.checkFamilies(x)
	x.nat = nil
	if n.kind == kindRDR { // nat may have ports without a protocol, and binat has none
		p.checkPorts(x)
		p.checkTarget(n)
		for i := range x.dst.ports {
			if p.has(seenOperator) && x.dst.ports[i].at.span == p.seen[seenOperator].span {
				p.failAt(x.dst.ports[i].at, "rdr knows one port or a range as its destination")
			}
		}
	}
	return p.bad == nil
}

// checkTarget: the port that rdr leads to is of TCP and UDP.
func (p *parser) checkTarget(n *natRule) {
	if n.to == nil || n.to.ports == nil {
		return
	}
	eachProto(&n.rule, func(proto uint8) {
		if !hasPorts(proto) {
			p.failAt(n.to.at, "ports are of tcp and udp only: proto is missing, or has others")
		}
	})
}

// checkOldBinat finds what pfctl refuses in binat.
func (p *parser) checkOldBinat(n *natRule, word *lexer.Token) {
	x := &n.rule
	switch {
	case len(x.on) > 1:
		p.failAt(x.on[1].at, "binat knows one interface")
	case len(x.protos) > 1:
		p.failAt(x.protos[1].at, "binat knows one protocol")
	case len(x.src.hosts) != 1:
		p.failToken(word, "binat has one source address or network")
	case x.src.hosts[0].kind == hostTable:
		p.failAt(x.src.hosts[0].at, "a table is no source of binat")
	case n.to == nil:
	case len(n.to.pool) != 1 || n.to.pool[0].kind == hostTable:
		p.failAt(n.to.at, "binat leads to one address or network")
	case n.to.ports != nil:
		p.failAt(n.to.at, "binat leads to no port")
	default:
		p.sameMask(&x.src.hosts[0], &n.to.pool[0])
	}
}

// sameMask finds a mistake where two networks differ in size.
func (p *parser) sameMask(a, b *hostItem) {
	if a.kind != hostRange || b.kind != hostRange || a.addrs.First.Is4() != b.addrs.First.Is4() {
		return
	}
	if sizeBits(a) != sizeBits(b) {
		p.failAt(b.at, "the networks of binat are of one size")
	}
}

// sizeBits returns the length of the prefix of a network.
func sizeBits(h *hostItem) int {
	first, last := h.addrs.First.AsSlice(), h.addrs.Last.AsSlice()
	for i := range first {
		if d := first[i] ^ last[i]; d != 0 {
			n := 8 * i
			for mask := byte(0x80); d&mask == 0; mask >>= 1 {
				n++
			}
			return n
		}
	}
	return 8 * len(first)
}

// readScrub reads scrub of the language of FreeBSD.
func (r *reader) readScrub(p *parser) {
	x := r.newRule()
	x.span, x.number, x.action = p.span, p.number, actionScrub
	x.noScrub = p.take("no")
	p.expect("scrub")
	p.direction(x)
	p.logQuick(x)
	p.onPart(x)
	p.familyAndHosts(x)
	for p.bad == nil && !p.done() {
		t := p.peek()
		switch {
		case isText(t, "tagged"), isText(t, "!"), isText(t, "rtable"), isText(t, "ridentifier"), isText(t, "label"):
			p.next()
			r.options[t.Value](p, x, t)
		case isText(t, "fragment"):
			p.next()
			x.unfragmented = p.oneOf("reassemble", "crop", "drop-ovl", "no") != "reassemble"
			if x.unfragmented && p.is("reassemble") {
				p.next()
			}
		case p.scrubItem(), p.take(","):
		default:
			p.failWord("expected what is scrubbed or the end of the line", append([]string{"in", "out", "on", "inet", "inet6", "proto", "from", "to", "all"}, scrubWords...))
		}
	}
	if !p.finish() {
		return
	}
	p.checkPorts(x)
	p.checkFamilies(x)
	if p.bad != nil {
		return
	}
	r.forms.freeBSD(p.span, "scrub", strongForm)
	r.order.next(r, orderScrub, p.span)
	r.add(statement{scrub: x})
}
