package nftables

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// verbs begin a command.
var verbs = map[string]bool{
	"add": true, "create": true, "insert": true, "replace": true, "delete": true, "destroy": true, "flush": true, "list": true, "reset": true,
	"rename": true, "get": true, "monitor": true, "describe": true, "export": true, "import": true,
}

// families are the address families of tables.
var families = map[string]bool{"ip": true, "ip6": true, "inet": true, "arp": true, "bridge": true, "netdev": true}

// objectKinds are the objects that a table can hold beside chains and sets.
var objectKinds = map[string]bool{
	"counter": true, "quota": true, "limit": true, "secmark": true, "synproxy": true, "tunnel": true, "flowtable": true,
	"ct helper": true, "ct timeout": true, "ct expectation": true, "meter": true,
}

// tableWords begin a statement of a table.
var tableWords = []string{
	"chain", "set", "map", "flowtable", "counter", "quota", "limit", "secmark", "synproxy", "ct", "flags", "comment", "define", "include",
}

// request is a command on a named thing, wherever it was written.
type request struct {
	verb, kind  string
	family      string
	table, name word
	to          word // the new name, in JSON
	inTable     bool // it stands in the block of its table
	rest        []lexer.Token
	span        source.Span
	base        int
}

// word is a word and its place.
type word struct {
	text string
	span source.Span
}

// args reads the names of a command.
type args struct {
	toks []lexer.Token
	at   int
}

func (a *args) peek() *lexer.Token {
	if a.at < len(a.toks) {
		return &a.toks[a.at]
	}
	return &none
}

// keywords can be no names without quotes.
var keywords = map[string]bool{
	"fwd": true, "dup": true, "counter": true, "limit": true, "ct": true, "ip": true, "ip6": true, "set": true, "meta": true, "tcp": true,
	"udp": true, "accept": true, "drop": true, "return": true, "continue": true, "jump": true, "goto": true,
}

// name reads the name of something: a word or, as new versions print it, a
// string in quotes.
func (s *script) name(a *args, base int) (word, bool) {
	t := a.peek()
	if t.Type == tokWord && keywords[t.Value] || t.Type != tokWord && t.Type != tokString || t.Type == tokWord && t.Value != "" && classes[t.Value[0]]&isDigit != 0 {
		return word{}, false
	}
	a.at++
	return word{unquote(t.Value), s.tokenSpan(base, *t)}, true
}

// request takes a command apart: "[FAMILY] TABLE [NAME] REST".
func (s *script) request(top *frame, u unit, verb, kind string, toks []lexer.Token, base int) (request, source.ProblemKind) {
	r := request{verb: verb, kind: kind, family: "ip", span: s.span(u.start, u.end), base: base}
	a := &args{toks: toks}
	var ok bool
	if top.context == inTable {
		r.inTable = true
		if top.table != nil {
			r.family, r.table = top.table.family, word{text: top.table.name}
		}
	} else {
		if families[a.peek().Value] && a.peek().Type == tokWord {
			r.family = a.peek().Value
			a.at++
		}
		if r.table, ok = s.name(a, base); !ok {
			return r, s.expected(a, u, base, "expected the name of a table")
		}
	}
	if kind != "table" {
		if r.name, ok = s.name(a, base); !ok {
			return r, s.expected(a, u, base, "expected the name of a "+kind)
		}
	}
	r.rest = a.toks[a.at:]
	return r, 0
}

// expected reports that something is missing at the next token.
func (s *script) expected(a *args, u unit, base int, message string) source.ProblemKind {
	span := s.span(u.end, u.end)
	if t := a.peek(); t.Type != lexer.EOF {
		span = s.tokenSpan(base, *t)
		message += ", not " + quote(t.Value)
	}
	return s.report(source.Malformed, span, "%s", message)
}

// head opens a block.
func (s *script) head(top *frame, u unit) frame {
	f := frame{context: u.opens, scope: &scope{parent: top.scope}, lost: true, head: s.span(u.start, u.end)}
	if top.lost {
		s.count(source.Malformed)
		return f
	}
	raw := string(s.files[s.current].Text[u.start : u.end-1])
	if top.context == inSet {
		f.lost = top.set == nil
		f.set = top.set
		if !f.lost {
			f.part = &batch{head: f.head, inBlock: true}
		} else {
			s.count(source.Malformed)
		}
		return f
	}
	line, bad := parseText(commandGrammar, raw)
	if bad != nil || line.Object == nil {
		if bad == nil {
			bad = &fault{end: int32(len(raw)), message: "expected a command"}
		}
		s.count(s.badUnit(u, bad))
		return f
	}
	verb := ""
	if line.Object.Verb != nil {
		verb = line.Object.Verb.Value
	}
	r, kind := s.request(top, u, verb, line.Object.Kind.Value, line.Object.Rest.tokens, u.start)
	if kind == 0 && len(r.rest) > 0 {
		kind = s.report(source.Malformed, s.tokenSpan(u.start, r.rest[0]), "expected { behind the name")
	}
	if kind == 0 {
		kind = s.open(&f, &r)
	}
	if f.context != inElements || kind != 0 {
		s.count(kind)
	}
	return f
}

