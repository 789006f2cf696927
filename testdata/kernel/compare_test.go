//go:build kernel && linux

package kernel_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tally counts what came of comparing.
type tally struct {
	rulesets, refused, packets int
	skipped                    int // rulesets that this kernel or these programs cannot be asked about
	agreements, disagreements  int
	allowed, unknown           int            // unknown answers, where the case allows them and where it does not
	reasons                    map[string]int // of unknown answers
}

// log prints the summary.
func (c *tally) log(t *testing.T) {
	t.Helper()
	for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
		t.Logf("unknown %3d times: %s", c.reasons[reason], reason)
	}
	t.Logf("%d rulesets (%d more refused, %d not asked), %d packets: %d agreements, %d unknown (%d of them allowed), %d disagreements",
		c.rulesets, c.refused, c.skipped, c.packets, c.agreements, c.unknown+c.allowed, c.allowed, c.disagreements)
}

// relation is how the tool's answer stands to the kernel's.
type relation uint8

// The relations.
const (
	agrees relation = iota + 1
	isUnknown
	disagrees
)

// compare returns how the tool's answer stands to the kernel's, and in what they differ.
func compare(s *ruleset, p *testPacket, kernel kernelAnswer, said toolAnswer) (r relation, difference string) {
	verdict := map[fate]string{
		fateForward: "accept", fateSent: "accept", fateLocal: "accept", fateReject: "reject", fateDrop: "drop",
	}[kernel.Fate]
	switch {
	case said.Verdict == "unknown":
		return isUnknown, said.Depends
	case verdict == "drop" && said.Verdict == "reject" && (p.mustNotBeAnswered() || !p.isVerifiable()):
		return agrees, ""
	case said.Verdict != verdict:
		return disagrees, fmt.Sprintf("the kernel says %s, the tool %s", kernel, said)
	case !kernel.passed():
		return agrees, ""
	}
	var wrong []string
	differ := func(what, kernel, said string) {
		if kernel != said {
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %q", what, kernel, said))
		}
	}
	hook := map[fate]string{fateForward: "forward", fateSent: "output", fateLocal: "input"}[kernel.Fate]
	if p.In == sent {
		hook = "output" // a packet to the router itself too
	}
	differ("hook", hook, said.Hook)
	out := kernel.Out
	translated := func(what, kernel, said string) {
		// MASQUERADE by lo takes the address of another interface, by the order in which they were made.
		if said != "" || !s.AnyTranslation && out != "lo" {
			differ(what, kernel, said)
		}
	}
	if kernel.Fate != fateLocal {
		translated("out", kernel.Out, said.Out)
	}
	translated("src", kernel.Src.String(), said.Src)
	translated("dst", kernel.Dst.String(), said.Dst)
	if p.hasPorts() {
		translated("sport", fmt.Sprint(kernel.SPort), port(said.SrcPort))
		translated("dport", fmt.Sprint(kernel.DPort), port(said.DstPort))
	}
	if wrong != nil {
		return disagrees, strings.Join(wrong, ", ")
	}
	return agrees, ""
}

func port(p *uint16) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

// String returns the verdict and the last rules on its way.
func (a toolAnswer) String() string {
	var steps []string
	for _, s := range a.Steps {
		steps = append(steps, fmt.Sprintf("%s rule %d %s", s.Stage, s.Rule, s.Action))
	}
	return fmt.Sprintf("%s (%s)", a.Verdict, strings.Join(steps, "; "))
}

// examiner puts the same questions to the kernel and to the tool.
type examiner struct {
	routers map[flavour]*router
	tool    *tool                // nil: only the kernel is asked
	states  map[stateKey]ctState // of packets whose state is a matter of the kernel
	tally   tally
}

func newExaminer(t *testing.T) *examiner {
	t.Helper()
	x := &examiner{routers: routers(t), tool: newTool(t), tally: tally{reasons: map[string]int{}}}
	states, err := x.routers[nft].probe()
	if err != nil {
		t.Fatalf("probe the kernel: %v", err)
	}
	x.states = states
	t.Cleanup(func() { x.tally.log(t) })
	return x
}

