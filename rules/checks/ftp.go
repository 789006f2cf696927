package checks

import (
	"fmt"
	"slices"

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
		for _, zone := range p.Zones() {
			runPassiveUnrestricted(p, zone)
		}
	},
}

func runPassiveUnrestricted(p *lint.Pass, zone string) {
	report := func(e *lint.Exposure, certainty lint.Certainty, open []packet.Range, how string) {
		if certainty == lint.Possible && e.Certainty == lint.Certain {
			// What is sure of it is not enough: the rest is what it hangs on.
			e.Packets, e.Certainty = e.Packets.Minus(e.Packets.Will()), lint.Possible
		}
		f := e.Finding(packet.Numbers(packet.DstPort, open...))
		f.Message = fmt.Sprintf("%d of the high ports of MOVEit are open from %s (tcp/%s)%s", count(open), place(zone), lint.PortList(open), how)
		f.Flow.Protocol, f.Flow.Ports = "tcp", lint.PortList(open)
		f.Severity, f.Why = severity(p, zone)
		f.Remedy = "Set a small range of passive ports in MOVEit, and open just that range."
		p.Report(f)
	}
	found := false
	var all packet.Set
	var widest *lint.Exposure
	most := 0
	eachHighRange(p, zone, func(e *lint.Exposure, _ []packet.Range) {
		if open, certainty := nearlyAll(e.Packets); open != nil {
			report(e, max(certainty, e.Certainty), open, "")
			found = true
		}
		if widest == nil {
			all = e.Packets
		}
		if n := count(lint.PortsOfOne(e.Packets.Can())); n > most {
			widest, most = e, n
		}
		all = all.Or(e.Packets)
	})
	if found || widest == nil {
		return
	}
	if open, certainty := nearlyAll(all); open != nil {
		report(widest, certainty, open, ", by several rules together")
	}
}

// nearlyAll returns the high ports that are open between two addresses if they
// are nearly all: for sure, or else possibly.
func nearlyAll(s packet.Set) ([]packet.Range, lint.Certainty) {
	if open := lint.PortsOfOne(s.Will()); count(open) > halfOfHigh {
		return open, lint.Certain
	}
	if open := lint.PortsOfOne(s.Can()); count(open) > halfOfHigh {
		return open, lint.Possible
	}
	return nil, lint.Possible
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

// eachHighRange calls f for every rule that opens high ports of MOVEit to a zone,
// with the ports that it opens to one address.
func eachHighRange(p *lint.Pass, zone string, f func(*lint.Exposure, []packet.Range)) {
	g := p.Service(lint.Inbound, zone, highTCP)
	general := p.Ground(lint.Inbound, zone)
	u := g.Answer.Universe()
	for _, o := range openings(g) {
		e := o.Exposed(u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))))
		if e == nil {
			continue
		}
		if isSaid(p, general, o, highTCP) {
			p.Contradicts(e)
			continue
		}
		f(e, e.PortsOfOne())
	}
}

func runPassiveRangeWide(p *lint.Pass) {
	s := p.Roles.Profile.Service("ftps")
	switch {
	case p.IsAnybody() && s.State != site.Off:
		p.Unasked()
		return
	case s.State == site.On && s.Passive && s.PassivePorts.First > 0:
		p.Judged()
		if r := []packet.Range{s.PassivePorts}; !s.PassiveAny {
			reportWide(p, lint.Finding{Certainty: lint.Certain, Span: s.PassiveSpan}, lint.Internet, r)
		}
		return
	}
	p.Judged()
	if s.State == site.Off {
		return
	}
	for _, zone := range p.Zones() {
		eachHighRange(p, zone, func(e *lint.Exposure, open []packet.Range) {
			if len(open) == 1 && count(open) <= halfOfHigh {
				reportWide(p, e.Finding(packet.Numbers(packet.DstPort, open...)), zone, open)
			}
		})
	}
}

// reportWide reports a range of passive ports that is wider than the profile's
// limits, the embedded ones if it gives none.
func reportWide(p *lint.Pass, f lint.Finding, zone string, open []packet.Range) {
	limits := p.Roles.Profile.Service("ftps").PassiveWide
	if limits[1] == 0 {
		limits = [2]int{100, 1000}
	}
	n, ports := count(open), lint.PortList(open)
	if n <= limits[0] {
		return
	}
	f.Severity = p.Severity()
	if n <= limits[1] {
		f.Severity, f.Why = lint.Low, fmt.Sprintf("the range has no more than %d ports", limits[1])
	}
	if zone != lint.Internet {
		_, f.Why = severity(p, zone)
		f.Severity = f.Severity.Lower()
	}
	f.Message = fmt.Sprintf("the range of passive ports, tcp/%s, has %d ports", ports, n)
	f.Flow = lint.Flow{From: zone, To: "moveit", Protocol: "tcp", Ports: ports}
	f.Expected, f.Actual = "a small range", "a wide one"
	f.Remedy = "Set a smaller range of passive ports in MOVEit, and open just that range."
	p.Report(f)
}

