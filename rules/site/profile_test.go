package site_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func parse(t *testing.T, text string) *site.Profile {
	t.Helper()
	p, err := site.Parse(source.NewFile("site.yaml", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// words sums up addresses: "10.0.0.1 10.0.0.5-10.0.0.9".
func words(list []packet.AddrRange) string {
	var out []string
	for _, r := range list {
		out = append(out, r.String())
	}
	return strings.Join(out, " ")
}

// TestServices covers every setting of every service: what a line of the profile
// makes of the service, as far as it differs from what is not told.
func TestServices(t *testing.T) {
	servers := func(addrs ...string) []site.Address {
		var list []site.Address
		for _, a := range addrs {
			list = append(list, site.Address{AddrRange: packet.OneAddr(netip.MustParseAddr(a))})
		}
		return list
	}
	ftps := func(change func(*site.Service)) site.Service {
		s := site.Service{Key: "ftps", State: site.On, Explicit: 21, Implicit: 990, Passive: true, PassiveAny: true, PassiveWide: [2]int{100, 1000}}
		change(&s)
		return s
	}
	for _, c := range []struct {
		text string
		want site.Service
	}{
		{"https: {}", site.Service{Key: "https", State: site.On, Port: 443}},
		{"https: on", site.Service{Key: "https", State: site.On, Port: 443}},
		{"https: true", site.Service{Key: "https", State: site.On, Port: 443}},
		{"https: off", site.Service{Key: "https"}},
		{"https: false", site.Service{Key: "https"}},
		{"https: {port: 8443}", site.Service{Key: "https", State: site.On, Port: 8443}},
		{"https: {zones: [internet, internal]}", site.Service{Key: "https", State: site.On, Port: 443, Zones: []string{"internet", "internal"}}},
		{"https: {zones: internal}", site.Service{Key: "https", State: site.On, Port: 443, Zones: []string{"internal"}}},
		{"http-redirect: {}", site.Service{Key: "http-redirect", State: site.On, Port: 80}},
		{"sftp: {port: 2222}", site.Service{Key: "sftp", State: site.On, Port: 2222}},
		{"ftps: {}", ftps(func(*site.Service) {})},
		{"ftps: {explicit: 0}", ftps(func(s *site.Service) { s.Explicit = 0 })},
		{"ftps: {implicit: 0}", ftps(func(s *site.Service) { s.Implicit = 0 })},
		{"ftps: {mode: active}", ftps(func(s *site.Service) { s.Passive, s.Active = false, true })},
		{"ftps: {mode: both}", ftps(func(s *site.Service) { s.Active = true })},
		{"ftps: {passive-ports: 3000-3003}", ftps(func(s *site.Service) { s.PassivePorts, s.PassiveAny = packet.Range{First: 3000, Last: 3003}, false })},
		{"ftps: {passive-ports: 3000}", ftps(func(s *site.Service) { s.PassivePorts, s.PassiveAny = packet.Range{First: 3000, Last: 3000}, false })},
		{"ftps: {passive-ports: any}", ftps(func(s *site.Service) { s.PassivePorts = packet.Range{First: 1024, Last: 65535} })},
		{"ftps: {passive-wide: [4, 8]}", ftps(func(s *site.Service) { s.PassiveWide = [2]int{4, 8} })},
		{"ftps: {active-port: 2020}", ftps(func(s *site.Service) { s.ActivePort = 2020 })},
		{"ftps: {ccc: true}", ftps(func(s *site.Service) { s.CCC = true })},
		{"ftps: {client-certificates: none}", ftps(func(*site.Service) {})},
		{"ftps: {client-certificates: all}", ftps(func(*site.Service) {})},
		{"ftps: {client-certificates: {explicit: 10021, implicit: 10990}}", ftps(func(s *site.Service) { s.CertExplicit, s.CertImplicit = 10021, 10990 })},
		{"mobile: {}", site.Service{Key: "mobile", State: site.On, HTTPS: 8443, HTTP: 8080}},
		{"mobile: {https: 9443, http: 9080}", site.Service{Key: "mobile", State: site.On, HTTPS: 9443, HTTP: 9080}},
		{"mobile: {http: off}", site.Service{Key: "mobile", State: site.On, HTTPS: 8443}},
		{"mobile: {via: https}", site.Service{Key: "mobile", State: site.On, HTTPS: 8443, HTTP: 8080, ViaHTTPS: true}},
		{"smtp: {servers: [10.30.0.25, 10.30.0.26], port: 587}", site.Service{Key: "smtp", State: site.On, Port: 587, Servers: servers("10.30.0.25", "10.30.0.26")}},
		{"ldap: {}", site.Service{Key: "ldap", State: site.On, Port: 389}},
		{"ldap: {tls: true}", site.Service{Key: "ldap", State: site.On, Port: 636, TLS: true}},
		{"ldap: {tls: true, port: 3269}", site.Service{Key: "ldap", State: site.On, Port: 3269, TLS: true}},
		{"ldap: {port: 3269, tls: true}", site.Service{Key: "ldap", State: site.On, Port: 3269, TLS: true}},
		{"radius: {}", site.Service{Key: "radius", State: site.On, Port: 1645}},
		{"mssql: {servers: 10.30.0.40, tools: on}", site.Service{Key: "mssql", State: site.On, Port: 1433, Servers: servers("10.30.0.40"), Tools: true}},
		{"web-farm: {nas: [10.20.0.50]}", site.Service{Key: "web-farm", State: site.On, Port: 445, Servers: servers("10.20.0.50")}},
		{"ntp: {}", site.Service{Key: "ntp", State: site.On, Port: 123}},
		{"syslog: {port: 1514}", site.Service{Key: "syslog", State: site.On, Port: 1514}},
		{"snmp: on", site.Service{Key: "snmp", State: site.On, Port: 161}},
		{"stunnel: {clients: [10.30.0.60]}", site.Service{Key: "stunnel", State: site.On, Port: 33062, Servers: servers("10.30.0.60")}},
		{"automation: {hosts: [10.30.0.60]}", site.Service{Key: "automation", State: site.On, Port: 443, Servers: servers("10.30.0.60")}},
		{"gateway: {hosts: [10.20.0.5]}", site.Service{Key: "gateway", State: site.On, Servers: servers("10.20.0.5")}},
		{"load-balancer: {hosts: [10.20.0.6]}", site.Service{Key: "load-balancer", State: site.On, Servers: servers("10.20.0.6")}},
		{"dns: {servers: ['2001:db8::53']}", site.Service{Key: "dns", State: site.On, Port: 53, Servers: servers("2001:db8::53")}},
		{"icap: {}", site.Service{Key: "icap", State: site.On, Port: 1344}},
		{"identity: {hosts: [198.51.100.9]}", site.Service{Key: "identity", State: site.On, Port: 443, Servers: servers("198.51.100.9")}},
	} {
		t.Run(c.text, func(t *testing.T) {
			p := parse(t, "version: 1\nservices:\n  "+c.text+"\n")
			got := p.Service(c.want.Key)
			if got.Span.Position().Line != 3 || got.PassivePorts.First > 0 && got.PassiveSpan.IsZero() {
				t.Errorf("the service is at %v, its range at %v", got.Span.Position(), got.PassiveSpan.Position())
			}
			if diff := cmp.Diff(c.want, *got, cmpopts.IgnoreTypes(source.Span{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, other := range p.Services {
				if other.Key != c.want.Key && other.State != site.Off {
					t.Errorf("%s is on", other.Key)
				}
			}
		})
	}
}

// whole is a profile with every key that is read.
const whole = `version: 1
mode: normal
moveit:
  nodes: [10.20.0.11, 10.20.0.12-10.20.0.14, "2001:db8:20::/64"]
  published: 203.0.113.10
zones:
  internet: {interfaces: [eth0]}
  internal: {networks: [10.0.0.0/8, 192.168.0.1]}
  partners: {networks: [198.51.100.0/24]}
devices:
  - name: edge
    files: [edge.rules.v4, edge.rules.v6]
    dialect: iptables
    path: forward
    interfaces:
      eth0: {zone: internet, addresses: [203.0.113.1/24], routes: [0.0.0.0/0]}
      eth1: {}
  - files: host.rules
allow:
  - {from: moveit, to: [10.30.0.70, partners], protocol: tcp, ports: "8530,8531-8532", reason: "updates"}
  - {from: internet, to: moveit, protocol: 47, reason: tunnel}
  - {from: 198.51.100.0/24, to: moveit, protocol: any, reason: tests}
limits: {file: 2MiB, line: 4KiB, nesting: 7, expansion: 8, nodes: 9}
`

func TestWholeProfile(t *testing.T) {
	p := parse(t, whole)
	var got []string
	add := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	add("%s %v %v", p.Source, p.IsDefault, p.Mode)
	add("nodes %s", words(site.Ranges(p.Nodes)))
	add("published %s", words(site.Ranges(p.Published)))
	for _, z := range p.Zones {
		add("zone %s %v %v", z.Name, z.Interfaces, z.Networks)
	}
	for _, d := range p.Devices {
		add("device %s %v %s, %s", d.Name, d.Files, d.Dialect, d.Path)
		for _, i := range d.Interfaces {
			add("  %s %q %v %v", i.Name, i.Zone, i.Addresses, i.Routes)
		}
	}
	for _, a := range p.Allow {
		ends := func(list []site.Endpoint) string {
			var out []string
			for _, e := range list {
				if e.Zone == "" {
					out = append(out, e.Addrs.String())
				} else {
					out = append(out, e.Zone)
				}
			}
			return strings.Join(out, ",")
		}
		add("allow %s > %s %v %v %v %q", ends(a.From), ends(a.To), a.AnyProtocol, a.Protocol, a.Ports, a.Reason)
	}
	add("limits %+v", p.Limits)
	want := []string{
		"site.yaml false normal",
		"nodes 10.20.0.11 10.20.0.12-10.20.0.14 2001:db8:20::/64",
		"published 203.0.113.10",
		"zone internet [eth0] []", "zone internal [] [10.0.0.0/8 192.168.0.1/32]", "zone dmz [] []", "zone partners [] [198.51.100.0/24]",
		"device edge [edge.rules.v4 edge.rules.v6] iptables, forward", `  eth0 "internet" [203.0.113.1/24] [0.0.0.0/0]`, `  eth1 "" [] []`,
		"device host.rules [host.rules] auto, auto",
		`allow moveit > 10.30.0.70,partners false tcp [{8530 8530} {8531 8532}] "updates"`,
		`allow internet > moveit false gre [] "tunnel"`,
		`allow 198.51.100.0/24 > moveit true 0 [] "tests"`,
		"limits {File:2097152 Line:4096 Nesting:7 Expansion:8 Nodes:9}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDefault(t *testing.T) {
	p := site.Default()
	if !p.IsDefault || p.Source != "embedded default" || p.File != nil || p.Mode != site.Normal || p.Limits != site.DefaultLimits {
		t.Errorf("got %+v", p)
	}
	for _, s := range p.Services {
		want := site.Documented
		if s.Key == "gateway" || s.Key == "load-balancer" {
			want = site.Off
		}
		if s.State != want {
			t.Errorf("%s is in state %v", s.Key, s.State)
		}
	}
}

func TestZoneRanges(t *testing.T) {
	const internet4 = "1.0.0.0-9.255.255.255 11.0.0.0-100.63.255.255 100.128.0.0-126.255.255.255 128.0.0.0-169.253.255.255 " +
		"169.255.0.0-172.15.255.255 172.32.0.0-192.167.255.255 192.169.0.0-223.255.255.255 2000::/3"
	for _, c := range []struct{ name, text, zone, want string }{
		{"every address that is routed", "", "internet", internet4},
		{"without networks and interfaces", "", "internal", "unknown"},
		{"that nobody declares", "", "office", "unknown"},
		{"by networks", "zones: {internal: {networks: [10.0.0.0/8, 'fd00::/8']}}", "internal", "10.0.0.0/8 fd00::/8"},
		{"less the nodes", "moveit: {nodes: [10.0.0.0]}\nzones: {internal: {networks: [10.0.0.0/31]}}", "internal", "10.0.0.1"},
		{"less what is more specific", "zones: {internal: {networks: [10.0.0.0/8]}, office: {networks: [10.128.0.0/9]}}", "internal", "10.0.0.0/9"},
		{"the more specific one", "zones: {internal: {networks: [10.0.0.0/8]}, office: {networks: [10.128.0.0/9]}}", "office", "10.128.0.0/9"},
		{"Internet less public networks inside", "zones: {internal: {networks: [0.0.0.0/1, '3000::/4']}}", "internet", "128.0.0.0-169.253.255.255 169.255.0.0-172.15.255.255 172.32.0.0-192.167.255.255 192.169.0.0-223.255.255.255 2000::/4"},
		{"less what no host has", "zones: {internet: {interfaces: [eth0]}, internal: {interfaces: [eth1]}}", "internal", "1.0.0.0-126.255.255.255 128.0.0.0-223.255.255.255 240.0.0.0-255.255.255.254 ::2-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"Internet by networks of one IP version", "zones: {internet: {networks: [192.168.0.0/16]}}", "internet", "192.168.0.0/16 2000::/3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs, known := parse(t, "version: 1\n"+c.text+"\n").ZoneRanges(c.zone)
			got := words(rs)
			if !known {
				got = "unknown"
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWithout(t *testing.T) {
	rs := func(texts ...string) []packet.AddrRange {
		var out []packet.AddrRange
		for _, s := range texts {
			a, b, _ := strings.Cut(s, "-")
			if b == "" {
				b = a
			}
			out = append(out, packet.AddrRange{First: netip.MustParseAddr(a), Last: netip.MustParseAddr(b)})
		}
		return out
	}
	for _, c := range []struct{ from, holes, want []packet.AddrRange }{
		{rs("10.0.0.0-10.0.0.9"), nil, rs("10.0.0.0-10.0.0.9")},
		{rs("10.0.0.0-10.0.0.9"), rs("10.0.0.0"), rs("10.0.0.1-10.0.0.9")},
		{rs("10.0.0.0-10.0.0.9"), rs("10.0.0.9-10.0.0.20"), rs("10.0.0.0-10.0.0.8")},
		{rs("10.0.0.0-10.0.0.9"), rs("10.0.0.4-10.0.0.5"), rs("10.0.0.0-10.0.0.3", "10.0.0.6-10.0.0.9")},
		{rs("10.0.0.0-10.0.0.9"), rs("9.0.0.0-11.0.0.0"), nil},
		{rs("10.0.0.0-10.0.0.9"), rs("::-ffff::"), rs("10.0.0.0-10.0.0.9")},
		{rs("0.0.0.0-255.255.255.255"), rs("0.0.0.0", "255.255.255.255"), rs("0.0.0.1-255.255.255.254")},
	} {
		if got := site.Without(c.from, c.holes); !slices.Equal(got, c.want) {
			t.Errorf("Without(%s, %s) = %s, want %s", words(c.from), words(c.holes), words(got), words(c.want))
		}
	}
}

// TestSchemaKnowsEveryKey compares the published schema with what is read: it has
// every key of the whole profile and every service.
func TestSchemaKnowsEveryKey(t *testing.T) {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(site.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(whole, "\n") {
		if key, _, ok := strings.Cut(line, ":"); ok && key != "" && key[0] >= 'a' && schema.Properties[key] == nil {
			t.Errorf("the schema lacks %q", key)
		}
	}
	text := string(site.Schema())
	for _, s := range site.Default().Services {
		if !strings.Contains(text, fmt.Sprintf("%q", s.Key)) {
			t.Errorf("the schema lacks service %q", s.Key)
		}
	}
}

func TestServicePanicsForNone(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	site.Default().Service("telnet")
}
