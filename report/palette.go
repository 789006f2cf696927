package report

import (
	"github.com/fatih/color"

	"github.com/moveit-lint/moveit-lint/rules/lint"
)

// palette paints words. Without colour it returns them as they are.
type palette struct {
	severities map[lint.Severity]*color.Color
	strong     *color.Color
	faint      *color.Color
}

func newPalette(on bool) *palette {
	p := &palette{
		severities: map[lint.Severity]*color.Color{
			lint.Critical: color.New(color.FgRed, color.Bold), lint.High: color.New(color.FgRed), lint.Medium: color.New(color.FgYellow),
			lint.Low: color.New(color.FgCyan), lint.Info: color.New(color.FgCyan),
		},
		strong: color.New(color.Bold), faint: color.New(color.Faint),
	}
	all := []*color.Color{p.strong, p.faint}
	for _, c := range p.severities {
		all = append(all, c)
	}
	for _, c := range all {
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return p
}

func (p *palette) severity(s lint.Severity, text string) string { return p.severities[s].Sprint(text) }
func (p *palette) bold(s string) string                         { return p.strong.Sprint(s) }
func (p *palette) dim(s string) string                          { return p.faint.Sprint(s) }
