package nftables

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// payloadFields are the headers and their fields (src/proto.c of nft).
var payloadFields = map[string][]string{
	"ether":   {"daddr", "saddr", "type"},
	"vlan":    {"id", "dei", "cfi", "pcp", "type"},
	"arp":     {"htype", "ptype", "hlen", "plen", "operation", "saddr", "daddr"},
	"ip":      {"version", "hdrlength", "dscp", "ecn", "length", "id", "frag-off", "ttl", "protocol", "checksum", "saddr", "daddr", "option"},
	"ip6":     {"version", "dscp", "ecn", "flowlabel", "length", "nexthdr", "hoplimit", "saddr", "daddr"},
	"icmp":    {"type", "code", "checksum", "id", "sequence", "gateway", "mtu"},
	"icmpv6":  {"type", "code", "checksum", "parameter-problem", "packet-too-big", "id", "sequence", "max-delay", "taddr", "daddr"},
	"igmp":    {"type", "mrt", "checksum", "group"},
	"tcp":     {"sport", "dport", "sequence", "ackseq", "doff", "reserved", "flags", "window", "checksum", "urgptr", "option"},
	"udp":     {"sport", "dport", "length", "checksum"},
	"udplite": {"sport", "dport", "csumcov", "checksum"},
	"sctp":    {"sport", "dport", "vtag", "checksum", "chunk"},
	"dccp":    {"sport", "dport", "type", "option"},
	"th":      {"sport", "dport"},
	"ah":      {"nexthdr", "hdrlength", "reserved", "spi", "sequence"},
	"esp":     {"spi", "sequence"},
	"comp":    {"nexthdr", "flags", "cpi"},
	"gre":     {"version", "flags", "protocol"},
	"vxlan":   {"vni", "flags"},
	"geneve":  {"vni", "type"},
	"gretap":  nil,
	"hbh":     {"nexthdr", "hdrlength"},
	"rt":      {"nexthdr", "hdrlength", "type", "seg-left", "classid", "nexthop", "mtu", "ipsec", "ip", "ip6"},
	"rt0":     {"addr"},
	"rt2":     {"addr"},
	"srh":     {"flags", "tag", "sid", "last-entry"},
	"frag":    {"nexthdr", "reserved", "frag-off", "reserved2", "more-fragments", "id"},
	"dst":     {"nexthdr", "hdrlength"},
	"mh":      {"nexthdr", "hdrlength", "type", "reserved", "checksum"},
	"socket":  {"transparent", "mark", "wildcard", "cgroupv2"},
	"tunnel":  {"id", "path"},
}

// tunnels are the headers inside of which other headers lie.
var tunnels = map[string]bool{"vxlan": true, "geneve": true, "gre": true, "gretap": true}

// metaKeys are what meta knows (src/meta.c); true: the word meta may be left out.
var metaKeys = map[string]bool{
	"length": false, "nfproto": false, "l4proto": false, "protocol": false, "priority": false, "random": false, "secmark": false, "mark": true,
	"iif": true, "iifname": true, "iiftype": true, "oif": true, "oifname": true, "oiftype": true, "skuid": true, "skgid": true,
	"nftrace": true, "rtclassid": true, "ibrname": true, "obrname": true, "ibriport": true, "obriport": true, "pkttype": true, "cpu": true,
	"iifgroup": true, "oifgroup": true, "cgroup": true, "ipsec": true, "secpath": true, "iifkind": false, "oifkind": false,
	"time": true, "hour": true, "day": true, "sdif": false, "sdifname": false, "broute": false, "ibrpvid": false, "ibrvproto": false,
	"ibrhwaddr": false, "ibrhwdr": false,
}

// ctKeys are what ct knows (src/ct.c).
var ctKeys = []string{
	"state", "direction", "status", "mark", "secmark", "expiration", "helper", "label", "id", "l3proto", "protocol", "bytes", "packets", "avgpkt",
	"zone", "event", "proto-src", "proto-dst", "saddr", "daddr", "ip", "ip6", "count", "timeout", "expectation", "original", "reply",
}

// fieldsOf returns the fields of a header, or the keys of meta and ct; nil for
// other words.
func fieldsOf(word string) []string {
	switch word {
	case "meta":
		var all []string
		for k := range metaKeys {
			all = append(all, k)
		}
		slices.Sort(all)
		return all
	case "ct":
		return ctKeys
	}
	return payloadFields[word]
}

