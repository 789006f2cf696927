package nftables_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/iptables"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// untranslated are the twins that let other packets pass than their iptables
// half, and why: what the translator could not express.
var untranslated = map[string]string{
	"generated__ferm-lines-ferm": "the translator writes the IPv6 half into tables for IPv4",
}

// TestTwinsLetTheSamePass compares iptables rulesets with what
// iptables-restore-translate made of them.
func TestTwinsLetTheSamePass(t *testing.T) {
	files, err := filepath.Glob(corpus + "/pairs/iptables-nft/*.iptables")
	if err != nil || len(files) == 0 {
		t.Skip("the corpus is not here")
	}
	equal := 0
	for _, name := range files {
		short := strings.TrimSuffix(filepath.Base(name), ".iptables")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		twin, err := os.ReadFile(strings.TrimSuffix(name, ".iptables") + ".nft")
		if err != nil {
			t.Logf("%s has no twin", short)
			continue
		}
		f := source.NewFile(filepath.Base(name), text)
		a := iptables.Parse(dialect.Input{Name: f.Name, Files: []*source.File{f}, Limits: dialect.DefaultLimits})
		b := parse(t, short+".nft", twin)
		difference := compareTwins(a.Devices[0].Model, b.Devices[0].Model)
		switch reason := untranslated[short]; {
		case difference == "" && reason == "":
			equal++
		case difference == "":
			t.Errorf("%s: the twins are equal; take them off the list", short)
		case reason == "":
			t.Errorf("%s: %s", short, difference)
		default:
			t.Logf("%s: %s: %s", short, reason, difference)
		}
	}
	t.Logf("%d of %d twins let the same packets pass", equal, len(files))
}

// compareTwins returns in what two devices differ: in the packets that may pass,
// or that are sure to.
func compareTwins(a, b *rules.Device) string {
	for _, hook := range []rules.Hook{rules.Forward, rules.Input, rules.Output} {
		for _, state := range []packet.State{packet.New, packet.Established} {
			answers, err := eval.AskAll(eval.Question{Hook: hook, State: state, Nodes: 2_000_000}, eval.New(a), eval.New(b))
			if err != nil {
				return err.Error()
			}
			one, other := passing(answers[0]), passing(answers[1])
			for _, diff := range []struct {
				set  packet.Set
				what string
			}{
				{one.Can().Minus(other.Can()), "only iptables may let pass"},
				{other.Can().Minus(one.Can()), "only nftables may let pass"},
				{one.Always().Minus(other.Always()), "only iptables is sure to let pass"},
				{other.Always().Minus(one.Always()), "only nftables is sure to let pass"},
			} {
				if f, _, ok := diff.set.Example(); ok {
					return fmt.Sprintf("%v, %v: %s %s", hook, state, diff.what, f.String())
				}
			}
		}
	}
	return ""
}

// passing returns the packets that pass without what a device writes on them for
// itself.
func passing(a *eval.Answer) packet.Set {
	s := a.Accepted().Forget(packet.Mark, packet.ConnMark, packet.DstType, packet.SrcType, packet.Pending)
	return s.And(a.Universe().Known(^packet.FieldSet(0)))
}
