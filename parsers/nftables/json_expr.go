package nftables

import (
	"slices"
	"strings"
)

// expression reads a field or value.
func (c *converter) expression(v *value) *node {
	switch v.kind {
	case jsonString:
		switch {
		case strings.HasPrefix(v.text, "@"):
			return c.node(nodeRef, v.text[1:], v)
		case v.text == "*":
			return c.node(nodeStar, v.text, v)
		}
		return c.node(nodeWord, v.text, v)
	case jsonNumber, jsonTrue, jsonFalse:
		return c.node(nodeWord, v.text, v)
	case jsonArray:
		if len(v.kids) == 0 {
			c.fail(v, "expected a value")
			return c.node(nodeWord, "", v)
		}
		return c.node(nodeList, "", v, c.all(v.kids)...)
	case jsonNull, jsonObject:
	}
	key, x := v.only()
	if read := expressions[key]; read != nil && x != nil {
		return read(c, v, x)
	}
	if slices.Contains(verdictWords, key) {
		return c.verdict(key, v, x)
	}
	c.fail(v, "unknown expression "+quote(key)+didYouMean(key, sortedKeys(expressions)))
	return c.node(nodeWord, "", v)
}

func (c *converter) all(list []*value) []*node {
	out := make([]*node, len(list))
	for i, v := range list {
		out[i] = c.expression(v)
	}
	return out
}

func (c *converter) verdict(key string, v, x *value) *node {
	n := c.node(nodeVerdict, key, v)
	if key == "jump" || key == "goto" {
		target := x.get("target")
		if target == nil || target.kind != jsonString {
			c.fail(v, "expected a target")
			return n
		}
		n.kids = []*node{c.node(nodeWord, target.text, target)}
	}
	return n
}

// expressions are the expressions by the name of their object.
var expressions map[string]func(c *converter, v, x *value) *node

var _ = func() bool {
	expressions = map[string]func(c *converter, v, x *value) *node{
		"payload": (*converter).payload, "meta": (*converter).meta, "ct": (*converter).ct, "fib": (*converter).fibField,
		"prefix": (*converter).prefix, "range": (*converter).rangeOf, "set": (*converter).set, "concat": (*converter).concat,
		"map": (*converter).mapOf, "elem": func(c *converter, v, _ *value) *node { return c.plainElement(v) },
		"numgen": (*converter).numgen, "jhash": (*converter).hash, "symhash": (*converter).hash,
	}
	for _, op := range []string{"&", "|", "^", "<<", ">>"} {
		expressions[op] = func(c *converter, v, x *value) *node { return c.binary(op, v, x) }
	}
	for name, keys := range map[string][]string{
		"rt": {"family", "key"}, "exthdr": {"name", "field"}, "tcp option": {"name", "field"}, "ip option": {"name", "field"},
		"sctp chunk": {"name", "field"}, "dccp option": {"type"}, "socket": {"key"}, "osf": {"key"}, "ipsec": {"dir", "family", "key"},
		"tunnel": {"key"}, "xfrm": {"key"}, "inner": {},
	} {
		expressions[name] = func(c *converter, v, x *value) *node {
			words := []string{name}
			for _, k := range keys {
				if word := x.str(k); word != "" {
					words = append(words, word)
				}
			}
			return c.node(nodeSelector, strings.Join(words, " "), v)
		}
	}
	return true
}()

func (c *converter) payload(v, x *value) *node {
	if base := x.str("base"); base != "" {
		offset, length := x.str("offset"), x.str("len")
		return c.node(nodeSelector, rawName(base, offset, length), v)
	}
	protocol, field := x.str("protocol"), x.str("field")
	if protocol == "" || field == "" {
		c.fail(v, "expected a protocol and a field")
	}
	if x.get("tunnel") != nil {
		protocol = "inner " + protocol
	}
	return c.node(nodeSelector, protocol+" "+field, v)
}

