package rules

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Device is one firewall as its configuration describes it. A parser builds it;
// nothing changes it afterwards. It does not say which dialect it came from.
type Device struct {
	Name        string
	Interfaces  []Interface // those that the configuration names
	Loopback    Interface   // by which the device sends packets to itself; no name: it has none
	Zones       []Zone
	Chains      []*Chain // every chain, in the order of the configuration
	Pipeline    Pipeline
	Routes      []Route      // empty: not known
	Definitions []Definition // named sets, groups, macros
	Inspections []Inspection // helpers that open data connections

	// AllInterfaces says that the device has no interfaces but those that it
	// names, and AllRoutes that packets to where no route leads go nowhere.
	AllInterfaces, AllRoutes bool
	// OwnMarks says that packets and connections have no marks here: with them the
	// model keeps account of what the device knows by itself, as which of its tests
	// keep a state.
	OwnMarks bool
	// Appliance says that the device is a firewall and nothing else: no server
	// runs on it, and what it protects is behind it.
	Appliance bool
	// Closed says that no packet is to pass the device: it is the part of an
	// appliance that only runs others, which are devices of their own.
	Closed bool
}

// Interface is a network attachment of a device.
type Interface struct {
	Name  string
	Addrs []netip.Prefix // address and network; empty when the configuration does not tell
	// Dynamic says that the interface gets an IPv4 address at run time.
	Dynamic bool
	// Closed says that no packet passes through the device by the interface.
	Closed bool
	Facing Facing
	Why    string      // the evidence for Facing, for people
	Span   source.Span // where the evidence stands, else where the interface is named first
}

// Facing says which way an interface looks.
type Facing uint8

// The directions. NotTold is what most configurations say.
const (
	NotTold Facing = iota
	Outside
	Inside
	PerhapsOutside // one of those that are so is Outside, and it is not told which
)

// Zone is a named group of interfaces that share one level of trust.
type Zone struct {
	Name       string
	Interfaces []string
	Span       source.Span
}

// Route says by which interface packets to a network leave. Where several are to
// the same network, it is any of theirs; those that discard count only if all do.
// A network of an interface is reached by it without a route.
type Route struct {
	To   netip.Prefix
	Out  string // empty: the packets are discarded
	Span source.Span
}

// Definition is a named set, group or macro, or a name that something uses and
// nothing defines.
type Definition struct {
	Kind    string // in the dialect's word: "ipset"
	Name    string
	Addrs   []packet.AddrRange // the addresses it holds, if it holds any
	Uses    []source.Span
	Missing bool // nothing defines it; it may be filled elsewhere
	// Elsewhere says that a missing one is defined by other means than the
	// configuration as a rule, as an ipset is.
	Elsewhere bool
	List      bool // it is a list of rules, which does something only where it is used
	Span      source.Span
}

// Inspection is a helper that reads a control protocol and lets its data
// connections through.
type Inspection struct {
	Protocol string // "ftp"
	Span     source.Span
}

// Hook is a point on a packet's way through a device.
type Hook uint8

// The hooks, by their Netfilter names.
const (
	Ingress Hook = iota + 1
	Prerouting
	Input
	Forward
	Output
	Postrouting
)

var hookNames = [...]string{
	Ingress: "ingress", Prerouting: "prerouting", Input: "input",
	Forward: "forward", Output: "output", Postrouting: "postrouting",
}

// String returns the hook in lower case.
func (h Hook) String() string {
	if h > 0 && int(h) < len(hookNames) {
		return hookNames[h]
	}
	return "?"
}

// Pipeline is the order in which a packet meets the chains of a device: a small
// graph without cycles that each dialect writes down once, as data. It is what
// makes iptables, nftables, ASA and pf differ, and the only place where they do.
type Pipeline struct {
	Entry []Edge // where a packet begins
}

// Stage is one stop. An Accept ends the chain, calls and all, and the packet
// goes on to the next stage; a Drop or a Reject ends its way.
type Stage struct {
	Hook  Hook
	Chain *Chain // nil: nothing happens here but what Route says
	// When names the packets that the stage is for; others go on as if it were
	// not there, as packets of known connections pass by address translation.
	When Match
	// Filters says that it is this stage's job to drop packets, and not only to
	// translate or mark them: a finding is placed here if it can be.
	Filters bool
	// Hidden holds the interface fields that cannot be seen here: a condition on
	// them finds no interface, as where routing is still to come.
	Hidden packet.FieldSet
	// Route says that the device decides here whether to keep the packet and by
	// which interface it leaves.
	Route bool
	Next  []Edge
}

// Edge leads the packets that When matches to the next stage. When speaks of
// where a packet came in and goes out, so it is exact even where no address is
// known.
type Edge struct {
	When Match
	To   *Stage // nil: the packet has passed the device
}

// Stages returns the stages of p, each behind all that lead to it.
func (p Pipeline) Stages() []*Stage {
	var order []*Stage
	seen := map[*Stage]bool{}
	var visit func([]Edge)
	visit = func(edges []Edge) {
		for _, edge := range slices.Backward(edges) {
			if s := edge.To; s != nil && !seen[s] {
				seen[s] = true
				visit(s.Next)
				order = append(order, s)
			}
		}
	}
	visit(p.Entry)
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// With returns a device that is like d but for what is told of its interfaces and
// routes. A route that is told replaces those to the same network, an interface
// the one of its name: what is not told of that stays as it is known.
func (d *Device) With(interfaces []Interface, routes []Route) *Device {
	out := *d
	out.Interfaces = append([]Interface(nil), d.Interfaces...)
	for _, i := range interfaces {
		found := false
		for j := range out.Interfaces {
			if out.Interfaces[j].Name == i.Name {
				out.Interfaces[j], found = out.Interfaces[j].told(i), true
			}
		}
		if !found {
			out.Interfaces = append(out.Interfaces, i)
		}
	}
	if len(routes) > 0 {
		out.Routes = slices.DeleteFunc(slices.Clone(d.Routes), func(own Route) bool {
			return slices.ContainsFunc(routes, func(r Route) bool { return r.To.Masked() == own.To.Masked() })
		})
		out.Routes = append(out.Routes, routes...)
	}
	return &out
}

// told returns the interface as it is told, with what is known of it beside.
func (i Interface) told(by Interface) Interface {
	if len(by.Addrs) == 0 {
		by.Addrs = i.Addrs
	}
	if by.Facing == NotTold {
		by.Facing, by.Why = i.Facing, i.Why
	}
	by.Closed = by.Closed || i.Closed
	by.Dynamic = by.Dynamic || i.Dynamic && !slices.ContainsFunc(by.Addrs, func(p netip.Prefix) bool { return p.Addr().Is4() })
	return by
}

// Local returns the addresses of the device itself, as far as they are known.
func (d *Device) Local() []packet.AddrRange {
	var out []packet.AddrRange
	for _, i := range d.Interfaces {
		for _, p := range i.Addrs {
			out = append(out, packet.OneAddr(p.Addr()))
		}
	}
	return out
}
