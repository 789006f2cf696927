package nftables

import (
	"bytes"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// detectLines is how many lines Detect looks at.
const detectLines = 2000

// Detect reports how sure it is that a file is a ruleset of nftables, from 0 to
// 100, and why.
func Detect(f *source.File) (score int, why string) {
	if isJSON(f) {
		return 100, "it is JSON of nft"
	}
	tables, hooks, commands := 0, 0, 0
	for n := 1; n <= f.Lines() && n <= detectLines; n++ {
		span := f.Line(n)
		line := bytes.TrimSpace(f.Text[span.Start:span.End])
		if n == 1 && bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("nft")) {
			return 100, "its first line names nft"
		}
		switch words := bytes.Fields(line); {
		case len(words) == 0 || words[0][0] == '#':
		case isTableWord(words):
			tables++
		case bytes.HasPrefix(line, []byte("type ")) && bytes.Contains(line, []byte(" hook ")):
			hooks++
		case isCommand(words):
			commands++
		}
	}
	switch {
	case tables > 0 && hooks > 0:
		return 98, "it has tables and chains with hooks"
	case tables > 0:
		return 95, "it has tables like table inet filter"
	case commands > 0:
		return 85, "it has commands like add rule"
	case hooks > 0:
		return 80, "it has chains with hooks"
	}
	return 0, ""
}

// isTableWord reports whether a line begins a table.
func isTableWord(words [][]byte) bool {
	if len(words) < 2 || string(words[0]) != "table" {
		return false
	}
	if families[string(words[1])] {
		return true
	}
	return len(words) == 3 && string(words[2]) == "{"
}

// isCommand reports whether a line is a command of a script.
func isCommand(words [][]byte) bool {
	if len(words) < 2 {
		return false
	}
	switch verb := string(words[0]); {
	case verb == "flush" && string(words[1]) == "ruleset":
		return true
	case !verbs[verb] || len(words) < 3:
		return false
	}
	switch string(words[1]) {
	case "table", "chain", "rule", "set", "map", "element", "flowtable":
		return true
	}
	return false
}
