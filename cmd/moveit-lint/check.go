package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// checkCommand lints.
type checkCommand struct {
	Paths       []string `arg:"" optional:"" name:"path" help:"Files, folders, globs, or - for standard input."`
	Format      string   `help:"Format of the report: ${formats}." default:"text" placeholder:"FORMAT"`
	Output      []string `help:"Write a report to a file too (repeatable)." placeholder:"FORMAT=FILE" sep:"none"`
	FailOn      string   `help:"Exit with 1 from this severity on: critical|high|medium|low|info|never." default:"medium" placeholder:"SEVERITY"`
	MinSeverity string   `help:"Show findings from this severity on." default:"info" placeholder:"SEVERITY"`
	Select      []string `help:"Run these checks only." placeholder:"CHECK,..."`
	Ignore      []string `help:"Leave these checks out." placeholder:"CHECK,..."`
	CertainOnly bool     `help:"Only certain findings count for the exit code."`
	SarifRoot   string   `help:"Folder that places in SARIF are relative to; else the root of the repository." placeholder:"DIR"`
	Category    string   `help:"Tells several SARIF uploads of one commit apart." placeholder:"NAME"`
	Color       string   `help:"auto|always|never." default:"auto" placeholder:"WHEN"`
	Jobs        int      `short:"j" help:"Devices checked at once; else one per processor." placeholder:"N"`
	Quiet       bool     `short:"q" help:"Findings only."`
	Verbose     bool     `short:"v" help:"Say why each dialect was chosen."`

	siteFlags
	inputFlags
}

// neverFail is the value of --fail-on that lets every finding pass.
const neverFail = "never"

// Run lints the paths.
func (c *checkCommand) Run(p *process) error {
	chosen, failOn, minimum, err := c.validate()
	if err != nil {
		return err
	}
	targets, err := c.targets()
	if err != nil {
		return err
	}
	if len(c.Paths) == 0 {
		return usageError("expected a file, a folder, a glob or -")
	}
	profile, err := c.load(c.Paths)
	if err != nil {
		return err
	}
	doc, findings := c.lint(p, profile, chosen)
	doc.Findings = slices.DeleteFunc(slices.Clone(findings), func(f lint.Finding) bool { return f.Severity < minimum })
	doc.Hidden = len(findings) - len(doc.Findings)
	if err := c.write(p, doc, targets); err != nil {
		return err
	}
	return c.verdict(doc, findings, failOn)
}

// validate checks the flags, and returns the checks to run and the severities.
func (c *checkCommand) validate() (chosen []*lint.Check, failOn, minimum lint.Severity, err error) {
	if err := c.inputFlags.validate(); err != nil {
		return nil, 0, 0, err
	}
	if _, ok := report.Find(c.Format); !ok {
		return nil, 0, 0, usageError("unknown format %q; expected one of %s", c.Format, formatNames())
	}
	if !slices.Contains([]string{"auto", "always", "never"}, c.Color) {
		return nil, 0, 0, usageError("unknown value %q of --color; expected auto, always or never", c.Color)
	}
	if c.Jobs < 0 {
		return nil, 0, 0, usageError("-j needs a number from 1")
	}
	if c.FailOn != neverFail {
		if failOn, err = severityOf("--fail-on", c.FailOn); err != nil {
			return nil, 0, 0, err
		}
	}
	if minimum, err = severityOf("--min-severity", c.MinSeverity); err != nil {
		return nil, 0, 0, err
	}
	chosen, err = choose(c.Select, c.Ignore)
	return chosen, failOn, minimum, err
}

func severityOf(flag, s string) (lint.Severity, error) {
	for _, x := range lint.Severities {
		if x.String() == s {
			return x, nil
		}
	}
	return 0, usageError("unknown severity %q of %s; expected critical, high, medium, low or info", s, flag)
}

