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
	u := unit{kind: unitStatement, start: c.at}
	opens, depth, lineStop := c.opened(ctx), 0, noBracket
	inner := ctx != inChain // line ends separate statements inside of brackets too
	i := c.at
	for i < len(c.text) {
		switch b := c.text[i]; b {
		case '"':
			i = c.quoteEnd(i)
			continue
		case '#':
			i = lineEnd(c.text, i)
			continue
		case '\\':
			if n := continues(c.text, i); n > 0 {
				i += n
				continue
			}
		case '{', '(', '[':
			if b == '{' && depth == 0 && opens != inScript {
				c.at = i + 1
				return unit{kind: unitHead, start: u.start, end: i + 1, opens: opens}
			}
			inner = inner || b == '{' && c.opensChain(u.start, i)
			depth++
		case '}', ')', ']':
			if depth == 0 {
				if b == '}' {
					u.bare = true
					return c.ends(u, i)
				}
				break
			}
			depth--
		case '\n', ';':
			if depth == 0 {
				return c.ends(u, i)
			}
			if b == '\n' && !inner && c.breaksOff(u.start, i) {
				return c.ends(u, i)
			}
			if b == '\n' && lineStop == noBracket {
				lineStop = i
				if c.lost >= maxLost {
					return c.ends(u, i)
				}
			}
		}
		i++
	}
	if depth > 0 && lineStop != noBracket {
		c.lost++
		i = lineStop
	}
	return c.ends(u, i)
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
	for at > start && (classes[c.text[at-1]]&isSpace != 0 || c.text[at-1] == '\n') {
		at--
	}
	if at == start || bytes.IndexByte([]byte(",{:.|&^-=<>!(/"), c.text[at-1]) >= 0 || bytes.LastIndexByte(c.text[start:at], '#') > bytes.LastIndexByte(c.text[start:at], '\n') {
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
	i := c.at
	word := func() string {
		for i < len(c.text) && classes[c.text[i]]&isSpace != 0 {
			i++
		}
		start := i
		for i < len(c.text) && classes[c.text[i]]&isInner != 0 {
			i++
		}
		return string(c.text[start:i])
	}
	first := word()
	switch {
	case ctx == inChain:
		return inScript
	case ctx == inSet && first == "elements":
		return inElements
	case ctx == inSet:
		return inScript
	}
	changes := false
	if ctx == inScript && verbs[first] {
		changes = true
		first = word()
	}
	switch {
	case first == "table" && ctx == inScript:
		return inTable
	case first == "chain":
		return inChain
	case first == "set" || first == "map":
		return inSet
	case first == "element" && changes:
		return inElements
	}
	return inScript
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
