package nftables

import (
	"slices"
	"strings"
)

// statements are the words that begin a statement, and what reads it. Others
// begin a field.
var statements map[string]func(*parser, int32) stmt

// statementWords are what a statement may begin with, for suggestions.
var statementWords []string

func fillStatements() bool {
	statements = map[string]func(*parser, int32) stmt{
		"counter": (*parser).counter, "log": (*parser).log, "limit": (*parser).limit, "quota": (*parser).quota,
		"reject": (*parser).reject, "dnat": (*parser).nat, "snat": (*parser).nat, "masquerade": (*parser).ownNAT, "redirect": (*parser).ownNAT,
		"tproxy": (*parser).tproxy, "notrack": (*parser).notrack, "queue": (*parser).queue, "dup": (*parser).dup, "fwd": (*parser).fwd,
		"flow": (*parser).flow, "synproxy": (*parser).synproxy, "add": (*parser).setOp, "update": (*parser).setOp, "delete": (*parser).setOp,
		"set": (*parser).oldSetOp, "meter": (*parser).meter, "last": (*parser).lastUsed, "xt": (*parser).xt, "reset": (*parser).resetOption,
	}
	for w := range statements {
		statementWords = append(statementWords, w)
	}
	for w, bare := range metaKeys {
		if bare {
			statementWords = append(statementWords, w)
		}
	}
	for w := range payloadFields {
		statementWords = append(statementWords, w)
	}
	statementWords = append(statementWords, verdictWords...)
	statementWords = append(statementWords, "meta", "ct", "fib", "comment")
	slices.Sort(statementWords)
	return true
}

var _ = fillStatements()

// verdictWords are the verdicts.
var verdictWords = []string{"accept", "drop", "continue", "return", "jump", "goto"}

// rule reads statements up to the end of the rule.
func (p *parser) rule() rule {
	r := rule{start: p.start()}
	first := p.at
	p.open = p.open[:0]
	for !p.done() {
		if isWord(p.peek(), "comment") {
			p.at++
			r.comment = unquote(p.next().Value)
			if !p.done() {
				p.fail("expected the end of the rule behind its comment")
			}
			break
		}
		if p.depth > 0 && p.is("}") {
			break
		}
		s := p.statement()
		if p.bad != nil {
			break
		}
		p.open = append(p.open, s)
	}
	r.stmts = p.keep(p.open)
	if len(r.stmts) == 0 && p.bad == nil && r.comment == "" {
		p.fail("expected a statement")
	}
	if p.bad != nil {
		r.faults = append(r.faults, *p.bad)
		p.bad = nil
		p.skipRule(first)
		r.last = p.lastVerdict(first)
	}
	r.end = p.end()
	return r
}

// keep returns a copy of statements out of a slab.
func (p *parser) keep(list []stmt) []stmt {
	const perSlab = 256
	if len(p.stmts)+len(list) > cap(p.stmts) {
		p.stmts = make([]stmt, 0, max(perSlab, len(list)))
	}
	first := len(p.stmts)
	p.stmts = append(p.stmts, list...)
	return p.stmts[first:len(p.stmts):len(p.stmts)]
}

// skipRule passes over the rest of a rule that cannot be read, from its first
// token on.
func (p *parser) skipRule(first int) {
	floor := p.depth
	depth := 0
	for p.at = first; p.at < len(p.toks); p.at++ {
		t := &p.toks[p.at]
		switch t.Value {
		case "{", "(", "[":
			depth++
		case "}", ")", "]":
			depth--
			if depth < 0 && floor > 0 {
				return
			}
		}
		if t.Type == tokEnd && depth <= 0 {
			return
		}
	}
}

// lastVerdict returns the verdict that stands at the end of what was passed
// over, empty if there is none.
func (p *parser) lastVerdict(first int) string {
	for i := p.at - 1; i >= first; i-- {
		t := &p.toks[i]
		if t.Type == tokWord && (t.Value == "accept" || t.Value == "drop" || t.Value == "reject") {
			return t.Value
		}
		if t.Type == tokPunct {
			return ""
		}
	}
	return ""
}

