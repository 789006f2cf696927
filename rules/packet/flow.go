package packet

import (
	"fmt"
	"net/netip"
	"strings"
)

// The values of Family.
const (
	IPv4 = 0
	IPv6 = 1
)

// Proto is an IP protocol number as IANA assigns it.
type Proto uint8

// Protocols that have fields of their own.
const (
	ICMP    Proto = 1
	TCP     Proto = 6
	UDP     Proto = 17
	DCCP    Proto = 33
	ICMPv6  Proto = 58
	SCTP    Proto = 132
	UDPLite Proto = 136
)

// Protocols of tunnels, which have no fields that rules ask for.
const (
	gre Proto = 47
	esp Proto = 50
	ah  Proto = 51
)

// HasPorts reports whether packets of p have ports.
func (p Proto) HasPorts() bool {
	switch p {
	case TCP, UDP, DCCP, SCTP, UDPLite:
		return true
	}
	return false
}

// String returns the name of a protocol that has fields of its own or that
// people know by name, else its number.
func (p Proto) String() string {
	switch p {
	case ICMP:
		return "icmp"
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case DCCP:
		return "dccp"
	case ICMPv6:
		return "icmpv6"
	case SCTP:
		return "sctp"
	case UDPLite:
		return "udplite"
	case gre:
		return "gre"
	case esp:
		return "esp"
	case ah:
		return "ah"
	}
	return fmt.Sprint(uint8(p))
}

// State is how connection tracking classifies a packet.
type State uint8

// The connection states. A check asks about New packets unless it says
// otherwise: what may open a conversation is what a firewall decides.
const (
	New State = iota
	Established
	Related
	Invalid
	Untracked

	numStates
)

var stateNames = [numStates]string{"new", "established", "related", "invalid", "untracked"}

// String returns the state in lower case.
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "?"
}

// AddrType is what a routing table says of an address, or how a frame was
// addressed. Packets on their way through a device have unicast destinations;
// those it keeps have local ones, or were sent to many.
type AddrType uint8

// The address types that tell apart where a packet goes.
const (
	Unicast AddrType = iota
	Local
	Broadcast
	Multicast
	OtherType // blackhole, unreachable, prohibit, throw, anycast and the like

	numAddrTypes
)

var addrTypeNames = [numAddrTypes]string{"unicast", "local", "broadcast", "multicast", "other"}

// String returns the type in lower case.
func (t AddrType) String() string {
	if t < numAddrTypes {
		return addrTypeNames[t]
	}
	return "?"
}

// The bits of TCPFlags.
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

const flagLetters = "FSRPAUEC"

// FlagString returns TCP flags as letters of FSRPAUEC.
func FlagString(flags uint8) string {
	var b strings.Builder
	for i, letter := range flagLetters {
		if flags>>i&1 == 1 {
			b.WriteRune(letter)
		}
	}
	return b.String()
}

// ParseFlags reads TCP flags from letters of FSRPAUEC, in any order and case.
func ParseFlags(s string) (uint8, error) {
	var flags uint8
	for _, letter := range strings.ToUpper(s) {
		i := strings.IndexRune(flagLetters, letter)
		if i < 0 {
			return 0, fmt.Errorf("unknown TCP flag %q: expected letters of %s", letter, flagLetters)
		}
		flags |= 1 << i
	}
	return flags, nil
}

// Flow is one concrete packet as a firewall sees it. The zero values of the
// fields below Mark are those of an ordinary packet that opens a conversation.
type Flow struct {
	In, Out            string     // interfaces; In is empty for a packet the device sends, Out for one it keeps
	Src, Dst           netip.Addr // of one family
	Proto              Proto
	SrcPort, DstPort   uint16 // valid iff Proto has ports
	ICMPType, ICMPCode uint8  // valid iff Proto is ICMP in IPv4 or ICMPv6 in IPv6
	TCPFlags           uint8  // valid iff Proto is TCP
	State              State
	Mark, ConnMark     uint32

	SrcTranslated, DstTranslated bool
	OrigSrc, OrigDst             netip.AddrPort // before translation; valid iff translated

	DstType, SrcType, LinkType AddrType
	OrigDstType, OrigSrcType   AddrType // before translation; valid iff translated
	Fragment, IPsec            bool
	Length                     uint16 // of the whole packet in bytes
	TOS                        uint8
	Time                       uint32 // seconds since Monday 00:00 UTC
	Routed                     bool   // a rule has settled Out, and the packet is still to be routed

	// Lost holds the fields whose values are not known: what asks them is
	// unknown. Their values above mean nothing.
	Lost FieldSet
}

// Is4 reports whether f is an IPv4 packet.
func (f *Flow) Is4() bool { return f.Src.Is4() || f.Dst.Is4() }

