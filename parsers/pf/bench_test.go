package pf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// manyRules returns a configuration of n rules, with macros and lists as people
// write them.
func manyRules(n int) []byte {
	var b strings.Builder
	b.WriteString("ext = \"em0\"\nnets = \"{ 10.0.0.0/8, 192.168.0.0/16 }\"\ntable <bad> persist\nset skip on lo\nblock log all\n")
	for i := range n {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "pass in quick on $ext inet proto tcp from any to 10.%d.%d.%d port { 80, 443 } flags S/SA keep state label \"rule %d\"\n", i>>16&255, i>>8&255, i&255, i)
		case 1:
			fmt.Fprintf(&b, "block in quick on $ext inet proto udp from 203.0.%d.%d to $nets port %d:%d\n", i>>8&255, i&255, i%60000+1, i%60000+100)
		case 2:
			fmt.Fprintf(&b, "pass out on em1 inet6 proto tcp from 2001:db8:%x::/64 to any port ssh\n", i&0xffff)
		default:
			fmt.Fprintf(&b, "pass in on em2 from <bad> to 172.16.%d.0/24 no state\n", i&255)
		}
	}
	return []byte(b.String())
}

// manyEntries returns n entries of a table.
func manyEntries(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d.%d.%d.%d", 1+i>>24&127, i>>16&255, i>>8&255, i&255)
		if i%3 == 0 {
			b.WriteString("/32")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// BenchmarkRead reads configurations of many rules, and of a large table.
func BenchmarkRead(b *testing.B) {
	table := manyEntries(1_000_000)
	for _, c := range []struct {
		name  string
		files []*source.File
	}{
		{"50000 rules", []*source.File{source.NewFile("pf.conf", manyRules(50_000))}},
		{"a table of 1000000", []*source.File{source.NewFile("pf.conf", []byte("table <t> {\n"+table+"}\npass from <t>\n"))}},
		{"a file of 1000000", []*source.File{source.NewFile("pf.conf", []byte("table <t> file \"/etc/t\"\npass from <t>\n")), source.NewFile("t", []byte(table))}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := read(dialect.Input{Files: c.files, Limits: dialect.DefaultLimits})
				if n := len(r.config.body); n == 0 || len(r.problems) > 0 {
					b.Fatal(n, r.problems)
				}
			}
		})
	}
}
