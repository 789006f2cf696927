package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// What GitHub code scanning takes and shows (ux: results past 5,000 are not
// displayed; the worst come first).
const (
	maxResults   = 5000
	maxFlowSteps = 100
)

func writeSARIF(w io.Writer, d *Document, o Options) error {
	s := &sarifWriter{d: d, o: o, hashes: map[*source.File]*lineHashes{}, taken: map[string]int{}}
	run := sarif.NewRun()
	run.Tool = sarif.NewTool().WithDriver(s.driver())
	run.WithColumnKind("utf16CodeUnits")
	run.WithOriginalUriBaseIds(map[string]sarif.ArtifactLocation{
		"%SRCROOT%": *sarif.NewArtifactLocation().WithDescription(sarif.NewMessage().WithText("The root of the repository.")),
	})
	if o.Category != "" {
		run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID("moveit-lint/" + o.Category + "/"))
	} else {
		run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID("moveit-lint/"))
	}
	results, left := s.results()
	run.WithResults(results)
	run.WithInvocations([]*sarif.Invocation{s.invocation(left)})
	report := sarif.NewReport()
	report.AddRun(run)
	return marshalTidy(w, report)
}

type sarifWriter struct {
	d      *Document
	o      Options
	hashes map[*source.File]*lineHashes
	taken  map[string]int // how many results have a rule and line hash
}

var securitySeverity = map[lint.Severity]string{lint.Critical: "9.5", lint.High: "8.0", lint.Medium: "5.5", lint.Low: "2.0"}

// sarifLevel returns the level of a severity.
func sarifLevel(s lint.Severity) string {
	switch s {
	case lint.Critical, lint.High:
		return "error"
	case lint.Medium:
		return "warning"
	case lint.Low, lint.Info:
	}
	return "note"
}

func (s *sarifWriter) driver() *sarif.ToolComponent {
	t := sarif.NewToolComponent().WithName("moveit-lint").WithSemanticVersion(strings.TrimPrefix(s.d.Version, "v")).WithInformationURI("https://github.com/moveit-lint/moveit-lint")
	var list []*sarif.ReportingDescriptor
	for _, c := range s.d.Checks {
		list = append(list, s.rule(c))
	}
	return t.WithRules(list)
}

func (s *sarifWriter) rule(c *lint.Check) *sarif.ReportingDescriptor {
	text := strings.ReplaceAll(c.Doc, "\n\n", "\x00")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "\x00", "\n\n")
	markdown := text
	for _, r := range c.Remedies {
		markdown += "\n\n```\n" + r.Text + "\n```"
	}
	uri := ""
	if s.o.HelpURI != nil {
		uri = s.o.HelpURI(c)
	}
	if uri != "" {
		markdown += "\n\n[The vendor's documentation](" + uri + ")"
	}
	full, _, _ := strings.Cut(text, "\n")
	const most = 600
	r := sarif.NewRule(c.ID).WithName(pascal(c.ID)).
		WithShortDescription(sarif.NewMultiformatMessageString().WithText(upperFirst(c.Title) + ".")).
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(cutText(full, most))).
		WithHelp(sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(markdown)).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(sarifLevel(c.Severity)))
	if uri != "" {
		r.WithHelpURI(uri)
	}
	tags := append([]string{"security", "firewall"}, c.Requirements...)
	bag := sarif.NewPropertyBag()
	bag.Add("tags", tags[:min(len(tags), 8)])
	bag.Add("precision", "very-high")
	if v := securitySeverity[c.Severity]; v != "" {
		bag.Add("security-severity", v)
	}
	return r.WithProperties(bag)
}

