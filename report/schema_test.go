package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// documents are what every format must be able to write.
func documents(tb testing.TB) map[string]*Document {
	tb.Helper()
	odd := sample(tb)
	text := "\ufeff*filter\r\n:FORWARD DROP [0:0]\r\n\t-A FORWARD -m comment --comment \"\U0001F525 caf\xe9\" -p tcp --dport 445 -j ACCEPT\r\nCOMMIT\r\n"
	f := source.NewFile("fw/odd #1.rules", []byte(text))
	odd.Findings = odd.Findings[:1]
	odd.Findings[0].Span = span(f, 3, "445")
	odd.Problems = []source.Problem{{Kind: source.Unsupported, Span: span(f, 3, "caf\xe9"), Message: "a byte \xe9 that is not UTF-8"}}
	sent := sample(tb)
	sent.Findings[1].Witness.Hook = rules.Output
	many := sample(tb)
	for len(many.Findings) < maxResults+7 {
		many.Findings = append(many.Findings, many.Findings[1])
	}
	contexts := sample(tb)
	contexts.Inputs[0].Context, contexts.Findings[1].Context, contexts.Findings[2].Context = "dmz", "dmz", "admin, dmz"
	return map[string]*Document{
		"contexts": contexts,

		"sample": sample(tb),
		"clean":  {Version: "v0.1.0", Site: Site{Source: "embedded default", Mode: "normal"}},
		"odd":    odd,
		"sent":   sent,
		"many":   many,
	}
}

func TestJSONIsOfItsSchema(t *testing.T) {
	schema := compile(t, "report.schema.json", Schema())
	for name, d := range documents(t) {
		t.Run(name, func(t *testing.T) { validate(t, schema, render(t, "json", d, Options{})) })
	}
}

// The schema is the one of OASIS, errata 01, as the SARIF library has it.
func TestSARIFIsOfItsSchema(t *testing.T) {
	schema := compile(t, "sarif-schema-2.1.0.json", oasisSchema(t))
	for name, d := range documents(t) {
		for options, o := range map[string]Options{"default": {}, "no category": {NoCategory: true}, "category": {Category: "edge"}} {
			if name == "many" && options != "default" {
				continue // it is the same thousands of results
			}
			t.Run(name+"/"+options, func(t *testing.T) { validate(t, schema, render(t, "sarif", d, o)) })
		}
	}
}

func compile(t *testing.T, name string, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		var invalid *jsonschema.ValidationError
		if errors.As(err, &invalid) {
			t.Fatalf("%#v", invalid)
		}
		t.Fatal(err)
	}
}

// oasisSchema returns the schema of SARIF 2.1.0 out of the source of the SARIF
// library, which does not export it.
func oasisSchema(t *testing.T) []byte {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Skipf("the SARIF library's folder is not known: %v", err)
	}
	name := filepath.Join(strings.TrimSpace(string(dir)), "pkg", "report", "v210", "sarif", "schema.go")
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && len(lit.Value) > len(text) {
			text = lit.Value
		}
		return true
	})
	schema, err := strconv.Unquote(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(schema)
}

// What no schema says, and viewers rely on (architecture.md, "Identity"; GitHub's
// documentation of SARIF support).
func TestSARIFKeepsItsContract(t *testing.T) {
	for name, d := range documents(t) {
		t.Run(name, func(t *testing.T) {
			run := decodeRun(t, render(t, "sarif", d, Options{}))
			if len(run.Results) != min(len(d.Findings), maxResults) {
				t.Errorf("%d results of %d findings", len(run.Results), len(d.Findings))
			}
			alerts := map[string]bool{}
			for _, r := range run.Results {
				checkResult(t, run, &r)
				alert := r.RuleID + " " + r.PartialFingerprints["primaryLocationLineHash"]
				if alerts[alert] {
					t.Errorf("two results are one alert: %s", alert)
				}
				alerts[alert] = true
			}
			for i, rule := range run.Tool.Driver.Rules {
				if i > 0 && rule.ID <= run.Tool.Driver.Rules[i-1].ID {
					t.Errorf("rule %s is out of order", rule.ID)
				}
				if rule.Help.Text == "" || rule.Help.Markdown == "" || rule.HelpURI == "" || strings.EqualFold(rule.Name, rule.ID) {
					t.Errorf("rule %s lacks help, or is called by its id", rule.ID)
				}
				if s, ok := rule.Properties["security-severity"]; ok {
					if n, err := strconv.ParseFloat(s.(string), 64); err != nil || n <= 0 || n > 10 {
						t.Errorf("rule %s: bad security severity %v", rule.ID, s)
					}
				}
			}
		})
	}
}

// sarifRun is what the test reads of a run.
type sarifRun struct {
	Tool struct {
		Driver struct {
			Rules []struct {
				ID, Name, HelpURI string
				Help              struct{ Text, Markdown string }
				Properties        map[string]any
			}
		}
	}
	Results []sarifResult
}

type sarifResult struct {
	RuleID              string
	RuleIndex           int
	Level               string
	Message             struct{ Text string }
	Locations           []sarifLocation
	RelatedLocations    []sarifLocation
	PartialFingerprints map[string]string
	Properties          map[string]any
}

type sarifLocation struct {
	ID               int
	PhysicalLocation struct {
		ArtifactLocation struct{ URI string }
		Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
	}
}

func decodeRun(t *testing.T, text []byte) *sarifRun {
	t.Helper()
	var report struct{ Runs []sarifRun }
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Runs) != 1 {
		t.Fatalf("%d runs", len(report.Runs))
	}
	return &report.Runs[0]
}

func checkResult(t *testing.T, run *sarifRun, r *sarifResult) {
	t.Helper()
	if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
		t.Errorf("rule index %d is not of %s", r.RuleIndex, r.RuleID)
	}
	if !strings.Contains(r.Message.Text, ".") || strings.TrimSpace(r.Message.Text) != r.Message.Text {
		t.Errorf("the message has no first sentence, or blanks around it: %q", r.Message.Text)
	}
	if possible := r.Properties["certainty"] == lint.Possible.String(); possible != strings.HasPrefix(r.Message.Text, "Possibly:") {
		t.Errorf("certainty and message disagree: %q", r.Message.Text)
	}
	if len(r.Locations) != 1 {
		t.Fatalf("%d locations", len(r.Locations))
	}
	for _, l := range append(r.Locations, r.RelatedLocations...) {
		at := l.PhysicalLocation.Region
		if at.StartLine < 1 || at.StartColumn < 1 || at.EndLine < at.StartLine || at.EndLine == at.StartLine && at.EndColumn <= at.StartColumn {
			t.Errorf("bad region %+v", at)
		}
		if uri := l.PhysicalLocation.ArtifactLocation.URI; strings.ContainsAny(uri, " #\\") || strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "./") {
			t.Errorf("bad URI %q", uri)
		}
	}
	for i, l := range r.RelatedLocations {
		if l.ID != i+1 || !strings.Contains(r.Message.Text, "]("+strconv.Itoa(l.ID)+")") {
			t.Errorf("related location %d is not linked from the message %q", l.ID, r.Message.Text)
		}
	}
	if links := strings.Count(r.Message.Text, "]("); links != len(r.RelatedLocations) {
		t.Errorf("%d links to %d related locations", links, len(r.RelatedLocations))
	}
}
