package checks

import (
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
)

// reachable is a service that clients must be able to reach once it is on.
type reachable struct {
	id, title, doc string
	service        string
	passive        bool // it is about the data ports of the service, and not about its control ports
	requirements   []string
	example        []string
}

var reachables = []reachable{
	{
		id: "https-blocked", title: "clients cannot reach MOVEit's secure web port", service: "https", requirements: []string{"R-05"},
		doc: `Browsers, the programming interfaces, MOVEit Automation and AS2 partners use HTTPS, normally on port 443: the documentation says that clients must be
able to connect to it. The site profile switches the service on, and no client of any zone that may use it gets through.

Accept the port before the rule that is shown.`,
		example: []string{"-A FORWARD -d 10.20.0.11/32 -p tcp -m tcp --dport 443 -j ACCEPT"},
	},
	{
		id: "sftp-blocked", title: "clients cannot reach MOVEit's SFTP port", service: "sftp", requirements: []string{"R-25"},
		doc: `SFTP needs a single port, normally 22. The site profile switches the service on, and no client of any zone that may use it gets through.

Accept the port before the rule that is shown.`,
		example: []string{"-A FORWARD -d 10.20.0.11/32 -p tcp -m tcp --dport 22 -j ACCEPT"},
	},
	{
		id: "ftps-control-blocked", title: "clients cannot reach a control port of FTPS", service: "ftps", requirements: []string{"R-10", "R-11", "R-23"},
		doc: `FTPS needs its control ports: 21 for explicit and 990 for implicit mode, and further ones where only some users must show certificates. The site
profile has the port, and no client of any zone that may use it gets through.

Accept the port before the rule that is shown, or set it to 0 in the profile if MOVEit has it disabled.`,
		example: []string{"-A FORWARD -d 10.20.0.11/32 -p tcp -m multiport --dports 21,990 -j ACCEPT"},
	},
	{
		id: "passive-ports-blocked", title: "clients cannot reach passive ports of FTPS", service: "ftps", passive: true, requirements: []string{"R-15"},
		doc: `In passive mode clients open data connections to a range of ports that is set in MOVEit. The documentation says that they must be left open. Some
ports of the range that the site profile declares are closed: transfers fail whenever MOVEit chooses one of them.

Open the whole range, or set MOVEit and the profile to the range that is open.`,
		example: []string{"-A FORWARD -d 10.20.0.11/32 -p tcp -m tcp --dport 3000:3003 -j ACCEPT"},
	},
}

func (x *reachable) check() *lint.Check {
	return &lint.Check{
		ID: x.id, Title: x.title, Doc: x.doc, Severity: lint.High, Since: since, Requirements: x.requirements,
		Remedies: remedies(x.example...), Run: x.run,
	}
}

func (x *reachable) run(p *lint.Pass) {
	for _, n := range p.Needs() {
		if n.Service != x.service || n.HighPorts != x.passive {
			continue
		}
		p.Judged(n.Requirements...)
		if n.State != lint.NeedBlocked {
			continue
		}
		f := needFinding(&n)
		f.Certainty = lint.Certain
		f.Message = fmt.Sprintf("no client can reach %s (tcp/%s) on %s", n.Title, lint.PortList(n.Missing), n.Target())
		f.Expected, f.Actual = "accepted", "dropped"
		f.Remedy = fmt.Sprintf("Accept tcp/%s to %s before the packets are dropped.", lint.PortList(n.Missing), n.Target())
		p.Report(f)
	}
}

func needFinding(n *lint.Need) lint.Finding {
	f := lint.Finding{
		Span: n.Span, Requirements: n.Requirements, Witness: n.Trace, Label: "dropped here",
		Flow: lint.Flow{From: "clients", To: "moveit", Protocol: n.Protocol.String(), Ports: lint.PortList(n.Missing)},
	}
	if f.Span.IsZero() {
		f.Span, f.Label = n.Flow.Span, "declared here"
	}
	return f
}

// Inconclusive says what could not be decided. The frame reports through it too.
var Inconclusive = &lint.Check{
	ID: "inconclusive", Undecides: true, Title: "a requirement cannot be decided", Severity: lint.Medium, Since: since,
	Doc: `Whether a requirement is met hangs on something that the configuration does not show: the contents of a set that was not exported, a match that is not
modelled, which interface leads where, or a question that is too large for its budget. That is no pass.

The finding says on what it hangs. Export the set beside the rules, name interfaces and addresses in the site profile, or write the rule in another way.`,
	Remedies: remedies("# export the sets too, and give both files to the program", "ipset save > edge.ipset"),
	Run: func(p *lint.Pass) {
		for _, n := range p.Needs() {
			if n.State != lint.NeedUnclear {
				continue
			}
			f := needFinding(&n)
			f.Certainty, f.Depends = lint.Possible, n.Reason
			f.Label = "it hangs on this"
			f.Message = fmt.Sprintf("cannot decide whether clients reach %s (tcp/%s) on %s", n.Title, lint.PortList(n.Missing), n.Target())
			f.Expected, f.Actual = "accepted", "not known"
			f.Remedy = "Make known what it hangs on: export the sets, and name interfaces and addresses in the site profile."
			p.Report(f)
		}
	},
}

var familyUncovered = &lint.Check{
	ID: "family-uncovered", Undecides: true, Title: "the input says nothing about an IP version", Severity: lint.Info, Since: since, Requirements: []string{"R-01"},
	Doc: `IPv4 and IPv6 have rules of their own: a locked IPv4 says nothing about IPv6. The input has rules for one only. If the machine speaks the other
version too, and nothing filters that, MOVEit is open to it.

Export both, and give both files to the program. If the version is not in use, declare MOVEit's addresses in the site profile: where none is of that version,
nothing is said.`,
	Remedies: remedies("iptables-save > edge.rules.v4", "ip6tables-save > edge.rules.v6"),
	Run: func(p *lint.Pass) {
		for _, version := range p.Uncovered() {
			p.Report(lint.Finding{
				Certainty: lint.Certain,
				Message:   fmt.Sprintf("the input says nothing about %s: whether it is filtered is not known", version),
				Flow:      lint.Flow{From: lint.Internet, To: "moveit", Protocol: strings.ToLower(version)},
				Expected:  "rules for both IP versions", Actual: "rules for one",
				Remedy: "Export the rules of both IP versions and check them together; or declare MOVEit's addresses in the site profile.",
			})
		}
	},
}
