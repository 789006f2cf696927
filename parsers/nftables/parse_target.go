package nftables

import "slices"

func (p *parser) reject(start int32) stmt {
	p.at++
	s := stmt{kind: stmtReject, start: start}
	if p.take("with") {
		switch w := p.peek().Value; w {
		case "tcp":
			p.at++
			p.expect("reset")
			s.op = "tcp reset"
		case "icmp", "icmpv6", "icmpx":
			p.at++
			p.take("type")
			s.op = w
			s.a = p.primary(rightSide)
		default:
			p.fail("expected tcp reset, icmp, icmpv6 or icmpx")
		}
	}
	s.end = p.end()
	return s
}

// natFlags are what may stand behind a translation.
var natFlags = []string{"random", "fully-random", "persistent"}

// natOptions reads the flags of a translation, and reports whether it takes any
// port.
func (p *parser) natOptions() (random bool) {
	for slices.Contains(natFlags, p.peek().Value) {
		random = p.next().Value != "persistent" || random
		p.take(",")
	}
	return random
}

// familyWord reads ip or ip6, if it stands here.
func (p *parser) familyWord() string {
	if p.is("ip") || p.is("ip6") {
		return p.next().Value
	}
	return ""
}

// nat reads "dnat [ip|ip6] [prefix] to ADDRESS[:PORTS] [flags]".
func (p *parser) nat(start int32) stmt {
	s := stmt{kind: stmtNAT, start: start, op: p.next().Value}
	s.family = p.familyWord()
	if p.take("addr") {
		if p.take(".") {
			p.expect("port")
		}
	}
	prefix := p.take("prefix") || p.take("interval")
	p.take("to") // old versions do without
	if !p.is(":") {
		s.a = p.expression(anySide)
	}
	if p.take(":") {
		s.b = p.expression(anySide)
	}
	s.negated = prefix // the target is a network: hosts keep their place in it
	s.random = p.natOptions()
	s.end = p.end()
	return s
}

// ownNAT reads "masquerade [to :PORTS] [flags]" and the same of redirect.
func (p *parser) ownNAT(start int32) stmt {
	s := stmt{kind: stmtNAT, start: start, op: p.next().Value}
	if p.take("to") {
		p.take(":")
		s.b = p.expression(anySide)
	}
	s.random = p.natOptions()
	s.end = p.end()
	return s
}

func (p *parser) tproxy(start int32) stmt {
	p.at++
	family := p.familyWord()
	p.expect("to")
	s := stmt{kind: stmtTproxy, start: start, family: family}
	if !p.is(":") {
		s.a = p.expression(anySide)
	}
	if p.take(":") {
		s.b = p.expression(anySide)
	}
	s.end = p.end()
	return s
}

// queueFlags are the flags of queue.
var queueFlags = []string{"bypass", "fanout"}

func (p *parser) queue(start int32) stmt {
	p.at++
	s := stmt{kind: stmtQueue, start: start}
	flags := func() {
		for slices.Contains(queueFlags, p.peek().Value) {
			s.bypass = p.next().Value == "bypass" || s.bypass
			p.take(",")
		}
	}
	if p.take("flags") {
		flags()
	}
	if p.take("num") || p.take("to") {
		s.a = p.expression(anySide)
	}
	if p.take("flags") || p.peek().Type == tokWord {
		flags()
	}
	s.end = p.end()
	return s
}

func (p *parser) dup(start int32) stmt {
	p.at++
	s := p.handOver(stmtPlain, start)
	s.op = "dup"
	return s
}

func (p *parser) fwd(start int32) stmt {
	p.at++
	p.familyWord()
	return p.handOver(stmtForward, start)
}

// handOver reads "to ADDRESS [device NAME]".
func (p *parser) handOver(kind stmtKind, start int32) stmt {
	p.expect("to")
	to := p.expression(anySide)
	var device *node
	if p.take("device") {
		device = p.expression(anySide)
	}
	return p.stmt(kind, start, to, device)
}

