package iptables

import (
	"bytes"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// IsDumpOfSets reports whether a file is a dump of sets, "create NAME hash:net",
// without a table, and so without rules.
func IsDumpOfSets(f *source.File) bool {
	sets := false
	for n := 1; n <= f.Lines(); n++ {
		s := f.Line(n)
		line := f.Text[s.Start:s.End]
		if len(line) > 0 && (line[0] == '*' || line[0] == '-') {
			return false
		}
		if !bytes.HasPrefix(line, []byte("create ")) {
			continue
		}
		if words := bytes.Fields(line); len(words) > 2 && bytes.Contains(words[2], []byte(":")) {
			sets = true
		}
	}
	return sets
}
