package roles_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// device parses the rules of a filter table, and what stands before it.
func device(t *testing.T, before, filter string) *rules.Device {
	t.Helper()
	chains := ""
	for line := range strings.SplitSeq(filter, "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "-A" && f[1] != "FORWARD" && f[1] != "INPUT" && !strings.Contains(chains, ":"+f[1]+" ") {
			chains += ":" + f[1] + " - [0:0]\n"
		}
	}
	text := before + "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n" + chains + strings.TrimSpace(filter) + "\nCOMMIT\n"
	f := source.NewFile("edge.rules", []byte(text))
	d, _, err := parsers.Detect(f)
	if err != nil {
		t.Fatal(err)
	}
	r := d.Parse(parsers.Input{Name: "edge", Files: []*source.File{f}, Limits: parsers.DefaultLimits})
	for _, p := range r.Problems {
		if p.Kind == source.Malformed {
			t.Fatalf("%s: %s", p.Span.Position(), p.Message)
		}
	}
	return r.Devices[0].Model
}

func profile(t *testing.T, text string) *site.Profile {
	t.Helper()
	if text == "" {
		return site.Default()
	}
	p, err := site.Parse(source.NewFile("site.yaml", []byte("version: 1\n"+text)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func nat(lines ...string) string {
	return "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n" + strings.Join(lines, "\n") + "\nCOMMIT\n"
}

const sets = "create moveit-nodes hash:ip family inet hashsize 1024 maxelem 65536\nadd moveit-nodes 10.20.0.21\nadd moveit-nodes 10.20.0.22\n"

const (
	bySets    = "MOVEit's addresses are 10.20.0.21, 10.20.0.22: from definitions whose names contain moveit"
	anyHost   = "MOVEit may be any destination behind the firewall: no site profile and no name in the rules tells its address"
	byRules   = "MOVEit's addresses are %s: from rules whose chain or comment names it"
	byNAT     = "MOVEit's addresses are %s: from what address translation publishes on tcp/443 together with 21, 22 or 990"
	theHost   = "MOVEit runs on the host that these rules protect"
	anyOut    = "any interface may look to the Internet: neither a site profile nor the rules tell which does"
	anyIn     = "MOVEit may be behind any interface that does not look to the Internet"
	published = "-A PREROUTING -d 203.0.113.10/32 -p tcp -m multiport --dports 21,443 -j DNAT --to-destination 10.20.0.31"
)

func TestNodes(t *testing.T) {
	commented := `-A FORWARD -d 10.20.0.11/32 -p tcp -m tcp --dport 443 -m comment --comment "to MOVEit Transfer" -j ACCEPT`
	for _, c := range []struct {
		name, profile, before, filter string
		view                          roles.View
		nodes, assumption             string
	}{
		{"the profile before all evidence", "moveit: {nodes: [10.20.0.1, '2001:db8::1']}", sets + nat(published), commented, roles.Forward, "10.20.0.1 2001:db8::1", ""},
		{"the profile on the host view", "moveit: {nodes: [10.20.0.1]}", "", commented, roles.Host, "10.20.0.1", ""},
		{"the host itself", "", sets + nat(published), commented, roles.Host, "", theHost},
		{"definitions before rules", "", sets + nat(published), commented + "\n-A FORWARD -m set --match-set moveit-nodes dst -j ACCEPT", roles.Forward, "10.20.0.21 10.20.0.22", bySets},
		{"definitions that nothing uses", "", sets, "", roles.Forward, "10.20.0.21 10.20.0.22", bySets},
		{"rules before translation", "", nat(published), commented, roles.Forward, "10.20.0.11", fmt.Sprintf(byRules, "10.20.0.11")},
		{"a comment in any case of letters", "", "", strings.ToUpper(commented[:0]) + strings.Replace(commented, "MOVEit", "MoveIT", 1), roles.Forward, "10.20.0.11", fmt.Sprintf(byRules, "10.20.0.11")},
		{"a chain", "", "", "-A FORWARD -i eth0 -j MOVEIT_IN\n-A MOVEIT_IN -d 10.20.0.12/32 -p tcp -j ACCEPT\n-A MOVEIT_IN -d 10.20.0.11/32 -p tcp -j ACCEPT", roles.Forward, "10.20.0.11 10.20.0.12", fmt.Sprintf(byRules, "10.20.0.11, 10.20.0.12")},
		{"the call of a chain", "", "", "-A FORWARD -d 10.20.0.12/32 -j MOVEIT_IN\n-A MOVEIT_IN -p tcp -j ACCEPT", roles.Forward, "10.20.0.12", fmt.Sprintf(byRules, "10.20.0.12")},
		{"no rule that drops", "", "", strings.Replace(commented, "ACCEPT", "DROP", 1), roles.Forward, "", anyHost},
		{"no server of MOVEit's", "", "", `-A FORWARD -s 10.20.0.11/32 -d 10.30.0.25/32 -p tcp -m tcp --dport 25 -m comment --comment "MOVEit to mail" -j ACCEPT`, roles.Forward, "", anyHost},
		{"no chain of what MOVEit sends", "", "", "-A FORWARD -s 10.20.0.11/32 -j MOVEIT_OUT\n-A MOVEIT_OUT -d 10.30.0.25/32 -p tcp -j ACCEPT", roles.Forward, "", anyHost},
		{"no wide network", "", "", strings.Replace(commented, "10.20.0.11/32", "10.0.0.0/8", 1), roles.Forward, "", anyHost},
		{"no negated destination", "", "", strings.Replace(commented, "-d 10.20.0.11/32", "! -d 10.20.0.11/32", 1), roles.Forward, "", anyHost},
		{"a translation that is named", "", nat(`-A PREROUTING -d 203.0.113.10/32 -p tcp -m tcp --dport 8022 -m comment --comment moveit -j DNAT --to-destination 10.20.0.41:22`), "", roles.Forward, "10.20.0.41", fmt.Sprintf(byRules, "10.20.0.41")},
		{"publication", "", nat(published), "", roles.Forward, "10.20.0.31", fmt.Sprintf(byNAT, "10.20.0.31")},
		{"publication by several rules", "", nat("-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.20.0.32", "-A PREROUTING -p tcp -m tcp --dport 990 -j DNAT --to-destination 10.20.0.32"), "", roles.Forward, "10.20.0.32", fmt.Sprintf(byNAT, "10.20.0.32")},
		{"with 22", "", nat("-A PREROUTING -p tcp -m multiport --dports 22,443 -j DNAT --to-destination 10.20.0.32"), "", roles.Forward, "10.20.0.32", fmt.Sprintf(byNAT, "10.20.0.32")},
		{"no mere web server", "", nat("-A PREROUTING -p tcp -m multiport --dports 80,443 -j DNAT --to-destination 10.20.0.32"), "", roles.Forward, "", anyHost},
		{"no mere file server", "", nat("-A PREROUTING -p tcp -m multiport --dports 21,22,990 -j DNAT --to-destination 10.20.0.32"), "", roles.Forward, "", anyHost},
		{"no two hosts together", "", nat("-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.20.0.32", "-A PREROUTING -p tcp -m tcp --dport 990 -j DNAT --to-destination 10.20.0.33"), "", roles.Forward, "", anyHost},
		{"no host with every port", "", nat("-A PREROUTING -d 203.0.113.10/32 -j DNAT --to-destination 10.20.0.32"), "", roles.Forward, "", anyHost},
		{"nothing", "", "", "-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT", roles.Forward, "", anyHost},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := roles.Of(device(t, c.before, c.filter), profile(t, c.profile), c.view, nil)
			var got []string
			for _, n := range r.Nodes {
				got = append(got, n.String())
			}
			if strings.Join(got, " ") != c.nodes || r.Declared != (c.assumption == "") {
				t.Errorf("got nodes %v, declared %v; want %q", got, r.Declared, c.nodes)
			}
			if c.assumption != "" && (len(r.Assumptions) == 0 || r.Assumptions[0] != c.assumption) {
				t.Errorf("got %q\nwant %q", r.Assumptions, c.assumption)
			}
		})
	}
}

func TestSides(t *testing.T) {
	told := []site.Interface{
		{Name: "wan", Zone: "internet"},
		{Name: "dmz", Zone: "dmz", Addresses: []netip.Prefix{netip.MustParsePrefix("10.20.0.1/24")}},
		{Name: "eth9"},
	}
	three := "-A FORWARD -i eth0 -p tcp -m tcp --dport 1 -j ACCEPT\n-A FORWARD -o eth1 -p tcp -m tcp --dport 2 -j ACCEPT\n-A FORWARD -i lo -j ACCEPT"
	masquerade := nat("-A POSTROUTING -o eth0 -j MASQUERADE")
	unzoned := func(name string) string {
		return "interface " + name + " is in no zone of the site profile: hosts behind it are not asked about"
	}
	for _, c := range []struct {
		name, profile, before, filter string
		told                          []site.Interface
		view                          roles.View
		outside, inner                string
		assumptions                   []string
	}{
		{"as the profile tells", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0, ppp0]}, dmz: {interfaces: [eth1]}}", "", three, nil, roles.Forward, "eth0 ppp0", "eth1", []string{"interface ppp0 looks to the Internet, as the site profile says, though no rule names it"}},
		{"as the profile tells, by the start of a name", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth+]}, dmz: {interfaces: [eth1]}}", "", three, nil, roles.Forward, "eth+", "eth1", nil},
		{"as the profile tells, where rules name none", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}, dmz: {interfaces: [eth1]}}", "", "-A FORWARD -j ACCEPT", nil, roles.Forward, "eth0", "eth1", nil},
		{"interfaces of the device beside zones", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}, dmz: {interfaces: [eth1]}}", "", three, told, roles.Forward, "wan eth0", "dmz", []string{unzoned("eth9")}},
		{"an interface that the device puts elsewhere", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [wan, dmz, eth0]}}", "", three, told[1:], roles.Forward, "wan eth0", "dmz", []string{"interface wan looks to the Internet, as the site profile says, though no rule names it", unzoned("eth1"), unzoned("eth9")}},
		{"the interface that masquerades", "moveit: {nodes: [10.20.0.11]}\nzones: {dmz: {interfaces: [eth1]}}", masquerade, three, nil, roles.Forward, "eth0", "eth1", []string{"interface eth0 looks to the Internet: "}},
		{"one of those that masquerade", "moveit: {nodes: [10.20.0.11]}\nzones: {dmz: {interfaces: [eth1]}}", nat("-A POSTROUTING -o eth0 -j MASQUERADE", "-A POSTROUTING -o eth2 -j MASQUERADE"), three, nil, roles.Forward, "one of eth0 eth2", "eth1", []string{"one of the interfaces eth0, eth2 looks to the Internet: "}},
		{"any", "moveit: {nodes: [10.20.0.11]}", "", three, nil, roles.Forward, "one of eth0 eth1 (another)", "one of eth0 eth1 (another)", []string{anyOut, anyIn}},
		{"any, where none is named", "moveit: {nodes: [10.20.0.11]}", "", "-A FORWARD -p tcp -m tcp --dport 1 -j ACCEPT", nil, roles.Forward, "one of (another)", "one of (another)", nil},
		{"behind none that looks outside", "moveit: {nodes: [10.20.0.11]}", masquerade, three, nil, roles.Forward, "eth0", "one of eth1 (another)", []string{"interface eth0 looks to the Internet: ", anyIn, unzoned("eth1")}},
		{"where rules name the two together", "moveit: {nodes: [10.20.0.11]}", masquerade, three + "\n-A FORWARD -d 10.20.0.11/32 -o eth1 -j ACCEPT", nil, roles.Forward, "eth0", "eth1", []string{"interface eth0 looks to the Internet: ", "MOVEit is behind interface eth1: rules name the two together"}},
		{"where MOVEit's packets come in", "moveit: {nodes: [10.20.0.11]}", masquerade, three + "\n-A FORWARD -s 10.20.0.11/32 -i eth1 -j ACCEPT", nil, roles.Forward, "eth0", "eth1", []string{"interface eth0 looks to the Internet: ", "MOVEit is behind interface eth1: rules name the two together"}},
		{"not where rules name two", "moveit: {nodes: [10.20.0.11]}", masquerade, three + "\n-A FORWARD -d 10.20.0.11/32 -o eth1 -j ACCEPT\n-A FORWARD -d 10.20.0.11/32 -o eth2 -j ACCEPT", nil, roles.Forward, "eth0", "one of eth1 eth2 (another)", []string{"interface eth0 looks to the Internet: ", anyIn, unzoned("eth1"), unzoned("eth2")}},
		{"a side for each node", "moveit: {nodes: [10.20.0.11, 10.40.0.12]}\nzones: {internet: {interfaces: [eth0]}, dmz: {interfaces: [eth1]}}", "", three, []site.Interface{{Name: "eth2", Routes: []netip.Prefix{netip.MustParsePrefix("10.40.0.0/16")}}}, roles.Forward, "eth0", "eth2 eth1", nil},
		{"a default route tells of no node", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}, dmz: {interfaces: [eth1]}}", "", three, []site.Interface{{Name: "eth0", Routes: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}}, roles.Forward, "eth0", "eth1", nil},
		{"the DMZ and a zone that holds its network", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}, dmz: {interfaces: [eth1]}, internal: {interfaces: [eth2], networks: [10.0.0.0/8]}}", "", three, nil, roles.Forward, "eth0", "one of eth2 eth1", []string{"MOVEit is behind one of the interfaces eth2, eth1: what tells of it does not agree"}},
		{"the DMZ, and rules that name another", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}, dmz: {interfaces: [eth1]}}", "", three + "\n-A FORWARD -d 10.20.0.11/32 -o eth2 -j ACCEPT", nil, roles.Forward, "eth0", "one of eth1 eth2", []string{"MOVEit is behind one of the interfaces eth1, eth2: what tells of it does not agree", unzoned("eth2")}},
		{"not where rules name it with what they drop", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}}", "", three + "\n-A FORWARD -s 10.20.0.11/32 -i eth2 -j DROP", nil, roles.Forward, "eth0", "one of eth1 eth2 (another)", []string{anyIn, unzoned("eth1"), unzoned("eth2")}},
		{"an interface of no zone, and a zone of no interface", "moveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}, dmz: {networks: [10.20.0.0/24]}, internal: {interfaces: [eth+]}}", "", three + "\n-A FORWARD -i ppp0 -d 10.20.0.11/32 -o eth1 -j ACCEPT", nil, roles.Forward, "eth0", "eth1", []string{"MOVEit is behind interface eth1: ", "interface ppp0 is in no zone of the site profile: hosts behind it are asked about only by the networks of zones that have no interfaces"}},
		{"a host has no inside", "", "", three, nil, roles.Host, "one of eth0 eth1 (another)", "", []string{theHost, anyOut}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var known []rules.Interface
			for _, i := range c.told {
				known = append(known, rules.Interface{Name: i.Name})
			}
			r := roles.Of(device(t, c.before, c.filter).With(known, nil), profile(t, c.profile), c.view, c.told)
			if got := side(r.Outside); got != c.outside {
				t.Errorf("outside: got %q, want %q", got, c.outside)
			}
			if got := side(r.Inner); got != c.inner {
				t.Errorf("inner: got %q, want %q", got, c.inner)
			}
			if len(r.Assumptions) != len(c.assumptions) {
				t.Fatalf("got %d assumptions, want %d: %q", len(r.Assumptions), len(c.assumptions), r.Assumptions)
			}
			for i, want := range c.assumptions {
				if !strings.HasPrefix(r.Assumptions[i], want) || strings.HasSuffix(r.Assumptions[i], ".") {
					t.Errorf("got %q, want %q", r.Assumptions[i], want)
				}
			}
		})
	}
}

