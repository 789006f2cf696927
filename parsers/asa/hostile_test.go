package asa

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestHostile reads texts that were made to cost much: where each line cost as much
// as all before it, the test would not come to its end.
func TestHostile(t *testing.T) {
	const n = 30_000
	repeat := func(line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i) + "\n")
		}
		return b.String()
	}
	entries := repeat(func(i int) string { return fmt.Sprintf("access-list X permit tcp any any eq %d", i) })
	for name, text := range map[string]string{
		"entries put in at the front": repeat(func(i int) string { return fmt.Sprintf("access-list X line 1 permit tcp any any eq %d", i) }),
		"entries put in at both ends": repeat(func(i int) string { return fmt.Sprintf("access-list X line %d permit tcp any any eq %d", 1+i%2*i, i) }),
		"entries taken away":          entries + repeat(func(i int) string { return fmt.Sprintf("no access-list X permit tcp any any eq %d", n-1-i) }),
		"members taken away": "object-group service G tcp\n" + repeat(func(i int) string { return fmt.Sprintf(" port-object eq %d", i) }) +
			repeat(func(i int) string { return fmt.Sprintf(" no port-object eq %d", n-1-i) }),
		"rules put in at the front": repeat(func(i int) string { return fmt.Sprintf("nat (a,b) 1 source static A%d B", i) }),
		"rules taken away":          repeat(func(i int) string { return fmt.Sprintf("nat (a,b) source static A%d B", i) }) + repeat(func(i int) string { return fmt.Sprintf("no nat (a,b) source static A%d B", n-1-i) }),
		"lists": repeat(func(i int) string {
			return fmt.Sprintf("access-list L%d permit ip any any\naccess-group L%d global\nclear configure access-list L%d", i, i, i)
		}),
		"routes": repeat(func(i int) string {
			return fmt.Sprintf("route a 10.%d.%d.0 255.255.255.0 10.0.0.1\nno route a 10.%d.%d.0 255.255.255.0", i/250%250, i%250, i/250%250, i%250)
		}),
		"contexts":               repeat(func(i int) string { return fmt.Sprintf("ASA Version 9.1(2) <c%d>", i%3000) }),
		"contexts to and fro":    repeat(func(i int) string { return fmt.Sprintf("changeto context c%d\naccess-list A permit ip any any", i%300) }),
		"unknown commands":       repeat(func(i int) string { return fmt.Sprintf("x%d y", i) }),
		"broken lines":           repeat(func(i int) string { return fmt.Sprintf("access-list X permit tcp host w%d any", i) }),
		"one word":               strings.Repeat("a", 1<<20),
		"one line":               "access-list X permit " + strings.Repeat("tcp any ", 100_000),
		"parentheses":            "nat " + strings.Repeat("(a, ", 100_000),
		"users":                  "access-list X permit ip " + strings.Repeat("user a ", 100_000) + "any any",
		"blanks":                 strings.Repeat(" ", 1<<20) + "\n" + strings.Repeat("\n", 1<<18),
		"page breaks":            strings.Repeat("<--- More --->", 100_000),
		"page breaks and blanks": strings.Repeat("<--- More --->"+strings.Repeat(" ", 100)+"\r", 10_000),
		"certificates":           "crypto ca certificate chain T\n" + repeat(func(int) string { return " certificate 01\n  30820a\n  quit" }),
		"remarks":                repeat(func(i int) string { return fmt.Sprintf("access-list X remark rule-id 1: %d", i) }) + "access-list X advanced permit ip any any rule-id 1",
		"names": repeat(func(i int) string {
			return fmt.Sprintf("name 10.0.0.1 n%d\naccess-list X permit ip host m%d any", i, i)
		}),
		"clear of everything": repeat(func(int) string { return "access-list X permit ip any any\nclear configure all" }),
	} {
		t.Run(name, func(t *testing.T) {
			f := source.NewFile("hostile.cfg", []byte(text))
			checkReading(t, read(dialect.Input{Files: []*source.File{f}, Limits: dialect.DefaultLimits}), f)
		})
	}
}

// TestLimits goes on behind what is too much.
func TestLimits(t *testing.T) {
	limits := dialect.DefaultLimits
	limits.Line = 100
	limits.Expansion = 3
	text := "access-list X permit tcp any any eq 1\naccess-list X permit " + strings.Repeat("x", 200) + "\naccess-list X permit tcp any any eq 2\naccess-list X permit tcp any any eq 3\naccess-list X permit tcp any any eq 4\nhostname a\n"
	f := source.NewFile("a.cfg", []byte(text))
	r := read(dialect.Input{Files: []*source.File{f}, Limits: limits})
	checkReading(t, r, f)
	want := "list X 1\n  1 permit 6 *>1 | any > any\n  2 broken\n  3 permit 6 *>2 | any > any\n  4 permit 6 *>3 | any > any\n  5 broken"
	if got := dump(r.configs[0]); got != want {
		t.Errorf("got %s", got)
	}
	checkProblems(t, r.problems, []string{"malformed 2:1 the line is longer than 100 bytes", "malformed 5:1 there are more than 3 entries of lists and groups"})
}
