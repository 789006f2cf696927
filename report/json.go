package report

import (
	"io"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

const toolName = "moveit-lint"

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
	Context    string `json:"context,omitempty"`
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

type findingFlowJSON struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Protocol string `json:"protocol"`
	Ports    string `json:"ports"`
}

type findingJSON struct {
	Check        string           `json:"check"`
	Severity     string           `json:"severity"`
	Certainty    string           `json:"certainty"`
	Requirements []string         `json:"requirements"`
	Message      string           `json:"message"`
	Context      string           `json:"context,omitempty"` // where the input describes several devices
	Flow         *findingFlowJSON `json:"flow,omitempty"`    // of findings about packets
	Location     locationJSON     `json:"location"`
	Related      []noteJSON       `json:"related"`
	Witness      *witnessJSON     `json:"witness,omitempty"` // of findings about packets
	Expected     string           `json:"expected"`
	Actual       string           `json:"actual"`
	Remedy       string           `json:"remedy"`
	Fingerprint  string           `json:"fingerprint"`
	Scope        string           `json:"scope,omitempty"`
	Depends      string           `json:"depends,omitempty"` // of possible findings
	Reason       string           `json:"severityReason,omitempty"`
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

// summaryJSON counts the findings that are listed; those that are not are hidden.
type summaryJSON struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
	Hidden   int `json:"hidden,omitempty"`
}

func writeJSON(w io.Writer, d *Document, _ Options) error {
	out := documentJSON{
		SchemaVersion: schemaVersion, Inputs: []inputJSON{}, Findings: findingsJSON(d, d.Findings), Suppressed: findingsJSON(d, d.Suppressed),
		Requirements: []requirementJSON{}, Problems: []problemJSON{}, Notes: d.Notes, Summary: summaryOf(d),
	}
	out.Tool.Name, out.Tool.Version = toolName, d.Version
	out.Site.Source, out.Site.Mode, out.Site.Allowed = d.Site.Source, d.Site.Mode, d.Site.Allowed
	for _, in := range d.Inputs {
		x := inputJSON{File: in.File, Context: in.Context, Dialect: in.Dialect, Path: in.Path, Assumptions: append([]string{}, in.Assumptions...)}
		s := in.Statements
		x.Statements.Total, x.Statements.Modelled, x.Statements.Ignored = s.Total, s.Modelled, s.Ignored
		x.Statements.Unsupported, x.Statements.Undefined, x.Statements.Malformed = s.Unsupported, s.Undefined, s.Malformed
		out.Inputs = append(out.Inputs, x)
	}
	for _, r := range d.Requirements {
		out.Requirements = append(out.Requirements, requirementJSON{r.ID, r.State.String()})
	}
	for _, p := range d.Problems {
		at, _ := d.place(p.Span)
		out.Problems = append(out.Problems, problemJSON{p.Kind.String(), at.File, at.Line, at.Column, p.Message})
	}
	for _, f := range d.Failures {
		out.Failures = append(out.Failures, failureJSON(f))
	}
	return encode(w, out, "  ")
}

func summaryOf(d *Document) summaryJSON {
	out := summaryJSON{Hidden: d.Hidden}
	for i := range d.Findings {
		switch d.Findings[i].Severity {
		case lint.Critical:
			out.Critical++
		case lint.High:
			out.High++
		case lint.Medium:
			out.Medium++
		case lint.Low:
			out.Low++
		case lint.Info:
			out.Info++
		}
	}
	return out
}

func findingsJSON(d *Document, list []lint.Finding) []findingJSON {
	out := make([]findingJSON, 0, len(list))
	for i := range list {
		out = append(out, findingOf(d, &list[i]))
	}
	return out
}

func findingOf(d *Document, f *lint.Finding) findingJSON {
	x := findingJSON{
		Check: f.Check.ID, Severity: f.Severity.String(), Certainty: f.Certainty.String(), Requirements: append([]string{}, f.Requirements...),
		Message: f.Message, Context: f.Context, Location: locationOf(d, f.Span), Related: []noteJSON{}, Expected: f.Expected, Actual: f.Actual, Remedy: f.Remedy,
		Fingerprint: f.Fingerprint, Scope: f.Scope, Depends: f.Depends, Reason: f.Why,
	}
	if f.Flow != (lint.Flow{}) {
		x.Flow = &findingFlowJSON{f.Flow.From, f.Flow.To, f.Flow.Protocol, f.Flow.Ports}
	}
	for _, n := range f.Related {
		x.Related = append(x.Related, noteJSON{locationOf(d, n.Span), n.Message})
	}
	if f.Witness != nil {
		x.Witness = &witnessJSON{flowOf(&f.Witness.Flow), stepsOf(f.Witness, f.Span.File)}
		x.Witness.Flow.Hook = hookWord(f.Witness.Hook)
	}
	return x
}

func locationOf(d *Document, s source.Span) locationJSON {
	from, to := d.place(s)
	return locationJSON{from.File, from.Line, from.Column, to.Line, to.Column}
}
