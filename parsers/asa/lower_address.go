package asa

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// termKey finds the condition that a name stands for in a field.
type termKey struct {
	kind    addrKind
	name    string
	version int
	field   packet.Field
}

// run4 is a run of IPv4 addresses, as a key that is cheap.
type run4 struct{ first, last [4]byte }

// addressKey finds the boxes of one run of IPv6 addresses.
type addressKey struct {
	field packet.Field
	addrs packet.AddrRange
}

var (
	onlyIPv4 = packet.Number(packet.Family, packet.IPv4)
	onlyIPv6 = packet.Number(packet.Family, packet.IPv6)
	allIPv4  = packet.PrefixRange(netip.MustParsePrefix("0.0.0.0/0"))
	allIPv6  = packet.PrefixRange(netip.MustParsePrefix("::/0"))
)

// term returns the condition that a field lies in an address as it is written,
// and false if there is none: it may be any. Before 9.0 any is any address of
// IPv4, as NAT is for IPv4 alone before that (4.1).
func (l *lowering) term(f packet.Field, a address) (rules.Term, bool) {
	if a.kind == addrAny && !l.c.version.unified() {
		a.kind = addrAny4
	}
	return l.listTerm(f, &a)
}

// listTerm is term for lists, of which it is settled elsewhere which IP version
// they are for.
func (l *lowering) listTerm(f packet.Field, a *address) (rules.Term, bool) {
	switch a.kind {
	case addrAny, 0:
		return rules.Term{}, false
	case addrAny4:
		return rules.Term{Boxes: onlyIPv4, Span: a.span}, true
	case addrAny6:
		return rules.Term{Boxes: onlyIPv6, Span: a.span}, true
	case addrNumbers:
		switch a.numbers {
		case allIPv4:
			return rules.Term{Boxes: onlyIPv4, Span: a.span}, true
		case allIPv6:
			return rules.Term{Boxes: onlyIPv6, Span: a.span}, true
		}
		return rules.Term{Boxes: l.oneRange(f, a.numbers), Span: a.span}, true
	case addrMasked:
		return rules.Term{Boxes: packet.MaskedAddr(f, a.mask, a.addr), Span: a.span}, true
	case addrObject, addrGroup, addrInterface, addrFQDN, addrBad:
	}
	t := *l.named(f, a)
	t.Span = a.span
	return t, true
}

// oneRange returns the boxes of one run of addresses, shared by all that ask.
func (l *lowering) oneRange(f packet.Field, r packet.AddrRange) *packet.Boxes {
	if r.First.Is4() {
		made := l.runs4[f]
		if made == nil {
			made = map[run4]*packet.Boxes{}
			l.runs4[f] = made
		}
		key := run4{r.First.As4(), r.Last.As4()}
		b := made[key]
		if b == nil {
			b = packet.Addresses(f, r)
			made[key] = b
		}
		return b
	}
	key := addressKey{f, r}
	b := l.single[key]
	if b == nil {
		b = packet.Addresses(f, r)
		l.single[key] = b
	}
	return b
}

// named returns the condition that a name stands for, without a span, made once
// for each field.
func (l *lowering) named(f packet.Field, a *address) *rules.Term {
	parts, from := l.addressParts(a)
	if a.kind == addrBad {
		return &rules.Term{Unknown: l.doubtful(f, "the address cannot be read", "address at "+a.span.Position().String())}
	}
	key := termKey{a.kind, a.name, a.version, f}
	if t := l.terms[key]; t != nil {
		return t
	}
	t := l.addressTerm(f, parts)
	if t.Unknown != nil {
		t.Unknown.Key = nameOfKind(a.kind) + " " + a.name + " as " + f.String()
	}
	if len(from) > 0 {
		t.Origin = &rules.Origin{From: from, Members: l.addressMembers(f, parts)}
	}
	l.terms[key] = t
	return t
}

// addressTerm returns the condition that a field lies in one of the parts.
func (l *lowering) addressTerm(f packet.Field, parts []*part) *rules.Term {
	var addrs []packet.AddrRange
	var masked []*packet.Boxes
	t := &rules.Term{}
	for _, p := range parts {
		addrs = append(addrs, p.addrs...)
		if p.masked != nil {
			masked = append(masked, packet.MaskedAddr(f, p.masked.mask, p.masked.addr))
		}
		switch {
		case p.unknown == "":
		case t.Unknown == nil:
			t.Unknown = l.doubtful(f, p.unknown, "")
			t.Unknown.Within = p.within
		case t.Unknown.Within != p.within:
			t.Unknown.Within = nil
		}
	}
	switch {
	case len(masked) > 0 && len(addrs) > 0:
		t.Boxes = packet.Union(append(masked, packet.Addresses(f, addrs...))...)
	case len(masked) > 0:
		t.Boxes = packet.Union(masked...)
	case len(addrs) == 1:
		t.Boxes = l.oneRange(f, addrs[0])
	case len(addrs) > 0 || t.Unknown == nil:
		t.Boxes = packet.Addresses(f, addrs...)
	}
	return t
}

