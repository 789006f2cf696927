package nftables

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// script executes the commands of an input's files, in order, as nft does in
// one transaction on an empty ruleset.
type script struct {
	in       dialect.Input
	files    []*source.File // those of the input, then those that were included
	counts   []source.Count // of the input's files
	problems []source.Problem
	notes    []string

	tables            map[tableKey]*table
	order             []*table
	buried            []text // rules that were deleted again
	scope             *scope // of the whole input
	seq               int32
	hooked            int // base chains so far
	values            []definition
	opened            int   // files that were included
	brought           []int // for each of those the input's file that it is counted with
	suggestions       int   // of names
	edits             int   // what commands that edit have cost
	renamings         []renaming
	scripted, flushed bool // it has commands; it begins with an empty ruleset
	current           int32
	root              int // index of the input's file that is being read
}

// definition is a variable, for the model.
type definition struct {
	name  string
	value *node
	scope *scope
	seq   int32
	span  source.Span
}

// frame is a block that is open.
type frame struct {
	context context
	scope   *scope
	table   *table
	chain   *chain
	set     *set
	part    *batch
	lost    bool // what the block belongs to is not known
	head    source.Span
}

func newScript(in dialect.Input) *script {
	s := &script{
		in: in, files: slices.Clone(in.Files), counts: make([]source.Count, len(in.Files)),
		tables: map[tableKey]*table{}, scope: &scope{},
	}
	return s
}

func (s *script) report(kind source.ProblemKind, span source.Span, format string, args ...any) source.ProblemKind {
	s.problems = append(s.problems, source.Problem{Kind: kind, Span: span, Message: fmt.Sprintf(format, args...)})
	return kind
}

func (s *script) count(kind source.ProblemKind) {
	if kind != deferred {
		s.counts[s.root].Add(kind)
	}
}

// refuse reports and counts a statement that nft refuses.
func (s *script) refuse(span source.Span, format string, args ...any) {
	s.count(s.report(source.Malformed, span, format, args...))
}

func (s *script) span(start, end int) source.Span { return s.files[s.current].Span(start, end) }

func (s *script) tokenSpan(base int, t lexer.Token) source.Span {
	return s.span(base+t.Pos.Offset, base+t.Pos.Offset+len(t.Value))
}

// readText reads a file of commands, as the contents of the block.
func (s *script) readText(file int32, outer frame, depth int) {
	before := s.current
	s.current = file
	defer func() { s.current = before }()
	raw := s.files[file].Text
	at := 0
	if len(raw) >= 3 && string(raw[:3]) == "\ufeff" {
		at = 3
	}
	c := &cutter{text: raw, at: at}
	stack := []frame{outer}
	for {
		top := &stack[len(stack)-1]
		u := c.next(top.context)
		switch u.kind {
		case unitEOF:
			s.unclosed(stack[1:])
			return
		case unitClose:
			if len(stack) == 1 {
				s.refuse(s.span(u.start, u.end), "there is no open block; expected a command")
				continue
			}
			s.close(top, u)
			stack = stack[:len(stack)-1]
		case unitHead:
			stack = append(stack, s.head(top, u))
		case unitStatement:
			s.unit(top, u, depth)
		}
	}
}

// unclosed reports blocks that the end of the file closes.
func (s *script) unclosed(open []frame) {
	for i := range open {
		s.close(&open[i], unit{kind: unitClose})
		s.report(source.Malformed, open[i].head, "the block is not closed; expected }")
		if open[i].context != inElements {
			s.counts[s.root].Modelled--
			s.counts[s.root].Malformed++
		}
	}
}

// close ends a block.
func (s *script) close(f *frame, u unit) {
	if f.context == inElements && f.set != nil && f.part != nil {
		f.set.parts = append(f.set.parts, *f.part)
	}
	if u.bare && f.context != inElements && u.end < len(s.files[s.current].Text) {
		s.report(source.Malformed, s.span(u.start, u.end), "expected a line end or ; behind the brace")
	}
}

// unit executes one statement.
func (s *script) unit(top *frame, u unit, depth int) {
	if u.bare {
		s.report(source.Malformed, s.span(u.start, u.end), "expected a line end or ; before the brace")
	}
	switch top.context {
	case inElements:
		if top.part != nil {
			top.part.texts = append(top.part.texts, s.text(top, u))
		}
		return
	case inChain:
		if !chainWords[s.firstWord(u)] {
			s.chainRule(top, u)
			return
		}
	case inScript, inTable, inSet:
	}
	kind := s.statement(top, u, depth)
	if u.bare {
		kind = source.Malformed
	}
	s.count(kind)
}

// chainWords begin a statement of a chain that is no rule.
var chainWords = map[string]bool{
	"type": true, "policy": true, "comment": true, "device": true, "devices": true, "flags": true,
	"define": true, "redefine": true, "undefine": true, "include": true,
}

// firstWord returns the first word of a unit.
func (s *script) firstWord(u unit) string {
	raw := s.files[s.current].Text[u.start:u.end]
	i := 0
	for i < len(raw) && classes[raw[i]]&isInner != 0 {
		i++
	}
	return string(raw[:i])
}

