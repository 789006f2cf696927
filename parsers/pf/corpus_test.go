package pf

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the collection of real configurations lies, if it is there.
const corpus = "../../../shared/corpus"

// corpusFiles returns the files of a part of the corpus that are wanted.
func corpusFiles(t *testing.T, part string, wanted func(string) bool) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(corpus, part), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && filepath.Base(path) != "README.md" && wanted(path) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	return files
}

// readCorpus reads a file of the corpus. It includes what lies beside it.
func readCorpus(t *testing.T, path string) *reading {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open := func(_, name string) ([]*source.File, error) {
		beside := filepath.Join(filepath.Dir(path), filepath.Base(name))
		found, err := os.ReadFile(beside)
		if err != nil {
			// FreeBSD's copy of a test names its include otherwise than OpenBSD's, and it is not in the corpus.
			found, err = os.ReadFile(filepath.Join(corpus, "pf", "openbsd-regress", strings.Replace(filepath.Base(name), "pf00", "pf", 1)))
		}
		if err != nil {
			return nil, err
		}
		return []*source.File{source.NewFile(beside, found)}, nil
	}
	r := read(dialect.Input{Name: path, Files: []*source.File{source.NewFile(path, text)}, Limits: dialect.DefaultLimits, Open: open})
	for i, c := range r.counts {
		if !c.IsBalanced() {
			t.Errorf("%s: statements of file %d are not accounted for: %+v", path, i, c)
		}
	}
	return r
}

// malformedLines returns what is malformed in a reading, by its line.
func malformedLines(r *reading) map[int]string {
	out := map[int]string{}
	for _, p := range r.problems {
		if p.Kind == source.Malformed {
			out[p.Span.Line()] += fmt.Sprintf("%v: %s; ", p.Span.Position(), p.Message)
		}
	}
	return out
}

// noConfigurations are files of the corpus that are scripts of tests of tables
// and what they print, or what pfctl says about errors.
func noConfigurations(path string) bool {
	base := filepath.Base(path)
	return strings.HasPrefix(base, "pfr") || strings.HasPrefix(base, "pfcmdfail") && strings.HasSuffix(base, ".ok") ||
		strings.HasPrefix(base, "pfail") && strings.HasSuffix(base, ".ok")
}

// TestCorpusIsRead reads every file: each statement is accounted for, and in
// those that pfctl takes or prints none is malformed.
func TestCorpusIsRead(t *testing.T) {
	var total source.Count
	read := map[string]int{}
	for _, path := range corpusFiles(t, "pf", func(string) bool { return true }) {
		r := readCorpus(t, path)
		if noConfigurations(path) {
			continue
		}
		total = total.Plus(r.counts[0])
		read[strings.TrimPrefix(filepath.Ext(path), ".")]++
		bad := malformedLines(r)
		taken := strings.Contains(path, "regress/pf") || strings.Contains(path, "freebsd-tests")
		if taken && len(bad) > 0 && !strings.Contains(path, "pfail") {
			t.Errorf("%s is taken by pfctl, and malformed here: %v", path, bad)
		}
	}
	t.Logf("%v files, %d statements: %+v", read, total.Total, total)
}

// generated are files that a program wrote or that are parts of something, and
// in which pfctl would refuse a line; why that is so.
var generated = map[string]string{
	"firewall111.conf":                        "anchors with keep state, and with route-to",
	"firewall21.conf":                         "an anchor with keep state",
	"firewall34.conf":                         "tables with names of two words",
	"firewall41.conf":                         "tables with names of two words",
	"firewall40-1.conf":                       "a netmask, and an address with 300",
	"firewall40-2.conf":                       "route-to without state",
	"firewall62.conf":                         "user without proto",
	"regress__sys__net__gif__pf.conf":         "macros that are given on the command line",
	"regress__sys__net__loop__pf.conf":        "macros that are given on the command line",
	"regress__sys__net__pf_fragment__pf.conf": "macros that are given on the command line",
	"regress__sys__net__pf_state__pf.conf":    "macros that are given on the command line",
	"regress__sys__net__pflog__pf.conf":       "macros that are given on the command line",
}

// TestCorpusOfPeople reads the configurations that people and programs wrote: but
// for those of which it is said why, nothing in them is malformed.
func TestCorpusOfPeople(t *testing.T) {
	files := corpusFiles(t, "pf", func(path string) bool { return strings.HasSuffix(path, ".conf") })
	files = append(files, corpusFiles(t, "pairs", func(path string) bool { return strings.HasSuffix(path, ".pf.conf") })...)
	for _, path := range files {
		bad := malformedLines(readCorpus(t, path))
		switch why, listed := generated[filepath.Base(path)]; {
		case len(bad) > 0 && !listed:
			t.Errorf("%s: %v", path, bad)
		case len(bad) == 0 && listed:
			t.Errorf("%s is not malformed, though it is said why it is: %s", path, why)
		}
	}
	t.Logf("%d files", len(files))
}

// taken are lines that pfctl refuses and that are not malformed here, by file
// and line, and why that is meant.
var taken = map[string]string{
	"pfail43.in:2": "the file of a table is not there: what it holds is not known",
}

// TestCorpusThatIsRefused reads the files that pfctl refuses: just the lines
// are malformed of which it says so. Where it is not recorded what it says, the
// file has a malformed line.
func TestCorpusThatIsRefused(t *testing.T) {
	line := regexp.MustCompile(`(?m)^stdin:(\d+): `)
	files, lines := 0, 0
	for _, path := range corpusFiles(t, "pf", func(path string) bool {
		return strings.HasPrefix(filepath.Base(path), "pfail") && strings.HasSuffix(path, ".in")
	}) {
		files++
		bad := malformedLines(readCorpus(t, path))
		said, err := os.ReadFile(strings.TrimSuffix(path, "in") + "ok")
		if err != nil || !line.Match(said) {
			if len(bad) == 0 {
				t.Errorf("%s is refused, and not malformed here", path)
			}
			continue
		}
		var want []int
		for _, m := range line.FindAllStringSubmatch(string(said), -1) {
			n, _ := strconv.Atoi(m[1])
			want = append(want, n)
		}
		slices.Sort(want)
		want = slices.Compact(want)
		lines += len(want)
		for n, message := range bad {
			if !slices.Contains(want, n) {
				t.Errorf("%s:%d is not refused, and malformed here: %s", path, n, message)
			}
		}
		for _, n := range want {
			_, listed := taken[filepath.Base(path)+":"+strconv.Itoa(n)]
			if (bad[n] == "") != listed {
				t.Errorf("%s:%d is refused; here it is malformed: %q", path, n, bad[n])
			}
		}
	}
	t.Logf("%d files that are refused, %d lines of which pfctl says so", files, lines)
}

// unseen are files that hold nothing that tells them from other languages.
var unseen = []string{"pf0019.in", "pf0019.ok", "pf0039.in", "pf39.in", "pf6.in", "pf6.ok", "pf86.ok"}

// TestCorpusIsDetected holds detection to the corpus: files of pf are seen to be
// of it, and files of other languages are not.
func TestCorpusIsDetected(t *testing.T) {
	for _, path := range corpusFiles(t, "", func(string) bool { return true }) {
		if noConfigurations(path) || slices.Contains(unseen, filepath.Base(path)) || strings.HasSuffix(path, ".md") || strings.HasSuffix(path, ".tsv") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		is := strings.Contains(path, "/corpus/pf/") || strings.HasSuffix(path, ".pf.conf")
		if score, why := Detect(source.NewFile(path, text)); (score > 0) != is {
			t.Errorf("%s: %d, %s", path, score, why)
		}
	}
}
