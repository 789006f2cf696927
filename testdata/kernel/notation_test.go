//go:build kernel && linux

package kernel_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// host is an address of each family that cases call by a letter.
type host struct{ letter, four, six string }

// hosts are the ends of the packets of the cases.
var hosts = []host{
	{"O", "198.51.100.7", "2001:db8:ffff::7"}, // outside
	{"D", "192.0.2.10", "2001:db8:1::10"},     // in the dmz
	{"E", "192.0.2.11", "2001:db8:1::11"},     // beside it
	{"I", "10.1.2.3", "2001:db8:2::3"},        // inside
	{"P", "203.0.113.10", "2001:db8::10"},     // published: on the outer network, answered for by nobody
	{"R", "203.0.113.1", "2001:db8::1"},       // the router, outer address
	{"Q", "192.0.2.1", "2001:db8:1::1"},       // the router, address in the dmz
}

// substitute puts addresses in the place of $O and its like.
func substitute(line string, six bool) string {
	for _, h := range hosts {
		if six {
			line = strings.ReplaceAll(line, "$"+h.letter, h.six)
		} else {
			line = strings.ReplaceAll(line, "$"+h.letter, h.four)
		}
	}
	return line
}

// protocols are the names of the protocols that packets are built for.
var protocols = map[string]uint8{
	"icmp": protoICMP, "tcp": protoTCP, "udp": protoUDP, "gre": protoGRE, "esp": protoESP, "ah": protoAH,
	"icmp6": protoICMPv6, "ipcomp": protoIPComp, "sctp": protoSCTP, "udplite": protoUDPLite,
}

// expectation is what a case wants of the kernel: a fate, and parts of the answer by their names.
type expectation struct {
	Fate  fate
	Parts map[string]string
}

// parsePacket reads a packet:
//
//	PROTOCOL SOURCE[:PORT] > DESTINATION[:PORT] [KEY=VALUE...] [=> FATE [KEY=VALUE...]]
//
// PROTOCOL is a name or a number; an end is an address (in brackets with a port, for IPv6) or a letter of hosts. Ports
// are 40000 and 80 if left out. Keys are in (device; - for the router itself), type (T or T/C of ICMP), flags (letters
// of FSRPAUEC, 0 for none), ttl, tos, mark, spi, len, chunk, mss, mac (hex), data (text), hex, ext (+-joined IPv6
// extension headers), state, fragments.
func parsePacket(line string, six bool) (*testPacket, error) {
	text, want, wanted := strings.Cut(line, "=>")
	p := &testPacket{Text: strings.TrimSpace(text), TTL: 64, SPort: 40000, DPort: 80, Flags: flagSYN, Type: 8, Chunk: sctpInit, SPI: 256}
	fields := strings.Fields(text)
	if len(fields) < 4 || fields[2] != ">" {
		return nil, fmt.Errorf("%q is not a packet", line)
	}
	if err := p.parseEnds(fields, six); err != nil {
		return nil, fmt.Errorf("packet %q: %w", line, err)
	}
	if six && p.Proto == protoICMP {
		p.Proto = protoICMPv6
	}
	if p.Proto == protoICMPv6 {
		p.Type = 128
	}
	p.In = facing(p.Src)
	for _, f := range fields[4:] {
		key, value, _ := strings.Cut(f, "=")
		set, ok := packetKeys[key]
		if !ok {
			return nil, fmt.Errorf("packet %q: unknown key %q", line, key)
		}
		if err := set(p, value); err != nil {
			return nil, fmt.Errorf("packet %q: %s: %w", line, key, err)
		}
	}
	if p.Proto == protoTCP && p.State != "" && !strings.Contains(text, "flags=") {
		p.Flags = flagACK
	}
	if !p.hasPorts() {
		p.SPort, p.DPort = 0, 0
	}
	if wanted {
		p.Want = parseWant(substitute(want, six))
	}
	return p, nil
}

func (p *testPacket) parseEnds(fields []string, six bool) (err error) {
	proto, ok := protocols[fields[0]]
	if !ok {
		n, err := strconv.ParseUint(fields[0], 10, 8)
		if err != nil {
			return fmt.Errorf("protocol %q is unknown", fields[0])
		}
		proto = uint8(n)
	}
	p.Proto = proto
	if p.Src, err = parseEnd(fields[1], six, &p.SPort); err != nil {
		return err
	}
	p.Dst, err = parseEnd(fields[3], six, &p.DPort)
	return err
}

