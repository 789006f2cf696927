package lint

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// ForParser returns what a profile tells a parser of the interfaces of a device:
// those of the device itself, then those of zones of which the device says nothing
// else. By those of the second list the device reaches what no other route leads
// to; where no route says so, that is the interface to the Internet, if there is one.
func ForParser(p *site.Profile, own []site.Interface) (interfaces []rules.Interface, defaults []string) {
	var outside []string
	add := func(name, zone string, addrs []netip.Prefix, span source.Span) {
		if zone == Internet {
			outside = append(outside, name)
		}
		if !isPattern(name) {
			i := rules.Interface{Name: name, Addrs: addrs, Facing: facingOf(zone), Span: span}
			if i.Facing != rules.NotTold {
				i.Why = "the site profile says so"
			}
			interfaces = append(interfaces, i)
		}
	}
	for _, i := range own {
		add(i.Name, cmp.Or(i.Zone, zoneOf(p, i.Name)), i.Addresses, i.Span)
		if slices.ContainsFunc(i.Routes, isDefault) {
			defaults = append(defaults, i.Name)
		}
	}
	for _, z := range p.Zones {
		for _, name := range z.Interfaces {
			if !slices.ContainsFunc(interfaces, func(i rules.Interface) bool { return i.Name == name }) {
				add(name, z.Name, nil, z.Span)
			}
		}
	}
	if len(defaults) == 0 && len(outside) == 1 && !isPattern(outside[0]) {
		defaults = outside
	}
	return interfaces, defaults
}

// facingOf returns which way the interfaces of a zone look.
func facingOf(zone string) rules.Facing {
	switch zone {
	case Internet:
		return rules.Outside
	case "":
		return rules.NotTold
	}
	return rules.Inside
}

// zoneOf returns the first zone that names an interface for every device, empty if
// none does.
func zoneOf(p *site.Profile, name string) string {
	for _, z := range p.Zones {
		if slices.Contains(z.Interfaces, name) {
			return z.Name
		}
	}
	return ""
}

// isDefault reports whether a route is for all that no other is for.
func isDefault(to netip.Prefix) bool { return to.Bits() == 0 }

// isPattern reports whether a name of a profile stands for several interfaces.
func isPattern(name string) bool { return strings.HasSuffix(name, "+") }
