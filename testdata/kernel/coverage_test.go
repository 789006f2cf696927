//go:build kernel && linux

package kernel_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/iptables"
)

// leastRulesets is how many rulesets the written cases have to be at the least.
const leastRulesets = 200

// notLoaded are extensions that no kernel case can use, and why.
var notLoaded = map[string]string{
	"match icmpv6":  "another name of icmp6 in old files; the programs of today do not know it",
	"match tcp_mss": "the name of tcpmss in the kernel; no program takes it",
	"target NFACCT": "there is the match of that name only",
	"target ULOG":   "no kernel since 3.17 has it",
}

var extensionWords = regexp.MustCompile(`(-m|-j) ([A-Za-z0-9_]+)`)

// used counts the rulesets that use each extension.
func used(sets []*ruleset) map[string]int {
	count := map[string]int{}
	for _, s := range sets {
		seen := map[string]bool{}
		for _, line := range s.Rules {
			for _, m := range extensionWords.FindAllStringSubmatch(line, -1) {
				seen[map[string]string{"-m": "match ", "-j": "target "}[m[1]]+m[2]] = true
			}
		}
		for name := range seen {
			count[name]++
		}
	}
	return count
}

// TestCoverage holds the cases and the generator to use every extension that the parser knows, in both families and
// with translation.
func TestCoverage(t *testing.T) {
	written, err := readCases("cases")
	if err != nil {
		t.Fatal(err)
	}
	var random []*ruleset
	for i := range *generateCount {
		random = append(random, generate(*generateSeed+uint64(i)))
	}
	inCases, inRandom := used(written), used(random)
	matches, targets := iptables.Extensions()
	var all []string
	for _, m := range matches {
		all = append(all, "match "+m)
	}
	for _, j := range targets {
		all = append(all, "target "+j)
	}
	generated := 0
	for _, name := range all {
		why, excused := notLoaded[name]
		switch n := inCases[name] + inRandom[name]; {
		case n == 0 && !excused:
			t.Errorf("no case and no random ruleset uses %s", name)
		case n > 0 && excused:
			t.Errorf("%s is used, though it is said that it cannot be: %s", name, why)
		}
		if inRandom[name] > 0 {
			generated++
		}
		if _, module, _ := strings.Cut(name, " "); !excused && matchSamples[module].rule == "" && targetSamples[module].rule == "" {
			t.Errorf("there is no sample by which to tell whether a kernel has %s", name)
		}
	}
	six := len(slices.DeleteFunc(slices.Clone(written), func(s *ruleset) bool { return !s.Six }))
	nat := len(slices.DeleteFunc(slices.Clone(written), func(s *ruleset) bool { return !slices.Contains(s.Rules, "*nat") }))
	t.Logf("%d extensions, %d of them in random rulesets; %d written rulesets, %d of them for IPv6, %d with translation",
		len(all), generated, len(written), six, nat)
	if len(written) < leastRulesets || six == 0 || nat == 0 {
		t.Errorf("fewer than %d written rulesets, or none for IPv6 or with translation", leastRulesets)
	}
}
