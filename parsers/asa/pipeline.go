package asa

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The way of a packet through the appliance. Since 8.3 the access lists see real
// addresses: they come behind the translation of destinations and before that of
// sources (6.1). Before, they see addresses as they are on the wire: they come
// before the one and behind the other (8).

var (
	noIn    = packet.Names(packet.In, packet.Pattern{})
	noOut   = packet.Names(packet.Out, packet.Pattern{})
	ofTCP   = packet.Number(packet.Protocol, uint32(packet.TCP))
	ofUDP   = packet.Number(packet.Protocol, uint32(packet.UDP))
	tracked = packet.Numbers(packet.Protocol, packet.One(uint32(packet.TCP)), packet.One(uint32(packet.UDP)), packet.One(uint32(packet.SCTP)))
	opened  = packet.Numbers(packet.Protocol, packet.One(uint32(packet.TCP)), packet.One(uint32(packet.UDP)))
	ofICMP  = packet.Numbers(packet.Protocol, packet.One(uint32(packet.ICMP)), packet.One(uint32(packet.ICMPv6)))

	isEstablished = packet.Number(packet.ConnState, uint32(packet.Established))
	isRelated     = packet.Number(packet.ConnState, uint32(packet.Related))
	isInvalid     = packet.Number(packet.ConnState, uint32(packet.Invalid))
)

// course is a run of stages, each of which leads to the next.
type course struct {
	first, last *rules.Stage
}

// add puts a stage behind the others; one without a chain is left out.
func (x *course) add(s *rules.Stage) {
	if s.Chain == nil && !s.Route {
		return
	}
	if x.last == nil {
		x.first = s
	} else {
		x.last.Next = []rules.Edge{{To: s}}
	}
	x.last = s
}

// pipeline returns the way of packets through the appliance.
func (l *lowering) pipeline() rules.Pipeline {
	nat := l.natStages()
	p := rules.Pipeline{Entry: l.replies(nat)}
	p.Entry = append(p.Entry, rules.Edge{When: rules.Match{{Boxes: noIn}}}) // no list is for what the appliance sends (9)
	first := l.received(nat)
	p.Entry = append(p.Entry, rules.Edge{To: first})
	return p
}

// received returns the stages for packets that come in.
func (l *lowering) received(nat natStages) *rules.Stage {
	var before course
	before.add(&rules.Stage{Hook: rules.Prerouting, Chain: l.arrival()})
	before.add(&rules.Stage{Hook: rules.Prerouting, Chain: l.bridging()})
	if !l.c.version.realAddresses() {
		return l.receivedWire(before, nat)
	}
	before.add(&rules.Stage{Hook: rules.Prerouting, Chain: nat.destination})
	before.add(&rules.Stage{Hook: rules.Prerouting, Route: true})
	var behind course
	behind.add(&rules.Stage{Hook: rules.Forward, Chain: l.betweenLevels()})
	behind.add(&rules.Stage{Hook: rules.Forward, Chain: l.incoming(), Filters: true})
	behind.add(l.outgoing())
	behind.add(&rules.Stage{Hook: rules.Forward, Chain: nat.reverse})
	behind.add(&rules.Stage{Hook: rules.Postrouting, Chain: nat.source})
	behind.last.Next = []rules.Edge{{}}
	before.last.Next = []rules.Edge{{When: rules.Match{{Boxes: noOut}}, To: l.toDevice()}, {To: behind.first}}
	return before.first
}

// receivedWire returns them for versions before 8.3. The security levels are
// asked about packets from interfaces without an access list.
func (l *lowering) receivedWire(before course, nat natStages) *rules.Stage {
	before.add(l.incomingWire())
	before.add(&rules.Stage{Hook: rules.Prerouting, Chain: nat.destination})
	before.add(&rules.Stage{Hook: rules.Prerouting, Route: true})
	var leaving course
	leaving.add(&rules.Stage{Hook: rules.Forward, Chain: nat.reverse})
	leaving.add(&rules.Stage{Hook: rules.Postrouting, Chain: nat.source})
	leaving.add(l.outgoing())
	next := rules.Edge{To: leaving.first}
	if leaving.last != nil {
		leaving.last.Next = []rules.Edge{{}}
	}
	levels := &rules.Stage{Hook: rules.Forward, Chain: l.levels(), Filters: true, Next: []rules.Edge{next}}
	same := &rules.Stage{Hook: rules.Forward, Chain: l.betweenLevels()}
	for _, b := range l.filters.in {
		if b.chain != nil {
			same.Next = append(same.Next, rules.Edge{When: l.slab.NewMatch(b.when(packet.In)), To: next.To})
		}
	}
	if l.isPart() {
		levels = next.To // no level is known
	}
	same.Next = append(same.Next, rules.Edge{To: levels})
	before.last.Next = []rules.Edge{{When: rules.Match{{Boxes: noOut}}, To: l.toDevice()}, {To: same}}
	return before.first
}

// replies returns the edges by which packets of known connections pass: of TCP,
// UDP and SCTP all, of ICMP and of connections that a protocol opens for its data
// those that an inspection takes for such (6.2). Where nothing is translated it is
// known where they leave.
func (l *lowering) replies(nat natStages) []rules.Edge {
	var out *rules.Stage
	if nat == (natStages{}) && !l.c.transparent {
		out = &rules.Stage{Hook: rules.Forward, Route: true, Next: []rules.Edge{{}}}
	}
	edges := []rules.Edge{{When: rules.Match{{Boxes: isEstablished}, {Boxes: tracked}}, To: out}}
	for _, i := range l.inspections() {
		for _, boxes := range i.lets() {
			for _, where := range i.places {
				edges = append(edges, rules.Edge{When: append(append(rules.Match{}, boxes...), where...), To: out})
			}
		}
	}
	return edges
}
