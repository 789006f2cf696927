package asa

import (
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// policyMap is a policy-map while it is read.
type policyMap struct {
	actions bag[string, policyLine]
}

// applied is a "service-policy" line.
type applied struct {
	policy, iface string
}

// classMap reads "class-map": what a policy is about.
func (r *reader) classMap(l *line, not bool) {
	if l.is("type") {
		r.idle(l, "class-map")
		return
	}
	l.takeAny("match-any", "match-all")
	name := r.name(l, "the name of a class")
	l.end()
	if l.bad != nil {
		return
	}
	if not {
		delete(r.cfg.classes, name)
		return
	}
	c := r.cfg.classes[name]
	if c == nil {
		c = &class{name: name, span: l.span()}
		r.cfg.classes[name] = c
	}
	r.open(l, mode{
		what:  "a class-map",
		lax:   true,
		words: []string{"match", "description"},
		read:  func(r *reader, l *line, not bool) bool { return r.matchLine(l, c, not) },
	})
}

// matchLine reads a line of a class-map.
func (r *reader) matchLine(l *line, c *class, not bool) bool {
	if l.take("description") {
		l.skip()
		return true
	}
	if !l.take("match") {
		return false
	}
	if not {
		*c = class{name: c.name, span: c.span}
		l.skip()
		return true
	}
	more := c.list != "" || c.any || c.inspect || c.proto != 0 || c.other
	switch word := l.word("what to match"); word {
	case "access-list":
		c.list, c.listSpan = r.name(l, "the name of a list"), l.span()
	case "any":
		c.any = true
	case "default-inspection-traffic":
		c.inspect = true
	case "port":
		r.matchPort(l, c)
	default:
		c.other = true
		l.skip()
	}
	l.end()
	c.other = c.other || more || l.bad != nil
	return true
}

// matchPort consumes "tcp eq 21".
func (r *reader) matchPort(l *line, c *class) {
	over := overTCP
	switch l.takeAny("tcp", "udp", "sctp") {
	case "tcp":
		c.proto = packet.TCP
	case "udp":
		c.proto, over = packet.UDP, overUDP
	case "sctp":
		c.proto, over = protoSCTP, overSCTP
	default:
		l.failHint("expected tcp, udp or sctp", suggest.DidYouMean(l.peek().Value, []string{"tcp", "udp", "sctp"}))
	}
	c.ports = r.ports(l, over).ranges
}

// policyMapHead reads "policy-map".
func (r *reader) policyMapHead(l *line, not bool) {
	if l.is("type") {
		r.idle(l, "policy-map")
		return
	}
	name := r.name(l, "the name of a policy")
	l.end()
	if l.bad != nil {
		return
	}
	if not {
		delete(r.draft.maps, name)
		return
	}
	p := r.draft.maps[name]
	if p == nil {
		p = &policyMap{}
		r.draft.maps[name] = p
	}
	class := ""
	r.open(l, mode{
		what:  "a policy-map",
		lax:   true,
		words: []string{"class", "inspect", "set", "police", "priority", "description"},
		// "class" outside of blocks is of the system space, which has no policies.
		claims: func(l *line) bool { return l.is("class") },
		read: func(r *reader, l *line, not bool) bool {
			if l.take("class") {
				class = r.name(l, "the name of a class")
				l.skip()
				return true
			}
			return r.actionLine(l, p, policyLine{policy: name, class: class, span: l.span()}, not)
		},
	})
}

// actionLine reads an action of a class.
func (r *reader) actionLine(l *line, p *policyMap, x policyLine, not bool) bool {
	word := l.peek().Value
	l.at++
	switch word {
	case "inspect":
		r.inspect(l, &x)
	case "set":
		if !l.take("connection") || !l.take("advanced-options") || !l.take("tcp-state-bypass") {
			r.kind = source.Ignored
			l.skip()
			return true
		}
		x.bypass = true
	case "csc", "ips", "cxsc", "sfr", "ngips":
		l.skip()
		r.unsupported(l.span(), "the module that "+word+" hands packets to may drop them, which is not modelled")
		return true
	case "description", "police", "priority", "shape", "flow-export", "user-statistics", "service-policy", "parameters", "match":
		r.kind = source.Ignored
		l.skip()
		return true
	default:
		l.at--
		return false
	}
	if l.bad != nil {
		return true
	}
	key := x.class + " " + x.inspect + number(int(x.port))
	p.actions.remove(key)
	if !not {
		p.actions.add(key, x)
	}
	return true
}

// inspect consumes what follows "inspect".
func (r *reader) inspect(l *line, x *policyLine) {
	x.inspect = r.name(l, "the name of an inspection")
	switch {
	case x.inspect == "icmp" && l.take("error"):
		x.inspect = "icmp error"
	case x.inspect == "h323":
		x.inspect = r.intern("h323 " + l.takeAny("h225", "ras"))
	case l.take("strict"):
		x.strict = true
	}
	l.skip()
}

// servicePolicy reads "service-policy": where a policy is applied.
func (r *reader) servicePolicy(l *line, not bool) {
	tree, ok := readRest(l, serviceGrammar, "a policy and global or interface NAME")
	if !ok {
		return
	}
	a := applied{policy: r.intern(tree.Policy.Value)}
	if tree.Iface != nil {
		a.iface = r.intern(tree.Iface.Value)
	}
	r.draft.applied.remove(a)
	if !not {
		r.draft.applied.add(a, a)
	}
}

// fixup reads "fixup protocol ftp 21" of PIX 6 and FWSM.
func (r *reader) fixup(l *line, not bool) {
	if !l.take("protocol") {
		l.fail("expected protocol")
		return
	}
	x := policyLine{span: l.span()}
	r.inspect(l, &x)
	for i := range l.toks {
		if n, ok := decimal(l.toks[i].Value, lastPort); ok {
			x.port = uint16(n)
		}
	}
	key := x.inspect + number(int(x.port))
	r.draft.fixups.remove(key)
	if !not {
		r.draft.fixups.add(key, x)
	}
}

// finishPolicies leaves the actions that are applied somewhere.
func (d *draft) finishPolicies() {
	c := d.cfg
	for _, a := range d.applied.rest() {
		p := d.maps[a.policy]
		if p == nil {
			continue
		}
		for _, x := range p.actions.rest() {
			x.iface = a.iface
			c.policies = append(c.policies, x)
		}
	}
	c.policies = append(c.policies, d.fixups.rest()...)
}
