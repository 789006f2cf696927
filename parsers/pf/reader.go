package pf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// reader carries out the statements of an input in order.
type reader struct {
	in     dialect.Input
	out    *reading
	cfg    *config
	macros *macroTable
	parser parser

	file     int                   // index of the file whose statements these are
	text     *source.File          // the one that is being read: it, or one that it includes
	stack    []*source.File        // the files that include it, and it
	consumed map[*source.File]bool // inputs that others read: includes, tables, anchors

	open          []*anchor // anchors whose bodies are being read
	openMarks     []int     // where among the marks they are
	policy        policy    // what holds from here on
	signs         printSigns
	forms         forms                    // what tells the language
	order         order                    // of the kinds of statement
	late          []misplaced              // statements that stand too late, in the language of FreeBSD
	ifaces        map[string]bool          // names that are used as interfaces
	hosts         []*hostItem              // names that may be of hosts or of interfaces
	refs          map[tableRef]source.Span // tables that rules name, and where first
	filled        map[tableRef]bool        // those that rules add to at run time
	kind          source.ProblemKind       // of the present statement
	silent        bool                     // it is none: a brace that closes
	readers       map[string]func(*reader, *parser)
	options       map[string]optionReader
	settings      map[string]func(*reader, *parser)
	reassembles   string // of "set reassemble"
	negate        bool   // "!" stands before the next entry of a table
	marks         []mark
	defaultQueues map[string]bool
	items         int // of lists and tables, over all files
	slabs         slabs
	wrong         bool // pfctl would refuse a file
	long          bool // lines were longer than the limits allow
	alike         map[string]*alike
	alikes        []*alike // in order
	crlf          bool
}

// policy is what options set from their line on.
type policy struct {
	reject   bool
	ifBound  bool
	defaults *stateDefaults
}

// stateDefaults are the options of states that a rule does not tell how to keep.
type stateDefaults struct {
	state stateKeeping
	bound bool // they say whether states are bound to interfaces
}

// mark says what became of a statement of a file of the input.
type mark struct {
	file int
	kind source.ProblemKind // 0: it was modelled
	span source.Span
}

// tableRef is a table as it is named: in an anchor, or in the main ruleset.
type tableRef struct {
	scope *anchor
	name  string
}

// slabs are where the small things of rules lie, many in one piece.
type slabs struct {
	rules    []rule
	hosts    []hostItem
	ports    []portItem
	portSets map[packet.Range][]packet.Range
}

func newReader(in dialect.Input) *reader {
	const perByte = 4
	size := 0
	for _, f := range in.Files {
		size += len(f.Text)
	}
	cfg := &config{tables: map[string]*table{}}
	return &reader{
		in: in, cfg: cfg, readers: statementReaders(), options: optionReaders(), settings: settingReaders(), out: &reading{config: cfg},
		macros: &macroTable{defs: map[string]*macroDef{}, budget: perByte * (size + in.Limits.Expansion)},
		ifaces: map[string]bool{}, refs: map[tableRef]source.Span{}, filled: map[tableRef]bool{}, defaultQueues: map[string]bool{}, alike: map[string]*alike{}, consumed: map[*source.File]bool{},
		slabs: slabs{portSets: map[packet.Range][]packet.Range{}},
	}
}

// problem notes a problem, and what becomes of the present statement by it.
func (r *reader) problem(kind source.ProblemKind, span source.Span, message string) {
	r.out.problems = append(r.out.problems, source.Problem{Kind: kind, Span: span, Message: message})
	if r.kind == 0 || kind < r.kind {
		r.kind = kind
	}
}

// alike is what is said of several statements of a file.
type alike struct {
	source.Problem
	count int
}

// ignored says why the present statement does not matter: once of all of a file
// of which that is said.
func (r *reader) ignored(span source.Span, message string) {
	if r.kind == 0 {
		r.kind = source.Ignored
	}
	key := span.File.Name + " " + message
	a := r.alike[key]
	if a == nil {
		a = &alike{Problem: source.Problem{Kind: source.Ignored, Span: span, Message: message}}
		r.alike[key] = a
		r.alikes = append(r.alikes, a)
	}
	a.count++
}

// remark tells something about a statement that is modelled all the same.
func (r *reader) remark(span source.Span, message string) {
	r.out.problems = append(r.out.problems, source.Problem{Kind: source.Ignored, Span: span, Message: message})
}

// malformed notes a mistake for which pfctl refuses the file.
func (r *reader) malformed(f *fault, statement source.Span) {
	message := f.message
	if len(f.at.via) > 0 {
		message += fmt.Sprintf(" (out of a macro, in line %d)", statement.Line())
	}
	span := f.at.span
	if span.IsZero() {
		span = statement
	}
	r.problem(source.Malformed, span, message)
	r.wrong = true
}

// assume notes an assumption, once.
func (r *reader) assume(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(r.out.assumptions, text) {
		r.out.assumptions = append(r.out.assumptions, text)
	}
}

// add adds a statement to the ruleset that is being read.
func (r *reader) add(s statement) {
	if n := len(r.open); n > 0 {
		r.open[n-1].body = append(r.open[n-1].body, s)
		return
	}
	r.cfg.body = append(r.cfg.body, s)
}

