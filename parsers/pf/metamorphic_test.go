package pf_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/pf"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// TestSaidInOtherWords holds configurations against others that say the same.
func TestSaidInOtherWords(t *testing.T) {
	for _, c := range []struct{ name, one, other string }{
		{
			"a list in full", "block\npass in on { em0 em1 } proto { tcp udp } to { 10.0.1.5 10.0.1.6 } port { 80 445 }\npass out\n",
			"block\npass in on em0 proto tcp to 10.0.1.5 port 80\npass in on em0 proto tcp to 10.0.1.5 port 445\npass in on em0 proto tcp to 10.0.1.6 port 80\npass in on em0 proto tcp to 10.0.1.6 port 445\n" +
				"pass in on em0 proto udp to { 10.0.1.5 10.0.1.6 } port { 80 445 }\npass in on em1 proto tcp to { 10.0.1.5 10.0.1.6 } port { 80 445 }\npass in on em1 proto udp to { 10.0.1.5 10.0.1.6 } port { 80 445 }\npass out\n",
		},
		{"negations in a list", "block in\npass in on em0 proto tcp to { !10.0.1.5 !10.0.1.6 } port 445\n", "block in\npass in on em0 proto tcp to any port 445\n"},
		{"macros", "a = \"em0\"\nb = $a em1\np = \"{ 80\"\nblock in\npass in on { $b } proto tcp to any port $p 445 }\n", "block in\npass in on { em0 em1 } proto tcp to any port { 80 445 }\n"},
		{"a table behind its use", "block in\npass in from ! <t>\ntable <t> { 203.0.113.0/24 !203.0.113.9 }\n", "table <t> const { !203.0.113.9 203.0.113.0/25 203.0.113.128/25 }\nblock in\npass in from ! <t>\n"},
		{"before what is quick", "pass in quick proto tcp to 10.0.1.5 port 80\nblock in quick\n", "pass in quick proto tcp to 10.0.1.5 port 80\npass in proto tcp to any port 445\nblock in quick\n"},
		{"what is never reached", "block quick\n", "block quick\npass quick\n"},
		{
			"an anchor in place", "block in\nanchor \"a\" in on em0 proto tcp {\n pass proto tcp to port 80\n block quick proto tcp to port 445\n}\npass in proto tcp to port 445\n",
			"block in\npass in on em0 proto tcp to port 80\nblock in quick on em0 proto tcp to port 445\npass in proto tcp to port 445\n",
		},
		{"a prefix in halves", "block\npass in from 203.0.113.0/24\npass out\n", "block\npass in from { 203.0.113.0/25 203.0.113.128/25 }\npass out\n"},
		{"a range in parts", "block\npass in proto tcp to port 80:445\npass out\n", "block\npass in proto tcp to port { 80:100 101 102 >< 445 102 445 }\npass out\n"},
		{"quick rules in turn", "pass in quick proto tcp to port 80\nblock in quick proto tcp to port 445\n", "block in quick proto tcp to port 445\npass in quick proto tcp to port 80\n"},
		{"last by quick", "block in\npass in proto tcp to port 80\n", "pass in quick proto tcp to port 80\nblock in quick\n"},
		{
			"translation by match", "block\nmatch in on em0 proto tcp to 198.51.100.2 port 80 rdr-to 10.0.1.5 port 445\npass in on em0 proto tcp to 10.0.1.5 port 445\npass out on em2\n",
			"block\npass in on em0 proto tcp to 10.0.1.5 port 445\npass in on em0 proto tcp to 198.51.100.2 port 80 rdr-to 10.0.1.5 port 445\npass out on em2\n",
		},
		{"a tag for conditions", "block\npass in on em0 proto tcp to port 80 tag X\npass out tagged X\n", "block\npass in on em0 proto tcp to port 80\npass out proto tcp to port 80 received-on em0\n"},
		{"both directions", "block\npass on em0\npass on em2\n", "block\npass in on { em0 em2 }\npass out on { em0 em2 }\n"},
		{"comments and joined lines", "block # \\\nin\npass in proto \\\ntcp to port 80\n", "block\npass in proto tcp to port 80\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, got := verdictsOf(t, c.one), verdictsOf(t, c.other)
			for flow, v := range want {
				if got[flow] != v {
					t.Errorf("%s: %s, in other words %s", flow, v, got[flow])
				}
			}
		})
	}
}

// verdictsOf returns what a configuration does with packets between the hosts of the
// cases.
func verdictsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	s := &scenario{text: text, flavour: "pf-openbsd"}
	r := pf.Parse(s.input())
	e := eval.New(s.device(r.Devices[0].Model))
	out := map[string]string{}
	for in, hosts := range map[string][]string{"em0": {"203.0.113.9", "203.0.113.200", "192.0.2.1"}, "em1": {"10.0.0.9"}, "em2": {"10.0.1.5"}} {
		for _, src := range hosts {
			for _, dst := range []string{"10.0.1.5", "10.0.1.6", "10.0.0.8", "203.0.113.77", "198.51.100.2"} {
				for _, proto := range []packet.Proto{packet.TCP, packet.UDP} {
					for _, port := range []uint16{79, 80, 101, 102, 103, 445, 446} {
						f := packet.Flow{In: in, Src: netip.MustParseAddr(src), Dst: netip.MustParseAddr(dst), Proto: proto, SrcPort: 40000, DstPort: port, State: packet.New}
						if proto == packet.TCP {
							f.TCPFlags = packet.SYN
						}
						trace := e.Walk(e.Arrive(f, 0))
						v := trace.Verdict.String()
						if trace.Verdict == rules.Accept {
							v = fmt.Sprint(v, " ", trace.Left.Dst, " ", trace.Left.DstPort)
						}
						out[fmt.Sprint(proto, " ", src, " > ", dst, " ", port, " in ", in)] = v
					}
				}
			}
		}
	}
	return out
}
