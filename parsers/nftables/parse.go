package nftables

import (
	"errors"
	"fmt"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammars: of commands, of what stands in the head of a chain, of rules
// and of elements. The last two are read by hand, many times faster.
var (
	commandGrammar  = participle.MustBuild[commandLine](participle.Lexer(lexicon{}), participle.UseLookahead(3))
	chainGrammar    = participle.MustBuild[chainProperty](participle.Lexer(lexicon{}))
	propertyGrammar = participle.MustBuild[objectWords](participle.Lexer(lexicon{}))
	ruleGrammar     = participle.MustBuild[ruleRun](participle.Lexer(lexicon{}))
	elementGrammar  = participle.MustBuild[elementRun](participle.Lexer(lexicon{inSet: true}))
)

// parseText parses text with a grammar. Whatever goes wrong is a fault, and
// never a crash.
func parseText[G any](p *participle.Parser[G], text string) (g *G, bad *fault) {
	defer func() {
		if r := recover(); r != nil {
			g, bad = nil, &fault{end: int32(len(text)), message: fmt.Sprintf("the statement cannot be read: %v", r)}
		}
	}()
	g, err := p.ParseString("", text)
	if err == nil {
		return g, nil
	}
	bad = &fault{end: int32(len(text)), message: err.Error()}
	var place participle.Error
	if errors.As(err, &place) {
		bad.start = int32(min(max(place.Position().Offset, 0), len(text)))
		bad.message = place.Message()
	}
	return nil, bad
}

// remaining returns the tokens that are left, and consumes them.
func remaining(in *lexer.PeekingLexer) []lexer.Token {
	first := in.RawCursor()
	last := first
	for !in.Peek().EOF() {
		in.Next()
		last = in.RawCursor()
	}
	return in.Range(first, last)
}

// parser reads rules and expressions out of tokens. The first mistake is kept
// and ends the reading of the rule: what is read then means nothing.
type parser struct {
	toks  []lexer.Token
	at    int
	depth int  // open braces: line ends mean nothing inside
	nest  int  // of expressions
	hours bool // the values are times of day, which may be written 18:00
	bad   *fault
	slab  []node
	stmts []stmt // slab
	open  []stmt // of the rule that is being read
}

// Parse reads rules up to the end of the text. It implements
// participle.Parseable.
func (l *ruleList) Parse(in *lexer.PeekingLexer) error {
	p := &parser{toks: remaining(in)}
	for {
		for p.at < len(p.toks) && p.toks[p.at].Type == tokEnd {
			p.at++
		}
		if p.at >= len(p.toks) {
			return nil
		}
		l.rules = append(l.rules, p.rule())
	}
}

// Parse reads elements up to the end of the text. It implements
// participle.Parseable.
func (l *elementList) Parse(in *lexer.PeekingLexer) error {
	p := &parser{toks: remaining(in), depth: 1}
	for {
		for p.at < len(p.toks) && (p.toks[p.at].Type == tokEnd || p.toks[p.at].Value == ",") {
			p.at++
		}
		if p.at >= len(p.toks) {
			return nil
		}
		e := p.element()
		if p.bad == nil && !p.done() && !p.is(",") {
			p.fail("expected a comma or the end of the set")
		}
		if p.bad != nil {
			l.faults = append(l.faults, *p.bad)
			p.bad = nil
			p.skipElement()
			continue
		}
		l.elements = append(l.elements, e)
	}
}

// skipElement passes over the rest of an element that cannot be read.
func (p *parser) skipElement() {
	for depth := 0; p.at < len(p.toks); p.at++ {
		switch p.toks[p.at].Value {
		case "{", "(", "[":
			depth++
		case "}", ")", "]":
			depth--
		case ",":
			if depth <= 0 {
				return
			}
		}
	}
}

// none stands for the token behind the last.
var none = lexer.Token{Type: lexer.EOF}

// peek returns the next token of the statement.
func (p *parser) peek() *lexer.Token {
	for p.depth > 0 && p.at < len(p.toks) && p.toks[p.at].Type == tokEnd && p.toks[p.at].Value == "\n" {
		p.at++
	}
	if p.at >= len(p.toks) || p.bad != nil {
		return &none
	}
	return &p.toks[p.at]
}

// second returns the token behind the next.
func (p *parser) second() *lexer.Token { return p.ahead(1) }

// ahead returns the token n places behind the next.
func (p *parser) ahead(n int) *lexer.Token {
	p.peek()
	if p.at+n >= len(p.toks) || p.bad != nil {
		return &none
	}
	return &p.toks[p.at+n]
}

// done reports whether the statement is at its end.
func (p *parser) done() bool {
	t := p.peek()
	return t.Type == lexer.EOF || t.Type == tokEnd
}

// is reports whether the next token is the word or operator s.
func (p *parser) is(s string) bool {
	t := p.peek()
	return t.Value == s && (t.Type == tokWord || t.Type == tokPunct)
}

// take consumes the next token if it is s.
func (p *parser) take(s string) bool {
	if p.is(s) {
		p.at++
		return true
	}
	return false
}

// expect consumes s, or finds a mistake.
func (p *parser) expect(s string) {
	if !p.take(s) {
		p.fail("expected " + s)
	}
}

// next consumes the next token.
func (p *parser) next() *lexer.Token {
	t := p.peek()
	if t != &none {
		p.at++
	}
	return t
}

// fail notes a mistake at the next token.
func (p *parser) fail(message string) { p.failHint(message, "") }

// failHint does so, with a proposal.
func (p *parser) failHint(message, hint string) {
	if p.bad != nil {
		return
	}
	t := p.peek()
	start, end := p.end(), p.end()
	if t != &none {
		start = int32(t.Pos.Offset)
		end = start + int32(len(t.Value))
	}
	if t.Type != lexer.EOF && t.Type != tokEnd {
		message += ", not " + quote(t.Value)
	}
	p.bad = &fault{start, end, message + hint}
}

// failAt notes a mistake at a node.
func (p *parser) failAt(n *node, message string) {
	if p.bad == nil {
		p.bad = &fault{n.start, n.end, message}
	}
}

// start returns the offset of the next token.
func (p *parser) start() int32 {
	if t := p.peek(); t != &none {
		return int32(t.Pos.Offset)
	}
	return p.end()
}

// end returns the offset behind the last consumed token.
func (p *parser) end() int32 {
	if p.at == 0 || len(p.toks) == 0 {
		return 0
	}
	t := &p.toks[min(p.at, len(p.toks))-1]
	return int32(t.Pos.Offset + len(t.Value))
}

// quote returns text as it is shown in a message.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Sprintf("%q", s)
}

// node returns a new node that starts at start and ends behind what was read.
func (p *parser) node(kind nodeKind, text string, start int32, kids ...*node) *node {
	const perSlab = 64
	if len(p.slab) == cap(p.slab) {
		p.slab = make([]node, 0, perSlab)
	}
	p.slab = append(p.slab, node{kind: kind, text: text, start: start, end: max(p.end(), start), kids: kids})
	return &p.slab[len(p.slab)-1]
}
