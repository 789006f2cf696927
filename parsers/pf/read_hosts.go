package pf

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// hosts reads hosts (4.2): one of them, or a list, in which lists may stand.
// "any" makes all of it any.
func (p *parser) hosts() []hostItem {
	list := p.hostList(p.scratch[:0])
	p.scratch = list
	for i := range list {
		if list[i].kind == hostAny {
			return p.r.keepHosts(list[i : i+1])
		}
	}
	return p.r.keepHosts(list)
}

func (p *parser) hostList(list []hostItem) []hostItem {
	p.list(func() {
		if p.is("{") {
			list = p.hostList(list)
			return
		}
		list = append(list, p.host(true))
		p.countItem()
	})
	return list
}

// host reads one host. negatable: "!" may stand before it, and words that are
// only for conditions may stand for it.
func (p *parser) host(negatable bool) hostItem {
	from := p.at
	h := hostItem{bits: -1}
	if negatable {
		if p.take("any") {
			h.kind, h.at = hostAny, p.since(from)
			return h
		}
		h.not = p.take("!")
	}
	t := p.peek()
	switch {
	case negatable && p.condition(&h):
	case p.take("("):
		p.dynamic(&h)
	case p.take("<"):
		h.kind = hostTable
		h.name = p.tableName()
		p.expect(">")
		h.at = p.since(from)
		p.r.refer(h.name, h.at.span)
	case t.Type == tokNumber && isText(p.ahead(1), "/"), isString(t):
		p.next()
		p.written(&h, t)
	default:
		p.fail("expected a host, a network, an interface, a table or any")
	}
	if p.take("weight") {
		p.numberUpTo(65535, "a weight")
	}
	if h.at.span.IsZero() {
		h.at = p.since(from)
	}
	return h
}

// condition reads a word that says how an address is routed; false: there is none.
func (p *parser) condition(h *hostItem) bool {
	switch {
	case p.take("no-route"):
		h.kind = hostNoRoute
	case p.take("urpf-failed"):
		h.kind = hostURPF
	case p.take("route"):
		h.kind, h.name = hostRoute, p.text("the label of a route").Value
		p.r.forms.openBSD(p.span, "route", strongForm)
	default:
		return false
	}
	return true
}

// tableName reads the name of a table, which pfctl prints with how many entries
// it has.
func (p *parser) tableName() string {
	t := p.peek()
	if t.Type == tokNumber {
		p.next()
		return t.Value
	}
	name := p.text("the name of a table").Value
	const longest = 31
	if len(name) > longest {
		p.failToken(t, "the name of a table has at most 31 characters")
	}
	if i := strings.LastIndexByte(name, ':'); i > 0 && isCount(name[i+1:]) {
		return name[:i]
	}
	return name
}

// isCount reports whether s is a number of things as pfctl prints it.
func isCount(s string) bool {
	return s == "*" || s != "" && s != "0" && strings.Trim(s, "0123456789") == ""
}

// dynamic reads an interface in parentheses, behind the first.
func (p *parser) dynamic(h *hostItem) {
	t := p.text("an interface")
	p.expect(")")
	if p.bad != nil {
		return
	}
	h.kind = hostDynamic
	name := t.Value
	if i := strings.LastIndexByte(name, ':'); i > 0 && isCount(name[i+1:]) {
		name = name[:i]
	}
	h.name, h.mods = p.modifiers(p.where(t), name)
	p.r.ifaces[h.name] = true
	if p.take("/") {
		h.bits = p.numberUpTo(128, "the length of a prefix")
	}
}

// interfaceModifiers follow the name of an interface.
var interfaceModifiers = []string{"network", "broadcast", "peer", "0"}

// modifiers splits the name of an interface from what follows it.
func (p *parser) modifiers(where at, word string) (name string, mods []string) {
	name, rest, found := strings.Cut(word, ":")
	for found {
		var mod string
		mod, rest, found = strings.Cut(rest, ":")
		if !slices.Contains(interfaceModifiers, mod) {
			p.failAt(where, "expected network, broadcast, peer or 0 behind an interface, not "+quote(mod)+suggest.DidYouMean(mod, interfaceModifiers))
			return name, mods
		}
		mods = append(mods, mod)
	}
	return name, mods
}

// written reads a host that is a word: an address, a network, a range, an
// interface, a name.
func (p *parser) written(h *hostItem, t *lexer.Token) {
	word, bits := t.Value, -1
	if i := strings.IndexByte(word, '/'); i >= 0 { // in quotes
		n, ok := number(word[i+1:], 128)
		if !ok {
			p.failToken(t, "expected the length of a prefix behind /")
			return
		}
		word, bits = word[:i], int(n)
	}
	if p.take("/") {
		bits = p.numberUpTo(128, "the length of a prefix")
	}
	addr, kind := readAddress(word, bits >= 0 || t.Type == tokNumber)
	if p.is("-") && isString(p.ahead(1)) {
		p.next()
		p.addressRange(h, addr, kind == isAddress && bits < 0, p.next())
		return
	}
	switch kind {
	case isAddress:
		h.kind = hostRange
		prefix, ok := prefixOf(addr, bits)
		if !ok {
			p.failToken(t, "the prefix of an IPv4 network has at most 32 bits")
			return
		}
		h.addrs = packet.PrefixRange(prefix)
	case noAddress:
		p.failToken(t, quote(word)+" is no address")
	case isWord:
		p.named(h, p.where(t), word, bits)
	}
}

