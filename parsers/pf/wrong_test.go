package pf

import (
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// wrongCase is a text, and the problems in it.
type wrongCase struct {
	name, text, want string
}

func runWrongs(t *testing.T, cases []wrongCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := readText(t, c.text)
			if got := strings.TrimSuffix(wrongs(r), "\n"); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
			}
			if c.want != "" && r.counts[0].Total == r.counts[0].Modelled+r.counts[0].Ignored {
				t.Errorf("%s\nthe counts say that nothing is wrong: %+v", c.text, r.counts[0])
			}
		})
	}
}

// TestSyntaxErrors are texts that the grammar does not have.
func TestSyntaxErrors(t *testing.T) {
	runWrongs(t, []wrongCase{
		{
			"a word that begins no statement", "pas in",
			"1:1 malformed: expected a rule or another statement, not \"pas\"; did you mean pass?",
		},
		{
			"quick behind the interface", "pass in on em0 quick",
			"1:16 malformed: expected an option of the rule or the end of the line, not \"quick\": the order is action, direction, log and quick, on, address family, proto, hosts, options",
		},
		{
			"an option that is none", "pass in on em0 flgas S/SA",
			"1:16 malformed: expected an option of the rule or the end of the line, not \"flgas\"; did you mean flags?",
		},
		{
			"log behind to", "pass in to any log",
			"1:16 malformed: expected an option of the rule or the end of the line, not \"log\": the order is action, direction, log and quick, on, address family, proto, hosts, options",
		},
		{
			"no protocol", "pass proto tpc",
			"1:12 malformed: expected a protocol, not \"tpc\"; did you mean tcp?",
		},
		{
			"protocol 0", "pass proto 0",
			"1:12 malformed: 0 is no protocol for a rule",
		},
		{
			"protocol 256", "pass proto 256",
			"1:12 malformed: expected a protocol from 1 to 255, not \"256\"",
		},
		{
			"an open list", "pass from { 10.0.0.1 to any\nblock",
			"1:22 malformed: expected a host, a network, an interface, a table or any, not \"to\"",
		},
		{
			"an open list at the end", "pass from { 10.0.0.1",
			"1:21 malformed: expected }, for the list is not closed",
		},
		{
			"an open list before a macro", "pass proto { tcp\nx = em0\npass on $x",
			"1:17 malformed: expected }, for the list is not closed",
		},
		{
			"an empty list", "pass from { }",
			"1:13 malformed: expected something in the list, not \"}\"",
		},
		{
			"a list behind !", "pass on ! { em0 em1 }",
			"1:11 malformed: expected an interface, not \"{\"",
		},
		{
			"a list in a list of ports", "pass proto tcp to port { { 80 } }",
			"1:26 malformed: expected a port, not \"{\"",
		},
		{
			"! any", "pass from ! any",
			"1:13 malformed: expected a host, a network, an interface, a table or any, not \"any\"",
		},
		{
			"open quotes", "pass label \"a\nblock in\npass out",
			"1:12 malformed: the quotes are not closed",
		},
		{
			"open quotes before others", "pass label \"a\nblock in label \"b\"\npass out",
			"2:17 malformed: expected an option of the rule or the end of the line, not \"b\\\"\"",
		},
		{
			"a macro that is not defined", "int = em1\npass on $imt",
			"2:9 malformed: macro imt is not defined; did you mean int?",
		},
		{
			"a macro in the value of another in quotes", "a = em0\nb = \"$a\"\npass on $b",
			"2:6 malformed: a macro in quotes is not put in (out of a macro, in line 3)",
		},
		{"macros side by side", "a = em0\nb = em1\npass on $a$b", ""},
		{
			"a keyword as a value", "x = any",
			"1:5 malformed: \"any\" is a word of the language: in the value of a macro it stands in quotes",
		},
		{
			"a prefix as a value", "n = 10.0.0.0/8",
			"1:13 malformed: expected the value of a macro: words and strings, with what else it holds in quotes, not \"/\"",
		},
		{
			"a list as a value", "l = { a b }",
			"1:5 malformed: expected the value of a macro: words and strings, with what else it holds in quotes, not \"{\"",
		},
		{
			"a list over lines as a value", "l = {\n a\n b\n}\npass",
			"1:5 malformed: expected the value of a macro: words and strings, with what else it holds in quotes, not \"{\"",
		},
		{
			"a keyword as a name", "pass = x",
			"1:1 malformed: \"pass\" is a word of the language, and no name of a macro",
		},
		{
			"a name with a minus", "ext-if = em0",
			"1:1 malformed: the name of a macro is letters, digits and _",
		},
		{
			"no value", "x =\npass",
			"1:4 malformed: expected the value of a macro: words and strings, with what else it holds in quotes",
		},
		{
			"a fault in a macro", "p = \"hots\"\npass proto $p",
			"1:6 malformed: expected a protocol, not \"hots\" (out of a macro, in line 2)",
		},
		{
			"a port with one end", "pass proto tcp to port 1024:",
			"1:24 malformed: a range of ports has two ends, as in 1024:65535",
		},
		{
			"a port with an operator and a range", "pass proto tcp to port != 80:90",
			"1:27 malformed: a range does not go with an operator",
		},
		{
			"a word as a number", "pass rtable x",
			"1:13 malformed: expected a routing table, not \"x\"",
		},
		{
			"no address", "pass from 10.0.0.256",
			"1:11 malformed: \"10.0.0.256\" is no address",
		},
		{
			"too many octets", "pass from 10.0.0.0.1",
			"1:11 malformed: \"10.0.0.0.1\" is no address",
		},
		{
			"no IPv6 address", "pass from 2001::db8::1",
			"1:11 malformed: \"2001::db8::1\" is no address",
		},
		{
			"a netmask", "pass from 10.0.0.0/255.0.0.0",
			"1:20 malformed: expected the length of a prefix, not \"255.0.0.0\"",
		},
		{
			"a prefix too long", "pass from 10.0.0.0/33\npass from ::/129",
			"1:11 malformed: the prefix of an IPv4 network has at most 32 bits\n2:14 malformed: the length of a prefix is at most 128",
		},
		{
			"a modifier of an interface", "pass from em0:netwrk",
			"1:11 malformed: expected network, broadcast, peer or 0 behind an interface, not \"netwrk\"; did you mean network?",
		},
		{
			"a range without blanks", "pass from 10.0.0.1-10.0.0.5",
			"1:11 malformed: \"10.0.0.1-10.0.0.5\" is neither an address nor a name",
		},
		{
			"a range that ends before it begins", "pass from 10.0.0.9 - 10.0.0.1",
			"1:22 malformed: the range ends before it begins",
		},
		{
			"a range of two families", "pass from 10.0.0.9 - ::1",
			"1:22 malformed: the ends of a range are of one family",
		},
		{
			"a brace that closes nothing", "}\npass",
			"1:1 malformed: no anchor is open that } could close",
		},
		{
			"an anchor that is not closed", "anchor a {\npass\n",
			"1:1 malformed: the body of the anchor is not closed",
		},
		{
			"a body on one line", "anchor a { pass }\nblock",
			"1:10 malformed: expected the end of the line behind the brace that opens the body of an anchor\n1:17 malformed: expected an option of the rule or the end of the line, not \"}\"",
		},
		{
			"what a body cannot hold", "anchor a {\nset skip on lo\nx = y\nnat on em0 all -> 10.0.0.1\npass\n}",
			"2:1 malformed: expected a filter rule, a table, an anchor or an include in the body of an anchor, not \"set\"\n3:1 malformed: a macro cannot be defined in the body of an anchor\n4:1 malformed: expected a filter rule, a table, an anchor or an include in the body of an anchor, not \"nat\"",
		},
		{
			"a body with a fault in its line", "anchor a on {\npass\n}\nanchor b flgas {\npass\n}\npass",
			"1:14 malformed: expected }, for the list is not closed\n3:1 malformed: no anchor is open that } could close\n4:10 malformed: expected an option of the rule or the end of the line, not \"flgas\"; did you mean flags?",
		},
		{
			"an anchor without name and body", "anchor in on em0",
			"1:17 malformed: expected the name of the anchor, or a body in braces",
		},
		{
			"an anchor with / and a body", "anchor \"a/b\" {\npass\n}",
			"1:14 malformed: an anchor with a body has no / in its name",
		},
		{
			"a comma at a line end", "table <t> { 10.0.0.1,\n10.0.0.2, }\npass proto { tcp,\nudp, }",
			"1:21 malformed: a line that ends behind a comma, without a backslash: pfctl takes it for a syntax error\n2:9 malformed: a comma behind the last item of a list: pfctl takes it for a syntax error\n3:17 malformed: a line that ends behind a comma, without a backslash: pfctl takes it for a syntax error\n4:4 malformed: a comma behind the last item of a list: pfctl takes it for a syntax error",
		},
		{
			"an option that is no option", "set skp on lo",
			"1:5 malformed: expected an option, not \"skp\"; did you mean skip?",
		},
		{
			"an option without value", "set skip lo",
			"1:10 malformed: expected on, not \"lo\"",
		},
		{
			"a policy that is none", "set block-policy reject",
			"1:18 malformed: expected drop or return, not \"reject\"",
		},
		{
			"a list without braces", "set timeout tcp.closing 6, tcp.opening 6",
			"1:26 malformed: expected the end of the line, not \",\"",
		},
		{
			"a timeout that is none", "set timeout tcp.open 6",
			"1:13 malformed: expected the name of a timeout, not \"tcp.open\"",
		},
		{
			"a byte that is no text", "pass \x01 in\npass in; pass out",
			"1:6 malformed: unexpected \"\\x01\"\n2:6 malformed: expected an option of the rule or the end of the line, not \"in;\"; did you mean in?",
		},
		{
			"letters that are not ASCII", "pass in on é0",
			"1:12 malformed: unexpected \"é\"",
		},
		{
			"no behind", "no pass",
			"1:4 malformed: expected nat, rdr, binat or scrub behind no, not \"pass\"",
		},
		{
			"CR alone", "pass\rblock",
			"1:5 malformed: unexpected \"\\r\"",
		},
	})
}

