package lint

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
)

// Ground is what passes between a zone and MOVEit, and which rules let it pass:
// what all checks of that pair stand on.
type Ground struct {
	Direction Direction
	Zone      string
	Answer    *eval.Answer
	// Holes are the rules and policies that let everything through.
	Holes []Opening
	// Written are the others: rules that were written for some packets.
	Written []Opening

	asked    []packet.Set // what it asks of TCP and of UDP; nil: not worked out yet
	seen     map[viewKey]packet.Set
	together map[packet.Set]together
	pass     *Pass
	peers    *Peers        // that it is about instead of MOVEit; most often nil
	ports    *packet.Boxes // that the question is about
	width    int           // how many those are
	err      error         // the question outgrew its budget, and the rest is not set
}

// Opening is a rule or policy that lets packets pass.
type Opening struct {
	eval.Decider
	ground *Ground
	hole   bool // it lets everything through
}

// Between returns the direction and the zone of the packets.
func (o Opening) Between() (d Direction, zone string) { return o.ground.Direction, o.ground.Zone }

type groundKey struct {
	direction Direction
	zone      string
	service   string
	peers     string
}

// Peers are hosts beside MOVEit's nodes that a check asks about: the file server
// of a web farm, the database.
type Peers struct {
	Name  string // "nas"
	Addrs []packet.AddrRange
}

// Ground returns what passes in a direction between a zone and MOVEit. Where
// MOVEit's addresses are not known, service limits the question, nil asking for
// packets that no rule speaks of. If the question outgrows its budget it panics
// with that error, and the check that asked is inconclusive.
func (p *Pass) Ground(d Direction, zone string) *Ground {
	return p.ground(groundKey{direction: d, zone: zone}, nil, nil)
}

// Service returns the ground for the packets of a service alone. It is the
// cheaper question, and the only one to ask where MOVEit's addresses are not
// known.
func (p *Pass) Service(d Direction, zone string, service *packet.Boxes) *Ground {
	return p.ground(groundKey{direction: d, zone: zone, service: service.Key()}, service, nil)
}

// PeerService returns the ground for the packets of a service between a zone and
// peers, and false where the view shows none of those: a host's own filter.
func (p *Pass) PeerService(d Direction, zone string, service *packet.Boxes, peers *Peers) (*Ground, bool) {
	if p.Roles.View == roles.Host {
		return nil, false
	}
	return p.ground(groundKey{d, zone, service.Key(), peers.Name}, service, peers), true
}

func (p *Pass) ground(key groundKey, service *packet.Boxes, peers *Peers) *Ground {
	g := p.grounds[key]
	if g == nil {
		g = p.newGround(key.direction, key.zone, service, peers)
		p.grounds[key] = g
	}
	if g.err != nil {
		panic(g.err)
	}
	p.use(key)
	return g
}

// keptNodes bounds the diagrams that are kept for the checks that may ask for
// them again, at about 50 MB.
const keptNodes = 1_500_000

// use notes that a ground is in use, and lets go of those that were not for the
// longest time, as far as they are large: whoever wants one asks again.
func (p *Pass) use(key groundKey) {
	p.recent = append(slices.DeleteFunc(p.recent, func(k groundKey) bool { return k == key }), key)
	nodes := 0
	for i, k := range slices.Backward(p.recent) {
		nodes += p.grounds[k].Answer.Universe().Nodes()
		if nodes > keptNodes && k != key {
			for _, old := range p.recent[:i+1] {
				delete(p.grounds, old)
			}
			p.recent = p.recent[i+1:]
			return
		}
	}
}

