package pf

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The grammars: of a run of statements, and of statements of fixed shape.
var (
	scriptGrammar  = participle.MustBuild[script](participle.Lexer(lexicon{}))
	macroGrammar   = participle.MustBuild[macroLine](participle.Lexer(lexicon{}))
	includeGrammar = participle.MustBuild[includeLine](participle.Lexer(lexicon{}))
	loadGrammar    = participle.MustBuild[loadLine](participle.Lexer(lexicon{}))
)

// fault is a mistake, for which pfctl refuses a file.
type fault struct {
	at      at
	message string
}

// parseRun parses what a lexer gives with a grammar. Whatever goes wrong is told,
// and never a crash.
func parseRun[G any](p *participle.Parser[G], lex lexer.Lexer) (g *G, err error) {
	defer func() {
		if r := recover(); r != nil {
			g, err = nil, fmt.Errorf("the statement cannot be read: %v", r)
		}
	}()
	tokens, err := lexer.Upgrade(lex)
	if err != nil {
		return nil, err
	}
	return p.ParseFromLexer(tokens)
}

// tokenRun gives tokens that were read before.
type tokenRun struct {
	toks []lexer.Token
	at   int
}

// Next returns the next token.
func (r *tokenRun) Next() (lexer.Token, error) {
	if r.at >= len(r.toks) {
		return lexer.Token{Type: lexer.EOF}, nil
	}
	r.at++
	return r.toks[r.at-1], nil
}

// Parse splits the tokens up to the end of the run into statements. It
// implements participle.Parseable.
func (l *statementList) Parse(in *lexer.PeekingLexer) error {
	first := in.RawCursor()
	last := first
	n := 0
	for !in.Peek().EOF() {
		if in.Next().Type == tokEnd {
			n++
		}
		last = in.RawCursor()
	}
	toks := in.Range(first, last)
	l.statements = make([]statementTokens, 0, n)
	start := 0
	for i := range toks {
		if toks[i].Type == tokEnd {
			l.statements = append(l.statements, statementTokens{toks[start:i:i], toks[i].Pos.Offset, toks[i].Pos.Column})
			start = i + 1
		}
	}
	return nil
}

// parseLine parses the statement with a grammar of fixed shape; shape says what
// should stand there.
func parseLine[G any](p *parser, grammar *participle.Parser[G], shape string) *G {
	g, err := parseRun(grammar, &tokenRun{toks: p.toks})
	if err == nil {
		return g
	}
	var token *participle.UnexpectedTokenError
	if errors.As(err, &token) {
		p.at = len(p.toks)
		for i := range p.toks {
			if p.toks[i].Pos == token.Unexpected.Pos {
				p.at = i
				break
			}
		}
	}
	p.fail("expected " + shape)
	return nil
}

// parser reads a statement out of its tokens. The first mistake is kept and ends
// the reading: what is read then means nothing.
type parser struct {
	r    *reader
	toks []lexer.Token
	at   int
	bad  *fault
	slip []fault // mistakes that leave no doubt about what is meant

	span     source.Span // the statement
	number   int         // of "@N" before it; -1: none
	isAnchor bool        // its options are those of an anchor
	bound    bool        // the options of its states say whether they are bound to interfaces
	seen     [seenEnd]at // where what the checks are about is written

	global bool // source-track global

	routeFamilies, divertFamilies families

	scratch     []hostItem
	portScratch []portItem
}

// seen is something that a rule may have, and that goes with others or does not.
type seen uint8

const (
	seenReset seen = iota // return-rst
	seenICMP
	seenICMP6
	seenAllow
	seenFragment
	seenKeep
	seenUser
	seenDivert
	seenRoute
	seenAnyRoute // reply-to and dup-to, too
	seenTrack
	seenOverload
	seenMaxNodes
	seenMaxStates
	seenMaxConn
	seenTranslated
	seenOperator // of ports, other than =
	seenEnd
)

// mark notes where something is written.
func (p *parser) mark(s seen, where at) {
	if p.seen[s].span.IsZero() {
		p.seen[s] = where
	}
}

// has reports whether a rule has something.
func (p *parser) has(s seen) bool { return !p.seen[s].span.IsZero() }

// none stands for the token behind the last.
var none = lexer.Token{Type: lexer.EOF}

// peek returns the next token of the statement.
func (p *parser) peek() *lexer.Token { return p.ahead(0) }

// ahead returns the token n places behind the next.
func (p *parser) ahead(n int) *lexer.Token {
	if p.bad != nil || p.at+n >= len(p.toks) {
		return &none
	}
	return &p.toks[p.at+n]
}

// finish reports whether the statement was read to its end without a mistake.
func (p *parser) finish() bool {
	if !p.done() {
		p.fail("expected the end of the line")
	}
	return p.bad == nil
}

// done reports whether nothing is left to read.
func (p *parser) done() bool { return p.bad != nil || p.at >= len(p.toks) }

