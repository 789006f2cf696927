package asa_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/asa"
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestCorpusIsLowered: every file of the collection of real configurations makes
// valid devices, the same each time, and a question about them is answered or
// given up.
func TestCorpusIsLowered(t *testing.T) {
	if _, err := os.Stat(corpus + "/asa"); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	files := 0
	err := filepath.WalkDir(corpus+"/asa", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		t.Run(filepath.Base(path), func(t *testing.T) { checkParse(t, text, dialect.DefaultLimits) })
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// FuzzParse reads any text: the devices are valid, places lie inside the file,
// every statement is accounted for, twice the same comes out, and a question
// about it is answered or given up.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"cases", "reading"} {
		for _, s := range scenarios(f, folder) {
			f.Add([]byte(s.text))
		}
	}
	names, err := filepath.Glob("../../testdata/examples/asa-*/*.asa")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text)
		}
	}
	limits := dialect.DefaultLimits
	limits.Expansion = 20_000
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) <= 1<<14 {
			checkParse(t, text, limits)
		}
	})
}

// checkParse reads a text and looks at what comes of it.
func checkParse(t *testing.T, text []byte, limits dialect.Limits) {
	t.Helper()
	read := func() dialect.Result {
		return asa.Parse(dialect.Input{Name: "edge", Files: []*source.File{source.NewFile("edge", text)}, Limits: limits})
	}
	r, again := read(), read()
	if len(r.Devices) == 0 || len(r.Devices) != len(again.Devices) {
		t.Fatalf("%d devices, and then %d", len(r.Devices), len(again.Devices))
	}
	for i, d := range r.Devices {
		if err := d.Model.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, c := range d.Statements {
			if !c.IsBalanced() {
				t.Fatalf("statements are not accounted for: %+v", c)
			}
		}
		if !bytes.Equal(printed(t, d.Model), printed(t, again.Devices[i].Model)) {
			t.Fatal("parsing twice gives two devices")
		}
		_, _ = eval.New(d.Model).Ask(eval.Question{Hook: rules.Forward, Nodes: 20_000})
	}
	for _, p := range r.Problems {
		if p.Span.Start < 0 || int(p.Span.End) > len(text) || p.Span.Start > p.Span.End || p.Message == "" {
			t.Fatalf("bad problem %+v", p)
		}
	}
}

func printed(tb testing.TB, d *rules.Device) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := d.Format(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
