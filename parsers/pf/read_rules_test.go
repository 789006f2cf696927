package pf

import "testing"

// TestRules is section 2 of the sheet: a rule from its action to its hosts.
func TestRules(t *testing.T) {
	runForms(t, []readCase{
		{"an action alone", "pass\nblock", "pass\nblock"},
		{"all", "pass all\nblock in all", "pass all\nblock in all"},
		{
			"ways to block", "block drop\nblock return\nblock return-rst proto tcp\nblock return-rst(ttl 5) proto tcp\nblock return-icmp (port-unr, admin-unr)\nblock return-icmp(3)\nblock return-icmp6(1)\nblock return-icmp6",
			"block\nblock return\nblock return proto 6\nblock return proto 6\nblock return\nblock return\nblock return\nblock return",
		},
		{"directions", "pass in\npass out", "pass in\npass out"},
		{"log and quick in either order", "pass in log quick\npass in quick log\npass in quick log (all)\npass log (all, to pflog1, user matches) quick", "pass in log quick\npass in log quick\npass in log quick\npass log quick"},
		{
			"interfaces", "pass on em0\npass on ! em0\npass on { em0, !em1 any }\npass on rdomain 3\npass on egress",
			"pass on em0\npass on !em0\npass on em0 !em1 any\npass on rdomain 3\npass on egress",
		},
		{"families", "pass inet\npass inet6", "pass inet\npass inet6"},
		{
			"protocols", "pass proto tcp\npass proto { tcp udp, 50 }\npass proto icmp6\npass proto ipv6-icmp\npass proto carp\npass proto pfsync\npass proto esp",
			"pass proto 6\npass proto 6 17 50\npass proto 58\npass proto 58\npass proto 112\npass proto 240\npass proto 50",
		},
		{"options with commas", "pass in, no state", "pass in no-state"},
		{
			"as rules.debug of pfSense has them", "WAN = \"{ em0 }\"\npass  in  quick  on $WAN reply-to ( em0 192.0.2.1 ) inet proto tcp  from any to 10.0.1.5 port 443 ridentifier 1700000000 flags S/SA keep state label \"USER_RULE: web\" label \"id:1700000000\"",
			"pass in quick on em0 inet proto 6 from any to 10.0.1.5 port 443 flags 02/12 keep label \"USER_RULE: web\"",
		},
	})
}

// TestPorts is section 4.4 of the sheet.
func TestPorts(t *testing.T) {
	ports := func(name, written, want string) readCase {
		return readCase{name, "pass proto tcp to port " + written, "pass proto 6 to port " + want}
	}
	runForms(t, []readCase{
		ports("a number", "80", "80"),
		ports("=", "= 80", "80"),
		ports("!=", "!= 80", "0-79+81-65535"),
		ports("!= of the lowest", "!= 0", "1-65535"),
		ports("<", "< 1024", "0-1023"),
		ports("< 0", "< 0", "none"),
		ports("<=", "<= 1024", "0-1024"),
		ports(">", "> 1023", "1024-65535"),
		ports("> 65535", "> 65535", "none"),
		ports(">=", ">= 1024", "1024-65535"),
		ports("a range", "1024:65535", "1024-65535"),
		ports("a range of one", "80:80", "80"),
		ports("between", "2000 >< 2004", "2001-2003"),
		ports("between neighbours", "28 >< 29", "none"),
		ports("outside", "2000 <> 2004", "0-1999+2005-65535"),
		ports("outside of one", "80 <> 80", "0-79+81-65535"),
		ports("names", "{ ssh www ftp-data:ftp }", "22 80 20-21"),
		ports("names of 1.3", "{ ftp-data ftp ssh telnet smtp domain bootps bootpc tftp http kerberos pop3 sunrpc auth ident nntp ntp }", "20 21 22 23 25 53 67 68 69 80 88 110 111 113 113 119 123"),
		ports("more of them", "{ netbios-ns netbios-dgm netbios-ssn imap snmp snmptrap bgp ldap https microsoft-ds submissions smtps isakmp exec biff }", "137 138 139 143 161 162 179 389 443 445 465 465 500 512 512"),
		ports("and more", "{ login who shell syslog printer router submission ldaps domain-s rsync imaps pop3s socks openvpn nfs rdp ms-wbt-server }", "513 513 514 514 515 520 587 636 853 873 993 995 1080 1194 2049 3389 3389"),
		ports("and the last", "{ mysql ipsec-nat-t ipsec-msft sip postgresql x11 spamd }", "3306 4500 4500 5060 5432 6000 8025"),
		ports("as pfctl reads numbers", "{ 0x10 010 010:011 }", "16 10 8-9"),
		ports("lists of operators", "{ = 22, != 80, < 10, 1:5, 5 >< 9 }", "22 0-79+81-65535 0-9 1-5 6-8"),
		ports("in quotes", `{ "80" "90:99" }`, "80 90-99"),
	})
}

