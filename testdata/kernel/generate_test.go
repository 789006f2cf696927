//go:build kernel && linux

package kernel_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var (
	generateCount = flag.Int("kernel.n", 150, "how many random rulesets are tried")
	generateSeed  = flag.Uint64("kernel.seed", 1, "the seed of the first random ruleset; each further one has the next")
)

// TestKernelGenerated compares the answers to random rulesets.
func TestKernelGenerated(t *testing.T) {
	x := newExaminer(t)
	t.Logf("%d rulesets from -kernel.seed=%d on", *generateCount, *generateSeed)
	for i := range *generateCount {
		s := generate(*generateSeed + uint64(i))
		before := x.tally.disagreements + x.tally.unknown
		x.examine(t, s)
		if x.tally.disagreements+x.tally.unknown > before {
			x.minimise(t, s)
		}
	}
}

// maker makes one random ruleset.
type maker struct {
	*rand.Rand

	six  bool
	sets []madeSet
	aims
	doubts         []string // what reasons the tool may have not to know an answer
	anyTranslation bool
	varies         bool // there is a condition that comes out in one way or another
	translates     bool // there is a table nat, by whose rules packets to many receivers are not tried
}

// madeTable is a table with its chains, the user's behind the built-in ones.
type madeTable struct {
	name   string
	chains []*madeChain
}

// madeChain is a chain and the lines of its rules.
type madeChain struct {
	name    string
	builtIn bool
	policy  string
	source  bool // of nat: the chain sees packets on their way out, and translates sources
	lines   []string
}

// tableChains are the built-in chains of each table, in the order in which save prints them.
var tableChains = []struct {
	name   string
	chains []string
}{
	{"raw", []string{"PREROUTING", "OUTPUT"}},
	{"mangle", []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
	{"nat", []string{"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
	{"filter", []string{"INPUT", "FORWARD", "OUTPUT"}},
	{"security", []string{"INPUT", "FORWARD", "OUTPUT"}},
}

// generate returns the random ruleset of a seed: valid in both programs, with packets aimed at its boundaries.
func generate(seed uint64) *ruleset {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 0x6d6c))}
	m.six = m.oneIn(3)
	m.aimAtHosts()
	s := &ruleset{
		Name: fmt.Sprintf("generated with -kernel.n=1 -kernel.seed=%d", seed), Place: "random", Six: m.six,
		Flavours: []flavour{nft, legacy},
	}
	s.Sets = m.makeSets()
	chance := map[string]int{"raw": 4, "mangle": 3, "nat": 2, "filter": 1, "security": 8}
	for _, t := range tableChains {
		if t.name == "security" && m.translates {
			continue // nft puts it behind INPUT of nat, legacy before
		}
		if t.name == "filter" || m.oneIn(chance[t.name]) {
			m.translates = m.translates || t.name == "nat"
			s.Rules = append(s.Rules, m.table(t.name, t.chains)...)
		}
	}
	s.Packets = m.packets()
	s.AnyTranslation, s.Varies, s.MayDoubt = m.anyTranslation, m.varies, m.doubts
	return s
}

// oneIn is true once in n times.
func (m *maker) oneIn(n int) bool { return m.IntN(n) == 0 }

// choose returns one of some values.
func choose[T any](m *maker, all ...T) T { //nolint:ireturn // a type parameter is no interface
	return all[m.IntN(len(all))]
}

// some returns from 1 to n different values, in their order.
func some[T any](m *maker, n int, all ...T) []T {
	indexes := m.Perm(len(all))[:1+m.IntN(min(n, len(all)))]
	slices.Sort(indexes)
	out := make([]T, len(indexes))
	for i, at := range indexes {
		out[i] = all[at]
	}
	return out
}

// mayDoubt notes a reason for which the tool may not know the answer.
func (m *maker) mayDoubt(reason string) { m.doubts = append(m.doubts, reason) }

// table returns the lines of a table.
func (m *maker) table(name string, builtIn []string) []string {
	t := &madeTable{name: name}
	for _, c := range builtIn {
		policy := "ACCEPT"
		if name == "filter" && m.oneIn(2) || name != "nat" && m.oneIn(12) {
			policy = "DROP"
		}
		t.chains = append(t.chains, &madeChain{name: c, builtIn: true, policy: policy, source: c == "INPUT" || c == "POSTROUTING"})
	}
	names := []string{"web", "f2b-sshd", "KUBE-SVC.1", "in_public", "log/drop"}
	for i := range m.IntN(4) {
		t.chains = append(t.chains, &madeChain{name: names[i], policy: "-", source: i%2 == 0})
	}
	lines := []string{"*" + name}
	for i, c := range t.chains {
		if c.builtIn {
			lines = append(lines, fmt.Sprintf(":%s %s [0:0]", c.name, c.policy))
		} else {
			lines = append(lines, fmt.Sprintf(":%s - [0:0]", c.name))
		}
		most := 5
		if name == "filter" && c.name == "FORWARD" {
			most = 9
		}
		for range m.IntN(most) {
			c.lines = append(c.lines, m.rule(t, i))
		}
	}
	for _, c := range t.chains {
		lines = append(lines, c.lines...)
	}
	return append(lines, "COMMIT")
}

// draft is a rule that is being made.
type draft struct {
	table *madeTable
	chain *madeChain
	index int      // of the chain
	proto string   // that -p names and does not negate; empty: none
	words []string // all but the target
	used  map[string]bool
}

// in reports whether the rule is in one of the built-in chains.
func (d *draft) in(chains ...string) bool {
	return d.chain.builtIn && slices.Contains(chains, d.chain.name)
}

// once reports whether an option has not been used yet, and notes it.
func (d *draft) once(option string) bool {
	if d.used[option] {
		return false
	}
	d.used[option] = true
	return true
}

func (d *draft) add(words ...string) { d.words = append(d.words, words...) }

// hasPorts reports whether the rule is for a protocol with ports.
func (d *draft) hasPorts() bool {
	return slices.Contains([]string{"tcp", "udp", "sctp", "udplite"}, d.proto)
}

// not returns a negation or nothing.
func (m *maker) not() string {
	if m.oneIn(3) {
		return "! "
	}
	return ""
}

// rule returns a rule of the chain at the index.
func (m *maker) rule(t *madeTable, index int) string {
	d := &draft{table: t, chain: t.chains[index], index: index, used: map[string]bool{}}
	switch n := m.IntN(20); {
	case n < 8:
		d.proto = "tcp"
	case n < 11:
		d.proto = "udp"
	case n < 13:
		d.proto = m.icmpName()
	case n == 13:
		d.proto = "sctp"
	case n == 14:
		d.proto = choose(m, "gre", "esp", "253", "udplite", "47")
	case n == 15:
		d.add("! -p " + choose(m, "tcp", "udp", m.icmpName(), "47"))
	}
	target := m.target(d)
	if d.proto != "" {
		d.add("-p " + d.proto)
		m.aimProto(d.proto)
	}
	for range m.IntN(4) {
		m.condition(d)
	}
	if m.oneIn(6) && target == "" {
		target = "-m comment --comment \"no target\""
	}
	return strings.TrimSpace(strings.Join(slices.Concat([]string{"-A " + d.chain.name}, d.words, []string{target}), " "))
}

func (m *maker) icmpName() string {
	if m.six {
		return "ipv6-icmp"
	}
	return "icmp"
}
