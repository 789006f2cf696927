package roles_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func one(s string) packet.AddrRange { return packet.OneAddr(netip.MustParseAddr(s)) }

func to(addrs ...string) rules.Term {
	var rs []packet.AddrRange
	for _, a := range addrs {
		rs = append(rs, packet.PrefixRange(netip.MustParsePrefix(a)))
	}
	return rules.Term{Boxes: packet.Addresses(packet.Dst, rs...)}
}

func port(n uint32) rules.Term { return rules.Term{Boxes: packet.Number(packet.DstPort, n)} }

// static translates destinations to an address.
func static(addr string, match ...rules.Term) *rules.Rule {
	return &rules.Rule{Match: match, Action: rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{one(addr)}}}}}
}

// permit accepts what matches.
func permit(match ...rules.Term) *rules.Rule {
	return &rules.Rule{Match: match, Action: rules.Action{Verdict: rules.Accept}}
}

// appliance is a firewall that tells all of its interfaces and routes: one to the
// Internet, a DMZ, an inside with a route, one for its management.
func appliance(chains ...*rules.Chain) *rules.Device {
	net := func(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }
	return &rules.Device{
		Name: "edge", AllInterfaces: true, AllRoutes: true, Appliance: true,
		Interfaces: []rules.Interface{
			{Name: "outside", Addrs: net("203.0.113.1/24"), Facing: rules.Outside, Why: "its security level is 0"},
			{Name: "dmz", Addrs: net("10.20.0.1/24")},
			{Name: "inside", Addrs: net("10.30.0.1/24"), Facing: rules.Inside},
			{Name: "management", Addrs: net("10.99.0.1/24"), Closed: true},
		},
		Routes: []rules.Route{
			{To: netip.MustParsePrefix("0.0.0.0/0"), Out: "outside"},
			{To: netip.MustParsePrefix("10.40.0.0/16"), Out: "inside"},
		},
		Chains: chains,
	}
}

const looksOut = "interface outside looks to the Internet: its security level is 0"