// TestOptions is section 2 and 4.5 of the sheet: the options of rules.
func TestOptions(t *testing.T) {
	runForms(t, []readCase{
		{
			"flags", "pass proto tcp flags S/SA\npass flags any\nblock proto tcp flags /SFRA\npass flags FSRPAUEW/FSRPAUEW\npass proto tcp flags S/SA no state",
			"pass proto 6 flags 02/12\npass flags any\nblock proto 6 flags 00/17\npass flags ff/ff\npass proto 6 flags 02/12 no-state",
		},
		{
			"ICMP types", "pass inet proto icmp icmp-type echoreq\npass inet proto icmp icmp-type { 8 code 0, unreach code needfrag 3 }\npass inet6 proto icmp6 icmp6-type { neighbrsol, 136 }\npass inet6 proto icmp6 icmp6-type timex code reassemb\npass inet proto icmp icmp-type 3 code port-unr",
			"pass inet proto 1 icmp 8\npass inet proto 1 icmp 8/0 icmp 3/4 icmp 3\npass inet6 proto 58 icmp6 135 icmp6 136\npass inet6 proto 58 icmp6 3/1\npass inet proto 1 icmp 3/3",
		},
		{"a family by an address", "pass proto icmp from 10.0.0.1 icmp-type echoreq", "pass proto 1 from 10.0.0.1 icmp 8"},
		{
			"states", "pass keep state\npass no state\npass modulate state\npass synproxy state\npass keep state (if-bound, sloppy)\npass keep state (floating)",
			"pass keep\npass no-state\npass modulate\npass synproxy\npass keep if-bound sloppy\npass keep",
		},
		{
			"limits of states", "pass keep state (max 10)\npass proto tcp keep state (max-src-conn 100, max-src-conn-rate 10/5, overload <bad> flush global)\npass keep state (source-track rule max-src-nodes 3, max-src-states 4)\npass keep state (no-sync, pflow, tcp.established 60 udp.first 3)",
			"pass keep limited\npass proto 6 keep limited\npass keep limited\npass keep\ntable bad undefined unknown: rules add to table <bad> at run time",
		},
		{"tos", "pass tos lowdelay\npass tos 0x10\npass tos ef\npass tos af11\npass tos cs3\npass tos 8", "pass tos 16\npass tos 16\npass tos 184\npass tos 40\npass tos 96\npass tos 8"},
		{"tags", "pass in tag LAN\npass out tagged LAN\npass out ! tagged LAN", "pass in tag LAN\npass out tagged LAN\npass out ! tagged LAN"},
		{
			"users", "pass proto tcp user root\nblock proto { tcp udp } user { = www, != 0, unknown, 1000 >< 2000 } group wheel\npass proto tcp user > 0",
			"pass proto 6 users 1\nblock proto 6 17 users 5 open\npass proto 6 users 1 open",
		},
		{
			"conditions", "pass probability 20%\npass probability 0.5%\npass once\npass max-pkt-rate 100/10\npass rtable 2\npass prio 3\npass fragment\npass allow-opts",
			"pass chance\npass chance\npass once\npass once\npass rtable\npass prio 3\npass fragment\npass allow-opts",
		},
		{"received-on", "pass out received-on em1\npass out ! received-on em1", "pass out received-on em1\npass out received-on !em1"},
		{"what is set", "match set prio 3\nmatch set (prio (3, 5), tos lowdelay queue (a, b))\npass set queue std\nmatch out set delay 10", "match\nmatch\npass\nmatch out"},
		{"scrub", "match in all scrub (no-df random-id, max-mss 1440 min-ttl 5 reassemble tcp)\nmatch scrub(no-df)", "match in all\nmatch"},
		{"labels", "pass label \"a b\" label c\npass label x", "pass label \"a b\"\npass label \"x\""},
		{"FreeBSD's", "pass queue q1\npass queue (q1, q2)\npass dnpipe 1\npass dnqueue (1, 2)\npass ridentifier 123\npass tracker 9", "pass\npass\npass\npass\npass\npass"},
	})
}

