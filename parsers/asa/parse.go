package asa

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// The grammars: of a run of lines, and of lines of fixed shape.
var (
	scriptGrammar      = participle.MustBuild[script](participle.Lexer(lexicon{}))
	bindingGrammar     = participle.MustBuild[bindingLine](participle.Lexer(lexicon{}))
	serviceGrammar     = participle.MustBuild[serviceLine](participle.Lexer(lexicon{}))
	nameGrammar        = participle.MustBuild[nameCommand](participle.Lexer(lexicon{}))
	pixNameGrammar     = participle.MustBuild[pixNameLine](participle.Lexer(lexicon{}))
	establishedGrammar = participle.MustBuild[establishedLine](participle.Lexer(lexicon{}))
)

// fault is a mistake, for which the device refuses a line: offsets in the text
// of its file.
type fault struct {
	start, end int
	message    string
}

// parseText parses text with a grammar. Whatever goes wrong is a fault, and
// never a crash.
//
// What should stand there is told by shape, for grammars tell only fragments.
func parseText[G any](p *participle.Parser[G], text, shape string) (g *G, bad *fault) {
	defer func() {
		if r := recover(); r != nil {
			g, bad = nil, &fault{end: len(text), message: fmt.Sprintf("the line cannot be read: %v", r)}
		}
	}()
	g, err := p.ParseString("", text)
	if err == nil {
		return g, nil
	}
	bad = &fault{end: len(text), message: err.Error()}
	var place participle.Error
	if errors.As(err, &place) {
		bad.start = min(max(place.Position().Offset, 0), len(text))
		bad.message = place.Message()
	}
	var token *participle.UnexpectedTokenError
	if errors.As(err, &token) {
		bad.end = bad.start + len(token.Unexpected.Value)
		bad.message = expectation(bad.message, shape, &token.Unexpected)
	}
	return nil, bad
}

// expectation turns a message of participle into what was expected, what stands
// there, and what may have been meant.
func expectation(message, shape string, t *lexer.Token) string {
	_, want, told := strings.Cut(message, "(expected ")
	found := "the end of the line"
	if !t.EOF() {
		found = quote(t.Value)
	}
	if !told {
		return "expected the end of the line, not " + found
	}
	words := strings.FieldsFunc(want, func(r rune) bool { return strings.ContainsRune(`"<>()?*| `, r) })
	return "expected " + shape + ", not " + found + suggest.DidYouMean(t.Value, words)
}

// quote returns text as it is shown in a message.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Sprintf("%q", s)
}

// Parse splits the tokens up to the end of the text into lines. It implements
// participle.Parseable.
func (l *lineList) Parse(in *lexer.PeekingLexer) error {
	toks := remaining(in)
	n := 1
	for i := range toks {
		if toks[i].Type == tokEnd {
			n++
		}
	}
	l.lines = make([][]lexer.Token, 0, n)
	start := 0
	for i := range toks {
		if toks[i].Type == tokEnd {
			l.lines = append(l.lines, toks[start:i])
			start = i + 1
		}
	}
	l.lines = append(l.lines, toks[start:])
	return nil
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
