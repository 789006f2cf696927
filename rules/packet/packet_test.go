package packet_test

import (
	"maps"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The laws are tested over packets whose fields take few values, close enough
// to each other and to the edges that ranges, masks and prefixes tell them apart.

var (
	addrs4   = parseAddrs("0.0.0.0", "10.0.0.1", "10.0.0.2", "10.1.0.1", "10.255.255.255", "192.0.2.20", "203.0.113.7", "255.255.255.255")
	addrs6   = parseAddrs("::", "2001:db8::1", "2001:db8::2", "2001:db8:1::1", "fe80::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	ports    = []uint16{0, 21, 22, 443, 445, 1023, 1024, 65535}
	protos   = []packet.Proto{0, packet.ICMP, packet.TCP, packet.UDP, 47, packet.ICMPv6, packet.SCTP}
	ifaces   = []string{"", "eth0", "eth1", "eth0.5", "lo", "wg0", "e"}
	patterns = []packet.Pattern{{Text: "eth0"}, {Text: "eth", Prefix: true}, {Text: "eth0", Prefix: true}, {Text: "lo"}, {Text: ""}, {Text: "", Prefix: true}}
	keys     = []string{"f1", "f2", "v1", "v2", "u1", "o1"}
)

func parseAddrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range texts {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func newUniverse() *packet.Universe {
	return packet.NewUniverse(packet.Space{Nodes: 1 << 22, Names: patterns, Restores: true})
}

func doubt(key string) packet.Doubt {
	return map[byte]packet.Doubt{'f': packet.Fixed, 'v': packet.Varying, 'u': packet.Usual, 'o': packet.Occasional}[key[0]]
}

func drawFlow(t *rapid.T) packet.Flow {
	pool := addrs4
	if rapid.Bool().Draw(t, "six") {
		pool = addrs6
	}
	f := packet.Flow{
		In:    rapid.SampledFrom(ifaces).Draw(t, "in"),
		Out:   rapid.SampledFrom(ifaces).Draw(t, "out"),
		Src:   rapid.SampledFrom(pool).Draw(t, "src"),
		Dst:   rapid.SampledFrom(pool).Draw(t, "dst"),
		Proto: rapid.SampledFrom(protos).Draw(t, "proto"),
		State: packet.State(rapid.IntRange(0, 4).Draw(t, "state")),
		Mark:  rapid.SampledFrom([]uint32{0, 1, 0xff, 0xffffffff}).Draw(t, "mark"),
	}
	if f.Proto.HasPorts() {
		f.SrcPort = rapid.SampledFrom(ports).Draw(t, "sport")
		f.DstPort = rapid.SampledFrom(ports).Draw(t, "dport")
	}
	if f.Has(packet.ICMPType) {
		f.ICMPType = rapid.SampledFrom([]uint8{0, 3, 8}).Draw(t, "type")
	}
	if f.Has(packet.TCPFlags) {
		f.TCPFlags = rapid.SampledFrom([]uint8{0, packet.SYN, packet.SYN | packet.ACK, 0xff}).Draw(t, "flags")
	}
	return f
}

func drawAddrRange(t *rapid.T) packet.AddrRange {
	pool := addrs4
	if rapid.Bool().Draw(t, "range six") {
		pool = addrs6
	}
	if rapid.Bool().Draw(t, "as prefix") {
		a := rapid.SampledFrom(pool).Draw(t, "prefix")
		return packet.PrefixRange(netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")))
	}
	i := rapid.IntRange(0, len(pool)-1).Draw(t, "first")
	return packet.AddrRange{First: pool[i], Last: pool[rapid.IntRange(i, len(pool)-1).Draw(t, "last")]}
}

func drawPortRange(t *rapid.T) packet.Range {
	i := rapid.IntRange(0, len(ports)-1).Draw(t, "first port")
	return packet.Range{First: uint32(ports[i]), Last: uint32(ports[rapid.IntRange(i, len(ports)-1).Draw(t, "last port")])}
}

func drawBox(t *rapid.T, f packet.Field) *packet.Boxes {
	switch f {
	case packet.Src, packet.Dst, packet.OrigDst, packet.OrigSrc:
		if rapid.IntRange(0, 5).Draw(t, "masked") == 0 {
			pool := rapid.SampledFrom([][]netip.Addr{addrs4, addrs6}).Draw(t, "pool")
			return packet.MaskedAddr(f, rapid.SampledFrom(pool).Draw(t, "mask"), rapid.SampledFrom(pool).Draw(t, "value"))
		}
		return packet.Addresses(f, rapid.SliceOfN(rapid.Custom(drawAddrRange), 0, 3).Draw(t, "addrs")...)
	case packet.In, packet.Out:
		return packet.Names(f, rapid.SliceOfN(rapid.SampledFrom(patterns), 0, 2).Draw(t, "patterns")...)
	case packet.DstPort, packet.SrcPort, packet.OrigDstPort:
		return packet.Numbers(f, rapid.SliceOfN(rapid.Custom(drawPortRange), 0, 3).Draw(t, "ports")...)
	case packet.Mark, packet.TCPFlags:
		return packet.Masked(f, rapid.SampledFrom([]uint32{0, 1, 0xf, 0xff}).Draw(t, "mask"), rapid.SampledFrom([]uint32{0, 1, 2, 0xf}).Draw(t, "value"))
	case packet.Protocol:
		return packet.Number(f, uint32(rapid.SampledFrom(protos).Draw(t, "proto")))
	default:
		return packet.Number(f, uint32(rapid.IntRange(0, 1).Draw(t, "number")))
	}
}

var someFields = []packet.Field{
	packet.Family, packet.Protocol, packet.Dst, packet.Src, packet.DstPort, packet.SrcPort, packet.ICMPType, packet.TCPFlags,
	packet.In, packet.Out, packet.ConnState, packet.Mark, packet.OrigDst, packet.OrigDstPort, packet.OrigSrc,
}

func drawBoxes(t *rapid.T) *packet.Boxes {
	f := rapid.SampledFrom(someFields).Draw(t, "field")
	switch rapid.IntRange(0, 5).Draw(t, "shape") {
	case 2:
		return packet.AnyOf(drawBox(t, f), drawBox(t, rapid.SampledFrom(someFields).Draw(t, "other field")))
	case 0:
		return packet.Union(drawBox(t, f), drawBox(t, rapid.SampledFrom(someFields).Draw(t, "other field")))
	case 1:
		g := rapid.SampledFrom(someFields).Draw(t, "other field")
		if g == f {
			return drawBox(t, f)
		}
		var l packet.List
		for range rapid.IntRange(1, 4).Draw(t, "boxes") {
			l.Add(packet.Product(drawBox(t, f), drawBox(t, g)), rapid.Bool().Draw(t, "excludes"))
		}
		if rapid.Bool().Draw(t, "joined") {
			return packet.Union(l.Boxes(), drawBox(t, g))
		}
		return l.Boxes()
	default:
		return drawBox(t, f)
	}
}

// formula is a set, and the same as a predicate that knows no diagrams.
type formula struct {
	set   packet.Set
	holds func(*packet.Flow, packet.Outcome) bool
}

func drawFormula(t *rapid.T, u *packet.Universe, depth int) formula {
	if depth == 0 {
		if rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			return formula{u.Unknown(key, doubt(key)), func(_ *packet.Flow, o packet.Outcome) bool { return o[key] }}
		}
		b := drawBoxes(t)
		return formula{u.Box(b), func(f *packet.Flow, _ packet.Outcome) bool { return b.Holds(f) == packet.True }}
	}
	x, y := drawFormula(t, u, depth-1), drawFormula(t, u, depth-1)
	switch rapid.IntRange(0, 3).Draw(t, "operation") {
	case 0:
		return formula{x.set.And(y.set), func(f *packet.Flow, o packet.Outcome) bool { return x.holds(f, o) && y.holds(f, o) }}
	case 1:
		return formula{x.set.Or(y.set), func(f *packet.Flow, o packet.Outcome) bool { return x.holds(f, o) || y.holds(f, o) }}
	case 2:
		return formula{x.set.Minus(y.set), func(f *packet.Flow, o packet.Outcome) bool { return x.holds(f, o) && !y.holds(f, o) }}
	default:
		return formula{x.set.Not(), func(f *packet.Flow, o packet.Outcome) bool { return !x.holds(f, o) }}
	}
}

// outcomes returns every outcome of the keys of the given kinds, on top of base.
func outcomes(base packet.Outcome, keys ...string) []packet.Outcome {
	out := []packet.Outcome{base}
	for _, k := range keys {
		var next []packet.Outcome
		for _, o := range out {
			for _, v := range []bool{false, true} {
				c := packet.Outcome{k: v}
				maps.Copy(c, o)
				next = append(next, c)
			}
		}
		out = next
	}
	return out
}

func TestAlgebraAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		x := drawFormula(t, u, rapid.IntRange(0, 3).Draw(t, "depth"))
		for range 20 {
			f := drawFlow(t)
			o := rapid.SampledFrom(outcomes(nil, keys...)).Draw(t, "outcome")
			if got, want := x.set.ContainsIf(&f, o), x.holds(&f, o); got != want {
				t.Fatalf("ContainsIf(%v, %v) = %v, want %v", &f, o, got, want)
			}
		}
	})
}

