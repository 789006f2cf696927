package rules_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

var file = source.NewFile("edge.rules", []byte("first line\nsecond line\nthird line\n"))

// line returns a place on a line of the file.
func line(n int) source.Span { return file.Line(n) }

// written returns a rule that someone wrote.
func written(a rules.Action, m ...rules.Term) *rules.Rule {
	return &rules.Rule{Action: a, Match: m, Span: line(1)}
}

func verdict(v rules.Verdict) rules.Action { return rules.Action{Verdict: v} }

// device returns a device that runs one chain, and lists others.
func device(base *rules.Chain, others ...*rules.Chain) *rules.Device {
	return &rules.Device{
		Chains:   append([]*rules.Chain{base}, others...),
		Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: &rules.Stage{Hook: rules.Forward, Chain: base, Filters: true}}}},
	}
}

func base(list ...*rules.Rule) *rules.Chain {
	return &rules.Chain{Name: "FORWARD", Policy: verdict(rules.Drop), Rules: list, Span: line(1)}
}

func called(name string, list ...*rules.Rule) *rules.Chain {
	return &rules.Chain{Name: name, Policy: verdict(rules.Return), Rules: list, Span: line(2)}
}

func calls(v rules.Verdict, to *rules.Chain) rules.Action {
	return rules.Action{Verdict: v, Target: to}
}

