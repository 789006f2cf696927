package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

func traceText(t *testing.T, id any, trace *eval.Trace) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTraceText(&b, id, trace, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The rule that a verdict hangs on decides nothing by itself.
func TestTraceOfWhatIsNotKnown(t *testing.T) {
	trace := follow(t, source.NewFile("edge.rules", []byte(edgeText)), 1433, nil)
	text := traceText(t, nil, trace)
	for _, want := range []string{"filter/MOVEIT #2 (edge.rules:10): undecided\n", "verdict unknown: it hangs on: the contents of ipset partners are not given (forward)\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	var b bytes.Buffer
	if err := WriteTraceJSON(&b, json.Number("7"), trace); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, `{"id":7,"verdict":"unknown"`) || !strings.Contains(got, `"action":"undecided"`) {
		t.Errorf("got %s", got)
	}
}

func TestTraceOfAnInterfaceThatIsNotNamed(t *testing.T) {
	chain := &rules.Chain{Name: "filter/FORWARD", Policy: rules.Action{Verdict: rules.Drop}, Rules: []*rules.Rule{{
		Match:  rules.Match{{Boxes: packet.Names(packet.In, packet.Pattern{Text: "eth0"})}, {Boxes: packet.Names(packet.Out, packet.Pattern{Text: "eth1"})}},
		Action: rules.Action{Verdict: rules.Accept}, Implicit: "a test",
	}}}
	stage := &rules.Stage{Hook: rules.Forward, Chain: chain, Filters: true, Next: []rules.Edge{{}}}
	e := eval.New(&rules.Device{Name: "edge", Chains: []*rules.Chain{chain}, Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: stage}}}})
	for _, c := range []struct {
		in, out string
		lost    packet.FieldSet
		want    string
	}{
		{"", "eth1", packet.Fields(packet.In), `; add "in NAME" to the packet`},
		{"eth0", "", packet.Fields(packet.Out), `; add "out NAME" to the packet`},
	} {
		text := traceText(t, nil, e.Walk(eval.Start{Hook: rules.Forward, Flow: packet.Flow{
			In: c.in, Out: c.out, Src: netip.MustParseAddr("198.51.100.7"), Dst: netip.MustParseAddr("203.0.113.10"), Proto: packet.TCP, TCPFlags: packet.SYN, Lost: c.lost,
		}}))
		if !strings.Contains(text, c.want) {
			t.Errorf("%q is missing in\n%s", c.want, text)
		}
	}
}

// A packet that no route leads on is dropped by no rule and by no policy, and one
// that a rule leads on shows where.
func TestTraceOfRouting(t *testing.T) {
	f := source.NewFile("edge.cfg", []byte("static\n"))
	chain := &rules.Chain{Name: "NAT", Policy: rules.Action{Verdict: rules.Accept}, Rules: []*rules.Rule{{
		Match:  rules.Match{{Boxes: packet.Addresses(packet.Dst, packet.OneAddr(netip.MustParseAddr("203.0.113.10")))}},
		Action: rules.Action{Verdict: rules.Accept, Out: "dmz"}, Span: f.Line(1),
	}}}
	stage := &rules.Stage{Hook: rules.Prerouting, Chain: chain, Route: true, Next: []rules.Edge{{}}}
	e := eval.New(&rules.Device{Chains: []*rules.Chain{chain}, Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: stage}}}, AllRoutes: true})
	for _, c := range []struct{ to, text, json string }{
		{"10.9.9.9", "  1  routing: drop\n     no route leads to 10.9.9.9\nverdict drop (forward)\n", `"steps":[{"stage":"routing","text":"no route leads to 10.9.9.9","action":"drop"}]`},
		{"203.0.113.10", "  1  NAT #1 (edge.cfg:1): out dmz\n     static\nverdict accept (forward)\n", `"steps":[{"stage":"NAT","rule":1,"line":1,"text":"static","action":"out dmz"}]`},
	} {
		trace := e.Walk(e.Arrive(packet.Flow{
			In: "outside", Src: netip.MustParseAddr("198.51.100.7"), Dst: netip.MustParseAddr(c.to), Proto: packet.TCP, SrcPort: 40000, DstPort: 443, TCPFlags: packet.SYN,
		}, rules.Forward))
		if text := traceText(t, nil, trace); !strings.Contains(text, c.text) {
			t.Errorf("%q is missing in\n%s", c.text, text)
		}
		var b bytes.Buffer
		if err := WriteTraceJSON(&b, nil, trace); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.json) {
			t.Errorf("%s is missing in\n%s", c.json, &b)
		}
	}
}

