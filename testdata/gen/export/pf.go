package export

import (
	"fmt"
	"io"
	"strings"
)

// pfShape writes the rules of one shape, and what they need before them.
type pfShape struct {
	name  string
	write func(*pfFile)
}

// pfShapes are the shapes of pf.conf files of OpenBSD, the usual one first.
var pfShapes = []pfShape{
	{"quick", func(x *pfFile) { x.rules(" quick") }},
	{"last", func(x *pfFile) { x.rules("") }},
	{"lists", pfLists},
	{"table", pfTable},
	{"file", func(x *pfFile) { x.line("table <big> persist file \"big.txt\"\nblock in quick on em0 from <big>") }},
}

func pfShapeNames() []string {
	var out []string
	for _, x := range pfShapes {
		out = append(out, x.name)
	}
	return out
}

// pfFile is one pf.conf on its way.
type pfFile struct {
	*dice
	spec *Spec
	w    io.Writer
}

func (x *pfFile) line(format string, args ...any) { fmt.Fprintf(x.w, format+"\n", args...) }

func (x *pfFile) af() string {
	if x.family == 6 {
		return "inet6"
	}
	return "inet"
}

// writePF writes a pf.conf of OpenBSD.
func writePF(w io.Writer, s *Spec) {
	x := &pfFile{s.dice(), s, w}
	x.line("ext_if = \"em0\"\nint_if = \"em1\"\ndmz_if = \"em2\"\nmoveit = \"{ %s %s }\"", address(x.family, dmz, 11), address(x.family, dmz, 12))
	x.line("set skip on lo\nblock all")
	for i := range pfShapes {
		if pfShapes[i].name == s.Shape {
			pfShapes[i].write(x)
		}
	}
	for _, way := range []string{"in on $ext_if", "out on $dmz_if"} {
		x.line("pass %s %s proto tcp to $moveit port { 21 22 443 990 3000:3003 }", way, x.af())
	}
	for _, way := range []string{"in on $dmz_if", "out on $int_if"} {
		x.line("pass %s %s proto tcp from $moveit to %s port smtp", way, x.af(), address(x.family, management, 25))
	}
}

// writePFTable writes the file that a table of the shape "file" is read from.
func writePFTable(w io.Writer, s *Spec) {
	x := &pfFile{s.dice(), s, w}
	for i := range s.Rules {
		x.line("%s", x.entry(i))
	}
}

// entry returns an entry of a large table: no two are the same.
func (x *pfFile) entry(i int) string {
	if x.family == 6 {
		return fmt.Sprintf("2a01:%x:%x::/48", i>>16, i&0xffff)
	}
	return fmt.Sprintf("%d.%d.%d.%d", 1+i>>24, i>>16&255, i>>8&255, i&255)
}

func (x *pfFile) addr() string {
	return address(x.family, firstNetwork+x.IntN(networks), 1+x.IntN(65533))
}

// rules writes the rules of a gateway, each with the word behind its direction.
func (x *pfFile) rules(quick string) {
	for range x.spec.Rules {
		way := x.one("in%s on $ext_if", "in%s on $int_if", "out%s on $int_if", "out%s on $ext_if")
		way = fmt.Sprintf(way, quick)
		switch x.IntN(8) {
		case 0:
			x.line("block %s %s from %s", way, x.af(), x.outside())
		case 1:
			x.line("pass %s %s proto udp from %s to %s port %d", way, x.af(), x.network(), x.addr(), x.port())
		case 2:
			x.line("pass %s %s proto tcp from %s to { %s %s } port { %d %d:%d }", way, x.af(), x.network(), x.addr(), x.addr(), x.port(), 30000, 30001+x.IntN(100))
		default:
			x.line("pass %s %s proto tcp from %s to %s port %d", way, x.af(), x.addr(), x.addr(), x.port())
		}
	}
}

// pfLists writes rules whose lists expand to sixty-four each.
func pfLists(x *pfFile) {
	const each = 4
	list := func(item func() string) string {
		var items []string
		for range each {
			items = append(items, item())
		}
		return "{ " + strings.Join(items, " ") + " }"
	}
	for range max(1, x.spec.Rules/(each*each*each)) {
		x.line("pass in on $ext_if %s proto tcp from %s to %s port %s", x.af(), list(x.addr), list(x.addr), list(func() string { return fmt.Sprint(x.port()) }))
	}
}

// pfTable writes one table with an entry for each rule of the Spec.
func pfTable(x *pfFile) {
	x.line("table <big> const {")
	for i := range x.spec.Rules {
		x.line("\t%s", x.entry(i))
	}
	x.line("}\nblock in quick on em0 from <big>")
}
