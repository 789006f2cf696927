package asa_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/asa"
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestCases holds the parser to the reference sheet: every packet of every case
// (case_test.go says how they are written) is followed, and asked about as a set
// of one.
func TestCases(t *testing.T) {
	for _, s := range scenarios(t, "cases") {
		t.Run(s.file+"/"+s.name, func(t *testing.T) { s.run(t) })
	}
}

// TestReading holds what is said of lines that are wrong or that are not
// modelled to the cases in testdata/reading.
func TestReading(t *testing.T) {
	for _, s := range scenarios(t, "reading") {
		t.Run(s.file+"/"+s.name, func(t *testing.T) { s.run(t) })
	}
}

func parseText(tb testing.TB, name string, text []byte) dialect.Result {
	tb.Helper()
	f := source.NewFile(name, text)
	r := asa.Parse(dialect.Input{Name: "device", Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	for _, d := range r.Devices {
		if err := d.Model.Validate(); err != nil {
			tb.Fatalf("%s: the device is not valid: %v", name, err)
		}
		for i, c := range d.Statements {
			if !c.IsBalanced() {
				tb.Errorf("%s: statements of file %d are not accounted for: %+v", name, i, c)
			}
		}
	}
	return r
}

func (s *scenario) run(t *testing.T) {
	t.Helper()
	r := parseText(t, "edge.asa", []byte(s.text))
	s.checkProblems(t, r.Problems)
	s.checkStatements(t, &r)
	s.checkWords(t, &r)
	if s.devices > 0 && len(r.Devices) != s.devices {
		t.Errorf("there are %d devices, want %d", len(r.Devices), s.devices)
	}
	engines := map[string]*eval.Engine{}
	for _, d := range r.Devices {
		engines[d.Context] = eval.New(d.Model)
	}
	for _, q := range s.packets {
		e := engines[q.context]
		if e == nil {
			t.Errorf("there is no context %q", q.context)
			continue
		}
		trace := e.Walk(e.Arrive(q.flow, q.hook))
		for _, end := range q.ends(e, trace) {
			if wrong := q.judge(e, end); wrong != "" {
				t.Errorf("%s\n\tgot: %s\n%s", q.line, wrong, story(end))
				break
			}
		}
		if wrong := q.agrees(e, trace); wrong != "" {
			t.Errorf("%s\n\tgot: %s\n%s", q.line, wrong, story(trace))
		}
	}
}

// checkProblems compares the problems with the expected ones. Of those that no
// line expects, malformed and undefined ones are failures.
func (s *scenario) checkProblems(t *testing.T, problems []source.Problem) {
	t.Helper()
	met := make([]bool, len(s.problems))
	reported := make([]bool, len(s.reports))
	for _, p := range problems {
		at := p.Span.Position()
		line := at.Line - s.before
		expected := false
		for i, e := range s.problems {
			if e.kind == p.Kind.String() && e.line == line && (e.column == 0 || e.column == at.Column) && strings.Contains(p.Message, e.words) {
				met[i], expected = true, true
			}
		}
		for i, words := range s.reports {
			if strings.Contains(p.Message+p.Span.Text(), words) {
				reported[i], expected = true, true
			}
		}
		if !expected && (p.Kind == source.Malformed || p.Kind == source.Undefined) {
			t.Errorf("%d:%d: %s: %s", line, at.Column, p.Kind, p.Message)
		}
	}
	for i, e := range s.problems {
		if !met[i] {
			t.Errorf("no problem: %s %d:%d %s", e.kind, e.line, e.column, e.words)
		}
	}
	for i, words := range s.reports {
		if !reported[i] {
			t.Errorf("no problem of any kind about %q", words)
		}
	}
}

func (s *scenario) checkStatements(t *testing.T, r *dialect.Result) {
	t.Helper()
	var c source.Count
	for _, d := range r.Devices {
		for _, n := range d.Statements {
			c = c.Plus(n)
		}
	}
	got := map[string]int{
		"total": c.Total, "modelled": c.Modelled, "ignored": c.Ignored, "unsupported": c.Unsupported, "undefined": c.Undefined, "malformed": c.Malformed,
	}
	for kind, n := range s.counts {
		if got[kind] != n {
			t.Errorf("%d statements are %s, want %d: %+v", got[kind], kind, n, c)
		}
	}
}

// checkWords looks for what must be said, and for what must not be.
func (s *scenario) checkWords(t *testing.T, r *dialect.Result) {
	t.Helper()
	var assumptions, all bytes.Buffer
	for _, d := range r.Devices {
		fmt.Fprintln(&assumptions, strings.Join(d.Assumptions, "\n"))
		if err := d.Model.Format(&all); err != nil {
			t.Fatal(err)
		}
	}
	for _, words := range s.assumes {
		if !strings.Contains(assumptions.String(), words) {
			t.Errorf("nothing is assumed about %q: %s", words, &assumptions)
		}
	}
	all.Write(assumptions.Bytes())
	for _, p := range r.Problems {
		fmt.Fprintln(&all, p.Message, p.Span.Text())
	}
	for _, words := range s.hidden {
		if strings.Contains(all.String(), words) {
			t.Errorf("%q is shown: %s", words, &all)
		}
	}
}

// ends returns the ways on which a packet may have passed. There are two where
// it passes whatever an unknown condition is, but is translated as that says: Walk
// does not know then how the packet ends.
func (q *question) ends(e *eval.Engine, trace *eval.Trace) []*eval.Trace {
	if q.verdict != rules.Accept || trace.Verdict != rules.Undecided || trace.Depends == nil {
		return []*eval.Trace{trace}
	}
	var list []*eval.Trace
	for _, holds := range []bool{true, false} {
		start := e.Arrive(q.flow, q.hook)
		start.Outcome = packet.Outcome{trace.Depends.Key: holds}
		end := e.Walk(start)
		if end.Verdict != rules.Accept {
			return []*eval.Trace{trace}
		}
		list = append(list, end)
	}
	return list
}

// judge compares what became of a packet with what was expected of it. It
// returns what is wrong.
func (q *question) judge(e *eval.Engine, trace *eval.Trace) string {
	verdict := trace.Verdict
	if verdict == rules.Reject {
		verdict = rules.Drop
	}
	if verdict != q.verdict {
		got := trace.Verdict.String()
		if trace.Depends != nil {
			got += ": " + trace.Depends.Reason
		}
		return got
	}
	l := q.left
	if l == nil {
		return ""
	}
	f := &trace.Left
	switch {
	case l.here != (trace.Hook == rules.Input):
		return "it goes by " + trace.Hook.String()
	case l.out != "" && !f.Knows(packet.Out):
		return "it is not known by which interface it leaves"
	case l.out != "" && f.Out != l.out:
		return "it leaves by " + f.Out
	case l.here:
		return ""
	}
	src, dst := l.src, l.dst
	if l.same {
		src = end{q.flow.Src, q.flow.Src, int(q.flow.SrcPort)}
		dst = end{q.flow.Dst, q.flow.Dst, int(q.flow.DstPort)}
		if !q.flow.Proto.HasPorts() {
			src.port, dst.port = -1, -1
		}
	}
	got := fmt.Sprintf("it leaves as %v", f)
	if !src.holds(e, trace, q.hook, packet.Src, packet.SrcPort) || !dst.holds(e, trace, q.hook, packet.Dst, packet.DstPort) {
		return got
	}
	return ""
}

// holds reports whether an end of the packet that has passed is as expected.
func (n *end) holds(e *eval.Engine, trace *eval.Trace, hook rules.Hook, addrField, portField packet.Field) bool {
	f := &trace.Left
	if n.port >= 0 && (!f.Knows(portField) || port(f, portField) != n.port) {
		return false
	}
	switch {
	case !n.first.IsValid():
		return true
	case f.Knows(addrField):
		return n.first.Compare(*addr(f, addrField)) <= 0 && addr(f, addrField).Compare(n.last) <= 0
	case n.first == n.last:
		return false
	}
	// The device chooses. It can choose the first and the last, and neither of those beside them.
	for _, a := range []struct {
		to  *packet.Flow
		can bool
	}{
		{with(f, addrField, *n), true},
		{with(f, addrField, end{first: n.last}), true},
		{with(f, addrField, end{first: n.first.Prev()}), false},
		{with(f, addrField, end{first: n.last.Next()}), false},
	} {
		start := e.Arrive(trace.Flow, hook)
		start.Toward = a.to
		chosen := e.Walk(start).Left
		if a.can != (chosen.Knows(addrField) && *addr(&chosen, addrField) == *addr(a.to, addrField)) {
			return false
		}
	}
	return true
}

// with returns the packet with another address.
func with(f *packet.Flow, field packet.Field, n end) *packet.Flow {
	g := *f
	*addr(&g, field) = n.first
	g.Lost &^= packet.Fields(field)
	return &g
}

// addr returns the address at one end of a packet.
func addr(f *packet.Flow, field packet.Field) *netip.Addr {
	if field == packet.Src {
		return &f.Src
	}
	return &f.Dst
}

func port(f *packet.Flow, field packet.Field) int {
	if field == packet.SrcPort {
		return int(f.SrcPort)
	}
	return int(f.DstPort)
}
