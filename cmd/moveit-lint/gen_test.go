package main

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/testdata/gen/export"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// TestGenerator builds and vets the generator of inputs, which ./... passes by
// for its folder is called testdata, and lints what it writes: every statement
// is understood.
func TestGenerator(t *testing.T) {
	if testing.Short() {
		t.Skip("it calls the compiler")
	}
	gen := filepath.Join(t.TempDir(), "gen")
	for _, args := range [][]string{{"vet", "../../testdata/gen/..."}, {"build", "-o", gen, "../../testdata/gen"}} {
		if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	out, err := exec.CommandContext(t.Context(), gen, "-dialect", "iptables", "-rules", "300").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := export.Bytes("iptables", export.Spec{Rules: 300, Seed: 1})
	if err != nil || string(text) != string(out) {
		t.Error("the program and the library write different bytes for the same arguments", err)
	}
}

// TestGenerated lints a small file of every shape and family.
func TestGenerated(t *testing.T) {
	d, err := export.Find("iptables")
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range d.Shapes {
		for family, suffix := range map[int]string{4: ".v4", 6: ".v6"} {
			t.Run(shape+suffix, func(t *testing.T) {
				text, sets, err := export.Bytes("iptables", export.Spec{Rules: 500, Shape: shape, Family: family})
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				args := []string{"check", "--no-site", "--format", "compact", write(t, dir, "edge.rules"+suffix, text)}
				if len(sets) > 0 {
					args = append(args, write(t, dir, "edge.ipset", sets))
				}
				out, errOut, code := runIn(args...)
				if code > exitFindings || strings.Contains(out, "malformed") || strings.Contains(out, "unsupported") {
					t.Errorf("exit code %d\n%s%s", code, out, errOut)
				}
			})
		}
	}
}

// write writes a file and returns its name.
func write(tb testing.TB, dir, name string, text []byte) string {
	tb.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}
