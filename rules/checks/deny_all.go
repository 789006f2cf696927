package checks

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var inboundDenyAllMissing = &lint.Check{
	ID: "inbound-deny-all-missing", Title: "packets to MOVEit that no rule was written for are accepted", Severity: lint.Critical, Since: since,
	Requirements: []string{"R-01"},
	Doc: `The first rule of the documentation is to deny all connections to MOVEit and to open only the ports of the services that run. Here packets that
no rule was written for get through: the policy of the chain accepts, there is no filter at all, or a rule lets every port through from any address.

Every service that anybody ever starts on the server is then open to the Internet. Let the policy drop, and accept what is needed before it.`,
	Remedies: remedies(":FORWARD DROP [0:0]", "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 443 -j ACCEPT"),
	Run:      func(p *lint.Pass) { denyAll(p, lint.Inbound) },
}

var outboundDenyAllMissing = &lint.Check{
	ID: "outbound-deny-all-missing", Title: "packets from MOVEit that no rule was written for are accepted", Severity: lint.High, Since: since,
	Requirements: []string{"R-02", "R-72"},
	Doc: `The documentation asks to deny all connections from MOVEit, and the vendor's advice of 2024 repeats it: outbound access only to known, trusted
endpoints. Here MOVEit may open connections that no rule was written for.

Whoever gets to run code on the server can then load his tools and carry data away over any port. It does not stop data from leaving inside of replies to
inbound requests, as in the thefts of 2023. Let the policy drop, and accept the servers that MOVEit needs.`,
	Remedies: remedies(":FORWARD DROP [0:0]", "-A FORWARD -s 10.20.0.11/32 -d 10.30.0.25/32 -p tcp -m tcp --dport 25 -j ACCEPT"),
	Run:      func(p *lint.Pass) { denyAll(p, lint.Outbound) },
}

func denyAll(p *lint.Pass, d lint.Direction) {
	p.Judged()
	for _, zone := range p.Zones() {
		g := p.Ground(d, zone)
		// What other rules surely let pass does so by these; a hole is what lets
		// through the rest.
		rest := g.Answer.Universe().All()
		for _, o := range g.Written {
			rest = rest.Minus(o.Packets.Will())
		}
		for _, o := range g.Holes {
			e := o.Exposed(rest)
			if e == nil {
				continue
			}
			f := e.Finding(anyPort)
			f.Message = holeMessage(e, d, zone)
			f.Flow.Protocol, f.Flow.Ports = "any", ""
			f.Severity, f.Why = severity(p, zone)
			f.Remedy = narrower(e, "Limit this rule to the ports of the services that run, or delete it.")
			p.Report(f)
		}
	}
}

// anyPort is a port that no service uses, for the witness.
var anyPort = packet.Number(packet.DstPort, 47808)

func holeMessage(e *lint.Exposure, d lint.Direction, zone string) string {
	how := "this rule lets every port through"
	switch {
	case e.Implicit() != "":
		how = e.Implicit()
	case e.Rule == nil:
		how = fmt.Sprintf("the policy of chain %s accepts", e.Chain.Name)
	}
	if d == lint.Inbound {
		return fmt.Sprintf("connections from %s to MOVEit that no rule was written for are accepted: %s", place(zone), how)
	}
	return fmt.Sprintf("connections from MOVEit to %s that no rule was written for are accepted: %s", place(zone), how)
}

// place names a zone in a sentence.
func place(zone string) string {
	if zone == lint.Internet {
		return "the Internet"
	}
	return "zone " + zone
}

// severity returns the severity of a finding about a zone: one step lower
// between declared zones other than the Internet.
func severity(p *lint.Pass, zone string) (severity lint.Severity, why string) {
	if zone == lint.Internet {
		return 0, ""
	}
	return p.Severity().Lower(), "it is between declared zones, and not open to the Internet"
}
