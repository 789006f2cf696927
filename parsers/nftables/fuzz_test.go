package nftables_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// scripts are seeds for the fuzzers: the rules of the cases for the kernel, and
// what the tests of this package read.
func scripts(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("../../testdata/kernel/cases/nft/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "\ncase: ") {
			f.Add([]byte(strings.ReplaceAll(part, "\n  ", "\n")))
		}
	}
	for _, pattern := range []string{"testdata/*.nft", "testdata/*.json", "../../testdata/examples/nft-*/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil {
				f.Add(text)
			}
		}
	}
}

// FuzzParse reads any text: the device is valid, places lie inside the file,
// every statement is accounted for, twice the same comes out, and a question
// about it is answered or given up.
func FuzzParse(f *testing.F) {
	scripts(f)
	f.Fuzz(check)
}

// FuzzJSON does the same for JSON: what is read is put into the frame of a
// listing.
func FuzzJSON(f *testing.F) {
	text, err := os.ReadFile("testdata/gateway.json")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		f.Add([]byte(strings.TrimSuffix(line, ",")))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		check(t, slicesConcat(`{"nftables": [{"table": {"family": "inet", "name": "fw"}}, {"chain": {"family": "inet", "table": "fw", "name": "f", `+
			`"type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}}, `, string(text), "]}"))
	})
}

func slicesConcat(parts ...string) []byte { return []byte(strings.Join(parts, "")) }

func check(t *testing.T, text []byte) {
	t.Helper()
	if len(text) > 1<<14 {
		return
	}
	limits := dialect.DefaultLimits
	limits.Expansion = 20_000
	read := func() dialect.Result {
		return nftables.Parse(dialect.Input{Name: "fuzz", Files: []*source.File{source.NewFile("fuzz", text)}, Limits: limits})
	}
	r := read()
	if err := r.Devices[0].Model.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Devices[0].Statements {
		if !c.IsBalanced() {
			t.Fatalf("statements are not accounted for: %+v", c)
		}
	}
	for _, p := range r.Problems {
		if p.Span.Start < 0 || int(p.Span.End) > len(text) || p.Span.Start > p.Span.End || p.Message == "" {
			t.Fatalf("bad problem %+v", p)
		}
	}
	if again := read(); !bytes.Equal(printed(t, r.Devices[0].Model), printed(t, again.Devices[0].Model)) {
		t.Fatal("parsing twice gives two devices")
	}
	_, _ = eval.New(r.Devices[0].Model).Ask(eval.Question{Hook: rules.Forward, Nodes: 20_000})
}
