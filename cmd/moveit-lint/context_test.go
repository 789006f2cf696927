package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// appliance is a dialect whose files are iptables-save exports, one after the
// other, each below a line "# context NAME". What stands above the first of these
// lines belongs to all. A word behind "key=" is a secret. It takes the place of a
// dialect with contexts and secrets.
var appliance = parsers.Dialect{
	Name: "appliance", Title: "several exports",
	Detect: func(f *source.File) (int, string) {
		if bytes.Contains(f.Text, []byte("# context ")) {
			return 100, "it has contexts"
		}
		return 0, ""
	},
	Parse: func(in parsers.Input) parsers.Result {
		tables, _ := parsers.Find("iptables")
		f := in.Files[0]
		text := f.Text
		defer func() { f.Text = text }()
		parts := strings.Split(string(text), "# context ")
		blank := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == '\n' {
					return r
				}
				return ' '
			}, s)
		}
		for _, x := range keyWord.FindAllIndex(text, -1) {
			f.Conceal(x[0]+len("key="), x[1])
		}
		var out parsers.Result
		at := len(parts[0])
		for _, part := range parts[1:] {
			name, _, _ := strings.Cut(part, "\n")
			mark := len("# context ")
			before := parts[0] + blank(string(text[len(parts[0]):at+mark+len(name)]))
			f.Text = []byte(before + part[len(name):] + blank(string(text[at+mark+len(part):])))
			r := tables.Parse(in)
			r.Devices[0].Context, r.Devices[0].Head = name, f.Span(at, at+mark+len(name))
			out.Devices, out.Problems = append(out.Devices, r.Devices...), append(out.Problems, r.Problems...)
			at += mark + len(part)
		}
		return out
	},
}

var keyWord = regexp.MustCompile(`key=\w+`)

// withDialect adds a dialect, or replaces the one of its name, for one test.
func withDialect(t *testing.T, d parsers.Dialect) {
	t.Helper()
	before := parsers.Dialects
	list := slices.DeleteFunc(slices.Clone(before), func(x parsers.Dialect) bool { return x.Name == d.Name })
	list = append(list, d)
	parsers.Dialects = list
	t.Cleanup(func() { parsers.Dialects = before })
}

const twoContexts = `# context dmz
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 445 -j ACCEPT
-A FORWARD -i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 443 -j ACCEPT
COMMIT
# context office
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 445 -j ACCEPT
-A FORWARD -i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 3389 -j ACCEPT
COMMIT
`

// sharedLines has a rule that both contexts have, and one that opens another port
// in each by what stands around it.
const sharedLines = `*filter
:FORWARD DROP [0:0]
-A FORWARD -i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 445 -j ACCEPT
# context dmz
-A FORWARD -i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 443 -j ACCEPT
COMMIT
# context office
COMMIT
`

const contextSite = "version: 1\nmoveit: {nodes: [10.20.0.11]}\nzones: {internet: {interfaces: [eth0]}}\nservices: {https: {zones: [internet]}}\n"

func contextFiles(t *testing.T, text string) (edge, profile string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"edge.cfg": text, "site.yaml": contextSite} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "edge.cfg", "site.yaml"
}

// TestContexts lints each context by itself.
func TestContexts(t *testing.T) {
	withDialect(t, appliance)
	edge, profile := contextFiles(t, twoContexts)
	out, errOut, _ := runIn("check", "--site", profile, "--ignore", "family-uncovered", "--format", "json", edge)
	got := findingsIn(t, out)
	want := []string{
		"inputs: edge.cfg dmz 6, edge.cfg office 6",
		"smb-exposed dmz 5", "https-blocked office 10", "smb-exposed office 12", "rdp-exposed office 13",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s%s", diff, errOut)
	}
	out, _, _ = runIn("check", "--site", profile, edge)
	for _, wanted := range []string{"context:  dmz\n", "context:  office\n", " in 2 contexts of 1 file: "} {
		if !strings.Contains(out, wanted) {
			t.Errorf("the report does not say %q:\n%s", wanted, out)
		}
	}
}

