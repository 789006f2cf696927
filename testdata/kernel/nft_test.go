//go:build kernel && linux

package kernel_test

import (
	"os"
	"path/filepath"
	"testing"
)

// scriptEach is the ruleset into which each condition of a case without rules is put.
var scriptEach = []string{
	"table inet t {", "	chain f {", "		type filter hook forward priority filter; policy drop;", "		{} accept", "	}", "}",
}

// readScripts returns the rulesets of all files of cases for nft. They have the form of those for iptables, with a
// script under rules.
func readScripts(folder string) ([]*ruleset, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all []*ruleset
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		blocks, err := parseBlocks("nft/"+filepath.Base(name), string(text))
		if err != nil {
			return nil, err
		}
		for _, b := range blocks {
			if b.sections["rules"] == nil {
				b.sections["rules"] = scriptEach
			}
			sets, err := b.rulesets()
			if err != nil {
				return nil, err
			}
			for _, s := range sets {
				s.Script, s.Flavours = true, []flavour{nft}
			}
			all = append(all, sets...)
		}
	}
	return all, nil
}

// TestKernelScripts compares the answers to the written cases for nft.
func TestKernelScripts(t *testing.T) {
	x := newExaminer(t)
	sets, err := readScripts("cases/nft")
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) < 250 {
		t.Errorf("there are %d rulesets; at least 250 are wanted", len(sets))
	}
	for _, s := range sets {
		x.examine(t, s)
	}
}
