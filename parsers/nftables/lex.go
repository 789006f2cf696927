package nftables

import (
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of token (src/scanner.l of nft).
const (
	tokWord    lexer.TokenType = iota + 1 // names, numbers, times, addresses
	tokString                             // in double quotes, as written
	tokVar                                // $NAME
	tokRef                                // @NAME
	tokPunct                              // an operator or bracket
	tokEnd                                // a line end or semicolon
	tokInvalid                            // what is no token
)

// lexicon is the lexer of nft scripts. It never fails: what is no token is an
// Invalid one, so that a bad byte costs a statement.
type lexicon struct {
	inSet bool // line ends mean nothing, and are left out
}

// Symbols returns the names by which the grammar knows the tokens.
func (lexicon) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Word": tokWord, "String": tokString, "Var": tokVar, "Ref": tokRef,
		"Punct": tokPunct, "End": tokEnd, "Invalid": tokInvalid,
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
func (l lexicon) LexString(_, text string) (lexer.Lexer, error) {
	return &lex{text: text, inSet: l.inSet}, nil
}

// lex is a run of the lexer.
type lex struct {
	text    string
	at      int
	inSet   bool
	decided bool // behind a verdict, where no statement can stand
}

// byteClass says what a byte can begin or be part of.
type byteClass uint8

const (
	isLetter byteClass = 1 << iota // begins a name
	isDigit
	isHex   // part of an IPv6 or hardware address
	isInner // part of a name
	isSpace
)

var classes = func() (t [256]byteClass) {
	for c := range t {
		b := byte(c)
		switch {
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_':
			t[c] = isLetter | isInner
		case b >= '0' && b <= '9':
			t[c] = isDigit | isInner | isHex
		case b == '/' || b == '-' || b == '.':
			t[c] = isInner
		case b == ' ' || b == '\t' || b == '\r' || b == '\v' || b == '\f':
			t[c] = isSpace
		}
		if b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' || b == ':' || b == '.' {
			t[c] |= isHex
		}
	}
	return t
}()

// Next returns the next token. Its error is always nil.
func (l *lex) Next() (lexer.Token, error) {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case classes[c]&isSpace != 0 || c == '\n' && l.inSet:
			l.at++
		case c == '\n' || c == ';':
			l.at++
			l.decided = false
			return l.token(tokEnd, l.at-1), nil
		case c == '\\' && continues(l.text, l.at) > 0:
			l.at += continues(l.text, l.at)
		case c == '#' && !l.decided && strings.HasPrefix(l.text[l.at:], placeholder):
			start := l.at
			l.at += len(placeholder)
			l.name()
			return l.token(tokWord, start), nil
		case c == '#':
			l.skipComment()
		default:
			return l.noted(l.one(c)), nil
		}
	}
	return lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: l.at}}, nil
}

// noted returns the token, and notes whether it is a verdict.
func (l *lex) noted(t lexer.Token) lexer.Token {
	l.decided = l.decided || t.Type == tokWord && slices.Contains(verdictWords, t.Value)
	return t
}

// placeholder begins what old versions print for extensions of iptables that
// they cannot translate (xt_stmt_print in src/xt.c): it looks like a comment,
// and is none but behind a verdict.
const placeholder = "# xt_"

// continues returns the length of a backslash at i that ends its line, with the
// line end, and 0 if it does not.
func continues[T string | []byte](text T, i int) int {
	switch {
	case i+1 < len(text) && text[i+1] == '\n':
		return 2
	case i+2 < len(text) && text[i+1] == '\r' && text[i+2] == '\n':
		return 3
	}
	return 0
}

func (l *lex) token(kind lexer.TokenType, start int) lexer.Token {
	return lexer.Token{Type: kind, Value: l.text[start:l.at], Pos: lexer.Position{Offset: start}}
}

func (l *lex) skipComment() {
	if n := strings.IndexByte(l.text[l.at:], '\n'); n >= 0 {
		l.at += n
		return
	}
	l.at = len(l.text)
}

