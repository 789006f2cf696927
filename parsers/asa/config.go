package asa

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// config is what the lines of one device, or of one context of it, say, once all
// of them have been carried out in order. Reading fills it in; lowering only
// looks at it. Names are not resolved: a list may use what stands behind it.
type config struct {
	context     string      // of a device with several; empty: there is one
	head        source.Span // its first line
	version     version
	transparent bool // "firewall transparent"

	names      map[string]nameLine // "name ADDRESS NAME"
	interfaces []*iface            // in order, those without a name included
	interSame  source.Span         // "same-security-traffic permit inter-interface"; zero: it is not there
	intraSame  source.Span

	networks map[string]*network  // "object network"
	services map[string]*service  // "object service"
	groups   map[groupKey]*group  // "object-group"
	lists    map[string]*list     // "access-list", those that filter and those that do not
	lists6   map[string]*list     // "ipv6 access-list", of versions before 9.0
	shown    map[string]*list     // "show access-list": the device's own expansion, of lists that may be in lists too
	ranges   map[string]*timespan // "time-range"
	bindings []binding            // "access-group": of one place and family the last holds

	nat      []natLine // since 8.3, in order
	old      oldNAT    // before 8.3
	routes   []routeLine
	dynamic  source.Span // a routing protocol or policy routing that may know other routes; zero: none
	local    []localLine // what lets packets to the device itself
	policies []policyLine
	classes  map[string]*class
	opened   []openedLine // "established"
	conduits []aceLike    // "conduit", "outbound": not modelled

	permitVPN bool                   // decrypted packets pass by the lists: "sysopt connection permit-vpn", on unless written off
	vpn       source.Span            // what ends tunnels here; zero: nothing does
	uses      []listUse              // of lists for something else than filtering
	unicast   map[string]source.Span // "ip verify reverse-path interface NAME"

	definitions []definition // in the order of the text, for whoever wants to list them

	saved, ended bool         // it has the first line of a whole configuration, and the last
	system       bool         // it is the system space of a device with contexts: no packet passes it
	forwardRefs  bool         // "forward-reference enable": what is not defined yet matches nothing
	broken       []brokenLine // lines that cannot be read, but for those of lists
	assumptions  []string     // made while reading, each a clause without full stop
}

// brokenLine is a line that cannot be read, and so may do anything that its
// command can do.
type brokenLine struct {
	what string // its first word: "access-group", "nat", "static", "route", "interface"
	span source.Span
}

// version is what the version line says.
type version struct {
	platform platform
	major    int // 0: not told
	minor    int
	revision int    // the 1 of 8.4(1); 0: not told
	told     bool   // a line says so; else the forms that are used do
	why      string // what tells, for people
	span     source.Span
}

// platform is the kind of device.
type platform uint8

// The platforms.
const (
	platformASA platform = iota
	platformPIX
	platformFWSM
	platformFTD
)

// before reports whether v is older than a release of the ASA.
func (v version) before(major, minor int) bool {
	return v.major < major || v.major == major && v.minor < minor
}

// realAddresses reports whether lists name real addresses, and NAT is that of
// objects (8.3 and later).
func (v version) realAddresses() bool {
	return v.platform == platformFTD || v.platform == platformASA && !v.before(8, 3)
}

// unified reports whether lists are for both IP versions (9.0 and later).
func (v version) unified() bool {
	return v.platform == platformFTD || v.platform == platformASA && !v.before(9, 0)
}

// nameLine gives an IPv4 or IPv6 address a name.
type nameLine struct {
	addr netip.Addr
	span source.Span
	uses []source.Span
}

// iface is an interface: a block of one, or the lines of PIX 6 about it.
type iface struct {
	hardware   string // "GigabitEthernet0/1.20"
	name       string // nameif; empty: it carries nothing
	level      int    // 0 to 100
	levelTold  bool
	addrs      []netip.Prefix // the address with its network
	standby    []netip.Addr
	dynamic    bool // the IPv4 address is given at run time: dhcp, pppoe
	addrTold   bool // a line tells the IPv4 address, or that there is none
	setroute   bool // and a default route with it
	ipv6       bool // "ipv6 enable", "ipv6 address"
	dynamic6   bool // "ipv6 address autoconfig|dhcp"
	down       bool // "shutdown"
	management bool // "management-only"
	tunnel     bool // "interface Tunnel1"
	bvi        int  // of "interface BVI1" the 1
	bridge     int  // of "bridge-group 1" the 1
	zone       string
	noForward  string      // of "no forward interface Vlan1" the hardware name
	span       source.Span // the interface line
	nameSpan   source.Span // the nameif line; zero: there is none
	levelSpan  source.Span
}

