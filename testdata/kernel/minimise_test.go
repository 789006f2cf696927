//go:build kernel && linux

package kernel_test

import (
	"slices"
	"strings"
	"testing"
)

// minimise looks for a part of the ruleset on which the answers to one packet still differ, and shows it.
func (x *examiner) minimise(t *testing.T, s *ruleset) {
	t.Helper()
	for _, p := range s.Packets {
		one := *s
		one.Packets = []*testPacket{p}
		if !x.differs(&one) {
			continue
		}
		one.Rules = x.without(one.Rules, func(lines []string) bool {
			try := one
			try.Rules = lines
			return x.differs(&try)
		})
		one.Sets = x.without(one.Sets, func(lines []string) bool {
			try := one
			try.Sets = lines
			return x.differs(&try)
		})
		t.Logf("the smallest part of it on which they differ, by %s:\n%s\n%s", p, strings.Join(one.Sets, "\n"), one.ruleText())
		return
	}
}

// without leaves out every line that is not needed for a condition to hold.
func (x *examiner) without(lines []string, holds func([]string) bool) []string {
	for at, line := range slices.Backward(lines) {
		if line == "COMMIT" || strings.HasPrefix(line, "*") {
			continue
		}
		if less := slices.Delete(slices.Clone(lines), at, at+1); holds(less) {
			lines = less
		}
	}
	return lines
}

// differs reports whether the answers to a packet of the ruleset differ, or whether the tool does not know one that
// it should. What cannot be loaded or asked does not differ.
func (x *examiner) differs(s *ruleset) bool {
	kernel, err := x.askKernel(s)
	if err != nil {
		return false
	}
	all, err := x.tool.answers(s)
	if err != nil {
		return false
	}
	for i, p := range s.Packets {
		switch r, reason := x.relate(s, p, kernel[i], all[i]); r {
		case disagrees:
			return true
		case isUnknown:
			if !s.allows(reason) {
				return true
			}
		case agrees:
		}
	}
	return false
}
