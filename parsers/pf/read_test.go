package pf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// readText reads a configuration of one file.
func readText(tb testing.TB, text string) *reading {
	tb.Helper()
	r := read(dialect.Input{Name: "fw", Files: []*source.File{source.NewFile("pf.conf", []byte(text))}, Limits: dialect.DefaultLimits})
	for i, c := range r.counts {
		if !c.IsBalanced() {
			tb.Errorf("statements of file %d are not accounted for: %+v", i, c)
		}
	}
	return r
}

// wrongs returns the problems of a reading but for what is ignored, one a line.
func wrongs(r *reading) string {
	var b strings.Builder
	for _, p := range r.problems {
		if p.Kind != source.Ignored {
			at := p.Span.Position()
			fmt.Fprintf(&b, "%d:%d %v: %s\n", at.Line, at.Column, p.Kind, p.Message)
		}
	}
	return b.String()
}

// form is a text and what is read from it.
type readCase struct {
	name, text, want string
}

func runForms(t *testing.T, cases []readCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := readText(t, c.text)
			if bad := wrongs(r); bad != "" {
				t.Errorf("problems:\n%s", bad)
			}
			if got := strings.TrimSuffix(dump(r.config), "\n"); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

// TestLexical is section 1 of the sheet: how a text is cut into words.
func TestLexical(t *testing.T) {
	runForms(t, []readCase{
		{"1.2 a backslash joins lines", "pass in \\\n  on em0", "pass in on em0"},
		{"1.2 within a word", "pass in on e\\\nm0", "pass in on em0"},
		{"1.2 within a comment", "# a comment \\\npass in\nblock", "block"},
		{"1.2 two of them in a comment do not", "# a comment \\\\\npass in", "pass in"},
		{"1.2 before another letter it goes", "pass \\in on em0", "pass in on em0"},
		{"1.3 a comment ends a word", "pass in on em0#x\nblock", "pass in on em0\nblock"},
		{"1.3 and a number", "pass in proto tcp to port 80#x", "pass in proto 6 to port 80"},
		{"1.3 none in quotes", `pass label "a # b"`, `pass label "a # b"`},
		{"1.4 quotes", `pass in on "em0" label 'a "b"'`, `pass in on em0 label "a \"b\""`},
		{"1.4 a line end in quotes goes", "pass label \"a\n b\"", `pass label "a b"`},
		{"1.4 what a backslash protects", `pass label "a\"b\ c\d"`, `pass label "a\"b c\\d"`},
		{"1.4 a keyword in quotes is none", `pass from "any"`, "pass from name:any"},
		{"1.5 numbers end at brackets and commas", "pass proto {6,17} to port {80,81}", "pass proto 6 17 to port 80 81"},
		{"1.6 words", "pass in on vlan1.100 from 10.0.0.0/8 to em0:network", "pass in on vlan1.100 from 10.0.0.0-10.255.255.255 to if:em0:network"},
		{"1.6 words without blanks", "pass from!10.0.0.1 to<t>", "pass from !10.0.0.1 to <t>\ntable t undefined"},
		{"1.7 operators", "pass proto tcp to port{!=1 <=2 >=3}", "pass proto 6 to port 0+2-65535 0-2 3-65535"},
		{"1.9 lists over lines", "pass proto {\n tcp\n udp\n}\nblock", "pass proto 6 17\nblock"},
		{"1.9 before a comma", "pass proto { tcp\n, udp }", "pass proto 6 17"},
		{"1.10 lists in lists of hosts", "pass from { 10.0.0.1 { 10.0.0.2, 10.0.0.3 } }", "pass from 10.0.0.1 10.0.0.2 10.0.0.3"},
		{"an empty file", "", ""},
		{"nothing but comments", "# a\n\n  # b", ""},
		{"no line end", "pass", "pass"},
		{"CR LF", "pass in\r\nblock out\r\n", "pass in\nblock out"},
		{"a byte order mark", "\ufeffpass", "pass"},
	})
}

// TestMacros is section 1.1 of the sheet.
func TestMacros(t *testing.T) {
	runForms(t, []readCase{
		{"a word", "ext = em0\npass in on $ext", "pass in on em0"},
		{"a list", "nets = \"{ 10.0.0.0/8, 192.168.0.0/16 }\"\npass from $nets", "pass from 10.0.0.0-10.255.255.255 192.168.0.0-192.168.255.255"},
		{"in a list", "p = \"22 80\"\npass proto tcp to port { $p 443 }", "pass proto 6 to port 22 80 443"},
		{"several words", "a = ssh ftp \"25\"\npass proto tcp to port { $a }", "pass proto 6 to port 22 21 25"},
		{"of others", "a = em0\nb = $a em1\npass in on { $b }", "pass in on em0 em1"},
		{"what follows it belongs to its last word", "ext = em0\npass to $ext:network", "pass to if:em0:network"},
		{"a prefix", "net = 10.0.0.0\npass to $net/24", "pass to 10.0.0.0-10.0.0.255"},
		{"anew", "a = em0\npass in on $a\na = em1\npass in on $a", "pass in on em0\npass in on em1"},
		{"that holds syntax", "GW = \" route-to ( em0 192.0.2.1 ) \"\npass in on em1 $GW inet", "pass in on em1 inet route-to [em0] []"},
		{"a whole rule", "r = \"pass in on em0\"\no = \"no state\"\n$r $o", "pass in on em0 no-state"},
		{"a range in two quotes", "r = \"'10.0.0.1 - 10.0.0.9'\"\nl = \"{\" $r \"}\"\npass from $l", "pass from 10.0.0.1-10.0.0.9"},
		{"a range", "r = \"10.0.0.1 - 10.0.0.9\"\npass from { $r 10.1.1.1 }", "pass from 10.0.0.1-10.0.0.9 10.1.1.1"},
		{"over lines", "l = \"{\n 10.0.0.1\n 10.0.0.2 }\"\npass from $l", "pass from 10.0.0.1 10.0.0.2"},
		{"a comment in it", "a = \"em0 # x\"\npass in on $a quick\nblock", "pass in on em0\nblock"},
		{"empty", "a = \"\"\npass $a in", "pass in"},
		{"negative", "a = -1\npass", "pass"},
		{"a table", "Web = \"<web>\"\npass to $Web", "pass to <web>\ntable web undefined"},
	})
}

// TestHosts is section 4.2 of the sheet.
func TestHosts(t *testing.T) {
	runForms(t, []readCase{
		{"any", "pass from any to any", "pass from any to any"},
		{"any in a list", "pass from { 10.0.0.1 any }", "pass from any"},
		{"an address", "pass from 10.0.0.1", "pass from 10.0.0.1"},
		{"of IPv6", "pass from 2001:db8::1/64", "pass from 2001:db8::-2001:db8::ffff:ffff:ffff:ffff"},
		{"with a zone", "pass from fe80::1%lo0", "pass from fe80::1"},
		{"host bits", "pass from 10.0.0.1/24", "pass from 10.0.0.0-10.0.0.255"},
		{"short", "pass from 10/8 to 192.168/16", "pass from 10.0.0.0-10.255.255.255 to 192.168.0.0-192.168.255.255"},
		{"everything", "pass from 0/0", "pass from 0.0.0.0-255.255.255.255"},
		{"a range of IPv6", "pass to ::1 - ::5", "pass to ::1-::5"},
		{"ranges", "pass from 10.0.0.1 - 10.0.0.9 to { 10.1.0.1 - 10.1.0.2, 10.2.0.1 }", "pass from 10.0.0.1-10.0.0.9 to 10.1.0.1-10.1.0.2 10.2.0.1"},
		{"in quotes", `pass from "10.0.0.0/8"`, "pass from 10.0.0.0-10.255.255.255"},
		{"interfaces", "pass from em0 to em1:network:0", "pass from if:em0 to if:em1:network:0"},
		{"with a prefix", "pass from lo0/8", "pass from if:lo0/8"},
		{"in parentheses", "pass from (em0) to (em1:network)", "pass from (em0) to (em1:network)"},
		{"with blanks and a prefix", "pass from ( em0 )/24", "pass from (em0)/24"},
		{"self and groups", "pass from self to { (self) egress (egress:0) }", "pass from if:self to (self) if:egress (egress:0)"},
		{"a name of an interface that is used as one", "pass from lan\npass in on lan", "pass from if:lan\npass in on lan"},
		{"host names", "pass from www.example.org to localhost:0", "pass from name:www.example.org to name:localhost:0"},
		{"negated", "pass from ! 10.0.0.1 to { !(em0), !<t> }", "pass from !10.0.0.1 to !(em0) !<t>\ntable t undefined"},
		{"routes", `block from no-route to route "x"`, "block from no-route to route:x"},
		{"urpf-failed", "block in from urpf-failed", "block in from urpf-failed"},
		{"weight", "pass from 10.0.0.1 weight 3", "pass from 10.0.0.1"},
		{"ports without hosts", "pass proto tcp from port 1 to port { 2 3 }", "pass proto 6 from port 1 to port 2 3"},
		{"one side", "pass proto udp to 10.0.0.1 port 53", "pass proto 17 to 10.0.0.1 port 53"},
		{"os", `block proto tcp from any os { "Linux" "NMAP" } to em0`, "block proto 6 from any to if:em0 os 2"},
	})
}
