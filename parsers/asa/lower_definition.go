package asa

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// definitionKey finds a definition.
type definitionKey struct{ kind, name string }

// use notes that something uses a definition.
func (l *lowering) use(kind, name string, span source.Span) {
	key := definitionKey{kind, name}
	if spans := l.uses[key]; len(spans) == 0 || spans[len(spans)-1] != span {
		l.uses[key] = append(spans, span)
	}
}

// undefined reports a name that nothing defines, and returns what is not known
// for that.
func (l *lowering) undefined(kind, name string, span source.Span) string {
	l.addProblem(source.Undefined, span, "%s %s is not defined%s", kind, name, l.hint(kind, name))
	key := definitionKey{kind, name}
	at, ok := l.missing[key]
	if !ok {
		at = len(l.missed)
		l.missing[key] = at
		l.missed = append(l.missed, rules.Definition{Kind: kind, Name: name, Missing: true, Span: span})
	}
	if d := &l.missed[at]; !slices.Contains(d.Uses[max(0, len(d.Uses)-1):], span) {
		d.Uses = append(d.Uses, span)
	}
	return fmt.Sprintf("%s %s is not defined", kind, name)
}

// hint returns a hint at the name of the same kind that may have been meant.
func (l *lowering) hint(kind, name string) string {
	switch kind {
	case "object network":
		return didYouMean(name, l.c.networks)
	case "object service":
		return didYouMean(name, l.c.services)
	case "access-list":
		return didYouMean(name, l.c.lists)
	case "time-range":
		return didYouMean(name, l.c.ranges)
	case "interface":
		names := map[string]bool{}
		for _, p := range l.ports {
			names[p.name] = true
		}
		return didYouMean(name, names)
	}
	names := map[string]bool{}
	for key := range l.c.groups {
		if kindOfGroup(key.kind) == kind {
			names[key.name] = true
		}
	}
	return didYouMean(name, names)
}

// define lists what has a name, in the order of the text, and behind it what
// nothing defines.
func (l *lowering) define() {
	for i := range l.c.definitions {
		x := &l.c.definitions[i]
		d := rules.Definition{Kind: x.kind, Name: x.name, Span: x.span}
		switch x.kind {
		case "name":
			n := l.c.names[x.name]
			d.Uses = n.uses
			if n.addr.IsValid() {
				d.Addrs = []packet.AddrRange{packet.OneAddr(n.addr)}
			}
		case "access-list", "ipv6 access-list":
			d.Uses, d.List = l.usesOf(x), !l.isPart()
			if len(d.Uses) == 0 {
				d.Uses = l.brokenLines("access-group") // which may apply it
			}
		default:
			d.Uses, d.Addrs = l.usesOf(x), l.addrsOf(x)
		}
		l.device.Definitions = append(l.device.Definitions, d)
	}
	l.device.Definitions = append(l.device.Definitions, l.missed...)
}

func (l *lowering) usesOf(x *definition) []source.Span {
	return l.uses[definitionKey{x.kind, x.name}]
}

// addrsOfParts returns the addresses of the parts of a group, shared by all groups
// that have the same.
func (l *lowering) addrsOfParts(parts []*part) []packet.AddrRange {
	if len(parts) == 0 {
		return nil
	}
	key := partsKey{&parts[0], len(parts)}
	out, ok := l.partAddrs[key]
	if !ok {
		for _, p := range parts {
			out = append(out, p.addrs...)
		}
		l.partAddrs[key] = out
	}
	return out
}

// partsKey finds what was made of a list of parts.
type partsKey struct {
	first **part
	n     int
}

// addrsOf returns the addresses that a definition holds.
func (l *lowering) addrsOf(x *definition) []packet.AddrRange {
	switch x.kind {
	case "object network":
		if n := l.c.networks[x.name]; n != nil {
			return l.objectPart(n).addrs
		}
	case "object-group network":
		g := l.groups[groupKey{groupNetwork, x.name}]
		if g == nil {
			return nil
		}
		return l.addrsOfParts(l.parts(g))
	}
	return nil
}
