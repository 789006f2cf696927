package nftables

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

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

// maxSuggestions is how many names are proposed for wrong ones: each costs a look
// at many, and nobody reads a thousand.
const maxSuggestions = 200

// nearChain proposes a chain of the table.
func (s *script) nearChain(t *table, name string) string {
	s.suggestions++
	if s.suggestions > maxSuggestions {
		return ""
	}
	var known []string
	for _, c := range t.chainOrder[:min(len(t.chainOrder), maxProposed)] {
		known = append(known, c.name)
	}
	return didYouMean(name, known)
}

// nearSet proposes a set of the table.
func (s *script) nearSet(t *table, name string) string {
	s.suggestions++
	if s.suggestions > maxSuggestions {
		return ""
	}
	return didYouMean(name, t.setNames())
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
const maxEdits = 500_000_000

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
	c.rules, c.upset = nil, nil
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
			s.addChain(t, r)
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
		return s.rename(c, r)
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
