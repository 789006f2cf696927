package asa

import (
	"strconv"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// line is a line that is being read, word by word. The first mistake is kept
// and ends the reading: what is read then means nothing.
type line struct {
	text   *text
	base   int // where the text of the tokens starts in the file
	toks   []lexer.Token
	at     int
	indent int
	bad    *fault
	raw    string // the text of the tokens
	spelt  bool   // some tokens are spelt in another way than the text
}

// nothing stands for the token behind the last.
var nothing = lexer.Token{Type: lexer.EOF}

// peek returns the next token.
func (l *line) peek() *lexer.Token { return l.ahead(0) }

// ahead returns the token n places behind the next.
func (l *line) ahead(n int) *lexer.Token {
	if l.bad != nil || l.at+n >= len(l.toks) {
		return &nothing
	}
	return &l.toks[l.at+n]
}

// done reports whether the line is at its end.
func (l *line) done() bool { return l.bad != nil || l.at >= len(l.toks) }

// is reports whether the next word is s.
func (l *line) is(s string) bool { return l.ahead(0).Value == s }

// take consumes the next word if it is s.
func (l *line) take(s string) bool {
	if l.is(s) && !l.done() {
		l.at++
		return true
	}
	return false
}

// takeAny consumes the next word if it is one of some, and returns it.
func (l *line) takeAny(words ...string) string {
	for _, w := range words {
		if l.take(w) {
			return w
		}
	}
	return ""
}

// word consumes the next word, whatever it is, as the thing that what names.
func (l *line) word(what string) string {
	t := l.ahead(0)
	switch t.Type {
	case tokWord, tokText:
		l.at++
		return t.Value
	default:
		l.fail("expected " + what)
		return ""
	}
}

// number consumes a number from low to high.
func (l *line) number(what string, low, high int) int {
	n, ok := l.tryNumber(low, high)
	if !ok {
		l.fail("expected " + what + ", " + strconv.Itoa(low) + " to " + strconv.Itoa(high))
	}
	return n
}

// tryNumber consumes a number, if there is one that lies between low and high.
func (l *line) tryNumber(low, high int) (int, bool) {
	n, err := strconv.Atoi(l.ahead(0).Value)
	if err != nil || n < low || n > high {
		return 0, false
	}
	l.at++
	return n, true
}

// end finds a mistake if the line goes on.
func (l *line) end(might ...string) {
	if !l.done() {
		l.failHint("expected the end of the line", suggest.DidYouMean(l.peek().Value, might))
	}
}

// skip passes over the rest of the line.
func (l *line) skip() {
	if l.bad == nil {
		l.at = len(l.toks)
	}
}

// fail notes a mistake at the next word.
func (l *line) fail(message string) { l.failHint(message, "") }

// failHint does so, with a proposal.
func (l *line) failHint(message, hint string) {
	if l.bad != nil {
		return
	}
	if t := l.peek(); t != &nothing {
		start := l.base + t.Pos.Offset
		l.bad = &fault{start, start + len(t.Value), message + ", not " + quote(t.Value) + hint}
		return
	}
	at := l.last()
	l.bad = &fault{at, at, message + ", not the end of the line"}
}

// failLast notes a mistake at the word that was consumed last.
func (l *line) failLast(message string) {
	if l.bad == nil {
		t := &l.toks[max(l.at-1, 0)]
		start := l.base + t.Pos.Offset
		l.bad = &fault{start, start + len(t.Value), message}
	}
}

// start returns the offset of the next token.
func (l *line) start() int {
	if t := l.ahead(0); t != &nothing {
		return l.base + t.Pos.Offset
	}
	return l.last()
}

// first and last return the offsets of the line without the blanks around it.
func (l *line) first() int { return l.base + l.toks[0].Pos.Offset }

func (l *line) last() int {
	t := &l.toks[len(l.toks)-1]
	return l.base + t.Pos.Offset + len(t.Value)
}

// behind returns the offset behind the last consumed token.
func (l *line) behind() int {
	if l.at == 0 {
		return l.first()
	}
	t := &l.toks[min(l.at, len(l.toks))-1]
	return l.base + t.Pos.Offset + len(t.Value)
}

// span returns the whole line.
func (l *line) span() source.Span { return l.text.span(l.first(), l.last()) }

// from returns the place from an offset to behind the last consumed token.
func (l *line) from(start int) source.Span { return l.text.span(start, max(start, l.behind())) }

// spanOf returns the place of a token.
func (l *line) spanOf(t *lexer.Token) source.Span {
	return l.text.span(l.base+t.Pos.Offset, l.base+t.Pos.Offset+len(t.Value))
}

// rest returns the text from the next token on.
func (l *line) rest() string {
	if l.done() {
		return ""
	}
	from, last := l.toks[l.at].Pos.Offset, &l.toks[len(l.toks)-1]
	rest := l.raw[from : last.Pos.Offset+len(last.Value)]
	if !l.spelt {
		return rest
	}
	text := []byte(rest)
	for _, t := range l.toks[l.at:] {
		copy(text[t.Pos.Offset-from:], t.Value)
	}
	return string(text)
}

// readRest reads the rest of a line with a grammar. Its mistakes become the
// line's; the tokens of the tree have places in the rest.
func readRest[G any](l *line, g *participle.Parser[G], shape string) (*G, bool) {
	if l.done() {
		l.fail("expected " + shape)
		return nil, false
	}
	start := l.start()
	tree, bad := parseText(g, l.rest(), shape)
	if bad != nil {
		l.bad = &fault{start + bad.start, start + bad.end, bad.message}
		return nil, false
	}
	l.skip()
	return tree, true
}
