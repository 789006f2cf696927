package pf

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

const (
	maxMembers = 1 << 12 // entries of a table up to which each is kept as a place
	maxAddrs   = 1 << 16 // ranges of a table up to which its definition lists them
)

// tableTerms are the conditions that an address is in a table.
type tableTerms struct {
	held   *packet.Boxes      // the packets to what the entries say
	own    bool               // the addresses of the device are in it, too
	except []packet.AddrRange // hosts that are surely not in it
	why    string             // why there may be more; empty: there is not
	terms  map[packet.Field]*rules.Term
}

// tableOf returns the table that a host names: that of the ruleset, if it has one
// of the name, else that of the main ruleset (4.3).
func (l *lowering) tableOf(x *hostItem, own map[string]*table) *table {
	t := own[x.name]
	if t == nil || !t.defined {
		t = l.c.tables[x.name]
	}
	if t == nil || !t.defined {
		t = l.missing[x.name]
		if t == nil {
			t = &table{name: x.name, span: x.at.span, unknown: fmt.Sprintf("the contents of table <%s> are not given", x.name)}
			l.missing[x.name] = t
		}
		if !isAutomatic(x.name) {
			l.problem(source.Undefined, nameIn(x), "table <%s> is not defined%s", x.name, suggest.DidYouMean(x.name, l.tableNames()))
		}
	}
	if uses := l.tableUses[t]; len(uses) == 0 || uses[len(uses)-1] != x.at.span {
		l.tableUses[t] = append(uses, x.at.span)
	}
	return t
}

// isAutomatic reports whether a table is one that pfctl makes of a list, and prints
// by its name alone (9).
func isAutomatic(name string) bool { return strings.HasPrefix(name, "__automatic_") }

// nameIn returns where a host has its name.
func nameIn(x *hostItem) source.Span {
	s := x.at.span
	if i := strings.Index(s.Text(), x.name); i >= 0 {
		return s.File.Span(int(s.Start)+i, int(s.Start)+i+len(x.name))
	}
	return s
}

