package pf

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// parseText parses one text.
func parseText(tb testing.TB, text string, limits dialect.Limits) (*rules.Device, dialect.Result) {
	tb.Helper()
	r := Parse(dialect.Input{Name: "fw", Files: []*source.File{source.NewFile("pf.conf", []byte(text))}, Limits: limits})
	if err := r.Devices[0].Model.Validate(); err != nil {
		tb.Fatal(err)
	}
	return r.Devices[0].Model, r
}

func TestNamesOfMacrosTellWhichWayInterfacesLook(t *testing.T) {
	for name, want := range map[string]rules.Facing{
		"ext_if": rules.Outside, "ExtIf2": rules.Outside, "WAN": rules.Outside, "wan1": rules.Outside, "if_ext": rules.Outside, "ext_int": rules.Outside, "extif": rules.Outside,
		"int_if": rules.Inside, "LAN": rules.Inside, "dmz": rules.Inside, "intif": rules.Inside, "DMZ_IF": rules.Inside,
		"tcp_services": rules.NotTold, "extra": rules.NotTold, "print": rules.NotTold, "if": rules.NotTold,
	} {
		if got := facingOf(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestInterfacesLook(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ext_if = em0\nint_if = em1\nblock in on $ext_if\npass in on $int_if\n", "em0 outside, em1 inside"},
		{"block in on egress\npass in on em1\n", "egress outside, em1 perhaps"},
		{"block in on egress\npass out on em1 from any nat-to 1.2.3.4\n", "em1 outside"}, // it is taken for the one of the group
		{"ext_if = em0\nblock in on egress\npass in on $ext_if\n", "em0 outside"},
		{"match out on em0 nat-to 1.2.3.4\nmatch out on em1 nat-to 1.2.3.4\n", "em0 perhaps, em1 perhaps"},
		{"nat on em0 from 10/8 to any -> (em0)\npass on em1 all\n", "em0 outside, em1"},
		{"set skip on { lo lo1 }\npass on vlan10\npass on wg\n", "vlan10"},
	} {
		d, _ := parseText(t, c.text, dialect.DefaultLimits)
		var list []string
		for _, i := range d.Interfaces {
			word := map[rules.Facing]string{rules.Outside: " outside", rules.Inside: " inside", rules.PerhapsOutside: " perhaps"}[i.Facing]
			list = append(list, i.Name+word)
			if i.Facing != rules.NotTold && (i.Why == "" || i.Span.IsZero()) {
				t.Errorf("%q: it is not said why %s looks so", c.text, i.Name)
			}
		}
		if got := strings.Join(list, ", "); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// TestPlaces looks for the members of lists in the values of macros.
func TestPlaces(t *testing.T) {
	d, _ := parseText(t, "web = \"10.20.0.11\"\nports = \"{ 443, 445 }\"\npass in proto tcp to $web port $ports\n", dialect.DefaultLimits)
	chain := d.Chains[slices.IndexFunc(d.Chains, func(c *rules.Chain) bool { return c.Name == "pf in" })]
	r := chain.Rules[len(chain.Rules)-1]
	if got := r.Span.Text(); got != "pass in proto tcp to $web port $ports" {
		t.Errorf("the rule is at %q", got)
	}
	var got []string
	for i := range r.Match {
		x := &r.Match[i]
		if x.Origin == nil {
			continue
		}
		var members []string
		for _, m := range x.Origin.Members {
			members = append(members, m.Span.Text())
		}
		got = append(got, fmt.Sprintf("%s: %s of line %d", x.Span.Text(), strings.Join(members, " "), x.Origin.From[0].Line()))
	}
	if want := []string{"10.20.0.11:  of line 1", "443, 445: 443 445 of line 2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(d.Definitions) != 2 || len(d.Definitions[0].Uses) != 1 || !slices.Equal(d.Definitions[0].Addrs, []packet.AddrRange{{First: d.Definitions[0].Addrs[0].First, Last: d.Definitions[0].Addrs[0].First}}) {
		t.Errorf("definitions: %+v", d.Definitions)
	}
}

func TestDefinitionsOfAnchors(t *testing.T) {
	files := []*source.File{
		source.NewFile("pf.conf", []byte("load anchor a from \"rules\"\nload anchor b from \"rules\"\nload anchor \"c/d\" from \"rules\"\nanchor a\nanchor \"c/*\"\n")),
		source.NewFile("rules", []byte("block quick\n")),
	}
	r := Parse(dialect.Input{Name: "fw", Files: files, Limits: dialect.DefaultLimits})
	var got []string
	for _, d := range r.Devices[0].Model.Definitions {
		got = append(got, fmt.Sprintf("%s %s %d %t", d.Kind, d.Name, len(d.Uses), d.List))
	}
	if want := []string{"anchor a 1 true", "anchor b 0 true", "anchor c/d 1 true"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestExpansionIsBounded lowers lists whose combinations are more than any memory
// holds.
func TestExpansionIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("pass from {")
	for i := range 3000 {
		fmt.Fprintf(&b, " !10.0.%d.%d", i/250, i%250)
	}
	b.WriteString(" } to {")
	for i := range 3000 {
		fmt.Fprintf(&b, " !10.1.%d.%d", i/250, i%250)
	}
	b.WriteString(" }\nanchor a quick {\n anchor b quick {\n  anchor \"/a\" quick\n }\n}\n")
	d, r := parseText(t, b.String(), dialect.Limits{Line: 1 << 20, Nesting: 64, Expansion: 100_000})
	n := 0
	for _, c := range d.Chains {
		n += len(c.Rules)
	}
	if n > 40_000 {
		t.Errorf("there are %d rules", n)
	}
	for _, words := range []string{"lists stand for more than", "leads back to itself"} {
		if !slices.ContainsFunc(r.Problems, func(p source.Problem) bool { return strings.Contains(p.Message, words) }) {
			t.Errorf("no problem is that %s", words)
		}
	}
}
