package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

var undocumentedInbound = &lint.Check{
	ID: "undocumented-inbound", Title: "a rule opens a port of MOVEit that no service explains", Severity: lint.High, Since: since,
	Requirements: []string{"R-01", "R-03"},
	Doc: `The documentation lists the ports of every service, and says to open those of the services that run. Here a rule opens a port that no enabled
service and no allowed flow of the site profile explains.

If the site needs the port, say so in the profile under allow, with the reason. Else remove it.`,
	Remedies: remedies("# delete the port from the rule, or explain it in .moveit-lint.yaml:", "# allow:", `# - {from: internet, to: moveit, protocol: tcp, ports: "8530", reason: "..."}`),
	Run:      func(p *lint.Pass) { undocumented(p, lint.Inbound) },
}

var undocumentedOutbound = &lint.Check{
	ID: "undocumented-outbound", Title: "a rule lets MOVEit open connections that no service explains", Severity: lint.High, Since: since,
	Requirements: []string{"R-02", "R-53", "R-72"},
	Doc: `MOVEit itself opens few connections: to its mail, directory, database, time and log servers. Here a rule lets it open others, which no enabled
service and no allowed flow of the site profile explains.

If the site needs them, say so in the profile: the servers under their service, any other flow under allow, with the reason. Else remove the rule.`,
	Remedies: remedies("# limit the rule to the servers that MOVEit needs", "-A FORWARD -s 10.20.0.11/32 -d 10.30.0.25/32 -p tcp -m tcp --dport 25 -j ACCEPT"),
	Run:      func(p *lint.Pass) { undocumented(p, lint.Outbound) },
}

func undocumented(p *lint.Pass, d lint.Direction) {
	if p.IsAnybody() {
		p.Unasked() // other hosts have other services
		return
	}
	p.Judged()
	var passive []packet.Range
	if d == lint.Inbound {
		passive = passiveRanges(p)
	}
	for _, zone := range p.Zones() {
		g := p.Ground(d, zone)
		bad := undocumentedPackets(p, g.Answer.Universe(), d, zone)
		for _, o := range g.Written {
			ftps := dataOf(p, o, bad, passive)
			if e := o.Exposed(bad.Minus(ftps.all())); e != nil {
				reportUndocumented(p, e, "")
			} else if e := o.Exposed(bad.And(ftps.doubtful)); e != nil {
				reportUndocumented(p, e, "the range of passive ports, which the site profile does not give: other rules open another")
			}
			judge(p, o, ftps)
		}
		for _, o := range g.Holes {
			judge(p, o, dataOf(p, o, g.Answer.Universe().None(), nil))
		}
	}
}

// judge says what an opening makes of the requirements where this check reports
// nothing: of what another check reports, and of servers that nobody told.
func judge(p *lint.Pass, o lint.Opening, ftps data) {
	d, zone := o.Between()
	u := o.Packets.Universe()
	rest := unexplained(p, u, d, zone).Minus(ftps.passive).Minus(ftps.doubtful)
	if mayBeFTPS(p, d) {
		if o.Exposed(rest.And(ftps.reported)) != nil {
			p.Undecided() // all of it may be what the service needs
		}
		rest = rest.Minus(ftps.reported)
	}
	p.Contradicts(o.Exposed(rest))
	if d == lint.Outbound && zone == lint.Internet && o.Exposed(toAnybody(p, u)) != nil {
		p.Undecided("R-72") // whether the other end is known and trusted
	}
}

// mayBeFTPS reports whether FTPS explains data connections on ports that are not
// known.
func mayBeFTPS(p *lint.Pass, d lint.Direction) bool {
	s := p.Roles.Profile.Service("ftps")
	if d == lint.Inbound {
		return guessesPassive(p, lint.Internet)
	}
	return s.State == site.Documented
}

// toAnybody returns the packets that a service explains whose servers the profile
// does not tell, and that nothing else explains.
func toAnybody(p *lint.Pass, u *packet.Universe) packet.Set {
	vague := func(f *moveit.Flow) bool { return f.Peers == nil }
	s := services(p, u, lint.Outbound, lint.Internet, vague)
	told := services(p, u, lint.Outbound, lint.Internet, func(f *moveit.Flow) bool { return !vague(f) })
	return s.Minus(told).Minus(excused(p, u, lint.Outbound, lint.Internet))
}

// undocumentedPackets returns the packets that nothing explains and of which no
// more specific check speaks.
func undocumentedPackets(p *lint.Pass, u *packet.Universe, d lint.Direction, zone string) packet.Set {
	return unexplained(p, u, d, zone).Minus(saidElsewhere(p, u, d, zone))
}

// unexplained returns the packets that no service and no allowed flow explains.
func unexplained(p *lint.Pass, u *packet.Universe, d lint.Direction, zone string) packet.Set {
	return u.All().Minus(u.Box(lint.Messages)).Minus(explained(p, u, d, zone))
}

// reportUndocumented reports packets that nothing explains: for sure, or as
// depends says.
func reportUndocumented(p *lint.Pass, e *lint.Exposure, depends string) {
	d, zone := e.Between()
	f := e.Finding(portsOf(e)...)
	if depends != "" {
		f.Certainty, f.Depends = lint.Possible, depends
	}
	f.Message = undocumentedMessage(f, d, zone)
	f.Severity, f.Why = severity(p, zone)
	if p.Roles.View == roles.Host && e.Packets.Universe().Box(dhcp).Covers(e.Packets.Can()) {
		f.Severity, f.Why = lint.Low, "it is how a host gets its address"
	}
	f.Remedy = "Remove it from the rule, or explain it in the site profile: under its service, or under allow with the reason."
	if e.Implicit() != "" {
		f.Remedy = narrower(e, "")
	}
	p.Report(f)
}

