package site

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Default returns the profile where none is given: every documented service may
// run, and none is known to.
func Default() *Profile {
	p := &Profile{Source: "embedded default", IsDefault: true, Limits: DefaultLimits}
	for _, z := range knownZones {
		p.Zones = append(p.Zones, Zone{Name: z})
	}
	for _, k := range keys {
		s := k.defaults()
		s.State = Documented
		if k.key == "gateway" || k.key == "load-balancer" {
			s.State = Off // there is none unless the site says so
		}
		p.Services = append(p.Services, s)
	}
	return p
}

// defaults returns a service with its documented settings.
func (k keyInfo) defaults() Service {
	s := Service{Key: k.key, Port: k.port}
	switch k.key {
	case "ftps":
		s.Explicit, s.Implicit, s.Passive, s.PassiveAny = 21, 990, true, true
		s.PassiveWide = [2]int{100, 1000}
	case "mobile":
		s.HTTPS, s.HTTP = 8443, 8080
	}
	return s
}

func (d *decoder) services(p *Profile, n ast.Node) {
	var names []string
	for _, k := range keys {
		names = append(names, k.key)
	}
	for _, e := range d.mapping(n, "services", names) {
		k := keys[slices.Index(names, e.key)]
		s := k.defaults()
		s.Span, s.State = d.span(e.node), On
		switch x := e.value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			d.settings(p, k, &s, e.value)
		case *ast.NullNode:
			d.fail(e.node, "services.%s: expected on, off or a mapping like {}", k.key)
		default:
			if !d.boolean(x, "services."+k.key) {
				s = Service{Key: k.key, Span: s.Span}
			}
		}
		*p.Service(k.key) = s
	}
}

// known returns the keys that may stand under a service.
func (k keyInfo) known() []string {
	known := slices.Clone(k.settings)
	if k.peers != "" {
		known = append(known, k.peers)
	}
	if k.zoned {
		known = append(known, "zones")
	}
	return known
}

func (d *decoder) settings(p *Profile, k keyInfo, s *Service, n ast.Node) {
	ported := false
	for _, e := range d.mapping(n, "services."+k.key, k.known()) {
		what := "services." + k.key + "." + e.key
		switch e.key {
		case k.peers:
			s.Servers = d.someAddresses(e, what)
		case "zones":
			s.Zones = d.zoneNames(p, e.value)
		case "port":
			s.Port, ported = d.number(e.value, what, 1, maxPort), true
		case "tls":
			s.TLS = d.boolean(e.value, what)
		case "tools":
			s.Tools = d.boolean(e.value, what)
		case "https":
			s.HTTPS = d.number(e.value, what, 1, maxPort)
		case "http":
			s.HTTP = d.httpPort(e.value, what)
		case "via":
			s.ViaHTTPS = d.word(e.value, what, "https") == "https"
		default:
			d.ftps(s, e, what)
		}
	}
	if k.key == "ldap" && s.TLS && !ported {
		s.Port = 636
	}
}

// httpPort reads the nonsecure port of the mobile server, or off.
func (d *decoder) httpPort(n ast.Node, what string) int {
	if s, ok := n.(*ast.StringNode); ok && s.Value == "off" {
		return 0
	}
	return d.number(n, what, 0, maxPort)
}

func (d *decoder) ftps(s *Service, e entry, what string) {
	switch e.key {
	case "explicit":
		s.Explicit = d.number(e.value, what, 0, maxPort)
	case "implicit":
		s.Implicit = d.number(e.value, what, 0, maxPort)
	case "mode":
		mode := d.word(e.value, what, "passive", "active", "both")
		s.Passive, s.Active = mode != "active", mode != "passive"
	case "passive-ports":
		d.passivePorts(s, e, what)
	case "passive-wide":
		d.passiveWide(s, e, what)
	case "active-port":
		s.ActivePort = d.number(e.value, what, 1, maxPort)
	case "ccc":
		s.CCC = d.boolean(e.value, what)
	case "client-certificates":
		d.clientCertificates(s, e, what)
	}
}

func (d *decoder) passivePorts(s *Service, e entry, what string) {
	s.PassiveSpan = d.span(e.value)
	text, ok := d.scalar(e.value, "a range of ports")
	if !ok {
		return
	}
	if text == "any" {
		s.PassiveAny, s.PassivePorts = true, packet.Range{First: 1024, Last: maxPort}
		return
	}
	r, ok := parsePorts(text)
	if !ok || r.First == 0 {
		d.fail(e.value, "%s: expected a range like 3000-3003, or any", what)
		return
	}
	s.PassivePorts, s.PassiveAny = r, false
}

func (d *decoder) passiveWide(s *Service, e entry, what string) {
	items := d.list(e.value, what)
	if len(items) != 2 {
		d.fail(e.value, "%s: expected two numbers of ports, like [100, 1000]", what)
		return
	}
	before := len(d.errors)
	s.PassiveWide = [2]int{d.number(items[0], what, 1, maxPort), d.number(items[1], what, 1, maxPort)}
	if s.PassiveWide[0] > s.PassiveWide[1] && len(d.errors) == before {
		d.fail(e.value, "%s: the first number is above the second", what)
	}
}

func (d *decoder) clientCertificates(s *Service, e entry, what string) {
	switch e.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		d.word(e.value, what, "none", "all")
		return
	}
	before := len(d.errors)
	for _, x := range d.mapping(e.value, what, []string{"explicit", "implicit"}) {
		port := d.number(x.value, what+"."+x.key, 0, maxPort)
		if x.key == "explicit" {
			s.CertExplicit = port
		} else {
			s.CertImplicit = port
		}
	}
	if s.CertExplicit == 0 && s.CertImplicit == 0 && len(d.errors) == before {
		d.fail(e.value, "%s: expected the port of explicit, of implicit, or both", what)
	}
}
