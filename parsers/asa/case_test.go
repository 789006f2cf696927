package asa_test

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The cases in testdata/cases are archives, one for each subject. An entry of one
// is a case: its name is the section of the reference sheet of the ASA that it
// follows from, how sure the sheet is of it (H, M or L), and what it shows; a
// configuration follows, and behind a line "==" what is expected of it:
//
//	-- 4.1 H the mask of an entry is a netmask --
//	+ asa9
//	access-list OUT extended permit tcp any 10.0.1.0 255.255.255.0 eq https
//	access-group OUT in interface outside
//	==
//	accept tcp C:40000 > W:443 in outside => same out dmz
//	drop tcp C > 10.0.2.5:443 in outside
//
// "+ NAME" in the first line puts the entry NAME of bases.txtar before the rest;
// "+ NAME escaped" also replaces \r, \b, \t and \\ in the rest. The words I, W
// and C are hosts inside, in the DMZ and on the Internet, as in section 16 of
// the sheet; I6, W6 and C6 are their IPv6 addresses. A port that is not written
// is 40000.
//
// A packet is written as trace takes it, behind the verdict that it meets: accept,
// drop or unknown. "type N" and "code N" are of ICMP (else it is an echo
// request), "flags A" of TCP (else S), and "state established" may follow; a
// packet without "in" is one that the device sends. What the packet is when it
// has passed may stand behind "=>": its ends and "out NAME". There, an end or a
// port that is not written, or "*", may be any; "same" says that nothing was
// translated; "A-B" is an address that the device chooses from a range; "here"
// says that the device keeps the packet.
//
// Other lines say what else is expected: "context NAME" that the next packets
// are sent through that context, "undefined 3 WORDS" that a problem of that kind
// is reported in line 3 of the case's own text in which WORDS stand, "assumes
// WORDS" that the assumptions have WORDS. A malformed or undefined problem that
// no line expects is a failure.

// addresses are what the words in packets stand for.
var addresses = map[string]string{
	"I": "10.0.0.9", "W": "10.0.1.5", "C": "203.0.113.9",
	"I6": "2001:db8:a::9", "W6": "2001:db8:b::5", "C6": "2001:db8:ffff::9",
}

// scenario is one case.
type scenario struct {
	file, name string
	text       string
	before     int // lines of the base
	packets    []question
	problems   []expectedProblem
	reports    []string // words of problems of any kind
	assumes    []string
	counts     map[string]int // of statements, by what they were accounted as
	devices    int            // how many there are; 0: not asked
	hidden     []string       // what must be shown nowhere
}

// expectedProblem is a problem that is to be reported.
type expectedProblem struct {
	kind         string
	line, column int // column 0: any
	words        string
}

// question is a packet and what is to become of it.
type question struct {
	line    string
	context string
	verdict rules.Verdict
	flow    packet.Flow
	hook    rules.Hook
	left    *left
}

// left is a packet as it is to leave.
type left struct {
	here, same bool
	src, dst   end
	out        string
}

// end is one end of a packet that has passed.
type end struct {
	first, last netip.Addr // not valid: any
	port        int        // -1: any
}

var title = regexp.MustCompile(`^\d+(\.\d+)?(\([a-z0-9]+\))?(#\d+)? [HML] \S`)

// scenarios returns the cases of all archives in a folder of testdata.
func scenarios(tb testing.TB, folder string) []scenario {
	tb.Helper()
	bases := map[string]string{}
	archive, err := txtar.ParseFile("testdata/bases.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range archive.Files {
		bases[f.Name] = string(f.Data)
	}
	files, err := filepath.Glob("testdata/" + folder + "/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("there are no cases: %v", err)
	}
	var all []scenario
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		for _, f := range archive.Files {
			s, err := readScenario(f, bases)
			if err != nil {
				tb.Fatalf("%s: %s: %v", name, f.Name, err)
			}
			s.file = strings.TrimSuffix(filepath.Base(name), ".txtar")
			if slices.ContainsFunc(all, func(o scenario) bool { return o.file == s.file && o.name == s.name }) {
				tb.Errorf("%s: %s: there are two cases of that name", name, f.Name)
			}
			all = append(all, *s)
		}
	}
	return all
}

func readScenario(f txtar.File, bases map[string]string) (*scenario, error) {
	s := &scenario{name: f.Name, counts: map[string]int{}}
	if !title.MatchString(s.name) {
		return nil, errors.New("the name does not begin with a section and how sure it is")
	}
	text, expected, ok := strings.Cut("\n"+string(f.Data), "\n==\n")
	if !ok {
		return nil, errors.New("there is no line ==")
	}
	text = strings.TrimPrefix(text+"\n", "\n")
	if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "+ ") {
		words := strings.Fields(first)
		base, ok := bases[words[1]]
		if !ok {
			return nil, fmt.Errorf("there is no base %s", words[1])
		}
		if len(words) > 2 {
			rest = strings.NewReplacer(`\r`, "\r", `\b`, "\b", `\t`, "\t", `\\`, `\`).Replace(rest)
		}
		text = base + rest
		s.before = strings.Count(base, "\n")
	}
	s.text = text
	context := ""
	for line := range strings.Lines(expected) {
		line = strings.TrimSpace(line)
		if i := strings.Index(line, "  #"); i >= 0 {
			line = strings.TrimSpace(line[:i])
		}
		word, rest, _ := strings.Cut(line, " ")
		var err error
		switch word {
		case "", "#":
		case "context":
			context = rest
		case "assumes":
			s.assumes = append(s.assumes, rest)
		case "hides":
			s.hidden = append(s.hidden, rest)
		case "devices":
			s.devices, err = strconv.Atoi(rest)
		case "statements":
			err = s.readCounts(rest)
		case "malformed", "undefined", "unsupported", "ignored":
			var p expectedProblem
			p, err = readProblem(word, rest)
			s.problems = append(s.problems, p)
		case "reports":
			s.reports = append(s.reports, rest)
		default:
			var q *question
			if q, err = readQuestion(line); err == nil {
				q.context = context
				s.packets = append(s.packets, *q)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	return s, nil
}

// readCounts reads "12 total, 2 ignored".
func (s *scenario) readCounts(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) != 2 {
			return errors.New("expected a number and a word")
		}
		n, err := strconv.Atoi(words[0])
		if err != nil {
			return err
		}
		s.counts[words[1]] = n
	}
	return nil
}

// readProblem reads "3:5 WORDS" or "3 WORDS".
func readProblem(kind, text string) (expectedProblem, error) {
	place, words, _ := strings.Cut(text, " ")
	line, column, _ := strings.Cut(place, ":")
	p := expectedProblem{kind: kind, words: words}
	var err error
	if p.line, err = strconv.Atoi(line); err == nil && column != "" {
		p.column, err = strconv.Atoi(column)
	}
	return p, err
}

// TestCasesAreWellFormed reads the cases, and counts them.
func TestCasesAreWellFormed(t *testing.T) {
	packets := 0
	cases := scenarios(t, "cases")
	for _, s := range cases {
		if len(s.packets)+len(s.problems) == 0 {
			t.Errorf("%s: %s: nothing is asked", s.file, s.name)
		}
		packets += len(s.packets)
	}
	t.Logf("%d cases with %d packets; %d of reading", len(cases), packets, len(scenarios(t, "reading")))
}