func (p *Pass) newGround(d Direction, zone string, service *packet.Boxes, peers *Peers) *Ground {
	var q eval.Question
	switch {
	case peers != nil:
		q = p.question(d, zone, peers.Addrs, p.Roles.Behind(p.Device, p.Told, peers.Addrs))
	case len(p.anywhere) > 0:
		q = p.question(d, zone, append(slices.Clone(p.Roles.Addresses()), p.strangersTo(d, service != nil)...), p.Roles.Inner)
	default:
		q = p.Question(d, zone)
	}
	if service != nil {
		q.Arrive = append(q.Arrive, withPorts)
		q.Leave = append(q.Leave, service)
	} else if p.IsAnybody() {
		p.nobody(d, &q)
	}
	g := &Ground{Direction: d, Zone: zone, pass: p, peers: peers, seen: map[viewKey]packet.Set{}, together: map[packet.Set]together{}, ports: anyPort}
	if service != nil {
		g.ports = service
	}
	g.Answer, g.err = p.ask(q)
	if g.err == nil {
		g.err = guard(func() {
			g.width = count(PortsOfOne(g.Answer.Universe().Box(g.ports)))
			g.sort()
		})
	}
	return g
}

// anyPort are the ports of services: none has number 0.
var anyPort = packet.Numbers(packet.DstPort, packet.Range{First: 1, Last: 65535})

// withPorts are the packets that have ports. A question about ports stays small
// if it asks for no others.
var withPorts = packet.Numbers(packet.Protocol, packet.One(uint32(packet.TCP)), packet.One(uint32(packet.UDP)))

// IsAnybody reports whether MOVEit may be any host behind the firewall.
func (p *Pass) IsAnybody() bool { return len(p.Roles.Nodes) == 0 && p.Hook(Inbound) == rules.Forward }

// guard runs f and returns the error with which a universe gives up.
func guard(f func()) (err error) {
	defer func() {
		r := recover()
		if x, ok := r.(unattributedError); ok {
			err = x
		} else if x, full := packet.Exhausted(r); full {
			err = x
		}
	}()
	f()
	return nil
}

// unattributedError says that packets pass of which no rule was found to let them.
type unattributedError struct{}

// Error says so.
func (unattributedError) Error() string { return "packets pass, and which rule lets them is not found" }

// sort tells openings that let everything through from those that were written
// for something.
func (g *Ground) sort() {
	deciders, rest := g.Answer.Deciders(g.Answer.Accepted())
	if !rest.Can().IsEmpty() {
		panic(unattributedError{})
	}
	for _, d := range deciders {
		o := Opening{Decider: d, ground: g}
		if o.hole = o.isHole(); o.hole {
			g.Holes = append(g.Holes, o)
		} else {
			g.Written = append(g.Written, o)
		}
	}
}

// isHole reports whether an opening is a policy, or a rule that lets through,
// from any address of the zone (outbound: to), every port of TCP or of UDP, or
// every protocol.
func (o Opening) isHole() bool {
	policy := o.Rule == nil || o.Rule.Implicit != ""
	switch {
	case policy && o.ground.pass.IsAnybody():
		return true // nobody else looks at the rest
	case !o.isBroad():
		return false
	case policy:
		return true
	}
	if o.ground.ports == anyPort && o.leavesOutPort() {
		return false
	}
	a := o.ground.Answer
	scope := a.Scope(o.Stage, o.Chain, o.Rule).Can()
	if scope.Forget(packet.Mark, packet.ConnMark) != scope {
		// Which packets are marked so is known only of those that come this far.
		scope = a.Comparable(a.Accepted()).Or(o.Packets).Can().Forget(unwritten...)
	}
	return slices.ContainsFunc(o.ground.transport(), func(all packet.Set) bool { return o.coversOne(scope, all) })
}

// transport returns what a ground asks of TCP and of UDP, as far as it asks of
// either.
func (g *Ground) transport() []packet.Set {
	if g.asked == nil {
		asked := g.Answer.Asked().Forget(packet.DstType, packet.Mark, packet.ConnMark)
		g.asked = []packet.Set{}
		for _, proto := range []packet.Proto{packet.TCP, packet.UDP} {
			if all := asked.Where(packet.Number(packet.Protocol, uint32(proto))).Where(g.ports); !all.IsEmpty() {
				g.asked = append(g.asked, all)
			}
		}
	}
	return g.asked
}

