package site_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// mistakes are profiles that are refused, with each mistake's line, column and
// message.
var mistakes = []struct {
	name, text string
	want       []string
}{
	{"empty", "", []string{"1:1 the site profile is empty, or more than one document; expected version: 1"}},
	{"two documents", "version: 1\n---\nversion: 1\n", []string{"1:1 the site profile is empty, or more than one document; expected version: 1"}},
	{"list", "- version: 1\n", []string{"1:1 the site profile: expected a mapping"}},
	{"no version", "mode: normal\n", []string{"1:1 expected version: 1"}},
	{"other version", "version: 2\n", []string{"1:10 version: expected 1"}},
	{"version as a list", "version: [1]\n", []string{"1:10 expected 1"}},
	{"unknown key", "version: 1\nzone: {}\n", []string{`2:1 unknown key "zone" in the site profile; did you mean "zones"?`}},
	{"unknown key that is like none", "version: 1\nfirewall: {}\n", []string{`2:1 unknown key "firewall" in the site profile`}},
	{"key twice", "version: 1\nmode: normal\nmode: lockdown\n", []string{`3:1 the site profile is no YAML: mapping key "mode" already defined at [2:1]`}},
	{"later keys", "version: 1\nsuppress: []\nassume: []\n", []string{"2:1 suppress is not supported yet", "3:1 assume is not supported yet"}},
	{"mode", "version: 1\nmode: lockdwn\n", []string{`2:7 mode: expected one of normal, lockdown; did you mean "lockdown"?`}},
	{"mode that does not work yet", "version: 1\nmode: lockdown\n", []string{"2:7 mode: lockdown is not supported yet"}},
	{"behind a byte order mark", "\ufeffmode: x\nversion: 1\n", []string{"1:7 mode: expected one of normal, lockdown"}},
	{"boolean as a list", "version: 1\nservices:\n  ftps: {ccc: [true]}\n", []string{"3:15 expected true or false"}},
	{"mode as a list", "version: 1\nmode: [normal]\n", []string{"2:7 expected one of normal, lockdown"}},
	{"protocol as a list", "version: 1\nallow:\n  - {from: internet, to: moveit, protocol: [tcp], ports: 1, reason: x}\n", []string{"3:44 expected a protocol"}},
	{"protocol that is none, with ports", "version: 1\nallow:\n  - {from: internet, to: moveit, protocol: tpc, ports: 1, reason: x}\n", []string{"3:44 protocol (tcp, udp, icmp, any, or a number): expected a number from 0 to 255"}},
	{"reason as a list", "version: 1\nallow:\n  - {from: internet, to: moveit, reason: [x]}\n", []string{"3:42 expected a reason"}},
	{"zones of a service as a mapping", "version: 1\nservices:\n  https: {zones: {a: b}}\n", []string{"3:19 zones: expected a list"}},
	{"zone of an interface as a list", "version: 1\ndevices:\n  - files: [a.rules]\n    interfaces:\n      eth0: {zone: [dmz]}\n", []string{"5:20 expected a zone"}},
	{"files as a mapping", "version: 1\ndevices:\n  - {files: {a: b}}\n", []string{"3:14 files: expected a list"}},
	{"wide limits in words", "version: 1\nservices:\n  ftps: {passive-wide: [x, 100]}\n", []string{"3:25 services.ftps.passive-wide: expected a number from 1 to 65535"}},
	{"moveit as a list", "version: 1\nmoveit: [10.0.0.1]\n", []string{"2:9 moveit: expected a mapping"}},
	{"unknown key of moveit", "version: 1\nmoveit:\n  node: [10.0.0.1]\n", []string{`3:3 unknown key "node" in moveit; did you mean "nodes"?`}},
	{"no node", "version: 1\nmoveit: {nodes: []}\n", []string{"2:10 moveit.nodes: expected at least one address"}},
	{"bad node", "version: 1\nmoveit: {nodes: [10.0.0.1, 10.0.0.256]}\n", []string{`2:28 moveit.nodes: "10.0.0.256" is no address, prefix or range of addresses`}},
	{"range of two families", "version: 1\nmoveit: {nodes: ['10.0.0.1-2001:db8::1']}\n", []string{`2:18 moveit.nodes: "10.0.0.1-2001:db8::1" is no address, prefix or range of addresses`}},
	{"range upside down", "version: 1\nmoveit: {published: [10.0.0.9-10.0.0.1]}\n", []string{`2:22 moveit.published: "10.0.0.9-10.0.0.1" is no address, prefix or range of addresses`}},
	{"node as a mapping", "version: 1\nmoveit: {nodes: [{a: b}]}\n", []string{"2:19 expected an address"}},
	{"zone called moveit", "version: 1\nzones:\n  moveit: {networks: [10.0.0.0/8]}\n", []string{`3:3 "moveit" cannot be the name of a zone`}},
	{"unknown key of a zone", "version: 1\nzones:\n  internal: {network: [10.0.0.0/8]}\n", []string{`3:14 unknown key "network" in zones.internal; did you mean "networks"?`}},
	{"bad network", "version: 1\nzones:\n  internal: {networks: [10.0.0.0/33]}\n", []string{`3:25 networks: "10.0.0.0/33" is no network like 10.0.0.0/8`}},
	{"zone as a list", "version: 1\nzones:\n  internal: [10.0.0.0/8]\n", []string{"3:13 zones.internal: expected a mapping"}},
	{"no Internet left", "version: 1\nzones:\n  internal: {networks: [0.0.0.0/0, '::/0']}\n", []string{
		"2:1 zones: no IPv4 address is left for the Internet: what the profile names holds them all", "2:1 zones: no IPv6 address is left for the Internet: what the profile names holds them all",
	}},
	{"no Internet left in one IP version", "version: 1\nzones:\n  vpn: {interfaces: [tun0], networks: [0.0.0.0/1, 128.0.0.0/1]}\n", []string{"2:1 zones: no IPv4 address is left for the Internet: what the profile names holds them all"}},
	{"no Internet left beside MOVEit", "version: 1\nmoveit: {nodes: ['::/0']}\n", []string{"2:1 moveit: no IPv6 address is left for the Internet: what the profile names holds them all"}},
	{"unknown service", "version: 1\nservices:\n  sfpt: {}\n", []string{`3:3 unknown key "sfpt" in services; did you mean "sftp"?`}},
	{"service without a value", "version: 1\nservices:\n  sftp:\n", []string{"3:3 services.sftp: expected on, off or a mapping like {}"}},
	{"service of another word", "version: 1\nservices:\n  sftp: yes\n", []string{"3:9 services.sftp: expected true or false"}},
	{"unknown setting", "version: 1\nservices:\n  sftp: {prt: 22}\n", []string{`3:10 unknown key "prt" in services.sftp; did you mean "port"?`}},
	{"setting of another service", "version: 1\nservices:\n  sftp: {explicit: 21}\n", []string{`3:10 unknown key "explicit" in services.sftp`}},
	{"zones on an outbound service", "version: 1\nservices:\n  smtp: {zones: [internal]}\n", []string{`3:10 unknown key "zones" in services.smtp`}},
	{"unknown zone of a service", "version: 1\nservices:\n  https: {zones: [internl]}\n", []string{`3:19 there is no zone "internl"; did you mean "internal"?`}},
	{"port too large", "version: 1\nservices:\n  sftp: {port: 65536}\n", []string{"3:16 services.sftp.port: expected a number from 1 to 65535"}},
	{"port zero", "version: 1\nservices:\n  https: {port: 0}\n", []string{"3:17 services.https.port: expected a number from 1 to 65535"}},
	{"port in words", "version: 1\nservices:\n  https: {port: many}\n", []string{"3:17 services.https.port: expected a number from 1 to 65535"}},
	{"no servers", "version: 1\nservices:\n  smtp: {servers: []}\n", []string{"3:10 services.smtp.servers: expected at least one address"}},
	{"server by name", "version: 1\nservices:\n  smtp: {servers: [mail.example]}\n", []string{`3:20 services.smtp.servers: "mail.example" is no address, prefix or range of addresses`}},
	{"mode of ftps", "version: 1\nservices:\n  ftps: {mode: pasive}\n", []string{`3:16 services.ftps.mode: expected one of passive, active, both; did you mean "passive"?`}},
	{"passive ports upside down", "version: 1\nservices:\n  ftps: {passive-ports: 3003-3000}\n", []string{"3:25 services.ftps.passive-ports: expected a range like 3000-3003, or any"}},
	{"passive ports from zero", "version: 1\nservices:\n  ftps: {passive-ports: 0-10}\n", []string{"3:25 services.ftps.passive-ports: expected a range like 3000-3003, or any"}},
	{"passive ports as a list", "version: 1\nservices:\n  ftps: {passive-ports: [3000, 3003]}\n", []string{"3:25 expected a range of ports"}},
	{"wide limits", "version: 1\nservices:\n  ftps: {passive-wide: [100]}\n", []string{"3:24 services.ftps.passive-wide: expected two numbers of ports, like [100, 1000]"}},
	{"wide limits upside down", "version: 1\nservices:\n  ftps: {passive-wide: [1000, 100]}\n", []string{"3:24 services.ftps.passive-wide: the first number is above the second"}},
	{"active port", "version: 1\nservices:\n  ftps: {active-port: 0}\n", []string{"3:23 services.ftps.active-port: expected a number from 1 to 65535"}},
	{"client certificates", "version: 1\nservices:\n  ftps: {client-certificates: some}\n", []string{"3:31 services.ftps.client-certificates: expected one of none, all; did you mean \"none\"?"}},
	{"client certificates without ports", "version: 1\nservices:\n  ftps: {client-certificates: {explicit: 0}}\n", []string{"3:32 services.ftps.client-certificates: expected the port of explicit, of implicit, or both"}},
	{"unknown client certificates", "version: 1\nservices:\n  ftps: {client-certificates: {explicitt: 10021, implicit: 10990}}\n", []string{`3:32 unknown key "explicitt" in services.ftps.client-certificates; did you mean "explicit"?`}},
	{"ccc", "version: 1\nservices:\n  ftps: {ccc: maybe}\n", []string{"3:15 services.ftps.ccc: expected true or false"}},
	{"via", "version: 1\nservices:\n  mobile: {via: http}\n", []string{`3:17 services.mobile.via: expected one of https; did you mean "https"?`}},
	{"device without files", "version: 1\ndevices:\n  - name: edge\n", []string{"3:5 a device needs files"}},
	{"device of an unknown dialect", "version: 1\ndevices:\n  - {files: [a.rules], dialect: iptable}\n", []string{`3:33 dialect: expected one of auto, iptables, ip6tables, nftables, asa, pf, pf-openbsd, pf-freebsd; did you mean "iptables"?`}},
	{"device of an unknown path", "version: 1\ndevices:\n  - {files: [a.rules], path: input}\n", []string{"3:30 path: expected one of auto, forward, host"}},
	{"devices as a mapping", "version: 1\ndevices: {name: edge}\n", []string{"2:11 devices: expected a list"}},
	{"unknown key of a device", "version: 1\ndevices:\n  - {file: [a.rules]}\n", []string{`3:6 unknown key "file" in a device; did you mean "files"?`, "3:6 a device needs files"}},
	{"interface of an unknown zone", "version: 1\ndevices:\n  - files: [a.rules]\n    interfaces:\n      eth0: {zone: intranet}\n", []string{`5:20 there is no zone "intranet"; did you mean "internet"?`}},
	{"bad address of an interface", "version: 1\ndevices:\n  - files: [a.rules]\n    interfaces:\n      eth0: {addresses: [10.0.0]}\n", []string{`5:26 addresses: "10.0.0" is no network like 10.0.0.0/8`}},
	{"unknown key of an interface", "version: 1\ndevices:\n  - files: [a.rules]\n    interfaces:\n      eth0: {adresses: [10.0.0.1/24]}\n", []string{`5:14 unknown key "adresses" in interface eth0; did you mean "addresses"?`}},
	{"allow without a reason", "version: 1\nallow:\n  - {from: internet, to: moveit, protocol: tcp, ports: 1}\n", []string{"3:6 an allowed flow needs reason"}},
	{"allow with an empty reason", "version: 1\nallow:\n  - {from: internet, to: moveit, reason: ' '}\n", []string{"3:6 an allowed flow needs reason"}},
	{"allow without ends", "version: 1\nallow:\n  - {reason: x}\n", []string{"3:6 an allowed flow needs from", "3:6 an allowed flow needs to"}},
	{"allow from nobody", "version: 1\nallow:\n  - {from: [], to: moveit, reason: x}\n", []string{"3:12 expected at least one zone or address"}},
	{"allow for an unknown zone", "version: 1\nallow:\n  - {from: interne, to: moveit, reason: x}\n", []string{`3:12 there is no zone "interne"; did you mean "internet"?`}},
	{"allow ports without a protocol", "version: 1\nallow:\n  - {from: internet, to: moveit, ports: 80, reason: x}\n", []string{"3:6 ports need a protocol that has them, like tcp"}},
	{"allow ports of a protocol without", "version: 1\nallow:\n  - {from: internet, to: moveit, protocol: gre, ports: 80, reason: x}\n", []string{"3:6 ports need a protocol that has them, like tcp"}},
	{"allow bad ports", "version: 1\nallow:\n  - {from: internet, to: moveit, protocol: tcp, ports: '80,x', reason: x}\n", []string{`3:56 ports: "x" is no port from 0 to 65535 and no range of ports`}},
	{"allow an unknown protocol", "version: 1\nallow:\n  - {from: internet, to: moveit, protocol: tpc, reason: x}\n", []string{"3:44 protocol (tcp, udp, icmp, any, or a number): expected a number from 0 to 255"}},
	{"limits", "version: 1\nlimits: {nodes: 0, file: 3GiB, nesting: x}\n", []string{"2:17 nodes: expected a number from 1 to 1073741824", "2:26 file: expected a size from 1 to 2GiB, like 64MiB", "2:41 nesting: expected a number from 1 to 10000"}},
	{"unknown limit", "version: 1\nlimits: {node: 1}\n", []string{`2:10 unknown key "node" in limits; did you mean "nodes"?`}},
	{"anchor", "version: 1\nmoveit: {nodes: &n [10.0.0.1]}\n", []string{"2:17 moveit.nodes: expected a list"}},
	{"alias", "version: 1\nmode: *m\n", []string{"2:7 anchors, aliases, merge keys and tags are not taken"}},
	{"several at once, in order", "version: 1\nservices:\n  sfpt: {}\n  https: {port: 0}\nmode: x\n", []string{`3:3 unknown key "sfpt" in services; did you mean "sftp"?`, "4:17 services.https.port: expected a number from 1 to 65535", "5:7 mode: expected one of normal, lockdown"}},
	{"behind letters of several bytes", "version: 1\n# äöü\nallow:\n  - {reason: \"größer\", from: interne, to: moveit}\n", []string{`4:30 there is no zone "interne"; did you mean "internet"?`}},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			_, err := site.Parse(source.NewFile("site.yaml", []byte(c.text)))
			var list site.Errors
			if !errors.As(err, &list) {
				t.Fatalf("Parse: %v", err)
			}
			var got []string
			for _, e := range list {
				got = append(got, strings.TrimPrefix(e.Span.Position().String(), "site.yaml:")+" "+e.Message)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestSyntax covers texts that are no YAML: where the library sees the mistake
// is its own affair, that there is a place is ours.
func TestSyntax(t *testing.T) {
	for _, text := range []string{"version: 1\nservices: {https: {}\n", "version: 1\n\tmode: normal\n", "a: b: c\n", "version: 1\nmoveit: [\n", "%\x00\xff"} {
		_, err := site.Parse(source.NewFile("site.yaml", []byte(text)))
		if err == nil || !strings.HasPrefix(err.Error(), "site.yaml:") {
			t.Errorf("Parse(%q) = %v", text, err)
		}
	}
	if _, err := site.Parse(source.NewFile("site.yaml", make([]byte, 1<<20+1))); err == nil {
		t.Error("a profile of more than 1 MiB is taken")
	}
}

func TestErrorShowsTheLine(t *testing.T) {
	_, err := site.Parse(source.NewFile("site.yaml", []byte("version: 1\nservices:\n  sfpt: {} # \x1b[31m\n")))
	want := "site.yaml:3:3: unknown key \"sfpt\" in services; did you mean \"sftp\"?\n    sfpt: {} #  [31m\n    ^^^^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
