// Package rules is the normalized model of a firewall: what every dialect is
// parsed into, and all that evaluation and checks may see.
//
// A Device is a graph. Its Pipeline puts stages in the order in which a packet
// meets them; each stage runs a chain; the rules of a chain match packets and
// act on them, and may call other chains. All of it is plain data: printable,
// comparable and without symbolic structure, so that a device of many rules
// stays small.
package rules
