package iptables

import (
	"errors"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var transportMatches = []*module{
	newModule("tcp", needs(eachOption(lowerTCP), packet.TCP),
		"sport|source-port 1!", "dport|destination-port 1!", "tcp-flags 2!", "syn 0!", "tcp-option 1!"),
	newModule("udp", needs(eachOption(lowerPorts), packet.UDP), "sport|source-port 1!", "dport|destination-port 1!"),
	newModule("udplite", needs(eachOption(lowerPorts), packet.UDPLite), "sport|source-port 1!", "dport|destination-port 1!"),
	newModule("sctp", needs(eachOption(lowerPorts), packet.SCTP), "sport|source-port 1!", "dport|destination-port 1!", "chunk-types 2!"),
	newModule("dccp", needs(eachOption(lowerPorts), packet.DCCP),
		"sport|source-port 1!", "dport|destination-port 1!", "dccp-types 1!", "dccp-option 1!"),
	newModule("multiport", lowerMultiport,
		"sports|source-ports|source-port 1!", "dports|destination-ports|destination-port 1!", "ports|port 1!"),
	newModule("icmp", needs(eachOption(lowerICMP), packet.ICMP), "icmp-type 1!"),
	newModule("icmp6", needs(eachOption(lowerICMP), packet.ICMPv6), "icmpv6-type 1!"),
	newModule("icmpv6", needs(eachOption(lowerICMP), packet.ICMPv6), "icmpv6-type 1!"),
	newModule("esp", needs(eachOption(lowerHeaderNumber), 50), "espspi 1!"),
	newModule("ah", needs(eachOption(lowerHeaderNumber), 51), "ahspi 1!", "ahlen 1!", "ahres 0"),
	newModule("ipcomp", needs(eachOption(lowerHeaderNumber), 108), "ipcompspi 1!", "compres 0"),
	newModule("tcpmss", needs(eachOption(lowerHeaderNumber), packet.TCP), "mss 1!"),
	newModule("mh", needs(eachOption(lowerHeaderNumber), 135), "mh-type 1!"),
}

// needs wraps a lowering so that the match is refused without its protocol, as
// the native tools do.
func needs(lower func(*builder, *use), p packet.Proto) func(*builder, *use) {
	return func(b *builder, u *use) {
		// AH is an extension header in IPv6, which -p does not find.
		if (!b.protocolKnown || b.protocol != p) && (p != 51 || b.family != packet.IPv6) {
			if len(u.options) == 0 && !b.protocolKnown {
				o := u.asOption()
				b.unsupported(&o, 0, "-m %s without -p %s", u.name.text, protocolName(p))
				return
			}
			b.malformed(u.name, "-m %s needs -p %s", u.name.text, protocolName(p))
			return
		}
		lower(b, u)
	}
}

func protocolName(p packet.Proto) string {
	switch p {
	case packet.ICMPv6:
		return "ipv6-icmp"
	case 50:
		return "esp"
	case 51:
		return "ah"
	case 108:
		return "ipcomp"
	case 135:
		return "mh"
	}
	return p.String()
}

func lowerPorts(b *builder, o *option) {
	f := packet.DstPort
	switch o.name {
	case "sport":
		f = packet.SrcPort
	case "dport":
	default:
		b.unsupported(o, 0, "the match on %s looks into the transport header, which is not modelled", o.name)
		return
	}
	b.boxesOf(o, packet.Fields(f), o.name, func(w word) (*packet.Boxes, error) {
		r, err := w.ports()
		if errors.Is(err, errReversed) && (b.protocol == packet.UDP || b.protocol == packet.UDPLite) {
			return packet.Numbers(f), nil // taken by these two, and matched by nothing
		}
		if err != nil {
			return nil, err
		}
		return packet.Numbers(f, r), nil
	})
}

func lowerTCP(b *builder, o *option) {
	switch o.name {
	case "syn":
		b.match(o, tcpFlags(packet.FIN|packet.SYN|packet.RST|packet.ACK, packet.SYN))
	case "tcp-flags":
		mask, comp, err := readTCPFlags(o.args[0], o.args[1])
		if err != nil {
			b.fail(o, 0, err)
			return
		}
		b.match(o, tcpFlags(mask, comp))
	case "tcp-option":
		b.unsupported(o, 0, "TCP options are not modelled")
	default:
		lowerPorts(b, o)
	}
}

func tcpFlags(mask, comp uint8) *packet.Boxes {
	return packet.Masked(packet.TCPFlags, uint32(mask), uint32(comp))
}

// flagNames are the names of TCP flags (libxt_tcp.c); ECE and CWR have none.
var flagNames = map[string]uint8{
	"FIN": packet.FIN, "SYN": packet.SYN, "RST": packet.RST, "PSH": packet.PSH, "ACK": packet.ACK, "URG": packet.URG,
	"ALL":  packet.FIN | packet.SYN | packet.RST | packet.PSH | packet.ACK | packet.URG,
	"NONE": 0,
}

func readTCPFlags(mask, comp word) (m, c uint8, err error) {
	read := func(w word) (uint8, error) {
		var flags uint8
		for _, name := range w.list() {
			if name.text == "" && w.text != "" {
				continue // nothing between two commas
			}
			f, ok := flagNames[strings.ToUpper(name.text)]
			if !ok {
				return 0, &valueError{name, "flags out of FIN, SYN, RST, PSH, ACK, URG, or ALL or NONE"}
			}
			flags |= f
		}
		return flags, nil
	}
	if m, err = read(mask); err != nil {
		return 0, 0, err
	}
	c, err = read(comp)
	return m, c, err
}

// maxMultiport is how many ports a multiport match can hold, a range counting
// two (XT_MULTI_PORTS in xt_multiport.h).
const maxMultiport = 15

func lowerMultiport(b *builder, u *use) {
	if !b.protocolKnown || !b.protocol.HasPorts() {
		b.malformed(u.name, "-m multiport needs -p tcp, udp, udplite, sctp or dccp")
		return
	}
	for i := range u.options {
		b.multiport(&u.options[i])
	}
}

func (b *builder) multiport(o *option) {
	fields := map[string][]packet.Field{"sports": {packet.SrcPort}, "dports": {packet.DstPort}, "ports": {packet.SrcPort, packet.DstPort}}[o.name]
	var members []rules.Member
	var ranges []packet.Range
	slots := 0
	for _, w := range o.args[0].list() {
		r, err := w.ports()
		if err != nil {
			b.fail(o, packet.Fields(fields...), err)
			return
		}
		slots++
		if strings.Contains(w.text, ":") {
			slots++
			if w.text[0] == ':' || w.text[len(w.text)-1] == ':' || r.First == r.Last {
				b.malformed(w, "%s: bad value %s; expected both ends of the range, of which the second is above the first", o.word.text, quote(w.text))
				return
			}
		}
		ranges = append(ranges, r)
		members = append(members, rules.Member{Boxes: portBoxes(fields, r), Span: b.span(w)})
	}
	if slots > maxMultiport {
		b.malformed(o.args[0], "%s holds more than %d ports (a range counts two)", o.word.text, maxMultiport)
		return
	}
	b.match(o, portBoxes(fields, ranges...))
	if len(members) > 1 && !o.negated {
		b.terms[len(b.terms)-1].Origin = &rules.Origin{Members: members}
	}
}

// portBoxes returns the packets that have one of the ports in one of the fields.
func portBoxes(fields []packet.Field, rs ...packet.Range) *packet.Boxes {
	if len(fields) == 1 {
		return packet.Numbers(fields[0], rs...)
	}
	return packet.Union(packet.Numbers(fields[0], rs...), packet.Numbers(fields[1], rs...))
}

func lowerICMP(b *builder, o *option) {
	b.boxesOf(o, 0, o.name, func(w word) (*packet.Boxes, error) {
		t, err := readICMPType(w, b.family)
		if err != nil {
			return nil, err
		}
		if t.any {
			return packet.Any(packet.ICMPType), nil
		}
		types := packet.Number(packet.ICMPType, t.number)
		if t.anyCode {
			return types, nil
		}
		return packet.Product(types, packet.Number(packet.ICMPCode, t.code)), nil
	})
}

// lowerHeaderNumber lowers a test of a number in a header that is not modelled.
// Where it holds for every number, it holds.
func lowerHeaderNumber(b *builder, o *option) {
	if len(o.args) == 1 {
		most := uint64(1<<32 - 1)
		if o.name == "mss" {
			most = 1<<16 - 1
		}
		r, err := o.args[0].numbers(most)
		if errors.Is(err, errReversed) && o.name != "mss" {
			b.never = b.never || !o.negated // taken, and matched by nothing
			return
		}
		if err != nil && o.name != "mh-type" {
			b.fail(o, 0, err)
			return
		}
		if err == nil && r.First == 0 && uint64(r.Last) == most && o.name != "mss" {
			b.all(o)
			return
		}
	}
	b.unsupported(o, 0, "the match on %s looks into a header that is not modelled", o.name)
}

// icmpType is a type, or a type with a code.
type icmpType struct {
	number, code uint32
	anyCode, any bool
}

// readICMPType reads a type by number, number with code, or name.
func readICMPType(w word, family int) (icmpType, error) {
	if t, c, has := strings.Cut(w.text, "/"); isDigits(t) {
		n, err := strconv.ParseUint(t, 10, 8)
		if err == nil && !has {
			return icmpType{number: uint32(n), anyCode: true, any: n == 255 && family == packet.IPv4}, nil
		}
		code, codeErr := strconv.ParseUint(c, 10, 8)
		if err == nil && codeErr == nil {
			return icmpType{number: uint32(n), code: uint32(code)}, nil
		}
	}
	table := icmpNames
	if family == packet.IPv6 {
		table = icmpv6Names
	}
	name := strings.ToLower(w.text)
	if t, ok := table[name]; ok {
		return t, nil
	}
	var found []icmpType
	for n, t := range table {
		if name != "" && strings.HasPrefix(n, name) {
			found = append(found, t)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return icmpType{}, &valueError{w, "an ICMP type, as a number, number/code or name"}
}
