package pf

import (
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"
)

// byteClass says what a byte can begin or be part of.
type byteClass uint8

const (
	isName  byteClass = 1 << iota // part of the name of a macro
	isInner                       // part of a word
	isDigit
	endsNumber // may follow a number
	isEntry    // part of entries of a table that are addresses
)

var classes = func() (t [256]byteClass) {
	for c := byte('!'); c <= '~'; c++ {
		if !strings.ContainsRune(`(){}<>!=/#,`, rune(c)) {
			t[c] |= isInner
		}
		switch {
		case c >= '0' && c <= '9':
			t[c] |= isName | isDigit
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			t[c] |= isName
		}
	}
	for _, c := range []byte(" \t\r\n\v\f),/}=") {
		t[c] |= endsNumber
	}
	for _, c := range []byte("0123456789abcdefABCDEF.:/!, \t\r\n") {
		t[c] |= isEntry
	}
	return t
}()

// isBlank reports whether c stands between words.
func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// place is where the lexer is: in the file, or in the value of a macro.
type place struct {
	offset, limit int // in the file of the origin; limit is where the part of a value ends
	origin        int
}

// here returns the present place.
func (l *lex) here() place {
	if l.use == nil {
		return place{l.at, len(l.text), l.base}
	}
	for l.piece+1 < len(l.use.pieces) && int(l.use.pieces[l.piece].end) <= l.useAt {
		l.piece++
	}
	p := &l.use.pieces[l.piece]
	inside := max(l.useAt-int(p.at), 0)
	return place{min(int(p.offset)+inside, int(p.limit)), int(p.limit), int(p.origin)}
}

// token returns a token that begins at a place and ends at the present one.
func (l *lex) token(kind lexer.TokenType, value string, from place) lexer.Token {
	end := from.limit
	if to := l.here(); to.origin == from.origin {
		end = max(min(to.offset, from.limit), from.offset)
	}
	if l.use != nil && l.useAt <= len(l.use.value) && from.origin != l.base {
		end = min(end, from.offset+max(len(value), 1))
	}
	return lexer.Token{Type: kind, Value: value, Pos: lexer.Position{Offset: from.offset, Line: from.origin, Column: end}}
}

// peek returns the byte n places ahead; false: there is none. It does not join
// lines.
func (l *lex) peek(n int) (byte, bool) {
	if l.use != nil {
		left := len(l.use.value) - l.useAt
		if n < left {
			return l.use.value[l.useAt+n], true
		}
		n -= left
	}
	if l.at+n < len(l.text) {
		return l.text[l.at+n], true
	}
	return 0, false
}

// advance passes over n bytes.
func (l *lex) advance(n int) {
	if l.use != nil {
		left := len(l.use.value) - l.useAt
		if n < left {
			l.useAt += n
			return
		}
		l.use = nil
		n -= left
	}
	l.at += n
}

// expand begins to read the value of the macro that is used here. Where there is
// none, or macros have grown too long, the use is an invalid token.
func (l *lex) expand() (lexer.Token, bool) {
	from := l.here()
	end := l.at + 1
	for end < len(l.text) && classes[l.text[end]]&isName != 0 {
		end++
	}
	name := l.text[l.at+1 : end]
	raw := l.text[l.at:end]
	l.at = end
	def := l.macros.defs[name]
	if def == nil || !l.macros.spend(len(def.value)) {
		return l.token(tokInvalid, raw, from), true
	}
	if def.value != "" {
		l.use, l.useAt, l.piece = def, 0, 0
	}
	return lexer.Token{}, false
}

// one returns the token that begins with c, at the present place.
func (l *lex) one(c byte) lexer.Token {
	switch {
	case c == '\'' || c == '"':
		return l.quoted(c)
	case c == '-' || classes[c]&isDigit != 0:
		if t, found := l.number(c); found {
			return t
		}
	case c == '{' || c == '}':
		return l.brace(c)
	}
	if classes[c]&isName != 0 || c == ':' {
		return l.word()
	}
	return l.punct(c)
}

