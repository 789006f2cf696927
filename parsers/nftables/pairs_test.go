package nftables_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// places are where rules stand, at the end of their lines.
var places = regexp.MustCompile(`(?m) {4}\S+:\d+$`)

func withoutPlaces(text []byte) string { return places.ReplaceAllString(string(text), "") }

// TestTextAndJSONAreOne reads listings of the same ruleset in both forms.
func TestTextAndJSONAreOne(t *testing.T) {
	files, err := filepath.Glob(corpus + "/pairs/nft-text-json/*.nft")
	if err != nil || len(files) == 0 {
		t.Skip("the corpus is not here")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		twin, err := os.ReadFile(strings.TrimSuffix(name, ".nft") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		a := withoutPlaces(printed(t, parse(t, "ruleset", text).Devices[0].Model))
		b := withoutPlaces(printed(t, parse(t, "ruleset", twin).Devices[0].Model))
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: text and JSON give two models:\n%s", filepath.Base(name), diff)
		}
	}
	t.Logf("%d pairs", len(files))
}
