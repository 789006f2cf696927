package asa

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// generated returns a configuration of about n lines: a tenth objects, three
// tenths groups and their members, the rest entries of lists.
func generated(n int) []byte {
	var b strings.Builder
	b.WriteString(": Saved\nASA Version 9.12(4)\n!\nhostname edge\n")
	for i, name := range []string{"outside", "inside", "dmz"} {
		fmt.Fprintf(&b, "interface GigabitEthernet0/%d\n nameif %s\n security-level %d\n ip address 10.%d.0.1 255.255.0.0\n!\n", i, name, i*50, i)
	}
	objects := n / 20
	for i := range objects {
		fmt.Fprintf(&b, "object network host-%d\n host 10.2.%d.%d\n", i, i/250%250, i%250)
	}
	const members = 14
	groups := n * 3 / 10 / (members + 1)
	for i := range groups {
		if i%4 == 0 {
			fmt.Fprintf(&b, "object-group service ports-%d tcp\n", i)
			for j := range members {
				fmt.Fprintf(&b, " port-object eq %d\n", 1000+i+j)
			}
			continue
		}
		fmt.Fprintf(&b, "object-group network group-%d\n", i)
		for j := range members {
			if j%3 == 0 {
				fmt.Fprintf(&b, " network-object object host-%d\n", (i+j)%max(objects, 1))
			} else {
				fmt.Fprintf(&b, " network-object 10.%d.%d.0 255.255.255.0\n", i%250, j)
			}
		}
	}
	for i := range n - n/10 - n*3/10 {
		list := []string{"outside_in", "inside_in", "dmz_in"}[i%3]
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "access-list %s remark rule %d of the change %d\n", list, i, i/10)
		case 1:
			fmt.Fprintf(&b, "access-list %s extended permit tcp object-group group-%d object host-%d object-group ports-%d\n", list, i%max(groups, 1)|1, i%max(objects, 1), i%max(groups, 1)/4*4)
		case 2:
			fmt.Fprintf(&b, "access-list %s extended permit udp any host 10.1.%d.%d eq domain log\n", list, i/250%250, i%250)
		default:
			fmt.Fprintf(&b, "access-list %s extended deny tcp 10.%d.%d.0 255.255.255.0 any4 range %d %d\n", list, i%250, i/250%250, 1000+i%5000, 7000+i%100)
		}
	}
	b.WriteString("access-group outside_in in interface outside\naccess-group inside_in in interface inside\nroute outside 0.0.0.0 0.0.0.0 10.0.0.2 1\n: end\n")
	return []byte(b.String())
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{200, 10_000, 100_000} {
		b.Run(fmt.Sprintf("lines=%d", n), func(b *testing.B) {
			text := generated(n)
			f := source.NewFile("edge.cfg", text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if r := read(dialect.Input{Name: "edge", Files: []*source.File{f}, Limits: dialect.DefaultLimits}); len(r.problems) > 0 {
					b.Fatal(r.problems[0].Span.Position(), r.problems[0].Message)
				}
			}
		})
	}
}
