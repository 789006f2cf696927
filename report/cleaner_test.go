package report

import (
	"bytes"
	"errors"
	"testing"
)

func TestCleaner(t *testing.T) {
	for name, c := range map[string]struct {
		writes []string
		want   string
	}{
		"lines stay":                           {[]string{"a\nb\n"}, "a\nb\n"},
		"terminal commands are written out":    {[]string{"x \x1b[31m\n"}, "x \\x1b[31m\n"},
		"tabs become blanks":                   {[]string{"\tx\n"}, "    x\n"},
		"no line starts like a command":        {[]string{"a\n::error::b\n \t::c\n"}, "a\n\\x3a:error::b\n\\x3a:c\n"},
		"a line may come in pieces":            {[]string{":", ":error\n"}, "\\x3a:error\n"},
		"and a letter":                         {[]string{"\xe2\x80", "\xae\n"}, "\\u{202e}\n"},
		"the last line needs no end":           {[]string{"a\n", "##vso[x]"}, "a\n\\x23#vso[x]"},
		"nothing is nothing":                   {nil, ""},
		"direction that is turned is said":     {[]string{"\u202ecod.exe\n"}, "\\u{202e}cod.exe\n"},
		"bytes that are not UTF-8 are said so": {[]string{"\xff\n"}, "\\xff\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w := NewCleaner(&b)
			for _, s := range c.writes {
				if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
					t.Fatalf("Write(%q) = %d, %v", s, n, err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.want {
				t.Errorf("got %q, want %q", b.String(), c.want)
			}
		})
	}
}

func TestCleanerReportsBrokenPipes(t *testing.T) {
	w := NewCleaner(brokenWriter{})
	if _, err := w.Write([]byte("a\n")); !errors.Is(err, errBroken) {
		t.Errorf("Write: %v", err)
	}
	if _, err := w.Write([]byte("a")); err != nil {
		t.Errorf("Write of half a line: %v", err)
	}
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("Close: %v", err)
	}
}
