package pf

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// FuzzParse reads any text: what comes out is valid and the same each time, every
// statement is accounted for, and packets find their way through it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"ext_if = \"em0\"\nset skip on lo\nblock log\nmatch out on $ext_if nat-to ($ext_if:0)\npass in on $ext_if proto tcp to port { 80, 443 } rdr-to 10.0.0.2 port 8000:*\n",
		"table <t> { 10/8 !10.1/16 em1 host.example } file \"x\"\nblock from { <t> ! <u> !em0 self }\npass to ! (em0:network) tag A\npass tagged A\n",
		"anchor \"a/*\" in quick on egress {\n pass\n}\nanchor \"a\" {\n match quick\n anchor \"/a\" {\n block quick\n }\n}\nload anchor a/b from \"x\"\nanchor \"ftp-proxy/*\"\n",
		"nat on em0 from 10/8 to any -> { 1.2.3.4 5.6.7.8 } static-port\nrdr pass on em0 proto tcp to port 80:90 -> 10.0.0.1 port 8000:*\nbinat on em0 from 10.0.0.0/24 to any -> 192.0.2.0/24\nno rdr all\nrdr-anchor \"r/*\"\nscrub in\npass no state\n",
		"match on em0 from 10.0.0.1 binat-to 192.0.2.1\npass in af-to inet6 from ::1\npass out divert-packet port 1\npass in divert-to 127.0.0.1 port 1\npass in route-to 10.0.0.1 quick probability 5% (max 3)\n",
		"set state-policy if-bound\nset reassemble no\nantispoof quick for { em0 (em1) lo0 }\npass in on { em0 !em1 any } proto { icmp icmp6 } user root\npass inet proto icmp icmp-type { echoreq unreach code 3 }\nblock from urpf-failed\n",
		"rdr proto tcp -> 10.0.0.1 port 2:1\nnat all -> (:network) port 9:8\npass to (:network)\n",
		"pass on { em0 em1 } proto { tcp udp } from { a.b 10.0.0.1 } to <t> tag \"x_$if_$srcaddr\"\npass tagged \"x_$nr\" received-on vlan\n",
	} {
		f.Add([]byte(text))
	}
	limits := dialect.Limits{Line: 1 << 12, Nesting: 8, Expansion: 2_000}
	f.Fuzz(func(t *testing.T, text []byte) {
		in := dialect.Input{
			Name: "fw", Files: []*source.File{source.NewFile("pf.conf", text), source.NewFile("x", []byte("10.0.0.1\n"))}, Limits: limits,
			Interfaces: []rules.Interface{{Name: "em0", Addrs: []netip.Prefix{netip.MustParsePrefix("198.51.100.2/24"), netip.MustParsePrefix("2001:db8::2/64")}}},
		}
		r := Parse(in)
		d := r.Devices[0]
		if err := d.Model.Validate(); err != nil {
			t.Fatal(err)
		}
		for i, c := range d.Statements {
			if !c.IsBalanced() {
				t.Errorf("statements of file %d are not accounted for: %+v", i, c)
			}
		}
		for _, p := range r.Problems {
			checkSpan(t, p.Span)
		}
		var texts [2]strings.Builder
		for i := range texts {
			if err := Parse(in).Devices[0].Model.Format(&texts[i]); err != nil {
				t.Fatal(err)
			}
		}
		if texts[0].String() != texts[1].String() {
			t.Error("twice parsed, it is not the same")
		}
		agree(t, d.Model)
	})
}

// agree leads packets through a device, one by one and as a set.
func agree(t *testing.T, d *rules.Device) {
	t.Helper()
	e := eval.New(d)
	for _, dst := range []string{"198.51.100.2", "10.0.0.1"} {
		start := e.Arrive(packet.Flow{
			In: "em0", Out: "em1", Src: netip.MustParseAddr("203.0.113.9"), Dst: netip.MustParseAddr(dst), Proto: packet.TCP, SrcPort: 40000, DstPort: 80, TCPFlags: packet.SYN,
		}, 0)
		trace := e.Walk(start)
		if trace.Verdict == rules.Undecided {
			continue
		}
		a, err := e.Ask(eval.Question{Hook: trace.Hook, Nodes: 1 << 18, Arrive: []*packet.Boxes{
			packet.Addresses(packet.Src, packet.OneAddr(start.Flow.Src)), packet.Addresses(packet.Dst, packet.OneAddr(start.Flow.Dst)),
			packet.Number(packet.Protocol, uint32(packet.TCP)), packet.Number(packet.SrcPort, 40000), packet.Number(packet.DstPort, 80),
			packet.Names(packet.In, packet.Pattern{Text: "em0"}), packet.Number(packet.TCPFlags, uint32(packet.SYN)),
		}})
		if err != nil {
			continue
		}
		if passes := !a.Accepted().Can().IsEmpty(); trace.Verdict == rules.Accept && !passes {
			t.Errorf("Walk lets a packet to %s pass, Ask does not", dst)
		}
	}
}
