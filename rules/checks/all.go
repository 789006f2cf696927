// Package checks is the catalogue: what is looked for in a configuration. Most
// checks are a row of data; the rest have a file of their own.
package checks

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
)

// All returns every check, sorted by id.
func All() []*lint.Check { return slices.Clone(all) }

var all = func() []*lint.Check {
	list := []*lint.Check{
		inboundDenyAllMissing, outboundDenyAllMissing, undocumentedInbound, undocumentedOutbound, passivePortsUnrestricted, passiveRangeWide,
		activeFTP, httpOpen, Inconclusive, familyUncovered, undefinedReference, unappliedList,
	}
	for i := range exposures {
		list = append(list, exposures[i].check())
	}
	for i := range reachables {
		list = append(list, reachables[i].check())
	}
	slices.SortFunc(list, func(a, b *lint.Check) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range list {
		for _, more := range []struct {
			dialect string
			lines   []string
		}{{"nftables", nftables[c.ID]}, {"asa", asa[c.ID]}, {"pf", pf[c.ID]}} {
			if more.lines != nil {
				c.Remedies = append(c.Remedies, lint.Remedy{Dialect: more.dialect, Text: strings.Join(more.lines, "\n")})
			}
		}
	}
	return list
}()

// since is the release that brought the first checks.
const since = "0.1.0"

// remedies returns how to mend a mistake in iptables.
func remedies(iptables ...string) []lint.Remedy {
	return []lint.Remedy{{Dialect: "iptables", Text: strings.Join(iptables, "\n")}}
}