// open finds or makes what the block of a command belongs to.
func (s *script) open(f *frame, r *request) source.ProblemKind {
	if r.kind == "table" {
		t, kind := s.openTable(r)
		f.table, f.lost = t, t == nil
		return kind
	}
	t := s.tables[tableKey{r.family, r.table.text}]
	if t == nil {
		return s.noTable(r)
	}
	f.table = t
	f.lost = false
	switch r.kind {
	case "chain":
		c := t.chains[r.name.text]
		if c == nil {
			c = s.addChain(t, r)
		} else if r.verb == "create" {
			return s.exists(r)
		}
		f.chain = c
	case "set", "map":
		x, kind := s.openSet(t, r)
		x.scope, x.seq = f.scope, s.seq
		f.set = x
		return kind
	case "element":
		x := t.sets[r.name.text]
		if x == nil {
			f.lost = true
			return s.noSet(t, r.name)
		}
		f.set = x
		f.part = &batch{head: r.span, removes: r.verb == "delete" || r.verb == "destroy"}
		if r.verb == "get" || r.verb == "reset" {
			f.set, f.part = nil, nil
			return source.Ignored
		}
	}
	return 0
}

func (s *script) openTable(r *request) (*table, source.ProblemKind) {
	key := tableKey{r.family, r.table.text}
	t := s.tables[key]
	switch {
	case t == nil:
		t = newTable(r.family, r.table.text, r.span)
		s.tables[key] = t
		s.order = append(s.order, t)
	case r.verb == "create":
		return t, s.exists(r)
	}
	s.wake(t)
	return t, 0
}

// wake makes a table one whose chains run: a command on a table says anew which
// flags it has (nf_tables_updtable in net/netfilter/nf_tables_api.c), and none is
// dormant without saying so. Chains that slept are registered again.
func (s *script) wake(t *table) {
	if !t.dormant {
		return
	}
	t.dormant = false
	for _, c := range t.chainOrder {
		if c.base != nil {
			s.hooked++
			c.base.order = s.hooked
		}
	}
}

func (s *script) openSet(t *table, r *request) (*set, source.ProblemKind) {
	x := t.sets[r.name.text]
	if x == nil {
		x = &set{table: t, name: r.name.text, isMap: r.kind == "map", flags: map[string]bool{}, span: r.name.span, seq: s.seq}
		t.addSet(x)
		return x, 0
	}
	if r.verb == "create" {
		return x, s.exists(r)
	}
	return x, 0
}

func (s *script) exists(r *request) source.ProblemKind {
	return s.report(source.Malformed, r.span, "the %s exists already; expected add", r.kind)
}

func (s *script) noTable(r *request) source.ProblemKind {
	var known []string
	for _, t := range s.order {
		if t.family == r.family {
			known = append(known, t.name)
		}
	}
	span := r.table.span
	if span.IsZero() {
		span = r.span
	}
	return s.report(source.Malformed, span, "table %s %s does not exist%s", r.family, quote(r.table.text), didYouMean(r.table.text, known))
}

func (s *script) noSet(t *table, name word) source.ProblemKind {
	return s.report(source.Malformed, name.span, "set %s does not exist in table %s %s%s", quote(name.text), t.family, t.name, s.nearSet(t, name.text))
}

func (t *table) setNames() []string {
	var out []string
	for _, x := range t.setOrder {
		out = append(out, x.name)
	}
	return out
}

// maxProposed is how many names are looked through for a wrong one: more take
// long, and hardly one of them is meant.
const maxProposed = 1000

func didYouMean(name string, known []string) string {
	return suggest.DidYouMean(name, known[:min(len(known), maxProposed)])
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// command executes a command that opens no block.
func (s *script) command(top *frame, u unit, x *objectLine) source.ProblemKind {
	verb, kind := "", x.Kind.Value
	if x.Verb != nil {
		verb = x.Verb.Value
	}
	switch {
	case top.lost:
		return source.Malformed
	case verb == "list" || verb == "reset" || verb == "get" || s.isPlural(kind):
		return source.Ignored
	case kind == "ruleset":
		return s.ruleset(u, verb, x.Rest.tokens)
	case kind == "rule":
		return s.words(top, u, append([]lexer.Token{verbToken(verb)}, x.Rest.tokens...))
	case top.context == inTable && verb != "":
		return s.report(source.Malformed, s.span(u.start, u.end), "a command cannot stand in the block of a table")
	}
	r, bad := s.request(top, u, verb, kind, x.Rest.tokens, u.start)
	if bad != 0 {
		return bad
	}
	return s.execute(&r)
}

func verbToken(verb string) lexer.Token { return lexer.Token{Type: tokWord, Value: verb} }

func (s *script) isPlural(kind string) bool {
	switch kind {
	case "tables", "chains", "sets", "maps", "meters", "counters", "quotas", "limits", "flowtables", "synproxys", "secmarks", "hooks", "vars", "rules":
		return true
	}
	return false
}