// TestRefused are texts that the grammar has, and pfctl refuses ("Validation
// errors" of section 2).
func TestRefused(t *testing.T) {
	runWrongs(t, []wrongCase{
		{
			"ports of all protocols", "pass in to port 80",
			"1:17 malformed: ports are of tcp and udp only: proto is missing, or has others",
		},
		{
			"ports of others", "pass proto { tcp icmp } to port 80",
			"1:33 malformed: ports are of tcp and udp only: proto is missing, or has others",
		},
		{
			"a range of users", "pass proto tcp user 0:10",
			"1:21 malformed: users and groups have no ranges with :, but with >< and <>",
		},
		{
			"users of all protocols", "block user root",
			"1:7 malformed: users and groups are of tcp and udp only: proto is missing, or has others",
		},
		{
			"flags without tcp", "pass proto { udp icmp } flags S/SA",
			"1:31 malformed: flags are of tcp only",
		},
		{
			"flags that never are", "pass proto tcp flags S/A",
			"1:22 malformed: no packet has these flags: those before / are among those behind it",
		},
		{
			"os without tcp", "pass proto udp from any os Linux",
			"1:28 malformed: os is of tcp only",
		},
		{
			"an ICMP type without family", "pass proto icmp icmp-type 8",
			"1:17 malformed: ICMP types go with inet or inet6",
		},
		{
			"an ICMP type without protocol", "pass inet icmp-type 8",
			"1:11 malformed: ICMP types go with proto icmp and icmp6 only",
		},
		{
			"of the other", "pass inet proto icmp icmp6-type 8\npass inet6 proto icmp6 icmp-type 8",
			"1:22 malformed: icmp-type goes with proto icmp, icmp6-type with proto icmp6\n2:24 malformed: icmp-type goes with proto icmp, icmp6-type with proto icmp6",
		},
		{
			"an ICMP type that is none", "pass inet proto icmp icmp-type echorq",
			"1:32 malformed: expected an ICMP type, not \"echorq\"; did you mean echoreq?",
		},
		{
			"a code that is none", "pass inet proto icmp icmp-type unreach code badhead",
			"1:45 malformed: expected a code of this ICMP type, not \"badhead\"",
		},
		{
			"families", "pass inet6 proto icmp\npass inet proto icmp6",
			"1:18 malformed: the protocol is not of the address family\n2:17 malformed: the protocol is not of the address family",
		},
		{
			"state of block and match", "block keep state\nmatch in keep state",
			"1:7 malformed: only pass rules keep state\n2:10 malformed: only pass rules keep state",
		},
		{
			"return-rst", "block return-rst\nblock return-rst proto udp",
			"1:7 malformed: return-rst goes with proto tcp only\n2:7 malformed: return-rst goes with proto tcp only",
		},
		{
			"allow-opts", "block allow-opts",
			"1:7 malformed: allow-opts goes with pass only",
		},
		{
			"fragment", "pass proto tcp to port 80 fragment",
			"1:27 malformed: fragments have no ports, flags and ICMP types to look at",
		},
		{
			"nat-to without direction", "match on em0 nat-to 10.0.0.1",
			"1:14 malformed: nat-to and rdr-to need in or out",
		},
		{
			"binat-to with direction", "match out on em0 from 10.0.0.1 binat-to 10.0.0.2",
			"1:32 malformed: binat-to goes with neither in nor out",
		},
		{
			"translation without state", "pass out nat-to 10.0.0.1 no state",
			"1:26 malformed: translation needs state",
		},
		{
			"route-to", "match in route-to 10.0.0.1\npass in route-to 10.0.0.1 no state",
			"1:10 malformed: route-to goes with pass only\n2:9 malformed: route-to needs state",
		},
		{
			"divert and af-to of match", "match in divert-to 127.0.0.1 port 1\nmatch in inet6 af-to inet from 10.0.0.1",
			"1:10 malformed: match diverts nothing\n2:16 malformed: af-to goes with pass in only",
		},
		{
			"a port too high", "pass proto tcp to port { 80, 65536 }",
			"1:30 malformed: a port is at most 65535",
		},
		{
			"the order of ports", "pass proto tcp to port 90:80\npass proto tcp to port 9 >< 9\npass proto tcp to port 9 <> 8",
			"1:24 malformed: the range ends before it begins\n2:24 malformed: the first port of >< is the lower one\n3:24 malformed: the first port of <> is the lower one",
		},
		{
			"no combination", "pass inet from ::1\npass from 10.0.0.1 to ::1",
			"1:16 malformed: the rule expands to nothing: its addresses are of different families\n2:23 malformed: the rule expands to nothing: its addresses are of different families",
		},
		{
			"states", "pass keep state (overload <t>)\npass keep state (source-track global, max-src-states 3)\npass keep state (maxx 3)",
			"1:18 malformed: overload goes with max-src-conn or max-src-conn-rate\n2:39 malformed: max-src-states does not go with source-track global\n3:18 malformed: expected an option of states, not \"maxx\"; did you mean max?",
		},
		{
			"tables", "table <t> { any }\ntable <t> { 10.0.0.1 - 10.0.0.2 }\ntable <t> { <u> }\ntable <t> { (em0) }\ntable <t> { 10.0.0.0/40 }\ntable <t> { 1.2.3.4.5 }\ntable <t> { 10 }\ntable <t> cnst",
			"1:13 malformed: expected an address, a network, an interface or a host, not \"any\"\n2:22 malformed: a table holds no ranges\n3:13 malformed: a table holds no tables\n4:13 malformed: a table holds no interfaces in parentheses\n5:13 malformed: the prefix of an IPv4 network has at most 32 bits\n6:13 malformed: \"1.2.3.4.5\" is no address\n7:13 malformed: \"10\" is no address\n8:11 malformed: expected const, persist, counters, file or entries in braces, not \"cnst\"; did you mean const?",
		},
		{
			"nat without target", "nat on em0 all\nno nat on em0 all -> 10.0.0.1\nrdr on em0 proto tcp to port < 80 -> 10.0.0.1",
			"1:15 malformed: expected -> and an address\n2:19 malformed: no nat leads nowhere: it has no ->\n3:30 malformed: rdr knows one port or a range as its destination",
		},
		{
			"ports of rdr", "rdr on em0 to 10.0.0.1 port 80 -> 10.0.0.2\nrdr on em0 to 10.0.0.1 -> 10.0.0.2 port 80\nnat on em0 to any port 500 -> em0",
			"1:29 malformed: ports are of tcp and udp only: proto is missing, or has others\n2:27 malformed: ports are of tcp and udp only: proto is missing, or has others",
		},
		{
			"binat", "binat on em0 from <t> to any -> 10.0.0.1\nbinat on em0 from 10.0.0.0/24 to any -> 10.0.1.0/25",
			"1:19 malformed: a table is no source of binat\n2:41 malformed: the networks of binat are of one size",
		},
		{
			"order of the language of FreeBSD", "nat on em0 all -> (em0)\npass\nrdr on em0 proto tcp -> 10.0.0.1\nset skip on lo",
			"3:1 malformed: rules of translation stand behind filter rules: pfctl refuses the file, unless it has set require-order no\n4:1 malformed: options stand behind filter rules: pfctl refuses the file, unless it has set require-order no",
		},
		{
			"a service that is not known", "pass proto tcp to port { 22 frobnicate }",
			"1:29 undefined: service \"frobnicate\" is in no table here; without it in its own, pfctl refuses the file",
		},
		{
			"overload without a table", "pass keep state (max-src-conn 3 overload t)",
			"1:42 malformed: expected <, not \"t\"",
		},
	})
}

