package pf

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// portTerm adds the condition that a port is one of a list. A list is as many
// rules as it has ports, so that one of negations matches every port (4.4).
func (b *builder) portTerm(items []portItem, f packet.Field) {
	if len(items) == 1 && items[0].name == "" {
		x := &items[0]
		b.add(rules.Term{Boxes: b.boxes.numbersOf(f, x.ranges), Span: x.at.span, Origin: originOf(x.at)})
		return
	}
	var w written
	var all []packet.Range
	var list []alternative
	for i := range items {
		x := &items[i]
		if x.name != "" {
			u := b.unknown("service "+x.name+" is the "+f.String(), "which port service "+x.name+" has", packet.Fixed, packet.Fields(f), packet.Any(f))
			list = append(list, alternative{{Unknown: u, Span: x.at.span, Origin: originOf(x.at)}})
			continue
		}
		all = append(all, x.ranges...)
		w.add(x.at, b.boxes.numbersOf(f, x.ranges))
	}
	switch len(w.members) {
	case 0:
	case 1:
		list = append(list, alternative{w.term(w.members[0].Boxes)})
	default:
		list = append(list, alternative{w.term(b.boxes.numbersOf(f, all))})
	}
	b.choose(list)
}

// protoTerm adds the condition that the protocol is one of a list.
func (b *builder) protoTerm(items []protoItem) {
	if len(items) == 1 {
		b.add(rules.Term{Boxes: b.boxes.number(packet.Protocol, uint32(items[0].number)), Span: items[0].at.span, Origin: originOf(items[0].at)})
	}
	if len(items) < 2 {
		return
	}
	var w written
	all := make([]packet.Range, len(items))
	for i := range items {
		all[i] = packet.One(uint32(items[i].number))
		w.add(items[i].at, b.boxes.number(packet.Protocol, uint32(items[i].number)))
	}
	b.add(w.term(b.boxes.numbersOf(packet.Protocol, all)))
}

// icmpTerm adds the condition that an ICMP message is of one of the types.
func (b *builder) icmpTerm(r *rule) {
	if len(r.filter.icmp)+len(r.filter.icmp6) == 0 {
		return
	}
	var w written
	var all []*packet.Boxes
	for _, of := range []struct {
		items  []icmpItem
		family *packet.Boxes
	}{{r.filter.icmp, ofIPv4}, {r.filter.icmp6, ofIPv6}} {
		for i := range of.items {
			x := &of.items[i]
			boxes := []*packet.Boxes{of.family, packet.Number(packet.ICMPType, uint32(x.icmpType))}
			if x.code >= 0 {
				boxes = append(boxes, packet.Number(packet.ICMPCode, uint32(x.code)))
			}
			p := packet.Product(boxes...)
			all = append(all, p)
			w.add(x.at, p)
		}
	}
	b.add(w.term(packet.Union(all...)))
}

// Flags of TCP that are asked of the first packet of a connection (4.5).
const (
	opening     = uint32(packet.SYN)
	openingMask = uint32(packet.SYN | packet.ACK)
)

// Conditions of rules that keep state.
var (
	// startsTCP holds packets of TCP with SYN and without ACK, and all of others.
	startsTCP = packet.AnyOf(
		packet.Product(ofTCP, packet.Masked(packet.TCPFlags, openingMask, opening)),
		notTCP,
	)
	// wholeTCP holds packets of TCP that are no fragments, and all of others.
	wholeTCP = packet.AnyOf(packet.Product(ofTCP, notFragment), notTCP)

	notFragment = packet.Number(packet.Fragment, 0)

	notTCP  = packet.Numbers(packet.Protocol, packet.Range{Last: uint32(packet.TCP) - 1}, packet.Range{First: uint32(packet.TCP) + 1, Last: 255})
	onlyTCP = packet.Masked(packet.TCPFlags, openingMask, opening)
	// isReply holds the ICMP messages that answer others: rules that keep state do
	// not match them on OpenBSD (5.3).
	isReply = packet.AnyOf(
		packet.Product(ofIPv4, packet.Number(packet.Protocol, uint32(packet.ICMP)), typesOf(0, 14, 16, 18)),
		packet.Product(ofIPv6, packet.Number(packet.Protocol, uint32(packet.ICMPv6)), typesOf(129)),
	)
)

func typesOf(list ...uint32) *packet.Boxes {
	rs := make([]packet.Range, len(list))
	for i, t := range list {
		rs[i] = packet.One(t)
	}
	return packet.Numbers(packet.ICMPType, rs...)
}

// keeps reports whether a pass rule keeps state (5.3).
func (l *lowering) keeps(r *rule) bool {
	switch r.state.keep {
	case keepNone:
		return false
	case keepDefault:
		return l.c.language != languageAncient
	case keepState, keepModulate, keepSynproxy:
	}
	return true
}

