package checks

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// data is what an opening lets through as data connections of FTPS.
type data struct {
	reported packet.Set // the checks of FTPS speak of it
	passive  packet.Set // it is in the range that is taken for that of passive data
	doubtful packet.Set // it is in another range, which may be that one as well
}

// all returns all of it.
func (d *data) all() packet.Set { return d.reported.Or(d.passive).Or(d.doubtful) }

// dataOf returns the data connections among the bad packets of an opening.
// Passive is what passiveRanges returns.
func dataOf(p *lint.Pass, o lint.Opening, bad packet.Set, passive []packet.Range) data {
	u := bad.Universe()
	d := data{u.None(), u.None(), u.None()}
	direction, zone := o.Between()
	if direction == lint.Outbound {
		if e, _ := activeData(p, o); e != nil && zone == lint.Internet {
			d.reported = highPorts(u)
		}
		return d
	}
	if open, _ := nearlyAll(o.Packets.And(highPorts(u))); open != nil {
		d.reported = tcpPorts(u, open)
		return d
	}
	if !guessesPassive(p, zone) {
		return d
	}
	if rs := runs(o, bad); !inSeveral(rs, passive) {
		d.passive = tcpPorts(u, passive[:min(1, len(passive))])
		d.doubtful = tcpPorts(u, rs).Minus(d.passive)
	}
	return d
}

// inSeveral reports whether runs lie in more than one of the ranges: a rule that
// opens two of them opens for sure one that is not for passive data.
func inSeveral(runs, ranges []packet.Range) bool {
	return slices.ContainsFunc(runs, func(r packet.Range) bool { return rangeOf(r, ranges) != rangeOf(runs[0], ranges) })
}

func rangeOf(r packet.Range, ranges []packet.Range) int {
	return slices.IndexFunc(ranges, func(x packet.Range) bool { return x.First <= r.First && r.Last <= x.Last })
}

// passiveRanges returns the ranges that may be that of passive data where the
// profile tells none: those that rules open to the first zone with any, the widest
// first. MOVEit has one contiguous range for everybody, and the first is taken
// for it.
func passiveRanges(p *lint.Pass) []packet.Range {
	for _, zone := range p.Zones() {
		if !guessesPassive(p, zone) {
			continue
		}
		g := p.Ground(lint.Inbound, zone)
		u := g.Answer.Universe()
		bad := undocumentedPackets(p, u, lint.Inbound, zone)
		all := u.None()
		for _, o := range g.Written {
			if open, _ := nearlyAll(o.Packets.And(highPorts(u))); open == nil {
				all = all.Or(tcpPorts(u, runs(o, bad)))
			}
		}
		const most = 1 << 15 // no more fit between 1024 and 65535
		rs, _ := all.Ranges(packet.DstPort, most)
		if len(rs) > 0 {
			slices.SortStableFunc(rs, func(a, b packet.Range) int { return int(b.Last-b.First) - int(a.Last-a.First) })
			return rs
		}
	}
	return nil
}

// guessesPassive reports whether a zone may use passive FTPS, on ports that the
// profile does not tell.
func guessesPassive(p *lint.Pass, zone string) bool {
	s := p.Roles.Profile.Service("ftps")
	return s.State != site.Off && s.Passive && s.PassivePorts.First == 0 && (s.Zones == nil || slices.Contains(s.Zones, zone))
}

// runs returns the high ports among the bad ones of an opening that follow each
// other: one port alone is no range.
func runs(o lint.Opening, bad packet.Set) []packet.Range {
	e := o.Exposed(bad.And(highPorts(bad.Universe())))
	if e == nil {
		return nil
	}
	return slices.DeleteFunc(e.PortsOfOne(), func(r packet.Range) bool { return r.First == r.Last })
}

// highPorts returns the packets to high ports of TCP.
func highPorts(u *packet.Universe) packet.Set {
	return u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(highTCP)
}

// tcpPorts returns the packets to ports of TCP.
func tcpPorts(u *packet.Universe, ports []packet.Range) packet.Set {
	if len(ports) == 0 {
		return u.None()
	}
	return u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(packet.Numbers(packet.DstPort, ports...))
}