// broken puts an unknown in the place of a statement that cannot be read.
func (r *reader) broken(span source.Span) {
	r.cfg.broken = append(r.cfg.broken, span)
	r.add(statement{broken: &span})
}

// brokenRule does so with one that may be a rule. One that begins with block, on a
// line of its own, lets nothing through, whatever else it says.
func (r *reader) brokenRule(p *parser, first string) {
	r.broken(p.span)
	list := &r.cfg.body
	if a := r.scope(); a != nil {
		list = &a.body
	}
	s := &(*list)[len(*list)-1]
	s.nats = first == "rdr" || first == "binat" || first == "nat" || first == "no"
	if strings.Contains(p.span.Text(), "\n") {
		return
	}
	s.dir = wayOf(first, p.toks)
	s.plain = s.dir != dirBoth && first != "match" && !s.nats && !slices.ContainsFunc(p.toks, func(t lexer.Token) bool {
		return strings.Contains(t.Value, "nat") || strings.Contains(t.Value, "rdr") || strings.HasPrefix(t.Value, "af") || strings.HasPrefix(t.Value, "divert")
	})
	if first == "block" && !hasWord(p.toks, "tag") {
		s.blocks, s.quick = true, hasWord(p.toks, "quick")
	}
}

// wayOf returns the direction of a rule that begins with a word.
func wayOf(first string, toks []lexer.Token) direction {
	switch {
	case first == "rdr":
		return dirIn
	case first == "nat":
		return dirOut
	case first != "pass" && first != "block" && first != "match" || len(toks) < 2:
	case isText(&toks[1], "in"):
		return dirIn
	case isText(&toks[1], "out"):
		return dirOut
	}
	return dirBoth
}

func hasWord(toks []lexer.Token, word string) bool {
	return slices.ContainsFunc(toks, func(t lexer.Token) bool { return isText(&t, word) })
}

// begin begins to read the body of an anchor.
func (r *reader) begin(a *anchor) {
	r.open = append(r.open, a)
	r.openMarks = append(r.openMarks, len(r.marks))
}

// close ends that, and returns where among the marks the anchor is.
func (r *reader) close() (a *anchor, mark int) {
	n := len(r.open) - 1
	a, mark = r.open[n], r.openMarks[n]
	r.open, r.openMarks = r.open[:n], r.openMarks[:n]
	return a, mark
}

// scope returns the anchor that is being read; nil: the main ruleset.
func (r *reader) scope() *anchor {
	if n := len(r.open); n > 0 {
		return r.open[n-1]
	}
	return nil
}

// tables returns the tables of the ruleset that is being read.
func (r *reader) tables() map[string]*table {
	a := r.scope()
	if a == nil {
		return r.cfg.tables
	}
	if a.tables == nil {
		a.tables = map[string]*table{}
	}
	return a.tables
}

// macroNames returns the names of the macros, for proposals.
func (r *reader) macroNames() []string {
	const most = 1000
	if len(r.macros.defs) > most {
		return nil
	}
	return sortedWords(r.macros.defs)
}

// countItem counts an item of a list or table. It reports false where there are
// more than the limits allow.
func (r *reader) countItem() bool {
	r.items++
	return r.items <= r.in.Limits.Expansion
}

// tooMany says that there are too many items.
func (r *reader) tooMany() string {
	return fmt.Sprintf("there are more than %d items in lists and tables", r.in.Limits.Expansion)
}

// newRule returns a new rule.
func (r *reader) newRule() *rule {
	const perSlab = 64
	if len(r.slabs.rules) == cap(r.slabs.rules) {
		r.slabs.rules = make([]rule, 0, perSlab)
	}
	r.slabs.rules = append(r.slabs.rules, rule{number: -1, filter: filterOpts{tos: -1, prio: -1}})
	return &r.slabs.rules[len(r.slabs.rules)-1]
}

// keepHosts returns a copy of a list that lies with others.
func (r *reader) keepHosts(list []hostItem) []hostItem {
	const perSlab = 256
	if len(list) == 0 {
		return nil
	}
	if len(r.slabs.hosts)+len(list) > cap(r.slabs.hosts) {
		r.slabs.hosts = make([]hostItem, 0, max(perSlab, len(list)))
	}
	from := len(r.slabs.hosts)
	r.slabs.hosts = append(r.slabs.hosts, list...)
	out := r.slabs.hosts[from:len(r.slabs.hosts):len(r.slabs.hosts)]
	for i := range out {
		if out[i].kind == hostName {
			r.hosts = append(r.hosts, &out[i])
		}
	}
	return out
}

// keepPorts does so for ports.
func (r *reader) keepPorts(list []portItem) []portItem {
	const perSlab = 256
	if len(r.slabs.ports)+len(list) > cap(r.slabs.ports) {
		r.slabs.ports = make([]portItem, 0, max(perSlab, len(list)))
	}
	from := len(r.slabs.ports)
	r.slabs.ports = append(r.slabs.ports, list...)
	return r.slabs.ports[from:len(r.slabs.ports):len(r.slabs.ports)]
}

// oneRange returns a list of one range of ports, the same for equal ones.
func (r *reader) oneRange(p packet.Range) []packet.Range {
	set, ok := r.slabs.portSets[p]
	if !ok {
		set = []packet.Range{p}
		r.slabs.portSets[p] = set
	}
	return set
}
