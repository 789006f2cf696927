package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestSoundness holds the program to what attackers of its verdicts found: each
// archive has a configuration that once passed, or once was called a hole, and
// every finding that it must give. Its inputs are the files called edge with any
// ending: edge.rules, edge.nft, edge.asa.
func TestSoundness(t *testing.T) {
	files, err := filepath.Glob("testdata/soundness/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no cases: %v", err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			args := []string{"check", "--format", "json"}
			want := []string{}
			for _, f := range archive.Files {
				switch f.Name {
				case "findings":
					want = append(want, strings.FieldsFunc(string(f.Data), func(r rune) bool { return r == '\n' })...)
				case "flags":
					args = append(args, strings.Fields(string(f.Data))...)
				default:
					if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
						t.Fatal(err)
					}
					switch {
					case f.Name == "site.yaml":
						args = append(args, "--site", f.Name)
					case strings.HasPrefix(f.Name, "edge."):
						args = append(args, f.Name)
					}
				}
			}
			out, errOut, _ := runIn(args...)
			if diff := cmp.Diff(want, summary(t, out)); diff != "" {
				t.Errorf("%s(-want +got):\n%s%s", archive.Comment, diff, errOut)
			}
		})
	}
}

// summary returns the findings of a JSON report, a line each, every line once.
func summary(t *testing.T, report string) []string {
	t.Helper()
	var d struct {
		Findings []struct {
			Check, Certainty string
			Location         struct {
				File string
				Line int
			}
		}
	}
	if err := json.Unmarshal([]byte(report), &d); err != nil {
		t.Fatalf("%v\n%s", err, report)
	}
	lines := []string{}
	for _, f := range d.Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s:%d", f.Check, f.Certainty, f.Location.File, f.Location.Line))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
