package lint

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Need is a flow that has to pass, and what becomes of it.
type Need struct {
	moveit.Flow
	Node    packet.AddrRange // the zero range: the host itself
	State   NeedState
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
		nodes := p.Roles.Nodes
		if p.Roles.View == roles.Host {
			nodes = []packet.AddrRange{{}}
		}
		for _, node := range nodes {
			p.needs = append(p.needs, p.need(f, node))
		}
	}
	return p.needs
}

// need works out what becomes of a flow to one node: whether some client of the
// zones that may use the service reaches it on every port.
func (p *Pass) need(f moveit.Flow, node packet.AddrRange) Need {
	n := Need{Flow: f, Node: node, State: NeedBlocked}
	zones := f.Zones
	if zones == nil {
		zones = p.Zones()
	}
	sure, may := []packet.Range{}, []packet.Range{}
	for i, zone := range zones {
		q := p.Question(Inbound, zone)
		q.Arrive = append(q.Arrive, packet.Number(packet.Protocol, uint32(f.Protocol)))
		q.Leave = append(q.Leave, packet.Numbers(packet.DstPort, f.Ports...))
		if node.First.IsValid() {
			q.Leave = append([]*packet.Boxes{packet.Addresses(packet.Dst, node)}, q.Leave...)
		}
		a, err := p.ask(q)
		if err == nil {
			err = guard(func() {
				met, open := reached(a)
				sure, may = append(sure, met...), append(may, open...)
				if i == 0 {
					n.blockedBy(p, a, f)
				}
				if !a.Uncovered().IsEmpty() && len(may) == 0 && a.Accepted().IsEmpty() && a.Uncovered().Covers(a.Asked()) {
					n.State, n.Reason = NeedUnclear, "the configuration says nothing about packets of this IP version"
				}
			})
		}
		if err != nil {
			n.State, n.Reason = NeedUnclear, err.Error()
		}
	}
	n.settle(f, sure, may)
	return n
}

// reached returns the destination ports that some client surely reaches, and
// those that one may.
func reached(a *eval.Answer) (sure, may []packet.Range) {
	const most = 1024
	all := func(s packet.Set) []packet.Range {
		s = s.Forget(packet.Length, packet.TOS, packet.TCPFlags)
		rs, _ := s.ForAll(ephemeral).ForAll(anyTime).Ranges(packet.DstPort, most)
		return rs
	}
	return all(a.Accepted().Ordinary().Always()), all(a.Accepted().Can())
}

// settle compares the ports that are reached with those that should be.
func (n *Need) settle(f moveit.Flow, sure, may []packet.Range) {
	if n.State == NeedUnclear {
		n.Missing = f.Ports
		return
	}
	if n.Missing = subtract(f.Ports, may); len(n.Missing) > 0 {
		return
	}
	if n.Missing = subtract(f.Ports, sure); len(n.Missing) > 0 {
		n.State = NeedUnclear
		if n.Reason == "" {
			n.Reason = "conditions that the configuration does not show"
		}
		return
	}
	n.State, n.Trace, n.Span, n.Reason = NeedMet, nil, source.Span{}, ""
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

// blockedBy finds a packet of the flow that does not get through for sure, and
// what stops it.
func (n *Need) blockedBy(p *Pass, a *eval.Answer, f moveit.Flow) {
	lost := a.Asked().Where(packet.Numbers(packet.DstPort, f.Ports...)).Where(ephemeral)
	if n.Node.First.IsValid() {
		to := packet.Addresses(packet.Dst, n.Node)
		if in := lost.Where(to); !in.IsEmpty() {
			lost = in
		}
	}
	if rest := lost.Minus(a.Accepted().Ordinary().Always().Forget(packet.Mark, packet.ConnMark, packet.DstType)); !rest.IsEmpty() {
		lost = rest
	}
	flow, _, ok := lost.Example(toMOVEit...)
	if !ok {
		return
	}
	flow.DstTranslated = false
	t := p.follow(flow, nil, p.Hook(Inbound))
	n.Trace = t
	for _, s := range slices.Backward(t.Steps) {
		if s.Unknown != nil && n.Reason == "" {
			n.Reason = s.Unknown.Reason
		}
		if s.Action.Verdict != rules.Drop && s.Action.Verdict != rules.Reject && s.Action.Verdict != rules.Undecided {
			continue
		}
		n.Span = s.Chain.Span
		if s.Rule != nil && !s.Rule.Span.IsZero() {
			n.Span = s.Rule.Span
		}
		break
	}
	if t.Depends != nil {
		n.Reason = t.Depends.Reason
	}
	if t.Verdict == rules.Accept {
		n.Trace = nil
	}
}

// Target names the node of a need, for messages.
func (n *Need) Target() string {
	if !n.Node.First.IsValid() {
		return "the MOVEit host"
	}
	return fmt.Sprintf("MOVEit at %s", n.Node)
}
