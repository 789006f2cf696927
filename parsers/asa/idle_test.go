package asa

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// strangers are first words of the corpus that are no command: names that were
// made unreadable, and output that is no configuration.
var strangers = []string{
	"example8-list", "example8-group", "host-019", "user2", "user3-interface", "object-group group", "Cryptochecksum:", "ASA", "PIX",
}

// TestEveryCommandOfTheCorpusIsKnown finds each first word of the corpus among
// the commands that are modelled, or in the one table of those that have no
// bearing on packets, and prints that table.
func TestEveryCommandOfTheCorpusIsKnown(t *testing.T) {
	commands := newCommands()
	ignored := map[string]int{}
	for _, name := range corpusFiles(t) {
		if strings.HasSuffix(name, "show_nat.raw") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for rest := text; len(rest) > 0; {
			var row []byte
			row, rest = nextRow(rest)
			words := bytes.Fields(row)
			if len(words) == 0 || isBlank(row[0]) || strings.ContainsAny(string(row[:1]), "!:[") || promptLength(words[0]) > 0 {
				continue
			}
			word := string(words[0])
			if word == "no" && len(words) > 1 {
				word = string(words[1])
			}
			switch {
			case commands[word] != nil || isVersionRow(row):
			case idleCommands[word] != "":
				ignored[word]++
			case idleWords[word] != "" || slices.ContainsFunc(strangers, func(s string) bool { return strings.HasPrefix(word, s) }):
			default:
				t.Errorf("%s: what is %q?", name, word)
			}
		}
	}
	why := map[string][]string{}
	for word, reason := range idleCommands {
		mark := word
		if n := ignored[word]; n > 0 {
			mark += " (" + number(n) + ")"
		}
		why[reason] = append(why[reason], mark)
	}
	for _, reason := range sortedKeys(why) {
		slices.Sort(why[reason])
		t.Logf("%s: %s", reason, strings.Join(why[reason], ", "))
	}
}

// TestIdleCommands holds the tables apart: no command both bears on packets and
// does not.
func TestIdleCommands(t *testing.T) {
	for word := range newCommands() {
		if idleCommands[word] != "" {
			t.Errorf("%s is modelled, and in the table of what has no bearing", word)
		}
	}
	for _, word := range blockWords {
		if idleCommands[word] != "" {
			t.Errorf("%s is a line of a block that bears on packets, and in the table of what has no bearing", word)
		}
	}
}
