package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// exposure is a service that must never be open between the Internet and
// MOVEit, whatever lets it through.
type exposure struct {
	id, title, doc string
	name           string // of the service, for people
	requirements   []string
	inbound        []port
	outbound       []port
	peers          string // the service whose peers it is about too; empty: MOVEit's nodes alone
	peer           string // what one of them is, for people
	needed         bool   // the requirements ask for the service of the peers too, of which the check says nothing
	remedy         string
	example        []string
}

// port is one service port.
type port struct {
	protocol packet.Proto
	number   uint32
}

// String returns the port as "tcp/445".
func (x port) String() string { return fmt.Sprintf("%v/%d", x.protocol, x.number) }

// packets returns the packets to a port.
func (x port) packets(u *packet.Universe) packet.Set {
	return u.Box(packet.Number(packet.Protocol, uint32(x.protocol))).Where(x.boxes())
}

var exposures = []exposure{
	{
		id: "smb-exposed", title: "SMB is open between the Internet and MOVEit", name: "SMB", requirements: []string{"R-34"},
		doc: `The nodes of a MOVEit web farm and their file server speak SMB, TCP port 445, among themselves. The documentation says not to leave
this port open to or from the Internet. From the Internet it invites worms and password guessing against Windows; to the Internet it lets an attacker
make the server log on to a host of his own, and so give its password hash away.

A finding is certain if the packet shown passes whatever is not known of the configuration. Remove the port from the rule that is shown, or limit the rule
to the farm's own machines.`,
		inbound: []port{{packet.TCP, 445}}, outbound: []port{{packet.TCP, 445}},
		peers: "web-farm", peer: "the file server",
		remedy:  "Take tcp/445 out of this rule, or limit the rule to the machines of the web farm.",
		example: []string{"# before", "-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 443,445 -j ACCEPT", "# after", "-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 443 -j ACCEPT"},
	},
	{
		id: "rdp-exposed", title: "Remote Desktop on MOVEit is open from the Internet", name: "Remote Desktop", requirements: []string{"R-71"},
		doc: `The vendor's advice of 2024 asks to verify that Remote Desktop, TCP port 3389, cannot be reached from the Internet. A server whose logon screen
is on the Internet is attacked all the time, and one stolen password is enough.

Remove the port from the rule that is shown, and reach the server through a management network or a VPN.`,
		inbound: []port{{packet.TCP, 3389}},
		remedy:  "Take tcp/3389 out of this rule; reach the server through a management network or a VPN.",
		example: []string{"# delete the rule, or limit it to the management network", "-A FORWARD -s 10.30.0.0/24 -d 10.20.0.11/32 -p tcp -m tcp --dport 3389 -j ACCEPT"},
	},
	{
		id: "sql-exposed", title: "SQL Server is open from the Internet", name: "SQL Server", requirements: []string{"R-31"},
		doc: `MOVEit connects to its database on TCP port 1433, and its tools use port 1434. Both are for the MOVEit nodes alone. From the Internet they give
an attacker the database itself, with every account and every record of every file.

Remove the ports from the rule that is shown. Where the database runs on another host, only the nodes need to reach it.`,
		inbound: []port{{packet.TCP, 1433}, {packet.TCP, 1434}, {packet.UDP, 1434}},
		peers:   "mssql", peer: "the database server", needed: true,
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
	if !x.needed || p.Roles.Profile.Service(x.peers).State != site.On {
		p.Judged()
	}
	x.look(p, lint.Inbound, x.inbound)
	x.look(p, lint.Outbound, x.outbound)
}

// look reports what lets packets to the ports through, of MOVEit's nodes and of
// the peers that the profile declares.
func (x *exposure) look(p *lint.Pass, d lint.Direction, ports []port) {
	if len(ports) == 0 {
		return
	}
	x.report(p, p.Service(d, lint.Internet, numbers(ports)), ports, nil)
	peers := x.peersOf(p)
	if peers == nil {
		return
	}
	ports = x.portsOfPeers(p, ports)
	if g, ok := p.PeerService(d, lint.Internet, numbers(ports), peers); ok {
		x.report(p, g, ports, peers)
	}
}

// peersOf returns the declared peers of the check, nil if there are none.
func (x *exposure) peersOf(p *lint.Pass) *lint.Peers {
	if x.peers == "" {
		return nil
	}
	addrs := site.Ranges(p.Roles.Profile.Service(x.peers).Servers)
	if len(addrs) == 0 {
		return nil
	}
	return &lint.Peers{Name: x.peers, Addrs: addrs}
}

// portsOfPeers returns ports with the one that the profile gives the service of
// the peers.
func (x *exposure) portsOfPeers(p *lint.Pass, ports []port) []port {
	number := uint32(p.Roles.Profile.Service(x.peers).Port)
	if slices.Contains(ports, port{packet.TCP, number}) {
		return ports
	}
	return append(slices.Clone(ports), port{packet.TCP, number})
}

// numbers returns the packets to the ports, whatever their protocol.
func numbers(ports []port) *packet.Boxes {
	var rs []packet.Range
	for _, x := range ports {
		rs = append(rs, packet.One(x.number))
	}
	return packet.Numbers(packet.DstPort, rs...)
}

// report reports what lets ports pass: one finding for a rule, whichever of the
// ports it opens. Peers are who is concerned, nil for MOVEit's nodes.
func (x *exposure) report(p *lint.Pass, g *lint.Ground, ports []port, peers *lint.Peers) {
	bad := g.Answer.Universe().None()
	for _, port := range ports {
		bad = bad.Or(port.packets(g.Answer.Universe()))
	}
	for _, o := range openings(g) {
		e := o.Exposed(bad)
		if e == nil {
			continue
		}
		open := portsIn(e, ports)
		prefer := make([]*packet.Boxes, len(open))
		for i, port := range open {
			prefer[i] = port.boxes()
		}
		f := e.Finding(prefer...)
		who, near := target(p, e, g.Direction, "MOVEit"), &f.Flow.To
		if g.Direction == lint.Outbound {
			near = &f.Flow.From
		}
		if peers != nil {
			who, *near = target(p, e, g.Direction, x.peer), peers.Name
		}
		f.Message = fmt.Sprintf("%s on %s is reachable from the Internet", x.words(open), who)
		if g.Direction == lint.Outbound {
			f.Message = fmt.Sprintf("%s is open from %s to the Internet", x.words(open), who)
		}
		f.Flow.Protocol, f.Flow.Ports = flowOf(open)
		f.Remedy = narrower(e, x.remedy)
		p.Report(f)
	}
}

// narrower returns what to do about an opening: of a rule that names ports what
// the check says, of one that names none, or of a policy, to name some.
func narrower(e *lint.Exposure, rule string) string {
	switch {
	case e.Rule == nil:
		return fmt.Sprintf("Let the policy of chain %s drop, and accept before it only what the services that run need.", e.Chain.Name)
	case e.Rule.Implicit != "":
		return "Write rules here that accept only what the services that run need, and drop the rest."
	case e.LetsAllThrough():
		return "Limit this rule to the ports of the services that run, or delete it."
	}
	return rule
}

// portsIn returns those of the ports that an exposure is about.
func portsIn(e *lint.Exposure, ports []port) []port {
	return slices.DeleteFunc(slices.Clone(ports), func(x port) bool { return e.Sure().And(x.packets(e.Packets.Universe())).IsEmpty() })
}

// words names what is exposed: "SQL Server (tcp/1433, udp/1434)".
func (x *exposure) words(open []port) string {
	var words []string
	for _, port := range open {
		words = append(words, port.String())
	}
	return fmt.Sprintf("%s (%s)", x.name, strings.Join(words, ", "))
}

// flowOf sums up ports for a finding's flow.
func flowOf(open []port) (protocol, ports string) {
	var numbers []string
	for _, port := range open {
		switch name := port.protocol.String(); protocol {
		case "", name:
			protocol = name
		default:
			protocol = "any"
		}
		if n := fmt.Sprint(port.number); !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return protocol, strings.Join(numbers, ",")
}

func (x port) boxes() *packet.Boxes { return packet.Number(packet.DstPort, x.number) }

// openings returns all openings of a ground.
func openings(g *lint.Ground) []lint.Opening {
	return append(append([]lint.Opening{}, g.Holes...), g.Written...)
}

// isNode reports whether addresses are among those that are known to be MOVEit's.
func isNode(p *lint.Pass, r packet.AddrRange) bool {
	return slices.ContainsFunc(p.Roles.Addresses(), func(n packet.AddrRange) bool { return n.Contains(r.First) && n.Contains(r.Last) })
}

// target names who is concerned as a finding's packet shows it: MOVEit, or the
// hosts of that name.
func target(p *lint.Pass, e *lint.Exposure, d lint.Direction, name string) string {
	switch {
	case p.Roles.View == roles.Host:
		return "the MOVEit host"
	case p.IsAnybody() && name == "MOVEit":
		return "a host behind the firewall"
	}
	f := packet.Dst
	if d == lint.Outbound {
		f = packet.Src
	}
	const most = 2
	rs, all := e.Packets.Can().AddrRanges(f, most)
	switch {
	case !all || len(rs) == 0 || len(rs) > most:
		return name
	case name == "MOVEit" && slices.ContainsFunc(rs, func(r packet.AddrRange) bool { return !isNode(p, r) }):
		return "a host behind the firewall"
	}
	name += " at " + rs[0].String()
	if len(rs) > 1 {
		name += " and " + rs[1].String()
	}
	return name
}