func TestTraceIDIsClean(t *testing.T) {
	trace := follow(t, source.NewFile("edge.rules", []byte(edgeText)), 445, nil)
	for id, want := range map[string]string{
		"::error::x": "\\x3a:error::x:\n", "a\x1b[31m": "a\\x1b[31m:\n", "a\n::error::": "a\\x0a::error:::\n", "##vso[x]": "\\x23#vso[x]:\n", "\u202ea": "\\u{202e}a:\n",
	} {
		if text := traceText(t, id, trace); !strings.HasPrefix(text, want) {
			t.Errorf("id %q: got %q", id, text)
		}
		var b bytes.Buffer
		if err := WriteTraceErrorText(&b, id, errors.New("bad \x1b[0m")); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != want+"verdict unknown: bad \\x1b[0m\n" {
			t.Errorf("id %q: got %q", id, got)
		}
	}
}

// A witness is a question that trace takes: it says which way the packet goes
// where that does not follow from the rest.
func TestWitnessTellsItsWay(t *testing.T) {
	flow := packet.Flow{Src: netip.MustParseAddr("10.20.0.11"), Dst: netip.MustParseAddr("203.0.113.10"), Proto: packet.TCP, SrcPort: 1, DstPort: 2, TCPFlags: packet.SYN}
	for _, c := range []struct {
		in, out    string
		hook       rules.Hook
		word, line string
	}{
		{"", "", rules.Output, "output", " hook output"},
		{"", "eth0", rules.Output, "output", " out eth0"},
		{"eth0", "", rules.Input, "input", " in eth0"},
		{"", "", rules.Forward, "", ":2"},
	} {
		f := flow
		f.In, f.Out = c.in, c.out
		if got := hookWord(c.hook); got != c.word {
			t.Errorf("hookWord(%v) = %q", c.hook, got)
		}
		if got := witnessOf(&eval.Trace{Flow: f, Hook: c.hook}); !strings.HasSuffix(got, c.line) {
			t.Errorf("got %q, want it to end with %q", got, c.line)
		}
	}
}

// TestTraceOfATentativeTranslation shows a translation where it happens: at the end
// of the list, by the rule whose verdict holds.
func TestTraceOfATentativeTranslation(t *testing.T) {
	f := source.NewFile("pf.conf", []byte("match\npass\n"))
	to := &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(netip.MustParseAddr("10.20.0.11"))}}}
	c := &rules.Chain{Name: "pf in", Policy: rules.Action{Verdict: rules.Accept}, Span: f.Line(1), Rules: []*rules.Rule{
		{Action: rules.Action{NAT: to}, Span: f.Line(1)},
		{Action: rules.Action{Verdict: rules.Accept, Tentative: true, NAT: &rules.NAT{Dst: packet.Rewrite{Restore: true}}}, Span: f.Line(2)},
	}}
	stage := &rules.Stage{Hook: rules.Prerouting, Chain: c, Filters: true, Route: true, Next: []rules.Edge{{}}}
	e := eval.New(&rules.Device{Chains: []*rules.Chain{c}, Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: stage}}}})
	flow := packet.Flow{In: "em0", Out: "em1", Src: netip.MustParseAddr("203.0.113.7"), Dst: netip.MustParseAddr("203.0.113.10"), Proto: packet.TCP, SrcPort: 40000, DstPort: 443, TCPFlags: packet.SYN}
	got := traceText(t, nil, e.Walk(e.Arrive(flow, rules.Forward)))
	want := `packet  tcp 203.0.113.7:40000 > 203.0.113.10:443 in em0 out em1
  1  pf in #1 (pf.conf:1): dnat
     match
  2  pf in #2 (pf.conf:2): accept, unless a later rule decides
     pass
  3  pf in #2 (pf.conf:2): dst as it came, accept: no later rule decides
     pass
verdict accept (forward)
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
