package iptables_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/iptables"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the collection of real configurations lies, if it is there.
const corpus = "../../../shared/corpus"

func parse(tb testing.TB, name string, text []byte) dialect.Result {
	tb.Helper()
	f := source.NewFile(name, text)
	r := iptables.Parse(dialect.Input{Name: name, Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	if err := r.Devices[0].Model.Validate(); err != nil {
		tb.Fatalf("%s: the device is not valid: %v", name, err)
	}
	for i, c := range r.Devices[0].Statements {
		if !c.IsBalanced() {
			tb.Errorf("%s: statements of file %d are not accounted for: %+v", name, i, c)
		}
	}
	return r
}

// corpusFile is a file of the corpus and what iptables-restore --test says of it.
type corpusFile struct {
	name, path string
	ok         bool
	why        string // it is not
}

// corpusFiles returns the files of a part of the corpus that are wanted.
func corpusFiles(t *testing.T, part string, wanted func(string) bool) []corpusFile {
	t.Helper()
	list := filepath.Join(corpus, part, "valid.tsv")
	f, err := os.Open(list)
	if err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var files []corpusFile
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := append(strings.Split(s.Text(), "\t"), "")
		if len(fields) > 2 && wanted(fields[0]) {
			files = append(files, corpusFile{fields[0], filepath.Join(corpus, part, fields[0]), fields[1] == "ok", fields[2]})
		}
	}
	return files
}

// iptablesFiles returns all files of the corpus in this dialect.
func iptablesFiles(t *testing.T) []corpusFile {
	t.Helper()
	files := corpusFiles(t, "iptables", func(string) bool { return true })
	return append(files, corpusFiles(t, "pairs", func(s string) bool {
		return strings.HasSuffix(s, ".iptables") || strings.HasSuffix(s, ".ip6tables")
	})...)
}

// firstMalformed returns the first malformed statement, empty if there is none.
func firstMalformed(r dialect.Result) string {
	for _, p := range r.Problems {
		if p.Kind == source.Malformed {
			return fmt.Sprintf("%v: %s", p.Span.Position(), p.Message)
		}
	}
	return ""
}

// TestCorpusIsRead reads every file that the native tools take: no statement of
// it is malformed, and each is accounted for.
func TestCorpusIsRead(t *testing.T) {
	var total source.Count
	read := map[string]int{}
	for _, f := range iptablesFiles(t) {
		if !f.ok {
			continue
		}
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		r := parse(t, f.path, text)
		// -h prints the help and ends the program with success: what follows was
		// never read.
		if said := firstMalformed(r); said != "" && !bytes.Contains(text, []byte("\n-h\n")) {
			t.Error(said)
		}
		total = total.Plus(r.Devices[0].Statements[0])
		part, _, _ := strings.Cut(f.name, "/")
		read[part]++
	}
	t.Logf("%v files, %d statements; not modelled: %d unsupported, %d undefined (%.1f %%)", read, total.Total,
		total.Unsupported, total.Undefined, 100*float64(total.Unsupported+total.Undefined)/float64(max(total.Total, 1)))
}

// taken are files of the corpus that the native tools refuse and this parser
// does not call malformed, and why that is meant.
var taken = map[string]string{
	"net-network/config_vsrv__iptables-save.txt.iptables":                                            crlf,
	"net-network/found_online__lafibre.info__iptable-save.txt.iptables":                              crlf,
	"net-network/found_online__pastebin.com_2hux32dS__iptables-save.iptables":                        crlf,
	"net-network/configs_chair_for_Network_Architectures_and_Services__iptables_25.07.2014.iptables": "hardware addresses are made unreadable",
	"net-network/configs_serverfault__759927.txt.iptables":                                           "a set is defined elsewhere: that is undefined",
	"net-network/configs_ugent__iptables-save.iptables":                                              oldNegation,
	"net-network/configs_ugent__iptables-save.v1.4.21.iptables":                                      oldNegation,
	"net-network/found_online__jvehent__firewall.iptables":                                           "a host name is looked up on the machine that loads the rules",
}

const (
	crlf        = "lines end with CR LF: that is said, and the lines are read"
	oldNegation = "! stands behind the option, as programs up to 1.4.2 printed it"
)

// TestCorpusThatIsRefused reads the files that the native tools refuse. They
// are malformed here too, but for those of which it is said why they are not.
func TestCorpusThatIsRefused(t *testing.T) {
	for _, f := range iptablesFiles(t) {
		if f.ok {
			continue
		}
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		said := firstMalformed(parse(t, f.path, text))
		why, listed := taken[f.name]
		t.Logf("%s: %s", f.name, said)
		switch {
		case said == "" && !listed:
			t.Errorf("%s is refused (%s), and not malformed here", f.name, f.why)
		case said != "" && listed:
			t.Errorf("%s is malformed (%s), though it is said why it is taken: %s", f.name, said, why)
		}
	}
}

// TestCorpusIsDetected holds detection to the corpus: every file that is read is
// seen to be of iptables.
func TestCorpusIsDetected(t *testing.T) {
	for _, f := range iptablesFiles(t) {
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if score, _ := iptables.Detect(source.NewFile(f.name, text)); f.ok && score == 0 {
			t.Errorf("%s is not seen to be of iptables", f.name)
		}
	}
}
