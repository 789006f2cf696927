package report

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// rootID stands for the root of the repository. It has no URI: that would tell
// where the run took place.
const rootID = "%SRCROOT%"

// result returns the finding of that number.
func (s *sarifWriter) result(i int) *sarif.Result {
	f := &s.d.Findings[i]
	text, related := s.message(f)
	r := sarif.NewResult().WithRuleID(f.Check.ID).WithRuleIndex(s.index[f.Check.ID]).WithLevel(sarifLevel(f.Severity)).
		WithMessage(sarif.NewTextMessage(text)).WithRelatedLocations(related)
	l := s.location(f.Span)
	if !f.Span.IsZero() {
		l.PhysicalLocation.Region.WithSnippet(sarif.NewArtifactContent().WithText(f.Span.Shown()))
	}
	r.WithLocations([]*sarif.Location{l})
	if flow := s.codeFlow(f); flow != nil {
		r.WithCodeFlows([]*sarif.CodeFlow{flow})
	}
	r.WithPartialFingerprints(map[string]string{"primaryLocationLineHash": s.hashes[i], "moveitLintFinding/v1": f.Fingerprint})
	bag := sarif.NewPropertyBag()
	bag.Add("certainty", f.Certainty.String())
	bag.Add("severity", f.Severity.String())
	if f.Context != "" {
		bag.Add("context", clean(f.Context))
	}
	return r.WithProperties(bag)
}

// message returns the text of a result: a title that stands alone, what proves
// it, what to do, and links to the other places, which viewers show only so.
func (s *sarifWriter) message(f *lint.Finding) (text string, related []*sarif.Location) {
	title := sentence(f.Message)
	if f.Certainty == lint.Possible {
		title = "Possibly: " + plainText(strings.TrimRight(clean(f.Message), ".")) + "."
	}
	parts := []string{title}
	if f.Context != "" {
		parts = append(parts, sentence("found in "+contextWords(f.Context)))
	}
	if f.Depends != "" {
		parts = append(parts, sentence("it hangs on this: "+f.Depends))
	}
	if why := severityNote(f); why != "" {
		parts = append(parts, sentence("severity "+why))
	}
	if f.Witness != nil {
		parts = append(parts, sentence("a packet that proves it: "+witnessOf(f.Witness)))
	}
	if expected := expectedOf(f); expected != "" && f.Actual != "" {
		parts = append(parts, sentence("expected: "+expected+"; actual: "+f.Actual))
	}
	for _, n := range f.Related {
		if n.Span.IsZero() || len(related) == maxRelated {
			continue
		}
		id := len(related) + 1
		related = append(related, s.location(n.Span).WithID(id).WithMessage(sarif.NewTextMessage(sentence(n.Message))))
		place := fmt.Sprintf("line %d", n.Span.Line())
		if n.Span.File != f.Span.File {
			place += " of " + escapeBrackets.Replace(clean(n.Span.File.Name))
		}
		parts = append(parts, fmt.Sprintf("See [%s](%d): %s", place, id, strings.TrimRight(plainText(clean(n.Message)), ".")+"."))
	}
	if f.Remedy != "" {
		parts = append(parts, sentence("to mend it: "+f.Remedy))
	}
	return strings.Join(parts, " "), related
}

// codeFlow returns the way of the witness through the lines that decide it.
func (s *sarifWriter) codeFlow(f *lint.Finding) *sarif.CodeFlow {
	if f.Witness == nil {
		return nil
	}
	var places []*sarif.ThreadFlowLocation
	steps := stepsOf(f.Witness, f.Span.File)
	for i := range steps {
		span := spanOf(&f.Witness.Steps[i])
		if span.IsZero() || len(places) == maxFlowSteps {
			continue
		}
		text := steps[i].where() + ": " + steps[i].Action
		places = append(places, sarif.NewThreadFlowLocation().WithLocation(s.location(span).WithMessage(sarif.NewTextMessage(plainText(clean(text))))))
	}
	if len(places) == 0 {
		return nil
	}
	return sarif.NewCodeFlow().WithThreadFlows([]*sarif.ThreadFlow{sarif.NewThreadFlow().WithLocations(places)})
}

// location returns a place. It is never empty, so that viewers can show it.
func (s *sarifWriter) location(span source.Span) *sarif.Location {
	from, to := s.d.place(span)
	if !span.IsZero() {
		from.Column, to.Column = utf16Column(span.File, int(span.Start)), utf16Column(span.File, int(span.End))
	}
	if to.Line == from.Line {
		to.Column = max(to.Column, from.Column+1)
	}
	name := s.name(from.File)
	region := sarif.NewRegion().WithStartLine(from.Line).WithStartColumn(from.Column).WithEndLine(to.Line).WithEndColumn(to.Column)
	file := sarif.NewSimpleArtifactLocation(uriOf(name)).WithURIBaseID(rootID)
	return sarif.NewLocation().WithPhysicalLocation(sarif.NewPhysicalLocation().WithArtifactLocation(file).WithRegion(region))
}

// name returns the name of a file as SARIF wants it.
func (s *sarifWriter) name(file string) string {
	if s.o.Relative == nil || file == "-" {
		return file
	}
	return s.o.Relative(file)
}

// utf16Column returns the column of a byte in UTF-16 units, from 1. A byte that
// is not UTF-8 counts one, a byte order mark at the start of the file none.
func utf16Column(f *source.File, offset int) int {
	line := f.LineAt(offset)
	before := f.Text[f.Line(line).Start:offset]
	if line == 1 {
		before = bytes.TrimPrefix(before, []byte("\ufeff"))
	}
	column := 1
	for len(before) > 0 {
		r, n := utf8.DecodeRune(before)
		column += utf16.RuneLen(r)
		before = before[n:]
	}
	return column
}

// uriOf returns a file name with slashes as a relative reference of RFC 3986.
func uriOf(name string) string {
	parts := strings.Split(path.Clean(name), "/")
	for i, p := range parts {
		// Before the first slash a colon would end a scheme.
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A")
	}
	return strings.Join(parts, "/")
}
