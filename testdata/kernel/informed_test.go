//go:build kernel && linux

package kernel_test

import (
	"net/netip"
	"strings"
	"syscall"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// untold are the reasons that trace gives where an answer hangs on a field of the packet that it is not told.
var untold = []string{"the length of the packet", "the traffic class of the packet", "the time of the packet"}

// relate returns how the tool's answer stands to the kernel's. Where trace does not know a field of the packet, the
// engine is told it.
func (x *examiner) relate(s *ruleset, p *testPacket, kernel kernelAnswer, said toolAnswer) (r relation, difference string) {
	r, difference = compare(s, p, kernel, said)
	if r != isUnknown {
		return r, difference
	}
	for _, reason := range untold {
		if strings.HasPrefix(difference, reason) {
			return compare(s, p, kernel, informed(s, p))
		}
	}
	return r, difference
}

// engine returns an engine for the ruleset on the router.
func engine(s *ruleset) *eval.Engine {
	files := []*source.File{source.NewFile("router.rules", []byte(s.ruleText()))}
	if s.Sets != nil {
		files = append(files, source.NewFile("router.ipset", []byte(s.setText())))
	}
	iptables, _ := parsers.Find("iptables")
	r := iptables.Parse(parsers.Input{Name: "router", Files: files, Flavour: s.dialect(), Limits: parsers.DefaultLimits})
	var known []rules.Interface
	var routes []rules.Route
	for _, i := range interfaces {
		known = append(known, rules.Interface{Name: i.Name})
		for _, a := range i.Addresses {
			known[len(known)-1].Addrs = append(known[len(known)-1].Addrs, netip.MustParsePrefix(a))
		}
		for _, to := range i.Routes {
			routes = append(routes, rules.Route{To: netip.MustParsePrefix(to), Out: i.Name})
		}
	}
	return eval.New(r.Devices[0].Model.With(known, routes))
}

// informed returns what the engine says of a packet of which it is told all fields.
func informed(s *ruleset, p *testPacket) toolAnswer {
	e := engine(s)
	f := packet.Flow{In: p.In, Src: p.Src, Dst: p.Dst, Proto: packet.Proto(p.Proto), Mark: p.Mark, State: informedStates[p.natural()]}
	if p.hasPorts() {
		f.SrcPort, f.DstPort = p.SPort, p.DPort
	}
	if p.isICMP() {
		f.ICMPType, f.ICMPCode = p.Type, p.Code
	}
	if p.Proto == protoTCP {
		f.TCPFlags = p.Flags
	}
	hook := rules.Hook(0)
	if p.In == sent {
		f.In, hook = "", rules.Output
	}
	start := e.Arrive(f, hook)
	start.Flow.Lost = 0
	start.Flow.Length, start.Flow.TOS, start.Flow.Time = uint16(len(p.bytes())), p.TOS, secondOfWeek()
	t := e.Walk(start)
	left := &t.Left
	a := toolAnswer{Verdict: t.Verdict.String(), Hook: t.Hook.String()}
	told := func(f packet.Field, text string) string {
		if left.Knows(f) {
			return text
		}
		return ""
	}
	a.Out, a.Src, a.Dst = told(packet.Out, left.Out), told(packet.Src, left.Src.String()), told(packet.Dst, left.Dst.String())
	if left.Knows(packet.SrcPort) {
		a.SrcPort = &left.SrcPort
	}
	if left.Knows(packet.DstPort) {
		a.DstPort = &left.DstPort
	}
	if t.Depends != nil {
		a.Depends = t.Depends.Reason
	}
	return a
}

var informedStates = map[ctState]packet.State{
	stateNew: packet.New, stateEstablished: packet.Established, stateReply: packet.Established, stateRelated: packet.Related,
	stateInvalid: packet.Invalid, stateUntracked: packet.Untracked,
}

// secondOfWeek returns the kernel's time as the engine counts it, from Monday on.
func secondOfWeek() uint32 {
	var now syscall.Timeval
	_ = syscall.Gettimeofday(&now) // cannot fail: the address is good
	const thursdays = 3 * 24 * 3600
	return uint32((now.Sec + thursdays) % (7 * 24 * 3600))
}