// one returns the token that starts with c, at the present place.
func (l *lex) one(c byte) lexer.Token {
	start := l.at
	switch {
	case c == '"':
		return l.quoted()
	case c == '$' || c == '@':
		return l.named(c)
	case classes[c]&isHex != 0 && l.address():
		return l.token(tokWord, start)
	case classes[c]&isDigit != 0:
		for l.at < len(l.text) && (classes[l.text[l.at]]&(isDigit|isLetter) != 0 || l.text[l.at] == '.' && l.digitAt(l.at+1)) {
			l.at++
		}
		return l.token(tokWord, start)
	case classes[c]&isLetter != 0 || c == '\\' && l.starAt(l.at+1):
		l.name()
		l.stars()
		return l.token(tokWord, start)
	}
	return l.punct(c)
}

// named returns a variable or a reference.
func (l *lex) named(c byte) lexer.Token {
	start := l.at
	l.at++
	l.name()
	switch {
	case l.at == start+1:
		return l.token(tokInvalid, start)
	case c == '$':
		return l.token(tokVar, start)
	}
	return l.token(tokRef, start)
}

func (l *lex) digitAt(i int) bool { return i < len(l.text) && classes[l.text[i]]&isDigit != 0 }

func (l *lex) starAt(i int) bool { return i < len(l.text) && l.text[i] == '*' }

// name passes over what can be part of a name.
func (l *lex) name() {
	for l.at < len(l.text) && classes[l.text[l.at]]&isInner != 0 {
		l.at++
	}
}

// stars passes over what may follow the name of an interface: a star, or one
// that a backslash makes literal.
func (l *lex) stars() {
	if l.at < len(l.text) && l.text[l.at] == '\\' && l.starAt(l.at+1) {
		l.at += 2
		l.name()
		return
	}
	if l.starAt(l.at) {
		l.at++
	}
}

// maxAddress is more than the length of the longest address as text.
const maxAddress = 64

// address passes over an IPv6 or hardware address, and reports whether there is one.
func (l *lex) address() bool {
	end, colons := l.at, 0
	for end < len(l.text) && end < l.at+maxAddress && classes[l.text[end]]&isHex != 0 {
		if l.text[end] == ':' {
			colons++
		}
		end++
	}
	if colons < 2 {
		return false
	}
	word := l.text[l.at:end]
	for word != "" && word[len(word)-1] == ':' && !strings.HasSuffix(word, "::") {
		word = word[:len(word)-1] // the colon before the value of a map's element
	}
	if a, err := netip.ParseAddr(word); (err == nil && a.Is6()) || isHardware(word) {
		l.at += len(word)
		return true
	}
	return false
}

// isHardware reports whether s is an Ethernet address.
func isHardware(s string) bool {
	digits, groups := 0, 1
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':':
			if digits == 0 {
				return false
			}
			digits = 0
			groups++
		case c == '.' || digits == 2:
			return false
		default:
			digits++
		}
	}
	return groups == 6 && digits > 0
}

// quoted returns a string in quotes. There is no escape for a quote inside.
func (l *lex) quoted() lexer.Token {
	start := l.at
	for l.at++; l.at < len(l.text) && l.text[l.at] != '\n'; l.at++ {
		if l.text[l.at] == '"' {
			l.at++
			return l.token(tokString, start)
		}
	}
	return l.token(tokInvalid, start)
}

// punct returns an operator or bracket, or else a byte that is no token.
func (l *lex) punct(c byte) lexer.Token {
	start := l.at
	l.at++
	if l.at < len(l.text) {
		switch l.text[start : start+2] {
		case "==", "!=", "<=", ">=", "<<", ">>":
			l.at++
			return l.token(tokPunct, start)
		}
	}
	if strings.IndexByte("{}()[],.:/-+&|^!=<>*", c) >= 0 {
		return l.token(tokPunct, start)
	}
	return l.token(tokInvalid, start)
}

// unquote returns what a string token stands for.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}
