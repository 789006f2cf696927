package pf_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var protocols = map[string]packet.Proto{
	"tcp": packet.TCP, "udp": packet.UDP, "icmp": packet.ICMP, "icmp6": packet.ICMPv6, "sctp": packet.SCTP,
	"gre": 47, "esp": 50, "ah": 51, "ospf": 89,
}

var verdicts = []string{"accept", "drop", "reject", "silent", "unknown"}

func readQuestion(line string) (*question, error) {
	if first, rest, _ := strings.Cut(line, " "); first == "reply" || first == "related" {
		return readAnswer(first, rest, line)
	}
	before, after, passed := strings.Cut(line, "=>")
	w := strings.Fields(before)
	if len(w) < 5 || w[3] != ">" {
		return nil, errors.New("expected VERDICT PROTOCOL SOURCE > DESTINATION")
	}
	q := &question{line: line, verdict: w[0]}
	if !slices.Contains(verdicts, q.verdict) {
		return nil, fmt.Errorf("unknown verdict %s", w[0])
	}
	var ok bool
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
	f.TCPFlags, f.ICMPType = opening(f.Proto)
	if err := q.options(w[5:]); err != nil {
		return nil, err
	}
	if q.hook == 0 && f.In == "" {
		q.hook = rules.Output
	}
	if passed {
		q.left, err = readLeft(strings.Fields(after))
	}
	return q, err
}

// opening returns the flags and the type of a packet that opens a conversation.
func opening(p packet.Proto) (flags, icmpType uint8) {
	switch p {
	case packet.TCP:
		return packet.SYN, 0
	case packet.ICMP:
		return 0, 8
	case packet.ICMPv6:
		return 0, 128
	}
	return 0, 0
}

// readAnswer reads "reply drop in em2".
func readAnswer(what, rest, line string) (*question, error) {
	w := strings.Fields(rest)
	if len(w) == 0 || !slices.Contains(verdicts, w[0]) {
		return nil, errors.New("expected a verdict")
	}
	q := &question{line: line, verdict: w[0], answer: packet.Established}
	if what == "related" {
		q.answer = packet.Related
	}
	if err := q.options(w[1:]); err != nil {
		return nil, err
	}
	return q, nil
}

// fill makes the packet that answers the one that left.
func (q *question) fill(to, went *packet.Flow, way rules.Hook) {
	f := &q.flow
	in := f.In
	*f = packet.Flow{
		Src: went.Dst, Dst: to.Src, SrcPort: went.DstPort, DstPort: to.SrcPort, Proto: to.Proto,
		State: q.answer, ConnMark: went.ConnMark, In: went.Out, Out: to.In,
	}
	switch f.Proto {
	case packet.TCP:
		f.TCPFlags = packet.SYN | packet.ACK
	case packet.ICMP:
		f.ICMPType = 0
	case packet.ICMPv6:
		f.ICMPType = 129
	}
	if q.answer == packet.Related {
		f.SrcPort, f.DstPort, f.TCPFlags, f.Proto, f.ICMPType, f.ICMPCode = 0, 0, 0, packet.ICMP, 3, 3
	}
	if in != "" {
		f.In = in
	}
	switch way {
	case rules.Input:
		q.hook, f.In = rules.Output, ""
	case rules.Output:
		q.hook, f.Out = rules.Input, ""
	default:
		q.hook = rules.Forward
	}
}

func orElse(n, otherwise int) int {
	if n < 0 {
		return otherwise
	}
	return n
}

func (q *question) options(w []string) error {
	for len(w) > 0 {
		if w[0] == "fragment" {
			q.flow.Fragment, w = true, w[1:]
			continue
		}
		if len(w) == 1 {
			return fmt.Errorf("%s: expected a value", w[0])
		}
		if err := q.option(w[0], w[1]); err != nil {
			return err
		}
		w = w[2:]
	}
	return nil
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
	case "tos":
		q.knowsTOS = true
		err = number(&f.TOS)
	case "flags":
		f.TCPFlags, err = packet.ParseFlags(value)
	case "hook":
		if value != "input" {
			return fmt.Errorf("unknown hook %s", value)
		}
		q.hook = rules.Input
	case "at":
		if q.test = value; value != "in" && value != "out" {
			err = fmt.Errorf("unknown test %s", value)
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

// readEnd reads "W:443", "10.0.1.5", "10.0.1.5:*", "10.0.1.5-10.0.1.9", "*",
// "W6:443", "[W6]:443", "[2001:db8::1]:443", "2001:db8::1".
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
