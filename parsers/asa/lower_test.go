package asa_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/asa"
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

const (
	head = "ASA Version 9.12(4)\n"
	// edge has an outside, an inside and a DMZ.
	edge = head + `interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.0.0.1 255.255.255.0
interface GigabitEthernet0/2
 nameif dmz
 security-level 50
 ip address 10.0.1.1 255.255.255.0
route outside 0.0.0.0 0.0.0.0 198.51.100.1
`
)

// lowerText returns what a configuration of one device says.
func lowerText(tb testing.TB, text string) (*rules.Device, dialect.Result) {
	tb.Helper()
	r := asa.Parse(dialect.Input{Name: "edge", Files: []*source.File{source.NewFile("edge.cfg", []byte(text))}, Limits: dialect.DefaultLimits})
	for i := range r.Devices {
		if err := r.Devices[i].Model.Validate(); err != nil {
			tb.Fatalf("the model is not valid: %v", err)
		}
	}
	return r.Devices[0].Model, r
}

// chainOf returns the chain of an access list.
func chainOf(t *testing.T, d *rules.Device, name string) *rules.Chain {
	t.Helper()
	for _, c := range d.Chains {
		if c.Name == "access-list "+name {
			return c
		}
	}
	t.Fatalf("there is no chain of access-list %s", name)
	return nil
}

// TestMembers: a condition on a group knows the member lines, those of nested
// groups included, and the groups that they come from (3.3).
func TestMembers(t *testing.T) {
	d, _ := lowerText(t, edge+`object network WEB
 host 10.0.1.5
object-group network INNER
 network-object 10.0.2.0 255.255.255.0
 network-object object WEB
object-group network OUTER
 group-object INNER
 network-object host 10.0.1.6
object-group service PORTS tcp
 port-object eq www
 port-object range 8000 8010
access-list OUT extended permit tcp any object-group OUTER object-group PORTS
access-group OUT in interface outside
`)
	rule := chainOf(t, d, "OUT").Rules[0]
	if len(rule.Match) != 3 {
		t.Fatalf("the entry has %d conditions, want 3", len(rule.Match))
	}
	for _, c := range []struct {
		term                int
		text, from, members string
	}{
		{0, "tcp", "", ""},
		{1, "object-group OUTER", "object-group network OUTER; object-group network INNER", "network-object 10.0.2.0 255.255.255.0; network-object object WEB; network-object host 10.0.1.6"},
		{2, "object-group PORTS", "object-group service PORTS tcp", "port-object eq www; port-object range 8000 8010"},
	} {
		term := &rule.Match[c.term]
		if got := term.Span.Text(); got != c.text {
			t.Errorf("condition %d is at %q, want %q", c.term, got, c.text)
		}
		if term.Origin == nil {
			if c.from != "" {
				t.Errorf("condition %d has no origin", c.term)
			}
			continue
		}
		var from, members []string
		for _, s := range term.Origin.From {
			from = append(from, s.Text())
		}
		for _, m := range term.Origin.Members {
			members = append(members, m.Span.Text())
		}
		if got := strings.Join(from, "; "); got != c.from {
			t.Errorf("condition %d comes from %q, want %q", c.term, got, c.from)
		}
		if got := strings.Join(members, "; "); got != c.members {
			t.Errorf("condition %d has the members %q, want %q", c.term, got, c.members)
		}
	}
}

// TestServiceMembers: a member of a service group brings in its protocol and port.
func TestServiceMembers(t *testing.T) {
	d, _ := lowerText(t, edge+`object-group service SVC
 service-object tcp destination eq https
 service-object udp destination eq domain
 service-object icmp echo
access-list OUT extended permit object-group SVC any host 10.0.1.5
access-group OUT in interface outside
`)
	term := &chainOf(t, d, "OUT").Rules[0].Match[0]
	if got := len(term.Origin.Members); got != 3 {
		t.Fatalf("the group has %d members, want 3", got)
	}
	for i, want := range [][]packet.Field{{packet.Protocol, packet.DstPort}, {packet.Protocol, packet.DstPort}, {packet.Protocol, packet.ICMPType}} {
		if got := term.Origin.Members[i].Boxes.Fields(); !slices.Equal(got, want) {
			t.Errorf("member %d is about %v, want %v", i+1, got, want)
		}
	}
}

