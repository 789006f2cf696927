package iptables

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// build makes the rules that a line stands for: one, or the product of its
// lists of addresses. What cannot be read becomes a condition that is not known.
func (b *builder) build() []*rules.Rule {
	x := b.line
	var src, dst *option
	for i := range x.basics {
		o := &x.basics[i]
		switch o.name {
		case "s":
			src = b.once(src, o)
		case "d":
			dst = b.once(dst, o)
		case "p":
			b.lowerProtocol(o)
		}
	}
	b.basicTerms()
	sources, destinations := b.addresses(src, packet.Src), b.addresses(dst, packet.Dst)
	if len(sources)*len(destinations) > 1 {
		b.refuseNegated(src, dst)
	}
	b.target()
	b.matches()
	if b.worst == source.Malformed {
		b.standIn()
	}
	if b.never {
		b.terms = append(b.terms, rules.Term{Boxes: nothing, Span: b.ruleSpan()})
	}
	var made []*rules.Rule
	for _, s := range sources {
		for _, d := range destinations {
			if len(made) > 0 && !b.mayExpand() {
				b.problem(source.Malformed, b.ruleSpan(), "lists expand to more than %d rules", b.limits.Expansion)
				return made
			}
			made = append(made, b.rule(s, d))
		}
	}
	return made
}

// refuseNegated reports negated addresses beside a list of them.
func (b *builder) refuseNegated(options ...*option) {
	for _, o := range options {
		if o != nil && o.negated {
			b.malformed(o.word, "! cannot stand before %s beside a list of addresses", o.word.text)
		}
	}
}

// once returns the option, and says so if there was one before.
func (b *builder) once(before, o *option) *option {
	if before != nil {
		b.malformed(o.word, "%s is given twice", o.word.text)
	}
	return o
}

// ruleSpan returns the place of the rule without its counters.
func (b *builder) ruleSpan() source.Span {
	s := b.lineSpan()
	if first := b.line.words[0]; strings.HasPrefix(first.text, "[") && len(b.line.words) > 1 {
		s.Start = int32(b.base) + b.line.words[1].start
	}
	return s
}

// standIn adds the condition that stands for what could not be read. A rule with
// a target that does nothing, as far as it was read, may do anything.
func (b *builder) standIn() {
	if a := &b.action; b.line.target.text != "" && a.Verdict == rules.Continue && a.NAT == nil && len(a.Set) == 0 && !b.doesNothing() {
		b.anything(&use{name: b.line.target}, "what the rule would do to packets", false)
	}
	b.terms = append(b.terms, rules.Term{
		Unknown: &rules.Unknown{
			Reason: "the rule cannot be read in full",
			Key:    "unreadable " + b.key(&option{name: b.chains.name, word: b.line.words[0]}, packet.Varying),
		},
		Span: b.ruleSpan(),
	})
}

// doesNothing reports whether the target of the rule is one that never decides
// or changes what is asked of packets.
func (b *builder) doesNothing() bool {
	return slices.ContainsFunc(passingTargets, func(m *module) bool { return m.name == b.line.target.text && m.name != "HMARK" })
}

// addresses returns the conditions on one address field, one for each address
// of a list: nil is the condition that all meet.
func (b *builder) addresses(o *option, f packet.Field) []*rules.Term {
	if o == nil {
		return []*rules.Term{nil}
	}
	list := o.args[0].list()
	if len(list) > 1 && o.negated {
		b.malformed(o.args[0], "%s: a list of addresses cannot be negated", o.word.text)
		return []*rules.Term{nil}
	}
	var out []*rules.Term
	for _, w := range list {
		kind := "src"
		if f == packet.Dst {
			kind = "dst"
		}
		boxes, err := b.cached(kind, w.text, b.family, func() (*packet.Boxes, error) { return w.network(f, b.family, resolved) })
		switch {
		case err != nil:
			b.fail(o, packet.Fields(f), err)
			out = append(out, nil)
		case boxes == nil:
			b.all(o)
			out = append(out, nil)
		default:
			span := b.span(w)
			if o.negated {
				span = b.optionSpan(o)
			}
			out = append(out, &rules.Term{Boxes: boxes, Negated: o.negated, Span: span})
		}
	}
	return out
}

// basicTerms adds the conditions on interfaces and fragments.
func (b *builder) basicTerms() {
	seen := map[string]bool{}
	for i := range b.line.basics {
		o := &b.line.basics[i]
		switch o.name {
		case "i", "o", "p", "f":
			if seen[o.name] {
				b.malformed(o.word, "%s is given twice", o.word.text)
				continue
			}
			seen[o.name] = true
		}
		switch o.name {
		case "i":
			b.interfaceTerm(o, packet.In, "OUTPUT", "POSTROUTING")
		case "o":
			b.interfaceTerm(o, packet.Out, "INPUT", "PREROUTING")
		case "f":
			if b.family == packet.IPv6 {
				b.malformed(o.word, "%s is for IPv4; expected -m frag", o.word.text)
				continue
			}
			b.match(o, packet.Number(packet.Fragment, 1))
		}
	}
}

