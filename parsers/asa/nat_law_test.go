package asa_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/parsers/asa"
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The rules of NAT that follow are carried out twice: by the parser and the
// evaluators, and packet by packet as 7.4 and 7.5 of the sheet tell it.

// plainRule is a rule of twice NAT over lists of hosts.
type plainRule struct {
	real, mapped     string // interfaces
	dynamic          bool
	src, srcMapped   []netip.Addr
	hasDest          bool
	dstMapped, dst   []netip.Addr
	near, far        uint16 // the destination port as seen from the real side, and the real one; 0: any
	unidirectional   bool
	lookup, inactive bool
}

// plainPacket is a TCP packet and where it is.
type plainPacket struct {
	in, out      string
	src, dst     netip.Addr
	sport, dport uint16
	pool         []netip.Addr // the source is one of these
}

const plainHead = `ASA Version 9.12(4)
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.0.0.1 255.255.255.0
interface GigabitEthernet0/2
 nameif dmz
 security-level 50
 ip address 10.0.1.1 255.255.255.0
route outside 0.0.0.0 0.0.0.0 198.51.100.1
same-security-traffic permit inter-interface
same-security-traffic permit intra-interface
access-list ALL extended permit ip any any
access-group ALL global
`

func (r *plainRule) write(b *strings.Builder, n int) {
	group := func(name string, list []netip.Addr) string {
		name = fmt.Sprintf("%s%d", name, n)
		fmt.Fprintf(b, "object-group network %s\n", name)
		for _, a := range list {
			fmt.Fprintf(b, " network-object host %v\n", a)
		}
		return name
	}
	line := fmt.Sprintf("nat (%s,%s) source static", r.real, r.mapped)
	if r.dynamic {
		line = fmt.Sprintf("nat (%s,%s) source dynamic", r.real, r.mapped)
	}
	line += " " + group("S", r.src) + " " + group("SM", r.srcMapped)
	if r.hasDest {
		line += " destination static " + group("DM", r.dstMapped) + " " + group("D", r.dst)
	}
	if r.near != 0 {
		fmt.Fprintf(b, "object service NEAR%d\n service tcp destination eq %d\nobject service FAR%d\n service tcp destination eq %d\n", n, r.near, n, r.far)
		line += fmt.Sprintf(" service NEAR%d FAR%d", n, n)
	}
	for word, on := range map[string]bool{" unidirectional": r.unidirectional, " route-lookup": r.lookup, " inactive": r.inactive} {
		if on {
			line += word
		}
	}
	b.WriteString(line + "\n")
}

func fits(name, at string) bool { return name == "any" || name == at }

func carry(a netip.Addr, from, to []netip.Addr) netip.Addr { return to[slices.Index(from, a)%len(to)] }

// forwardFits reports whether a packet goes forward through the rule, its
// interfaces aside.
func (r *plainRule) forwardFits(src, dst netip.Addr, dport uint16) bool {
	return slices.Contains(r.src, src) && (!r.hasDest || slices.Contains(r.dstMapped, dst)) && (r.near == 0 || dport == r.near)
}

func (r *plainRule) backFits(p *plainPacket) bool {
	return !r.dynamic && !r.unidirectional && fits(r.mapped, p.in) && slices.Contains(r.srcMapped, p.dst) &&
		(!r.hasDest || slices.Contains(r.dst, p.src)) && (r.near == 0 || p.sport == r.far)
}

func (r *plainRule) same() bool { return !r.dynamic && slices.Equal(r.src, r.srcMapped) }

func routeOf(a netip.Addr) string {
	switch {
	case netip.MustParsePrefix("10.0.0.0/24").Contains(a):
		return "inside"
	case netip.MustParsePrefix("10.0.1.0/24").Contains(a):
		return "dmz"
	}
	return "outside"
}