// number returns a number, or "-" and "->"; false: the digits begin a word.
func (l *lex) number(c byte) (lexer.Token, bool) {
	from := l.here()
	n := 0
	if c == '-' {
		n = 1
	}
	digits := n
	next, ok := l.peek(n)
	for ok && classes[next]&isDigit != 0 {
		n++
		next, ok = l.peek(n)
	}
	if n > digits && (!ok || classes[next]&endsNumber != 0 || next == '\\' && l.joins(n)) {
		return l.token(tokNumber, l.take(n), from), true
	}
	if c != '-' {
		return lexer.Token{}, false
	}
	if after, ok := l.peek(1); ok && after == '>' {
		return l.token(tokPunct, l.take(2), from), true
	}
	return l.token(tokPunct, l.take(1), from), true
}

// joins reports whether n bytes ahead a line ends in a backslash, and the next
// begins with what may follow a number.
func (l *lex) joins(n int) bool {
	if l.use != nil {
		return false
	}
	skip := continues(l.text, l.at+n)
	if skip == 0 {
		return false
	}
	next, ok := l.peek(n + skip)
	return !ok || classes[next]&endsNumber != 0
}

// take returns the next n bytes and passes over them.
func (l *lex) take(n int) string {
	var s string
	switch {
	case l.use == nil:
		s = l.text[l.at : l.at+n]
	case l.useAt+n <= len(l.use.value):
		s = l.use.value[l.useAt : l.useAt+n]
	default:
		tail := l.use.value[l.useAt:]
		s = tail + l.text[l.at:l.at+n-len(tail)]
	}
	l.advance(n)
	return s
}

// word returns a word. What a macro leaves open goes on in the text behind it.
func (l *lex) word() lexer.Token {
	from := l.here()
	n := 0
	c, ok := l.peek(n)
	for ok && c != '\\' && classes[c]&isInner != 0 {
		n++
		c, ok = l.peek(n)
	}
	if ok && c == '\\' {
		return l.token(tokWord, l.joined(n), from)
	}
	return l.token(tokWord, l.take(n), from)
}

// joined returns a word of which a backslash follows n bytes: it keeps the byte
// behind it, or joins the next line.
func (l *lex) joined(n int) string {
	var b strings.Builder
	b.WriteString(l.take(n))
	for {
		c, ok := l.peek(0)
		if ok && c == '\\' {
			if l.use == nil && continues(l.text, l.at) > 0 {
				l.at += continues(l.text, l.at)
				continue
			}
			if next, more := l.peek(1); more && classes[next]&isInner != 0 {
				l.advance(1)
				c = next
			}
		}
		if !ok || classes[c]&isInner == 0 {
			return b.String()
		}
		b.WriteByte(c)
		l.advance(1)
	}
}

// maxBraces is how deep lists may stand in each other.
const maxBraces = 16

// brace returns a brace, and counts it.
func (l *lex) brace(c byte) lexer.Token {
	from := l.here()
	text := l.take(1)
	switch {
	case c == '}':
		l.depth = max(l.depth-1, 0)
	case l.first == "anchor" && l.depth == 0 && !listWords[l.last]:
		l.closing = true
		if !l.lineIsOver() {
			return l.token(tokBody, "{+", from)
		}
		return l.token(tokBody, text, from)
	case l.depth < maxBraces:
		l.depth++
	default:
		l.depth = 0 // so many open braces were forgotten
	}
	return l.token(tokPunct, text, from)
}

// lineIsOver reports whether nothing but a comment follows on the line.
func (l *lex) lineIsOver() bool {
	if l.use != nil && strings.TrimLeft(l.use.value[l.useAt:], " \t") != "" {
		return false
	}
	rest := strings.TrimLeft(l.text[l.at:], " \t\r")
	return rest == "" || rest[0] == '\n' || rest[0] == '#'
}

// punct returns an operator, or else a byte that is no token.
func (l *lex) punct(c byte) lexer.Token {
	from := l.here()
	if next, ok := l.peek(1); ok {
		switch string([]byte{c, next}) {
		case "!=", "<=", ">=", "<>", "><":
			return l.token(tokPunct, l.take(2), from)
		}
	}
	if strings.IndexByte("(){}<>!=/,", c) >= 0 {
		return l.token(tokPunct, l.take(1), from)
	}
	n := 1
	for next, ok := l.peek(n); ok && c >= utf8.RuneSelf && next >= utf8.RuneSelf; next, ok = l.peek(n) {
		n++ // letters of other scripts, in one piece
	}
	return l.token(tokInvalid, l.take(n), from)
}
