package checks_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/rulestest"
)

const fixtures = "../../testdata/checks"

// TestFixtures lints every file of testdata/checks. All findings of all checks
// have to be wanted; a good file wants none of the check that its folder is of,
// a bad one at least one. Only family-uncovered is passed by outside of its own
// folder: most cases have one IP version.
func TestFixtures(t *testing.T) {
	for _, c := range checks.All() {
		t.Run(c.ID, func(t *testing.T) {
			files, err := os.ReadDir(filepath.Join(fixtures, c.ID))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				if !isFixture(f.Name()) {
					continue
				}
				t.Run(strings.TrimSuffix(f.Name(), ".rules"), func(t *testing.T) {
					t.Parallel()
					testFixture(t, c, filepath.Join(fixtures, c.ID, f.Name()))
				})
			}
		})
	}
}

// isFixture reports whether a file holds a configuration: "bad-range.iptables.rules",
// "good.nft". Its dialect is what its name says, or its text.
func isFixture(name string) bool {
	ext := filepath.Ext(name)
	return (strings.HasPrefix(name, "bad") || strings.HasPrefix(name, "good")) && (ext == ".rules" || rulestest.Extensions[ext] != "")
}

func testFixture(t *testing.T, c *lint.Check, path string) {
	t.Helper()
	run := rulestest.Lint(t, path)
	for _, p := range run.Parsed.Problems {
		t.Logf("%s: %s", p.Span.Position(), p.Message)
	}
	findings := slices.DeleteFunc(slices.Clone(run.Result.Findings), func(f lint.Finding) bool {
		return f.Check.ID == "family-uncovered" && c.ID != "family-uncovered"
	})
	rulestest.Wants(t, run.Files(), findings)
	mine := 0
	for i := range findings {
		if findings[i].Check.ID == c.ID {
			mine++
		}
		proved(t, &findings[i])
	}
	if bad := strings.HasPrefix(filepath.Base(path), "bad"); bad != (mine > 0) {
		t.Errorf("%d findings of %s", mine, c.ID)
	}
}

// proved reports a finding whose witness does not show what it says: a packet
// of a certain exposure is accepted whatever is not known, one of a blocked
// flow is not.
func proved(t *testing.T, f *lint.Finding) {
	t.Helper()
	if f.Certainty == lint.Possible && f.Depends == "" {
		t.Errorf("%s: %s: a possible finding hangs on nothing", f.Span.Position(), f.Check.ID)
	}
	if f.Message == "" || strings.HasSuffix(f.Message, ".") || f.Expected == "" || f.Actual == "" || f.Remedy == "" || f.Fingerprint == "" {
		t.Errorf("%s: %s is not complete: %+v", f.Span.Position(), f.Check.ID, f)
	}
	w := f.Witness
	switch {
	case w == nil && f.Actual == "accepted":
		t.Errorf("%s: %s: no witness", f.Span.Position(), f.Check.ID)
	case w == nil || f.Certainty != lint.Certain:
	case f.Actual == "accepted" && w.Verdict != rules.Accept:
		t.Errorf("%s: %s: the witness is not accepted: %v %v", f.Span.Position(), f.Check.ID, w.Verdict, w.Flow.String())
	case f.Actual == "dropped" && w.Verdict != rules.Drop && w.Verdict != rules.Reject:
		t.Errorf("%s: %s: the witness is not dropped: %v %v", f.Span.Position(), f.Check.ID, w.Verdict, w.Flow.String())
	}
}

// TestEveryFixtureIsRun finds folders of no check, and files that no test reads.
func TestEveryFixtureIsRun(t *testing.T) {
	folders, err := os.ReadDir(fixtures)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !slices.ContainsFunc(checks.All(), func(c *lint.Check) bool { return c.ID == folder.Name() }) {
			t.Errorf("%s is the folder of no check", folder.Name())
		}
		files, err := os.ReadDir(filepath.Join(fixtures, folder.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range files {
			names = append(names, f.Name())
		}
		for _, name := range names {
			base, isProfile := strings.CutSuffix(name, ".site.yaml")
			switch {
			case name == ".moveit-lint.yaml":
			case isOfDialect(name, names):
			case isProfile && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, base+".") && isFixture(n) }):
			case !isProfile && isFixture(name):
			default:
				t.Errorf("nothing reads %s/%s", folder.Name(), name)
			}
		}
	}
}

// isOfDialect reports whether a file is the profile of a folder's files in one
// dialect, ".moveit-lint.asa.yaml", and there are some.
func isOfDialect(name string, names []string) bool {
	ext, ok := strings.CutPrefix(strings.TrimSuffix(name, ".yaml"), ".moveit-lint")
	return ok && rulestest.Extensions[ext] != "" && slices.ContainsFunc(names, func(n string) bool { return filepath.Ext(n) == ext })
}

// kinds are the names that fixtures of each check must have, by dialect.
var kinds = []struct{ dialect, bad, good string }{
	{"iptables", "bad*.rules", "good*.rules"},
	{"asa", "bad*.asa", "good*.asa"},
	{"pf", "bad*.pf", "good*.pf"},
}

// neverOf are the checks that find nothing in some dialects, whatever is written.
// The lists of an appliance are for both IP versions, and where they are not,
// security levels say what becomes of the other; the rules of pf are for both, and
// what none is for passes.
var neverOf = map[string][]string{"family-uncovered": {"asa", "pf"}}

// TestCatalogue finds checks that are not complete.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range checks.All() {
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s: the title %q is empty or ends with a full stop", c.ID, c.Title)
		}
		if len(c.Doc) < 100 || len(c.Remedies) == 0 || c.Since == "" || c.Severity == 0 || c.Run == nil {
			t.Errorf("%s is not complete", c.ID)
		}
		for _, kind := range kinds {
			for _, pattern := range []string{kind.bad, kind.good} {
				if pattern == kind.bad && slices.Contains(neverOf[c.ID], kind.dialect) {
					continue
				}
				if files, _ := filepath.Glob(filepath.Join(fixtures, c.ID, pattern)); len(files) == 0 {
					t.Errorf("%s has no fixture %s of %s", c.ID, pattern, kind.dialect)
				}
			}
		}
	}
	if !slices.IsSortedFunc(checks.All(), func(a, b *lint.Check) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the checks are not sorted by id")
	}
}

// TestDeclaredChecksAreListed finds a check that the source declares and All
// does not return.
func TestDeclaredChecksAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range checks.All() {
		listed[c.ID] = true
	}
	for _, id := range declaredIDs(t) {
		if !listed[id] {
			t.Errorf("%s is declared and not in All", id)
		}
	}
}
