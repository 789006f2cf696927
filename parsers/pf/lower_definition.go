package pf

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// define lists what has a name: macros, tables, rulesets that are loaded, and
// tables that nothing defines.
func (l *lowering) define() {
	var list []rules.Definition
	for _, c := range l.configs() {
		for i := range c.macros {
			m := &c.macros[i]
			list = append(list, rules.Definition{Kind: "macro", Name: m.name, Addrs: addressesIn(m.value), Uses: l.macroUses[m.span], Span: m.span})
		}
	}
	for _, s := range l.rulesets() {
		for _, t := range s.tables {
			if t.defined {
				list = append(list, l.defineTable(s, t))
			}
		}
	}
	for _, x := range l.anchors.loads {
		list = append(list, rules.Definition{Kind: "anchor", Name: x.path, Uses: l.anchorUses[x.path], List: true, Span: x.load.span})
	}
	for _, t := range l.missing {
		list = append(list, rules.Definition{Kind: "table", Name: t.name, Uses: l.tableUses[t], Missing: true, Elsewhere: l.c.printed || isAutomatic(t.name), Span: t.span})
	}
	compare := l.inText()
	slices.SortStableFunc(list, func(a, b rules.Definition) int {
		return cmp.Or(compare(a.Span, b.Span), strings.Compare(a.Kind+" "+a.Name, b.Kind+" "+b.Name))
	})
	l.device.Definitions = list
}

// inText returns what puts places in the order of the text: that of the files of the
// input, and of others before them.
func (l *lowering) inText() func(a, b source.Span) int {
	order := map[*source.File]int{}
	for i, f := range l.in.Files {
		order[f] = i + 1
	}
	return func(a, b source.Span) int { return cmp.Or(order[a.File]-order[b.File], a.Compare(b)) }
}

// defineTable returns the definition of a table.
func (l *lowering) defineTable(s *ruleset, t *table) rules.Definition {
	d := rules.Definition{Kind: "table", Name: t.name, Uses: l.tableUses[t], Span: t.span}
	if s.path != "" {
		d.Name = s.path + "/" + t.name
	}
	if len(t.entries) <= maxAddrs {
		d.Addrs = l.contents(t).ranges()
	}
	return d
}

// addressesIn returns the addresses of a macro's value.
func addressesIn(value string) []packet.AddrRange {
	if !strings.ContainsAny(value, ".:") {
		return nil
	}
	var out []packet.AddrRange
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t\n{},\"'", r) }) {
		if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" {
			out = append(out, packet.OneAddr(a.Unmap()))
		} else if p, err := netip.ParsePrefix(word); err == nil {
			out = append(out, packet.PrefixRange(p))
		}
	}
	return out
}
