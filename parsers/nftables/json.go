package nftables

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// isJSON reports whether a file is JSON of nft.
func isJSON(f *source.File) bool {
	const look = 4096
	head := bytes.TrimLeft(bytes.TrimPrefix(f.Text[:min(len(f.Text), look)], []byte("\ufeff")), " \t\r\n")
	return len(head) > 0 && head[0] == '{' && bytes.Contains(head, []byte(`"nftables"`))
}

// readJSON reads a file of JSON: its objects are commands, executed in order.
func (s *script) readJSON(file int32) {
	before := s.current
	s.current = file
	defer func() { s.current = before }()
	text := s.files[file].Text
	c := &jsonScanner{text: text, end: len(text)}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		c.at = 3
	}
	if err := s.jsonDocument(c); err != nil {
		at := c.at
		var bad *syntaxError
		if errors.As(err, &bad) {
			at = bad.at
		}
		s.refuse(s.span(at, min(at+1, len(text))), "%s", err)
	}
}

// jsonDocument reads {"nftables": [OBJECT, ...]}, object by object, so that a
// large ruleset is never in memory as a whole. Of several lists nft executes the
// last.
func (s *script) jsonDocument(c *jsonScanner) error {
	skip := 0
	if start := *c; bytes.Count(c.text, []byte(`"nftables"`)) > 1 {
		lists, err := s.jsonLists(&start, math.MaxInt)
		if err != nil {
			*c = start
			return err
		}
		skip = lists - 1
	}
	_, err := s.jsonLists(c, skip)
	return err
}

// jsonLists reads a document, and executes what comes behind some of its lists.
func (s *script) jsonLists(c *jsonScanner, skip int) (lists int, err error) {
	if c.peek() != '{' {
		return lists, c.fail("expected {")
	}
	c.at++
	for c.peek() == '"' {
		key, err := c.str()
		if err != nil {
			return lists, err
		}
		if c.peek() != ':' {
			return lists, c.fail("expected :")
		}
		c.at++
		isList := key == "nftables" && c.peek() == '['
		if isList {
			lists++
		}
		if !isList || lists <= skip {
			if _, err := c.value(0); err != nil {
				return lists, err
			}
		} else if err := s.jsonList(c); err != nil {
			return lists, err
		}
		if c.peek() == ',' {
			c.at++
		}
	}
	if c.peek() != '}' {
		return lists, c.fail("expected }")
	}
	c.at++
	if c.peek() != 0 {
		return lists, c.fail("expected the end of the file")
	}
	return lists, nil
}

func (s *script) jsonList(c *jsonScanner) error {
	c.at++
	for c.peek() != ']' {
		v, err := c.value(1)
		if err != nil {
			return err
		}
		s.jsonCommand(v)
		switch c.peek() {
		case ',':
			c.at++
		case ']':
		default:
			return c.fail("expected , or ]")
		}
	}
	c.at++
	return nil
}

func (s *script) valueSpan(v *value) source.Span { return s.span(int(v.start), int(v.end)) }

// jsonCommand executes one object, which is a command or stands for its
// addition.
func (s *script) jsonCommand(v *value) {
	key, x := v.only()
	if key == "metainfo" {
		return
	}
	verb := "add"
	if verbs[key] && x != nil && x.kind == jsonObject {
		verb = key
		s.scripted = true
		v = x
		key, x = x.only()
	}
	if key == "" {
		s.refuse(s.valueSpan(v), "expected an object with one member, like table, chain or rule")
		return
	}
	if key == "ruleset" {
		s.count(s.jsonRuleset(verb, v, x))
		return
	}
	if verb == "list" || verb == "reset" || verb == "get" {
		s.count(source.Ignored)
		return
	}
	if x == nil || x.kind != jsonObject {
		s.refuse(s.valueSpan(v), "expected an object behind %s, not %s", quote(key), x.describe())
		return
	}
	r := &request{verb: verb, kind: key, family: x.str("family"), span: s.valueSpan(v)}
	r.table, r.name, r.to = s.jsonWord(x, "table"), s.jsonWord(x, "name"), s.jsonWord(x, "newname")
	if key == "table" {
		r.table = r.name
	}
	if !families[r.family] {
		s.refuse(r.span, "expected a family out of ip, ip6, inet, arp, bridge and netdev, not %s", quote(r.family))
		return
	}
	s.count(s.jsonObject(r, x))
}

func (s *script) jsonWord(x *value, key string) word {
	if v := x.get(key); v != nil && v.kind == jsonString {
		return word{v.text, s.valueSpan(v)}
	}
	return word{span: s.valueSpan(x)}
}

func (s *script) jsonRuleset(verb string, v, x *value) source.ProblemKind {
	switch verb {
	case "list", "reset":
		return source.Ignored
	case "flush":
		s.flush(x.str("family"))
		return 0
	}
	return s.report(source.Malformed, s.valueSpan(v), "a ruleset cannot be the object of %s", verb)
}

// jsonObject executes a command on an object.
func (s *script) jsonObject(r *request, x *value) source.ProblemKind {
	adds := addVerbs[r.verb]
	if r.kind == "table" {
		return s.jsonTable(r, x)
	}
	t := s.tables[tableKey{r.family, r.table.text}]
	if t == nil {
		if r.verb == "destroy" {
			return 0
		}
		return s.noTable(r)
	}
	switch {
	case r.kind == "rule":
		return s.jsonRuleCommand(t, r, x)
	case r.kind == "element":
		return s.jsonElementCommand(t, r, x)
	case !adds:
		return s.execute(r)
	case r.kind == "chain":
		return s.jsonChain(t, r, x)
	case r.kind == "set" || r.kind == "map":
		return s.jsonSet(t, r, x)
	case objectKinds[r.kind]:
		o := &object{kind: r.kind, name: r.name.text, span: r.span, value: x.str("type")}
		if inv := x.get("inv"); inv != nil && inv.kind == jsonTrue {
			o.over = true
		}
		t.addObject(o)
		return 0
	}
	return s.report(source.Malformed, r.span, "unknown object %s", quote(r.kind))
}

