package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var (
	clientPorts = packet.Numbers(packet.DstPort, packet.Range{First: 49152, Last: 65535})

	// answering are the TCP flags of replies, from the second of the handshake to the
	// last. All have to pass, and so have short packets and long ones.
	answering = packet.Numbers(packet.TCPFlags, packet.One(uint32(packet.ACK)), packet.One(uint32(packet.ACK|packet.FIN)),
		packet.One(uint32(packet.ACK|packet.SYN)), packet.One(uint32(packet.ACK|packet.PSH)))
	sized = packet.Numbers(packet.Length, packet.Range{First: 52, Last: 1500})
)

// reply is a question about the replies to a flow.
type reply struct {
	reachable
	answer *eval.Answer
	lost   packet.Set // those that do not come back for sure
	dead   packet.Set // those that surely do not come back
}

// replies returns what becomes of the replies to packets of a flow that get
// through, by the port that they come from.
//
// Connection tracking takes them for established, and knows the mark and the
// translation of their connection. Those to packets that it was told to leave
// alone are of no connection: invalid, unless they are left alone too.
func (p *Pass) replies(n *Need, zone string, there *eval.Answer) []reply {
	get := there.Accepted().Can().Where(ephemeral).Where(packet.Numbers(packet.DstPort, n.Ports...))
	if sure := get.And(there.Accepted().Ordinary().Always()); !sure.IsEmpty() {
		get = sure // that the others get through is not claimed
	}
	alone := get.Where(packet.Number(packet.ConnState, uint32(packet.Untracked)))
	var list []reply
	if known := get.Minus(alone); !known.IsEmpty() {
		list = append(list, p.repliesTo(n, zone, known, packet.Established))
	}
	if !alone.IsEmpty() {
		list = append(list, p.repliesTo(n, zone, alone, packet.Invalid))
	}
	return list
}

// repliesTo returns what becomes of the replies that connection tracking sees in
// a state, to packets that got through.
func (p *Pass) repliesTo(n *Need, zone string, got packet.Set, state packet.State) reply {
	const most = 256
	q := p.questionOf(n, Outbound, zone)
	q.State = state
	q.Arrive = append(q.Arrive, packet.Number(packet.Protocol, uint32(n.Protocol)), packet.Numbers(packet.SrcPort, n.Ports...), answering, sized)
	q.Leave = append(q.Leave, clientPorts)
	if own := p.own(); len(own) > 0 {
		q.Except = append(slices.Clip(q.Except), packet.Addresses(packet.Dst, own...)) // the device is no client
	}
	if clients, all := got.AddrRanges(packet.Src, most); all {
		q.Leave = append(q.Leave, packet.Addresses(packet.Dst, clients...))
	}
	if servers, all := got.AddrRanges(packet.Dst, most); all {
		q.Arrive = append(q.Arrive, packet.Addresses(packet.Src, servers...))
	}
	for _, f := range []packet.Field{packet.ConnMark, packet.DstTranslated} {
		if values, all := got.Ranges(f, most); all {
			q.Arrive = append(q.Arrive, packet.Numbers(f, values...))
		}
	}
	a, err := p.ask(q)
	if err != nil {
		panic(err) // the universe is full: guard passes it on
	}
	wanted := a.Asked()
	for _, b := range q.Leave {
		wanted = wanted.Where(b) // replies arrive as they leave: what was translated is of the first packet
	}
	asked := wanted.Can().Forget(passing...).ForgetLost(passing...)
	always := a.Accepted().Ordinary().Always().Forget(passing...).ForgetLost(passing...)
	can := a.Accepted().Can().Forget(passing...).ForgetLost(passing...)
	if len(n.Nodes) == 0 {
		always, can = always.Forget(packet.Src), can.Forget(packet.Src) // which address it has is not told
	}
	r := reply{answer: a, lost: asked.Minus(always), dead: asked.Minus(can)}
	r.sure = repliesOf(n.Ports, r.lost)
	r.sometimes = repliesOf(n.Ports, asked.Minus(always.Forget(packet.Time)))
	r.may, _ = can.Ranges(packet.SrcPort, most)
	return r
}

// passing are the fields of replies that the device writes or finds out on the
// way, and those by which no rule tells one reply from the next.
var passing = []packet.Field{
	packet.Out, packet.ConnState, packet.SrcTranslated, packet.OrigDst, packet.OrigSrc, packet.OrigDstPort, packet.OrigSrcPort,
	packet.DstType, packet.SrcType, packet.Fragment, packet.LinkType, packet.IPsec, packet.TOS, packet.Mark, packet.Pending,
}

// repliesOf returns the ports of which no reply is lost, none if that cannot be
// said shortly.
func repliesOf(ports []packet.Range, lost packet.Set) []packet.Range {
	const most = 1024
	rs, all := lost.Ranges(packet.SrcPort, most)
	if !all {
		return nil
	}
	return subtract(ports, rs)
}

// with leaves the ports whose replies come back: that they may is enough if it is
// so of one of the replies.
func (r *reachable) with(back []reply) {
	var may []packet.Range
	for i := range back {
		r.sure, r.sometimes = both(r.sure, back[i].sure), both(r.sometimes, back[i].sometimes)
		may = append(may, back[i].may...)
	}
	r.may = both(r.may, may)
}

// own returns the device's own addresses, as far as they are told.
func (p *Pass) own() []packet.AddrRange {
	var list []packet.AddrRange
	for _, i := range p.Device.Interfaces {
		for _, a := range i.Addrs {
			list = append(list, packet.OneAddr(a.Addr()))
		}
	}
	return list
}

// both returns the numbers that are in a and in b.
func both(a, b []packet.Range) []packet.Range { return subtract(a, subtract(a, b)) }

// explainReplies finds a reply that does not come back for sure.
func (n *Need) explainReplies(p *Pass, back []reply) {
	missing := packet.Numbers(packet.SrcPort, n.Missing...)
	for i := range back {
		sets := []packet.Set{back[i].dead, back[i].lost}
		for _, s := range sets {
			flow, _, ok := s.Where(missing).Example(fromMOVEit...)
			if !ok {
				continue
			}
			flow.State = back[i].answer.Question().State
			flow.DstTranslated = false
			n.trace(p, flow, Outbound)
			return
		}
	}
}