func TestValidate(t *testing.T) {
	why := &rules.Unknown{Reason: "the contents of ipset x are not given", Key: "ipset x"}
	port := rules.Term{Boxes: packet.Number(packet.DstPort, 443), Span: line(1)}
	leaf := called("A", written(verdict(rules.Accept)))
	ring := []*rules.Chain{called("A"), called("B"), called("C")}
	for i, c := range ring {
		c.Rules = []*rules.Rule{written(calls(rules.Jump, ring[(i+1)%len(ring)]))}
	}
	self := called("A")
	self.Rules = []*rules.Rule{written(calls(rules.Goto, self))}
	unlisted := base()
	around := device(base())
	back := &rules.Stage{Hook: rules.Postrouting, Next: []rules.Edge{{To: around.Pipeline.Entry[0].To}}}
	around.Pipeline.Entry[0].To.Next = []rules.Edge{{}, {To: back}}
	foreign := device(base())
	foreign.Pipeline.Entry[0].To.Next = []rules.Edge{{To: &rules.Stage{Hook: rules.Postrouting, Chain: unlisted}}}
	for _, c := range []struct {
		name string
		d    *rules.Device
		want string // a part of the error; empty: valid
	}{
		{"nothing", &rules.Device{}, ""},
		{"no rule", device(base()), ""},
		{"every kind of rule", device(base(
			written(verdict(rules.Continue)), written(verdict(rules.Accept), port), written(verdict(rules.Drop), rules.Term{Unknown: why}), written(verdict(rules.Reject)),
			written(verdict(rules.Return)), written(calls(rules.Jump, leaf)), written(calls(rules.Goto, leaf)), written(rules.Action{Verdict: rules.Undecided, Unknown: why}),
			written(rules.Action{Verdict: rules.Accept, Tentative: true}), &rules.Rule{Implicit: "replies pass"},
			written(verdict(rules.Accept), rules.Term{Boxes: port.Boxes, Unknown: why, Negated: true}),
		), leaf), ""},
		{"a chain that is called from two places", device(base(written(calls(rules.Jump, leaf)), written(calls(rules.Jump, leaf))), leaf), ""},
		{"a stage without a chain", &rules.Device{Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: &rules.Stage{Hook: rules.Prerouting, Route: true}}}}}, ""},
		{"a chain without a name", device(&rules.Chain{Policy: verdict(rules.Drop)}), `chain name "" is empty or not unique`},
		{"two chains of one name", device(base(), called("FORWARD")), `chain name "FORWARD" is empty or not unique`},
		{"a stage with a chain of nowhere", foreign, `a stage of the postrouting hook runs chain "FORWARD", which the device does not list`},
		{"stages in a circle", around, "leads back to itself"},
		{"a stage whose chain returns", device(&rules.Chain{Name: "FORWARD", Policy: verdict(rules.Return)}), `chain "FORWARD" ends a stage with return`},
		{"a stage whose chain goes on", device(&rules.Chain{Name: "FORWARD"}), `chain "FORWARD" ends a stage with continue`},
		{"a jump to nowhere", device(base(written(verdict(rules.Jump)))), `rule 1 of chain "FORWARD": verdict jump with target false`},
		{"a goto to nowhere", device(base(written(verdict(rules.Goto)))), "verdict goto with target false"},
		{"an accept with a target", device(base(written(calls(rules.Accept, leaf))), leaf), "verdict accept with target true"},
		{"a call of a chain that is not listed", device(base(written(verdict(rules.Drop)), written(calls(rules.Jump, leaf)))), `rule 2 of chain "FORWARD": calls chain "A", which the device does not list`},
		{"undecided for no reason", device(base(written(verdict(rules.Undecided)))), "verdict unknown with unknown false"},
		{"decided, and not known", device(base(written(rules.Action{Verdict: rules.Drop, Unknown: why}))), "verdict drop with unknown true"},
		{"a tentative jump", device(base(written(rules.Action{Verdict: rules.Jump, Target: leaf, Tentative: true})), leaf), "tentative jump"},
		{"a way out", device(base(written(rules.Action{Verdict: rules.Accept, Out: "dmz"}), written(rules.Action{Out: "dmz"}))), ""},
		{"a way out, perhaps", device(base(written(rules.Action{Verdict: rules.Accept, Out: "dmz", Maybe: why}))), ""},
		{"nothing, perhaps", device(base(written(rules.Action{Verdict: rules.Accept, Maybe: why}))), "changes maybe nothing"},
		{"a way out of what is dropped", device(base(written(rules.Action{Verdict: rules.Drop, Out: "dmz"}))), `verdict drop of a packet that leaves by "dmz"`},
		{"a way out unless later", device(base(written(rules.Action{Verdict: rules.Accept, Out: "dmz", Tentative: true}))), ""},
		{"a translation unless later", device(base(written(rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{}, Tentative: true}))), ""},
		{"an end as it came", device(base(written(rules.Action{NAT: &rules.NAT{Src: packet.Rewrite{Restore: true}}}))), ""},
		{"an end as it came, and not", device(base(written(rules.Action{NAT: &rules.NAT{Src: packet.Rewrite{Restore: true, Lost: true}}}))), "gets back what it had, and something new"},
		{"a translation of what is dropped unless later", device(base(written(rules.Action{Verdict: rules.Drop, NAT: &rules.NAT{}, Tentative: true}))), "verdict drop, unless later, of a packet that is translated"},
		{"a tentative nothing", device(base(written(rules.Action{Tentative: true}))), "tentative continue"},
		{"a rule of nobody", device(base(&rules.Rule{Action: verdict(rules.Accept)})), "neither written nor implied"},
		{"a condition of nothing", device(base(written(verdict(rules.Accept), port, rules.Term{Span: line(1)}))), "term 2 is nothing"},
		{"an unknown without a reason", device(base(written(verdict(rules.Accept), rules.Term{Unknown: &rules.Unknown{Key: "x"}}))), "term 1 is unknown without a reason"},
		{"an unknown without a key", device(base(written(verdict(rules.Accept), rules.Term{Unknown: &rules.Unknown{Reason: "x"}}))), "term 1 is unknown without a reason"},
		{"a chain that calls itself", device(base(written(calls(rules.Jump, self))), self), `chain "A" can reach itself`},
		{"chains in a circle", device(base(written(calls(rules.Jump, ring[0]))), ring...), "can reach itself"},
		{"chains in a circle that nothing reaches", device(base(), ring...), "can reach itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.d.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestValidateDeepCalls has more calls in a row than a stack holds well.
func TestValidateDeepCalls(t *testing.T) {
	const depth = 200_000
	chains := make([]*rules.Chain, depth)
	for i := range chains {
		chains[i] = called("C" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}).String())
	}
	for i := range depth - 1 {
		chains[i].Rules = []*rules.Rule{written(calls(rules.Jump, chains[i+1]))}
	}
	if err := device(base(written(calls(rules.Jump, chains[0]))), chains...).Validate(); err != nil {
		t.Error(err)
	}
	if n := len(chains[0].Reached()); n != depth {
		t.Errorf("the first chain reaches %d, want %d", n, depth)
	}
}

