package pf

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// readRule reads a pass, block or match rule.
func (r *reader) readRule(p *parser) {
	x := r.newRule()
	x.span, x.number = p.span, p.number
	r.action(p, x)
	p.direction(x)
	p.logQuick(x)
	p.onPart(x)
	p.oldRoute(x)
	p.familyAndHosts(x)
	p.options(x)
	if !p.finish() || !p.check(x) {
		return
	}
	r.settle(x)
	r.signs.rule(x, p)
	r.order.next(r, orderFilter, p.span)
	r.add(statement{rule: x})
}

// settle puts in what options above the rule set.
func (r *reader) settle(x *rule) {
	if x.action != actionPass {
		return
	}
	bound := r.parser.bound
	if d := r.policy.defaults; x.state.keep == keepDefault && d != nil {
		x.state.sloppy, x.state.limited, x.state.ifBound, bound = d.state.sloppy, d.state.limited, d.state.ifBound, d.bound
	}
	if !bound {
		x.state.ifBound = r.policy.ifBound
	}
}

// action reads what a rule does.
func (r *reader) action(p *parser, x *rule) {
	switch p.next().Value {
	case "pass":
		x.action = actionPass
	case "match":
		x.action = actionMatch
		r.forms.openBSD(p.span, "match", weakForm)
	default:
		x.action, x.reject = actionBlock, r.policy.reject
		p.blockKind(x)
	}
}

// blockKind reads how a rule blocks.
func (p *parser) blockKind(x *rule) {
	t := p.peek()
	if t.Type != tokWord {
		return
	}
	switch t.Value {
	case "drop":
		x.reject = false
	case "return", "return-rst", "return-icmp", "return-icmp6":
		x.reject = true
	default:
		return
	}
	p.next()
	switch t.Value {
	case "return-rst":
		p.mark(seenReset, p.where(t))
		if p.take("(") {
			p.expect("ttl")
			p.numberUpTo(255, "a time to live")
			p.expect(")")
		}
	case "return-icmp", "return-icmp6":
		if p.take("(") {
			p.icmpCode(t.Value == "return-icmp6")
			if p.take(",") || t.Value == "return-icmp" && !p.is(")") {
				p.icmpCode(true)
			}
			p.expect(")")
		}
	}
}

// direction reads "in" or "out".
func (p *parser) direction(x *rule) {
	switch {
	case p.take("in"):
		x.dir = dirIn
	case p.take("out"):
		x.dir = dirOut
	}
}

// logQuick reads "log" and "quick", in either order.
func (p *parser) logQuick(x *rule) {
	for {
		switch {
		case !x.quick && p.take("quick"):
			x.quick = true
		case !x.log && p.take("log"):
			x.log = true
			p.logOptions()
		default:
			return
		}
	}
}

// logOptions reads what stands in parentheses behind "log".
func (p *parser) logOptions() {
	if !p.take("(") {
		return
	}
	for {
		switch {
		case p.take("all"), p.take("matches"), p.take("user"):
		case p.take("to"):
			p.text("an interface")
		default:
			p.failWord("expected all, matches, user or to", []string{"all", "matches", "user", "to"})
		}
		if p.bad != nil || p.take(")") {
			return
		}
		p.take(",")
	}
}

// onPart reads the interfaces of a rule.
func (p *parser) onPart(x *rule) {
	if p.take("on") {
		x.on = p.interfaces()
	}
}

// interfaces reads interfaces.
func (p *parser) interfaces() []ifaceItem {
	var out []ifaceItem
	p.list(func() { out = append(out, p.interfaceItem()) })
	return out
}

