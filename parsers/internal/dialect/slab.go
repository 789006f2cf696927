package dialect

import "github.com/moveit-lint/moveit-lint/rules"

// Slab holds the rules and conditions of a device, many in one piece of memory. The
// zero Slab is ready for use.
type Slab struct {
	rules []rules.Rule
	terms []rules.Term
}

// NewRule returns a rule of its own that is like r.
func (s *Slab) NewRule(r rules.Rule) *rules.Rule {
	const perSlab = 256
	if len(s.rules) == cap(s.rules) {
		s.rules = make([]rules.Rule, 0, perSlab)
	}
	s.rules = append(s.rules, r)
	return &s.rules[len(s.rules)-1]
}

// NewMatch returns a match of its own of the terms, nil if there are none.
func (s *Slab) NewMatch(terms []rules.Term) rules.Match {
	const perSlab = 1024
	if len(terms) == 0 {
		return nil
	}
	if len(s.terms)+len(terms) > cap(s.terms) {
		s.terms = make([]rules.Term, 0, max(perSlab, len(terms)))
	}
	n := len(s.terms)
	s.terms = append(s.terms, terms...)
	return rules.Match(s.terms[n:len(s.terms):len(s.terms)])
}
