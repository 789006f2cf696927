package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestFilesOfOneDevice gives a parser of any dialect the files of a device at
// once, in the order of the profile, whichever of them is named and how.
func TestFilesOfOneDevice(t *testing.T) {
	var seen []string
	var alone sync.Mutex // devices are read at the same time
	tables, _ := parsers.Find("iptables")
	withDialect(t, parsers.Dialect{
		Name: "asa", Title: "a stand-in", // of a name that profiles know
		Detect: func(f *source.File) (int, string) {
			if bytes.HasPrefix(f.Text, []byte("# asa")) {
				return 101, "it says so"
			}
			return 0, ""
		},
		Parse: func(in parsers.Input) parsers.Result {
			var names []string
			for _, f := range in.Files {
				names = append(names, f.Name)
			}
			alone.Lock()
			defer alone.Unlock()
			seen = append(seen, in.Name+": "+strings.Join(names, " "))
			return tables.Parse(in)
		},
	})
	t.Chdir(t.TempDir())
	const config = "# asa\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"
	for name, text := range map[string]string{
		"running.cfg": config, "acl.txt": "# asa capture\n", "other.cfg": config,
		"detected.yaml": "version: 1\ndevices: [{name: edge, files: [running.cfg, acl.txt]}]\n",
		"told.yaml":     "version: 1\ndevices: [{name: edge, files: [running.cfg, acl.txt], dialect: asa}]\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const whole = "edge: running.cfg acl.txt"
	flow := "tcp 203.0.113.7:40000 > 10.20.0.11:443"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"check", "running.cfg"}, whole},
		{[]string{"check", "acl.txt"}, whole},
		{[]string{"check", "acl.txt", "running.cfg"}, whole},
		{[]string{"check", "."}, whole + "; other.cfg: other.cfg"},
		{[]string{"check", "other.cfg"}, "other.cfg: other.cfg"},
		{[]string{"dump", "acl.txt"}, whole},
		{[]string{"trace", "running.cfg", flow}, whole},
	} {
		for _, profile := range []string{"detected.yaml", "told.yaml"} {
			seen = nil
			out, errOut, code := runIn(append(c.args[:1:1], append([]string{"--site", profile}, c.args[1:]...)...)...)
			slices.Sort(seen)
			if got := strings.Join(seen, "; "); got != c.want || code == exitUsage || code == exitInput {
				t.Errorf("%s, %v: exit code %d, read %s, want %s\n%s%s", profile, c.args, code, got, c.want, out, errOut)
			}
		}
	}
}

// TestEmptyExport names files that may be exports that failed, of any dialect.
func TestEmptyExport(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, suspect := range map[string]bool{
		"edge.rules": true, "edge.rules.v6": true, "pf.conf": true, "edge-asa.txt": true, "ASA5516.log": true, "edge.cfg": true, "running-config": true,
		"show-run.txt": true, "notes.txt": false, "README.md": false,
	} {
		text := passedBy(source.NewFile(name, []byte(" \r\n")))
		if strings.Contains(text, "which may have failed") != suspect {
			t.Errorf("%s", text)
		}
		if text := passedBy(source.NewFile(name, []byte("words\n"))); strings.Contains(text, "failed") {
			t.Errorf("%s", text)
		}
	}
}