func (p *parser) flow(start int32) stmt {
	p.at++
	switch {
	case p.take("add"):
	case p.take("offload"):
	default:
		p.fail("expected add")
	}
	t := p.peek()
	if t.Type != tokRef {
		p.fail("expected @ and the name of a flowtable")
	}
	n := p.primary(rightSide)
	s := p.stmt(stmtObject, start, n, nil)
	s.op = "flowtable"
	return s
}

func (p *parser) synproxy(start int32) stmt {
	p.at++
	s := stmt{kind: stmtSynproxy, start: start}
	if p.take("name") {
		s.a = p.expression(anySide)
	}
	for {
		switch {
		case p.take("mss"), p.take("wscale"):
			p.number("a number")
		case p.take("timestamp"), p.take("sack-perm"):
		default:
			s.end = p.end()
			return s
		}
	}
}

// setOp reads "add @SET { KEY [options] [statements] }".
func (p *parser) setOp(start int32) stmt {
	s := stmt{kind: stmtSetOp, start: start, op: p.next().Value}
	t := p.peek()
	if t.Type != tokRef {
		p.fail("expected @ and the name of a set")
		return s
	}
	p.at++
	s.b = p.node(nodeRef, t.Value[1:], int32(t.Pos.Offset))
	p.changedInBraces(&s)
	return s
}

// changedInBraces reads the element that a rule changes in its braces, with which
// the statement ends.
func (p *parser) changedInBraces(s *stmt) {
	p.expect("{")
	p.depth++
	p.changedElement(s)
	p.peek()
	p.depth--
	p.expect("}")
	s.end = p.end()
}

// changedElement reads the element that a rule changes.
func (p *parser) changedElement(s *stmt) {
	s.a = p.expression(anySide)
	for p.bad == nil {
		switch {
		case p.take("timeout"), p.take("expires"), p.take("comment"):
			p.next()
		case p.is("limit"), p.is("quota"), p.is("counter"), p.is("last"), p.is("ct") && p.second().Value == "count":
			s.stmts = append(s.stmts, p.statement())
		case p.take(":"):
			if p.verdict() == nil {
				s.a = p.node(nodeElement, "", s.a.start, s.a, p.expression(anySide))
			}
		default:
			return
		}
	}
}

// oldSetOp reads "set add KEY [options] @SET", the old spelling.
func (p *parser) oldSetOp(start int32) stmt {
	p.at++
	s := stmt{kind: stmtSetOp, start: start, op: p.next().Value}
	if s.op != "add" && s.op != "update" && s.op != "delete" {
		p.at--
		p.fail("expected add, update or delete")
		return s
	}
	p.changedElement(&s)
	t := p.peek()
	if t.Type != tokRef {
		p.fail("expected @ and the name of a set")
		return s
	}
	p.at++
	s.b = p.node(nodeRef, t.Value[1:], int32(t.Pos.Offset))
	s.end = p.end()
	return s
}

// meter reads "meter NAME [size N] { KEY statements }".
func (p *parser) meter(start int32) stmt {
	p.at++
	s := stmt{kind: stmtSetOp, start: start, op: "update"}
	if !p.is("{") {
		p.next()
	}
	if p.take("size") {
		p.number("a number")
	}
	p.changedInBraces(&s)
	return s
}

// xt reads what listings print for extensions of iptables.
func (p *parser) xt(start int32) stmt {
	p.at++
	s := stmt{kind: stmtXT, start: start, op: p.next().Value}
	if s.op != "match" && s.op != "target" && s.op != "watcher" {
		p.at--
		p.fail("expected match or target")
		return s
	}
	s.a = p.primary(rightSide)
	s.end = p.end()
	return s
}

// resetOption reads "reset tcp option NAME".
func (p *parser) resetOption(start int32) stmt {
	p.at++
	p.expect("tcp")
	p.expect("option")
	p.next()
	return p.plain(start, "reset tcp option")
}
