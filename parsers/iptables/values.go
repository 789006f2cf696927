package iptables

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// valueError is a value that the native tools refuse: what it is, and what was
// expected in its place.
type valueError struct {
	word     word
	expected string
}

const reversed = "a range whose start is not above its end"

// errReversed is a range whose start is above its end.
var errReversed = errors.New(reversed)

// Is tells reversed ranges from other bad values.
func (e *valueError) Is(target error) bool { return target == errReversed && e.expected == reversed }

// Error says what was expected.
func (e *valueError) Error() string {
	return fmt.Sprintf("bad value %s; expected %s", quote(e.word.text), e.expected)
}

// unresolvedError is a name that the native tools look up when the rules are loaded.
type unresolvedError struct {
	word word
	kind string // "host name"
}

// Error says that the name is looked up elsewhere.
func (e *unresolvedError) Error() string {
	return fmt.Sprintf("the %s %s is looked up on the machine that loads the rules", e.kind, quote(e.word.text))
}

// list cuts a word at its commas. A list has at least one part, and parts may be
// empty.
func (w word) list() []word {
	var parts []word
	start := 0
	for i := 0; i <= len(w.text); i++ {
		if i < len(w.text) && w.text[i] != ',' {
			continue
		}
		parts = append(parts, w.part(start, i))
		start = i + 1
	}
	return parts
}

// part returns some bytes of a word. In a quoted word places are those of the
// whole.
func (w word) part(from, to int) word {
	p := word{text: w.text[from:to], start: w.start + int32(from), end: w.start + int32(to)}
	if w.quoted {
		p.start, p.end, p.quoted = w.start, w.end, true
	}
	return p
}

// cut splits a word at the first separator.
func (w word) cut(sep byte) (before, after word, found bool) {
	i := strings.IndexByte(w.text, sep)
	if i < 0 {
		return w, word{}, false
	}
	return w.part(0, i), w.part(i+1, len(w.text)), true
}

// number reads a number up to most, decimal or, with 0x, hexadecimal.
func (w word) number(most uint64) (uint64, error) {
	n, err := strconv.ParseUint(w.text, 0, 64)
	if err != nil || n > most {
		return 0, &valueError{w, fmt.Sprintf("a number from 0 to %d", most)}
	}
	return n, nil
}

// numbers reads "n", "n:m", ":m" or "n:".
func (w word) numbers(most uint64) (packet.Range, error) {
	return w.numberRange(most, func(x word) (uint64, error) { return x.number(most) })
}

func (w word) numberRange(most uint64, read func(word) (uint64, error)) (packet.Range, error) {
	lo, hi, both := w.cut(':')
	if !both {
		n, err := read(w)
		return packet.One(uint32(n)), err
	}
	first, last := uint64(0), most
	var err error
	if lo.text != "" {
		if first, err = read(lo); err != nil {
			return packet.Range{}, err
		}
	}
	if hi.text != "" {
		if last, err = read(hi); err != nil {
			return packet.Range{}, err
		}
	}
	if first > last {
		return packet.Range{}, &valueError{w, reversed}
	}
	return packet.Range{First: uint32(first), Last: uint32(last)}, nil
}

// maxPort is the highest port.
const maxPort = 65535

// port reads a port: a number or the name of a service.
func (w word) port() (uint64, error) {
	if n, err := strconv.ParseUint(w.text, 0, 64); err == nil {
		if n > maxPort {
			return 0, &valueError{w, "a port from 0 to 65535"}
		}
		return n, nil
	}
	if p, ok := names.Port(strings.ToLower(w.text)); ok {
		return uint64(p), nil
	}
	if w.text == "" || strings.ContainsAny(w.text[:1], "-+!,.:/") || w.text[0] >= '0' && w.text[0] <= '9' {
		return 0, &valueError{w, "a port from 0 to 65535, a range of ports, or the name of a service"}
	}
	return 0, &unresolvedError{w, "service name"}
}

// ports reads a port or a range of ports.
func (w word) ports() (packet.Range, error) { return w.numberRange(maxPort, word.port) }

// masked reads value[/mask].
func (w word) masked(most uint64) (value, mask uint32, err error) {
	v, m, has := w.cut('/')
	n, err := v.number(most)
	if err != nil {
		return 0, 0, err
	}
	k := most
	if has {
		if k, err = m.number(most); err != nil {
			return 0, 0, err
		}
	}
	return uint32(n), uint32(k), nil
}