func (c *converter) meta(v, x *value) *node {
	key := x.str("key")
	if _, ok := metaKeys[key]; !ok {
		c.fail(v, "unknown key of meta "+quote(key)+didYouMean(key, sortedKeys(metaKeys)))
	}
	return c.node(nodeSelector, "meta "+key, v)
}

func (c *converter) ct(v, x *value) *node {
	text := "ct "
	if dir := x.str("dir"); dir != "" {
		text += dir + " "
	}
	return c.node(nodeSelector, text+x.str("key"), v)
}

func (c *converter) fibField(v, x *value) *node {
	var parts []string
	for _, f := range x.get("flags").list() {
		parts = append(parts, f.text)
	}
	return c.node(nodeSelector, "fib "+strings.Join(parts, ".")+" "+x.str("result"), v)
}

func (c *converter) prefix(v, x *value) *node {
	addr, size := x.get("addr"), x.get("len")
	if addr == nil || size == nil {
		c.fail(v, "expected addr and len")
		return c.node(nodeWord, "", v)
	}
	return c.node(nodePrefix, "", v, c.expression(addr), c.expression(size))
}

func (c *converter) rangeOf(v, x *value) *node {
	if len(x.kids) != 2 || x.kind != jsonArray {
		c.fail(v, "expected two values")
		return c.node(nodeWord, "", v)
	}
	return c.node(nodeRange, "", v, c.all(x.kids)...)
}

func (c *converter) set(v, x *value) *node {
	n := c.node(nodeSet, "", v)
	for _, e := range x.list() {
		n.kids = append(n.kids, c.plainElement(e))
	}
	return n
}

// mapData reads what a key is looked up in.
func (c *converter) mapData(v *value) *node {
	if key, x := v.only(); key == "set" {
		n := c.node(nodeSet, "", v)
		for _, e := range x.list() {
			n.kids = append(n.kids, c.element(e))
		}
		return n
	}
	return c.expression(v)
}

func (c *converter) concat(v, x *value) *node {
	if x.kind != jsonArray || len(x.kids) == 0 {
		c.fail(v, "expected a list")
		return c.node(nodeWord, "", v)
	}
	return c.node(nodeConcat, "", v, c.all(x.kids)...)
}

func (c *converter) mapOf(v, x *value) *node {
	key, data := x.get("key"), x.get("data")
	if key == nil || data == nil {
		c.fail(v, "expected key and data")
		return c.node(nodeWord, "", v)
	}
	return c.node(nodeMap, "", v, c.expression(key), c.mapData(data))
}

// binary reads an operation on two or, as new versions print it, more operands.
func (c *converter) binary(op string, v, x *value) *node {
	if x.kind != jsonArray || len(x.kids) < 2 {
		c.fail(v, "expected two operands")
		return c.node(nodeWord, "", v)
	}
	n := c.expression(x.kids[0])
	for _, k := range x.kids[1:] {
		n = c.node(nodeBinary, op, v, n, c.expression(k))
	}
	return n
}

func (c *converter) numgen(v, x *value) *node {
	n := c.node(nodeSelector, "numgen "+x.str("mode"), v, c.node(nodeWord, x.str("mod"), v))
	if o := x.str("offset"); o != "" && o != "0" {
		n.kids = append(n.kids, c.node(nodeWord, o, v))
	}
	return n
}

func (c *converter) hash(v, x *value) *node {
	name, _ := v.only()
	n := c.node(nodeSelector, name, v, c.node(nodeWord, x.str("mod"), v))
	n.flag = x.get("seed") != nil
	if o := x.str("offset"); o != "" && o != "0" {
		n.kids = append(n.kids, c.node(nodeWord, o, v))
	}
	if of := x.get("expr"); of != nil {
		for len(n.kids) < 2 {
			n.kids = append(n.kids, nil)
		}
		n.kids = append(n.kids, c.expression(of))
	}
	return n
}
