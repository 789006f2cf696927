package nftables

import (
	"slices"
	"strconv"

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
			f.part = &batch{head: f.head}
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
			c = t.addChain(r.name.text, r.span)
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
	return t, 0
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
	return s.report(source.Malformed, name.span, "set %s does not exist in table %s %s%s", quote(name.text), t.family, t.name, didYouMean(name.text, t.setNames()))
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

// ruleset executes "flush ruleset [FAMILY]".
func (s *script) ruleset(u unit, verb string, rest []lexer.Token) source.ProblemKind {
	family := ""
	if len(rest) > 0 {
		family = rest[0].Value
	}
	if verb != "flush" || family != "" && !families[family] {
		return s.report(source.Malformed, s.span(u.start, u.end), "expected flush ruleset")
	}
	s.flush(family)
	return 0
}

// flush deletes all tables of a family, or all.
func (s *script) flush(family string) {
	s.flushed = true
	var kept []*table
	for _, t := range s.order {
		if family != "" && t.family != family {
			kept = append(kept, t)
			continue
		}
		s.forget(t)
	}
	s.order = kept
}

// forget takes a table out. Its rules are still read, for what is wrong with them.
func (s *script) forget(t *table) {
	for _, c := range t.chainOrder {
		s.bury(c)
	}
	delete(s.tables, tableKey{t.family, t.name})
}

// maxEdits bounds what commands that edit chains may cost, as rules that are
// moved: a few seconds. A script that inserts each rule before a million others
// would take hours.
const maxEdits = 2_000_000_000

// mayEdit counts what an edit costs, and says so if it was too much altogether.
func (s *script) mayEdit(span source.Span, cost int) bool {
	s.edits += max(cost, 0)
	if s.edits <= maxEdits {
		return true
	}
	s.report(source.Malformed, span, "chains are edited too often to follow; the command is not executed as it stands")
	return false
}

// dropTable deletes a table.
func (s *script) dropTable(t *table) {
	s.forget(t)
	s.order = slices.DeleteFunc(s.order, func(x *table) bool { return x == t })
}

func (s *script) bury(c *chain) {
	s.buried = append(s.buried, c.rules...)
	c.rules = nil
}

// execute executes a command on something that has a name.
func (s *script) execute(r *request) source.ProblemKind {
	t := s.tables[tableKey{r.family, r.table.text}]
	if r.kind == "table" {
		return s.tableCommand(t, r)
	}
	if t == nil {
		if r.verb == "destroy" {
			return 0
		}
		return s.noTable(r)
	}
	switch r.kind {
	case "chain":
		return s.chainCommand(t, r)
	case "set", "map":
		return s.setCommand(t, r)
	case "element":
		return s.report(source.Malformed, r.span, "expected { and the elements")
	default:
		return s.objectCommand(t, r)
	}
}

func (s *script) tableCommand(t *table, r *request) source.ProblemKind {
	if len(r.rest) > 0 {
		return s.report(source.Malformed, s.tokenSpan(r.base, r.rest[0]), "expected nothing behind the name of the table")
	}
	switch r.verb {
	case "", "add", "create":
		_, kind := s.openTable(r)
		return kind
	case "delete", "destroy", "flush":
		if t == nil {
			if r.verb == "destroy" {
				return 0
			}
			return s.outside(r)
		}
		if r.verb == "flush" {
			for _, c := range t.chainOrder {
				s.bury(c)
			}
			return 0
		}
		if !s.mayEdit(r.span, len(s.order)) {
			return source.Malformed
		}
		s.dropTable(t)
		return 0
	}
	return s.report(source.Malformed, r.span, "a table cannot be the object of %s", r.verb)
}

// outside reports that a command is about something that an earlier state of
// the machine has to hold: it changes nothing here.
func (s *script) outside(r *request) source.ProblemKind {
	return s.report(source.Undefined, r.span, "the %s is not among the inputs; nothing is changed", r.kind)
}

func (s *script) chainCommand(t *table, r *request) source.ProblemKind {
	c := t.chains[r.name.text]
	switch r.verb {
	case "", "add", "create":
		switch {
		case c == nil:
			t.addChain(r.name.text, r.span)
		case r.verb == "create":
			return s.exists(r)
		}
		return 0
	case "destroy":
		if c == nil {
			return 0
		}
	}
	if c == nil {
		return s.outside(r)
	}
	switch r.verb {
	case "flush":
		s.bury(c)
	case "delete", "destroy":
		if !s.mayEdit(r.span, len(t.chainOrder)) {
			return source.Malformed
		}
		s.bury(c)
		delete(t.chains, c.name)
		t.chainOrder = slices.DeleteFunc(t.chainOrder, func(x *chain) bool { return x == c })
	case "rename":
		a := &args{toks: r.rest}
		to, ok := s.name(a, r.base)
		if !ok || t.chains[to.text] != nil {
			return s.report(source.Malformed, r.span, "the chain cannot be renamed")
		}
		delete(t.chains, c.name)
		c.name = to.text
		t.chains[c.name] = c
	}
	return 0
}

func (s *script) setCommand(t *table, r *request) source.ProblemKind {
	x := t.sets[r.name.text]
	switch r.verb {
	case "", "add", "create":
		return s.report(source.Malformed, r.span, "a %s needs a block with its type", r.kind)
	case "destroy":
		if x == nil {
			return 0
		}
	}
	if x == nil {
		return s.outside(r)
	}
	switch r.verb {
	case "flush":
		x.parts = nil
	case "delete", "destroy":
		delete(t.sets, x.name)
		t.setOrder = slices.DeleteFunc(t.setOrder, func(y *set) bool { return y == x })
	}
	return 0
}

func (s *script) objectCommand(t *table, r *request) source.ProblemKind {
	key := r.kind + " " + r.name.text
	if r.verb == "delete" || r.verb == "destroy" {
		if t.objects[key] == nil && r.verb == "delete" {
			return s.outside(r)
		}
		delete(t.objects, key)
		return 0
	}
	o := &object{kind: r.kind, name: r.name.text, span: r.span}
	for i, tok := range r.rest {
		if tok.Value == "type" && i+1 < len(r.rest) {
			o.value = unquote(r.rest[i+1].Value)
		}
		o.over = o.over || tok.Value == "over"
	}
	t.addObject(o)
	return 0
}

// words executes a rule command, with or without its first words, and what
// begins with ct.
func (s *script) words(top *frame, u unit, toks []lexer.Token) source.ProblemKind {
	if top.lost {
		return source.Malformed
	}
	if len(toks) == 0 {
		return s.report(source.Malformed, s.span(u.start, u.end), "expected a command")
	}
	verb := ""
	if verbs[toks[0].Value] || toks[0].Value == "" {
		verb = toks[0].Value
		toks = toks[1:]
	}
	if len(toks) > 1 && toks[0].Value == "ct" && (toks[1].Value == "helper" || toks[1].Value == "timeout" || toks[1].Value == "expectation") {
		r, bad := s.request(top, u, verb, "ct "+toks[1].Value, toks[2:], u.start)
		if bad != 0 {
			return bad
		}
		return s.execute(&r)
	}
	switch verb {
	case "list", "reset", "get", "monitor", "describe", "export":
		return source.Ignored
	}
	if top.context == inTable {
		return s.tableProperty(top, u, toks)
	}
	if len(toks) > 0 && toks[0].Type == tokWord && len(toks) < 3 && verb == "" {
		return s.report(source.Malformed, s.span(u.start, u.end), "unknown command %s%s", quote(toks[0].Value), didYouMean(toks[0].Value, commandWords))
	}
	return s.ruleCommand(top, u, verb, toks)
}

var commandWords = []string{
	"table", "add", "create", "insert", "replace", "delete", "destroy", "flush", "list", "reset", "rename", "define", "redefine", "undefine", "include",
}

// tableProperty executes a statement of a table that makes nothing.
func (s *script) tableProperty(top *frame, u unit, toks []lexer.Token) source.ProblemKind {
	if len(toks) == 0 {
		return 0
	}
	switch toks[0].Value {
	case "flags":
		for _, t := range toks[1:] {
			switch t.Value {
			case "dormant":
				top.table.dormant = true
			case "owner", "persist", ",":
			default:
				return s.report(source.Malformed, s.tokenSpan(u.start, t), "unknown flag %s; expected dormant, owner or persist", quote(t.Value))
			}
		}
		return 0
	case "comment":
		return 0
	}
	return s.report(source.Malformed, s.tokenSpan(u.start, toks[0]), "unknown statement %s; expected chain, set, map or another object%s",
		quote(toks[0].Value), didYouMean(toks[0].Value, tableWords))
}

// ruleCommand executes "add|insert|replace|delete rule [FAMILY] TABLE CHAIN
// [handle|index|position N] STATEMENTS".
func (s *script) ruleCommand(top *frame, u unit, verb string, toks []lexer.Token) source.ProblemKind {
	r, bad := s.request(top, u, verb, "chain", toks, u.start)
	if bad != 0 {
		return bad
	}
	t := s.tables[tableKey{r.family, r.table.text}]
	if t == nil {
		if verb == "destroy" {
			return 0
		}
		return s.noTable(&r)
	}
	c := t.chains[r.name.text]
	if c == nil {
		var known []string
		for _, x := range t.chainOrder {
			known = append(known, x.name)
		}
		return s.report(source.Malformed, r.name.span, "chain %s does not exist in table %s %s%s", quote(r.name.text), t.family, t.name, didYouMean(r.name.text, known))
	}
	where, number := "", 0
	if len(r.rest) > 1 && (r.rest[0].Value == "handle" || r.rest[0].Value == "index" || r.rest[0].Value == "position") {
		n, err := strconv.Atoi(r.rest[1].Value)
		if err != nil {
			return s.report(source.Malformed, s.tokenSpan(u.start, r.rest[1]), "expected a number")
		}
		where, number = r.rest[0].Value, n
		r.rest = r.rest[2:]
	}
	if where == "handle" || where == "position" {
		if !s.mayEdit(r.span, len(c.rules)) {
			return source.Malformed
		}
	}
	at, found := c.find(where, number)
	switch {
	case verb == "delete" || verb == "destroy" || verb == "reset":
		if !found {
			return s.report(source.Undefined, r.span, "no rule of that %s is among the inputs; nothing is changed", where)
		}
		if verb != "reset" && s.mayEdit(r.span, len(c.rules)-at) {
			s.buried = append(s.buried, c.rules[at])
			c.rules = slices.Delete(c.rules, at, at+1)
		}
		return 0
	case len(r.rest) == 0:
		return s.report(source.Malformed, r.span, "expected a rule behind the name of the chain")
	}
	x := s.text(top, u)
	x.start = int32(u.start + r.rest[0].Pos.Offset)
	return s.putRule(c, &r, x, where, at, found)
}

// find returns the index of the rule that a command names.
func (c *chain) find(where string, number int) (at int, found bool) {
	switch where {
	case "index":
		return number, number >= 0 && number < len(c.rules)
	case "handle", "position":
		at = slices.IndexFunc(c.rules, func(x text) bool { return x.handle != 0 && int(x.handle) == number })
		return at, at >= 0
	}
	return len(c.rules) - 1, true
}

// putRule adds a rule to a chain. The rule itself is counted when it is read;
// the command is that rule.
func (s *script) putRule(c *chain, r *request, x text, where string, at int, found bool) source.ProblemKind {
	if where != "" && !found {
		s.report(source.Undefined, r.span, "no rule of that %s is among the inputs; the rule is put at the end", where)
		at = len(c.rules) - 1
	}
	switch {
	case r.verb == "insert" && where == "":
		at = 0
	case r.verb == "insert" && found:
	case r.verb == "replace":
		if found && where != "" {
			s.buried = append(s.buried, c.rules[at])
			c.rules[at] = x
			return deferred
		}
		at = len(c.rules)
	default:
		at++
	}
	at = max(min(at, len(c.rules)), 0)
	if !s.mayEdit(r.span, len(c.rules)-at) {
		at = len(c.rules)
		x.bare = true // so that it counts as malformed
	}
	c.rules = slices.Insert(c.rules, at, x)
	return deferred
}

// deferred is the kind of a statement that is counted when it is read in full.
const deferred = source.ProblemKind(0xff)
