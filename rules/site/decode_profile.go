package site

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// knownZones are there without being declared.
var knownZones = []string{"internet", "internal", "dmz"}

func (d *decoder) profile(n ast.Node) *Profile {
	p := d.blank()
	entries := d.mapping(n, "the site profile", []string{
		"version", "mode", "moveit", "zones", "services", "devices", "allow", "limits", "suppress", "assume",
	})
	// Zones first: the others name them.
	slices.SortStableFunc(entries, func(a, b entry) int { return rank(a.key) - rank(b.key) })
	versioned := false
	for _, e := range entries {
		switch e.key {
		case "version":
			versioned = true
			d.version(e.value)
		case "mode":
			if d.word(e.value, "mode", "normal", "lockdown") == "lockdown" {
				// No check asks about it: a report would promise what it does not hold.
				d.fail(e.value, "mode: lockdown is not supported yet")
			}
		case "moveit":
			d.moveit(p, e.value)
		case "zones":
			d.zones(p, e.value)
		case "services":
			d.services(p, e.value)
		case "devices":
			d.devices(p, e.value)
		case "allow":
			d.allows(p, e.value)
		case "limits":
			d.limits(p, e.value)
		default:
			d.fail(e.node, "%s is not supported yet", e.key)
		}
	}
	if !versioned {
		d.fail(n, "expected version: 1")
	}
	d.internet(p, entries)
	return p
}

// internet sees that addresses are left for the Internet in each IP version:
// nothing would be asked of one without, and everything pass.
func (d *decoder) internet(p *Profile, entries []entry) {
	left, _ := p.ZoneRanges("internet")
	for _, version := range []struct {
		name string
		is4  bool
	}{{"IPv4", true}, {"IPv6", false}} {
		if slices.ContainsFunc(left, func(r packet.AddrRange) bool { return r.First.Is4() == version.is4 }) {
			continue
		}
		for _, e := range entries {
			if e.key == "zones" || e.key == "moveit" {
				d.fail(e.node, "%s: no %s address is left for the Internet: what the profile names holds them all", e.key, version.name)
				break
			}
		}
	}
}

// version reads the version of the profile's format.
func (d *decoder) version(n ast.Node) {
	if s, ok := d.scalar(n, "1"); ok && s != "1" {
		d.fail(n, "version: expected 1")
	}
}

// blank returns the profile that says nothing yet.
func (d *decoder) blank() *Profile {
	p := &Profile{Source: d.file.Name, File: d.file, Limits: DefaultLimits}
	for _, k := range keys {
		p.Services = append(p.Services, Service{Key: k.key})
	}
	for _, z := range knownZones {
		p.Zones = append(p.Zones, Zone{Name: z})
	}
	return p
}

func rank(key string) int {
	if key == "zones" {
		return 0
	}
	return 1
}

func (d *decoder) moveit(p *Profile, n ast.Node) {
	for _, e := range d.mapping(n, "moveit", []string{"nodes", "published"}) {
		list := d.someAddresses(e, "moveit."+e.key)
		if e.key == "nodes" {
			p.Nodes = list
		} else {
			p.Published = list
		}
	}
}

func (d *decoder) zones(p *Profile, n ast.Node) {
	for _, e := range d.mapping(n, "zones", nil) {
		if e.key == "" || e.key == "moveit" {
			d.fail(e.node, "%q cannot be the name of a zone", e.key)
			continue
		}
		i := slices.IndexFunc(p.Zones, func(z Zone) bool { return z.Name == e.key })
		if i < 0 {
			i = len(p.Zones)
			p.Zones = append(p.Zones, Zone{Name: e.key})
		}
		z := &p.Zones[i]
		z.Span = d.span(e.node)
		for _, x := range d.mapping(e.value, "zones."+e.key, []string{"interfaces", "networks"}) {
			if x.key == "interfaces" {
				z.Interfaces = d.names(x.value, "interfaces")
			} else {
				z.Networks = d.prefixes(x.value, "networks")
			}
		}
	}
}

// zoneName checks that a zone is declared.
func (d *decoder) zoneName(p *Profile, n ast.Node, name string, also ...string) {
	known := slices.Clone(also)
	for _, z := range p.Zones {
		known = append(known, z.Name)
	}
	if !slices.Contains(known, name) {
		d.fail(n, "there is no zone %q%s", name, DidYouMean(name, known))
	}
}

func (d *decoder) zoneNames(p *Profile, n ast.Node) []string {
	names := d.names(n, "zones")
	for i, item := range d.list(n, "zones") {
		if i < len(names) {
			d.zoneName(p, item, names[i])
		}
	}
	return names
}

var dialects = []string{"auto", "iptables", "ip6tables", "nftables", "asa", "pf", "pf-openbsd", "pf-freebsd"}

