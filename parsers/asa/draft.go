package asa

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// draft is a config while its lines are read.
type draft struct {
	cfg    *config
	index  int // of the config
	file   int // of the file it begins in
	start  int // of its text there
	lists  map[string]*listDraft
	lists6 map[string]*listDraft
	shown  map[string]*listDraft

	nat     [2]sequence[*natLine] // of sections 1 and 3
	natAt   [2]map[string][]*item[*natLine]
	objects bag[*network, *natLine] // of section 2
	nats    bag[string, oldNATLine]
	statics bag[string, staticLine]
	globals bag[string, globalLine]
	ifaces  map[string]*iface // by hardware name
	named   map[string]*iface // those of PIX 6, by name

	hardware bag[string, *iface]
	routes   bag[routeKey, routeLine]
	bindings bag[bindingKey, binding]
	bound    map[string]map[bindingKey]bool // where each list is

	maps    map[string]*policyMap
	members map[*group]*memberIndex
	applied bag[applied, applied]
	fixups  bag[string, policyLine]
	opened  bag[string, openedLine]
	local   bag[string, localLine]
	web     webServer
	seen    evidence
	vpnTold bool   // a line says whether decrypted packets pass by the lists
	host    string // what the device is called
}

// webServer is what "http server" says.
type webServer struct {
	on   bool
	port uint16
}

// evidence are forms that only some versions know.
type evidence struct {
	extended, advanced, any4, objects, objectNAT, oldNAT, pixNames, serviceGroups, old6 bool
}

func newDraft(index, file, start int) *draft {
	return &draft{
		cfg: &config{
			names:     map[string]nameLine{},
			networks:  map[string]*network{},
			services:  map[string]*service{},
			groups:    map[groupKey]*group{},
			lists:     map[string]*list{},
			lists6:    map[string]*list{},
			shown:     map[string]*list{},
			ranges:    map[string]*timespan{},
			classes:   map[string]*class{},
			unicast:   map[string]source.Span{},
			permitVPN: true,
		},
		index: index, file: file, start: start,
		lists: map[string]*listDraft{}, lists6: map[string]*listDraft{}, shown: map[string]*listDraft{},
		ifaces: map[string]*iface{}, maps: map[string]*policyMap{}, members: map[*group]*memberIndex{},
		named: map[string]*iface{}, bound: map[string]map[bindingKey]bool{}, web: webServer{port: httpsPort},
	}
}

// finish turns the draft into a config.
func (d *draft) finish() {
	d.finishLists()
	d.finishGroups()
	d.guessVersion()
	c := d.cfg
	d.nat[0].each(func(n **natLine) { c.nat = append(c.nat, **n) })
	for _, n := range d.objects.rest() {
		c.nat = append(c.nat, *n)
	}
	d.nat[1].each(func(n **natLine) { c.nat = append(c.nat, **n) })
	c.old.nats, c.old.statics, c.old.globals = d.nats.rest(), d.statics.rest(), d.globals.rest()
	d.finishUses()
	c.interfaces = d.hardware.rest()
	for _, i := range c.interfaces {
		if !i.levelTold && strings.EqualFold(i.name, "inside") {
			i.level = 100
		}
	}
	c.bindings = d.lastBindings()
	c.routes = d.routes.rest()
	d.finishPolicies()
	d.finishLocal()
	d.finishDefinitions()
	if c.version.platform == platformPIX && c.version.before(7, 0) {
		c.permitVPN = c.permitVPN && d.vpnTold
		c.old.control = true
	}
}

// lastBindings returns the bindings of which no later one takes the place. One
// that was taken away leaves its place empty, whatever had it before. Lists of
// both IP versions before 9.0, and of frames, have places of their own.
func (d *draft) lastBindings() []binding {
	type key struct {
		place place
		iface string
		of    listPlace
	}
	last := map[key]int{}
	all := d.bindings.values
	keys := make([]key, len(all))
	for i := range all {
		b := &all[i]
		keys[i] = key{b.place, b.iface, b.was}
		if b.was.kind == 0 {
			keys[i].of = d.placeOf(d.cfg.lists[b.list], d.cfg.lists6[b.list])
		}
		last[keys[i]] = i
	}
	var kept []binding
	for i := range all {
		if last[keys[i]] == i && !d.bindings.gone[i] {
			kept = append(kept, all[i])
		}
	}
	return kept
}

// placeOf says of what kind a list is, by those of either IP version that have
// its name.
func (*draft) placeOf(four, six *list) listPlace {
	p := listPlace{kind: listExtended, six: four == nil && six != nil}
	if four != nil && four.kind == listEthertype {
		p.kind = four.kind
	}
	return p
}

