package asa_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var protocols = map[string]packet.Proto{
	"tcp": packet.TCP, "udp": packet.UDP, "icmp": packet.ICMP, "icmp6": packet.ICMPv6, "sctp": packet.SCTP,
	"gre": 47, "esp": 50, "ah": 51, "igmp": 2, "ospf": 89,
}

var verdicts = map[string]rules.Verdict{"accept": rules.Accept, "drop": rules.Drop, "unknown": rules.Undecided}

func readQuestion(line string) (*question, error) {
	before, after, passed := strings.Cut(line, "=>")
	w := strings.Fields(before)
	if len(w) < 5 || w[3] != ">" {
		return nil, errors.New("expected VERDICT PROTOCOL SOURCE > DESTINATION")
	}
	q := &question{line: line}
	var ok bool
	if q.verdict, ok = verdicts[w[0]]; !ok {
		return nil, fmt.Errorf("unknown verdict %s", w[0])
	}
	if q.flow.Proto, ok = protocols[w[1]]; !ok {
		n, err := strconv.ParseUint(w[1], 10, 8)
		if err != nil {
			return nil, err
		}
		q.flow.Proto = packet.Proto(n)
	}
	src, err := readEnd(w[2])
	if err != nil {
		return nil, err
	}
	dst, err := readEnd(w[4])
	if err != nil {
		return nil, err
	}
	f := &q.flow
	f.Src, f.Dst = src.first, dst.first
	if f.Proto.HasPorts() {
		f.SrcPort, f.DstPort = uint16(orElse(src.port, 40000)), uint16(orElse(dst.port, 40000))
	}
	switch f.Proto {
	case packet.TCP:
		f.TCPFlags = packet.SYN
	case packet.ICMP:
		f.ICMPType = 8
	case packet.ICMPv6:
		f.ICMPType = 128
	}
	for i := 5; i < len(w); i += 2 {
		if i+1 == len(w) {
			return nil, fmt.Errorf("%s: expected a value", w[i])
		}
		if err := q.option(w[i], w[i+1]); err != nil {
			return nil, err
		}
	}
	if f.In == "" {
		q.hook = rules.Output
	}
	if passed {
		q.left, err = readLeft(strings.Fields(after))
	}
	return q, err
}

func orElse(n, otherwise int) int {
	if n < 0 {
		return otherwise
	}
	return n
}

func (q *question) option(name, value string) error {
	number := func(to *uint8) error {
		n, err := strconv.ParseUint(value, 10, 8)
		*to = uint8(n)
		return err
	}
	var err error
	switch f := &q.flow; name {
	case "in":
		f.In = value
	case "out":
		f.Out = value
	case "type":
		err = number(&f.ICMPType)
	case "code":
		err = number(&f.ICMPCode)
	case "flags":
		f.TCPFlags, err = packet.ParseFlags(value)
	case "state":
		for f.State = packet.New; f.State.String() != value; f.State++ {
			if f.State > packet.Untracked {
				return fmt.Errorf("unknown state %s", value)
			}
		}
	default:
		err = fmt.Errorf("unknown word %s", name)
	}
	return err
}

func readLeft(w []string) (*left, error) {
	l := &left{src: end{port: -1}, dst: end{port: -1}}
	if n := len(w); n >= 2 && w[n-2] == "out" {
		l.out, w = w[n-1], w[:n-2]
	}
	var err error
	switch {
	case len(w) == 0 && l.out != "":
	case len(w) == 1 && w[0] == "here":
		l.here = true
	case len(w) == 1 && w[0] == "same":
		l.same = true
	case len(w) == 3 && w[1] == ">":
		if l.src, err = readEnd(w[0]); err == nil {
			l.dst, err = readEnd(w[2])
		}
	default:
		err = errors.New("expected SOURCE > DESTINATION, same or here")
	}
	return l, err
}

// readEnd reads "W:443", "10.0.1.5", "10.0.1.5:*", "10.0.1.5-10.0.1.9", "*", "[W6]:443".
func readEnd(s string) (end, error) {
	e := end{port: -1}
	host, port := s, ""
	switch i := strings.LastIndexByte(s, ':'); {
	case strings.HasPrefix(s, "["):
		host, port, _ = strings.Cut(s[1:], "]")
		port = strings.TrimPrefix(port, ":")
	case i >= 0 && strings.Count(s, ":") == 1:
		host, port = s[:i], s[i+1:]
	}
	if port != "" && port != "*" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return e, err
		}
		e.port = int(n)
	}
	if host == "*" {
		return e, nil
	}
	first, last, isRange := strings.Cut(host, "-")
	var err error
	if e.first, err = readAddr(first); err != nil || !isRange {
		e.last = e.first
		return e, err
	}
	e.last, err = readAddr(last)
	return e, err
}

func readAddr(s string) (netip.Addr, error) {
	if a, ok := addresses[s]; ok {
		s = a
	}
	return netip.ParseAddr(s)
}
