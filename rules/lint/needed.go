package lint

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Need is a flow that has to pass, and what becomes of it.
type Need struct {
	moveit.Flow
	Nodes   []packet.AddrRange // all of them, of one IP version; none: the host itself
	Front   string             // what clients reach instead of MOVEit, which the nodes are then; most often empty
	State   NeedState
	Replies bool           // the flow passes, and it is its replies that do not for sure
	Missing []packet.Range // the ports that are blocked, or of which it is not known
	Reason  string         // why it is not known; empty unless State is NeedUnclear
	Trace   *eval.Trace    // a packet that does not get through; nil: none can be shown
	Span    source.Span    // what stops it
}

// NeedState is what becomes of a needed flow.
type NeedState uint8

// The states of a need.
const (
	NeedMet NeedState = iota + 1
	NeedBlocked
	NeedUnclear
)

// ephemeral are the source ports of clients (RFC 6335, section 6): a service is
// reachable if every one of them gets through.
var ephemeral = packet.Numbers(packet.SrcPort, packet.Range{First: 49152, Last: 65535})

var anyTime = packet.Numbers(packet.Time, packet.Range{First: 0, Last: packet.MaxTime})

// Needs returns the flows that the services which are on need from clients.
func (p *Pass) Needs() []Need {
	if p.asked {
		return p.needs
	}
	p.asked = true
	for _, f := range moveit.Flows(p.Roles.Profile) {
		if f.State != site.On || !f.Needed || f.From != moveit.Client {
			continue
		}
		if p.IsAnybody() {
			p.needs = append(p.needs, Need{Flow: f, State: NeedUnclear, Missing: f.Ports, Reason: "MOVEit's addresses are not known"})
			continue
		}
		var straight []Need
		met := true
		for _, nodes := range p.targets() {
			n := p.need(Need{Flow: f, Nodes: nodes})
			straight, met = append(straight, n), met && n.State == NeedMet
		}
		if !met {
			if through := p.through(f); len(through) > 0 {
				straight = through
			}
		}
		p.needs = append(p.needs, straight...)
	}
	return p.needs
}

// need works out what becomes of a flow to nodes: whether some client of the zones
// that may use the service reaches them all on every port.
func (p *Pass) need(n Need) Need {
	zones := n.Zones
	if zones == nil {
		zones = p.Zones()
	}
	var w way
	undecided := ""
	for _, zone := range zones {
		if err := w.add(p, &n, zone); err != nil {
			undecided = err.Error()
		}
	}
	n.settle(w.there)
	if there := n.State; there != NeedBlocked {
		n.settle(w.both)
		n.Replies = n.State != there
	}
	switch {
	case n.State == NeedMet:
		return n
	case undecided != "":
		n.State, n.Missing, n.Reason = NeedUnclear, n.Ports, undecided
	case !w.covered:
		n.State, n.Missing, n.Reason = NeedUnclear, n.Ports, "the configuration says nothing about packets of this IP version"
	default:
		if err := guard(func() { n.explain(p, &w) }); err != nil {
			n.State, n.Reason = NeedUnclear, err.Error()
		}
	}
	return n
}

// publishedFor returns the addresses that are published for the nodes in their
// IP version: whoever reaches one of them reaches the nodes.
func (p *Pass) publishedFor(nodes []packet.AddrRange) []packet.AddrRange {
	return ofFamilies(p.Roles.Published, familiesOf(nodes))
}

// ofFamily returns the packets of the IP version that the nodes' addresses have.
func ofFamily(s packet.Set, nodes []packet.AddrRange) packet.Set {
	switch familiesOf(nodes) {
	case ipv4:
		return s.Where(packet.Number(packet.Family, packet.IPv4))
	case ipv6:
		return s.Where(packet.Number(packet.Family, packet.IPv6))
	}
	return s
}

// reachable holds the destination ports that some client reaches.
type reachable struct {
	sure      []packet.Range // whatever is not known, and at any time
	sometimes []packet.Range // whatever is not known, at some time
	may       []packet.Range // as what is not known may come out, at some time
}

func (r *reachable) add(x *reachable) {
	r.sure, r.sometimes, r.may = append(r.sure, x.sure...), append(r.sometimes, x.sometimes...), append(r.may, x.may...)
}

// reached returns the destination ports that some client reaches from every
// source port that clients use: at every node, or at a published address.
func (p *Pass) reached(a *eval.Answer, n *Need) reachable {
	const most = 1024
	nodes, accepted := n.Nodes, a.Accepted()
	if n.HighPorts {
		accepted = samePort(accepted)
	}
	ports := func(s packet.Set) []packet.Range {
		s = s.ForAll(ephemeral)
		if len(nodes) == 0 {
			rs, _ := s.Ranges(packet.DstPort, most)
			return rs
		}
		rs, _ := s.ForAll(packet.Addresses(packet.Dst, nodes...)).Ranges(packet.DstPort, most)
		if published := p.publishedFor(nodes); len(published) > 0 {
			more, _ := s.Where(packet.Addresses(packet.Dst, published...)).Ranges(packet.DstPort, most)
			rs = append(rs, more...)
		}
		return rs
	}
	always := accepted.Ordinary().Always().Forget(packet.Length, packet.TOS, packet.TCPFlags)
	can := accepted.Can().Forget(packet.Length, packet.TOS, packet.TCPFlags, packet.Time)
	may, _ := can.ForAll(ephemeral).Ranges(packet.DstPort, most)
	return reachable{ports(always.ForAll(anyTime)), ports(always.Forget(packet.Time)), may}
}

