package iptables

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Parse reads the exports of one device: iptables-save, ip6tables-save and
// ipset save, in any number of files and any order, or all in one.
func Parse(in dialect.Input) dialect.Result {
	l := &lowering{
		files: in.Files, limits: in.Limits, device: &rules.Device{Name: in.Name}, counts: make([]source.Count, len(in.Files)),
		boxes: map[boxKey]*packet.Boxes{}, sets: map[string]*ipset{}, changed: map[string]bool{}, missing: map[string][]source.Span{},
		setMemo: map[setKey]*packet.Boxes{}, interfaces: map[string]int{},
	}
	outlines := make([]*outline, len(in.Files))
	for i, f := range in.Files {
		outlines[i] = newOutline(f, familyOfName(f.Name, in.Flavour))
		for _, name := range outlines[i].changed {
			l.changed[name] = true
		}
	}
	// Sets first: rules may name one that a later file brings.
	for i, f := range in.Files {
		l.enter(i, f)
		l.readSets(outlines[i])
	}
	for i, f := range in.Files {
		l.enter(i, f)
		l.blocks = outlines[i].blocks
		l.readTables(outlines[i])
	}
	l.finish()
	return dialect.One(dialect.Device{Model: l.device, Statements: l.counts, Assumptions: l.assumptions}, l.problems)
}

// familyOfName returns the family that the flavour or the name of a file tells,
// else -1.
func familyOfName(name, flavour string) int {
	name = strings.ToLower(name)
	switch {
	case flavour == "ip6tables":
		return packet.IPv6
	case flavour == "iptables":
		return packet.IPv4
	case strings.Contains(name, "ip6tables") || strings.Contains(name, "rules.v6") || strings.HasSuffix(name, ".v6"):
		return packet.IPv6
	case strings.Contains(name, "iptables") || strings.Contains(name, "rules.v4") || strings.HasSuffix(name, ".v4"):
		return packet.IPv4
	}
	return -1
}

// lowering turns files into a device.
type lowering struct {
	files       []*source.File
	limits      dialect.Limits
	device      *rules.Device
	problems    []source.Problem
	counts      []source.Count
	assumptions []string
	warned      []source.Span // comments that say that other rules are active

	file      *source.File
	fileIndex int
	blocks    []block // of the file

	families [2]tables
	open     []*table // the tables of the present block, one for each of its families
	boxes    map[boxKey]*packet.Boxes
	rules    []rules.Rule // slab

	sets         map[string]*ipset
	setOrder     []string
	changed      map[string]bool // sets that rules change
	missing      map[string][]source.Span
	missingOrder []string
	setMemo      map[setKey]*packet.Boxes
	setDepth     int
	expansion    int
	edits        int // what commands that edit chains have cost
	suggestions  int // of chains

	interfaces map[string]int // index in the device's
	netmaps    []netmap
}

// tables are the tables of one family.
type tables map[string]*table

// table is one table while its lines are read.
type table struct {
	name   string
	family int
	chains map[string]*chain
	order  []*chain
	span   source.Span
	export int // of the block
}

// chain is a chain of a table.
type chain struct {
	*rules.Chain
	name    string // without the table
	builtIn bool
}

