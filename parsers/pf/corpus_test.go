package pf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

const corpus = "../../../shared/corpus"

func TestDebugCorpus(t *testing.T) {
	_ = filepath.WalkDir(corpus+"/pf", func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, "README.md") {
			return err
		}
		base := filepath.Base(path)
		if strings.HasPrefix(base, "pfail") || strings.HasPrefix(base, "pfr") {
			return nil
		}
		text, _ := os.ReadFile(path)
		r := read(dialect.Input{Files: []*source.File{source.NewFile(path, text)}, Limits: dialect.DefaultLimits})
		for _, p := range r.problems {
			if p.Kind != source.Ignored {
				t.Logf("%v %v: %s", p.Kind, p.Span.Position(), p.Message)
			}
		}
		t.Logf("%s %v printed=%v %s %+v", base, r.config.language, r.config.printed, r.config.why, r.counts)
		return nil
	})
}
