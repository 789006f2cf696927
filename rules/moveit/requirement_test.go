package moveit_test

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/moveit"
)

func TestEveryStatementOfTheReferenceIsThere(t *testing.T) {
	text, err := os.ReadFile("../../../shared/reference/requirements.md")
	if err != nil {
		t.Skipf("the reference is not here: %v", err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\| (R-\d\d) \|`).FindAllStringSubmatch(string(text), -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	want = slices.Compact(want)
	var got []string
	for _, r := range moveit.All() {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestRequirementsAreWellFormed(t *testing.T) {
	for _, r := range moveit.All() {
		u, err := url.Parse(r.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			t.Errorf("%s: bad address %q", r.ID, r.URL)
		}
		if r.Section == "" || !strings.HasSuffix(r.Text, ".") || r.Level.String() == "?" || r.Evidence.String() == "?" {
			t.Errorf("%s is not complete: %+v", r.ID, r)
		}
		if found, ok := moveit.Find(r.ID); !ok || found != r {
			t.Errorf("Find(%s) = %+v, %v", r.ID, found, ok)
		}
	}
	if _, ok := moveit.Find("R-99"); ok {
		t.Error("Find finds what is not there")
	}
}
