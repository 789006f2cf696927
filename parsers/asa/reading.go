package asa

import (
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// reading is what was read from the files of an input.
type reading struct {
	configs     []*config
	problems    []source.Problem
	counts      [][]source.Count // of each config, for each file of the input
	assumptions []string         // about the input as a whole
}

// read reads the files of an input.
func read(in dialect.Input) *reading {
	return &reading{configs: []*config{{}}, counts: [][]source.Count{make([]source.Count, len(in.Files))}}
}

// reclassify says what became of the statement at span, where that shows only
// when names are resolved: kind is Undefined or Unsupported.
func (r *reading) reclassify(span source.Span, kind source.ProblemKind) {
	_, _ = span, kind
}
