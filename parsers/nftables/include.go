package nftables

import (
	"errors"
	"strings"
)

// errNoInclude says why nothing is included where no files can be opened.
var errNoInclude = errors.New("no files can be included here")

// isPattern reports whether the path of an include has wildcards, so that it
// may stand for no file (glob(3)).
func isPattern(path string) bool { return strings.ContainsAny(path, "*?[") }