// selector reads a field of the packet. It returns nil, and reads nothing, if
// there is none.
func (p *parser) selector() *node {
	t := p.peek()
	start, first := p.start(), t.Value
	next := p.second().Value
	switch first {
	case "meta":
		if _, ok := metaKeys[next]; !ok {
			return nil
		}
		p.at += 2
		return p.node(nodeSelector, "meta "+next, start)
	case "ct":
		return p.ctField(start)
	case "fib":
		return p.fib(start)
	case "numgen", "symhash", "jhash":
		return p.generator(first, start)
	case "osf", "ipsec", "exthdr", "xfrm":
		return p.wordy(first, start)
	}
	if metaKeys[first] {
		p.at++
		return p.node(nodeSelector, "meta "+first, start)
	}
	switch {
	case slices.Contains(payloadFields[first], next):
	case tunnels[first] && payloadFields[next] != nil:
		return p.inner(start)
	case extensionHeaders[first] && (next == "exists" || next == "missing"):
		p.at++
		return p.node(nodeSelector, "exthdr "+first, start)
	default:
		return nil
	}
	return p.header(first, next, start)
}

// header reads a field of a header.
func (p *parser) header(first, next string, start int32) *node {
	p.at += 2
	if next == "option" || next == "chunk" {
		return p.option(first, next, start)
	}
	p.fieldTail(first, next)
	return p.node(nodeSelector, p.words(start, first+" "+next), start)
}

var extensionHeaders = map[string]bool{"hbh": true, "rt": true, "frag": true, "dst": true, "mh": true}

// words returns the name of a field of more than two words as it was written.
func (p *parser) words(start int32, short string) string {
	if int(p.end()-start) <= len(short) {
		return short
	}
	var parts []string
	for i := p.at - 1; i >= 0 && int32(p.toks[i].Pos.Offset) >= start; i-- {
		parts = append(parts, p.toks[i].Value)
	}
	slices.Reverse(parts)
	return strings.Join(parts, " ")
}

// fieldTail reads what some fields have behind their name.
func (p *parser) fieldTail(first, field string) {
	switch {
	case first == "arp" && (field == "saddr" || field == "daddr"):
		if !p.take("ip") {
			p.take("ether")
		}
	case first == "socket" && field == "cgroupv2":
		p.expect("level")
		p.next()
	case first == "rt" && (field == "ip" || field == "ip6"):
		p.next()
	case field == "addr" || field == "sid":
		if p.take("[") {
			p.next()
			p.expect("]")
		}
	}
}

// inner reads a field of a header that lies in a tunnel.
func (p *parser) inner(start int32) *node {
	p.at++
	n := p.selector()
	if n == nil {
		p.fail("expected a field")
		return p.node(nodeSelector, "inner", start)
	}
	n.start = start
	n.text = "inner " + n.text
	return n
}

// optionFields are the fields of options and chunks.
var optionFields = map[string]bool{
	"kind": true, "length": true, "size": true, "count": true, "left": true, "right": true, "tsval": true, "tsecr": true, "subtype": true,
	"type": true, "ptr": true, "addr": true, "value": true, "flags": true, "tsn": true, "stream": true, "ssn": true, "ppid": true,
	"init-tag": true, "a-rwnd": true, "num-outbound-streams": true, "num-inbound-streams": true, "initial-tsn": true, "cum-tsn-ack": true,
	"num-gap-ack-blocks": true, "num-dup-tsns": true, "lowest-tsn": true, "seqno": true, "new-cum-tsn": true,
}

// option reads the name of an option, and its field if it has one.
func (p *parser) option(first, word string, start int32) *node {
	if p.peek().Type != tokWord && !p.is("@") {
		if p.peek().Type != tokRef {
			p.fail("expected the name of an option")
		}
	}
	if t := p.next(); t.Type == tokRef { // @KIND,OFFSET,LENGTH
		for p.take(",") {
			p.next()
		}
	}
	text := first + " " + word
	if optionFields[p.peek().Value] && p.second().Value != "exists" {
		text += " " + p.next().Value
	}
	return p.node(nodeSelector, p.words(start, text), start)
}

