//go:build kernel && linux

package kernel_test

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/netip"
	"slices"
)

// SCTP chunk types that connection tracking takes for the first and for a later packet.
const (
	sctpData = 0
	sctpInit = 1
)

// Bytes of an Ethernet header, and where its parts begin.
const (
	etherHeader = 14
	etherSource = 6
	etherType   = 12
)

// frames returns the packet as Ethernet frames for a device with the given address.
func (p *testPacket) frames(device [6]byte) [][]byte {
	head := make([]byte, etherHeader)
	copy(head, device[:])
	switch {
	case p.Dst.IsMulticast() && p.is6():
		copy(head, []byte{0x33, 0x33, 0, 0, 0, 1})
	case p.Dst.IsMulticast():
		copy(head, []byte{1, 0, 0x5e, 0, 0, 1})
	case isBroadcast(p.Dst):
		copy(head, []byte{255, 255, 255, 255, 255, 255})
	}
	copy(head[etherSource:], []byte{2, 0, 0, 0, 0xee, 1})
	if p.SrcMAC != "" {
		if mac, err := hex.DecodeString(p.SrcMAC); err == nil {
			copy(head[etherSource:etherType], mac)
		}
	}
	binary.BigEndian.PutUint16(head[etherType:], 0x0800)
	if p.is6() {
		binary.BigEndian.PutUint16(head[etherType:], 0x86dd)
	}
	packet := p.bytes()
	if !p.Fragments {
		return [][]byte{slices.Concat(head, packet)}
	}
	var frames [][]byte
	for _, fragment := range fragments4(packet) {
		frames = append(frames, append(append([]byte(nil), head...), fragment...))
	}
	return frames
}

// fragments4 cuts an IPv4 packet in two behind the eighth byte of its payload.
func fragments4(packet []byte) [][]byte {
	const header, cut = 20, 28
	first := append([]byte(nil), packet[:cut]...)
	second := append(append([]byte(nil), packet[:header]...), packet[cut:]...)
	binary.BigEndian.PutUint16(first[6:], 0x2000) // more fragments
	binary.BigEndian.PutUint16(second[6:], 1)     // offset in units of eight bytes
	for _, f := range [][]byte{first, second} {
		binary.BigEndian.PutUint16(f[2:], uint16(len(f)))
		binary.BigEndian.PutUint16(f[10:], 0)
		binary.BigEndian.PutUint16(f[10:], checksum(0, f[:header]))
	}
	return [][]byte{first, second}
}

// bytes returns the packet from its IP header on, padded to its length.
func (p *testPacket) bytes() []byte {
	payload := p.Payload
	packet := p.assemble(payload)
	if missing := p.Length - len(packet); missing > 0 {
		packet = p.assemble(append(append([]byte(nil), payload...), make([]byte, missing)...))
	}
	return packet
}

func (p *testPacket) assemble(payload []byte) []byte {
	body := p.transport(payload)
	if p.is6() {
		return p.header6(body)
	}
	h := make([]byte, 20, 20+len(body))
	h[0], h[1], h[8], h[9] = 0x45, p.TOS, p.TTL, p.Proto
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(body)))
	binary.BigEndian.PutUint16(h[4:], 0x4d54)
	src, dst := p.Src.As4(), p.Dst.As4()
	copy(h[12:], src[:])
	copy(h[16:], dst[:])
	binary.BigEndian.PutUint16(h[10:], checksum(0, h))
	return append(h, body...)
}

// extensionNumbers are the protocol numbers of the extension headers that a packet can have.
var extensionNumbers = map[string]uint8{"hop": 0, "route": 43, "frag": 44, "auth": protoAH, "dst": 60}

func (p *testPacket) header6(body []byte) []byte {
	next := p.Proto
	for _, name := range slices.Backward(p.Extensions) {
		body = append(extension(name, next), body...)
		next = extensionNumbers[name]
	}
	h := make([]byte, 40, 40+len(body))
	binary.BigEndian.PutUint32(h, 6<<28|uint32(p.TOS)<<20)
	binary.BigEndian.PutUint16(h[4:], uint16(len(body)))
	h[6], h[7] = next, p.TTL
	src, dst := p.Src.As16(), p.Dst.As16()
	copy(h[8:], src[:])
	copy(h[24:], dst[:])
	return append(h, body...)
}

// extension returns an IPv6 extension header of the given kind that another follows.
func extension(name string, next uint8) []byte {
	switch name {
	case "frag": // an atomic fragment with identification 7
		return []byte{next, 0, 0, 0, 0, 0, 0, 7}
	case "route": // type 2, one segment left
		h := make([]byte, 24)
		h[0], h[1], h[2], h[3] = next, 2, 2, 1
		return h
	case "auth": // SPI 300
		h := make([]byte, 24)
		h[0], h[1] = next, 4
		binary.BigEndian.PutUint32(h[4:], 300)
		return h
	}
	return []byte{next, 0, 1, 4, 0, 0, 0, 0} // PadN over the rest
}

