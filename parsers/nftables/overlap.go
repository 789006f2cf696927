package nftables

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// maxOverlapTests bounds how many pairs of elements are compared.
const maxOverlapTests = 1 << 20

// overlaps returns, for elements of several fields, which others stand before
// them, hold some of the same keys and give something else. It reports false if
// there are too many to tell.
func overlaps(entries []entry) (above map[int][]int, ok bool) {
	if !anyRange(entries) {
		return nil, true
	}
	order := make([]int, 0, len(entries))
	gives := make([]string, len(entries))
	for i := range entries {
		if !entries[i].star {
			order = append(order, i)
			gives[i] = entries[i].gives()
		}
	}
	for part := range entries[order[0]].atoms {
		if above, ok = overlapsBy(entries, order, gives, part); ok {
			return above, true
		}
	}
	return nil, false
}

// overlapsBy compares those that overlap in one of the fields.
func overlapsBy(entries []entry, order []int, gives []string, part int) (above map[int][]int, ok bool) {
	bounds := make([]packet.AddrRange, len(entries))
	for _, i := range order {
		bounds[i] = entries[i].atoms[part].bounds()
	}
	slices.SortFunc(order, func(i, j int) int { return bounds[i].First.Compare(bounds[j].First) })
	tests := 0
	for at, i := range order {
		for _, j := range order[at+1:] {
			if bounds[i].Last.Less(bounds[j].First) {
				break
			}
			tests++
			if tests > maxOverlapTests {
				return nil, false
			}
			if gives[i] == gives[j] || !entries[i].overlaps(&entries[j]) {
				continue
			}
			if above == nil {
				above = map[int][]int{}
			}
			above[max(i, j)] = append(above[max(i, j)], min(i, j))
		}
	}
	return above, true
}

// anyRange reports whether there is an element of several fields that holds more
// than one key.
func anyRange(entries []entry) bool {
	return slices.ContainsFunc(entries, func(e entry) bool {
		return len(e.atoms) > 1 && slices.ContainsFunc(e.atoms, func(a atom) bool { return a.isRange() })
	})
}

func (a *atom) isRange() bool {
	return a.wide != nil && a.wide.First != a.wide.Last || a.name != nil && a.name.Prefix || a.lo != a.hi
}

// overlaps reports whether some keys are in both.
func (e *entry) overlaps(f *entry) bool {
	for i := range e.atoms {
		if !e.atoms[i].overlaps(&f.atoms[i]) {
			return false
		}
	}
	return true
}

func (a *atom) overlaps(x *atom) bool {
	if a.name != nil && x.name != nil {
		return a.name.Text == x.name.Text || a.name.Prefix && strings.HasPrefix(x.name.Text, a.name.Text) ||
			x.name.Prefix && strings.HasPrefix(a.name.Text, x.name.Text)
	}
	p, q := a.bounds(), x.bounds()
	return !p.Last.Less(q.First) && !q.Last.Less(p.First)
}

// everything are bounds that tell nothing.
var everything = packet.AddrRange{First: netip.IPv4Unspecified(), Last: netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}

// bounds returns the first and last value of an atom, as addresses.
func (a *atom) bounds() packet.AddrRange {
	if a.name != nil {
		return everything
	}
	return a.addrRange()
}