// TestTranslation is section 6 of the sheet.
func TestTranslation(t *testing.T) {
	runForms(t, []readCase{
		{
			"nat-to", "match out on egress inet from 10.0.0.0/24 nat-to (egress:0)\npass out nat-to 198.51.100.2 port 1000:2000\npass out nat-to { 198.51.100.2, 198.51.100.3 } round-robin sticky-address\npass out nat-to 198.51.100.0/28 source-hash 0xabc static-port\npass out nat-to 198.51.100.0/24 bitmask\npass out nat-to em0 random",
			"match out on egress inet from 10.0.0.0-10.0.0.255 nat-to (egress:0)\npass out nat-to 198.51.100.2 port 1000-2000\npass out nat-to 198.51.100.2 198.51.100.3\npass out nat-to 198.51.100.0-198.51.100.15 static-port\npass out nat-to 198.51.100.0-198.51.100.255 bitmask\npass out nat-to if:em0",
		},
		{
			"rdr-to", "pass in proto tcp to port 80 rdr-to 10.0.1.5 port 8080\npass in proto tcp to port 8000:8010 rdr-to 10.0.1.5 port 9000:*\npass in rdr-to <web>",
			"pass in proto 6 to port 80 rdr-to 10.0.1.5 port 8080-8080\npass in proto 6 to port 8000-8010 rdr-to 10.0.1.5 port 9000-9000:*\npass in rdr-to <web>\ntable web undefined",
		},
		{"binat-to", "pass on em0 from 10.0.1.5 to any binat-to 198.51.100.5\nmatch on em0 from 10/8 binat-to 11/8", "pass on em0 from 10.0.1.5 to any binat-to 198.51.100.5\nmatch on em0 from 10.0.0.0-10.255.255.255 binat-to 11.0.0.0-11.255.255.255"},
		{"af-to", "pass in inet6 to 64:ff9b::/96 af-to inet from 198.51.100.1", "pass in inet6 to 64:ff9b::-64:ff9b::ffff:ffff af-to"},
		{
			"divert", "pass in proto tcp to port 21 divert-to 127.0.0.1 port 8021\npass divert-reply\npass out divert-packet port 700\npass in divert-to 8025",
			"pass in proto 6 to port 21 divert-to\npass divert-reply\npass out divert-packet\npass in divert-to",
		},
		{
			"route-to of OpenBSD", "pass in on em1 route-to 192.0.2.1\npass in route-to (em0 192.0.2.1)\npass in route-to 192.0.2.1@em0\npass in route-to { 192.0.2.1, 192.0.2.2 } round-robin\npass in route-to (em0:peer)\npass in reply-to 192.0.2.1\npass in dup-to <t>",
			"pass in on em1 route-to [] [192.0.2.1]\npass in route-to [em0] []\npass in route-to [em0] []\npass in route-to [] [192.0.2.1 192.0.2.2]\npass in route-to [em0] []\npass in\npass in\ntable t undefined",
		},
		{
			"route-to of FreeBSD", "pass in on em1 route-to (em0 192.0.2.1) inet from any\npass in route-to { (em0 192.0.2.1) (em2 192.0.2.9) } round-robin inet all\npass in on em0 reply-to (em0 192.0.2.1) proto tcp\npass out route-to em0 inet all\npass out fastroute all",
			"pass in on em1 inet from any route-to [em0] []\npass in inet all route-to [em0 em2] []\npass in on em0 proto 6\npass out inet all route-to [em0] []\npass out all",
		},
		{
			"nat", "nat on em0 from 10.0.0.0/24 to any -> (em0)\nno nat on em0 from 10.0.0.9\nnat pass log (all) on em0 inet from <lan> tag X -> 198.51.100.2 port 1024:65535\nnat on { em0 em1 } all -> { 198.51.100.2, 198.51.100.3 } round-robin\nnat on em0 inet proto udp from 10/8 to any port 500 -> (em0:0) static-port",
			"nat on em0 from 10.0.0.0-10.0.0.255 to any -> (em0)\nno nat on em0 from 10.0.0.9\nnat pass log on em0 inet from <lan> tag X -> 198.51.100.2 port 1024-65535\nnat on em0 em1 all -> 198.51.100.2 198.51.100.3\nnat on em0 inet proto 17 from 10.0.0.0-10.255.255.255 to any port 500 -> (em0:0) static-port\ntable lan undefined",
		},
		{
			"rdr", "rdr on em0 proto tcp from any to any port 80 -> 10.0.1.5\nrdr pass on em0 proto { tcp udp } to 198.51.100.2 port 8000:8010 -> 10.0.1.5 port 9000:*\nno rdr on lo0 all\nrdr on em0 proto tcp to (em0) port 443 tag WEB -> { 10.0.1.5 10.0.1.6 } port 8443 round-robin",
			"rdr on em0 proto 6 from any to any port 80 -> 10.0.1.5\nrdr pass on em0 proto 6 17 to 198.51.100.2 port 8000-8010 -> 10.0.1.5 port 9000-9000:*\nno rdr on lo0 all\nrdr on em0 proto 6 to (em0) port 443 tag WEB -> 10.0.1.5 10.0.1.6 port 8443-8443",
		},
		{
			"binat", "binat on em0 from 10.0.1.5 to any -> 198.51.100.5\nno binat on em0 from 10.0.1.6 to any\nbinat on em0 inet6 from fc00::/64 to any -> fc00:0:0:1::/64",
			"binat on em0 from 10.0.1.5 to any -> 198.51.100.5\nno binat on em0 from 10.0.1.6 to any\nbinat on em0 inet6 from fc00::-fc00::ffff:ffff:ffff:ffff to any -> fc00:0:0:1::-fc00::1:ffff:ffff:ffff:ffff",
		},
		{
			"scrub", "scrub in all\nno scrub on em1\nscrub on em0 inet all fragment reassemble\nscrub in fragment crop\nscrub out on em0 no-df random-id max-mss 1440 min-ttl 5 reassemble tcp set-tos lowdelay\nscrub from any to <vpn> max-mss 1400",
			"scrub in all\nscrub no on em1\nscrub on em0 inet all\nscrub crop in\nscrub out on em0\nscrub from any to <vpn>\ntable vpn undefined",
		},
		{
			"what holds no rules", "scrub-anchor \"com.apple/*\"\nnat-anchor \"ftp-proxy/*\"\nrdr-anchor ftp on em0 inet proto tcp\nbinat-anchor b\ndummynet-anchor \"com.apple/*\"",
			"nat-anchor ftp-proxy/*\nrdr-anchor ftp on em0 inet proto 6\nbinat-anchor b",
		},
		{"queues", "altq on em0 cbq(default) bandwidth 100Kb queue { q1, q2 }\nqueue q1 bandwidth 50% priority 4 cbq(borrow)\npass", "pass"},
		{"queues of OpenBSD", "queue root on em0 bandwidth 10M max 10M\nqueue std parent root bandwidth 5M min 1M burst 9M for 100ms default\nqueue f on em1 flows 1024 qlimit 1024\npass", "pass"},
	})
}