// stateTerms adds what a rule asks for because it keeps state, and what it asks of
// the flags of TCP.
func (b *builder) stateTerms(r *rule) {
	keeps := r.action == actionPass && b.keeps(r)
	starts := keeps && b.c.language != languageAncient && !r.filter.hasFlags() && !r.filter.fragment
	switch {
	case r.filter.flags != nil:
		b.flagsTerm(r)
	case starts && isOnly(r, packet.TCP):
		b.add(rules.Term{Boxes: onlyTCP, Span: r.span})
	case starts && mayBe(r, packet.TCP):
		b.add(rules.Term{Boxes: startsTCP, Span: r.span})
	}
	if !b.features.reassembles {
		b.wholeTerm(r, starts || r.filter.flags != nil)
	}
	if keeps && b.isOpenBSD() && !r.state.sloppy {
		b.requestTerm(r)
	}
}

// hasFlags reports whether a rule says what it asks of the flags of TCP.
func (f *filterOpts) hasFlags() bool { return f.flags != nil || f.anyFlags }

// requestTerm leaves out ICMP messages that answer others.
func (b *builder) requestTerm(r *rule) {
	if mayBe(r, packet.ICMP) || mayBe(r, packet.ICMPv6) {
		b.add(rules.Term{Boxes: isReply, Negated: true, Span: r.span})
	}
}

// wholeTerm leaves out fragments where a rule asks for what they do not have (5.4).
func (b *builder) wholeTerm(r *rule, asksFlags bool) {
	switch {
	case len(r.src.ports)+len(r.dst.ports)+len(r.filter.icmp)+len(r.filter.icmp6) > 0, asksFlags && isOnly(r, packet.TCP):
		b.add(rules.Term{Boxes: notFragment, Span: r.span})
	case asksFlags && mayBe(r, packet.TCP):
		b.add(rules.Term{Boxes: wholeTCP, Span: r.span})
	}
}

// mayBe reports whether a rule is for packets of a protocol, too.
func mayBe(r *rule, p packet.Proto) bool {
	return len(r.protos) == 0 || slices.ContainsFunc(r.protos, func(x protoItem) bool { return x.number == uint8(p) })
}

// isOnly reports whether a rule is for packets of a protocol alone.
func isOnly(r *rule, p packet.Proto) bool {
	return len(r.protos) > 0 && !slices.ContainsFunc(r.protos, func(x protoItem) bool { return x.number != uint8(p) })
}

// flagsTerm adds what is asked of the flags of TCP; other packets have none, and
// are matched all the same (4.5).
func (b *builder) flagsTerm(r *rule) {
	f := r.filter.flags
	set := packet.Masked(packet.TCPFlags, uint32(f.mask), uint32(f.set))
	if !isOnly(r, packet.TCP) {
		set = packet.AnyOf(packet.Product(ofTCP, set), notTCP)
	}
	b.add(rules.Term{Boxes: set, Span: f.at.span, Origin: originOf(f.at)})
}

// otherTerms adds the conditions behind the hosts.
func (b *builder) otherTerms(r *rule) {
	f := &r.filter
	if f.tos >= 0 {
		b.add(rules.Term{Boxes: packet.Number(packet.TOS, uint32(f.tos)), Span: r.span})
	}
	if f.fragment {
		b.add(rules.Term{Boxes: packet.Number(packet.Fragment, 1), Span: r.span})
	}
	if f.tagged != "" {
		b.add(rules.Term{Boxes: packet.Masked(packet.Mark, tagBits, b.tag(f.tagged)), Negated: f.notTagged, Span: r.span})
	}
	b.userTerm(r)
	fixed := func(key, reason string) {
		b.add(rules.Term{Unknown: b.unknown(key, reason, packet.Fixed, 0, nil), Span: r.span})
	}
	if f.prio >= 0 {
		fixed(fmt.Sprintf("priority %d", f.prio), "the priority of the packet")
	}
	if f.rtable {
		fixed(placed("routing table", r.span), "which routing table holds for the packet")
	}
	for _, x := range f.os {
		fixed("system "+x.span.Text(), "which operating system the source runs")
	}
	for _, x := range f.other {
		fixed(placed("condition "+x.span.Text(), x.span), "the condition is not modelled: "+x.span.Text())
	}
	if f.chance {
		b.add(rules.Term{Unknown: b.unknown(placed("chance", r.span), "the rule matches by chance", packet.Varying, 0, nil), Span: r.span})
	}
	if f.once {
		b.add(rules.Term{Unknown: b.unknown(placed("once", r.span), "the rule matches a limited number of packets", packet.Varying, 0, nil), Span: r.span})
	}
}

// Packets that may have a socket of the device: those to it, and those from it.
var ofSocket = [...]*packet.Boxes{inbound: localTo, outbound: noIn}

// userTerm adds a condition on the user or the group of the local socket. A
// forwarded packet has none (4.4).
func (b *builder) userTerm(r *rule) {
	if len(r.filter.users) == 0 {
		return
	}
	within, key := ofSocket[b.test], placed("user", r.span)
	if r.filter.usersOpen {
		within = nil
	}
	b.add(rules.Term{Unknown: b.unknown(key+" in the test "+b.test.String(), "the user of the local socket", packet.Fixed, 0, within), Span: r.filter.users[0].span})
}

// tag returns the number of a tag.
func (l *lowering) tag(name string) uint32 {
	n := l.tags[name]
	if n == 0 {
		n = min(uint32(len(l.tags))+1, tagBits)
		l.tags[name] = n
	}
	return n
}
