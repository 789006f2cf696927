package pf

import (
	"bytes"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// detectLines is how many lines Detect looks at.
const detectLines = 4000

// rowKind is what a line looks like.
type rowKind uint8

const (
	rowOther   rowKind = iota
	rowRule            // pass in, block drop
	rowSure            // nat with an arrow, set skip on, table <t>: no other language has them
	rowHeading         // of what pfctl prints
)

// Detect reports how sure it is that a file is a configuration of pf or what
// pfctl prints of one, from 0 to 100, and why.
func Detect(f *source.File) (score int, why string) {
	var seen [rowHeading + 1]int
	for n := 1; n <= f.Lines() && n <= detectLines; n++ {
		span := f.Line(n)
		seen[kindOfRow(f.Text[span.Start:span.End])]++
	}
	rules, sure := seen[rowRule], seen[rowSure]
	switch {
	case seen[rowHeading] > 0 && rules > 0:
		return 98, "it is what pfctl prints"
	case rules > 0 && sure > 0:
		return 96, "it has rules like pass in and statements like set skip on"
	case rules > 1 || sure > 1:
		return 93, "it has statements like pass in and set skip on"
	case rules > 0 || sure > 0:
		return 75, "it has a statement like pass in or set skip on"
	}
	return 0, ""
}

// kindOfRow tells what a line looks like.
func kindOfRow(row []byte) rowKind {
	const most = 400
	words := bytes.Fields(row[:min(len(row), most)])
	if len(words) > 0 && isNumbered(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 || words[0][0] == '#' {
		return rowOther
	}
	if _, ok := headings[string(bytes.TrimSpace(row))]; ok && len(words) > 1 {
		return rowHeading
	}
	l := looks{words: words}
	if len(words) > 1 {
		l.second = string(words[1])
	}
	if len(words) > 2 {
		l.third = string(words[2])
	}
	first := string(words[0])
	switch {
	case l.isRule(first):
		return rowRule
	case l.isSure(first):
		return rowSure
	}
	return rowOther
}

// isNumbered reports whether a word is "@N", which pfctl prints before a rule.
func isNumbered(word []byte) bool {
	return len(word) > 1 && word[0] == '@' && classes[word[1]]&isDigit != 0
}

// looks are the words of a line.
type looks struct {
	words         [][]byte
	second, third string
}

// secondWords may follow the action of a rule.
var secondWords = wordSet(`in out quick log on all inet inet6 proto from to drop return return-rst return-icmp return-icmp6 no flags keep
	modulate synproxy label tag tagged set divert-to divert-reply divert-packet nat-to rdr-to route-to allow-opts user group`)

// isRule reports whether the words are of a rule.
func (l *looks) isRule(first string) bool {
	if first == "match" {
		return l.isMatch()
	}
	if first != "pass" && first != "block" {
		return false
	}
	return l.second == "" || l.second[0] == '#' || secondWords[l.second] || strings.HasPrefix(l.second, "return-")
}

// isMatch reports whether the words behind match are of a rule: other languages
// have that word, too.
func (l *looks) isMatch() bool {
	switch l.second {
	case "in", "out", "on", "all", "proto", "inet", "inet6", "log":
		return true
	}
	return strings.HasPrefix(l.second, "scrub") || l.second == "set" && (l.third == "prio" || l.third == "tos" || l.third == "queue")
}

// isSure reports whether no other language has such a line.
func (l *looks) isSure(first string) bool {
	switch first {
	case "nat", "rdr", "binat":
		return natStarts[l.second] && slices.ContainsFunc(l.words, func(w []byte) bool { return string(w) == "->" })
	case "no":
		return (l.second == "nat" || l.second == "rdr" || l.second == "binat") && secondWords[l.third]
	case "table":
		return strings.HasPrefix(l.second, "<")
	case "scrub":
		return secondWords[l.second] || scrubStarts[l.second]
	case "antispoof":
		return l.second == "for" || l.second == "quick" || l.second == "log"
	case "anchor":
		return l.isAnchor()
	case "nat-anchor", "rdr-anchor", "binat-anchor", "scrub-anchor", "dummynet-anchor":
		return l.second != ""
	}
	return l.isSetting(first)
}

// isAnchor reports whether the words behind anchor are of one.
func (l *looks) isAnchor() bool {
	return l.second != "" && (l.second[0] == '"' || l.second == "{" || l.third == "" || secondWords[l.third])
}

// isSetting reports whether a line is an option or the like.
func (l *looks) isSetting(first string) bool {
	switch first {
	case "load":
		return l.second == "anchor"
	case "altq":
		return l.second == "on"
	case "queue":
		return l.third == "on" || l.third == "parent"
	case "include":
		return len(l.words) == 2 && l.second[0] == '"' && strings.Contains(l.second, "pf")
	case "set":
		return settingStarts[l.second] && l.third != "{"
	}
	return false
}

// The words that may follow some others.
var (
	natStarts     = wordSet("on pass inet inet6 proto from log")
	scrubStarts   = wordSet("no-df min-ttl max-mss reassemble random-id fragment")
	settingStarts = wordSet(`skip block-policy state-policy state-defaults reassemble require-order timeout limit optimization
		ruleset-optimization loginterface hostid fingerprints debug syncookies fail-policy keepcounters`)
)
