//go:build kernel && linux

package kernel_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// fate is what the kernel did with a packet.
type fate string

// The fates. A forwarded packet and one that was sent left the router; a local one reached it.
const (
	fateForward fate = "forward"
	fateSent    fate = "sent"
	fateLocal   fate = "local"
	fateReject  fate = "reject"
	fateDrop    fate = "drop"
)

// kernelAnswer is what the kernel did with one packet. Addresses and ports are those that it had at its end, and are
// valid iff the packet left the router or reached it.
type kernelAnswer struct {
	Fate         fate
	Src, Dst     netip.Addr
	SPort, DPort uint16
	Out          string // empty unless the packet left the router
	Mark         uint32
	TTL, TOS     uint8
	Reason       string // of a reject: an ICMP type and code, or rst
}

// passed reports whether no rule stopped the packet.
func (a kernelAnswer) passed() bool {
	return a.Fate == fateForward || a.Fate == fateSent || a.Fate == fateLocal
}

// String returns the answer in the form in which a case states what it wants.
func (a kernelAnswer) String() string {
	if !a.passed() {
		return strings.TrimSpace(string(a.Fate) + " " + a.Reason)
	}
	return fmt.Sprintf("%s src=%s dst=%s sport=%d dport=%d out=%s mark=%#x", a.Fate, a.Src, a.Dst, a.SPort, a.DPort, a.Out, a.Mark)
}

// stateLetters are the letters by which observers report connection states.
var stateLetters = map[byte]ctState{
	'n': stateNew, 'e': stateEstablished, 'r': stateRelated, 'i': stateInvalid, 'u': stateUntracked,
}

// ask lets the packet into the router and returns what the kernel did with it. An error says that the question was
// not put as it was meant.
func (r *router) ask(p *testPacket) (kernelAnswer, error) {
	all, err := r.send(p)
	if err != nil {
		return kernelAnswer{}, err
	}
	entered := false
	answer := kernelAnswer{Fate: fateDrop}
	for i, e := range all {
		state, isState := stateLetters[e.At]
		switch {
		case i > 0 && e.At == 'R' && p.In != sent, e.At == 'R', e.At == 'S':
			entered = true
		case isState && i <= 1 && state != stateUntracked && !p.Fragments:
			want := p.natural()
			if want == stateReply {
				want = stateEstablished
			}
			if state != want {
				return answer, fmt.Errorf("%s: the kernel sees its state as %s, not %s", p, state, want)
			}
		case e.At == 'P' && p.In == sent:
			// What the router sends to itself comes in again by lo, as another packet.
			answer = e.answer(fateSent, e.Out)
		case e.At == 'P' && e.Out != "lo":
			answer = e.answer(fateForward, e.Out)
		case e.At == 'L' && p.In != sent:
			answer = e.answer(fateLocal, "")
		case e.At == 'J' && !answer.passed():
			if reason := rejectReason(e.Payload); reason != "" {
				answer = kernelAnswer{Fate: fateReject, Reason: reason}
			}
		}
	}
	if !entered {
		return answer, fmt.Errorf("%s: the kernel did not take it", p)
	}
	return answer, nil
}

// answer reads the packet of an event.
func (e event) answer(f fate, out string) kernelAnswer {
	a := kernelAnswer{Fate: f, Out: out, Mark: e.Mark}
	b := e.Payload
	proto, header, ok := transportOf(b)
	if !ok {
		return a
	}
	if b[0]>>4 == 4 {
		a.Src, a.Dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
		a.TTL, a.TOS = b[8], b[1]
	} else {
		a.Src, a.Dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
		a.TTL, a.TOS = b[7], uint8(binary.BigEndian.Uint16(b)>>4)
	}
	if hasPorts(proto) && len(b) >= header+4 {
		a.SPort, a.DPort = binary.BigEndian.Uint16(b[header:]), binary.BigEndian.Uint16(b[header+2:])
	}
	return a
}

// transportOf returns the protocol of a packet and where its header begins.
func transportOf(b []byte) (proto uint8, offset int, ok bool) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return b[9], int(b[0]&15) * 4, true
	case len(b) < 40:
		return 0, 0, false
	}
	proto, offset = b[6], 40
	for offset+8 <= len(b) {
		switch proto {
		case 0, 43, 60:
			proto, offset = b[offset], offset+8+int(b[offset+1])*8
		case protoAH:
			proto, offset = b[offset], offset+8+int(b[offset+1])*4
		case 44:
			proto, offset = b[offset], offset+8
		default:
			return proto, offset, true
		}
	}
	return proto, offset, true
}

// rejectReason returns what a packet of the router tells the sender of another, and nothing if it tells nothing.
func rejectReason(b []byte) string {
	proto, header, ok := transportOf(b)
	switch {
	case !ok, len(b) < header+8:
		return ""
	case proto == protoTCP && b[header+13]&flagRST != 0:
		return "rst"
	case proto == protoICMP && b[header] == 3, proto == protoICMPv6 && b[header] == 1:
		return fmt.Sprintf("%d/%d", b[header], b[header+1])
	}
	return ""
}
