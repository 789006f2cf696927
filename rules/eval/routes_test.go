package eval_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// appliance is a firewall between three networks as some appliances are: it takes
// translation back, routes, and then asks its list.
type appliance struct {
	back, list, own []*rules.Rule // rules that translate back, that filter what passes, and what is for the device
	routes          []rules.Route
	all             bool // there are no other routes
	dynamic         bool // the address outside is not told
	early           bool // the list is asked first
}

func (a *appliance) device(t *testing.T) *rules.Device {
	t.Helper()
	chain := func(name string, policy rules.Verdict, list []*rules.Rule) *rules.Chain {
		for _, r := range list {
			r.Span = text.Span(0, 4)
		}
		return &rules.Chain{Name: name, Policy: rules.Action{Verdict: policy}, Rules: list}
	}
	list := &rules.Stage{Hook: rules.Forward, Filters: true, Chain: chain("list", rules.Drop, a.list)}
	back := &rules.Stage{Hook: rules.Prerouting, Chain: chain("back", rules.Accept, a.back)}
	way := &rules.Stage{Hook: rules.Prerouting, Route: true}
	own := &rules.Stage{Hook: rules.Input, Filters: true, Chain: chain("own", rules.Drop, a.own), Next: []rules.Edge{{}}}
	last := &rules.Stage{Hook: rules.Postrouting, Filters: true, Chain: chain("levels", rules.Accept, nil), Next: []rules.Edge{{}}}
	order := []*rules.Stage{back, way, list, last}
	if a.early {
		order = []*rules.Stage{list, back, way, last}
	}
	for i, s := range order[:3] {
		s.Next = []rules.Edge{{To: order[i+1]}}
	}
	way.Next = append([]rules.Edge{{When: rules.Match{{Boxes: packet.Names(packet.Out, packet.Pattern{})}}, To: own}}, way.Next...)
	d := &rules.Device{
		Chains:   []*rules.Chain{back.Chain, list.Chain, own.Chain, last.Chain},
		Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: order[0]}}},
		Routes:   a.routes, AllRoutes: a.all,
		Interfaces: []rules.Interface{
			{Name: "outside", Addrs: prefixes("203.0.113.1/24"), Dynamic: a.dynamic},
			{Name: "inside", Addrs: prefixes("10.0.0.1/24")},
			{Name: "dmz", Addrs: prefixes("10.20.0.1/24")},
		},
	}
	if a.dynamic {
		d.Interfaces[0].Addrs = nil
	}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	return d
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func to(prefix, out string) rules.Route {
	return rules.Route{To: netip.MustParsePrefix(prefix), Out: out}
}

func accepts(m ...*packet.Boxes) *rules.Rule {
	r := &rules.Rule{Action: rules.Action{Verdict: rules.Accept}}
	for _, b := range m {
		r.Match = append(r.Match, rules.Term{Boxes: b})
	}
	return r
}

func drops(m ...*packet.Boxes) *rules.Rule {
	r := accepts(m...)
	r.Action.Verdict = rules.Drop
	return r
}

// publishes returns a rule that translates a published address back, and sends the
// packets out by an interface.
func publishes(address, host, out string) *rules.Rule {
	r := accepts(dst(address))
	r.Action.NAT = &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(addr(host))}}}
	r.Action.Out = out
	return r
}

func dst(s string) *packet.Boxes { return packet.Addresses(packet.Dst, packet.OneAddr(addr(s))) }

func out(names ...string) *packet.Boxes {
	var list []packet.Pattern
	for _, n := range names {
		list = append(list, packet.Pattern{Text: n})
	}
	return packet.Names(packet.Out, list...)
}

// web is a packet from the Internet to a web server.
func web(to, out string) packet.Flow {
	f := packet.Flow{In: "outside", Out: out, Src: addr("198.51.100.7"), Dst: addr(to), Proto: packet.TCP, SrcPort: 40000, DstPort: 443, TCPFlags: packet.SYN}
	if f.Dst.Is6() {
		f.Src = addr("2001:db8::7")
	}
	return f
}

