package lint

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Pass is one run of the checks over one device. Answers are kept, so that
// checks which ask the same question share the work.
type Pass struct {
	Device *rules.Device
	Engine *eval.Engine
	Roles  *roles.Roles
	Told   []site.Interface // what the profile tells of the device's interfaces
	First  source.Span      // the head of the device's first file: where nothing else is to be shown

	elsewhere []packet.AddrRange // nodes that are behind other contexts of the appliance, and not behind this one
	anywhere  []version          // in which MOVEit may be any host, though some of its addresses are known
	check     *Check
	findings  []Finding
	grounds   map[groundKey]*Ground
	recent    []groundKey // of those that hold an answer, the last used last
	needs     []Need
	asked     bool // needs are worked out
	outgrown  int  // questions that outgrew their budget
	states    map[string]State
}

// Report adds a finding of the check that runs.
func (p *Pass) Report(f Finding) {
	f.Check = p.check
	if f.Severity == 0 {
		f.Severity = p.check.Severity
	}
	if f.Requirements == nil {
		f.Requirements = p.check.Requirements
	}
	if f.Span.IsZero() {
		f.Span = p.First
	}
	p.findings = append(p.findings, f)
}

// Judged says that the check has judged requirements, of one device: those that
// no finding is about are met. Without ids it is those of the check.
func (p *Pass) Judged(ids ...string) { p.mark(Passed, ids) }

// Unasked says that the check cannot judge its requirements, for it is not known
// which host is MOVEit's.
func (p *Pass) Unasked() { p.Undecided() }

// Undecided says that it is not known whether requirements are met, without ids
// those of the check.
func (p *Pass) Undecided(ids ...string) { p.mark(Undecided, ids) }

// Contradicts says that an exposure, of which another check speaks, contradicts
// what the requirements ask, without ids those of the check: they are not met.
func (p *Pass) Contradicts(e *Exposure, ids ...string) {
	if e == nil {
		return
	}
	state := Failed
	if e.Certainty == Possible {
		state = Undecided
	}
	p.mark(state, ids)
}

func (p *Pass) mark(state State, ids []string) {
	if len(ids) == 0 {
		ids = p.check.Requirements
	}
	for _, id := range ids {
		p.states[id] = max(p.states[id], state)
	}
}

// Direction is who opens the connection.
type Direction uint8

// Inbound is to MOVEit, Outbound from it.
const (
	Inbound Direction = iota + 1
	Outbound
)

// Hook returns the way that packets of a direction take in the view.
func (p *Pass) Hook(d Direction) rules.Hook {
	switch {
	case p.Roles.View != roles.Host:
		return rules.Forward
	case d == Inbound:
		return rules.Input
	}
	return rules.Output
}

// Internet is the name of the zone outside.
const Internet = "internet"

// Zones returns the zones that questions are asked of: the Internet first, and
// then those whose networks or interfaces the profile declares. A zone that is
// all of where MOVEit stands is not asked: its packets do not cross the firewall.
// One that is a part of it is: they cross to nodes that stand elsewhere.
func (p *Pass) Zones() []string {
	zones := []string{Internet}
	for _, z := range p.Roles.Profile.Zones {
		if z.Name == Internet {
			continue
		}
		names := p.Roles.Zone(z.Name, p.Told).Names
		inner := p.Roles.View == roles.Forward && !p.Roles.Inner.Uncertain &&
			holdsAll(p.Roles.Inner.Names, names) && holdsAll(names, p.Roles.Inner.Names)
		if len(z.Networks) > 0 || len(names) > 0 && !inner {
			zones = append(zones, z.Name)
		}
	}
	return zones
}

func holdsAll(names, others []string) bool {
	return !slices.ContainsFunc(others, func(n string) bool { return !slices.Contains(names, n) })
}

// In returns the packets whose source or destination lies in a zone; what the
// profile says nothing of holds none.
func (p *Pass) In(u *packet.Universe, zone string, end packet.End) packet.Set {
	addr, name := packet.Src, packet.In
	if end == packet.Destination {
		addr, name = packet.Dst, packet.Out
	}
	ranges := p.ranges(zone)
	s := u.Box(packet.Addresses(addr, ranges...))
	if p.hasNetworks(zone) || zone == Internet {
		return s
	}
	if b := p.Roles.Zone(zone, p.Told).Boxes(name); b != nil {
		return s.Where(b)
	}
	return u.None()
}

func (p *Pass) hasNetworks(zone string) bool {
	z, _ := p.Roles.Profile.Zone(zone)
	return len(z.Networks) > 0
}

// ranges returns the addresses of a zone, none if nothing is told of it. MOVEit's
// own, which the profile need not tell, are in none, and the device's neither:
// what a host sends to itself goes to nobody.
func (p *Pass) ranges(zone string) []packet.AddrRange {
	rs, _ := p.Roles.Profile.ZoneRanges(zone)
	return site.Without(site.Without(rs, p.Roles.Addresses()), p.Device.Local())
}

// plain are the packets that came out of no IPsec tunnel. Those that did are of
// a peer that the firewall knows, whatever their source address: not of the
// Internet at large, and not of MOVEit itself.
var plain = packet.Number(packet.IPsec, 0)