// addressMembers returns what each written member brings into a field.
func (l *lowering) addressMembers(f packet.Field, parts []*part) []rules.Member {
	out := make([]rules.Member, 0, len(parts))
	for _, p := range parts {
		switch {
		case p.masked != nil:
			out = append(out, rules.Member{Boxes: packet.MaskedAddr(f, p.masked.mask, p.masked.addr), Span: p.span})
		case len(p.addrs) == 1:
			out = append(out, rules.Member{Boxes: l.oneRange(f, p.addrs[0]), Span: p.span})
		case len(p.addrs) > 1:
			out = append(out, rules.Member{Boxes: packet.Addresses(f, p.addrs...), Span: p.span})
		}
	}
	return out
}

// doubtful returns the condition that an address which is not known is the one
// in a field.
func (l *lowering) doubtful(f packet.Field, reason, key string) *rules.Unknown {
	return &rules.Unknown{Reason: reason, Key: key, Doubt: packet.Fixed, Of: packet.Fields(f)}
}

// addresses returns the addresses that a stands for, in the order of its
// members, and whether that is all: they are runs, and all of them are known.
// Any is all addresses of both IP versions, of IPv4 before 9.0.
func (l *lowering) addresses(a address) (ranges []packet.AddrRange, known bool) {
	switch a.kind {
	case addrAny:
		if l.c.version.unified() {
			return []packet.AddrRange{allIPv4, allIPv6}, true
		}
		return []packet.AddrRange{allIPv4}, true
	case addrAny4:
		return []packet.AddrRange{allIPv4}, true
	case addrAny6:
		return []packet.AddrRange{allIPv6}, true
	case addrNumbers:
		return []packet.AddrRange{a.numbers}, true
	case addrMasked, addrBad, 0:
		return nil, false
	case addrObject, addrGroup, addrInterface, addrFQDN:
	}
	parts, _ := l.addressParts(&a)
	known = true
	for _, p := range parts {
		ranges = append(ranges, p.addrs...)
		known = known && p.unknown == "" && p.masked == nil
	}
	return ranges, known
}

// addressParts returns the parts of what a name stands for, and the lines of the
// definitions they come from. The use is noted.
func (l *lowering) addressParts(a *address) (parts []*part, from []source.Span) {
	switch a.kind {
	case addrObject:
		n := l.c.networks[a.name]
		if n == nil {
			return []*part{{unknown: l.undefined("object network", a.name, a.span), span: a.span}}, nil
		}
		l.use("object network", a.name, a.span)
		return []*part{l.objectPart(n)}, []source.Span{n.span}
	case addrGroup:
		g := l.c.groups[groupKey{groupNetwork, a.name}]
		if g == nil {
			return []*part{{unknown: l.undefined("object-group network", a.name, a.span), span: a.span}}, nil
		}
		l.use("object-group network", a.name, a.span)
		x := l.resolveGroup(g, 1)
		parts, from = l.parts(x), l.from(x)
		if len(parts) == 0 {
			l.addProblem(source.Malformed, a.span, "object-group %s has no members", a.name)
		}
		return parts, from
	case addrInterface:
		return []*part{l.interfacePart(a)}, nil
	case addrFQDN:
		p := &part{unknown: "the addresses of " + a.name + " are known at run time only", span: a.span}
		switch a.version {
		case 4:
			p.within = onlyIPv4
		case 6:
			p.within = onlyIPv6
		}
		return []*part{p}, nil
	case addrAny, addrAny4, addrAny6, addrNumbers, addrMasked, addrBad:
	}
	return nil, nil
}

// objectPart returns what an object stands for.
func (l *lowering) objectPart(n *network) *part {
	if n.address.kind == 0 {
		return &part{unknown: "object " + n.name + " has no address", span: n.span}
	}
	return l.addressPart(&n.address, n.address.span)
}

// addressPart returns what one address brings in, its place being the span.
func (l *lowering) addressPart(a *address, span source.Span) *part {
	p := &part{span: span}
	switch a.kind {
	case addrMasked:
		p.masked = a
	case addrBad, 0:
		p.unknown = "the address cannot be read"
	case addrAny, addrAny4, addrAny6, addrNumbers:
		p.addrs, _ = l.addresses(*a)
	case addrObject, addrGroup, addrInterface, addrFQDN:
		parts, _ := l.addressParts(a)
		for _, q := range parts {
			p.addrs = append(p.addrs, q.addrs...)
			if q.masked != nil {
				p.masked = q.masked
			}
			if q.unknown != "" {
				p.unknown, p.within = q.unknown, q.within
			}
		}
	}
	return p
}

// interfacePart returns the addresses of an interface that is named in a list.
func (l *lowering) interfacePart(a *address) *part {
	p := &part{span: a.span}
	i := l.port(a.name)
	switch {
	case i == nil && l.complete():
		p.unknown = l.undefined("interface", a.name, a.span)
	case i == nil || !i.told():
		p.unknown = "the address of interface " + a.name + " is not given"
	default:
		p.addrs = i.own()
		if i.dynamic {
			p.unknown, p.within = "interface "+a.name+" gets its address at run time", onlyIPv4
		}
	}
	return p
}

// nameOfKind returns the words that stand before a name.
func nameOfKind(k addrKind) string {
	switch k {
	case addrObject:
		return "object"
	case addrGroup:
		return "object-group"
	case addrInterface:
		return "interface"
	case addrFQDN:
		return "fqdn"
	case addrAny, addrAny4, addrAny6, addrNumbers, addrMasked, addrBad:
	}
	return "address"
}
