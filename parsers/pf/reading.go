package pf

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// reading is what the files of an input say, and what became of each statement.
type reading struct {
	config      *config
	problems    []source.Problem
	counts      []source.Count // of each file of the input; what an included file says counts where it is included
	assumptions []string       // each a clause without full stop
	marks       []mark         // of each statement, what became of it
}

// read reads the files of an input as one configuration, in their order.
func read(in dialect.Input) *reading {
	r := newReader(in)
	named := namedFiles(in.Files)
	for i, f := range in.Files {
		if r.consumed[f] || named[path.Base(f.Name)] && !allNamed(in.Files, named) {
			continue
		}
		r.order = order{}
		r.file = i
		r.readFile(f)
	}
	return r.finish()
}

// namedFiles returns the base names of the files that others of the input name
// in quotes: of includes, of tables and of anchors.
func namedFiles(files []*source.File) map[string]bool {
	named := map[string]bool{}
	if len(files) < 2 {
		return named
	}
	for _, f := range files {
		for _, word := range []string{"include", "file", "from"} {
			for rest := f.Text; ; {
				n := bytes.Index(rest, []byte(word))
				if n < 0 {
					break
				}
				rest = rest[n+len(word):]
				if base := quotedName(rest); base != "" && base != path.Base(f.Name) {
					named[base] = true
				}
			}
		}
	}
	return named
}

// quotedName returns the base name of the file that text begins with, in quotes
// behind blanks; empty: it does not.
func quotedName(text []byte) string {
	text = bytes.TrimLeft(text[:min(len(text), maxString)], " \t")
	if len(text) == 0 || text[0] != '"' && text[0] != '\'' {
		return ""
	}
	n := bytes.IndexByte(text[1:], text[0])
	if n <= 0 {
		return ""
	}
	return path.Base(string(text[1 : 1+n]))
}

// allNamed reports whether each file is named by another, so that none is the
// first.
func allNamed(files []*source.File, named map[string]bool) bool {
	return !slices.ContainsFunc(files, func(f *source.File) bool { return !named[path.Base(f.Name)] })
}

// readFile reads a file, or one that another includes.
func (r *reader) readFile(f *source.File) {
	outer, anchors := r.text, len(r.open)
	r.text = f
	r.stack = append(r.stack, f)
	l := newLex(r.macros, f)
	l.text = r.withoutLongLines(l.text)
	if r.cfg.head.IsZero() && f.Lines() > 0 {
		r.cfg.head = f.Line(1)
	}
	for l.begin() {
		tree, err := parseRun(scriptGrammar, l)
		if err != nil {
			r.problem(source.Malformed, f.Span(l.start, len(f.Text)), err.Error())
			break
		}
		for i := range tree.Statements.statements {
			if resume := r.statement(&tree.Statements.statements[i]); resume > 0 {
				l.rewind(resume)
				break
			}
		}
	}
	for len(r.open) > anchors {
		r.unclosed()
	}
	r.signs.numbers = r.signs.numbers || l.signs.numbers
	r.signs.comments = r.signs.comments || l.signs.comments
	r.crlf = r.crlf || l.crlf
	r.text = outer
	r.stack = r.stack[:len(r.stack)-1]
}

// longLine stands for a line that is longer than the limits allow.
const longLine = "\x00"

// withoutLongLines returns the text with such lines blanked out but for that
// mark, so that a lexer sees them and is not held up.
func (r *reader) withoutLongLines(text string) string {
	limit := r.in.Limits.Line
	if limit <= 0 || len(text) <= limit {
		return text
	}
	var out []byte
	for at := 0; at < len(text); {
		end := lineEndAt(text, at)
		if end-at > limit {
			r.long = true
			if out == nil {
				out = []byte(text)
			}
			copy(out[at:end], bytes.Repeat([]byte{' '}, end-at))
			copy(out[at:], longLine)
		}
		at = end + 1
	}
	if out == nil {
		return text
	}
	return string(out)
}

// statement carries out a statement. It returns the offset at which to go on, if
// it is not where the statement ends.
func (r *reader) statement(st *statementTokens) int {
	r.kind, r.silent = 0, false
	p := &r.parser
	*p = parser{r: r, toks: st.toks, span: r.text.Span(st.start, st.end), number: -1, scratch: p.scratch, portScratch: p.portScratch}
	if len(p.toks) > 0 && p.toks[0].Type == tokRule {
		if n, ok := number(p.toks[0].Value, maxNumber); ok {
			p.number = int(n)
		}
		p.at++
	}
	if p.done() {
		return 0
	}
	first := p.peek()
	r.dispatch(p, first)
	for i := range p.slip {
		r.malformed(&p.slip[i], p.span)
	}
	resume := 0
	if p.bad != nil {
		r.malformed(p.bad, p.span)
		if mayDecide(p, first) {
			r.brokenRule(p, first.Value)
		}
		r.recover(p)
		resume = r.resume(p)
	}
	if !r.silent || r.kind != 0 {
		r.marks = append(r.marks, mark{r.file, r.kind, p.span})
	}
	return resume
}

