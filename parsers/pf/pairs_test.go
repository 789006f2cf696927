package pf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/iptables"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/parsers/pf"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the pairs lie, if they are there.
const corpus = "../../../shared/corpus/pairs/capirca"

// pairs are files of pf, and the filters of hosts that were made from the same
// policy. What no term of a policy speaks of is dropped by the filters; pf lets it
// pass, and the generator says nothing of it.
var pairs = []struct{ name, twin string }{
	{"cisco_lab", "nft"},
	{"cisco_lab", "iptables"},
	{"multitarget", "nft"},
	{"multitarget", "iptables"},
	{"multitarget_out", "nft"},
	{"multitarget_out", "iptables"},
	{"nftables0", "nft"},
	{"nftables0", "iptables"},
	{"packetfilter", "nft"},
	{"packetfilter", "iptables"},
	{"speedway", "nft"},
	{"speedway", "iptables"},
	{"srxsimple", "nft"},
	{"stateful_complex", "nft"},
}

// without are terms of a policy that the two halves do not mean alike, and why.
var without = map[string]struct{ term, why string }{
	"speedway": {"base-allow-est-in", "a rule with flags and no protocol asks them of TCP only: it lets all packets of others pass"},
}

// TestPairsLetTheSameIn compares the two halves of pairs for packets that open a
// conversation with the host. The filters are of IPv4.
func TestPairsLetTheSameIn(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	for _, p := range pairs {
		t.Run(p.name+"."+p.twin, func(t *testing.T) {
			text := readCorpus(t, p.name+".pf.conf")
			twin := host(t, p.name+"."+p.twin)
			apart, differ := without[p.name]
			if diff := difference(filter(t, withoutTerm(t, text, apart.term)), twin); diff != "" {
				t.Error(diff)
			}
			if !differ {
				return
			}
			// The reason holds as long as it makes a difference.
			diff := difference(filter(t, text), twin)
			if diff == "" {
				t.Errorf("%s makes no difference; take it off the list", apart.term)
			}
			t.Logf("with %s, %s: %s", apart.term, apart.why, diff)
		})
	}
}

// filter reads a file of pf, behind a rule that blocks what no term speaks of.
func filter(tb testing.TB, text string) *rules.Device {
	tb.Helper()
	f := source.NewFile(mainFile, []byte("block in\n"+text))
	r := pf.Parse(dialect.Input{Name: mainFile, Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	for i := range r.Problems {
		tb.Errorf("%v: %s: %s", r.Problems[i].Span.Position(), r.Problems[i].Kind, r.Problems[i].Message)
	}
	return r.Devices[0].Model
}

// withoutTerm returns a generated file without the rules of a term, which a comment
// begins and a blank line ends.
func withoutTerm(tb testing.TB, text, term string) string {
	tb.Helper()
	if term == "" {
		return text
	}
	before, rest, found := strings.Cut(text, "# term "+term+"\n")
	_, after, ended := strings.Cut(rest, "\n\n")
	if !found || !ended {
		tb.Fatalf("there is no term %s", term)
	}
	return before + after
}

func readCorpus(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(corpus, filepath.Clean(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// host reads the filter of a host.
func host(tb testing.TB, name string) *rules.Device {
	tb.Helper()
	reader := iptables.Parse
	if strings.HasSuffix(name, ".nft") {
		reader = nftables.Parse
	}
	f := source.NewFile(name, []byte(readCorpus(tb, name)))
	return reader(dialect.Input{Name: name, Files: []*source.File{f}, Limits: dialect.DefaultLimits}).Devices[0].Model
}

// difference returns in what new packets to the host two devices differ, and an
// example.
func difference(a, b *rules.Device) string {
	within := []*packet.Boxes{packet.Number(packet.Family, packet.IPv4)}
	answers, err := eval.AskAll(eval.Question{Hook: rules.Input, Nodes: 4_000_000, Arrive: within}, eval.New(a), eval.New(b))
	if err != nil {
		return err.Error()
	}
	one, other := passing(answers[0]), passing(answers[1])
	for _, diff := range []struct {
		set  packet.Set
		what string
	}{
		{one.Can().Minus(other.Can()), "only pf may let pass"},
		{other.Can().Minus(one.Can()), "only the twin may let pass"},
		{one.Always().Minus(other.Always()), "only pf is sure to let pass"},
		{other.Always().Minus(one.Always()), "only the twin is sure to let pass"},
	} {
		if f, _, ok := diff.set.Example(); ok {
			return fmt.Sprintf("%s %s", diff.what, f.String())
		}
	}
	return ""
}

// passing returns the packets that pass, without what a device writes on them
// for itself.
func passing(a *eval.Answer) packet.Set {
	s := a.Accepted().Forget(packet.Mark, packet.ConnMark, packet.DstType, packet.SrcType, packet.Pending)
	return s.And(a.Universe().Known(^packet.FieldSet(0)))
}
