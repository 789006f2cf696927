//go:build kernel && linux

package kernel_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// syntaxLine is one line that is tried by itself in a table.
type syntaxLine struct {
	place   string
	table   string
	chains  []string // declared before it
	text    string
	six     bool
	want    string // "accepted" or "refused", where the tool shall not do as both programs do; empty: it shall
	because string
}

// readSyntax returns the lines of a file:
//
//	ipset create s hash:ip          a line for ipset restore, before all
//	*filter                         the table of the lines that follow
//	:web - [0:0]                    a chain that is declared before each of them
//	-A FORWARD -j ACCEPT            a line
//	6 -A FORWARD -s ::1             a line for IPv6
//	LINE => refused: why            what the tool is to say of it, where the programs differ or it has a reason of its own
func readSyntax(name string) (sets []string, lines []syntaxLine, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	var at syntaxLine
	for i, line := range strings.Split(string(text), "\n") {
		at.place = fmt.Sprintf("%s:%d", filepath.Base(name), i+1)
		switch set, isSet := strings.CutPrefix(line, "ipset "); {
		case line == "", strings.HasPrefix(line, "#"):
		case isSet:
			sets = append(sets, set)
		case strings.HasPrefix(line, "*"):
			at.table, at.chains = line, nil
		case strings.HasPrefix(line, ":"):
			at.chains = append(at.chains, line)
		default:
			one := at
			one.text, one.six = strings.CutPrefix(line, "6 ")
			text, want, found := strings.Cut(one.text, " => ")
			if found {
				one.text = text
				one.want, one.because, _ = strings.Cut(want, ": ")
				if one.because == "" || one.want != "accepted" && one.want != "refused" {
					return nil, nil, fmt.Errorf("%s: expected accepted or refused, and why", one.place)
				}
			}
			lines = append(lines, one)
		}
	}
	return sets, lines, nil
}

// ruleset returns the line in its table.
func (l *syntaxLine) ruleset(sets []string) *ruleset {
	all := append(append([]string{l.table}, l.chains...), l.text, "COMMIT")
	s := &ruleset{Place: l.place, Name: l.text, Six: l.six, Flavours: []flavour{nft, legacy}, Sets: sets, Rules: all}
	return s
}

// TestSyntax holds the tool to what the programs, and the kernel behind them, say of single lines.
func TestSyntax(t *testing.T) {
	files, err := filepath.Glob("syntax/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	x := newExaminer(t)
	count, differ := 0, 0
	for _, name := range files {
		sets, lines, err := readSyntax(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range lines {
			count++
			if !x.syntax(t, &lines[i], sets) {
				differ++
			}
		}
	}
	t.Logf("%d lines; of %d the two programs, or they and the tool, have different opinions, for the reasons that stand there", count, differ)
}

// syntax tries one line. It reports whether all have one opinion.
func (x *examiner) syntax(t *testing.T, l *syntaxLine, sets []string) bool {
	t.Helper()
	s := l.ruleset(sets)
	opinions := map[string]string{}
	for _, f := range s.Flavours {
		err := x.routers[f].load(s, f)
		var said *refusal
		switch {
		case err == nil:
			opinions["accepted"] += " " + string(f)
		case errors.As(err, &said):
			opinions["refused"] += " " + string(f)
		default:
			t.Fatalf("%s: %v", l.place, err)
		}
	}
	if opinions["refused"] != "" {
		if why := x.lacks(s); why != "" {
			t.Logf("%s: %s: not asked: %s", l.place, l.text, why)
			return true
		}
	}
	tool, why := toolOpinion(s)
	want := l.want
	for one := range opinions {
		switch {
		case len(opinions) == 1 && want == "":
			want = one
		case len(opinions) == 1 && want == one:
			t.Errorf("%s: %s: everybody says %s: nothing has to be explained", l.place, l.text, one)
		}
	}
	switch {
	case want == "":
		t.Errorf("%s: %s: the programs differ:%s accept it,%s refuse it; the tool: %s %s",
			l.place, l.text, opinions["accepted"], opinions["refused"], tool, why)
	case tool != want:
		t.Errorf("%s: %s: the tool says %s %s, want %s (accepted by%s, refused by%s)",
			l.place, l.text, tool, why, want, opinions["accepted"], opinions["refused"])
	}
	return l.want == ""
}

// toolOpinion returns whether the tool calls a ruleset malformed, and why.
func toolOpinion(s *ruleset) (opinion, why string) {
	files := []*source.File{source.NewFile("router.rules", []byte(s.ruleText())), source.NewFile("router.ipset", []byte(s.setText()))}
	iptables, _ := parsers.Find("iptables")
	r := iptables.Parse(parsers.Input{Name: "router", Files: files, Flavour: s.dialect(), Limits: parsers.DefaultLimits})
	for _, p := range r.Problems {
		if p.Kind == source.Malformed {
			return "refused", "(" + p.Message + ")"
		}
	}
	return "accepted", ""
}