// mayDecide reports whether a statement that cannot be read may have been a rule.
func mayDecide(p *parser, first *lexer.Token) bool {
	if isMacro(p.toks) || first.Type == tokPunct && len(p.toks) == 1 {
		return false
	}
	return filterWords[first.Value] || !statementWords[first.Value]
}

// resume returns where a statement that cannot be read is to be taken up again:
// quotes that run over several lines may be what is wrong with it.
func (r *reader) resume(p *parser) int {
	for i := range p.toks {
		t := &p.toks[i]
		if t.Type != tokString || len(r.macros.origins[t.Pos.Line].via) > 0 || r.macros.origins[t.Pos.Line].file != r.text {
			continue
		}
		if n := bytes.IndexByte(r.text.Text[t.Pos.Offset:t.Pos.Column], '\n'); n >= 0 {
			return t.Pos.Offset + n + 1
		}
	}
	return 0
}

// recover opens or closes the body of an anchor, where braces of a statement
// that cannot be read say so.
func (r *reader) recover(p *parser) {
	last := &p.toks[len(p.toks)-1]
	switch {
	case last.Type == tokBody:
		if n := len(r.open); n == 0 || r.open[n-1].span != p.span {
			r.begin(&anchor{span: p.span, inline: true}) // its rules are read, and lead nowhere
		}
	case isText(last, "}") && len(r.open) > 0:
		depth := 0
		for i := range p.toks {
			switch {
			case isText(&p.toks[i], "{"):
				depth++
			case isText(&p.toks[i], "}"):
				depth--
			}
		}
		if depth < 0 {
			r.close()
		}
	}
}

// finish ends the reading.
func (r *reader) finish() *reading {
	out := r.out
	r.tellHosts()
	r.tellTables()
	r.tellLanguage()
	r.tellOrder()
	r.tellAlike()
	tellLoads(r.cfg)
	out.counts, out.marks = make([]source.Count, len(r.in.Files)), r.marks
	out.count()
	if r.crlf {
		r.assume("lines end in CR LF, which pfctl refuses, and are read all the same")
	}
	if r.wrong {
		r.assume("pfctl would refuse the file for what is malformed in it, and keep the rules that it has")
	}
	index := map[*source.File]int{}
	for i, f := range r.in.Files {
		index[f] = i
	}
	sort.SliceStable(out.problems, func(i, j int) bool {
		a, b := out.problems[i].Span, out.problems[j].Span
		if a.File != b.File {
			return index[a.File] < index[b.File]
		}
		return a.Start < b.Start
	})
	return out
}

// tellAlike reports what is said of several statements at once.
func (r *reader) tellAlike() {
	for _, a := range r.alikes {
		if a.count > 1 {
			a.Message += fmt.Sprintf(" (%d statements)", a.count)
		}
		r.out.problems = append(r.out.problems, a.Problem)
	}
	r.alikes = nil
}

// tellLoads tells the files of anchors in which language they are: that of the
// file that loads them.
func tellLoads(c *config) {
	for i := range c.loads {
		if sub := c.loads[i].config; sub != nil {
			sub.language, sub.why = c.language, c.why
			tellLoads(sub)
		}
	}
}

// count counts the statements of each file.
func (r *reading) count() {
	clear(r.counts)
	for i := range r.marks {
		if m := &r.marks[i]; m.file < len(r.counts) {
			r.counts[m.file].Add(m.kind)
		}
	}
}

// openFile returns the file of a path: one of the input, or one that may be read
// from beside it.
func (r *reader) openFile(name string) (*source.File, error) {
	hasName := func(f *source.File) bool { return path.Base(f.Name) == path.Base(name) }
	for _, f := range r.in.Files {
		if hasName(f) && !r.isOpen(f) {
			r.consumed[f] = true
			return f, nil
		}
	}
	err := errNoOpen
	if r.in.Open != nil {
		var files []*source.File
		if files, err = r.in.Open(r.text.Name, name); err == nil && len(files) > 0 {
			return files[0], nil
		}
	}
	if i := slices.IndexFunc(r.stack, hasName); i >= 0 {
		return r.stack[i], nil
	}
	if err == nil {
		err = errNoFile
	}
	return nil, err
}

// isOpen reports whether a file is being read.
func (r *reader) isOpen(f *source.File) bool {
	return slices.ContainsFunc(r.stack, func(g *source.File) bool { return f == g || f.Name == g.Name })
}

// cause returns the text of an error as it stands behind a colon.
func cause(err error) string { return strings.TrimSpace(fmt.Sprint(err)) }