// loopback returns the packets that a host sends to itself, though firewalls accept
// them in every chain: none of another host comes or goes by it.
func loopback(d *rules.Device) []*packet.Boxes {
	names := []packet.Pattern{{Text: "lo"}}
	if own := d.Loopback.Name; own != "" && own != "lo" {
		names = append(names, packet.Pattern{Text: own})
		if first, is := strings.CutSuffix(own, "0"); is { // the first of several
			for digit := '1'; digit <= '9'; digit++ {
				names = append(names, packet.Pattern{Text: first + string(digit)})
			}
		}
	}
	return []*packet.Boxes{packet.Names(packet.In, names...), packet.Names(packet.Out, names...)}
}

// Question returns the packets between a zone and MOVEit.
func (p *Pass) Question(d Direction, zone string) eval.Question {
	nodes := p.Roles.Addresses()
	if p.Roles.View == roles.Host {
		nodes = nil // what the host keeps and sends is its own
	}
	return p.question(d, zone, nodes, p.Roles.Inner)
}

// question returns the packets between a zone and nodes that are behind the
// interfaces of a side.
func (p *Pass) question(d Direction, zone string, nodes []packet.AddrRange, near roles.Side) eval.Question {
	q := eval.Question{Hook: p.Hook(d), Nodes: p.Roles.Profile.Limits.Nodes, Except: loopback(p.Device)}
	if d == Outbound || zone == Internet {
		q.Arrive = append(q.Arrive, plain)
	}
	far := p.Roles.Outside
	if zone != Internet {
		far = p.Roles.Zone(zone, p.Told)
	}
	if len(near.Names) == 0 && p.Device.AllInterfaces {
		for _, i := range p.Device.Interfaces { // there is no other by which packets could pass
			near.Names = append(near.Names, i.Name)
		}
	}
	if len(nodes) == 0 && p.routesTell() {
		near.Uncertain = false // each address is behind one of them
	}
	if d == Inbound {
		p.inbound(&q, zone, nodes, far, near)
	} else {
		p.outbound(&q, zone, nodes, far, near)
	}
	return q
}

// inbound limits a question to the packets from a zone to nodes.
func (p *Pass) inbound(q *eval.Question, zone string, nodes []packet.AddrRange, far, near roles.Side) {
	q.Arrive = append(q.Arrive, packet.Addresses(packet.Src, p.ranges(zone)...))
	if len(nodes) > 0 {
		q.Leave = append(q.Leave, packet.Addresses(packet.Dst, nodes...))
	}
	p.side(q, far, packet.In)
	if q.Hook == rules.Forward {
		p.side(q, near, packet.Out)
	}
}

// outbound limits a question to the packets from nodes to a zone.
func (p *Pass) outbound(q *eval.Question, zone string, nodes []packet.AddrRange, far, near roles.Side) {
	if len(nodes) > 0 {
		q.Arrive = append(q.Arrive, packet.Addresses(packet.Src, nodes...))
	}
	q.Leave = append(q.Leave, packet.Addresses(packet.Dst, p.ranges(zone)...))
	if q.Hook == rules.Forward {
		p.sent(q, nodes, near)
	}
	p.side(q, far, packet.Out)
	if b := far.Boxes(packet.Out); b != nil && zone != Internet && !p.hasNetworks(zone) {
		q.Leave = append(q.Leave, b) // nothing else makes them packets to the zone, and a route may lead elsewhere
	}
}

// routesTell reports whether MOVEit may be any host behind several interfaces, and
// the routes say of each by which it is reached.
func (p *Pass) routesTell() bool {
	return p.Device.AllRoutes && p.IsAnybody() && p.Roles.Inner.Uncertain
}

// behindEach reports whether some of the packets surely pass to or from a host
// behind each interface that may lead to MOVEit.
func (p *Pass) behindEach(s packet.Set, d Direction) bool {
	f := packet.Out
	if d == Outbound {
		f = packet.In
	}
	return !slices.ContainsFunc(p.Roles.Inner.Names, func(name string) bool {
		return s.Where(roles.Side{Names: []string{name}}.Boxes(f)).Will().IsEmpty()
	})
}

// sent limits a question to the interfaces by which nodes send packets.
func (p *Pass) sent(q *eval.Question, nodes []packet.AddrRange, near roles.Side) {
	if b := p.Roles.Sent(nodes, near); b != nil && !near.Uncertain {
		q.Arrive = append(q.Arrive, b)
		return
	}
	p.side(q, near, packet.In)
}

// side limits a question to the interfaces of a side. By which interface packets
// leave that a route speaks of is for the route to say.
func (p *Pass) side(q *eval.Question, s roles.Side, f packet.Field) {
	b := s.Boxes(f)
	switch {
	case b == nil:
	case s.Uncertain && len(s.Names) > 1:
		q.Uncertain = append(q.Uncertain, b)
	default:
		q.Arrive = append(q.Arrive, b)
	}
}

// ask asks a question. Where several were too large already, the next are likely
// to be, and have less to spend: a hostile file costs a bounded time.
func (p *Pass) ask(q eval.Question) (*eval.Answer, error) {
	const patience, thrift = 3, 16
	if p.outgrown >= patience {
		q.Nodes /= thrift
	}
	a, err := p.Engine.Ask(q)
	if err != nil {
		p.outgrown++
	}
	return a, err
}

// Severity returns the severity of the check that runs.
func (p *Pass) Severity() Severity { return p.check.Severity }
