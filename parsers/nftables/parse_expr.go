package nftables

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// maxNest bounds how deeply expressions may lie in each other.
const maxNest = 64

// binaryLevels are the operators from the one that binds weakest to the one
// that binds most, with their spellings as words.
var binaryLevels = [...]map[string]string{
	{"|": "|", "or": "|"},
	{"^": "^", "xor": "^"},
	{"&": "&", "and": "&"},
	{"<<": "<<", ">>": ">>", "lshift": "<<", "rshift": ">>"},
}

// side says what an expression may be made of.
type side uint8

const (
	leftSide  side = iota // of a comparison: fields
	rightSide             // of a comparison: values
	anySide               // both
	flagSide              // values of a field of flags, where a slash is a mask
)

// expression reads fields or values joined by dots, and a map behind them.
func (p *parser) expression(s side) *node {
	p.nest++
	if p.nest > maxNest {
		p.fail("expressions are nested too deeply")
	}
	defer func() { p.nest-- }()
	start := p.start()
	n := p.binary(s, 0)
	if p.is(".") {
		kids := []*node{n}
		rest := s
		if s == leftSide {
			rest = anySide
		}
		for p.take(".") {
			kids = append(kids, p.binary(rest, 0))
		}
		n = p.node(nodeConcat, "", start, kids...)
	}
	if s != rightSide && s != flagSide && p.is("map") {
		p.at++
		n = p.node(nodeMap, "", start, n, p.mapData())
	}
	return n
}

// mapData reads what stands behind map or vmap.
func (p *parser) mapData() *node {
	if t := p.peek(); t.Type == tokRef || t.Type == tokVar || p.is("{") {
		return p.primary(rightSide)
	}
	p.fail("expected a map in braces or @NAME")
	return p.node(nodeWord, "", p.start())
}

func (p *parser) binary(s side, level int) *node {
	if level == len(binaryLevels) {
		return p.unary(s)
	}
	start := p.start()
	n := p.binary(s, level+1)
	for {
		t := p.peek()
		op, ok := binaryLevels[level][t.Value]
		if !ok || t.Type != tokPunct && t.Type != tokWord {
			return n
		}
		p.at++
		right := s
		if s == leftSide {
			right = anySide
		}
		n = p.node(nodeBinary, op, start, n, p.binary(right, level+1))
	}
}

// unary reads a primary, and what makes a range or a prefix of it.
func (p *parser) unary(s side) *node {
	start := p.start()
	n := p.primary(s)
	if n.kind == nodeSelector || n.kind == nodeSet {
		return n
	}
	if s != flagSide && p.is("/") {
		p.at++
		n = p.node(nodePrefix, "", start, n, p.primary(rightSide))
	}
	if p.is("-") {
		p.at++
		n = p.node(nodeRange, "", start, n, p.primary(rightSide))
	}
	return n
}

// primary reads one field or value.
func (p *parser) primary(s side) *node {
	t, start := p.peek(), p.start()
	switch t.Type {
	case tokRef:
		if n := p.rawPayload(); n != nil {
			return n
		}
		p.at++
		return p.node(nodeRef, t.Value[1:], start)
	case tokVar:
		p.at++
		return p.node(nodeVar, t.Value[1:], start)
	case tokString:
		p.at++
		return p.node(nodeString, unquote(t.Value), start)
	case tokWord:
		if n := p.word(s); n != nil {
			return n
		}
	case tokPunct:
		if n := p.bracket(s); n != nil {
			return n
		}
	}
	p.failPrimary(s)
	return p.node(nodeWord, "", start)
}

// word reads a field or a bare value. It returns nil if the word can be neither.
func (p *parser) word(s side) *node {
	t, start := p.peek(), p.start()
	if s == leftSide || s == anySide {
		if n := p.selector(); n != nil {
			return n
		}
	}
	if s == leftSide || reserved[t.Value] {
		return nil
	}
	p.at++
	n := p.node(nodeWord, t.Value, start)
	for p.hours && p.is(":") && p.second().Type == tokWord {
		p.at++
		n = p.node(nodeWord, n.text+":"+p.next().Value, start)
	}
	return n
}

// bracket reads what stands in brackets, or a star. It returns nil if neither is
// there.
func (p *parser) bracket(s side) *node {
	start := p.start()
	switch p.peek().Value {
	case "(":
		return p.parenthesis(s)
	case "{":
		return p.set()
	case "*":
		p.at++
		return p.node(nodeStar, "*", start)
	case "[":
		p.at++
		n := p.primary(rightSide)
		p.expect("]")
		n.start, n.end = start, p.end()
		return n
	}
	return nil
}

