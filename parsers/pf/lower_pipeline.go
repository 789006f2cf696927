package pf

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// A packet is tested as it comes in, and again as it goes out (5.1). Each test
// leaves a state, or none. What a test has to remember is in the packet's mark:
// its tag, and some bits; what a connection has to remember, in that of the
// connection.
const (
	tagBits = 1<<16 - 1 // the number of the packet's tag

	// Of the connection: the test on the way in, on the way out, has left a state.
	stateIn  = 1 << 16
	stateOut = 1 << 17

	// Of the connection: the state of the test on the way in, on the way out, is bound
	// to its interface, and the number of that interface.
	boundIn      = 1 << 18
	boundOut     = 1 << 19
	boundInBits  = 0xff
	boundOutBits = 0xff00
	maxBound     = 0xff

	// Of the packet: its connection has a state of the test on the way in, on the
	// way out.
	knownIn  = 1 << 18
	knownOut = 1 << 19
	// A translation says that the filter of the test on the way in, on the way out,
	// is not asked.
	passIn  = 1 << 20
	passOut = 1 << 21
	// Evaluation has ended, and what matched last holds.
	stopped = 1 << 22
	// The packet goes on in the other IP version.
	otherFamily = 1 << 23
	// The anchor with quick to which the rule belongs that matched last, 0 for none.
	withinBits  = 0xff << withinShift
	withinShift = 24
	maxWithin   = 0xff
)

// test is one of the two tests of a packet.
type test uint8

const (
	inbound test = iota
	outbound
)

// String returns the test as chains are called after it.
func (t test) String() string {
	if t == inbound {
		return "in"
	}
	return "out"
}

// iface returns the field that holds the interface of the test.
func (t test) iface() packet.Field {
	if t == inbound {
		return packet.In
	}
	return packet.Out
}

// has reports whether rules for a direction belong to the test.
func (t test) has(d direction) bool {
	return d == dirBoth || (d == dirIn) == (t == inbound)
}

// direction returns the direction of the test.
func (t test) direction() direction {
	if t == inbound {
		return dirIn
	}
	return dirOut
}

// state returns the bit that says that the test has left a state.
func (t test) state() uint32 {
	if t == inbound {
		return stateIn
	}
	return stateOut
}

// known returns the bit by which a reply passes the test: that of the state which
// the first packet left as it passed the other way (5.3).
func (t test) known() uint32 {
	if t == inbound {
		return knownOut
	}
	return knownIn
}

// bound returns the bit that says that the state of the test is bound to its
// interface, the bits that hold which that is, and the value of the first one.
func (t test) bound() (flag, mask, first uint32) {
	if t == inbound {
		return boundIn, boundInBits, 1
	}
	return boundOut, boundOutBits, 1 << 8
}

// other returns the other test.
func (t test) other() test { return outbound - t }

// pass returns the bit that says that the filter is not asked.
func (t test) pass() uint32 {
	if t == inbound {
		return passIn
	}
	return passOut
}

// pipeline returns the way of packets.
func (l *lowering) pipeline() rules.Pipeline {
	in, out := l.test(inbound), l.test(outbound)
	forward := l.course(rules.Postrouting, out)
	forward.end(rules.Edge{})
	sent := l.course(rules.Output, out)
	sent.end(rules.Edge{})
	routed := &rules.Stage{Hook: rules.Prerouting, Route: true, Next: []rules.Edge{{When: rules.Match{{Boxes: noOut}}}, {To: forward.first}}}
	received := l.course(rules.Prerouting, in)
	received.end(rules.Edge{To: routed})
	leaving := &rules.Stage{Hook: rules.Output, Route: true, Next: []rules.Edge{{To: sent.first}}}
	return rules.Pipeline{Entry: []rules.Edge{
		{When: rules.Match{{Boxes: noIn}}, To: l.remembered(leaving)},
		{To: l.remembered(received.first)},
	}}
}

// testStage is a stage of a test, which each course has for itself.
type testStage struct {
	chain   *rules.Chain
	when    rules.Match
	filters bool
}

// course is a run of stages, each of which leads to the next.
type course struct {
	first, last *rules.Stage
}

// course returns the stages of a test at a hook.
func (l *lowering) course(h rules.Hook, list []testStage) course {
	var c course
	for _, x := range list {
		s := &rules.Stage{Hook: h, Chain: x.chain, When: x.when, Filters: x.filters}
		if c.last == nil {
			c.first = s
		} else {
			c.last.Next = []rules.Edge{{To: s}}
		}
		c.last = s
	}
	return c
}

// end says where the last stage leads.
func (c *course) end(e rules.Edge) { c.last.Next = []rules.Edge{e} }

// underway are the states of packets that belong to a connection.
var underway = packet.Numbers(packet.ConnState, packet.One(uint32(packet.Established)), packet.One(uint32(packet.Related)))

// remembered returns the stage that brings what is known of the connection of a
// packet before it, which then goes on to next.
func (l *lowering) remembered(next *rules.Stage) *rules.Stage {
	c := l.statesChain()
	return &rules.Stage{Hook: next.Hook, Chain: c, When: rules.Match{{Boxes: underway}}, Next: []rules.Edge{{To: next}}}
}