// tableNames returns the names of the tables of the main ruleset.
func (l *lowering) tableNames() []string {
	var names []string
	for name, t := range l.c.tables {
		if t.defined {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// tableTerm returns the condition that the address in a field is in a table.
func (l *lowering) tableTerm(t *table, f packet.Field) rules.Term {
	x := l.contents(t)
	term := x.terms[f]
	if term == nil {
		term = &rules.Term{Origin: &rules.Origin{From: []source.Span{t.span}}}
		if len(t.entries) <= maxMembers {
			term.Origin.Members = l.membersOf(t, f)
		}
		if t.defined {
			term.Boxes = x.boxes(f)
		}
		if x.own {
			term.Boxes = packet.Union(term.Boxes, local(f))
		}
		if x.why != "" {
			l.doubtTable(t, x, f, term)
		}
		x.terms[f] = term
	}
	return *term
}

// doubtTable says that a table may hold more addresses than its entries. One that
// rules add to holds the hosts that exceed a limit: ordinary ones are in it no more
// than they exceed the limit itself.
func (l *lowering) doubtTable(t *table, x *tableTerms, f packet.Field, term *rules.Term) {
	key := fmt.Sprintf("table %s of %s holds the %s", t.name, l.homeOf(t), sideOf(f))
	switch {
	case !t.filled:
		term.Unknown = l.unknown(key, x.why, packet.Fixed, packet.Fields(f), x.within(f))
		return
	case len(t.entries) == 0:
		term.Boxes, term.Negated = nil, true
		term.Unknown = l.unknown(key+" not", x.why, packet.Usual, packet.Fields(f), nil)
	default:
		term.Unknown = l.unknown(key, x.why, packet.Occasional, packet.Fields(f), x.within(f))
	}
	l.assume("table %s holds hosts that exceed a limit, and no others: rules add them at run time", t.name)
}

// boxes returns the packets whose address is one that the entries say.
func (x *tableTerms) boxes(f packet.Field) *packet.Boxes {
	if f == packet.Dst {
		return x.held
	}
	return packet.Addresses(f, x.ranges()...)
}

// within returns the packets of which it is not known whether the table holds their
// address: no entry is longer than one for a host.
func (x *tableTerms) within(f packet.Field) *packet.Boxes {
	if len(x.except) == 0 {
		return nil
	}
	var list packet.List
	list.Add(packet.Addresses(f, x.except...), true)
	list.Add(packet.Any(f), false)
	return list.Boxes()
}

// ranges returns the addresses that the entries say.
func (x *tableTerms) ranges() []packet.AddrRange {
	rs, _ := x.held.AddrRanges()
	return rs
}

// homeOf returns the path of the ruleset that a table is of.
func (l *lowering) homeOf(t *table) string {
	for _, s := range l.rulesets() {
		if s.tables[t.name] == t {
			return "/" + s.path
		}
	}
	return "/"
}

// membersOf returns the entries of a table as places.
func (l *lowering) membersOf(t *table, f packet.Field) []rules.Member {
	var members []rules.Member
	for i := range t.entries {
		if e := &t.entries[i]; e.prefix.IsValid() && !e.not {
			members = append(members, rules.Member{Boxes: l.boxes.range1(f, packet.PrefixRange(e.prefix)), Span: e.at.span})
		}
	}
	return members
}

// contents returns what is in a table.
func (l *lowering) contents(t *table) *tableTerms {
	x := l.tables[t]
	if x != nil {
		return x
	}
	x = &tableTerms{why: t.unknown, terms: map[packet.Field]*rules.Term{}}
	l.tables[t] = x
	list := make([]entry, 0, len(t.entries))
	for i := range t.entries {
		list = l.addEntry(x, t, &t.entries[i], list)
	}
	ranges, clash := longest(list)
	x.held = packet.Addresses(packet.Dst, ranges...)
	if clash.first.IsValid() {
		x.why, x.except = cmp.Or(x.why, fmt.Sprintf("table <%s> holds %s/%d both negated and not", t.name, clash.first, clash.bits)), nil
		l.problem(source.Unsupported, t.span, "%s: which of the two counts is not known", x.why)
	}
	if t.defined && !t.constant && x.why == "" {
		l.assume("tables that are not const hold what the configuration says, and nothing was added or deleted at run time")
	}
	return x
}

// addEntry adds what an entry of a table says to the list of networks.
func (l *lowering) addEntry(x *tableTerms, t *table, e *tableEntry, list []entry) []entry {
	if e.prefix.IsValid() {
		if e.not && e.prefix.IsSingleIP() {
			x.except = append(x.except, packet.OneAddr(e.prefix.Addr()))
		}
		return append(list, entryOf(packet.PrefixRange(e.prefix), e.prefix.Bits(), e.not))
	}
	rs, told := l.entryHost(e.host)
	switch {
	case told:
		for _, r := range rs {
			list = append(list, entryOf(r, -1, e.not))
		}
	case e.host.kind == hostIface && e.host.name == "self" && !e.not && len(e.host.mods) == 0:
		x.own = true
	default:
		x.why = cmp.Or(x.why, fmt.Sprintf("table <%s> holds addresses of %s, which are not given", t.name, e.host.name))
	}
	return list
}

// entryHost returns the addresses of an entry that is no address, and whether
// they are known.
func (l *lowering) entryHost(x *hostItem) ([]packet.AddrRange, bool) {
	switch x.kind {
	case hostRange:
		return []packet.AddrRange{x.addrs}, true
	case hostIface, hostDynamic:
		if x.name != "self" {
			return l.addressesOf(x)
		}
	case hostAny, hostTable, hostName, hostNoRoute, hostURPF, hostRoute, hostBad:
	}
	return nil, false
}

// entry is one entry of a table: a network.
type entry struct {
	first, last netip.Addr
	bits        int
	not         bool
}

// entryOf returns the entry of a network; bits is -1 where its length is to be
// told by its ends.
func entryOf(r packet.AddrRange, bits int, not bool) entry {
	if bits < 0 {
		for bits = r.First.BitLen(); bits > 0 && packet.PrefixRange(netip.PrefixFrom(r.First, bits)).Last.Less(r.Last); bits-- {
		}
	}
	return entry{r.First, r.Last, bits, not}
}

// inOrder sorts entries by their first address, wide ones first, and leaves out
// doubles. It returns one that is there both negated and not, if there is one.
func inOrder(list []entry) (sorted []entry, clash entry) {
	negatedFirst := func(e entry) int {
		if e.not {
			return 0
		}
		return 1
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(a.first.Compare(b.first), a.bits-b.bits, negatedFirst(a)-negatedFirst(b))
	})
	sorted = slices.CompactFunc(list, func(a, b entry) bool {
		same := a.first == b.first && a.bits == b.bits
		if same && a.not != b.not {
			clash = a
		}
		return same
	})
	return sorted, clash
}

// longest returns the addresses for which the longest of the entries that hold
// them is not negated (4.3). Which of two for the same network counts is not known:
// it returns one of them.
func longest(list []entry) (out []packet.AddrRange, clash entry) {
	plain := !slices.ContainsFunc(list, func(e entry) bool { return e.not })
	out = make([]packet.AddrRange, 0, len(list))
	if plain {
		for _, e := range list {
			out = append(out, packet.AddrRange{First: e.first, Last: e.last})
		}
		return out, entry{}
	}
	list, clash = inOrder(list)
	var open []entry // those that the present address is in, the shortest first
	var next netip.Addr
	emit := func(e entry, last netip.Addr) {
		if !e.not && next.IsValid() && next.Compare(last) <= 0 {
			out = append(out, packet.AddrRange{First: next, Last: last})
		}
	}
	closeUntil := func(a netip.Addr) {
		for n := len(open); n > 0 && (!a.IsValid() || open[n-1].last.Less(a)); n-- {
			emit(open[n-1], open[n-1].last)
			next = open[n-1].last.Next()
			open = open[:n-1]
		}
	}
	for _, e := range list {
		closeUntil(e.first)
		if n := len(open); n > 0 && next.IsValid() && next.Less(e.first) {
			emit(open[n-1], e.first.Prev())
		}
		open = append(open, e)
		next = e.first
	}
	closeUntil(netip.Addr{})
	return out, clash
}
