package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// explainCommand says what a check is about.
type explainCommand struct {
	Check string `arg:"" help:"Id of a check."`
}

// Run prints the documents of a check.
func (c *explainCommand) Run(p *process) error {
	x, err := checkOf(c.Check)
	if err != nil {
		return err
	}
	return explain(p.out, x)
}

func explain(w io.Writer, c *lint.Check) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n\n%s\n", c.ID, c.Severity, c.Title, c.Doc)
	for _, id := range c.Requirements {
		if r, ok := moveit.Find(id); ok {
			fmt.Fprintf(&b, "\n%s %s: %s\n  %s\n", r.ID, r.Level, r.Text, r.URL)
		}
	}
	for _, r := range c.Remedies {
		fmt.Fprintf(&b, "\n%s:\n  %s\n", r.Dialect, strings.ReplaceAll(r.Text, "\n", "\n  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// listFormat is the format of a catalogue.
type listFormat struct {
	Format string `help:"text|json|markdown (default ${default})." default:"text" enum:"text,json,markdown" placeholder:"FORMAT"`
}

// checksCommand lists the checks.
type checksCommand struct{ listFormat }

// Run prints the list.
func (c *checksCommand) Run(p *process) error {
	type row struct {
		ID           string   `json:"id"`
		Severity     string   `json:"severity"`
		Title        string   `json:"title"`
		Requirements []string `json:"requirements"`
		Since        string   `json:"since"`
	}
	var rows []row
	var cells [][]string
	for _, x := range checks.All() {
		rows = append(rows, row{x.ID, x.Severity.String(), x.Title, append([]string{}, x.Requirements...), x.Since})
		cells = append(cells, []string{x.ID, x.Severity.String(), strings.Join(x.Requirements, ", "), x.Title})
	}
	return c.list(p.out, rows, []string{"check", "severity", "requirements", "finds"}, cells)
}

// requirementsCommand lists the requirements.
type requirementsCommand struct{ listFormat }

// Run prints the list.
func (c *requirementsCommand) Run(p *process) error {
	type row struct {
		ID      string `json:"id"`
		Section string `json:"section"`
		Level   string `json:"level"`
		Text    string `json:"text"`
		URL     string `json:"url"`
	}
	var rows []row
	var cells [][]string
	for _, r := range moveit.All() {
		rows = append(rows, row{r.ID, r.Section, r.Level.String(), r.Text, r.URL})
		cells = append(cells, []string{r.ID, r.Level.String(), r.Section, r.Text})
	}
	return c.list(p.out, rows, []string{"id", "level", "section", "requirement"}, cells)
}

// list writes a table in the chosen format.
func (f listFormat) list(w io.Writer, rows any, head []string, cells [][]string) error {
	var b strings.Builder
	switch f.Format {
	case "json":
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(rows); err != nil {
			return err
		}
	case "markdown":
		fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
		for _, c := range cells {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(c, " | "))
		}
	default:
		widths := make([]int, len(head))
		for _, c := range cells {
			for i, s := range c {
				widths[i] = max(widths[i], len(s))
			}
		}
		for _, c := range cells {
			for i, s := range c[:len(c)-1] {
				fmt.Fprintf(&b, "%-*s  ", widths[i], s)
			}
			fmt.Fprintln(&b, c[len(c)-1])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// schemaCommand prints a JSON Schema.
type schemaCommand struct {
	Of string `arg:"" enum:"site,json" help:"site (the site profile) or json (the JSON report)."`
}

// Run prints the schema.
func (c *schemaCommand) Run(p *process) error {
	schema := site.Schema()
	if c.Of == "json" {
		schema = report.Schema()
	}
	_, err := p.out.Write(schema)
	return err
}

// versionCommand prints the version.
type versionCommand struct {
	JSON bool `help:"As JSON."`
}

// Run prints the version.
func (c *versionCommand) Run(p *process) error {
	info, _ := debug.ReadBuildInfo()
	if !c.JSON {
		_, err := fmt.Fprintf(p.out, "moveit-lint %s (%s)\n", version(), info.GoVersion)
		return err
	}
	return json.NewEncoder(p.out).Encode(map[string]string{"version": version(), "go": info.GoVersion})
}

// version returns the version of the program as it was built.
func version() string {
	const development = "0.1.0-dev"
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" || strings.HasPrefix(info.Main.Version, "v0.0.0-") {
		return development
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
