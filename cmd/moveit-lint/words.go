package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// parseFlow reads a packet as people, and reports, write it: "tcp
// 203.0.113.7:40000 > 192.0.2.20:445 in eth0 out eth1 state new".
func parseFlow(s string) (*query, error) {
	words := strings.Fields(s)
	if len(words) < 4 || words[2] != ">" {
		return nil, fmt.Errorf("bad packet %q; expected PROTOCOL ADDRESS[:PORT] > ADDRESS[:PORT] [in NAME] [out NAME] [state STATE] [hook HOOK]", s)
	}
	q := &query{Proto: words[0]}
	var err error
	if q.Src, q.SrcPort, err = endOf(words[1]); err != nil {
		return nil, err
	}
	if q.Dst, q.DstPort, err = endOf(words[3]); err != nil {
		return nil, err
	}
	for rest := words[4:]; len(rest) > 0; {
		if _, ok := stateOf(rest[0]); ok { // as reports write it
			q.State, rest = rest[0], rest[1:]
			continue
		}
		if len(rest) == 1 {
			return nil, fmt.Errorf("%q needs a value", rest[0])
		}
		if err := q.word(rest[0], rest[1]); err != nil {
			return nil, err
		}
		rest = rest[2:]
	}
	return q, nil
}

// word takes in a word of a packet with its value.
func (q *query) word(word, value string) error {
	switch word {
	case "in":
		q.In = value
	case "out":
		q.Out = value
	case "state":
		q.State = value
	case "hook":
		q.Hook = value
	case "flags":
		q.TCPFlags = &value
	case "type", "code":
		n, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			return fmt.Errorf("bad ICMP %s %q", word, value)
		}
		number := uint8(n)
		if word == "type" {
			q.ICMPType = &number
		} else {
			q.ICMPCode = &number
		}
	case "mark":
		n, err := strconv.ParseUint(value, 0, 32)
		if err != nil {
			return fmt.Errorf("bad mark %q", value)
		}
		q.Mark = uint32(n)
	default:
		return fmt.Errorf("unknown word %q in the packet; expected in, out, state, hook, flags, type, code or mark", word)
	}
	return nil
}

// endOf reads ADDRESS[:PORT]; an IPv6 address with a port stands in brackets. A
// port that is not known may be written as a question mark.
func endOf(s string) (addr string, port *uint16, err error) {
	host := strings.TrimSuffix(s, ":?")
	if host != s {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String(), nil, nil
	}
	if p, err := netip.ParseAddrPort(s); err == nil {
		n := p.Port()
		return p.Addr().String(), &n, nil
	}
	return "", nil, fmt.Errorf("bad address %q; expected ADDRESS or ADDRESS:PORT", s)
}
