//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"net/netip"
	"slices"
)

// aims are the values at which the packets of a ruleset are aimed: what its conditions name, and what lies beside.
type aims struct {
	addrs  []netip.Addr
	ports  []uint16
	protos []uint8
	types  [][2]uint8 // of ICMP, with codes
	flags  []uint8
	marks  []uint32
	tos    []uint8
	length []int
}

// aimAtHosts makes the hosts of the router's surroundings aims.
func (m *maker) aimAtHosts() {
	for _, h := range hosts {
		if m.six {
			m.addrs = append(m.addrs, netip.MustParseAddr(h.six))
		} else {
			m.addrs = append(m.addrs, netip.MustParseAddr(h.four))
		}
	}
	m.ports = []uint16{80, 40000}
	m.protos = []uint8{protoTCP, protoTCP, protoUDP}
	m.flags = []uint8{flagSYN, flagSYN, flagSYN, flagACK, flagSYN | flagACK}
	m.types = [][2]uint8{{8, 0}}
	if m.six {
		m.types = [][2]uint8{{128, 0}}
	}
	m.marks = []uint32{0}
	m.tos = []uint8{0}
	m.length = []int{0}
}

func (m *maker) aimAddr(a netip.Addr) {
	m.addrs = append(m.addrs, a)
	if m.oneIn(2) && a.Next().IsValid() {
		m.addrs = append(m.addrs, a.Next())
	}
	if m.oneIn(2) && a.Prev().IsValid() {
		m.addrs = append(m.addrs, a.Prev())
	}
}

func (m *maker) aimPort(p uint16) {
	m.ports = append(m.ports, p)
	if m.oneIn(2) {
		m.ports = append(m.ports, p+1, p-1)
	}
}

func (m *maker) aimProto(name string) {
	n, ok := protocols[name]
	if !ok {
		n = 253
	}
	if name == "ipv6-icmp" {
		n = protoICMPv6
	}
	m.protos = append(m.protos, n)
}

// packetsPerRuleset is how many packets are tried on a random ruleset.
const packetsPerRuleset = 24

func (m *maker) packets() []*testPacket {
	var all []*testPacket
	for len(all) < packetsPerRuleset {
		if p := m.packet(); p != nil {
			p.Text = p.describe()
			all = append(all, p)
		}
	}
	return all
}

// packet returns a random packet, nil if the draw is none that the router takes.
func (m *maker) packet() *testPacket {
	p := &testPacket{
		Src: choose(m, m.addrs...), Dst: choose(m, m.addrs...), Proto: choose(m, m.protos...), TTL: 64, SPI: 256,
		TOS: choose(m, m.tos...), Length: choose(m, m.length...), Chunk: sctpInit,
	}
	if m.oneIn(12) {
		p.Proto = choose[uint8](m, protoGRE, protoSCTP, protoICMP, protoICMPv6, protoUDPLite, 253)
	}
	if m.translates && isEdge(p.Dst) {
		return nil // NETMAP may make it a broadcast address, or that of all routers
	}
	if m.oneIn(20) && !m.translates {
		p.Dst = m.manyReceivers()
	}
	switch {
	case p.Proto == protoSCTP:
		p.Length = 0 // of the chunk, which is not padded
	case p.Proto == protoAH && m.six, p.Proto == protoICMPv6 && !m.six, p.Proto == protoICMP && m.six:
		return nil
	}
	if p.Src == p.Dst || !isSender(p.Src) || !isReceiver(p.Dst) {
		return nil
	}
	p.In = facing(p.Src)
	if p.In == sent && (p.Dst.IsMulticast() || isBroadcast(p.Dst)) {
		return nil // by which interface they leave is a matter of more than the routes
	}
	if p.hasPorts() {
		p.SPort, p.DPort = choose(m, m.ports...), choose(m, m.ports...)
	}
	if p.Proto == protoTCP {
		p.Flags = choose(m, m.flags...)
	}
	if p.Proto == protoICMP || p.Proto == protoICMPv6 {
		kind := choose(m, m.types...)
		p.Type, p.Code = kind[0], kind[1]
	}
	if p.In == sent {
		p.Mark = choose(m, m.marks...)
	}
	m.join(p)
	if p.mustNotBeAnswered() && p.isICMP() {
		p.Length = 0 // padding would take the place of the packet that the error is about
	}
	return p
}

