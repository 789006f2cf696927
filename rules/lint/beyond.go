package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/roles"
)

// beyond says why no packet between the Internet and MOVEit crosses the device,
// empty if some may: a configuration of which a part is missing looks as if it let
// nothing through.
func (p *Pass) beyond() string {
	inner, outside := p.Roles.Inner, p.Roles.Outside
	switch {
	case p.Roles.View != roles.Forward || p.Device.Closed || !p.Device.AllInterfaces || inner.Uncertain || outside.Uncertain:
		return ""
	case len(inner.Names) == 0 && len(outside.Names) == 0:
		return "no interface is there by which packets could pass"
	case len(inner.Names) == 0:
		return "no interface is there behind which MOVEit could be: " + lookOut(outside.Names)
	case len(p.Roles.Nodes) > 0 && holdsAll(outside.Names, inner.Names):
		return fmt.Sprintf("MOVEit at %s is on the side of the Internet: %s", roles.Describe(p.Roles.Nodes), lookOut(inner.Names))
	}
	return ""
}

// lookOut says that interfaces look to the Internet.
func lookOut(names []string) string {
	if len(names) == 1 {
		return "interface " + names[0] + " looks there"
	}
	return "the interfaces " + strings.Join(names, ", ") + " look there"
}

// doubtBeyond makes undecided what checks found to be met where no packet that
// they ask about crosses the device.
func (p *Pass) doubtBeyond(inconclusive *Check) {
	why := p.beyond()
	if why == "" {
		return
	}
	var ids []string
	for id, s := range p.states {
		if s == Passed {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	p.check = inconclusive
	p.Report(Finding{
		Certainty: Possible, Requirements: ids, Message: "what passes between the Internet and MOVEit cannot be told: " + why,
		Expected: "an interface that leads to MOVEit", Actual: "none", Depends: "whether this is the firewall in front of MOVEit, and all of its configuration",
		Remedy: "Give the program the whole configuration of the firewall in front of MOVEit, or say in the site profile which interfaces lead where.",
	})
}
