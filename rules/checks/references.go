package checks

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

var undefinedReference = &lint.Check{
	ID: "undefined-reference", Title: "a name is used that nothing defines", Severity: lint.Medium, Since: since,
	Doc: `The configuration names an object, a group, a list or a set that it defines nowhere. Either the export is not complete, or the name is misspelt, or what it
stood for was deleted. A device that takes such a line does something else than whoever wrote it thinks; what hangs on the name is not known here, and findings
that do so are possible ones.

Define the name, or correct it where it is used. Sets that are filled by other means as a rule, as ipsets are, give no finding: that their contents are not known
is said beside the input.`,
	Remedies: remedies("# does not apply: chains have to be there, and an export of rules never holds the sets that they use"),
	Run: func(p *lint.Pass) {
		for i := range p.Device.Definitions {
			if d := &p.Device.Definitions[i]; d.Missing && !d.Elsewhere {
				p.Report(undefined(d))
			}
		}
	},
}

// maxUses is how many other places a finding about a name shows.
const maxUses = 11

func undefined(d *rules.Definition) lint.Finding {
	f := lint.Finding{
		Certainty: lint.Certain, Span: d.Span, Label: "nothing defines it",
		Message:  fmt.Sprintf("%s %s is used, and nothing defines it: what it stands for is not known", d.Kind, d.Name),
		Expected: "a definition", Actual: "none", Remedy: fmt.Sprintf("Define the %s, or correct its name where it is used.", d.Kind),
	}
	if len(d.Uses) == 0 {
		return f
	}
	f.Span = d.Uses[0]
	for _, use := range d.Uses[1:] {
		if use != f.Span && len(f.Related) < maxUses {
			f.Related = append(f.Related, lint.Note{Span: use, Message: "used here too"})
		}
	}
	return f
}

var unappliedList = &lint.Check{
	ID: "unapplied-list", Title: "a list of rules is applied nowhere", Severity: lint.Low, Since: since,
	Doc: `A list of rules does something only where it is applied: an access list on an interface, a chain where another one calls it. Nothing does so here, and no
packet ever comes to the rules. They may be left over. They may also be what somebody believes to protect MOVEit. Of chains that nothing but each other calls
the first is shown. What a program calls while it runs, by adding elements to a map, is not in the configuration.

Apply the list where it was meant to filter, or delete it.`,
	Remedies: remedies("# call the chain where it was meant to filter", "-A FORWARD -d 10.20.0.11/32 -j MOVEIT-IN", "# or delete it", "iptables -F OLD-IN", "iptables -X OLD-IN"),
	Run: func(p *lint.Pass) {
		for i := range p.Device.Definitions {
			if d := &p.Device.Definitions[i]; d.List && !d.Missing && len(d.Uses) == 0 {
				p.Report(unapplied(d.Kind+" "+d.Name, d.Span, "it filters nothing"))
			}
		}
		for _, c := range unreached(p.Device) {
			p.Report(unapplied("chain "+c.Name, c.Span, "its rules do nothing"))
		}
	},
}

func unapplied(what string, at source.Span, so string) lint.Finding {
	return lint.Finding{
		Certainty: lint.Certain, Span: at, Label: "applied nowhere", Message: what + " is applied nowhere: " + so,
		Expected: "applied, or not there", Actual: "applied nowhere", Remedy: "Apply it where it was meant to filter, or delete it.",
	}
}

// unreached returns the written chains with rules that no packet can get to,
// whatever it is like; of those that call each other the first. Whether a list that
// the device defines is used its definition tells.
func unreached(d *rules.Device) []*rules.Chain {
	known, called, lists := reached(d), map[*rules.Chain]bool{}, map[string]bool{}
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			called[r.Action.Target] = called[r.Action.Target] || r.Action.Target != c
		}
	}
	for i := range d.Definitions {
		if x := &d.Definitions[i]; x.List {
			known[x.Span] = true
			lists[x.Name], lists[x.Kind+" "+x.Name] = true, true
		}
	}
	var out []*rules.Chain
	for _, circles := range []bool{false, true} {
		for _, c := range d.Chains {
			if len(c.Rules) > 0 && !c.Span.IsZero() && !known[c.Span] && !lists[c.Name] && (circles || !called[c]) {
				out = append(out, c)
				reach(known, c)
			}
		}
	}
	return out
}

// reached returns where the chains stand that packets may get to. One with a
// policy of its own is where packets begin, though the pipeline may leave it out:
// it is for frames that are not routed.
func reached(d *rules.Device) map[source.Span]bool {
	known := map[source.Span]bool{}
	for _, s := range d.Pipeline.Stages() {
		if s.Chain != nil {
			reach(known, s.Chain)
		}
	}
	for _, c := range d.Chains {
		if c.Policy.Verdict != rules.Return {
			reach(known, c)
		}
	}
	return known
}

// reach adds a chain and those that can be called from it.
func reach(known map[source.Span]bool, c *rules.Chain) {
	for _, x := range c.Reached() {
		known[x.Span] = true
	}
}