// join makes the packet belong to a connection, once in some times.
func (m *maker) join(p *testPacket) {
	if !m.oneIn(6) || p.In == sent || p.Dst.IsMulticast() || isBroadcast(p.Dst) {
		return
	}
	switch {
	case p.Proto == protoTCP:
		p.State, p.Flags = choose(m, stateEstablished, stateReply), choose[uint8](m, flagACK, flagACK|flagPSH)
	case p.Proto == protoUDP:
		p.State = choose(m, stateEstablished, stateReply)
	case p.Proto == protoICMP && !p.is6():
		p.Type, p.Code, p.State = 8, 0, stateEstablished
		if m.oneIn(2) {
			p.Type, p.Code, p.State = choose[uint8](m, 3, 11, 12), 0, stateRelated
		}
	case p.Proto == protoICMPv6 && p.is6():
		p.Type, p.Code, p.State = 128, 0, stateEstablished
		if m.oneIn(2) {
			p.Type, p.Code, p.State = choose[uint8](m, 1, 2, 3), 0, stateRelated
		}
	}
}

func (m *maker) manyReceivers() netip.Addr {
	if m.six {
		return netip.MustParseAddr("ff02::1")
	}
	return netip.MustParseAddr(choose(m, "224.0.0.1", "255.255.255.255", "203.0.113.255", "192.0.2.255"))
}

// isOwnNetworksEdge reports whether an address is the first or, in IPv4, the last of a network of the router: what they
// stand for is a matter of the kernel's version.
func isOwnNetworksEdge(a netip.Addr) (first, last bool) {
	for _, i := range interfaces {
		for _, text := range i.Addresses {
			p := netip.MustParsePrefix(text)
			if !p.Contains(a) {
				continue
			}
			first = first || p.Masked().Addr() == a
			last = last || a.Is4() && a.As4()[3] == 255
		}
	}
	return first, last
}

// isEdge reports whether an address is the first or the last of its network, if that is of the common length.
func isEdge(a netip.Addr) bool {
	if a.Is4() {
		return a.As4()[3] == 0 || a.As4()[3] == 255
	}
	bytes := a.As16()
	return [8]byte(bytes[8:]) == [8]byte{}
}

func isBroadcast(a netip.Addr) bool {
	_, last := isOwnNetworksEdge(a)
	return last || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// isSender reports whether the router believes that packets come from an address.
func isSender(a netip.Addr) bool {
	first, last := isOwnNetworksEdge(a)
	return isReceiver(a) && !first && !last && !a.IsMulticast() && !isBroadcast(a)
}

// isReceiver reports whether the router takes packets for an address.
func isReceiver(a netip.Addr) bool {
	first, _ := isOwnNetworksEdge(a)
	return !first && !a.IsLoopback() && !a.IsUnspecified() && !a.IsLinkLocalUnicast() && !a.Is4In6() &&
		(!a.Is4() || a.As4()[0] != 0 && a.As4()[0] < 240 || isBroadcast(a)) && (a.Is4() || a.As16()[0] == 0x20 || a.IsMulticast())
}

// describe returns the packet in the form that parsePacket reads.
func (p *testPacket) describe() string {
	end := func(a netip.Addr, port uint16) string {
		if p.hasPorts() {
			return netip.AddrPortFrom(a, port).String()
		}
		return a.String()
	}
	text := fmt.Sprintf("%d %s > %s in=%s", p.Proto, end(p.Src, p.SPort), end(p.Dst, p.DPort), p.In)
	if p.Proto == protoTCP {
		letters := ""
		for bit, letter := range flagLetters {
			if p.Flags>>bit&1 != 0 {
				letters += string(letter)
			}
		}
		if letters == "" {
			letters = "0"
		}
		text += " flags=" + letters
	}
	if p.isICMP() {
		text += fmt.Sprintf(" type=%d/%d", p.Type, p.Code)
	}
	if p.State != "" {
		text += " state=" + string(p.State)
	}
	for _, part := range slices.DeleteFunc([]string{
		nonZero("mark", uint64(p.Mark)), nonZero("tos", uint64(p.TOS)), nonZero("len", uint64(p.Length)),
	}, func(s string) bool { return s == "" }) {
		text += " " + part
	}
	return text
}

// nonZero returns a key with its value, and nothing if that is 0.
func nonZero(key string, n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s=%#x", key, n)
}
