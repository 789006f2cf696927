package asa

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// A terminal, a mail program or a document breaks lines where nothing tells the
// reader so. Of many the second half begins with a word that begins no line; then
// the first half, which may well be a whole line by itself, is not what it seems.

// half is a line whose second half may follow.
type half struct {
	word  string // by which it begins: access-list, nat, static
	entry *ace   // of a list
	span  source.Span
}

// restOfEntry are words by which the second half of an entry of a list begins.
var restOfEntry = append([]string{"log", "inactive"}, operators...)

// restOfNAT are words by which the second half of a line of NAT begins.
var restOfNAT = []string{
	"destination", "service", "unidirectional", "no-proxy-arp", "route-lookup", "inactive", "net-to-net", "netmask", "norandomseq", "dns",
}

// isRest reports whether a line is the second half of the one before.
func (r *reader) isRest(l *line) bool {
	word := l.peek().Value
	switch r.before.word {
	case "access-list":
		switch {
		case slices.Contains(restOfEntry, word):
			return true
		case word == "object-group":
			return !slices.Contains(groupWords, l.ahead(1).Value)
		}
		_, message := icmpNames[word]
		_, port := portNames[word]
		return (message || port) && !r.isCommand(word)
	case "nat", "static":
		if word == "service" {
			return !isServiceSetting(l.ahead(1).Value) && len(l.toks) > l.at+2
		}
		return slices.Contains(restOfNAT, word)
	}
	return false
}

// rest reads the second half of a line: what the first one says is not known.
func (r *reader) rest(l *line) {
	if r.before.entry != nil {
		r.before.entry.verdict = aceBroken
	} else {
		r.cfg.broken = append(r.cfg.broken, brokenLine{r.before.word, r.before.span})
	}
	l.fail("")
	l.bad.message = "the line seems to be the rest of the one before, which something broke in two: join them"
	r.mode = nil
}
