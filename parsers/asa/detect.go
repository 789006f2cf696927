package asa

import (
	"bytes"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// detectLines is how many lines Detect looks at.
const detectLines = 4000

// Detect reports how sure it is that a file is of an ASA or a relative, from 0
// to 100, and why.
func Detect(f *source.File) (score int, why string) {
	lists, lines, addresses := 0, 0, 0
	rest := newText(f).clean
	for n := 0; n < detectLines && len(rest) > 0; n++ {
		var row []byte
		row, rest = nextRow(rest)
		if isVersionRow(row) {
			return 100, "it has a version line"
		}
		switch words := commandWords(row); {
		case isListRow(words):
			lists++
		case isConfigRow(words):
			lines++
		case isAddressRow(words):
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

// commandWords returns the words of a line, without a prompt and without "no".
func commandWords(row []byte) [][]byte {
	words := bytes.Fields(row)
	if len(words) > 0 && promptLength(words[0]) == len(words[0]) {
		words = words[1:]
	}
	if len(words) > 0 && string(words[0]) == "no" {
		words = words[1:]
	}
	return words
}

// isAddressRow reports whether a line is one of an interface, as other devices
// of the maker have them too.
func isAddressRow(words [][]byte) bool {
	return len(words) > 3 && string(words[0]) == "ip" && (string(words[1]) == "address" || string(words[1]) == "ospf")
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
	"Manual NAT": true, "Auto NAT": true, "aaa-server protocol": true, "security-level 0": true, "security-level 100": true, "clear configure": true,
	"community-list expanded": true, "community-list standard": true, "dns server-group": true, "banner login": true,
	"banner motd": true, "logging trap": true, "logging host": true, "ssh timeout": true, "telnet timeout": true, "http server": true,
	"ssh stricthostkeycheck": true, "router ospf": true, "router bgp": true, "router eigrp": true,
}

// isConfigRow reports whether a line is one of a configuration.
func isConfigRow(words [][]byte) bool {
	if len(words) == 0 {
		return false
	}
	word := func(i int) string {
		if i < len(words) {
			return string(words[i])
		}
		return ""
	}
	switch first := word(0); first {
	case "nat-control":
		return true
	case "access-group":
		return word(2) == "in" || word(2) == "out" || word(2) == "global"
	case "nameif", "security-level", "tunnel-group", "group-policy":
		return len(words) > 1 && len(words) <= 4
	case "nat", "static", "global":
		return strings.HasPrefix(word(1), "(") || word(1) == "source"
	case "route":
		return len(words) > 4 && !strings.ContainsAny(word(1), "./-:") && strings.Count(word(2), ".") == 3
	default:
		return configRows[first+" "+word(1)]
	}
}
