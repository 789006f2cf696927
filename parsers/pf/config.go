package pf

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// config is what the files of a device say: statements in order, with macros put
// in and included files in their place. Reading fills it in; lowering only looks
// at it.
type config struct {
	language language
	why      string // what tells the language, for people
	options  options
	body     []statement
	tables   map[string]*table // of the main ruleset
	macros   []macro           // in order, each definition
	head     source.Span       // the first line
	printed  bool              // what pfctl prints: options are not in it
	loads    []load            // "load anchor"
	broken   []source.Span     // lines that cannot be read and may have been rules: statements hold them in place
}

// language is which of the two languages a text is in.
type language uint8

// The languages: that of OpenBSD since 4.7, that of FreeBSD and of OpenBSD before,
// and that of OpenBSD before 4.1, where nothing keeps state without being told.
const (
	languageOpenBSD language = iota + 1
	languageFreeBSD
	languageAncient
)

// at is where something is written. What comes out of a macro is written in its
// definition.
type at struct {
	span source.Span
	via  []source.Span // the definitions of the macros that it came out of, the outermost first
}

// options are the settings that bear on packets. Those that hold from their line
// on are kept in the rules.
type options struct {
	skip       []ifaceItem            // set skip on
	skipped    map[string]source.Span // the option that is the first to name each
	reassemble bool
	unknown    []at // options that no manual page has
}

// statement is one of the kinds below; exactly one field is set.
type statement struct {
	rule     *rule
	anchor   *anchor
	nat      *natRule // nat, rdr, binat of the language of FreeBSD
	scrub    *rule    // of the language of FreeBSD: action is actionScrub
	spoof    *antispoof
	broken   *source.Span // a line that cannot be read, and may have been a rule
	blocks   bool         // of which the first word is block
	quick    bool         // and has quick
	dir      direction    // the way that it is about
	nats     bool         // or may translate before the filter
	plain    bool         // or is a rule with a direction that names no translation
	anchored *anchor      // nat-anchor, rdr-anchor, binat-anchor: kind says which
}

// action is what a rule does.
type action uint8

// The actions.
const (
	actionPass action = iota + 1
	actionBlock
	actionMatch
	actionScrub
)

// direction is on which test of a packet a rule is for.
type direction uint8

// The directions; the zero one is both.
const (
	dirBoth direction = iota
	dirIn
	dirOut
)

// family is an IP version, 0 for both: packet.IPv4+1 or packet.IPv6+1 would not
// tell one from none.
type family uint8

// The families.
const (
	anyFamily family = iota
	inet
	inet6
)

// rule is one written rule, before its lists are expanded.
type rule struct {
	action action
	reject bool // block return and its like, block-policy included
	dir    direction
	log    bool
	quick  bool
	on     []ifaceItem // empty: any
	af     family
	protos []protoItem // empty: any
	src    endpoint
	dst    endpoint
	all    bool // "all"
	filter filterOpts
	state  stateKeeping
	nat    *redirection // nat-to
	rdr    *redirection // rdr-to
	binat  *redirection // binat-to
	afTo   bool         // af-to: not modelled beyond that
	route  *routeTo     // route-to; others do not bear on the first packet
	divert divertKind
	allow  bool // allow-opts
	// Of scrub: "no scrub", and one that leaves fragments as they are.
	noScrub, unfragmented bool
	span                  source.Span // the whole statement
	label                 string
	number                int // of "@N" that pfctl prints; -1: none
}

// filterOpts are the conditions behind the hosts.
type filterOpts struct {
	flags     *flagSet // nil: not written
	anyFlags  bool     // "flags any"
	icmp      []icmpItem
	icmp6     []icmpItem
	tos       int // -1: any
	prio      int // -1: any
	fragment  bool
	tag       string
	tagged    string
	notTagged bool
	received  []ifaceItem // received-on
	users     []at        // user and group: never of forwarded packets, unless "unknown" or an inequality
	usersOpen bool        // of them one that may hold for forwarded packets
	os        []at
	chance    bool // probability
	once      bool // once, max-pkt-rate
	rtable    bool
	other     []at // conditions that are not modelled, as written
}

// flagSet is "flags S/SA": of the flags in mask just those in set are there.
type flagSet struct {
	set, mask uint8
	at        at
}

// keep is how a rule keeps state.
type keep uint8

// The ways; the zero one is what the language does without being told.
const (
	keepDefault keep = iota
	keepNone
	keepState
	keepModulate
	keepSynproxy
)

