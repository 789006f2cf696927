package iptables

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// lineParser reads command lines. Its slabs hold what the lines of a chunk are
// made of, so that a line costs few allocations.
type lineParser struct {
	lines   []line
	words   []word
	options []option
	uses    []use

	now      line
	at       int // the next word
	negated  bool
	bang     word
	proto    word // the word behind -p
	opts     []pending
	firstUse int
}

// pending is an option on its way into the use that it belongs to: index -1 is
// the rule itself.
type pending struct {
	use int
	option
}

// line reads the words up to the end of the line, and what they say.
func (p *lineParser) line(in *lexer.PeekingLexer) line {
	p.now = line{}
	first := len(p.words)
	for t := in.Peek(); t.Type != tokEOL && t.Type != lexer.EOF; t = in.Peek() {
		p.words = append(p.words, p.word(t))
		in.Next()
	}
	in.Next()
	words := p.words[first:len(p.words):len(p.words)]
	p.now.words = words
	p.now.start, p.now.end = words[0].start, words[len(words)-1].end
	if isRule(words[0].text) {
		p.rule()
	}
	return p.now
}

func (p *lineParser) word(t *lexer.Token) word {
	start := int32(t.Pos.Offset)
	w := word{text: t.Value, start: start, end: start + int32(len(t.Value))}
	switch t.Type {
	case tokString:
		w.text, w.quoted = unquote(t.Value), true
	case tokInvalid:
		w.quoted = true
		p.fault(w, `the quoted text does not end on its line; expected a closing "`)
	}
	return w
}

// isRule reports whether a line that starts with the word is a command of
// iptables, and not of ipset: ipset's own options -N and -A are told apart by
// where they stand, outside of every table.
func isRule(first string) bool {
	return strings.HasPrefix(first, "-") || strings.HasPrefix(first, "[") || first == "!"
}

func (p *lineParser) fault(w word, format string, args ...any) {
	p.now.faults = append(p.now.faults, fault{w.start, w.end, fmt.Sprintf(format, args...)})
}

// rule reads the words of an iptables command.
func (p *lineParser) rule() {
	p.at, p.negated, p.proto, p.opts, p.firstUse = 0, false, word{}, p.opts[:0], len(p.uses)
	words := p.now.words
	if strings.HasPrefix(words[0].text, "[") {
		if !isCounters(words[0].text) {
			p.fault(words[0], "expected counters like [0:0]")
		}
		p.at++
	}
	for p.at < len(words) {
		w := words[p.at]
		p.at++
		switch {
		case w.text == "!" && !w.quoted:
			if p.negated {
				p.fault(w, "two ! before one option")
			}
			p.negated, p.bang = true, w
		case len(w.text) > 1 && w.text[0] == '-':
			p.option(w)
			p.negated = false
		default:
			p.fault(w, "expected an option, found %s%s", quote(w.text), hashHint(w.text))
			p.skip()
			p.negated = false
		}
	}
	if p.negated {
		p.fault(p.bang, "expected an option behind !")
	}
	if p.now.verb == "" && len(p.now.faults) == 0 {
		p.fault(words[0], "expected a command like -A CHAIN")
	}
	p.collect()
}

func hashHint(w string) string {
	if strings.HasPrefix(w, "#") {
		return " (a comment starts at the first byte of a line)"
	}
	return ""
}

// quote returns a word for a message: cut short, and in quotes.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Sprintf("%q", s)
}