// carryOut returns the packet as it leaves, and false if it is dropped.
func carryOut(list []plainRule, p plainPacket) (plainPacket, bool) {
	q := p
	by, back, moved := -1, -1, false
	for i := range list { // phase A
		r := &list[i]
		switch {
		case r.hasDest && fits(r.real, p.in) && r.forwardFits(p.src, p.dst, p.dport):
			q.dst = carry(p.dst, r.dstMapped, r.dst)
			if r.near != 0 {
				q.dport = r.far
			}
			q.out = r.mapped
		case r.backFits(&p):
			q.dst = carry(p.dst, r.srcMapped, r.src)
			q.out, by = r.real, i
			if r.hasDest {
				back = i
			}
		default:
			continue
		}
		if r.lookup || q.out == "any" {
			q.out = ""
		}
		moved = q.dst != p.dst || q.dport != p.dport
		break
	}
	if q.out == "" {
		q.out = routeOf(q.dst)
	}
	if !replyFits(list, &p, &q, by, moved) {
		return q, false
	}
	if back >= 0 {
		r := &list[back]
		q.src = carry(p.src, r.dst, r.dstMapped)
		if r.near != 0 {
			q.sport = r.near
		}
		return q, true
	}
	for i := range list { // phase B
		r := &list[i]
		if !fits(r.real, p.in) || !fits(r.mapped, q.out) || !r.forwardFits(p.src, p.dst, p.dport) {
			continue
		}
		if r.dynamic {
			q.pool = r.srcMapped
		} else {
			q.src = carry(p.src, r.src, r.srcMapped)
		}
		break
	}
	return q, true
}

// replyFits says whether the rule that the reply meets is the one by which the
// packet came (7.5): by is that rule, if it came backward.
func replyFits(list []plainRule, p, q *plainPacket, by int, moved bool) bool {
	for i := range list {
		r := &list[i]
		forward := fits(r.real, p.in) && fits(r.mapped, q.out) && r.forwardFits(p.src, p.dst, p.dport)
		if !r.same() && forward && fits(r.real, q.out) && fits(r.mapped, p.in) && slices.Contains(r.src, q.dst) {
			return true // the packet uses the rule itself
		}
		seen, port := p.src, p.sport
		if i == by && r.hasDest {
			seen = carry(p.src, r.dst, r.dstMapped)
			if r.near != 0 {
				port = r.near
			}
		}
		switch {
		case !fits(r.real, q.out) || !fits(r.mapped, p.in) || !r.forwardFits(q.dst, seen, port):
		case i == by:
			return true
		case r.dynamic:
			return false
		default:
			stays := carry(q.dst, r.src, r.srcMapped) == q.dst
			return moved != stays
		}
	}
	return true
}

func drawRule(t *rapid.T) plainRule {
	pick := func(what string, n int, from ...string) []netip.Addr {
		list := rapid.Permutation(from).Draw(t, what)[:n]
		out := make([]netip.Addr, n)
		for i, s := range list {
			out[i] = netip.MustParseAddr(s)
		}
		return out
	}
	iface := func(what string) string {
		return rapid.SampledFrom([]string{"inside", "inside", "dmz", "outside", "any"}).Draw(t, what)
	}
	n := rapid.IntRange(1, 3).Draw(t, "hosts")
	r := plainRule{
		real: iface("real"), mapped: iface("mapped"),
		dynamic: rapid.IntRange(0, 3).Draw(t, "kind") == 0,
		src:     pick("src", n, plainHosts...),
		hasDest: rapid.Bool().Draw(t, "has destination"),
		lookup:  rapid.IntRange(0, 4).Draw(t, "lookup") == 0, unidirectional: rapid.IntRange(0, 5).Draw(t, "unidirectional") == 0,
		inactive: rapid.IntRange(0, 9).Draw(t, "inactive") == 0,
	}
	r.srcMapped = pick("mapped source", n, plainHosts...)
	if rapid.IntRange(0, 3).Draw(t, "identity") == 0 {
		r.srcMapped = r.src
	}
	if r.dynamic {
		r.unidirectional, r.lookup = false, false
	}
	if !r.hasDest {
		return r
	}
	m := rapid.IntRange(1, 2).Draw(t, "destinations")
	r.dstMapped = pick("mapped destination", m, plainHosts...)
	r.dst = r.dstMapped
	if rapid.Bool().Draw(t, "other destination") {
		r.dst = pick("destination", m, plainHosts...)
	}
	if rapid.IntRange(0, 2).Draw(t, "service") == 0 {
		r.near, r.far = rapid.SampledFrom([]uint16{80, 443}).Draw(t, "near"), rapid.SampledFrom([]uint16{80, 8080}).Draw(t, "far")
	}
	return r
}

var plainHosts = []string{"10.0.0.8", "10.0.0.9", "10.0.1.5", "198.51.100.20", "203.0.113.9"}

