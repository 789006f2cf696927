package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// What GitHub code scanning takes and shows, or less: results past 5,000 are not
// displayed, and of the others the first place alone is annotated.
const (
	maxResults       = 5000
	maxRelated       = 20
	maxFlowSteps     = 100
	maxNotifications = 1000
)

// writeSARIF writes one run. Results are encoded one by one, for all of them as
// one tree would take ten times the memory.
func writeSARIF(w io.Writer, d *Document, o Options) error {
	s := newSARIFWriter(d, o)
	order, left := s.order()
	empty := []byte(`"results":[]`)
	frame, err := marshal(s.report(left), "")
	if err != nil {
		return err
	}
	before, after, ok := bytes.Cut(tidy(frame, "results", "rules"), empty)
	if !ok {
		panic("report: a run without a place for its results")
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(`"results":[`)
	for n, i := range order {
		text, err := marshal(s.result(i), "")
		if err != nil {
			return err
		}
		if n > 0 {
			b.WriteByte(',')
		}
		b.Write(tidy(bytes.TrimSuffix(text, []byte{'\n'})))
		const enough = 1 << 16
		if b.Len() > enough {
			if _, err := b.WriteTo(w); err != nil {
				return err
			}
		}
	}
	b.WriteByte(']')
	b.Write(after)
	_, err = b.WriteTo(w)
	return err
}

type sarifWriter struct {
	d      *Document
	o      Options
	checks []*lint.Check  // sorted by id, each once
	index  map[string]int // of a check in checks, by id
	hashes []string       // the line hash of each finding
}

func newSARIFWriter(d *Document, o Options) *sarifWriter {
	s := &sarifWriter{d: d, o: o, index: map[string]int{}}
	s.checks = slices.Clone(d.Checks)
	for i := range d.Findings {
		s.checks = append(s.checks, d.Findings[i].Check)
	}
	slices.SortStableFunc(s.checks, func(a, b *lint.Check) int { return cmp.Compare(a.ID, b.ID) })
	s.checks = slices.CompactFunc(s.checks, func(a, b *lint.Check) bool { return a.ID == b.ID })
	for i, c := range s.checks {
		s.index[c.ID] = i
	}
	s.hashes = hashesOf(d.Findings)
	return s
}

// hashesOf returns the hash of the line of each finding. Of several findings of
// one check on one line those after the first have a number more: GitHub takes
// results with equal hashes for one alert.
func hashesOf(findings []lint.Finding) []string {
	files := map[*source.File][]lineHash{}
	taken := map[string]int{}
	out := make([]string, len(findings))
	for i := range findings {
		f := &findings[i]
		h := f.Fingerprint
		if file := f.Span.File; file != nil {
			if files[file] == nil {
				files[file] = lineHashes(file)
			}
			h = files[file][f.Span.Line()-1].String()
		}
		key := f.Check.ID + " " + h
		taken[key]++
		if n := taken[key]; n > 1 {
			h = fmt.Sprintf("%s:%d", h, n)
		}
		out[i] = h
	}
	return out
}

// order returns the indexes of the findings to write, the worst first, and how
// many are left out.
func (s *sarifWriter) order() (list []int, left int) {
	list = make([]int, len(s.d.Findings))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(s.d.Findings[b].Severity, s.d.Findings[a].Severity) })
	if len(list) > maxResults {
		return list[:maxResults], len(list) - maxResults
	}
	return list, 0
}

// report returns everything but the results.
func (s *sarifWriter) report(left int) *sarif.Report {
	run := sarif.NewRun()
	run.Tool = sarif.NewTool().WithDriver(s.driver())
	run.WithColumnKind("utf16CodeUnits")
	run.WithOriginalUriBaseIds(map[string]sarif.ArtifactLocation{
		rootID: *sarif.NewArtifactLocation().WithDescription(sarif.NewTextMessage("The root of the repository.")),
	})
	switch {
	case s.o.NoCategory:
	case s.o.Category == "":
		run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(toolName + "/"))
	default:
		run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(toolName + "/" + s.o.Category + "/"))
	}
	run.WithInvocations([]*sarif.Invocation{s.invocation(left)})
	return sarif.NewReport().AddRun(run)
}

// invocation says whether all inputs could be read, and what could not.
func (s *sarifWriter) invocation(left int) *sarif.Invocation {
	ok := len(s.d.Failures) == 0
	list := []*sarif.Notification{}
	note := func(level, text string, span source.Span) {
		n := sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(sentence(text)))
		if !span.IsZero() {
			n.WithLocations([]*sarif.Location{s.location(span)})
		}
		list = append(list, n)
	}
	for _, f := range s.d.Failures {
		note("error", "not read: "+s.name(f.File)+": "+f.Message, source.Span{})
	}
	problems := slices.Clone(s.d.Problems)
	slices.SortStableFunc(problems, func(a, b source.Problem) int { return cmp.Compare(a.Kind, b.Kind) })
	for i, p := range problems {
		ok = ok && p.Kind != source.Malformed
		if i < maxNotifications {
			note(problemLevel(p.Kind), p.Kind.String()+": "+p.Message, p.Span)
		}
	}
	if more := len(problems) - maxNotifications; more > 0 {
		note("warning", fmt.Sprintf("%d more problems are left out; the JSON report has all", more), source.Span{})
	}
	if left > 0 {
		note("warning", fmt.Sprintf("%d less severe findings are left out; the JSON report has all", left), source.Span{})
	}
	if s.d.Hidden > 0 {
		note("note", plural(s.d.Hidden, "finding")+" hidden by --min-severity", source.Span{})
	}
	for _, n := range s.d.Notes {
		note("note", "note: "+n, source.Span{})
	}
	return sarif.NewInvocation().WithExecutionSuccessful(ok).WithToolExecutionNotifications(list)
}

func problemLevel(k source.ProblemKind) string {
	switch k {
	case source.Malformed:
		return "error"
	case source.Undefined, source.Unsupported:
		return "warning"
	case source.Ignored:
	}
	return "note"
}

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

// sentence returns a clause as a sentence that holds no link.
func sentence(clause string) string {
	return plainText(upperFirst(strings.TrimRight(strings.TrimSpace(clean(clause)), "."))) + "."
}

// plainText keeps brackets of a text from being read as a link. Others stay as
// they are: GitHub shows a backslash before them.
func plainText(s string) string {
	if !strings.Contains(s, "](") {
		return s
	}
	return escapeBrackets.Replace(s)
}

var escapeBrackets = strings.NewReplacer("[", `\[`, "]", `\]`)