func side(s roles.Side) string {
	text := strings.Join(s.Names, " ")
	if s.Uncertain {
		text = "one of " + text
	}
	return text
}

func TestAddresses(t *testing.T) {
	p := profile(t, "moveit: {nodes: [10.20.0.11], published: [203.0.113.10]}")
	if got := fmt.Sprint(roles.Of(device(t, "", ""), p, roles.Forward, nil).Addresses()); got != "[10.20.0.11 203.0.113.10]" {
		t.Errorf("got %s", got)
	}
	p = profile(t, "moveit: {published: [203.0.113.10]}")
	r := roles.Of(device(t, "", ""), p, roles.Forward, nil)
	if got := fmt.Sprint(r.Addresses()); got != "[203.0.113.10]" {
		t.Errorf("where only published addresses are told, they are %s", got)
	}
	if slices.Contains(r.Assumptions, anyHost) {
		t.Errorf("got %q", r.Assumptions)
	}
	if got := fmt.Sprint(roles.Of(device(t, nat(published), ""), p, roles.Forward, nil).Addresses()); got != "[10.20.0.31 203.0.113.10]" {
		t.Errorf("where translation shows the node, they are %s", got)
	}
}

// TestBehind covers where hosts beside MOVEit's nodes are.
func TestBehind(t *testing.T) {
	nas := []packet.AddrRange{packet.OneAddr(netip.MustParseAddr("10.30.0.50"))}
	told := []site.Interface{{Name: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("10.30.0.1/24")}}}
	zone := "zones: {internet: {interfaces: [eth0]}, internal: {interfaces: [eth2], networks: [10.30.0.0/16]}}"
	for _, c := range []struct {
		name, profile, filter string
		told                  []site.Interface
		want                  string
	}{
		{"the interface with their network", zone, "", told, "lan"},
		{"the interfaces of their zone", zone, "", nil, "eth2"},
		{"where rules name the two together", "zones: {internet: {interfaces: [eth0]}}", "-A FORWARD -d 10.30.0.50/32 -o eth3 -j ACCEPT", nil, "eth3"},
		{"any that does not look outside", "zones: {internet: {interfaces: [eth0]}}", "-A FORWARD -i eth0 -o eth1 -j ACCEPT", nil, "one of eth1 (another)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := device(t, "", c.filter)
			r := roles.Of(d, profile(t, c.profile), roles.Forward, c.told)
			if got := side(r.Behind(d, c.told, nas)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSideBoxes(t *testing.T) {
	if b := (roles.Side{}).Boxes(packet.In); b != nil {
		t.Errorf("any interface is %v", b)
	}
	var got []string
	roles.Side{Names: []string{"eth0", "ppp+"}}.Boxes(packet.Out).Patterns(func(p packet.Pattern) bool {
		got = append(got, p.String())
		return true
	})
	if diff := cmp.Diff([]string{"eth0", "ppp*"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestViewNames(t *testing.T) {
	if roles.Host.String() != "host" || roles.Forward.String() != "forward" {
		t.Error("the views have other names than the report")
	}
}
