package asa

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// reader carries out the lines of an input in order.
type reader struct {
	in       dialect.Input
	out      *reading
	commands map[string]command
	drafts   []*draft
	draft    *draft  // the present one
	cfg      *config // of it

	file         int    // index of the present one
	text         *text  // of it
	mode         *mode  // the block that is open; nil: none
	left         bool   // a comment stood behind the last line of the block
	opaque       string // the word that ends a certificate; empty: none is open
	opaqueIndent int    // of its head
	skipped      bool   // the output of a command that shows no configuration

	line       line
	kind       source.ProblemKind // of the present statement
	interned   map[string]string
	portSets   map[packet.Range][]packet.Range
	laterNames map[string]netip.Addr // of the whole context, whatever was read of it
	kinds      map[string]uint16     // of groups, likewise: which kinds have that name
	headers    map[string]bool       // lists of which "show access-list" printed the head
	words      []string              // names, for proposals
	slab       []ace
	shown      bool // the present line is one of "show access-list"
	only6      bool // any stands for IPv6
	ruleID     string
	secretNext bool // the line before ended where a secret follows
	before     half // the line before the present one
	present    half
	entries    int // of lists and groups, over all files
	unknown    map[string]*tally
	order      []string // keys of unknown
}

// command carries out a line, from behind its first word; not: it begins with
// "no".
type command func(r *reader, l *line, not bool)

// tally counts lines that are alike, so that they are told once.
type tally struct {
	kind    source.ProblemKind
	span    source.Span // of the first
	message string
	count   int
}

func newReader(in dialect.Input) *reader {
	r := &reader{
		in: in, commands: newCommands(), interned: map[string]string{}, portSets: map[packet.Range][]packet.Range{},
		headers: map[string]bool{}, unknown: map[string]*tally{},
		out: &reading{files: in.Files, marks: make([][]mark, len(in.Files))},
	}
	return r
}

// begin begins a config at an offset of the present file.
func (r *reader) begin(start int) {
	r.draft = newDraft(len(r.drafts), r.file, start)
	r.drafts = append(r.drafts, r.draft)
	r.cfg = r.draft.cfg
	r.mode, r.words = nil, nil
	r.headers = map[string]bool{}
	r.lookAhead(start)
}

// finish ends the reading.
func (r *reader) finish() *reading {
	out := r.out
	if len(r.drafts) == 0 {
		r.draft = newDraft(0, 0, 0)
		r.drafts = append(r.drafts, r.draft)
	}
	for _, d := range r.drafts {
		d.finish()
		out.configs = append(out.configs, d.cfg)
		out.counts = append(out.counts, make([]source.Count, len(out.files)))
	}
	r.nameContexts()
	for i, marks := range out.marks {
		for j := range marks {
			out.counts[marks[j].config][i].Add(marks[j].kind)
		}
	}
	for _, key := range r.order {
		t := r.unknown[key]
		if t.count > 1 {
			t.message += fmt.Sprintf(" (%d lines)", t.count)
		}
		out.problem(t.kind, t.span, t.message)
	}
	slices.SortStableFunc(out.problems, func(a, b source.Problem) int { return r.compare(a.Span, b.Span) })
	return out
}

// compare orders places by file, as the input has them, and offset.
func (r *reader) compare(a, b source.Span) int {
	if a.File != b.File {
		return slices.Index(r.out.files, a.File) - slices.Index(r.out.files, b.File)
	}
	return int(a.Start) - int(b.Start)
}

// linesOfChunk is how many lines are read at once: so many that a grammar is
// entered rarely, so few that memory stays flat.
const linesOfChunk = 256

// readFile reads a file.
func (r *reader) readFile(index int, f *source.File) {
	r.file, r.mode, r.opaque, r.skipped = index, nil, "", false
	unwrapped, joined, width := newText(f).unwrap(r.beginsLine)
	r.text = unwrapped
	if joined > 0 {
		r.out.assumptions = append(r.out.assumptions, fmt.Sprintf("%s broken by a terminal of %d columns in %s are read as one each", plural(joined, "line"), width, f.Name))
	}
	if len(r.drafts) == 0 {
		r.begin(0)
	} else {
		r.lookAhead(0)
	}
	for at := 0; at < len(r.text.clean); {
		at = r.readChunk(at)
	}
}