// addrKind is how an address is written.
type addrKind uint8

// The kinds of address.
const (
	addrAny       addrKind = iota + 1 // any: of both IP versions since 9.0, of IPv4 before
	addrAny4                          // any4
	addrAny6                          // any6
	addrNumbers                       // host A, A MASK, A/LEN, A B of a range
	addrMasked                        // A MASK with holes in the mask
	addrObject                        // object NAME
	addrGroup                         // object-group NAME
	addrInterface                     // interface NAME: its address
	addrFQDN                          // fqdn NAME: known at run time
	addrBad                           // cannot be read; a problem was noted
)

// address is one address as it is written.
type address struct {
	kind    addrKind
	numbers packet.AddrRange // of addrNumbers
	addr    netip.Addr       // of addrMasked
	mask    netip.Addr
	name    string // of an object, group, interface, domain
	version int    // of addrFQDN: 4 or 6 if only addresses of that IP version count
	span    source.Span
}

// ports is one condition on a port: "eq www".
type ports struct {
	ranges []packet.Range // as numbers, sorted; nil: any, or what the group says
	group  string         // object-group NAME; empty: none
	span   source.Span    // zero: nothing is written
}

// serviceItem is what an entry asks of protocol, ports and message type.
type serviceItem struct {
	// protos are the protocols as numbers; nil: any ("ip").
	protos   []packet.Range
	src, dst ports
	icmpType int    // -1: any
	icmpCode int    // -1: any
	object   string // of "service-object object NAME"; empty: it is written here
	broken   bool   // it cannot be read; a problem was noted
	span     source.Span
}

// network is an object that stands for addresses.
type network struct {
	name    string
	address address // zero kind: none is written
	span    source.Span
}

// service is an object that stands for a service.
type service struct {
	name string
	item serviceItem
	has  bool // a service line is there
	span source.Span
}

// groupKind is the kind of a group.
type groupKind uint8

// The kinds of group.
const (
	groupNetwork  groupKind = iota + 1 // network
	groupService                       // service, with protocols in its members
	groupPorts                         // service NAME tcp|udp|tcp-udp
	groupProtocol                      // protocol
	groupICMP                          // icmp-type
	groupUser                          // user
	groupSecurity                      // security
	groupOther                         // network-service and the like
)

// groupKey finds a group: names are unique for each kind.
type groupKey struct {
	kind groupKind
	name string
}

// group is a list of members of one kind.
type group struct {
	groupKey
	tcp, udp bool // of groupPorts
	members  []member
	span     source.Span // the line that begins it
}

// member is one line of a group.
type member struct {
	address address        // of groupNetwork
	service serviceItem    // of groupService
	numbers []packet.Range // of groupPorts, groupProtocol, groupICMP; protocol "ip" is 0-255
	nested  string         // group-object NAME; empty: none
	broken  bool           // it cannot be read, and may be any member; a problem was noted
	span    source.Span    // the line, without what it is indented by
}

// listKind is what a list is written for.
type listKind uint8

// The kinds of list. Only the first filters packets that are routed.
const (
	listExtended listKind = iota + 1
	listStandard
	listEthertype
	listWebtype
)

// list is an access list.
type list struct {
	name    string
	kind    listKind
	entries []*ace
	shown   bool        // it is known from "show access-list" alone
	span    source.Span // its first line
}

// aceVerdict is what an entry does.
type aceVerdict uint8

// The verdicts of entries.
const (
	acePermit aceVerdict = iota + 1
	aceDeny
	aceTrust  // of the lists of FTD: permit, and look no further
	aceBroken // the entry cannot be read: it may do anything
)

// ace is an entry of a list. It is small: there may be very many.
type ace struct {
	verdict   aceVerdict
	inactive  bool
	log       bool
	line      int // its number in the list, remarks counted
	service   serviceItem
	group     string // object-group in the place of the protocol: of protocols or services; empty: none
	object    string // object in that place
	src, dst  address
	icmp      string      // object-group of ICMP types; empty: none
	in, out   string      // "ifc NAME" of FTD
	when      string      // time-range
	identity  string      // user, user-group, security-group and so on, as written; empty: none
	prefilter bool        // of FTD: no inspection decides after it
	remark    string      // the remarks just before it, joined
	head      source.Span // from "permit" to the protocol
	span      source.Span // the whole line
}

// aceLike is a line that filters in a way that is not modelled.
type aceLike struct {
	permit bool
	span   source.Span
}

// place is where a list is bound.
type place uint8