// statement reads one statement.
func (p *parser) statement() stmt {
	t, start := p.peek(), p.start()
	if v := p.verdict(); v != nil {
		return p.stmt(stmtVerdict, start, v, nil)
	}
	if t.Type != tokWord {
		return p.comparison(start)
	}
	if read, ok := statements[t.Value]; ok {
		return read(p, start)
	}
	switch {
	case t.Value == "ct":
		if s, ok := p.ctStatement(start); ok {
			return s
		}
	case t.Value == "tunnel" && p.second().Value == "name":
		p.at += 2
		s := p.plain(start, "tunnel")
		s.a = p.expression(anySide)
		s.end = p.end()
		return s
	case strings.HasPrefix(t.Value, placeholder):
		p.at++
		s := p.stmt(stmtXT, start, p.node(nodeWord, t.Value[2:], start), nil)
		s.op = "match"
		return s
	}
	return p.comparison(start)
}

func (p *parser) stmt(kind stmtKind, start int32, a, b *node) stmt {
	return stmt{kind: kind, start: start, end: max(p.end(), start), a: a, b: b}
}

// verdict reads a verdict. It returns nil, and reads nothing, if there is none.
func (p *parser) verdict() *node {
	t := p.peek()
	if t.Type != tokWord || !slices.Contains(verdictWords, t.Value) {
		return nil
	}
	start, word := p.start(), t.Value
	p.at++
	if word != "jump" && word != "goto" {
		return p.node(nodeVerdict, word, start)
	}
	if p.is("{") {
		return p.anonymous(word, start)
	}
	switch t := p.peek(); t.Type {
	case tokWord, tokString, tokVar:
		target := p.primary(rightSide)
		return p.node(nodeVerdict, word, start, target)
	}
	p.fail("expected the name of a chain")
	return p.node(nodeVerdict, word, start)
}

// anonymous reads the rules of a chain without a name.
func (p *parser) anonymous(word string, start int32) *node {
	p.nest++
	if p.nest > maxNest/4 {
		p.fail("chains are nested too deeply")
	}
	p.expect("{")
	depth := p.depth
	p.depth = 0
	var rules []rule
	for p.bad == nil {
		for p.at < len(p.toks) && p.toks[p.at].Type == tokEnd {
			p.at++
		}
		if p.at >= len(p.toks) || p.toks[p.at].Value == "}" {
			break
		}
		p.depth = depth
		rules = append(rules, p.anonymousRule())
		p.depth = 0
	}
	p.depth = depth
	p.expect("}")
	p.nest--
	n := p.node(nodeVerdict, word, start)
	n.block = rules
	return n
}

// anonymousRule reads a rule up to its end or the brace that closes its chain.
func (p *parser) anonymousRule() rule {
	r := rule{start: p.start()}
	depth := p.depth
	p.depth = 0
	for p.bad == nil && !p.done() && !p.is("}") {
		if isWord(p.peek(), "comment") {
			p.at++
			r.comment = unquote(p.next().Value)
			continue
		}
		r.stmts = append(r.stmts, p.statement())
	}
	p.depth = depth
	r.end = p.end()
	return r
}

// comparisons are the operators (src/parser_bison.y, relational_op) and what
// their words mean.
var comparisons = map[string]string{
	"==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!": "!",
	"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
}

// comparison reads a field and what is asked of it, or is done with it.
func (p *parser) comparison(start int32) stmt {
	left := p.expression(leftSide)
	if p.bad != nil {
		return stmt{}
	}
	switch {
	case p.take("vmap"):
		data := p.mapData()
		return p.stmt(stmtVmap, start, left, data)
	case p.take("set"):
		value := p.setValue()
		return p.stmt(stmtMangle, start, left, value)
	}
	op := ""
	if t := p.peek(); t.Type == tokPunct || t.Type == tokWord {
		if known, ok := comparisons[t.Value]; ok {
			op = known
			p.at++
		}
	}
	var right *node
	p.hours = left.text == "meta hour"
	if isFlags(left) {
		right = p.flagValue(op)
	} else {
		right = p.list(rightSide)
	}
	p.hours = false
	s := p.stmt(stmtMatch, start, left, right)
	s.op = op
	return s
}

// isFlags reports whether a field holds flags that may be written with a mask.
func isFlags(n *node) bool {
	return n.kind == nodeSelector && (n.text == "tcp flags" || n.text == "ct status" || n.text == "ct state" || n.text == "ct event" || n.text == "ct label")
}

// flagValue reads flags, and a slash with a mask behind them.
func (p *parser) flagValue(op string) *node {
	start := p.start()
	n := p.list(flagSide)
	if !p.is("/") {
		return n
	}
	if op != "" && op != "!=" && op != "==" {
		p.fail("expected no mask behind " + op)
	}
	p.at++
	return p.node(nodeMask, "", start, n, p.list(flagSide))
}

// setValue reads the value that a field is set to.
func (p *parser) setValue() *node { return p.class(p.list(anySide)) }
