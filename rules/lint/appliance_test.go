package lint_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/rulestest"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

const (
	noList  = "interface dmz has no access list, and its security level 50 lets it open connections to lower levels"
	nodeIn  = "version: 1\nmoveit: {nodes: [10.20.0.11]}\n"
	applied = "access-group outside_in in interface outside"
)

// box is an appliance that is put together from lines: each stands for what the
// test makes of it.
type box struct {
	file  *source.File
	chain *rules.Chain // of what comes in
	*rules.Device
}

// newBox returns an appliance with three interfaces, which lets nothing pass but
// replies.
func newBox(lines ...string) *box {
	b := &box{file: source.NewFile("edge.cfg", []byte(strings.Join(lines, "\n")+"\n"))}
	net := func(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }
	b.chain = &rules.Chain{Name: "access-group in", Policy: rules.Action{Verdict: rules.Drop}, Implicit: "nothing lets it pass", Span: b.file.Line(1)}
	passed := &rules.Stage{Hook: rules.Forward, Chain: b.chain, Filters: true, Next: []rules.Edge{{}}}
	route := &rules.Stage{Hook: rules.Prerouting, Route: true, Next: []rules.Edge{{When: rules.Match{names(packet.Out, "")}}, {To: passed}}}
	b.Device = &rules.Device{
		Name: "edge", AllInterfaces: true, AllRoutes: true, Appliance: true,
		Interfaces: []rules.Interface{
			{Name: "outside", Addrs: net("203.0.113.1/24"), Facing: rules.Outside, Why: "its security level is 0"},
			{Name: "dmz", Addrs: net("10.20.0.1/24")},
			{Name: "inside", Addrs: net("10.30.0.1/24"), Facing: rules.Inside, Why: "its security level is 100"},
		},
		Routes:   []rules.Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Out: "outside"}},
		Chains:   []*rules.Chain{b.chain},
		Pipeline: rules.Pipeline{Entry: []rules.Edge{{When: rules.Match{{Boxes: packet.Number(packet.ConnState, uint32(packet.Established))}}}, {To: route}}},
	}
	return b
}

func names(f packet.Field, name string) rules.Term {
	return rules.Term{Boxes: packet.Names(f, packet.Pattern{Text: name})}
}

func hosts(f packet.Field, prefix string) rules.Term {
	return rules.Term{Boxes: packet.Prefixes(f, netip.MustParsePrefix(prefix))}
}

func tcp(ports ...packet.Range) *packet.Boxes {
	return packet.Product(packet.Number(packet.Protocol, uint32(packet.TCP)), packet.Numbers(packet.DstPort, ports...))
}

// at returns the text in the file.
func (b *box) at(text string) source.Span {
	i := strings.Index(string(b.file.Text), text)
	if i < 0 {
		panic("the file has no " + text)
	}
	return b.file.Span(i, i+len(text))
}

// accept adds a rule that stands at a text.
func (b *box) accept(text, implicit string, match ...rules.Term) {
	for i := range match {
		match[i].Span = b.at(text)
	}
	b.chain.Rules = append(b.chain.Rules, &rules.Rule{Match: match, Action: rules.Action{Verdict: rules.Accept}, Implicit: implicit, Span: b.at(text)})
}

func (b *box) run(t *testing.T, profile string) lint.Result {
	t.Helper()
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	p := site.Default()
	if profile != "" {
		p = rulestest.Profile(t, "site.yaml", profile)
	}
	r := lint.Run(lint.Target{Device: b.Device, Profile: p, First: b.file.Span(0, 0)}, checks.All(), checks.Inconclusive)
	lint.Sort(r.Findings, nil)
	return r
}

func ids(list []lint.Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Check.ID)
	}
	return strings.Join(out, " ")
}

