package pf

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// readKeep reads how a rule keeps state.
func readKeep(p *parser, x *rule, t *lexer.Token) {
	switch t.Value {
	case "no":
		x.state.keep = keepNone
	case "keep":
		x.state.keep = keepState
	case "modulate":
		x.state.keep = keepModulate
	default:
		x.state.keep = keepSynproxy
	}
	p.expect("state")
	p.mark(seenKeep, p.where(t))
	if p.take("(") {
		p.stateOptions(&x.state)
		p.expect(")")
	}
}

// stateOptions reads the options of states (5.3), with commas between them or
// without.
func (p *parser) stateOptions(s *stateKeeping) {
	for p.bad == nil {
		p.stateOption(s)
		p.take(",")
		if p.done() || p.is(")") {
			break
		}
	}
	switch {
	case p.bad != nil:
	case p.has(seenTrack) && p.has(seenMaxNodes) && p.global:
		p.failAt(p.seen[seenMaxNodes], "max-src-nodes does not go with source-track global")
	case p.has(seenTrack) && p.has(seenMaxStates) && p.global:
		p.failAt(p.seen[seenMaxStates], "max-src-states does not go with source-track global")
	case p.has(seenOverload) && !p.has(seenMaxConn):
		p.failAt(p.seen[seenOverload], "overload goes with max-src-conn or max-src-conn-rate")
	}
}

// stateOption reads one option of states.
func (p *parser) stateOption(s *stateKeeping) {
	from := p.at
	t := p.next()
	limit := func(what seen) {
		where := p.since(from)
		p.mark(what, where)
		if s.limited == nil {
			s.limited = &where
		}
	}
	switch t.Value {
	case "max":
		p.numberUpTo(maxNumber, "a number of states")
		limit(seenEnd - 1)
	case "max-src-states":
		p.numberUpTo(maxNumber, "a number of states")
		limit(seenMaxStates)
	case "max-src-nodes":
		p.numberUpTo(maxNumber, "a number of hosts")
		limit(seenMaxNodes)
	case "max-src-conn":
		p.numberUpTo(maxNumber, "a number of connections")
		limit(seenMaxConn)
	case "max-src-conn-rate":
		p.rate("a number of connections")
		limit(seenMaxConn)
	case "overload":
		p.overload()
		limit(seenOverload)
	case "source-track":
		if p.is("rule") || p.is("global") {
			p.global = p.next().Value == "global"
		}
		p.mark(seenTrack, p.where(t))
	case "if-bound", "floating":
		s.ifBound, p.bound = t.Value == "if-bound", true
	case "sloppy":
		s.sloppy = true
	case "no-sync", "pflow", "allow-related":
	default:
		p.stateTimeout(t)
	}
}

// overload reads the table that hosts are put into that exceed a limit.
func (p *parser) overload() {
	p.expect("<")
	from := p.at
	name := p.tableName()
	where := p.since(from)
	p.expect(">")
	if p.bad != nil {
		return
	}
	p.r.refer(name, where.span)
	p.r.filled[tableRef{p.r.scope(), name}] = true
	if p.take("flush") {
		p.take("global")
	}
}

// stateTimeout reads a timeout.
func (p *parser) stateTimeout(t *lexer.Token) {
	if t.Type != tokWord || !timeouts[t.Value] {
		p.at--
		words := append(sortedWords(timeouts), "max", "max-src-states", "max-src-nodes", "max-src-conn", "max-src-conn-rate", "overload",
			"source-track", "if-bound", "floating", "sloppy", "no-sync", "pflow")
		p.failHint("expected an option of states", suggest.DidYouMean(t.Value, words))
		return
	}
	p.numberUpTo(maxNumber, "seconds")
}

// timeouts are the names of timeouts.
var timeouts = wordSet(`tcp.first tcp.opening tcp.established tcp.closing tcp.finwait tcp.closed tcp.tsdiff sctp.first sctp.opening
	sctp.established sctp.closing sctp.closed udp.first udp.single udp.multiple icmp.first icmp.error other.first other.single other.multiple
	frag interval adaptive.start adaptive.end src.track`)
