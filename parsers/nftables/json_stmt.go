package nftables

import (
	"slices"
	"strings"
)

// jsonStatements are the statements by the name of their object.
var jsonStatements map[string]func(c *converter, s *stmt, x *value)

var _ = func() bool {
	plain := func(what string) func(*converter, *stmt, *value) {
		return func(_ *converter, s *stmt, _ *value) { s.kind, s.op = stmtPlain, what }
	}
	object := func(what string) func(*converter, *stmt, *value) {
		return func(c *converter, s *stmt, x *value) { s.kind, s.op, s.a = stmtObject, what, c.expression(x) }
	}
	jsonStatements = map[string]func(c *converter, s *stmt, x *value){
		"match": (*converter).match, "vmap": (*converter).vmap, "mangle": (*converter).mangle, "counter": (*converter).counter,
		"limit": (*converter).limit, "quota": (*converter).quota, "ct count": (*converter).connections,
		"log": func(_ *converter, s *stmt, _ *value) { s.kind = stmtLog }, "reject": (*converter).reject,
		"dnat": (*converter).nat, "snat": (*converter).nat, "masquerade": (*converter).nat, "redirect": (*converter).nat,
		"tproxy":  func(c *converter, s *stmt, x *value) { s.kind = stmtTproxy; c.ends(s, x, "addr", "port") },
		"notrack": func(_ *converter, s *stmt, _ *value) { s.kind = stmtNotrack },
		"queue":   func(c *converter, s *stmt, x *value) { s.kind = stmtQueue; c.ends(s, x, "num", "") },
		"fwd":     func(c *converter, s *stmt, x *value) { s.kind = stmtForward; c.ends(s, x, "addr", "dev") },
		"synproxy": func(c *converter, s *stmt, x *value) {
			s.kind = stmtSynproxy
			if x.kind == jsonString {
				s.a = c.expression(x)
			}
		},
		"dup":  func(c *converter, s *stmt, x *value) { s.kind, s.op = stmtPlain, "dup"; c.ends(s, x, "addr", "dev") },
		"last": plain("last"), "reset": plain("reset tcp option"), "tunnel": func(c *converter, s *stmt, x *value) { s.kind, s.op, s.a = stmtPlain, "tunnel", c.expression(x) }, "secmark": plain("secmark"),
		"ct helper": object("ct helper"), "ct timeout": object("ct timeout"), "ct expectation": object("ct expectation"),
		"set": (*converter).setOp, "map": (*converter).setOp, "meter": (*converter).setOp, "flow": (*converter).flow, "xt": (*converter).xt,
	}
	return true
}()

// statement reads one statement.
func (c *converter) statement(v *value) stmt {
	s := stmt{start: v.start, end: v.end}
	key, x := v.only()
	switch {
	case slices.Contains(verdictWords, key):
		s.kind, s.a = stmtVerdict, c.verdict(key, v, x)
	case jsonStatements[key] != nil:
		s.op = key
		jsonStatements[key](c, &s, x)
	default:
		c.fail(v, "unknown statement "+quote(key)+didYouMean(key, sortedKeys(jsonStatements)))
	}
	return s
}

// needs returns a member that has to be there.
func (c *converter) needs(x *value, key string) *node {
	v := x.get(key)
	if v == nil {
		c.fail(x, "expected "+key)
		return c.node(nodeWord, "", x)
	}
	return c.expression(v)
}

// ends reads the values that a statement works with, where it has them.
func (c *converter) ends(s *stmt, x *value, first, second string) {
	if v := x.get(first); v != nil {
		s.a = c.expression(v)
	}
	if v := x.get(second); v != nil {
		s.b = c.expression(v)
	}
}

func (c *converter) match(s *stmt, x *value) {
	s.kind = stmtMatch
	s.op = x.str("op")
	if s.op == "in" {
		s.op = ""
	}
	if _, ok := comparisons[s.op]; !ok && s.op != "" {
		c.fail(x, "unknown operator "+quote(s.op))
	}
	s.a, s.b = c.needs(x, "left"), c.needs(x, "right")
}

