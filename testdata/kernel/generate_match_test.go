//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"net/netip"
	"strings"
)

// condition adds a random condition to the rule, or none.
func (m *maker) condition(d *draft) {
	switch n := m.IntN(40); {
	case n < 7:
		m.addressCondition(d)
	case n < 10:
		m.interfaceCondition(d)
	case n < 20:
		m.transportCondition(d)
	case n < 22:
		m.rangeCondition(d)
	case n < 26:
		m.setCondition(d)
	case n < 28:
		m.typeCondition(d)
	case n < 33:
		m.stateCondition(d)
	case n < 36:
		m.markCondition(d)
	case n < 38:
		m.fieldCondition(d)
	case n == 38:
		d.add(choose(m, "-m comment --comment \"-j DROP # not\"", "-m comment --comment x"))
	default:
		if m.oneIn(3) {
			m.doubtfulCondition(d)
		}
	}
}

// addr returns an address near those that packets have.
func (m *maker) addr() netip.Addr {
	a := choose(m, m.addrs...)
	switch m.IntN(4) {
	case 0:
		if next := a.Next(); next.IsValid() {
			a = next
		}
	case 1:
		bytes := a.AsSlice()
		bytes[len(bytes)-1] ^= choose[byte](m, 1, 2, 8, 64)
		a, _ = netip.AddrFromSlice(bytes)
	}
	m.aimAddr(a)
	return a
}

// addressCondition adds -s or -d: an address, a network, a mask with holes, or a list.
func (m *maker) addressCondition(d *draft) {
	name := choose(m, "-s", "-d")
	if !d.once(name) {
		return
	}
	a := m.addr()
	not := m.not()
	if d.used["list of addresses"] {
		not = "" // refused beside a list
	}
	kind := m.IntN(8)
	if kind == 0 && not == "" && !d.used["negated address"] && d.once("list of addresses") {
		d.add(name + " " + a.String() + "," + m.addr().String())
		return
	}
	d.used["negated address"] = d.used["negated address"] || not != ""
	switch kind {
	case 1:
		mask := choose(m, "255.0.255.255", "255.255.0.255", "255.255.255.1", "255.255.255.240", "0.0.0.255")
		if m.six {
			mask = choose(m, "ffff:ffff:ffff::ffff", "ffff:ffff::", "::f", "ffff::ffff:0:0:f")
		}
		d.add(not + name + " " + a.String() + "/" + mask)
	case 2, 3, 4:
		bits := choose(m, 8, 16, 20, 23, 24, 25, 26, 29, 30, 31)
		if m.six {
			bits = choose(m, 16, 32, 44, 47, 48, 64, 112, 124, 125, 127)
		}
		p := netip.PrefixFrom(a, bits).Masked()
		m.aimAddr(p.Addr())
		d.add(not + name + " " + netip.PrefixFrom(a, bits).String())
	default:
		d.add(not + name + " " + a.String())
	}
}

func (m *maker) interfaceCondition(d *draft) {
	name := choose(m, "-i", "-o")
	if name == "-i" && d.in("OUTPUT", "POSTROUTING") || name == "-o" && d.in("INPUT", "PREROUTING") || !d.once(name) {
		return
	}
	if m.oneIn(10) {
		d.add(name + " +")
		return
	}
	d.add(m.not() + name + " " + choose(m, "eth0", "eth0", "eth1", "eth1", "eth2", "eth+", "eth1+", "e+", "lo", "et", "eth", "wg0"))
}

// portRange returns a port or a range of ports near those that packets have; single reports whether it is one port.
func (m *maker) portRange() (text string, single bool) {
	return m.portsOf(5)
}

// portsOf returns a port, a range of ports or, with more forms, one that is open at an end.
func (m *maker) portsOf(forms int) (text string, single bool) {
	p := choose(m, m.ports...) + choose[uint16](m, 0, 0, 0, 1, 65535)
	m.aimPort(p)
	switch m.IntN(forms) - forms + 5 {
	case 2:
		last := max(p, choose[uint16](m, p+1, p+10, 65534))
		m.aimPort(last)
		if last > p {
			return fmt.Sprintf("%d:%d", p, last), false
		}
	case 0:
		if p < 65535 {
			return fmt.Sprintf(":%d", p), false
		}
	case 1:
		if p > 0 {
			return fmt.Sprintf("%d:", p), false
		}
	}
	return fmt.Sprint(p), true
}

// transportCondition adds a condition on ports, flags or types, as the protocol has them.
func (m *maker) transportCondition(d *draft) {
	switch {
	case d.proto == m.icmpName():
		m.icmpCondition(d)
	case d.hasPorts() && (d.proto == "udplite" || m.oneIn(3)):
		m.multiport(d)
	case d.proto == "tcp" && m.oneIn(3):
		m.flagCondition(d)
	case d.hasPorts():
		if !d.once("ports") {
			return
		}
		d.add("-m " + d.proto)
		// iptables-nft 1.8.9 takes two single ports, each negated, for one condition.
		negated := false
		for _, name := range some(m, 2, "--sport", "--dport") {
			text, single := m.portRange()
			not := m.not()
			if single && negated {
				not = ""
			}
			negated = negated || single && not != ""
			d.add(not + name + " " + text)
		}
	case d.proto == "esp" && m.oneIn(4):
		m.mayDoubt("looks into a header")
		d.add("-m esp " + m.not() + "--espspi " + choose(m, "256", "1:255", "257"))
	}
}