// named reads a host that is a name: of an interface, a group, a host. Which it
// is may show only later.
func (p *parser) named(h *hostItem, where at, word string, bits int) {
	h.kind, h.bits = hostName, bits
	h.name, h.mods = p.modifiers(where, word)
	if !isHostName(h.name) {
		p.failAt(where, quote(word)+" is neither an address nor a name")
	}
	if isInterfaceName(h.name) || len(h.mods) > 0 && !slices.Equal(h.mods, []string{"0"}) {
		h.kind = hostIface
	}
}

// isHostName reports whether a word may be a name of a host or an interface.
// Digits with a minus are a range without blanks around it, which has none.
func isHostName(s string) bool {
	letters := false
	for i := range len(s) {
		c := s[i]
		if classes[c]&isName == 0 && c != '.' && c != '-' {
			return false
		}
		letters = letters || classes[c]&isDigit == 0 && c != '.' && c != '-'
	}
	return letters
}

// addressRange reads "from - to", behind the minus.
func (p *parser) addressRange(h *hostItem, first netip.Addr, ok bool, t *lexer.Token) {
	last, kind := readAddress(t.Value, false)
	switch {
	case !ok || kind != isAddress:
		p.failToken(t, "the ends of a range are addresses")
	case first.Is4() != last.Is4():
		p.failToken(t, "the ends of a range are of one family")
	case last.Less(first):
		p.failToken(t, "the range ends before it begins")
	}
	h.kind, h.addrs = hostRange, packet.AddrRange{First: first, Last: last}
}

// wordKind is what a word may be.
type wordKind uint8

const (
	isAddress wordKind = iota + 1
	noAddress          // it looks like one, and is none
	isWord
)

// readAddress reads an address. short: octets at the end may be missing, for a
// prefix follows.
func readAddress(s string, short bool) (netip.Addr, wordKind) {
	digits := true
	for i := 0; i < len(s) && digits; i++ {
		digits = s[i] == '.' || classes[s[i]]&isDigit != 0
	}
	switch {
	case s == "":
		return netip.Addr{}, noAddress
	case digits:
		if a, ok := readIPv4(s, short); ok {
			return a, isAddress
		}
		return netip.Addr{}, noAddress
	case strings.IndexByte(s, ':') < 0:
		return netip.Addr{}, isWord
	}
	if classes[s[0]]&isEntry != 0 {
		if a, err := netip.ParseAddr(s); err == nil {
			return a.WithZone(""), isAddress
		}
	}
	if s[0] == ':' || classes[s[0]]&isDigit != 0 || strings.Contains(s, "::") {
		return netip.Addr{}, noAddress
	}
	return netip.Addr{}, isWord
}

// readIPv4 reads octets.
func readIPv4(s string, short bool) (netip.Addr, bool) {
	var octets [4]byte
	n, value, digits := 0, 0, 0
	for i := 0; ; i++ {
		if i < len(s) && s[i] != '.' {
			value = value*10 + int(s[i]-'0')
			digits++
			if value > 255 || digits > 3 {
				return netip.Addr{}, false
			}
			continue
		}
		if digits == 0 || n > 3 {
			return netip.Addr{}, false
		}
		octets[n] = byte(value)
		n, value, digits = n+1, 0, 0
		if i >= len(s) {
			break
		}
	}
	return netip.AddrFrom4(octets), n == 4 || short
}

// prefixOf returns a network; bits less than 0: the address alone.
func prefixOf(a netip.Addr, bits int) (netip.Prefix, bool) {
	if bits < 0 {
		bits = a.BitLen()
	}
	if bits > a.BitLen() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, bits), true
}

// isInterfaceName reports whether a word is an interface rather than a host:
// letters and a number, as drivers name them, or a group that all systems have.
func isInterfaceName(s string) bool {
	if interfaceGroups[s] {
		return true
	}
	i := 0
	for i < len(s) && s[i] >= 'a' && s[i] <= 'z' {
		i++
	}
	from := i
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' && i > from && i+1 < len(s)) {
		i++
	}
	return from > 0 && i > from && i == len(s)
}

// interfaceGroups are the groups of interfaces that systems have without being
// told (4.1), and self.
var interfaceGroups = wordSet("self egress all lo vlan wg tun tap carp pppoe enc gif gre pflog pfsync trunk aggr bridge vether veb vport")

// tellHosts tells the names of interfaces from those of hosts, once all of the
// configuration was read.
func (r *reader) tellHosts() {
	for _, h := range r.hosts {
		if r.ifaces[h.name] {
			h.kind = hostIface
		}
	}
	r.hosts = nil
}