// finishLocal gives the lines on web access their port: where the server is not
// on, they do nothing.
func (d *draft) finishLocal() {
	c := d.cfg
	c.opened = d.opened.rest()
	c.local = slices.DeleteFunc(d.local.rest(), func(l localLine) bool { return l.command == "http" && !d.web.on })
	for i := range c.local {
		if c.local[i].command == "http" {
			c.local[i].port = d.web.port
		}
	}
}

// finishUses notes which lists say what is translated and what a policy is
// about: of those lines that were not taken away.
func (d *draft) finishUses() {
	c := d.cfg
	add := func(list, what string, span source.Span) {
		if list != "" {
			c.uses = append(c.uses, listUse{list, what, span})
		}
	}
	for i := range c.old.nats {
		add(c.old.nats[i].list, "nat", c.old.nats[i].span)
	}
	for i := range c.old.statics {
		add(c.old.statics[i].list, "static", c.old.statics[i].span)
	}
	for _, x := range c.classes {
		add(x.list, "class-map", x.listSpan)
	}
	slices.SortStableFunc(c.uses, func(a, b listUse) int { return a.span.Compare(b.span) })
}

// groupTitles are the kinds of groups as commands spell them.
var groupTitles = map[groupKind]string{
	groupNetwork: "network", groupService: "service", groupPorts: "service", groupProtocol: "protocol", groupICMP: "icmp-type",
	groupUser: "user", groupSecurity: "security", groupOther: "network-service",
}

// finishDefinitions lists what has a name, in the order of the text.
func (d *draft) finishDefinitions() {
	c := d.cfg
	add := func(kind, name string, span source.Span) {
		c.definitions = append(c.definitions, definition{kind, name, span})
	}
	for name, n := range c.names {
		add("name", name, n.span)
	}
	for _, n := range c.networks {
		add("object network", n.name, n.span)
	}
	for _, s := range c.services {
		add("object service", s.name, s.span)
	}
	for _, g := range c.groups {
		add("object-group "+groupTitles[g.kind], g.name, g.span)
	}
	for _, l := range c.lists {
		add("access-list", l.name, l.span)
	}
	for _, l := range c.lists6 {
		add("ipv6 access-list", l.name, l.span)
	}
	for _, t := range c.ranges {
		add("time-range", t.name, t.span)
	}
	slices.SortFunc(c.definitions, func(a, b definition) int {
		return cmp.Or(a.span.Compare(b.span), strings.Compare(a.kind+a.name, b.kind+b.name))
	})
}

// guessVersion says which version it is where no line does, by the forms that
// are used (asa.md section 1).
func (d *draft) guessVersion() {
	v := &d.cfg.version
	if v.told {
		return
	}
	s := &d.seen
	switch {
	case s.advanced:
		*v = version{platform: platformFTD, major: 7, why: "lists have entries of the kind advanced, as FTD writes them"}
	case s.pixNames:
		*v = version{platform: platformPIX, major: 6, minor: 3, why: "nameif lines name hardware and level, as PIX 6 writes them"}
	case s.oldNAT && !s.objectNAT && !s.extended && len(d.ifaces) == 0:
		*v = version{platform: platformPIX, major: 6, minor: 3, why: "static, global and nat lines, lists without the word extended and no interface blocks are of PIX 6"}
	case s.oldNAT && !s.objectNAT:
		*v = version{platform: platformASA, major: 8, minor: 2, why: "static, global, nat or nat-control lines are of versions before 8.3"}
	case s.old6:
		*v = version{platform: platformASA, major: 8, minor: 4, why: "IPv6 access lists of their own are of versions before 9.0"}
	case s.any4:
		*v = version{platform: platformASA, major: 9, why: "the words any4 and any6 are of versions from 9.0"}
	case s.objectNAT:
		*v = version{platform: platformASA, major: 9, why: "its rules of NAT are of versions from 8.3, and nothing is of those before 9.0"}
	default:
		*v = version{platform: platformASA, major: 9, why: "nothing is of older versions"}
	}
	v.told = false
	d.cfg.assumptions = append(d.cfg.assumptions, "the version is "+v.String()+", which no line tells: "+v.why)
}

// String returns the version as people write it.
func (v version) String() string {
	name := [...]string{platformASA: "ASA", platformPIX: "PIX", platformFWSM: "FWSM", platformFTD: "FTD"}[v.platform]
	return name + " " + number(v.major) + "." + number(v.minor)
}

// prefixOf returns an address with its network, and false for a mask with holes.
func prefixOf(a, mask netip.Addr) (netip.Prefix, bool) {
	bits, ok := maskLength(mask)
	return netip.PrefixFrom(a, bits), ok
}