// text returns the piece of the file that a unit is, to be read later.
func (s *script) text(top *frame, u unit) text {
	x := text{file: s.current, start: int32(u.start), end: int32(u.end), seq: s.seq, scope: top.scope}
	if u.bare {
		x.kind = source.Malformed // it is not ended as it has to be
	}
	return x
}

// chainRule adds a rule to the open chain.
func (s *script) chainRule(top *frame, u unit) {
	if top.chain == nil {
		s.count(source.Malformed) // the head was refused
		return
	}
	x := s.text(top, u)
	x.handle = s.handleBehind(u)
	top.chain.rules = append(top.chain.rules, x)
}

// handleBehind returns the handle that a listing shows behind a rule.
func (s *script) handleBehind(u unit) int32 {
	raw := s.files[s.current].Text[u.start:u.end]
	sign := []byte(" # handle ")
	i := bytes.LastIndexByte(raw, '#')
	if i < 1 || !bytes.HasPrefix(raw[i-1:], sign) {
		return 0
	}
	n, err := strconv.ParseInt(string(raw[i-1+len(sign):]), 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// statement executes a statement that is no rule of an open chain, and returns
// what is to be said of it.
func (s *script) statement(top *frame, u unit, depth int) source.ProblemKind {
	raw := string(s.files[s.current].Text[u.start:u.end])
	word := s.firstWord(u)
	switch {
	case top.context == inChain && word != "define" && word != "redefine" && word != "undefine" && word != "include":
		return s.chainStatement(top, u, raw)
	case top.context == inSet:
		return s.setStatement(top, u, raw)
	}
	line, bad := parseText(commandGrammar, raw)
	if bad != nil {
		return s.badUnit(u, bad)
	}
	switch {
	case line.Define != nil:
		return s.define(top, u.start, line.Define)
	case line.Include != nil:
		return s.include(top, u.start, line.Include, depth)
	case line.Object != nil:
		s.scripted = s.scripted || line.Object.Verb != nil
		return s.command(top, u, line.Object)
	default:
		return s.words(top, u, line.Words.tokens)
	}
}

func (s *script) badUnit(u unit, bad *fault) source.ProblemKind {
	return s.report(source.Malformed, s.span(u.start+int(bad.start), u.start+int(max(bad.end, bad.start))), "%s", bad.message)
}

// place moves the places in n from a text to the file that the text starts in.
func place(n *node, file, base int32) {
	if n == nil {
		return
	}
	n.file = file
	n.start += base
	n.end += base
	for _, k := range n.kids {
		place(k, file, base)
	}
	for i := range n.block {
		n.block[i].place(file, base)
	}
}

// place moves the places in a rule.
func (r *rule) place(file, base int32) {
	r.start += base
	r.end += base
	for i := range r.stmts {
		r.stmts[i].place(file, base)
	}
	for i := range r.faults {
		r.faults[i].start += base
		r.faults[i].end += base
	}
}

func (x *stmt) place(file, base int32) {
	x.start += base
	x.end += base
	place(x.a, file, base)
	if x.b != x.a {
		place(x.b, file, base)
	}
	for i := range x.stmts {
		x.stmts[i].place(file, base)
	}
}

func (s *script) nodeSpan(n *node) source.Span {
	f := s.files[n.file]
	size := int32(len(f.Text))
	return f.Span(int(min(n.start, size)), int(min(max(n.end, n.start), size)))
}

const (
	maxIncludeDepth = 16 // MAX_INCLUDE_DEPTH in nft
	maxIncludes     = 4096
)

// include reads other files in the place of the statement.
func (s *script) include(top *frame, base int, x *includeLine, depth int) source.ProblemKind {
	span := s.tokenSpan(base, x.Path)
	path := unquote(x.Path.Value)
	switch {
	case depth >= maxIncludeDepth:
		return s.report(source.Malformed, span, "files include each other more than %d deep", maxIncludeDepth)
	case s.opened >= maxIncludes:
		return s.report(source.Malformed, span, "more than %d files are included", maxIncludes)
	}
	var found []*source.File
	err := errNoInclude
	if s.in.Open != nil {
		found, err = s.in.Open(s.files[s.current].Name, path)
	}
	if err != nil {
		s.note("files that are included and not read change nothing but where an include stands in a chain")
		if top.chain != nil && top.context == inChain {
			top.chain.rules = append(top.chain.rules, text{file: s.current, start: span.Start, end: span.End, seq: s.seq, scope: top.scope, unread: true})
		}
		if isPattern(path) {
			return s.report(source.Unsupported, span, "the files are not read: %v", err)
		}
		return s.report(source.Malformed, span, "the file cannot be read: %v", err)
	}
	for _, f := range found {
		s.opened++
		s.files = append(s.files, f)
		s.brought = append(s.brought, s.root)
		s.readText(int32(len(s.files)-1), *top, depth+1)
	}
	return 0
}
