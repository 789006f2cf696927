package pf

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Words in the names of macros that say which way the interfaces look that they
// name.
var (
	outsideWords = []string{"ext", "external", "wan", "internet", "inet", "outside", "egress", "untrust", "untrusted", "public", "pub", "uplink", "upstream", "isp", "extif", "wanif"}
	insideWords  = []string{
		"int", "internal", "lan", "inside", "dmz", "trust", "trusted", "private", "priv", "local", "wifi", "wlan", "guest", "mgmt", "management", "office", "home", "intif", "lanif", "dmzif",
		"servers", "voip", "iot", "vpn",
	}
)

// wordsOf returns the words of a macro's name, in lower case: "ExtIf2" is "ext" and
// "if", "WAN1" is "wan".
func wordsOf(name string) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i := range len(name) {
		c := name[i]
		isLetter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		switch {
		case !isLetter:
			flush(i)
			start = i + 1
		case i > start && c >= 'A' && c <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z':
			flush(i)
			start = i
		}
	}
	flush(len(name))
	return words
}

// facingOf returns which way the interfaces look that a macro of that name names.
func facingOf(macro string) rules.Facing {
	words := wordsOf(macro)
	in := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	switch {
	case in(outsideWords) && in(insideWords) && !slices.Contains(words, "int"): // "ext_int" is the external interface
		return rules.NotTold
	case in(outsideWords):
		return rules.Outside
	case in(insideWords):
		return rules.Inside
	}
	return rules.NotTold
}

// faceByMacros finds which way the interfaces look that macros name.
func (l *lowering) faceByMacros() {
	for _, c := range l.configs() {
		for i := range c.macros {
			m := &c.macros[i]
			facing := facingOf(m.name)
			if facing == rules.NotTold {
				continue
			}
			for _, word := range strings.FieldsFunc(m.value, func(r rune) bool { return strings.ContainsRune(" \t\n{},\"'()", r) }) {
				if p := l.ports.byName[word]; p != nil && p.facing == rules.NotTold && !isLoopback(word) {
					p.facing, p.why, p.evidence = facing, "macro "+m.name+" names it", m.span
				}
			}
		}
	}
}

// faceByNAT finds the interfaces on the way out of which sources are translated
// of packets that may be for the Internet.
func (l *lowering) faceByNAT() {
	l.eachStatement(func(s *statement) {
		if s.rule != nil && s.rule.dir == dirOut {
			l.noteTranslation(s.rule, s.rule.nat, s.rule.span)
		}
		if s.nat != nil && s.nat.kind == kindNAT {
			l.noteTranslation(&s.nat.rule, s.nat.to, s.nat.span)
		}
	})
}

// noteTranslation notes by which interfaces a rule translates sources on the way
// out, unless it is between networks of one's own.
func (l *lowering) noteTranslation(r *rule, to *redirection, span source.Span) {
	if to == nil || l.arePrivate(r.dst.hosts, "") {
		return
	}
	note := func(name string) {
		if p := l.ports.byName[name]; p != nil && p.translates.IsZero() {
			p.translates = span
		}
	}
	for i := range r.on {
		if x := &r.on[i]; !x.not && !x.domain {
			note(x.name)
		}
	}
	if len(r.on) == 0 {
		for i := range to.pool {
			note(to.pool[i].name)
		}
	}
}

// outside returns the interfaces that look outside for sure, by name or as told.
func (l *lowering) outside() []*iface {
	var list []*iface
	for _, p := range l.ports.list {
		if p.facing == rules.Outside && !l.isGroup(p.name) {
			list = append(list, p)
		}
	}
	return list
}

// translating returns the interfaces on the way out of which sources are
// translated, without those that look inside.
func (l *lowering) translating() []*iface {
	var list []*iface
	for _, p := range l.ports.list {
		if !p.translates.IsZero() && p.facing == rules.NotTold {
			list = append(list, p)
		}
	}
	return list
}

// settleEgress finds which interfaces are in the group egress: those that hold a
// default route (4.1). Where that is not told, those that the configuration shows
// to look outside are taken for them; where it shows none, the group counts as an
// interface.
func (l *lowering) settleEgress() {
	l.faceByMacros()
	l.faceByNAT()
	if told := l.in.Default; len(told) > 0 {
		l.ports.egress = told
		return
	}
	if !l.ports.usesEgress {
		return
	}
	list, why := l.outside(), "it looks outside"
	if len(list) == 0 {
		if list = l.translating(); len(list) == 1 {
			why = dialect.Masquerades
		} else {
			list = nil
		}
	}
	for _, p := range list {
		reason := why
		if p.why != "" {
			reason = p.why
		}
		l.ports.egress = append(l.ports.egress, p.name)
		l.assume("interface %s holds a default route, and so is in group egress: %s", p.name, reason)
	}
	if len(list) > 0 {
		return
	}
	p := l.ports.add(egressName, l.ports.egressSpan)
	p.facing, p.why = rules.Outside, "the group egress is of the interfaces with a default route"
	l.doubtEgress(p)
	for _, other := range l.ports.list {
		if other.facing == rules.Inside && !other.told {
			l.assume("interface %s holds no default route, and so is not in group egress: %s", other.name, other.why)
		}
	}
}