// parseEnd returns the address of one end of a packet and sets its port, if one is given.
func parseEnd(text string, six bool, port *uint16) (netip.Addr, error) {
	for _, h := range hosts {
		rest, ok := strings.CutPrefix(text, h.letter)
		if !ok || rest != "" && rest[0] != ':' {
			continue
		}
		if six {
			text = "[" + h.six + "]" + rest
		} else {
			text = h.four + rest
		}
	}
	if ap, err := netip.ParseAddrPort(text); err == nil {
		*port = ap.Port()
		return ap.Addr(), nil
	}
	return netip.ParseAddr(strings.Trim(text, "[]"))
}

func parseWant(text string) *expectation {
	w := &expectation{Parts: map[string]string{}}
	for i, f := range strings.Fields(text) {
		key, value, found := strings.Cut(f, "=")
		switch {
		case i == 0:
			w.Fate = fate(f)
		case found:
			w.Parts[key] = value
		default:
			w.Parts["reason"] = f
		}
	}
	return w
}

// check returns in what the answer is not what the case wants, and nothing if it is.
func (w *expectation) check(a kernelAnswer) string {
	if a.Fate != w.Fate {
		return fmt.Sprintf("got %s, want %s", a, w.Fate)
	}
	got := map[string]string{
		"src": a.Src.String(), "dst": a.Dst.String(), "sport": strconv.Itoa(int(a.SPort)), "dport": strconv.Itoa(int(a.DPort)),
		"out": a.Out, "mark": fmt.Sprintf("%#x", a.Mark), "reason": a.Reason,
		"ttl": strconv.Itoa(int(a.TTL)), "tos": fmt.Sprintf("%#x", a.TOS),
	}
	for key, value := range w.Parts {
		if got[key] != value {
			return fmt.Sprintf("got %s %s=%s, want %s=%s", a, key, got[key], key, value)
		}
	}
	return ""
}

// packetKeys set the parts of a packet that stand behind its ends.
var packetKeys = map[string]func(*testPacket, string) error{
	"in":        func(p *testPacket, v string) error { p.In = v; return nil },
	"mac":       func(p *testPacket, v string) error { p.SrcMAC = v; return nil },
	"data":      func(p *testPacket, v string) error { p.Payload = []byte(v); return nil },
	"state":     func(p *testPacket, v string) error { p.State = ctState(v); return nil },
	"fragments": func(p *testPacket, _ string) error { p.Fragments = true; return nil },
	"ext":       func(p *testPacket, v string) error { p.Extensions = strings.Split(v, "+"); return nil },
	"hex":       func(p *testPacket, v string) (err error) { p.Payload, err = hex.DecodeString(v); return err },
	"ttl":       func(p *testPacket, v string) error { return number(v, &p.TTL) },
	"tos":       func(p *testPacket, v string) error { return number(v, &p.TOS) },
	"chunk":     func(p *testPacket, v string) error { return number(v, &p.Chunk) },
	"mark":      func(p *testPacket, v string) error { return number(v, &p.Mark) },
	"spi":       func(p *testPacket, v string) error { return number(v, &p.SPI) },
	"len":       func(p *testPacket, v string) error { return number(v, &p.Length) },
	"mss": func(p *testPacket, v string) error {
		var n uint16
		err := number(v, &n)
		p.Options = []byte{2, 4, byte(n >> 8), byte(n)}
		return err
	},
	"type": func(p *testPacket, v string) error {
		kind, code, found := strings.Cut(v, "/")
		if found {
			if err := number(code, &p.Code); err != nil {
				return err
			}
		}
		return number(kind, &p.Type)
	},
	"flags": func(p *testPacket, v string) error {
		p.Flags = 0
		for _, letter := range strings.Trim(v, "0") {
			bit := strings.IndexRune(flagLetters, letter)
			if bit < 0 {
				return fmt.Errorf("%q is no TCP flag", letter)
			}
			p.Flags |= 1 << bit
		}
		return nil
	},
}

// number reads a decimal or hexadecimal number.
func number[N uint8 | uint16 | uint32 | int](text string, to *N) error {
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil || uint64(N(n)) != n {
		return fmt.Errorf("%q is not a number that fits", text)
	}
	*to = N(n)
	return nil
}