// walked tells how a walk ends: "accept by dmz", "drop: the last step", "unknown:
// what it hangs on".
func walked(trace *eval.Trace) string {
	end := trace.Verdict.String()
	switch trace.Verdict {
	case rules.Undecided:
		return end + ": " + trace.Depends.Reason
	case rules.Accept:
		switch left := &trace.Left; {
		case trace.Hook == rules.Input:
			return end + ": kept"
		case !left.Knows(packet.Out):
			return end + " by any"
		default:
			return end + " by " + left.Out
		}
	}
	if n := len(trace.Steps); n > 0 {
		if s := trace.Steps[n-1]; s.Routing {
			return end + ": " + s.Chain.Implicit
		}
	}
	return end
}

// asked tells by which interfaces the packet leaves for sure and perhaps, as Ask
// finds them: "dmz", "dmz?".
func asked(t *testing.T, d *rules.Device, f packet.Flow, q eval.Question) string {
	t.Helper()
	q.Arrive = append(q.Arrive, packet.Names(packet.In, packet.Pattern{Text: f.In}))
	a, err := eval.New(d).Ask(q)
	if err != nil {
		t.Fatal(err)
	}
	if _, rest := a.Deciders(a.Accepted()); !rest.IsEmpty() {
		t.Error("packets pass, and nothing is found to let them")
	}
	mine := arrivedAs(a.Accepted(), &f)
	if s := a.Accepted(); s != s.Forget(packet.Routed) && !s.Where(packet.Number(packet.Routed, 1)).IsEmpty() {
		t.Error("packets that have left are marked for routing")
	}
	var list []string
	for _, name := range []string{"outside", "inside", "dmz", ""} {
		s := mine.Where(packet.Names(packet.Out, packet.Pattern{Text: name}))
		if name == "" && !s.IsEmpty() {
			name = "kept"
		}
		switch {
		case len(q.Uncertain) > 0 && s.IsEmpty():
		case !s.Always().IsEmpty():
			list = append(list, name)
		case !s.Can().IsEmpty():
			list = append(list, name+"?")
		}
	}
	return strings.Join(list, " ")
}

var everywhere = []rules.Route{to("0.0.0.0/0", "outside"), to("10.0.0.0/8", "inside")}

