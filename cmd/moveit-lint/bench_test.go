package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
	"github.com/moveit-lint/moveit-lint/testdata/gen/export"
)

// The benchmarks of the stages behind the parser, on files that testdata/gen
// makes in memory; those of the parser are its own.
//
//	go test -run '^$' -bench . ./parsers/iptables ./cmd/moveit-lint

// benchSizes are the numbers of rules that are measured.
var benchSizes = []int{200, 10_000, 100_000}

// eachSize runs a benchmark on iptables files of every size.
func eachSize(b *testing.B, shape string, f func(b *testing.B, file *source.File)) {
	b.Helper()
	eachSizeOf(b, "iptables", shape, f)
}

// eachSizeOf runs a benchmark on files of a dialect of every size.
func eachSizeOf(b *testing.B, dialect, shape string, f func(b *testing.B, file *source.File)) {
	b.Helper()
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			file := generated(b, dialect, export.Spec{Rules: n, Shape: shape})
			b.SetBytes(int64(len(file.Text)))
			b.ReportAllocs()
			f(b, file)
		})
	}
}

func generated(tb testing.TB, dialect string, s export.Spec) *source.File {
	tb.Helper()
	text, _, err := export.Bytes(dialect, s)
	if err != nil {
		tb.Fatal(err)
	}
	return source.NewFile("edge."+dialect, text)
}

// parsed returns the device of a file.
func parsed(file *source.File) *rules.Device {
	d, _ := parsers.Find("iptables")
	return d.Parse(parsers.Input{Name: "edge", Files: []*source.File{file}, Limits: parsers.DefaultLimits}).Devices[0].Model
}

// BenchmarkEngine makes the engine of a device.
func BenchmarkEngine(b *testing.B) {
	eachSize(b, "mixed", func(b *testing.B, file *source.File) {
		b.Helper()
		d := parsed(file)
		for b.Loop() {
			eval.New(d)
		}
	})
}

// BenchmarkAsk asks what the Internet may do to the nodes of MOVEit: a question
// that most rules cannot touch.
func BenchmarkAsk(b *testing.B) {
	eachSize(b, "mixed", func(b *testing.B, file *source.File) {
		b.Helper()
		engine := eval.New(parsed(file))
		nodes := []packet.AddrRange{packet.OneAddr(addr("10.20.0.11")), packet.OneAddr(addr("10.20.0.12"))}
		for b.Loop() {
			a, err := engine.Ask(eval.Question{
				Hook: rules.Forward, Arrive: []*packet.Boxes{packet.Addresses(packet.Src, site.Internet()...)}, Leave: []*packet.Boxes{packet.Addresses(packet.Dst, nodes...)},
			})
			if err != nil || a.Accepted().IsEmpty() {
				b.Fatal("the Internet reaches MOVEit", err)
			}
		}
	})
}

// BenchmarkChecks runs all checks without a site profile.
func BenchmarkChecks(b *testing.B) {
	for _, shape := range []string{"mixed", "nat", "moveit"} {
		b.Run("shape="+shape, func(b *testing.B) {
			eachSize(b, shape, func(b *testing.B, file *source.File) {
				b.Helper()
				d := parsed(file)
				for b.Loop() {
					linted(d, file)
				}
			})
		})
	}
}

func linted(d *rules.Device, file *source.File) lint.Result {
	return lint.Run(lint.Target{Device: d, Profile: site.Default(), First: file.Span(0, 0)}, checks.All(), checks.Inconclusive)
}

// BenchmarkReport writes the report of a file that has a finding for many of its
// rules, in every format.
func BenchmarkReport(b *testing.B) {
	for _, f := range report.Formats {
		b.Run("format="+f.Name, func(b *testing.B) {
			eachSize(b, "moveit", func(b *testing.B, file *source.File) {
				b.Helper()
				doc := documentOf(file)
				b.ReportMetric(float64(len(doc.Findings)), "findings")
				for b.Loop() {
					if err := f.Write(io.Discard, doc, report.Options{HelpURI: helpURI}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func documentOf(file *source.File) *report.Document {
	r := linted(parsed(file), file)
	lint.Sort(r.Findings, nil)
	doc := &report.Document{Version: "test", Checks: checks.All(), Findings: r.Findings, Inputs: []report.Input{{File: file.Name, Dialect: "iptables"}}}
	for _, x := range moveit.All() {
		doc.Requirements = append(doc.Requirements, lint.Status{ID: x.ID, State: max(r.States[x.ID], lint.NotApplicable)})
	}
	return doc
}

// BenchmarkCheck is the whole program, end to end.
func BenchmarkCheck(b *testing.B) {
	for _, of := range []struct{ dialect, shape string }{
		{"iptables", "mixed"},
		{"iptables", "flat"},
		{"iptables", "chains"},
		{"iptables", "nat"},
		{"iptables", "shadow"},
		{"iptables", "dag"},
		{"iptables", "moveit"},
		{"asa", "groups"},
		{"asa", "flat"},
		{"asa", "nat"},
		{"pf", "quick"},
		{"pf", "last"},
		{"pf", "table"},
	} {
		b.Run(of.dialect+"/shape="+of.shape, func(b *testing.B) {
			eachSizeOf(b, of.dialect, of.shape, func(b *testing.B, file *source.File) {
				b.Helper()
				name := write(b, b.TempDir(), file.Name, file.Text)
				for b.Loop() {
					var errOut bytes.Buffer
					if code := run([]string{"check", "--no-site", "--format", "sarif", "--sarif-root", filepath.Dir(name), name}, process{out: io.Discard, err: &errOut, env: noEnv}); code > exitFindings {
						b.Fatalf("exit code %d: %s", code, &errOut)
					}
				}
			})
		})
	}
}
