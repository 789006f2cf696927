package main

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// fullDisk is a standard output that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}

// TestFullDisk runs every command without a place to write to: that is no bug, and
// no mistake of the user.
func TestFullDisk(t *testing.T) {
	t.Chdir("../..")
	smb := "testdata/examples/gateway-smb-dnat/edge.rules"
	flow := `{"src": "203.0.113.7", "dst": "203.0.113.10", "proto": "tcp"}`
	for _, args := range [][]string{
		{smb},
		{"--format", "json", smb},
		{"--format", "sarif", smb},
		{"--format", "compact", smb},
		{"trace", smb, "tcp 203.0.113.7:1 > 203.0.113.10:445 in eth0"},
		{"trace", "--format", "json", "--flows", "-", smb},
		{"dump", smb},
		{"explain", "smb-exposed"},
		{"checks"},
		{"requirements"},
		{"schema", "json"},
		{"version"},
		{"version", "--json"},
		{"--help"},
		{"trace", "--help"},
		{},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var errOut bytes.Buffer
			code := run(args, process{in: strings.NewReader(flow), out: fullDisk{}, err: &errOut, env: noEnv})
			if got := errOut.String(); code != exitInput || strings.TrimSpace(got) != "moveit-lint: write to standard output: no space left on device" {
				t.Errorf("exit code %d: %s", code, got)
			}
		})
	}
}
