package site

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Profile is a site profile. It is not changed once it is made.
type Profile struct {
	Source    string       // the file's name, or "embedded default"
	File      *source.File // nil: the embedded default
	IsDefault bool
	Mode      Mode
	Nodes     []Address // MOVEit's own addresses; empty: the device has to show them
	Published []Address // addresses that clients use for them
	Zones     []Zone    // "internet", "internal" and "dmz" are always there
	Services  []Service // every service, in the order of Keys
	Devices   []Device
	Allow     []Allow
	Limits    Limits
}

// Mode is how the site runs.
type Mode uint8

// Lockdown is the vendor's measure of 2023: 80 and 443 are closed.
const (
	Normal Mode = iota
	Lockdown
)

// String returns the mode as the profile spells it.
func (m Mode) String() string {
	if m == Lockdown {
		return "lockdown"
	}
	return "normal"
}

// Address is a declared range of addresses.
type Address struct {
	packet.AddrRange
	Span source.Span
}

// Zone is a named part of the network.
type Zone struct {
	Name       string
	Interfaces []string
	Networks   []netip.Prefix
	Span       source.Span
}

// Device says which files belong together, and what their interfaces are.
type Device struct {
	Name       string
	Files      []string
	Dialect    string
	Path       string
	Interfaces []Interface
	Span       source.Span
}

// Interface is what a profile tells of an interface of a device.
type Interface struct {
	Name      string
	Zone      string
	Addresses []netip.Prefix // with host bits
	Routes    []netip.Prefix
	Span      source.Span
}

// Allow is a flow that the site needs and the documentation does not list.
type Allow struct {
	From, To    []Endpoint
	Protocol    packet.Proto
	AnyProtocol bool
	Ports       []packet.Range // nil: all
	Reason      string
	Span        source.Span
}

// Endpoint is one end of an allowed flow: a zone, or addresses.
type Endpoint struct {
	Zone  string // "moveit", "internet" or the name of a zone; empty: Addrs
	Addrs packet.AddrRange
}

// Limits bound what an input may cost.
type Limits struct {
	File, Line         int64 // bytes
	Nesting, Expansion int
	Nodes              int
}

// DefaultLimits are the limits where a profile gives none.
var DefaultLimits = Limits{File: 1 << 30, Line: 1 << 20, Nesting: 64, Expansion: 4_000_000, Nodes: 8_000_000}

// State says whether a service runs.
type State uint8

// Documented is the state of every service where no profile was given: it may
// explain an open port, and it is not known to be needed.
const (
	Off State = iota
	Documented
	On
)

// Service is one service of a profile with its settings. Those that it does not
// know keep their zero values.
type Service struct {
	Key     string
	State   State
	Span    source.Span
	Zones   []string // that may use it; nil: any
	Port    int
	Servers []Address // the other end; nil: not told

	// Of ftps.
	Explicit, Implicit         int // control ports; 0: disabled
	CertExplicit, CertImplicit int // further control ports for client certificates; 0: none
	Passive, Active            bool
	PassivePorts               packet.Range
	PassiveAny                 bool // any high port; or, in the embedded default, not told
	PassiveSpan                source.Span
	PassiveWide                [2]int // sizes of the range above which it is low and medium
	ActivePort                 int    // source of active data connections; 0: 20
	CCC                        bool

	HTTP, HTTPS int  // of mobile
	ViaHTTPS    bool // of mobile: it uses 443
	TLS         bool // of ldap
	Tools       bool // of mssql
}

// Service returns the service of that key. It panics if there is none.
func (p *Profile) Service(key string) *Service {
	for i := range p.Services {
		if p.Services[i].Key == key {
			return &p.Services[i]
		}
	}
	panic("site: no service " + key)
}

// keyInfo is what there is to know of a service's key.
type keyInfo struct {
	key      string
	port     int    // default
	peers    string // the key of its peers; empty: it has none
	zoned    bool   // clients use it, so that it takes zones
	settings []string
}

// keys are the services, in the order of the documentation.
var keys = []keyInfo{
	{key: "https", port: 443, zoned: true, settings: []string{"port"}},
	{key: "http-redirect", port: 80, zoned: true, settings: []string{"port"}},
	{key: "ftps", zoned: true, settings: []string{"explicit", "implicit", "mode", "passive-ports", "passive-wide", "active-port", "client-certificates", "ccc"}},
	{key: "sftp", port: 22, zoned: true, settings: []string{"port"}},
	{key: "mobile", zoned: true, settings: []string{"https", "http", "via"}},
	{key: "smtp", port: 25, peers: "servers", settings: []string{"port"}},
	{key: "ldap", port: 389, peers: "servers", settings: []string{"port", "tls"}},
	{key: "radius", port: 1645, peers: "servers", settings: []string{"port"}},
	{key: "mssql", port: 1433, peers: "servers", settings: []string{"port", "tools"}},
	{key: "web-farm", port: 445, peers: "nas"},
	{key: "ntp", port: 123, peers: "servers", settings: []string{"port"}},
	{key: "syslog", port: 514, peers: "servers", settings: []string{"port"}},
	{key: "snmp", port: 161, peers: "servers", settings: []string{"port"}},
	{key: "stunnel", port: 33062, peers: "clients", settings: []string{"port"}},
	{key: "automation", port: 443, peers: "hosts"},
	{key: "gateway", peers: "hosts"},
	{key: "load-balancer", peers: "hosts"},
	{key: "dns", port: 53, peers: "servers", settings: []string{"port"}},
	{key: "icap", port: 1344, peers: "servers", settings: []string{"port"}},
	{key: "identity", port: 443, peers: "hosts"},
}
