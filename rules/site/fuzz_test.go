package site_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// FuzzParse reads any text as a site profile: it is one, or every mistake has a
// place and a message.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../../testdata/examples/*/.moveit-lint.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("there is no profile to start from: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<12 {
			return
		}
		p, err := site.Parse(source.NewFile("site.yaml", text))
		var mistakes site.Errors
		switch {
		case err == nil && p == nil:
			t.Fatal("neither a profile nor an error")
		case err != nil && (!errors.As(err, &mistakes) || len(mistakes) == 0):
			t.Fatalf("an error of another kind: %v", err)
		}
		for _, m := range mistakes {
			if m.Span.Start < 0 || int(m.Span.End) > len(text) || m.Span.Start > m.Span.End || m.Message == "" {
				t.Fatalf("bad mistake %+v", m)
			}
		}
	})
}
