package eval_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// lastMatch returns a device with a list like one of pf: half of the rules are
// quick, one of ten drops, one of a hundred is for the network of the question, and
// every rule that lets pass says whether it keeps state.
func lastMatch(n int) *rules.Device {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	keep := []rules.Assign{{Field: packet.ConnMark, Mask: 1, Value: 1}}
	list := []*rules.Rule{{Action: rules.Action{Verdict: rules.Drop, Tentative: true}}}
	for len(list) < n {
		a := rules.Action{Verdict: rules.Accept, Tentative: random.IntN(2) == 0, Set: keep}
		if random.IntN(10) == 0 {
			a.Verdict, a.Set = rules.Drop, nil
		}
		network := netip.AddrFrom4([4]byte{10, byte(random.IntN(200)), byte(random.IntN(256)), byte(random.IntN(256))})
		if random.IntN(100) == 0 {
			network = netip.AddrFrom4([4]byte{10, 250, byte(random.IntN(4)), byte(random.IntN(256))})
		}
		bits := []int{32, 32, 28, 24, 23}[random.IntN(5)]
		m := rules.Match{
			{Boxes: packet.Names(packet.In, packet.Pattern{Text: []string{"outside", "inside", "dmz"}[random.IntN(3)]})},
			{Boxes: packet.Number(packet.Protocol, uint32([]packet.Proto{packet.TCP, packet.UDP}[random.IntN(2)]))},
			{Boxes: packet.Prefixes(packet.Dst, netip.PrefixFrom(network, bits))},
			{Boxes: packet.Numbers(packet.DstPort, packet.One(uint32([]int{22, 80, 443, 445, 1024 + random.IntN(60000)}[random.IntN(5)])))},
		}
		if random.IntN(3) == 0 {
			from := netip.AddrFrom4([4]byte{byte(random.IntN(224)), byte(random.IntN(256)), 0, 0})
			m = append(m, rules.Term{Boxes: packet.Prefixes(packet.Src, netip.PrefixFrom(from, 8+random.IntN(12)))})
		}
		list = append(list, &rules.Rule{Action: a, Match: m})
	}
	for _, r := range list {
		r.Span = text.Span(0, 4)
	}
	c := &rules.Chain{Name: "in", Rules: list, Policy: rules.Action{Verdict: rules.Drop}, Span: text.Span(0, 4)}
	stage := &rules.Stage{Hook: rules.Prerouting, Chain: c, Filters: true, Route: true, Next: []rules.Edge{{}}}
	return &rules.Device{Chains: []*rules.Chain{c}, Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: stage}}}}
}

// BenchmarkLastMatch asks what gets to a network, of many rules the last that
// matches deciding: to one that one of a hundred rules is for, and to one of a
// third of them.
//
//	go test -run '^$' -bench LastMatch ./rules/eval
func BenchmarkLastMatch(b *testing.B) {
	for _, x := range []struct {
		rules   int
		network string
	}{{1_000, "10.250.0.0/22"}, {50_000, "10.250.0.0/22"}, {10_000, "10.0.0.0/10"}} {
		b.Run(fmt.Sprintf("rules=%d/to=%s", x.rules, x.network), func(b *testing.B) {
			e := eval.New(lastMatch(x.rules))
			q := eval.Question{Hook: rules.Forward, Leave: []*packet.Boxes{packet.Prefixes(packet.Dst, netip.MustParsePrefix(x.network))}}
			for b.Loop() {
				a, err := e.Ask(q)
				if err != nil || a.Accepted().IsEmpty() {
					b.Fatal("nothing gets to the network", err)
				}
				b.ReportMetric(float64(a.Universe().Nodes()), "nodes")
			}
		})
	}
}
