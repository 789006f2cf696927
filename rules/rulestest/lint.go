package rulestest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Run is a configuration that was read and checked.
type Run struct {
	File    *source.File
	Profile *site.Profile
	Parsed  parsers.Result
	Result  lint.Result // of the first device; the findings are those of all, as reports show them, with fingerprints
}

// Lint reads and checks the configuration at path. Its profile is the file
// beside it with the same name and the ending .site.yaml, else the folder's for
// files of its ending (.moveit-lint.asa.yaml), else the folder's .moveit-lint.yaml,
// else the embedded default; the last, too, if its name says no-profile.
func Lint(tb testing.TB, path string) *Run {
	tb.Helper()
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		tb.Fatal(err)
	}
	return LintText(tb, filepath.ToSlash(path), string(text), profileFor(tb, path))
}

// LintText reads and checks a configuration. It fails the test if the dialect
// cannot be told, or if what was parsed is not well formed. A name that ends in
// one of Extensions tells the dialect; else the text does.
func LintText(tb testing.TB, name, text string, profile *site.Profile) *Run {
	tb.Helper()
	r := &Run{File: source.NewFile(name, []byte(text)), Profile: profile}
	dialect := dialectOf(tb, r.File)
	target := lint.Target{Profile: profile, First: r.File.Span(0, 0)}
	for _, d := range profile.Devices {
		if slices.Contains(d.Files, filepath.Base(name)) {
			target.Told = d.Interfaces
			target.View = map[string]roles.View{"forward": roles.Forward, "host": roles.Host}[d.Path]
		}
	}
	interfaces, defaults := lint.ForParser(profile, target.Told)
	r.Parsed = dialect.Parse(parsers.Input{
		Name: filepath.Base(name), Files: []*source.File{r.File}, Limits: parsers.DefaultLimits, Interfaces: interfaces, Default: defaults,
	})
	var results []lint.Result
	for _, d := range r.Parsed.Devices {
		if err := d.Model.Validate(); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		target.Device, target.Context, target.Others = d.Model, d.Context, r.Parsed.Others(d.Model)
		results = append(results, lint.Run(target, checks.All(), checks.Inconclusive))
	}
	r.Result = results[0]
	r.Result.Findings = lint.Together(results)
	lint.Sort(r.Result.Findings, nil)
	return r
}

// Extensions are the ends of the names of files in one dialect.
var Extensions = map[string]string{".nft": "nftables", ".asa": "asa", ".pf": "pf"}

// dialectOf returns the dialect that the name of a file tells, else its text.
func dialectOf(tb testing.TB, f *source.File) parsers.Dialect {
	tb.Helper()
	if name, ok := Extensions[filepath.Ext(f.Name)]; ok {
		d, known := parsers.Find(name)
		if !known {
			tb.Fatalf("%s: there is no dialect %s", f.Name, name)
		}
		return d
	}
	d, _, err := parsers.Detect(f)
	if err != nil {
		tb.Fatalf("%s: %v", f.Name, err)
	}
	return d
}

// Profile reads a site profile. It fails the test if it is not valid.
func Profile(tb testing.TB, name, text string) *site.Profile {
	tb.Helper()
	p, err := site.Parse(source.NewFile(name, []byte(text)))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// profileFor finds the profile of a configuration.
func profileFor(tb testing.TB, path string) *site.Profile {
	tb.Helper()
	dir, base := filepath.Split(path)
	name, _, _ := strings.Cut(base, ".")
	if strings.Contains(name, "no-profile") {
		return site.Default()
	}
	for _, candidate := range []string{name + ".site.yaml", ".moveit-lint" + filepath.Ext(base) + ".yaml", ".moveit-lint.yaml"} {
		text, err := os.ReadFile(filepath.Clean(filepath.Join(dir, candidate)))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		return Profile(tb, filepath.ToSlash(filepath.Join(dir, candidate)), string(text))
	}
	return site.Default()
}

// Files returns the files that findings of the run may stand in.
func (r *Run) Files() []*source.File {
	if r.Profile.File == nil {
		return []*source.File{r.File}
	}
	return []*source.File{r.File, r.Profile.File}
}