// isCounters reports whether w is [packets:bytes].
func isCounters(w string) bool {
	w, ok := strings.CutPrefix(w, "[")
	w, closed := strings.CutSuffix(w, "]")
	packets, bytes, both := strings.Cut(w, ":")
	return ok && closed && both && isDigits(packets) && isDigits(bytes)
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// skip leaves out the words up to the next that looks like an option.
func (p *lineParser) skip() {
	words := p.now.words
	for p.at < len(words) && (words[p.at].quoted || !strings.HasPrefix(words[p.at].text, "-") && words[p.at].text != "!") {
		p.at++
	}
}

// option reads one option with its words.
func (p *lineParser) option(w word) {
	name, value, glued := splitOption(w)
	spec, owner := p.find(name, w)
	if spec == nil {
		p.skip()
		return
	}
	o := option{name: spec.name, word: w, negated: p.negated, bang: p.bang.start}
	p.oldBang(spec, &o, glued)
	if o.negated && !spec.negates {
		p.fault(w, "%s cannot be negated", w.text)
	}
	o.args = p.args(w, spec, value, glued)
	if len(o.args) < spec.args {
		return
	}
	if owner != isVerb {
		p.opts = append(p.opts, pending{owner, o})
	}
	p.apply(spec, owner, &o)
}

// splitOption splits --name=value and -pvalue.
func splitOption(w word) (name string, value word, glued bool) {
	text := w.text
	if long, ok := strings.CutPrefix(text, "--"); ok {
		name, v, has := strings.Cut(long, "=")
		if !has {
			return name, word{}, false
		}
		return name, word{text: v, start: w.end - int32(len(v)), end: w.end}, true
	}
	if len(text) > 2 && strings.IndexByte(shortOptions, text[1]) >= 0 {
		return text[1:2], word{text: text[2:], start: w.start + 2, end: w.end}, true
	}
	return text[1:], word{}, false
}

// oldBang reads a "!" between an option and its word, as iptables up to 1.4.2
// printed it.
func (p *lineParser) oldBang(spec *optionSpec, o *option, glued bool) {
	words := p.now.words
	if glued || !spec.negates || spec.args == 0 || p.at >= len(words) || words[p.at].text != "!" || words[p.at].quoted {
		return
	}
	if o.negated {
		p.fault(words[p.at], "two ! around one option")
	}
	if !o.negated {
		o.bang = o.word.start
	}
	o.negated = true
	p.at++
}

// args returns the words of an option.
func (p *lineParser) args(w word, spec *optionSpec, value word, glued bool) []word {
	words := p.now.words
	if glued {
		if spec.args+spec.optional != 1 {
			p.fault(value, "%s takes no such value", w.text)
			return nil
		}
		return []word{value}
	}
	first := p.at
	for range spec.args {
		if p.at >= len(words) || !spec.free && p.isOption(words[p.at]) {
			p.fault(w, "%s needs %s", w.text, wordsOf(spec.args))
			return nil
		}
		p.at++
	}
	for n := 0; n < spec.optional && p.at < len(words) && !strings.HasPrefix(words[p.at].text, "-") && words[p.at].text != "!"; n++ {
		p.at++
	}
	return words[first:p.at:p.at]
}

func wordsOf(n int) string {
	if n == 1 {
		return "a value"
	}
	return fmt.Sprintf("%d values", n)
}

// isOption reports whether a word is an option that may stand here, and so no
// value of the one before it.
func (p *lineParser) isOption(w word) bool {
	if w.quoted || len(w.text) < 2 || w.text[0] != '-' {
		return false
	}
	name, _, _ := splitOption(w)
	if w.text[1] == '-' {
		spec, _ := p.exact(name)
		return spec != nil || basicOptions[name] != nil
	}
	return len(w.text) == 2 && basicOptions[name] != nil
}

// Who an option belongs to, where it is no use of a module.
const (
	isBasic = -1
	isVerb  = -2
)

// find returns the option of that name and the index of the use that it
// belongs to; it loads the module of the protocol if that has it.
func (p *lineParser) find(name string, w word) (spec *optionSpec, owner int) {
	short := !strings.HasPrefix(w.text, "--")
	if short && len(name) > 1 {
		p.fault(w, "unknown option %s", quote(w.text))
		return nil, 0
	}
	if spec := verbs[name]; spec != nil && short == (len(name) == 1) {
		return spec, isVerb
	}
	if spec := basicOptions[name]; spec != nil && short == (len(name) == 1) {
		return spec, isBasic
	}
	if short {
		p.fault(w, "unknown option %s", quote(w.text))
		return nil, 0
	}
	spec, owner = p.exact(name)
	if spec == nil && p.loadProtocol(name) {
		spec, owner = p.exact(name)
	}
	if spec == nil {
		spec, owner = p.addOn(name)
	}
	if spec != nil {
		return spec, owner
	}
	return p.abbreviated(name, w)
}

// abbreviated returns the option of which the name is the beginning, if it is
// that of one only.
func (p *lineParser) abbreviated(name string, w word) (spec *optionSpec, owner int) {
	spec, owner, fit := p.byPrefix(name)
	if fit == 0 && len(name) > 1 && p.loadProtocol(name) {
		spec, owner, fit = p.byPrefix(name)
	}
	switch {
	case spec != nil:
		return spec, owner
	case fit > 1:
		p.fault(w, "%s may stand for several options; write it in full", quote(w.text))
	default:
		p.unknownOption(w, name)
	}
	return nil, 0
}

// exact finds a long option by its full name: that of the module loaded last
// that has it.
func (p *lineParser) exact(name string) (spec *optionSpec, owner int) {
	uses := p.uses[p.firstUse:]
	for i, u := range slices.Backward(uses) {
		if u.module == nil {
			continue
		}
		if spec := u.module.options[name]; spec != nil {
			return spec, i
		}
	}
	return nil, 0
}

// addOn gives an option that nothing else has to the add-on loaded last, which
// may have any option with any number of words.
func (p *lineParser) addOn(name string) (spec *optionSpec, owner int) {
	for i, u := range slices.Backward(p.uses[p.firstUse:]) {
		if u.module == nil {
			return &optionSpec{name: name, optional: maxAddOnWords, negates: true, free: true}, i
		}
	}
	return nil, 0
}

// maxAddOnWords is how many words an option of an add-on may have.
const maxAddOnWords = 16

// byPrefix finds the only long option that starts with name, as getopt_long does.
func (p *lineParser) byPrefix(name string) (found *optionSpec, owner, fit int) {
	try := func(options map[string]*optionSpec, index int) {
		for n, spec := range options {
			if len(n) > 1 && strings.HasPrefix(n, name) && spec != found {
				found, owner = spec, index
				fit++
			}
		}
	}
	if len(name) < 2 {
		return nil, 0, 0
	}
	try(basicOptions, isBasic)
	try(verbs, isVerb)
	seen := map[*module]bool{}
	uses := p.uses[p.firstUse:]
	for i, u := range slices.Backward(uses) {
		if u.module != nil && !seen[u.module] {
			seen[u.module] = true
			try(u.module.options, i)
		}
	}
	if fit != 1 {
		return nil, 0, fit
	}
	return found, owner, 1
}

func (p *lineParser) unknownOption(w word, name string) {
	candidates := append(sortedNames(basicOptions), sortedNames(verbs)...)
	for _, u := range p.uses[p.firstUse:] {
		if u.module != nil {
			candidates = append(candidates, sortedNames(u.module.options)...)
		}
	}
	hint := ""
	if near, ok := suggest.Nearest(name, slices.DeleteFunc(candidates, func(s string) bool { return len(s) < 2 })); ok {
		hint = fmt.Sprintf("; did you mean --%s?", near)
	} else if m := moduleWith(name); m != "" {
		hint = fmt.Sprintf("; expected -m %s before it", m)
	}
	p.fault(w, "unknown option %s%s", quote(w.text), hint)
}

// moduleWith returns the first match, by name, that has an option.
func moduleWith(name string) string {
	for _, m := range sortedNames(matchModules) {
		if matchModules[m].options[name] != nil {
			return m
		}
	}
	return ""
}

// loadProtocol loads the match of the protocol that -p names if it has the
// option, as the native tools do when they meet one that they do not know yet.
func (p *lineParser) loadProtocol(option string) bool {
	number, ok := names.Protocol(p.proto.text)
	if p.proto.text == "" || !ok {
		return false
	}
	m := protocolModules[number]
	if m == nil || !hasPrefixed(m.options, option) || slices.ContainsFunc(p.uses[p.firstUse:], func(u use) bool { return u.module == m }) {
		return false
	}
	p.uses = append(p.uses, use{module: m, name: p.proto, implied: true})
	return true
}

// hasPrefixed reports whether a name is that of an option, or the beginning of one.
func hasPrefixed(options map[string]*optionSpec, name string) bool {
	for n := range options {
		if strings.HasPrefix(n, name) {
			return true
		}
	}
	return false
}

var protocolModules = map[packet.Proto]*module{
	packet.TCP: matchModules["tcp"], packet.UDP: matchModules["udp"], packet.SCTP: matchModules["sctp"],
	packet.DCCP: matchModules["dccp"], packet.UDPLite: matchModules["udplite"], packet.ICMP: matchModules["icmp"],
	packet.ICMPv6: matchModules["icmp6"], 50: matchModules["esp"], 51: matchModules["ah"], 108: matchModules["ipcomp"], 135: matchModules["mh"],
}

// apply does at once what later words depend on.
func (p *lineParser) apply(spec *optionSpec, owner int, o *option) {
	if owner == isVerb {
		if p.now.verb != "" {
			p.fault(o.word, "a second command on one line")
			return
		}
		p.now.verb, p.now.args, p.now.verbWord = spec.name, o.args, o.word
		return
	}
	if owner != isBasic {
		return
	}
	switch spec.name {
	case "m":
		p.uses = append(p.uses, use{module: matchModules[o.args[0].text], name: o.args[0]})
	case "j", "g":
		if p.now.target.text != "" {
			p.fault(o.word, "a second target")
			return
		}
		p.now.target, p.now.isGoto = o.args[0], spec.name == "g"
		if m := targetModules[o.args[0].text]; m != nil && !p.now.isGoto {
			p.uses = append(p.uses, use{module: m, name: o.args[0], isTarget: true})
		} else if addOnTargets[o.args[0].text] {
			p.uses = append(p.uses, use{name: o.args[0], isTarget: true})
		}
	case "p":
		p.proto = o.args[0]
	case "t":
		p.fault(o.word, "-t cannot stand in a file for iptables-restore; expected *TABLE on a line of its own before")
	case "4", "6":
		p.now.family = spec.name[0]
	}
}

// collect gives every use its options.
func (p *lineParser) collect() {
	uses := p.uses[p.firstUse:len(p.uses):len(p.uses)]
	// A line may have a hundred thousand of either.
	slices.SortStableFunc(p.opts, func(a, b pending) int { return a.use - b.use })
	next := 0
	for i := isBasic; i < len(uses); i++ {
		first := len(p.options)
		for ; next < len(p.opts) && p.opts[next].use == i; next++ {
			p.options = append(p.options, p.opts[next].option)
		}
		mine := p.options[first:len(p.options):len(p.options)]
		if i == isBasic {
			p.now.basics = mine
		} else {
			uses[i].options = mine
		}
	}
	p.now.uses = uses
}
