package eval_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The two evaluators share nothing but the model. Here they are held against
// each other on random devices: chains that call each other, both NATs,
// assignments, unknown conditions of every kind, verdicts that are pending over
// calls and translate when they hold, ends that get back what they had, rules that
// settle the way out, routes of every kind.

var (
	addrs  = []string{"198.51.100.7", "203.0.113.1", "192.0.2.10", "192.0.2.11", "10.0.0.5"}
	ports  = []uint16{22, 80, 443, 1024}
	ifaces = []string{"eth0", "eth1", "wg0"}
	text   = source.NewFile("generated", []byte("rule"))
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

type generator struct {
	*rapid.T

	keys    map[string]packet.Doubt
	chains  []*rules.Chain
	number  int
	pending bool // the device is one in which the last match wins
	early   bool // what is drawn comes before routing
	choice  bool // packets may leave by one of several interfaces
}

func (g *generator) oneOf(what string, n int) int { return rapid.IntRange(0, n-1).Draw(g.T, what) }

func (g *generator) flip(what string) bool { return rapid.Bool().Draw(g.T, what) }

func (g *generator) addr(what string) netip.Addr { return addr(addrs[g.oneOf(what, len(addrs))]) }

func (g *generator) port(what string) uint16 { return ports[g.oneOf(what, len(ports))] }

func (g *generator) boxes() *packet.Boxes {
	switch g.oneOf("field", 13) {
	case 12:
		return packet.Number(packet.DstType, uint32(packet.Local))
	case 0, 1:
		return packet.Addresses(packet.Dst, packet.OneAddr(g.addr("dst")))
	case 2:
		return packet.Prefixes(packet.Src, netip.PrefixFrom(g.addr("src"), []int{0, 8, 24, 32}[g.oneOf("bits", 4)]))
	case 3:
		return packet.Number(packet.Protocol, uint32([]packet.Proto{packet.TCP, packet.UDP, packet.ICMP}[g.oneOf("proto", 3)]))
	case 4, 5:
		return packet.Numbers(packet.DstPort, packet.Range{First: uint32(g.port("dport")), Last: 1024})
	case 6:
		return packet.Names(packet.In, packet.Pattern{Text: "eth", Prefix: g.flip("prefix")}, packet.Pattern{Text: "eth1"})
	case 7:
		return packet.Names(packet.Out, packet.Pattern{Text: ifaces[g.oneOf("out", 3)]})
	case 8:
		return packet.Masked([]packet.Field{packet.Mark, packet.ConnMark}[g.oneOf("whose mark", 2)], 3, uint32(g.oneOf("mark", 4)))
	case 9:
		return packet.Number([]packet.Field{packet.DstTranslated, packet.SrcTranslated}[g.oneOf("status", 2)], 1)
	case 10:
		return packet.Addresses(packet.OrigDst, packet.OneAddr(g.addr("origdst")))
	default:
		return packet.Union(packet.Numbers(packet.SrcPort, packet.One(80)), packet.Numbers(packet.DstPort, packet.One(80)))
	}
}

func (g *generator) unknown() *rules.Unknown {
	n := g.oneOf("unknown", 5)
	key := fmt.Sprint("key ", n)
	g.keys[key] = []packet.Doubt{packet.Fixed, packet.Varying, packet.Usual, packet.Occasional, packet.Fixed}[n]
	x := &rules.Unknown{Reason: "generated", Key: key, Doubt: g.keys[key]}
	if n%2 == 0 {
		x.Of = packet.Fields(packet.Dst, packet.Src)
	}
	if g.flip("within") {
		x.Within = g.boxes()
	}
	return x
}

func (g *generator) match() rules.Match {
	var m rules.Match
	for range g.oneOf("terms", 3) {
		t := rules.Term{Negated: g.oneOf("negated", 4) == 0}
		if g.oneOf("not known", 5) == 0 {
			t.Unknown = g.unknown()
		}
		if t.Unknown == nil || g.flip("partly") {
			t.Boxes = g.boxes()
		}
		m = append(m, t)
	}
	return m
}

func (g *generator) rewrite() packet.Rewrite {
	r := packet.Rewrite{}
	if g.pending && g.oneOf("as it came", 4) == 0 {
		return packet.Rewrite{Restore: true}
	}
	switch g.oneOf("rewrite", 6) {
	case 5: // all ports of flows have their place among the new ones
		r.Ports, r.ShiftPorts, r.PortBase = []packet.Range{{First: 1024, Last: 2047}}, true, uint16(g.oneOf("base", 23))
	case 0:
		r.Network = netip.PrefixFrom(g.addr("network"), 24)
	case 1:
		r.Lost, r.ToSelf = true, g.flip("to self")
	case 2:
		r.Ports = []packet.Range{packet.One(uint32(g.port("new port")))}
	default:
		r.Addrs = []packet.AddrRange{packet.OneAddr(g.addr("new addr"))}
		if g.flip("with port") {
			r.Ports = []packet.Range{packet.One(uint32(g.port("new port")))}
		}
	}
	return r
}

// assign returns a change of a mark, or a copy of one to the other.
func (g *generator) assign() rules.Assign {
	a := rules.Assign{Field: packet.Mark, Mask: uint32(g.oneOf("mask", 4)), Value: 1, Flip: uint32(g.oneOf("flip", 4))}
	other := packet.ConnMark
	if g.flip("of the connection") {
		a.Field, other = packet.ConnMark, packet.Mark
	}
	if g.flip("copied") {
		a.Copy, a.CopyMask = other, uint32(g.oneOf("copied bits", 4))
	}
	return a
}

// rule returns a rule that may call the chains behind the one at index.
func (g *generator) rule(index int, nat rules.Hook) *rules.Rule {
	r := &rules.Rule{Match: g.match(), Span: text.Span(0, 4)}
	switch g.oneOf("action", 9) {
	case 0, 1:
		r.Action.Verdict = rules.Accept
	case 2:
		r.Action.Verdict = rules.Drop
	case 3:
		r.Action.Verdict = rules.Return
	case 4, 5:
		if index+1 < len(g.chains) {
			r.Action.Verdict = []rules.Verdict{rules.Jump, rules.Goto}[g.oneOf("call", 2)]
			r.Action.Target = g.chains[index+1+g.oneOf("target", len(g.chains)-index-1)]
		}
	case 6:
		r.Action.Set = []rules.Assign{g.assign()}
		if g.flip("maybe") {
			g.maybe(&r.Action)
			r.Action.Set[0].Any = g.flip("to what")
		}
	case 7:
		if g.oneOf("undecided", 3) == 0 {
			nat = 0
		}
		verdict := []rules.Verdict{rules.Accept, rules.Continue}[g.oneOf("and goes on", 2)]
		switch {
		case nat == rules.Prerouting && !g.pending:
			r.Action = rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: g.rewrite()}}
		case nat == rules.Prerouting:
			r.Action = rules.Action{Verdict: verdict, NAT: &rules.NAT{Dst: g.rewrite()}}
		case nat == rules.Postrouting || nat != 0 && g.pending:
			r.Action = rules.Action{Verdict: verdict, NAT: &rules.NAT{Src: g.rewrite(), Dst: packet.Rewrite{Restore: g.pending && g.flip("and its destination")}}}
		default:
			g.number++
			r.Action = rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: "generated", Key: fmt.Sprint("target ", g.number)}}
			g.keys[r.Action.Unknown.Key+" accepts"] = packet.Fixed
			g.keys[r.Action.Unknown.Key+" drops"] = packet.Fixed
		}
	}
	if g.early && (r.Action.Verdict == rules.Accept || r.Action.Verdict == rules.Continue) && g.oneOf("settles the way out", 3) == 0 {
		r.Action.Out = ifaces[g.oneOf("way out", 3)]
	}
	if g.pending && r.Action.Verdict.Decides() && g.oneOf("and marks", 3) == 0 {
		r.Action.Set = append(r.Action.Set, g.assign())
	}
	if (r.Action.NAT != nil || r.Action.Out != "") && r.Action.Maybe == nil && g.oneOf("maybe", 3) == 0 {
		g.maybe(&r.Action)
	}
	r.Action.Tentative = g.pending && r.Action.Verdict.Decides() && g.oneOf("tentative", 4) > 0
	return r
}

