package pf

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// rulesOf returns a configuration of n rules, each for one host and port.
func rulesOf(n int) *config {
	f := source.NewFile("pf.conf", make([]byte, 100*n))
	c := &config{language: languageOpenBSD, head: f.Span(0, 10)}
	span := func(i int) source.Span { return f.Span(100*i, 100*i+90) }
	for i := range n {
		x := at{span: span(i)}
		c.body = append(c.body, statement{rule: &rule{
			action: []action{actionPass, actionBlock}[i%2], on: []ifaceItem{{name: "em0", at: x}}, quick: i%3 == 0, protos: []protoItem{{6, x}}, af: anyFamily, span: span(i),
			dst:    endpoint{[]hostItem{{kind: hostRange, addrs: packet.OneAddr(addr4(10<<24 + uint32(i))), bits: -1, at: x}}, []portItem{{ranges: []packet.Range{packet.One(uint32(i % 60000))}, at: x}}},
			filter: filterOpts{tos: -1, prio: -1}, number: -1,
		}})
	}
	return c
}

// tableOfMany returns a configuration with a table of n networks, of which every
// tenth is taken out of the one before.
func tableOfMany(n int) *config {
	f := source.NewFile("pf.conf", make([]byte, 20*n+100))
	x := at{span: f.Span(0, 10)}
	t := &table{name: "t", constant: true, defined: true, span: x.span}
	for i := range n {
		e := tableEntry{prefix: netip.PrefixFrom(addr4(1<<24+uint32(i)<<8), 24), at: at{span: f.Span(20*i, 20*i+15)}}
		if i%10 == 9 {
			e.prefix, e.not = netip.PrefixFrom(addr4(1<<24+uint32(i-1)<<8+16), 28), true
		}
		t.entries = append(t.entries, e)
	}
	r := &rule{action: actionBlock, quick: true, src: endpoint{hosts: []hostItem{{kind: hostTable, name: "t", bits: -1, at: x}}}, span: x.span, filter: filterOpts{tos: -1, prio: -1}}
	return &config{language: languageOpenBSD, head: x.span, tables: map[string]*table{"t": t}, body: []statement{{rule: r}}}
}

func BenchmarkLowerRules(b *testing.B) {
	c := rulesOf(50_000)
	b.ReportAllocs()
	for b.Loop() {
		lower(c, dialect.Input{Name: "x", Limits: dialect.DefaultLimits})
	}
}

func BenchmarkLowerTable(b *testing.B) {
	c := tableOfMany(1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		lower(c, dialect.Input{Name: "x", Limits: dialect.DefaultLimits})
	}
}

func BenchmarkAskRules(b *testing.B) {
	e := eval.New(lower(rulesOf(50_000), dialect.Input{Name: "x", Limits: dialect.DefaultLimits}).device)
	b.ReportAllocs()
	for b.Loop() {
		q := eval.Question{Hook: 4, Arrive: []*packet.Boxes{packet.Addresses(packet.Dst, packet.PrefixRange(netip.MustParsePrefix("10.0.0.0/24")))}}
		if _, err := e.Ask(q); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLongestPrefixDecides holds the sweep against the definition. Of two for the
// same network that is negated which it takes.
func TestLongestPrefixDecides(t *testing.T) {
	rnd := uint32(7)
	next := func(n uint32) uint32 {
		rnd = rnd*1664525 + 1013904223
		return rnd >> 8 % n
	}
	for range 2000 {
		var list []entry
		for range next(8) {
			p := netip.PrefixFrom(addr4(0xfffffff0+next(16)), 28+int(next(5))).Masked()
			list = append(list, entryOf(packet.PrefixRange(p), p.Bits(), next(2) == 1))
		}
		want := map[netip.Addr]bool{}
		for n := range uint32(16) {
			a, best := addr4(0xfffffff0+n), -1
			for _, e := range list {
				if (e.bits > best || e.bits == best && e.not) && e.first.Compare(a) <= 0 && a.Compare(e.last) <= 0 {
					best, want[a] = e.bits, !e.not
				}
			}
		}
		got, _ := longest(append([]entry(nil), list...))
		for n := range uint32(16) {
			a, in := addr4(0xfffffff0+n), false
			for _, r := range got {
				in = in || r.Contains(a)
			}
			if in != want[a] {
				t.Fatalf("%v: %v is %t", list, a, in)
			}
		}
	}
}
