// Package packet is the algebra of packets: one packet, and sets of packets in
// which what is not known is a variable.
//
// A Flow is one packet. Boxes say, as plain data, where the values of some
// fields lie; they are what rules hold. A Universe turns boxes into Sets, which
// can be joined, intersected, subtracted and translated exactly:
//
//	u := packet.NewUniverse(packet.Space{Nodes: 1 << 20})
//	web := u.Box(packet.Numbers(packet.DstPort, packet.Range{First: 443, Last: 443}))
//	rest := u.Box(packet.Numbers(packet.Protocol, packet.One(uint32(packet.TCP)))).Minus(web)
//
// Sets are reduced, ordered, hash-consed binary decision diagrams with
// complement edges. Nobody outside the package can tell.
package packet
