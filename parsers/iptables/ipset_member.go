package iptables

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// setMember is one member of a set.
type setMember struct {
	parts    []setPart
	except   bool // "nomatch"
	wildcard bool // the interface is the beginning of a name
	expires  bool
	span     source.Span
}

// setPart is one dimension of a member.
type setPart struct {
	addrs packet.AddrRange
	ports packet.Range
	proto packet.Proto
	icmp  *icmpType
	name  string // interface or set
	bits  int    // of a network
}

// changeMember adds a member or deletes one.
func (l *lowering) changeMember(s *ipset, verb string, args []word, span source.Span, exist bool) error {
	if verb == "del" {
		all, err := s.alternatives(args[1])
		for i := 0; i < len(all) && err == nil; i++ {
			err = s.remove(all[i], args[1], exist)
		}
		return err
	}
	options, err := readSetOptions(args[2:])
	if err != nil {
		return err
	}
	m := setMember{span: span, expires: s.dynamic}
	if t, ok := options["timeout"]; ok {
		m.expires = t.text != "0"
	}
	_, m.except = options["nomatch"]
	_, m.wildcard = options["wildcard"]
	all, err := s.alternatives(args[1])
	for i := 0; i < len(all) && err == nil; i++ {
		if !l.mayExpand() {
			return &wordError{args[1], fmt.Sprintf("sets and lists hold more than %d members; this one is left out", l.limits.Expansion)}
		}
		m.parts = all[i]
		err = s.add(m, args[1], exist)
	}
	return err
}

// alternatives reads a member as the kernel keeps it: a range of networks is
// cut into networks, each of which is a member of its own length
// (ip_set_range_to_cidr in ip_set_core.c).
func (s *ipset) alternatives(w word) ([][]setPart, error) {
	parts, err := s.parts(w)
	if err != nil {
		return nil, err
	}
	all := [][]setPart{parts}
	if !strings.Contains(w.text, "-") {
		return all, nil
	}
	for i, dim := range s.dims {
		if dim != "net" {
			continue
		}
		var next [][]setPart
		for _, p := range parts[i].addrs.Prefixes() {
			for _, one := range all {
				one = slices.Clone(one)
				one[i] = setPart{addrs: packet.PrefixRange(p), bits: p.Bits()}
				next = append(next, one)
			}
		}
		all = next
	}
	return all, nil
}

// parts reads a member.
func (s *ipset) parts(w word) ([]setPart, error) {
	rest := w.list()
	if len(rest) != len(s.dims) {
		return nil, &wordError{w, fmt.Sprintf("bad member %s; expected %s", quote(w.text), strings.Join(s.dims, ","))}
	}
	parts := make([]setPart, len(rest))
	for i, dim := range s.dims {
		p, err := s.part(dim, rest[i])
		if err != nil {
			return nil, &wordError{rest[i], err.Error()}
		}
		parts[i] = p
	}
	return parts, nil
}

// add adds a member. One that says the same of the same packets is refused, or
// gives way where exist says so.
func (s *ipset) add(m setMember, w word, exist bool) error {
	key := m.key()
	if s.known == nil {
		s.known = map[string]int{}
	}
	at, found := s.known[key]
	switch {
	case !found:
		s.known[key] = len(s.members)
		s.members = append(s.members, m)
	case exist:
		s.members[at] = m
	default:
		return &wordError{w, "the set has the member " + quote(w.text) + " already"}
	}
	return nil
}

// remove deletes a member.
func (s *ipset) remove(parts []setPart, w word, exist bool) error {
	key := (&setMember{parts: parts}).key()
	at, found := s.known[key]
	switch {
	case found:
		last := len(s.members) - 1
		s.known[s.members[last].key()] = at
		s.members[at] = s.members[last]
		s.members = s.members[:last]
		delete(s.known, key)
	case !exist:
		return &wordError{w, "the set has no member " + quote(w.text)}
	}
	return nil
}

// key returns what tells a member from others.
func (m *setMember) key() string {
	var b []byte
	for i := range m.parts {
		p := &m.parts[i]
		b = fmt.Appendf(b, "%v %d %v %s", p.addrs, p.proto, p.ports, p.name)
		if p.icmp != nil {
			b = fmt.Appendf(b, " %v", *p.icmp)
		}
		b = append(b, ',')
	}
	return string(b)
}

// part reads one dimension of a member.
func (s *ipset) part(dim string, w word) (setPart, error) {
	switch dim {
	case "ip":
		p, err := s.addrPart(w)
		p.bits = 0
		return p, err
	case "net":
		return s.addrPart(w)
	case "port":
		return portPart(w, s.family)
	case "mark":
		n, err := w.number(allBits)
		return setPart{ports: packet.One(uint32(n))}, err
	default:
		return setPart{name: strings.Clone(w.text)}, nil
	}
}

func (s *ipset) addrPart(w word) (setPart, error) {
	if strings.Contains(w.text, "-") {
		r, err := w.addrRange(s.family, looseDecimal)
		switch {
		case err != nil:
		case s.family == packet.IPv6:
			err = &valueError{w, "an address or a network; sets of IPv6 take no ranges"}
		case s.netmask > 0:
			r = packet.AddrRange{First: s.network(r.First).First, Last: s.network(r.Last).Last}
		}
		return setPart{addrs: r}, err
	}
	host, length, has := w.cut('/')
	a, err := host.addr(s.family, looseDecimal)
	if err != nil {
		return setPart{}, err
	}
	bits := a.BitLen()
	if has {
		if bits, err = length.length(bits); err != nil {
			return setPart{}, err
		}
	}
	if s.netmask > 0 && s.netmask < bits {
		bits = s.netmask
	}
	return setPart{addrs: packet.PrefixRange(netip.PrefixFrom(a, bits)), bits: bits}, nil
}

// network returns the addresses that the set takes for the same as a.
func (s *ipset) network(a netip.Addr) packet.AddrRange {
	return packet.PrefixRange(netip.PrefixFrom(a, min(s.netmask, a.BitLen())))
}

// portPart reads [proto:]port[-port], or icmp:type/code, or proto:0.
func portPart(w word, family int) (setPart, error) {
	p := setPart{proto: packet.TCP}
	name, port, has := w.cut(':')
	if !has {
		port = w
	} else {
		number, ok := names.Protocol(name.text)
		if !ok {
			return p, &valueError{name, "a protocol"}
		}
		p.proto = number
	}
	if p.proto == packet.ICMP || p.proto == packet.ICMPv6 {
		t, err := readICMPType(port, family)
		p.icmp = &t
		return p, err
	}
	if !p.proto.HasPorts() {
		return p, nil
	}
	lo, hi, both := port.cut('-')
	first, err := lo.port()
	last := first
	if err == nil && both {
		last, err = hi.port()
	}
	if err != nil || first > last {
		return p, &valueError{port, "a port or a range of ports"}
	}
	p.ports = packet.Range{First: uint32(first), Last: uint32(last)}
	return p, nil
}