// reserved are words that begin a statement and can be no value without quotes.
var reserved = map[string]bool{
	"accept": true, "drop": true, "continue": true, "return": true, "jump": true, "goto": true, "counter": true, "log": true, "limit": true,
	"quota": true, "reject": true, "notrack": true, "queue": true, "vmap": true,
	"comment": true, "tproxy": true,
}

func (p *parser) parenthesis(s side) *node {
	start := p.start()
	p.nest++
	if p.nest > maxNest {
		p.fail("expressions are nested too deeply")
	}
	defer func() { p.nest-- }()
	p.at++
	n := p.list(s)
	p.expect(")")
	if n.kind == nodeConcat || n.kind == nodeList {
		n.start, n.end = start, p.end()
	}
	return n
}

// failPrimary says what a field or value is missing for.
func (p *parser) failPrimary(s side) {
	if p.bad != nil {
		return
	}
	if s != leftSide {
		p.fail("expected a value")
		return
	}
	t := p.peek()
	if t.Type != tokWord {
		p.fail("expected a field, a statement or a verdict")
		return
	}
	if known := fieldsOf(t.Value); known != nil {
		p.at++
		x := p.peek()
		p.failHint("expected a field of "+t.Value, suggestion(x, known))
		return
	}
	p.bad = &fault{
		start: int32(t.Pos.Offset), end: int32(t.Pos.Offset + len(t.Value)),
		message: "unknown statement " + quote(t.Value) + suggest.DidYouMean(t.Value, statementWords),
	}
}

// suggestion proposes one of the words for a token.
func suggestion(t *lexer.Token, words []string) string {
	return suggest.DidYouMean(t.Value, words)
}

// list reads values with commas between them.
func (p *parser) list(s side) *node {
	start := p.start()
	n := p.expression(s)
	if !p.is(",") {
		return n
	}
	kids := []*node{n}
	for p.take(",") {
		kids = append(kids, p.expression(s))
	}
	return p.node(nodeList, "", start, kids...)
}

// set reads a set or map in braces.
func (p *parser) set() *node {
	start := p.start()
	p.nest++
	if p.nest > maxNest {
		p.fail("sets are nested too deeply")
	}
	p.expect("{")
	p.depth++
	var kids []*node
	for !p.is("}") && p.bad == nil {
		if p.done() {
			p.fail("the set is not closed; expected }")
			break
		}
		kids = append(kids, p.element())
		if !p.take(",") {
			break
		}
	}
	p.peek()
	p.depth--
	p.nest--
	p.expect("}")
	return p.node(nodeSet, "", start, kids...)
}

// element reads an element of a set or map: a key, its options and its value.
func (p *parser) element() *node {
	start := p.start()
	key := p.expression(anySide)
	expires, guarded := p.elementOptions()
	if !p.take(":") {
		if !expires && !guarded {
			return key
		}
		n := p.node(nodeElement, "", start, key)
		n.flag, n.guarded = expires, guarded
		return n
	}
	var value *node
	if v := p.verdict(); v != nil {
		value = v
		if v.block != nil {
			p.failAt(v, "expected the name of a chain in a map, not rules")
		}
	} else {
		value = p.class(p.expression(rightSide))
	}
	goes, checked := p.elementOptions()
	n := p.node(nodeElement, "", start, key, value)
	n.flag, n.guarded = expires || goes, guarded || checked
	return n
}

// class joins the two halves of a class of traffic control, as in 1:20.
func (p *parser) class(n *node) *node {
	if n.kind != nodeWord || !p.is(":") || p.start() != n.end || p.second().Type != tokWord {
		return n
	}
	p.at++
	low := p.next()
	return p.node(nodeWord, n.text+":"+low.Value, n.start)
}

// elementOptions passes over the options of an element, and reports whether it
// goes after some time, and whether a limit or the like decides if it is found.
func (p *parser) elementOptions() (expires, guarded bool) {
	for {
		switch t := p.peek(); {
		case t.Type != tokWord:
			return expires, guarded
		case t.Value == "timeout" || t.Value == "expires":
			p.at++
			expires = p.next().Value != "never"
		case t.Value == "comment":
			p.at++
			p.next()
		case t.Value == "counter" || t.Value == "last":
			p.statement()
		case t.Value == "limit" || t.Value == "quota" || t.Value == "ct" && p.second().Value == "count":
			p.statement()
			guarded = true
		default:
			return expires, guarded
		}
	}
}