// TestBroken: a line that may have been a rule leaves an unknown in its place,
// others do not.
func TestBroken(t *testing.T) {
	runBroken := func(name, text, want string) {
		t.Run(name, func(t *testing.T) {
			if got := strings.TrimSuffix(dump(readText(t, text).config), "\n"); got != want {
				t.Errorf("%s\n got %s\nwant %s", text, got, want)
			}
		})
	}
	runBroken("in its place", "pass in\npass inn\nblock out", "pass in\nbroken 2\nblock out")
	runBroken("in a body", "anchor a {\npass inn\nblock\n}\npass", "anchor a {\n  broken 2\n  block\n}\npass")
	runBroken("not of macros, tables and options", "x = {\nset skp\ntable <t> { x y", "table t name:x name:y unknown: the definition of table <t> cannot be read")
	runBroken("of set skip", "set skip lo\npass", "broken 1\npass")
	runBroken("of what is no statement", "foo bar\npass", "broken 1\npass")
	runBroken("rules behind an open list", "pass from { 10.0.0.1\npass in\nblock", "broken 1\npass in\nblock")
	runBroken("rules behind open quotes", "pass label \"a\nblock in label \"b\"\npass out", "broken 1\nblock in label \"b\"\npass out")
	runBroken("the body of an anchor whose line is wrong is not taken for the main ruleset", "anchor a bad {\npass\n}\nblock", "broken 1\nblock")
	runBroken("what is misplaced means what it says", "nat on em0 all -> 10.0.0.1\npass\nnat on em1 all -> 10.0.0.2", "nat on em0 all -> 10.0.0.1\npass\nnat on em1 all -> 10.0.0.2")
	runBroken("a trailing comma too", "pass proto { tcp, }", "pass proto 6")
}

// TestCounts: every statement is in exactly one state.
func TestCounts(t *testing.T) {
	r := readText(t, "x = em0\nset skip on lo\nset optimization normal\ntable <t> { 10.0.0.1 }\nanchor a {\n  pass\n  block bad\n}\ninclude \"nothing\"\n# a\n\npass on $x\nether pass\n}\n")
	want := source.Count{Total: 11, Modelled: 6, Ignored: 1, Unsupported: 1, Undefined: 1, Malformed: 2}
	if r.counts[0] != want {
		t.Errorf("got %+v, want %+v", r.counts[0], want)
	}
}
