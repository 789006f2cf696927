package lint_test

import (
	"net/netip"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/rulestest"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// lastMatching is a device as pf is one: a test of what comes in, routing, a test of
// what leaves. In both the last match decides, and what no rule speaks of passes.
type lastMatching struct {
	in, out *rules.Chain
	span    source.Span
	*rules.Device
}

// newLastMatching returns one without rules that filters all but some interfaces.
func newLastMatching(skipped ...string) *lastMatching {
	d := &lastMatching{span: source.NewFile("pf.conf", []byte("pass\n")).Span(0, 4)}
	chain := func(name string) *rules.Chain {
		byDefault := &rules.Rule{Action: rules.Action{Verdict: rules.Accept, Tentative: true}, Implicit: "what no rule matches passes"}
		return &rules.Chain{Name: name, Rules: []*rules.Rule{byDefault}, Policy: rules.Action{Verdict: rules.Accept}, Implicit: "as above", Span: d.span}
	}
	d.in, d.out = chain("pf in"), chain("pf out")
	when := func(f packet.Field) rules.Match {
		var list []packet.Pattern
		for _, s := range skipped {
			list = append(list, packet.Pattern{Text: s})
		}
		return rules.Match{{Boxes: packet.Names(f, list...), Negated: true}}
	}
	last := &rules.Stage{Hook: rules.Postrouting, Chain: d.out, Filters: true, When: when(packet.Out), Next: []rules.Edge{{}}}
	first := &rules.Stage{Hook: rules.Prerouting, Chain: d.in, Filters: true, When: when(packet.In), Hidden: packet.Fields(packet.Out)}
	route := &rules.Stage{Hook: rules.Prerouting, Route: true, Next: []rules.Edge{{When: rules.Match{names(packet.Out, "")}}, {To: last}}}
	first.Next = []rules.Edge{{To: route}}
	d.Device = &rules.Device{Name: "pf", Chains: []*rules.Chain{d.in, d.out}}
	d.Pipeline.Entry = []rules.Edge{{When: rules.Match{names(packet.In, "")}, To: last}, {To: first}}
	return d
}

// rule adds a rule to both lists, or to that of a direction: "in", "out".
func (d *lastMatching) rule(v rules.Verdict, direction, on string, match ...rules.Term) *lastMatching {
	add := func(c *rules.Chain, f packet.Field) {
		m := rules.Match(match)
		if on != "" {
			m = append(rules.Match{names(f, on)}, m...)
		}
		c.Rules = append(c.Rules, &rules.Rule{Match: m, Action: rules.Action{Verdict: v, Tentative: true}, Span: d.span})
	}
	if direction != "out" {
		add(d.in, packet.In)
	}
	if direction != "in" {
		add(d.out, packet.Out)
	}
	return d
}

// translates makes the last rule of the outbound test give packets another source.
func (d *lastMatching) translates() *lastMatching {
	a := &d.out.Rules[len(d.out.Rules)-1].Action
	a.NAT = &rules.NAT{Src: packet.Rewrite{ToSelf: true, Lost: true}}
	return d
}

// TestViewWhereTheLastMatchDecides has a case for each kind of pf.conf.
func TestViewWhereTheLastMatchDecides(t *testing.T) {
	web := rules.Term{Boxes: tcp(packet.One(443))}
	const (
		pass  = rules.Accept
		block = rules.Drop
	)
	redirected := newLastMatching().rule(block, "in", "").rule(pass, "in", "egress", web)
	redirected.in.Rules[2].Action.NAT = &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(netip.MustParseAddr("10.20.0.11"))}}}
	for _, c := range []struct {
		name    string
		d       *lastMatching
		profile string
		want    roles.View
		why     string
	}{
		{"a router with rules on three interfaces", newLastMatching("lo").rule(block, "", "").rule(pass, "in", "em0", web).rule(pass, "out", "em1").rule(pass, "in", "em2"), "", roles.Forward, ""},
		{"a router with rules on two, and what is let in on one leaves by another", newLastMatching("lo").rule(block, "", "").rule(pass, "in", "em0", web).rule(pass, "out", "em1", web), "", roles.Forward, ""},
		{"a router where nothing gets through", newLastMatching("lo").rule(block, "", "").rule(pass, "in", "em0", web).rule(pass, "in", "em1"), "", roles.Host, ""},
		{"a gateway that translates sources", newLastMatching("lo").rule(block, "in", "").rule(pass, "out", "egress").translates().rule(pass, "in", "", hosts(packet.Src, "10.0.0.0/8")), "", roles.Forward, ""},
		{"a gateway that publishes a host", redirected, "", roles.Forward, ""},
		{"a host with rules on one interface", newLastMatching("lo").rule(block, "in", "em0").rule(pass, "in", "em0", web).rule(pass, "out", "em0"), "", roles.Host, ""},
		{"a host with rules on no interface", newLastMatching().rule(block, "in", "").rule(pass, "in", "", web).rule(pass, "out", ""), "", roles.Host, ""},
		{"a host with rules on the loopback, too", newLastMatching().rule(block, "in", "").rule(pass, "in", "lo0").rule(pass, "in", "em0", web), "", roles.Host, ""},
		{"a host with rules on an interface that is skipped, too", newLastMatching("em1").rule(block, "in", "").rule(pass, "in", "em1").rule(pass, "in", "em0", web), "", roles.Host, ""},
		{"a host, and MOVEit is told", newLastMatching("lo").rule(block, "in", "em0").rule(pass, "in", "em0", web), "moveit: {nodes: [10.20.0.11]}", roles.Host, "MOVEit runs on the host that these rules protect: they filter what comes in, and are about no more than one interface"},
		{"one interface, and MOVEit is elsewhere", newLastMatching("lo").rule(pass, "", "em0"), "moveit: {nodes: [10.20.0.11]}\nzones: {dmz: {interfaces: [em1]}}", roles.Forward, "MOVEit is behind the host that these rules are of: the site profile has interfaces to the DMZ"},
		{"as it is installed", newLastMatching("lo").rule(block, "", "").rule(pass, "", ""), "", roles.Host, ""},
		{"no rules", newLastMatching(), "", roles.Forward, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.d.Validate(); err != nil {
				t.Fatal(err)
			}
			p := site.Default()
			if c.profile != "" {
				p = rulestest.Profile(t, "site.yaml", "version: 1\n"+c.profile+"\n")
			}
			if got, why := lint.ViewOf(c.d.Device, eval.New(c.d.Device), p); got != c.want || why != c.why {
				t.Errorf("got %v, want %v: %s", got, c.want, why)
			}
		})
	}
}
