package pf_test

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
// is a case: its name is the section of the reference sheet of pf that it follows
// from, how sure the sheet is of it (H, M or L), and what it shows; a
// configuration follows, and behind a line "==" what is expected of it:
//
//	-- 4.4 H a range that includes its ends --
//	+ openbsd
//	block in
//	pass in proto tcp to port 2000:2004
//	==
//	accept tcp C > W:2004 in em0 => same out em2
//	drop tcp C > W:2005 in em0 at in
//
// The interfaces are told to be those of section 12 of the sheet, with the default
// route by em0, unless the first line says otherwise. Its words, behind "+": the
// name of an entry of bases.txtar, which comes before the rest; "v6": the
// interfaces have IPv6 addresses too; "untold": none is told; "openbsd" and
// "freebsd": the user says that it is that language; "escaped": \r in the text
// is a carriage return. Text behind a line "== NAME" is a file of that name.
//
// The words L, W and C are hosts in the LAN, in the DMZ and on the Internet, and
// E, E1 and E2 the addresses of em0, em1 and em2, as in section 12; L6 and so on
// are of IPv6. A port that is not written is 40000.
//
// A packet is written as trace takes it, behind the verdict that it meets: accept,
// drop, unknown; reject and silent are a drop with an answer and one without.
// "type N" and "code N" are of ICMP (else it is an echo request), "flags A" of TCP
// (else S); "tos N", "fragment", "out NAME" and "hook NAME" may follow; a packet
// without "in" is one that the device sends. "at in" and "at out" say which of
// its two tests drops it. What the packet is when it has passed may stand behind
// "=>": its ends and "out NAME". There, an end or a port that is not written, or
// "*", may be any; "same" says that nothing was translated; "A-B" is an address
// that the device chooses from a range; "here" says that the device keeps it.
//
// "reply VERDICT" is about the reply to the packet before, and "related VERDICT"
// about an ICMP error that speaks of it; "in NAME" says by which interface it
// comes, if by another. Replies are written as pf leaves them to be: to the client
// itself and not to the address that it was translated to.
//
// Other lines: "malformed 3:5 WORDS" that a problem of that kind is reported there,
// in the case's own text (or in another file: "NAME:3:5"), "problem 3 WORDS" that
// one of any kind is; "reports WORDS", anywhere; "assumes WORDS"; "statements 12
// total"; "faces NAME outside" or "not outside"; "inspects ftp"; "language openbsd".
// A malformed or undefined problem that no line expects is a failure.

// addresses are what the words in packets stand for.
var addresses = map[string]string{
	"L": "10.0.0.9", "W": "10.0.1.5", "C": "203.0.113.9", "E": "198.51.100.2", "E1": "10.0.0.1", "E2": "10.0.1.1",
	"L6": "2001:db8:a::9", "W6": "2001:db8:b::5", "C6": "2001:db8:ffff::9", "E6": "2001:db8:1::2",
}

// scenario is one case.
type scenario struct {
	file, name string
	text       string
	before     int               // lines of the base
	files      map[string]string // others, by name
	flavour    string
	untold, v6 bool
	packets    []question
	problems   []expectedProblem
	reports    []string // words of problems of any kind
	assumes    []string
	counts     map[string]int  // of statements, by what they were accounted as
	faces      map[string]bool // of interfaces: whether they look outside
	inspects   []string
	language   string
}

// expectedProblem is a problem that is to be reported.
type expectedProblem struct {
	kind         string // "problem": any
	file         string // empty: the first
	line, column int    // column 0: any
	words        string
}

