package asa

import (
	"net/netip"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func TestSmoke(t *testing.T) {
	f := source.NewFile("a.cfg", []byte("interface outside\ninterface inside\ninterface dmz\nroute outside 0 0 198.51.100.1\naccess-list OUT extended permit tcp any host 10.0.1.5 eq https\naccess-group OUT in interface outside\n"))
	sp := func(n int) source.Span { return f.Line(n) }
	pfx := netip.MustParsePrefix
	c := &config{
		version: version{platform: platformASA, major: 9, minor: 12},
		interfaces: []*iface{
			{hardware: "g0/0", name: "outside", addrs: []netip.Prefix{pfx("198.51.100.2/24")}, span: sp(1), nameSpan: sp(1)},
			{hardware: "g0/1", name: "inside", addrs: []netip.Prefix{pfx("10.0.0.1/24")}, span: sp(2), nameSpan: sp(2)},
			{hardware: "g0/2", name: "dmz", level: 50, levelTold: true, addrs: []netip.Prefix{pfx("10.0.1.1/24")}, span: sp(3), nameSpan: sp(3)},
		},
		routes: []routeLine{{iface: "outside", to: pfx("0.0.0.0/0"), metric: 1, span: sp(4)}},
		lists: map[string]*list{"OUT": {name: "OUT", kind: listExtended, span: sp(5), entries: []*ace{
			{verdict: acePermit, service: serviceItem{protos: []packet.Range{packet.One(6)}, dst: ports{ranges: []packet.Range{packet.One(443)}, span: sp(5)}, icmpType: -1, icmpCode: -1},
				src: address{kind: addrAny}, dst: address{kind: addrNumbers, numbers: packet.OneAddr(netip.MustParseAddr("10.0.1.5")), span: sp(5)}, span: sp(5)},
		}}},
		definitions: []definition{{kind: "access-list", name: "OUT", span: sp(5)}},
		bindings:    []binding{{list: "OUT", place: placeIn, iface: "outside", span: sp(6)}},
		permitVPN:   true,
	}
	x := lower(c, dialect.Input{Name: "edge", Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	if err := x.device.Validate(); err != nil {
		t.Fatal(err)
	}
	t.Log(x.problems, x.assumptions, x.device.AllRoutes)
	for _, i := range x.device.Interfaces {
		t.Logf("%+v", i)
	}
	e := eval.New(x.device)
	for _, w := range []struct {
		in, src, dst string
		port         uint16
		want         rules.Verdict
	}{
		{"inside", "10.0.0.9", "203.0.113.9", 80, rules.Accept},
		{"outside", "203.0.113.9", "10.0.1.5", 80, rules.Drop},
		{"outside", "203.0.113.9", "10.0.1.5", 443, rules.Accept},
		{"dmz", "10.0.1.5", "10.0.0.9", 80, rules.Drop},
		{"dmz", "10.0.1.5", "203.0.113.9", 80, rules.Accept},
		{"dmz", "10.0.1.5", "10.0.1.9", 80, rules.Drop},
		{"dmz", "10.0.1.5", "10.0.1.1", 80, rules.Drop},
	} {
		fl := packet.Flow{In: w.in, Src: netip.MustParseAddr(w.src), Dst: netip.MustParseAddr(w.dst), Proto: packet.TCP, SrcPort: 4000, DstPort: w.port, TCPFlags: packet.SYN}
		tr := e.Walk(e.Arrive(fl, 0))
		if tr.Verdict != w.want {
			t.Errorf("%v: %v", fl.String(), tr.Verdict)
		}
		for _, s := range tr.Steps {
			what := s.Chain.Implicit
			if s.Rule != nil {
				what = s.Rule.Implicit + " | " + s.Rule.Span.Text()
			}
			t.Logf("  %v %s %d %v: %s", fl.String(), s.Chain.Name, s.Number, s.Action.Verdict, what)
		}
	}
}

func bigConfig(n int) (*config, dialect.Input) {
	f := source.NewFile("a.cfg", []byte("x\n"))
	sp := f.Line(1)
	c := &config{version: version{major: 9, minor: 12}, lists: map[string]*list{}, permitVPN: true, groups: map[groupKey]*group{}}
	for i, name := range []string{"outside", "inside", "dmz"} {
		c.interfaces = append(c.interfaces, &iface{hardware: name, name: name, level: i * 50, levelTold: true, addrs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 200, byte(i), 1}), 24)}, span: sp, nameSpan: sp})
	}
	g := &group{groupKey: groupKey{groupNetwork, "G"}, span: sp}
	for i := range 1000 {
		g.members = append(g.members, member{address: address{kind: addrNumbers, numbers: packet.OneAddr(netip.AddrFrom4([4]byte{10, 3, byte(i >> 8), byte(i)})), span: sp}, span: sp})
	}
	c.groups[g.groupKey] = g
	c.definitions = append(c.definitions, definition{"object-group network", "G", sp}, definition{"access-list", "OUT", sp})
	x := &list{name: "OUT", kind: listExtended, span: sp}
	for i := range n {
		e := &ace{verdict: acePermit, service: serviceItem{protos: []packet.Range{packet.One(6)}, dst: ports{ranges: []packet.Range{packet.One(uint32(i % 1000))}, span: sp}, icmpType: -1, icmpCode: -1}, span: sp}
		e.src = address{kind: addrNumbers, numbers: packet.OneAddr(netip.AddrFrom4([4]byte{20, byte(i >> 16), byte(i >> 8), byte(i)})), span: sp}
		e.dst = address{kind: addrGroup, name: "G", span: sp}
		x.entries = append(x.entries, e)
	}
	c.lists["OUT"] = x
	c.bindings = []binding{{list: "OUT", place: placeIn, iface: "outside", span: sp}}
	return c, dialect.Input{Name: "edge", Files: []*source.File{f}, Limits: dialect.DefaultLimits}
}

func BenchmarkLower(b *testing.B) {
	c, in := bigConfig(100_000)
	b.ReportAllocs()
	for b.Loop() {
		lower(c, in)
	}
}