func TestRuleSettlesTheWayOut(t *testing.T) {
	why := &rules.Unknown{Reason: "whether it does", Key: "whether it does"}
	elsewhere := append(slices.Clone(everywhere), to("10.20.0.11/32", "inside"))
	maybe := publishes("203.0.113.10", "10.20.0.11", "dmz")
	maybe.Action.Maybe = why
	goesOn := publishes("203.0.113.10", "10.20.0.11", "dmz")
	goesOn.Action.Verdict = rules.Continue
	masquerades := publishes("203.0.113.10", "10.20.0.11", "dmz")
	masquerades.Action.NAT.Src = packet.Rewrite{ToSelf: true, Lost: true}
	for _, c := range []struct {
		name string
		a    appliance
		f    packet.Flow
		q    eval.Question
		walk string
		ask  string
	}{
		{name: "though a route leads elsewhere", a: appliance{routes: elsewhere}, f: web("203.0.113.10", ""), walk: "accept by dmz", ask: "dmz"},
		{name: "whatever is asked", a: appliance{routes: elsewhere}, f: web("203.0.113.10", "inside"), q: eval.Question{Arrive: []*packet.Boxes{out("inside")}}, walk: "accept by dmz", ask: "dmz"},
		{name: "and it is asked for", a: appliance{routes: elsewhere}, f: web("203.0.113.10", ""), q: eval.Question{Leave: []*packet.Boxes{out("dmz")}}, walk: "accept by dmz", ask: "dmz"},
		{name: "and another is asked for", a: appliance{routes: elsewhere}, f: web("203.0.113.10", ""), q: eval.Question{Leave: []*packet.Boxes{out("inside")}}, walk: "accept by dmz", ask: ""},
		{
			name: "and packets arrive for another", a: appliance{routes: elsewhere}, f: web("203.0.113.10", ""),
			q: eval.Question{Arrive: []*packet.Boxes{out("inside")}, Leave: []*packet.Boxes{out("dmz")}}, walk: "accept by dmz", ask: "dmz",
		},
		{name: "without any route", f: web("203.0.113.10", ""), walk: "accept by dmz", ask: "dmz"},
		{name: "where the routes are all", a: appliance{all: true}, f: web("203.0.113.10", ""), walk: "accept by dmz", ask: "dmz"},
		{name: "of one that is sure", a: appliance{}, f: web("203.0.113.10", ""), q: eval.Question{Uncertain: []*packet.Boxes{out("dmz")}}, walk: "accept by dmz", ask: "dmz"},
		{name: "perhaps", a: appliance{back: []*rules.Rule{maybe}, routes: everywhere}, f: web("203.0.113.10", ""), walk: "unknown: whether it does", ask: "dmz?"},
		{name: "and goes on", a: appliance{back: []*rules.Rule{goesOn}, routes: elsewhere}, f: web("203.0.113.10", ""), walk: "accept by dmz", ask: "dmz"},
		{name: "and masquerades", a: appliance{back: []*rules.Rule{masquerades}, routes: elsewhere}, f: web("203.0.113.10", ""), walk: "accept by dmz", ask: "dmz"},
		{
			name: "without a translation", a: appliance{back: []*rules.Rule{{Action: rules.Action{Out: "dmz"}}}, routes: elsewhere, list: []*rules.Rule{accepts(out("dmz"))}},
			f: web("10.20.0.11", ""), walk: "accept by dmz", ask: "dmz",
		},
		{
			name: "without a translation, and packets arrive for another", a: appliance{back: []*rules.Rule{{Action: rules.Action{Out: "dmz"}}}, routes: elsewhere, list: []*rules.Rule{accepts(out("dmz"))}},
			f: web("10.20.0.11", ""), q: eval.Question{Arrive: []*packet.Boxes{out("inside")}, Leave: []*packet.Boxes{out("dmz")}}, walk: "accept by dmz", ask: "dmz",
		},
		{
			name: "to the device itself", a: appliance{back: []*rules.Rule{publishes("203.0.113.10", "10.20.0.1", "dmz")}, own: []*rules.Rule{accepts()}},
			f: web("203.0.113.10", ""), walk: "accept: kept", ask: "",
		},
		{
			name: "to the device itself, as it is asked", a: appliance{back: []*rules.Rule{publishes("203.0.113.10", "10.20.0.1", "dmz")}, own: []*rules.Rule{accepts()}},
			f: web("203.0.113.10", ""), q: eval.Question{Hook: rules.Input}, walk: "accept: kept", ask: "kept",
		},
		{name: "before it the list is asked", a: appliance{early: true, routes: elsewhere, list: []*rules.Rule{accepts(dst("203.0.113.10"))}}, f: web("203.0.113.10", ""), walk: "accept by dmz", ask: "dmz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.a.back == nil {
				c.a.back = []*rules.Rule{publishes("203.0.113.10", "10.20.0.11", "dmz")}
			}
			if c.a.list == nil {
				c.a.list = []*rules.Rule{accepts(dst("10.20.0.11"), out("dmz"))}
			}
			d := c.a.device(t)
			c.q.Hook = max(c.q.Hook, rules.Input)
			if c.q.Hook == rules.Input && c.ask != "kept" {
				c.q.Hook = rules.Forward
			}
			if got := walked(eval.New(d).Walk(eval.New(d).Arrive(c.f, c.q.Hook))); got != c.walk {
				t.Errorf("Walk: %s, want %s", got, c.walk)
			}
			if got := asked(t, d, c.f, c.q); got != c.ask {
				t.Errorf("Ask: %q, want %q", got, c.ask)
			}
		})
	}
}

// It is not known which of two interfaces leads to MOVEit; the rule sends packets
// to one of them.
func TestWayOutToAnUncertainSide(t *testing.T) {
	a := appliance{back: []*rules.Rule{publishes("203.0.113.10", "10.20.0.11", "dmz")}, list: []*rules.Rule{accepts(dst("10.20.0.11"))}}
	for _, c := range []struct {
		side        *packet.Boxes
		can, always bool
	}{
		{out("dmz"), true, true}, {out("dmz", "inside"), true, false}, {out("outside", "inside"), false, false},
	} {
		answer, err := eval.New(a.device(t)).Ask(eval.Question{Hook: rules.Forward, Leave: []*packet.Boxes{dst("10.20.0.11")}, Uncertain: []*packet.Boxes{c.side}})
		if err != nil {
			t.Fatal(err)
		}
		s := answer.Accepted().Where(packet.Number(packet.DstTranslated, 1))
		if got := !s.Can().IsEmpty(); got != c.can {
			t.Errorf("%v: can pass: %v", c.side, got)
		}
		if got := !s.Always().IsEmpty(); got != c.always {
			t.Errorf("%v: always pass: %v", c.side, got)
		}
	}
}

