package iptables

import "github.com/moveit-lint/moveit-lint/rules/packet"

// opaqueMatches are known with their options, but what they look at is in no
// export.
var opaqueMatches = []*module{
	newModule("connlabel", lowerConnLabel, "label 1!", "set 0"),
	newModule("connbytes", varyingWhole("how much a connection has carried"),
		"connbytes 1!", "connbytes-mode 1", "connbytes-dir 1"),
	newModule("helper", eachOption(opaque("which helper a connection has", 0)), `helper 1!"`),
	newModule("ipvs", whole("virtual servers", wholePacket),
		"ipvs 0!", "vproto 1!", "vaddr 1!", "vport 1!", "vdir 1", "vmethod 1!", "vportctl 1!"),
	newModule("socket", whole("whether a local socket waits for the packet", wholePacket), "transparent 0", "nowildcard 0", "restore-skmark 0"),
	newModule("owner", eachOption(socketTest("the owner of a socket")),
		"uid-owner 1!", "gid-owner 1!", "socket-exists 0!", "suppl-groups 0", "cmd-owner 1!", "pid-owner 1!", "sid-owner 1!"),
	newModule("cgroup", eachOption(socketTest("the control group of a process")), "path 1!", "cgroup 1!"),
	newModule("policy", lowerPolicy,
		"dir 1", "pol 1", "strict 0", "reqid 1!", "spi 1!", "proto 1!", "mode 1!", "tunnel-src 1!", "tunnel-dst 1!", "next 0"),
	newModule("osf", whole("the operating system that sent the packet", 0), "genre 1!", "ttl 1", "log 1"),
	newModule("tcp_mss", whole("the segment size of the packet", 0), "mss 1!"),
}

// lowerConnLabel lowers a test of a label that rules set: where it is asked twice,
// it may have been set between.
func lowerConnLabel(b *builder, u *use) {
	o := u.asOption()
	b.unsupported(&o, 0, "the labels of connections is not modelled")
	b.terms[len(b.terms)-1].Unknown.Key += b.here(u.name)
}

// socketTest returns the lowering of a test of the socket that sent a packet.
// Packets of others have none, and it does not hold for them.
func socketTest(what string) func(*builder, *option) {
	return func(b *builder, o *option) {
		if o.name == "suppl-groups" {
			return // how --gid-owner looks groups up
		}
		b.ofSocket(o, what)
	}
}

// checkPolicy reports a direction that packets of a chain do not have, and
// strict tests of no association.
func (b *builder) checkPolicy(u *use, in bool) {
	for i := range u.options {
		if o := &u.options[i]; o.name == "strict" && len(u.options) <= 3 {
			b.malformed(o.word, "--strict needs an association, like --proto esp")
		}
	}
	chain := b.chain.name
	switch {
	case !b.chain.builtIn:
	case in && (chain == "OUTPUT" || chain == "POSTROUTING"), !in && (chain == "INPUT" || chain == "PREROUTING"):
		b.malformed(u.name, "-m policy: packets in chain %s have no policy of that direction", chain)
	}
}

// lowerPolicy lowers a test of IPsec. Whether a packet came out of it is a
// field of the packet; by which association, and whether it will go into one,
// is not known.
func lowerPolicy(b *builder, u *use) {
	in, ipsec, plain := false, false, true
	for i := range u.options {
		switch o := &u.options[i]; o.name {
		case "dir":
			if o.args[0].text != "in" && o.args[0].text != "out" {
				b.malformed(o.args[0], "--dir: bad value %s; expected in or out", quote(o.args[0].text))
				return
			}
			in = o.args[0].text == "in"
		case "pol":
			if o.args[0].text != "ipsec" && o.args[0].text != "none" {
				b.malformed(o.args[0], "--pol: bad value %s; expected ipsec or none", quote(o.args[0].text))
				return
			}
			ipsec = o.args[0].text == "ipsec"
		default:
			plain = false
		}
	}
	b.checkPolicy(u, in)
	o := u.asOption()
	switch {
	case in && !ipsec:
		b.match(&o, packet.Number(packet.IPsec, 0))
	case in && plain:
		b.match(&o, packet.Number(packet.IPsec, 1))
	case in:
		b.unsupported(&o, 0, "the IPsec association of a packet is not modelled")
		b.terms[len(b.terms)-1].Unknown.Within = packet.Number(packet.IPsec, 1)
	default:
		b.unsupported(&o, packet.Fields(packet.Dst), "whether a packet will go into IPsec is not modelled")
	}
}
