package pf

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The numbers of the protocols that the checks are about.
const (
	tcpNumber    = uint8(packet.TCP)
	udpNumber    = uint8(packet.UDP)
	icmpNumber   = uint8(packet.ICMP)
	icmp6Number  = uint8(packet.ICMPv6)
	sctpNumber   = 132
	protoUnnamed = 0 // none is written
)

// check finds what pfctl refuses in a rule that it can read (section 2, "Validation
// errors").
func (p *parser) check(x *rule) bool {
	p.checkPorts(x)
	p.checkFlags(x)
	p.checkICMP(x)
	p.checkAction(x)
	p.checkTranslation(x)
	p.checkDivert(x)
	p.checkFamilies(x)
	return p.bad == nil
}

// eachProto calls yield with each protocol of a rule, or with none.
func eachProto(x *rule, yield func(n uint8)) {
	if len(x.protos) == 0 {
		yield(protoUnnamed)
	}
	for i := range x.protos {
		yield(x.protos[i].number)
	}
}

// checkPorts: ports, users and groups are of TCP and UDP only.
func (p *parser) checkPorts(x *rule) {
	ports := x.src.ports
	if len(ports) == 0 {
		ports = x.dst.ports
	}
	eachProto(x, func(n uint8) {
		if hasPorts(n) {
			return
		}
		if len(ports) > 0 {
			p.failAt(ports[0].at, "ports are of tcp and udp only: proto is missing, or has others")
		}
		if p.has(seenUser) {
			p.failAt(p.seen[seenUser], "users and groups are of tcp and udp only: proto is missing, or has others")
		}
	})
}

// hasPorts reports whether packets of a protocol have ports that pf looks at.
func hasPorts(n uint8) bool { return n == tcpNumber || n == udpNumber || n == sctpNumber }

// checkFlags: flags, and resets, are of TCP.
func (p *parser) checkFlags(x *rule) {
	tcp, others := len(x.protos) == 0, len(x.protos) == 0
	eachProto(x, func(n uint8) {
		tcp = tcp || n == tcpNumber
		others = others || n != tcpNumber
	})
	if f := x.filter.flags; f != nil && !tcp {
		p.failAt(f.at, "flags are of tcp only")
	}
	if len(x.filter.os) > 0 && !tcp {
		p.failAt(x.filter.os[0], "os is of tcp only")
	}
	if p.has(seenReset) && others {
		p.failAt(p.seen[seenReset], "return-rst goes with proto tcp only")
	}
}

// checkICMP: types are of ICMP, and of a family that is known.
func (p *parser) checkICMP(x *rule) {
	where := p.seen[seenICMP]
	if p.has(seenICMP6) {
		where = p.seen[seenICMP6]
	}
	typed := p.has(seenICMP) || p.has(seenICMP6)
	known := x.af != anyFamily || familyTold(x.src.hosts) || familyTold(x.dst.hosts)
	eachProto(x, func(n uint8) {
		switch {
		case n == icmpNumber && x.af == inet6, n == icmp6Number && x.af == inet:
			p.failAt(x.protos[0].at, "the protocol is not of the address family")
		case !typed:
		case n != icmpNumber && n != icmp6Number:
			p.failAt(where, "ICMP types go with proto icmp and icmp6 only")
		case n == icmpNumber && !p.has(seenICMP), n == icmp6Number && !p.has(seenICMP6):
			p.failAt(where, "icmp-type goes with proto icmp, icmp6-type with proto icmp6")
		case !known:
			p.failAt(where, "ICMP types go with inet or inet6")
		}
	})
}

// familyTold reports whether each host of a list has a family, so that a rule
// gets it.
func familyTold(hosts []hostItem) bool {
	for i := range hosts {
		switch hosts[i].kind {
		case hostRange, hostName, hostIface:
		case hostAny, hostDynamic, hostTable, hostNoRoute, hostURPF, hostRoute, hostBad:
			return false
		}
	}
	return len(hosts) > 0
}

// checkAction: what goes with pass, or with block and match, only.
func (p *parser) checkAction(x *rule) {
	keeps := x.state.keep != keepDefault && x.state.keep != keepNone
	if keeps && x.action != actionPass {
		p.failAt(p.seen[seenKeep], "only pass rules keep state")
	}
	if x.allow && x.action != actionPass {
		p.failAt(p.seen[seenAllow], "allow-opts goes with pass only")
	}
	if x.filter.fragment && (len(x.src.ports)+len(x.dst.ports) > 0 || x.filter.flags != nil || p.has(seenICMP) || p.has(seenICMP6)) {
		p.failAt(p.seen[seenFragment], "fragments have no ports, flags and ICMP types to look at")
	}
	if p.has(seenRoute) {
		switch {
		case x.action != actionPass:
			p.failAt(p.seen[seenRoute], "route-to goes with pass only")
		case x.state.keep == keepNone:
			p.failAt(p.seen[seenRoute], "route-to needs state")
		}
	}
}

