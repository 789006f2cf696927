package report

import (
	"github.com/fatih/color"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// palette paints words in the sixteen colours that every terminal has. What a
// colour says, a word says too.
type palette struct {
	alarm, error, warning, remark, strong, faint *color.Color
}

// newPalette returns a palette that paints, or one that leaves words as they
// are; the terminal is not asked.
func newPalette(on bool) *palette {
	p := &palette{
		alarm: color.New(color.FgRed, color.Bold), error: color.New(color.FgRed), warning: color.New(color.FgYellow),
		remark: color.New(color.FgCyan), strong: color.New(color.Bold), faint: color.New(color.Faint),
	}
	for _, c := range []*color.Color{p.alarm, p.error, p.warning, p.remark, p.strong, p.faint} {
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return p
}

// severity paints a text as a finding of that severity.
func (p *palette) severity(s lint.Severity, text string) string {
	switch s {
	case lint.Critical:
		return p.alarm.Sprint(text)
	case lint.High:
		return p.error.Sprint(text)
	case lint.Medium:
		return p.warning.Sprint(text)
	case lint.Low, lint.Info:
	}
	return p.remark.Sprint(text)
}

// problem paints a text as a problem of that kind.
func (p *palette) problem(k source.ProblemKind, text string) string {
	switch k {
	case source.Malformed:
		return p.error.Sprint(text)
	case source.Undefined, source.Unsupported:
		return p.warning.Sprint(text)
	case source.Ignored:
	}
	return p.remark.Sprint(text)
}

// verdict paints a text as what becomes of a packet.
func (p *palette) verdict(v rules.Verdict, text string) string {
	switch v {
	case rules.Accept:
		return p.remark.Sprint(text)
	case rules.Drop, rules.Reject:
		return p.error.Sprint(text)
	case rules.Continue, rules.Jump, rules.Goto, rules.Return, rules.Undecided:
	}
	return p.warning.Sprint(text)
}

func (p *palette) bold(s string) string { return p.strong.Sprint(s) }
func (p *palette) dim(s string) string  { return p.faint.Sprint(s) }