// question is a packet and what is to become of it.
type question struct {
	line     string
	verdict  string
	flow     packet.Flow
	hook     rules.Hook
	test     string // "in" or "out": which drops it; empty: not asked
	knowsTOS bool
	left     *left
	// answer is the state of a packet that answers the one before: established or
	// related; 0: it answers none.
	answer packet.State
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

var title = regexp.MustCompile(`^\d+(\.\d+)?(\(\d+\))?(#\d+)? [HML] \S`)

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
	s := &scenario{name: f.Name, counts: map[string]int{}, files: map[string]string{}, faces: map[string]bool{}}
	if !title.MatchString(s.name) {
		return nil, errors.New("the name does not begin with a section and how sure it is")
	}
	text, expected, ok := strings.Cut("\n"+string(f.Data), "\n==\n")
	if !ok {
		return nil, errors.New("there is no line ==")
	}
	parts := strings.Split(text+"\n", "\n== ")
	for _, part := range parts[1:] {
		name, content, _ := strings.Cut(strings.TrimSuffix(part, "\n")+"\n", "\n")
		s.files[name] = content
	}
	s.text = strings.TrimPrefix(parts[0], "\n")
	if !strings.HasSuffix(s.text, "\n") {
		s.text += "\n"
	}
	if first, rest, _ := strings.Cut(s.text, "\n"); strings.HasPrefix(first, "+ ") {
		s.text = rest
		for _, word := range strings.Fields(first)[1:] {
			if err := s.begin(word, bases); err != nil {
				return nil, err
			}
		}
	}
	for line := range strings.Lines(expected) {
		line = strings.TrimSpace(line)
		if i := strings.Index(line, "  #"); i >= 0 {
			line = strings.TrimSpace(line[:i])
		}
		if err := s.expect(line); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	return s, nil
}

// begin does what a word of the first line says.
func (s *scenario) begin(word string, bases map[string]string) error {
	switch word {
	case "v6":
		s.v6 = true
	case "untold":
		s.untold = true
	case "openbsd", "freebsd":
		s.flavour = "pf-" + word
	case "escaped":
		s.text = strings.NewReplacer(`\r`, "\r", `\t`, "\t", `\\`, `\`).Replace(s.text)
	default:
		base, ok := bases[word]
		if !ok {
			return fmt.Errorf("there is no base %s", word)
		}
		s.text = base + s.text
		s.before += strings.Count(base, "\n")
	}
	return nil
}

// expect reads one line of what is expected.
func (s *scenario) expect(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "", "#":
	case "assumes":
		s.assumes = append(s.assumes, rest)
	case "statements":
		return s.readCounts(rest)
	case "malformed", "undefined", "unsupported", "ignored", "problem":
		p, err := readProblem(word, rest)
		s.problems = append(s.problems, p)
		return err
	case "reports":
		s.reports = append(s.reports, rest)
	case "language":
		s.language = rest
	case "inspects":
		s.inspects = append(s.inspects, rest)
	case "faces":
		name, way, _ := strings.Cut(rest, " ")
		s.faces[name] = way == "outside"
	default:
		q, err := readQuestion(line)
		if err != nil {
			return err
		}
		if q.answer != 0 && len(s.packets) == 0 {
			return errors.New("there is nothing to answer")
		}
		s.packets = append(s.packets, *q)
	}
	return nil
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

// readProblem reads "3:5 WORDS", "3 WORDS" or "NAME:3:5 WORDS".
func readProblem(kind, text string) (expectedProblem, error) {
	place, words, _ := strings.Cut(text, " ")
	p := expectedProblem{kind: kind, words: words}
	parts := strings.Split(place, ":")
	if _, err := strconv.Atoi(parts[0]); err != nil {
		p.file, parts = parts[0], parts[1:]
	}
	if len(parts) == 0 || len(parts) > 2 {
		return p, errors.New("expected a line, and perhaps a column")
	}
	var err error
	if p.line, err = strconv.Atoi(parts[0]); err == nil && len(parts) == 2 {
		p.column, err = strconv.Atoi(parts[1])
	}
	return p, err
}

// TestCasesAreWellFormed reads the cases, and counts them.
func TestCasesAreWellFormed(t *testing.T) {
	packets := 0
	cases := scenarios(t, "cases")
	for i := range cases {
		s := &cases[i]
		if len(s.packets)+len(s.problems) == 0 {
			t.Errorf("%s: %s: nothing is asked", s.file, s.name)
		}
		packets += len(s.packets)
	}
	t.Logf("%d cases with %d packets; %d of reading", len(cases), packets, len(scenarios(t, "reading")))
}
