package iptables

import (
	"net/netip"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// targetModules are the target extensions (iptables-extensions(8)). ACCEPT,
// DROP, RETURN and QUEUE are built in.
var targetModules = tableOf(verdictTargets, natTargets, markTargets, fieldTargets, passingTargets)

// addOnTargets are targets of other packages; what they do to packets is not
// known here.
var addOnTargets = map[string]bool{
	"TARPIT": true, "DELUDE": true, "CHAOS": true, "ECHO": true, "STEAL": true, "SYSRQ": true, "DNETMAP": true, "IPMARK": true, "RAWDNAT": true,
	"RAWSNAT": true, "PROTO": true, "LOGMARK": true, "IMQ": true, "ROUTE": true, "MIRROR": true, "SAME": true, "BALANCE": true, "XOR": true,
	"FLOWOFFLOAD": true, "ACCOUNT": true, "NDPI": true, "WEBMON": true, "QUOTA": true, "TARGET": true,
}

var verdictTargets = []*module{
	newModule("REJECT", lowerReject, "reject-with 1"),
	newModule("NFQUEUE", lowerQueue, "queue-num 1", "queue-balance 1", "queue-bypass 0", "queue-cpu-fanout 0"),
	newModule("TPROXY", lowerTProxy, "on-port 1", "on-ip 1", "tproxy-mark 1"),
	newModule("SYNPROXY", undecided("a SYN proxy answers in the server's place"),
		"sack-perm 0", "timestamp 0", "wscale 1", "mss 1", "ecn 0"),
	newModule("CLUSTERIP", undecided("which node of the cluster takes the packet"),
		"new 0", "hashmode 1", "clustermac 1", "total-nodes 1", "local-node 1", "hash-init 1"),
	newModule("SNPT", rewrites(packet.Source, "the new source after prefix translation"), "src-pfx 1", "dst-pfx 1"),
	newModule("DNPT", rewrites(packet.Destination, "the new destination after prefix translation"), "src-pfx 1", "dst-pfx 1"),
}

// undecided returns the lowering of a target whose effect is not modelled.
func undecided(reason string) func(*builder, *use) {
	return func(b *builder, u *use) { b.decidesElsewhere(u, reason, true) }
}

// rewrites returns the lowering of a target that gives an end of the packet an
// address that is not known here, and goes on.
func rewrites(end packet.End, reason string) func(*builder, *use) {
	return func(b *builder, u *use) {
		b.action = rules.Action{NAT: &rules.NAT{}}
		if end == packet.Source {
			b.action.NAT.Src.Addrs = anyAddress
		} else {
			b.action.NAT.Dst.Addrs = anyAddress
		}
		b.maybe(u, reason)
	}
}

// lowerTProxy lowers a target that gives the packet to a local socket, if there
// is one, and a mark.
func lowerTProxy(b *builder, u *use) {
	b.decidesElsewhere(u, "a transparent proxy takes the packet, or it is dropped", true)
	b.marks(u, packet.Mark)
}

// marks says that the packet may get a mark that is not known.
func (b *builder) marks(u *use, fields ...packet.Field) {
	for _, f := range fields {
		b.action.Set = append(b.action.Set, rules.Assign{Field: f, Mask: allBits, Any: true})
	}
	b.mayChange(u)
}

// maybe makes the rule one that changes packets in a way that is not modelled.
func (b *builder) maybe(u *use, reason string) {
	o := u.asOption()
	b.problem(source.Unsupported, b.optionSpan(&o), "%s: %s", u.name.text, reason)
	b.mayChange(u)
	b.action.Maybe.Reason = reason
}

// mayChange says that it is not known whether the changes of the action are made,
// for what they make is not.
func (b *builder) mayChange(u *use) {
	reason := "what " + u.name.text + " makes of the packet"
	if x := b.action.Unknown; x != nil {
		reason = x.Reason
	}
	b.action.Maybe = &rules.Unknown{Reason: reason, Key: u.name.text + " changes" + b.here(u.name)}
}

// anything makes the rule one that may do anything to a packet.
func (b *builder) anything(u *use, reason string, unsupported bool) {
	b.decidesElsewhere(u, reason, unsupported)
	b.action.NAT = &rules.NAT{Src: anyEnd, Dst: anyEnd}
	b.marks(u, packet.Mark, packet.ConnMark)
}

var (
	anyAddress = []packet.AddrRange{
		packet.PrefixRange(netip.MustParsePrefix("0.0.0.0/0")), packet.PrefixRange(netip.MustParsePrefix("::/0")),
	}
	anyEnd = packet.Rewrite{Addrs: anyAddress, Ports: []packet.Range{{First: 0, Last: maxPort}}}
)

// decidesElsewhere makes the rule one that decides in a way that is not modelled.
func (b *builder) decidesElsewhere(u *use, reason string, unsupported bool) {
	o := u.asOption()
	b.action.Verdict = rules.Undecided
	b.action.Unknown = &rules.Unknown{Reason: reason, Key: b.key(&o, packet.Fixed)}
	if unsupported {
		b.problem(source.Unsupported, b.optionSpan(&o), "%s: %s", u.name.text, reason)
	}
}

// rejections are the answers of REJECT (libipt_REJECT.c, libip6t_REJECT.c), by
// family.
var rejections = [2][]string{
	packet.IPv4: {
		"icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-port-unreachable", "icmp-net-prohibited",
		"icmp-host-prohibited", "icmp-admin-prohibited", "tcp-reset", "net-unreach", "host-unreach", "proto-unreach", "port-unreach",
		"net-prohib", "host-prohib", "tcp-rst", "admin-prohib", "icmp-echo-reply", "echoreply",
	},
	packet.IPv6: {
		"icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable", "icmp6-port-unreachable", "icmp6-policy-fail", "icmp6-reject-route",
		"tcp-reset", "no-route", "adm-prohibited", "addr-unreach", "port-unreach", "policy-fail", "reject-route",
	},
}

func lowerReject(b *builder, u *use) {
	b.action.Verdict = rules.Reject
	for i := range u.options {
		o := &u.options[i]
		full := byPrefix(o.args[0].text, rejections[b.family])
		switch {
		case full == "":
			b.malformed(o.args[0], "--reject-with: bad value %s; expected a type like %s or tcp-reset", quote(o.args[0].text), rejections[b.family][3])
		case (full == "tcp-reset" || full == "tcp-rst") && (!b.protocolKnown || b.protocol != packet.TCP):
			b.malformed(o.args[0], "--reject-with tcp-reset needs -p tcp")
		}
	}
}

// byPrefix returns the first of the words that starts with s.
func byPrefix(s string, all []string) string {
	for _, w := range all {
		if s != "" && len(w) >= len(s) && w[:len(s)] == s {
			return w
		}
	}
	return ""
}

func lowerQueue(b *builder, u *use) {
	b.decidesElsewhere(u, "a program that the rules hand the packet to decides", false)
	b.marks(u, packet.Mark)
}