// builtIn are the chains that each table has from the start.
var builtIn = map[string][]string{
	"filter":   {"INPUT", "FORWARD", "OUTPUT"},
	"nat":      {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"},
	"mangle":   {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"},
	"raw":      {"PREROUTING", "OUTPUT"},
	"security": {"INPUT", "FORWARD", "OUTPUT"},
}

func (l *lowering) enter(i int, f *source.File) { l.fileIndex, l.file = i, f }

func (l *lowering) count(kind source.ProblemKind) { l.counts[l.fileIndex].Add(kind) }

func (l *lowering) report(kind source.ProblemKind, span source.Span, format string, args ...any) {
	l.problems = append(l.problems, source.Problem{Kind: kind, Span: span, Message: fmt.Sprintf(format, args...)})
}

// blockAt returns the table that starts on the line of span.
func (l *lowering) blockAt(span source.Span) (block, bool) {
	n := span.Line()
	i, ok := slices.BinarySearchFunc(l.blocks, n, func(b block, n int) int { return b.first - n })
	if !ok {
		return block{}, false
	}
	return l.blocks[i], true
}

// refuse reports a statement that the native tools refuse, and counts it.
func (l *lowering) refuse(span source.Span, format string, args ...any) {
	l.report(source.Malformed, span, format, args...)
	l.count(source.Malformed)
}

// readSets reads what stands outside of tables.
func (l *lowering) readSets(o *outline) {
	if o.cr {
		l.report(source.Ignored, l.file.Line(1), "lines end with CR, which iptables-restore refuses; they are read without it")
	}
	r := reader{l.outside, l.refuseLine}
	next := 1
	for _, b := range o.blocks {
		r.readLines(l.file, next, b.first-1, l.limits.Line)
		next = b.last + 1
	}
	r.readLines(l.file, next, l.file.Lines(), l.limits.Line)
	for _, n := range o.warnings {
		l.warned = append(l.warned, l.file.Line(n))
		l.report(source.Unsupported, l.file.Line(n), "the export is not all: other rules are active too, and may stop more packets")
	}
}

// outside reads lines outside of tables, which are those of ipset.
func (l *lowering) outside(base int, p *part) {
	switch {
	case p.Commands != nil:
		for i := range p.Commands.lines {
			l.ipsetLine(base, &p.Commands.lines[i])
		}
	case p.Commit != nil && len(l.sets) > 0:
		l.count(0) // ipset restore knows it too
	case p.Commit != nil:
		l.refuse(l.tokenSpan(base, p.Commit.Word), "COMMIT stands outside of a table")
	case p.Chain != nil:
		l.refuse(l.tokenSpan(base, p.Chain.Name), "a chain is declared outside of a table; expected *TABLE before it")
	}
}

// readTables reads the tables of a file.
func (l *lowering) readTables(o *outline) {
	for i := range o.blocks {
		b := &o.blocks[i]
		l.openTable(b)
		reader{l.inside, l.refuseLine}.readLines(l.file, b.first, b.last, l.limits.Line)
		l.open = nil
	}
}

func (l *lowering) refuseLine(span source.Span, why string) { l.refuse(span, "%s", why) }

func (l *lowering) tokenSpan(base int, t lexer.Token) source.Span {
	start := base + t.Pos.Offset
	return l.file.Span(start, start+len(t.Value))
}

// openTable makes the tables of a block the present ones. A table that comes
// twice replaces the first: restore empties it before it fills it.
func (l *lowering) openTable(b *block) {
	l.open = nil
	if builtIn[b.name] == nil {
		return
	}
	families := b.families
	if b.assumed && l.has(families[0], b.name) {
		families = []int{l.assumeFamily(b)}
	}
	for _, family := range families {
		if l.has(family, b.name) {
			l.report(source.Ignored, l.families[family][b.name].span, "table %s comes again at %s, which empties it first", b.name, l.file.Line(b.first).Position())
		}
		if l.families[family] == nil {
			l.families[family] = tables{}
		}
		t := newTable(b.name, family, l.file.Line(b.first))
		t.export = b.export
		l.families[family][b.name] = t
		l.open = append(l.open, t)
	}
	if b.assumed {
		note := "tables of which nothing tells the IP version are for IPv4"
		if !slices.Contains(l.assumptions, note) {
			l.assumptions = append(l.assumptions, note)
		}
	}
}

// assumeFamily returns the family of a table that was read already for the family
// which is assumed. Two exports that have the same table are of two IP versions;
// in one, restore loads the table twice.
func (l *lowering) assumeFamily(b *block) int {
	family := b.families[0]
	first, other := l.families[family][b.name], packet.IPv6-family
	if first.span.File == l.file && first.export == b.export {
		l.assumptions = append(l.assumptions, fmt.Sprintf("the second table %s, of which nothing tells the IP version, takes the place of the first", b.name))
		return family
	}
	if l.has(other, b.name) {
		return family
	}
	l.assumptions = append(l.assumptions, fmt.Sprintf("the second table %s, of which nothing tells the IP version, is for the other one", b.name))
	return other
}

// has reports whether a table of a family was read.
func (l *lowering) has(family int, name string) bool {
	return l.families[family] != nil && l.families[family][name] != nil
}

func newTable(name string, family int, span source.Span) *table {
	t := &table{name: name, family: family, chains: map[string]*chain{}, span: span}
	for _, n := range builtIn[name] {
		c := t.add(n, span)
		c.builtIn, c.Policy.Verdict = true, rules.Accept
		c.Implicit = "a built-in chain accepts where the file gives it no policy"
	}
	return t
}

// add adds an empty chain.
func (t *table) add(name string, span source.Span) *chain {
	name = strings.Clone(name)
	c := &chain{name: name, Chain: &rules.Chain{Name: t.fullName(name), Policy: rules.Action{Verdict: rules.Return}, Span: span}}
	t.chains[name] = c
	t.order = append(t.order, c)
	return c
}

// inside reads lines of a table.
func (l *lowering) inside(base int, p *part) {
	switch {
	case p.Table != nil:
		l.tableLine(base, p.Table)
	case p.Chain != nil:
		l.chainLine(base, p.Chain)
	case p.Commit != nil:
		kind := source.ProblemKind(0)
		if len(p.Commit.Rest.tokens) > 0 {
			l.report(source.Malformed, l.tokenSpan(base, p.Commit.Rest.tokens[0]), "expected nothing behind COMMIT")
			kind = source.Malformed
		}
		l.count(kind)
	case p.Commands != nil:
		for i := range p.Commands.lines {
			l.command(base, &p.Commands.lines[i])
		}
	}
}

func (l *lowering) tableLine(base int, x *tableLine) {
	span := l.tokenSpan(base, x.Name)
	name := x.Name.Value
	switch {
	case builtIn[name] == nil:
		hint := suggest.DidYouMean(name, sortedNames(builtIn))
		l.refuse(span, "unknown table %s%s; expected filter, nat, mangle, raw or security", quote(name), hint)
	case len(x.Rest.tokens) > 0:
		l.refuse(l.tokenSpan(base, x.Rest.tokens[0]), "expected nothing behind the name of the table")
	case !l.isClosed(span):
		l.refuse(span, "the table is not closed; expected COMMIT")
	default:
		l.count(0)
	}
}

// isClosed reports whether the table that starts at span has its COMMIT.
func (l *lowering) isClosed(span source.Span) bool {
	b, ok := l.blockAt(span)
	return !ok || b.closed
}

// mayExpand counts one more rule or member that something written stands for,
// and reports whether the budget has room for it.
func (l *lowering) mayExpand() bool {
	l.expansion++
	return l.expansion <= l.limits.Expansion
}
