package pf

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Parse reads the configuration of one firewall.
func Parse(in dialect.Input) dialect.Result {
	if in.Limits == (dialect.Limits{}) {
		in.Limits = dialect.DefaultLimits
	}
	r := read(in)
	x := lower(r.config, in)
	r.reclassify(x.problems)
	problems := slices.Concat(r.problems, x.problems)
	dialect.SortProblems(problems, in)
	return dialect.One(dialect.Device{
		Model: x.device, Head: r.config.head, Statements: r.counts, Assumptions: slices.Concat(r.assumptions, x.assumptions),
	}, problems)
}

// reclassify counts the statements in which lowering found problems as what they
// are then.
func (r *reading) reclassify(problems []source.Problem) {
	if len(problems) == 0 {
		return
	}
	order := make([]int, len(r.marks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return r.marks[i].span.Compare(r.marks[j].span) })
	for _, p := range problems {
		last := p.Span
		last.End = math.MaxInt32
		n := sort.Search(len(order), func(i int) bool { return r.marks[order[i]].span.Compare(last) > 0 })
		for n--; n >= 0 && r.marks[order[n]].span.File == p.Span.File; n-- {
			m := &r.marks[order[n]]
			if m.span.End >= p.Span.End {
				if m.kind == 0 || p.Kind < m.kind {
					m.kind = p.Kind
				}
				break
			}
			if m.span.End <= p.Span.Start {
				break
			}
		}
	}
	r.count()
}

// lowered is what a configuration comes to.
type lowered struct {
	device      *rules.Device
	problems    []source.Problem // names that nothing defines, and what cannot be expanded
	assumptions []string
}

// lower turns what a configuration says into a device.
func lower(c *config, in dialect.Input) *lowered {
	l := newLowering(c, in)
	if c.printed {
		l.assume("no options are set that let packets by: pfctl does not print options among the rules")
	}
	l.collectInterfaces()
	l.collectAnchors()
	l.lookAround()
	l.settleEgress()
	l.device.Pipeline = l.pipeline()
	l.face()
	l.define()
	return &lowered{device: l.device, problems: l.problems, assumptions: l.assumptions}
}

// lowering is the work on one configuration.
type lowering struct {
	c           *config
	in          dialect.Input
	device      *rules.Device
	problems    []source.Problem
	reported    map[report]bool
	assumptions []string

	ports      *interfaces
	anchors    anchors
	calls      map[call]*called
	features   features
	boxes      boxCache
	tags       map[string]uint32
	tables     map[*table]*tableTerms
	missing    map[string]*table // tables that are only named
	unknowns   map[string]*rules.Unknown
	macroUses  map[source.Span][]source.Span
	tableUses  map[*table][]source.Span
	anchorUses map[string][]source.Span
	expanded   int // rules that lists expanded to, beyond one for each
	names      map[string]int
	quick      uint32 // the number of anchors with quick so far
	passed     [2][]passed

	slab dialect.Slab
}

// report is a problem that was reported.
type report struct {
	span    source.Span
	message string
}

func newLowering(c *config, in dialect.Input) *lowering {
	return &lowering{
		c: c, in: in, reported: map[report]bool{},
		device: &rules.Device{
			OwnMarks: true,
			Name:     in.Name,
			Loopback: rules.Interface{Name: loopbackName, Addrs: loopbackAddrs[:2]},
		},
		boxes: newBoxCache(), tags: map[string]uint32{}, tables: map[*table]*tableTerms{}, missing: map[string]*table{}, unknowns: map[string]*rules.Unknown{},
		macroUses: map[source.Span][]source.Span{}, tableUses: map[*table][]source.Span{}, anchorUses: map[string][]source.Span{}, names: map[string]int{}, calls: map[call]*called{},
	}
}

// isOpenBSD reports whether translation is a part of the filter rules.
func (l *lowering) isOpenBSD() bool { return l.c.language == languageOpenBSD }

// problem reports a problem, once.
func (l *lowering) problem(kind source.ProblemKind, span source.Span, format string, args ...any) {
	r := report{span, fmt.Sprintf(format, args...)}
	if l.reported[r] {
		return
	}
	l.reported[r] = true
	l.problems = append(l.problems, source.Problem{Kind: kind, Span: span, Message: r.message})
}

// assume adds an assumption, once.
func (l *lowering) assume(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(l.assumptions, text) {
		l.assumptions = append(l.assumptions, text)
	}
}

// newChain adds a chain to the device. A name that there is already gets a number.
func (l *lowering) newChain(name string, span source.Span) *rules.Chain {
	unique := name
	for n := l.names[name] + 1; l.names[unique] > 0; n++ {
		l.names[name] = n
		unique = fmt.Sprintf("%s (%d)", name, n)
	}
	l.names[unique]++
	c := &rules.Chain{Name: unique, Span: span, Policy: rules.Action{Verdict: rules.Return}, Implicit: "the anchor has no further rules"}
	l.device.Chains = append(l.device.Chains, c)
	return c
}

// unknown returns the condition of a key that is not modelled. Equal keys are one
// condition.
func (l *lowering) unknown(key, reason string, doubt packet.Doubt, of packet.FieldSet, within *packet.Boxes) *rules.Unknown {
	x := l.unknowns[key]
	if x == nil {
		x = &rules.Unknown{Reason: reason, Key: key, Doubt: doubt, Of: of, Within: within}
		l.unknowns[key] = x
	}
	return x
}

// placed returns the key of a condition that is one of a place in the text.
func placed(what string, span source.Span) string {
	if span.IsZero() {
		return what
	}
	return fmt.Sprintf("%s at %s:%d", what, span.File.Name, span.Start)
}
