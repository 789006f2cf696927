// Package report renders findings: one Document, many formats. A format adds no
// facts.
package report

import (
	"io"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Document is all that a report may say.
type Document struct {
	Version      string // of the program
	Site         Site
	Inputs       []Input        // in the order of the run
	Checks       []*lint.Check  // the whole catalogue, fired or not, sorted by id
	Findings     []lint.Finding // sorted by file, place, check
	Suppressed   []lint.Finding
	Hidden       int // findings left out of Findings because they are below the severity to show
	Requirements []lint.Status
	Problems     []source.Problem // sorted by file and place
	Failures     []Failure        // what could not be read at all
	Notes        []string         // what else the reader must know: checks left out, and why
}

// Site says where the site profile came from.
type Site struct {
	Source string // a file name, or "embedded default"
	Mode   string // "normal" or "lockdown"
	// Allowed are the flows that the profile allows beside the documented ones,
	// each in a line with its reason.
	Allowed []string
}

// Input is one file of a run, or what it says of one context.
type Input struct {
	File        string
	Context     string // empty: the file is about one device
	Dialect     string
	Why         string // why it was taken for that dialect
	Path        string // the view: "forward" or "host"
	Statements  source.Count
	Assumptions []string
}

// name names an input for people.
func (in *Input) name() string {
	if in.Context == "" {
		return in.File
	}
	return in.File + " (context " + in.Context + ")"
}

// Failure is an input that could not be read or whose dialect could not be told.
type Failure struct {
	File    string
	Message string
}

// Options are what a format needs to know beside the document.
type Options struct {
	// Color says that the text goes to a terminal that shows colours.
	Color bool
	// Relative names a file as SARIF wants it: relative to the root of the
	// repository, with slashes; nil: names are so already.
	Relative func(file string) string
	// HelpURI returns the page that explains a check; nil or empty: its section
	// of the project's own page.
	HelpURI func(*lint.Check) string
	// Category tells several SARIF uploads of one commit apart.
	Category string
	// NoCategory leaves it to whoever uploads SARIF to tell uploads apart.
	NoCategory bool
	// Verbose asks for what most readers need not know: why a dialect was
	// chosen, and which text was ignored because it has no bearing.
	Verbose bool
	// Quiet leaves out all but the findings, and what keeps them from being all
	// there is: failures and malformed text.
	Quiet bool
}

// place returns where a span starts and ends. For a span that is nowhere it is
// the head of the first input: a reader always gets a line.
func (d *Document) place(s source.Span) (from, to source.Position) {
	if !s.IsZero() {
		return s.Position(), s.EndPosition()
	}
	head := source.Position{Line: 1, Column: 1}
	if len(d.Inputs) > 0 {
		head.File = d.Inputs[0].File
	}
	return head, head
}

// Format is a way to write a Document.
type Format struct {
	Name  string // as --format takes it
	Title string
	Write func(io.Writer, *Document, Options) error
}
