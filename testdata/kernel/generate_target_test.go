//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"slices"
	"strings"
)

// target returns a target for the rule; it may ask for a protocol.
func (m *maker) target(d *draft) string {
	if m.oneIn(5) {
		if call := m.call(d); call != "" {
			return call
		}
	}
	switch d.table.name {
	case "raw":
		return m.rawTarget(d)
	case "mangle":
		return m.mangleTarget(d)
	case "nat":
		return m.natTarget(d)
	}
	return m.filterTarget(d)
}

// call returns a jump or goto to a chain behind the present one, so that no circle comes about.
func (m *maker) call(d *draft) string {
	var to []*madeChain
	for i, c := range d.table.chains {
		if !c.builtIn && i > d.index && (d.table.name != "nat" || c.source == d.chain.source) {
			to = append(to, c)
		}
	}
	if to == nil {
		return ""
	}
	return choose(m, "-j ", "-j ", "-g ") + choose(m, to...).name
}

func (m *maker) filterTarget(d *draft) string {
	switch m.IntN(16) {
	case 0, 1, 2, 3, 4:
		return "-j ACCEPT"
	case 5, 6, 7:
		return "-j DROP"
	case 8, 9:
		return m.reject(d)
	case 10, 11:
		return "-j RETURN"
	case 12:
		return ""
	case 13:
		return m.passing()
	case 14:
		return choose(m, m.mark(), m.connMark())
	}
	if m.oneIn(3) {
		return m.doubtfulTarget(d)
	}
	return "-j ACCEPT"
}

func (m *maker) reject(d *draft) string {
	if d.table.name != "filter" {
		return "-j DROP"
	}
	if d.proto == "tcp" && m.oneIn(2) {
		return "-j REJECT --reject-with tcp-reset"
	}
	if m.six {
		return choose(m, "-j REJECT", "-j REJECT --reject-with icmp6-adm-prohibited", "-j REJECT --reject-with icmp6-no-route", "-j REJECT --reject-with addr-unreach")
	}
	return choose(m, "-j REJECT", "-j REJECT --reject-with icmp-host-prohibited", "-j REJECT --reject-with icmp-admin-prohibited",
		"-j REJECT --reject-with host-unreach")
}

// passing returns a target that lets the next rule go on.
func (m *maker) passing() string {
	return choose(m, `-j LOG --log-prefix "DROP: "`, "-j LOG --log-level 7 --log-uid", "-j NFLOG --nflog-group 9 --nflog-prefix x",
		"-j AUDIT --type drop", "-j AUDIT --type accept")
}

// doubtfulTarget returns a target of which the tool does not say what it does.
func (m *maker) doubtfulTarget(d *draft) string {
	switch {
	case d.proto == "tcp" && m.oneIn(2) && !d.in("OUTPUT") && d.chain.builtIn:
		m.mayDoubt("a SYN proxy answers")
		return "-j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460"
	default:
		m.mayDoubt("a program that the rules hand the packet to")
		return choose(m, "-j NFQUEUE --queue-num 7", "-j NFQUEUE --queue-num 7 --queue-bypass", "-j NFQUEUE --queue-balance 7:8")
	}
}

func (m *maker) rawTarget(_ *draft) string {
	switch m.IntN(8) {
	case 0, 1:
		return choose(m, "-j CT --notrack", "-j CT --notrack", "-j NOTRACK")
	case 2:
		return "-j DROP"
	case 3:
		return "-j RETURN"
	case 4:
		return m.mark()
	case 5:
		return m.passing()
	case 6:
		return ""
	}
	return "-j ACCEPT"
}

func (m *maker) mangleTarget(d *draft) string {
	switch m.IntN(16) {
	case 0, 1, 2, 3:
		return m.mark()
	case 4, 5, 6:
		return m.connMark()
	case 7:
		return "-j DROP"
	case 8:
		return "-j RETURN"
	case 9:
		return "-j ACCEPT"
	case 10:
		return choose(m, "-j TOS --set-tos 0x10/0xff", "-j TOS --set-tos 0x4/0xc", "-j TOS --or-tos 0x8", "-j TOS --and-tos 0xf0", "-j TOS --xor-tos 0x28")
	case 11:
		return choose(m, "-j DSCP --set-dscp 0x2e", "-j DSCP --set-dscp-class AF21")
	case 12:
		if m.six {
			return choose(m, "-j HL --hl-set 77", "-j HL --hl-inc 1")
		}
		return choose(m, "-j TTL --ttl-set 77", "-j TTL --ttl-dec 1")
	case 13:
		if d.proto == "tcp" {
			d.add("-p tcp -m tcp --tcp-flags SYN,RST SYN")
			d.proto = ""
			if d.in("FORWARD", "OUTPUT", "POSTROUTING") && m.oneIn(2) {
				return "-j TCPMSS --clamp-mss-to-pmtu"
			}
			return "-j TCPMSS --set-mss 1200"
		}
		return "-j CHECKSUM --checksum-fill"
	case 14:
		if d.proto == "tcp" && !m.six {
			return choose(m, "-j ECN --ecn-tcp-remove", "-j TCPOPTSTRIP --strip-options timestamp")
		}
		if d.in("FORWARD", "OUTPUT", "POSTROUTING") {
			return "-j CLASSIFY --set-class 0001:0002"
		}
	}
	return m.passing()
}