// checkTranslation: where a rule may translate.
func (p *parser) checkTranslation(x *rule) {
	translates := x.nat != nil || x.rdr != nil
	switch {
	case !translates && x.binat == nil && !x.afTo:
	case translates && x.dir == dirBoth:
		p.failAt(p.seen[seenTranslated], "nat-to and rdr-to need in or out")
	case x.state.keep == keepNone:
		p.failAt(p.seen[seenKeep], "translation needs state")
	case x.binat != nil && translates:
		p.failAt(x.binat.at, "binat-to does not go with nat-to and rdr-to")
	case x.binat != nil:
		p.checkBinat(x)
	}
}

// checkBinat: binat-to has one source and one address of the same size.
func (p *parser) checkBinat(x *rule) {
	pool := x.binat.pool
	if x.dir != dirBoth {
		p.failAt(p.seen[seenTranslated], "binat-to goes with neither in nor out")
	}
	if len(x.src.hosts) == 0 {
		p.failAt(p.seen[seenTranslated], "binat-to needs a source")
		return
	}
	for i := range x.src.hosts {
		switch h := &x.src.hosts[i]; h.kind {
		case hostRange, hostIface, hostName, hostBad:
		case hostDynamic:
			p.failAt(h.at, "an interface in parentheses is no source of binat-to")
		case hostTable:
			p.failAt(h.at, "a table is no source of binat-to")
		case hostAny, hostNoRoute, hostURPF, hostRoute:
			p.failAt(h.at, "binat-to needs a source")
		}
	}
	switch {
	case len(pool) != 1:
		p.failAt(x.binat.at, "binat-to leads to one address or network")
	case pool[0].kind == hostTable:
		p.failAt(pool[0].at, "binat-to leads to no table")
	case pool[0].kind == hostDynamic && !slices.Contains(pool[0].mods, "0"):
		p.failAt(pool[0].at, "an interface in parentheses behind binat-to has :0")
	case x.binat.ports != nil:
		p.failAt(x.binat.at, "binat-to leads to no port")
	default:
		for i := range x.src.hosts {
			p.sameMask(&x.src.hosts[i], &pool[0])
		}
	}
}

// checkDivert: what may be diverted.
func (p *parser) checkDivert(x *rule) {
	switch {
	case x.divert == divertNone:
	case x.action == actionMatch:
		p.failAt(p.seen[seenDivert], "match diverts nothing")
	case x.divert == divertTo && x.dir == dirOut:
		p.failAt(p.seen[seenDivert], "divert-to goes with in only")
	}
}

// checkAnchor finds what pfctl refuses in the line of an anchor.
func (p *parser) checkAnchor(x *rule) bool {
	switch {
	case p.has(seenKeep):
		p.failAt(p.seen[seenKeep], "an anchor keeps no state")
	case p.has(seenAnyRoute):
		p.failAt(p.seen[seenAnyRoute], "an anchor sends packets nowhere")
	case p.has(seenTranslated):
		p.failAt(p.seen[seenTranslated], "an anchor translates nothing")
	}
	p.checkPorts(x)
	p.checkFlags(x)
	p.checkICMP(x)
	p.checkFamilies(x)
	return p.bad == nil
}

// families are address families, as bits.
type families uint8

const (
	families4   families = 1 << iota // IPv4
	families6                        // IPv6
	familiesAll = families4 | families6
)

// familiesOf returns the families that a host may be of.
func familiesOf(h *hostItem) families {
	switch {
	case h.kind != hostRange:
		return familiesAll
	case h.addrs.First.Is4():
		return families4
	}
	return families6
}

// familiesOfAll returns the families of the hosts of a list.
func familiesOfAll(hosts []hostItem) families {
	if len(hosts) == 0 {
		return familiesAll
	}
	var out families
	for i := range hosts {
		out |= familiesOf(&hosts[i])
	}
	return out
}

// checkFamilies: of all that a rule expands to, something is of one family.
func (p *parser) checkFamilies(x *rule) {
	if p.bad != nil {
		return
	}
	rest := [...]families{anyFamily: familiesAll, inet: families4, inet6: families6}[x.af]
	rest &= familiesOfAll(x.src.hosts) & familiesOfAll(x.dst.hosts)
	if rest == 0 {
		hosts := x.dst.hosts
		if len(hosts) == 0 {
			hosts = x.src.hosts
		}
		p.failAt(hosts[0].at, "the rule expands to nothing: its addresses are of different families")
		return
	}
	if x.afTo {
		return
	}
	for _, to := range []*redirection{x.nat, x.rdr, x.binat} {
		if to != nil && rest&familiesOfAll(to.pool) == 0 {
			p.failAt(to.at, "the rule translates to addresses of another family")
		}
	}
	if p.routeFamilies != 0 && rest&p.routeFamilies == 0 {
		p.failAt(p.seen[seenAnyRoute], "the rule sends packets to an address of another family")
	}
	if p.divertFamilies != 0 && rest&p.divertFamilies == 0 {
		p.failAt(p.seen[seenDivert], "the rule diverts to an address of another family")
	}
}
