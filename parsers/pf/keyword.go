package pf

import (
	"slices"
	"strings"
)

// keywords are the words that are never plain strings, in both languages: that
// set is smaller than each of theirs, for a file does not say which it is in
// before it is read.
var keywords = wordSet(`all allow-opts anchor antispoof any bandwidth bitmask block block-policy code debug divert-reply divert-to
	drop dup-to file fingerprints flags floating flush for fragment from global group hostid icmp-type icmp6-type if-bound in include
	inet inet6 keep label limit load log loginterface max max-mss max-src-conn max-src-conn-rate max-src-nodes max-src-states min-ttl
	modulate no no-df no-route no-sync on optimization os out overload pass port prio probability proto qlimit queue quick random
	random-id reassemble reply-to return return-icmp return-icmp6 return-rst round-robin route route-to rtable rule
	ruleset-optimization scrub set skip sloppy source-hash source-track state state-defaults state-policy static-port sticky-address
	synproxy table tag tagged timeout to tos ttl urpf-failed user`)

// statementWords begin statements, in one language or the other.
var statementWords = wordSet(`altq anchor antispoof binat binat-anchor block dummynet-anchor ether include load match nat
	nat-anchor no pass queue rdr rdr-anchor scrub scrub-anchor set table`)

// filterWords begin the statements that decide packets or translate them, or put
// such statements in.
var filterWords = wordSet(`anchor antispoof binat binat-anchor block ether include match nat nat-anchor no pass rdr rdr-anchor`)

// listWords stand before a list: a brace behind another word opens the body of
// an anchor.
var listWords = wordSet(`on proto from to port os user group icmp-type icmp6-type nat-to rdr-to binat-to route-to reply-to dup-to
	for { , ! -> = != < <= >= <> ><`)

// wordSet returns the set of the words of a text.
func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// sortedWords returns the words of a set in order, for proposals.
func sortedWords[T any](set map[string]T) []string {
	out := make([]string, 0, len(set))
	for w := range set {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}
