package iptables_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestHostile reads files that are made to cost: each would take minutes if
// something were quadratic, and none is understood where it is not followed.
func TestHostile(t *testing.T) {
	const filter = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text      string
		malformed int
	}{
		"lines that are no command": {filter + lines(30_000, "this is no rule %d\n") + "COMMIT\n", 30_000},
		"chains that are misspelt": {
			filter + lines(5_000, ":chain-%d - [0:0]\n") + lines(20_000, "-A FORWARD -j chian-%d\n") + "COMMIT\n", 20_000,
		},
		"options that are misspelt":    {filter + lines(10_000, "-A FORWARD -p tcp --dprot %d -j ACCEPT\n") + "COMMIT\n", 10_000},
		"tables":                       {lines(50_000, "*filter\n# %d\nCOMMIT\n"), 0},
		"chains that come and go":      {filter + lines(10_000, "-N c%d\n") + lines(10_000, "-X c%d\n") + "COMMIT\n", 0},
		"insertions before all others": {filter + lines(30_000, "-I FORWARD 1 -m mark --mark %d -j DROP\n") + "COMMIT\n", 1_715},
		"one line of many matches":     {filter + "-A FORWARD -p tcp " + strings.Repeat("-m tcp ", 100_000) + "--dport 1 -j ACCEPT\nCOMMIT\n", 0},
		"one line of many words":       {filter + "-A FORWARD " + strings.Repeat("x ", 200_000) + "\nCOMMIT\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := parse(t, "edge.rules.v4", []byte(c.text))
			if got := r.Devices[0].Statements[0].Malformed; got != c.malformed {
				t.Errorf("%d statements are malformed, want %d", got, c.malformed)
			}
			for _, p := range r.Problems {
				if p.Kind == source.Malformed && p.Span.IsZero() {
					t.Fatalf("a problem without a place: %s", p.Message)
				}
			}
		})
	}
}