func (m *maker) multiport(d *draft) {
	slots, parts := 0, []string{}
	for range 1 + m.IntN(5) {
		text, single := m.portsOf(3) // multiport knows no open ranges
		slots++
		if !single {
			slots++
		}
		parts = append(parts, text)
	}
	d.add("-m multiport " + m.not() + choose(m, "--sports", "--dports", "--dports", "--ports") + " " + strings.Join(parts, ","))
}

func (m *maker) flagCondition(d *draft) {
	if !d.once("flags") {
		return
	}
	if m.oneIn(3) {
		d.add("-m tcp " + m.not() + "--syn")
		return
	}
	names := []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"}
	mask := some(m, 6, names...)
	comp := []string{"NONE"}
	if m.oneIn(4) {
		comp = some(m, 3, names...) // perhaps not in the mask: then it never holds
	} else if m.oneIn(2) {
		comp = some(m, len(mask), mask...)
	}
	flags := uint8(0)
	for _, name := range comp {
		if at := strings.Index(flagLetters, name[:1]); name != "NONE" && at >= 0 {
			flags |= 1 << at
		}
	}
	m.flags = append(m.flags, flags, flags|flagSYN, flags^flagACK, flags|flagECE)
	d.add("-m tcp " + m.not() + "--tcp-flags " + strings.Join(mask, ",") + " " + strings.Join(comp, ","))
}

func (m *maker) icmpCondition(d *draft) {
	if !d.once("icmp") {
		return
	}
	kind := [2]uint8{choose[uint8](m, 0, 3, 4, 5, 8, 11, 12, 13, 17), 0}
	option := "-m icmp "
	name := "--icmp-type "
	if m.six {
		kind[0] = choose[uint8](m, 1, 2, 3, 4, 128, 129, 133, 135, 137)
		option, name = "-m icmp6 ", "--icmpv6-type "
	}
	m.types = append(m.types, kind, [2]uint8{kind[0], 1})
	switch m.IntN(6) {
	case 0:
		kind[1] = choose[uint8](m, 0, 1, 3, 4)
		m.types = append(m.types, kind)
		d.add(fmt.Sprintf("%s%s%s%d/%d", option, m.not(), name, kind[0], kind[1]))
	case 1:
		if !m.six {
			d.add(option + name + "any")
			return
		}
		fallthrough
	default:
		d.add(fmt.Sprintf("%s%s%s%d", option, m.not(), name, kind[0]))
	}
}

func (m *maker) rangeCondition(d *draft) {
	a, b := m.addr(), m.addr()
	if b.Less(a) {
		a, b = b, a
	}
	name := choose(m, "--src-range", "--dst-range")
	d.add(fmt.Sprintf("-m iprange %s%s %s-%s", m.not(), name, a, b))
}

// typeCondition adds a condition on what the routing table or the link layer says of an address.
func (m *maker) typeCondition(d *draft) {
	types := []string{"LOCAL", "UNICAST", "MULTICAST"}
	if !m.six {
		types = append(types, "BROADCAST")
	}
	switch m.IntN(3) {
	case 0:
		d.add("-m pkttype " + m.not() + "--pkt-type " + choose(m, "unicast", "broadcast", "multicast"))
	case 1:
		d.add("-m addrtype " + m.not() + "--src-type " + strings.Join(some(m, 2, types...), ","))
	default:
		d.add("-m addrtype " + m.not() + "--dst-type " + strings.Join(some(m, 2, types...), ","))
	}
}

// stateCondition adds a condition on the packet's connection.
func (m *maker) stateCondition(d *draft) {
	if m.six && d.table.name == "raw" {
		m.mayDoubt("message of neighbour discovery")
	}
	states := []string{"INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED"}
	if m.oneIn(4) {
		d.add("-m state " + m.not() + "--state " + strings.Join(some(m, 3, states...), ","))
		return
	}
	words := []string{"-m conntrack"}
	if !m.oneIn(3) {
		words = append(words, m.not()+"--ctstate "+strings.Join(some(m, 3, append(states, "SNAT", "DNAT")...), ","))
	}
	for range m.IntN(3) {
		if option := m.connectionOption(d); option != "" {
			words = append(words, option)
		}
	}
	if len(words) == 1 {
		words = append(words, m.not()+"--ctstate NEW")
	}
	d.add(strings.Join(words, " "))
}