func TestFormat(t *testing.T) {
	ten := packet.OneAddr(netip.MustParseAddr("10.20.0.11"))
	node := called("NODE", &rules.Rule{Action: rules.Action{Verdict: rules.Accept, Log: true}, Match: rules.Match{
		{Boxes: packet.Number(packet.DstPort, 443), Span: line(2)},
		{Boxes: packet.Addresses(packet.Src, ten), Negated: true, Span: line(2)},
	}, Span: line(2)})
	d := device(base(
		written(calls(rules.Jump, node), rules.Term{Boxes: packet.Addresses(packet.Dst, ten)}),
		written(rules.Action{Set: []rules.Assign{{Field: packet.Mark, Mask: 0xff, Value: 0x10}}}),
		written(verdict(rules.Drop), rules.Term{Unknown: &rules.Unknown{Reason: "contents of x", Key: "x"}, Negated: true}),
		written(rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: "a queue", Key: "q"}}),
		written(rules.Action{Verdict: rules.Accept, Tentative: true, NAT: &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{ten}}}}),
		written(rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{ten}}}, Out: "dmz"}),
		written(rules.Action{Verdict: rules.Accept, Tentative: true, NAT: &rules.NAT{Src: packet.Rewrite{Restore: true}, Dst: packet.Rewrite{Restore: true}}}),
		&rules.Rule{Action: verdict(rules.Reject), Implicit: "what is left is refused"},
	), node)
	d.Interfaces = []rules.Interface{
		{Name: "eth0", Addrs: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24")}, Facing: rules.Outside, Why: "it masquerades"},
		{Name: "eth1", Facing: rules.Inside, Why: "the profile says so"},
		{Name: "eth2", Dynamic: true},
		{Name: "eth3", Closed: true, Facing: rules.PerhapsOutside, Why: "it is called so"},
	}
	d.Routes = []rules.Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Out: "eth0"}, {To: netip.MustParsePrefix("10.0.0.0/8")}}
	d.AllInterfaces, d.AllRoutes, d.Appliance = true, true, true
	d.Definitions = []rules.Definition{
		{Kind: "ipset", Name: "nodes", Addrs: []packet.AddrRange{ten, ten}}, {Kind: "ipset", Name: "one", Addrs: []packet.AddrRange{ten}}, {Kind: "ipset", Name: "x", Missing: true},
	}
	d.Inspections = []rules.Inspection{{Protocol: "ftp"}}
	var b bytes.Buffer
	if err := d.Format(&b); err != nil {
		t.Fatal(err)
	}
	want := `interface eth0 203.0.113.1/24 outside: it masquerades
interface eth1 inside: the profile says so
interface eth2 dynamic
interface eth3 closed perhaps outside: it is called so
route 0.0.0.0/0 out eth0
route 10.0.0.0/8 discarded
no other interfaces
no other routes
nothing but a firewall
ipset nodes 10.20.0.11 and 1 more
ipset one 10.20.0.11
ipset x not defined
inspection ftp
stage forward FORWARD

chain FORWARD policy drop
    1  jump NODE dst 10.20.0.11    edge.rules:1
    2  set mark=0x10/0xff continue    edge.rules:1
    3  drop not unknown(contents of x)    edge.rules:1
    4  unknown(a queue)    edge.rules:1
    5  dst to 10.20.0.11 accept unless later    edge.rules:1
    6  dst to 10.20.0.11 out dmz accept    edge.rules:1
    7  src as it came dst as it came accept unless later    edge.rules:1
    8  reject    (what is left is refused)

chain NODE
    1  log accept dport 443 not src 10.20.0.11    edge.rules:2
`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWith(t *testing.T) {
	d := device(base())
	d.Interfaces = []rules.Interface{{Name: "eth0"}, {Name: "eth1"}}
	d.Routes = []rules.Route{{To: netip.MustParsePrefix("10.0.0.0/8"), Out: "eth1"}}
	told := []rules.Interface{
		{Name: "eth0", Addrs: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24"), netip.MustParsePrefix("2001:db8::1/64")}, Facing: rules.Outside},
		{Name: "ppp0"},
	}
	got := d.With(told, []rules.Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Out: "eth0"}})
	var names []string
	for _, i := range got.Interfaces {
		names = append(names, i.Name)
	}
	if strings.Join(names, " ") != "eth0 eth1 ppp0" || got.Interfaces[0].Facing != rules.Outside || len(got.Routes) != 2 {
		t.Errorf("got interfaces %v and routes %v", got.Interfaces, got.Routes)
	}
	if local := got.Local(); len(local) != 2 || local[0].First != netip.MustParseAddr("203.0.113.1") {
		t.Errorf("the device's own addresses are %v", local)
	}
	if d.Interfaces[0].Facing != rules.NotTold || len(d.Interfaces) != 2 || len(d.Routes) != 1 {
		t.Errorf("With changed the device: %v %v", d.Interfaces, d.Routes)
	}
}

