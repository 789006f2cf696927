//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"net/netip"
)

// IP protocol numbers that packets are built for.
const (
	protoICMP    = 1
	protoTCP     = 6
	protoUDP     = 17
	protoDCCP    = 33
	protoGRE     = 47
	protoESP     = 50
	protoAH      = 51
	protoICMPv6  = 58
	protoNone    = 59
	protoIPComp  = 108
	protoSCTP    = 132
	protoUDPLite = 136
)

// TCP flag bits.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
	flagURG
	flagECE
	flagCWR
)

// flagLetters are the letters of the flag bits, from the lowest bit up.
const flagLetters = "FSRPAUEC"

// ctState is how connection tracking classifies a packet before any rule has been applied.
type ctState string

// The states of a packet. A reply is an established packet that travels in the reply direction.
const (
	stateNew         ctState = "new"
	stateEstablished ctState = "established"
	stateReply       ctState = "reply"
	stateRelated     ctState = "related"
	stateInvalid     ctState = "invalid"
	stateUntracked   ctState = "untracked"
)

// sent is the incoming interface of a packet that the router itself sends.
const sent = "-"

// testPacket describes one packet of a case.
type testPacket struct {
	Text         string // as the case writes it
	In           string // device that it arrives at, or sent
	Src, Dst     netip.Addr
	Proto        uint8
	SPort, DPort uint16
	Type, Code   uint8 // of ICMP and ICMPv6
	Flags        uint8 // of TCP
	Chunk        uint8 // type of the SCTP chunk
	TTL, TOS     uint8
	Mark         uint32 // only of sent packets
	SPI          uint32 // of ESP, AH and IPComp
	Length       int    // of the IP packet; 0: as short as it can be
	Payload      []byte
	Options      []byte   // TCP options, padded to a multiple of four
	Extensions   []string // IPv6 extension headers: hop, dst, route, frag, auth
	SrcMAC       string   // hex digits; empty: the gateway's
	State        ctState  // empty: what the packet is by itself
	Fragments    bool     // sent in two fragments
	Want         *expectation
}

// is6 reports whether the packet is IPv6.
func (p *testPacket) is6() bool { return p.Src.Is6() }

// hasPorts reports whether the protocol of the packet has ports.
func (p *testPacket) hasPorts() bool { return hasPorts(p.Proto) }

// isICMP reports whether the packet is ICMP of its family.
func (p *testPacket) isICMP() bool {
	return p.Proto == protoICMP && !p.is6() || p.Proto == protoICMPv6 && p.is6()
}

func hasPorts(proto uint8) bool {
	switch proto {
	case protoTCP, protoUDP, protoDCCP, protoSCTP, protoUDPLite:
		return true
	}
	return false
}

// natural returns the state in which connection tracking sees the packet: the given one, or that of the first
// packet of a connection.
func (p *testPacket) natural() ctState {
	if p.State != "" {
		return p.State
	}
	switch {
	case p.Proto == protoTCP:
		// An ACK of an unknown connection is picked up in its middle (nf_conntrack_tcp_loose).
		switch p.Flags & (flagSYN | flagACK | flagFIN | flagRST) {
		case flagSYN, flagACK:
			return stateNew
		}
		return stateInvalid
	case p.Proto == protoICMP && !p.is6():
		switch p.Type {
		case 8, 13, 15, 17:
			return stateNew
		}
		return stateInvalid
	case p.Proto == protoICMPv6 && p.is6():
		return natural6(p.Type)
	case p.Proto == protoSCTP && p.Chunk != sctpInit:
		return stateInvalid
	}
	return stateNew
}

// natural6 returns the state of an ICMPv6 type. Neighbour discovery and multicast listener discovery are not tracked.
func natural6(icmpType uint8) ctState {
	switch icmpType {
	case 128:
		return stateNew
	case 130, 131, 132, 133, 134, 135, 136, 143:
		return stateUntracked
	}
	return stateInvalid
}

// mustNotBeAnswered reports whether REJECT stays silent about the packet, as RFC 1122, section 3.2.2, and RFC 4443,
// section 2.4, ask: then a rejected packet cannot be told from a dropped one.
func (p *testPacket) mustNotBeAnswered() bool {
	switch {
	case p.Dst.IsMulticast(), isBroadcast(p.Dst):
		return true
	case p.Proto == protoTCP:
		return p.Flags&flagRST != 0
	case p.Proto == protoICMP && !p.is6():
		return p.Type != 0 && p.Type != 8 && (p.Type < 13 || p.Type > 18)
	case p.Proto == protoICMPv6 && p.is6():
		return p.Type < 128 || p.Type == 137
	}
	return false
}

// isVerifiable reports whether REJECT can tell that the checksum of the packet is right, without which it stays silent:
// it takes every unknown protocol for one that has its sum over all (nf_reject_verify_csum).
func (p *testPacket) isVerifiable() bool {
	switch p.Proto {
	case protoTCP, protoUDP, protoICMP, protoICMPv6, protoGRE, protoESP, protoAH, protoSCTP, protoIPComp:
		return true
	}
	return false
}

// String returns the packet as the case writes it.
func (p *testPacket) String() string {
	if p.Text != "" {
		return p.Text
	}
	return fmt.Sprintf("%d %s:%d > %s:%d in=%s", p.Proto, p.Src, p.SPort, p.Dst, p.DPort, p.In)
}