// interfaceItem reads an interface, which may be negated.
func (p *parser) interfaceItem() ifaceItem {
	from := p.at
	item := ifaceItem{not: p.take("!")}
	switch {
	case p.take("any"):
		item.name = "any"
	case p.is("rdomain") && (p.ahead(1).Type == tokNumber || p.ahead(1).Type == tokWord):
		p.next()
		t := p.peek()
		p.numberUpTo(255, "a routing domain")
		item.name, item.domain = t.Value, true
		p.r.forms.openBSD(p.span, "on rdomain", strongForm)
	default:
		item.name = p.text("an interface").Value
		p.r.ifaces[item.name] = true
	}
	item.at = p.since(from)
	p.countItem()
	return item
}

// countItem counts an item of a list.
func (p *parser) countItem() {
	if p.bad == nil && !p.r.countItem() {
		p.at = max(p.at-1, 0)
		p.failAt(p.where(p.peek()), p.r.tooMany())
	}
}

// familyPart reads "inet" or "inet6".
func (p *parser) familyPart(x *rule) {
	switch {
	case p.take("inet"):
		x.af = inet
	case p.take("inet6"):
		x.af = inet6
	}
}

// familyAndHosts reads a rule from the address family to the hosts.
func (p *parser) familyAndHosts(x *rule) {
	p.familyPart(x)
	p.protoPart(x)
	p.hostsPart(x)
}

// protoPart reads the protocols of a rule.
func (p *parser) protoPart(x *rule) {
	if p.take("proto") {
		p.list(func() { x.protos = append(x.protos, p.protocol()) })
	}
}

// protocol reads a protocol.
func (p *parser) protocol() protoItem {
	t := p.peek()
	item := protoItem{at: p.where(t)}
	switch {
	case t.Type == tokNumber:
		n, ok := number(t.Value, 255)
		if !ok {
			p.fail("expected a protocol from 1 to 255")
		}
		item.number = uint8(n)
	case isString(t):
		n, ok := protocolNumber(t.Value)
		if !ok {
			p.failHint("expected a protocol", suggest.DidYouMean(t.Value, protocolWords))
		}
		item.number = n
	default:
		p.fail("expected a protocol")
	}
	if item.number == 0 && p.bad == nil {
		p.failAt(item.at, "0 is no protocol for a rule")
	}
	p.next()
	p.countItem()
	return item
}

// hostsPart reads where packets come from and go to.
func (p *parser) hostsPart(x *rule) {
	if p.take("all") {
		x.all = true
		return
	}
	if p.take("from") {
		p.endpoint(&x.src)
	}
	if p.take("os") {
		p.list(func() {
			x.filter.os = append(x.filter.os, p.where(p.text("the name of a system")))
		})
	}
	if p.take("to") {
		p.endpoint(&x.dst)
	}
}

// endpoint reads hosts and ports, of which one may be missing.
func (p *parser) endpoint(e *endpoint) {
	if !p.is("port") {
		e.hosts = p.hosts()
	}
	if p.take("port") {
		e.ports = p.ports()
	}
}

// options reads the options of a rule, in any order.
func (p *parser) options(x *rule) {
	for !p.done() {
		t := p.peek()
		read := p.r.options[t.Value]
		if t.Type != tokWord && !isText(t, "!") || read == nil {
			if p.take(",") {
				continue
			}
			p.failOption(t)
			return
		}
		p.next()
		read(p, x, t)
	}
}

// failOption notes that no option stands here. Words that stand elsewhere in a
// rule are told where.
func (p *parser) failOption(t *lexer.Token) {
	if t.Type == tokBody && p.isAnchor {
		return
	}
	order := "action, direction, log and quick, on, address family, proto, hosts, options"
	switch {
	case t.Type != tokWord:
		p.fail("expected an option of the rule or the end of the line")
	case slices.Contains([]string{"in", "out", "quick", "log", "on", "inet", "inet6", "proto", "from", "to", "os", "port", "all"}, t.Value):
		p.failHint("expected an option of the rule or the end of the line", ": the order is "+order)
	default:
		words := append(sortedWords(p.r.options), "in", "out", "quick", "log", "on", "inet", "inet6", "proto", "from", "to", "all")
		p.failWord("expected an option of the rule or the end of the line", words)
	}
}
