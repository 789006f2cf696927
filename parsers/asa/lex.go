package asa

import (
	"io"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of token. A line is words; what a word means hangs on where it
// stands, for names may be nearly anything.
const (
	tokWord    lexer.TokenType = iota + 1 // a run without blanks
	tokText                               // free text up to the end of the line: of a remark, a description, a banner
	tokEnd                                // a line end
	tokInvalid                            // a word with bytes that no text has
)

// lexicon is the lexer of configurations. It never fails: what is no token is
// an Invalid one, so that a bad byte costs a line.
type lexicon struct{}

// Symbols returns the names by which the grammar knows the tokens.
func (lexicon) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{"EOF": lexer.EOF, "Word": tokWord, "Text": tokText, "End": tokEnd, "Invalid": tokInvalid}
}

// Lex reads all of r.
func (l lexicon) Lex(name string, r io.Reader) (lexer.Lexer, error) { //nolint:ireturn // participle wants it
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return l.LexString(name, string(text))
}

// LexString returns the tokens of text, with offsets as their positions.
//
//nolint:ireturn // participle wants it
func (lexicon) LexString(_, text string) (lexer.Lexer, error) { return &lex{text: text}, nil }

// lex is a run of the lexer.
type lex struct {
	text string
	at   int
	word int    // how many words of the line were read
	head string // the first of them, without "no"
	free bool   // the rest of the line is text
}

// isBlank reports whether c stands between words.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// Next returns the next token. Its error is always nil.
func (l *lex) Next() (lexer.Token, error) {
	for l.at < len(l.text) && isBlank(l.text[l.at]) {
		l.at++
	}
	start := l.at
	switch {
	case start == len(l.text):
		return lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: start}}, nil
	case l.text[start] == '\n':
		l.at++
		l.word, l.free, l.head = 0, false, ""
		return l.token(tokEnd, start), nil
	case l.free:
		return l.rest(), nil
	}
	kind := tokWord
	for ; l.at < len(l.text) && l.text[l.at] != '\n' && !isBlank(l.text[l.at]); l.at++ {
		if c := l.text[l.at]; c < ' ' || c == 0x7f {
			kind = tokInvalid
		}
	}
	t := l.token(kind, start)
	l.note(t.Value)
	return t, nil
}

// note notes what a word says about the rest of its line.
func (l *lex) note(word string) {
	if l.word == 0 {
		if word == "no" {
			return // the command follows
		}
		l.head = word
	}
	switch word {
	case "description":
		l.free = l.word == 0 || l.head == "nat" || l.head == "name" && l.word > 2
	case "remark":
		l.free = l.word > 1 && (l.head == "access-list" || l.head == "ipv6")
	case "banner":
		l.free = l.word == 0
	}
	l.word++
}

// rest returns the text up to the end of the line, without the blanks at its end.
func (l *lex) rest() lexer.Token {
	start := l.at
	if n := strings.IndexByte(l.text[start:], '\n'); n >= 0 {
		l.at += n
	} else {
		l.at = len(l.text)
	}
	end := l.at
	for end > start && isBlank(l.text[end-1]) {
		end--
	}
	return lexer.Token{Type: tokText, Value: l.text[start:end], Pos: lexer.Position{Offset: start}}
}

func (l *lex) token(kind lexer.TokenType, start int) lexer.Token {
	return lexer.Token{Type: kind, Value: l.text[start:l.at], Pos: lexer.Position{Offset: start}}
}
