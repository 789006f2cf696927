package iptables

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

var natTargets = []*module{
	newModule("DNAT", lowerDNAT, "to-destination 1", "random 0", "persistent 0", "random-fully 0"),
	newModule("SNAT", lowerSNAT, "to-source 1", "random 0", "random-fully 0", "persistent 0"),
	newModule("MASQUERADE", lowerMasquerade, "to-ports 1", "random 0", "random-fully 0"),
	newModule("REDIRECT", lowerRedirect, "to-ports 1", "random 0"),
	newModule("NETMAP", lowerNetmap, "to 1"),
}

// only returns the option of that name if it is given exactly once.
func (b *builder) only(u *use, name string, needed bool) *option {
	var found *option
	for i := range u.options {
		o := &u.options[i]
		if o.name != name {
			continue
		}
		if found != nil {
			b.malformed(o.word, "%s is given twice", o.word.text)
		}
		found = o
	}
	if found == nil && needed {
		b.malformed(u.name, "-j %s needs --%s", u.name.text, name)
	}
	return found
}

func lowerDNAT(b *builder, u *use) {
	if o := b.only(u, "to-destination", true); o != nil {
		if r, ok := b.rewrite(o); ok {
			b.action = rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: r}}
		}
	}
}

func lowerSNAT(b *builder, u *use) {
	if o := b.only(u, "to-source", true); o != nil {
		if r, ok := b.rewrite(o); ok {
			b.action = rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Src: r}}
		}
	}
}

// rewrite reads [address[-address]][:port[-port[/base]]]; IPv6 addresses stand
// in brackets where ports follow.
func (b *builder) rewrite(o *option) (packet.Rewrite, bool) {
	var r packet.Rewrite
	host, ports, hasPorts := splitPorts(o.args[0], b.family)
	if host.text != "" {
		a, err := host.addrRange(b.family, strict)
		if errors.Is(err, errReversed) {
			b.anything(&use{name: o.word}, "what a range whose start is above its end translates to", true)
			return r, false
		}
		if err != nil {
			b.fail(o, 0, err)
			return r, false
		}
		r.Addrs = []packet.AddrRange{a}
	}
	if hasPorts && !b.newPorts(o, ports, &r) {
		return r, false
	}
	if host.text == "" && !hasPorts {
		b.fail(o, 0, &valueError{o.args[0], "an address, ports, or both"})
		return r, false
	}
	return r, true
}

func splitPorts(w word, family int) (host, ports word, has bool) {
	if family == packet.IPv4 {
		return w.cut(':')
	}
	if !strings.HasPrefix(w.text, "[") {
		if strings.HasPrefix(w.text, ":") && isDigits(strings.SplitN(w.text[1:], "-", 2)[0]) && strings.Count(w.text, ":") == 1 {
			return word{}, w.part(1, len(w.text)), true
		}
		return w, word{}, false
	}
	end := strings.IndexByte(w.text, ']')
	if end < 0 {
		return w, word{}, false
	}
	host = w.part(1, end)
	if end+1 < len(w.text) && w.text[end+1] == ':' {
		return host, w.part(end+2, len(w.text)), true
	}
	return host, word{}, false
}

// newPorts reads port[-port[/base]].
func (b *builder) newPorts(o *option, w word, r *packet.Rewrite) bool {
	if !b.protocolNamed || !b.protocol.HasPorts() && b.protocol != packet.ICMP {
		b.malformed(w, "%s: ports need -p tcp, udp, sctp or dccp", o.word.text)
		return false
	}
	span, base, shifted := w.cut('/')
	lo, hi, both := span.cut('-')
	first, err := lo.port()
	last := first
	if err == nil && both {
		last, err = hi.port()
	}
	if err != nil || first > last || shifted && !both {
		b.fail(o, 0, &valueError{w, "a port or a range like 1024-2048"})
		return false
	}
	r.Ports = []packet.Range{{First: uint32(first), Last: uint32(last)}}
	if shifted {
		n, err := strconv.ParseUint(base.text, 10, 16)
		if err != nil {
			b.fail(o, 0, &valueError{base, "the port that becomes the first of the range"})
			return false
		}
		r.ShiftPorts, r.PortBase = true, uint16(n)
	}
	return true
}

func lowerMasquerade(b *builder, u *use) {
	r := packet.Rewrite{ToSelf: true, Lost: true}
	if o := b.only(u, "to-ports", false); o != nil && !b.newPorts(o, o.args[0], &r) {
		return
	}
	b.action = rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Src: r}}
}

func lowerRedirect(b *builder, u *use) {
	r := packet.Rewrite{ToSelf: true, Lost: true}
	if o := b.only(u, "to-ports", false); o != nil && !b.newPorts(o, o.args[0], &r) {
		return
	}
	b.action = rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: r}}
}

// lowerNetmap lowers a mapping of one network to another: of the destination in
// PREROUTING and OUTPUT, of the source in POSTROUTING and INPUT.
func lowerNetmap(b *builder, u *use) {
	o := b.only(u, "to", true)
	if o == nil {
		return
	}
	p, err := b.prefix(o.args[0])
	if errors.Is(err, errHoles) {
		b.anything(u, "mapping by a mask with holes is not modelled", true)
		return
	}
	if err != nil {
		b.fail(o, 0, err)
		return
	}
	nat := &rules.NAT{}
	switch b.chain.name {
	case "PREROUTING", "OUTPUT":
		nat.Dst.Network = p
	case "POSTROUTING", "INPUT":
		nat.Src.Network = p
	default:
		nat.Dst.Network, b.mapsNetwork = p, true // which end it is, is settled once all calls are known
	}
	b.action = rules.Action{Verdict: rules.Accept, NAT: nat}
}

// netmap is a rule that maps a network, in a chain of the user's.
type netmap struct {
	rule  *rules.Rule
	chain *chain
	table *table
}

// settleNetmaps settles which end the rules map that stand in chains of the
// user's: the destination where the chain is called from PREROUTING or OUTPUT,
// the source where it is called from POSTROUTING or INPUT.
func (l *lowering) settleNetmaps() {
	for _, m := range l.netmaps {
		var src, dst bool
		for _, c := range m.table.order {
			if !c.builtIn || !slices.Contains(c.Reached(), m.chain.Chain) {
				continue
			}
			if c.name == "PREROUTING" || c.name == "OUTPUT" {
				dst = true
			} else {
				src = true
			}
		}
		a := &m.rule.Action
		network := a.NAT.Dst
		switch {
		case src && dst:
			const reason = "NETMAP in a chain that is called for sources and for destinations"
			into := packet.Rewrite{Addrs: []packet.AddrRange{packet.PrefixRange(network.Network)}}
			a.NAT = &rules.NAT{Src: into, Dst: into}
			a.Maybe = &rules.Unknown{Reason: reason, Key: "netmap " + m.rule.Span.Position().String()}
			l.report(source.Unsupported, m.rule.Span, "%s is not modelled", reason)
		case src:
			a.NAT = &rules.NAT{Src: network}
		}
	}
}

// errHoles is a mask that is not that of a prefix.
var errHoles = errors.New("the mask has holes")

// prefix reads address[/length or /mask].
func (b *builder) prefix(w word) (netip.Prefix, error) {
	host, m, has := w.cut('/')
	a, err := host.addr(b.family, loose)
	if err != nil {
		return netip.Prefix{}, err
	}
	if !has {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	mask, err := m.mask(a)
	if err != nil {
		return netip.Prefix{}, err
	}
	n, ok := prefixLength(mask)
	if !ok {
		return netip.Prefix{}, errHoles
	}
	return netip.PrefixFrom(a, n).Masked(), nil
}