// addVerbs make what they name.
var addVerbs = map[string]bool{"add": true, "create": true, "insert": true, "replace": true}

func (s *script) jsonTable(r *request, x *value) source.ProblemKind {
	if !addVerbs[r.verb] {
		return s.execute(r)
	}
	t, kind := s.openTable(r)
	if kind != 0 {
		return kind
	}
	for _, f := range x.get("flags").list() {
		t.dormant = t.dormant || f.text == "dormant"
	}
	return kind
}

func (s *script) jsonChain(t *table, r *request, x *value) source.ProblemKind {
	c := t.chains[r.name.text]
	switch {
	case r.name.text == "":
		return s.report(source.Malformed, r.span, "expected the name of a chain")
	case c == nil:
		c = s.addChain(t, r)
	case r.verb == "create":
		return s.exists(r)
	}
	if x.get("type") == nil || x.get("hook") == nil {
		return 0
	}
	hook, ok := hookNames[x.str("hook")]
	hooks, known := chainTypes[x.str("type")]
	priority, err := strconv.Atoi(x.str("prio"))
	switch {
	case !known || !ok || !slices.Contains(hooks, x.str("hook")):
		return s.report(source.Malformed, r.span, "a chain of type %s cannot be hooked in at %s", quote(x.str("type")), quote(x.str("hook")))
	case err != nil:
		return s.report(source.Malformed, r.span, "expected a number as the priority, not %s", x.get("prio").describe())
	}
	b := &base{kind: x.str("type"), hook: hook, priority: priority, span: r.span, egress: x.str("hook") == "egress"}
	for _, d := range x.get("dev").list() {
		if a, err := interfaceAtom(&node{kind: nodeWord, text: d.text}); err == nil {
			b.devices = append(b.devices, *a.name)
		}
	}
	kind := s.hookIn(c, b)
	if p := x.get("policy"); p != nil {
		verdict, ok := map[string]rules.Verdict{"accept": rules.Accept, "drop": rules.Drop}[p.text]
		if !ok {
			return s.report(source.Malformed, s.valueSpan(p), "the policy of a chain is accept or drop, not %s", p.describe())
		}
		c.base.policy, c.base.policySpan = verdict, s.valueSpan(p)
	}
	return kind
}

func (s *script) jsonSet(t *table, r *request, x *value) source.ProblemKind {
	set, kind := s.openSet(t, r)
	if kind != 0 {
		return kind
	}
	set.scope, set.seq = s.scope, s.seq
	conv := &converter{file: s.current}
	set.key = conv.types(x.get("type"))
	if r.kind == "map" {
		set.data = conv.types(x.get("map"))
	}
	if conv.bad != nil {
		return s.report(source.Malformed, s.span(int(conv.bad.start), int(conv.bad.end)), "%s", conv.bad.message)
	}
	set.typeText = x.str("type")
	for _, f := range x.get("flags").list() {
		set.flags[f.text] = true
	}
	set.expires = set.expires || x.get("timeout") != nil
	if n := x.str("size"); n != "" {
		set.size, _ = number(n)
	}
	set.guarded = set.guarded || hasGuards(x.get("stmt"))
	if m := x.get("auto-merge"); m != nil {
		set.merge = true
	}
	if e := x.get("elem"); e != nil {
		part := s.jsonBatch(e, false)
		part.inBlock = true
		set.parts = append(set.parts, part)
	}
	return 0
}

func (s *script) jsonBatch(e *value, removes bool) batch {
	return batch{texts: []text{{file: s.current, start: e.start, end: e.end, seq: s.seq, scope: s.scope, json: true}}, removes: removes, head: s.valueSpan(e)}
}

func (s *script) jsonElementCommand(t *table, r *request, x *value) source.ProblemKind {
	set := t.sets[r.name.text]
	e := x.get("elem")
	switch {
	case set == nil:
		return s.noSet(t, r.name)
	case e == nil:
		return s.report(source.Malformed, r.span, "expected elem")
	}
	set.parts = append(set.parts, s.jsonBatch(e, r.verb == "delete" || r.verb == "destroy"))
	return deferred
}

// jsonRuleCommand adds, inserts, replaces or deletes a rule.
func (s *script) jsonRuleCommand(t *table, r *request, x *value) source.ProblemKind {
	name := s.jsonWord(x, "chain")
	c := t.chains[name.text]
	if c == nil {
		return s.report(source.Malformed, name.span, "chain %s does not exist in table %s %s", quote(name.text), t.family, t.name)
	}
	number32, _ := strconv.ParseInt(x.str("handle"), 10, 32)
	handle := int(number32)
	where, number := "", 0
	if i := x.get("index"); i != nil {
		where = "index"
		number, _ = strconv.Atoi(i.text)
	} else if handle != 0 && r.verb != "add" {
		where, number = "handle", handle
	}
	switch r.verb {
	case "delete", "destroy":
		if where != "handle" {
			return s.report(source.Malformed, r.span, "expected the handle of the rule")
		}
		return s.deleteRule(c, r, number)
	case "flush":
		s.bury(c)
		return 0
	}
	rule := text{file: s.current, start: x.start, end: x.end, seq: s.seq, scope: s.scope, json: true, handle: int32(handle)}
	return s.putRule(c, r, rule, where, number)
}
