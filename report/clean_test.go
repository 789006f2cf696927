package report

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain text stays":                       {"tcp/445 [2001:db8::1]:22 # a comment", "tcp/445 [2001:db8::1]:22 # a comment"},
		"letters of all scripts stay":            {"é ü ファイル 🔥 السلام", "é ü ファイル 🔥 السلام"},
		"terminal commands are written out":      {"\x1b[31m\x9b", `\x1b[31m\x9b`},
		"line ends are written out":              {"a\r\nb\tc", `a\x0d\x0ab\x09c`},
		"C1 controls are written out":            {"\u009b31m", `\u{9b}31m`},
		"changed direction is written out":       {"\u202eabc\u2066", `\u{202e}abc\u{2066}`},
		"what cannot be seen is written out":     {"a\u200bb\ufeff\u2028\U000e0041", `a\u{200b}b\u{feff}\u{2028}\u{e0041}`},
		"bytes that are not UTF-8":               {"\xff\xc3", `\xff\xc3`},
		"two marks may join a letter, no more":   {"e\u0301\u0302\u0303\u0304", "e\u0301\u0302" + `\u{303}\u{304}`},
		"no mark joins what stands before":       {"\u0301", `\u{301}`},
		"commands to build servers lose a sign":  {"x ##[error] ##VSO[task.complete]", `x \x23#[error] \x23#VSO[task.complete]`},
		"headings are no commands":               {"## heading", "## heading"},
		"more signs do not bring a command back": {"###[error]", `#\x23#[error]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := clean(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCleanLead(t *testing.T) {
	for text, want := range map[string]string{"::error::x": `\x3a:error::x`, "  ::debug": `\x3a:debug`, "a::b": "a::b", "fw/a.rules": "fw/a.rules"} {
		if got := cleanLead(text); got != want {
			t.Errorf("cleanLead(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "ファ": 4, "e\u0301": 1, "🔥": 2, "\x1b": 4, "é": 1, "ｱ": 1, "\uff21": 2} {
		if got := width(text); got != want {
			t.Errorf("width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		columns int
		want    []string
	}{
		"nothing":                        {"", 10, []string{""}},
		"fits":                           {"one two", 10, []string{"one two"}},
		"breaks at blanks":               {"one two three", 8, []string{"one two", "three"}},
		"long words stay whole":          {"a verylongword b", 5, []string{"a", "verylongword", "b"}},
		"wide characters count two":      {"ファイル ファ", 10, []string{"ファイル", "ファ"}},
		"no line starts with two colons": {"one ::error two", 4, []string{"one ::error", "two"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wrap(c.text, c.columns); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("  a\n\tb  \x1b ", 20); got != `a b \x1b` {
		t.Errorf("got %q", got)
	}
	if got := oneLine(strings.Repeat("ä", 30), 20); utf8.RuneCountInString(got) != 20 || !strings.HasSuffix(got, "…") {
		t.Errorf("got %q", got)
	}
}