// dhcp are the packets between a host and the servers that give it its address.
var dhcp = packet.Union(
	packet.Product(packet.Number(packet.Protocol, uint32(packet.UDP)), packet.Number(packet.SrcPort, 67), packet.Number(packet.DstPort, 68)),
	packet.Product(packet.Number(packet.Protocol, uint32(packet.UDP)), packet.Number(packet.SrcPort, 68), packet.Number(packet.DstPort, 67)),
)

func undocumentedMessage(f lint.Finding, d lint.Direction, zone string) string {
	what := f.Flow.Protocol
	if f.Flow.Ports != "" {
		what += "/" + strings.ReplaceAll(f.Flow.Ports, ",", ", ")
	}
	if what == "any" {
		what = "more than one protocol"
	}
	if d == lint.Inbound {
		return fmt.Sprintf("%s is open from %s to MOVEit, and no service explains it", what, place(zone))
	}
	return fmt.Sprintf("%s is open from MOVEit to %s, and no service explains it", what, place(zone))
}

// portsOf returns the ports of an exposure, to find the member of a list.
func portsOf(e *lint.Exposure) []*packet.Boxes {
	var out []*packet.Boxes
	for _, proto := range []packet.Proto{packet.TCP, packet.UDP} {
		if rs := e.Ports(proto); len(rs) > 0 {
			out = append(out, packet.Numbers(packet.DstPort, rs...))
		}
	}
	return out
}

// explained returns the packets that services and allowed flows explain.
func explained(p *lint.Pass, u *packet.Universe, d lint.Direction, zone string) packet.Set {
	return services(p, u, d, zone, func(*moveit.Flow) bool { return true }).Or(excused(p, u, d, zone))
}

// services returns the packets that some flows of services explain.
func services(p *lint.Pass, u *packet.Universe, d lint.Direction, zone string, which func(*moveit.Flow) bool) packet.Set {
	s := u.None()
	for _, f := range moveit.Flows(p.Roles.Profile) {
		if !which(&f) || f.HighPorts && f.State == site.Documented || (f.To == moveit.Node) != (d == lint.Inbound) {
			continue
		}
		if f.Zones != nil && !contains(f.Zones, zone) {
			continue
		}
		x := u.Box(packet.Number(packet.Protocol, uint32(f.Protocol))).Where(packet.Numbers(packet.DstPort, f.Ports...))
		if f.SourcePorts != nil {
			x = x.Where(packet.Numbers(packet.SrcPort, f.SourcePorts...))
		}
		if f.Peers != nil {
			x = x.Where(packet.Addresses(far(d), f.Peers...))
		}
		s = s.Or(x)
	}
	return s
}

// excused returns the packets that allowed flows explain.
func excused(p *lint.Pass, u *packet.Universe, d lint.Direction, zone string) packet.Set {
	s := u.None()
	for _, a := range p.Roles.Profile.Allow {
		s = s.Or(allowed(p, u, d, &a))
	}
	if zone == lint.Internet {
		s = s.Minus(u.Box(neverAllowed))
	}
	return s
}

// neverAllowed are the ports that no allowed flow excuses between MOVEit and the
// Internet, whatever the protocol: SMB, Remote Desktop and SQL Server.
var neverAllowed = packet.Numbers(packet.DstPort, packet.One(445), packet.One(3389), packet.One(1433), packet.One(1434))

func far(d lint.Direction) packet.Field {
	if d == lint.Inbound {
		return packet.Src
	}
	return packet.Dst
}

// allowed returns the packets of an allowed flow. What a host keeps or sends is
// MOVEit's whatever its address.
func allowed(p *lint.Pass, u *packet.Universe, d lint.Direction, a *site.Allow) packet.Set {
	ends := func(list []site.Endpoint, end packet.End, f packet.Field) packet.Set {
		s := u.None()
		for _, e := range list {
			switch {
			case e.Zone == "":
				s = s.Or(u.Box(packet.Addresses(f, e.Addrs)))
			case e.Zone == "moveit" && p.Roles.View == roles.Forward:
				s = s.Or(u.Box(packet.Addresses(f, p.Roles.Addresses()...)))
			case e.Zone == "moveit":
				if (end == packet.Destination) == (d == lint.Inbound) {
					s = u.All()
				}
			default:
				s = s.Or(p.In(u, e.Zone, end))
			}
		}
		return s
	}
	s := ends(a.From, packet.Source, packet.Src).And(ends(a.To, packet.Destination, packet.Dst))
	if !a.AnyProtocol {
		s = s.Where(packet.Number(packet.Protocol, uint32(a.Protocol)))
	}
	if len(a.Ports) > 0 {
		s = s.Where(packet.Numbers(packet.DstPort, a.Ports...))
	}
	return s
}

// saidElsewhere returns the packets that more specific checks speak of.
func saidElsewhere(p *lint.Pass, u *packet.Universe, d lint.Direction, zone string) packet.Set {
	s := u.None()
	for i := range exposures {
		if zone != lint.Internet {
			break // they speak of the Internet alone
		}
		list := exposures[i].inbound
		if d == lint.Outbound {
			list = exposures[i].outbound
		}
		for _, x := range list {
			s = s.Or(x.packets(u))
		}
	}
	if d == lint.Inbound {
		for _, port := range nonsecure(p) {
			s = s.Or(u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(packet.Number(packet.DstPort, port)))
		}
	}
	return s
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}
