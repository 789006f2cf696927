package nftables

import (
	"slices"
	"strings"
)

// converter turns JSON into the tree that the text form is read into.
type converter struct {
	file int32
	bad  *fault
}

func (c *converter) fail(v *value, message string) {
	if c.bad == nil {
		c.bad = &fault{v.start, v.end, message}
	}
}

func (c *converter) node(kind nodeKind, text string, v *value, kids ...*node) *node {
	return &node{kind: kind, text: text, start: v.start, end: v.end, file: c.file, kids: kids}
}

// jsonRule reads a rule.
func (l *lowering) jsonRule(x *text) rule {
	r := rule{start: x.start, end: x.end}
	s := &jsonScanner{text: l.files[x.file].Text, at: int(x.start), end: int(x.end)}
	v, err := s.value(0)
	if err != nil {
		r.faults = []fault{{x.start, x.end, err.Error()}}
		return r
	}
	r.comment = v.str("comment")
	c := &converter{file: x.file}
	for _, e := range v.get("expr").list() {
		if e.kind == jsonString {
			r.stmts = append(r.stmts, c.text(e)...)
		} else {
			r.stmts = append(r.stmts, c.statement(e))
		}
		if c.bad != nil {
			r.faults = append(r.faults, *c.bad)
			r.stmts = r.stmts[:max(len(r.stmts)-1, 0)]
			break
		}
	}
	return r
}

// text reads statements that nft prints as text because it has no JSON for them,
// such as a jump to a chain without a name.
func (c *converter) text(v *value) []stmt {
	parsed, bad := parseText(ruleGrammar, v.text)
	switch {
	case bad != nil:
		c.fail(v, bad.message)
		return nil
	case len(parsed.Rules.rules) != 1:
		c.fail(v, "expected a statement")
		return nil
	}
	r := &parsed.Rules.rules[0]
	for _, f := range r.faults {
		c.fail(v, f.message)
	}
	r.settle(v.start, v.end, c.file)
	return r.stmts
}

// settle gives all parts of a rule one place.
func (r *rule) settle(start, end, file int32) {
	r.start, r.end = start, end
	for i := range r.stmts {
		r.stmts[i].settle(start, end, file)
	}
}

func (x *stmt) settle(start, end, file int32) {
	x.start, x.end = start, end
	x.a.settle(start, end, file)
	x.b.settle(start, end, file)
	for i := range x.stmts {
		x.stmts[i].settle(start, end, file)
	}
}

func (n *node) settle(start, end, file int32) {
	if n == nil {
		return
	}
	n.start, n.end, n.file = start, end, file
	for _, k := range n.kids {
		k.settle(start, end, file)
	}
	for i := range n.block {
		n.block[i].settle(start, end, file)
	}
}

// jsonElements reads elements of a set.
func (l *lowering) jsonElements(x *text) ([]*node, []fault) {
	s := &jsonScanner{text: l.files[x.file].Text, at: int(x.start), end: int(x.end)}
	v, err := s.value(0)
	if err != nil {
		return nil, []fault{{x.start, x.end, err.Error()}}
	}
	c := &converter{file: x.file}
	var out []*node
	var faults []fault
	for _, e := range v.list() {
		n := c.element(e)
		if c.bad != nil {
			faults = append(faults, *c.bad)
			c.bad = nil
			continue
		}
		out = append(out, n)
	}
	return out, faults
}

// types reads the type of a set: a name, names of parts, or an expression.
func (c *converter) types(v *value) []*node {
	switch {
	case v == nil:
		return nil
	case v.kind == jsonObject:
		if of := v.get("typeof"); of != nil {
			v = of
		}
		n := c.expression(v)
		if n.kind == nodeConcat {
			return n.kids
		}
		return []*node{n}
	case v.kind == jsonString && strings.Contains(v.text, " . "):
		var out []*node
		for part := range strings.SplitSeq(v.text, " . ") {
			out = append(out, c.node(nodeWord, part, v))
		}
		return out
	}
	var out []*node
	for _, x := range v.list() {
		out = append(out, c.expression(x))
	}
	return out
}

// element reads an element of a set or map: [KEY, VALUE] is one of a map.
func (c *converter) element(v *value) *node {
	if v.kind != jsonArray {
		return c.plainElement(v)
	}
	if len(v.kids) != 2 {
		c.fail(v, "expected a key and a value")
		return c.node(nodeWord, "", v)
	}
	key := c.plainElement(v.kids[0])
	expires, guarded := key.flag, key.guarded
	if key.kind == nodeElement {
		key = key.kids[0]
	}
	data := c.expression(v.kids[1])
	n := c.node(nodeElement, "", v, key, data)
	n.flag, n.guarded = expires, guarded
	return n
}

func (c *converter) plainElement(v *value) *node {
	if v.kind == jsonString && v.text == "*" {
		return c.node(nodeStar, "*", v)
	}
	if key, x := v.only(); key == "elem" {
		n := c.node(nodeElement, "", v, c.plainElement(orSelf(x.get("val"), v)))
		n.flag = x.get("timeout") != nil || x.get("expires") != nil
		n.guarded = x.hasGuard() || hasGuards(x.get("stmt"))
		if !n.flag && !n.guarded {
			return n.kids[0]
		}
		return n
	}
	return c.expression(v)
}

// hasGuard reports whether a member of v is a statement that decides whether an
// element is found.
func (v *value) hasGuard() bool {
	return v.get("limit") != nil || v.get("quota") != nil || v.get("ct count") != nil
}

// hasGuards reports whether one of a list of statements does.
func hasGuards(v *value) bool { return slices.ContainsFunc(v.list(), (*value).hasGuard) }

func orSelf(v, self *value) *value {
	if v == nil {
		return &value{kind: jsonString, start: self.start, end: self.end}
	}
	return v
}
