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

// outcome is what became of one device of an input.
type outcome struct {
	input  *device // the files that it was read from
	device parsers.Device
	linted lint.Result
}

// head returns the place that stands for all of a device.
func (o *outcome) head() source.Span {
	if !o.device.Head.IsZero() {
		return o.device.Head
	}
	return o.input.files[0].Span(0, 0)
}

// speaks reports whether a file says something of the device, as each does that
// says nothing of any.
func (o *outcome) speaks(file int, all []parsers.Device) bool {
	return o.device.Statements[file].Total > 0 || !slices.ContainsFunc(all, func(d parsers.Device) bool { return d.Statements[file].Total > 0 })
}

// lint reads and checks everything.
func (c *checkCommand) lint(p *process, s *search, profile *site.Profile, chosen []*lint.Check, names *namer) (*report.Document, []lint.Finding) {
	doc := &report.Document{Version: version(), Site: siteOf(profile), Checks: checks.All()}
	files, found := s.read(p, profile.Limits.File)
	files, more := withSiblings(profile, files, profile.Limits.File)
	devices, unclear, passed := c.group(profile, files, found)
	doc.Failures = slices.Concat(s.failures, more, unclear)
	c.each(len(devices), func(i int) { devices[i].parse(profile) })
	doc.Notes = slices.Concat(s.notes, notesOn(passed, devices))
	var outcomes []outcome
	for _, d := range devices {
		r := d.parse(profile)
		for _, x := range r.Devices {
			outcomes = append(outcomes, outcome{input: d, device: x})
		}
		if note := d.disagrees(r); note != "" {
			doc.Notes = append(doc.Notes, note)
		}
	}
	c.each(len(outcomes), func(i int) {
		o := &outcomes[i]
		o.linted = lint.Run(lint.Target{
			Device: o.device.Model, Context: o.device.Context, Profile: profile, View: o.input.view, Told: o.input.toldOf(o.device), First: o.head(),
			Others: o.input.parsed.Others(o.device.Model),
		}, chosen, checks.Inconclusive)
	})
	results := make([]lint.Result, len(outcomes))
	for i := range outcomes {
		results[i] = outcomes[i].linted
	}
	findings := lint.Together(results)
	doc.Inputs, doc.Problems = inputsOf(outcomes, profile), problemsOf(devices, profile)
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
		s.Allowed = append(s.Allowed, strings.TrimSpace(a.Span.File.Line(a.Span.Line()).Shown()))
	}
	return s
}

// inputsOf returns what is said of the files, of each once for a context: a dump
// of sets may serve several devices.
func inputsOf(outcomes []outcome, profile *site.Profile) []report.Input {
	type key struct {
		file    *source.File
		context string
	}
	var out []report.Input
	at := map[key]int{}
	for n := range outcomes {
		o := &outcomes[n]
		d := o.input
		assumptions := slices.Concat(d.assumed, o.device.Assumptions, o.linted.Assumptions)
		for i, f := range d.files {
			if !o.speaks(i, d.parse(profile).Devices) {
				continue
			}
			k := key{f, o.device.Context}
			if known, ok := at[k]; ok {
				x := &out[known]
				for _, a := range assumptions {
					if !slices.Contains(x.Assumptions, a) {
						x.Assumptions = append(x.Assumptions, a)
					}
				}
				continue
			}
			at[k] = len(out)
			out = append(out, report.Input{
				File: f.Name, Context: o.device.Context, Dialect: d.dialect.Name, Why: d.why[min(i, len(d.why)-1)], Path: o.linted.View.String(),
				Statements: o.device.Statements[i], Assumptions: slices.Clone(assumptions),
			})
		}
	}
	return out
}

// problemsOf returns the problems of all devices, those of a file that serves
// several of them once.
func problemsOf(devices []*device, profile *site.Profile) []source.Problem {
	var out []source.Problem
	seen := map[source.Problem]bool{}
	for _, d := range devices {
		for _, p := range d.parse(profile).Problems {
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
