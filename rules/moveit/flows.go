package moveit

import (
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Role is who is at one end of a flow.
type Role uint8

// The roles.
const (
	Client Role = iota + 1 // anybody whom the service is for
	Node                   // a MOVEit Transfer host
	Peer                   // a declared server or host
)

// String returns the role in lower case.
func (r Role) String() string {
	return [...]string{"?", "client", "moveit", "peer"}[r]
}

// Flow is traffic that a service of the site profile needs, or that it explains.
type Flow struct {
	Service      string   // key in the profile: "sftp"
	Title        string   // for people: "SFTP", "explicit FTPS control"
	Requirements []string // "R-25"
	From, To     Role
	Protocol     packet.Proto
	Ports        []packet.Range // destination ports; nil with HighPorts: some range of high ports, not told which
	HighPorts    bool
	SourcePorts  []packet.Range     // nil: any
	Peers        []packet.AddrRange // the other end; nil: any
	Zones        []string           // of clients that may use it; nil: any
	State        site.State
	Needed       bool        // must get through if the service is on
	Span         source.Span // where the profile declares it
}

// High are the ports that a client or a passive data connection may use.
var High = packet.Range{First: 1024, Last: 65535}

// Flows returns what the services of a profile need and explain, in the order
// of the documentation. Those that are off are left out.
func Flows(p *site.Profile) []Flow {
	var out []Flow
	for i := range p.Services {
		s := &p.Services[i]
		if s.State == site.Off {
			continue
		}
		for _, f := range flowsOf(p, s) {
			f.Service, f.State = s.Key, s.State
			if f.Span.IsZero() {
				f.Span = s.Span
			}
			if f.From == Client {
				f.Zones = s.Zones
			}
			out = append(out, f)
		}
	}
	return out
}

//nolint:cyclop // a table: one case a service, and nothing else
func flowsOf(p *site.Profile, s *site.Service) []Flow {
	peers := site.Ranges(s.Servers)
	inbound := func(title string, port int, needed bool, requirements ...string) Flow {
		return Flow{Title: title, Requirements: requirements, From: Client, To: Node, Protocol: packet.TCP, Ports: one(port), Needed: needed}
	}
	outbound := func(title string, proto packet.Proto, port int, requirements ...string) Flow {
		return Flow{Title: title, Requirements: requirements, From: Node, To: Peer, Protocol: proto, Ports: one(port), Peers: peers, Needed: len(peers) > 0}
	}
	switch s.Key {
	case "https":
		return []Flow{inbound("HTTPS", s.Port, true, "R-05")}
	case "http-redirect":
		return []Flow{inbound("HTTP", s.Port, false, "R-06")}
	case "ftps":
		return ftps(s, inbound)
	case "sftp":
		return []Flow{inbound("SFTP", s.Port, true, "R-25")}
	case "mobile":
		return mobile(s, inbound)
	case "smtp":
		return []Flow{outbound("SMTP", packet.TCP, s.Port, "R-26")}
	case "ldap":
		if s.State == site.Documented {
			return []Flow{outbound("LDAP", packet.TCP, 389, "R-29"), outbound("LDAP over TLS", packet.TCP, 636, "R-30")}
		}
		return []Flow{outbound("LDAP", packet.TCP, s.Port, "R-29", "R-30")}
	case "radius":
		return []Flow{outbound("RADIUS", packet.UDP, s.Port, "R-28")}
	case "mssql":
		list := []Flow{outbound("SQL Server", packet.TCP, s.Port, "R-31")}
		if s.Tools {
			// The documentation names no protocol: the browser answers on UDP,
			// the administrator's connection is TCP.
			list = append(list, outbound("SQL Server tools", packet.UDP, 1434, "R-32"), outbound("SQL Server tools", packet.TCP, 1434, "R-32"))
		}
		return list
	case "web-farm":
		return farm(p, s)
	case "ntp":
		return []Flow{outbound("NTP", packet.UDP, s.Port, "R-35")}
	case "syslog":
		return []Flow{outbound("syslog", packet.UDP, s.Port, "R-38")}
	case "snmp":
		// 161 is what the documentation says; traps go to 162.
		return []Flow{outbound("SNMP", packet.UDP, s.Port, "R-39"), explained(outbound("SNMP traps", packet.UDP, 162, "R-39"))}
	case "dns":
		return []Flow{outbound("DNS", packet.UDP, s.Port), explained(outbound("DNS over TCP", packet.TCP, s.Port))}
	case "icap":
		return []Flow{outbound("content scanning", packet.TCP, s.Port, "R-51")}
	case "identity":
		return []Flow{outbound("identity provider", packet.TCP, s.Port, "R-53")}
	case "stunnel", "automation":
		return fromPeers(p, s, peers)
	}
	return nil // gateways and load balancers use the ports of the services
}

func one(port int) []packet.Range { return []packet.Range{packet.One(uint32(port))} }

func explained(f Flow) Flow {
	f.Needed = false
	return f
}

func ftps(s *site.Service, inbound func(string, int, bool, ...string) Flow) []Flow {
	var list []Flow
	for _, c := range []struct {
		title, requirement string
		port               int
	}{
		{"explicit FTPS", "R-10", s.Explicit},
		{"implicit FTPS", "R-11", s.Implicit},
		{"explicit FTPS with client certificates", "R-23", s.CertExplicit},
		{"implicit FTPS with client certificates", "R-23", s.CertImplicit},
	} {
		if c.port > 0 {
			list = append(list, inbound(c.title, c.port, true, c.requirement))
		}
	}
	if s.Passive {
		f := inbound("passive FTPS data", 0, s.PassivePorts.First > 0, "R-15")
		f.Ports, f.HighPorts, f.Span = []packet.Range{s.PassivePorts}, true, s.PassiveSpan
		if s.PassivePorts.First == 0 {
			f.Ports = nil
		}
		list = append(list, f)
	}
	if s.Active {
		list = append(list, Flow{
			Title: "active FTPS data", Requirements: []string{"R-18"}, From: Node, To: Client, Protocol: packet.TCP,
			Ports: []packet.Range{High}, HighPorts: true, SourcePorts: activePorts(s),
		})
	}
	return list
}

// activePorts returns the source ports of active data connections.
func activePorts(s *site.Service) []packet.Range {
	if s.ActivePort > 0 {
		return one(s.ActivePort)
	}
	list := one(20)
	if s.Implicit > 0 {
		list = append(list, packet.One(989))
	}
	return list
}

func mobile(s *site.Service, inbound func(string, int, bool, ...string) Flow) []Flow {
	if s.ViaHTTPS {
		return nil // it uses the port of https
	}
	list := []Flow{inbound("MOVEit Mobile", s.HTTPS, true, "R-08")}
	if s.HTTP > 0 {
		list = append(list, inbound("MOVEit Mobile over HTTP", s.HTTP, false, "R-09"))
	}
	return list
}

// farm returns the flows between the machines of a web farm, every way.
func farm(p *site.Profile, s *site.Service) []Flow {
	nas := site.Ranges(s.Servers)
	both := append(site.Ranges(p.Nodes), nas...)
	base := Flow{Title: "SMB in the web farm", Requirements: []string{"R-33"}, Protocol: packet.TCP, Ports: one(s.Port), Peers: both}
	out, in := base, base
	out.From, out.To = Node, Peer
	in.From, in.To = Peer, Node
	return []Flow{out, in}
}

// fromPeers returns what MOVEit Automation opens to MOVEit.
func fromPeers(p *site.Profile, s *site.Service, peers []packet.AddrRange) []Flow {
	f := Flow{Title: "MOVEit Automation", Requirements: []string{"R-42"}, From: Peer, To: Node, Protocol: packet.TCP, Ports: one(s.Port), Peers: peers}
	if s.Key == "stunnel" {
		f.Title, f.Requirements = "ODBC stunnel", []string{"R-40"}
		if len(peers) == 0 {
			f.Peers = site.Ranges(p.Service("automation").Servers)
		}
		if len(f.Peers) == 0 && s.State == site.On {
			return nil // it is for the hosts that are declared, and none is
		}
	}
	return []Flow{f}
}