// transport returns the packet behind its IP headers.
func (p *testPacket) transport(payload []byte) []byte {
	switch p.Proto {
	case protoTCP:
		return p.tcp(payload)
	case protoUDP, protoUDPLite:
		b := make([]byte, 8, 8+len(payload))
		p.putPorts(b)
		if p.Proto == protoUDP {
			binary.BigEndian.PutUint16(b[4:], uint16(8+len(payload)))
		}
		b = append(b, payload...)
		binary.BigEndian.PutUint16(b[6:], p.sum(b))
		return b
	case protoICMP, protoICMPv6:
		return p.icmp(payload)
	case protoSCTP:
		return p.sctp(payload)
	case protoDCCP:
		return p.dccp(payload)
	case protoGRE:
		return append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, payload...) // less is not translated
	case protoESP:
		return append(binary.BigEndian.AppendUint32(nil, p.SPI), append(make([]byte, 12), payload...)...)
	case protoAH:
		b := make([]byte, 24)
		b[0], b[1] = protoNone, 4
		binary.BigEndian.PutUint32(b[4:], p.SPI)
		return slices.Concat(b, payload)
	case protoIPComp:
		b := []byte{protoUDP, 0, 0, 0}
		binary.BigEndian.PutUint16(b[2:], uint16(p.SPI))
		return append(b, payload...)
	}
	return append(make([]byte, 8), payload...)
}

func (p *testPacket) tcp(payload []byte) []byte {
	b := make([]byte, 20, 20+len(p.Options)+len(payload))
	p.putPorts(b)
	binary.BigEndian.PutUint32(b[4:], 1000)
	b[12], b[13] = uint8(5+len(p.Options)/4)<<4, p.Flags
	if p.Flags&flagACK != 0 {
		binary.BigEndian.PutUint32(b[8:], 2000)
	}
	binary.BigEndian.PutUint16(b[14:], 65535)
	b = append(append(b, p.Options...), payload...)
	binary.BigEndian.PutUint16(b[16:], p.sum(b))
	return b
}

func (p *testPacket) icmp(payload []byte) []byte {
	b := make([]byte, 8, 8+len(payload))
	b[0], b[1] = p.Type, p.Code
	if p.mustNotBeAnswered() && len(payload) == 0 {
		payload = p.quoted().bytes()
	} else {
		binary.BigEndian.PutUint16(b[4:], 0x0107) // identifier
	}
	b = append(b, payload...)
	sum := checksum(0, b)
	if p.Proto == protoICMPv6 {
		sum = p.sum(b)
	}
	binary.BigEndian.PutUint16(b[2:], sum)
	return b
}

// quoted returns the packet that an ICMP error is about: UDP from its receiver, to another port of its sender.
func (p *testPacket) quoted() *testPacket {
	return &testPacket{Src: p.Dst, Dst: p.Src, Proto: protoUDP, SPort: 5000, DPort: 53, TTL: 60}
}

func (p *testPacket) sctp(payload []byte) []byte {
	b := make([]byte, 12, 64)
	p.putPorts(b)
	if p.Chunk != sctpInit {
		binary.BigEndian.PutUint32(b[4:], 99) // verification tag; 0 for INIT
	}
	chunk := make([]byte, 20)
	chunk[0] = p.Chunk
	binary.BigEndian.PutUint16(chunk[2:], uint16(len(chunk)))
	binary.BigEndian.PutUint32(chunk[4:], 99)
	binary.BigEndian.PutUint32(chunk[8:], 65535)
	binary.BigEndian.PutUint16(chunk[12:], 1)
	binary.BigEndian.PutUint16(chunk[14:], 1)
	b = append(append(b, chunk...), payload...)
	// RFC 9260, appendix A: the CRC is sent with its lowest byte first.
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// dccp returns a request (RFC 4340, section 5.1), with its sequence number in the long form.
func (p *testPacket) dccp(payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	p.putPorts(b)
	b[4], b[8] = 5, 1 // words before the data; request, long
	b[15], b[19] = 1, 1
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[6:], p.sum(b))
	return b
}

func (p *testPacket) putPorts(b []byte) {
	binary.BigEndian.PutUint16(b, p.SPort)
	binary.BigEndian.PutUint16(b[2:], p.DPort)
}

// sum returns the checksum of a transport segment with its pseudo header.
func (p *testPacket) sum(segment []byte) uint16 {
	var pseudo []byte
	for _, a := range []netip.Addr{p.Src, p.Dst} {
		pseudo = append(pseudo, a.AsSlice()...)
	}
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(segment)))
	pseudo = append(pseudo, 0, 0, 0, p.Proto)
	return checksum(partial(0, pseudo), segment)
}

// checksum returns the Internet checksum (RFC 1071) of b on top of a partial sum.
func checksum(sum uint32, b []byte) uint16 {
	sum = partial(sum, b)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func partial(sum uint32, b []byte) uint32 {
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	return sum
}
