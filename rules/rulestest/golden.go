// Package rulestest holds what the tests of several packages share.
package rulestest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what tests got to their golden files")

// Golden compares got with the file at path, line by line. With the flag
// -update it writes the file instead.
func Golden(tb testing.TB, path string, got []byte) {
	tb.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		tb.Fatalf("%v; to write it: go test . -run '^%s$' -update", err, tb.Name())
	}
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		tb.Errorf("%s differs (-want +got); to accept what is new: go test . -run '^%s$' -update\n%s", path, tb.Name(), diff)
	}
}

// lines splits a text so that a difference is shown by lines.
func lines(text []byte) []string {
	var out []string
	for line := range bytes.SplitAfterSeq(text, []byte{'\n'}) {
		out = append(out, string(line))
	}
	return out
}
