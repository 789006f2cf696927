package nftables

import (
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// hookNames are the hooks by their names in nft.
var hookNames = map[string]rules.Hook{
	"ingress": rules.Ingress, "egress": rules.Postrouting, "prerouting": rules.Prerouting, "input": rules.Input, "forward": rules.Forward,
	"output": rules.Output, "postrouting": rules.Postrouting,
}

// chainTypes are the types of base chains, and the hooks at which each may stand.
var chainTypes = map[string][]string{
	"filter": {"ingress", "egress", "prerouting", "input", "forward", "output", "postrouting"},
	"nat":    {"prerouting", "input", "output", "postrouting"},
	"route":  {"output"},
}

// priorityNames are the priorities that have names (std_prios in src/rule.c).
var priorityNames = map[string]int{"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}

// namedAt are the hooks at which some of the names may stand.
var namedAt = map[string][]string{"dstnat": {"prerouting", "output"}, "srcnat": {"postrouting", "input"}, "out": {"output"}}

// bridgePriorities are those of the bridge family.
var bridgePriorities = map[string]int{"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}

// filterPriority is all that the other families have.
var filterPriority = map[string]int{"filter": 0}

// chainStatement executes a statement of a chain that is no rule.
func (s *script) chainStatement(top *frame, u unit, raw string) source.ProblemKind {
	if top.chain == nil {
		return source.Malformed
	}
	line, bad := parseText(chainGrammar, raw)
	if bad != nil {
		return s.badUnit(u, bad)
	}
	if line.Base != nil {
		return s.baseLine(top, u, line.Base)
	}
	p := &parser{toks: line.Other.Rest.tokens}
	switch line.Other.Key.Value {
	case "policy":
		return s.policy(top, u, p)
	case "comment", "device", "devices", "flags":
		return 0
	}
	return s.report(source.Malformed, s.span(u.start, u.end), "expected type, policy or a rule")
}

// baseLine hooks a chain in.
func (s *script) baseLine(top *frame, u unit, x *baseLine) source.ProblemKind {
	c := top.chain
	hook, ok := hookNames[x.Hook.Value]
	hooks, known := chainTypes[x.Type.Value]
	switch {
	case !known:
		return s.report(source.Malformed, s.tokenSpan(u.start, x.Type), "unknown chain type %s; expected filter, nat or route", quote(x.Type.Value))
	case !ok:
		return s.report(source.Malformed, s.tokenSpan(u.start, x.Hook), "unknown hook %s; expected a hook like input or forward%s",
			quote(x.Hook.Value), suggest.DidYouMean(x.Hook.Value, hooks))
	case !slices.Contains(hooks, x.Hook.Value):
		return s.report(source.Malformed, s.tokenSpan(u.start, x.Hook), "a chain of type %s cannot be hooked in at %s", x.Type.Value, x.Hook.Value)
	}
	priority, bad := s.priority(top, x.Priority.tokens, c.table.family, x.Hook.Value)
	if bad != nil {
		return s.badUnit(u, bad)
	}
	b := &base{kind: x.Type.Value, hook: hook, priority: priority, span: s.span(u.start, u.end)}
	b.egress = x.Hook.Value == "egress"
	if x.Devices != nil {
		b.devices = s.devices(top, x.Devices)
	}
	return s.hookIn(c, b)
}

// devices returns the devices that a chain is for.
func (s *script) devices(top *frame, list *deviceList) []packet.Pattern {
	toks := list.Many
	if list.One != nil {
		toks = append(toks, *list.One)
	}
	var out []packet.Pattern
	add := func(n *node) {
		if a, err := interfaceAtom(n); err == nil {
			out = append(out, *a.name)
		}
	}
	for _, t := range toks {
		if t.Type != tokVar {
			add(&node{kind: nodeWord, text: unquote(t.Value)})
			continue
		}
		v := s.value(top.scope, &node{kind: nodeVar, text: t.Value[1:]}, s.seq)
		switch {
		case v == nil:
		case v.kind == nodeSet:
			for _, k := range v.kids {
				add(k)
			}
		default:
			add(v)
		}
	}
	return out
}

// hookIn makes c a base chain.
func (s *script) hookIn(c *chain, b *base) source.ProblemKind {
	if old := c.base; old != nil {
		if old.hook != b.hook || old.priority != b.priority || old.kind != b.kind {
			return s.report(source.Malformed, b.span, "the chain is hooked in already, with another type, hook or priority")
		}
		for _, d := range b.devices { // those that it has stay
			if !slices.Contains(old.devices, d) {
				old.devices = append(old.devices, d)
			}
		}
		return 0
	}
	s.hooked++
	b.order = s.hooked
	c.base = b
	return 0
}

// priority reads "filter + 10".
func (s *script) priority(top *frame, toks []lexer.Token, family, hook string) (int, *fault) {
	named := priorityNames
	switch family {
	case "bridge":
		named = bridgePriorities
	case "netdev", "arp":
		named = filterPriority
	}
	p := &parser{toks: toks}
	sum, sign := 0, 1
	for {
		switch {
		case p.take("-"):
			sign = -sign
		case p.take("+"):
		}
		t := p.peek()
		n, ok := s.priorityPart(top, t, named)
		if !ok {
			p.failHint("expected a priority like filter or -150", suggestion(t, sortedKeys(named)))
			return 0, p.bad
		}
		if hooks := namedAt[t.Value]; hooks != nil && !slices.Contains(hooks, hook) {
			p.fail("expected a priority that fits the " + hook + " hook")
			return 0, p.bad
		}
		p.at++
		sum += sign * n
		sign = 1
		if !p.is("+") && !p.is("-") {
			break
		}
	}
	if !p.done() {
		p.fail("expected the end of the priority")
		return 0, p.bad
	}
	return sum, nil
}

func (s *script) priorityPart(top *frame, t *lexer.Token, named map[string]int) (int, bool) {
	text := t.Value
	for range maxNest {
		if t.Type != tokVar && !strings.HasPrefix(text, "$") {
			break
		}
		n := top.scope.lookup(strings.TrimPrefix(text, "$"), s.seq)
		if n == nil {
			return 0, false
		}
		text = n.text
		if n.kind == nodeVar {
			text = "$" + n.text
			continue
		}
		if n.kind == nodeBinary || n.kind == nodeRange {
			return 0, false
		}
		break
	}
	if n, ok := named[text]; ok {
		return n, true
	}
	n, err := strconv.ParseInt(text, 0, 32)
	return int(n), err == nil
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// policy sets what becomes of packets that no rule of a chain decides.
func (s *script) policy(top *frame, u unit, p *parser) source.ProblemKind {
	t := p.peek()
	word := unquote(t.Value)
	if t.Type == tokVar {
		if n := s.value(top.scope, &node{kind: nodeVar, text: word[1:]}, s.seq); n != nil {
			word = n.text
		}
	}
	span := s.span(u.start, u.end)
	c := top.chain
	var verdict rules.Verdict
	switch word {
	case "accept":
		verdict = rules.Accept
	case "drop":
		verdict = rules.Drop
	default:
		return s.report(source.Malformed, span, "the policy of a chain is accept or drop, not %s", quote(word))
	}
	if c.base == nil {
		return s.report(source.Malformed, span, "only a chain with a hook has a policy")
	}
	c.base.policy, c.base.policySpan = verdict, span
	return 0
}

// value returns what an expression stands for where it is a variable.
func (s *script) value(in *scope, n *node, seq int32) *node {
	for range maxNest {
		if n == nil || n.kind != nodeVar {
			return n
		}
		n = in.lookup(n.text, seq)
	}
	return nil
}
