package pf

import (
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// reading is what the files of an input say, and what became of each statement.
type reading struct {
	config      *config
	problems    []source.Problem
	counts      []source.Count // of each file of the input; what an included file says counts where it is included
	assumptions []string       // each a clause without full stop
}

// read reads the files of an input as one configuration, in their order.
func read(in dialect.Input) *reading {
	return &reading{config: &config{}, counts: make([]source.Count, len(in.Files))}
}
