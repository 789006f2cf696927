package asa

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// pixInterface reads the rest of "interface ethernet0 auto [shutdown]" and
// "interface ethernet0 vlan10 logical" of PIX 6.
func (r *reader) pixInterface(l *line, hardware string) {
	speed := l.word("a speed")
	if hasPrefixFold(speed, "vlan") && l.take("logical") {
		r.ifaceOf(r.intern(speed), l.span())
		l.end()
		return
	}
	l.take("physical")
	i := r.ifaceOf(hardware, l.span())
	i.down = l.take("shutdown")
	l.end("shutdown")
}

// pixNameif reads "nameif ethernet0 outside security0" of PIX 6.
func (r *reader) pixNameif(l *line, not bool) {
	tree, ok := readRest(l, pixNameGrammar, "an interface, a name and a level, as in ethernet1 dmz security50")
	if !ok {
		return
	}
	level, told := decimal(strings.TrimPrefix(tree.Level.Value, "security"), 100)
	if !told {
		l.at = len(l.toks) - 1
		l.fail("expected the security level, as in security50")
		return
	}
	i := r.ifaceOf(r.intern(tree.Hardware.Value), l.span())
	if not {
		i.name, i.nameSpan = "", source.Span{}
		return
	}
	r.draft.seen.pixNames = true
	i.name, i.nameSpan = r.intern(tree.Name.Value), l.span()
	r.draft.named[i.name] = i
	i.level, i.levelTold, i.levelSpan = level, true, l.span()
}

// pixAddress reads "ip address outside A M" of PIX 6.
func (r *reader) pixAddress(l *line, not bool) {
	name := r.name(l, "the name of an interface")
	i := r.draft.named[name]
	switch {
	case l.bad != nil:
	case i == nil:
		l.at--
		l.fail("expected the name of an interface that nameif gives")
	default:
		i.addrs, i.standby, i.dynamic, i.setroute, i.addrTold = nil, nil, false, false, true
		if !not {
			r.addressOf(l, i)
		}
	}
	if not {
		l.skip()
	}
}