// findingsIn returns the inputs of a JSON report and its findings in their order.
func findingsIn(t *testing.T, text string) []string {
	t.Helper()
	var d struct {
		Inputs []struct {
			File, Context string
			Statements    struct{ Total int }
		}
		Findings []struct {
			Check, Context, Fingerprint string
			Location                    struct{ Line int }
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var inputs []string
	for _, x := range d.Inputs {
		inputs = append(inputs, fmt.Sprintf("%s %s %d", x.File, x.Context, x.Statements.Total))
	}
	out := []string{"inputs: " + strings.Join(inputs, ", ")}
	seen := map[string]bool{}
	for _, f := range d.Findings {
		if seen[f.Fingerprint] {
			t.Errorf("two findings have the fingerprint of %s", f.Check)
		}
		seen[f.Fingerprint] = true
		out = append(out, fmt.Sprintf("%s %s %d", f.Check, f.Context, f.Location.Line))
	}
	return out
}

// TestSharedLines makes one finding of what two contexts say of one line.
func TestSharedLines(t *testing.T) {
	withDialect(t, appliance)
	edge, profile := contextFiles(t, sharedLines)
	out, _, _ := runIn("check", "--site", profile, "--select", "smb-exposed", "--format", "json", edge)
	want := []string{"inputs: edge.cfg dmz 5, edge.cfg office 4", "smb-exposed dmz, office 3"}
	if diff := cmp.Diff(want, findingsIn(t, out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, format := range []string{"text", "compact", "sarif"} {
		if out, _, _ := runIn("check", "--site", profile, "--sarif-root", ".", "--select", "smb-exposed", "--format", format, edge); !strings.Contains(out, "dmz, office") {
			t.Errorf("%s does not name the contexts:\n%s", format, out)
		}
	}
}

// TestContextFlag chooses the device that trace and dump look at.
func TestContextFlag(t *testing.T) {
	withDialect(t, appliance)
	edge, _ := contextFiles(t, twoContexts)
	rdp := "tcp 203.0.113.7:40000 > 10.20.0.11:3389 in eth0"
	if err := os.WriteFile("plain.rules", []byte("*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string // in the output, or in the message of a failure
	}{
		{"trace in one", []string{"trace", "--context", "dmz", edge, rdp}, exitClean, "verdict drop"},
		{"trace in another", []string{"trace", "--context", "office", edge, rdp}, exitClean, "verdict accept"},
		{"trace in none", []string{"trace", edge, rdp}, exitUsage, "the input describes several contexts; name one with --context: dmz, office"},
		{"trace in an unknown one", []string{"trace", "--context", "ofice", edge, rdp}, exitUsage, `unknown context "ofice"; expected one of dmz, office; did you mean`},
		{"a context of a plain file", []string{"trace", "--context", "dmz", "plain.rules", rdp}, exitUsage, "--context dmz: the input has no contexts"},
		{"dump of one", []string{"dump", "--context", "office", edge}, exitClean, "edge.cfg:13"},
		{"dump of all", []string{"dump", edge}, exitClean, "\n\ncontext office\n"},
		{"dump of an unknown one", []string{"dump", "--context", "none", edge}, exitUsage, "expected one of dmz, office"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errOut, code := runIn(c.args...)
			said := out
			if code != exitClean {
				said = errOut
			}
			if code != c.code || !strings.Contains(said, c.want) {
				t.Errorf("exit code %d:\n%s%s", code, out, errOut)
			}
			if code == exitUsage && out != "" {
				t.Errorf("standard output is not empty: %s", out)
			}
		})
	}
	if out, _, _ := runIn("dump", "--context", "office", edge); strings.Contains(out, "edge.cfg:5") || strings.Contains(out, "context") {
		t.Errorf("the dump of one context shows another:\n%s", out)
	}
}

// TestToldInterfaces tells a context of its own interfaces only.
func TestToldInterfaces(t *testing.T) {
	withDialect(t, appliance)
	text := strings.Replace(twoContexts, "-i eth0 -d 10.20.0.11/32 -p tcp -m tcp --dport 3389", "-i eth7 -d 10.20.0.11/32 -p tcp -m tcp --dport 3389", 1)
	edge, profile := contextFiles(t, text)
	told := contextSite + "devices: [{name: edge, files: [edge.cfg], interfaces: {eth7: {addresses: [192.0.2.1/24]}}}]\n"
	if err := os.WriteFile(profile, []byte(told), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"dmz": false, "office": true} {
		out, errOut, code := runIn("dump", "--site", profile, "--context", name, filepath.Base(edge))
		if code != exitClean || strings.Contains(out, "interface eth7 192.0.2.1/24") != want {
			t.Errorf("%s: exit code %d:\n%s%s", name, code, out, errOut)
		}
	}
}

// TestSecrets shows a secret in no report, and makes no identity of it.
func TestSecrets(t *testing.T) {
	withDialect(t, appliance)
	with := func(key string) string {
		return strings.ReplaceAll(twoContexts, "-j ACCEPT", "-m frobnicate --secret key="+key+" -j ACCEPT")
	}
	edge, profile := contextFiles(t, with("hunter2"))
	rdp := "tcp 203.0.113.7:40000 > 10.20.0.11:3389 in eth0"
	commands := [][]string{{"trace", "--context", "office", edge, rdp}, {"trace", "--context", "office", "--format", "json", edge, rdp}, {"dump", edge}}
	for _, f := range report.Formats {
		commands = append(commands, []string{"check", "-v", "--sarif-root", ".", "--site", profile, "--format", f.Name, edge})
	}
	for _, args := range commands {
		out, errOut, code := runIn(args...)
		if code == exitUsage || code == exitBug || strings.Contains(out+errOut, "hunter") {
			t.Errorf("%v: exit code %d:\n%s%s", args, code, out, errOut)
		}
	}
	before, _, _ := runIn("check", "--sarif-root", ".", "--site", profile, "--format", "sarif", edge)
	if err := os.WriteFile(edge, []byte(with("correct4horse")), 0o600); err != nil {
		t.Fatal(err)
	}
	after, _, _ := runIn("check", "--sarif-root", ".", "--site", profile, "--format", "sarif", edge)
	prints := regexp.MustCompile(`"partialFingerprints":\{[^}]*\}`)
	if diff := cmp.Diff(prints.FindAllString(before, -1), prints.FindAllString(after, -1)); diff != "" || !prints.MatchString(before) {
		t.Errorf("another key makes other findings of them (-before +after):\n%s", diff)
	}
}
