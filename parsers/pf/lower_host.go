package pf

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// alternative is conditions that hold together: one of the ways in which a rule
// with lists may match.
type alternative []rules.Term

// hostList is what a list of hosts comes to.
type hostList struct {
	// alternatives are the conditions of which one has to hold; nil: there is none.
	alternatives []alternative
	plain        rules.Term // isPlain: the only one, of one condition
	isPlain      bool
	never        bool      // none of the hosts is of the rule's IP version
	families     familySet // of the hosts
}

// familySet holds IP versions.
type familySet uint8

// The members of a familySet: hosts of one version, and those that may be of both,
// or stand for whatever addresses an interface has.
const (
	hasInet familySet = 1 << iota
	hasInet6
	hasNeutral
)

func setOf(f family) familySet {
	switch f {
	case inet:
		return hasInet
	case inet6:
		return hasInet6
	case anyFamily:
	}
	return hasNeutral
}

// hosts collects the conditions of a list of hosts.
type hosts struct {
	*lowering
	field  packet.Field
	test   test
	af     family
	tables map[string]*table // of the ruleset
	opens  bool              // the rule lets packets through

	list   hostList
	ranges []packet.AddrRange
	plain  written // the hosts that ranges come from
}

// hostAlternatives returns what a list of hosts asks of the address in a field. A
// list is as many rules as it has hosts (4.2): together they match what one rule
// with the union would. Hosts that are negated, or not known, stay rules of their
// own.
func (b *builder) hostAlternatives(items []hostItem, f packet.Field, af family) hostList {
	if len(items) == 0 || slices.ContainsFunc(items, func(x hostItem) bool { return x.kind == hostAny && !x.not }) {
		return hostList{families: hasNeutral}
	}
	if x := &items[0]; len(items) == 1 && x.kind == hostRange && !x.not && (af == anyFamily || af == familyOf(x.addrs.First)) {
		return hostList{
			plain: rules.Term{Boxes: b.boxes.range1(f, x.addrs), Span: x.at.span, Origin: originOf(x.at)}, isPlain: true, families: setOf(familyOf(x.addrs.First)),
		}
	}
	h := hosts{lowering: b.lowering, field: f, test: b.test, af: af, tables: b.tables, opens: b.opens}
	for i := range items {
		h.add(&items[i])
	}
	if len(h.ranges) > 0 {
		h.list.alternatives = append(h.list.alternatives, alternative{h.plain.term(h.boxes.ranges(h.field, h.ranges))})
	}
	h.list.never = len(h.list.alternatives) == 0
	return h.list
}

// add adds a host.
func (h *hosts) add(x *hostItem) {
	switch x.kind {
	case hostAny: // negated: nothing
	case hostRange:
		h.addRanges(x, []packet.AddrRange{x.addrs})
	case hostIface, hostDynamic:
		h.addInterface(x)
	case hostTable:
		t := h.tableTerm(h.tableOf(x, h.tables), h.field)
		t.Negated, t.Span = t.Negated != x.not, x.at.span
		if via := x.at.via; len(via) > 0 {
			o := *t.Origin
			o.From = slices.Concat(via, o.From)
			t.Origin = &o
		}
		h.addTerm(anyFamily, t)
	case hostName:
		if x.name == "localhost" { // of a name in the file of hosts, the first of each IP version
			one := *x
			one.mods = []string{"0"}
			rs, _ := h.addressesOf(&one)
			h.addRanges(x, rs)
			return
		}
		h.addUnknown(x, "the addresses of "+x.name+" hold the ", "the addresses of "+x.name+" are looked up when the rules are loaded")
	case hostNoRoute:
		h.addUnusual(x, "a route leads to the "+sideOf(h.field), "a route leads to the address")
	case hostURPF:
		h.addUnusual(x, "the route leads back to the "+sideOf(h.field), "the route back to the source leads out by the interface that the packet came in by")
	case hostRoute:
		h.addUnknown(x, "the label "+x.name+" is of the route to the ", "which routes are labelled "+x.name)
	case hostBad:
		h.addUnknown(x, placed("a host that cannot be read: ", x.at.span)+" ", "a host cannot be read")
	}
}

// sideOf names the address in a field.
func sideOf(f packet.Field) string {
	if f == packet.Src {
		return "source"
	}
	return "destination"
}

func (h *hosts) addUnknown(x *hostItem, key, reason string) {
	u := h.unknown(key+sideOf(h.field), reason, packet.Fixed, packet.Fields(h.field), nil)
	h.addTerm(anyFamily, rules.Term{Unknown: u, Negated: x.not, Span: x.at.span, Origin: originOf(x.at)})
}

