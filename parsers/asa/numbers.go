package asa

import (
	"maps"
	"slices"
	"strconv"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// transport says with which protocols the name of a port is known.
type transport uint8

const (
	overTCP transport = 1 << iota
	overUDP
	overSCTP
	overBoth = overTCP | overUDP
)

// namedPort is a port that has a name.
type namedPort struct {
	port uint16
	over transport
}

// portNames are the ports that the device knows by name (asa.md section 5.1).
// Several are not those of other systems: cifs, kerberos, radius, sqlnet.
var portNames = map[string]namedPort{
	"aol": {5190, overTCP}, "bgp": {179, overTCP}, "biff": {512, overUDP}, "bootpc": {68, overUDP}, "bootps": {67, overUDP},
	"chargen": {19, overTCP}, "cifs": {3020, overBoth}, "citrix-ica": {1494, overTCP}, "cmd": {514, overTCP},
	"ctiqbe": {2748, overTCP}, "daytime": {13, overTCP}, "discard": {9, overBoth}, "dnsix": {195, overUDP},
	"domain": {53, overBoth}, "echo": {7, overBoth}, "exec": {512, overTCP}, "finger": {79, overTCP}, "ftp": {21, overTCP},
	"ftp-data": {20, overTCP}, "gopher": {70, overTCP}, "h323": {1720, overTCP}, "hostname": {101, overTCP},
	"http": {80, overBoth}, "https": {443, overTCP}, "ident": {113, overTCP}, "imap4": {143, overTCP}, "irc": {194, overTCP},
	"isakmp": {500, overUDP}, "kerberos": {750, overBoth}, "klogin": {543, overTCP}, "kshell": {544, overTCP},
	"ldap": {389, overTCP}, "ldaps": {636, overTCP}, "login": {513, overTCP}, "lotusnotes": {1352, overTCP},
	"lpd": {515, overTCP}, "mobile-ip": {434, overUDP}, "nameserver": {42, overUDP}, "netbios-dgm": {138, overUDP},
	"netbios-ns": {137, overUDP}, "netbios-ssn": {139, overTCP}, "nfs": {2049, overBoth}, "nntp": {119, overTCP},
	"ntp": {123, overUDP}, "pcanywhere-data": {5631, overTCP}, "pcanywhere-status": {5632, overUDP},
	"pim-auto-rp": {496, overBoth}, "pop2": {109, overTCP}, "pop3": {110, overTCP}, "pptp": {1723, overTCP},
	"radius": {1645, overUDP}, "radius-acct": {1646, overUDP}, "rip": {520, overUDP}, "rpc": {111, overBoth},
	"rsh": {514, overTCP}, "rtsp": {554, overTCP}, "secureid-udp": {5510, overUDP}, "sip": {5060, overBoth},
	"smtp": {25, overTCP}, "snmp": {161, overUDP}, "snmptrap": {162, overUDP}, "sqlnet": {1521, overTCP}, "ssh": {22, overTCP},
	"sunrpc": {111, overBoth}, "syslog": {514, overUDP}, "tacacs": {49, overBoth}, "talk": {517, overBoth},
	"telnet": {23, overTCP}, "tftp": {69, overUDP}, "time": {37, overUDP}, "uucp": {540, overTCP}, "vxlan": {4789, overUDP},
	"who": {513, overUDP}, "whois": {43, overTCP}, "www": {80, overBoth}, "xdmcp": {177, overUDP},
}

// protocolNames are the protocols that the device knows by name (asa.md
// section 5.2), but for ip, which is all of them.
var protocolNames = map[string]packet.Proto{
	"icmp": 1, "igmp": 2, "ipinip": 4, "tcp": 6, "igrp": 9, "udp": 17, "gre": 47, "pptp": 47, "esp": 50, "ipsec": 50, "ah": 51,
	"icmp6": 58, "eigrp": 88, "ospf": 89, "nos": 94, "pim": 103, "pcp": 108, "snp": 109, "sctp": 132,
}

// icmpNames and icmp6Names are the message types (asa.md section 5.3).
var (
	icmpNames = map[string]uint8{
		"echo-reply": 0, "unreachable": 3, "source-quench": 4, "redirect": 5, "alternate-address": 6, "echo": 8,
		"router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12,
		"timestamp-request": 13, "timestamp-reply": 14, "information-request": 15, "information-reply": 16,
		"mask-request": 17, "mask-reply": 18, "traceroute": 30, "conversion-error": 31, "mobile-redirect": 32,
	}
	icmp6Names = map[string]uint8{
		"unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo": 128, "echo-reply": 129,
		"membership-query": 130, "membership-report": 131, "membership-reduction": 132, "router-solicitation": 133,
		"router-advertisement": 134, "neighbor-solicitation": 135, "neighbor-advertisement": 136, "neighbor-redirect": 137,
		"router-renumbering": 138,
	}
)

// The names, for proposals.
var (
	portWords     = slices.Sorted(maps.Keys(portNames))
	protocolWords = append(slices.Sorted(maps.Keys(protocolNames)), "ip", "object", "object-group")
	icmpWords     = slices.Sorted(maps.Keys(icmpNames))
	icmp6Words    = slices.Sorted(maps.Keys(icmp6Names))
)

// everything are the sets that very many lines share.
var (
	anyProto  []packet.Range // nil: whatever the protocol is
	tcpOnly   = []packet.Range{packet.One(uint32(packet.TCP))}
	udpOnly   = []packet.Range{packet.One(uint32(packet.UDP))}
	tcpAndUDP = []packet.Range{packet.One(uint32(packet.TCP)), packet.One(uint32(packet.UDP))}
)

// lastPort is the highest port.
const lastPort = 65535

// protocolRanges returns a protocol as a set.
func protocolRanges(p packet.Proto) []packet.Range {
	switch p {
	case packet.TCP:
		return tcpOnly
	case packet.UDP:
		return udpOnly
	}
	return []packet.Range{packet.One(uint32(p))}
}

// transportOf returns how the ports of protocols are named.
func transportOf(protos []packet.Range) transport {
	var over transport
	for _, r := range protos {
		switch {
		case r == tcpOnly[0]:
			over |= overTCP
		case r == udpOnly[0]:
			over |= overUDP
		case r == packet.One(protoSCTP):
			over |= overSCTP
		}
	}
	return over
}

const protoSCTP = 132

// decimal returns the number that a word is, if it is one up to most.
func decimal(word string, most int) (int, bool) {
	if word == "" || len(word) > 5 || word[0] < '0' || word[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n <= most
}
