package lint

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// Exposed reports what of the packets in bad an opening lets through. It returns
// nil if that is nothing.
func (o Opening) Exposed(bad packet.Set) *Exposure {
	mine := o.Packets.And(bad)
	if mine.Can().IsEmpty() {
		return nil
	}
	e := &Exposure{Opening: o, Packets: mine, Certainty: Possible}
	switch p := o.ground.pass; {
	case p.routesTell() && o.ground.peers == nil:
		if p.behindEach(mine, o.ground.Direction) {
			e.Certainty = Certain
		}
	case !mine.Will().IsEmpty() || o.onlyTogether(bad, mine.Can()):
		e.Certainty = Certain
	}
	return e
}

// scope returns the packets for which the opening was surely written, whatever
// earlier rules leave of them.
func (o Opening) scope() packet.Set {
	return o.ground.Answer.Scope(o.Stage, o.Chain, o.Rule).Will().Forget(packet.Mark, packet.ConnMark, packet.TOS, packet.TCPFlags, packet.DstType, packet.SrcType)
}

// together holds bad packets that surely pass though no opening by itself is
// sure to let them: one is if a condition holds, another if it does not.
type together struct {
	all     packet.Set
	orphans packet.Set // those for which no opening was surely written
}

// onlyTogether reports whether some bad packets surely pass, though no opening
// by itself is sure to be the one that lets them, and this is one of those: the
// one that was written for them whatever is not known, else each.
func (o Opening) onlyTogether(bad, mine packet.Set) bool {
	t, ok := o.ground.together[bad]
	if !ok {
		t = o.ground.findTogether(bad)
		o.ground.together[bad] = t
	}
	return t.orphans.Meets(mine) || t.all.Meets(mine) && t.all.Meets(mine.And(o.scope()))
}

func (g *Ground) findTogether(bad packet.Set) together {
	all := g.Answer.Comparable(g.Answer.Accepted().And(bad)).Will()
	openings := append(append([]Opening{}, g.Holes...), g.Written...)
	for _, o := range openings {
		all = all.Minus(o.Packets.And(bad).Will())
	}
	orphans := all
	for _, o := range openings {
		if orphans.IsEmpty() {
			break
		}
		orphans = orphans.Minus(o.Packets.And(bad).Can().And(o.scope()))
	}
	return together{all, orphans}
}

// Exposure is what an opening lets through that it should not.
type Exposure struct {
	Opening
	Packets   packet.Set
	Certainty Certainty
}

// Sure returns the packets that a finding is about: those that surely pass, else
// those that may.
func (e *Exposure) Sure() packet.Set {
	if w := e.Packets.Will(); !w.IsEmpty() {
		return w
	}
	return e.Packets.Can()
}

// Ports returns the destination ports of the exposed packets of a protocol.
func (e *Exposure) Ports(proto packet.Proto) []packet.Range {
	const most = 64
	rs, _ := e.Sure().Where(packet.Number(packet.Protocol, uint32(proto))).Ranges(packet.DstPort, most)
	return rs
}

// Finding returns a finding about the exposure, with its place, its witness and
// its flow; the check adds what is its own. prefer are boxes in which the
// witness should lie.
func (e *Exposure) Finding(prefer ...*packet.Boxes) Finding {
	f := Finding{Certainty: e.Certainty, Expected: "dropped", Actual: "accepted"}
	f.Flow = e.flow()
	f.chain, f.statement = e.Chain.Name, e.Chain.Span
	if e.Rule != nil {
		f.comment, f.statement = e.Rule.Comment, e.Rule.Span
	}
	trace := e.witness(prefer)
	f.Witness = trace
	at := e.place(trace, prefer)
	f.Span, f.Label = at.span, at.label
	f.Related = e.related(trace, at)
	if e.Certainty == Possible {
		f.Depends = e.depends(trace)
	} else if n, ok := e.passedBy(trace); ok {
		f.Related = append([]Note{n}, f.Related...)
	}
	f.Scope = e.reach()
	return f
}

func (e *Exposure) flow() Flow {
	from, to := e.ground.Zone, "moveit"
	if e.ground.Direction == Outbound {
		from, to = to, from
	}
	f := Flow{From: from, To: to, Protocol: "any"}
	protocols, _ := e.Sure().Ranges(packet.Protocol, 8)
	if len(protocols) == 1 && protocols[0].First == protocols[0].Last {
		p := packet.Proto(protocols[0].First)
		f.Protocol = p.String()
		if p.HasPorts() {
			f.Ports = PortList(e.Ports(p))
		}
	}
	return f
}