func (d *decoder) devices(p *Profile, n ast.Node) {
	for _, item := range d.list(n, "devices") {
		v := Device{Span: d.span(item), Dialect: "auto", Path: "auto"}
		said := false // that something is wrong with the files
		for _, e := range d.mapping(item, "a device", []string{"name", "files", "dialect", "path", "interfaces"}) {
			switch e.key {
			case "name":
				v.Name, _ = d.scalar(e.value, "a name")
			case "files":
				before := len(d.errors)
				v.Files = d.names(e.value, "files")
				said = len(d.errors) > before
			case "dialect":
				v.Dialect = d.word(e.value, "dialect", dialects...)
			case "path":
				v.Path = d.word(e.value, "path", "auto", "forward", "host")
			case "interfaces":
				v.Interfaces = d.interfaces(p, e.value)
			}
		}
		if len(v.Files) == 0 && !said {
			d.fail(item, "a device needs files")
		}
		if v.Name == "" {
			v.Name = strings.Join(v.Files[:min(1, len(v.Files))], "")
		}
		p.Devices = append(p.Devices, v)
	}
}

func (d *decoder) interfaces(p *Profile, n ast.Node) []Interface {
	var out []Interface
	for _, e := range d.mapping(n, "interfaces", nil) {
		i := Interface{Name: e.key, Span: d.span(e.node)}
		for _, x := range d.mapping(e.value, "interface "+e.key, []string{"zone", "addresses", "routes"}) {
			switch x.key {
			case "zone":
				i.Zone, _ = d.scalar(x.value, "a zone")
				d.zoneName(p, x.value, i.Zone)
			case "addresses":
				i.Addresses = d.prefixes(x.value, "addresses")
			case "routes":
				i.Routes = d.prefixes(x.value, "routes")
			}
		}
		out = append(out, i)
	}
	return out
}

var protocolNames = map[string]packet.Proto{"tcp": packet.TCP, "udp": packet.UDP, "icmp": packet.ICMP, "icmpv6": packet.ICMPv6, "sctp": packet.SCTP, "gre": 47, "esp": 50, "ah": 51}

func (d *decoder) allows(p *Profile, n ast.Node) {
	for _, item := range d.list(n, "allow") {
		before := len(d.errors)
		a, has := d.allow(p, item)
		sound := len(d.errors) == before
		for _, need := range []string{"from", "to", "reason"} {
			empty := need == "reason" && strings.TrimSpace(a.Reason) == "" && sound
			if !slices.Contains(has, need) || empty {
				d.fail(item, "an allowed flow needs %s", need)
			}
		}
		if len(a.Ports) > 0 && !a.Protocol.HasPorts() && sound {
			d.fail(item, "ports need a protocol that has them, like tcp")
		}
		p.Allow = append(p.Allow, a)
	}
}

// allow reads one allowed flow, and returns the keys that it has.
func (d *decoder) allow(p *Profile, item ast.Node) (a Allow, has []string) {
	a = Allow{Span: d.span(item), AnyProtocol: true}
	for _, e := range d.mapping(item, "allow", []string{"from", "to", "protocol", "ports", "reason"}) {
		has = append(has, e.key)
		switch e.key {
		case "from":
			a.From = d.endpoints(p, e.value)
		case "to":
			a.To = d.endpoints(p, e.value)
		case "protocol":
			a.Protocol, a.AnyProtocol = d.protocol(e.value)
		case "ports":
			a.Ports = d.ports(e.value, "ports")
		case "reason":
			a.Reason, _ = d.scalar(e.value, "a reason")
		}
	}
	return a, has
}

func (d *decoder) protocol(n ast.Node) (packet.Proto, bool) {
	s, _ := d.scalar(n, "a protocol")
	if s == "any" {
		return 0, true
	}
	if proto, ok := protocolNames[s]; ok {
		return proto, false
	}
	return packet.Proto(d.number(n, "protocol (tcp, udp, icmp, any, or a number)", 0, 255)), false
}

func (d *decoder) endpoints(p *Profile, n ast.Node) []Endpoint {
	var out []Endpoint
	items := d.list(n, "endpoints")
	if _, ok := n.(*ast.SequenceNode); ok && len(items) == 0 {
		d.fail(n, "expected at least one zone or address")
	}
	for _, item := range items {
		s, ok := d.scalar(item, "a zone or an address")
		if !ok {
			continue
		}
		if r, ok := parseRange(s); ok {
			out = append(out, Endpoint{Addrs: r})
			continue
		}
		d.zoneName(p, item, s, "moveit")
		out = append(out, Endpoint{Zone: s})
	}
	return out
}

func (d *decoder) limits(p *Profile, n ast.Node) {
	for _, e := range d.mapping(n, "limits", []string{"file", "line", "nesting", "expansion", "nodes"}) {
		const most = 1 << 30
		switch e.key {
		case "file":
			p.Limits.File = d.size(e.value, "file")
		case "line":
			p.Limits.Line = d.size(e.value, "line")
		case "nesting":
			p.Limits.Nesting = d.number(e.value, "nesting", 1, 10_000)
		case "expansion":
			p.Limits.Expansion = d.number(e.value, "expansion", 1, most)
		case "nodes":
			p.Limits.Nodes = d.number(e.value, "nodes", 1, most)
		}
	}
}
