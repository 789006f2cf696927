package checks

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

var passivePortsUnrestricted = &lint.Check{
	ID: "passive-ports-unrestricted", Title: "all or nearly all high ports of MOVEit are open", Severity: lint.High, Since: since,
	Requirements: []string{"R-14", "R-16"},
	Doc: `Passive FTPS needs a port for each data connection. The documentation recommends to lock them to a small range, in MOVEit and in the firewall,
because thousands of open ports are a hole that a Trojan could use. Here more than half of the ports from 1024 to 65535 are open to one Internet address.

Set a small range of passive ports in MOVEit, and open just that.`,
	Remedies: remedies("-A FORWARD -d 10.20.0.11/32 -p tcp -m tcp --dport 3000:3003 -j ACCEPT"),
	Run: func(p *lint.Pass) {
		p.Judged()
		report := func(e *lint.Exposure, open []packet.Range, how string) {
			f := e.Finding(packet.Numbers(packet.DstPort, open...))
			f.Message = fmt.Sprintf("%d of the high ports of MOVEit are open from the Internet (tcp/%s)%s", count(open), lint.PortList(open), how)
			f.Flow.Protocol, f.Flow.Ports = "tcp", lint.PortList(open)
			f.Remedy = "Set a small range of passive ports in MOVEit, and open just that range."
			p.Report(f)
		}
		found := false
		var all packet.Set
		var widest *lint.Exposure
		most := 0
		eachHighRange(p, func(_ lint.Opening, e *lint.Exposure, open []packet.Range) {
			n := count(open)
			if n > halfOfHigh {
				report(e, open, "")
				found = true
			}
			if widest == nil {
				all = e.Packets
			}
			if n > most {
				widest, most = e, n
			}
			all = all.Or(e.Packets)
		})
		if found || widest == nil {
			return
		}
		together := lint.Exposure{Packets: all}
		if open := together.PortsOfOne(); count(open) > halfOfHigh {
			report(widest, open, ", by several rules together")
		}
	},
}

var passiveRangeWide = &lint.Check{
	ID: "passive-range-wide", Title: "the range of passive ports is wide", Severity: lint.Medium, Since: since, Requirements: []string{"R-14"},
	Doc: `The documentation recommends a small range of passive ports; its example has four. A range of more than a hundred ports is reported as low, of more
than a thousand as medium; the profile's ftps.passive-wide sets other numbers.

Each client needs one port while data flows. Count how many transfers run at once, and set a range of that size in MOVEit and in the firewall.`,
	Remedies: remedies("-A FORWARD -d 10.20.0.11/32 -p tcp -m tcp --dport 3000:3003 -j ACCEPT"),
	Run:      runPassiveRangeWide,
}

// halfOfHigh is how many of the ports from 1024 to 65535 are "nearly all".
const halfOfHigh = (65535 - 1024 + 1) / 2

func count(rs []packet.Range) int {
	n := 0
	for _, r := range rs {
		n += int(r.Last-r.First) + 1
	}
	return n
}

// highTCP are the high ports of TCP.
var highTCP = packet.Numbers(packet.DstPort, moveit.High)

// eachHighRange calls f for every rule that opens high ports of MOVEit to the
// Internet, with the ports that it opens to one address.
func eachHighRange(p *lint.Pass, f func(lint.Opening, *lint.Exposure, []packet.Range)) {
	g := p.Service(lint.Inbound, lint.Internet, highTCP)
	u := g.Answer.Universe()
	for _, o := range openings(g) {
		if o.LetsAllThrough() {
			continue // what a missing deny-all says already
		}
		e := o.Exposed(u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))))
		if e == nil {
			continue
		}
		f(o, e, e.PortsOfOne())
	}
}

func runPassiveRangeWide(p *lint.Pass) {
	s := p.Roles.Profile.Service("ftps")
	limits := s.PassiveWide
	if limits[1] == 0 {
		limits = [2]int{100, 1000}
	}
	report := func(f lint.Finding, n int, ports string) {
		f.Message = fmt.Sprintf("the range of passive ports, tcp/%s, has %d ports", ports, n)
		if n <= limits[1] {
			f.Severity, f.Why = lint.Low, fmt.Sprintf("the range has no more than %d ports", limits[1])
		}
		f.Flow = lint.Flow{From: lint.Internet, To: "moveit", Protocol: "tcp", Ports: ports}
		f.Remedy = "Set a smaller range of passive ports in MOVEit, and open just that range."
		p.Report(f)
	}
	if p.IsAnybody() && s.State != site.Off {
		p.Unasked()
		return
	}
	p.Judged()
	if s.State == site.On && s.Passive && s.PassivePorts.First > 0 {
		if r := []packet.Range{s.PassivePorts}; !s.PassiveAny && count(r) > limits[0] {
			report(lint.Finding{Certainty: lint.Certain, Span: s.PassiveSpan, Expected: "a small range", Actual: "a wide one"}, count(r), lint.PortList(r))
		}
		return
	}
	if s.State == site.Off {
		return
	}
	eachHighRange(p, func(_ lint.Opening, e *lint.Exposure, open []packet.Range) {
		if n := count(open); len(open) == 1 && n > limits[0] && n <= halfOfHigh {
			f := e.Finding(packet.Numbers(packet.DstPort, open...))
			f.Expected, f.Actual = "a small range", "a wide one"
			report(f, n, lint.PortList(open))
		}
	})
}