// TestStatements are sections 3, 7 and 8 of the sheet.
func TestStatements(t *testing.T) {
	runForms(t, []readCase{
		{"skip", "set skip on lo\nset skip on { em1, !em2 }", "skip lo em1 !em2"},
		{"block-policy holds from its line on", "block\nset block-policy return\nblock\nblock drop\nset block-policy drop\nblock", "block\nblock return\nblock\nblock"},
		{"state-policy too", "pass\nset state-policy if-bound\npass\npass keep state (floating)\nblock\nset state-policy floating\npass", "pass\npass if-bound\npass keep\nblock\npass"},
		{"state-defaults are of rules that do not tell", "set state-defaults pflow, sloppy, max 5\npass\npass keep state\npass no state\nblock", "pass sloppy limited\npass keep\npass no-state\nblock"},
		{"other options", `set optimization normal
set ruleset-optimization none
set timeout interval 10
set timeout { tcp.first 1, udp.first 2
 frag 3 }
set limit states 1000
set limit { states 1000, frags 5 }
set loginterface em0
set loginterface none
set loginterface all
set hostid 1
set hostid 0xdeadbeef
set fingerprints "/etc/pf.os"
set debug urgent
set reassemble yes no-df
set syncookies adaptive (start 25%, end 12%)
pass`, "pass"},
		{"options of FreeBSD", "set require-order no\nset fail-policy return\nset keepcounters\npass", "pass"},
		{
			"tables", "table <t> { 10.0.0.0/8, !10.1.0.0/16 10.1.2.3 em0 www.example.org ! 10/9 }\ntable < u > const { }\ntable <v> persist\ntable <w> persist counters { 10.0.0.1\n10.0.0.2 , 2001:db8::/32 }\ntable <x> { 1.2.3.4 } { ::1 } const file \"/dev/null\" { self }\ntable <y> { { 10.0.0.1 10.0.0.2 } 10.0.0.3 }\ntable <z> { bce0 fe0:network }",
			"table t 10.0.0.0/8 !10.1.0.0/16 10.1.2.3/32 if:em0 name:www.example.org !10.0.0.0/9\ntable u const\ntable v persist unknown: the contents of table <v> are not in the file\ntable w persist 10.0.0.1/32 10.0.0.2/32 2001:db8::/32\ntable x const 1.2.3.4/32 ::1/128 if:self\ntable y 10.0.0.1/32 10.0.0.2/32 10.0.0.3/32\ntable z if:bce0 if:fe0:network",
		},
		{"tables with macros and comments", "a = \"10.0.0.1\"\ntable <t> { $a # one\n  10.0.0.2 # two\n  $a/24 \\\n 10.0.0.3,\\\n10.0.0.4 }", "table t 10.0.0.1/32 10.0.0.2/32 10.0.0.0/24 10.0.0.3/32 10.0.0.4/32"},
		{"tables that are only named", "pass from <t> to ! <u>", "pass from <t> to !<u>\ntable t undefined\ntable u undefined"},
		{"antispoof", "antispoof for em0\nantispoof log quick for { em0 (em1), lo } inet label \"x\"\nantispoof quick for egress inet6", "antispoof em0\nantispoof quick log em0 em1() lo inet\nantispoof quick egress inet6"},
		{"anchors", "anchor foo\nanchor \"ftp-proxy/*\" all\nanchor \"a\" in quick log on em0 inet proto tcp from any to port 80 tagged X", "anchor foo\nanchor ftp-proxy/* all\nanchor a in log quick on em0 inet proto 6 from any to port 80 tagged X"},
		{
			"anchors with bodies", "anchor \"a\" in on em0 {\n  pass proto tcp from <t> to port 80\n  table <t> { 10.0.0.1 }\n  anchor {\n    block quick\n  }\n}\nanchor b {\n}\nanchor on { em0\n em1 } proto { tcp\n udp } {\n pass\n}\npass",
			"anchor a in on em0 {\n  pass proto 6 from <t> to port 80\n  anchor {\n    block quick\n  }\n  table t 10.0.0.1/32\n}\nanchor b {\n}\nanchor on em0 em1 proto 6 17 {\n  pass\n}\npass",
		},
	})
}
