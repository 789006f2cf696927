package asa

import (
	"fmt"
	"sort"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// dump returns what a config says, one thing a line, for tests to compare.
func dump(c *config) string {
	var b strings.Builder
	p := func(format string, args ...any) {
		b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
	}
	for _, n := range sortedKeys(c.names) {
		p("name %s %v", n, c.names[n].addr)
	}
	for _, i := range c.interfaces {
		p("interface %s %s", i.hardware, dumpIface(i))
	}
	for _, n := range sortedKeys(c.networks) {
		p("network %s %s", n, dumpAddr(c.networks[n].address))
	}
	for _, n := range sortedKeys(c.services) {
		s := c.services[n]
		p("service %s %v %s", n, s.has, dumpService(s.item))
	}
	var keys []groupKey
	for k := range c.groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		return keys[i].name+" "+groupTitles[keys[i].kind] < keys[j].name+" "+groupTitles[keys[j].kind]
	})
	for _, k := range keys {
		g := c.groups[k]
		p("group %s %s%s", groupTitles[k.kind], k.name, flags("tcp", g.tcp, "udp", g.udp))
		for _, m := range g.members {
			p("  %s", dumpMember(k.kind, m))
		}
	}
	for _, n := range sortedKeys(c.lists) {
		dumpList(p, "list", c.lists[n])
	}
	for _, n := range sortedKeys(c.lists6) {
		dumpList(p, "list6", c.lists6[n])
	}
	for _, n := range sortedKeys(c.ranges) {
		p("time %s%s", n, flags("absolute", c.ranges[n].absolute, "periodic", c.ranges[n].periodic))
	}
	for _, x := range c.bindings {
		p("bind %s %s %s%s", x.list, [...]string{"", "in", "out", "global", "control"}[x.place], x.iface, flags("override", x.override))
	}
	for _, n := range c.nat {
		p("nat %s", dumpNAT(n))
	}
	for _, s := range c.old.statics {
		p("static (%s,%s) %d %s:%d <- %s:%d %s", s.realIf, s.mappedIf, s.proto, dumpNATAddr(s.mapped), s.mappedPort, dumpAddr(s.real), s.realPort, s.list)
	}
	for _, n := range c.old.nats {
		p("oldnat (%s) %d %s %s%s", n.realIf, n.id, dumpAddr(n.real), n.list, flags("outside", n.outside))
	}
	for _, g := range c.old.globals {
		p("global (%s) %d %s", g.mappedIf, g.id, dumpNATAddr(g.mapped))
	}
	for _, r := range c.routes {
		p("route %s %v %d%s", r.iface, r.to, r.metric, flags("tracked", r.tracked, "tunneled", r.tunneled))
	}
	for _, l := range c.local {
		p("local %s %v %s %s %d %d", l.command, l.permit, dumpAddr(l.src), l.iface, l.port, l.icmpType)
	}
	for _, n := range sortedKeys(c.classes) {
		x := c.classes[n]
		p("class %s %s %d %v%s", n, x.list, x.proto, x.ports, flags("any", x.any, "inspect", x.inspect, "other", x.other))
	}
	for _, x := range c.policies {
		p("policy %s %s %s %s %d%s", x.policy, x.class, x.iface, x.inspect, x.port, flags("strict", x.strict, "bypass", x.bypass))
	}
	for _, o := range c.opened {
		p("established %d to %d %v from %d %v", o.proto, o.toProto, o.to, o.fromProto, o.from)
	}
	for _, u := range c.uses {
		p("use %s %s", u.list, u.what)
	}
	for _, x := range c.broken {
		p("broken %s", x.what)
	}
	return strings.TrimSpace(b.String())
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func flags(pairs ...any) string {
	s := ""
	for i := 0; i < len(pairs); i += 2 {
		if on, _ := pairs[i+1].(bool); on {
			s += " " + pairs[i].(string)
		}
	}
	return s
}

func dumpIface(i *iface) string {
	s := fmt.Sprintf("%q %d %v", i.name, i.level, i.addrs)
	s += flags("dynamic", i.dynamic, "setroute", i.setroute, "ipv6", i.ipv6, "dynamic6", i.dynamic6, "down", i.down, "management", i.management, "tunnel", i.tunnel)
	if i.bvi+i.bridge > 0 {
		s += fmt.Sprintf(" bvi %d bridge %d", i.bvi, i.bridge)
	}
	if i.noForward != "" {
		s += " not to " + i.noForward
	}
	if i.zone != "" {
		s += " zone " + i.zone
	}
	return s
}

