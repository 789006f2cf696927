package pf

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpusOf returns the texts of the corpus, which lies beside the repository where
// it is there at all.
func corpusOf(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("../../../shared/corpus/pf/*/*")
	if err != nil || len(files) == 0 {
		tb.Skip("the corpus is not here")
	}
	return files
}

func parseCorpus(tb testing.TB, name, flavour string) dialect.Result {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	f := source.NewFile(filepath.Base(name), text)
	r := Parse(dialect.Input{Name: "device", Files: []*source.File{f}, Flavour: flavour, Limits: dialect.DefaultLimits, Open: beside(name)})
	if err := r.Devices[0].Model.Validate(); err != nil {
		tb.Errorf("%s: %v", name, err)
	}
	return r
}

// beside opens files that lie beside a text.
func beside(name string) func(string, string) ([]*source.File, error) {
	return func(_, path string) ([]*source.File, error) {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(name), filepath.Base(path)))
		if err != nil {
			return nil, err
		}
		return []*source.File{source.NewFile(filepath.Base(path), text)}, nil
	}
}

// TestCorpusIsLowered lowers every text of the corpus: what comes out is valid, and
// the same each time.
func TestCorpusIsLowered(t *testing.T) {
	for _, name := range corpusOf(t) {
		var texts [2]strings.Builder
		for i := range texts {
			if err := parseCorpus(t, name, "").Devices[0].Model.Format(&texts[i]); err != nil {
				t.Fatal(err)
			}
		}
		if texts[0].String() != texts[1].String() {
			t.Errorf("%s: it comes out in two ways", name)
		}
	}
}

// group is a run of rules of a chain that do the same.
type group struct {
	does  string
	match packet.Set
	span  source.Span
}

// comparison holds two devices against each other.
type comparison struct {
	u *packet.Universe
}

// groups returns what the chains of a device do, one behind the other.
func (c *comparison) groups(d *rules.Device) []group {
	var out []group
	for _, chain := range d.Chains {
		for _, r := range chain.Rules {
			if r.Action.Verdict == rules.Continue && !r.Action.Changes() {
				continue
			}
			g := group{chain.Name + ": " + doing(&r.Action), c.match(r.Match), r.Span}
			if n := len(out); n > 0 && out[n-1].does == g.does {
				out[n-1].match = out[n-1].match.Or(g.match)
				continue
			}
			out = append(out, g)
		}
	}
	return out
}

// doing says what an action does.
func doing(a *rules.Action) string {
	text := fmt.Sprint(a.Verdict, a.Tentative, a.Out)
	if a.NAT != nil {
		text += fmt.Sprintf(" %+v", *a.NAT)
	}
	for _, s := range a.Set {
		text += fmt.Sprintf(" %+v", s)
	}
	if a.Target != nil {
		text += " " + a.Target.Name
	}
	return text
}

func (c *comparison) match(m rules.Match) packet.Set {
	s := c.u.All()
	for i := range m {
		s = s.And(c.term(&m[i]))
	}
	return s
}

// term returns the packets of a term. What is not known is the same where the same
// is said of it.
func (c *comparison) term(t *rules.Term) packet.Set {
	s, has := c.u.None(), c.u.All()
	if t.Boxes != nil {
		s, has = c.u.Box(t.Boxes), c.u.Has(t.Boxes)
	}
	if x := t.Unknown; x != nil {
		holds := c.u.Unknown(x.Reason, x.Doubt)
		if x.Within != nil {
			holds = holds.Where(x.Within)
		}
		s = s.Or(holds)
	}
	if t.Negated {
		return has.Minus(s)
	}
	return has.And(s)
}

// differences returns in what two devices differ, rule for rule.
func differences(a, b *rules.Device) []string {
	names := append(a.Patterns(), b.Patterns()...)
	c := &comparison{packet.NewUniverse(packet.Space{Nodes: 8_000_000, Names: names})}
	one, other := c.groups(a), c.groups(b)
	var out []string
	for i := range min(len(one), len(other)) {
		x, y := one[i], other[i]
		switch {
		case x.does != y.does:
			out = append(out, fmt.Sprintf("%q does %s\n\t\t%q does %s", line(x.span), x.does, line(y.span), y.does))
		case x.match != y.match:
			more, less := x.match.Minus(y.match), y.match.Minus(x.match)
			text := fmt.Sprintf("%s: %q\n\t\t%q", x.does, line(x.span), line(y.span))
			if f, _, ok := more.Example(); ok {
				text += fmt.Sprintf("\n\t\tmore: %v", &f)
			}
			if f, _, ok := less.Example(); ok {
				text += fmt.Sprintf("\n\t\tless: %v", &f)
			}
			out = append(out, text)
		default:
			continue
		}
		break
	}
	if len(out) == 0 && len(one) != len(other) {
		out = append(out, fmt.Sprintf("there are %d groups of rules, and %d", len(one), len(other)))
	}
	return out
}

func line(s source.Span) string { return strings.Join(strings.Fields(s.Text()), " ") }

// TestPrintedFormsAgree compares texts with what pfctl prints of them.
func TestPrintedFormsAgree(t *testing.T) {
	pairs := 0
	for _, name := range corpusOf(t) {
		printed := strings.TrimSuffix(name, ".in") + ".ok"
		if !strings.HasSuffix(name, ".in") || strings.Contains(filepath.Base(name), "fail") {
			continue
		}
		if _, err := os.Stat(printed); err != nil {
			continue
		}
		pairs++
		flavour := "pf-openbsd"
		if strings.Contains(name, "freebsd") {
			flavour = "pf-freebsd"
		}
		short := strings.TrimPrefix(strings.TrimSuffix(name, ".in"), "../../../shared/corpus/pf/")
		t.Run(short, func(t *testing.T) {
			diff := differences(parseCorpus(t, name, flavour).Devices[0].Model, parseCorpus(t, printed, flavour).Devices[0].Model)
			why := differing[short]
			switch {
			case why != "" && len(diff) == 0:
				t.Errorf("they agree, though they are said not to: %s", why)
			case why == "" && len(diff) > 0:
				t.Error(strings.Join(diff, "\n\t"))
			}
		})
	}
	for name := range differing {
		if !slices.ContainsFunc(corpusOf(t), func(f string) bool { return strings.HasSuffix(f, name+".in") }) {
			t.Errorf("%s is not in the corpus", name)
		}
	}
	t.Logf("%d pairs", pairs)
}

// differing are the pairs that differ, and why.
var differing = map[string]string{
	"freebsd-tests/pf0014":     "a scope binds a rule to the interface of its name (fe80::1%lo0), which is not followed",
	"openbsd-regress/pf14":     "the same",
	"freebsd-tests/pf0095":     "the file that it includes is not in the corpus",
	"openbsd-regress/pf80":     "pfctl does not print that binat-to keeps the host part of addresses",
	"openbsd-regress/pfopt1":   "it was read with a macro given on the command line",
	"openbsd-regress/pfsetup4": "interface lo1000000 had an address where it was printed",
}