// choose returns the checks that are selected and not ignored.
func choose(selected, ignored []string) ([]*lint.Check, error) {
	all := checks.All()
	find := func(id string) error {
		if slices.ContainsFunc(all, func(c *lint.Check) bool { return c.ID == id }) {
			return nil
		}
		return usageError("unknown check %q; moveit-lint checks lists them", id)
	}
	for _, id := range slices.Concat(selected, ignored) {
		if err := find(id); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(c *lint.Check) bool {
		return len(selected) > 0 && !slices.Contains(selected, c.ID) || slices.Contains(ignored, c.ID)
	}), nil
}

// outcome is what became of one device.
type outcome struct {
	parsed parsers.Result
	linted lint.Result
}

// lint reads and checks everything.
func (c *checkCommand) lint(p *process, profile *site.Profile, chosen []*lint.Check) (*report.Document, []lint.Finding) {
	doc := &report.Document{Version: version(), Site: siteOf(profile), Checks: checks.All()}
	files, found, failures := readInputs(p, c.Paths, c.StdinFilename, profile.Limits.File)
	files, more := withSiblings(profile, files, profile.Limits.File)
	devices, unclear, notes := c.group(profile, files, found)
	doc.Notes = notes
	doc.Failures = slices.Concat(failures, more, unclear)
	outcomes := make([]outcome, len(devices))
	c.each(len(devices), func(i int) {
		d := devices[i]
		r := d.parse(profile)
		outcomes[i] = outcome{r, lint.Run(lint.Target{
			Device: r.Device, Profile: profile, View: d.view, Told: d.told, First: d.files[0].Span(0, 0),
		}, chosen, checks.Inconclusive)}
	})
	var findings []lint.Finding
	for i, o := range outcomes {
		findings = append(findings, o.linted.Findings...)
		doc.Problems = append(doc.Problems, o.parsed.Problems...)
		doc.Inputs = append(doc.Inputs, inputsOf(devices[i], &outcomes[i])...)
	}
	if len(devices) == 0 && len(doc.Failures) == 0 {
		doc.Failures = []report.Failure{{File: strings.Join(c.Paths, " "), Message: "there is nothing to lint"}}
	}
	lint.Sort(findings, relativeTo(c.SarifRoot, c.Paths))
	doc.Requirements = statuses(chosen, outcomes, len(doc.Failures) > 0)
	return doc, findings
}