// The source that a rule gives is the address on the interface that it names.
func TestMasqueradeOnTheWayOut(t *testing.T) {
	r := publishes("203.0.113.10", "10.20.0.11", "dmz")
	r.Action.NAT.Src = packet.Rewrite{ToSelf: true, Lost: true}
	a := appliance{back: []*rules.Rule{r}, list: []*rules.Rule{accepts()}, routes: everywhere}
	e := eval.New(a.device(t))
	if left := e.Walk(e.Arrive(web("203.0.113.10", ""), rules.Forward)).Left; left.Src != addr("10.20.0.1") {
		t.Errorf("leaves from %v", left.Src)
	}
	r.Action.Out = "outside"
	a.dynamic = true
	e = eval.New(a.device(t))
	if left := e.Walk(e.Arrive(web("203.0.113.10", ""), rules.Forward)).Left; left.Knows(packet.Src) {
		t.Errorf("leaves from %v, though the address of the interface is given at run time", left.Src)
	}
}

func TestRoutes(t *testing.T) {
	two := []rules.Route{to("0.0.0.0/0", "outside"), to("10.0.0.0/8", "inside"), to("10.9.0.0/16", "inside"), to("10.9.0.0/16", "dmz")}
	null := append(slices.Clone(everywhere), to("10.9.0.0/16", ""))
	floating := append(slices.Clone(null), to("10.9.0.0/16", "dmz"))
	all := []*rules.Rule{accepts()}
	for _, c := range []struct {
		name string
		a    appliance
		f    packet.Flow
		walk string
		ask  string
	}{
		{"one", appliance{list: all, routes: everywhere}, web("10.9.9.9", ""), "accept by inside", "inside"},
		{"the longest", appliance{list: all, routes: two}, web("10.8.8.8", ""), "accept by inside", "inside"},
		{"a network of an interface", appliance{list: all, routes: everywhere}, web("10.20.0.11", ""), "accept by dmz", "dmz"},
		{"two, and none is named", appliance{list: all, routes: two}, web("10.9.9.9", ""), "accept by any", "inside dmz"},
		{"two, and one is named", appliance{list: all, routes: two}, web("10.9.9.9", "dmz"), "accept by dmz", "inside dmz"},
		{"two, and another is named", appliance{list: all, routes: two}, web("10.9.9.9", "outside"), "accept by any", "inside dmz"},
		{"two, and one is closed", appliance{list: []*rules.Rule{drops(out("inside")), accepts()}, routes: two}, web("10.9.9.9", ""), "unknown: by which interface the packet leaves: inside or dmz", "dmz"},
		{"two, and the one that is named is closed", appliance{list: []*rules.Rule{drops(out("inside")), accepts()}, routes: two}, web("10.9.9.9", "inside"), "drop", "dmz"},
		{"two, and both are closed", appliance{list: []*rules.Rule{drops(out("inside", "dmz")), accepts()}, routes: two}, web("10.9.9.9", ""), "drop", ""},
		{"one that discards", appliance{list: all, routes: null}, web("10.9.9.9", "inside"), "drop: the route to 10.9.0.0/16 discards what it is for", ""},
		{"one that discards, and another", appliance{list: all, routes: floating}, web("10.9.9.9", ""), "accept by dmz", "dmz"},
		{"none, and there may be others", appliance{list: all, routes: everywhere[1:]}, web("192.0.2.10", "dmz"), "accept by dmz", "outside inside dmz"},
		{"none, and there are no others", appliance{list: all, routes: everywhere[1:], all: true}, web("192.0.2.10", "dmz"), "drop: no route leads to 192.0.2.10", ""},
		{"none of IPv6, and there may be others", appliance{list: all, routes: everywhere}, web("2001:db8:1::20", "dmz"), "accept by dmz", "outside inside dmz"},
		{"none of IPv6, and there are no others", appliance{list: all, routes: everywhere, all: true}, web("2001:db8:1::20", "dmz"), "drop: no route leads to 2001:db8:1::20", ""},
		{"none at all", appliance{list: all, all: true}, web("10.9.9.9", ""), "drop: no route leads to 10.9.9.9", ""},
		{"none at all but a network of an interface", appliance{list: all, all: true}, web("10.20.0.11", ""), "accept by dmz", "dmz"},
		{
			"none but perhaps the network of an interface that is not told",
			appliance{list: all, all: true, dynamic: true},
			web("10.9.9.9", ""),
			"unknown: whether the destination is in the network of an interface whose address is given at run time", "outside?",
		},
		{"none but perhaps, of IPv6", appliance{list: all, all: true, dynamic: true}, web("2001:db8:1::20", ""), "drop: no route leads to 2001:db8:1::20", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.a.device(t)
			e := eval.New(d)
			if got := walked(e.Walk(e.Arrive(c.f, rules.Forward))); got != c.walk {
				t.Errorf("Walk: %s, want %s", got, c.walk)
			}
			if got := asked(t, d, c.f, eval.Question{Hook: rules.Forward}); got != c.ask {
				t.Errorf("Ask: %q, want %q", got, c.ask)
			}
		})
	}
}

