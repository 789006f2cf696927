package asa

import (
	"bytes"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// detectLines is how many lines Detect looks at.
const detectLines = 4000

// Detect reports how sure it is that a file is of an ASA or a relative, from 0
// to 100, and why.
func Detect(f *source.File) (score int, why string) {
	t := newText(f)
	lists, lines, addresses := 0, 0, 0
	rest := t.clean
	for n := 0; n < detectLines && len(rest) > 0; n++ {
		var row []byte
		row, rest = nextRow(rest)
		if isVersionRow(row) {
			return 100, "it has a version line"
		}
		words := bytes.Fields(row)
		if len(words) > 0 {
			if p := promptLength(words[0]); p == len(words[0]) {
				words = words[1:]
			}
		}
		if len(words) > 0 && string(words[0]) == "no" {
			words = words[1:]
		}
		switch {
		case isListRow(words):
			lists++
		case isConfigRow(words):
			lines++
		case len(words) > 3 && string(words[0]) == "ip" && (string(words[1]) == "address" || string(words[1]) == "ospf"):
			addresses++
		}
	}
	switch {
	case lists > 0 && lines > 0:
		return 97, "it has access lists and other lines of a configuration"
	case lists > 0:
		return 95, "it has access lists"
	case lines > 1:
		return 90, "it has lines like object network and access-group"
	case lines > 0:
		return 70, "it has a line like object network or access-group"
	}
	if addresses > 0 {
		return 40, "it has interfaces as Cisco writes them"
	}
	return 0, ""
}

// isListRow reports whether a line is one of an access list, as it is configured
// or shown.
func isListRow(words [][]byte) bool {
	if len(words) > 0 && string(words[0]) == "ipv6" {
		words = words[1:]
	}
	if len(words) < 3 || string(words[0]) != "access-list" {
		return false
	}
	if bytes.HasSuffix(words[1], []byte(";")) || string(words[1]) == "cached" {
		return true
	}
	switch string(words[2]) {
	case "permit", "deny", "remark", "extended", "standard", "advanced", "ethertype", "webtype", "line":
		return true
	}
	return false
}

// configRows are pairs of words that begin lines of no other language.
var configRows = map[string]bool{
	"object network": true, "object service": true, "object-group network": true, "object-group service": true,
	"object-group protocol": true, "object-group icmp-type": true, "object-group user": true, "object-group security": true,
	"same-security-traffic permit": true, "fixup protocol": true, "sysopt connection": true, "policy-map global_policy": true,
	"service-policy global_policy": true, "class-map inspection_default": true, "firewall transparent": true, "snmp-server host": true,
	"network-object host": true, "network-object object": true, "service-object tcp": true, "service-object udp": true,
	"service-object object": true, "port-object eq": true, "port-object range": true, "changeto context": true, "ip verify": true,
	"crypto map": true, "crypto ikev1": true, "crypto ikev2": true, "crypto ipsec": true, "tunnel-group type": true,
	"NAT Policies": true, "aaa-server protocol": true, "security-level 0": true, "security-level 100": true, "clear configure": true,
	"community-list expanded": true, "community-list standard": true, "dns server-group": true, "banner login": true,
	"banner motd": true, "logging trap": true, "logging host": true, "ssh timeout": true, "telnet timeout": true, "http server": true,
	"ssh stricthostkeycheck": true, "router ospf": true, "router bgp": true, "router eigrp": true,
}

// isConfigRow reports whether a line is one of a configuration.
func isConfigRow(words [][]byte) bool {
	if len(words) == 0 {
		return false
	}
	first, second := string(words[0]), ""
	if len(words) > 1 {
		second = string(words[1])
	}
	switch first {
	case "access-group":
		return len(words) > 2 && (string(words[2]) == "in" || string(words[2]) == "out" || string(words[2]) == "global")
	case "nameif", "security-level", "tunnel-group", "nat-control", "same-security-traffic", "group-policy":
		return len(words) <= 4 && len(words) > 1 || first == "nat-control"
	case "nat", "static", "global":
		return second != "" && second[0] == '(' || second == "source"
	case "route":
		return len(words) > 4 && !bytes.ContainsAny(words[1], "./-:") && bytes.Count(words[2], []byte(".")) == 3
	case "Manual", "Auto":
		return second == "NAT" && len(words) > 2 && string(words[2]) == "Policies"
	}
	return configRows[first+" "+second]
}
