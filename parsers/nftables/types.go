package nftables

import "github.com/moveit-lint/moveit-lint/rules/packet"

// valueKind is how the values of a type are kept.
type valueKind uint8

const (
	numbers    valueKind = iota // in 32 bits
	addresses                   // of one family
	ifaceNames                  // of interfaces
	opaques                     // not modelled
)

// dataType is a type of values (src/datatype.c of nft).
type dataType struct {
	name   string
	kind   valueKind
	family int // of addresses
	most   uint32
	words  map[string]uint32 // values that have names
	flags  bool              // a bitmask: a bare value asks for any of its bits
}

const allBits = 1<<32 - 1

// types are the types by name. What a type line names and nobody can match here
// is opaque.
var types = map[string]*dataType{
	"ipv4_addr":    {kind: addresses, family: packet.IPv4},
	"ipv6_addr":    {kind: addresses, family: packet.IPv6},
	"inet_proto":   {most: 255},
	"inet_service": {most: 65535},
	"mark":         {most: allBits},
	"ifname":       {kind: ifaceNames},
	"iface_index":  {kind: ifaceNames},
	"icmp_type": {most: 255, words: map[string]uint32{
		"echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8, "router-advertisement": 9,
		"router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12, "timestamp-request": 13, "timestamp-reply": 14,
		"info-request": 15, "info-reply": 16, "address-mask-request": 17, "address-mask-reply": 18,
	}},
	"icmp_code": {most: 255, words: map[string]uint32{
		"net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3, "frag-needed": 4, "net-prohibited": 9,
		"host-prohibited": 10, "admin-prohibited": 13,
	}},
	"icmpv6_type": {most: 255, words: map[string]uint32{
		"destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo-request": 128, "echo-reply": 129,
		"mld-listener-query": 130, "mld-listener-report": 131, "mld-listener-done": 132, "mld-listener-reduction": 132,
		"nd-router-solicit": 133, "nd-router-advert": 134, "nd-neighbor-solicit": 135, "nd-neighbor-advert": 136, "nd-redirect": 137,
		"router-renumbering": 138, "ind-neighbor-solicit": 141, "ind-neighbor-advert": 142, "mld2-listener-report": 143,
	}},
	"icmpv6_code": {most: 255, words: map[string]uint32{
		"no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4, "policy-fail": 5, "reject-route": 6,
	}},
	"icmpx_code": {most: 255, words: map[string]uint32{
		"no-route": 0, "port-unreachable": 1, "host-unreachable": 2, "admin-prohibited": 3,
	}},
	"ct_state": {most: allBits, flags: true, words: map[string]uint32{
		"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64,
	}},
	"ct_dir": {most: 255, words: map[string]uint32{"original": 0, "reply": 1}},
	"ct_status": {most: allBits, flags: true, words: map[string]uint32{
		"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32, "seq-adjust": 64, "snat-done": 128, "dnat-done": 256,
		"dying": 512, "fixed-timeout": 1024, "template": 2048, "helper": 8192, "offload": 16384,
	}},
	"ct_label": {kind: opaques}, "ct_event": {kind: opaques},
	"tcp_flag": {most: 255, flags: true, words: map[string]uint32{
		"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128,
	}},
	"ether_addr": {kind: opaques}, "ll_addr": {kind: opaques},
	"ether_type": {most: 65535, words: map[string]uint32{
		"ip": 0x0800, "arp": 0x0806, "ip6": 0x86dd, "8021q": 0x8100, "8021ad": 0x88a8, "vlan": 0x8100,
	}},
	"dscp": {most: 63, words: map[string]uint32{
		"cs0": 0, "cs1": 8, "cs2": 16, "cs3": 24, "cs4": 32, "cs5": 40, "cs6": 48, "cs7": 56, "be": 0, "df": 0, "lephb": 1,
		"af11": 10, "af12": 12, "af13": 14, "af21": 18, "af22": 20, "af23": 22, "af31": 26, "af32": 28, "af33": 30, "af41": 34, "af42": 36, "af43": 38,
		"va": 44, "ef": 46,
	}},
	"ecn": {most: 3, words: map[string]uint32{"not-ect": 0, "ect1": 1, "ect0": 2, "ce": 3}},
	"pkt_type": {most: 255, words: map[string]uint32{
		"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3,
	}},
	"boolean": {most: 1, words: map[string]uint32{"exists": 1, "missing": 0, "true": 1, "false": 0}},
	"fib_addrtype": {most: allBits, words: map[string]uint32{
		"unspec": 0, "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6, "unreachable": 7, "prohibit": 8,
		"throw": 9, "nat": 10, "xresolve": 11,
	}},
	"nf_proto": {most: 255, words: map[string]uint32{"ipv4": 2, "ipv6": 10}},
	"integer":  {most: allBits},
	"string":   {kind: opaques}, "uid": {kind: opaques}, "gid": {kind: opaques}, "realm": {kind: opaques}, "devgroup": {kind: opaques},
	"classid": {kind: opaques}, "arp_op": {kind: opaques}, "cgroupsv2": {kind: opaques}, "time": {kind: opaques}, "day": {kind: opaques},
	"hour": {kind: opaques}, "igmp_type": {kind: opaques}, "mh_type": {kind: opaques}, "dccp_pkttype": {kind: opaques},
	"iface_type": {kind: opaques}, "ct_id": {kind: opaques}, "bitmask": {kind: opaques}, "ifkind": {kind: opaques}, "osf_name": {kind: opaques},
	"invalid": {kind: opaques}, "tcpopt": {kind: opaques},
}

