package iptables_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// router is what is known of the machine on which the verdicts were observed.
func router(d *rules.Device) *rules.Device {
	p := netip.MustParsePrefix
	return d.With([]rules.Interface{
		{Name: "eth0", Addrs: []netip.Prefix{p("203.0.113.1/24")}},
		{Name: "eth1", Addrs: []netip.Prefix{p("192.0.2.1/24")}},
		{Name: "eth2", Addrs: []netip.Prefix{p("10.0.0.1/24")}},
	}, []rules.Route{{To: p("0.0.0.0/0"), Out: "eth0"}, {To: p("10.0.0.0/8"), Out: "eth2"}})
}

// readPacket reads "eth0 tcp 198.51.100.7:1 > 192.0.2.10:80 flags S state new".
func readPacket(t *testing.T, s string) packet.Flow {
	t.Helper()
	w := strings.Fields(s)
	f := packet.Flow{In: w[0]}
	switch w[1] {
	case "tcp":
		f.Proto, f.TCPFlags = packet.TCP, packet.SYN
	case "udp":
		f.Proto = packet.UDP
	case "icmp":
		f.Proto, f.ICMPType = packet.ICMP, 8
	default:
		var n uint8
		if _, err := fmt.Sscan(w[1], &n); err != nil {
			t.Fatal(err)
		}
		f.Proto = packet.Proto(n)
	}
	end := func(s string) (netip.Addr, uint16) {
		if a, err := netip.ParseAddrPort(s); err == nil {
			return a.Addr(), a.Port()
		}
		return netip.MustParseAddr(s), 40000
	}
	var sport, dport uint16
	f.Src, sport = end(w[2])
	f.Dst, dport = end(w[4])
	if f.Proto.HasPorts() {
		f.SrcPort, f.DstPort = sport, dport
	}
	for i := 5; i+1 < len(w); i += 2 {
		switch w[i] {
		case "flags":
			flags, err := packet.ParseFlags(w[i+1])
			if err != nil {
				t.Fatal(err)
			}
			f.TCPFlags = flags
		case "type":
			_, _ = fmt.Sscan(w[i+1], &f.ICMPType)
		case "state":
			f.State = packet.Invalid
		}
	}
	return f
}

// became returns what a trace says of a packet, in the words of the cases.
func became(tr *eval.Trace, want string) string {
	got := tr.Verdict.String()
	if tr.Verdict == rules.Accept {
		got = map[rules.Hook]string{rules.Forward: "forward", rules.Input: "local"}[tr.Hook]
	}
	w := strings.Fields(want)
	switch {
	case len(w) == 2:
		to := netip.AddrPortFrom(tr.Left.Dst, tr.Left.DstPort)
		if !tr.Left.Knows(packet.Dst) {
			return got + " ?"
		}
		got += " " + to.String()
	case len(w) == 3:
		if !tr.Left.Knows(packet.Src) {
			return got + " src ?"
		}
		got += " src " + tr.Left.Src.String()
	}
	return got
}

func TestVerdictsAreTheKernels(t *testing.T) {
	text, err := os.ReadFile("testdata/conformance.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split(string(text), "\n== ")[1:] {
		name, rest, _ := strings.Cut(c, "\n")
		ruleset, packets, _ := strings.Cut(rest, "\n--\n")
		t.Run(name, func(t *testing.T) {
			r := parse(t, name, []byte(ruleset+"\n"))
			for _, p := range r.Problems {
				if p.Kind <= 2 {
					t.Errorf("%v: %s", p.Span.Position(), p.Message)
				}
			}
			e := eval.New(router(r.Devices[0].Model))
			for line := range strings.Lines(packets) {
				question, want, ok := strings.Cut(strings.TrimSpace(line), " = ")
				if !ok {
					continue
				}
				tr := e.Walk(e.Arrive(readPacket(t, question), 0))
				if got := became(tr, want); got != want {
					t.Errorf("%s: got %s, want %s", question, got, want)
				}
			}
		})
	}
}