var activeFTP = &lint.Check{
	ID: "active-ftp", Title: "MOVEit may open active FTP data connections", Severity: lint.High, Since: since, Requirements: []string{"R-13", "R-17", "R-18"},
	Doc: `In active mode the server opens the data connection, from port 20 or 989 to a port that the client chose. The documentation strongly recommends to
require passive mode of Internet clients: active mode needs a rule that lets MOVEit connect to any high port of any host, and the clients' own firewalls
refuse it mostly.

Require passive mode in MOVEit, and delete the rule.`,
	Remedies: remedies("# delete rules like this one", "-A FORWARD -s 10.20.0.11/32 -p tcp -m tcp --sport 20 --dport 1024:65535 -j ACCEPT"),
	Run: func(p *lint.Pass) {
		if p.Roles.Profile.Service("ftps").Active {
			p.Judged("R-13") // whether what active mode needs gets through is not asked
		} else {
			p.Judged()
		}
		g := p.Service(lint.Outbound, lint.Internet, highTCP)
		general := p.Ground(lint.Outbound, lint.Internet)
		for _, o := range openings(g) {
			e, from := activeData(p, o)
			if e == nil {
				continue
			}
			if isSaid(p, general, o, highTCP, packet.Number(packet.SrcPort, from[0])) {
				p.Contradicts(e)
				continue
			}
			f := e.Finding(sources(from)...)
			f.Message = "MOVEit may open active FTP data connections to any high port of Internet hosts"
			f.Flow.Protocol, f.Flow.Ports = "tcp", lint.PortList(e.PortsOfOne())
			if slices.Contains(declaredActive(p), from[0]) {
				f.Severity, f.Why = lint.Medium, "the site profile declares active mode"
			}
			f.Remedy = "Require passive mode in MOVEit's FTP settings, and delete this rule."
			p.Report(f)
		}
	},
}

// declaredActive returns the ports from which the profile says that MOVEit opens
// active data connections, nil if it opens none.
func declaredActive(p *lint.Pass) []uint32 {
	var ports []uint32
	for _, f := range moveit.Flows(p.Roles.Profile) {
		if f.Service != "ftps" || f.To != moveit.Client {
			continue
		}
		for _, r := range f.SourcePorts {
			ports = append(ports, r.First)
		}
	}
	return ports
}

// activeData returns the active data connections that an opening lets through, to
// nearly all high ports, and the ports from which: those that are declared, 20 and
// 989. The connections are those from the first of them.
func activeData(p *lint.Pass, o lint.Opening) (first *lint.Exposure, from []uint32) {
	u := o.Packets.Universe()
	for _, port := range append(declaredActive(p), 20, 989) {
		if slices.Contains(from, port) {
			continue
		}
		e := o.Exposed(u.Box(packet.Number(packet.Protocol, uint32(packet.TCP))).Where(highTCP).Where(packet.Number(packet.SrcPort, port)))
		if e == nil || count(e.PortsOfOne()) <= halfOfHigh {
			continue
		}
		if first == nil {
			first = e
		}
		from = append(from, port)
	}
	return first, from
}

// sources returns the packets from each of the ports: where a list holds several,
// none of its members alone is the place.
func sources(ports []uint32) []*packet.Boxes {
	var out []*packet.Boxes
	for _, port := range ports {
		out = append(out, packet.Number(packet.SrcPort, port))
	}
	return out
}

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
		for _, zone := range p.Zones() {
			for _, port := range nonsecure(p) {
				runHTTPOpen(p, zone, port)
			}
		}
	},
}

// nonsecure returns the nonsecure web ports: 80, and the one that the profile
// declares.
func nonsecure(p *lint.Pass) []uint32 {
	ports := []uint32{80}
	if s := p.Roles.Profile.Service("http-redirect"); s.State == site.On && s.Port != 80 {
		ports = append(ports, uint32(s.Port))
	}
	return ports
}

func runHTTPOpen(p *lint.Pass, zone string, port uint32) {
	boxes := packet.Number(packet.DstPort, port)
	g := p.Service(lint.Inbound, zone, boxes)
	general := p.Ground(lint.Inbound, zone)
	for _, o := range openings(g) {
		e := o.Exposed(g.Answer.Universe().Box(packet.Number(packet.Protocol, uint32(packet.TCP))))
		if e == nil {
			continue
		}
		if isSaid(p, general, o, boxes) {
			p.Contradicts(e)
			continue
		}
		f := e.Finding(boxes)
		f.Message = fmt.Sprintf("the nonsecure web port (tcp/%d) of MOVEit is reachable from %s", port, place(zone))
		f.Flow.Protocol, f.Flow.Ports = "tcp", fmt.Sprint(port)
		if s := p.Roles.Profile.Service("http-redirect"); s.State == site.On && s.Port == int(port) && (s.Zones == nil || slices.Contains(s.Zones, zone)) {
			f.Severity, f.Why = lint.Info, "the site profile declares the redirect to the secure port"
			f.Expected = "redirected to the secure port by MOVEit"
		}
		f.Remedy = fmt.Sprintf("Close port %d unless the redirect to the secure port is needed; then declare http-redirect in the site profile.", port)
		p.Report(f)
	}
}

// isSaid reports whether a missing deny-all says already what an opening lets
// through: of the same rule or, where packets go through several lists of rules, of
// another on their way. The boxes are what the check asks of packets of TCP.
func isSaid(p *lint.Pass, general *lint.Ground, o lint.Opening, boxes ...*packet.Boxes) bool {
	if slices.ContainsFunc(general.Holes, func(h lint.Opening) bool { return h.Rule == o.Rule && h.Chain == o.Chain }) {
		return true
	}
	if p.IsAnybody() {
		return false // it is about packets that no rule speaks of
	}
	s := general.Answer.Universe().Box(packet.Number(packet.Protocol, uint32(packet.TCP)))
	for _, b := range boxes {
		s = s.Where(b)
	}
	lets := func(x lint.Opening) bool { return x.Exposed(s) != nil }
	return slices.ContainsFunc(general.Holes, lets) && !slices.ContainsFunc(general.Written, lets)
}