// Has reports whether the packet has the field, as only some protocols have
// ports.
func (f *Flow) Has(field Field) bool {
	switch field {
	case DstPort, SrcPort, OrigDstPort, OrigSrcPort:
		return f.Proto.HasPorts()
	case ICMPType, ICMPCode:
		return f.Is4() && f.Proto == ICMP || !f.Is4() && f.Proto == ICMPv6
	case TCPFlags:
		return f.Proto == TCP
	default:
		return true
	}
}

// Knows reports whether the value of the field is known.
func (f *Flow) Knows(field Field) bool {
	switch field {
	case OrigDst, OrigDstPort, OrigDstType:
		if !f.DstTranslated {
			return !f.Lost.Has(fieldTable[field].now)
		}
	case OrigSrc, OrigSrcPort, OrigSrcType:
		if !f.SrcTranslated {
			return !f.Lost.Has(fieldTable[field].now)
		}
	}
	return !f.Lost.Has(field)
}

// number returns the value of a number field.
//
//nolint:cyclop // one line for each field
func (f *Flow) number(field Field) uint32 {
	switch field {
	case Family:
		if f.Is4() {
			return IPv4
		}
		return IPv6
	case Protocol:
		return uint32(f.Proto)
	case DstPort:
		return uint32(f.DstPort)
	case SrcPort:
		return uint32(f.SrcPort)
	case OrigDstPort:
		if f.DstTranslated {
			return uint32(f.OrigDst.Port())
		}
		return uint32(f.DstPort)
	case OrigSrcPort:
		if f.SrcTranslated {
			return uint32(f.OrigSrc.Port())
		}
		return uint32(f.SrcPort)
	case ICMPType:
		return uint32(f.ICMPType)
	case ICMPCode:
		return uint32(f.ICMPCode)
	case TCPFlags:
		return uint32(f.TCPFlags)
	case Mark:
		return f.Mark
	case ConnMark:
		return f.ConnMark
	default:
		return f.small(field)
	}
}

// small returns the value of a field that has few values.
func (f *Flow) small(field Field) uint32 {
	switch field {
	case ConnState:
		return uint32(f.State)
	case SrcTranslated:
		return bit(f.SrcTranslated)
	case DstTranslated:
		return bit(f.DstTranslated)
	case DstType:
		return uint32(f.DstType)
	case SrcType:
		return uint32(f.SrcType)
	case OrigDstType, OrigSrcType:
		return uint32(f.origType(field))
	case LinkType:
		return uint32(f.LinkType)
	case Fragment:
		return bit(f.Fragment)
	case IPsec:
		return bit(f.IPsec)
	case Length:
		return uint32(f.Length)
	case TOS:
		return uint32(f.TOS)
	case Time:
		return f.Time
	case Routed:
		return bit(f.Routed)
	default:
		panic("packet: " + field.String() + " is no number of a flow")
	}
}

// origType returns what the routing table said of an end before translation.
func (f *Flow) origType(field Field) AddrType {
	switch {
	case field == OrigDstType && f.DstTranslated:
		return f.OrigDstType
	case field == OrigDstType:
		return f.DstType
	case f.SrcTranslated:
		return f.OrigSrcType
	}
	return f.SrcType
}

// addr returns the value of an address field.
func (f *Flow) addr(field Field) netip.Addr {
	switch {
	case field == Dst || field == OrigDst && !f.DstTranslated:
		return f.Dst
	case field == Src || field == OrigSrc && !f.SrcTranslated:
		return f.Src
	case field == OrigDst:
		return f.OrigDst.Addr()
	}
	return f.OrigSrc.Addr()
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// String returns the packet as people write it:
// "tcp 203.0.113.7:40000 > 192.0.2.20:445 in eth0".
func (f *Flow) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s > %s", f.Proto, f.end(Src, SrcPort), f.end(Dst, DstPort))
	switch {
	case f.Has(ICMPType):
		fmt.Fprintf(&b, " type %d code %d", f.ICMPType, f.ICMPCode)
	case f.Has(TCPFlags) && f.TCPFlags != SYN:
		fmt.Fprintf(&b, " flags %s", FlagString(f.TCPFlags))
	}
	if f.In != "" {
		b.WriteString(" in " + f.In)
	}
	if f.Out != "" {
		b.WriteString(" out " + f.Out)
	}
	if f.State != New {
		b.WriteString(" " + f.State.String())
	}
	if f.Mark != 0 {
		fmt.Fprintf(&b, " mark %#x", f.Mark)
	}
	return b.String()
}

// end returns one end of the packet: address and, if it has ports, port.
func (f *Flow) end(addr, port Field) string {
	host := "?"
	if f.Knows(addr) {
		host = f.addr(addr).String()
	}
	if !f.Has(port) {
		return host
	}
	service := "?"
	if f.Knows(port) {
		service = fmt.Sprint(f.number(port))
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + service
}
