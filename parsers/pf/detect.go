package pf

import (
	"bytes"

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
	if len(words) > 0 && len(words[0]) > 1 && words[0][0] == '@' && classes[words[0][1]]&isDigit != 0 {
		words = words[1:]
	}
	if len(words) == 0 || words[0][0] == '#' {
		return rowOther
	}
	if _, ok := headings[string(bytes.TrimSpace(row))]; ok && len(words) > 1 {
		return rowHeading
	}
	second := ""
	if len(words) > 1 {
		second = string(words[1])
	}
	return kindOfWords(string(words[0]), second, words)
}

// secondWords may follow the action of a rule.
var secondWords = wordSet(`in out quick log on all inet inet6 proto from to drop return return-rst return-icmp return-icmp6 flags keep modulate
	synproxy label tag tagged set divert-to divert-reply divert-packet nat-to rdr-to route-to allow-opts user group`)

// kindOfWords tells what the words of a line look like.
func kindOfWords(first, second string, words [][]byte) rowKind {
	arrow := bytes.Equal(words[max(len(words)-2, 0)], []byte("->")) || containsWord(words, "->")
	bare := len(words) == 1 || second[0] == '#'
	switch first {
	case "pass", "block":
		if secondWords[second] || bare || first == "pass" && second == "no" || bytes.HasPrefix([]byte(second), []byte("return")) {
			return rowRule
		}
	case "match":
		if second == "in" || second == "out" || second == "on" || second == "all" || bytes.HasPrefix([]byte(second), []byte("scrub")) {
			return rowRule
		}
	case "nat", "rdr", "binat":
		if arrow && (second == "on" || second == "pass" || second == "inet" || second == "inet6" || second == "proto" || second == "from" || second == "log") {
			return rowSure
		}
	case "no":
		if (second == "nat" || second == "rdr" || second == "binat") && len(words) > 2 && secondWords[string(words[2])] {
			return rowSure
		}
	case "table":
		if second != "" && second[0] == '<' {
			return rowSure
		}
	default:
		return kindOfOther(first, second, words)
	}
	return rowOther
}

// kindOfOther tells what the words of a line look like that is no rule.
func kindOfOther(first, second string, words [][]byte) rowKind {
	third := ""
	if len(words) > 2 {
		third = string(words[2])
	}
	sure := false
	switch first {
	case "scrub":
		sure = secondWords[second] || scrubStarts[second]
	case "antispoof":
		sure = second == "for" || second == "quick" || second == "log"
	case "anchor", "nat-anchor", "rdr-anchor", "binat-anchor", "scrub-anchor", "dummynet-anchor":
		sure = second != "" && (second[0] == '"' || first != "anchor" || second == "{" || third == "" || secondWords[third])
	case "load":
		sure = second == "anchor"
	case "altq":
		sure = second == "on"
	case "queue":
		sure = third == "on" || third == "parent"
	case "include":
		sure = len(words) == 2 && second[0] == '"' && bytes.Contains(words[1], []byte("pf"))
	case "set":
		sure = settingStarts[second] && third != "{"
	}
	if sure {
		return rowSure
	}
	return rowOther
}

// scrubStarts may follow "scrub", and settingStarts "set".
var (
	scrubStarts   = wordSet("no-df min-ttl max-mss reassemble random-id fragment")
	settingStarts = wordSet(`skip block-policy state-policy state-defaults reassemble require-order timeout limit optimization
		ruleset-optimization loginterface hostid fingerprints debug syncookies fail-policy keepcounters`)
)

func containsWord(words [][]byte, word string) bool {
	for _, w := range words {
		if string(w) == word {
			return true
		}
	}
	return false
}
