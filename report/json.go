package report

import (
	"encoding/json"
	"io"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// schemaVersion is the version of the JSON report. It changes when a reader of
// the old one could be misled.
const schemaVersion = 1

type documentJSON struct {
	SchemaVersion int `json:"schemaVersion"`
	Tool          struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"tool"`
	Site struct {
		Source  string   `json:"source"`
		Mode    string   `json:"mode"`
		Allowed []string `json:"allowed,omitempty"`
	} `json:"site"`
	Inputs       []inputJSON       `json:"inputs"`
	Findings     []findingJSON     `json:"findings"`
	Suppressed   []findingJSON     `json:"suppressed"`
	Requirements []requirementJSON `json:"requirements"`
	Problems     []problemJSON     `json:"problems"`
	Failures     []failureJSON     `json:"failures,omitempty"`
	Notes        []string          `json:"notes,omitempty"`
	Summary      summaryJSON       `json:"summary"`
}

type inputJSON struct {
	File       string `json:"file"`
	Dialect    string `json:"dialect"`
	Path       string `json:"path"`
	Statements struct {
		Total       int `json:"total"`
		Modelled    int `json:"modelled"`
		Ignored     int `json:"ignored"`
		Unsupported int `json:"unsupported"`
		Undefined   int `json:"undefined"`
		Malformed   int `json:"malformed"`
	} `json:"statements"`
	Assumptions []string `json:"assumptions"`
}

type locationJSON struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
}

type noteJSON struct {
	Location locationJSON `json:"location"`
	Message  string       `json:"message"`
}

type witnessJSON struct {
	Flow  flowJSON   `json:"flow"`
	Steps []stepJSON `json:"steps"`
}

type findingJSON struct {
	Check        string   `json:"check"`
	Severity     string   `json:"severity"`
	Certainty    string   `json:"certainty"`
	Requirements []string `json:"requirements"`
	Message      string   `json:"message"`
	Flow         struct {
		From     string `json:"from"`
		To       string `json:"to"`
		Protocol string `json:"protocol"`
		Ports    string `json:"ports,omitempty"`
	} `json:"flow"`
	Location    locationJSON `json:"location"`
	Related     []noteJSON   `json:"related"`
	Witness     *witnessJSON `json:"witness,omitempty"`
	Scope       string       `json:"scope,omitempty"`
	Depends     string       `json:"depends,omitempty"`
	Expected    string       `json:"expected"`
	Actual      string       `json:"actual"`
	Remedy      string       `json:"remedy"`
	Fingerprint string       `json:"fingerprint"`
}

type requirementJSON struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

type problemJSON struct {
	Kind    string `json:"kind"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

type failureJSON struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

type summaryJSON struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

func writeJSON(w io.Writer, d *Document, _ Options) error {
	out := documentJSON{
		SchemaVersion: schemaVersion, Inputs: []inputJSON{}, Findings: findingsJSON(d.Findings), Suppressed: findingsJSON(d.Suppressed),
		Requirements: []requirementJSON{}, Problems: []problemJSON{}, Notes: d.Notes,
	}
	out.Tool.Name, out.Tool.Version = "moveit-lint", d.Version
	out.Site.Source, out.Site.Mode, out.Site.Allowed = d.Site.Source, d.Site.Mode, d.Site.Allowed
	for _, in := range d.Inputs {
		x := inputJSON{File: in.File, Dialect: in.Dialect, Path: in.Path, Assumptions: append([]string{}, in.Assumptions...)}
		s := in.Statements
		x.Statements.Total, x.Statements.Modelled, x.Statements.Ignored = s.Total, s.Modelled, s.Ignored
		x.Statements.Unsupported, x.Statements.Undefined, x.Statements.Malformed = s.Unsupported, s.Undefined, s.Malformed
		out.Inputs = append(out.Inputs, x)
	}
	for _, r := range d.Requirements {
		out.Requirements = append(out.Requirements, requirementJSON{r.ID, r.State.String()})
	}
	for _, p := range d.Problems {
		at := p.Span.Position()
		out.Problems = append(out.Problems, problemJSON{p.Kind.String(), at.File, at.Line, at.Column, p.Message})
	}
	for _, f := range d.Failures {
		out.Failures = append(out.Failures, failureJSON(f))
	}
	for i := range d.Findings {
		switch d.Findings[i].Severity {
		case lint.Critical:
			out.Summary.Critical++
		case lint.High:
			out.Summary.High++
		case lint.Medium:
			out.Summary.Medium++
		case lint.Low:
			out.Summary.Low++
		case lint.Info:
			out.Summary.Info++
		}
	}
	return encode(w, out, "  ")
}

// encode writes a value as JSON with a line end, and leaves < and > as they are.
func encode(w io.Writer, v any, indent string) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	return e.Encode(v)
}

func findingsJSON(list []lint.Finding) []findingJSON {
	out := make([]findingJSON, 0, len(list))
	for i := range list {
		out = append(out, findingOf(&list[i]))
	}
	return out
}

func findingOf(f *lint.Finding) findingJSON {
	x := findingJSON{
		Check: f.Check.ID, Severity: f.Severity.String(), Certainty: f.Certainty.String(), Requirements: append([]string{}, f.Requirements...),
		Message: f.Message, Location: locationOf(f.Span), Related: []noteJSON{}, Scope: f.Scope, Depends: f.Depends,
		Expected: f.Expected, Actual: f.Actual, Remedy: f.Remedy, Fingerprint: f.Fingerprint,
	}
	x.Flow.From, x.Flow.To, x.Flow.Protocol, x.Flow.Ports = f.Flow.From, f.Flow.To, f.Flow.Protocol, f.Flow.Ports
	for _, n := range f.Related {
		x.Related = append(x.Related, noteJSON{locationOf(n.Span), n.Message})
	}
	if f.Witness != nil {
		x.Witness = &witnessJSON{flowOf(&f.Witness.Flow), stepsOf(f.Witness)}
	}
	return x
}

func locationOf(s source.Span) locationJSON {
	from, to := s.Position(), s.EndPosition()
	return locationJSON{from.File, from.Line, from.Column, to.Line, to.Column}
}
