//go:build kernel && linux

package kernel_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	scriptCount = flag.Int("kernel.scripts", 150, "random nft scripts to try")
	scriptSeed  = flag.Uint64("kernel.scriptseed", 1, "seed of the random nft scripts")
)

// scriptGenerator makes random nft scripts out of what is modelled exactly.
type scriptGenerator struct {
	r   *rand.Rand
	six bool
}

// conditions are what rules ask for. A %s stands for ip or ip6.
var conditions = []string{
	"tcp dport 80", "tcp dport != 80", "tcp dport { 22, 80-90 }", "tcp dport @ports", "tcp dport != @ports", "udp dport 53", "udp dport { 53, 80 }",
	"tcp sport 40000", "tcp sport != 1-1023", "tcp dport >= 443", "meta l4proto tcp", "meta l4proto != tcp", "meta l4proto { tcp, udp }",
	"meta l4proto { tcp, udp } th dport 80", "meta l4proto { icmp, ipv6-icmp }", "meta nfproto ipv4", "meta nfproto != ipv6",
	"ip saddr $O", "ip saddr != $O", "ip saddr @nets", "ip saddr != @nets", "ip daddr { $D, $P }", "ip daddr != $D", "ip saddr . tcp dport @both",
	"ip saddr . ip daddr != { $O . $D, $I . $O }", "ip6 saddr 2001:db8:ffff::/48", "ip6 daddr != 2001:db8:1::10", "ip6 saddr @nets6", "ip protocol udp",
	"iifname eth0", "iifname != \"eth0\"", "iifname \"eth*\"", "oifname eth1", "oifname != eth1", "iifname @names", "iif eth2", "oif != eth0",
	"iifname . meta l4proto { eth0 . tcp, eth2 . udp }", "tcp flags syn", "tcp flags == syn", "tcp flags & (syn | ack) == syn", "tcp flags ! syn", "tcp flags syn,ack",
	"ct state new", "ct state established,related", "ct state != invalid", "ct state { new, untracked }", "ct state invalid", "ct status dnat", "ct status ! dnat",
	"ct mark 0", "ct mark 0x3", "meta mark 0", "meta mark 0x3", "meta mark & 0xf0 == 0x10", "meta mark != 0x3",
	"meta mark { 0x1, 0x3, 0x10-0x1f }", "icmp type echo-request", "icmpv6 type echo-request", "fib daddr type local", "fib daddr type != local",
	"meta pkttype host", "icmp type . icmp code { 8 . 0, 3 . 1 }", "ip saddr 198.51.100.5-198.51.100.9", "ip daddr 192.0.2.0/24",
}

// changes are what rules do beside deciding.
var changes = []string{
	"meta mark set 0x3", "meta mark set 0x10", "meta mark set meta mark or 0x10", "meta mark set meta mark and 0xf xor 0x1", "ct mark set meta mark",
	"ct mark set 0x3", "meta mark set ct mark", "counter", "log prefix \"x\"", "meta mark set tcp dport map { 80 : 0x3, 22 : 0x11 }",
	"meta mark set meta mark map { 0 : 0x3, 0x3 : 0x10 }", "counter log",
}

// lookups are rules that look a verdict up.
var lookups = []string{
	"tcp dport vmap { 22 : accept, 80-89 : jump one, * : continue }", "tcp dport vmap @verdicts", "ct state vmap { established : accept, invalid : drop }",
	"iifname vmap { eth0 : jump one, eth2 : goto two }", "meta l4proto vmap { tcp : jump two, udp : return }", "ip saddr . tcp dport vmap { $O . 80 : drop, $I . 22 : accept }",
	"meta mark vmap { 0x3 : drop, 0x10-0x1f : accept }", "meta mark vmap { 0 : jump one, 0x3 : jump two, 0x10-0x1f : goto two }",
	"ct state vmap { new : jump one, untracked : jump two }", "ip daddr vmap { $D : jump two, $P : drop }", "tcp dport vmap { 80 : continue, 22 : drop } meta mark set 0x3",
}

func (g *scriptGenerator) one(list []string) string { return list[g.r.IntN(len(list))] }

// layers are the words by which conditions ask for a protocol or an IP version: nft refuses rules that ask for two.
var layers = [2][]string{{"tcp ", "udp ", "icmp", "l4proto", "th ", "protocol"}, {"ip ", "ip6 ", "nfproto", "icmp"}}

// asks returns which layers a part of a rule asks for.
func asks(part string) (set [2]bool) {
	for i, words := range layers {
		for _, w := range words {
			set[i] = set[i] || strings.Contains(part, w)
		}
	}
	return set
}

// rule returns a random rule that ends with one of the verdicts.
func (g *scriptGenerator) rule(verdicts []string) string {
	var parts []string
	var used [2]bool
	add := func(list []string) {
		part := g.one(list)
		set := asks(part)
		if used[0] && set[0] || used[1] && set[1] {
			return
		}
		used[0], used[1] = used[0] || set[0], used[1] || set[1]
		parts = append(parts, part)
	}
	for range g.r.IntN(4) {
		add(conditions)
	}
	switch g.r.IntN(6) {
	case 0:
		before := len(parts)
		add(lookups)
		if len(parts) > before {
			return strings.Join(parts, " ")
		}
	case 1, 2:
		add(changes)
		if g.r.IntN(3) == 0 {
			add(conditions)
		}
	}
	if len(parts) == 0 || g.r.IntN(5) > 0 {
		add(verdicts)
	}
	if len(parts) == 0 {
		return "counter"
	}
	return strings.Join(parts, " ")
}