func TestApplianceSides(t *testing.T) {
	node := "moveit: {nodes: [10.20.0.11]}\n"
	atDMZ := "MOVEit is behind interface dmz: it is routed there"
	for _, c := range []struct {
		name, profile  string
		change         func(*rules.Device)
		told           []site.Interface
		outside, inner string
		assumptions    []string
	}{
		{name: "by its network", profile: node, outside: "outside", inner: "dmz", assumptions: []string{looksOut, atDMZ, "interface inside is in no zone"}},
		{name: "by a route", profile: "moveit: {nodes: [10.40.0.11]}", outside: "outside", inner: "inside", assumptions: []string{looksOut, "MOVEit is behind interface inside: it is routed there", "interface dmz is in no zone"}},
		{name: "by the longest", profile: node, change: func(d *rules.Device) {
			d.Routes = append(d.Routes, rules.Route{To: netip.MustParsePrefix("10.20.0.11/32"), Out: "inside"})
		}, outside: "outside", inner: "inside", assumptions: []string{looksOut, "MOVEit is behind interface inside", "interface dmz is"}},
		{name: "by two routes at once", profile: "moveit: {nodes: [10.40.0.11]}", change: func(d *rules.Device) {
			d.Routes = append(d.Routes, rules.Route{To: netip.MustParsePrefix("10.40.0.0/16"), Out: "dmz"})
		}, outside: "outside", inner: "inside dmz", assumptions: []string{looksOut, "MOVEit is behind the interfaces inside, dmz: it is routed there"}},
		{
			name: "by a default route that nothing can be beside", profile: "moveit: {nodes: [10.50.0.11]}", change: func(d *rules.Device) { d.Routes[0].Out = "inside" }, outside: "outside", inner: "inside",
			assumptions: []string{looksOut, "MOVEit is behind interface inside: it is routed there", "interface dmz is"},
		},
		{
			name: "not by a default route beside others", profile: "moveit: {nodes: [10.50.0.11]}", change: func(d *rules.Device) { d.AllRoutes = false }, outside: "outside", inner: "one of dmz inside",
			assumptions: []string{looksOut, anyIn, "interface dmz is", "interface inside is"},
		},
		{
			name: "not by a network that carries nothing", profile: "moveit: {nodes: [10.99.0.11]}", change: func(d *rules.Device) { d.AllRoutes = false }, outside: "outside", inner: "one of dmz inside",
			assumptions: []string{looksOut, anyIn, "interface dmz is", "interface inside is"},
		},
		{
			name: "the only one that does not look to the Internet", profile: "moveit: {nodes: [10.50.0.11]}", change: func(d *rules.Device) { d.AllRoutes, d.Interfaces = false, d.Interfaces[:2] }, outside: "outside", inner: "dmz",
			assumptions: []string{looksOut, "MOVEit is behind interface dmz: every other one looks to the Internet"},
		},
		{
			name: "that one, where nothing tells MOVEit's address", change: func(d *rules.Device) { d.Interfaces = d.Interfaces[:2] }, outside: "outside", inner: "dmz",
			assumptions: []string{anyHost, looksOut, "MOVEit is behind interface dmz: every other one looks to the Internet"},
		},
		{
			name: "several to the Internet", profile: node, change: func(d *rules.Device) {
				d.Interfaces[2].Facing, d.Interfaces[2].Why = rules.Outside, "its level is 0, too"
			}, outside: "outside inside", inner: "dmz",
			assumptions: []string{looksOut, "interface inside looks to the Internet: its level is 0, too", atDMZ},
		},
		{name: "none that carries nothing", profile: node, change: func(d *rules.Device) { d.Interfaces[3].Facing = rules.Outside }, outside: "outside", inner: "dmz", assumptions: []string{looksOut, atDMZ, "interface inside is"}},
		{name: "one of several", profile: node, change: func(d *rules.Device) {
			for i := range 3 {
				d.Interfaces[i].Facing, d.Interfaces[i].Why = rules.PerhapsOutside, "they look alike"
			}
		}, outside: "one of outside dmz inside", inner: "dmz", assumptions: []string{"one of the interfaces outside, dmz, inside looks to the Internet: they look alike", atDMZ}},
		{name: "any, and no other", profile: node, change: func(d *rules.Device) { d.Interfaces[0].Facing = rules.NotTold }, outside: "one of outside dmz inside", inner: "dmz", assumptions: []string{anyOut, atDMZ}},
		{
			name: "what the profile tells of the device first", profile: node, told: []site.Interface{{Name: "inside", Routes: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")}}}, outside: "outside", inner: "inside",
			assumptions: []string{looksOut, "interface dmz is"},
		},
		{name: "before zones", profile: node + "zones: {dmz: {interfaces: [inside]}}", outside: "outside", inner: "dmz", assumptions: []string{looksOut, atDMZ}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := appliance()
			if c.change != nil {
				c.change(d)
			}
			r := roles.Of(d, profile(t, c.profile), roles.Forward, c.told)
			if got := side(r.Outside); got != c.outside {
				t.Errorf("outside: got %q, want %q", got, c.outside)
			}
			if got := side(r.Inner); got != c.inner {
				t.Errorf("inner: got %q, want %q", got, c.inner)
			}
			compareStarts(t, r.Assumptions, c.assumptions)
		})
	}
}

// compareStarts reports assumptions that do not begin as wanted.
func compareStarts(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d assumptions, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) || strings.HasSuffix(got[i], ".") {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}

// TestRoutedZones covers zones that the profile declares by their networks alone.
func TestRoutedZones(t *testing.T) {
	for _, c := range []struct {
		name, zones string
		change      func(*rules.Device)
		told        []site.Interface
		want        string // the interfaces of zone internal
		assumption  string
	}{
		{name: "inside the network of an interface", zones: "internal: {networks: [10.30.0.64/26]}", want: "inside", assumption: "zone internal is behind interface inside: its networks are routed there"},
		{name: "inside a route", zones: "internal: {networks: [10.40.7.0/24]}", want: "inside"},
		{name: "around networks", zones: "internal: {networks: [10.0.0.0/8, 192.168.0.0/16]}", want: "dmz inside", assumption: "zone internal is behind the interfaces dmz, inside: its networks are routed there"},
		{name: "around networks of another zone", zones: "internal: {networks: [10.0.0.0/8]}, dmz: {networks: [10.20.0.0/24]}", want: "inside"},
		{name: "around networks on interfaces of another zone", zones: "internal: {networks: [10.0.0.0/8]}, dmz: {interfaces: [dmz]}", want: "inside"},
		{name: "on an interface that is told to be of another zone", zones: "internal: {networks: [10.0.0.0/8]}", told: []site.Interface{{Name: "dmz", Zone: "dmz"}}, want: "inside"},
		{name: "not where the profile tells", zones: "internal: {networks: [10.30.0.0/24], interfaces: [dmz]}", want: "dmz"},
		{name: "not by a default route", zones: "internal: {networks: [10.50.0.0/16]}"},
		{name: "by a default route to an inside", zones: "internal: {networks: [10.50.0.0/16]}", change: func(d *rules.Device) { d.Routes[0].Out = "inside" }, want: "inside"},
		{name: "not by the network of the outside interface", zones: "internal: {networks: [192.168.0.0/16]}", change: func(d *rules.Device) {
			d.Interfaces[0].Addrs = []netip.Prefix{netip.MustParsePrefix("192.168.1.2/24")}
		}},
		{name: "not by a wider network of the outside interface", zones: "internal: {networks: [192.168.1.0/24]}", change: func(d *rules.Device) {
			d.Interfaces[0].Addrs = []netip.Prefix{netip.MustParsePrefix("192.168.1.2/16")}
		}},
		{name: "by a route to a tunnel's end", zones: "internal: {networks: [10.77.0.0/16]}", change: func(d *rules.Device) {
			d.Routes = append(d.Routes, rules.Route{To: netip.MustParsePrefix("10.77.0.0/16"), Out: "outside"})
		}, want: "outside"},
		{name: "not where public networks are, which no route leads to", zones: "internal: {networks: [10.30.0.0/24, 198.51.100.0/24]}"},
		{
			name: "where other routes may be", zones: "internal: {networks: [10.0.0.0/8]}", change: func(d *rules.Device) { d.AllRoutes = false }, want: "dmz inside",
			assumption: "zone internal may be behind any of the interfaces dmz, inside: not all of its networks are routed",
		},
		{name: "where other routes may be, and all of its networks are routed", zones: "internal: {networks: [10.30.0.0/24]}", change: func(d *rules.Device) { d.AllRoutes = false }, want: "inside"},
		{name: "not where other routes and interfaces may be", zones: "internal: {networks: [10.0.0.0/8]}", change: func(d *rules.Device) { d.AllRoutes, d.AllInterfaces = false, false }},
		{name: "not where no routes are told", zones: "internal: {networks: [10.30.0.0/24]}", change: func(d *rules.Device) {
			d.Routes = nil
			for i := range d.Interfaces {
				d.Interfaces[i].Addrs = nil
			}
		}},
		{name: "not on an interface that carries nothing", zones: "internal: {networks: [10.99.0.0/24]}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := appliance()
			if c.change != nil {
				c.change(d)
			}
			r := roles.Of(d, profile(t, "moveit: {nodes: [10.20.0.11]}\nzones: {"+c.zones+"}"), roles.Forward, c.told)
			got := r.Zone("internal", c.told)
			if strings.Join(got.Names, " ") != c.want {
				t.Errorf("got %q, want %q", got.Names, c.want)
			}
			stated := slices.ContainsFunc(r.Assumptions, func(s string) bool { return strings.HasPrefix(s, "zone internal ") })
			if written := strings.Contains(c.zones, "interfaces: [dmz]}") && !strings.Contains(c.zones, "dmz: {"); stated != (c.want != "" && !written) {
				t.Errorf("it is stated: %v", r.Assumptions)
			}
			if c.assumption != "" && !slices.Contains(r.Assumptions, c.assumption) {
				t.Errorf("got %q, want %q", r.Assumptions, c.assumption)
			}
		})
	}
}

