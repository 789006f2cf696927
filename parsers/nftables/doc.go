// Package nftables reads rulesets of nftables: what "nft list ruleset" prints,
// in text and in JSON, and scripts for "nft -f".
//
// It follows nft 1.0.6 and what versions up to 1.1.6 print, nft(8),
// libnftables-json(5) and the Linux sources of Netfilter. A script is executed
// command by command on an empty ruleset, as one transaction is; both readers
// fill one tree, which is then lowered into the model.
//
// Every statement ends in one of six states.
//
//	modelled     tables, chains, hooks, priorities, policies, all commands;
//	             variables, includes; sets, maps, maps of verdicts, intervals,
//	             concatenations; addresses, interfaces, protocols, ports, TCP
//	             flags, ICMP types, marks, states and what a connection began
//	             with, packet length, traffic class, address types, IPsec; raw
//	             expressions where they hit a known field; verdicts, chains
//	             without a name, reject, translation, notrack, changes of marks
//	             and traffic classes, helpers
//	modelled as  limit, quota, ct count, numgen, times, ttl, the way back (fib),
//	varying      contents of headers, what rules put into sets: they take every
//	             outcome sooner or later
//	unsupported  the link layer, hashes, sockets, labels, zones, tunnels, xt
//	             extensions, tproxy, synproxy, fwd, addresses that are changed
//	             without connection tracking, computed marks: an unknown stands in
//	ignored      list, get, reset, monitor; CR line ends
//	undefined    sets that nothing defines; commands on what the inputs do not
//	             show, as "flush table" before the table: nothing is changed
//	malformed    what nft refuses; if it may have been a rule, an unknown stands
//	             in for it
//
// Chains of the families bridge and arp are read, and are no
// part of the way of routed packets.
package nftables