// stateKeeping is how a pass rule keeps state.
type stateKeeping struct {
	keep    keep
	ifBound bool // the option, or the policy that holds at the line
	sloppy  bool
	limited *at // an option that drops what exceeds it: max, max-src-conn, overload; nil: none
}

// divertKind is where a rule diverts packets to.
type divertKind uint8

// The kinds.
const (
	divertNone divertKind = iota
	divertTo              // a local socket
	divertReply
	divertPacket // a program, which decides
)

// ifaceItem is one interface of a list.
type ifaceItem struct {
	name   string // of an interface or a group; "any"
	not    bool
	domain bool // "rdomain N"
	at     at
}

// protoItem is one protocol of a list.
type protoItem struct {
	number uint8
	at     at
}

// icmpItem is one ICMP type of a list.
type icmpItem struct {
	icmpType int
	code     int // -1: any
	at       at
}

// endpoint is one side of a rule.
type endpoint struct {
	hosts []hostItem // empty: any
	ports []portItem // empty: any
}

// hostKind is how a host is written.
type hostKind uint8

// The kinds of host.
const (
	hostAny     hostKind = iota + 1
	hostRange            // an address, a network, a range
	hostIface            // em0, em0:network, self: all addresses when the file is loaded
	hostDynamic          // (em0), (self): the addresses that it has
	hostTable            // <name>
	hostName             // a name that is resolved when the file is loaded
	hostNoRoute
	hostURPF
	hostRoute // route "label"
	hostBad   // cannot be read
)

// hostItem is one host of a list.
type hostItem struct {
	kind  hostKind
	not   bool
	addrs packet.AddrRange // of hostRange
	name  string           // of an interface, group, table, host
	mods  []string         // "network", "broadcast", "peer", "0"
	bits  int              // of "(em0)/24"; -1: none
	at    at
}

// portItem is one port condition of a list, as the ranges that it means.
type portItem struct {
	ranges []packet.Range
	name   string // of a service that no table here has: which ports it means is not known
	at     at
}

// redirection is where translation leads.
type redirection struct {
	pool    []hostItem // addresses; one of them is taken, or by a rule that does not matter
	ports   *packet.Range
	star    bool // "port 80:*": moved by the distance
	static  bool // static-port
	bitmask bool
	unknown bool // the ports are those of a service that no table here has
	at      at
}

// routeTo is where packets are sent instead of along the routes: by one of the
// interfaces, or to one of the next hops where no interface is written.
type routeTo struct {
	ifaces []string
	hops   []netip.Addr
	at     at
}

// natRule is a rule of translation in the language of FreeBSD.
type natRule struct {
	kind natKind
	no   bool
	pass bool // "rdr pass": the filter is not asked
	rule rule // on, af, protos, src, dst, filter.tag, filter.tagged
	to   *redirection
	span source.Span
}

// natKind is the kind of such a rule.
type natKind uint8

// The kinds.
const (
	kindNAT natKind = iota + 1
	kindRDR
	kindBINAT
)

// anchor is a place where other rules are put in.
type anchor struct {
	name   string      // empty: none; "foo/*" for all children
	kind   natKind     // of nat-anchor and its like; 0: of filter rules
	rule   rule        // the conditions, quick, tag
	body   []statement // written in braces
	inline bool
	tables map[string]*table // those that the body defines
	span   source.Span       // the line
}

// load is "load anchor NAME from FILE": the statements of the file, parsed by
// itself.
type load struct {
	name   string
	config *config // nil: the file is not there
	span   source.Span
}

// antispoof is an antispoof statement.
type antispoof struct {
	quick bool
	log   bool
	ifs   []ifaceItem
	dyn   []bool // of each: in parentheses
	af    family
	span  source.Span
}

// table is a table of addresses.
type table struct {
	name     string
	constant bool
	persist  bool
	defined  bool // a table line is there; else it is only named
	entries  []tableEntry
	// unknown says why there may be more than the entries: a file that is not there,
	// nothing but persist, names; empty: there is not.
	unknown string
	// filled says that rules add hosts to it that exceed a limit, and that nothing
	// else is known to.
	filled bool
	span   source.Span
}

// tableEntry is one entry of a table.
type tableEntry struct {
	not    bool
	prefix netip.Prefix // invalid: host says
	host   *hostItem    // of names and interfaces: they are few, and a table may have a million entries
	at     at
}

// macro is a definition "name = value".
type macro struct {
	name  string
	value string
	span  source.Span // the line
}