// maxInterfaceName is the length of the longest name of an interface
// (IFNAMSIZ, less the byte that ends it).
const maxInterfaceName = 15

func (b *builder) interfaceTerm(o *option, f packet.Field, not ...string) {
	w := o.args[0]
	if b.chain.builtIn && slices.Contains(not, b.chain.name) {
		b.malformed(o.word, "%s cannot be used in chain %s", o.word.text, b.chain.name)
		return
	}
	if len(w.text) > maxInterfaceName || w.text == "" {
		b.malformed(w, "%s: bad value %s; expected the name of an interface, of at most %d bytes", o.word.text, quote(w.text), maxInterfaceName)
		return
	}
	if w.text == "+" {
		b.all(o)
		return
	}
	boxes, _ := b.cached(f.String(), w.text, 0, func() (*packet.Boxes, error) {
		text, prefix := strings.CutSuffix(strings.Clone(w.text), "+")
		return packet.Names(f, packet.Pattern{Text: text, Prefix: prefix}), nil
	})
	b.match(o, boxes)
	b.seeInterface(w)
}

// seeInterface notes an interface that the configuration names.
func (b *builder) seeInterface(w word) {
	if strings.HasSuffix(w.text, "+") {
		return
	}
	if _, ok := b.interfaces[w.text]; !ok {
		name := strings.Clone(w.text)
		b.interfaces[name] = len(b.device.Interfaces)
		b.device.Interfaces = append(b.device.Interfaces, rules.Interface{Name: name, Span: b.span(w)})
	}
}

func (b *builder) lowerProtocol(o *option) {
	w := o.args[0]
	p, ok := names.Protocol(w.text)
	if strings.EqualFold(w.text, "all") || strings.EqualFold(w.text, "ip") || ok && p == 0 {
		if o.negated {
			b.malformed(w, "%s: no packet is of no protocol", o.word.text)
		}
		return
	}
	if !ok {
		hint := suggest.DidYouMean(strings.ToLower(w.text), []string{"tcp", "udp", "icmp", "ipv6-icmp", "sctp", "udplite", "gre", "esp", "all"})
		b.malformed(w, "%s: bad value %s; expected the name or number of a protocol%s", o.word.text, quote(w.text), hint)
		return
	}
	boxes, _ := b.cached("proto", w.text, 0, func() (*packet.Boxes, error) { return packet.Number(packet.Protocol, uint32(p)), nil })
	b.match(o, boxes)
	b.protocol, b.protocolKnown, b.protocolNamed = p, !o.negated, true
}

// matches adds the conditions of the match extensions.
func (b *builder) matches() {
	for i := range b.line.uses {
		u := &b.line.uses[i]
		switch {
		case u.isTarget:
		case u.module == nil:
			b.addOn(u)
		case b.demand(u, matchDemands[u.module.name]):
			u.module.lower(b, u)
		}
	}
}

// addOn adds the condition of a match that is not known here: an add-on, or a
// misspelling.
func (b *builder) addOn(u *use) {
	if !addOnMatches[u.name.text] {
		if lower := strings.ToLower(u.name.text); matchModules[lower] != nil {
			b.malformed(u.name, "unknown match %s; did you mean %s?", quote(u.name.text), lower)
			return
		}
		if near, ok := suggest.Nearest(u.name.text, sortedNames(matchModules)); ok {
			b.malformed(u.name, "unknown match %s; did you mean %s?", quote(u.name.text), near)
			return
		}
	}
	o := u.asOption()
	b.unsupported(&o, 0, "the match %s is not modelled", quote(u.name.text))
}

// target sets the action of the rule.
func (b *builder) target() {
	x := b.line
	w := x.target
	if w.text == "" {
		return
	}
	if c := b.chains.chains[w.text]; c != nil {
		b.call(w, c)
		return
	}
	if x.isGoto {
		b.noChain(w)
		return
	}
	switch w.text {
	case "ACCEPT":
		b.action.Verdict = rules.Accept
	case "DROP":
		b.action.Verdict = rules.Drop
		if b.table == "nat" {
			b.malformed(w, "DROP cannot be used in table nat")
		}
	case "RETURN":
		b.action.Verdict = rules.Return
	case "QUEUE":
		lowerQueue(b, &use{name: w})
	default:
		b.extension(w)
	}
}

func (b *builder) call(w word, c *chain) {
	if c.builtIn {
		b.malformed(w, "the built-in chain %s cannot be called", quote(w.text))
		b.anything(&use{name: w}, "what the rule was meant to call", false)
		return
	}
	b.action.Verdict, b.action.Target = rules.Jump, c.Chain
	if b.line.isGoto {
		b.action.Verdict = rules.Goto
	}
}

