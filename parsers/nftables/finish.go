package nftables

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// finish lowers all chains and completes the device.
func (l *lowering) finish() {
	l.findChanged()
	var work []wantedChain
	for _, t := range l.order {
		for _, c := range t.chainOrder {
			if c.base != nil {
				work = append(work, c.wanted()...)
			}
		}
	}
	l.lowerAll(work)
	for _, t := range l.order {
		for _, c := range t.chainOrder {
			l.lowerAll(l.leftOver(c))
		}
		for _, x := range t.setOrder {
			l.contentsOf(x)
		}
	}
	l.readBuried()
	dialect.DoubtOutside(l.device)
	l.define()
	l.cutCycles()
	l.device.Loopback = rules.Interface{Name: "lo", Addrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}}
	l.device.Pipeline = l.pipeline()
	if l.scripted && !l.flushed {
		l.note("the rules are loaded into an empty ruleset")
	}
	index := map[*source.File]int{}
	for i, f := range l.files {
		if _, ok := index[f]; !ok {
			index[f] = i
		}
	}
	slices.SortStableFunc(l.problems, func(a, b source.Problem) int {
		if d := index[a.Span.File] - index[b.Span.File]; d != 0 {
			return d
		}
		return int(a.Span.Start - b.Span.Start)
	})
}

