package asa

import (
	"slices"
	"strings"
)

// nameComes are the words behind which a name stands, whatever it looks like.
var nameComes = []string{
	"access-list", "access-group", "object", "object-group", "network", "service", "protocol", "icmp-type", "interface", "nameif",
	"time-range", "host", "route", "ifc", "user", "user-group", "security-group", "name", "class-map", "policy-map", "service-policy",
	"class", "hostname", "static", "dynamic", "group-object", "fqdn", "destination",
}

// keywords are words that lines are written with, beside those that begin them.
var keywords = keywordSet()

func keywordSet() map[string]bool {
	set := map[string]bool{}
	for _, list := range [][]string{
		operators, addressWords, tailWords, listKinds, memberWords, blockWords, natWords, groupWords, portWords, protocolWords, icmpWords,
		icmp6Words, logLevels, near,
		{
			"permit", "deny", "trust", "remark", "line", "in", "out", "global", "control-plane", "per-user-override", "source", "static",
			"dynamic", "after-auto", "pat-pool", "netmask", "dhcp", "setroute", "standby", "address", "destination", "any", "tag", "name",
			"permitto", "permitfrom", "configure", "enable", "server", "inter-interface", "intra-interface", "extended", "no",
		},
	} {
		for _, w := range list {
			set[w] = true
		}
	}
	return set
}

// lowerKeywords spells the keywords of a line that was typed in capital letters
// as the device stores them. Names keep theirs: they tell small from capital.
func (r *reader) lowerKeywords(l *line) {
	first := 0
	if strings.EqualFold(l.toks[0].Value, "no") && len(l.toks) > 1 {
		first = 1
	}
	head := strings.ToLower(l.toks[first].Value)
	if head == l.toks[first].Value && (first == 0 || l.toks[0].Value == "no") {
		return
	}
	if !r.isCommand(head) && !keywords[head] {
		return
	}
	for i := range l.toks {
		before := ""
		if i > first {
			before = l.toks[i-1].Value
		}
		t := &l.toks[i]
		word := strings.ToLower(t.Value)
		if t.Type == tokWord && len(word) == len(t.Value) && (i == first || keywords[word] && !isName(before, word)) {
			t.Value, l.spelt = word, true
		}
	}
}

// isName reports whether a word behind another is a name, whatever it looks like.
func isName(before, word string) bool {
	return slices.Contains(nameComes, before) && !isKind(before, word)
}

// isKind reports whether a word behind another says of what kind something is,
// and is no name.
func isKind(before, word string) bool {
	switch before {
	case "object", "object-group":
		return slices.Contains(groupWords, word)
	case "service", "destination":
		return keywords[word]
	}
	return false
}
