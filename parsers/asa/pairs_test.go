package asa_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/iptables"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the collection of real configurations lies, if it is there.
const corpus = "../../../shared/corpus"

// pair is an access list and a filter of a host that were made from one policy.
type pair struct {
	list, name string // a file, and the list in it
	twin       string
	hook       rules.Hook
	// without are terms of the policy whose entries the list has and the filter
	// has not, by their remarks, and why is the reason.
	without []string
	why     string
}

const established = "an access list cannot say that a packet belongs to a connection: the generator lets all packets of the term pass"

var pairsOfLists = []pair{
	{"pairs/capirca/cisco_lab.asa", "asa_in", "pairs/capirca/cisco_lab.nft", rules.Input, []string{"accept-tcp-replies"}, established},
	{"pairs/capirca/cisco_lab.asa", "asa_in", "pairs/capirca/cisco_lab.iptables", rules.Input, []string{"accept-tcp-replies"}, established},
	{"pairs/capirca/multitarget.asa", "asa_in", "pairs/capirca/multitarget.nft", rules.Input, []string{"permit-tcp-established"}, established},
	{"pairs/capirca/multitarget.asa", "asa_in", "pairs/capirca/multitarget.iptables", rules.Input, []string{"permit-tcp-established"}, established},
	{"pairs/capirca/multitarget_out.asa", "asa_in", "pairs/capirca/multitarget_out.nft", rules.Input, nil, ""},
	{"pairs/capirca/multitarget_out.asa", "asa_in", "pairs/capirca/multitarget_out.iptables", rules.Input, nil, ""},
	{"pairs/capirca/nftables0.asa", "asa_in", "pairs/capirca/nftables0.nft", rules.Input, nil, ""},
	{"pairs/capirca/nftables0.asa", "asa_in", "pairs/capirca/nftables0.iptables", rules.Input, nil, ""},
	{"pairs/capirca/packetfilter.asa", "asa_in", "pairs/capirca/packetfilter.nft", rules.Input, nil, ""},
	{"pairs/capirca/packetfilter.asa", "asa_in", "pairs/capirca/packetfilter.iptables", rules.Input, nil, ""},
	{"pairs/capirca/speedway.asa", "asa_in", "pairs/capirca/speedway.nft", rules.Input, []string{"base-allow-est-in"}, established},
	{"pairs/capirca/speedway.asa", "asa_in", "pairs/capirca/speedway.iptables", rules.Input, []string{"base-allow-est-in"}, established},
	{"pairs/capirca/srxsimple.asa", "asa_in", "pairs/capirca/srxsimple.nft", rules.Input, nil, ""},
	{"asa/aerleon/sample_multitarget.asa", "asa_in", "pairs/iptables-nft/aerleon__sample_multitarget.iptables", rules.Input, []string{"permit-tcp-established"}, established},
	{"asa/aerleon/sample_multitarget.asa", "asa_out", "pairs/iptables-nft/aerleon__sample_multitarget.iptables", rules.Output, nil, ""},
	{"asa/aerleon/sample_multitarget.asa", "asa_in", "pairs/iptables-nft/aerleon__sample_multitarget.nft", rules.Input, []string{"permit-tcp-established"}, established},
	{"asa/aerleon/sample_multitarget.asa", "asa_out", "pairs/iptables-nft/aerleon__sample_multitarget.nft", rules.Output, nil, ""},
}

// TestPairsLetTheSameIn compares access lists with the filters for hosts that
// were made from the same policy, for packets that open a conversation. The
// filters are of IPv4; the lists are too, but for "any".
func TestPairsLetTheSameIn(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	for _, p := range pairsOfLists {
		t.Run(p.list+" "+p.name+" "+filepath.Base(p.twin), func(t *testing.T) {
			text := withoutTerms(t, read(t, p.list), p.without)
			a, b := oneList(t, p.name, text, p.hook), host(t, p.twin)
			if diff := difference(a, b, p.hook, packet.New, packet.Number(packet.Family, packet.IPv4)); diff != "" {
				t.Error(diff)
			}
			if len(p.without) == 0 {
				return
			}
			// The reason holds as long as it makes a difference.
			whole := oneList(t, p.name, read(t, p.list), p.hook)
			diff := difference(whole, b, p.hook, packet.New, packet.Number(packet.Family, packet.IPv4))
			if diff == "" {
				t.Errorf("%v make no difference; take them off the list", p.without)
			}
			t.Logf("with %v, %s: %s", p.without, p.why, diff)
		})
	}
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(corpus, filepath.Clean(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// withoutTerms returns a generated configuration without the entries of some
// terms: those between the remark that is a term's name and the next blank line.
func withoutTerms(tb testing.TB, text string, terms []string) string {
	tb.Helper()
	var b strings.Builder
	left := 0
	for term := range strings.SplitSeq(text, "\n\n\n") {
		first, _, _ := strings.Cut(strings.TrimSpace(term), "\n")
		words := strings.Fields(first)
		if len(words) > 0 && slices.Contains(terms, words[len(words)-1]) {
			left++
			continue
		}
		b.WriteString(term + "\n")
	}
	if left != len(terms) {
		tb.Fatalf("%d of the terms %v were found", left, terms)
	}
	return b.String()
}

// host reads the filter of a host.
func host(tb testing.TB, name string) *rules.Device {
	tb.Helper()
	reader := iptables.Parse
	if strings.HasSuffix(name, ".nft") {
		reader = nftables.Parse
	}
	f := source.NewFile(filepath.Base(name), []byte(read(tb, name)))
	r := reader(dialect.Input{Name: f.Name, Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	return r.Devices[0].Model
}