// passive returns the packets that an opening lets through as passive data
// connections, as far as that is not known better: one run of high ports. More
// of them than passive-ports-unrestricted allows are that check's to report.
func passive(p *lint.Pass, o lint.Opening, zone string) packet.Set {
	u := o.Packets.Universe()
	s := p.Roles.Profile.Service("ftps")
	e := o.Exposed(u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(highTCP))
	if e == nil {
		return u.None()
	}
	open := e.PortsOfOne()
	all := u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(packet.Numbers(packet.DstPort, open...))
	switch {
	case count(open) > halfOfHigh && zone == lint.Internet:
		return all
	case s.State == site.Documented && len(open) == 1 && count(open) > 1:
		return all
	}
	return u.None()
}

var activeFTP = &lint.Check{
	ID: "active-ftp", Title: "MOVEit may open active FTP data connections", Severity: lint.High, Since: since, Requirements: []string{"R-13", "R-17", "R-18"},
	Doc: `In active mode the server opens the data connection, from port 20 or 989 to a port that the client chose. The documentation strongly recommends to
require passive mode of Internet clients: active mode needs a rule that lets MOVEit connect to any high port of any host, and the clients' own firewalls
refuse it mostly.

Require passive mode in MOVEit, and delete the rule.`,
	Remedies: remedies("# delete rules like this one", "-A FORWARD -s 10.20.0.11/32 -p tcp -m tcp --sport 20 --dport 1024:65535 -j ACCEPT"),
	Run: func(p *lint.Pass) {
		p.Judged()
		g := p.Service(lint.Outbound, lint.Internet, highTCP)
		for _, o := range openings(g) {
			if o.LetsAllThrough() {
				continue // what a missing deny-all says already
			}
			e := activeData(o)
			if e == nil {
				continue
			}
			f := e.Finding(packet.Number(packet.SrcPort, 20))
			f.Message = "MOVEit may open active FTP data connections to any high port of Internet hosts"
			f.Flow.Protocol, f.Flow.Ports = "tcp", lint.PortList(e.PortsOfOne())
			if p.Roles.Profile.Service("ftps").Active {
				f.Severity, f.Why = lint.Medium, "the site profile declares active mode"
			}
			f.Remedy = "Require passive mode in MOVEit's FTP settings, and delete this rule."
			p.Report(f)
		}
	},
}

// activeData returns the active data connections that an opening lets through:
// from port 20 or 989 to nearly all high ports.
func activeData(o lint.Opening) *lint.Exposure {
	u := o.Packets.Universe()
	for _, port := range []uint32{20, 989} {
		from := packet.Number(packet.SrcPort, port)
		e := o.Exposed(u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(highTCP).Where(from))
		if e != nil && count(e.PortsOfOne()) > halfOfHigh {
			return e
		}
	}
	return nil
}

// active returns the packets of which active-ftp speaks.
func active(_ *lint.Pass, o lint.Opening) packet.Set {
	u := o.Packets.Universe()
	if o.LetsAllThrough() || activeData(o) == nil {
		return u.None()
	}
	return u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(highTCP)
}

var port80 = packet.Number(packet.DstPort, 80)

var httpOpen = &lint.Check{
	ID: "http-open", Title: "the nonsecure web port is open", Severity: lint.Low, Since: since, Requirements: []string{"R-06"},
	Doc: `Port 80 is only good for sending browsers on to port 443; the documentation does not recommend to open it in general. Where the redirect is switched on
in MOVEit, the finding is a note.

If nobody needs the redirect, close the port. If it is needed, declare it in the site profile: http-redirect: {}.`,
	Remedies: remedies("# delete port 80 from the rule", "-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 443 -j ACCEPT"),
	Run: func(p *lint.Pass) {
		if p.IsAnybody() {
			p.Unasked()
			return
		}
		p.Judged()
		redirect := p.Roles.Profile.Service("http-redirect")
		g := p.Service(lint.Inbound, lint.Internet, port80)
		general := p.Ground(lint.Inbound, lint.Internet)
		for _, o := range openings(g) {
			e := o.Exposed(g.Answer.Universe().Box(packet.Number(packet.Protocol, uint32(packet.TCP))))
			if e == nil || isHole(general, o) {
				continue
			}
			f := e.Finding(port80)
			f.Message = "the nonsecure web port (tcp/80) of MOVEit is reachable from the Internet"
			f.Flow.Protocol, f.Flow.Ports = "tcp", "80"
			if redirect.State == site.On {
				f.Severity, f.Why = lint.Info, "the site profile declares the redirect to the secure port"
				f.Expected = "redirected to the secure port by MOVEit"
			}
			f.Remedy = "Close port 80 unless the redirect to the secure port is needed; then declare http-redirect in the site profile."
			p.Report(f)
		}
	},
}

// isHole reports whether a rule lets everything through in general.
func isHole(g *lint.Ground, o lint.Opening) bool {
	for _, h := range g.Holes {
		if h.Rule == o.Rule && h.Chain == o.Chain {
			return true
		}
	}
	return false
}