// TestFacing: what shows which way an interface looks.
func TestFacing(t *testing.T) {
	block := func(name string, level int, address string) string {
		return fmt.Sprintf("interface %s\n nameif %s\n security-level %d\n ip address %s\n", "Ethernet"+name, name, level, address)
	}
	private := "255.255.255.0"
	for name, c := range map[string]struct {
		text string
		want map[string]rules.Facing
		why  string
	}{
		"level and route": {
			head + block("wan", 0, "192.168.1.2 "+private) + block("lan", 100, "10.0.0.1 "+private) + "route wan 0.0.0.0 0.0.0.0 192.168.1.1\n",
			map[string]rules.Facing{"wan": rules.Outside, "lan": rules.Inside},
			"its security level is 0 and the default route leads there",
		},
		"level and address": {
			head + block("wan", 0, "203.0.113.2 "+private) + block("guests", 0, "10.9.0.1 "+private),
			map[string]rules.Facing{"wan": rules.Outside, "guests": rules.NotTold},
			"its security level is 0 and it has an address of the Internet",
		},
		"two of level 0": {
			head + block("a", 0, "10.8.0.1 "+private) + block("b", 0, "10.9.0.1 "+private) + block("c", 50, "10.7.0.1 "+private),
			map[string]rules.Facing{"a": rules.PerhapsOutside, "b": rules.PerhapsOutside, "c": rules.NotTold},
			"its security level is 0",
		},
		"a default route alone": {
			head + block("a", 10, "10.8.0.1 "+private) + block("b", 50, "10.9.0.1 "+private) + "route a 0 0 10.8.0.2\n",
			map[string]rules.Facing{"a": rules.Outside, "b": rules.NotTold},
			"the default route leads there",
		},
		"a part of a configuration": {
			head + "access-list X extended permit tcp any any4\naccess-group X in interface outside\naccess-group X in interface mid\n",
			map[string]rules.Facing{"outside": rules.Outside, "mid": rules.NotTold},
			"it is called outside",
		},
	} {
		d, _ := lowerText(t, c.text)
		why := ""
		for _, i := range d.Interfaces {
			if i.Facing != c.want[i.Name] {
				t.Errorf("%s: interface %s faces %v, want %v", name, i.Name, i.Facing, c.want[i.Name])
			}
			if i.Facing == rules.Outside || i.Facing == rules.PerhapsOutside {
				why = i.Why
			}
		}
		if why != c.why {
			t.Errorf("%s: because %q, want %q", name, why, c.why)
		}
	}
}

// TestDefinitions: what has a name is listed with its uses, and what has none as
// missing.
func TestDefinitions(t *testing.T) {
	d, r := lowerText(t, edge+`object network WEB
 host 10.0.1.5
object-group network SERVERS
 network-object object WEB
 network-object host 10.0.1.6
access-list OUT extended permit tcp any object-group SERVERS eq https
access-list OUT extended permit tcp any object-group SERVRES eq www
access-list OLD extended permit ip any any4
access-group OUT in interface outside
`)
	var got []string
	for _, x := range d.Definitions {
		line := fmt.Sprintf("%s %s", x.Kind, x.Name)
		for _, a := range x.Addrs {
			line += " " + a.First.String()
		}
		for _, u := range x.Uses {
			line += fmt.Sprintf(" used:%d", u.Line())
		}
		if x.Missing {
			line += " missing"
		}
		if x.List {
			line += " list"
		}
		got = append(got, line)
	}
	first := strings.Count(edge, "\n")
	want := []string{
		fmt.Sprintf("object network WEB 10.0.1.5 used:%d", first+4),
		fmt.Sprintf("object-group network SERVERS 10.0.1.5 10.0.1.6 used:%d", first+6),
		fmt.Sprintf("access-list OUT used:%d list", first+9),
		"access-list OLD list",
		fmt.Sprintf("object-group network SERVRES used:%d missing", first+7),
	}
	if !slices.Equal(got, want) {
		t.Errorf("definitions:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if i := slices.IndexFunc(r.Problems, func(p source.Problem) bool { return p.Kind == source.Undefined }); i < 0 || !strings.Contains(r.Problems[i].Message, "did you mean SERVERS?") {
		t.Errorf("the name that nothing defines is not reported: %v", r.Problems)
	}
}

// TestCircle: a group that holds itself is refused (3.3).
func TestCircle(t *testing.T) {
	_, r := lowerText(t, edge+`object-group network A
 network-object host 10.0.1.5
 group-object B
object-group network B
 group-object A
access-list OUT extended permit tcp any object-group A
access-group OUT in interface outside
`)
	if !slices.ContainsFunc(r.Problems, func(p source.Problem) bool {
		return p.Kind == source.Malformed && strings.Contains(p.Message, "holds itself")
	}) {
		t.Errorf("the circle is not reported: %v", r.Problems)
	}
}

// TestBlowUp: groups that nest each other many times over cost little.
func TestBlowUp(t *testing.T) {
	const levels, each = 14, 8
	var b strings.Builder
	b.WriteString(edge)
	for level := range levels {
		for i := range each {
			fmt.Fprintf(&b, "object-group network G%d_%d\n network-object host 10.%d.%d.1\n", level, i, level, i)
			if level > 0 {
				for j := range each {
					fmt.Fprintf(&b, " group-object G%d_%d\n", level-1, j)
				}
			}
		}
	}
	fmt.Fprintf(&b, "access-list OUT extended permit tcp object-group G%d_0 object-group G%d_1 eq https\naccess-group OUT in interface outside\n", levels-1, levels-1)
	d, _ := lowerText(t, b.String())
	if got, want := len(chainOf(t, d, "OUT").Rules[0].Match[1].Origin.Members), (levels-1)*each+1; got != want {
		t.Errorf("the group has %d members, want %d", got, want)
	}
}
