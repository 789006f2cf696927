package nftables

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// atom is a run of values of one type: numbers and IPv4 addresses from lo to
// hi, else IPv6 addresses or an interface.
type atom struct {
	lo, hi uint32
	wide   *packet.AddrRange
	name   *packet.Pattern
}

// entry is one element of a set: an atom for each part of its key.
type entry struct {
	atoms      []atom
	star       bool // the default element
	expires    bool
	guarded    bool // a limit or the like decides whether it is found
	file       int32
	start, end int32
	data       *node // in a map
}

// valueError is a mistake in a value: nft refuses it.
type valueError struct {
	node    *node
	message string
}

func (e *valueError) Error() string { return e.message }

// unresolvedError is a name that nft looks up when it loads the script, and
// that is not known here.
type unresolvedError struct {
	node    *node
	message string
}

func (e *unresolvedError) Error() string { return e.message }

func wrong(n *node, expected string) error {
	return &valueError{n, "expected " + expected + ", not " + quote(shown(n))}
}

// shown returns an expression as it is shown in a message.
func shown(n *node) string {
	switch n.kind {
	case nodeWord, nodeString:
		return n.text
	case nodeVar:
		return "$" + n.text
	case nodeRef:
		return "@" + n.text
	case nodeSet:
		return "{ … }"
	case nodePrefix:
		return shown(n.kids[0]) + "/" + shown(n.kids[1])
	case nodeRange:
		return shown(n.kids[0]) + "-" + shown(n.kids[1])
	}
	if n.text != "" {
		return n.text
	}
	return "…"
}

// atomOf reads a value, a range or a prefix of a type.
func (b *builder) atomOf(n *node, t *dataType) (atom, error) {
	n = b.resolve(n)
	switch n.kind {
	case nodeRange:
		lo, err := b.atomOf(n.kids[0], t)
		if err != nil {
			return lo, err
		}
		hi, err := b.atomOf(n.kids[1], t)
		if err != nil {
			return hi, err
		}
		return joined(n, lo, hi)
	case nodePrefix:
		return b.prefix(n, t)
	case nodeBinary:
		v, err := b.constant(n, t)
		return atom{lo: v, hi: v}, err
	case nodeWord, nodeString:
		return b.single(n, t)
	case nodeElement:
		return b.atomOf(n.kids[0], t)
	}
	return atom{}, wrong(n, "a value")
}

// joined returns the range from one value to another.
func joined(n *node, lo, hi atom) (atom, error) {
	switch {
	case lo.name != nil || hi.name != nil:
		return atom{}, wrong(n, "the name of an interface")
	case (lo.wide != nil) != (hi.wide != nil):
		return atom{}, wrong(n, "two values of one kind")
	case lo.wide != nil:
		if hi.wide.Last.Less(lo.wide.First) {
			return atom{}, &valueError{n, "the range ends before it begins"}
		}
		return atom{wide: &packet.AddrRange{First: lo.wide.First, Last: hi.wide.Last}}, nil
	case hi.hi < lo.lo:
		return atom{}, &valueError{n, "the range ends before it begins"}
	}
	return atom{lo: lo.lo, hi: hi.hi}, nil
}

// prefix reads ADDRESS/LENGTH. Host bits mean nothing.
func (b *builder) prefix(n *node, t *dataType) (atom, error) {
	first, err := b.atomOf(n.kids[0], t)
	if err != nil {
		return first, err
	}
	width := 128
	if first.wide == nil {
		width = bits.Len32(t.most)
		if t.kind == addresses {
			width = 32
		}
	}
	size, ok := number(b.resolve(n.kids[1]).text)
	if !ok || int(size) > width || first.name != nil {
		return atom{}, wrong(n.kids[1], "a prefix length from 0 to "+strconv.Itoa(width))
	}
	if first.wide != nil {
		r := packet.PrefixRange(netip.PrefixFrom(first.wide.First, int(size)))
		return atom{wide: &r}, nil
	}
	host := uint32(uint64(1)<<(width-int(size)) - 1)
	return atom{lo: first.lo &^ host, hi: first.lo&^host | host}, nil
}

// single reads one value of a type.
func (b *builder) single(n *node, t *dataType) (atom, error) {
	switch t.kind {
	case addresses:
		return b.address(n, t)
	case ifaceNames:
		if _, ok := number(n.text); ok && t.name == "iface_index" {
			return atom{}, &unresolvedError{n, "which interface has number " + n.text + " is not known"}
		}
		return interfaceAtom(n)
	case opaques:
		return atom{}, nil
	case numbers:
	}
	v, err := b.numberOf(n, t)
	return atom{lo: v, hi: v}, err
}

// address reads an address. Names of hosts are looked up when nft loads the
// script.
func (b *builder) address(n *node, t *dataType) (atom, error) {
	v, ok := dotted(n.text)
	if !ok {
		v, ok = number(n.text) // as one number of 32 bits
	}
	if ok && t.family == packet.IPv4 {
		return atom{lo: v, hi: v}, nil
	}
	a, err := netip.ParseAddr(n.text)
	if err == nil && a.Is6() && a.Zone() == "" && t.family == packet.IPv6 {
		return atom{wide: &packet.AddrRange{First: a, Last: a}}, nil
	}
	if err == nil || !isHostName(n.text) {
		return atom{}, wrong(n, [...]string{packet.IPv4: "an IPv4 address", packet.IPv6: "an IPv6 address"}[t.family])
	}
	if !strings.Contains(n.text, ".") && n.text != "localhost" {
		return atom{}, wrong(n, "an address")
	}
	return atom{}, &unresolvedError{n, "the addresses of host " + quote(n.text) + " are not known"}
}

