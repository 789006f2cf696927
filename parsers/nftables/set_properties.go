package nftables

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// setFlags are the flags of sets.
var setFlags = []string{"constant", "dynamic", "interval", "timeout"}

// setStatement executes a statement in the block of a set or map.
func (s *script) setStatement(top *frame, u unit, raw string) source.ProblemKind {
	x := top.set
	if x == nil {
		return source.Malformed
	}
	line, bad := parseText(propertyGrammar, raw)
	if bad != nil {
		return s.badUnit(u, bad)
	}
	p := &parser{toks: line.Rest.tokens}
	switch key := line.Key.Value; key {
	case "type", "typeof":
		return s.setType(x, u, p, key == "typeof")
	case "flags":
		return s.setFlags(x, u, p)
	case "timeout":
		x.expires = true
		return 0
	case "auto-merge":
		x.merge = true
		return 0
	case "counter", "last", "quota", "limit", "ct":
		x.guarded = x.guarded || isGuard(line.Key) || slices.ContainsFunc(p.toks, isGuard)
		return 0
	case "size":
		x.size, _ = number(p.peek().Value)
		return 0
	case "gc-interval", "policy", "comment":
		return 0
	case "elements":
		return s.setElements(top, x, u, p)
	default:
		return s.report(source.Malformed, s.tokenSpan(u.start, line.Key), "unknown statement %s; expected type, flags, elements or another property of a set%s",
			quote(key), suggest.DidYouMean(key, []string{"type", "typeof", "flags", "elements", "timeout", "size", "policy", "comment", "auto-merge"}))
	}
}

// setFlags reads the flags of a set.
func (s *script) setFlags(x *set, u unit, p *parser) source.ProblemKind {
	for {
		t := p.next()
		if !slices.Contains(setFlags, t.Value) {
			return s.report(source.Malformed, s.tokenSpan(u.start, *t), "unknown flag of a set; expected constant, dynamic, interval or timeout%s",
				suggest.DidYouMean(t.Value, setFlags))
		}
		x.flags[t.Value] = true
		if !p.take(",") {
			return 0
		}
	}
}

// setElements reads "elements = $VARIABLE"; elements in braces are a block.
func (s *script) setElements(top *frame, x *set, u unit, p *parser) source.ProblemKind {
	p.expect("=")
	if p.bad != nil || p.peek().Type != tokVar {
		return s.report(source.Malformed, s.span(u.start, u.end), "expected = and elements in braces")
	}
	t := s.text(top, u)
	t.start = int32(u.start + p.peek().Pos.Offset)
	x.parts = append(x.parts, batch{texts: []text{t}, inBlock: true, head: s.span(u.start, u.end)})
	return deferred
}

// isGuard reports whether a word begins a statement that decides whether an
// element is found.
func isGuard(t lexer.Token) bool { return t.Value == "quota" || t.Value == "limit" || t.Value == "ct" }

// setType reads the types of a set's key and, of a map, of its values.
func (s *script) setType(x *set, u unit, p *parser, typeof bool) source.ProblemKind {
	x.key, x.data = p.typeParts(typeof), nil
	if p.take(":") {
		x.data = p.typeParts(typeof)
	}
	if p.bad == nil && !p.done() {
		p.fail("expected the end of the type")
	}
	if p.bad == nil && x.isMap != (x.data != nil) {
		p.fail("a map has a type for keys and one for values, a set has one")
	}
	if !typeof {
		p.checkTypes(x)
	}
	x.typeText = p.text()
	if p.bad != nil {
		return s.badUnit(u, p.bad)
	}
	return 0
}

// typeParts reads the parts of a type that are joined by dots.
func (p *parser) typeParts(typeof bool) []*node {
	if p.take("interval") && p.done() {
		p.fail("expected a type")
	}
	var n *node
	switch {
	case p.isObjectType(typeof):
		word := p.next().Value
		if word == "ct" {
			p.at++
		}
		n = p.node(nodeWord, word, p.start())
	case typeof:
		n = p.expression(leftSide)
	default:
		n = p.expression(rightSide)
	}
	if n.kind == nodeConcat {
		return n.kids
	}
	return []*node{n}
}

// isObjectType reports whether the next word is the type of an object, and no
// field.
func (p *parser) isObjectType(typeof bool) bool {
	t, next := p.peek(), p.second().Value
	if t.Type != tokWord {
		return false
	}
	if t.Value == "ct" {
		return objectTypes[next] && (next != "helper" || !typeof)
	}
	return objectTypes[t.Value]
}

// checkTypes finds types that there are not.
func (p *parser) checkTypes(x *set) {
	for _, n := range slices.Concat(x.key, x.data) {
		if _, ok := types[n.text]; !ok && !objectTypes[n.text] {
			p.failAt(n, "unknown type "+quote(n.text)+didYouMean(n.text, sortedKeys(types)))
		}
	}
}

// text returns the tokens of p as they were written, with single blanks.
func (p *parser) text() string {
	var words []string
	for i := range p.toks {
		words = append(words, p.toks[i].Value)
	}
	return strings.Join(words, " ")
}

// objectTypes are the types of values of maps that name objects.
var objectTypes = map[string]bool{
	"verdict": true, "counter": true, "quota": true, "limit": true, "secmark": true, "synproxy": true, "helper": true, "timeout": true, "expectation": true,
	"ct": true, "tunnel": true,
}
