package eval_test

import (
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The devices here are like those of pf: an inbound test that translates, routing,
// an outbound test. In both the last match wins.

// tests returns a device with the rules of the two tests.
func tests(t *testing.T, in, out []*rules.Rule, called ...*rules.Chain) *rules.Device {
	t.Helper()
	chain := func(name string, list []*rules.Rule) *rules.Chain {
		return &rules.Chain{Name: name, Rules: list, Policy: rules.Action{Verdict: rules.Accept}, Span: text.Span(0, 4)}
	}
	d := &rules.Device{Chains: append([]*rules.Chain{chain("in", in), chain("out", out)}, called...)}
	last := &rules.Stage{Hook: rules.Forward, Chain: d.Chains[1], Filters: true, Next: []rules.Edge{{}}}
	first := &rules.Stage{Hook: rules.Prerouting, Chain: d.Chains[0], Filters: true, Route: true, Hidden: packet.Fields(packet.Out)}
	first.Next = []rules.Edge{{When: rules.Match{{Boxes: packet.Names(packet.Out, packet.Pattern{})}}}, {To: last}}
	d.Pipeline.Entry = []rules.Edge{{To: first}}
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if r.Span.IsZero() {
				r.Span = text.Span(0, 4)
			}
		}
	}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	return d
}

// unless makes a rule tentative.
func unless(r *rules.Rule) *rules.Rule {
	r.Action.Tentative = true
	return r
}

// leads makes a rule translate destinations to a host.
func leads(r *rules.Rule, host string) *rules.Rule {
	r.Action.NAT = &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(addr(host))}}}
	return r
}

// restores makes a rule give destinations back what they were.
func restores(r *rules.Rule) *rules.Rule {
	r.Action.NAT = &rules.NAT{Dst: packet.Rewrite{Restore: true}}
	return r
}

// goesOn makes a rule decide nothing.
func goesOn(r *rules.Rule) *rules.Rule {
	r.Action.Verdict = rules.Continue
	return r
}

func calls(c *rules.Chain) *rules.Rule {
	return &rules.Rule{Action: rules.Action{Verdict: rules.Jump, Target: c}}
}

// sentTo is where packets to the published address go, and by which rule: of each
// test the number of the rule whose verdict held.
func sentTo(t *testing.T, d *rules.Device) (walk string, rule *rules.Rule, ask []string) {
	t.Helper()
	e := eval.New(d)
	trace := e.Walk(e.Arrive(web("203.0.113.10", "dmz"), rules.Forward))
	walk = trace.Verdict.String()
	if trace.Verdict == rules.Accept {
		walk = trace.Left.Dst.String()
	}
	for _, host := range []string{"203.0.113.10", "10.20.0.11", "10.20.0.12"} {
		a, err := e.Ask(eval.Question{
			Hook: rules.Forward, Arrive: []*packet.Boxes{packet.Names(packet.In, packet.Pattern{Text: "outside"})}, Leave: []*packet.Boxes{dst(host), packet.Number(packet.DstPort, 443)},
		})
		if err != nil {
			t.Fatal(err)
		}
		f := web("203.0.113.10", "dmz")
		mine := arrivedAs(a.Accepted(), &f)
		if mine.IsEmpty() {
			continue
		}
		ask = append(ask, host)
		deciders, rest := a.Deciders(mine)
		if len(deciders) != 1 || !rest.IsEmpty() {
			t.Errorf("%d rules answer for what reaches %s", len(deciders), host)
			continue
		}
		rule = deciders[0].Rule
	}
	return walk, rule, ask
}

func TestTentativeTranslation(t *testing.T) {
	const published, host, other = "203.0.113.10", "10.20.0.11", "10.20.0.12"
	all := func() *rules.Rule { return unless(accepts()) }
	nothing := func() *rules.Rule { return unless(drops()) }
	rdr := unless(leads(accepts(dst(published)), host))
	second := unless(leads(accepts(dst(host)), other))
	toHost, toPublished, last, back := unless(accepts(dst(host))), unless(accepts(dst(published))), all(), unless(restores(accepts()))
	quick := leads(accepts(dst(published)), other)
	called := &rules.Chain{Name: "anchor", Rules: []*rules.Rule{rdr}, Policy: rules.Action{Verdict: rules.Return}, Span: text.Span(0, 4)}
	for _, c := range []struct {
		name    string
		in, out []*rules.Rule
		called  []*rules.Chain
		want    string // where packets to the published address go
		by      *rules.Rule
	}{
		{"its verdict holds", []*rules.Rule{nothing(), rdr}, []*rules.Rule{all()}, nil, host, rdr},
		{"a later rule lets pass without it", []*rules.Rule{nothing(), rdr, last}, []*rules.Rule{nothing(), toPublished}, nil, published, last},
		{"a later rule drops", []*rules.Rule{rdr, nothing()}, []*rules.Rule{all()}, nil, "drop", nil},
		{"the rules behind see the packet as it was", []*rules.Rule{rdr, unless(drops(dst(host)))}, []*rules.Rule{nothing(), toHost}, nil, host, rdr},
		{"a rule that decides at once", []*rules.Rule{rdr, quick}, []*rules.Rule{all()}, nil, other, quick},
		{"in a chain that is called", []*rules.Rule{nothing(), calls(called), drops(dst(host))}, []*rules.Rule{all()}, []*rules.Chain{called}, host, rdr},
		{"a later rule than the call", []*rules.Rule{calls(called), last}, []*rules.Rule{nothing(), toPublished}, []*rules.Chain{called}, published, last},
		{"a match rule translates before it, for the second time", []*rules.Rule{nothing(), goesOn(leads(accepts(dst(published)), host)), second}, []*rules.Rule{all()}, nil, other, second},
		{"a match rule translates, and what lets pass takes it back", []*rules.Rule{goesOn(leads(accepts(dst(published)), host)), back}, []*rules.Rule{nothing(), toPublished}, nil, published, back},
		{"what one test translates another takes back", []*rules.Rule{nothing(), rdr}, []*rules.Rule{unless(restores(accepts(dst(host))))}, nil, published, rdr},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := tests(t, c.in, c.out, c.called...)
			walk, rule, ask := sentTo(t, d)
			if walk != c.want {
				t.Errorf("Walk: %s, want %s", walk, c.want)
			}
			if c.want == "drop" && len(ask) > 0 || c.want != "drop" && (len(ask) != 1 || ask[0] != c.want) {
				t.Errorf("Ask: %v, want %s", ask, c.want)
			}
			if rule != c.by {
				t.Errorf("another rule answers for it: %v", rule)
			}
		})
	}
}