// TestWithKeeps covers what a device knows of an interface and nobody else tells.
func TestWithKeeps(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("2001:db8:20::1/64")}
	d := device(base())
	d.Interfaces = []rules.Interface{{Name: "dmz", Addrs: own, Dynamic: true, Closed: true, Facing: rules.Outside, Why: "its level is 0"}}
	got := d.With([]rules.Interface{{Name: "dmz"}}, nil).Interfaces[0]
	if len(got.Addrs) != 1 || !got.Dynamic || !got.Closed || got.Facing != rules.Outside || got.Why != "its level is 0" {
		t.Errorf("got %+v", got)
	}
	told := rules.Interface{Name: "dmz", Addrs: []netip.Prefix{netip.MustParsePrefix("10.20.0.7/24")}, Facing: rules.Inside}
	if got := d.With([]rules.Interface{told}, nil).Interfaces[0]; got.Addrs[0] != told.Addrs[0] || got.Dynamic || !got.Closed || got.Facing != rules.Inside {
		t.Errorf("got %+v", got)
	}
}

// TestWithKeepsWhatIsNotTold covers what is told of interfaces and of the way to
// networks: it replaces what is known of that, and nothing else.
func TestWithKeepsWhatIsNotTold(t *testing.T) {
	p := netip.MustParsePrefix
	d := device(base())
	d.Interfaces = []rules.Interface{
		{Name: "outside", Dynamic: true}, {Name: "inside", Addrs: []netip.Prefix{p("10.0.0.1/24")}}, {Name: "backup", Dynamic: true, Closed: true},
	}
	d.Routes = []rules.Route{{To: p("0.0.0.0/0"), Out: "outside"}, {To: p("10.0.0.0/8"), Out: "inside"}, {To: p("10.0.0.0/8"), Out: "dmz"}}
	got := d.With([]rules.Interface{
		{Name: "outside", Addrs: []netip.Prefix{p("203.0.113.1/24")}}, {Name: "inside", Facing: rules.Inside}, {Name: "backup", Addrs: []netip.Prefix{p("2001:db8::1/64")}},
	}, []rules.Route{{To: p("10.0.0.0/8"), Out: "tunnel"}})
	want := []rules.Interface{
		{Name: "outside", Addrs: []netip.Prefix{p("203.0.113.1/24")}},
		{Name: "inside", Addrs: []netip.Prefix{p("10.0.0.1/24")}, Facing: rules.Inside},
		{Name: "backup", Addrs: []netip.Prefix{p("2001:db8::1/64")}, Dynamic: true, Closed: true},
	}
	same := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, got.Interfaces, same); diff != "" {
		t.Errorf("interfaces (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]rules.Route{{To: p("0.0.0.0/0"), Out: "outside"}, {To: p("10.0.0.0/8"), Out: "tunnel"}}, got.Routes, same); diff != "" {
		t.Errorf("routes (-want +got)\n%s", diff)
	}
	if len(d.Routes) != 3 || d.Routes[1].Out != "inside" {
		t.Errorf("With changed the routes of the device: %v", d.Routes)
	}
}

// TestStages covers the order of a pipeline that parts and meets again.
func TestStages(t *testing.T) {
	last := &rules.Stage{Hook: rules.Postrouting}
	forward := &rules.Stage{Hook: rules.Forward, Next: []rules.Edge{{To: last}}}
	input := &rules.Stage{Hook: rules.Input, Next: []rules.Edge{{}}}
	first := &rules.Stage{Hook: rules.Prerouting, Next: []rules.Edge{{To: input}, {To: forward}, {To: last}}}
	output := &rules.Stage{Hook: rules.Output, Next: []rules.Edge{{To: last}}}
	var got []string
	for _, s := range (rules.Pipeline{Entry: []rules.Edge{{To: output}, {To: first}}}).Stages() {
		got = append(got, s.Hook.String())
	}
	if want := "output prerouting input forward postrouting"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestNames(t *testing.T) {
	if rules.Verdict(99).String() != "?" || rules.Hook(99).String() != "?" || rules.Hook(0).String() != "?" {
		t.Error("what is no value has a name")
	}
	for v, decides := range map[rules.Verdict]bool{rules.Accept: true, rules.Drop: true, rules.Reject: true, rules.Continue: false, rules.Jump: false, rules.Goto: false, rules.Return: false, rules.Undecided: false} {
		if v.Decides() != decides {
			t.Errorf("%v decides: %v", v, v.Decides())
		}
	}
}
