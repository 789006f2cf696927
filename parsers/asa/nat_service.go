package asa

import (
	"cmp"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// natService is what a rule says of ports: what they are on the side of its real
// interface, and on that of its mapped one, of the source of packets that go
// from the former to the latter and of their destination. Nil: any.
type natService struct {
	protos               []packet.Range
	realSrc, realDst     []packet.Range
	mappedSrc, mappedDst []packet.Range
	unknown              string // why it is not known; empty: it is
	span                 source.Span
}

// portService returns the service of a rule for one port of the source.
func portService(proto packet.Proto, realPort, mappedPort uint16, span source.Span) natService {
	one := func(n uint32) []packet.Range { return []packet.Range{packet.One(n)} }
	return natService{protos: one(uint32(proto)), realSrc: one(uint32(realPort)), mappedSrc: one(uint32(mappedPort)), span: span}
}

// natService returns what a line says of ports.
func (n *natLowering) natService(line *natLine) natService {
	if line.proto != 0 {
		return portService(line.proto, line.realPort, line.mappedPort, line.span)
	}
	if line.realService == "" {
		return natService{}
	}
	s := natService{span: line.span}
	near, far := n.serviceObject(line.realService, line.span), n.serviceObject(line.mappedService, line.span)
	if s.unknown = cmp.Or(near.unknown, far.unknown); s.unknown != "" {
		return s
	}
	s.protos = near.protos
	s.realSrc, s.realDst = near.src, near.dst
	s.mappedSrc, s.mappedDst = far.src, far.dst
	if line.dynamic {
		s.realSrc, s.mappedSrc = nil, nil // services of dynamic rules carry destination ports only (7.2)
	}
	return s
}
