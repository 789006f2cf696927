package iptables

import (
	"errors"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var stateMatches = []*module{
	newModule("conntrack", lowerConntrack,
		"ctstate 1!", "ctproto 1!", "ctorigsrc 1!", "ctorigdst 1!", "ctreplsrc 1!", "ctrepldst 1!", "ctorigsrcport 1!", "ctorigdstport 1!",
		"ctreplsrcport 1!", "ctrepldstport 1!", "ctstatus 1!", "ctexpire 1!", "ctdir 1"),
	newModule("state", eachOption(lowerState), "state 1!"),
	newModule("mark", eachOption(lowerMark), "mark 1!"),
	newModule("connmark", eachOption(lowerConnMark), "mark 1!"),
}

// states are the states of connection tracking. SNAT and DNAT are none: they
// say that the connection is translated, whatever its state.
var states = map[string]packet.State{
	"NEW": packet.New, "ESTABLISHED": packet.Established, "RELATED": packet.Related, "INVALID": packet.Invalid, "UNTRACKED": packet.Untracked,
}

var (
	// tracked holds the packets that belong to a connection.
	tracked = packet.Numbers(packet.ConnState, packet.Range{First: uint32(packet.New), Last: uint32(packet.Related)})
	opening = packet.Number(packet.ConnState, uint32(packet.New))
	// underway holds the packets of connections that exist already.
	underway = packet.Numbers(packet.ConnState, packet.Range{First: uint32(packet.Established), Last: uint32(packet.Related)})
)

func lowerState(b *builder, o *option) { b.stateOption(o, "") }

// stateBoxes returns the packets in a state of which name is the name.
func stateBoxes(name string, translated, raw bool) (*packet.Boxes, bool) {
	upper := strings.ToUpper(name)
	s, ok := states[upper]
	switch {
	case ok && raw && s == packet.Invalid:
		return packet.Numbers(packet.ConnState, packet.Range{First: uint32(packet.New), Last: uint32(packet.Invalid)}), true
	case ok && raw && s != packet.Untracked:
		return nothing, true
	case ok:
		return packet.Number(packet.ConnState, uint32(s)), true
	case !translated || upper != "SNAT" && upper != "DNAT":
		return nil, false
	case raw:
		return nothing, true
	case upper == "SNAT":
		return packet.Number(packet.SrcTranslated, 1), true
	default:
		return packet.Number(packet.DstTranslated, 1), true
	}
}

// stateOption lowers a list of states. In the raw table no packet has a
// connection yet: each counts as INVALID, unless it was untracked.
func (b *builder) stateOption(o *option, translated string) {
	before, raw := len(b.terms), ""
	if b.table == "raw" {
		raw = " in raw"
	}
	b.boxesOf(o, 0, "state"+translated+raw, func(w word) (*packet.Boxes, error) {
		either := []*packet.Boxes{nothing}
		for _, name := range w.list() {
			boxes, ok := stateBoxes(name.text, translated != "", raw != "")
			if !ok {
				return nil, &valueError{name, "states out of NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED" + translated}
			}
			either = append(either, boxes)
		}
		return packet.Union(either...), nil
	})
	if raw != "" && b.family == packet.IPv6 && len(b.terms) > before {
		b.untrackedLater(o)
	}
	if parts := o.args[0].list(); len(parts) > 1 && !o.negated && len(b.terms) > before {
		b.listStates(parts)
	}
}

// neverTracked holds the messages of neighbour and multicast listener discovery,
// which connection tracking leaves out by itself (icmpv6_error and
// nf_conntrack_icmpv6_error in nf_conntrack_proto_icmpv6.c).
var neverTracked = packet.Product(
	packet.Number(packet.Family, packet.IPv6), packet.Number(packet.ConnState, uint32(packet.Untracked)),
	packet.Numbers(packet.ICMPType, packet.Range{First: 130, Last: 136}, packet.One(143)))

// untrackedLater says of a test of states in raw that it is not known how it
// comes out for packets that connection tracking will leave out: they are
// INVALID there, unless a rule has untracked them before.
func (b *builder) untrackedLater(o *option) {
	invalid, untracked := false, false
	for _, name := range o.args[0].list() {
		invalid = invalid || strings.EqualFold(name.text, "INVALID")
		untracked = untracked || strings.EqualFold(name.text, "UNTRACKED")
	}
	if invalid == untracked {
		return // one of the two they are
	}
	t := &b.terms[len(b.terms)-1]
	t.Unknown = &rules.Unknown{
		Reason: "whether a rule has untracked this message of neighbour discovery", Key: b.key(o, packet.Fixed), Within: neverTracked,
	}
	if untracked {
		others := packet.Numbers(packet.ICMPType, packet.Range{First: 0, Last: 129}, packet.Range{First: 137, Last: 142}, packet.Range{First: 144, Last: 255})
		state := packet.Number(packet.ConnState, uint32(packet.Untracked))
		t.Boxes = packet.AnyOf(
			packet.Product(state, packet.Numbers(packet.Protocol, packet.Range{First: 0, Last: uint32(packet.ICMPv6) - 1}, packet.Range{First: uint32(packet.ICMPv6) + 1, Last: 255})),
			packet.Product(state, others))
	}
}

// listStates notes which written state brings in which packets.
func (b *builder) listStates(parts []word) {
	var members []rules.Member
	for _, w := range parts {
		s, ok := states[strings.ToUpper(w.text)]
		if !ok {
			return
		}
		members = append(members, rules.Member{Boxes: packet.Number(packet.ConnState, uint32(s)), Span: b.span(w)})
	}
	b.terms[len(b.terms)-1].Origin = &rules.Origin{Members: members}
}

// lowerConntrack lowers tests of the packet's connection. A packet without one
// meets a rule only through --ctstate; where that is given too, the other tests
// are not asked of it (conntrack_mt in net/netfilter/xt_conntrack.c).
func lowerConntrack(b *builder, u *use) {
	hasState := false
	for i := range u.options {
		o := &u.options[i]
		if o.name == "ctstate" {
			hasState = true
			b.stateOption(o, ", SNAT, DNAT")
		}
	}
	for i := range u.options {
		if o := &u.options[i]; o.name != "ctstate" {
			b.connection(o, hasState)
		}
	}
}

// connectionTest is a test of a connection's own data: for which packets that
// open one it holds, and for which it is not modelled whether it does.
type connectionTest struct {
	opening *packet.Boxes // nil: none
	unknown *packet.Boxes // nil: none
	doubt   packet.Doubt
}

// connection lowers a test of the connection's own data.
func (b *builder) connection(o *option, hasState bool) {
	test, err := b.connectionTest(o)
	if err != nil {
		b.fail(o, 0, err)
		return
	}
	if b.table == "raw" {
		b.never = b.never || !hasState // there is no connection yet
		return
	}
	var parts []*packet.Boxes
	if test.opening != nil {
		parts = append(parts, test.opening)
	}
	if hasState && !o.negated {
		parts = append(parts, unconnected)
	}
	t := rules.Term{Boxes: packet.AnyOf(append(parts, nothing)...), Negated: o.negated, Span: b.valueSpan(o)}
	if test.unknown != nil {
		t.Unknown = &rules.Unknown{
			Reason: "what connection tracking knows of the packet's connection",
			Key:    b.key(o, test.doubt), Doubt: test.doubt, Within: test.unknown,
		}
	}
	b.terms = append(b.terms, t)
	if !hasState {
		b.terms = append(b.terms, rules.Term{Boxes: tracked, Span: t.Span})
	}
}

var (
	nothing     = packet.Numbers(packet.ConnState)
	unconnected = packet.Numbers(packet.ConnState, packet.Range{First: uint32(packet.Invalid), Last: uint32(packet.Untracked)})
)

// connectionAddrs are the addresses of a connection and where they are found
// while it opens: the reply comes from where the connection goes to now.
var connectionAddrs = map[string]packet.Field{
	"ctorigsrc": packet.OrigSrc, "ctorigdst": packet.OrigDst, "ctreplsrc": packet.Dst, "ctrepldst": packet.Src,
}

// connectionPorts are the same for ports.
var connectionPorts = map[string]packet.Field{
	"ctorigsrcport": packet.OrigSrcPort, "ctorigdstport": packet.OrigDstPort, "ctreplsrcport": packet.DstPort, "ctrepldstport": packet.SrcPort,
}

func (b *builder) connectionTest(o *option) (connectionTest, error) {
	w := o.args[0]
	var boxes *packet.Boxes
	var err error
	switch o.name {
	case "ctproto":
		p, ok := names.Protocol(w.text)
		if !ok || p == 0 && o.negated {
			return connectionTest{}, &valueError{w, "the name or number of a protocol"}
		}
		boxes = packet.Number(packet.Protocol, uint32(p))
	case "ctdir":
		switch strings.ToUpper(w.text) {
		case "ORIGINAL":
			return connectionTest{opening: opening, unknown: underway}, nil
		case "REPLY":
			return connectionTest{unknown: underway}, nil
		}
		return connectionTest{}, &valueError{w, "ORIGINAL or REPLY"}
	case "ctstatus":
		return connectionStatus(w)
	case "ctexpire":
		_, err = w.numbers(1<<32 - 1)
		if errors.Is(err, errReversed) {
			return connectionTest{opening: nothing}, nil
		}
		return connectionTest{unknown: tracked, doubt: packet.Varying}, err
	default:
		boxes, err = b.connectionEnd(o)
	}
	if err != nil {
		return connectionTest{}, err
	}
	if boxes == nil {
		return connectionTest{opening: opening, unknown: underway}, nil
	}
	return connectionTest{opening: packet.Product(boxes, opening), unknown: underway}, nil
}

// connectionEnd reads an address or port of a connection, nil for any.
func (b *builder) connectionEnd(o *option) (*packet.Boxes, error) {
	if f, ok := connectionAddrs[o.name]; ok {
		return o.args[0].network(f, b.family, loose)
	}
	r, err := o.args[0].ports()
	switch {
	case errors.Is(err, errReversed):
		return packet.Numbers(connectionPorts[o.name]), nil
	case err != nil:
		return nil, err
	}
	return packet.Numbers(connectionPorts[o.name], r), nil
}

// connectionStatus reads a list of status bits. The first packet of a
// connection has none of them; NONE is no bit, so that it never holds.
func connectionStatus(w word) (connectionTest, error) {
	test := connectionTest{}
	for _, bit := range w.list() {
		switch strings.ToUpper(bit.text) {
		case "NONE":
		case "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED":
			test.unknown = underway
		default:
			return test, &valueError{bit, "status out of NONE, EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED"}
		}
	}
	return test, nil
}

func lowerMark(b *builder, o *option) {
	b.boxesOf(o, 0, "mark", func(w word) (*packet.Boxes, error) {
		value, mask, err := w.masked(1<<32 - 1)
		return packet.Masked(packet.Mark, mask, value), err
	})
}

// lowerConnMark lowers a test of the connection's mark. Without a connection it
// does not hold, negated or not (connmark_mt in net/netfilter/xt_connmark.c).
func lowerConnMark(b *builder, o *option) {
	if b.table == "raw" {
		b.never = true
		return
	}
	b.boxesOf(o, 0, "connmark", func(w word) (*packet.Boxes, error) {
		value, mask, err := w.masked(1<<32 - 1)
		return packet.Masked(packet.ConnMark, mask, value), err
	})
	b.terms = append(b.terms, rules.Term{Boxes: tracked, Span: b.valueSpan(o)})
}