// ctField reads "ct [original|reply] KEY".
func (p *parser) ctField(start int32) *node {
	at := 1
	dir := ""
	if w := p.ahead(at).Value; w == "original" || w == "reply" {
		dir = w + " "
		at++
	}
	key := p.ahead(at).Value
	if (key == "ip" || key == "ip6") && dir != "" {
		at++
		key += " " + p.ahead(at).Value
	}
	if dir == "" && (key == "count" || key == "original" || key == "reply" || key == "timeout" || key == "expectation") || !slices.Contains(ctKeys, strings.Fields(key + " .")[0]) {
		return nil
	}
	p.at += at + 1
	return p.node(nodeSelector, "ct "+dir+key, start)
}

// fibParts are what a fib lookup asks with, and fibResults what for.
var (
	fibParts   = []string{"saddr", "daddr", "mark", "iif", "oif"}
	fibResults = []string{"oif", "oifname", "type", "check"}
)

// fib reads "fib saddr . iif oif".
func (p *parser) fib(start int32) *node {
	p.at++
	var parts []string
	for {
		if !slices.Contains(fibParts, p.peek().Value) {
			p.fail("expected saddr, daddr, mark, iif or oif")
			return p.node(nodeSelector, "fib", start)
		}
		parts = append(parts, p.next().Value)
		if !p.take(".") {
			break
		}
	}
	if !slices.Contains(fibResults, p.peek().Value) {
		p.fail("expected oif, oifname, type or check")
		return p.node(nodeSelector, "fib", start)
	}
	text := "fib " + strings.Join(parts, ".") + " " + p.next().Value
	return p.node(nodeSelector, text, start)
}

// generator reads "numgen inc mod N", "jhash EXPR mod N" or "symhash mod N".
func (p *parser) generator(word string, start int32) *node {
	p.at++
	text := word
	var of *node
	switch word {
	case "numgen":
		if !p.is("inc") && !p.is("random") {
			p.fail("expected inc or random")
		}
		text += " " + p.next().Value
	case "jhash":
		of = p.binary(leftSide, 0)
		if p.is(".") {
			kids := []*node{of}
			for p.take(".") {
				kids = append(kids, p.binary(leftSide, 0))
			}
			of = p.node(nodeConcat, "", of.start, kids...)
		}
	}
	p.expect("mod")
	mod := p.primary(rightSide)
	seeded := p.take("seed")
	if seeded {
		p.next()
	}
	n := p.node(nodeSelector, text, start, mod)
	n.flag = seeded
	if p.take("offset") {
		n.kids = append(n.kids, p.primary(rightSide))
	}
	if of != nil {
		for len(n.kids) < 2 {
			n.kids = append(n.kids, nil)
		}
		n.kids = append(n.kids, of)
	}
	n.end = p.end()
	return n
}

// wordy reads a field whose name is a run of words.
func (p *parser) wordy(first string, start int32) *node {
	p.at++
	switch first {
	case "osf":
		if p.take("ttl") {
			p.next()
		}
		p.next()
	case "exthdr":
		p.next()
	default: // ipsec in|out [spnum N] [ip|ip6] KEY
		p.next()
		if p.take("spnum") {
			p.next()
		}
		if p.is("ip") || p.is("ip6") {
			p.next()
		}
		p.next()
	}
	return p.node(nodeSelector, p.words(start, ""), start)
}

// rawPayload reads "@th,16,16". It returns nil, and reads nothing, if there is
// none.
func (p *parser) rawPayload() *node {
	base := p.peek().Value
	if p.second().Value != "," || base != "@ll" && base != "@nh" && base != "@th" && base != "@ih" {
		return nil
	}
	start := p.start()
	p.at += 2
	offset := p.primary(rightSide)
	p.expect(",")
	length := p.primary(rightSide)
	return p.node(nodeSelector, rawName(base[1:], offset.text, length.text), start, offset, length)
}

// rawNames are raw expressions that hit a field whatever the header is.
var rawNames = map[string]string{
	"@th,0,16": "th sport", "@th,16,16": "th dport",
}

func rawName(base, offset, length string) string {
	raw := "@" + base + "," + offset + "," + length
	if name := rawNames[raw]; name != "" {
		return name
	}
	return raw
}

// isWord reports whether a token is the bare word s.
func isWord(t *lexer.Token, s string) bool { return t.Type == tokWord && t.Value == s }
