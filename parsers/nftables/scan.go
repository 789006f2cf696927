package nftables

import (
	"bytes"
	"slices"
)

// context is what kind of block a place is in.
type context uint8

// The contexts.
const (
	inScript context = iota
	inTable
	inChain
	inSet // or map
	inElements
)

// unit is a piece of a file: a statement, the head of a block or its end.
type unit struct {
	kind       unitKind
	start, end int     // of its text; a head includes its brace
	opens      context // for heads
	// bare says that the statement is not ended by a line end or semicolon, as it
	// has to be.
	bare bool
}

// unitKind is the kind of a unit.
type unitKind uint8

// The kinds of unit.
const (
	unitEOF unitKind = iota
	unitStatement
	unitHead
	unitClose
)

// cutter cuts a file into units.
type cutter struct {
	text []byte
	at   int
	// lost counts statements whose brackets never close: they end with their
	// line. Behind some, the search for a closing bracket is given up at once.
	lost int
}

const (
	maxLost   = 8
	perChunk  = 2048 // elements of a set in one unit
	noBracket = -1
)

// next returns the next unit.
func (c *cutter) next(ctx context) unit {
	c.skip(ctx)
	switch {
	case c.at >= len(c.text):
		return unit{kind: unitEOF, start: len(c.text), end: len(c.text)}
	case c.text[c.at] == '}':
		c.at++
		u := unit{kind: unitClose, start: c.at - 1, end: c.at, bare: true}
		for i := c.at; ; i++ {
			if i >= len(c.text) || c.text[i] == '\n' || c.text[i] == ';' || c.text[i] == '#' {
				u.bare = i >= len(c.text)
				break
			}
			if n := continues(c.text, i); c.text[i] == '\\' && n > 0 {
				i += n - 1
				continue
			}
			if classes[c.text[i]]&isSpace == 0 {
				break
			}
		}
		return u
	case ctx == inElements:
		return c.elements()
	}
	return c.statement(ctx)
}

// skip passes over what stands between statements.
func (c *cutter) skip(ctx context) {
	for c.at < len(c.text) {
		switch b := c.text[c.at]; {
		case classes[b]&isSpace != 0 || b == '\n' || b == ';' || b == ',' && ctx == inElements:
			c.at++
		case b == '\\' && continues(c.text, c.at) > 0:
			c.at += continues(c.text, c.at)
		case b == '#':
			c.at = lineEnd(c.text, c.at)
		default:
			return
		}
	}
}

// lineEnd returns the offset of the end of the line of i.
func lineEnd(text []byte, i int) int {
	for i < len(text) && text[i] != '\n' {
		i++
	}
	return i
}

// statement returns the statement or head that starts here.
func (c *cutter) statement(ctx context) unit {
	s := statementScan{
		c: c, u: unit{kind: unitStatement, start: c.at}, opens: c.opened(ctx), lineStop: noBracket,
		inner: ctx != inChain, // there, line ends separate statements inside of brackets too
	}
	i := c.at
	for i < len(c.text) {
		if next := c.pass(i); next > i {
			i = next
			continue
		}
		if u, ends := s.step(i); ends {
			return u
		}
		i++
	}
	if s.depth > 0 && s.lineStop != noBracket {
		c.lost++
		i = s.lineStop
	}
	return c.ends(s.u, i)
}

// pass returns the offset behind a quoted string, a comment or a line
// continuation at i, and i if there is none.
func (c *cutter) pass(i int) int {
	switch c.text[i] {
	case '"':
		return c.quoteEnd(i)
	case '#':
		return lineEnd(c.text, i)
	case '\\':
		return i + continues(c.text, i)
	}
	return i
}

// statementScan is the search for the end of a statement.
type statementScan struct {
	c        *cutter
	u        unit
	opens    context
	inner    bool
	depth    int // open brackets
	lineStop int // the first line end in brackets
}

// step looks at the byte at i, and reports whether the unit ends there.
func (s *statementScan) step(i int) (unit, bool) {
	switch b := s.c.text[i]; b {
	case '{', '(', '[':
		if b == '{' && s.depth == 0 && s.opens != inScript {
			s.c.at = i + 1
			return unit{kind: unitHead, start: s.u.start, end: i + 1, opens: s.opens}, true
		}
		s.inner = s.inner || b == '{' && s.c.opensChain(s.u.start, i)
		s.depth++
	case '}', ')', ']':
		if s.depth == 0 && b == '}' {
			s.u.bare = true
			return s.c.ends(s.u, i), true
		}
		s.depth = max(s.depth-1, 0)
	case ';':
		if s.depth == 0 {
			return s.c.ends(s.u, i), true
		}
	case '\n':
		return s.line(i)
	}
	return unit{}, false
}

