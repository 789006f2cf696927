package checks

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
)

// exposure is a service that must never be open between the Internet and
// MOVEit, whatever lets it through.
type exposure struct {
	id, title, doc string
	requirements   []string
	inbound        []port
	outbound       []port
	remedy         string
	example        []string
}

// port is one service port.
type port struct {
	name     string // for people
	protocol packet.Proto
	number   uint32
}

var exposures = []exposure{
	{
		id: "smb-exposed", title: "SMB is open between the Internet and MOVEit", requirements: []string{"R-34"},
		doc: `The nodes of a MOVEit web farm and their file server speak SMB, TCP port 445, among themselves. The documentation says not to leave
this port open to or from the Internet. From the Internet it invites worms and password guessing against Windows; to the Internet it lets an attacker
make the server log on to a host of his own, and so give its password hash away.

A finding is certain if the packet shown passes whatever is not known of the configuration. Remove the port from the rule that is shown, or limit the rule
to the farm's own machines.`,
		inbound: []port{{"SMB (tcp/445)", packet.TCP, 445}}, outbound: []port{{"SMB (tcp/445)", packet.TCP, 445}},
		remedy:  "Take tcp/445 out of this rule, or limit the rule to the machines of the web farm.",
		example: []string{"# before", "-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 443,445 -j ACCEPT", "# after", "-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 443 -j ACCEPT"},
	},
	{
		id: "rdp-exposed", title: "Remote Desktop on MOVEit is open from the Internet", requirements: []string{"R-71"},
		doc: `The vendor's advice of 2024 asks to verify that Remote Desktop, TCP port 3389, cannot be reached from the Internet. A server whose logon screen
is on the Internet is attacked all the time, and one stolen password is enough.

Remove the port from the rule that is shown, and reach the server through a management network or a VPN.`,
		inbound: []port{{"Remote Desktop (tcp/3389)", packet.TCP, 3389}},
		remedy:  "Take tcp/3389 out of this rule; reach the server through a management network or a VPN.",
		example: []string{"# delete the rule, or limit it to the management network", "-A FORWARD -s 10.30.0.0/24 -d 10.20.0.11/32 -p tcp -m tcp --dport 3389 -j ACCEPT"},
	},
	{
		id: "sql-exposed", title: "SQL Server is open from the Internet", requirements: []string{"R-31", "R-32"},
		doc: `MOVEit connects to its database on TCP port 1433, and its tools use port 1434. Both are for the MOVEit nodes alone. From the Internet they give
an attacker the database itself, with every account and every record of every file.

Remove the ports from the rule that is shown. Where the database runs on another host, only the nodes need to reach it.`,
		inbound: []port{{"SQL Server (tcp/1433)", packet.TCP, 1433}, {"SQL Server (tcp/1434)", packet.TCP, 1434}, {"SQL Server browser (udp/1434)", packet.UDP, 1434}},
		remedy:  "Take 1433 and 1434 out of this rule; only MOVEit's own nodes need the database.",
		example: []string{"# only the nodes reach the database", "-A FORWARD -s 10.20.0.11/32 -d 10.30.0.40/32 -p tcp -m tcp --dport 1433 -j ACCEPT"},
	},
}

func (x *exposure) check() *lint.Check {
	return &lint.Check{
		ID: x.id, Title: x.title, Doc: x.doc, Severity: lint.Critical, Since: since, Requirements: x.requirements,
		Remedies: remedies(x.example...), Run: x.run,
	}
}

func (x *exposure) run(p *lint.Pass) {
	p.Judged()
	for _, list := range []struct {
		direction lint.Direction
		ports     []port
	}{{lint.Inbound, x.inbound}, {lint.Outbound, x.outbound}} {
		for _, port := range list.ports {
			g := p.Service(list.direction, lint.Internet, port.boxes())
			bad := g.Answer.Universe().Box(packet.Number(packet.Protocol, uint32(port.protocol)))
			for _, o := range openings(g) {
				e := o.Exposed(bad)
				if e == nil {
					continue
				}
				f := e.Finding(port.boxes())
				f.Message = fmt.Sprintf("%s on %s is reachable from the Internet", port.name, target(p, e, list.direction))
				if list.direction == lint.Outbound {
					f.Message = fmt.Sprintf("%s is open from %s to the Internet", port.name, target(p, e, list.direction))
				}
				f.Flow.Protocol, f.Flow.Ports = port.protocol.String(), fmt.Sprint(port.number)
				f.Remedy = x.remedy
				p.Report(f)
			}
		}
	}
}

func (x port) boxes() *packet.Boxes { return packet.Number(packet.DstPort, x.number) }

// openings returns all openings of a ground.
func openings(g *lint.Ground) []lint.Opening {
	return append(append([]lint.Opening{}, g.Holes...), g.Written...)
}

// target names MOVEit as a finding's packet shows it.
func target(p *lint.Pass, e *lint.Exposure, d lint.Direction) string {
	switch {
	case p.Roles.View == roles.Host:
		return "the MOVEit host"
	case p.IsAnybody():
		return "a host behind the firewall"
	}
	f := packet.Dst
	if d == lint.Outbound {
		f = packet.Src
	}
	const most = 2
	rs, all := e.Packets.Can().AddrRanges(f, most)
	if !all || len(rs) == 0 {
		return "MOVEit"
	}
	name := "MOVEit at " + rs[0].String()
	if len(rs) > 1 {
		name += " and " + rs[1].String()
	}
	if len(rs) > most {
		return "MOVEit"
	}
	return name
}
