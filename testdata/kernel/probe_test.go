//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"strings"
	"testing"
)

// probes are packets whose state is a matter of the kernel: of DCCP, which newer ones do not track; of IPv4 UDP-Lite, for whose checksum some leave the pseudo
// header out and so find every sum wrong; of IPv6 UDP-Lite, which some track and some do not.
var probes = []string{"udplite O > D", "udplite R > O", "33 O > D", "33 R > O"}

// stateKey is what the state of a packet is a matter of, where that differs by kernel.
type stateKey struct {
	proto     uint8
	six, sent bool
}

// stateKey returns what the state of the packet is a matter of.
func (p *testPacket) stateKey() stateKey { return stateKey{p.Proto, p.is6(), p.In == sent} }

// probe asks the kernel for the states that the probes have on it.
func (r *router) probe() (map[stateKey]ctState, error) {
	seen := map[stateKey]ctState{}
	for _, six := range []bool{false, true} {
		for _, line := range probes {
			p, err := parsePacket(line, six)
			if err != nil {
				return nil, err
			}
			events, err := r.send(p)
			if err != nil {
				return nil, err
			}
			for _, e := range events {
				if state, ok := stateLetters[e.At]; ok {
					seen[p.stateKey()] = state
				}
			}
		}
	}
	return seen, nil
}

// sample is the simplest rule that uses a match or a target: a kernel that does not take it has no such extension.
type sample struct {
	table, rule string
	set         string // that the rule needs
	six         bool   // for IPv6, where IPv4 has no such extension
}

// lacks returns why the kernel cannot load the ruleset, and nothing if each extension that it names can be loaded.
func (x *examiner) lacks(s *ruleset) string {
	names := map[string]sample{}
	for word := range strings.FieldsSeq(s.ruleText()) {
		if try, ok := matchSamples[word]; ok && strings.Contains(s.ruleText(), "-m "+word+" ") {
			names["match "+word] = try
		}
		if try, ok := targetSamples[word]; ok {
			names["target "+word] = try
		}
	}
	for name, try := range names {
		for _, f := range s.Flavours {
			r := x.routers[f]
			if err := r.clear(f); err != nil {
				return err.Error()
			}
			one := try.ruleset(s.Six || try.six)
			if try.set != "" {
				r.sets = true
				if err := r.command(try.set+familyOption[one.Six], "ipset", "restore"); err != nil {
					return fmt.Sprintf("there are no sets: %v", err)
				}
			}
			if err := r.command(one.ruleText(), f.program(one.Six)); err != nil {
				return fmt.Sprintf("this kernel has no %s for %s: %v", name, f, err)
			}
		}
	}
	for _, line := range s.Sets {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "create" {
			continue
		}
		r := x.routers[nft]
		r.sets = true
		if err := r.command("create probe "+words[2]+setTypeNeeds[words[2]]+"\n", "ipset", "restore"); err != nil {
			return fmt.Sprintf("this kernel has no sets of type %s: %v", words[2], err)
		}
		if err := r.clear(nft); err != nil {
			return err.Error()
		}
	}
	return ""
}

// familyOption says of which family the addresses of a set are.
var familyOption = map[bool]string{false: " family inet\n", true: " family inet6\n"}

// setTypeNeeds are the options without which a set of the type cannot be made.
var setTypeNeeds = map[string]string{
	"bitmap:ip": " range 10.0.0.0/24", "bitmap:ip,mac": " range 10.0.0.0/24", "bitmap:port": " range 0-1",
}

// ruleset returns the sample as a ruleset.
func (x sample) ruleset(six bool) *ruleset {
	return &ruleset{Six: six, Rules: append(append([]string{"*" + x.table}, strings.Split(x.rule, "\n")...), "COMMIT")}
}

// skip counts a ruleset that this kernel cannot be asked about.
func (x *examiner) skip(t *testing.T, s *ruleset, why string) {
	t.Helper()
	x.tally.skipped++
	t.Logf("%s: %s: not asked: %s", s.Place, s.Name, why)
}
