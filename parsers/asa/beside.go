package asa

import (
	"bytes"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// IsListing reports whether a file is the output of "show access-list" (13.1) and
// nothing else: it shows what lists come to, and not where they filter.
func IsListing(f *source.File) bool {
	headers := 0
	rest := newText(f).clean
	for len(rest) > 0 {
		var row []byte
		row, rest = nextRow(rest)
		words := commandWords(row)
		switch {
		case len(words) > 1 && string(words[0]) == "access-list" && bytes.HasSuffix(words[1], []byte(";")):
			headers++
		case isListRow(words):
		case isVersionRow(row), isConfigRow(words), isAddressRow(words):
			return false
		}
	}
	return headers > 0
}