// note adds an assumption, once.
func (s *script) note(text string) {
	if !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// lowerAll lowers chains and those that they call.
func (l *lowering) lowerAll(work []wantedChain) {
	for i := 0; i < len(work); i++ {
		w := work[i]
		if l.done[w] {
			continue
		}
		quiet := l.done[wantedChain{w.chain, !w.early}]
		l.done[w] = true
		out := l.chainFor(w.chain, w.early)
		b := &builder{}
		if x := w.chain.upset; x != nil {
			b = &builder{lowering: l, chain: w.chain, early: w.early, text: x, rule: &rule{}, into: out, quiet: true}
			b.anything("which rules the chain has, and in which order")
		}
		l.eachRule(w.chain.rules, func(x *text, r *rule) {
			*b = builder{
				lowering: l, terms: b.terms[:0], wanted: b.wanted[:0], chain: w.chain, early: w.early, text: x, rule: r, into: out, proto: noProto, family: noFamily, quiet: quiet,
			}
			switch w.chain.table.family {
			case "ip":
				b.family = packet.IPv4
			case "ip6":
				b.family = packet.IPv6
			}
			b.build()
			if !quiet {
				l.countText(x, b.worst)
			}
			work = append(work, b.wanted...)
		})
	}
}

// leftOver returns the forms of a chain that are still to be lowered: those that
// something refers to, and one at least, so that every rule is read.
func (l *lowering) leftOver(c *chain) []wantedChain {
	var list []wantedChain
	for _, early := range []bool{false, true} {
		if w := (wantedChain{c, early}); c.lowered[early] != nil && !l.done[w] {
			list = append(list, w)
		}
	}
	if len(c.lowered) == 0 {
		list = append(list, wantedChain{c, false})
	}
	return list
}

// readBuried reads rules that the script itself deleted, for what is wrong with
// them.
func (l *lowering) readBuried() {
	l.eachRule(l.buried, func(x *text, r *rule) {
		kind := source.ProblemKind(0)
		for _, f := range r.faults {
			kind = l.report(source.Malformed, l.files[x.file].Span(int(f.start), int(f.end)), "%s", f.message)
		}
		l.countText(x, kind)
	})
}

// findChanged finds the sets that rules change.
func (l *lowering) findChanged() {
	for _, t := range l.order {
		for _, c := range t.chainOrder {
			for i := range c.rules {
				x := &c.rules[i]
				raw := l.files[x.file].Text[x.start:x.end]
				for _, name := range changedSets(raw, x.json) {
					if s := t.sets[name]; s != nil {
						s.changed = true
					}
				}
			}
		}
	}
}

// changedSets returns the sets that a rule changes, by the look of it.
func changedSets(raw []byte, json bool) []string {
	if bytes.IndexByte(raw, '@') < 0 {
		return nil
	}
	before, behind := "set ", " "
	if json {
		before, behind = `"`, `"`
	}
	every := slices.ContainsFunc(changeWords, func(w string) bool { return bytes.Contains(raw, []byte(before+w+behind)) })
	var out []string
	for i, c := range raw {
		if c != '@' {
			continue
		}
		left := bytes.TrimRight(raw[:i], " \t")
		if !every && !slices.ContainsFunc(changeWords, func(w string) bool { return bytes.HasSuffix(left, []byte(w)) }) {
			continue
		}
		end := i + 1
		for end < len(raw) && classes[raw[end]]&isInner != 0 {
			end++
		}
		out = append(out, string(raw[i+1:end]))
	}
	return out
}

// changeWords are what rules do to sets.
var changeWords = []string{"add", "update", "delete"}

// define lists sets and variables.
func (l *lowering) define() {
	for _, t := range l.order {
		for _, x := range t.setOrder {
			d := rules.Definition{Kind: "set", Name: t.fullName(x.name), Uses: x.uses, Span: x.span}
			if x.isMap {
				d.Kind = "map"
			}
			c := x.contents
			for i, ty := range c.types {
				if ty.kind != addresses {
					continue
				}
				d.Addrs = slices.Grow(d.Addrs, len(c.entries))
				for j := range c.entries {
					if e := &c.entries[j]; !e.star {
						d.Addrs = append(d.Addrs, e.atoms[i].addrRange())
					}
				}
			}
			l.device.Definitions = append(l.device.Definitions, d)
		}
	}
	for i := range l.values {
		l.variable(&l.values[i])
	}
}

// variable lists a variable that holds addresses.
func (l *lowering) variable(v *definition) {
	d := rules.Definition{Kind: "variable", Name: v.name, Span: v.span}
	b := &builder{lowering: l, text: &text{scope: v.scope, seq: v.seq}, rule: &rule{}, quiet: true}
	l.collectAddrs(b, v.value, &d, 0)
	if len(d.Addrs) > 0 {
		l.device.Definitions = append(l.device.Definitions, d)
	}
}

func (l *lowering) collectAddrs(b *builder, n *node, d *rules.Definition, depth int) {
	n = b.resolve(n)
	if depth > maxNest || !l.mayExpand() {
		return
	}
	switch n.kind {
	case nodeSet:
		for _, k := range n.kids {
			l.collectAddrs(b, k, d, depth+1)
		}
	case nodeWord, nodePrefix, nodeRange:
		first := n
		for len(first.kids) > 0 {
			first = b.resolve(first.kids[0])
		}
		if !strings.ContainsAny(first.text, ".:") {
			return // an address may be one number, but here it is a port or the like
		}
		for _, t := range []string{"ipv4_addr", "ipv6_addr"} {
			if a, err := b.atomOf(n, types[t]); err == nil {
				d.Addrs = append(d.Addrs, a.addrRange())
				return
			}
		}
	}
}

// maxCalls is how deep chains may call each other, the base chain included
// (NFT_JUMP_STACK_SIZE).
const maxCalls = 16

// cutCycles finds chains that call each other in a circle or too deeply. The
// kernel refuses those that a packet can come to.
func (l *lowering) cutCycles() {
	v := &visits{l: l, state: map[*rules.Chain]visitState{}, height: map[*rules.Chain]int{}, most: min(maxCalls, max(l.in.Limits.Nesting, 1))}
	for _, reached := range []bool{true, false} {
		for _, c := range slices.Clone(l.device.Chains) {
			if v.state[c] == 0 && (l.isBase(c) || !reached) {
				v.visit(c, 1, reached)
			}
		}
	}
}

// visitState is how far the search for cycles is with a chain.
type visitState uint8

const (
	visiting visitState = iota + 1
	visited
)

// visits is the search for cycles.
type visits struct {
	l      *lowering
	state  map[*rules.Chain]visitState
	height map[*rules.Chain]int // calls below a chain
	most   int
}

func (v *visits) visit(c *rules.Chain, level int, reached bool) {
	v.state[c] = visiting
	for _, r := range c.Rules {
		target := r.Action.Target
		switch {
		case target == nil:
			continue
		case v.state[target] == visiting:
			v.l.cut(r, reached, "the chains call each other in a circle")
			continue
		case level >= maxNest*4:
			v.l.cut(r, true, "chains call each other more deeply than is followed")
			continue
		case v.state[target] != visited:
			v.visit(target, level+1, reached)
		}
		calls := v.height[target]
		if !v.l.parts[target] {
			calls++ // a part of a rule is no chain to the kernel
		}
		if calls >= v.most && v.l.isBase(c) {
			v.l.cut(r, true, fmt.Sprintf("chains call each other more than %d deep", v.most))
			continue
		}
		v.height[c] = max(v.height[c], calls)
	}
	v.state[c] = visited
}

// isBase reports whether c starts a stage.
func (l *lowering) isBase(c *rules.Chain) bool { return c.Policy.Verdict != rules.Return }

func (l *lowering) cut(r *rules.Rule, reached bool, reason string) {
	r.Action = rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: "cut " + r.Span.Position().String()}}
	if reached {
		l.recount(l.rootOfSpan(r.Span), l.report(source.Malformed, r.Span, "%s", reason))
	}
}
