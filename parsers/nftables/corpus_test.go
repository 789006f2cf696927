package nftables_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the collection of real configurations lies, if it is there.
const corpus = "../../../shared/corpus"

func parse(tb testing.TB, name string, text []byte) dialect.Result {
	tb.Helper()
	f := source.NewFile(name, text)
	r := nftables.Parse(dialect.Input{Name: "device", Files: []*source.File{f}, Limits: dialect.DefaultLimits, Open: openBeside})
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

func printed(tb testing.TB, d *rules.Device) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := d.Format(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// okFiles returns the files that a list marks as taken by nft.
func okFiles(t *testing.T, list string, wanted func(string) bool) []string {
	t.Helper()
	f, err := os.Open(list)
	if err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var files []string
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Split(s.Text(), "\t")
		if len(fields) > 1 && strings.HasPrefix(fields[1], "ok") && wanted(fields[0]) {
			files = append(files, filepath.Join(filepath.Dir(list), fields[0]))
		}
	}
	return files
}

func TestCorpusIsRead(t *testing.T) {
	files := okFiles(t, corpus+"/nftables/valid.tsv", func(string) bool { return true })
	files = append(files, okFiles(t, corpus+"/pairs/valid.tsv", func(s string) bool {
		return strings.HasSuffix(s, ".nft") || strings.HasPrefix(s, "nft-text-json/")
	})...)
	var total source.Count
	bad := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := parse(t, name, text)
		ok := true
		for _, p := range r.Problems {
			if p.Kind == source.Malformed {
				t.Errorf("%v: %s", p.Span.Position(), p.Message)
				ok = false
			}
		}
		if !ok {
			bad++
		}
		total = total.Plus(r.Devices[0].Statements[0])
	}
	t.Logf("%d files, %d with a malformed statement; %d statements; not modelled: %d unsupported, %d undefined (%.1f %%)", len(files), bad,
		total.Total, total.Unsupported, total.Undefined, 100*float64(total.Unsupported+total.Undefined)/float64(max(total.Total, 1)))
}

// TestCorpusDoesNotCrash reads every file of the corpus, whatever it is.
func TestCorpusDoesNotCrash(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	n := 0
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		parse(t, path, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files", n)
}
