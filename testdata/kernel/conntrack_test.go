//go:build kernel && linux

package kernel_test

import (
	"encoding/binary"
	"net/netip"
	"syscall"
)

// Attributes and flags of connection tracking's messages (linux/netfilter/nfnetlink_conntrack.h).
const (
	ctaTupleOrig  = 1
	ctaTupleReply = 2
	ctaStatus     = 3
	ctaProtoInfo  = 4
	ctaTimeout    = 7

	ctStatus = 2 | 4 | 8 // seen a reply, assured, confirmed
)

// flushConnections forgets every connection of the namespace.
func (s *nfSocket) flushConnections() error {
	return s.do(subsysCT, ctDelete, 0, syscall.AF_UNSPEC, 0, nil)
}

// establish opens the connection that the packet is to belong to.
func (s *nfSocket) establish(p *testPacket) error {
	first := *p
	switch p.State {
	case stateReply:
		first.Src, first.Dst, first.SPort, first.DPort = p.Dst, p.Src, p.DPort, p.SPort
	case stateRelated:
		first = *p.quoted()
	}
	reply := first
	reply.Src, reply.Dst, reply.SPort, reply.DPort = first.Dst, first.Src, first.DPort, first.SPort
	if first.isICMP() {
		// The tuple of an echo has the types of its request and reply.
		first.Type, reply.Type = 8, 0
		if p.is6() {
			first.Type, reply.Type = 128, 129
		}
	}
	a := attribute(nil, ctaTupleOrig|nested, tuple(&first)...)
	a = attribute(a, ctaTupleReply|nested, tuple(&reply)...)
	a = attribute(a, ctaStatus, binary.BigEndian.AppendUint32(nil, ctStatus)...)
	a = attribute(a, ctaTimeout, binary.BigEndian.AppendUint32(nil, 600)...)
	if first.Proto == protoTCP {
		info := attribute(nil, 1, 3)             // established
		info = attribute(info, 4, 0x08, 0x08)    // liberal about windows, in both directions
		info = attribute(info, 5, 0x08, 0x08)    //
		info = attribute(nil, 1|nested, info...) // TCP
		a = attribute(a, ctaProtoInfo|nested, info...)
	}
	family := uint8(syscall.AF_INET)
	if p.is6() {
		family = syscall.AF_INET6
	}
	return s.do(subsysCT, ctNew, syscall.NLM_F_CREATE|syscall.NLM_F_EXCL, family, 0, a)
}

// tuple returns the attributes of one direction of a connection.
func tuple(p *testPacket) []byte {
	address := func(b []byte, kind uint16, a netip.Addr) []byte { return attribute(b, kind, a.AsSlice()...) }
	var ip []byte
	base := uint16(1)
	if p.is6() {
		base = 3
	}
	ip = address(address(ip, base, p.Src), base+1, p.Dst)
	proto := attribute(nil, 1, p.Proto)
	switch {
	case p.hasPorts():
		proto = attribute(proto, 2, byte(p.SPort>>8), byte(p.SPort))
		proto = attribute(proto, 3, byte(p.DPort>>8), byte(p.DPort))
	case p.isICMP():
		kind := uint16(4)
		if p.is6() {
			kind = 7
		}
		proto = attribute(proto, kind, 0x01, 0x07)
		proto = attribute(proto, kind+1, p.Type)
		proto = attribute(proto, kind+2, p.Code)
	}
	return attribute(attribute(nil, 1|nested, ip...), 2|nested, proto...)
}
