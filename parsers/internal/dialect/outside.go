package dialect

import "github.com/moveit-lint/moveit-lint/rules"

// Masquerades is why an interface is taken for one that looks to the Internet.
const Masquerades = "sources are translated on the way out of it"

// DoubtOutside says of the interfaces by which translated sources leave, where
// they are several, that one of them looks to the Internet, and not which: sources
// are translated on the way to networks of one's own, too.
func DoubtOutside(d *rules.Device) {
	var seen []*rules.Interface
	for i := range d.Interfaces {
		if d.Interfaces[i].Facing == rules.Outside {
			seen = append(seen, &d.Interfaces[i])
		}
	}
	if len(seen) < 2 {
		return
	}
	for _, i := range seen {
		i.Facing, i.Why = rules.PerhapsOutside, "sources are translated on the way out"
	}
}
