package roles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// View is which packets of a device are looked at.
type View uint8

// Forward looks at what a firewall in front of MOVEit forwards, Host at what a
// host's own filter lets in and out.
const (
	Forward View = iota + 1
	Host
)

// String returns the view as the JSON report spells it.
func (v View) String() string {
	if v == Host {
		return "host"
	}
	return "forward"
}

// Roles is who is who on a device.
type Roles struct {
	Profile *site.Profile
	View    View
	// Nodes are MOVEit's addresses. Empty: on the host view the host itself;
	// else they are not known, and MOVEit may be any destination.
	Nodes    []packet.AddrRange
	Declared bool // the profile names the nodes
	// Published are addresses that clients use for the nodes where another device
	// translates them: packets here may go to these and come from these.
	Published []packet.AddrRange
	// Outside and Inner are the interfaces that look to the Internet and to
	// MOVEit.
	Outside, Inner Side
	Assumptions    []string // each a clause without full stop

	places []place             // of the nodes, where they are known
	zones  map[string][]string // the interfaces of zones that the profile does not give, as they were found
	own    layout              // where the device's own networks and routes lead
}

// Side is the interfaces that look one way.
type Side struct {
	Names []string
	// Uncertain: it is one of Names, and not known which.
	Uncertain bool
}

// Boxes returns the packets that use the side in field f, nil for any.
func (s Side) Boxes(f packet.Field) *packet.Boxes {
	if len(s.Names) == 0 {
		return nil
	}
	var ps []packet.Pattern
	for _, n := range s.Names {
		text, prefix := strings.CutSuffix(n, "+")
		ps = append(ps, packet.Pattern{Text: text, Prefix: prefix})
	}
	return packet.Names(f, ps...)
}

// Another is the name of an interface that a configuration does not name or, with
// the start of a name before it, one of which only a pattern speaks. No system
// gives such a name.
const Another = "(another)"

// Of returns who is who on a device. The view is settled by the caller, who can
// see what passes; file interfaces are those that the profile tells of it.
func Of(d *rules.Device, p *site.Profile, view View, told []site.Interface) *Roles {
	r := &Roles{Profile: p, View: view, own: tableOf(d).lay()}
	r.findNodes(d)
	r.findOutside(d, told)
	r.findZones(d, told)
	r.findInner(d, told)
	r.stateUnzoned(d, told)
	return r
}

// Addresses returns every address that is MOVEit's as the device may see it: those
// of the nodes and those published for them, none if the nodes are not known.
func (r *Roles) Addresses() []packet.AddrRange {
	if len(r.Nodes) == 0 {
		return nil
	}
	return slices.Concat(r.Nodes, r.Published)
}

func (r *Roles) assume(format string, args ...any) {
	r.Assumptions = append(r.Assumptions, fmt.Sprintf(format, args...))
}

// findNodes settles MOVEit's addresses.
func (r *Roles) findNodes(d *rules.Device) {
	r.Published = site.Ranges(r.Profile.Published)
	if len(r.Profile.Nodes) > 0 {
		r.Nodes, r.Declared = site.Ranges(r.Profile.Nodes), true
		r.correct(d)
		return
	}
	if r.View == Host {
		r.assume("MOVEit runs on the host that these rules protect")
		return
	}
	for _, look := range []struct {
		where string
		find  func(*rules.Device) []packet.AddrRange
	}{
		{"from definitions whose names contain moveit", namedDefinitions},
		{"from rules whose chain or comment names it", namedRules},
		{"from what address translation publishes on tcp/443 together with 21, 22 or 990", published},
	} {
		found := look.find(d)
		if len(found) == 0 {
			continue
		}
		nodes, moved := inReality(d, found)
		where := look.where
		if moved {
			where += ", as address translation leads there"
		}
		r.Nodes = nodes
		r.assume("MOVEit's addresses are %s: %s", Describe(nodes), where)
		return
	}
	if len(r.Published) > 0 {
		r.Nodes, r.Published = r.Published, nil // all that is seen of MOVEit here
		return
	}
	r.assume("MOVEit may be any destination behind the firewall: no site profile and no name in the rules tells its address")
}

// correct replaces nodes that the profile gives by an address which this device
// translates by where that leads: else nothing that passes would seem to be for
// MOVEit.
func (r *Roles) correct(d *rules.Device) {
	if r.View == Host {
		return
	}
	nodes, moved := inReality(d, r.Nodes)
	if !moved {
		return
	}
	published := site.Without(r.Nodes, nodes)
	r.Nodes, r.Published = nodes, append(r.Published, published...)
	r.assume("MOVEit is at %s: address translation leads there from %s, which the site profile has for its nodes", Describe(site.Without(nodes, site.Ranges(r.Profile.Nodes))), Describe(published))
}

// Describe names addresses in a sentence, of many the first.
func Describe(rs []packet.AddrRange) string {
	const most = 4
	var words []string
	for i, a := range rs {
		if i == most {
			words = append(words, "…")
			break
		}
		words = append(words, a.String())
	}
	return strings.Join(words, ", ")
}

