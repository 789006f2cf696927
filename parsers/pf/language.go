package pf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// strength is how clearly a form tells a language.
type strength uint8

const (
	weakForm strength = iota + 1
	strongForm
)

// form is something that one of the languages has.
type form struct {
	strength strength
	what     string
	span     source.Span
}

// forms are what tells the language of a configuration: the first and strongest
// of each.
type forms struct{ open, free form }

// better keeps the stronger of two forms, and the first of equal ones.
func (f *form) better(g form) {
	if g.strength > f.strength {
		*f = g
	}
}

// openBSD notes a form of the language of OpenBSD since 4.7.
func (f *forms) openBSD(span source.Span, what string, s strength) {
	if s > f.open.strength {
		f.open = form{s, what, span}
	}
}

// freeBSD notes a form of the language of FreeBSD and of OpenBSD before 4.7.
func (f *forms) freeBSD(span source.Span, what string, s strength) {
	if s > f.free.strength {
		f.free = form{s, what, span}
	}
}

// merge adds what was seen in another file.
func (f *forms) merge(g *forms) {
	f.open.better(g.open)
	f.free.better(g.free)
}

// String returns a form as it stands behind "because".
func (f *form) String() string { return fmt.Sprintf("line %d has %s", f.span.Line(), f.what) }

// The names of the languages as users give them.
const (
	flavourOpenBSD = "pf-openbsd"
	flavourFreeBSD = "pf-freebsd"
)

// tellLanguage says which language the configuration is in, and what that means
// for fragments.
//
// That of OpenBSD before 4.1 cannot be told from the text: it has the same forms,
// and they mean something else there.
func (r *reader) tellLanguage() {
	c, f := r.cfg, &r.forms
	c.printed = r.signs.numbers || r.signs.isPrint()
	if c.printed {
		r.signs.tell(f)
	}
	switch {
	case r.in.Flavour == flavourOpenBSD:
		c.language, c.why = languageOpenBSD, "it was named"
	case r.in.Flavour == flavourFreeBSD:
		c.language, c.why = languageFreeBSD, "it was named"
	case f.free.strength > 0 && f.free.strength >= f.open.strength:
		c.language, c.why = languageFreeBSD, f.free.String()
	case f.open.strength > 0:
		c.language, c.why = languageOpenBSD, f.open.String()
	default:
		c.language, c.why = languageOpenBSD, "nothing in it tells, and that is the language as it is now"
	}
	c.options.reassemble = r.reassembles == "yes" || r.reassembles == "" && c.language == languageOpenBSD
	r.sayLanguage()
}

// sayLanguage says which language a configuration is taken to be in.
func (r *reader) sayLanguage() {
	c, f := r.cfg, &r.forms
	name := "OpenBSD since 4.7"
	if c.language == languageFreeBSD {
		name = "FreeBSD, and of OpenBSD from 4.1 to 4.6"
	}
	r.assume("the file is in the language of %s: %s", name, c.why)
	switch {
	case c.language == languageFreeBSD && f.open.strength == strongForm:
		r.assume("it also has forms of OpenBSD's language: %s", f.open.String())
	case c.language == languageOpenBSD && f.free.strength == strongForm:
		r.assume("it also has forms of FreeBSD's language: %s", f.free.String())
	}
}

// The classes of statements, in the order in which the language of FreeBSD wants
// them (2.1).
type orderClass uint8

const (
	orderOption orderClass = iota + 1
	orderScrub
	orderQueue
	orderNAT
	orderFilter
)

// orderNames are the classes, for messages.
var orderNames = map[orderClass]string{
	orderOption: "options", orderScrub: "scrub rules", orderQueue: "queues", orderNAT: "rules of translation", orderFilter: "filter rules",
}

// order watches the order of a file's statements.
type order struct {
	class orderClass
	free  bool // set require-order no
}

// misplaced is a statement that stands too late.
type misplaced struct {
	mark          int // its index among the marks
	class, behind orderClass
	span          source.Span
}

// next notes a statement of a class.
func (o *order) next(r *reader, class orderClass, span source.Span) {
	if len(r.open) > 0 {
		return
	}
	if class >= o.class {
		o.class = class
		return
	}
	if !o.free {
		r.late = append(r.late, misplaced{len(r.marks), class, o.class, span})
	}
}

// tellOrder reports the statements that stand too late, which only the language
// of FreeBSD refuses. They mean what they mean all the same: each class is a
// ruleset of its own.
func (r *reader) tellOrder() {
	if r.cfg.language != languageFreeBSD || r.cfg.printed {
		return
	}
	for _, m := range r.late {
		message := fmt.Sprintf("%s stand behind %s: pfctl refuses the file, unless it has set require-order no", orderNames[m.class], orderNames[m.behind])
		r.problem(source.Malformed, m.span, message)
		r.wrong = true
		if m.mark < len(r.marks) {
			r.marks[m.mark].kind = source.Malformed
		}
	}
}

// isPrint reports whether the text is what "pfctl -sr" prints without numbers.
func (s *printSigns) isPrint() bool { return s.rules > 0 && !s.comments && s.odd == 0 }

// rule notes whether a rule is as pfctl prints it: with all that it means.
func (s *printSigns) rule(x *rule, p *parser) {
	s.rules++
	list := slices.ContainsFunc(p.toks, func(t lexer.Token) bool { return isText(&t, "{") })
	told := x.all || len(x.src.hosts) > 0 && len(x.dst.hosts) > 0
	if list || !told || !s.full(x, p) {
		s.odd++
	}
	s.form(x, p)
}

// full reports whether a rule says how it blocks, or what flags it looks at.
func (s *printSigns) full(x *rule, p *parser) bool {
	switch x.action {
	case actionBlock:
		second := 1
		if p.number >= 0 {
			second++
		}
		return second < len(p.toks) && (p.toks[second].Value == "drop" || strings.HasPrefix(p.toks[second].Value, "return"))
	case actionPass:
		tcp := len(x.protos) == 0 || x.protos[0].number == tcpNumber
		return !tcp || x.filter.fragment || x.filter.flags != nil || x.filter.anyFlags || x.state.keep == keepNone
	case actionMatch, actionScrub:
	}
	return true
}

// tell notes what the rules that pfctl prints say about the language.
func (s *printSigns) tell(f *forms) {
	if !s.unkept.IsZero() {
		f.openBSD(s.unkept, "a rule with flags and without keep state, as pfctl prints it there", weakForm)
	} else if !s.kept.IsZero() {
		f.freeBSD(s.kept, "keep state, as pfctl prints it there", weakForm)
	}
}

// form notes which language prints a pass rule like this: that of FreeBSD says
// "keep state" always, that of OpenBSD only before options.
func (s *printSigns) form(x *rule, p *parser) {
	switch {
	case x.action != actionPass || x.filter.flags == nil:
	case x.state.keep == keepState:
		s.kept = p.span
	case x.state.keep == keepDefault:
		s.unkept = p.span
	}
}