// isHostName reports whether s may be the name of a host, and no address.
func isHostName(s string) bool {
	return s != "" && !strings.ContainsAny(s, ":/") && (classes[s[0]]&isDigit == 0 || classes[s[len(s)-1]]&isDigit == 0)
}

// dotted reads an IPv4 address, in which a part with a leading zero is octal
// (inet_aton(3)).
func dotted(s string) (uint32, bool) {
	var v uint32
	for i := range 4 {
		part, rest, more := strings.Cut(s, ".")
		if more != (i < 3) || part == "" {
			return 0, false
		}
		n, ok := number(part)
		if !ok || n > 255 {
			return 0, false
		}
		v = v<<8 | n
		s = rest
	}
	return v, true
}

// number reads a decimal, hexadecimal or, with a leading zero, octal number.
func number(s string) (uint32, bool) {
	if s == "" || classes[s[0]]&isDigit == 0 || strings.ContainsAny(s, "_obOB") && !strings.HasPrefix(s, "0x") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 0, 32)
	return uint32(n), err == nil
}

// maxInterfaceName is the length of the longest name of an interface
// (IFNAMSIZ, less the byte that ends it).
const maxInterfaceName = 15

// interfaceAtom reads the name of an interface: a star at its end stands for any
// rest, unless a backslash makes it literal.
func interfaceAtom(n *node) (atom, error) {
	text := n.text
	prefix := false
	switch {
	case strings.HasSuffix(text, `\*`):
		text = text[:len(text)-2] + "*"
	case text == "*":
		return atom{}, &valueError{n, "a star alone is no interface"}
	case strings.HasSuffix(text, "*"):
		text, prefix = text[:len(text)-1], true
	}
	if text == "" || len(text) > maxInterfaceName {
		return atom{}, wrong(n, "the name of an interface, of at most 15 bytes")
	}
	return atom{name: &packet.Pattern{Text: strings.Clone(text), Prefix: prefix}}, nil
}

// numberOf reads a number, by its name if the type has names.
func (b *builder) numberOf(n *node, t *dataType) (uint32, error) {
	n = b.resolve(n)
	switch n.kind {
	case nodeBinary, nodeList:
		return b.constant(n, t)
	case nodeWord, nodeString:
	default:
		return 0, wrong(n, "a number")
	}
	text := n.text
	if v, ok := t.words[text]; ok {
		return v, nil
	}
	if v, ok := number(text); ok {
		if v > t.most {
			return 0, wrong(n, "a number up to "+strconv.FormatUint(uint64(t.most), 10))
		}
		return v, nil
	}
	switch t.name {
	case "inet_service":
		if p, ok := names.Port(text); ok {
			return uint32(p), nil
		}
		if isName(text) {
			if near, ok := suggest.Nearest(text, names.Ports()); ok {
				return 0, &valueError{n, "unknown service " + quote(text) + "; did you mean " + near + "?"}
			}
			return 0, &unresolvedError{n, "the port of service " + quote(text) + " is not known"}
		}
	case "inet_proto":
		if p, ok := names.Protocol(text); ok {
			return uint32(p), nil
		}
	case "integer", "mark":
		if v, ok := seconds(text); ok {
			return v, nil
		}
	}
	return 0, &valueError{n, "expected a value, not " + quote(text) + suggest.DidYouMean(text, sortedKeys(t.words))}
}

func isName(s string) bool { return s != "" && classes[s[0]]&isLetter != 0 }

// seconds reads a time like 1h30m.
func seconds(s string) (uint32, bool) {
	total, at := uint64(0), 0
	for at < len(s) {
		start := at
		for at < len(s) && classes[s[at]]&isDigit != 0 {
			at++
		}
		n, err := strconv.ParseUint(s[start:at], 10, 32)
		if err != nil || at == len(s) {
			return 0, false
		}
		switch s[at] {
		case 'd':
			n *= 24 * 3600
		case 'h':
			n *= 3600
		case 'm':
			n *= 60
		case 's':
		default:
			return 0, false
		}
		at++
		total += n
	}
	return uint32(total), total > 0 && total < 1<<32
}

// constant works out an expression of numbers. A list is the union of its flags.
func (b *builder) constant(n *node, t *dataType) (uint32, error) {
	n = b.resolve(n)
	switch n.kind {
	case nodeBinary:
		x, err := b.constant(n.kids[0], t)
		if err != nil {
			return 0, err
		}
		y, err := b.constant(n.kids[1], t)
		if err != nil {
			return 0, err
		}
		return operate(n.text, x, y), nil
	case nodeList:
		if !t.flags {
			return 0, &valueError{n, "only flags can be listed with commas; expected a set in braces"}
		}
		var all uint32
		for _, k := range n.kids {
			v, err := b.constant(k, t)
			if err != nil {
				return 0, err
			}
			all |= v
		}
		return all, nil
	default:
		return b.numberOf(n, t)
	}
}

func operate(op string, x, y uint32) uint32 {
	switch op {
	case "&":
		return x & y
	case "|":
		return x | y
	case "^":
		return x ^ y
	case "<<":
		return x << min(y, 32)
	case ">>":
		return x >> min(y, 32)
	}
	return x
}

// addr4 returns the IPv4 address of a number.
func addr4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// addrRange returns the addresses of an atom.
func (a *atom) addrRange() packet.AddrRange {
	if a.wide != nil {
		return *a.wide
	}
	return packet.AddrRange{First: addr4(a.lo), Last: addr4(a.hi)}
}

// constant32 reports whether an atom is one number.
func (a *atom) isOne() bool { return a.wide == nil && a.name == nil && a.lo == a.hi }