func (g *scriptGenerator) chain(name, head string, rules int, verdicts []string) []string {
	lines := []string{"	chain " + name + " {"}
	if head != "" {
		lines = append(lines, "		"+head)
	}
	for range rules {
		lines = append(lines, "		"+g.rule(verdicts))
	}
	return append(lines, "	}")
}

// script returns a random script.
func (g *scriptGenerator) script() []string {
	lines := []string{
		"table inet t {",
		"	set ports { type inet_service; flags interval; elements = { 22, 80-90, 443 }; }",
		"	set nets { type ipv4_addr; flags interval; elements = { 198.51.100.0/25, 10.0.0.0/8 }; }",
		"	set nets6 { type ipv6_addr; flags interval; elements = { 2001:db8:2::/48 }; }",
		"	set names { type ifname; elements = { eth0, eth1 }; }",
		"	set both { type ipv4_addr . inet_service; flags interval; elements = { 198.51.100.0/24 . 1-100, 10.1.2.3 . 22 }; }",
		"	map verdicts { type inet_service : verdict; flags interval; elements = { 22 : jump two, 80-82 : accept, 443 : drop }; }",
	}
	lines = append(lines, g.chain("two", "", 1+g.r.IntN(3), []string{"accept", "drop", "return"})...)
	lines = append(lines, g.chainOf("one", "", []string{"accept", "drop", "return", "jump two", "goto two"})...)
	all := []string{"accept", "drop", "drop", "return", "jump one", "jump two", "goto one"}
	for i, hook := range []string{"prerouting", "prerouting", "forward", "forward", "input", "output", "postrouting"} {
		if g.r.IntN(3) == 0 && i != 2 {
			continue
		}
		policy := g.one([]string{"accept", "accept", "drop"})
		priority := []string{"raw", "mangle", "filter", "10", "0", "0", "-10"}[i]
		verdicts := all
		if i < 2 {
			policy, verdicts = "accept", []string{"accept", "return", "jump one", "notrack", "notrack accept"}
			if i == 1 {
				verdicts = []string{"accept", "return", "drop", "goto two"}
			}
		}
		if hook == "forward" || hook == "input" {
			verdicts = append([]string{"reject"}, all...)
		}
		lines = append(lines, g.chain(fmt.Sprintf("c%d", i), fmt.Sprintf("type filter hook %s priority %s; policy %s;", hook, priority, policy), 1+g.r.IntN(4), verdicts)...)
	}
	if g.r.IntN(2) == 0 {
		lines = append(lines, g.chain("natd", "type nat hook prerouting priority dstnat;", 1+g.r.IntN(2), []string{
			"dnat ip to $D", "dnat ip to $E", "ip daddr $P dnat ip to $D", "tcp dport 80 dnat ip to $D:8080", "tcp dport { 22, 80 } redirect to :22", "accept",
			"dnat ip to tcp dport map { 80 : $D . 8080, 22 : $E . 22 }",
		})...)
		lines = append(lines, g.chain("nats", "type nat hook postrouting priority srcnat;", 1, []string{"oifname eth0 masquerade", "oifname eth1 snat ip to $Q", "accept"})...)
	}
	lines = append(lines, "}")
	for i := range lines {
		lines[i] = substitute(lines[i], false)
	}
	return lines
}

func (g *scriptGenerator) chainOf(name, head string, verdicts []string) []string {
	return g.chain(name, head, 1+g.r.IntN(3), verdicts)
}

// packetLines are the packets that every random script is tried with.
var packetLines = []string{
	"tcp O > D:{22,80,85,443,8080}", "tcp O > P:{22,80}", "tcp I > D:{22,80}", "tcp I > O:80", "udp O > D:{53,80}", "udp I > O:53", "icmp O > D",
	"tcp O > R:{22,80}", "udp O > R:53", "tcp O > D:80 flags=SA", "tcp O > D:80 state=established flags=A", "tcp R > O:80 in=-", "esp O > D",
}

// TestKernelRandomScripts compares the answers to random scripts.
func TestKernelRandomScripts(t *testing.T) {
	x := newExaminer(t)
	r := rand.New(rand.NewPCG(*scriptSeed, 0))
	for i := range *scriptCount {
		g := &scriptGenerator{r: r, six: i%3 == 2}
		s := &ruleset{
			Name: fmt.Sprintf("random script %d of seed %d", i, *scriptSeed), Place: "random", Six: g.six, Script: true, Flavours: []flavour{nft}, Rules: g.script(),
			AllowUnknown: "a called chain whose rule sets a mark that it asks for, and then returns",
		}
		for _, line := range packetLines {
			for _, one := range braces(line) {
				p, err := parsePacket(one, s.Six)
				if err != nil {
					t.Fatal(err)
				}
				s.Packets = append(s.Packets, p)
			}
		}
		kernel, err := x.askKernel(s)
		if said := (*refusal)(nil); errors.As(err, &said) {
			x.tally.refused++
			if x.tool != nil {
				if taken := x.tool.refuses(s); taken != nil {
					t.Logf("%s: nft refuses it, the tool does not: %v", s.Name, said)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", s.Name, err, s.ruleText())
			continue
		}
		x.tally.rulesets++
		x.tally.packets += len(s.Packets)
		if x.tool != nil {
			x.hold(t, s, kernel)
		}
	}
}
