package asa

import "github.com/moveit-lint/moveit-lint/rules/source"

// Detect reports how sure it is that a file is of an ASA or a relative, from 0
// to 100, and why.
func Detect(f *source.File) (score int, why string) {
	_ = f
	return 0, ""
}
