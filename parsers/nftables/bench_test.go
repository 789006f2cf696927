package nftables_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// manyRules returns a listing with n rules of several kinds.
func manyRules(n int) []byte {
	var b strings.Builder
	b.WriteString("table inet fw {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n")
	for i := range n {
		host := fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "\t\tip saddr 198.51.%d.0/24 ip daddr %s tcp dport %d counter packets 0 bytes 0 accept\n", i%256, host, 1+i%65535)
		case 1:
			fmt.Fprintf(&b, "\t\tip daddr %s tcp dport { 80, 443, %d } accept\n", host, 1024+i%60000)
		case 2:
			fmt.Fprintf(&b, "\t\tiifname \"eth%d\" ip daddr %s udp dport %d-%d accept comment \"rule %d\"\n", i%8, host, i%1000, i%1000+50, i)
		default:
			fmt.Fprintf(&b, "\t\tip saddr != %s ct state new tcp dport 22 drop\n", host)
		}
	}
	b.WriteString("\t}\n}\n")
	return []byte(b.String())
}

// manyRulesJSON returns the same in JSON, of one kind.
func manyRulesJSON(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"nftables": [{"table": {"family": "inet", "name": "fw"}}, {"chain": {"family": "inet", "table": "fw", "name": "forward", ` +
		`"type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}}`)
	for i := range n {
		fmt.Fprintf(&b, `, {"rule": {"family": "inet", "table": "fw", "chain": "forward", "handle": %d, "expr": [{"match": {"op": "==", "left": {"payload": `+
			`{"protocol": "ip", "field": "daddr"}}, "right": "10.%d.%d.%d"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, `+
			`"right": %d}}, {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}}`, i, i>>16&255, i>>8&255, i&255, 1+i%65535)
	}
	b.WriteString("]}\n")
	return []byte(b.String())
}

// manyElements returns a set with n elements.
func manyElements(n int) []byte {
	var b strings.Builder
	b.WriteString("table inet fw {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { ")
	for i := range n {
		fmt.Fprintf(&b, "%d.%d.%d.%d,\n\t\t\t     ", 1+i>>24, i>>16&255, i>>8&255, i&255)
	}
	b.WriteString(" }\n\t}\n\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tip saddr @s accept\n\t}\n}\n")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string][]byte{
		"rules/1000": manyRules(1000), "rules/100000": manyRules(100_000), "json/100000": manyRulesJSON(100_000), "elements/1000000": manyElements(1_000_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f := source.NewFile("ruleset", text)
				r := nftables.Parse(dialect.Input{Name: "device", Files: []*source.File{f}, Limits: dialect.DefaultLimits})
				if r.Devices[0].Statements[0].Malformed > 0 {
					b.Fatal(r.Problems[0].Message)
				}
			}
		})
	}
}
