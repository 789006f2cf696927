package iptables_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/iptables"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// FuzzParse reads any text: the device is valid, places lie inside the file,
// every statement is accounted for, twice the same comes out, and a question
// about it is answered or given up.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../../testdata/examples/*/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(files, "testdata/conformance.txt") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<14 {
			return
		}
		r := parse(t, "fuzz", text)
		for _, p := range r.Problems {
			if p.Span.Start < 0 || int(p.Span.End) > len(text) || p.Span.Start > p.Span.End || p.Message == "" {
				t.Fatalf("bad problem %+v", p)
			}
		}
		again := iptables.Parse(dialect.Input{Name: "fuzz", Files: []*source.File{source.NewFile("fuzz", text)}, Limits: dialect.DefaultLimits})
		if !bytes.Equal(printed(t, r.Devices[0].Model), printed(t, again.Devices[0].Model)) {
			t.Fatal("parsing twice gives two devices")
		}
		_, _ = eval.New(r.Devices[0].Model).Ask(eval.Question{Hook: rules.Forward, Nodes: 20_000})
	})
}

func printed(t *testing.T, d *rules.Device) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Format(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
