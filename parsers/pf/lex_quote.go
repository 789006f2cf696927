package pf

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// maxString is how long a string in quotes may be: pfctl keeps it in a buffer.
const maxString = 8095

// quoted returns a string in quotes. Line ends in it are left out. One that is
// not closed is an invalid token, which ends with its line.
func (l *lex) quoted(quote byte) lexer.Token {
	from := l.here()
	if l.use != nil {
		rest := l.use.value[l.useAt+1:]
		n := closingQuote(rest, quote, 0, len(rest))
		if n < 0 {
			l.use = nil
			return l.token(tokInvalid, string(quote), from)
		}
		l.advance(n + 2)
		return l.token(tokString, unquote(rest[:n], quote), from)
	}
	memory := &l.unclosed[0]
	if quote == '"' {
		memory = &l.unclosed[1]
	}
	start := l.at + 1
	most := min(start+maxString+1, len(l.text))
	end := closingQuote(l.text, quote, max(start, *memory), most)
	if end < 0 {
		*memory = max(*memory, most)
		l.at = lineEndAt(l.text, l.at)
		return l.token(tokInvalid, string(quote), from)
	}
	l.at = end + 1
	if strings.IndexByte(l.text[start:end], '\n') >= 0 {
		l.special = true // if the statement has a mistake, its second line is read again
	}
	return l.token(tokString, unquote(l.text[start:end], quote), from)
}

// closingQuote returns the offset of the next quote in text from start up to
// end that no backslash stands before, or -1.
func closingQuote(text string, quote byte, start, end int) int {
	for at := start; at < end; {
		n := strings.IndexByte(text[at:end], quote)
		if n < 0 {
			return -1
		}
		at += n
		if at == start || text[at-1] != '\\' {
			return at
		}
		at++
	}
	return -1
}

// lineEndAt returns the offset of the line end at or behind an offset.
func lineEndAt(text string, at int) int {
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(text)
}

// unquote returns what stands in quotes: without line ends, and with what a
// backslash protects.
func unquote(raw string, quote byte) string {
	if strings.IndexByte(raw, '\\') < 0 && strings.IndexByte(raw, '\n') < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	eachQuoted(raw, quote, func(at int) { out = append(out, raw[at]) })
	return string(out)
}

// eachQuoted calls yield with the offset of each byte in quotes that stands for
// itself.
func eachQuoted(raw string, quote byte, yield func(at int)) {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\n' || c == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
		case c == '\\' && i+1 < len(raw) && (raw[i+1] == quote || isBlank(raw[i+1])):
			i++
			yield(i)
		case c == '\\' && continues(raw, i) > 0:
			i += continues(raw, i) - 1
		default:
			yield(i)
		}
	}
}