// TestRestoredType holds that what the routing table says of a destination is
// known again once it is as it came.
func TestRestoredType(t *testing.T) {
	own := packet.Number(packet.DstType, uint32(packet.Local))
	elsewhere := packet.Number(packet.DstType, uint32(packet.Unicast))
	for asked, want := range map[*packet.Boxes]bool{elsewhere: true, own: false} {
		d := tests(t, []*rules.Rule{goesOn(leads(accepts(elsewhere), "10.20.0.11")), goesOn(restores(accepts())), accepts(asked), drops()}, nil)
		d.Interfaces = []rules.Interface{{Name: "outside", Addrs: prefixes("203.0.113.1/24")}}
		walk, _, ask := sentTo(t, d)
		if passes := walk == "203.0.113.10"; passes != want {
			t.Errorf("Walk: %s", walk)
		}
		if passes := len(ask) == 1 && ask[0] == "203.0.113.10"; passes != want {
			t.Errorf("Ask: %v", ask)
		}
	}
	// What is not one of the device's own addresses is none after it either.
	d := tests(t, []*rules.Rule{drops(own), goesOn(leads(accepts(), "10.20.0.11")), goesOn(restores(accepts()))}, nil)
	e := eval.New(d)
	if trace := e.Walk(e.Arrive(web("203.0.113.10", ""), rules.Input)); trace.Verdict != rules.Drop {
		t.Errorf("Walk: %v to the device", trace.Verdict)
	}
	if a, err := e.Ask(eval.Question{Hook: rules.Input}); err != nil || !a.Accepted().IsEmpty() {
		t.Errorf("Ask: packets pass to the device: %v", err)
	}
}

// TestTentativeMaybe draws anew in each call of a chain what a rule of it changes
// in the end.
func TestTentativeMaybe(t *testing.T) {
	chance := &rules.Unknown{Reason: "chance", Key: "chance", Doubt: packet.Varying}
	rdr := unless(leads(accepts(dst("203.0.113.10")), "10.20.0.11"))
	rdr.Action.Maybe = chance
	called := &rules.Chain{Name: "anchor", Rules: []*rules.Rule{rdr}, Policy: rules.Action{Verdict: rules.Return}, Span: text.Span(0, 4)}
	d := tests(t, []*rules.Rule{calls(called), calls(called)}, []*rules.Rule{unless(drops()), unless(accepts(dst("10.20.0.11")))}, called)
	e := eval.New(d)
	start := e.Arrive(web("203.0.113.10", "dmz"), rules.Forward)
	if trace := e.Walk(start); trace.Verdict != rules.Undecided || trace.Depends != chance {
		t.Errorf("got %v, which hangs on %v", trace.Verdict, trace.Depends)
	}
	for key, want := range map[string]rules.Verdict{"chance via in#1": rules.Drop, "chance via in#2": rules.Accept} {
		start.Outcome = packet.Outcome{key: true}
		if trace := e.Walk(start); trace.Verdict != want {
			t.Errorf("%s: %v", key, trace.Verdict)
		}
		a, err := e.Ask(eval.Question{Hook: rules.Forward, Arrive: []*packet.Boxes{packet.Names(packet.In, packet.Pattern{Text: "outside"})}})
		if err != nil {
			t.Fatal(err)
		}
		f := web("203.0.113.10", "dmz")
		mine := given(a.Universe(), arrivedAs(a.Accepted(), &f), packet.Outcome{key: true}, map[string]packet.Doubt{"chance": packet.Varying})
		other := given(a.Universe(), arrivedAs(a.Accepted(), &f), packet.Outcome{key: false}, map[string]packet.Doubt{"chance": packet.Varying})
		if passes := !mine.IsEmpty(); want == rules.Accept && (!passes || !other.IsEmpty()) || want == rules.Drop && mine.IsEmpty() != other.IsEmpty() {
			t.Errorf("%s: Ask accepts: %v", key, passes)
		}
	}
}
