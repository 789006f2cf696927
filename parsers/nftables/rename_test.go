package nftables_test

import (
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestRename holds that a chain gets its new name when the script is through, and
// that the rules that call it go on doing so.
func TestRename(t *testing.T) {
	const listing = "table inet t {\n chain a {\n  drop\n }\n chain f {\n  jump a\n }\n}\n"
	for name, script := range map[string]string{
		"text": "rename chain inet t a old\nadd chain inet t a\nadd rule inet t a accept\n",
		"JSON": `{"nftables": [{"rename": {"chain": {"family": "inet", "table": "t", "name": "a", "newname": "old"}}},
			{"add": {"chain": {"family": "inet", "table": "t", "name": "a"}}},
			{"add": {"rule": {"family": "inet", "table": "t", "chain": "a", "expr": [{"accept": null}]}}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			in := dialect.Input{Name: "device", Limits: dialect.DefaultLimits}
			for _, text := range []string{listing, script, "add chain inet t a\nadd rule inet t f goto a\nadd rule inet t f jump old\n"} {
				in.Files = append(in.Files, source.NewFile("script", []byte(text)))
			}
			var calls []string
			for _, c := range nftables.Parse(in).Devices[0].Model.Chains {
				for _, r := range c.Rules {
					if r.Action.Verdict == rules.Jump || r.Action.Verdict == rules.Goto {
						calls = append(calls, r.Action.Target.Name)
					}
				}
			}
			const want = "inet t/old, inet t/a, inet t/old"
			if got := strings.Join(calls, ", "); got != want {
				t.Errorf("got calls of %s, want %s", got, want)
			}
		})
	}
}
