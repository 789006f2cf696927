package pf

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// macroTable holds the macros that are defined, and where text is written that
// came out of them.
type macroTable struct {
	defs    map[string]*macroDef
	origins []origin
	budget  int // how many bytes macros may still grow to
}

// origin is where a token is written.
type origin struct {
	file *source.File
	via  []source.Span // the definitions that it came out of, the outermost first
}

// macroDef is a macro as it is used.
type macroDef struct {
	value  string
	pieces []valuePiece // never empty where there is a value
}

// valuePiece is a part of a value that is written in one run.
type valuePiece struct {
	at, end       int32 // in the value
	offset, limit int32 // in the file of the origin
	origin        int32
}

// origin returns a new origin.
func (m *macroTable) origin(f *source.File, via []source.Span) int {
	m.origins = append(m.origins, origin{f, via})
	return len(m.origins) - 1
}

// spend takes the length of a value that is used out of what macros may grow to.
// It reports false when that is used up.
func (m *macroTable) spend(n int) bool {
	if n > m.budget {
		return false
	}
	m.budget -= n
	return true
}

// at returns where a token is written.
func (m *macroTable) at(t *lexer.Token) at {
	o := &m.origins[t.Pos.Line]
	return at{span: o.file.Span(t.Pos.Offset, max(t.Pos.Column, t.Pos.Offset)), via: o.via}
}

// atAll returns where a run of tokens is written: where it was begun, if it came
// out of several places.
func (m *macroTable) atAll(first, last *lexer.Token) at {
	out := m.at(first)
	if first.Pos.Line == last.Pos.Line && last.Pos.Column > first.Pos.Offset {
		out.span.End = int32(last.Pos.Column)
	}
	return out
}

// maxNesting is how many definitions may stand in each other.
const maxMacroNesting = 64

// define defines a macro, or defines it anew from here on. Its value is the
// tokens with blanks between them. It reports false where macros grow too long.
func (m *macroTable) define(name string, toks []lexer.Token, span source.Span) bool {
	if m.defs == nil {
		m.defs = map[string]*macroDef{}
	}
	def := &macroDef{}
	var b strings.Builder
	origins := map[int]int{}
	for i := range toks {
		t := &toks[i]
		inside, ok := origins[t.Pos.Line]
		if !ok {
			old := m.origins[t.Pos.Line]
			via := old.via
			if len(via) < maxMacroNesting {
				via = append([]source.Span{span}, via...)
			}
			inside = m.origin(old.file, via)
			origins[t.Pos.Line] = inside
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		def.pieces = m.addPieces(def.pieces, t, int32(b.Len()), int32(inside))
		b.WriteString(t.Value)
	}
	def.value = b.String()
	m.defs[name] = def
	return m.spend(len(def.value))
}

// addPieces adds the parts of a token that stands at an offset of a value.
func (m *macroTable) addPieces(pieces []valuePiece, t *lexer.Token, at, inside int32) []valuePiece {
	start, end := int32(t.Pos.Offset), int32(t.Pos.Column)
	length := int32(len(t.Value))
	if length == 0 {
		return append(pieces, valuePiece{at, at, start, end, inside})
	}
	raw := string(m.origins[t.Pos.Line].file.Text[start:end])
	isQuoted := t.Type == tokString && len(raw) > 1 && (raw[0] == '"' || raw[0] == '\'') && raw[len(raw)-1] == raw[0]
	switch {
	case !isQuoted:
		return append(pieces, valuePiece{at, at + length, start, end, inside})
	case len(raw)-2 == int(length):
		return append(pieces, valuePiece{at, at + length, start + 1, end - 1, inside})
	}
	last := -2
	eachQuoted(raw[1:len(raw)-1], raw[0], func(i int) {
		offset := start + 1 + int32(i)
		if i != last+1 {
			pieces = append(pieces, valuePiece{at: at, end: at, offset: offset, limit: offset, origin: inside})
		}
		p := &pieces[len(pieces)-1]
		p.end++
		p.limit++
		at++
		last = i
	})
	return pieces
}