// isText reports whether a token is the word or operator s.
func isText(t *lexer.Token, s string) bool {
	return t.Value == s && (t.Type == tokWord || t.Type == tokPunct)
}

// is reports whether the next token is the word or operator s.
func (p *parser) is(s string) bool { return isText(p.peek(), s) }

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

// isString reports whether a token may stand where a name is wanted.
func isString(t *lexer.Token) bool {
	return t.Type == tokString || t.Type == tokWord && !keywords[t.Value]
}

// text consumes a name, or finds a mistake.
func (p *parser) text(what string) *lexer.Token {
	t := p.peek()
	if !isString(t) {
		p.fail("expected " + what)
		return &none
	}
	p.at++
	if t.Type == tokWord && strings.IndexByte(t.Value, '$') >= 0 {
		p.r.remark(p.where(t).span, "$ in a word puts in no macro: a blank is missing before it")
	}
	return t
}

// lines passes over line ends in braces.
func (p *parser) lines() {
	for p.peek().Type == tokLine {
		p.at++
	}
}

// list reads an item, or items in braces. There may be commas between them.
func (p *parser) list(item func()) {
	if !p.take("{") {
		item()
		return
	}
	p.lines()
	if p.is("}") {
		p.fail("expected something in the list")
	}
	p.items(item)
}

// items reads items up to the brace that closes their list.
func (p *parser) items(item func()) {
	for p.bad == nil && !p.take("}") {
		if p.done() {
			p.fail("expected }, for the list is not closed")
			return
		}
		item()
		p.lines()
		if !p.is(",") {
			continue
		}
		comma := p.next()
		switch t := p.peek(); {
		case t.Type == tokLine:
			p.slipAt(p.r.macros.at(comma), "a line that ends behind a comma, without a backslash")
			p.lines()
		case isText(t, "}"):
			p.slipAt(p.r.macros.at(comma), "a comma behind the last item of a list")
		}
	}
}

// slipAt notes a mistake that leaves no doubt about what is meant.
func (p *parser) slipAt(where at, message string) {
	p.slip = append(p.slip, fault{where, message + ": pfctl takes it for a syntax error"})
}

// fail notes a mistake at the next token.
func (p *parser) fail(message string) { p.failHint(message, "") }

// failWord notes that none of the words stands here that could, and proposes the
// nearest.
func (p *parser) failWord(message string, words []string) {
	p.failHint(message, suggest.DidYouMean(p.peek().Value, words))
}

// failHint notes a mistake at the next token, with a proposal.
func (p *parser) failHint(message, hint string) {
	if p.bad != nil {
		return
	}
	if p.at >= len(p.toks) {
		p.bad = &fault{p.behind(), message}
		return
	}
	t := &p.toks[p.at]
	where := p.r.macros.at(t)
	switch t.Type {
	case tokInvalid:
		message, hint = p.invalid(t)
	case tokLine:
		message += ", not the end of the line"
	default:
		message += ", not " + quote(t.Value)
	}
	p.bad = &fault{where, message + hint}
}

// behind is the place behind the last token.
func (p *parser) behind() at {
	if len(p.toks) == 0 {
		return at{}
	}
	t := &p.toks[len(p.toks)-1]
	where := p.r.macros.at(t)
	where.span.Start = where.span.End
	return where
}

// invalid says what is wrong with a token that is none.
func (p *parser) invalid(t *lexer.Token) (message, hint string) {
	switch {
	case t.Value == longLine && p.r.long:
		return fmt.Sprintf("the line is longer than %d bytes", p.r.in.Limits.Line), ""
	case t.Value != "" && (t.Value[0] == '"' || t.Value[0] == '\''):
		return "the quotes are not closed", ""
	case t.Value == "$" || t.Value == "":
		return "a macro in quotes is not put in", ""
	case t.Value[0] == '$':
		name := t.Value[1:]
		if p.r.macros.defs[name] != nil {
			return "the values of macros are too long together", ""
		}
		return "macro " + name + " is not defined", suggest.DidYouMean(name, p.r.macroNames())
	}
	return "unexpected " + quote(t.Value), ""
}

// failAt notes a mistake at a place.
func (p *parser) failAt(where at, message string) {
	if p.bad == nil {
		p.bad = &fault{where, message}
	}
}

// failToken notes a mistake at a token that was read.
func (p *parser) failToken(t *lexer.Token, message string) {
	if t.Type == lexer.EOF {
		p.fail(message)
		return
	}
	p.failAt(p.r.macros.at(t), message)
}

// where returns where a token is written.
func (p *parser) where(t *lexer.Token) at {
	if t == &none || t.Type == lexer.EOF {
		return p.behind()
	}
	return p.r.macros.at(t)
}

// since returns where the tokens from the n-th up to the next are written.
func (p *parser) since(n int) at {
	if p.at <= n || n >= len(p.toks) {
		return p.behind()
	}
	last := min(p.at, len(p.toks)) - 1
	return p.r.macros.atAll(&p.toks[n], &p.toks[last])
}

// quote returns text as it is shown in a message.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