// connectionOption returns a test of the connection's own data, or nothing if the rule has one already.
func (m *maker) connectionOption(d *draft) string {
	m.mayDoubt("what connection tracking knows of the packet's connection")
	name := choose(m, "ctproto", "ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst", "ctorigsrcport", "ctorigdstport",
		"ctreplsrcport", "ctrepldstport", "ctstatus", "ctdir")
	if !d.once(name) {
		return ""
	}
	switch name {
	case "ctproto":
		return m.not() + "--ctproto " + choose(m, "6", "udp", "1")
	case "ctdir":
		return "--ctdir " + choose(m, "ORIGINAL", "REPLY")
	case "ctstatus":
		return m.not() + "--ctstatus " + choose(m, "CONFIRMED", "SEEN_REPLY,ASSURED", "EXPECTED", "NONE")
	}
	if strings.HasSuffix(name, "port") {
		p := choose(m, m.ports...)
		if m.oneIn(3) && p < 60000 {
			return fmt.Sprintf("%s--%s %d:%d", m.not(), name, p, p+10)
		}
		return fmt.Sprintf("%s--%s %d", m.not(), name, p)
	}
	text := m.addr().String()
	if m.oneIn(3) {
		text += choose(m, "/24", "/20", "/31")
	}
	return m.not() + "--" + name + " " + text
}

func (m *maker) markCondition(d *draft) {
	if !d.once("mark") {
		return // the programs may take the option of one module for that of the other
	}
	module := choose(m, "mark", "mark", "connmark")
	value := m.word32()
	if m.oneIn(2) {
		d.add(fmt.Sprintf("-m %s %s--mark %#x/%#x", module, m.not(), value, m.word32()))
		return
	}
	d.add(fmt.Sprintf("-m %s %s--mark %#x", module, m.not(), value))
}

// fieldCondition adds a condition on a field that trace is not told.
func (m *maker) fieldCondition(d *draft) {
	kind := m.IntN(6)
	if kind == 4 && !d.in("PREROUTING", "INPUT", "FORWARD") {
		return // --dir in is refused elsewhere
	}
	switch kind {
	case 0:
		n := choose(m, 60, 100, 200)
		m.length = append(m.length, n, n+1, n-1)
		d.add("-m length " + m.not() + "--length " + choose(m, fmt.Sprint(n), fmt.Sprintf("%d:%d", n, n+50), fmt.Sprintf(":%d", n)))
	case 1:
		m.tos = append(m.tos, 0xb8, 0x48, 0x10)
		d.add("-m dscp " + m.not() + choose(m, "--dscp 0x2e", "--dscp-class AF21", "--dscp 0x00"))
	case 2:
		m.tos = append(m.tos, 0x10, 0x08, 0x18)
		d.add("-m tos " + m.not() + "--tos " + choose(m, "0x10/0xff", "0x08/0x0c", "Minimize-Delay", "8"))
	case 3:
		if d.proto == "tcp" && m.oneIn(2) {
			m.flags = append(m.flags, flagSYN|flagECE, flagSYN|flagCWR|flagECE)
			d.add("-m ecn " + m.not() + choose(m, "--ecn-tcp-ece", "--ecn-tcp-cwr"))
			return
		}
		m.tos = append(m.tos, 1, 2, 3)
		d.add("-m ecn " + m.not() + "--ecn-ip-ect " + choose(m, "0", "1", "2", "3"))
	case 4:
		d.add("-m policy --dir in --pol " + choose(m, "none", "ipsec"))
	default:
		d.add("-m time " + choose(m,
			"--timestart 08:00 --timestop 17:30", "--timestart 22:00:01 --timestop 05:59:59", "--weekdays Mon,Tue,Wed,Thu,Fri",
			"! --weekdays Sat,Sun --timestart 12:00", "--timestart 20:00 --timestop 04:00 --contiguous --weekdays Fri,Sat", "--timestop 12:00"))
	}
}

// doubtfulCondition adds a condition of which the tool does not know whether it holds.
func (m *maker) doubtfulCondition(d *draft) {
	all := []struct{ condition, reason string }{
		{"-m limit --limit 1000/sec", "whether the rate limit is kept"},
		{"-m hashlimit --hashlimit-above 1000/sec --hashlimit-name gen", "whether the rate limit is kept"},
		{"-m statistic --mode random --probability 0.5", "chance"},
		{"-m recent --rcheck --name gen", "whether the source was seen before"},
		{"-m string --string x --algo bm", "the payload of packets"},
		{`-m u32 --u32 "6&0xff=6"`, "the bytes that u32 looks at"},
		{"-m helper --helper ftp", "which helper a connection has"},
		{"-m physdev --physdev-in eth0", "the ports of a bridge"},
		{"-m quota --quota 100000", "whether the quota is used up"},
		{"-m cpu --cpu 0", "which processor handles the packet"},
		{"-m connlabel --label 3", "the labels of connections"},
		{"-m connlimit --connlimit-above 5", "whether the limit on connections is kept"},
	}
	if d.table.name == "raw" {
		all = all[:len(all)-1] // connlimit drops there what belongs to a connection that it cannot count
	}
	try := choose(m, all...)
	m.varies = true
	m.mayDoubt(try.reason)
	d.add(try.condition)
}
