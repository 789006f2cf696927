package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// FuzzCheck lints any text, from parsing to each format: the program never
// fails by a mistake of its own, a report is whole whatever the input, and what
// lies behind a pass was read.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("../../testdata/examples/*/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for i, d := range parsers.Dialects {
			if score, _ := d.Detect(source.NewFile(name, text)); score > 0 {
				f.Add(text, uint8(i))
			}
		}
	}
	profile := filepath.Join(f.TempDir(), "site.yaml")
	const site = "version: 1\nmoveit: {nodes: [10.20.0.11]}\nservices: {https: {}, ftps: {passive-ports: 3000-3003}, sftp: {}}\nlimits: {nodes: 20000}\n"
	if err := os.WriteFile(profile, []byte(site), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, number uint8) {
		if len(text) > 1<<12 {
			return
		}
		dialect := parsers.Dialects[int(number)%len(parsers.Dialects)].Name
		for _, format := range []string{"text", "compact", "json", "sarif"} {
			var out, errOut bytes.Buffer
			code := run([]string{"check", "--dialect", dialect, "--site", profile, "--format", format, "-j", "1", "-"},
				process{in: bytes.NewReader(text), out: &out, err: &errOut, env: noEnv})
			if code != exitClean && code != exitFindings && code != exitInput {
				t.Fatalf("%s: exit code %d: %s", format, code, errOut.String())
			}
			switch format {
			case "json", "sarif":
				if !json.Valid(out.Bytes()) {
					t.Fatalf("%s is no JSON: %s", format, out.String())
				}
			default:
				if bytes.ContainsAny(out.Bytes(), "\x1b\x07\x00\r") {
					t.Fatalf("%s holds control characters: %q", format, out.String())
				}
			}
		}
	})
}