func pascal(id string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(id, "-") {
		b.WriteString(upperFirst(part))
	}
	return b.String()
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func cutText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// results returns the findings, the worst first, and how many were left out.
func (s *sarifWriter) results() (list []*sarif.Result, left int) {
	index := map[*lint.Check]int{}
	for i, c := range s.d.Checks {
		index[c] = i
	}
	list = []*sarif.Result{}
	for _, severity := range lint.Severities {
		for i := range s.d.Findings {
			f := &s.d.Findings[i]
			if f.Severity != severity {
				continue
			}
			if len(list) == maxResults {
				left++
				continue
			}
			list = append(list, s.result(f, index[f.Check]))
		}
	}
	return list, left
}

func (s *sarifWriter) result(f *lint.Finding, index int) *sarif.Result {
	r := sarif.NewResult().WithRuleID(f.Check.ID).WithRuleIndex(index).WithLevel(sarifLevel(f.Severity))
	r.WithLocations([]*sarif.Location{s.location(f.Span, true)})
	text := upperFirst(clean(f.Message)) + "."
	if f.Certainty == lint.Possible {
		text = "Possibly: " + clean(f.Message) + "."
	}
	text = escapeLinks(text)
	if f.Depends != "" {
		text += " It hangs on this: " + escapeLinks(clean(f.Depends)) + "."
	}
	if f.Why != "" {
		text += " It is less severe because " + escapeLinks(clean(f.Why)) + "."
	}
	if f.Witness != nil {
		text += " Packet: " + escapeLinks(clean(f.Witness.Flow.String())) + "."
	}
	var related []*sarif.Location
	for i, n := range f.Related {
		if n.Span.IsZero() {
			continue
		}
		l := s.location(n.Span, false).WithID(i + 1).WithMessage(sarif.NewTextMessage(upperFirst(clean(n.Message)) + "."))
		related = append(related, l)
		text += fmt.Sprintf(" See [line %d](%d).", n.Span.Line(), i+1)
	}
	if f.Remedy != "" {
		text += " " + escapeLinks(clean(f.Remedy))
	}
	r.WithMessage(sarif.NewTextMessage(text))
	if len(related) > 0 {
		r.WithRelatedLocations(related)
	}
	if flow := s.codeFlow(f); flow != nil {
		r.WithCodeFlows([]*sarif.CodeFlow{flow})
	}
	r.WithPartialFingerprints(map[string]string{"primaryLocationLineHash": s.lineHash(f), "moveitLintFinding/v1": f.Fingerprint})
	bag := sarif.NewPropertyBag()
	bag.Add("certainty", f.Certainty.String())
	bag.Add("severity", f.Severity.String())
	return r.WithProperties(bag)
}

// escapeLinks keeps brackets in messages from being read as links.
func escapeLinks(s string) string {
	return strings.NewReplacer("[", `\[`, "]", `\]`).Replace(s)
}

// lineHash returns the hash of a finding's line, numbered on where one rule has
// several findings with one hash: equal ones would be one alert.
func (s *sarifWriter) lineHash(f *lint.Finding) string {
	if f.Span.IsZero() {
		return f.Fingerprint
	}
	hashes, ok := s.hashes[f.Span.File]
	if !ok {
		hashes = newLineHashes(f.Span.File)
		s.hashes[f.Span.File] = hashes
	}
	h := hashes.of(f.Span.Line())
	key := f.Check.ID + " " + h
	s.taken[key]++
	if n := s.taken[key]; n > 1 {
		return fmt.Sprintf("%s:%d", h, n)
	}
	return h
}

// location returns a place; snippet tells whether to show its text.
func (s *sarifWriter) location(span source.Span, snippet bool) *sarif.Location {
	physical := sarif.NewPhysicalLocation()
	if span.IsZero() {
		return sarif.NewLocation().WithPhysicalLocation(physical)
	}
	from, to := span.Position(), span.EndPosition()
	if to.Line != from.Line || to.Column == from.Column {
		to = from
		to.Column++
	}
	region := sarif.NewRegion().WithStartLine(from.Line).WithStartColumn(utf16Column(span.File, from)).
		WithEndLine(to.Line).WithEndColumn(max(utf16Column(span.File, to), utf16Column(span.File, from)+1))
	if snippet {
		region.WithSnippet(sarif.NewArtifactContent().WithText(clean(span.Text())))
	}
	name := span.File.Name
	if s.o.Relative != nil {
		name = s.o.Relative(name)
	}
	uri := sarif.NewSimpleArtifactLocation((&url.URL{Path: name}).EscapedPath()).WithURIBaseID("%SRCROOT%")
	return sarif.NewLocation().WithPhysicalLocation(physical.WithArtifactLocation(uri).WithRegion(region))
}

// utf16Column returns a column in UTF-16 units, from 1.
func utf16Column(f *source.File, p source.Position) int {
	column := 1
	n := 1
	for _, r := range f.Line(p.Line).Text() {
		if n >= p.Column {
			break
		}
		column += max(utf16.RuneLen(r), 1)
		n++
	}
	return column + p.Column - n
}

// codeFlow returns the way of the witness.
func (s *sarifWriter) codeFlow(f *lint.Finding) *sarif.CodeFlow {
	if f.Witness == nil {
		return nil
	}
	var places []*sarif.ThreadFlowLocation
	steps := stepsOf(f.Witness)
	for i := range f.Witness.Steps {
		step := &f.Witness.Steps[i]
		span := step.Chain.Span
		if step.Rule != nil {
			span = step.Rule.Span
		}
		if span.IsZero() || len(places) == maxFlowSteps {
			continue
		}
		text := fmt.Sprintf("%s: %s", steps[i].Stage, steps[i].Action)
		places = append(places, sarif.NewThreadFlowLocation().WithLocation(s.location(span, false).WithMessage(sarif.NewTextMessage(escapeLinks(clean(text))))))
	}
	if len(places) == 0 {
		return nil
	}
	return sarif.NewCodeFlow().WithThreadFlows([]*sarif.ThreadFlow{sarif.NewThreadFlow().WithLocations(places)})
}

// invocation says whether all inputs could be read, and what could not.
func (s *sarifWriter) invocation(left int) *sarif.Invocation {
	ok := len(s.d.Failures) == 0
	list := []*sarif.Notification{}
	note := func(level, text string, span source.Span) {
		n := sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(upperFirst(clean(text)) + "."))
		if !span.IsZero() {
			n.WithLocations([]*sarif.Location{s.location(span, false)})
		}
		list = append(list, n)
	}
	for _, f := range s.d.Failures {
		note("error", f.File+": "+f.Message, source.Span{})
	}
	for _, p := range s.d.Problems {
		level := "note"
		switch p.Kind {
		case source.Malformed:
			ok, level = false, "error"
		case source.Undefined, source.Unsupported:
			level = "warning"
		case source.Ignored:
		}
		note(level, p.Kind.String()+": "+p.Message, p.Span)
	}
	if left > 0 {
		note("warning", fmt.Sprintf("%d less severe findings are left out; the JSON report has all", left), source.Span{})
	}
	return sarif.NewInvocation().WithExecutionSuccessful(ok).WithToolExecutionNotifications(list)
}