// each calls f for the numbers up to n, several at once. A panic of f is one of
// each: only the goroutine of main turns it into an exit code.
func (c *checkCommand) each(n int, f func(int)) {
	jobs := c.Jobs
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	crashes := make(chan any, n)
	for range min(jobs, n) {
		wg.Go(func() {
			for i := range next {
				func() {
					defer func() {
						if r := recover(); r != nil {
							crashes <- fmt.Sprintf("%v\n%s", r, debug.Stack())
						}
					}()
					f(i)
				}()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	close(crashes)
	for crash := range crashes {
		panic(crash)
	}
}

func siteOf(p *site.Profile) report.Site {
	s := report.Site{Source: p.Source, Mode: p.Mode.String()}
	for _, a := range p.Allow {
		s.Allowed = append(s.Allowed, strings.TrimSpace(a.Span.File.Line(a.Span.Line()).Text()))
	}
	return s
}

func inputsOf(d *device, o *outcome) []report.Input {
	var out []report.Input
	for i, f := range d.files {
		out = append(out, report.Input{
			File: f.Name, Dialect: d.dialect.Name, Why: d.why[min(i, len(d.why)-1)], Path: viewName(o.linted.View), Statements: o.parsed.Statements[i],
			Assumptions: slices.Concat(o.parsed.Assumptions, o.linted.Assumptions),
		})
	}
	return out
}

func viewName(v roles.View) string { return v.String() }

// statuses returns what became of every requirement, over all devices. One is met
// only if every check that stands for it was run, and everything was read.
func statuses(chosen []*lint.Check, outcomes []outcome, unread bool) []lint.Status {
	left := map[string]bool{}
	for _, c := range checks.All() {
		ran := slices.ContainsFunc(chosen, func(x *lint.Check) bool { return x.ID == c.ID })
		for _, id := range c.Requirements {
			left[id] = left[id] || !ran
		}
	}
	states := map[string]lint.State{}
	for _, o := range outcomes {
		for id, s := range o.linted.States {
			states[id] = max(states[id], s)
		}
	}
	var out []lint.Status
	for _, r := range moveit.All() {
		s := max(states[r.ID], lint.NotApplicable)
		switch {
		case s == lint.Passed && left[r.ID]:
			s = lint.NotApplicable
		case s == lint.Passed && unread:
			s = lint.Undecided
		}
		out = append(out, lint.Status{ID: r.ID, State: s})
	}
	return out
}

// target is a report that goes to a file.
type target struct {
	report.Format
	file string
}

// targets reads --output.
func (c *checkCommand) targets() ([]target, error) {
	var targets []target
	for _, o := range c.Output {
		name, file, ok := strings.Cut(o, "=")
		format, known := report.Find(name)
		if !ok || !known || file == "" {
			return nil, usageError("--output %s: expected FORMAT=FILE with a format out of %s", o, formatNames())
		}
		targets = append(targets, target{format, file})
	}
	return targets, nil
}

// write writes the report, and those that go to files.
func (c *checkCommand) write(p *process, doc *report.Document, targets []target) error {
	options := report.Options{Category: c.Category, Quiet: c.Quiet, Verbose: c.Verbose, HelpURI: helpURI, Relative: relativeTo(c.SarifRoot, c.Paths)}
	for _, t := range targets {
		var b bytes.Buffer
		if err := t.Write(&b, doc, options); err != nil {
			return err
		}
		const mode = 0o644
		if err := os.WriteFile(filepath.Clean(t.file), b.Bytes(), mode); err != nil {
			return inputError("write %s: %v", t.file, reason(err))
		}
	}
	format, _ := report.Find(c.Format)
	options.Color = c.colored(p)
	return format.Write(p.out, doc, options)
}

// colored settles whether the text report has colours.
func (c *checkCommand) colored(p *process) bool {
	switch {
	case c.Color != "auto":
		return c.Color == "always"
	case p.env("NO_COLOR") != "" || p.env("TERM") == "dumb":
		return false
	case p.env("FORCE_COLOR") != "" || p.env("CLICOLOR_FORCE") != "":
		return true
	}
	return p.isTerminal
}

// relativeTo names files relative to a folder, by default the root of the
// repository that holds the first input.
func relativeTo(root string, paths []string) func(string) string {
	if root == "" && len(paths) > 0 && paths[0] != "-" {
		if abs, err := filepath.Abs(paths[0]); err == nil {
			root = repository(filepath.Dir(abs))
		}
	}
	return func(name string) string {
		abs, err := filepath.Abs(name)
		base, baseErr := filepath.Abs(root)
		if err != nil || baseErr != nil || root == "" {
			return name
		}
		rel, err := filepath.Rel(base, abs)
		if err != nil || strings.HasPrefix(rel, "..") {
			return filepath.Base(name)
		}
		return filepath.ToSlash(rel)
	}
}

func repository(dir string) string {
	for {
		if exists(filepath.Join(dir, ".git")) {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			wd, err := os.Getwd()
			if err != nil {
				return ""
			}
			return wd
		}
		dir = parent
	}
}

func helpURI(c *lint.Check) string {
	for _, id := range c.Requirements {
		if r, ok := moveit.Find(id); ok {
			return r.URL
		}
	}
	return ""
}

// verdict returns the exit code as an error.
func (c *checkCommand) verdict(doc *report.Document, findings []lint.Finding, failOn lint.Severity) error {
	if len(doc.Failures) > 0 || hasMalformed(doc.Problems) {
		for _, f := range doc.Failures {
			if c.Format != "text" && c.Format != "compact" {
				return inputError("%s: %s", f.File, f.Message)
			}
		}
		return &status{exitInput, nil}
	}
	for i := range findings {
		f := &findings[i]
		if failOn > 0 && f.Severity >= failOn && (f.Certainty == lint.Certain || !c.CertainOnly) {
			return &status{exitFindings, nil}
		}
	}
	return nil
}

// hasMalformed reports whether some text breaks the grammar of its dialect.
func hasMalformed(list []source.Problem) bool {
	return slices.ContainsFunc(list, func(p source.Problem) bool { return p.Kind == source.Malformed })
}