// TestNoList covers an interface that has no access list: the place is its line.
func TestNoList(t *testing.T) {
	for _, c := range []struct{ name, profile string }{{"MOVEit is known", nodeIn}, {"MOVEit may be anybody", ""}} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox("interface Ethernet0/1", " nameif dmz", " security-level 50")
			b.accept("nameif dmz", noList, names(packet.In, "dmz"), names(packet.Out, "outside"))
			r := b.run(t, c.profile)
			if r.View != roles.Forward {
				t.Errorf("it is looked at as a %v", r.View)
			}
			i := slices.IndexFunc(r.Findings, func(f lint.Finding) bool { return f.Check.ID == "outbound-deny-all-missing" })
			if i < 0 || strings.Contains(ids(r.Findings), "undocumented") || strings.Contains(ids(r.Findings), "family") {
				t.Fatalf("got %s", ids(r.Findings))
			}
			f := r.Findings[i]
			if want := "connections from MOVEit to the Internet that no rule was written for are accepted: " + noList; f.Message != want {
				t.Errorf("got %q", f.Message)
			}
			if f.Span.Text() != "nameif dmz" || f.Label != "accepted here, though no rule says so" || !strings.HasPrefix(f.Remedy, "Write rules here") {
				t.Errorf("got %q, %s, %s", f.Span.Text(), f.Label, f.Remedy)
			}
			if certain := c.profile != ""; certain != (f.Certainty == lint.Certain) {
				t.Errorf("it is %v; %s", f.Certainty, f.Depends)
			}
		})
	}
}

// TestAnybodyBehindRoutes covers an appliance that tells its routes and not which
// host is MOVEit: one that no rule names is there all the same.
func TestAnybodyBehindRoutes(t *testing.T) {
	for _, c := range []struct {
		name  string
		match []rules.Term
		want  lint.Certainty // 0: nothing
	}{
		{"everything", []rules.Term{names(packet.In, "outside")}, lint.Certain},
		{"everything of IPv4", []rules.Term{names(packet.In, "outside"), hosts(packet.Dst, "0.0.0.0/0")}, lint.Certain},
		{"a whole network", []rules.Term{names(packet.In, "outside"), hosts(packet.Dst, "10.20.0.0/24")}, lint.Possible},
		{"one port of everything", []rules.Term{names(packet.In, "outside"), {Boxes: tcp(packet.One(443))}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox("permit")
			b.accept("permit", "", c.match...)
			r := b.run(t, "")
			var got lint.Certainty
			for _, f := range r.Findings {
				if f.Check.ID == "inbound-deny-all-missing" {
					got = f.Certainty
				}
				if f.Certainty == lint.Possible && f.Depends != "which interface leads to MOVEit" {
					t.Errorf("%s depends on %s", f.Check.ID, f.Depends)
				}
			}
			if got != c.want {
				t.Errorf("got %v: %s; %q", got, ids(r.Findings), r.Assumptions)
			}
		})
	}
}

// TestZoneByRoute covers a zone of which networks are declared alone: packets with
// its addresses that come in elsewhere are not from it.
func TestZoneByRoute(t *testing.T) {
	profile := nodeIn + "zones: {internal: {networks: [10.30.0.0/16]}}\n"
	for in, want := range map[string]string{"outside": "", "inside": "undocumented-inbound"} {
		b := newBox("permit")
		b.accept("permit", "", names(packet.In, in), hosts(packet.Src, "10.30.0.0/16"), rules.Term{Boxes: tcp(packet.One(8530))})
		r := b.run(t, profile)
		if got := ids(r.Findings); got != want {
			t.Errorf("in %s: got %s", in, got)
		}
		if !slices.Contains(r.Assumptions, "zone internal is behind interface inside: its networks are routed there") {
			t.Errorf("got %q", r.Assumptions)
		}
	}
}