// TestApplianceNodes covers whose addresses names and translations tell.
func TestApplianceNodes(t *testing.T) {
	file := source.NewFile("edge.cfg", []byte("object MOVEIT\nobject MOVEIT_PUBLIC\nobject MOVEIT_ADMINS\n"))
	define := func(line int, name, addr string) rules.Definition {
		return rules.Definition{Kind: "object", Name: name, Addrs: []packet.AddrRange{one(addr)}, Span: file.Line(line)}
	}
	of := func(f packet.Field, d rules.Definition) rules.Term {
		return rules.Term{Boxes: packet.Addresses(f, d.Addrs...), Span: d.Span, Origin: &rules.Origin{From: []source.Span{d.Span}}}
	}
	node, public, admins := define(1, "MOVEIT", "10.20.0.11"), define(2, "MOVEIT_PUBLIC", "203.0.113.10"), define(3, "MOVEIT_ADMINS", "10.30.0.60")
	network := &rules.Rule{Match: rules.Match{to("203.0.113.0/24")}, Action: rules.Action{NAT: &rules.NAT{Dst: packet.Rewrite{Network: netip.MustParsePrefix("10.20.0.0/24")}}}}
	shifted := &rules.Rule{Match: rules.Match{to("203.0.113.8/29")}, Action: rules.Action{NAT: &rules.NAT{Dst: packet.Rewrite{
		Addrs: []packet.AddrRange{{First: netip.MustParseAddr("10.20.0.9"), Last: netip.MustParseAddr("10.20.0.16")}}, Shift: netip.MustParseAddr("203.0.113.8"),
	}}}}
	const byName, moved = "from definitions whose names contain moveit", ", as address translation leads there"
	for _, c := range []struct {
		name        string
		definitions []rules.Definition
		nat, list   []*rules.Rule
		want, where string
	}{
		{"an object", []rules.Definition{node}, nil, nil, "10.20.0.11", byName},
		{"its published address alone", []rules.Definition{public}, []*rules.Rule{static("10.20.0.11", to("203.0.113.10/32"))}, nil, "10.20.0.11", byName + moved},
		{"both", []rules.Definition{node, public}, []*rules.Rule{static("10.20.0.11", to("203.0.113.10/32"))}, nil, "10.20.0.11", byName + moved},
		{"one that stays as it is", []rules.Definition{public}, []*rules.Rule{static("203.0.113.10", to("203.0.113.10/32"))}, nil, "203.0.113.10", byName},
		{"one that nothing translates", []rules.Definition{public}, []*rules.Rule{static("10.20.0.11", to("203.0.113.11/32"))}, nil, "203.0.113.10", byName},
		{"one that is translated to what is not known", []rules.Definition{public}, []*rules.Rule{
			{Match: rules.Match{to("203.0.113.10/32")}, Action: rules.Action{NAT: &rules.NAT{Dst: packet.Rewrite{Lost: true}}}}, static("10.20.0.99", to("203.0.113.99/32")),
		}, nil, "203.0.113.10", byName},
		{"a network of published addresses", []rules.Definition{public}, []*rules.Rule{network}, nil, "10.20.0.10", byName + moved},
		{"a range of published addresses", []rules.Definition{public}, []*rules.Rule{shifted}, nil, "10.20.0.11", byName + moved},
		{"the web port of several", []rules.Definition{public}, []*rules.Rule{
			static("10.20.0.25", to("203.0.113.10/32"), port(25)), static("10.20.0.22", to("203.0.113.10/32"), port(22)), static("10.20.0.11", to("203.0.113.10/32"), port(443)),
		}, nil, "10.20.0.11", byName + moved},
		{"every port before others of MOVEit's", []rules.Definition{public}, []*rules.Rule{static("10.20.0.22", to("203.0.113.10/32"), port(22)), static("10.20.0.11", to("203.0.113.10/32"))}, nil, "10.20.0.11", byName + moved},
		{"other ports of MOVEit's", []rules.Definition{public}, []*rules.Rule{static("10.20.0.25", to("203.0.113.10/32"), port(25)), static("10.20.0.22", to("203.0.113.10/32"), port(990))}, nil, "10.20.0.22", byName + moved},
		{"any port", []rules.Definition{public}, []*rules.Rule{static("10.20.0.25", to("203.0.113.10/32"), port(8443))}, nil, "10.20.0.25", byName + moved},
		{"no clients", []rules.Definition{node, admins}, nil, []*rules.Rule{permit(of(packet.Src, admins), of(packet.Dst, node)), permit(of(packet.Dst, node))}, "10.20.0.11", byName},
		{"no servers", []rules.Definition{node, admins}, nil, []*rules.Rule{permit(of(packet.Src, node), of(packet.Dst, admins)), permit(of(packet.Dst, node))}, "10.20.0.11", byName},
		{
			"what opens connections, and is published",
			[]rules.Definition{node},
			[]*rules.Rule{static("10.20.0.11", to("203.0.113.10/32"))},
			[]*rules.Rule{permit(of(packet.Src, node), to("10.30.0.25/32"))},
			"10.20.0.11", byName,
		},
		{
			"rules that name it, by its published address", nil,
			[]*rules.Rule{static("10.20.0.11", to("203.0.113.10/32"))},
			[]*rules.Rule{{Match: rules.Match{to("203.0.113.10/32")}, Action: rules.Action{Verdict: rules.Accept}, Comment: "MOVEit"}},
			"10.20.0.11", "from rules whose chain or comment names it" + moved,
		},
		{
			"publication on two ports", nil,
			[]*rules.Rule{static("10.20.0.11", to("203.0.113.10/32"), port(443)), static("10.20.0.11", to("203.0.113.10/32"), port(22))},
			nil,
			"10.20.0.11", "from what address translation publishes on tcp/443 together with 21, 22 or 990",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := appliance(&rules.Chain{Name: "NAT: destination", Rules: c.nat}, &rules.Chain{Name: "outside_in", Rules: c.list})
			d.Definitions = c.definitions
			r := roles.Of(d, site.Default(), roles.Forward, nil)
			if want := fmt.Sprintf("MOVEit's addresses are %s: %s", c.want, c.where); r.Assumptions[0] != want {
				t.Errorf("got %q\nwant %q", r.Assumptions[0], want)
			}
		})
	}
}

// TestListOfAnInterface covers a list for packets that come in by an interface that
// is called after MOVEit: where they go to is not MOVEit.
func TestListOfAnInterface(t *testing.T) {
	list := &rules.Chain{Name: "moveit-dmz_in", Rules: []*rules.Rule{permit(to("10.30.0.25/32"), port(25))}}
	call := func(f packet.Field) *rules.Chain {
		in := rules.Term{Boxes: packet.Names(f, packet.Pattern{Text: "moveit-dmz"})}
		return &rules.Chain{Name: "lists", Rules: []*rules.Rule{{Match: rules.Match{in}, Action: rules.Action{Verdict: rules.Jump, Target: list}}}}
	}
	for f, want := range map[packet.Field]string{packet.In: "", packet.Out: "10.30.0.25"} {
		r := roles.Of(appliance(call(f), list), site.Default(), roles.Forward, nil)
		if got := strings.Trim(fmt.Sprint(r.Nodes), "[]"); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}
