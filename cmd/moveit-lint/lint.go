package main

import (
	"fmt"
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
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// outcome is what became of one device.
type outcome struct {
	parsed parsers.Result
	linted lint.Result
}

// lint reads and checks everything.
func (c *checkCommand) lint(p *process, s *search, profile *site.Profile, chosen []*lint.Check, names *namer) (*report.Document, []lint.Finding) {
	doc := &report.Document{Version: version(), Site: siteOf(profile), Checks: checks.All()}
	files, found := s.read(p, profile.Limits.File)
	files, more := withSiblings(profile, files, profile.Limits.File)
	devices, unclear, notes := c.group(profile, files, found)
	doc.Notes = slices.Concat(s.notes, notes)
	doc.Failures = slices.Concat(s.failures, more, unclear)
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
		if note := devices[i].disagrees(o.parsed.Device); note != "" {
			doc.Notes = append(doc.Notes, note)
		}
	}
	doc.Inputs, doc.Problems = inputsOf(devices, outcomes), problemsOf(outcomes)
	if len(devices) == 0 && len(doc.Failures) == 0 {
		doc.Failures = []report.Failure{{File: strings.Join(c.Paths, " "), Message: "there is nothing to lint"}}
	}
	lint.Sort(findings, names.relative)
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

// inputsOf returns what is said of the files, of each once: a dump of sets may
// serve several devices.
func inputsOf(devices []*device, outcomes []outcome) []report.Input {
	var out []report.Input
	at := map[*source.File]int{}
	for n, d := range devices {
		o := &outcomes[n]
		assumptions := slices.Concat(d.assumed, o.parsed.Assumptions, o.linted.Assumptions)
		for i, f := range d.files {
			if known, ok := at[f]; ok {
				x := &out[known]
				for _, a := range assumptions {
					if !slices.Contains(x.Assumptions, a) {
						x.Assumptions = append(x.Assumptions, a)
					}
				}
				continue
			}
			at[f] = len(out)
			out = append(out, report.Input{
				File: f.Name, Dialect: d.dialect.Name, Why: d.why[min(i, len(d.why)-1)], Path: o.linted.View.String(),
				Statements: o.parsed.Statements[i], Assumptions: slices.Clone(assumptions),
			})
		}
	}
	return out
}

// problemsOf returns the problems of all devices, those of a file that serves
// several of them once.
func problemsOf(outcomes []outcome) []source.Problem {
	var out []source.Problem
	seen := map[source.Problem]bool{}
	for _, o := range outcomes {
		for _, p := range o.parsed.Problems {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

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