func TestBoundsAgainstEveryOutcome(t *testing.T) {
	// Can, Will and Always, by their definitions. An occasional condition is
	// one that is fixed ("it may ever hold") and one that varies.
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		x := drawFormula(t, u, rapid.IntRange(0, 3).Draw(t, "depth"))
		f := drawFlow(t)
		can, will, always := false, true, true
		for _, fixed := range outcomes(packet.Outcome{}, "f1", "f2", "o1") {
			some := false
			for _, o := range outcomes(fixed, "v1", "v2", "u1", "vary o1") {
				full := packet.Outcome{}
				maps.Copy(full, o)
				full["o1"] = o["o1"] && o["vary o1"]
				holds := x.holds(&f, full)
				can = can || holds
				some = some || holds
				always = always && holds
			}
			will = will && some
		}
		for name, c := range map[string]struct {
			set  packet.Set
			want bool
		}{"Can": {x.set.Can(), can}, "Will": {x.set.Will(), will}, "Always": {x.set.Always(), always}} {
			if got := c.set.Contains(&f); got != c.want {
				t.Errorf("%s contains %v: %v, want %v", name, &f, got, c.want)
			}
			if !c.set.IsExact() {
				t.Errorf("%s is not exact", name)
			}
		}
		ordinary := x.set.Ordinary()
		for _, o := range outcomes(packet.Outcome{"u1": true}, "f1", "v1", "o1") {
			if got, want := ordinary.ContainsIf(&f, o), x.holds(&f, o); got != want {
				t.Errorf("Ordinary contains %v under %v: %v, want %v", &f, o, got, want)
			}
		}
	})
}

