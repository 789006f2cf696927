package asa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the collection of real configurations lies, if it is there.
const corpus = "../../../shared/corpus"

// readText reads one text, and holds what must hold for every text.
func readText(tb testing.TB, name string, text []byte) *reading {
	tb.Helper()
	f := source.NewFile(name, text)
	r := read(dialect.Input{Name: name, Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	checkReading(tb, r, f)
	return r
}

func checkReading(tb testing.TB, r *reading, files ...*source.File) {
	tb.Helper()
	if len(r.configs) == 0 || len(r.counts) != len(r.configs) {
		tb.Fatalf("%d configs, %d counts", len(r.configs), len(r.counts))
	}
	for i := range r.counts {
		for j := range r.counts[i] {
			if !r.counts[i][j].IsBalanced() {
				tb.Errorf("statements are not accounted for: %+v", r.counts[i][j])
			}
		}
	}
	for _, p := range r.problems {
		if p.Message == "" || p.Kind == 0 || p.Span.IsZero() || p.Span.Start < 0 || p.Span.Start > p.Span.End || int(p.Span.End) > len(p.Span.File.Text) {
			tb.Errorf("bad problem %+v", p)
		}
	}
	_ = files
}

// corpusFiles returns the files of the corpus.
func corpusFiles(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "asa", "*", "*"))
	if err != nil || len(files) == 0 {
		tb.Skip("the corpus is not here")
	}
	return files
}

// TestCorpusIsRead reads every file of the corpus.
func TestCorpusIsRead(t *testing.T) {
	var total source.Count
	for _, name := range corpusFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := readText(t, name, text)
		for i := range r.counts {
			total = total.Plus(r.counts[i][0])
		}
		for _, p := range r.problems {
			if p.Kind != source.Ignored {
				t.Logf("%s %s:%d: %s | %s", p.Kind, strings.TrimPrefix(name, corpus+"/asa/"), p.Span.Line(), p.Message, p.Span.File.Line(p.Span.Line()).Text())
			}
		}
	}
	t.Logf("%+v", total)
}