// examine compares the answers to one ruleset.
func (x *examiner) examine(t *testing.T, s *ruleset) {
	t.Helper()
	for _, p := range s.Packets {
		if state, ok := x.states[p.stateKey()]; ok && p.State == "" {
			p.State = state
		}
	}
	kernel, err := x.askKernel(s)
	if err != nil && !s.Refused {
		if why := x.lacks(s); why != "" {
			x.skip(t, s, why)
			return
		}
	}
	var said *refusal
	switch {
	case errors.As(err, &said) != s.Refused:
		t.Errorf("%s: %s: refused is wanted %t: %v\n%s", s.Place, s.Name, s.Refused, err, s.ruleText())
		return
	case s.Refused:
		x.tally.refused++
		if x.tool != nil {
			if err := x.tool.refuses(s); err != nil {
				t.Errorf("%s: %s: the programs refuse it, the tool does not: %v\n%s", s.Place, s.Name, err, s.ruleText())
			}
		}
		return
	case err != nil:
		t.Errorf("%s: %s: %v\n%s", s.Place, s.Name, err, s.ruleText())
		return
	}
	x.tally.rulesets++
	x.tally.packets += len(s.Packets)
	for i, p := range s.Packets {
		if p.Want == nil {
			continue
		}
		if wrong := p.Want.check(kernel[i]); wrong != "" {
			t.Errorf("%s: %s: %s: %s\n%s", s.Place, s.Name, p, wrong, s.ruleText())
		}
	}
	if x.tool != nil && s.ProgramBug == "" {
		x.hold(t, s, kernel)
	}
}

// hold compares the tool's answers with the kernel's.
func (x *examiner) hold(t *testing.T, s *ruleset, kernel []kernelAnswer) {
	t.Helper()
	all, err := x.tool.answers(s)
	if err != nil {
		x.tally.disagreements++
		t.Errorf("%s: %s: %v\n%s", s.Place, s.Name, err, s.ruleText())
		return
	}
	var wrong []string
	for i, p := range s.Packets {
		r, difference := x.relate(s, p, kernel[i], all[i])
		if s.MustDoubt != "" && (r != isUnknown || !strings.Contains(difference, s.MustDoubt)) {
			x.tally.disagreements++
			wrong = append(wrong, fmt.Sprintf("%s: the tool says %s %s, and cannot know it", p, all[i], difference))
			continue
		}
		switch r {
		case agrees:
			x.tally.agreements++
		case isUnknown:
			x.tally.reasons[difference]++
			if s.allows(difference) {
				x.tally.allowed++
				break
			}
			x.tally.unknown++
			wrong = append(wrong, fmt.Sprintf("%s: unknown: %s (the kernel says %s)", p, difference, kernel[i]))
		case disagrees:
			x.tally.disagreements++
			wrong = append(wrong, fmt.Sprintf("%s: %s", p, difference))
		}
	}
	if wrong != nil {
		t.Errorf("%s: %s:\n  %s\n%s%s", s.Place, s.Name, strings.Join(wrong, "\n  "), strings.Join(append(s.Sets, ""), "\n"), s.ruleText())
	}
}

// allows reports whether the tool may not know an answer, for the reason that it gives.
func (s *ruleset) allows(reason string) bool {
	return s.AllowUnknown != "" || s.MustDoubt != "" || slices.ContainsFunc(s.MayDoubt, func(r string) bool { return strings.Contains(reason, r) })
}

// askKernel returns the kernel's answers, the same from all flavours of the ruleset.
func (x *examiner) askKernel(s *ruleset) ([]kernelAnswer, error) {
	var first []kernelAnswer
	var refusals []error
	type reply struct {
		answers []kernelAnswer
		err     error
	}
	replies := make([]reply, len(s.Flavours))
	var asked sync.WaitGroup
	for i, f := range s.Flavours {
		asked.Go(func() { replies[i].answers, replies[i].err = x.routers[f].answers(s, f) })
	}
	asked.Wait()
	for i, f := range s.Flavours {
		got, err := replies[i].answers, replies[i].err
		if said := (*refusal)(nil); errors.As(err, &said) {
			refusals = append(refusals, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		if i == 0 {
			first = got
		}
		for j := range got {
			if i > 0 && refusals == nil && !s.AnyTranslation && !s.Varies && got[j] != first[j] {
				return nil, fmt.Errorf("%s: %s says %s, %s says %s", s.Packets[j], s.Flavours[0], first[j], f, got[j])
			}
		}
	}
	switch len(refusals) {
	case 0:
		return first, nil
	case len(s.Flavours):
		return nil, refusals[0]
	}
	return nil, fmt.Errorf("only one of %s accepts it: %s", s.Flavours, refusals[0].Error())
}
