package iptables

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// finish completes the device once all files are read.
func (l *lowering) finish() {
	for family, ts := range l.families {
		if ts == nil {
			continue
		}
		if ts["filter"] == nil {
			t := newTable("filter", family, source.Span{})
			for _, c := range t.order {
				c.Implicit = "there is no filter table, so that nothing is dropped"
			}
			ts["filter"] = t
		}
		for _, name := range tableOrder {
			if t := ts[name]; t != nil {
				l.cutCycles(t)
				for _, c := range t.order {
					l.device.Chains = append(l.device.Chains, c.Chain)
				}
			}
		}
	}
	l.settleNetmaps()
	l.assumeAbsent()
	l.device.Loopback = rules.Interface{Name: "lo", Addrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}}
	dialect.DoubtOutside(l.device)
	l.define()
	l.device.Pipeline = l.pipeline()
	slices.SortStableFunc(l.problems, func(a, b source.Problem) int {
		if a.Span.File != b.Span.File {
			return 0
		}
		return int(a.Span.Start - b.Span.Start)
	})
}

// setters are the tables that alone set what rules of others ask for.
var setters = []struct {
	table, sets string
	fields      []packet.Field
}{
	{"mangle", "marks", []packet.Field{packet.Mark, packet.ConnMark}},
	{"nat", "translated connections", []packet.Field{
		packet.DstTranslated, packet.SrcTranslated, packet.OrigDst, packet.OrigSrc, packet.OrigDstPort, packet.OrigSrcPort,
	}},
}

// assumeAbsent states where rules ask for what only a table sets that the input
// does not have: an export of the filter table alone looks the same.
func (l *lowering) assumeAbsent() {
	for family, ts := range l.families {
		for _, s := range setters {
			if ts != nil && ts[s.table] == nil && ts.ask(s.fields) {
				l.assumptions = append(l.assumptions, fmt.Sprintf("there are no %s, which rules of IPv%s ask for: the input has no %s table", s.sets, familyDigit(family), s.table))
			}
		}
	}
}

// ask reports whether a rule asks for one of the fields.
func (ts tables) ask(fields []packet.Field) bool {
	for _, t := range ts {
		for _, c := range t.order {
			for _, r := range c.Rules {
				for i := range r.Match {
					if b := r.Match[i].Boxes; b != nil && slices.ContainsFunc(b.Fields(), func(f packet.Field) bool { return slices.Contains(fields, f) }) {
						return true
					}
				}
			}
		}
	}
	return false
}

// tableOrder is the order in which tables see a packet at one hook.
var tableOrder = []string{"raw", "mangle", "nat", "filter", "security"}

// visitState is how far the search for cycles is with a chain.
type visitState uint8

const (
	visiting visitState = iota + 1
	visited
)

// cutCycles finds chains that call each other in a circle or too deeply. The
// kernel refuses circles that a packet can reach; what closes one is made a rule
// that decides in a way that is not known.
func (l *lowering) cutCycles(t *table) {
	state := map[*rules.Chain]visitState{}
	var visit func(c *rules.Chain, depth int, reached bool)
	visit = func(c *rules.Chain, depth int, reached bool) {
		state[c] = visiting
		for _, r := range c.Rules {
			target := r.Action.Target
			switch {
			case target == nil || state[target] == visited:
			case state[target] == visiting:
				l.cut(r, reached, "the chains call each other in a circle")
			case depth >= l.limits.Nesting:
				l.cut(r, true, "chains call each other more deeply than is followed")
			default:
				visit(target, depth+1, reached)
			}
		}
		state[c] = visited
	}
	for _, c := range t.order {
		if c.builtIn {
			visit(c.Chain, 1, true)
		}
	}
	for _, c := range t.order {
		if state[c.Chain] == 0 {
			visit(c.Chain, 1, false)
		}
	}
}

func (l *lowering) cut(r *rules.Rule, reached bool, reason string) {
	r.Action = rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: "cut " + r.Span.Position().String()}}
	if !reached {
		return
	}
	l.report(source.Malformed, r.Span, "%s", reason)
	if i := slices.Index(l.files, r.Span.File); i >= 0 && l.counts[i].Modelled > 0 {
		l.counts[i].Modelled--
		l.counts[i].Malformed++
	}
}

// define lists the sets, given and missing.
func (l *lowering) define() {
	defined := map[string]bool{}
	for _, name := range l.setOrder {
		s := l.sets[name]
		if s == nil || defined[name] {
			continue
		}
		defined[name] = true
		d := rules.Definition{Kind: "ipset", Name: s.name, Uses: s.use, Span: s.span}
		for _, m := range s.members {
			for i, dim := range s.dims {
				if (dim == "ip" || dim == "net") && !m.except {
					d.Addrs = append(d.Addrs, m.parts[i].addrs)
				}
			}
		}
		l.device.Definitions = append(l.device.Definitions, d)
	}
	for _, name := range l.missingOrder {
		uses := l.missing[name]
		l.device.Definitions = append(l.device.Definitions, rules.Definition{Kind: "ipset", Name: name, Uses: uses, Missing: true, Elsewhere: true, Span: uses[0]})
	}
}

// fullName returns the name of a chain on the device.
func (t *table) fullName(name string) string {
	full := t.name + "/" + name
	if t.family == packet.IPv6 {
		full = "ip6 " + full
	}
	return full
}