// The places.
const (
	placeIn place = iota + 1
	placeOut
	placeGlobal
	placeControl // control-plane: packets to the device itself
)

// binding is an "access-group" line.
type binding struct {
	list     string
	place    place
	iface    string // nameif; empty: global
	override bool   // per-user-override
	span     source.Span

	was listPlace // of one that was taken away with its list
}

// listPlace is of what kind a list is, as far as it has places of its own for
// that: those of frames and, before 9.0, of IPv6.
type listPlace struct {
	kind listKind // 0: the list that has the name tells
	six  bool
}

// timespan is a time-range.
type timespan struct {
	name     string
	absolute bool
	periodic bool
	span     source.Span
}

// natLine is a NAT rule of 8.3 and later.
type natLine struct {
	object                     *network // of object NAT; nil: twice NAT
	realIf                     string   // "any": every interface
	mappedIf                   string
	after                      bool // after-auto: section 3
	dynamic                    bool
	real                       natAddr
	mapped                     natAddr // what the source becomes
	fallback                   bool    // of a dynamic rule: then the address of the mapped interface
	fallback6                  bool    // the IPv6 one
	hasDest                    bool
	destMapped, destReal       natAddr
	realService, mappedService string       // service objects, as written: source and destination sides (7.2)
	proto                      packet.Proto // of "service tcp 8080 www" in an object: the ports
	realPort                   uint16
	mappedPort                 uint16
	unidirectional             bool
	routeLookup                bool
	inactive                   bool
	netToNet                   bool
	span                       source.Span
}

// natAddr is an address in a NAT rule.
type natAddr struct {
	any     bool
	iface   bool    // "interface": the address of the mapped interface
	ipv6    bool    // "interface ipv6": the IPv6 one
	address address // else; object or group by name, or numbers
}

// oldNAT is the translation of versions before 8.3.
type oldNAT struct {
	control bool // nat-control; PIX 6 has it always
	told    bool
	span    source.Span
	statics []staticLine
	nats    []oldNATLine
	globals []globalLine
	aliases []source.Span // "alias": not modelled
}

// staticLine is "static (REAL,MAPPED) …".
type staticLine struct {
	realIf, mappedIf string
	proto            packet.Proto // 0: every protocol
	mapped           natAddr
	mappedPort       uint16
	real             address // numbers; zero kind: the list says
	realPort         uint16
	list             string // policy NAT: access-list NAME
	span             source.Span
}

// oldNATLine is "nat (REAL) ID …".
type oldNATLine struct {
	realIf  string
	id      int
	real    address // zero kind: the list says
	list    string
	outside bool
	span    source.Span
}

// globalLine is "global (MAPPED) ID …".
type globalLine struct {
	mappedIf string
	id       int
	mapped   natAddr
	span     source.Span
}

// routeLine is a static route.
type routeLine struct {
	iface    string // "Null0": discard
	to       netip.Prefix
	metric   int
	tracked  bool
	tunneled bool
	span     source.Span
	gateway  netip.Addr
}

// localLine lets packets to the device itself, or keeps them out: "ssh",
// "telnet", "http", "snmp-server host", "icmp".
type localLine struct {
	command  string // "ssh", "telnet", "http", "snmp", "icmp", "ipv6 icmp", "ike", "dhcp", "webvpn"
	permit   bool
	src      address
	icmpType int // -1: any
	port     uint16
	iface    string
	span     source.Span
}

// class is a class-map.
type class struct {
	name     string
	list     string // match access-list
	listSpan source.Span
	any      bool         // match any
	inspect  bool         // match default-inspection-traffic
	proto    packet.Proto // match port tcp eq 21
	ports    []packet.Range
	other    bool // something that is not modelled
	span     source.Span
}

// policyLine is one action of a class of a policy-map that a service-policy
// applies, or a fixup.
type policyLine struct {
	policy, class string
	iface         string // empty: global
	inspect       string // "ftp", "icmp", "icmp error"; empty: none
	strict        bool
	port          uint16 // of a fixup: the port; 0: the default
	bypass        bool   // set connection advanced-options tcp-state-bypass
	span          source.Span
}

// openedLine is "established".
type openedLine struct {
	proto     packet.Proto
	to        packet.Range // permitto
	toProto   packet.Proto
	from      packet.Range // permitfrom
	fromProto packet.Proto
	span      source.Span
}

// listUse is where a list is used for something else than filtering.
type listUse struct {
	list string
	what string // "crypto map", "nat", "class-map"
	span source.Span
}

// definition is something that has a name.
type definition struct {
	kind string // "object network", "object-group service", "access-list", "time-range"
	name string
	span source.Span
}