var _ = func() bool {
	for name, t := range types {
		t.name = name
	}
	return true
}()

// pair says which value of a field of the model a value in nft is.
type pair struct{ here, there uint32 }

// selector is what is known of a field of nft.
type selector struct {
	name  string
	typ   *dataType
	field packet.Field // 0: not modelled

	proto  int  // the protocol that has the field; noProto: any
	family int  // the IP version that has it; noFamily: any
	conn   bool // only packets of a connection have it
	opens  bool // what it is for a packet that opens its connection is known, for later ones it is not

	pairs []pair // where values differ between nft and the model
	shift uint8  // of a part of a field: how far it is shifted
	width uint8  // and how wide it is; 0: the whole field

	// opaque says why the field is not modelled, and doubt how a condition on it
	// comes out. Unless that is Fixed, it is not worth a problem.
	opaque string
	doubt  packet.Doubt
	of     packet.FieldSet
	within *packet.Boxes // the packets that have it at all
}

const (
	noProto  = -1
	noFamily = -1
)

var (
	statePairs = []pair{
		{8, uint32(packet.New)}, {2, uint32(packet.Established)}, {4, uint32(packet.Related)}, {1, uint32(packet.Invalid)}, {64, uint32(packet.Untracked)},
	}
	fibPairs = []pair{
		{1, uint32(packet.Unicast)},
		{2, uint32(packet.Local)},
		{3, uint32(packet.Broadcast)},
		{5, uint32(packet.Multicast)},
		{0, uint32(packet.OtherType)},
		{4, uint32(packet.OtherType)},
		{6, uint32(packet.OtherType)},
		{7, uint32(packet.OtherType)},
		{8, uint32(packet.OtherType)},
		{9, uint32(packet.OtherType)},
		{10, uint32(packet.OtherType)},
		{11, uint32(packet.OtherType)},
	}
	linkPairs = []pair{
		{0, uint32(packet.Unicast)}, {1, uint32(packet.Broadcast)}, {2, uint32(packet.Multicast)}, {3, uint32(packet.OtherType)},
	}
	familyPairs = []pair{{2, packet.IPv4}, {10, packet.IPv6}}
	etherPairs  = []pair{{0x0800, packet.IPv4}, {0x86dd, packet.IPv6}}
	sentByUs    = packet.Names(packet.In, packet.Pattern{})
)

