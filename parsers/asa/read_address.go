package asa

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// addressWords are the words that begin an address.
var addressWords = []string{"any", "any4", "any6", "host", "object", "object-group", "interface"}

// address consumes an address as access lists write it.
func (r *reader) address(l *line) address {
	start := l.start()
	a := r.addressWord(l)
	a.span = l.from(start)
	if l.bad != nil {
		a.kind = addrBad
	}
	return a
}

func (r *reader) addressWord(l *line) address {
	switch word := l.peek().Value; word {
	case "any":
		l.at++
		return address{kind: addrAny}
	case "any4":
		l.at++
		return address{kind: addrAny4}
	case "any6":
		l.at++
		return address{kind: addrAny6}
	case "host":
		l.at++
		a := address{kind: addrNumbers, numbers: packet.OneAddr(r.addr(l))}
		skipResolved(l)
		return a
	case "object":
		l.at++
		return address{kind: addrObject, name: r.name(l, "the name of an object")}
	case "object-group":
		l.at++
		return address{kind: addrGroup, name: r.groupName(l)}
	case "interface":
		l.at++
		return address{kind: addrInterface, name: r.name(l, "the name of an interface")}
	case "fqdn": // as "show access-list" prints an object of that kind
		l.at++
		version := map[string]int{"v4": 4, "v6": 6}[l.takeAny("v4", "v6")]
		a := address{kind: addrFQDN, version: version, name: r.name(l, "a domain")}
		skipResolved(l)
		return a
	case "range": // likewise
		l.at++
		return r.addrRange(l)
	}
	return r.network(l)
}

// skipResolved passes over what "show access-list" puts behind the name of a
// domain or the address it stands for: (resolved), (www.example.com).
func skipResolved(l *line) {
	if v := l.peek().Value; len(v) > 2 && v[0] == '(' && v[len(v)-1] == ')' && !isNote(v) {
		l.at++
	}
}

// isNote reports whether a word is a remark of "show access-list" on the entry.
func isNote(word string) bool {
	return word == "(inactive)" || len(word) > 8 && word[:8] == "(hitcnt="
}

// groupName consumes the name of a group, without the number of members that
// "show access-list" puts behind it where groups are not expanded.
func (r *reader) groupName(l *line) string {
	name := l.word("the name of a group")
	if n := len(name); n > 3 && name[n-1] == ')' && r.shown {
		for i := n - 2; i > 0; i-- {
			if name[i] == '(' && i < n-2 {
				return r.intern(name[:i])
			}
			if name[i] < '0' || name[i] > '9' {
				break
			}
		}
	}
	return r.intern(name)
}

// addr consumes one address, or a name that stands for one.
func (r *reader) addr(l *line) netip.Addr {
	word := l.peek().Value
	if a, ok := r.tryAddr(l); ok {
		l.at++
		return a
	}
	l.failHint("expected an address", suggest.DidYouMean(word, r.nameWords()))
	return netip.Addr{}
}

// tryAddr returns the address that the next word is or stands for.
func (r *reader) tryAddr(l *line) (netip.Addr, bool) {
	t := l.peek()
	if t.Type != tokWord {
		return netip.Addr{}, false
	}
	word := t.Value
	if c := word[0]; c >= '0' && c <= '9' || c == ':' || len(word) > 2 {
		if word == "0" {
			return netip.IPv4Unspecified(), true
		}
		if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" {
			return a.Unmap(), true
		}
	}
	return r.named(word, l.spanOf(t))
}

// named returns the address that has a name, and notes its use.
func (r *reader) named(word string, span source.Span) (netip.Addr, bool) {
	n, ok := r.cfg.names[word]
	if ok {
		n.uses = append(n.uses, span)
		r.cfg.names[word] = n
		return n.addr, true
	}
	a, ok := r.laterNames[word]
	return a, ok
}

// network consumes ADDRESS MASK, or PREFIX/LENGTH of IPv6.
func (r *reader) network(l *line) address {
	word := l.peek().Value
	if p, err := netip.ParsePrefix(word); err == nil {
		if p.Addr().Is4() {
			l.fail("expected an address and a mask")
			return address{}
		}
		l.at++
		return address{kind: addrNumbers, numbers: packet.PrefixRange(p)}
	}
	a, ok := r.tryAddr(l)
	if !ok {
		l.failHint("expected an address", suggest.DidYouMean(word, append(r.nameWords(), addressWords...)))
		return address{}
	}
	l.at++
	if !a.Is4() {
		l.failLast("expected a length behind the IPv6 prefix, as in 2001:db8::/32, or host before the address")
		return address{}
	}
	return r.masked(l, a)
}

// masked consumes the mask of an address.
func (r *reader) masked(l *line, a netip.Addr) address {
	mask, ok := r.tryAddr(l)
	if !ok || !mask.Is4() {
		l.fail("expected a mask")
		return address{}
	}
	if m := mask.As4(); m[0] == 0 && m[3] != 0 {
		r.note(l.spanOf(l.peek()), "the mask is a netmask, and not a wildcard as on a router: the device compares the bits that are set in it")
	}
	l.at++
	return withMask(a, mask)
}

// withMask returns the addresses that equal a under a mask.
func withMask(a, mask netip.Addr) address {
	if bits, ok := maskLength(mask); ok {
		return address{kind: addrNumbers, numbers: packet.PrefixRange(netip.PrefixFrom(a, bits))}
	}
	b, m := a.As4(), mask.As4()
	for i := range b {
		b[i] &= m[i] // what the mask does not ask for does not matter (asa.md section 4.1)
	}
	return address{kind: addrMasked, addr: netip.AddrFrom4(b), mask: mask}
}

// maskLength returns the length of a mask without holes.
func maskLength(mask netip.Addr) (bits int, ok bool) {
	b := mask.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	for m&(1<<31) != 0 {
		bits++
		m <<= 1
	}
	return bits, m == 0
}

// addrRange consumes FIRST LAST.
func (r *reader) addrRange(l *line) address {
	first := r.addr(l)
	last := r.addr(l)
	if l.bad == nil && (first.Is4() != last.Is4() || last.Less(first)) {
		l.failLast("expected an address that is not below the first")
	}
	return address{kind: addrNumbers, numbers: packet.AddrRange{First: first, Last: last}}
}

// name consumes a name, and returns one copy of it for all its uses.
func (r *reader) name(l *line, what string) string { return r.intern(l.word(what)) }

// intern returns a copy of s that does not keep the text alive, the same for
// all that are equal.
func (r *reader) intern(s string) string {
	if s == "" {
		return ""
	}
	if t, ok := r.interned[s]; ok {
		return t
	}
	t := string([]byte(s))
	r.interned[t] = t
	return t
}
