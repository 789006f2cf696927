package pf

import (
	"strings"
	"testing"
)

// TestHostile reads texts that are made to cost much: each statement is read in
// time that grows with its length, whatever is open in it.
func TestHostile(t *testing.T) {
	const n = 20_000
	many := func(s string) string { return strings.Repeat(s, n) }
	for name, text := range map[string]string{
		"open quotes":                   many("x '\n"),
		"two kinds of open quotes":      many("x '\ny \"\n"),
		"protected quotes":              many("x \\'\n"),
		"quotes over lines":             many("x \"\n\n\"\n"),
		"open braces":                   many("x {\n"),
		"open lists":                    many("pass from {\n"),
		"an open list":                  "pass from { " + many("a\n"),
		"lists in lists":                "pass from " + many("{ "),
		"open tables":                   many("table <t> { 10.0.0.1\n"),
		"an open table":                 "table <t> { " + many("10.0.0.1 # x\n"),
		"commas":                        "table <t> { " + many("1.1.1.1,,,  , "),
		"open anchors":                  many("anchor {\n"),
		"a long macro":                  "a = \"" + strings.Repeat("b ", 4000) + "\"\n" + many("$a\n"),
		"a macro that is defined of it": "a = b\n" + many("a = $a\n"),
		"joined lines":                  "pass in on a" + many("\\\n"),
		"joined comments":               many("#\\\n"),
		"options":                       "pass " + many("tag x "),
		"includes":                      many("include \"pf.conf\"\n"),
		"names":                         many("pass from x.y to ! z\n"),
	} {
		t.Run(name, func(t *testing.T) {
			r := readText(t, text)
			if r.counts[0].Total > 2*n+1 {
				t.Errorf("%d statements", r.counts[0].Total)
			}
		})
	}
}

// TestWhole reads configurations as products write them.
func TestWhole(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		language language
		rules    int
	}{
		"pfSense": {rulesDebug, languageFreeBSD, 27},
		"macOS":   {macConf, languageFreeBSD, 3},
		"OpenBSD": {openBSDConf, languageOpenBSD, 13},
	} {
		t.Run(name, func(t *testing.T) {
			r := readText(t, c.text)
			bad := strings.ReplaceAll(wrongs(r), "no files can be read here", "")
			for line := range strings.Lines(bad) {
				if !strings.Contains(line, "undefined: file") {
					t.Error(line)
				}
			}
			if r.config.language != c.language || len(r.config.body) != c.rules || r.config.printed {
				t.Errorf("language %d, %d statements, want %d, %d", r.config.language, len(r.config.body), c.language, c.rules)
			}
		})
	}
}

// rulesDebug is a configuration in the manner of pfSense.
const rulesDebug = `set limit table-entries 400000
set optimization normal
set limit states 100000
set limit src-nodes 100000

#System aliases

loopback = "{ lo0 }"
WAN = "{ em0 }"
LAN = "{ em1 }"
OpenVPN = "{ openvpn }"

#SSH Lockout Table
table <sshguard> persist
table <bogons> persist file "/etc/bogons"
table <negate_networks>

# User Aliases
table <Web> {   10.0.1.5  10.0.1.6 }
Web = "<Web>"
WebPorts = "{ 80 443 8000:8010 }"

# Gateways
GWWAN_DHCP = " route-to ( em0 192.0.2.1 ) "
GWBalance = "  route-to { ( em0 192.0.2.1 ) ( em2 198.51.100.1 )  }  round-robin  sticky-address  "

set loginterface em1
set skip on pfsync0
set keepcounters
set state-policy if-bound

scrub on $WAN inet all    fragment reassemble
scrub on $LAN inet6 all max-mss 1400 fragment reassemble
no nat proto carp
no rdr proto carp
nat-anchor "natearly/*"
nat-anchor "natrules/*"

# Outbound NAT rules (automatic)
tonatsubnets	= "{ 127.0.0.0/8 10.0.0.0/24 }"
nat on $WAN inet from $tonatsubnets to any port 500 -> 192.0.2.10/32  static-port
nat on $WAN inet from $tonatsubnets to any -> 192.0.2.10/32 port 1024:65535
# Load balancing anchor
rdr-anchor "tftp-proxy/*"
rdr on em0 inet proto tcp from any to 192.0.2.10 port $WebPorts -> $Web round-robin
no rdr on em1 inet proto { tcp udp } from <sshguard> to any
binat on em0 inet from 10.0.1.9/32 to any -> 192.0.2.11/32

anchor "openvpn/*"
anchor "ipsec/*"
block in log quick inet from 169.254.0.0/16 to any ridentifier 1000000101 label "Block IPv4 link-local"
block in log inet all ridentifier 1000000103 label "Default deny rule IPv4"
block out log inet6 all ridentifier 1000000106 label "Default deny rule IPv6"
pass  quick inet6 proto ipv6-icmp from any to any icmp6-type {1,2,135,136} ridentifier 1000000107 keep state
block log quick inet proto { tcp, udp } from any port = 0 to any ridentifier 1000000114 label "Block traffic from port 0"
antispoof log for $WAN ridentifier 1000001570
pass in quick on $WAN proto udp from any port = 67 to any port = 68 ridentifier 1000001561 label "allow dhcp client out WAN"
pass out route-to ( em0 192.0.2.1 ) from 192.0.2.10 to !192.0.2.0/24 ridentifier 1000002761 keep state allow-opts label "let out anything"
anchor "userrules/*"
pass  in  quick  on $WAN reply-to ( em0 192.0.2.1 ) inet proto tcp  from any to $Web port $WebPorts ridentifier 1700000001 flags S/SA keep state ( max-src-conn 50 ) label "USER_RULE: web \"x\"" label "id:1700000001"
pass  in  quick  on $LAN  $GWWAN_DHCP inet from 10.0.0.0/24 to !<negate_networks> ridentifier 1700000002 keep state dnpipe ( 1,2) tag "LAN" tos "lowdelay"
pass  in  quick  on $LAN  $GWBalance inet from 10.0.0.0/24 to any ridentifier 1700000003 no state queue (qDefault,qACK)
block return  in log  quick  on $LAN inet from any to any ridentifier 1700000004 label "USER_RULE"
`

// macConf is a configuration in the manner of macOS.
const macConf = `#
# com.apple anchor point
#
scrub-anchor "com.apple/*"
nat-anchor "com.apple/*"
rdr-anchor "com.apple/*"
dummynet-anchor "com.apple/*"
anchor "com.apple/*"
load anchor "com.apple" from "/etc/pf.anchors/com.apple"
`

// openBSDConf is a configuration in the manner of OpenBSD's manual.
const openBSDConf = `int_if = "{ em1 em2 }"
tcp_services = "{ 22, 113 }"
icmp_types = "{ echoreq, unreach }"
comp3 = 10.0.0.3
set block-policy return
set loginterface egress
set skip on lo
match in all scrub (no-df random-id max-mss 1440)
match out on egress inet from !(egress:network) to any nat-to (egress:0)
anchor "ftp-proxy/*"
pass in quick on $int_if inet proto tcp to any port ftp divert-to 127.0.0.1 port 8021
antispoof quick for { egress lo }
block log
pass out quick
pass in on egress inet proto tcp from any to (egress) port $tcp_services
pass in on egress inet proto tcp to (egress) port 80 rdr-to $comp3 synproxy state
pass in inet proto icmp all icmp-type $icmp_types
pass in on { em1, em2 }
block in quick from urpf-failed to any # use with care
block return in on ! lo0 proto tcp to port 6000:6010
`