// selectors are the fields by name. Those that are not here are opaque, with a
// reason made of their name.
var selectors = func() map[string]*selector {
	m := map[string]*selector{}
	add := func(name, typ string, s selector) {
		s.name, s.typ = name, types[typ]
		if s.proto == 0 {
			s.proto = noProto
		}
		m[name] = &s
	}
	anything := func(f packet.Field) selector { return selector{field: f, proto: noProto, family: noFamily} }
	of := func(proto packet.Proto, family int, f packet.Field) selector {
		return selector{field: f, proto: int(proto), family: family}
	}
	unclear := func(why string, doubt packet.Doubt, of packet.FieldSet) selector {
		return selector{proto: noProto, family: noFamily, opaque: why, doubt: doubt, of: of}
	}
	add("ip saddr", "ipv4_addr", of(0, packet.IPv4, packet.Src))
	add("ip daddr", "ipv4_addr", of(0, packet.IPv4, packet.Dst))
	add("ip6 saddr", "ipv6_addr", of(0, packet.IPv6, packet.Src))
	add("ip6 daddr", "ipv6_addr", of(0, packet.IPv6, packet.Dst))
	add("ip protocol", "inet_proto", of(0, packet.IPv4, packet.Protocol))
	add("ip6 nexthdr", "inet_proto", of(0, packet.IPv6, packet.Protocol))
	add("ip length", "integer", of(0, packet.IPv4, packet.Length))
	add("ip dscp", "dscp", selector{field: packet.TOS, family: packet.IPv4, shift: 2, width: 6})
	add("ip6 dscp", "dscp", selector{field: packet.TOS, family: packet.IPv6, shift: 2, width: 6})
	add("ip ecn", "ecn", selector{field: packet.TOS, family: packet.IPv4, width: 2})
	add("ip6 ecn", "ecn", selector{field: packet.TOS, family: packet.IPv6, width: 2})
	for name, p := range map[string]packet.Proto{
		"tcp": packet.TCP, "udp": packet.UDP, "udplite": packet.UDPLite, "sctp": packet.SCTP, "dccp": packet.DCCP,
	} {
		add(name+" sport", "inet_service", of(p, noFamily, packet.SrcPort))
		add(name+" dport", "inet_service", of(p, noFamily, packet.DstPort))
	}
	add("th sport", "inet_service", anything(packet.SrcPort))
	add("th dport", "inet_service", anything(packet.DstPort))
	add("tcp flags", "tcp_flag", of(packet.TCP, noFamily, packet.TCPFlags))
	add("icmp type", "icmp_type", of(packet.ICMP, packet.IPv4, packet.ICMPType))
	add("icmp code", "icmp_code", of(packet.ICMP, packet.IPv4, packet.ICMPCode))
	add("icmpv6 type", "icmpv6_type", of(packet.ICMPv6, packet.IPv6, packet.ICMPType))
	add("icmpv6 code", "icmpv6_code", of(packet.ICMPv6, packet.IPv6, packet.ICMPCode))

	add("meta l4proto", "inet_proto", anything(packet.Protocol))
	add("meta nfproto", "nf_proto", selector{field: packet.Family, family: noFamily, pairs: familyPairs})
	add("meta protocol", "ether_type", selector{field: packet.Family, family: noFamily, pairs: etherPairs})
	add("ether type", "ether_type", selector{field: packet.Family, family: noFamily, pairs: etherPairs})
	add("meta iif", "iface_index", anything(packet.In))
	add("meta iifname", "ifname", anything(packet.In))
	add("meta oif", "iface_index", anything(packet.Out))
	add("meta oifname", "ifname", anything(packet.Out))
	add("meta mark", "mark", anything(packet.Mark))
	add("meta length", "integer", anything(packet.Length))
	add("meta pkttype", "pkt_type", selector{field: packet.LinkType, family: noFamily, pairs: linkPairs})
	add("meta ipsec", "boolean", anything(packet.IPsec))
	add("meta secpath", "boolean", anything(packet.IPsec))
	add("fib daddr type", "fib_addrtype", selector{field: packet.DstType, family: noFamily, pairs: fibPairs})
	add("fib saddr type", "fib_addrtype", selector{field: packet.SrcType, family: noFamily, pairs: fibPairs})
	add("fib daddr.mark type", "fib_addrtype", selector{field: packet.DstType, family: noFamily, pairs: fibPairs})
	add("fib saddr.mark type", "fib_addrtype", selector{field: packet.SrcType, family: noFamily, pairs: fibPairs})

	add("ct state", "ct_state", selector{field: packet.ConnState, family: noFamily, pairs: statePairs})
	add("ct mark", "mark", selector{field: packet.ConnMark, family: noFamily, conn: true})
	for dir, ends := range map[string][4]packet.Field{
		"original": {packet.OrigSrc, packet.OrigDst, packet.OrigSrcPort, packet.OrigDstPort},
		// The reply comes from where the connection goes to now.
		"reply": {packet.Dst, packet.Src, packet.DstPort, packet.SrcPort},
	} {
		for i, key := range []string{"saddr", "daddr"} {
			add("ct "+dir+" ip "+key, "ipv4_addr", selector{field: ends[i], family: packet.IPv4, conn: true, opens: true})
			add("ct "+dir+" ip6 "+key, "ipv6_addr", selector{field: ends[i], family: packet.IPv6, conn: true, opens: true})
		}
		add("ct "+dir+" proto-src", "inet_service", selector{field: ends[2], family: noFamily, conn: true, opens: true})
		add("ct "+dir+" proto-dst", "inet_service", selector{field: ends[3], family: noFamily, conn: true, opens: true})
		add("ct "+dir+" protocol", "inet_proto", selector{field: packet.Protocol, family: noFamily, conn: true})
		add("ct "+dir+" l3proto", "nf_proto", selector{field: packet.Family, family: noFamily, conn: true, pairs: familyPairs})
	}
	add("ct protocol", "inet_proto", selector{field: packet.Protocol, family: noFamily, conn: true})
	add("ct l3proto", "nf_proto", selector{field: packet.Family, family: noFamily, conn: true, pairs: familyPairs})
	add("ct status", "ct_status", selector{family: noFamily, conn: true, opaque: "what connection tracking knows of the packet's connection"})
	add("ct direction", "ct_dir", selector{family: noFamily, conn: true, opaque: "the direction of the packet in its connection"})

	for _, name := range []string{"ct expiration", "ct bytes", "ct packets", "ct avgpkt"} {
		for _, dir := range []string{"", "original ", "reply "} {
			add("ct "+dir+name[3:], "integer", unclear("how much a connection has carried, and how long it has been idle", packet.Varying, 0))
		}
	}
	add("meta cpu", "integer", unclear("which processor handles the packet", packet.Varying, 0))
	add("meta random", "integer", unclear("chance", packet.Varying, 0))
	for _, name := range []string{"meta time", "meta day", "meta hour"} {
		add(name, name[5:], unclear("the time of the packet", packet.Varying, 0))
	}
	for _, name := range []string{"ip ttl", "ip6 hoplimit", "ip id", "ip frag-off", "ip hdrlength", "ip6 flowlabel", "ip checksum", "ip version", "ip6 version", "ip6 length"} {
		s := unclear("the "+name+" of the packet", packet.Varying, 0)
		s.family = packet.IPv4
		if name[:3] == "ip6" {
			s.family = packet.IPv6
		}
		add(name, "integer", s)
	}
	for _, name := range []string{"tcp sequence", "tcp ackseq", "tcp doff", "tcp window", "tcp checksum", "tcp urgptr", "tcp reserved"} {
		s := unclear("the "+name+" of the packet", packet.Varying, 0)
		s.proto = int(packet.TCP)
		add(name, "integer", s)
	}
	for _, name := range []string{"udp length", "udp checksum"} {
		s := unclear("the "+name+" of the packet", packet.Varying, 0)
		s.proto = int(packet.UDP)
		add(name, "integer", s)
	}
	for _, name := range []string{"icmp id", "icmp sequence", "icmp checksum", "icmp gateway", "icmp mtu"} {
		s := unclear("the "+name+" of the packet", packet.Varying, 0)
		s.proto, s.family = int(packet.ICMP), packet.IPv4
		add(name, "integer", s)
	}
	for _, name := range []string{"icmpv6 id", "icmpv6 sequence", "icmpv6 checksum", "icmpv6 parameter-problem", "icmpv6 packet-too-big", "icmpv6 max-delay"} {
		s := unclear("the "+name+" of the packet", packet.Varying, 0)
		s.proto, s.family = int(packet.ICMPv6), packet.IPv6
		add(name, "integer", s)
	}
	for _, name := range []string{"skuid", "skgid", "cgroup"} {
		s := unclear("the owner of a socket", packet.Fixed, 0)
		s.within = sentByUs
		add("meta "+name, "uid", s)
	}
	const way = "whether the way back to the source leads through the interface that the packet came in by"
	for _, name := range []string{
		"fib saddr.iif oif", "fib saddr.iif oifname", "fib saddr.iif check", "fib saddr.mark.iif oif", "fib saddr.iif.mark oif",
		"fib saddr oif", "fib saddr check", "fib saddr.mark oif", "fib saddr.mark.iif check", "fib saddr.mark check",
	} {
		add(name, "boolean", unclear(way, packet.Usual, packet.Fields(packet.Src)))
	}
	return m
}()

