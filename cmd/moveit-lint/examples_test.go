package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// noEnv is an environment without variables.
func noEnv(string) string { return "" }

// runIn runs the program and returns what it prints and its exit code.
func runIn(args ...string) (out, errOut string, code int) {
	var o, e bytes.Buffer
	code = run(args, process{in: bytes.NewReader(nil), out: &o, err: &e, env: noEnv})
	return o.String(), e.String(), code
}

// TestExamples lints every example from the root of the repository, as a user
// does, and compares the report with its golden.
func TestExamples(t *testing.T) {
	t.Chdir("../..")
	folders, err := filepath.Glob("testdata/examples/*")
	if err != nil || len(folders) < 6 {
		t.Fatalf("there are %d examples: %v", len(folders), err)
	}
	codes := map[string]int{"asa-compliant": exitClean, "pf-openbsd-dmz": exitClean, "gateway-compliant": exitClean, "nft-gateway-compliant": exitClean, "broken": exitInput}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			args := []string{"check", folder}
			got, errOut, code := runIn(args...)
			want, ok := codes[filepath.Base(folder)]
			if !ok {
				want = exitFindings
			}
			if code != want {
				t.Errorf("exit code %d, want %d: %s", code, want, errOut)
			}
			golden := filepath.Join("cmd", "moveit-lint", "testdata", "examples", filepath.Base(folder)+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			text, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("the report changed; if that is meant, run: go test ./cmd/moveit-lint -run Examples -update\n%s", diff)
			}
			for _, jobs := range []string{"1", "4"} {
				again, _, _ := runIn(append(args, "-j", jobs)...)
				if again != got {
					t.Errorf("with -j %s the report is another", jobs)
				}
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	t.Chdir("../..")
	smb := "testdata/examples/gateway-smb-dnat/edge.rules"
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"findings", []string{smb}, exitFindings},
		{"findings below the severity that fails", []string{smb, "--select", "family-uncovered"}, exitClean},
		{"never", []string{smb, "--fail-on", "never"}, exitClean},
		{"unknown flag", []string{smb, "--no-such-flag"}, exitUsage},
		{"unknown check", []string{smb, "--select", "smb-exposd"}, exitUsage},
		{"unknown severity", []string{smb, "--fail-on", "bad"}, exitUsage},
		{"unknown format", []string{smb, "--format", "yaml"}, exitUsage},
		{"site profile that is not there", []string{smb, "--site", "none.yaml"}, exitUsage},
		{"no input", []string{"check"}, exitUsage},
		{"missing input", []string{"testdata/none.rules"}, exitInput},
		{"unknown dialect", []string{"README.md"}, exitInput},
		{"trace", []string{"trace", smb, "tcp 203.0.113.7:40000 > 203.0.113.10:445 in eth0 out eth1"}, exitClean},
		{"trace of no packet", []string{"trace", smb, "nonsense"}, exitUsage},
		{"dump", []string{"dump", smb}, exitClean},
		{"explain", []string{"explain", "smb-exposed"}, exitClean},
		{"explain of no check", []string{"explain", "no-such"}, exitUsage},
		{"checks", []string{"checks", "--format", "json"}, exitClean},
		{"requirements", []string{"requirements", "--format", "markdown"}, exitClean},
		{"schema", []string{"schema", "site"}, exitClean},
		{"version", []string{"version"}, exitClean},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errOut, code := runIn(c.args...)
			if code != c.want {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, c.want, out, errOut)
			}
			if code == exitUsage && out != "" {
				t.Errorf("standard output is not empty: %s", out)
			}
		})
	}
}