// TestNATLaw compares what becomes of packets with what the sheet says.
func TestNATLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString(plainHead)
		var list []plainRule
		for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
			r := drawRule(t)
			r.write(&b, i)
			if !r.inactive {
				list = append(list, r)
			}
		}
		host := rapid.SampledFrom(plainHosts)
		port := rapid.SampledFrom([]uint16{80, 443, 8080, 40000})
		p := plainPacket{
			in:  rapid.SampledFrom([]string{"inside", "dmz", "outside"}).Draw(t, "in"),
			src: netip.MustParseAddr(host.Draw(t, "source")), dst: netip.MustParseAddr(host.Draw(t, "destination")),
			sport: port.Draw(t, "source port"), dport: port.Draw(t, "destination port"),
		}
		want, passes := carryOut(list, p)
		if p.src == p.dst || p.src == want.dst {
			t.Skip("a packet from a host to itself")
		}
		e := eval.New(asa.Parse(dialect.Input{
			Name: "edge", Files: []*source.File{source.NewFile("edge.asa", []byte(b.String()))}, Limits: dialect.DefaultLimits,
		}).Devices[0].Model)
		trace := e.Walk(e.Arrive(packet.Flow{
			In: p.in, Src: p.src, Dst: p.dst, Proto: packet.TCP, SrcPort: p.sport, DstPort: p.dport, TCPFlags: packet.SYN,
		}, rules.Forward))
		if passes != (trace.Verdict == rules.Accept) {
			t.Fatalf("%s\n%+v\nit passes: %v\n%s", b.String(), p, passes, story(trace))
		}
		f := &trace.Left
		if !passes {
			return
		}
		right := f.Knows(packet.Src) && f.Src == want.src && f.SrcPort == want.sport
		if want.pool != nil {
			right = !f.Knows(packet.Src) || slices.Contains(want.pool, f.Src)
		}
		if !right || f.Dst != want.dst || f.DstPort != want.dport || f.Out != want.out {
			t.Fatalf("%s\n%+v\nwant %+v\n%s", b.String(), p, want, story(trace))
		}
	})
}

// TestStaticRulesRestore sends packets to mapped addresses, and then from the
// real ones that they come to: they leave by the mapped ones (7.4, 8). What no
// rule names is left alone.
func TestStaticRulesRestore(t *testing.T) {
	for name, text := range map[string]string{
		"object":  plainHead + "object network R\n range 10.0.0.20 10.0.0.90\nobject network M\n range 198.51.100.120 198.51.100.190\nobject network R\n nat (inside,outside) static M\n",
		"twice":   plainHead + "object network R\n range 10.0.0.20 10.0.0.90\nobject network M\n range 198.51.100.120 198.51.100.190\nnat (inside,outside) source static R M\n",
		"network": plainHead + "object network R\n subnet 10.0.0.64 255.255.255.192\n nat (inside,outside) static 198.51.100.64\n",
		"old":     strings.Replace(plainHead, "9.12(4)", "8.2(5)", 1) + "static (inside,outside) 198.51.100.64 10.0.0.64 netmask 255.255.255.192\n",
		"policy": strings.Replace(plainHead, "9.12(4)", "8.2(5)", 1) +
			"access-list P extended permit ip 10.0.0.64 255.255.255.192 203.0.113.0 255.255.255.0\nstatic (inside,outside) 198.51.100.64 access-list P\n",
	} {
		if name == "old" || name == "policy" {
			text = strings.Replace(text, "access-group ALL global", "access-group ALL in interface outside", 1)
		}
		e := eval.New(parseText(t, "edge.asa", []byte(text)).Devices[0].Model)
		walk := func(in, src, dst string) *packet.Flow {
			f := packet.Flow{In: in, Src: netip.MustParseAddr(src), Dst: netip.MustParseAddr(dst), Proto: packet.TCP, SrcPort: 443, DstPort: 443, TCPFlags: packet.SYN}
			return &e.Walk(e.Arrive(f, rules.Forward)).Left
		}
		moved := 0
		for i := 3; i < 255; i++ {
			mapped := fmt.Sprintf("198.51.100.%d", i)
			there := walk("outside", "203.0.113.9", mapped)
			if !there.DstTranslated {
				continue
			}
			moved++
			back := walk("inside", there.Dst.String(), "203.0.113.9")
			if back.Src.String() != mapped || back.Out != "outside" {
				t.Errorf("%s: %s becomes %v, and back %v", name, mapped, there.Dst, back)
			}
		}
		if moved < 60 {
			t.Errorf("%s: %d addresses are translated", name, moved)
		}
		for _, host := range []string{"10.0.0.5", "10.0.0.240"} {
			if left := walk("inside", host, "203.0.113.9"); left.SrcTranslated || left.DstTranslated || left.Out != "outside" {
				t.Errorf("%s: what no rule names becomes %v", name, left)
			}
		}
	}
}