// headers are the protocol and IP version that the fields of a header need.
var headers = map[string]struct{ proto, family int }{
	"ip": {noProto, packet.IPv4}, "ip6": {noProto, packet.IPv6}, "icmp": {int(packet.ICMP), packet.IPv4}, "icmpv6": {int(packet.ICMPv6), packet.IPv6},
	"tcp": {int(packet.TCP), noFamily}, "udp": {int(packet.UDP), noFamily}, "udplite": {int(packet.UDPLite), noFamily},
	"sctp": {int(packet.SCTP), noFamily}, "dccp": {int(packet.DCCP), noFamily}, "igmp": {2, packet.IPv4}, "ah": {51, noFamily}, "esp": {50, noFamily},
	"comp": {108, noFamily}, "gre": {47, noFamily}, "hbh": {noProto, packet.IPv6}, "frag": {noProto, packet.IPv6}, "dst": {noProto, packet.IPv6},
	"mh": {noProto, packet.IPv6}, "rt0": {noProto, packet.IPv6}, "rt2": {noProto, packet.IPv6}, "srh": {noProto, packet.IPv6}, "exthdr": {noProto, packet.IPv6},
}

// varyingHeaders are those whose contents take every value sooner or later.
var varyingHeaders = map[string]bool{
	"ip": true, "ip6": true, "tcp": true, "udp": true, "udplite": true, "sctp": true, "dccp": true, "ah": true, "esp": true, "comp": true, "gre": true, "hbh": true,
	"frag": true, "dst": true, "mh": true, "rt0": true, "rt2": true, "srh": true, "exthdr": true, "igmp": true, "icmp": true, "icmpv6": true, "numgen": true,
}
