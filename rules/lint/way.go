package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// way is what becomes of the packets of a flow from several zones.
type way struct {
	there, both reachable    // there, and there and back
	first       *eval.Answer // about packets there
	back        []reply
	covered     bool // the configuration speaks of some packet
	straight    bool // clients may get there if they come straight to a private address
}

// add asks about the clients of one more zone.
func (w *way) add(p *Pass, n *Need, zone string) error {
	q := p.questionOf(n, Inbound, zone)
	q.Arrive = append(q.Arrive, packet.Number(packet.Protocol, uint32(n.Protocol)))
	q.Leave = append(q.Leave, packet.Numbers(packet.DstPort, n.Ports...))
	if len(n.Nodes) > 0 {
		q.Leave = append([]*packet.Boxes{packet.Addresses(packet.Dst, slices.Concat(n.Nodes, p.publishedFor(n.Nodes))...)}, q.Leave...)
	}
	if zone != Internet || !p.isTranslatedTo(n.Nodes) {
		return w.ask(p, n, zone, q, false)
	}
	straight := q
	q.Except = append(slices.Clip(q.Except), packet.Addresses(packet.Dst, n.Nodes...))
	if err := w.ask(p, n, zone, q, false); err != nil {
		return err
	}
	var known bool
	if err := guard(func() { known = p.publishes(n.Nodes) }); err != nil || known {
		return err
	}
	// What is translated may be for others, and another device translate for the
	// Internet.
	return w.ask(p, n, zone, straight, true)
}

// ask asks one question about packets there. In doubt what it finds may be so.
func (w *way) ask(p *Pass, n *Need, zone string, q eval.Question, doubt bool) error {
	a, err := p.ask(q)
	if err != nil {
		return err
	}
	if w.first == nil {
		w.first = a
	}
	return guard(func() {
		asked := ofFamily(a.Asked(), n.Nodes)
		w.covered = w.covered || asked.IsEmpty() || !a.Uncovered().Covers(asked) // of none: all are translated away
		r := p.reached(a, n)
		if doubt {
			r.sure, r.sometimes = nil, nil
			w.straight = len(r.may) > 0
		}
		w.there.add(&r)
		if len(r.may) > 0 {
			back := p.replies(n, zone, a)
			w.back = append(w.back, back...)
			r.with(back)
		}
		w.both.add(&r)
	})
}