// settle compares the ports that are reached with those that should be.
func (n *Need) settle(r reachable) {
	if missing := subtract(n.Ports, r.may); len(missing) > 0 {
		n.State, n.Missing = NeedBlocked, missing
		return
	}
	if missing := subtract(n.Ports, r.sure); len(missing) > 0 {
		n.State, n.Missing = NeedUnclear, missing
		return
	}
	n.State, n.Missing = NeedMet, nil
}

// subtract returns the numbers of rs that are in none of the others.
func subtract(rs, others []packet.Range) []packet.Range {
	rs = slices.Clone(rs)
	for _, o := range others {
		var left []packet.Range
		for _, r := range rs {
			if o.Last < r.First || r.Last < o.First {
				left = append(left, r)
				continue
			}
			if r.First < o.First {
				left = append(left, packet.Range{First: r.First, Last: o.First - 1})
			}
			if o.Last < r.Last {
				left = append(left, packet.Range{First: o.Last + 1, Last: r.Last})
			}
		}
		rs = left
	}
	return rs
}

// explain finds a packet that does not get through for sure, what stops it, and
// why it is not known whether it does.
func (n *Need) explain(p *Pass, w *way) {
	if n.Replies {
		n.explainReplies(p, w.back)
	} else {
		n.explainThere(p, w.first)
	}
	if n.State != NeedUnclear {
		n.Reason = ""
		return
	}
	switch {
	case n.Reason != "":
	case w.straight:
		n.Reason = "whether another device translates for the Internet"
	case n.Front != "" && len(n.Nodes) > 1:
		n.Reason = "which of its addresses clients use"
	case len(n.Nodes) > 1 || len(n.Nodes) == 1 && n.Nodes[0].First != n.Nodes[0].Last:
		n.Reason = "which of the addresses MOVEit has here"
	case len(subtract(n.Ports, w.both.sometimes)) == 0:
		n.Reason = "the time at which clients connect"
	case p.Roles.Outside.Uncertain:
		n.Reason = "which interface looks to the Internet"
	case p.Roles.InnerOf(n.Nodes).Uncertain:
		n.Reason = "which interface leads to MOVEit"
	default:
		n.Reason = "conditions that the configuration does not show"
	}
}

// explainThere finds a packet of the flow itself.
func (n *Need) explainThere(p *Pass, a *eval.Answer) {
	lost := a.Asked().Where(packet.Numbers(packet.DstPort, n.Missing...)).Where(ephemeral)
	lost = lost.And(a.Universe().Known(packet.Fields(packet.DstType)))
	if len(n.Nodes) > 0 {
		if in := lost.Where(packet.Addresses(packet.Dst, n.Nodes...)); !in.IsEmpty() {
			lost = in
		}
	}
	passed := a.Accepted().Ordinary().Always()
	if n.State == NeedUnclear {
		// One that passes if what is not known comes out well tells most.
		if may := lost.And(a.Accepted().Can().Forget(mutable...)).Minus(passed.Forget(mutable...)); !may.IsEmpty() {
			lost = may
		}
	}
	if rest := lost.Minus(passed.Forget(mutable...)); !rest.IsEmpty() {
		lost = rest
	}
	flow, _, ok := lost.Example(append(p.arrivals(n.Nodes), toMOVEit...)...)
	if !ok {
		return
	}
	flow.DstTranslated = false
	n.trace(p, flow, Inbound)
}

// mutable are the fields that a device writes on packets or finds out on the way.
var mutable = []packet.Field{packet.Mark, packet.ConnMark, packet.DstType}

// trace walks a packet that does not get through for sure.
func (n *Need) trace(p *Pass, flow packet.Flow, d Direction) {
	t := p.follow(flow, nil, p.Hook(d))
	if open := p.Engine.Walk(eval.Start{Flow: t.Flow, Hook: t.Hook}); n.State == NeedUnclear && open.Depends != nil {
		t, n.Reason = open, open.Depends.Reason
	}
	n.Trace = t
	for _, s := range slices.Backward(t.Steps) {
		stops := s.Action.Verdict == rules.Drop || s.Action.Verdict == rules.Reject || s.Action.Verdict == rules.Undecided
		if !stops && s.Unknown == nil {
			continue
		}
		n.Span = s.Chain.Span
		if s.Rule != nil && !s.Rule.Span.IsZero() {
			n.Span = s.Rule.Span
		}
		break
	}
	n.blameTranslation(t)
	if t.Verdict == rules.Accept {
		n.Trace = nil
	}
}

// blameTranslation takes a translation that is not known for what it hangs on: the
// rules behind it see packets of which they cannot tell.
func (n *Need) blameTranslation(t *eval.Trace) {
	if n.State != NeedUnclear {
		return
	}
	for _, s := range t.Steps {
		if s.Action.NAT != nil && s.Unknown != nil && s.Rule != nil && !s.Rule.Span.IsZero() {
			n.Span, n.Reason = s.Rule.Span, s.Unknown.Reason
			return
		}
	}
}

// Target names the nodes of a need, for messages.
func (n *Need) Target() string {
	switch {
	case n.Front != "" && len(n.Nodes) == 1:
		return fmt.Sprintf("%s at %s", n.Front, n.Nodes[0])
	case n.Front != "":
		return n.Front
	case len(n.Nodes) != 1:
		return "the MOVEit host"
	}
	return fmt.Sprintf("MOVEit at %s", n.Nodes[0])
}
