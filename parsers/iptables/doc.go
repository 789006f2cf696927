// Package iptables reads what iptables-save, ip6tables-save and ipset save
// print, and what people write for iptables-restore by hand.
//
// It follows iptables 1.8.9 (both back ends), iptables-extensions(8), ipset(8)
// and the Linux sources of Netfilter. Where older versions spelt things in
// another way, such as "-s ! 10.0.0.1", that is read too.
//
// Every statement ends in one of six states.
//
//	modelled     tables, chains, policies, all commands; addresses, interfaces,
//	             protocols, fragments; tcp, udp, udplite, sctp and dccp ports,
//	             tcp flags, icmp, icmp6, multiport, iprange, set, addrtype,
//	             pkttype, conntrack, state, mark, connmark, policy in,
//	             length, dscp, tos, ecn, time, comment; all targets but those below
//	modelled as  limit, hashlimit, connlimit, recent, rpfilter, statistic, quota,
//	varying      cpu, ttl, hl, frag, rt, hbh, dst, connbytes, rateest: they take
//	             every outcome sooner or later
//	unsupported  mac, physdev, devgroup, realm, string, u32, bpf, osf, owner,
//	             cgroup, socket, helper, connlabel, ipvs, cluster, ipv6header,
//	             add-ons; targets TPROXY, SYNPROXY, CLUSTERIP, SNPT, DNPT, HMARK
//	             and those of add-ons: an unknown stands in for them
//	ignored      -Z, -L, -S; lines of the other IP version; CR line ends
//	undefined    sets that no input defines: their contents are an unknown
//	malformed    what iptables-restore or ipset restore refuses; if it may have
//	             been a rule, an unknown stands in for it
package iptables
