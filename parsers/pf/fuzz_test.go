package pf

import (
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// FuzzRead reads any text: places lie inside the file, every statement is
// accounted for, what cannot be read and may have been a rule is held in place,
// and twice the same comes out.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"ext = \"em0\"\npass in on $ext proto tcp to port { 80, 443 } flags S/SA keep state\n",
		"table <t> { 10.0.0.0/8 !10.1.0.0/16, em0 } file \"x\"\nblock from <t>\n",
		"anchor \"a\" in {\n pass\n anchor {\n block quick\n }\n}\n",
		"nat on em0 from 10/8 to any -> (em0:0) static-port\nrdr pass on em0 proto tcp to port 80:90 -> 10.0.0.1 port 8000:*\n",
		"match out on egress nat-to (egress:0)\npass in route-to { (em0 10.0.0.1) } inet6\n",
		"@0 block drop all\n  [ Evaluations: 1 ]\nFILTER RULES:\nSTATES:\nx\n",
		"a = 'x \"y\" \\' z'\nb = $a $a\npass label $b # c \\\n d\n",
		"pass from { { ::1, 10.0.0.1 - 10.0.0.2 } ! (self)/8 }\\\n to no-route\n",
		"x = \"{\n a\n b }\"\npass to $x:network\ninclude \"pf.conf\"\nload anchor a from \"pf.conf\"\n",
		"set timeout { tcp.first 1\n, frag 2 }\nset skip on { lo\nantispoof for (em0)\nqueue a parent b bandwidth 1M\n",
	} {
		f.Add([]byte(text))
	}
	limits := dialect.Limits{Line: 1 << 12, Nesting: 8, Expansion: 10_000}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := source.NewFile("pf.conf", text)
		other := source.NewFile("x", []byte("10.0.0.1\npass\n"))
		in := dialect.Input{Name: "fw", Files: []*source.File{file, other}, Limits: limits}
		r := read(in)
		for i, c := range r.counts {
			if !c.IsBalanced() {
				t.Errorf("statements of file %d are not accounted for: %+v", i, c)
			}
		}
		for _, p := range r.problems {
			checkSpan(t, p.Span)
		}
		checkBody(t, r.config.body)
		for _, tab := range r.config.tables {
			for i := range tab.entries {
				checkSpan(t, tab.entries[i].at.span)
			}
		}
		if again := read(in); dump(again.config) != dump(r.config) || wrongs(again) != wrongs(r) {
			t.Error("twice read, it is not the same")
		}
		Detect(file)
	})
}

// checkSpan holds a place to its file.
func checkSpan(t *testing.T, s source.Span) {
	t.Helper()
	if s.IsZero() || s.Start < 0 || s.End < s.Start || int(s.End) > len(s.File.Text) {
		t.Errorf("a place is none: %d to %d", s.Start, s.End)
	}
}

// checkBody holds the places of rules to their files.
func checkBody(t *testing.T, body []statement) {
	t.Helper()
	for _, s := range body {
		switch {
		case s.rule != nil:
			checkSpan(t, s.rule.span)
			for _, list := range [][]hostItem{s.rule.src.hosts, s.rule.dst.hosts} {
				for i := range list {
					checkSpan(t, list[i].at.span)
				}
			}
		case s.anchor != nil:
			checkSpan(t, s.anchor.span)
			checkBody(t, s.anchor.body)
		case s.broken != nil:
			checkSpan(t, *s.broken)
		}
	}
}