// maybe makes it unknown whether an action changes packets.
func (g *generator) maybe(a *rules.Action) {
	g.number++
	a.Maybe = &rules.Unknown{Reason: "generated", Key: fmt.Sprint("change ", g.number), Doubt: []packet.Doubt{packet.Fixed, packet.Varying}[g.oneOf("what doubt", 2)]}
	g.keys[a.Maybe.Key] = a.Maybe.Doubt
	if g.flip("of the ends") {
		a.Maybe.Of = packet.Fields(packet.Dst, packet.Src)
	}
}

// device returns a device of three hooks, each of which may call chains.
// blocked returns many rules that drop: enough for Ask to look at the others
// first, and one that drops packets of the tests.
func (g *generator) blocked() []*rules.Rule {
	var out []*rules.Rule
	for i := range 20 {
		m := rules.Match{{Boxes: packet.Addresses(packet.Src, packet.OneAddr(netip.AddrFrom4([4]byte{100, 64, 0, byte(i)})))}}
		if i == 10 {
			m = g.match()
		}
		out = append(out, &rules.Rule{Match: m, Action: rules.Action{Verdict: rules.Drop}, Span: text.Span(0, 4)})
	}
	return out
}

func (g *generator) device() *rules.Device {
	hooks := []rules.Hook{rules.Prerouting, rules.Forward, rules.Input, rules.Postrouting}
	d := &rules.Device{}
	stages, first := map[rules.Hook]*rules.Stage{}, map[rules.Hook]*rules.Stage{}
	for _, hook := range hooks {
		g.chains, g.early = nil, hook == rules.Prerouting
		for i := range 1 + g.oneOf("chains", 3) {
			c := &rules.Chain{Name: fmt.Sprintf("%v %d", hook, i), Policy: rules.Action{Verdict: rules.Return}}
			if i == 0 {
				c.Policy.Verdict = []rules.Verdict{rules.Accept, rules.Accept, rules.Drop}[g.oneOf("policy", 3)]
			}
			g.chains = append(g.chains, c)
		}
		for i, c := range g.chains {
			for range g.oneOf("rules", 4) {
				c.Rules = append(c.Rules, g.rule(i, hook))
			}
			if g.flip("block list") {
				c.Rules = slices.Concat(g.blocked(), c.Rules, g.blocked())
			}
		}
		d.Chains = append(d.Chains, g.chains...)
		stages[hook] = &rules.Stage{Hook: hook, Chain: g.chains[0], Filters: hook == rules.Forward || hook == rules.Input}
		first[hook] = g.before(d, stages[hook])
	}
	stages[rules.Prerouting].Hidden = packet.Fields(packet.Out)
	stages[rules.Prerouting].Route, stages[rules.Prerouting].Filters = true, g.flip("filters early")
	stages[rules.Prerouting].Next = []rules.Edge{
		{When: rules.Match{{Boxes: packet.Names(packet.Out, packet.Pattern{})}}, To: first[rules.Input]},
		{To: first[rules.Forward]},
	}
	stages[rules.Forward].Next = []rules.Edge{{To: first[rules.Postrouting]}}
	stages[rules.Input].Next = []rules.Edge{{}}
	stages[rules.Postrouting].Next = []rules.Edge{{}}
	if g.flip("guarded") {
		stages[rules.Forward].When = rules.Match{{Boxes: packet.Number(packet.Protocol, uint32(packet.TCP))}}
	}
	d.Pipeline.Entry = []rules.Edge{{To: first[rules.Prerouting]}}
	if g.flip("addresses known") {
		d.Interfaces = []rules.Interface{{Name: "eth0", Addrs: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24")}}}
		d.Interfaces[0].Dynamic = g.oneOf("one is dynamic", 4) == 0
	}
	if g.oneOf("another is dynamic", 4) == 0 {
		d.Interfaces = append(d.Interfaces, rules.Interface{Name: "wg0", Dynamic: true})
	}
	g.routes(d)
	return d
}

// routes gives the device routes, several to one network among them, and says
// whether there are others.
func (g *generator) routes(d *rules.Device) {
	if g.flip("routes known") {
		for range 1 + g.oneOf("routes", 4) {
			d.Routes = append(d.Routes, rules.Route{
				To:  netip.MustParsePrefix([]string{"0.0.0.0/0", "192.0.2.0/24", "192.0.2.10/32", "10.0.0.0/8"}[g.oneOf("to", 4)]),
				Out: append(ifaces, "")[g.oneOf("by", 4)],
			})
		}
	}
	d.AllRoutes = g.oneOf("all routes known", 3) == 0
	outs := map[netip.Prefix]string{}
	for _, r := range d.Routes {
		g.choice = g.choice || r.Out != "" && outs[r.To] != "" && outs[r.To] != r.Out
		if r.Out != "" {
			outs[r.To] = r.Out
		}
	}
	dynamic := slices.DeleteFunc(slices.Clone(d.Interfaces), func(i rules.Interface) bool { return !i.Dynamic })
	g.choice = g.choice || d.AllRoutes && len(dynamic) > 1
}

// before returns a stage of its own that packets meet before another at the same
// hook, as they meet mangle before filter, or the other if there is none.
func (g *generator) before(d *rules.Device, s *rules.Stage) *rules.Stage {
	if !g.flip("two stages") {
		return s
	}
	c := &rules.Chain{Name: fmt.Sprintf("before %v", s.Hook), Policy: rules.Action{Verdict: rules.Accept}}
	g.chains = []*rules.Chain{c}
	for range g.oneOf("rules before", 3) {
		c.Rules = append(c.Rules, g.rule(0, 0))
	}
	d.Chains = append(d.Chains, c)
	first := &rules.Stage{Hook: s.Hook, Chain: c, Next: []rules.Edge{{To: s}}}
	if s.Hook == rules.Prerouting {
		first.Hidden = packet.Fields(packet.Out)
	}
	return first
}

func (g *generator) flow() packet.Flow {
	f := packet.Flow{
		In: ifaces[g.oneOf("in", 3)], Out: ifaces[g.oneOf("out", 3)],
		Src: g.addr("flow src"), Dst: g.addr("flow dst"),
		Proto: []packet.Proto{packet.TCP, packet.UDP, packet.ICMP}[g.oneOf("flow proto", 3)],
	}
	if f.Proto.HasPorts() {
		f.SrcPort, f.DstPort = g.port("flow sport"), g.port("flow dport")
	}
	switch f.Proto {
	case packet.TCP:
		f.TCPFlags = packet.SYN
	case packet.ICMP:
		f.ICMPType = 8
	}
	return f
}

// outcome draws how every unknown condition comes out, as it is asked before
// and after translation.
func (g *generator) outcome() packet.Outcome {
	o := packet.Outcome{}
	for _, key := range slices.Sorted(maps.Keys(g.keys)) {
		for _, after := range []string{"", " after source translation", " after destination translation", " after source translation after destination translation"} {
			o[key+after] = g.flip("outcome of " + key)
		}
	}
	for _, after := range []string{"", " after destination translation"} {
		o["the destination is in a network that is not told"+after] = g.flip("is near")
	}
	return o
}

// given returns the part of s in which the conditions come out as the outcome
// says.
func given(u *packet.Universe, s packet.Set, o packet.Outcome, keys map[string]packet.Doubt) packet.Set {
	for key, holds := range o {
		doubt, longest := packet.Fixed, 0
		for base, d := range keys {
			if strings.HasPrefix(key, base) && len(base) > longest {
				doubt, longest = d, len(base)
			}
		}
		if v := u.Unknown(key, doubt); holds {
			s = s.And(v)
		} else {
			s = s.Minus(v)
		}
	}
	return s
}

// arrivedAs returns the packets of s that arrived as f did.
func arrivedAs(s packet.Set, f *packet.Flow) packet.Set {
	s = s.Where(packet.Addresses(packet.Src, packet.OneAddr(f.Src))).Where(packet.Addresses(packet.OrigDst, packet.OneAddr(f.Dst))).
		Where(packet.Number(packet.Protocol, uint32(f.Proto))).Where(packet.Names(packet.In, packet.Pattern{Text: f.In}))
	if f.Proto.HasPorts() {
		s = s.Where(packet.Number(packet.SrcPort, uint32(f.SrcPort))).Where(packet.Number(packet.OrigDstPort, uint32(f.DstPort)))
	}
	if f.Has(packet.ICMPType) {
		s = s.Where(packet.Number(packet.ICMPType, uint32(f.ICMPType))).Where(packet.Number(packet.ICMPCode, uint32(f.ICMPCode)))
	}
	if f.Has(packet.TCPFlags) {
		s = s.Where(packet.Number(packet.TCPFlags, uint32(f.TCPFlags)))
	}
	return s
}

// openings describes what lets packets pass.
func openings(a *eval.Answer) []string {
	var out []string
	deciders, rest := a.Deciders(a.Accepted())
	if !rest.IsEmpty() {
		out = append(out, "something that is not found")
	}
	for _, d := range deciders {
		number := slices.Index(d.Chain.Rules, d.Rule) + 1
		example, _, _ := d.Packets.Example()
		out = append(out, fmt.Sprint(d.Stage.Hook, " ", d.Chain.Name, " rule ", number, " ", &example))
	}
	return out
}

// lostOnTheWay reports whether a value of the packet was not known at some point:
// then Ask holds every value, and Walk none.
func lostOnTheWay(t *eval.Trace) bool {
	lost := packet.Fields(packet.Src, packet.Dst, packet.Mark)
	return t.Left.Lost&lost != 0 || slices.ContainsFunc(t.Steps, func(s eval.Step) bool { return s.Flow.Lost&lost != 0 })
}

func TestAskAndWalkAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{T: t, keys: map[string]packet.Doubt{}, pending: rapid.Bool().Draw(t, "last match")}
		d := g.device()
		if err := d.Validate(); err != nil {
			t.Fatal(err)
		}
		var shown strings.Builder
		_ = d.Format(&shown)
		t.Log(shown.String())
		e := eval.New(d)
		hook := rules.Forward
		if g.flip("for the device") {
			hook = rules.Input
		}
		f := g.flow()
		out := f.Out
		question := eval.Question{Hook: hook, Nodes: 1 << 20}
		if hook == rules.Input {
			f.Out = ""
		} else {
			question.Arrive = []*packet.Boxes{packet.Names(packet.Out, packet.Pattern{Text: out})}
		}
		question.Arrive = append(question.Arrive, packet.Names(packet.In, packet.Pattern{Text: f.In}))
		for _, b := range []*packet.Boxes{
			packet.Addresses(packet.Src, packet.OneAddr(f.Src)), packet.Addresses(packet.Dst, packet.OneAddr(f.Dst)), packet.Number(packet.DstPort, uint32(f.DstPort)),
		} {
			if g.flip("asked") && (f.Proto.HasPorts() || b.Fields()[0] != packet.DstPort) {
				question.Arrive = append(question.Arrive, b)
			}
		}
		leave := packet.AddrRange{}
		if g.flip("asked where to") {
			leave = packet.OneAddr(g.addr("leaves for"))
			question.Leave = []*packet.Boxes{packet.Addresses(packet.Dst, leave)}
		}
		goes := func(left *packet.Flow) bool {
			return !leave.First.IsValid() || left.Knows(packet.Dst) && leave.Contains(left.Dst)
		}
		a, err := e.Ask(question)
		if err != nil {
			t.Fatal(err)
		}
		question.Decisions = true
		whole, err := e.Ask(question)
		if err != nil {
			t.Fatal(err)
		}
		guarded := slices.ContainsFunc(d.Pipeline.Stages(), func(s *rules.Stage) bool { return len(s.When) > 0 })
		if !guarded && strings.Contains(strings.Join(openings(a), " "), "not found") {
			t.Errorf("packets pass, and nothing is found to let them")
		}
		if diff := cmp.Diff(openings(whole), openings(a)); diff != "" {
			t.Errorf("what lets packets pass changes if the way of those that do not is followed too:\n%s", diff)
		}
		start := e.Arrive(f, hook)
		mine := arrivedAs(a.Accepted(), &f)
		// Where Ask lets packets leave by any of several interfaces, Walk takes one.
		as := func(trace *eval.Trace) packet.Set {
			if out := trace.Left.Out; g.choice && hook == rules.Forward && out != "" {
				return mine.Where(packet.Names(packet.Out, packet.Pattern{Text: out}))
			}
			return mine
		}

		// Without outcomes: what a walk is sure of is always or never so.
		trace := e.Walk(start)
		if trace.Hook == hook {
			switch trace.Verdict {
			case rules.Accept:
				if goes(&trace.Left) && as(trace).Can().IsEmpty() {
					t.Errorf("Walk accepts %v, Ask never", &f)
				}
			case rules.Drop, rules.Reject:
				if !as(trace).IsEmpty() {
					t.Errorf("Walk drops %v, Ask may accept it", &f)
				}
			}
		}

		// With every outcome given they are equal, but for values that were lost.
		for range 4 {
			o := g.outcome()
			for _, key := range a.Universe().Unknowns() {
				if _, given := o[key]; !given && strings.Contains(key, " via ") {
					o[key] = g.flip("outcome of " + key)
				}
			}
			start.Outcome = o
			trace := e.Walk(start)
			if trace.Verdict == rules.Undecided || lostOnTheWay(trace) {
				continue
			}
			want := trace.Verdict == rules.Accept && trace.Hook == hook && goes(&trace.Left)
			got := given(a.Universe(), as(trace), o, g.keys)
			if lost := a.Universe().Known(packet.Fields(packet.Src, packet.Dst)); !got.Minus(lost).IsEmpty() {
				continue
			}
			if got.IsEmpty() == want {
				t.Errorf("Walk of %v: %v by %v, Ask accepts: %v", &f, trace.Verdict, trace.Hook, !got.IsEmpty())
			}
			if want {
				left := trace.Left
				if exact := got.Where(packet.Addresses(packet.Dst, packet.OneAddr(left.Dst))); exact != got {
					t.Errorf("Walk of %v leaves for %v, Ask for elsewhere", &f, left.Dst)
				}
				if exact := got.Where(packet.Names(packet.Out, packet.Pattern{Text: left.Out})); exact != got {
					t.Errorf("Walk of %v leaves by %q, Ask by others", &f, left.Out)
				}
			}
		}
	})
}