// findOutside settles which interfaces look to the Internet.
func (r *Roles) findOutside(d *rules.Device, told []site.Interface) {
	if names := r.declared("internet", told); len(names) > 0 {
		r.Outside.Names = names
		r.doubtNames(d)
		return
	}
	var seen []rules.Interface
	perhaps := 0
	for _, i := range d.Interfaces {
		switch {
		case i.Closed:
			continue
		case i.Facing == rules.PerhapsOutside:
			perhaps++
		case i.Facing != rules.Outside:
			continue
		}
		seen = append(seen, i)
		r.Outside.Names = append(r.Outside.Names, i.Name)
	}
	switch {
	case len(seen) == 0:
		r.Outside = anyOf(d, nil)
		if r.Outside.Uncertain && len(r.Outside.Names) > 1 {
			r.assume("any interface may look to the Internet: neither a site profile nor the rules tell which does")
		}
	case perhaps > 0 && len(seen) > 1:
		r.Outside.Uncertain = true
		r.assume("one of the interfaces %s looks to the Internet%s", strings.Join(r.Outside.Names, ", "), whys(seen))
	default:
		for _, i := range seen {
			r.assume("interface %s looks to the Internet: %s", i.Name, i.Why)
		}
	}
}

// whys returns the evidence for which way interfaces look: once where it is the
// same.
func whys(list []rules.Interface) string {
	var words []string
	for _, i := range list {
		words = append(words, i.Name+": "+i.Why)
	}
	if slices.ContainsFunc(list, func(i rules.Interface) bool { return i.Why != list[0].Why }) {
		return " (" + strings.Join(words, "; ") + ")"
	}
	return ": " + list[0].Why
}

// doubtNames states which of the interfaces that the profile has outside the
// configuration never names though it names others: a name with a slip of the
// pen is one by which nothing comes in.
func (r *Roles) doubtNames(d *rules.Device) {
	known := slices.DeleteFunc(slices.Clone(d.Interfaces), func(i rules.Interface) bool { return i.Name == "lo" })
	if len(known) == 0 {
		return
	}
	for _, name := range r.Outside.Names {
		text, prefix := strings.CutSuffix(name, "+")
		if !slices.ContainsFunc(known, func(i rules.Interface) bool {
			base, wide := strings.CutSuffix(i.Name, "+")
			return i.Name == name || prefix && strings.HasPrefix(base, text) || wide && strings.HasPrefix(name, base)
		}) {
			r.assume("interface %s looks to the Internet, as the site profile says, though no rule names it", name)
		}
	}
}

// stateUnzoned states which interfaces are in no zone of the profile: no
// question is about hosts there, and one left out by mistake looks fine.
func (r *Roles) stateUnzoned(d *rules.Device, told []site.Interface) {
	if r.Profile.IsDefault || r.Outside.Uncertain {
		return
	}
	zoned, doubt := r.Outside.Names, "hosts behind it are not asked about"
	if !r.Inner.Uncertain {
		zoned = union(zoned, r.Inner.Names)
	}
	for _, z := range r.Profile.Zones {
		names := r.declared(z.Name, told)
		zoned = union(zoned, names)
		if len(names) == 0 && len(z.Networks) > 0 && z.Name != "internet" {
			doubt = "hosts behind it are asked about only by the networks of zones that have no interfaces"
		}
	}
	for _, i := range d.Interfaces {
		if i.Name != "lo" && !i.Closed && !covers(zoned, i.Name) {
			r.assume("interface %s is in no zone of the site profile: %s", i.Name, doubt)
		}
	}
}

// declared returns the interfaces of a zone, as the profile gives them: for the
// device, and for all devices but where the device's own say otherwise; else those
// by which its networks are reached, as far as that is known.
func (r *Roles) declared(zone string, told []site.Interface) []string {
	var names []string
	for _, i := range told {
		if i.Zone == zone {
			names = append(names, i.Name)
		}
	}
	z, _ := r.Profile.Zone(zone)
	names = union(names, slices.DeleteFunc(slices.Clone(z.Interfaces), func(n string) bool {
		return slices.ContainsFunc(told, func(i site.Interface) bool { return i.Name == n && i.Zone != "" })
	}))
	if len(names) == 0 {
		return r.zones[zone]
	}
	return names
}

// anyOf returns the interfaces that the device names and, where it may have
// others, one that it does not; less those left out, the loopback and those by
// which nothing passes.
func anyOf(d *rules.Device, out []string) Side {
	s := Side{Uncertain: true}
	for _, i := range d.Interfaces {
		if i.Name != "lo" && !i.Closed && !slices.Contains(out, i.Name) {
			s.Names = append(s.Names, i.Name)
		}
	}
	if d.AllInterfaces {
		s.Uncertain = len(s.Names) > 1
		return s
	}
	for _, p := range d.Patterns() {
		if p.Prefix && p.Text != "" {
			s.Names = append(s.Names, p.Text+Another) // one of those that the pattern alone speaks of
		}
	}
	s.Names = append(s.Names, Another)
	return s
}
