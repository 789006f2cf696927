package pf_test

import (
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/pf"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// mainFile is the name of the configuration of a case.
const mainFile = "pf.conf"

// TestCases holds what is made of configurations to the reference sheet.
func TestCases(t *testing.T) {
	for _, s := range scenarios(t, "cases") {
		t.Run(s.file+"/"+s.name, s.run)
	}
}

// TestReading holds what is said of configurations to the reference sheet.
func TestReading(t *testing.T) {
	for _, s := range scenarios(t, "reading") {
		t.Run(s.file+"/"+s.name, s.run)
	}
}

// input returns what the parser is given.
func (s *scenario) input() dialect.Input {
	in := dialect.Input{
		Name: "device", Files: []*source.File{source.NewFile(mainFile, []byte(s.text))}, Flavour: s.flavour,
		Limits: dialect.DefaultLimits, Open: s.open, Interfaces: s.interfaces(),
	}
	if !s.untold {
		in.Default = []string{"em0"}
	}
	return in
}

// open returns one of the files that the case has beside its configuration.
func (s *scenario) open(_, name string) ([]*source.File, error) {
	for have, text := range s.files {
		if have == name || path.Base(have) == path.Base(name) {
			return []*source.File{source.NewFile(have, []byte(text))}, nil
		}
	}
	return nil, fs.ErrNotExist
}

// interfaces returns what is told of the device's interfaces.
func (s *scenario) interfaces() []rules.Interface {
	if s.untold {
		return nil
	}
	var list []rules.Interface
	for _, i := range []struct{ name, v4, v6 string }{
		{"em0", "198.51.100.2/24", "2001:db8:1::2/64"},
		{"em1", "10.0.0.1/24", "2001:db8:a::1/64"},
		{"em2", "10.0.1.1/24", "2001:db8:b::1/64"},
	} {
		addrs := []netip.Prefix{netip.MustParsePrefix(i.v4)}
		if s.v6 {
			addrs = append(addrs, netip.MustParsePrefix(i.v6))
		}
		list = append(list, rules.Interface{Name: i.name, Addrs: addrs})
	}
	return list
}

// device returns the device with what is told of it, as the linter does.
func (s *scenario) device(d *rules.Device) *rules.Device {
	var routes []rules.Route
	if !s.untold {
		routes = append(routes, rules.Route{To: netip.MustParsePrefix("0.0.0.0/0"), Out: "em0"})
	}
	if s.v6 {
		routes = append(routes, rules.Route{To: netip.MustParsePrefix("::/0"), Out: "em0"})
	}
	return d.With(s.interfaces(), routes)
}

func (s *scenario) run(t *testing.T) {
	r := pf.Parse(s.input())
	if len(r.Devices) != 1 {
		t.Fatalf("there are %d devices", len(r.Devices))
	}
	d := &r.Devices[0]
	if err := d.Model.Validate(); err != nil {
		t.Fatalf("the device is not valid: %v", err)
	}
	s.checkProblems(t, r.Problems)
	s.checkStatements(t, d)
	s.checkWords(t, d)
	if s.language != "" {
		if got := pf.LanguageOf(s.input()); got != s.language {
			t.Errorf("the language is told to be %s, want %s", got, s.language)
		}
	}
	s.checkPackets(t, eval.New(s.device(d.Model)))
}

// checkPackets asks about each packet, and about the answers to it.
func (s *scenario) checkPackets(t *testing.T, e *eval.Engine) {
	t.Helper()
	var before *eval.Trace // of the last packet that opened a conversation
	for i := range s.packets {
		q := &s.packets[i]
		if q.answer != 0 {
			if before == nil || before.Verdict != rules.Accept {
				continue // that it did not pass is said already
			}
			q.fill(&before.Flow, &before.Left, before.Hook)
		}
		start := q.arrive(e)
		trace := e.Walk(start)
		if q.answer == 0 {
			before = trace
		}
		if wrong := q.wrong(e, trace); wrong != "" {
			t.Error(wrong)
		}
	}
}

// wrong says what is wrong with what became of a packet; empty: nothing.
func (q *question) wrong(e *eval.Engine, trace *eval.Trace) string {
	for _, end := range q.ends(e, trace) {
		if wrong := q.judge(e, end); wrong != "" {
			return q.line + "\n\tgot: " + wrong + "\n" + story(end)
		}
	}
	if wrong := q.agrees(e, trace); wrong != "" {
		return q.line + "\n\tgot: " + wrong + "\n" + story(trace)
	}
	return ""
}

// arrive returns the packet at the beginning of its way.
func (q *question) arrive(e *eval.Engine) eval.Start {
	start := e.Arrive(q.flow, q.hook)
	if q.knowsTOS {
		start.Flow.Lost &^= packet.Fields(packet.TOS)
	}
	return start
}

// checkProblems compares the problems with the expected ones. Of those that no
// line expects, malformed and undefined ones are failures.
func (s *scenario) checkProblems(t *testing.T, problems []source.Problem) {
	t.Helper()
	met := make([]bool, len(s.problems))
	reported := make([]bool, len(s.reports))
	for i := range problems {
		p := &problems[i]
		expected := false
		for i := range s.problems {
			if s.problems[i].is(p, s.before) {
				met[i], expected = true, true
			}
		}
		for i, words := range s.reports {
			if strings.Contains(p.Message+p.Span.Text(), words) {
				reported[i], expected = true, true
			}
		}
		if !expected && (p.Kind == source.Malformed || p.Kind == source.Undefined) {
			at := p.Span.Position()
			t.Errorf("%d:%d: %s: %s", at.Line-s.before, at.Column, p.Kind, p.Message)
		}
	}
	var all []string
	for i := range problems {
		at := problems[i].Span.Position()
		all = append(all, fmt.Sprintf("%s %d:%d %s", problems[i].Kind, at.Line-s.before, at.Column, problems[i].Message))
	}
	for i, e := range s.problems {
		if !met[i] {
			t.Errorf("no problem: %s %d:%d %s\n\tbut: %s", e.kind, e.line, e.column, e.words, strings.Join(all, "\n\t     "))
		}
	}
	for i, words := range s.reports {
		if !reported[i] {
			t.Errorf("no problem of any kind about %q", words)
		}
	}
}

// is reports whether a problem is the expected one.
func (e *expectedProblem) is(p *source.Problem, before int) bool {
	at := p.Span.Position()
	file, line := p.Span.File.Name, at.Line
	if file == mainFile {
		file, line = "", line-before
	}
	return (e.kind == "problem" || e.kind == p.Kind.String()) && e.file == file && e.line == line &&
		(e.column == 0 || e.column == at.Column) && strings.Contains(p.Message+" "+p.Span.Text(), e.words)
}

func (s *scenario) checkStatements(t *testing.T, d *dialect.Device) {
	t.Helper()
	var c source.Count
	for i, n := range d.Statements {
		if !n.IsBalanced() {
			t.Errorf("statements of file %d are not accounted for: %+v", i, n)
		}
		c = c.Plus(n)
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

// checkWords looks for what must be said of the device.
func (s *scenario) checkWords(t *testing.T, d *dialect.Device) {
	t.Helper()
	assumptions := strings.Join(d.Assumptions, "\n")
	for _, words := range s.assumes {
		if !strings.Contains(assumptions, words) {
			t.Errorf("nothing is assumed about %q: %s", words, assumptions)
		}
	}
	for _, words := range s.inspects {
		found := false
		for _, i := range d.Model.Inspections {
			found = found || i.Protocol == words
		}
		if !found {
			t.Errorf("nothing inspects %s", words)
		}
	}
	for name, outside := range s.faces {
		var facing rules.Facing
		for i := range d.Model.Interfaces {
			if d.Model.Interfaces[i].Name == name {
				facing = d.Model.Interfaces[i].Facing
			}
		}
		if got := facing == rules.Outside || facing == rules.PerhapsOutside; got != outside {
			t.Errorf("%s looks outside: %t, want %t", name, got, outside)
		}
	}
}
