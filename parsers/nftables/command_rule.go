package nftables

import (
	"strconv"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

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
	if isConnObject(toks) {
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

// isConnObject reports whether tokens begin with ct and the kind of an object.
func isConnObject(toks []lexer.Token) bool {
	return len(toks) > 1 && toks[0].Value == "ct" && objectKinds["ct "+toks[1].Value]
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
		return s.report(source.Malformed, r.name.span, "chain %s does not exist in table %s %s%s", quote(r.name.text), t.family, t.name, s.nearChain(t, r.name.text))
	}
	return s.changeRule(top, u, c, &r)
}

// changeRule adds a rule to a chain, or deletes one.
func (s *script) changeRule(top *frame, u unit, c *chain, r *request) source.ProblemKind {
	where, number := "", 0
	if len(r.rest) > 1 && rulePlaces[r.rest[0].Value] {
		n, err := strconv.Atoi(r.rest[1].Value)
		if err != nil {
			return s.report(source.Malformed, s.tokenSpan(u.start, r.rest[1]), "expected a number")
		}
		where, number = r.rest[0].Value, n
		r.rest = r.rest[2:]
	}
	switch {
	case r.verb == "delete" || r.verb == "destroy":
		if where != "handle" || len(r.rest) > 0 {
			return s.report(source.Malformed, r.span, "expected handle and the number of the rule")
		}
		return s.deleteRule(c, r, number)
	case len(r.rest) == 0:
		return s.report(source.Malformed, r.span, "expected a rule behind the name of the chain")
	}
	x := s.text(top, u)
	x.start = int32(u.start + r.rest[0].Pos.Offset)
	return s.putRule(c, r, x, where, number)
}