// word32 returns a mark or mask of few kinds, so that different rules meet.
func (m *maker) word32() uint32 {
	n := choose[uint32](m, 0, 1, 2, 3, 0x10, 0x11, 0xf0, 0xff, 0x100, 0x4000, 0x80000000, 0xffffffff, 0xa5a5a5a5)
	m.marks = append(m.marks, n)
	return n
}

func (m *maker) mark() string {
	verb := choose(m, "set-mark", "set-xmark", "or-mark", "and-mark", "xor-mark")
	if strings.HasPrefix(verb, "set") && m.oneIn(2) {
		return fmt.Sprintf("-j MARK --%s %#x/%#x", verb, m.word32(), m.word32())
	}
	return fmt.Sprintf("-j MARK --%s %#x", verb, m.word32())
}

func (m *maker) connMark() string {
	switch verb := choose(m, "save-mark", "restore-mark", "restore-mark", "set-mark", "set-xmark", "or-mark", "and-mark", "xor-mark"); {
	case strings.Contains(verb, "-mark") && verb[0] == 's' && verb[1] == 'a', verb == "restore-mark":
		switch m.IntN(3) {
		case 0:
			return fmt.Sprintf("-j CONNMARK --%s --nfmask %#x --ctmask %#x", verb, m.word32(), m.word32())
		case 1:
			return fmt.Sprintf("-j CONNMARK --%s --mask %#x", verb, m.word32())
		}
		return "-j CONNMARK --" + verb
	case strings.HasPrefix(verb, "set") && m.oneIn(2):
		return fmt.Sprintf("-j CONNMARK --%s %#x/%#x", verb, m.word32(), m.word32())
	default:
		return fmt.Sprintf("-j CONNMARK --%s %#x", verb, m.word32())
	}
}

func (m *maker) natTarget(d *draft) string {
	switch m.IntN(10) {
	case 0:
		return "-j ACCEPT"
	case 1:
		return "-j RETURN"
	case 2:
		return m.mark()
	case 3:
		return m.passing()
	}
	if d.chain.source {
		return m.sourceTarget(d)
	}
	switch m.IntN(8) {
	case 0:
		if !d.chain.builtIn {
			return "-j ACCEPT"
		}
		return "-j NETMAP --to " + m.network()
	case 1, 2:
		return "-j REDIRECT" + m.newPorts(d, " --to-ports ")
	}
	return "-j DNAT --to-destination " + m.newEnd(d, m.destinations())
}

func (m *maker) sourceTarget(d *draft) string {
	switch m.IntN(8) {
	case 0:
		if !d.chain.builtIn {
			return "-j ACCEPT"
		}
		return "-j NETMAP --to " + m.network()
	case 1, 2, 3:
		if d.in("POSTROUTING") {
			return "-j MASQUERADE" + m.newPorts(d, " --to-ports ")
		}
	}
	return "-j SNAT --to-source " + m.newEnd(d, m.sources())
}

// network returns a network for NETMAP, which packets to it may have as well.
func (m *maker) network() string {
	if m.six {
		return choose(m, "2001:db8:1::/64", "2001:db8:5:6::/64", "2001:db8:1::8/125")
	}
	return choose(m, "192.0.2.0/24", "192.0.2.8/29", "172.16.9.0/24", "10.7.0.0/16")
}

func (m *maker) destinations() []string {
	all := []string{"$E", "$D", "$R", "$I", "$Q", "192.0.2.12"}
	if m.six {
		all[5] = "2001:db8:1::12"
	}
	return all
}

func (m *maker) sources() []string {
	all := []string{"$R", "$Q", "203.0.113.99", "192.0.2.77"}
	if m.six {
		all[2], all[3] = "2001:db8::99", "2001:db8:1::77"
	}
	return all
}

// newPorts returns a port or a range of ports for translation, behind the prefix, or nothing.
func (m *maker) newPorts(d *draft, prefix string) string {
	if !slices.Contains([]string{"tcp", "udp", "sctp"}, d.proto) || m.oneIn(2) {
		return ""
	}
	switch m.IntN(4) {
	case 0:
		m.anyTranslation = true
		m.mayDoubt("after translation is not known")
		m.mayDoubt("the value of")
		return prefix + choose(m, "8080-8083", "1024-65535", "80-81")
	default:
		m.aimPort(8080)
		return prefix + choose(m, "8080", "80", "22", "65535", "1")
	}
}

// newEnd returns an address, ports, or both for translation.
func (m *maker) newEnd(d *draft, addresses []string) string {
	address := substitute(choose(m, addresses...), m.six)
	ports := m.newPorts(d, ":")
	if ports != "" && !d.chain.source && m.oneIn(4) {
		ports = ":8000-8009/" + choose(m, "1000", "80", "65530")
		m.aimPort(1000)
		m.aimPort(1009)
	}
	if ports != "" && m.oneIn(3) {
		return ports
	}
	if m.oneIn(8) {
		m.anyTranslation = true
		m.mayDoubt("after translation is not known")
		m.mayDoubt("the value of")
		m.mayDoubt("is an address of this device")
		m.mayDoubt("the interface that the packet leaves by")
		address = "192.0.2.40-192.0.2.43"
		if m.six {
			address = "2001:db8:1::40-2001:db8:1::43"
		}
	}
	if m.six && ports != "" {
		address = "[" + address + "]"
	}
	return address + ports
}
