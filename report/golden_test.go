package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/rulestest"
)

func TestText(t *testing.T) {
	rulestest.Golden(t, "testdata/report.text", render(t, "text", sample(t), Options{}))
}

func TestTextVerbose(t *testing.T) {
	rulestest.Golden(t, "testdata/report.verbose.text", render(t, "text", sample(t), Options{Verbose: true}))
}

func TestTextInColor(t *testing.T) {
	got := bytes.ReplaceAll(render(t, "text", sample(t), Options{Color: true}), []byte("\x1b"), []byte("^"))
	rulestest.Golden(t, "testdata/report.color.text", got)
}

func TestTextClean(t *testing.T) {
	rulestest.Golden(t, "testdata/clean.text", render(t, "text", &Document{Version: "v0.1.0", Site: Site{Source: "embedded default", Mode: "normal"}}, Options{}))
}

func TestCompact(t *testing.T) {
	rulestest.Golden(t, "testdata/report.compact", render(t, "compact", sample(t), Options{}))
}

func TestJSON(t *testing.T) {
	rulestest.Golden(t, "testdata/report.json", render(t, "json", sample(t), Options{}))
}

func TestJSONClean(t *testing.T) {
	rulestest.Golden(t, "testdata/clean.json", render(t, "json", &Document{Version: "v0.1.0", Site: Site{Source: "embedded default", Mode: "normal"}}, Options{}))
}

// The golden file has line breaks, so that a difference can be read.
func TestSARIF(t *testing.T) {
	got := render(t, "sarif", sample(t), Options{})
	if bytes.Count(got, []byte{'\n'}) != 1 || got[len(got)-1] != '\n' {
		t.Error("SARIF is not one line")
	}
	var b bytes.Buffer
	if err := json.Indent(&b, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	rulestest.Golden(t, "testdata/report.sarif.json", b.Bytes())
}

func TestQuietKeepsWhatMatters(t *testing.T) {
	for _, format := range []string{"text", "compact"} {
		got := render(t, format, sample(t), Options{Quiet: true})
		for _, want := range []string{"smb-exposed", "malformed", "not read"} {
			if !bytes.Contains(got, []byte(want)) {
				t.Errorf("%s does not speak of %q:\n%s", format, want, got)
			}
		}
		for _, unwanted := range []string{"unsupported", "3 findings", "assumed"} {
			if bytes.Contains(got, []byte(unwanted)) {
				t.Errorf("%s speaks of %q:\n%s", format, unwanted, got)
			}
		}
	}
}

func TestEveryFormatIsDeterministic(t *testing.T) {
	for _, f := range Formats {
		if a, b := render(t, f.Name, sample(t), Options{}), render(t, f.Name, sample(t), Options{}); !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs", f.Name)
		}
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestEveryFormatReportsBrokenPipes(t *testing.T) {
	for _, f := range Formats {
		if err := f.Write(brokenWriter{}, sample(t), Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: got error %v", f.Name, err)
		}
	}
}

func TestFind(t *testing.T) {
	if f, ok := Find("sarif"); !ok || f.Name != "sarif" {
		t.Errorf("got %q, %t", f.Name, ok)
	}
	if _, ok := Find("xml"); ok {
		t.Error("there is a format xml")
	}
}

// What tools take for the id said twice (SARIF1001 of the SARIF multitool) is no name.
func TestRuleNamesDifferFromIDs(t *testing.T) {
	for id, want := range map[string]string{"smb-exposed": "SmbExposed", "inconclusive": "InconclusiveCheck"} {
		if got := pascal(id); got != want {
			t.Errorf("pascal(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestAssumptionsNameFewFiles(t *testing.T) {
	d := &Document{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		d.Inputs = append(d.Inputs, Input{File: name, Assumptions: []string{"it is so"}})
	}
	d.Inputs = append(d.Inputs, Input{File: "f"})
	if got := render(t, "text", d, Options{}); !bytes.Contains(got, []byte("assumed for a, b, c and 2 more files: it is so\n")) {
		t.Errorf("got\n%s", got)
	}
}