// addUnusual adds a condition that holds for packets which are not as packets are
// as a rule: for those, what the key says holds. That there are such is no more
// than possible where a rule lets them through.
func (h *hosts) addUnusual(x *hostItem, key, reason string) {
	if h.opens && !x.not {
		h.addUnknown(x, "not as usual: "+key+" of the ", "whether "+reason)
		return
	}
	u := h.unknown(key, reason, packet.Usual, packet.Fields(h.field, packet.In), nil)
	h.addTerm(anyFamily, rules.Term{Unknown: u, Negated: !x.not, Span: x.at.span, Origin: originOf(x.at)})
}

// addTerm adds a rule of its own for packets of a family.
func (h *hosts) addTerm(f family, t rules.Term) {
	h.list.families |= setOf(f)
	a := alternative{t}
	if b := familyBoxes(f); b != nil && t.Negated && h.af == anyFamily {
		a = append(a, rules.Term{Boxes: b, Span: t.Span})
	}
	h.list.alternatives = append(h.list.alternatives, a)
}

// addRanges adds a host that stands for addresses when the rules are loaded. Each
// is a host of its own, of its own IP version: negated, they together match
// everything.
func (h *hosts) addRanges(x *hostItem, rs []packet.AddrRange) {
	rs = slices.DeleteFunc(slices.Clone(rs), func(r packet.AddrRange) bool { return h.af != anyFamily && familyOf(r.First) != h.af })
	if len(rs) == 0 {
		return
	}
	if !x.not {
		for _, r := range rs {
			h.list.families |= setOf(familyOf(r.First))
		}
		h.ranges = append(h.ranges, rs...)
		h.plain.add(x.at, h.boxes.ranges(h.field, rs))
		return
	}
	for _, r := range rs {
		h.addTerm(familyOf(r.First), rules.Term{Boxes: h.boxes.range1(h.field, r), Negated: true, Span: x.at.span, Origin: originOf(x.at)})
	}
}

// addInterface adds the addresses of an interface, of a group, or of all.
func (h *hosts) addInterface(x *hostItem) {
	if x.name == "self" {
		h.addSelf(x)
		return
	}
	if rs, told := h.addressesOf(x); told {
		if x.kind == hostIface || !x.not {
			h.addRanges(x, rs)
			return
		}
		h.addTerm(anyFamily, rules.Term{Boxes: h.boxes.ranges(h.field, rs), Negated: true, Span: x.at.span, Origin: originOf(x.at)})
		return
	}
	if len(x.mods) > 0 && !slices.Equal(x.mods, []string{"0"}) || x.bits >= 0 {
		text := x.name + ":" + strings.Join(x.mods, ":")
		h.addUnknown(x, "the addresses of "+text+" hold the ", "the addresses of "+x.name+" are not given")
		return
	}
	h.addOwn(x)
}

// addOwn adds the addresses of an interface that are not told. Of packets that use
// the interface, those to one of the device's addresses are to that one.
func (h *hosts) addOwn(x *hostItem) {
	own := local(h.field)
	u := h.unknown("the addresses of "+x.name+" hold the "+sideOf(h.field), "the addresses of "+x.name+" are not given", packet.Fixed, packet.Fields(h.field), own)
	t := rules.Term{Unknown: u, Span: x.at.span, Origin: originOf(x.at)}
	uses := h.field == packet.Dst && h.test == inbound || h.field == packet.Src && h.test == outbound
	switch {
	case x.not && x.kind == hostIface:
		// Of several addresses, each would be a rule of its own.
		t.Boxes = far(h.field)
		t.Unknown = h.unknown("the address is not the only one of "+x.name+" as the "+sideOf(h.field), "the addresses of "+x.name+" are not given", packet.Fixed, packet.Fields(h.field), own)
	case uses:
		t.Boxes = packet.Product(h.membersIn(h.members(x.name), h.test.iface()), own)
		t.Negated = x.not
	default:
		t.Negated = x.not
	}
	h.addTerm(anyFamily, t)
}

// addSelf adds all addresses of the device. Without parentheses, and negated, each
// of them is a rule of its own: together they match everything.
func (h *hosts) addSelf(x *hostItem) {
	t := rules.Term{Boxes: local(h.field), Negated: x.not, Span: x.at.span, Origin: originOf(x.at)}
	switch {
	case slices.Contains(x.mods, "network") || slices.Contains(x.mods, "broadcast") || slices.Contains(x.mods, "peer"):
		h.addUnknown(x, "the addresses of self:"+strings.Join(x.mods, ":")+" hold the ", "the networks of the interfaces are not given")
		return
	case x.not && x.kind == hostIface:
		t.Boxes, t.Negated = packet.Any(h.field), false
	}
	h.addTerm(anyFamily, t)
}
