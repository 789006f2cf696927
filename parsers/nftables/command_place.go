package nftables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// rulePlaces are the words that say which rule a command is about.
var rulePlaces = map[string]bool{"handle": true, "index": true, "position": true}

// find returns the index of the rule that a command names.
func (s *script) find(c *chain, where string, number int) (at int, found bool) {
	switch where {
	case "index":
		known := !slices.ContainsFunc(c.rules, func(x text) bool { return x.unread })
		return number, known && number >= 0 && number < len(c.rules)
	case "handle", "position":
		at = slices.IndexFunc(c.rules, func(x text) bool { return int(x.handle) == number && s.hasHandle(&x) })
		return at, at >= 0
	}
	return len(c.rules) - 1, true
}

// hasHandle reports whether the handle of a rule is known: a listing in another
// input shows it. A rule that is loaded together with the command gets a new one,
// whatever a comment says.
func (s *script) hasHandle(x *text) bool { return x.handle != 0 && s.rootOf(x.file) != s.root }

// rootOf returns the input's file that brought a file in.
func (s *script) rootOf(file int32) int {
	if i := int(file) - len(s.in.Files); i >= 0 {
		return s.brought[i]
	}
	return int(file)
}

// deleteRule deletes the rule that has a handle. Where it is not known which one
// that is, each whose handle is not known may be gone.
func (s *script) deleteRule(c *chain, r *request, number int) source.ProblemKind {
	if !s.mayEdit(r.span, len(c.rules)) {
		s.upset(c, r)
		return source.Malformed
	}
	if at, found := s.find(c, "handle", number); found {
		s.buried = append(s.buried, c.rules[at])
		c.rules = slices.Delete(c.rules, at, at+1)
		return 0
	}
	doubt := false
	for i := range c.rules {
		x := &c.rules[i]
		if !s.hasHandle(x) {
			x.doubt, doubt = true, true
		}
	}
	if doubt {
		return s.report(source.Undefined, r.span, "no input shows which rule has that handle; any of the chain may be deleted")
	}
	return s.report(source.Undefined, r.span, "no rule of that handle is among the inputs; nothing is changed")
}

// putRule adds a rule to a chain. The rule itself is counted when it is read;
// the command is that rule.
func (s *script) putRule(c *chain, r *request, x text, where string, number int) source.ProblemKind {
	at := len(c.rules)
	switch {
	case where == "" && r.verb == "replace":
		return s.misplace(c, r, x, s.report(source.Malformed, r.span, "expected handle and the number of the rule"))
	case where == "" && r.verb == "insert":
		at = 0
	case where != "":
		if where != "index" && !s.mayEdit(r.span, len(c.rules)) {
			return s.misplace(c, r, x, source.Malformed)
		}
		i, found := s.find(c, where, number)
		if !found {
			return s.misplace(c, r, x, s.notFound(c, r, where))
		}
		at = i
		if r.verb == "replace" {
			s.buried = append(s.buried, c.rules[at])
			c.rules[at] = x
			return deferred
		}
		if r.verb != "insert" {
			at++
		}
	}
	if !s.mayEdit(r.span, len(c.rules)-at) {
		return s.misplace(c, r, x, source.Malformed)
	}
	c.rules = slices.Insert(c.rules, at, x)
	return deferred
}

// notFound reports that there is no rule beside which another is put, or that it
// is not known which one it is.
func (s *script) notFound(c *chain, r *request, where string) source.ProblemKind {
	together := !slices.ContainsFunc(c.rules, func(x text) bool { return x.unread || s.rootOf(x.file) != s.root })
	if where == "index" && together || where != "index" && together && r.verb != "replace" {
		// The kernel looks for handles among the rules that it had before.
		return s.report(source.Malformed, r.span, "the chain has no rule of that %s beside which the rule could be put", where)
	}
	return s.report(source.Undefined, r.span, "no rule of that %s is among the inputs; where the rule stands is not known", where)
}

// misplace takes note of a rule of which it is not known where it stands.
func (s *script) misplace(c *chain, r *request, x text, kind source.ProblemKind) source.ProblemKind {
	x.kind = kind
	s.upset(c, r)
	s.buried = append(s.buried, x)
	return deferred
}

// upset notes that it is not known what a command did to a chain.
func (s *script) upset(c *chain, r *request) {
	c.upset = &text{file: s.current, start: r.span.Start, end: r.span.End, seq: s.seq, scope: s.scope}
}

// deferred is the kind of a statement that is counted when it is read in full.
const deferred = source.ProblemKind(0xff)