func dumpAddr(a address) string {
	switch a.kind {
	case addrAny:
		return "any"
	case addrAny4:
		return "any4"
	case addrAny6:
		return "any6"
	case addrNumbers:
		if a.numbers.First == a.numbers.Last {
			return a.numbers.First.String()
		}
		return a.numbers.First.String() + "-" + a.numbers.Last.String()
	case addrMasked:
		return a.addr.String() + "&" + a.mask.String()
	case addrObject:
		return "object:" + a.name
	case addrGroup:
		return "group:" + a.name
	case addrInterface:
		return "interface:" + a.name
	case addrFQDN:
		return "fqdn:" + a.name
	case addrBad:
		return "bad"
	}
	return "-"
}

func dumpRanges(rs []packet.Range) string {
	if rs == nil {
		return "*"
	}
	var parts []string
	for _, r := range rs {
		if r.First == r.Last {
			parts = append(parts, fmt.Sprint(r.First))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", r.First, r.Last))
		}
	}
	return strings.Join(parts, ",")
}

func dumpPorts(p ports) string {
	if p.group != "" {
		return "group:" + p.group
	}
	return dumpRanges(p.ranges)
}

func dumpService(s serviceItem) string {
	out := dumpRanges(s.protos) + " " + dumpPorts(s.src) + ">" + dumpPorts(s.dst)
	if s.icmpType >= 0 {
		out += fmt.Sprintf(" icmp %d", s.icmpType)
	}
	if s.icmpCode >= 0 {
		out += fmt.Sprintf("/%d", s.icmpCode)
	}
	if s.object != "" {
		out += " object:" + s.object
	}
	return out + flags("broken", s.broken)
}

func dumpMember(kind groupKind, m member) string {
	switch {
	case m.broken:
		return "broken"
	case m.nested != "":
		return "nested " + m.nested
	case kind == groupNetwork:
		return dumpAddr(m.address)
	case kind == groupService:
		return dumpService(m.service)
	}
	return dumpRanges(m.numbers)
}

func dumpList(p func(string, ...any), title string, l *list) {
	p("%s %s %d%s", title, l.name, l.kind, flags("shown", l.shown))
	for _, a := range l.entries {
		s := fmt.Sprintf("  %d %s ", a.line, [...]string{"", "permit", "deny", "trust", "broken"}[a.verdict])
		if a.verdict != aceBroken {
			s += dumpService(a.service)
			for _, x := range []struct{ what, name string }{{"group", a.group}, {"object", a.object}, {"icmp", a.icmp}, {"ifc", a.in}, {"to", a.out}, {"when", a.when}, {"who", a.identity}} {
				if x.name != "" {
					s += " " + x.what + ":" + x.name
				}
			}
			s += " | " + dumpAddr(a.src) + " > " + dumpAddr(a.dst)
		}
		s += flags("inactive", a.inactive, "log", a.log, "prefilter", a.prefilter)
		if a.remark != "" {
			s += " # " + a.remark
		}
		p("%s", s)
	}
}

func dumpNATAddr(a natAddr) string {
	switch {
	case a.any:
		return "any"
	case a.iface:
		return "interface"
	}
	return dumpAddr(a.address)
}

func dumpNAT(n natLine) string {
	s := fmt.Sprintf("(%s,%s)", n.realIf, n.mappedIf)
	if n.object != nil {
		s += " object " + n.object.name
	} else {
		s += " " + dumpNATAddr(n.real)
	}
	s += " -> " + dumpNATAddr(n.mapped)
	if n.hasDest {
		s += " dest " + dumpNATAddr(n.destMapped) + " -> " + dumpNATAddr(n.destReal)
	}
	if n.realService != "" {
		s += " service " + n.realService + " " + n.mappedService
	}
	if n.proto != 0 {
		s += fmt.Sprintf(" port %d %d %d", n.proto, n.realPort, n.mappedPort)
	}
	return s + flags("dynamic", n.dynamic, "after", n.after, "fallback", n.fallback, "unidirectional", n.unidirectional, "lookup", n.routeLookup, "inactive", n.inactive, "net", n.netToNet)
}