// extension sets the action of a target extension.
func (b *builder) extension(w word) {
	for i := range b.line.uses {
		u := &b.line.uses[i]
		if !u.isTarget {
			continue
		}
		if u.module == nil {
			b.anything(u, "what target "+w.text+" does to packets", true)
			return
		}
		if !b.demand(u, targetDemands[w.text]) {
			b.anything(u, "what the rule was meant to do", false)
			return
		}
		u.module.lower(b, u)
		b.noteOutside()
		return
	}
	b.noChain(w)
}

func (b *builder) noChain(w word) {
	b.malformed(w, "chain %s does not exist in table %s%s", quote(w.text), b.table, b.nearChain(w.text))
	b.anything(&use{name: w}, "what chain "+quote(w.text)+" would do", false)
}

// maxSuggestions is how many names of chains are proposed for wrong ones: each
// costs a look at every chain, and nobody reads a thousand.
const maxSuggestions = 200

// nearChain suggests a chain or, for a rule, a target.
func (b *builder) nearChain(name string) string {
	b.suggestions++
	if b.suggestions > maxSuggestions {
		return ""
	}
	var known []string
	for _, c := range b.chains.order {
		known = append(known, c.name)
	}
	known = append(known, "ACCEPT", "DROP", "RETURN")
	known = append(known, sortedNames(targetModules)...)
	return suggest.DidYouMean(name, known)
}

// noteOutside notes the interface that translated sources leave by: it is the
// one that looks to the Internet.
func (b *builder) noteOutside() {
	if b.action.NAT == nil || b.action.NAT.Src.IsZero() || b.action.NAT.Src.Network.IsValid() || b.action.Maybe != nil {
		return
	}
	if slices.ContainsFunc(b.line.basics, func(o option) bool { return o.name == "d" && !o.negated }) {
		return // sources are translated on the way to a host or network of one's own, too
	}
	for i := range b.line.basics {
		o := &b.line.basics[i]
		if o.name != "o" || o.negated {
			continue
		}
		if at, ok := b.interfaces[o.args[0].text]; ok && b.device.Interfaces[at].Facing == rules.NotTold {
			n := &b.device.Interfaces[at]
			n.Facing, n.Why, n.Span = rules.Outside, dialect.Masquerades, b.span(o.args[0])
		}
	}
}

// rule returns one rule of the line.
func (b *builder) rule(src, dst *rules.Term) *rules.Rule {
	n := len(b.terms)
	extra := 0
	if src != nil {
		extra++
	}
	if dst != nil {
		extra++
	}
	var match rules.Match
	if n+extra > 0 {
		match = make(rules.Match, 0, n+extra)
		if src != nil {
			match = append(match, *src)
		}
		if dst != nil {
			match = append(match, *dst)
		}
		match = append(match, b.terms...)
	}
	r := b.newRule()
	*r = rules.Rule{Match: match, Action: b.action, Comment: strings.Clone(b.comment), Span: b.ruleSpan()}
	if b.mapsNetwork && b.action.NAT != nil {
		nat := *b.action.NAT
		r.Action.NAT = &nat
		b.netmaps = append(b.netmaps, netmap{r, b.chain, b.chains})
	}
	return r
}

// ruleSlab is how many rules are allocated at a time.
const ruleSlab = 256

func (l *lowering) newRule() *rules.Rule {
	if len(l.rules) == cap(l.rules) {
		l.rules = make([]rules.Rule, 0, ruleSlab)
	}
	l.rules = l.rules[:len(l.rules)+1]
	return &l.rules[len(l.rules)-1]
}

// sameRule reports whether two rules say the same, wherever they stand and
// however it is spelt; words are those of b. Of what is not modelled the words
// are compared.
func sameRule(a, b *rules.Rule, words string) bool {
	if len(a.Match) != len(b.Match) || a.Comment != b.Comment || a.Action.Target != b.Action.Target {
		return false
	}
	isUnknown := func(t rules.Term) bool { return t.Unknown != nil }
	if slices.ContainsFunc(b.Match, isUnknown) || b.Action.Unknown != nil || b.Action.Maybe != nil || ruleWords(a) == words {
		return ruleWords(a) == words
	}
	return a.Action.String() == b.Action.String() && slices.EqualFunc(a.Match, b.Match, func(s, t rules.Term) bool {
		return s.Unknown == nil && s.Negated == t.Negated && (s.Boxes == t.Boxes || s.Boxes.Key() == t.Boxes.Key())
	})
}

// ruleWords returns the words of a rule behind its command and chain.
func ruleWords(r *rules.Rule) string {
	words := strings.Fields(r.Span.Text())
	return strings.Join(words[min(len(words), 2):], " ")
}
