package iptables

// icmpNames are the names of ICMP types and codes (libxt_icmp.h).
var icmpNames = map[string]icmpType{
	"any": {any: true}, "echo-reply": icmpOf(0), "pong": icmpOf(0), "destination-unreachable": icmpOf(3),
	"network-unreachable": codeOf(3, 0), "host-unreachable": codeOf(3, 1), "protocol-unreachable": codeOf(3, 2),
	"port-unreachable": codeOf(3, 3), "fragmentation-needed": codeOf(3, 4), "source-route-failed": codeOf(3, 5),
	"network-unknown": codeOf(3, 6), "host-unknown": codeOf(3, 7), "network-prohibited": codeOf(3, 9), "host-prohibited": codeOf(3, 10),
	"tos-network-unreachable": codeOf(3, 11), "tos-host-unreachable": codeOf(3, 12), "communication-prohibited": codeOf(3, 13),
	"host-precedence-violation": codeOf(3, 14), "precedence-cutoff": codeOf(3, 15), "source-quench": icmpOf(4), "redirect": icmpOf(5),
	"network-redirect": codeOf(5, 0), "host-redirect": codeOf(5, 1), "tos-network-redirect": codeOf(5, 2), "tos-host-redirect": codeOf(5, 3),
	"echo-request": icmpOf(8), "ping": icmpOf(8), "router-advertisement": icmpOf(9), "router-solicitation": icmpOf(10),
	"time-exceeded": icmpOf(11), "ttl-exceeded": icmpOf(11), "ttl-zero-during-transit": codeOf(11, 0),
	"ttl-zero-during-reassembly": codeOf(11, 1), "parameter-problem": icmpOf(12), "ip-header-bad": codeOf(12, 0),
	"required-option-missing": codeOf(12, 1), "timestamp-request": icmpOf(13), "timestamp-reply": icmpOf(14),
	"address-mask-request": icmpOf(17), "address-mask-reply": icmpOf(18),
}

// icmpv6Names are the names of ICMPv6 types and codes (libxt_icmp.h).
var icmpv6Names = map[string]icmpType{
	"destination-unreachable": icmpOf(1), "no-route": codeOf(1, 0), "communication-prohibited": codeOf(1, 1), "beyond-scope": codeOf(1, 2),
	"address-unreachable": codeOf(1, 3), "port-unreachable": codeOf(1, 4), "failed-policy": codeOf(1, 5), "reject-route": codeOf(1, 6),
	"packet-too-big": icmpOf(2), "time-exceeded": icmpOf(3), "ttl-exceeded": icmpOf(3), "ttl-zero-during-transit": codeOf(3, 0),
	"ttl-zero-during-reassembly": codeOf(3, 1), "parameter-problem": icmpOf(4), "bad-header": codeOf(4, 0), "unknown-header-type": codeOf(4, 1),
	"unknown-option": codeOf(4, 2), "echo-request": icmpOf(128), "ping": icmpOf(128), "echo-reply": icmpOf(129), "pong": icmpOf(129),
	"mld-listener-query": icmpOf(130), "mld-listener-report": icmpOf(131), "mld-listener-done": icmpOf(132), "mld-listener-reduction": icmpOf(132),
	"router-solicitation": icmpOf(133), "router-advertisement": icmpOf(134), "neighbour-solicitation": icmpOf(135),
	"neighbor-solicitation": icmpOf(135), "neighbour-advertisement": icmpOf(136), "neighbor-advertisement": icmpOf(136), "redirect": icmpOf(137),
}

func icmpOf(n uint32) icmpType { return icmpType{number: n, anyCode: true} }

func codeOf(n, code uint32) icmpType { return icmpType{number: n, code: code} }
