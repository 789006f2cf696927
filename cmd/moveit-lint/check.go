package main

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// checkCommand lints.
type checkCommand struct {
	Paths       []string `arg:"" optional:"" name:"path" help:"Files, folders, globs, or - for standard input."`
	Format      string   `help:"Format of the report: ${formats} (default ${default})." default:"text" placeholder:"FORMAT"`
	Output      []string `help:"Write a report to a file too (repeatable)." placeholder:"FORMAT=FILE" sep:"none"`
	FailOn      string   `help:"Exit with 1 from this severity on: critical|high|medium|low|info|never (default ${default})." default:"medium" placeholder:"SEVERITY"`
	MinSeverity string   `help:"Show findings from this severity on." default:"info" placeholder:"SEVERITY"`
	Select      []string `help:"Run these checks only." placeholder:"CHECK"`
	Ignore      []string `help:"Leave these checks out." placeholder:"CHECK"`
	CertainOnly bool     `help:"Only certain findings count for the exit code."`
	SarifRoot   string   `help:"Folder that places in SARIF are relative to; else the root of the repository." placeholder:"DIR"`
	Category    *string  `help:"Tells several SARIF uploads of one commit apart; an empty one leaves that to whoever uploads them." placeholder:"NAME"`
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
	names, err := c.namer()
	if err != nil {
		return err
	}
	if len(c.Paths) == 0 {
		return usageError("expected a file, a folder, a glob or -")
	}
	if err := p.mistyped(c.Paths[0]); err != nil {
		return err
	}
	s := find(c.Paths, c.StdinFilename)
	profile, err := c.load(s.folders(c.Paths, &c.inputFlags))
	if err != nil {
		return err
	}
	if err := refuse(targets, s.reads(profile)); err != nil {
		return err
	}
	doc, findings := c.lint(p, s, profile, chosen, names)
	doc.Findings = slices.DeleteFunc(slices.Clone(findings), func(f lint.Finding) bool { return f.Severity < minimum })
	doc.Hidden = len(findings) - len(doc.Findings)
	if err := c.write(p, doc, targets, names); err != nil {
		return err
	}
	if c.writesSARIF(targets) {
		if err := names.check(placesOf(doc)); err != nil {
			return err
		}
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
		if failOn, err = severityOf("--fail-on", c.FailOn, neverFail); err != nil {
			return nil, 0, 0, err
		}
	}
	if minimum, err = severityOf("--min-severity", c.MinSeverity); err != nil {
		return nil, 0, 0, err
	}
	chosen, err = choose(c.Select, c.Ignore)
	return chosen, failOn, minimum, err
}

// severityOf returns the severity of that name. A flag may take more words.
func severityOf(flag, s string, more ...string) (lint.Severity, error) {
	var known []string
	for _, x := range lint.Severities {
		if x.String() == s {
			return x, nil
		}
		known = append(known, x.String())
	}
	known = append(known, more...)
	return 0, usageError("unknown severity %q of %s; expected one of %s%s", s, flag, strings.Join(known, ", "), site.DidYouMean(s, known))
}

// choose returns the checks that are selected and not ignored.
func choose(selected, ignored []string) ([]*lint.Check, error) {
	for _, id := range slices.Concat(selected, ignored) {
		if _, err := checkOf(id); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(checks.All(), func(c *lint.Check) bool {
		return len(selected) > 0 && !slices.Contains(selected, c.ID) || slices.Contains(ignored, c.ID)
	}), nil
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

// checkOf returns the check of that id.
func checkOf(id string) (*lint.Check, error) {
	var known []string
	for _, c := range checks.All() {
		if c.ID == id {
			return c, nil
		}
		known = append(known, c.ID)
	}
	return nil, usageError("unknown check %q%s; moveit-lint checks lists them", id, site.DidYouMean(id, known))
}

// reads returns the names of all that a run reads, standard input by the name that
// it is given.
func (s *search) reads(profile *site.Profile) []string {
	var out []string
	for _, x := range s.places {
		if x.name != "" {
			out = append(out, x.name)
		}
	}
	if profile.File != nil {
		out = append(out, profile.Source)
	}
	for i := range profile.Devices {
		for _, f := range profile.Devices[i].Files {
			out = append(out, besideProfile(profile, f))
		}
	}
	return out
}

// writesSARIF reports whether one of the reports is in SARIF.
func (c *checkCommand) writesSARIF(targets []target) bool {
	const sarif = "sarif"
	return c.Format == sarif || slices.ContainsFunc(targets, func(t target) bool { return t.Name == sarif })
}

// placesOf returns the names of the files that a report speaks of.
func placesOf(doc *report.Document) []string {
	var out []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, in := range doc.Inputs {
		add(in.File)
	}
	for i := range doc.Findings {
		if f := doc.Findings[i].Span.File; f != nil {
			add(f.Name)
		}
	}
	return out
}

// hasMalformed reports whether some text breaks the grammar of its dialect.
func hasMalformed(list []source.Problem) bool {
	return slices.ContainsFunc(list, func(p source.Problem) bool { return p.Kind == source.Malformed })
}