// statesChain returns the chain that looks up the states of a packet.
func (l *lowering) statesChain() *rules.Chain {
	const name = "states"
	for _, c := range l.device.Chains {
		if c.Name == name {
			return c
		}
	}
	c := l.newChain(name, l.c.head)
	c.Policy, c.Implicit = rules.Action{Verdict: rules.Accept}, "states are looked up before any rule"
	for _, x := range []struct {
		state, known uint32
		why          string
	}{
		{stateIn, knownIn, "the connection has a state of its way in"},
		{stateOut, knownOut, "the connection has a state of its way out"},
	} {
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match: rules.Match{{Boxes: packet.Masked(packet.ConnMark, x.state, x.state)}}, Implicit: x.why,
			Action: rules.Action{Set: []rules.Assign{{Field: packet.Mark, Mask: x.known, Value: x.known}}},
		}))
	}
	return c
}

// test returns the stages of a test (5.1): of the language of FreeBSD, translation
// comes before the filter.
func (l *lowering) test(t test) []testStage {
	skip := l.skip(t)
	list := l.skipped(t)
	if l.features.nat {
		list = append(list, l.translations(t, skip)...)
	}
	filter := testStage{chain: l.filter(t), when: skip, filters: true}
	list = append(list, filter)
	if l.features.bound {
		list = append(list, testStage{chain: l.binding(t), when: rules.Match{{Boxes: packet.Number(packet.ConnState, uint32(packet.New))}}})
	}
	return list
}

// binding returns the chain that notes the interface to which the state of a test
// is bound (5.3).
func (l *lowering) binding(t test) *rules.Chain {
	c := l.newChain("states bound "+t.String(), l.c.head)
	c.Policy, c.Implicit = rules.Action{Verdict: rules.Accept}, "states are bound to the interface that the packet uses"
	flag, mask, first := t.bound()
	for i, p := range l.bindable() {
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{
			Match:    rules.Match{{Boxes: packet.Masked(packet.ConnMark, flag, flag)}, {Boxes: l.boxes.nameOf(t.iface(), p.name)}},
			Implicit: "the state is bound to " + p.name,
			Action:   rules.Action{Set: []rules.Assign{{Field: packet.ConnMark, Mask: mask, Value: first * uint32(i+1)}}},
		}))
	}
	return c
}

// bindable returns the interfaces that states can be bound to.
func (l *lowering) bindable() []*iface {
	if !l.features.bound {
		return nil
	}
	return l.ports.list[:min(len(l.ports.list), maxBound)]
}

// skip returns the condition that the interface of a test is not one that pf
// skips.
func (l *lowering) skip(t test) rules.Match {
	var m rules.Match
	for i := range l.c.options.skip {
		x := &l.c.options.skip[i]
		term := l.ifaceTerm(x, t.iface())
		if term == nil {
			continue
		}
		term.Negated = !term.Negated
		m = append(m, *term)
	}
	return m
}

// skipped returns the stages that answer for packets of interfaces which pf skips,
// the loopback aside.
func (l *lowering) skipped(t test) []testStage {
	var list []testStage
	for i := range l.c.options.skip {
		x := &l.c.options.skip[i]
		term := l.ifaceTerm(x, t.iface())
		if term == nil || isLoopback(x.name) {
			continue
		}
		at := l.c.options.skipped[x.name]
		c := l.newChain("skip "+t.String(), at)
		c.Policy, c.Implicit = rules.Action{Verdict: rules.Accept}, "pf skips "+x.name
		c.Rules = append(c.Rules, l.slab.NewRule(rules.Rule{Span: at, Implicit: c.Implicit, Action: rules.Action{Verdict: rules.Accept}}))
		list = append(list, testStage{chain: c, when: rules.Match{*term}, filters: true})
	}
	return list
}

// isKnown returns the conditions under which a reply, or an ICMP error about the
// connection, passes a test by the state of the connection: one that is bound to an
// interface is for what uses that.
func (l *lowering) isKnown(t test) []rules.Match {
	known := []rules.Match{{{Boxes: packet.Masked(packet.Mark, t.known(), t.known())}}}
	if l.features.bound {
		_, mask, first := t.other().bound()
		bound := func(n int) rules.Term {
			return rules.Term{Boxes: packet.Masked(packet.ConnMark, mask, first*uint32(n))}
		}
		is := known[0]
		known = []rules.Match{append(slices.Clip(is), bound(0))}
		for i, p := range l.bindable() {
			known = append(known, append(slices.Clip(is), bound(i+1), rules.Term{Boxes: l.boxes.nameOf(t.iface(), p.name)}))
		}
	}
	var list []rules.Match
	for _, m := range known {
		list = append(list,
			append(rules.Match{{Boxes: packet.Number(packet.ConnState, uint32(packet.Established))}}, m...),
			append(rules.Match{{Boxes: packet.Number(packet.ConnState, uint32(packet.Related))}, {Boxes: ofICMP}}, m...))
	}
	return list
}

var ofICMP = packet.Numbers(packet.Protocol, packet.One(uint32(packet.ICMP)), packet.One(uint32(packet.ICMPv6)))
