package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
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

const aboutReplies = `

A service is reachable only if its replies come back, too: let packets of established connections pass both ways. Where the site profile declares a load
balancer or a gateway, clients have to reach that instead of MOVEit's nodes.`

func (x *reachable) check() *lint.Check {
	return &lint.Check{
		ID: x.id, Title: x.title, Doc: x.doc + aboutReplies, Severity: lint.High, Since: since, Requirements: x.requirements,
		Remedies: remedies(x.example...), Run: x.run,
	}
}

func (x *reachable) run(p *lint.Pass) {
	var blocked []lint.Need
	for _, n := range p.Needs() {
		if n.Service != x.service || n.HighPorts != x.passive {
			continue
		}
		p.Judged(n.Requirements...)
		if n.State == lint.NeedBlocked {
			blocked = append(blocked, n)
		}
	}
	for _, list := range together(blocked) {
		f := needFinding(list)
		f.Certainty = lint.Certain
		f.Message = "no client can reach " + needed(list)
		f.Remedy = fmt.Sprintf("Accept tcp/%s before the packets are dropped.", f.Flow.Ports)
		if list[0].Replies {
			f.Message = "clients reach " + needed(list) + ", and its replies do not come back"
			f.Remedy = "Accept established connections before the packets are dropped."
		}
		f.Expected, f.Actual = "accepted", "dropped"
		p.Report(f)
	}
}

// together returns needs in groups of those that one place stops for the same
// reason.
func together(needs []lint.Need) [][]lint.Need {
	var out [][]lint.Need
	for _, n := range needs {
		i := slices.IndexFunc(out, func(list []lint.Need) bool {
			return needSpan(&list[0]) == needSpan(&n) && list[0].Reason == n.Reason && list[0].Replies == n.Replies
		})
		if i < 0 {
			out = append(out, []lint.Need{n})
			continue
		}
		out[i] = append(out[i], n)
	}
	return out
}

// needed names what clients need and where: "explicit FTPS (tcp/21) and implicit
// FTPS (tcp/990) on MOVEit at 10.20.0.11".
func needed(list []lint.Need) string {
	var whats []string // in order
	where := map[string][]string{}
	for _, n := range list {
		what := fmt.Sprintf("%s (tcp/%s)", n.Title, lint.PortList(n.Missing))
		if where[what] == nil {
			whats = append(whats, what)
		}
		where[what] = append(where[what], n.Target())
	}
	var parts []string
	for len(whats) > 0 {
		targets := where[whats[0]]
		same := []string{whats[0]}
		rest := whats[:0:0]
		for _, what := range whats[1:] {
			if slices.Equal(where[what], targets) {
				same = append(same, what)
			} else {
				rest = append(rest, what)
			}
		}
		parts = append(parts, strings.Join(same, " and ")+" on "+strings.Join(targets, " and "))
		whats = rest
	}
	return strings.Join(parts, ", and ")
}

// needFinding returns a finding about needs that one place stops.
func needFinding(list []lint.Need) lint.Finding {
	n := &list[0]
	f := lint.Finding{
		Span: needSpan(n), Witness: n.Trace, Label: "dropped here",
		Flow: lint.Flow{From: "clients", To: "moveit", Protocol: n.Protocol.String()},
	}
	if n.Span.IsZero() {
		f.Label = "declared here"
	}
	var ports []packet.Range
	for _, n := range list {
		for _, id := range n.Requirements {
			if !slices.Contains(f.Requirements, id) {
				f.Requirements = append(f.Requirements, id)
			}
		}
		for _, r := range n.Missing {
			if !slices.Contains(ports, r) {
				ports = append(ports, r)
			}
		}
	}
	f.Flow.Ports = lint.PortList(ports)
	return f
}

// needSpan returns the place of what stops a need, else where it is declared.
func needSpan(n *lint.Need) source.Span {
	if n.Span.IsZero() {
		return n.Flow.Span
	}
	return n.Span
}

// Inconclusive says what could not be decided. The frame reports through it too.
var Inconclusive = &lint.Check{
	ID: "inconclusive", Undecides: true, Title: "a requirement cannot be decided", Severity: lint.Medium, Since: since,
	Doc: `Whether a requirement is met hangs on something that the configuration does not show: the contents of a set that was not exported, a match that is not
modelled, which interface leads where, or a question that is too large for its budget. That is no pass.

The finding says on what it hangs. Export the set beside the rules, name interfaces and addresses in the site profile, or write the rule in another way.`,
	Remedies: remedies("# export the sets too, and give both files to the program", "ipset save > edge.ipset"),
	Run: func(p *lint.Pass) {
		var unclear []lint.Need
		for _, n := range p.Needs() {
			if n.State == lint.NeedUnclear {
				unclear = append(unclear, n)
			}
		}
		for _, list := range together(unclear) {
			f := needFinding(list)
			f.Certainty, f.Depends = lint.Possible, list[0].Reason
			if !list[0].Span.IsZero() {
				f.Label = "it hangs on this"
			}
			f.Message = "cannot decide whether clients reach " + needed(list)
			if list[0].Replies {
				f.Message = "cannot decide whether replies come back to clients of " + needed(list)
			}
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
