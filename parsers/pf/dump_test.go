package pf

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// dump writes what was read, one statement a line, so that tests can say what
// they expect.
func dump(c *config) string {
	var b strings.Builder
	dumpBody(&b, c.body, "")
	dumpTables(&b, c.tables, "")
	for _, l := range c.loads {
		fmt.Fprintf(&b, "load %s", l.name)
		if l.config == nil {
			b.WriteString(" nothing\n")
			continue
		}
		b.WriteString(" {\n" + dump(l.config) + "}\n")
	}
	if len(c.options.skip) > 0 {
		b.WriteString("skip" + dumpIfaces(c.options.skip) + "\n")
	}
	return b.String()
}

func dumpBody(b *strings.Builder, body []statement, indent string) {
	for _, s := range body {
		b.WriteString(indent)
		switch {
		case s.rule != nil:
			b.WriteString(dumpRule(s.rule))
		case s.scrub != nil:
			b.WriteString(dumpRule(s.scrub))
		case s.nat != nil:
			b.WriteString(dumpNAT(s.nat))
		case s.anchored != nil:
			fmt.Fprintf(b, "%s-anchor %s%s", natWord(s.anchored.kind), s.anchored.name, dumpConditions(&s.anchored.rule))
		case s.anchor != nil:
			fmt.Fprintf(b, "anchor%s%s", flag(s.anchor.name != "", " "+s.anchor.name), dumpConditions(&s.anchor.rule))
			if s.anchor.inline {
				b.WriteString(" {\n")
				dumpBody(b, s.anchor.body, indent+"  ")
				dumpTables(b, s.anchor.tables, indent+"  ")
				b.WriteString(indent + "}")
			}
		case s.spoof != nil:
			b.WriteString(dumpSpoof(s.spoof))
		default:
			fmt.Fprintf(b, "broken %d", s.broken.Line())
		}
		b.WriteByte('\n')
	}
}

func natWord(k natKind) string { return [...]string{"", "nat", "rdr", "binat"}[k] }

func dumpSpoof(s *antispoof) string {
	out := "antispoof" + flag(s.quick, " quick") + flag(s.log, " log")
	for i := range s.ifs {
		out += " " + s.ifs[i].name + flag(s.dyn[i], "()")
	}
	return out + [...]string{"", " inet", " inet6"}[s.af]
}

func flag(on bool, text string) string {
	if on {
		return text
	}
	return ""
}

func dumpNAT(n *natRule) string {
	out := flag(n.no, "no ") + natWord(n.kind) + flag(n.pass, " pass") + dumpConditions(&n.rule)
	if n.to != nil {
		out += " ->" + dumpTo(n.to)
	}
	return out
}

func dumpTables(b *strings.Builder, tables map[string]*table, indent string) {
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		t := tables[name]
		fmt.Fprintf(b, "%stable %s%s%s%s", indent, name, flag(t.constant, " const"), flag(t.persist, " persist"), flag(!t.defined, " undefined"))
		for _, e := range t.entries {
			b.WriteString(" " + flag(e.not, "!"))
			if e.host != nil {
				b.WriteString(strings.TrimPrefix(dumpHost(e.host), "!"))
			} else {
				b.WriteString(e.prefix.String())
			}
		}
		b.WriteString(flag(t.unknown != "", " unknown: "+t.unknown) + "\n")
	}
}

func dumpRule(r *rule) string {
	out := ""
	if r.number >= 0 {
		out = fmt.Sprintf("@%d ", r.number)
	}
	out += [...]string{"", "pass", "block", "match", "scrub"}[r.action]
	out += flag(r.noScrub, " no") + flag(r.unfragmented, " crop") + flag(r.reject, " return") + dumpConditions(r)
	for name, to := range map[string]*redirection{"nat-to": r.nat, "rdr-to": r.rdr, "binat-to": r.binat} {
		if to != nil {
			out += " " + name + dumpTo(to)
		}
	}
	if r.route != nil {
		out += fmt.Sprintf(" route-to %v %v", r.route.ifaces, r.route.hops)
	}
	out += flag(r.afTo, " af-to") + [...]string{"", " divert-to", " divert-reply", " divert-packet"}[r.divert] + flag(r.allow, " allow-opts")
	out += [...]string{"", " no-state", " keep", " modulate", " synproxy"}[r.state.keep]
	out += flag(r.state.ifBound, " if-bound") + flag(r.state.sloppy, " sloppy") + flag(r.state.limited != nil, " limited")
	return out + flag(r.label != "", fmt.Sprintf(" label %q", r.label))
}

