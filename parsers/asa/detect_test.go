package asa

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestCorpusIsDetected holds detection to the corpus: files of this dialect are
// seen to be, and those of others are not.
func TestCorpusIsDetected(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, corpus+"/")
		switch score, why := Detect(source.NewFile(name, text)); {
		case strings.HasSuffix(name, ".md") || strings.HasSuffix(name, ".tsv"):
		case score > 0 && !strings.HasPrefix(name, "asa/") && !strings.HasSuffix(name, ".asa"):
			t.Errorf("%s is taken for one of an ASA: %s", name, why)
		case score == 0 && strings.HasPrefix(name, "asa/"):
			t.Errorf("%s is not seen to be of an ASA", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
