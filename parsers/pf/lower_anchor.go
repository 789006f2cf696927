package pf

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// call finds the chain of a ruleset: it is one for each test and kind of rules, and
// for each anchor with quick one of its own.
type call struct {
	path   string
	test   test
	kind   natKind // 0: filter rules
	within uint32
}

// called is a chain that anchors lead to.
type called struct {
	chain   *rules.Chain
	mayStop bool
	open    bool // it is being filled
}

// dynamic are the programs that fill anchors at run time (7).
var dynamic = map[string]string{
	"authpf": "authpf fills it with the rules of users who have logged in", "relayd": "relayd fills it with its relays", "miniupnpd": "hosts inside ask for its rules by UPnP",
	"spamd": "spamd fills it", "ftp-proxy": "ftp-proxy fills it with rules for data connections", "ftpsesame": "ftpsesame fills it with rules for data connections",
	"tftp-proxy": "tftp-proxy fills it with rules for transfers",
}

// opensData are those whose anchors hold nothing but rules for the data connections
// of FTP.
var opensData = []string{"ftp-proxy", "ftpsesame"}

// anchor lowers an anchor of filter rules.
func (b *builder) anchor(a *anchor) {
	if !b.test.has(a.rule.dir) {
		return
	}
	r := a.rule
	r.action, r.span = actionMatch, a.span // it keeps no state, and has no flags of its own
	if !b.conditions(&r, nil) {
		return
	}
	path := b.anchors.paths[a]
	b.noteAnchor(path, a.span)
	program, _, _ := strings.Cut(path, "/")
	targets, known := b.targets(a, path)
	switch {
	case !known && slices.Contains(opensData, program):
		b.dataConnections(a, program)
	case !known:
		b.unknownAnchor(a, program)
	case r.quick && b.quick >= maxWithin:
		b.problem(source.Malformed, a.span, "there are more than %d anchors with quick", maxWithin)
		b.anything(nil, a.span, "there are too many anchors with quick")
	default:
		b.callAnchor(a, targets)
	}
}

// callAnchor adds the rules that lead to the rulesets of an anchor.
func (b *builder) callAnchor(a *anchor, targets []*ruleset) {
	within := uint32(0)
	if a.rule.quick {
		b.quick++
		within = b.quick
	}
	var steps []step
	mayStop := false
	for _, s := range targets {
		b.noteAnchor(s.path, a.span)
		c := b.chainOf(s, call{s.path, b.test, 0, within})
		if c == nil {
			b.problem(source.Malformed, a.span, "anchor %s leads back to itself, or anchors are nested too deeply", a.name)
			b.anything(nil, a.span, "the anchor leads back to itself")
			return
		}
		action := rules.Action{Verdict: rules.Jump, Target: c.chain, Log: a.rule.log, Set: b.tagged(a.rule.filter.tag)}
		if b.features.quickAnchors && !b.isOpenBSD() {
			action.Set = append(action.Set, rules.Assign{Field: packet.Mark, Mask: withinBits})
		}
		steps = append(steps, step{action: action})
		mayStop = mayStop || c.mayStop
	}
	b.emit(steps, a.span, a.rule.label)
	if a.rule.quick {
		b.stopWithin(a, within)
	}
	if !mayStop {
		return
	}
	b.mayStop = true
	b.put(rules.Rule{
		Match: rules.Match{{Boxes: packet.Masked(packet.Mark, stopped, stopped)}}, Action: rules.Action{Verdict: rules.Return},
		Implicit: "evaluation ended in " + a.label(), Span: a.span,
	})
}

// stopWithin ends evaluation behind an anchor with quick of which a rule matched
// (7).
func (b *builder) stopWithin(a *anchor, within uint32) {
	b.mayStop = true
	if !b.isOpenBSD() {
		within = 1
	}
	b.terms = append(b.terms, rules.Term{Boxes: packet.Masked(packet.Mark, withinBits, within<<withinShift), Span: a.span})
	from := len(b.chain.Rules)
	b.emit([]step{{action: rules.Action{Verdict: rules.Return, Set: []rules.Assign{{Field: packet.Mark, Mask: stopped, Value: stopped}}}}}, a.span, "")
	for _, r := range b.chain.Rules[from:] {
		r.Implicit = a.label() + " is quick, and a rule of it matched"
	}
}