func TestUncertainFieldCountsAsFixed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		x := drawFormula(t, u, 2)
		among := []string{"eth0", "eth0.5", "lo"}
		u.Uncertain(packet.Names(packet.In, packet.Pattern{Text: "eth0", Prefix: true}, packet.Pattern{Text: "lo"}))
		f := drawFlow(t)
		can, always := false, true
		for _, name := range among {
			f.In = name
			for _, o := range outcomes(nil, keys...) {
				holds := x.holds(&f, o)
				can = can || holds
				always = always && holds
			}
		}
		if got := x.set.Can().Contains(&f); got != can {
			t.Errorf("Can contains %v: %v, want %v", &f, got, can)
		}
		if got := x.set.Always().Contains(&f); got != always {
			t.Errorf("Always contains %v: %v, want %v", &f, got, always)
		}
	})
}

func TestSetLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		x, y, z := drawFormula(t, u, 2).set, drawFormula(t, u, 2).set, drawFormula(t, u, 1).set
		for law, equal := range map[string]bool{
			"De Morgan":                    x.And(y).Not() == x.Not().Or(y.Not()),
			"difference":                   x.Minus(y) == x.And(y.Not()),
			"idempotence":                  x.And(x) == x && x.Or(x) == x,
			"double negation":              x.Not().Not() == x,
			"distributivity":               x.And(y.Or(z)) == x.And(y).Or(x.And(z)),
			"empty minus anything":         u.None().Minus(x) == u.None(),
			"absorption":                   x.Or(x.And(y)) == x,
			"Always, Will, Can are nested": x.Can().Covers(x.Will()) && x.Will().Covers(x.Always()),
			"Can spreads over Or":          x.Or(y).Can() == x.Can().Or(y.Can()),
			"Always spreads over And":      x.And(y).Always() == x.Always().And(y.Always()),
			"Covers":                       x.Or(y).Covers(x) && x.Covers(x.And(y)),
			"Meets":                        x.Meets(y) == !x.And(y).IsEmpty(),
		} {
			if !equal {
				t.Errorf("%s does not hold", law)
			}
		}
		f, o, ok := x.Example()
		if ok == x.IsEmpty() {
			t.Errorf("Example of a set that is empty: %v", ok)
		}
		if ok && !x.ContainsIf(&f, o) {
			t.Errorf("Example %v under %v is not in the set", &f, o)
		}
	})
}

func TestForgetAndForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		x := drawFormula(t, u, 2)
		f := drawFlow(t)
		some, all := false, true
		for state := range 5 {
			g := f
			g.State = packet.State(state)
			holds := x.holds(&g, nil)
			some = some || holds
			all = all && (holds || state == 3)
		}
		domain := packet.Numbers(packet.ConnState, packet.Range{First: 0, Last: 2}, packet.One(4))
		if got := x.set.ForAll(domain).Contains(&f); got != all {
			t.Errorf("ForAll contains %v: %v, want %v", &f, got, all)
		}
		// The three bits of the field have values that no state has.
		if got := x.set.Where(packet.Numbers(packet.ConnState, packet.Range{First: 0, Last: 4})).Forget(packet.ConnState).Contains(&f); got != some {
			t.Errorf("Forget contains %v: %v, want %v", &f, got, some)
		}
	})
}