// readChunk reads the lines from an offset on, and returns where the next begin.
func (r *reader) readChunk(at int) int {
	clean := r.text.clean
	end := at
	for n := 0; n < linesOfChunk && end < len(clean); n++ {
		next := len(clean)
		if i := bytes.IndexByte(clean[end:], '\n'); i >= 0 {
			next = end + i + 1
		}
		if next-end > r.in.Limits.Line {
			if end == at {
				r.tooLong(end, next)
				return next
			}
			break
		}
		end = next
	}
	raw := string(clean[at:end])
	tree, bad := parseText(scriptGrammar, raw, "lines")
	if bad != nil {
		r.malformed(r.text.span(at, end), bad.message)
		return end
	}
	for _, toks := range tree.Lines.lines {
		if len(toks) == 0 {
			r.left = true
			continue
		}
		r.line = line{text: r.text, base: at, toks: toks, raw: raw, indent: indentOf(raw, toks)}
		r.readLine(&r.line)
	}
	return end
}

// indentOf returns how many blanks stand before the first token of a line.
func indentOf(raw string, toks []lexer.Token) int {
	first := toks[0].Pos.Offset
	n := 0
	for first-n > 0 && (raw[first-n-1] == ' ' || raw[first-n-1] == '\t') {
		n++
	}
	return n
}

// tooLong reports a line that is longer than the limits allow.
func (r *reader) tooLong(start, end int) {
	const first = 200
	head := string(r.text.clean[start : start+min(first, end-start)])
	tree, bad := parseText(scriptGrammar, head, "lines")
	span := r.text.span(start, start+len(head))
	r.kind = source.Malformed
	if bad == nil && len(tree.Lines.lines[0]) > 1 {
		toks := tree.Lines.lines[0]
		r.line = line{text: r.text, base: start, toks: toks, raw: head}
		r.brokenLike(&r.line, toks[0].Value)
	}
	r.out.problem(source.Malformed, span, fmt.Sprintf("the line is longer than %d bytes", r.in.Limits.Line))
	r.mark(span)
}

// note tells something about a line that is read all the same.
func (r *reader) note(span source.Span, message string) { r.out.problem(source.Ignored, span, message) }

// malformed notes that a line cannot be read.
func (r *reader) malformed(span source.Span, message string) {
	r.kind = source.Malformed
	r.out.problem(source.Malformed, span, message)
}

// unsupported notes that a line bears on packets in a way that is not modelled:
// once for all lines of a file of which that is said.
func (r *reader) unsupported(span source.Span, message string) {
	r.worsen(source.Unsupported)
	r.count(source.Unsupported, span, message)
}

// count counts a line of which the same is said as of others.
func (r *reader) count(kind source.ProblemKind, span source.Span, message string) {
	key := number(r.file) + " " + number(r.draft.index) + " " + message
	t := r.unknown[key]
	if t == nil {
		t = &tally{kind: kind, span: span, message: message}
		r.unknown[key] = t
		r.order = append(r.order, key)
	}
	t.count++
}

// worsen says what became of the present statement, unless worse was said.
func (r *reader) worsen(kind source.ProblemKind) {
	if r.kind == 0 || kind < r.kind {
		r.kind = kind
	}
}

// mark counts the present statement.
func (r *reader) mark(span source.Span) {
	r.out.marks[r.file] = append(r.out.marks[r.file], mark{span.Start, span.End, int32(r.draft.index), r.kind})
}

// newACE returns a new entry.
func (r *reader) newACE() *ace {
	const perSlab = 128
	if len(r.slab) == cap(r.slab) {
		r.slab = make([]ace, 0, perSlab)
	}
	r.slab = append(r.slab, ace{})
	return &r.slab[len(r.slab)-1]
}

// countEntry counts an entry of a list or group, and finds a mistake where
// there are more than the limits allow.
func (r *reader) countEntry(l *line) {
	r.entries++
	if r.entries > r.in.Limits.Expansion {
		l.at = 0
		l.fail(fmt.Sprintf("there are more than %d entries of lists and groups", r.in.Limits.Expansion))
	}
}

// nameWords returns the names of addresses, for proposals.
func (r *reader) nameWords() []string {
	const most = 1000
	if r.words == nil && len(r.cfg.names) <= most {
		r.words = slices.Sorted(maps.Keys(r.cfg.names))
	}
	return slices.Clip(r.words)
}

// beginsLine reports whether a word begins a line, in a block or outside.
func (r *reader) beginsLine(word string) bool {
	return r.isCommand(word) || idleWords[word] != "" || slices.Contains(blockWords, word) || slices.Contains(memberWords, word)
}

// isCommand reports whether a word begins a line outside of blocks.
func (r *reader) isCommand(word string) bool {
	return r.commands[word] != nil || idleCommands[word] != "" || word == "no"
}
