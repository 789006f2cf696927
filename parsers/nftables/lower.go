package nftables

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Parse reads the ruleset of one device: listings and scripts, in text or JSON.
// Several files are executed one after the other.
func Parse(in dialect.Input) dialect.Result {
	s := newScript(in)
	for i, f := range in.Files {
		s.root = i
		if isJSON(f) {
			s.readJSON(int32(i))
			s.commit()
			continue
		}
		if slices.Contains(f.Text, '\r') {
			s.report(source.Ignored, f.Line(1), "lines end with CR; they are read without it")
		}
		s.readText(int32(i), frame{context: inScript, scope: s.scope}, 0)
		s.commit()
	}
	l := &lowering{
		script: s, device: &rules.Device{Name: in.Name}, unclear: map[string]*selector{}, cache: map[string]*packet.Boxes{},
		interfaces: map[string]int{}, missing: map[string]int{}, roots: s.rootsOf(), names: map[string]bool{}, done: map[wantedChain]bool{}, parts: map[*rules.Chain]bool{},
	}
	l.finish()
	return dialect.One(dialect.Device{Model: l.device, Statements: s.counts, Assumptions: l.notes}, l.problems)
}

// lowering turns what a script leaves behind into a device.
type lowering struct {
	*script
	device     *rules.Device
	unclear    map[string]*selector
	cache      map[string]*packet.Boxes
	interfaces map[string]int // index in the device's
	missing    map[string]int // sets that nothing defines: index in the device's definitions
	roots      []int          // for each file the input's file that it is counted with
	names      map[string]bool
	done       map[wantedChain]bool
	slab       []rules.Rule
	atoms      []atom // slab
	expansion  int
	anonymous  int
	parts      map[*rules.Chain]bool // chains that stand for a part of a rule
}

// rootsOf returns for each file the input's file that brought it in.
func (s *script) rootsOf() []int {
	roots := make([]int, len(s.files))
	for i := range s.files {
		roots[i] = i
		if i >= len(s.in.Files) {
			roots[i] = s.brought[i-len(s.in.Files)]
		}
	}
	return roots
}

// mayExpand counts one more rule or element that something written stands for,
// and reports whether the budget has room for it.
func (l *lowering) mayExpand() bool {
	l.expansion++
	return l.expansion <= l.in.Limits.Expansion
}

// costOfRule is how many elements cost as much as a rule.
const costOfRule = 8

// mayMake counts one more rule that something written stands for.
func (l *lowering) mayMake() bool {
	l.expansion += costOfRule - 1
	return l.mayExpand()
}

// countText counts a statement that was read late.
func (l *lowering) countText(x *text, kind source.ProblemKind) {
	if x.unread {
		return // the include was counted
	}
	if x.kind != 0 && (kind == 0 || x.kind < kind) {
		kind = x.kind
	}
	l.counts[l.roots[x.file]].Add(kind)
}

// ruleSlab is how many rules are allocated at a time.
const ruleSlab = 256

func (l *lowering) newRule() *rules.Rule {
	if len(l.slab) == cap(l.slab) {
		l.slab = make([]rules.Rule, 0, ruleSlab)
	}
	l.slab = l.slab[:len(l.slab)+1]
	return &l.slab[len(l.slab)-1]
}

const (
	perRun      = 256       // rules that are parsed together
	maxRunBytes = 64 * 1024 // and the bytes of text between them
)

// eachRule parses rules and hands them on, each dead once do returns. Rules that
// stand one behind the other are parsed together.
func (l *lowering) eachRule(list []text, do func(*text, *rule)) {
	for i := 0; i < len(list); {
		first := &list[i]
		if first.unread {
			do(first, &rule{start: first.start, end: first.end})
			i++
			continue
		}
		if first.json {
			r := l.jsonRule(first)
			do(first, &r)
			i++
			continue
		}
		n := 1
		for i+n < len(list) && n < perRun && l.follows(first, &list[i+n-1], &list[i+n]) {
			n++
		}
		l.run(list[i:i+n], do)
		i += n
	}
}

// follows reports whether nothing but blanks and line ends lies between two rules.
func (l *lowering) follows(first, a, b *text) bool {
	if b.json || b.unread || a.file != b.file || b.start < a.end || b.start-a.end > 256 || b.end-first.start > maxRunBytes {
		return false
	}
	between := l.files[a.file].Text[a.end:b.start]
	for i := 0; i < len(between); i++ {
		switch c := between[i]; {
		case c == '#':
			i = lineEnd(between, i) - 1
		case classes[c]&isSpace == 0 && c != '\n' && c != ';':
			return false
		}
	}
	return true
}

// run parses rules that stand together, and each by itself if that fails.
func (l *lowering) run(list []text, do func(*text, *rule)) {
	file, base := list[0].file, list[0].start
	raw := l.files[file].Text[base:list[len(list)-1].end]
	if l.in.Limits.Line > 0 && len(list) == 1 && len(raw) > l.in.Limits.Line*16 {
		r := rule{start: base, end: list[0].end, faults: []fault{{base, list[0].end, "the rule is too long"}}}
		do(&list[0], &r)
		return
	}
	parsed, bad := parseText(ruleGrammar, string(raw))
	if bad == nil && len(parsed.Rules.rules) == len(list) {
		for i := range list {
			r := &parsed.Rules.rules[i]
			r.place(file, base)
			do(&list[i], r)
		}
		return
	}
	if len(list) > 1 {
		for i := range list {
			l.run(list[i:i+1], do)
		}
		return
	}
	r := rule{start: base, end: list[0].end}
	if bad == nil {
		bad = &fault{message: "expected one rule", end: list[0].end - base}
	}
	r.faults = []fault{{base + bad.start, base + bad.end, bad.message}}
	do(&list[0], &r)
}

// familiesOf returns the IP versions that a table sees.
func familiesOf(family string) []int {
	switch family {
	case "ip":
		return []int{packet.IPv4}
	case "ip6":
		return []int{packet.IPv6}
	case "inet", "netdev":
		return []int{packet.IPv4, packet.IPv6}
	}
	return nil
}

// chainFor returns the lowered chain, in the form for places before connection
// tracking or behind it.
func (l *lowering) chainFor(c *chain, early bool) *rules.Chain {
	if done := c.lowered[early]; done != nil {
		return done
	}
	name := c.table.fullName(c.name)
	if early && l.isLate(c) {
		name += " (before connection tracking)"
	}
	for l.names[name] {
		name += "'"
	}
	l.names[name] = true
	out := &rules.Chain{Name: name, Policy: rules.Action{Verdict: rules.Return}, Span: c.span}
	if b := c.base; b != nil {
		out.Policy.Verdict = rules.Accept
		switch {
		case b.policy != 0:
			out.Policy.Verdict = b.policy
		default:
			out.Implicit = "a base chain accepts where nothing gives it a policy"
		}
		if !b.policySpan.IsZero() {
			out.Span = b.policySpan
		}
	}
	c.lowered[early] = out
	l.device.Chains = append(l.device.Chains, out)
	return out
}

// isLate reports whether a chain is also lowered for places behind connection
// tracking.
func (l *lowering) isLate(c *chain) bool { return c.lowered[false] != nil }

// clone returns s without what it is part of.
func clone(s string) string { return strings.Clone(s) }