// PortList returns ports as people write them, empty for all.
func PortList(rs []packet.Range) string {
	const most = 12
	if len(rs) == 1 && rs[0].First == 0 && rs[0].Last == 65535 {
		return ""
	}
	var words []string
	for i, r := range rs {
		if i == most {
			words = append(words, "…")
			break
		}
		if r.First == r.Last {
			words = append(words, fmt.Sprint(r.First))
		} else {
			words = append(words, fmt.Sprintf("%d-%d", r.First, r.Last))
		}
	}
	return strings.Join(words, ",")
}

// witness returns a packet that is let through, and its way.
func (e *Exposure) witness(prefer []*packet.Boxes) *eval.Trace {
	g := e.ground
	// By this opening, and by an interface and with an outcome of the unknowns for
	// which it is this one that lets the packet pass.
	mine := g.Answer.Accepted().And(e.Packets).And(e.Sure())
	left, outcome, ok := mine.Example(append(slices.Clone(prefer), g.usual()...)...)
	if !ok {
		return nil
	}
	return g.pass.follow(left, outcome, g.pass.Hook(g.Direction))
}

// usual returns packets as people expect them in an example.
func (g *Ground) usual() []*packet.Boxes {
	if g.Direction == Outbound {
		return fromMOVEit
	}
	return toMOVEit
}

var (
	toMOVEit   = usual(packet.Src, packet.Dst)
	fromMOVEit = usual(packet.Dst, packet.Src)
)

// usual returns packets between a stranger's address and one for MOVEit, which
// are of the networks that RFC 5737 and RFC 3849 keep for documentation.
func usual(far, near packet.Field) []*packet.Boxes {
	// Clients know a published address; MOVEit knows its peers by their own.
	list := []*packet.Boxes{packet.Number(packet.DstTranslated, 0)}
	if near == packet.Dst {
		list = []*packet.Boxes{
			packet.Number(packet.DstTranslated, 1), packet.Addresses(packet.OrigDst, site.Internet()...),
			packet.Addresses(packet.OrigDst, packet.OneAddr(netip.MustParseAddr("203.0.113.10"))),
		}
	}
	list = append(list, packet.Number(packet.Protocol, uint32(packet.TCP)), packet.Number(packet.Family, packet.IPv4))
	for _, end := range []struct {
		field packet.Field
		addrs []string
	}{{far, []string{"203.0.113.7", "198.51.100.7", "2001:db8::7"}}, {near, []string{"192.0.2.20", "2001:db8:1::20"}}} {
		for _, a := range end.addrs {
			list = append(list, packet.Addresses(end.field, packet.OneAddr(netip.MustParseAddr(a))))
		}
	}
	return append(list, packet.Number(packet.SrcPort, 40000))
}

// follow walks the packet that leaves as given.
func (p *Pass) follow(left packet.Flow, outcome packet.Outcome, hook rules.Hook) *eval.Trace {
	arrived := packet.Flow{
		In: left.In, Out: left.Out, Src: left.Src, Dst: left.Dst, Proto: left.Proto, SrcPort: left.SrcPort, DstPort: left.DstPort,
		ICMPType: left.ICMPType, ICMPCode: left.ICMPCode, TCPFlags: left.TCPFlags, State: left.State,
	}
	if left.DstTranslated {
		arrived.Dst, arrived.DstPort = left.OrigDst.Addr(), left.OrigDst.Port()
	}
	if arrived.Proto == packet.TCP && arrived.State == packet.New {
		arrived.TCPFlags = packet.SYN
	}
	if left.State == packet.Untracked {
		arrived.State = packet.New
	}
	start := p.Engine.Arrive(arrived, hook)
	start.Flow.Length, start.Flow.TOS, start.Flow.Time = left.Length, left.TOS, left.Time
	start.Flow.Lost &^= packet.Fields(packet.Length, packet.TOS, packet.Time)
	start.Outcome, start.Toward = outcome, &left
	if outcome == nil {
		start.Outcome = packet.Outcome{}
	}
	trace := p.Engine.Walk(start)
	if trace.Verdict == rules.Undecided && !start.Flow.Knows(packet.DstType) {
		// The device gets its address at run time: the packet is for that, or is not.
		for _, is := range []packet.AddrType{packet.Local, packet.Unicast} {
			start.Flow.DstType = is
			start.Flow.Lost &^= packet.Fields(packet.DstType)
			if t := p.Engine.Walk(start); t.Verdict == rules.Accept {
				trace = t
				break
			}
		}
	}
	return p.hideInterfaces(p.Engine.Shown(trace.Effective()))
}