// With an interface whose address is given at run time, an address that is not
// told may be the device's own; one that is told is.
func TestAddressThatIsNotTold(t *testing.T) {
	list, own := []*rules.Rule{accepts()}, []*rules.Rule{accepts()}
	for _, c := range []struct {
		name           string
		dynamic        bool
		to             string
		forward, input string // as Walk goes when it is asked so
		passes, kept   bool   // as Ask finds
	}{
		{"an own one", true, "10.20.0.1", "accept: kept", "accept: kept", false, true},
		{"another", true, "203.0.113.1", "accept by outside", "accept: kept", true, true},
		{"an own one, where all are told", false, "10.20.0.1", "accept: kept", "accept: kept", false, true},
		{"another, where all are told", false, "192.0.2.10", "accept by outside", "accept by outside", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := appliance{list: list, own: own, routes: everywhere, dynamic: c.dynamic}
			d := a.device(t)
			e, f := eval.New(d), web(c.to, "")
			if got := walked(e.Walk(e.Arrive(f, rules.Forward))); got != c.forward {
				t.Errorf("Walk forward: %s, want %s", got, c.forward)
			}
			if got := walked(e.Walk(e.Arrive(f, rules.Input))); got != c.input {
				t.Errorf("Walk input: %s, want %s", got, c.input)
			}
			if got := asked(t, d, f, eval.Question{Hook: rules.Forward}) != ""; got != c.passes {
				t.Errorf("Ask: passes %v", got)
			}
			if got := asked(t, d, f, eval.Question{Hook: rules.Input}) != ""; got != c.kept {
				t.Errorf("Ask: kept %v", got)
			}
		})
	}
}

// A list that is asked before translation and routing still answers for what it
// lets through, and not what comes behind and lets everything through.
func TestDeciderBeforeTranslation(t *testing.T) {
	rule := accepts(dst("203.0.113.10"))
	a := appliance{
		early: true, list: []*rules.Rule{rule, accepts(dst("203.0.113.11"))},
		back:   []*rules.Rule{publishes("203.0.113.10", "10.20.0.11", "dmz"), publishes("203.0.113.11", "10.20.0.12", "dmz")},
		routes: everywhere,
	}
	answer, err := eval.New(a.device(t)).Ask(eval.Question{Hook: rules.Forward, Arrive: []*packet.Boxes{out("inside")}, Leave: []*packet.Boxes{dst("10.20.0.11")}})
	if err != nil {
		t.Fatal(err)
	}
	deciders, rest := answer.Deciders(answer.Accepted())
	if !rest.IsEmpty() {
		t.Error("nothing is found to let some packets pass")
	}
	if len(deciders) != 1 || deciders[0].Rule != rule {
		t.Errorf("got %d deciders, want the rule of the list", len(deciders))
	}
}