// isBroad reports whether an opening lets through more than half of the ports
// that the question is about, or protocols without ports. A rule for everything
// of which earlier rules leave little is written for that little.
func (o Opening) isBroad() bool {
	u := o.ground.Answer.Universe()
	packets := o.Packets.Can()
	for _, proto := range []packet.Proto{packet.TCP, packet.UDP} {
		of := u.Box(packet.Number(packet.Protocol, uint32(proto)))
		if 2*count(PortsOfOne(packets.And(of))) > o.ground.width {
			return true
		}
		packets = packets.Minus(of)
	}
	return !packets.Minus(u.Box(Messages)).IsEmpty()
}

// Messages are the protocols that open no connection to a service.
var Messages = packet.Numbers(packet.Protocol, packet.One(uint32(packet.ICMP)), packet.One(2), packet.One(uint32(packet.ICMPv6)))

// count returns how many ports there are in ranges.
func count(rs []packet.Range) int {
	n := 0
	for _, r := range rs {
		n += int(r.Last-r.First) + 1
	}
	return n
}

// leavesOutPort reports whether a condition of the rule surely does not hold for
// some destination port, which is cheap to see of most rules: grounds are about
// every port.
func (o Opening) leavesOutPort() bool {
	for _, port := range []uint16{1, 47808, 65535} {
		f := packet.Flow{Proto: packet.TCP, DstPort: port, Lost: ^packet.Fields(packet.DstPort, packet.Protocol)}
		for i := range o.Rule.Match {
			t := &o.Rule.Match[i]
			if t.Boxes != nil && t.Unknown == nil && !t.Negated && slices.Equal(t.Boxes.Fields(), []packet.Field{packet.DstPort}) && t.Boxes.Holds(&f) == packet.False {
				return true
			}
		}
	}
	return false
}

// coversOne reports whether the rule's own conditions leave out none of the
// packets, but for which of MOVEit's addresses and which interface they concern.
func (o Opening) coversOne(scope, all packet.Set) bool {
	near := packet.Dst
	if o.ground.Direction == Outbound {
		near = packet.Src
	}
	// What one address of MOVEit's lacks, none may have.
	example, _, ok := scope.And(all).Example()
	if !ok {
		return false
	}
	addr := example.Dst
	if near == packet.Src {
		addr = example.Src
	}
	key := viewKey{all, near, addr, example.In, example.Out}
	wanted, done := o.ground.seen[key]
	if !done {
		wanted = key.of(all.And(all.Universe().Known(packet.Fields(unwritten...))))
		o.ground.seen[key] = wanted
	}
	return key.of(scope).Covers(wanted)
}

// unwritten are the fields that nobody writes a rule of access for.
var unwritten = []packet.Field{
	packet.DstType, packet.SrcType, packet.Mark, packet.ConnMark, packet.DstTranslated, packet.SrcTranslated, packet.OrigDst, packet.OrigDstPort,
	packet.OrigSrc, packet.OrigSrcPort, packet.Time, packet.Length, packet.TOS, packet.TCPFlags, packet.ConnState, packet.LinkType, packet.IPsec, packet.Fragment,
}

// viewKey tells the packets of a set that concern one address of MOVEit's and
// interfaces like two.
type viewKey struct {
	set     packet.Set
	near    packet.Field
	addr    netip.Addr
	in, out string
}

// of returns those packets of s that may be in it, without the fields of which
// rules of access do not speak.
func (k *viewKey) of(s packet.Set) packet.Set {
	u := s.Universe()
	s = s.Where(packet.Addresses(k.near, packet.OneAddr(k.addr)))
	return s.And(u.Alike(packet.In, k.in)).And(u.Alike(packet.Out, k.out)).Can().Forget(unwritten...)
}

// nobody limits a question to packets of which no rule speaks: to a host, or
// from one, that no rule names.
func (p *Pass) nobody(d Direction, q *eval.Question) {
	f := packet.Dst
	if d == Outbound {
		f = packet.Src
	}
	boxes := packet.Addresses(f, p.unnamed(f)...)
	if d == Outbound {
		q.Arrive = append(q.Arrive, boxes)
	} else {
		q.Leave = append(q.Leave, boxes)
	}
}
