package nftables

import (
	"slices"
	"strings"
)

// ctStatement reads the statements that begin with ct and are no comparison.
func (p *parser) ctStatement(start int32) (stmt, bool) {
	switch second := p.second().Value; second {
	case "count":
		p.at += 2
		over := p.take("over")
		n := p.primary(rightSide)
		s := p.stmt(stmtConns, start, n, nil)
		s.negated = over
		return s, true
	case "helper", "timeout", "expectation":
		if p.ahead(2).Value != "set" {
			return stmt{}, false
		}
		p.at += 3
		n := p.expression(anySide)
		s := p.stmt(stmtObject, start, n, nil)
		s.op = "ct " + second
		return s, true
	}
	return stmt{}, false
}

func (p *parser) plain(start int32, what string) stmt {
	s := p.stmt(stmtPlain, start, nil, nil)
	s.op = what
	return s
}

// number reads a number, a time or the like.
func (p *parser) number(what string) {
	t := p.peek()
	if t.Type != tokVar && (t.Type != tokWord || t.Value == "" || classes[t.Value[0]]&isDigit == 0) {
		p.fail("expected " + what)
	}
	p.next()
}

func (p *parser) counter(start int32) stmt {
	p.at++
	if p.take("name") {
		n := p.expression(anySide)
		s := p.stmt(stmtObject, start, n, nil)
		s.op = "counter"
		return s
	}
	for p.is("packets") || p.is("bytes") {
		p.at++
		p.number("a number")
	}
	return p.plain(start, "counter")
}

// logWords are the parameters of log.
var logWords = []string{"prefix", "level", "group", "snaplen", "queue-threshold", "flags"}

func (p *parser) log(start int32) stmt {
	p.at++
	for {
		switch {
		case p.is("flags"):
			p.at++
			p.logFlags()
		case slices.Contains(logWords, p.peek().Value) && p.peek().Type == tokWord:
			p.at++
			switch t := p.peek(); t.Type {
			case tokWord, tokString, tokVar:
				p.at++
			default:
				p.fail("expected a value")
			}
		default:
			return p.stmt(stmtLog, start, nil, nil)
		}
	}
}

func (p *parser) logFlags() {
	switch p.peek().Value {
	case "all", "skuid", "ether":
		p.at++
	case "tcp", "ip":
		p.at++
		p.next()
		for p.take(",") {
			p.next()
		}
	default:
		p.fail("expected tcp, ip, skuid, ether or all")
	}
}

// byteUnits and timeUnits are the units of rates and quotas.
var (
	byteUnits = []string{"bytes", "kbytes", "mbytes"}
	timeUnits = []string{"second", "minute", "hour", "day", "week"}
)

func (p *parser) limit(start int32) stmt {
	p.at++
	if p.take("name") {
		n := p.expression(anySide)
		s := p.stmt(stmtLimit, start, n, nil)
		s.op = "name"
		return s
	}
	over := p.rate()
	s := p.stmt(stmtLimit, start, nil, nil)
	s.negated = over
	return s
}

// rate reads "rate [over|until] N[ unit]/unit [burst N packets|unit]".
func (p *parser) rate() (over bool) {
	p.expect("rate")
	if over = p.take("over"); !over {
		p.take("until")
	}
	if p.peek().Type == tokVar && p.second().Value != "/" {
		p.at++ // the whole rate
		p.burst()
		return over
	}
	p.number("a rate like 10/second")
	if unit, per, joined := strings.Cut(p.peek().Value, "/"); joined && slices.Contains(byteUnits, unit) {
		if !slices.Contains(timeUnits, per) {
			p.fail("expected a rate like 10 mbytes/second")
		}
		p.at++
		p.burst()
		return over
	}
	if slices.Contains(byteUnits, p.peek().Value) {
		p.at++
	}
	p.expect("/")
	if !slices.Contains(timeUnits, p.peek().Value) {
		p.failHint("expected second, minute, hour, day or week", suggestion(p.peek(), timeUnits))
	}
	p.next()
	p.burst()
	return over
}

// burst reads "burst N packets|unit", if it stands here.
func (p *parser) burst() {
	if !p.take("burst") {
		return
	}
	p.number("a number")
	if slices.Contains(byteUnits, p.peek().Value) || p.is("packets") {
		p.at++
	}
}

func (p *parser) quota(start int32) stmt {
	p.at++
	if p.take("name") {
		n := p.expression(anySide)
		s := p.stmt(stmtQuota, start, n, nil)
		s.op = "name"
		return s
	}
	over := p.take("over")
	if !over {
		p.take("until")
	}
	p.quantity()
	if p.take("used") {
		p.quantity()
	}
	s := p.stmt(stmtQuota, start, nil, nil)
	s.negated = over
	return s
}

func (p *parser) quantity() {
	p.number("a number of bytes")
	if !slices.Contains(byteUnits, p.peek().Value) {
		p.fail("expected bytes, kbytes or mbytes")
	}
	p.next()
}

func (p *parser) lastUsed(start int32) stmt {
	p.at++
	if p.take("used") {
		p.next()
	}
	return p.plain(start, "last")
}

func (p *parser) notrack(start int32) stmt {
	p.at++
	return p.stmt(stmtNotrack, start, nil, nil)
}
