package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// query is a packet as trace takes it. What is nil is not given.
type query struct {
	ID       any     `json:"id"` // a text or a number; nil: none
	In       string  `json:"in"`
	Out      string  `json:"out"`
	Src      string  `json:"src"`
	Dst      string  `json:"dst"`
	Proto    any     `json:"proto"` // a name or a number
	SrcPort  *uint16 `json:"sport"`
	DstPort  *uint16 `json:"dport"`
	ICMPType *uint8  `json:"icmpType"`
	ICMPCode *uint8  `json:"icmpCode"`
	TCPFlags *string `json:"tcpflags"`
	Mark     uint32  `json:"mark"`
	State    string  `json:"state"`
	Hook     string  `json:"hook"`
}

// decodeFlow reads a line of --flows. Of one that is no packet the query holds
// the id, if that can be read.
func decodeFlow(line []byte) (*query, error) {
	if len(line) > maxFlow {
		return &query{}, fmt.Errorf("the line is longer than %d bytes", maxFlow)
	}
	q := &query{}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	d.UseNumber()
	err := d.Decode(q)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is text behind the packet")
		}
	}
	switch q.ID.(type) {
	case string, json.Number, nil:
	default:
		q.ID, err = nil, errors.New("id: expected a text or a number")
	}
	if err != nil {
		return &query{ID: idOf(line)}, fmt.Errorf("no packet: %w", plain(err))
	}
	return q, nil
}

// idOf returns the id of a line that is no packet, nil if there is none.
func idOf(line []byte) any {
	var q struct {
		ID any `json:"id"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&q); err != nil {
		return nil
	}
	switch q.ID.(type) {
	case string, json.Number:
		return q.ID
	}
	return nil
}

// plain returns a mistake in JSON in words that do not speak of this program's
// own types.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return errors.New(`expected an object like {"src": "203.0.113.7", "dst": "192.0.2.20", "proto": "tcp"}`)
	case errors.As(err, &wrong):
		expected := "a text"
		switch wrong.Field {
		case "sport", "dport":
			expected = "a port from 0 to 65535"
		case "icmpType", "icmpCode":
			expected = "a number from 0 to 255"
		case "mark":
			expected = "a number from 0 to 4294967295"
		}
		return fmt.Errorf("%s: expected %s", wrong.Field, expected)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the line ends within the object")
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	return errors.New(strings.Replace(text, "unknown field", "unknown key", 1))
}

var hooks = map[string]rules.Hook{"": 0, "forward": rules.Forward, "input": rules.Input, "output": rules.Output}

// flow returns the packet. Ports that are not given are not known.
func (q *query) flow() (packet.Flow, error) {
	f := packet.Flow{In: q.In, Out: q.Out, Mark: q.Mark}
	if _, ok := hooks[q.Hook]; !ok {
		return f, fmt.Errorf("unknown hook %q; expected forward, input or output", q.Hook)
	}
	var err error
	if f.Src, err = netip.ParseAddr(q.Src); err != nil {
		return f, fmt.Errorf("src: %q is no address", q.Src)
	}
	if f.Dst, err = netip.ParseAddr(q.Dst); err != nil {
		return f, fmt.Errorf("dst: %q is no address", q.Dst)
	}
	if f.Src.Is4() != f.Dst.Is4() {
		return f, fmt.Errorf("%s and %s are of different IP versions", q.Src, q.Dst)
	}
	if f.Proto, err = protocolOf(q.Proto); err != nil {
		return f, err
	}
	err = q.fields(&f)
	return f, err
}

// fields fills in what hangs on the protocol.
func (q *query) fields(f *packet.Flow) error {
	if f.Proto.HasPorts() {
		port := func(field packet.Field, given *uint16, into *uint16) {
			if given == nil {
				f.Lost |= packet.Fields(field)
				return
			}
			*into = *given
		}
		port(packet.SrcPort, q.SrcPort, &f.SrcPort)
		port(packet.DstPort, q.DstPort, &f.DstPort)
	}
	if f.Has(packet.ICMPType) {
		f.ICMPType = 8
		if f.Proto == packet.ICMPv6 {
			f.ICMPType = 128
		}
		if q.ICMPType != nil {
			f.ICMPType = *q.ICMPType
		}
		if q.ICMPCode != nil {
			f.ICMPCode = *q.ICMPCode
		}
	}
	if f.Proto == packet.TCP {
		f.TCPFlags = packet.SYN
		if q.TCPFlags != nil {
			flags, err := packet.ParseFlags(*q.TCPFlags)
			if err != nil {
				return err
			}
			f.TCPFlags = flags
		}
	}
	state, ok := stateOf(q.State)
	if !ok && q.State != "" {
		return fmt.Errorf("unknown state %q; expected new, established, related, invalid or untracked", q.State)
	}
	f.State = state
	return nil
}

// stateOf returns the connection state of that name.
func stateOf(name string) (packet.State, bool) {
	for s := packet.New; s <= packet.Untracked; s++ {
		if name == s.String() {
			return s, true
		}
	}
	return packet.New, false
}

// protocolOf returns the protocol of a name or a number.
func protocolOf(v any) (packet.Proto, error) {
	if v == nil {
		return 0, errors.New("proto: expected a name like tcp or a number")
	}
	s := fmt.Sprint(v)
	for _, p := range []packet.Proto{packet.TCP, packet.UDP, packet.ICMP, packet.ICMPv6, packet.SCTP, packet.DCCP, packet.UDPLite} {
		if strings.EqualFold(p.String(), s) {
			return p, nil
		}
	}
	for name, p := range map[string]packet.Proto{"gre": 47, "esp": 50, "ah": 51, "igmp": 2, "ipip": 4, "ipv6-icmp": packet.ICMPv6, "ospf": 89} {
		if strings.EqualFold(name, s) {
			return p, nil
		}
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("unknown protocol %q; expected a name like tcp or a number", s)
	}
	return packet.Proto(n), nil
}
