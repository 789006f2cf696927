package pf

import "github.com/moveit-lint/moveit-lint/rules/source"

// Detect says how well a file looks like a configuration of pf, and why.
func Detect(*source.File) (score int, why string) { return 0, "" }