// targets returns the rulesets that an anchor evaluates, and whether it is known
// what they hold.
func (b *builder) targets(a *anchor, path string) ([]*ruleset, bool) {
	if a.name == "*" {
		path = b.scope
	}
	s := b.anchors.sets[path]
	if s == nil {
		return nil, false
	}
	if a.name != "*" && !strings.HasSuffix(a.name, "/*") {
		return []*ruleset{s}, s.isKnown()
	}
	var list []*ruleset
	for _, p := range s.children {
		child := b.anchors.sets[p]
		if !child.isKnown() {
			return nil, false
		}
		list = append(list, child)
	}
	return list, len(list) > 0
}

// isKnown reports whether what a ruleset holds is given.
func (s *ruleset) isKnown() bool { return len(s.bodies) > 0 && !s.absent }

// chainOf returns the chain of a ruleset, nil if it leads back to itself or is
// nested too deeply.
func (b *builder) chainOf(s *ruleset, key call) *called {
	c := b.calls[key]
	if c != nil {
		if c.open {
			return nil
		}
		return c
	}
	if b.depth >= b.in.Limits.Nesting {
		return nil
	}
	name := "anchor " + s.path + " " + key.test.String()
	if key.kind != 0 {
		name = natNames[key.kind] + "-" + name
	}
	c = &called{chain: b.newChain(name, b.spanOrHead(s.span)), open: true}
	b.calls[key] = c
	inner := &builder{lowering: b.lowering, test: b.test, chain: c.chain, scope: s.path, tables: s.tables, within: key.within, depth: b.depth + 1}
	for _, body := range s.bodies {
		if key.kind == 0 {
			inner.body(body)
		} else {
			inner.natBody(body, key.kind)
		}
	}
	c.open, c.mayStop = false, inner.mayStop
	return c
}

// noteAnchor notes that an anchor evaluates a ruleset.
func (l *lowering) noteAnchor(path string, span source.Span) {
	if uses := l.anchorUses[path]; !slices.Contains(uses, span) {
		l.anchorUses[path] = append(uses, span)
	}
}

// unknownAnchor adds what stands for an anchor whose rules are not given.
func (b *builder) unknownAnchor(a *anchor, program string) {
	reason := "the rules of " + a.label() + " are not given"
	if why := dynamic[program]; why != "" {
		reason += ": " + why
	}
	b.problem(source.Unsupported, a.span, "%s", reason)
	b.alternatives(func(terms []rules.Term) { b.anything(terms, a.span, reason) })
}

// alternatives calls f with the conditions of the rule at hand, once for each
// combination of the members of its lists.
func (b *builder) alternatives(f func([]rules.Term)) {
	from := len(b.chain.Rules)
	b.emit([]step{{}}, source.Span{}, "")
	rest := slices.Clone(b.chain.Rules[from:])
	b.chain.Rules = b.chain.Rules[:from]
	for _, r := range rest {
		f(r.Match)
	}
}

// dataConnections adds the rule by which the data connections of FTP pass.
func (b *builder) dataConnections(a *anchor, program string) {
	b.add(rules.Term{Boxes: packet.Number(packet.ConnState, uint32(packet.Related)), Span: a.span})
	b.add(rules.Term{Boxes: ofTCP, Span: a.span})
	state := rules.Assign{Field: packet.ConnMark, Mask: b.test.state(), Value: b.test.state()}
	b.emit([]step{{action: rules.Action{Verdict: rules.Accept, Set: []rules.Assign{state}}}}, a.span, "")
	b.assume("anchor %s holds nothing but rules for the data connections of FTP", program)
	if !slices.ContainsFunc(b.device.Inspections, func(i rules.Inspection) bool { return i.Protocol == "ftp" }) {
		b.device.Inspections = append(b.device.Inspections, rules.Inspection{Protocol: "ftp", Span: a.span})
	}
}
