package asa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// corpus is where the collection of real configurations lies, if it is there.
const corpus = "../../../shared/corpus"

// readText reads one text, and holds what must hold for every text.
func readText(tb testing.TB, name string, text []byte) *reading {
	tb.Helper()
	f := source.NewFile(name, text)
	r := read(dialect.Input{Name: name, Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	checkReading(tb, r, f)
	return r
}

func checkReading(tb testing.TB, r *reading, files ...*source.File) {
	tb.Helper()
	if len(r.configs) == 0 || len(r.counts) != len(r.configs) {
		tb.Fatalf("%d configs, %d counts", len(r.configs), len(r.counts))
	}
	for i := range r.counts {
		for j := range r.counts[i] {
			if !r.counts[i][j].IsBalanced() {
				tb.Errorf("statements are not accounted for: %+v", r.counts[i][j])
			}
		}
	}
	for _, p := range r.problems {
		if p.Message == "" || p.Kind == 0 || p.Span.IsZero() || p.Span.Start < 0 || p.Span.Start > p.Span.End || int(p.Span.End) > len(p.Span.File.Text) {
			tb.Errorf("bad problem %+v", p)
		}
	}
	_ = files
}

// corpusFiles returns the files of the corpus.
func corpusFiles(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "asa", "*", "*"))
	if err != nil || len(files) == 0 {
		tb.Skip("the corpus is not here")
	}
	return files
}

// refused are the lines of the corpus that cannot be read, by file, and why the
// device refuses them too.
var refused = map[string]struct {
	lines int
	why   string
}{
	"batfish/asa-nested-icmp-type-object-group.asa":    {6, "object-group group icmp-type: no such kind"},
	"batfish/asa-nested-network-object-group.asa":      {5, "object-group group network: no such kind"},
	"batfish/asa-nested-protocol-object-group.asa":     {6, "object-group group protocol: no such kind"},
	"batfish/asa-nested-service-object-group.asa":      {8, "object-group group service: no such kind; port-object in a group that is not of ports"},
	"batfish/asa-service-object.asa":                   {2, "a comment behind a command: the device knows none"},
	"fwbuilder-importer/asa8.0.asa":                    {8, "object-group icmp-object: the kind is icmp-type"},
	"fwbuilder-importer/asa8.3-acl.asa":                {1, "a port called foo"},
	"fwbuilder-importer/asa8.3-objects-and-groups.asa": {2, "a protocol called some_weird_protocol; protocol-object takes no object"},
	"fwbuilder-pix/firewall.asa":                       {3, "routes without an interface or without a gateway"},
	"fwbuilder-pix/firewall90.asa":                     {4, "tcp destination neq where only neq can stand: the generator took a service for a port"},
}

// TestCorpusIsRead reads every file of the corpus: what cannot be read of it is
// known, and why.
func TestCorpusIsRead(t *testing.T) {
	var total source.Count
	contexts, entries := 0, 0
	for _, name := range corpusFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := readText(t, name, text)
		name = strings.TrimPrefix(name, corpus+"/asa/")
		var here source.Count
		for i := range r.counts {
			here = here.Plus(r.counts[i][0])
		}
		total = total.Plus(here)
		contexts += len(r.configs)
		for _, c := range r.configs {
			for _, l := range c.lists {
				entries += len(l.entries)
			}
		}
		for _, p := range r.problems {
			if p.Kind != source.Ignored {
				t.Logf("%s %s:%d: %s", p.Kind, name, p.Span.Line(), p.Message)
			}
		}
		if want := refused[name].lines; here.Malformed != want {
			t.Errorf("%s: %d lines are malformed, want %d (%s)", name, here.Malformed, want, refused[name].why)
		}
	}
	t.Logf("%d configs, %d entries of lists; %+v", contexts, entries, total)
}
