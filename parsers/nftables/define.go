package nftables

import (
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// define executes define, redefine and undefine.
func (s *script) define(top *frame, base int, d *defineLine) source.ProblemKind {
	name := d.Name.Value
	span := s.tokenSpan(base, d.Name)
	if d.Verb.Value == "undefine" {
		if top.scope.lookup(name, s.seq) == nil {
			return s.report(source.Malformed, span, "the variable %s is not defined", quote(name))
		}
		s.seq++
		top.scope.define(name, nil, s.seq)
		return 0
	}
	p := &parser{toks: d.Value.tokens}
	p.expect("=")
	var value *node
	if p.bad == nil {
		if value = p.negative(); value == nil {
			value = p.list(anySide)
		}
		if p.bad == nil && !p.done() {
			p.fail("expected the end of the definition")
		}
	}
	if p.bad != nil {
		p.bad.start, p.bad.end = max(p.bad.start, int32(d.Name.Pos.Offset)), max(p.bad.end, int32(d.Name.Pos.Offset))
		return s.report(source.Malformed, s.span(base+int(p.bad.start), base+int(p.bad.end)), "%s", p.bad.message)
	}
	place(value, s.current, int32(base))
	kind := source.ProblemKind(0)
	if d.Verb.Value == "define" && top.scope.lookup(name, s.seq) != nil { // in an outer block as well
		kind = s.report(source.Malformed, span, "the variable %s is defined already; expected redefine", quote(name))
	}
	if missing := s.missing(value, top.scope); missing != nil {
		kind = s.report(source.Malformed, s.nodeSpan(missing), "unknown variable %s%s", quote(missing.text), didYouMean(missing.text, top.scope.names()))
	}
	s.seq++
	top.scope.define(name, value, s.seq)
	s.values = append(s.values, definition{name, value, top.scope, s.seq, span})
	return kind
}

// negative reads a number below zero, which only a priority can be; nil if there
// is none.
func (p *parser) negative() *node {
	start := p.start()
	if !p.is("-") || p.second().Type != tokWord || classes[p.second().Value[0]]&isDigit == 0 {
		return nil
	}
	p.at++
	return p.node(nodeWord, "-"+p.next().Value, start)
}

// missing returns a variable in n that is not defined, nil if there is none.
func (s *script) missing(n *node, in *scope) *node {
	if n == nil {
		return nil
	}
	if n.kind == nodeVar && in.lookup(n.text, s.seq) == nil {
		return n
	}
	for _, k := range n.kids {
		if x := s.missing(k, in); x != nil {
			return x
		}
	}
	return nil
}
