package pf

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The kinds of token (section 1 of the sheet).
const (
	tokWord    lexer.TokenType = iota + 1 // without quotes: a keyword, a name, an address
	tokString                             // in quotes: never a keyword
	tokNumber                             // digits that nothing follows
	tokPunct                              // an operator or bracket
	tokLine                               // a line end in braces
	tokEnd                                // the end of a statement
	tokBody                               // the brace that opens the body of an anchor; "{+": the line goes on behind it
	tokRule                               // "@N" that pfctl prints before a rule
	tokEntries                            // entries of a table, as they are written
	tokInvalid                            // what is no token
)

// lexicon is the lexer of configurations. It never fails: what is no token is
// an Invalid one, so that a bad byte costs a statement.
type lexicon struct{}

// Symbols returns the names by which the grammar knows the tokens.
func (lexicon) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Word": tokWord, "String": tokString, "Number": tokNumber, "Punct": tokPunct, "Line": tokLine, "End": tokEnd,
		"Body": tokBody, "Rule": tokRule, "Entries": tokEntries, "Invalid": tokInvalid,
	}
}

// Lex reads all of r, in which no macro is defined.
func (lexicon) Lex(name string, r io.Reader) (lexer.Lexer, error) { //nolint:ireturn // participle wants it
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return newLex(&macroTable{}, source.NewFile(name, text)), nil
}

// lex is a run of the lexer over a file. Macros are put in while it runs, so a
// run ends behind a definition, and begins anew when that has been carried out.
//
// A token's offset is that in the file in which it is written; its column is the
// offset of its end, and its line the index of its origin: what came out of a
// macro is written in the definition.
type lex struct {
	macros *macroTable
	file   *source.File
	text   string
	at     int
	base   int // the origin of what is written in the file itself

	use   *macroDef // the macro whose value is being read
	useAt int       // the offset in the value
	piece int       // the part of the value that useAt is in

	first    string // the first word of the statement
	last     string // the last one
	count    int    // tokens of the statement
	depth    int    // open braces
	numbered bool   // "@N" stands before it
	closing  bool   // the statement ends here, whatever comes
	special  bool   // the statement bears on how the rest is read
	over     bool   // the run has ended
	total    int    // statements of the run
	start    int    // where the statement begins, and where what was read of it ends
	behind   int

	unclosed [2]int // up to where there is no ' and no "
	signs    printSigns
	skipping bool // a section of pfctl's output that holds no rules
	crlf     bool
}

// newLex returns a lexer at the start of a file.
func newLex(macros *macroTable, f *source.File) *lex {
	const byteOrderMark = "\ufeff"
	l := &lex{macros: macros, file: f, text: string(f.Text), base: macros.origin(f, nil)}
	if len(l.text) >= len(byteOrderMark) && l.text[:len(byteOrderMark)] == byteOrderMark {
		l.at = len(byteOrderMark)
	}
	return l
}

// statementsOfRun is how many statements are read at once: so many that a
// grammar is entered rarely, so few that memory stays flat.
const statementsOfRun = 64

// begin begins the next run. It reports false at the end of the file.
func (l *lex) begin() bool {
	l.over, l.total = false, 0
	return l.at < len(l.text) || l.use != nil
}

// rewind goes back to an offset in the file, where a statement begins.
func (l *lex) rewind(to int) {
	l.at, l.use = to, nil
	l.clear()
}

// clear forgets the present statement.
func (l *lex) clear() {
	l.first, l.last, l.count, l.depth = "", "", 0, 0
	l.closing, l.special, l.numbered = false, false, false
}

// Next returns the next token of the run. Its error is always nil.
func (l *lex) Next() (lexer.Token, error) {
	t := l.next()
	if t.Type != tokEnd && t.Type != lexer.EOF {
		l.note(&t)
	}
	return t, nil
}

// note notes what a token says about what follows.
func (l *lex) note(t *lexer.Token) {
	if t.Type != tokLine {
		l.behind = l.at
	}
	if t.Type == tokRule {
		l.numbered = true
		return
	}
	l.count++
	l.last = t.Value
	switch {
	case l.count == 1:
		if t.Type == tokWord {
			l.first = t.Value
		}
		l.special = l.special || l.first == "include"
	case l.count == 2 && t.Value == "=":
		l.special = true
	}
}