// line does so for a line end.
func (s *statementScan) line(i int) (unit, bool) {
	if s.depth == 0 || !s.inner && s.c.breaksOff(s.u.start, i) {
		return s.c.ends(s.u, i), true
	}
	if s.lineStop == noBracket {
		s.lineStop = i
		if s.c.lost >= maxLost {
			return s.c.ends(s.u, i), true
		}
	}
	return unit{}, false
}

// opensChain reports whether the brace at i opens a chain without a name, in
// which line ends separate rules.
func (c *cutter) opensChain(start, i int) bool {
	for i > start && classes[c.text[i-1]]&isSpace != 0 {
		i--
	}
	before := c.text[start:i]
	return bytes.HasSuffix(before, []byte("jump")) || bytes.HasSuffix(before, []byte("goto"))
}

// elementWords may follow the key of an element.
var elementWords = [][]byte{[]byte("timeout"), []byte("expires"), []byte("counter"), []byte("comment"), []byte("limit"), []byte("quota"), []byte("last"), []byte("ct")}

// breaksOff reports whether a set breaks off at the line end at i: there is no
// comma, and what follows cannot go on with it. Its brace was forgotten then.
func (c *cutter) breaksOff(start, i int) bool {
	at := i
	for at > start && classes[c.text[at-1]]&isSpace != 0 {
		at--
	}
	if at == start || bytes.IndexByte([]byte("\n,{:.|&^-=<>!(/"), c.text[at-1]) >= 0 {
		return false // behind an empty line nothing is as it was not before
	}
	line := bytes.LastIndexByte(c.text[start:at], '\n') + 1
	if bytes.IndexByte(c.text[start+line:at], '#') >= 0 {
		return false
	}
	rest := &cutter{text: c.text, at: i}
	rest.skip(inScript)
	if rest.at >= len(c.text) || bytes.IndexByte([]byte("},:.|&^-/)*\""), c.text[rest.at]) >= 0 {
		return false
	}
	next := c.text[rest.at:min(rest.at+16, len(c.text))]
	return classes[next[0]]&isLetter != 0 && !slices.ContainsFunc(elementWords, func(w []byte) bool { return bytes.HasPrefix(next, w) })
}

func (c *cutter) ends(u unit, i int) unit {
	c.at = i
	for i > u.start && (classes[c.text[i-1]]&isSpace != 0 || c.text[i-1] == '\n') {
		i--
	}
	u.end = i
	return u
}

// quoteEnd returns the offset behind the quoted string at i, which ends with
// its line at the latest.
func (c *cutter) quoteEnd(i int) int {
	for i++; i < len(c.text); i++ {
		switch c.text[i] {
		case '"':
			return i + 1
		case '\n':
			return i
		}
	}
	return i
}

// opened returns which block the first brace of the statement opens; inScript
// if the brace is part of the statement.
func (c *cutter) opened(ctx context) context {
	if ctx == inChain {
		return inScript
	}
	first, at := c.wordAt(c.at)
	if ctx == inSet {
		if first == "elements" {
			return inElements
		}
		return inScript
	}
	changes := ctx == inScript && verbs[first]
	if changes {
		first, _ = c.wordAt(at)
	}
	opens := blockWords[first]
	if opens == inTable && ctx != inScript || opens == inElements && !changes {
		return inScript
	}
	return opens
}

// blockWords are the words with which the head of a block begins.
var blockWords = map[string]context{"table": inTable, "chain": inChain, "set": inSet, "map": inSet, "element": inElements}

// wordAt returns the word at i, behind blanks, and where it ends.
func (c *cutter) wordAt(i int) (word string, end int) {
	for i < len(c.text) && classes[c.text[i]]&isSpace != 0 {
		i++
	}
	start := i
	for i < len(c.text) && classes[c.text[i]]&isInner != 0 {
		i++
	}
	return string(c.text[start:i]), i
}

// elements returns the next elements of a set, up to the closing brace.
func (c *cutter) elements() unit {
	u := unit{kind: unitStatement, start: c.at}
	depth, count := 0, 0
	i := c.at
	for i < len(c.text) {
		switch b := c.text[i]; b {
		case '"':
			i = c.quoteEnd(i)
			continue
		case '#':
			i = lineEnd(c.text, i)
			continue
		case '{', '(', '[':
			depth++
		case '}', ')', ']':
			if depth == 0 && b == '}' {
				return c.ends(u, i)
			}
			depth = max(depth-1, 0)
		case ',':
			if depth == 0 {
				count++
				if count == perChunk {
					u = c.ends(u, i)
					c.at = i + 1
					return u
				}
			}
		}
		i++
	}
	return c.ends(u, i)
}