// TestMemberOfAGroup covers groups that tell services by protocol and port.
func TestMemberOfAGroup(t *testing.T) {
	group := []string{"object-group service base", " service tcp 22", "object-group service ports", " service tcp 443", " service tcp 445", " service udp 445", " service tcp", " nodes", "permit", applied}
	member := map[string]*packet.Boxes{
		"service tcp 22": tcp(packet.One(22)), "service tcp 443": tcp(packet.One(443)), "service tcp 445": tcp(packet.One(445)),
		"service udp 445": packet.Product(packet.Number(packet.Protocol, uint32(packet.UDP)), packet.Number(packet.DstPort, 445)),
		"service tcp":     packet.Number(packet.Protocol, uint32(packet.TCP)),
		"nodes":           packet.Addresses(packet.Dst, packet.OneAddr(netip.MustParseAddr("10.20.0.11"))),
	}
	for _, c := range []struct {
		name    string
		members []string
		want    string
		related []string
	}{
		{"one port", []string{"service tcp 443", "service tcp 445"}, "service tcp 445", []string{applied, "permit", "object-group service ports"}},
		{"another protocol", []string{"service tcp 445", "service udp 445"}, "service tcp 445", []string{applied, "permit", "object-group service ports"}},
		{"a whole protocol", []string{"service udp 445", "service tcp"}, "service tcp", []string{applied, "permit", "object-group service ports"}},
		{"two that bring it in", []string{"service tcp 445", "service tcp"}, "permit", []string{applied}},
		{"none but addresses", []string{"nodes"}, "permit", []string{applied}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(group...)
			b.Definitions = []rules.Definition{{Kind: "object-group", Name: "ports", Span: b.at("object-group service ports")}}
			var boxes []*packet.Boxes
			origin := &rules.Origin{From: []source.Span{b.at("object-group service ports"), b.at("object-group service base")}}
			for _, m := range c.members {
				boxes = append(boxes, member[m])
				at := b.at(" " + m + "\n")
				origin.Members = append(origin.Members, rules.Member{Boxes: member[m], Span: b.file.Span(int(at.Start)+1, int(at.End)-1)})
			}
			list := &rules.Chain{Name: "outside_in", Policy: rules.Action{Verdict: rules.Return}}
			list.Rules = []*rules.Rule{{
				Match:  rules.Match{{Boxes: packet.AnyOf(boxes...), Span: b.at("permit"), Origin: origin}, hosts(packet.Dst, "10.20.0.11/32")},
				Action: rules.Action{Verdict: rules.Accept}, Span: b.at("permit"),
			}}
			b.Chains = append(b.Chains, list)
			b.chain.Rules = []*rules.Rule{{Match: rules.Match{names(packet.In, "outside")}, Action: rules.Action{Verdict: rules.Jump, Target: list}, Span: b.at(applied)}}
			r := b.run(t, nodeIn)
			i := slices.IndexFunc(r.Findings, func(f lint.Finding) bool { return f.Check.ID == "smb-exposed" })
			if i < 0 {
				t.Fatalf("got %s", ids(r.Findings))
			}
			f := r.Findings[i]
			if f.Span.Text() != c.want {
				t.Errorf("got %q, want %q", f.Span.Text(), c.want)
			}
			var related []string
			for _, n := range f.Related {
				related = append(related, n.Span.Text())
			}
			if !slices.Equal(related, c.related) {
				t.Errorf("got %q, want %q", related, c.related)
			}
			if len(f.Related) == 3 && (f.Related[1].Message != "accepted by this rule" || f.Related[2].Message != "which uses object-group ports") {
				t.Errorf("got %+v", f.Related)
			}
		})
	}
}

// TestFamiliesOfAnAppliance covers one whose rules are for both IP versions.
func TestFamiliesOfAnAppliance(t *testing.T) {
	b := newBox("permit")
	b.accept("permit", "", names(packet.In, "outside"), hosts(packet.Dst, "10.20.0.11/32"), rules.Term{Boxes: tcp(packet.One(443))})
	b.chain.Rules[0].Comment = "MOVEit"
	r := b.run(t, "")
	if len(r.Findings) > 0 {
		t.Errorf("got %s", ids(r.Findings))
	}
	if slices.ContainsFunc(r.Assumptions, func(s string) bool { return strings.Contains(s, "IPv6") }) {
		t.Errorf("no address and no route is of IPv6: %q", r.Assumptions)
	}
}
