package asa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// FuzzRead reads any text: every statement is accounted for, places lie inside
// the file, and reading twice gives the same.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"../../testdata/examples/asa-*/*.asa", corpus + "/asa/*/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text[:min(len(text), 4000)])
		}
	}
	f.Add([]byte("edge# show run\nASA Version 9.1(2) <a>\n<--- More --->\r  \robject network X\n host 10.1.1.1\nno object network X\nclear configure all\nchangeto system\n"))
	f.Add([]byte(strings.Repeat("access-list X line 1 permit tcp any object-group G object-group H range 1 2 log\n", 5)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<14 {
			return
		}
		limits := dialect.DefaultLimits
		limits.Line = 500
		once := func() string {
			file := source.NewFile("fuzz", text)
			r := read(dialect.Input{Files: []*source.File{file}, Limits: limits})
			checkReading(t, r, file)
			var b strings.Builder
			for _, c := range r.configs {
				b.WriteString(dump(c))
				for _, d := range c.definitions {
					b.WriteString(d.kind + d.name)
					if int(d.span.End) > len(text) || d.span.Start > d.span.End {
						t.Fatalf("bad span of %s", d.name)
					}
				}
			}
			for _, p := range r.problems {
				b.WriteString(p.Message)
			}
			return b.String()
		}
		if a, b := once(), once(); a != b {
			t.Fatalf("two readings:\n%s\n%s", a, b)
		}
	})
}
