package asa_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// manyTranslations returns a configuration with n rules of NAT of one kind, and
// one for the rest.
func manyTranslations(n int, kind string) []byte {
	var b strings.Builder
	b.WriteString(`ASA Version 9.12(4)
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.2 255.255.255.0
interface GigabitEthernet0/1
 nameif dmz
 security-level 50
 ip address 10.1.0.1 255.255.0.0
route outside 0.0.0.0 0.0.0.0 198.51.100.1
object-group network REMOTE
 network-object 172.16.0.0 255.240.0.0
`)
	for i := range n {
		host := fmt.Sprintf("10.1.%d.%d", i>>8&255, i&255)
		fmt.Fprintf(&b, "object network H%d\n host %s\n", i, host)
		if kind == "exemptions" || kind == "mixed" && i%4 == 0 {
			fmt.Fprintf(&b, "object network R%d\n subnet 172.%d.%d.0 255.255.255.0\n", i, 16+i>>8, i&255)
		}
	}
	for i := range n {
		switch {
		case kind == "exemptions" || kind == "mixed" && i%4 == 0:
			here, there := fmt.Sprintf("H%d", i), fmt.Sprintf("R%d", i)
			fmt.Fprintf(&b, "nat (dmz,outside) source static %s %[1]s destination static %s %[2]s no-proxy-arp\n", here, there)
		case kind == "ports" || kind == "mixed" && i%4 == 1:
			fmt.Fprintf(&b, "object network H%d\n nat (dmz,outside) static 198.51.100.%d service tcp 8443 %d\n", i, 10+i%200, 1000+i/200)
		default:
			fmt.Fprintf(&b, "object network H%d\n nat (dmz,outside) static 203.0.%d.%d\n", i, i>>8&255, i&255)
		}
	}
	b.WriteString("nat (any,outside) after-auto source dynamic any interface\n" +
		"access-list OUT extended permit tcp any 10.1.0.0 255.255.0.0 eq 443\naccess-group OUT in interface outside\n")
	return []byte(b.String())
}

// natQuestions are questions as checks ask them.
var natQuestions = []struct {
	name     string
	question eval.Question
}{
	{"one host from outside", eval.Question{
		Hook: rules.Forward, Arrive: []*packet.Boxes{arrivesBy("outside"), tcpOnly},
		Leave: []*packet.Boxes{packet.Addresses(packet.Dst, packet.OneAddr(netip.MustParseAddr("10.1.1.5"))), packet.Number(packet.DstPort, 443)},
	}},
	{"one host from anywhere", eval.Question{
		Hook: rules.Forward, Arrive: []*packet.Boxes{tcpOnly},
		Leave: []*packet.Boxes{packet.Addresses(packet.Dst, packet.OneAddr(netip.MustParseAddr("10.1.1.5"))), packet.Number(packet.DstPort, 443)},
	}},
	{"a network from outside", eval.Question{
		Hook: rules.Forward, Arrive: []*packet.Boxes{arrivesBy("outside"), tcpOnly},
		Leave: []*packet.Boxes{packet.Prefixes(packet.Dst, netip.MustParsePrefix("10.1.0.0/16"))},
	}},
	{"one host to anywhere", eval.Question{
		Hook: rules.Forward, Arrive: []*packet.Boxes{arrivesBy("dmz"), tcpOnly, packet.Addresses(packet.Src, packet.OneAddr(netip.MustParseAddr("10.1.1.5")))},
	}},
	{"a network to anywhere", eval.Question{
		Hook: rules.Forward, Arrive: []*packet.Boxes{arrivesBy("dmz"), tcpOnly},
	}},
}

var tcpOnly = packet.Number(packet.Protocol, uint32(packet.TCP))

func arrivesBy(name string) *packet.Boxes { return packet.Names(packet.In, packet.Pattern{Text: name}) }

// BenchmarkNAT reads three thousand translations, and asks about them.
func BenchmarkNAT(b *testing.B) {
	const n = 3000
	for _, kind := range []string{"hosts", "ports", "exemptions", "mixed"} {
		text := manyTranslations(n, kind)
		b.Run(kind+"/read", func(b *testing.B) {
			for b.Loop() {
				parseText(b, "edge.asa", text)
			}
		})
		e := eval.New(parseText(b, "edge.asa", text).Devices[0].Model)
		for _, q := range natQuestions {
			b.Run(kind+"/"+q.name, func(b *testing.B) {
				nodes := 0
				for b.Loop() {
					a, err := e.Ask(q.question)
					if err != nil {
						b.Fatal(err)
					}
					nodes = a.Accepted().Universe().Nodes()
				}
				b.ReportMetric(float64(nodes), "nodes")
			})
		}
	}
}

// TestManyTranslationsAreAsked sees that no question outgrows its budget.
func TestManyTranslationsAreAsked(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	e := eval.New(parseText(t, "edge.asa", manyTranslations(1000, "mixed")).Devices[0].Model)
	for _, q := range natQuestions {
		if _, err := e.Ask(q.question); err != nil {
			t.Errorf("%s: %v", q.name, err)
		}
	}
}