func dumpConditions(r *rule) string {
	out := [...]string{"", " in", " out"}[r.dir] + flag(r.log, " log") + flag(r.quick, " quick")
	if len(r.on) > 0 {
		out += " on" + dumpIfaces(r.on)
	}
	out += [...]string{"", " inet", " inet6"}[r.af]
	for i, p := range r.protos {
		out += flag(i == 0, " proto") + fmt.Sprintf(" %d", p.number)
	}
	out += flag(r.all, " all") + dumpEnd(" from", &r.src) + dumpEnd(" to", &r.dst)
	return out + dumpFilter(&r.filter)
}

func dumpFilter(f *filterOpts) string {
	out := ""
	if f.flags != nil {
		out = fmt.Sprintf(" flags %02x/%02x", f.flags.set, f.flags.mask)
	}
	out += flag(f.anyFlags, " flags any")
	for i, list := range [][]icmpItem{f.icmp, f.icmp6} {
		for _, x := range list {
			out += fmt.Sprintf(" %s %d", [...]string{"icmp", "icmp6"}[i], x.icmpType) + flag(x.code >= 0, fmt.Sprintf("/%d", x.code))
		}
	}
	out += flag(f.tos >= 0, fmt.Sprintf(" tos %d", f.tos)) + flag(f.prio >= 0, fmt.Sprintf(" prio %d", f.prio)) + flag(f.fragment, " fragment")
	out += flag(f.tag != "", " tag "+f.tag) + flag(f.tagged != "", flag(f.notTagged, " !")+" tagged "+f.tagged)
	if len(f.received) > 0 {
		out += " received-on" + dumpIfaces(f.received)
	}
	out += flag(len(f.users) > 0, fmt.Sprintf(" users %d", len(f.users))) + flag(f.usersOpen, " open") + flag(len(f.os) > 0, fmt.Sprintf(" os %d", len(f.os)))
	return out + flag(f.chance, " chance") + flag(f.once, " once") + flag(f.rtable, " rtable")
}

func dumpIfaces(list []ifaceItem) string {
	out := ""
	for _, i := range list {
		out += " " + flag(i.not, "!") + flag(i.domain, "rdomain ") + i.name
	}
	return out
}

func dumpEnd(word string, e *endpoint) string {
	out := ""
	if len(e.hosts)+len(e.ports) > 0 {
		out = word
	}
	for i := range e.hosts {
		out += " " + dumpHost(&e.hosts[i])
	}
	for i, p := range e.ports {
		out += flag(i == 0, " port") + " " + flag(p.name != "", p.name) + flag(p.name == "" && len(p.ranges) == 0, "none")
		for j, r := range p.ranges {
			out += flag(j > 0, "+") + dumpRange(r)
		}
	}
	return out
}

func dumpRange(r packet.Range) string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

func dumpHost(h *hostItem) string {
	out := flag(h.not, "!")
	name := h.name
	if len(h.mods) > 0 {
		name += ":" + strings.Join(h.mods, ":")
	}
	switch h.kind {
	case hostAny:
		return out + "any"
	case hostRange:
		if h.addrs.First == h.addrs.Last {
			return out + h.addrs.First.String()
		}
		return out + h.addrs.First.String() + "-" + h.addrs.Last.String()
	case hostIface:
		out += "if:" + name
	case hostDynamic:
		out += "(" + name + ")"
	case hostTable:
		return out + "<" + name + ">"
	case hostName:
		out += "name:" + name
	case hostNoRoute:
		return out + "no-route"
	case hostURPF:
		return out + "urpf-failed"
	case hostRoute:
		return out + "route:" + name
	case hostBad:
		return out + "bad"
	}
	return out + flag(h.bits >= 0, fmt.Sprintf("/%d", h.bits))
}

func dumpTo(to *redirection) string {
	out := ""
	for i := range to.pool {
		out += " " + dumpHost(&to.pool[i])
	}
	if to.ports != nil {
		out += " port " + flag(to.unknown, "unknown ") + fmt.Sprintf("%d-%d", to.ports.First, to.ports.Last)
	}
	return out + flag(to.star, ":*") + flag(to.static, " static-port") + flag(to.bitmask, " bitmask")
}
