package iptables

import (
	"io"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of token. What a line is for shows in its first byte, so the first
// token of a line has a kind of its own where that matters.
const (
	tokWord    lexer.TokenType = iota + 1 // a word without quotes
	tokString                             // a word in double quotes, as written
	tokInvalid                            // a quoted word that does not end on its line
	tokTable                              // *NAME at the start of a line, without the star
	tokChain                              // :NAME at the start of a line, without the colon
	tokCommit                             // COMMIT alone on a line
	tokEOL                                // the end of a line that is neither blank nor a comment
)

// lexicon is the lexer of iptables-save and ipset save files. It never fails:
// what is no token is an Invalid one, so that a bad byte costs a line.
type lexicon struct{}

// Symbols returns the names by which the grammar knows the tokens.
func (lexicon) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Word": tokWord, "String": tokString, "Invalid": tokInvalid,
		"Table": tokTable, "Chain": tokChain, "Commit": tokCommit, "EOL": tokEOL,
	}
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
	text   string
	at     int
	inLine bool // a token of the present line was returned
}

// Next returns the next token. Its error is always nil.
func (l *lex) Next() (lexer.Token, error) {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == '\n':
			l.at++
			if l.inLine {
				l.inLine = false
				return l.token(tokEOL, l.at-1, l.at), nil
			}
		case isBlank(c) || c == '\r' && l.atLineEnd(l.at+1):
			l.at++
		case !l.inLine && c == '#' && l.isFirstByte():
			l.skipLine()
		case !l.inLine:
			l.inLine = true
			return l.first(), nil
		default:
			return l.word(), nil
		}
	}
	if l.inLine {
		l.inLine = false
		return l.token(tokEOL, l.at, l.at), nil
	}
	return lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: l.at}}, nil
}

func (l *lex) token(kind lexer.TokenType, start, end int) lexer.Token {
	return lexer.Token{Type: kind, Value: l.text[start:end], Pos: lexer.Position{Offset: start}}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// atLineEnd reports whether a line or the text ends at i: a CR before it
// belongs to the line end.
func (l *lex) atLineEnd(i int) bool { return i >= len(l.text) || l.text[i] == '\n' }

func (l *lex) isFirstByte() bool { return l.at == 0 || l.text[l.at-1] == '\n' }

func (l *lex) skipLine() {
	if n := strings.IndexByte(l.text[l.at:], '\n'); n >= 0 {
		l.at += n + 1
		return
	}
	l.at = len(l.text)
}

// first returns the first token of a line.
func (l *lex) first() lexer.Token {
	c := l.text[l.at]
	if (c == '*' || c == ':') && l.isFirstByte() {
		kind := tokTable
		if c == ':' {
			kind = tokChain
		}
		l.at++
		t := l.bare()
		t.Type = kind
		return t
	}
	t := l.word()
	if t.Value == "COMMIT" && t.Type == tokWord {
		t.Type = tokCommit
	}
	return t
}

// word returns the word that starts here.
func (l *lex) word() lexer.Token {
	if l.text[l.at] == '"' || l.quoteAhead() {
		return l.quoted()
	}
	return l.bare()
}

// bare returns the run of bytes up to a blank or the end of the line.
func (l *lex) bare() lexer.Token {
	start := l.at
	for l.at < len(l.text) {
		c := l.text[l.at]
		if c == '\n' || isBlank(c) || c == '\r' && l.atLineEnd(l.at+1) {
			break
		}
		l.at++
	}
	return l.token(tokWord, start, l.at)
}

// quoteAhead reports whether the word that starts here has a quote in it.
func (l *lex) quoteAhead() bool {
	for i := l.at; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '"':
			return true
		case c == '\n' || isBlank(c):
			return false
		}
	}
	return false
}

// quoted returns a word with a quoted part, which ends the word
// (add_param_to_argv in iptables/xshared.c).
func (l *lex) quoted() lexer.Token {
	start, open := l.at, false
	for ; l.at < len(l.text) && l.text[l.at] != '\n'; l.at++ {
		switch c := l.text[l.at]; {
		case open && c == '\\' && !l.atLineEnd(l.at+1):
			l.at++
		case c == '"' && open:
			l.at++
			return l.token(tokString, start, l.at)
		case c == '"':
			open = true
		}
	}
	return l.token(tokInvalid, start, l.at)
}

// unquote returns what a quoted word stands for.
func unquote(word string) string {
	var b strings.Builder
	open := false
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case open && c == '\\' && i+1 < len(word):
			i++
			b.WriteByte(word[i])
		case c == '"':
			open = !open
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