// hideInterfaces leaves out interfaces that nobody named where the configuration
// names none at all: there they tell nothing.
func (p *Pass) hideInterfaces(t *eval.Trace) *eval.Trace {
	if slices.ContainsFunc(p.Device.Interfaces, func(i rules.Interface) bool { return i.Name != "lo" }) {
		return t
	}
	for _, f := range []*packet.Flow{&t.Flow, &t.Left} {
		if f.In == roles.Another {
			f.In = ""
		}
		if f.Out == roles.Another {
			f.Out = ""
		}
	}
	return t
}

// depends tells on what a possible finding hangs.
func (e *Exposure) depends(t *eval.Trace) string {
	if t != nil {
		for _, s := range slices.Backward(t.Steps) {
			if s.Unknown != nil && isFixed(s.Unknown) && changesSomething(&s.Action) {
				return s.Unknown.Reason
			}
		}
		if open := e.open(t); open.Depends != nil && isFixed(open.Depends) {
			return open.Depends.Reason
		}
	}
	for _, side := range []struct {
		uncertain bool
		text      string
	}{
		{e.ground.pass.Roles.Outside.Uncertain, "which interface looks to the Internet"},
		{e.ground.pass.Roles.Inner.Uncertain, "which interface leads to MOVEit"},
	} {
		if side.uncertain {
			return side.text
		}
	}
	return "what the configuration does not show"
}

// open follows the packet of a trace without outcomes. A condition that does not
// hold leaves no step; so the walk stops at it.
func (e *Exposure) open(t *eval.Trace) *eval.Trace {
	return e.ground.pass.Engine.Walk(eval.Start{Flow: t.Flow, Hook: t.Hook, Toward: &t.Left})
}

// passedBy notes the rule that would stop the packet of a trace if a condition
// held that holds for some such packets only, and false if there is none.
func (e *Exposure) passedBy(t *eval.Trace) (Note, bool) {
	if t == nil || len(e.ground.Answer.Universe().Unknowns()) == 0 {
		return Note{}, false
	}
	open := e.open(t)
	if open.Depends == nil || isFixed(open.Depends) || len(open.Steps) == 0 {
		return Note{}, false
	}
	last := open.Steps[len(open.Steps)-1]
	if last.Rule == nil || last.Rule.Span.IsZero() || slices.ContainsFunc(t.Steps, func(s eval.Step) bool { return s.Rule == last.Rule }) {
		return Note{}, false
	}
	return Note{last.Rule.Span, "does not stop every such packet: it hangs on " + open.Depends.Reason}, true
}

// isFixed reports whether an unknown condition may be one that never holds, or
// always: what varies makes no finding possible only.
func isFixed(x *rules.Unknown) bool { return x.Doubt == packet.Fixed || x.Doubt == packet.Occasional }

// changesSomething reports whether an action plays a part in a packet's way.
func changesSomething(a *rules.Action) bool {
	return a.Verdict != rules.Continue || a.Changes()
}

// PortsOfOne returns the destination ports that are open between one address
// and one of MOVEit's, those with the most: rules for many addresses add nothing
// up.
func (e *Exposure) PortsOfOne() []packet.Range { return PortsOfOne(e.Sure()) }

// PortsOfOne returns the destination ports of the packets between one source and
// one destination, those with the most.
func PortsOfOne(s packet.Set) []packet.Range {
	const most = 1024
	rs, _ := s.Widest().Ranges(packet.DstPort, most)
	return rs
}

// LetsAllThrough reports whether the rule lets everything through and names no
// ports, so that what it opens is no service.
func (o Opening) LetsAllThrough() bool { return o.hole && !o.asksForPorts() }

func (o Opening) asksForPorts() bool {
	if o.Rule == nil {
		return false
	}
	for _, t := range o.Rule.Match {
		if t.Boxes == nil {
			continue
		}
		if fields := packet.Fields(t.Boxes.Fields()...); fields&packet.Fields(packet.DstPort, packet.SrcPort) != 0 {
			return true
		}
	}
	return false
}
