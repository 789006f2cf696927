package asa

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Parse reads the configuration of one appliance. Each context of it becomes a
// device.
func Parse(in dialect.Input) dialect.Result {
	r := read(in)
	out := dialect.Result{Problems: r.problems}
	for _, c := range r.configs {
		x := lower(c, in)
		for _, p := range x.problems {
			r.reclassify(p.Span, p.Kind)
		}
		out.Problems = append(out.Problems, x.problems...)
		x.device.Closed = c.system && len(r.configs) > 1
		out.Devices = append(out.Devices, dialect.Device{Model: x.device, Assumptions: slices.Concat(r.assumptions, x.assumptions)})
	}
	for i := range out.Devices {
		out.Devices[i].Statements = r.counts[i]
		if len(r.configs) > 1 {
			out.Devices[i].Context = cmp.Or(r.configs[i].context, fmt.Sprintf("device %d", i+1))
		}
	}
	dialect.SortProblems(out.Problems, in)
	return out
}

// lowered is what a configuration comes to.
type lowered struct {
	device      *rules.Device
	problems    []source.Problem // names that nothing defines, and what the device would refuse
	assumptions []string
}

// lower turns what a configuration says into a device.
func lower(c *config, in dialect.Input) *lowered {
	l := newLowering(c, in)
	l.assumptions = slices.Clone(c.assumptions)
	l.resolveGroups()
	l.collectInterfaces()
	l.collectRoutes()
	l.collectLists()
	l.collectFilters()
	l.device.Pipeline = l.pipeline()
	l.define()
	l.collectInspections()
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

	groups     map[groupKey]*groupParts
	expansion  int // members that groups were expanded to
	terms      map[termKey]*rules.Term
	groupTerms map[groupUse]*groupTerm
	runs4      map[packet.Field]map[run4]*packet.Boxes
	single     map[addressKey]*packet.Boxes
	numbers    map[numbersKey]*packet.Boxes
	uses       map[definitionKey][]source.Span
	missing    map[definitionKey]int // index in missed
	missed     []rules.Definition    // what nothing defines

	ports   []*port          // the interfaces that have a name, in order; of bridge groups the members
	bridges map[int]*port    // bridge groups by number
	byName  map[string]*port // ports, and bridge groups that have a name
	chain   map[*list]*rules.Chain
	slab    dialect.Slab

	buffer    []rules.Term // of the entry at hand
	filters   filters
	connected map[netip.Prefix]bool // the networks of interfaces
	partAddrs map[partsKey][]packet.AddrRange
}

// report is a problem that was reported.
type report struct {
	span    source.Span
	message string
}

func newLowering(c *config, in dialect.Input) *lowering {
	return &lowering{
		c: c, in: in, device: &rules.Device{Name: in.Name, Appliance: true}, reported: map[report]bool{},
		groups: map[groupKey]*groupParts{}, terms: map[termKey]*rules.Term{}, groupTerms: map[groupUse]*groupTerm{}, runs4: map[packet.Field]map[run4]*packet.Boxes{}, single: map[addressKey]*packet.Boxes{}, numbers: map[numbersKey]*packet.Boxes{},
		uses: map[definitionKey][]source.Span{}, missing: map[definitionKey]int{}, chain: map[*list]*rules.Chain{}, partAddrs: map[partsKey][]packet.AddrRange{},
	}
}

// isBroken reports whether a line of a command cannot be read.
func (l *lowering) isBroken(command string) bool {
	return slices.ContainsFunc(l.c.broken, func(b brokenLine) bool { return b.what == command })
}

// brokenLines returns the lines of a command that cannot be read.
func (l *lowering) brokenLines(command string) []source.Span {
	var spans []source.Span
	for _, b := range l.c.broken {
		if b.what == command {
			spans = append(spans, b.span)
		}
	}
	return spans
}

// addProblem reports a problem, once.
func (l *lowering) addProblem(kind source.ProblemKind, span source.Span, format string, args ...any) {
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

// didYouMean returns a hint at the name that is nearest to a word, empty if none
// is near.
func didYouMean[T any](word string, names map[string]T) string {
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	if near, ok := suggest.Nearest(word, list); ok {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// addChain adds a chain to the device.
func (l *lowering) addChain(c *rules.Chain) *rules.Chain {
	l.device.Chains = append(l.device.Chains, c)
	return c
}
