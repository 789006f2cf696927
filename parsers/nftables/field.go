package nftables

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// selectorOf returns what is known of the field that a node names.
func (l *lowering) selectorOf(n *node, family string) *selector {
	name := n.text
	if strings.HasPrefix(name, "@") {
		name = decodeRaw(name, family)
	}
	if s := selectors[name]; s != nil {
		return s
	}
	if s := l.unclear[name]; s != nil {
		return s
	}
	s := opaqueSelector(name)
	l.unclear[name] = s
	return s
}

// opaqueSelector makes up what there is to know of a field that is not in the
// table.
func opaqueSelector(name string) *selector {
	words := strings.Fields(name + " .")
	s := &selector{name: name, typ: types["invalid"], proto: noProto, family: noFamily, opaque: name + " is not modelled"}
	if h, ok := headers[words[0]]; ok {
		s.proto, s.family = h.proto, h.family
	}
	if varyingHeaders[words[0]] {
		s.doubt, s.opaque = packet.Varying, "the "+name+" of the packet"
	}
	switch words[0] {
	case "numgen":
		s.opaque = "chance"
	case "jhash", "symhash":
		s.opaque = "a hash of the packet"
	case "ct":
		s.conn = true
	case "fib":
		s.opaque, s.of = "what the routing table says for "+name[4:], packet.Fields(packet.Src, packet.Dst)
	case "socket":
		s.opaque = "whether a local socket waits for the packet"
	case "ether", "vlan", "arp":
		s.opaque = "the fields of the link layer are not modelled"
	}
	return s
}

// raw4 and raw6 are the fields of the IP headers by their place in bits, and
// rawPorts those of transport headers (net/ipv4, net/ipv6).
var (
	raw4 = map[string]string{
		"@nh,72,8": "ip protocol", "@nh,96,32": "ip saddr", "@nh,128,32": "ip daddr", "@nh,16,16": "ip length", "@nh,64,8": "ip ttl",
		"@nh,8,6": "ip dscp", "@nh,14,2": "ip ecn",
	}
	raw6 = map[string]string{
		"@nh,48,8": "ip6 nexthdr", "@nh,64,128": "ip6 saddr", "@nh,192,128": "ip6 daddr", "@nh,56,8": "ip6 hoplimit",
	}
)

// decodeRaw returns the field that a raw expression hits in a table of the
// family; in other families it is not known which header is there.
func decodeRaw(name, family string) string {
	var known map[string]string
	switch family {
	case "ip":
		known = raw4
	case "ip6":
		known = raw6
	}
	if field := known[name]; field != "" {
		return field
	}
	if field := rawNames[name]; field != "" {
		return field
	}
	return name
}
