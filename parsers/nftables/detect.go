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
	var seen [lineCommand + 1]int
	for n := 1; n <= f.Lines() && n <= detectLines; n++ {
		span := f.Line(n)
		line := bytes.TrimSpace(f.Text[span.Start:span.End])
		if n == 1 && bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("nft")) {
			return 100, "its first line names nft"
		}
		seen[kindOfLine(line)]++
	}
	tables, hooks, commands := seen[lineTable], seen[lineHook], seen[lineCommand]
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

// lineKind is what a line looks like.
type lineKind uint8

const (
	lineOther lineKind = iota
	lineTable
	lineHook
	lineCommand
)

func kindOfLine(line []byte) lineKind {
	switch words := bytes.Fields(line); {
	case len(words) == 0 || words[0][0] == '#':
		return lineOther
	case isTableWord(words):
		return lineTable
	case bytes.HasPrefix(line, []byte("type ")) && bytes.Contains(line, []byte(" hook ")):
		return lineHook
	case isCommand(words):
		return lineCommand
	}
	return lineOther
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
