package pf

import "github.com/moveit-lint/moveit-lint/parsers/internal/dialect"

// LanguageOf returns in which language files are read.
func LanguageOf(in dialect.Input) string {
	switch read(in).config.language {
	case languageOpenBSD:
		return "openbsd"
	case languageFreeBSD:
		return "freebsd"
	case languageAncient:
		return "ancient"
	}
	return "none"
}
