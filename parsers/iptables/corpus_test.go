package iptables_test

import (
	"bufio"
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
	if err := r.Device.Validate(); err != nil {
		tb.Fatalf("%s: the device is not valid: %v", name, err)
	}
	for i, c := range r.Statements {
		if !c.IsBalanced() {
			tb.Errorf("%s: statements of file %d are not accounted for: %+v", name, i, c)
		}
	}
	return r
}

// okFiles returns the files that a list marks as taken by the native tools.
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
		if len(fields) > 1 && fields[1] == "ok" && wanted(fields[0]) {
			files = append(files, filepath.Join(filepath.Dir(list), fields[0]))
		}
	}
	return files
}

func TestCorpusIsRead(t *testing.T) {
	files := okFiles(t, corpus+"/iptables/valid.tsv", func(string) bool { return true })
	files = append(files, okFiles(t, corpus+"/pairs/valid.tsv", func(s string) bool {
		return strings.HasPrefix(s, "iptables-nft/") && !strings.HasSuffix(s, ".nft")
	})...)
	var total source.Count
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := parse(t, name, text)
		for _, p := range r.Problems {
			if p.Kind == source.Malformed {
				t.Errorf("%v: %s", p.Span.Position(), p.Message)
			}
		}
		total = total.Plus(r.Statements[0])
	}
	t.Logf("%d files, %d statements; not modelled: %d unsupported, %d undefined (%.1f %%)", len(files), total.Total,
		total.Unsupported, total.Undefined, 100*float64(total.Unsupported+total.Undefined)/float64(max(total.Total, 1)))
}