// A packet without the field is in ForAll if it is in the set: a packet that has
// no ports does not have them all.
func TestForAllOfPacketsWithoutTheField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		x := drawFormula(t, u, 2)
		f := drawFlow(t)
		domain := packet.Numbers(packet.SrcPort, packet.Range{First: 49152, Last: 65535})
		want := x.set.Contains(&f)
		if f.Proto.HasPorts() {
			want = !x.set.Not().Where(domain).Forget(packet.SrcPort).Contains(&f)
		}
		if got := x.set.ForAll(domain).Contains(&f); got != want {
			t.Errorf("ForAll contains %v: %v, want %v", &f, got, want)
		}
	})
}

func TestCubeIsConjunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		boxes := rapid.SliceOfN(rapid.Custom(drawBoxes), 0, 4).Draw(t, "boxes")
		want := u.All()
		for _, b := range boxes {
			want = want.And(u.Box(b))
		}
		if got := u.Cube(nil, boxes...); got != want {
			t.Errorf("Cube differs from the conjunction")
		}
	})
}

func TestHullIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		bound := drawBox(t, rapid.SampledFrom(someFields).Draw(t, "field"))
		var hull packet.Hull
		hull.Narrow(bound)
		b := drawBoxes(t)
		inside := u.Box(bound)
		if inside.And(u.Box(b)) != inside.And(u.BoxIn(b, &hull)) {
			t.Errorf("BoxIn differs inside of the hull")
		}
		if !b.MayMeet(&hull) && inside.Meets(u.Box(b)) {
			t.Errorf("MayMeet is false of boxes that meet")
		}
	})
}

func TestRangesProject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		rs := rapid.SliceOfN(rapid.Custom(drawPortRange), 1, 4).Draw(t, "ports")
		b := packet.Numbers(packet.DstPort, rs...)
		got, complete := u.Box(b).Where(packet.Number(packet.Protocol, 6)).Ranges(packet.DstPort, 100)
		if !complete || u.Box(packet.Numbers(packet.DstPort, got...)) != u.Box(b) {
			t.Errorf("Ranges of %v = %v, %v", rs, got, complete)
		}
		as := rapid.SliceOfN(rapid.Custom(drawAddrRange), 1, 4).Draw(t, "addrs")
		a := packet.Addresses(packet.Src, as...)
		gotAddrs, complete := u.Box(a).AddrRanges(packet.Src, 100)
		if !complete || u.Box(packet.Addresses(packet.Src, gotAddrs...)) != u.Box(a) {
			t.Errorf("AddrRanges of %v = %v, %v", as, gotAddrs, complete)
		}
	})
}

func TestExhausted(t *testing.T) {
	defer func() {
		if _, ok := recover().(packet.ExhaustedError); !ok {
			t.Error("a universe that is full did not say so")
		}
	}()
	u := packet.NewUniverse(packet.Space{Nodes: 100})
	s := u.None()
	for i := range uint32(1000) {
		s = s.Or(u.Box(packet.Number(packet.DstPort, i*7)).And(u.Box(packet.Number(packet.SrcPort, i*13))))
	}
}

func TestPrefixRange(t *testing.T) {
	for _, test := range []struct{ prefix, first, last string }{
		{"0.0.0.0/0", "0.0.0.0", "255.255.255.255"},
		{"10.1.2.3/8", "10.0.0.0", "10.255.255.255"},
		{"10.1.2.3/32", "10.1.2.3", "10.1.2.3"},
		{"10.1.2.3/31", "10.1.2.2", "10.1.2.3"},
		{"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"2001:db8::1/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"},
		{"2001:db8::1/128", "2001:db8::1", "2001:db8::1"},
	} {
		got := packet.PrefixRange(netip.MustParsePrefix(test.prefix))
		if got.First.String() != test.first || got.Last.String() != test.last {
			t.Errorf("PrefixRange(%s) = %v", test.prefix, got)
		}
	}
}

// A mistake of the program must not look like a question that has no answer.
func TestExhaustedLetsOtherPanicsPass(t *testing.T) {
	if _, full := packet.Exhausted(nil); full {
		t.Error("nothing was recovered, and the universe is said to be full")
	}
	if err, full := packet.Exhausted(packet.ExhaustedError{Nodes: 7}); !full || err.Nodes != 7 {
		t.Errorf("got %v, %t", err, full)
	}
	defer func() {
		if r := recover(); r != "a mistake" {
			t.Errorf("recovered %v", r)
		}
	}()
	_, _ = packet.Exhausted("a mistake")
}