func (c *converter) vmap(s *stmt, x *value) {
	s.kind = stmtVmap
	s.a = c.needs(x, "key")
	data := x.get("data")
	if data == nil {
		c.fail(x, "expected data")
		return
	}
	s.b = c.mapData(data)
}

func (c *converter) mangle(s *stmt, x *value) {
	s.kind = stmtMangle
	s.a, s.b = c.needs(x, "key"), c.needs(x, "value")
}

func (c *converter) counter(s *stmt, x *value) {
	s.kind = stmtPlain
	if x.kind == jsonString {
		s.kind, s.op, s.a = stmtObject, "counter", c.expression(x)
	}
	if key, _ := x.only(); key == "map" {
		s.kind, s.op, s.a = stmtObject, "counter", c.expression(x)
	}
}

func (c *converter) named(s *stmt, x *value) bool {
	key, _ := x.only()
	if x.kind != jsonString && key != "map" {
		return false
	}
	s.op, s.a = "name", c.expression(x)
	return true
}

func isTrue(v *value) bool { return v != nil && v.kind == jsonTrue }

func (c *converter) limit(s *stmt, x *value) {
	s.kind = stmtLimit
	if !c.named(s, x) {
		s.op, s.negated = "", isTrue(x.get("inv"))
	}
}

func (c *converter) quota(s *stmt, x *value) {
	s.kind = stmtQuota
	if !c.named(s, x) {
		s.op, s.negated = "", isTrue(x.get("inv"))
	}
}

func (c *converter) connections(s *stmt, x *value) {
	s.kind, s.negated = stmtConns, isTrue(x.get("inv"))
}

func (c *converter) reject(s *stmt, x *value) {
	s.kind, s.op = stmtReject, x.str("type")
	if e := x.get("expr"); e != nil {
		s.a = c.expression(e)
	}
	if s.op != "" && s.op != "tcp reset" && s.a == nil {
		c.fail(x, "expected expr")
	}
}

func (c *converter) nat(s *stmt, x *value) {
	s.kind = stmtNAT
	s.family = x.str("family")
	if a := x.get("addr"); a != nil {
		s.a = c.expression(a)
	}
	if p := x.get("port"); p != nil {
		s.b = c.expression(p)
	}
	for _, f := range x.get("flags").list() {
		s.random = s.random || f.text == "random" || f.text == "fully-random"
	}
	for _, f := range x.get("type_flags").list() {
		s.negated = s.negated || f.text == "prefix"
	}
}

func (c *converter) setOp(s *stmt, x *value) {
	s.kind = stmtSetOp
	if op := x.str("op"); op != "" {
		s.op = op
	}
	set := x.str("set") + x.str("map")
	if strings.HasPrefix(set, "@") {
		s.b = c.node(nodeRef, set[1:], x)
	}
	e := x.get("elem")
	if e == nil {
		e = x.get("key")
	}
	if e != nil {
		s.a = c.expression(e)
		for s.a.kind == nodeElement {
			s.a = s.a.kids[0]
		}
		if data := x.get("data"); data != nil {
			s.a = c.node(nodeElement, "", x, s.a, c.expression(data))
		}
	}
	for _, v := range x.get("stmt").list() {
		s.stmts = append(s.stmts, c.statement(v))
	}
}

func (c *converter) flow(s *stmt, x *value) {
	s.kind, s.op = stmtObject, "flowtable"
	name := strings.TrimPrefix(x.str("flowtable"), "@")
	s.a = c.node(nodeWord, name, x)
}

func (c *converter) xt(s *stmt, x *value) {
	s.kind, s.op = stmtXT, x.str("type")
	s.a = c.node(nodeWord, x.str("name"), x)
}
