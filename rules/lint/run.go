package lint

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Target is a device and what is known of it.
type Target struct {
	Device  *rules.Device
	Context string // its name among the devices of its input; empty: it is the only one
	Profile *site.Profile
	View    roles.View       // 0: as the device shows
	Told    []site.Interface // what the profile tells of its interfaces
	First   source.Span      // the head of its first file
	Others  []*rules.Device  // the other contexts of the appliance
}

// Result is what the checks found on a device.
type Result struct {
	View        roles.View
	Findings    []Finding // in no order yet
	Assumptions []string
	States      map[string]State // what became of the requirements that checks judged, findings included
}

// Run runs checks over a device. It never fails: a check whose question
// outgrows its budget leads to a finding of the check called inconclusive.
func Run(t Target, checks []*Check, inconclusive *Check) Result {
	device := t.Device.With(toldInterfaces(t))
	engine := eval.New(device)
	view, why := t.View, ""
	if view == 0 {
		view, why = ViewOf(device, engine, t.Profile)
	}
	p := &Pass{
		Device: device, Engine: engine, Roles: roles.Of(device, t.Profile, view, t.Told), Told: t.Told, First: t.First,
		grounds: map[groundKey]*Ground{}, states: map[string]State{},
	}
	if why != "" {
		p.Roles.Assumptions = slices.Insert(p.Roles.Assumptions, 0, why)
	}
	p.findElsewhere(t.Others)
	p.findAnywhere()
	out := Result{View: view, Assumptions: p.Roles.Assumptions, States: p.states}
	for _, c := range checks {
		p.check = c
		if err := guard(func() { c.Run(p) }); err != nil {
			p.check = inconclusive
			p.Report(Finding{
				Certainty: Possible, Requirements: c.Requirements, Message: fmt.Sprintf("%s (%s): %v", c.Title, c.ID, err),
				Expected: "an answer", Actual: "none", Depends: "packets too many kinds of which are treated differently", Remedy: "Raise limits.nodes in the site profile, or name MOVEit's addresses there.",
			})
		}
	}
	p.doubtUncovered()
	p.doubtBeyond(inconclusive)
	out.Findings = merge(p.findings)
	for i := range out.Findings {
		f := &out.Findings[i]
		f.Context = t.Context
		for _, id := range f.Requirements {
			p.states[id] = max(p.states[id], f.state())
		}
	}
	return out
}

func toldInterfaces(t Target) ([]rules.Interface, []rules.Route) {
	var interfaces []rules.Interface
	var routes []rules.Route
	for _, i := range t.Told {
		facing := rules.Inside
		switch i.Zone {
		case Internet:
			facing = rules.Outside
		case "":
			facing = rules.NotTold
		}
		interfaces = append(interfaces, rules.Interface{Name: i.Name, Addrs: i.Addresses, Facing: facing, Why: "the site profile says so", Span: i.Span})
		for _, r := range i.Routes {
			if i.Zone == Internet && r.Bits() == 0 && !t.Device.AllRoutes {
				// What goes to the Internet leaves by this interface as it is. Of nodes and
				// networks whose routes are not told it says nothing, unless what no route
				// leads to goes nowhere.
				continue
			}
			routes = append(routes, rules.Route{To: r, Out: i.Name, Span: i.Span})
		}
	}
	return interfaces, routes
}

// merge makes one finding of those of one check at one place between the same
// roles: the first stands for all.
func merge(list []Finding) []Finding {
	type key struct {
		check    *Check
		span     source.Span
		from, to string
		message  string
	}
	seen := map[key]int{}
	var out []Finding
	for _, f := range list {
		k := key{f.Check, f.Span, f.Flow.From, f.Flow.To, ""}
		if f.Span.IsZero() || f.Witness == nil {
			k.message = f.Message
		}
		if i, ok := seen[k]; ok {
			if out[i].Certainty == Possible && f.Certainty == Certain {
				out[i] = f
			}
			continue
		}
		seen[k] = len(out)
		out = append(out, f)
	}
	return out
}
