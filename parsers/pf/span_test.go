package pf

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// shown writes where something is written: its text, and the lines of the
// definitions that it came out of.
func shown(w at) string {
	out := fmt.Sprintf("%q@%d:%d", w.span.Text(), w.span.Position().Line, w.span.Position().Column)
	for _, v := range w.via {
		out += fmt.Sprintf(" via %d", v.Line())
	}
	return out
}

// places returns where the parts of the first rule are written.
func places(x *rule) []string {
	var out []string
	for i := range x.on {
		out = append(out, shown(x.on[i].at))
	}
	for i := range x.protos {
		out = append(out, shown(x.protos[i].at))
	}
	for _, e := range []*endpoint{&x.src, &x.dst} {
		for i := range e.hosts {
			out = append(out, shown(e.hosts[i].at))
		}
		for i := range e.ports {
			out = append(out, shown(e.ports[i].at))
		}
	}
	if x.filter.flags != nil {
		out = append(out, shown(x.filter.flags.at))
	}
	for i := range x.filter.icmp {
		out = append(out, shown(x.filter.icmp[i].at))
	}
	for _, to := range []*redirection{x.nat, x.rdr, x.binat} {
		if to != nil {
			out = append(out, shown(to.at))
		}
	}
	return out
}

// TestSpans: places point into the text as it is written, through macros and
// lists.
func TestSpans(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"in a rule", "pass in on { em0 !em1 } proto { tcp, udp } from 10.0.0.0/8 port 1:2 to { !<t> (em0)/24 } port { = 80 1 >< 5 } flags S/SA", []string{
			`"em0"@1:14`, `"!em1"@1:18`, `"tcp"@1:33`, `"udp"@1:38`, `"10.0.0.0/8"@1:49`, `"1:2"@1:65`,
			`"!<t>"@1:74`, `"(em0)/24"@1:79`, `"= 80"@1:97`, `"1 >< 5"@1:102`, `"S/SA"@1:117`,
		}},
		{"in the value of a macro", "p = \"22 80\"\npass proto tcp to port { $p 443 }", []string{`"tcp"@2:12`, `"22"@1:6 via 1`, `"80"@1:9 via 1`, `"443"@2:29`}},
		{"in that of a macro in a macro", "a = 10.0.0.1\nb = $a \"10.0.0.2\"\npass from { $b }", []string{`"10.0.0.1"@1:5 via 2 via 1`, `"10.0.0.2"@2:9 via 2`}},
		{"what follows a macro", "ext = em0\nnet = 10.0.0.0\npass from $ext:network to $net/24", []string{`"em0"@1:7 via 1`, `"10.0.0.0"@2:7 via 2`}},
		{"over lines", "l = \"{\n 10.0.0.1\n 10.0.0.2 }\"\npass from $l", []string{`"10.0.0.1"@2:2 via 1`, `"10.0.0.2"@3:2 via 1`}},
		{"behind a backslash in quotes", `l = "{\ 10.0.0.1 }"` + "\npass from $l", []string{`"10.0.0.1"@1:9 via 1`}},
		{"a macro that is defined anew", "a = 10.0.0.1\na = 10.0.0.2\npass from $a", []string{`"10.0.0.2"@2:5 via 2`}},
		{"a range", "pass from 10.0.0.1 - 10.0.0.9", []string{`"10.0.0.1 - 10.0.0.9"@1:11`}},
		{"ICMP types", "pass inet proto icmp icmp-type { 8 code 0, 3 }", []string{`"icmp"@1:17`, `"8 code 0"@1:34`, `"3"@1:44`}},
		{"translation", "pass in proto tcp rdr-to 10.0.0.1 port 80", []string{`"tcp"@1:15`, `"10.0.0.1 port 80"@1:26`}},
		{"a word in two lines", "pass from 10.0.\\\n0.1", []string{"\"10.0.\\\\\\n0.1\"@1:11"}},
		{"in quotes", `pass from "10.0.0.1"`, []string{`"\"10.0.0.1\""@1:11`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := readText(t, c.text)
			if bad := wrongs(r); bad != "" || len(r.config.body) == 0 || r.config.body[0].rule == nil {
				t.Fatalf("%s%s", bad, dump(r.config))
			}
			if got := places(r.config.body[0].rule); !slices.Equal(got, c.want) {
				t.Errorf("%s\n got %s\nwant %s", c.text, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
			}
		})
	}
}

// TestStatementSpans: a rule's place is the whole statement, without what
// stands around it.
func TestStatementSpans(t *testing.T) {
	text := "ext = em0\n  pass in on $ext \\\n   to 10.0.0.1  # why\n@3 block drop all\n$r\nanchor a {\n  pass out # x\n} # end\nr = \"pass out\"\n$r quick\ntable <t> { 10.0.0.1\n !10.0.0.2/31 } # t\n"
	r := readText(t, text)
	var got []string
	for _, s := range r.config.body {
		switch {
		case s.rule != nil:
			got = append(got, s.rule.span.Text())
		case s.anchor != nil:
			got = append(got, s.anchor.span.Text(), s.anchor.body[0].rule.span.Text())
		case s.broken != nil:
			got = append(got, s.broken.Text())
		}
	}
	tab := r.config.tables["t"]
	got = append(got, tab.span.Text(), tab.entries[0].at.span.Text(), tab.entries[1].at.span.Text(), r.config.macros[0].span.Text())
	want := []string{
		"pass in on $ext \\\n   to 10.0.0.1", "@3 block drop all", "$r", "anchor a {", "pass out", "$r quick",
		"table <t> { 10.0.0.1\n !10.0.0.2/31 }", "10.0.0.1", "!10.0.0.2/31", "ext = em0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// TestSpansOfTables: entries out of macros and out of files have their places.
func TestSpansOfTables(t *testing.T) {
	main := source.NewFile("pf.conf", []byte("a = \"10.0.0.1 10.0.0.2\"\ntable <t> { $a, em0 } file \"/etc/list\"\n"))
	list := source.NewFile("list", []byte("# x\n10.1.0.0/16\n! 10.1.1.1 # y\n"))
	r := readFiles(t, nil, main, list)
	var got []string
	for _, e := range r.config.tables["t"].entries {
		got = append(got, e.at.span.File.Name+" "+shown(e.at))
	}
	want := []string{
		`pf.conf "10.0.0.1"@1:6 via 1`, `pf.conf "10.0.0.2"@1:15 via 1`, `pf.conf "em0"@2:17`, `list "10.1.0.0/16"@2:1`, `list "10.1.1.1"@3:3`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
