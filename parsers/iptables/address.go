package iptables

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// notation is how a native program reads an IPv4 address.
type notation uint8

const (
	// strict is inet_pton: four decimal bytes, none of which begins with a zero.
	strict notation = iota + 1
	// loose is inet_aton, of which a resolver's getaddrinfo makes use: numbers as
	// in C, so that 010 is 8, and the last stands for all bytes that are left.
	loose
	// looseDecimal is loose without hexadecimal numbers, which ipset refuses.
	looseDecimal
	// short reads bytes as in C, and bytes that are left out at the end are 0:
	// "10/8" (xtables_numeric_to_ipaddr in libxtables/xtables.c).
	short
	// resolved is short and, where that fails, loose: the options that take the
	// names of hosts too.
	resolved
)

// addr reads an address of the family.
func (w word) addr(family int, how notation) (netip.Addr, error) {
	a, ok := parseAddr(w.text, family, how)
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

// parseAddr reads an address.
func parseAddr(s string, family int, how notation) (netip.Addr, bool) {
	if family == packet.IPv6 {
		a, err := netip.ParseAddr(s)
		return a.WithZone(""), err == nil && a.Is6() // a zone is read, and dropped
	}
	switch how {
	case strict:
		a, err := netip.ParseAddr(s)
		return a, err == nil && a.Is4()
	case looseDecimal:
		if strings.ContainsAny(s, "xX") {
			return netip.Addr{}, false
		}
	case short, resolved:
		if a, ok := parseShort(s); ok || how == short {
			return a, ok
		}
	case loose:
	}
	return parseLoose(s)
}

// parseShort reads up to four bytes; the others are 0.
func parseShort(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var bytes [4]byte
	for i, part := range parts {
		n, ok := cNumber(part)
		if !ok || n > 255 {
			return netip.Addr{}, false
		}
		bytes[i] = byte(n)
	}
	return netip.AddrFrom4(bytes), true
}

// parseLoose reads up to three bytes, and a number that fills the rest.
func parseLoose(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var bytes [4]byte
	for i, part := range parts {
		n, ok := cNumber(part)
		last := i == len(parts)-1
		if !ok || !last && n > 255 || last && n>>(8*(4-i)) != 0 {
			return netip.Addr{}, false
		}
		for at := 3; last && at >= i; at-- {
			bytes[at] = byte(n)
			n >>= 8
		}
		if !last {
			bytes[i] = byte(n)
		}
	}
	return netip.AddrFrom4(bytes), true
}

// length reads a prefix length.
func (w word) length(most int) (int, error) {
	n, ok := cNumber(w.text)
	if !ok || n > uint64(most) {
		return 0, &valueError{w, fmt.Sprintf("a prefix length from 0 to %d", most)}
	}
	return int(n), nil
}

// mask reads what stands after the slash that follows a: a prefix length, or a
// mask with all its bytes.
func (w word) mask(a netip.Addr) (netip.Addr, error) {
	if !strings.ContainsAny(w.text, ".:") {
		n, err := w.length(a.BitLen())
		if err != nil {
			return netip.Addr{}, err
		}
		return lengthMask(n, a.BitLen()), nil
	}
	family := packet.IPv4
	if a.Is6() {
		family = packet.IPv6
	}
	mask, ok := parseAddr(w.text, family, short)
	if !ok || a.Is4() && strings.Count(w.text, ".") != 3 {
		return netip.Addr{}, &valueError{w, "a prefix length or a network mask"}
	}
	return mask, nil
}

// lengthMask returns the mask whose first n bits of so many are set.
func lengthMask(n, bits int) netip.Addr {
	bytes := make([]byte, bits/8)
	for i := range n {
		bytes[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(bytes)
	return a
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
func (w word) network(f packet.Field, family int, how notation) (*packet.Boxes, error) {
	host, m, has := w.cut('/')
	a, err := host.addr(family, how)
	if err != nil {
		return nil, err
	}
	if !has {
		return packet.Addresses(f, packet.OneAddr(a)), nil
	}
	mask, err := m.mask(a)
	if err != nil {
		return nil, err
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
func (w word) addrRange(family int, how notation) (packet.AddrRange, error) {
	lo, hi, both := w.cut('-')
	first, err := lo.addr(family, how)
	if err != nil {
		return packet.AddrRange{}, &valueError{w, "an address or a range of addresses of IPv" + familyDigit(family)}
	}
	if !both {
		return packet.OneAddr(first), nil
	}
	last, err := hi.addr(family, how)
	if err != nil {
		return packet.AddrRange{}, &valueError{hi, "an IPv" + familyDigit(family) + " address"}
	}
	if last.Less(first) {
		return packet.AddrRange{}, &valueError{w, reversed}
	}
	return packet.AddrRange{First: first, Last: last}, nil
}
