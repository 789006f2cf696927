package report

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/moveit-lint/moveit-lint/rules/lint"
)

// homePage is where the project describes itself.
const homePage = "https://github.com/moveit-lint/moveit-lint"

// securitySeverity holds numbers well inside the bands of GitHub: critical is
// above 9.0, high from 7.0, medium from 4.0. Info has none.
var securitySeverity = map[lint.Severity]string{lint.Critical: "9.5", lint.High: "8.0", lint.Medium: "5.5", lint.Low: "2.0"}

// What GitHub keeps of a rule is longer; what it shows is not.
const (
	maxShort = 120
	maxFull  = 600
	maxTags  = 8
)

var semantic = regexp.MustCompile(`^\d+\.\d+\.\d+`)

// driver describes the program and all its checks.
func (s *sarifWriter) driver() *sarif.ToolComponent {
	t := sarif.NewToolComponent().WithName(toolName).WithInformationURI(homePage)
	version := strings.TrimPrefix(s.d.Version, "v")
	switch {
	case semantic.MatchString(version):
		t.WithSemanticVersion(version)
	case version != "":
		t.WithVersion(version)
	}
	rules := make([]*sarif.ReportingDescriptor, 0, len(s.checks))
	for _, c := range s.checks {
		rules = append(rules, s.rule(c))
	}
	return t.WithRules(rules)
}

func (s *sarifWriter) rule(c *lint.Check) *sarif.ReportingDescriptor {
	text := paragraphs(cmp.Or(c.Doc, upperFirst(c.Title)+"."))
	full, _, _ := strings.Cut(text, "\n")
	uri := ""
	if s.o.HelpURI != nil {
		uri = s.o.HelpURI(c)
	}
	if uri == "" {
		uri = homePage + "#" + c.ID
	}
	tags := append([]string{"security", "firewall"}, c.Requirements...)
	bag := sarif.NewPropertyBag().WithTags(tags[:min(len(tags), maxTags)])
	bag.Add("precision", "very-high") // a finding has a packet that proves it
	if v := securitySeverity[c.Severity]; v != "" {
		bag.Add("security-severity", v)
	}
	return sarif.NewRule(c.ID).WithName(pascal(c.ID)).
		WithShortDescription(sarif.NewMultiformatMessageString().WithText(cutText(upperFirst(c.Title)+".", maxShort))).
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(cutText(full, maxFull))).
		WithHelp(sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(helpMarkdown(c, text, uri))).
		WithHelpURI(uri).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(sarifLevel(c.Severity))).
		WithProperties(bag)
}

// helpMarkdown returns what GitHub shows beside an alert. It shows no helpUri,
// so the link is in the text.
func helpMarkdown(c *lint.Check, text, uri string) string {
	var b strings.Builder
	b.WriteString(text)
	for _, r := range c.Remedies {
		b.WriteString("\n\n**" + r.Dialect + "**\n\n```\n" + strings.TrimRight(r.Text, "\n") + "\n```")
	}
	b.WriteString("\n\n[More](" + uri + ")")
	return b.String()
}

// paragraphs joins the lines of each paragraph and list item of Markdown, for
// GitHub breaks lines where the text does. Tables and code stay as they are.
func paragraphs(doc string) string {
	var b strings.Builder
	code, open := false, false // in a block of code; the last line can be continued
	for line := range strings.SplitSeq(strings.TrimSpace(doc), "\n") {
		line = strings.TrimRight(line, " \t\r")
		words := strings.TrimLeft(line, " \t")
		fence := strings.HasPrefix(line, "```")
		item := isListItem(words)
		prose := !code && !fence && words != "" && words[0] != '|' && words[0] != '#' && (open || words == line || item)
		switch {
		case b.Len() == 0:
		case prose && open && !item:
			b.WriteByte(' ')
			line = words
		default:
			b.WriteByte('\n')
		}
		b.WriteString(line)
		code, open = code != fence, prose
	}
	return b.String()
}

func isListItem(line string) bool {
	return strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") || strings.HasPrefix(strings.TrimLeft(line, "0123456789"), ". ")
}

// pascal returns an id as SARIF wants names: "SmbExposed". A name has to differ
// from the id in more than the case of its letters, so that one of a single word
// gets another.
func pascal(id string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(id, "-") {
		b.WriteString(upperFirst(part))
	}
	if !strings.Contains(id, "-") {
		b.WriteString("Check")
	}
	return b.String()
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func cutText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