// addr reads an address of the family.
func (w word) addr(family int) (netip.Addr, error) {
	a, ok := parseAddr(w.text, family)
	switch {
	case ok:
		return a, nil
	case looksLikeHost(w.text):
		return a, &unresolvedError{w, "host name"}
	}
	return a, &valueError{w, "an IPv" + familyDigit(family) + " address"}
}

func familyDigit(family int) string {
	if family == packet.IPv6 {
		return "6"
	}
	return "4"
}

// parseAddr reads an address. In IPv4, missing bytes at the end are 0: "10/8"
// is an abbreviation (xtables_numeric_to_ipaddr in libxtables/xtables.c).
func parseAddr(s string, family int) (netip.Addr, bool) {
	if family == packet.IPv6 {
		a, err := netip.ParseAddr(s)
		return a.WithZone(""), err == nil && a.Is6() // a zone is read, and dropped
	}
	var bytes [4]byte
	at := 0
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || at == 4 {
			return netip.Addr{}, false
		}
		bytes[at] = byte(n)
		at++
	}
	return netip.AddrFrom4(bytes), true
}

// looksLikeHost reports whether s may be the name of a host, and is not a
// damaged address.
func looksLikeHost(s string) bool {
	letters, notHex := false, false
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case 'a' <= c && c <= 'z':
			letters = true
			notHex = notHex || c > 'f'
		case s[i] == '.':
			notHex = true
		case '0' <= s[i] && s[i] <= '9' || s[i] == '_' || s[i] == '-' && i > 0:
		default:
			return false
		}
	}
	return letters && notHex
}

// network reads addr[/length or /mask] as the packets whose field f lies in it.
// It returns nil for all of the family.
func (w word) network(f packet.Field, family int) (*packet.Boxes, error) {
	host, m, has := w.cut('/')
	a, err := host.addr(family)
	if err != nil {
		return nil, err
	}
	if !has {
		return packet.Addresses(f, packet.OneAddr(a)), nil
	}
	if isDigits(m.text) {
		n, err := strconv.Atoi(m.text)
		if err != nil || n > a.BitLen() {
			return nil, &valueError{m, fmt.Sprintf("a prefix length from 0 to %d", a.BitLen())}
		}
		if n == 0 {
			return nil, nil
		}
		return packet.Prefixes(f, netip.PrefixFrom(a, n)), nil
	}
	mask, ok := parseAddr(m.text, family)
	if !ok {
		return nil, &valueError{m, "a prefix length or a network mask"}
	}
	if n, ok := prefixLength(mask); ok {
		if n == 0 {
			return nil, nil
		}
		return packet.Prefixes(f, netip.PrefixFrom(a, n)), nil
	}
	return packet.MaskedAddr(f, mask, andAddr(a, mask)), nil
}

// prefixLength returns the length of a mask, and false if it has holes.
func prefixLength(mask netip.Addr) (int, bool) {
	n, open := 0, true
	for _, b := range mask.AsSlice() {
		for bit := 7; bit >= 0; bit-- {
			set := b>>bit&1 == 1
			if set && !open {
				return 0, false
			}
			if open = open && set; open {
				n++
			}
		}
	}
	return n, true
}

// andAddr returns a under a mask: the native tools clear the other bits.
func andAddr(a, mask netip.Addr) netip.Addr {
	x, m := a.AsSlice(), mask.AsSlice()
	for i := range x {
		x[i] &= m[i]
	}
	out, _ := netip.AddrFromSlice(x)
	return out
}

// addrRange reads "a" or "a-b".
func (w word) addrRange(family int) (packet.AddrRange, error) {
	lo, hi, both := w.cut('-')
	first, err := lo.addr(family)
	if err != nil {
		return packet.AddrRange{}, &valueError{w, "an address or a range of addresses of IPv" + familyDigit(family)}
	}
	if !both {
		return packet.OneAddr(first), nil
	}
	last, err := hi.addr(family)
	if err != nil {
		return packet.AddrRange{}, &valueError{hi, "an IPv" + familyDigit(family) + " address"}
	}
	if last.Less(first) {
		return packet.AddrRange{}, &valueError{w, reversed}
	}
	return packet.AddrRange{First: first, Last: last}, nil
}