// next returns the next token.
func (l *lex) next() lexer.Token {
	for !l.over {
		if l.closing {
			return l.end()
		}
		c, ok := l.skip()
		if !ok {
			if l.count > 0 || l.numbered {
				return l.end()
			}
			l.over = true
			break
		}
		if t, found := l.begins(c); found {
			return t
		}
	}
	return lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: l.at, Line: l.base, Column: l.at}}
}

// begins returns the token that begins with c; false: what begins there is none.
func (l *lex) begins(c byte) (lexer.Token, bool) {
	first := l.count == 0 && l.use == nil && !l.numbered
	if first {
		l.start = l.at
	}
	switch {
	case first && l.isPrinted(c):
		return l.printed(c)
	case c == '\n':
		return l.lineEnd()
	case c == '$' && l.use == nil:
		return l.expand()
	}
	return l.entriesOr(c), true
}

// end ends the statement. The token tells where that begins and ends.
func (l *lex) end() lexer.Token {
	special := l.special
	l.clear()
	l.total++
	l.over = special || l.total >= statementsOfRun
	return lexer.Token{Type: tokEnd, Pos: lexer.Position{Offset: l.start, Line: l.base, Column: max(l.behind, l.start)}}
}

// lineEnd passes over a line end. It is a token where a statement is open.
func (l *lex) lineEnd() (lexer.Token, bool) {
	at := l.at
	l.at++
	switch {
	case l.count == 0 && !l.numbered:
		return lexer.Token{}, false
	case l.depth == 0 || l.beginsStatement():
		return l.end(), true
	}
	return lexer.Token{Type: tokLine, Pos: lexer.Position{Offset: at, Line: l.base, Column: at + 1}}, true
}

// beginsStatement reports whether the line that begins here looks like a
// statement, so that braces before it were left open.
func (l *lex) beginsStatement() bool {
	at := l.at
	for at < len(l.text) && isBlank(l.text[at]) {
		at++
	}
	start := at
	for at < len(l.text) && (classes[l.text[at]]&isName != 0 || l.text[at] == '-') {
		at++
	}
	if at == start {
		return false
	}
	if statementWords[l.text[start:at]] {
		return at == len(l.text) || l.text[at] <= ' ' || l.text[at] == '{' || l.text[at] == '<'
	}
	for at < len(l.text) && isBlank(l.text[at]) {
		at++
	}
	return at < len(l.text) && l.text[at] == '='
}

// skip passes over blanks, joined lines and comments, and returns the byte
// behind them; false: there is none.
func (l *lex) skip() (byte, bool) {
	for {
		if c, ok := l.skipValue(); ok {
			return c, true
		}
		if l.at >= len(l.text) {
			return 0, false
		}
		switch c := l.text[l.at]; {
		case isBlank(c):
			l.at++
		case c == '\r' && (l.at+1 == len(l.text) || l.text[l.at+1] == '\n'):
			l.at++
			l.crlf = true
		case c == '\\':
			l.at += max(continues(l.text, l.at), 1)
		case c == '#':
			l.comment()
		default:
			return c, true
		}
	}
}

// skipValue passes over blanks in the value of a macro, and returns the byte
// behind them; false: the value is at its end.
func (l *lex) skipValue() (byte, bool) {
	if l.use == nil {
		return 0, false
	}
	v := l.use.value
	for l.useAt < len(v) && isBlank(v[l.useAt]) {
		l.useAt++
	}
	if l.useAt < len(v) && v[l.useAt] != '#' {
		return v[l.useAt], true
	}
	l.use = nil
	if l.useAt < len(v) {
		l.comment()
	}
	return 0, false
}

// comment passes over the rest of a line. A backslash at its end joins the next
// one to it.
func (l *lex) comment() {
	l.signs.comment(l.text[l.at:])
	for l.at < len(l.text) && l.text[l.at] != '\n' {
		if l.text[l.at] != '\\' {
			l.at++
			continue
		}
		if n := continues(l.text, l.at); n > 0 {
			l.at += n
		} else {
			l.at = min(l.at+2, len(l.text))
		}
	}
}

// continues returns the length of a backslash at i that ends its line, with the
// line end, and 0 if it does not.
func continues(text string, i int) int {
	switch {
	case i+1 < len(text) && text[i+1] == '\n':
		return 2
	case i+2 < len(text) && text[i+1] == '\r' && text[i+2] == '\n':
		return 3
	}
	return 0
}
