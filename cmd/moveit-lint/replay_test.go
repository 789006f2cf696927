package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestWitnessesReplay feeds the witnesses of reports to trace, as they are: the
// packet that a certain finding shows meets there what the finding says.
func TestWitnessesReplay(t *testing.T) {
	t.Chdir("../..")
	replayed := 0
	for _, folder := range []string{"gateway-smb-dnat", "gateway-no-deny-all", "gateway-active-ftp", "host-firewall"} {
		file := filepath.Join("testdata", "examples", folder, "edge.rules")
		if folder == "host-firewall" {
			file = filepath.Join("testdata", "examples", folder, "host.rules")
		}
		out, errOut, code := runIn("check", "--format", "json", file)
		var report struct {
			Findings []struct {
				Check, Certainty, Actual string
				Witness                  *struct {
					Flow  json.RawMessage
					Steps []struct{ Action string }
				}
			}
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitFindings {
			t.Fatalf("%s: exit code %d: %v: %s", folder, code, err, errOut)
		}
		var lines bytes.Buffer
		var want []string
		for _, f := range report.Findings {
			if f.Witness == nil || f.Certainty != "certain" || !strings.HasPrefix(f.Actual, "accepted") && !strings.HasPrefix(f.Actual, "dropped") {
				continue
			}
			if err := json.Compact(&lines, f.Witness.Flow); err != nil {
				t.Fatal(err)
			}
			lines.WriteByte('\n')
			want = append(want, f.Check+" "+strings.TrimSuffix(strings.TrimSuffix(strings.Fields(f.Actual)[0], "ped"), "ed"))
		}
		var answers, complaints bytes.Buffer
		code = run([]string{"trace", "--format", "json", "--flows", "-", file}, process{in: &lines, out: &answers, err: &complaints, env: noEnv})
		if code != exitClean {
			t.Errorf("%s: exit code %d: %s", folder, code, &complaints)
		}
		for i, line := range strings.Split(strings.TrimSpace(answers.String()), "\n") {
			var answer struct{ Verdict string }
			if err := json.Unmarshal([]byte(line), &answer); err != nil {
				t.Fatalf("%s: %v: %s", folder, err, line)
			}
			if check, verdict, _ := strings.Cut(want[i], " "); answer.Verdict != verdict {
				t.Errorf("%s: the witness of %s is answered by %s, want %s", folder, check, line, verdict)
			}
			replayed++
		}
	}
	if replayed < 8 {
		t.Errorf("only %d witnesses were followed", replayed)
	}
}