// noise are the keys that the library writes though they are empty.
var noise = map[string]bool{
	"attachments": true, "fixes": true, "graphs": true, "graphTraversals": true, "stacks": true, "taxa": true, "annotations": true, "relationships": true,
	"suppressions": true, "workItemUris": true, "relatedLocations": true, "codeFlows": true, "logicalLocations": true, "notifications": true, "deprecatedIds": true,
	"deprecatedGuids": true, "deprecatedNames": true, "artifacts": true, "addresses": true, "policies": true, "translations": true, "threadFlowLocations": true,
	"webRequests": true, "webResponses": true, "versionControlProvenance": true, "redactionTokens": true, "runAggregates": true, "extensions": true,
	"supportedTaxonomies": true, "locales": true, "arguments": true, "responseFiles": true, "exitSignalNumber": true, "inlineExternalProperties": true,
	"toolConfigurationNotifications": true, "ruleConfigurationOverrides": true, "notificationConfigurationOverrides": true, "kinds": true, "contents": true,
	"newlineSequences": true, "externalPropertyFileReferences": true, "parameters": true, "locations": true,
}

// marshalTidy writes the report in one line, without what says nothing.
func marshalTidy(w io.Writer, report *sarif.Report) error {
	raw, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("encode SARIF: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return fmt.Errorf("encode SARIF: %w", err)
	}
	tidy(tree)
	return encode(w, tree, "")
}

func tidy(node any) {
	switch x := node.(type) {
	case map[string]any:
		for k, v := range x {
			list, isList := v.([]any)
			number, isNumber := v.(json.Number)
			object, isObject := v.(map[string]any)
			switch {
			case isList && len(list) == 0 && noise[k], isNumber && number == "-1", isObject && len(object) == 0 && (k == "properties" || k == "graphs"), v == nil:
				delete(x, k)
			default:
				tidy(v)
			}
		}
	case []any:
		for _, v := range x {
			tidy(v)
		}
	}
}