// doubtEgress says of the interfaces that may be in the group egress, and are
// named beside it, that one of them looks outside or another that is not named
// does. Those are not that rules let packets in by, or out by, from or to
// private addresses alone.
func (l *lowering) doubtEgress(group *iface) {
	inside := map[string]bool{}
	for i := range l.c.options.skip { // nobody skips what is outside, and filters egress
		inside[l.c.options.skip[i].name] = true
	}
	l.eachStatement(func(s *statement) {
		if r := s.rule; r != nil && r.action != actionBlock && len(r.on) == 1 && !r.on[0].not && l.speaksOfInside(r) {
			inside[r.on[0].name] = true
		}
	})
	for _, p := range l.ports.list {
		if p == group || p.facing != rules.NotTold || l.isGroup(p.name) || isLoopback(p.name) || inside[p.name] {
			continue
		}
		p.facing, p.why, p.evidence = rules.PerhapsOutside, "it may be in group egress", p.span
	}
}

// speaksOfInside reports whether a rule is for packets that come from private
// addresses, or go to them, alone.
func (l *lowering) speaksOfInside(r *rule) bool {
	switch r.dir {
	case dirIn:
		return l.arePrivate(r.src.hosts, r.on[0].name)
	case dirOut:
		return l.arePrivate(r.dst.hosts, r.on[0].name)
	case dirBoth:
	}
	return false
}

// arePrivate reports whether all hosts of a list are private addresses or the
// network of an interface.
func (l *lowering) arePrivate(list []hostItem, on string) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(x hostItem) bool {
		switch x.kind {
		case hostRange:
			return x.not || !x.addrs.First.IsPrivate() || !x.addrs.Last.IsPrivate()
		case hostIface, hostDynamic:
			return x.not || x.name != on || !slices.Contains(x.mods, "network")
		case hostTable:
			return x.not || !isPrivate(l.c.tables[x.name])
		case hostAny, hostName, hostNoRoute, hostURPF, hostRoute, hostBad:
		}
		return true
	})
}

// isPrivate reports whether a table is known to hold private addresses alone.
func isPrivate(t *table) bool {
	if t == nil || t.unknown != "" || len(t.entries) == 0 {
		return false
	}
	return !slices.ContainsFunc(t.entries, func(e tableEntry) bool {
		return !e.prefix.IsValid() || !e.not && !e.prefix.Addr().IsPrivate()
	})
}

// face lists the interfaces of the device, with which way they look.
func (l *lowering) face() {
	if len(l.outside()) == 0 && l.ports.byName[egressName] == nil {
		for _, p := range l.translating() {
			p.facing, p.why, p.evidence = rules.Outside, dialect.Masquerades, p.translates
		}
	}
	for _, p := range l.ports.list {
		if isLoopback(p.name) || p.told && !p.named && p.name != egressName {
			continue // what is told of an interface that the configuration does not name may be of another device
		}
		x := rules.Interface{Name: p.name, Addrs: slices.Clone(p.addrs), Facing: p.facing, Why: p.why, Span: p.evidence}
		if x.Span.IsZero() {
			x.Span = l.spanOrHead(p.span)
		}
		l.device.Interfaces = append(l.device.Interfaces, x)
	}
	compare := l.inText()
	slices.SortStableFunc(l.device.Interfaces, func(a, b rules.Interface) int {
		return compare(l.ports.byName[a.Name].span, l.ports.byName[b.Name].span)
	})
	if !slices.ContainsFunc(l.ports.list, func(p *iface) bool { return p.told && p.facing == rules.Outside }) {
		l.doubtTranslating()
	}
}

// doubtTranslating says of the interfaces that look outside by translation alone,
// where they are several, that it is one of them, and not which.
func (l *lowering) doubtTranslating() {
	for i := range l.device.Interfaces {
		if x := &l.device.Interfaces[i]; x.Facing == rules.Outside && x.Why != dialect.Masquerades {
			return
		}
	}
	dialect.DoubtOutside(l.device)
}
