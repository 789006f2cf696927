package source_test

import (
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

func TestPosition(t *testing.T) {
	for name, test := range map[string]struct {
		text         string
		offset       int
		line, column int
	}{
		"start of the file":             {"ab\ncd", 0, 1, 1},
		"second line":                   {"ab\ncd", 4, 2, 2},
		"just past the end":             {"ab\ncd", 5, 2, 3},
		"empty file":                    {"", 0, 1, 1},
		"line after the last line end":  {"ab\n", 3, 2, 1},
		"line end of CRLF":              {"ab\r\ncd", 4, 2, 1},
		"tab counts one":                {"\tx", 1, 1, 2},
		"code points, not bytes":        {"äöx", 4, 1, 3},
		"emoji counts one":              {"🔥x", 4, 1, 2},
		"bytes that are not UTF-8":      {"\xff\xfex", 2, 1, 3},
		"byte order mark counts none":   {"\ufeffx", 3, 1, 1},
		"byte order mark on line 2":     {"a\n\ufeffx", 5, 2, 2},
		"carriage return inside a line": {"a\rb", 2, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			got := source.NewFile("f", []byte(test.text)).Position(test.offset)
			want := source.Position{File: "f", Line: test.line, Column: test.column}
			if got != want {
				t.Errorf("Position(%d) = %v, want %v", test.offset, got, want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	f := source.NewFile("f", []byte("one\r\ntwo\n\nfour"))
	want := []string{"one", "two", "", "four"}
	if f.Lines() != len(want) {
		t.Fatalf("Lines() = %d, want %d", f.Lines(), len(want))
	}
	for i, w := range want {
		if got := f.Line(i + 1).Text(); got != w {
			t.Errorf("Line(%d) = %q, want %q", i+1, got, w)
		}
	}
}

func TestZeroSpanIsNowhere(t *testing.T) {
	var s source.Span
	if !s.IsZero() || s.Text() != "" || s.Line() != 0 || s.Position() != (source.Position{}) {
		t.Errorf("the zero Span is somewhere: %+v", s)
	}
}

func TestApply(t *testing.T) {
	f := source.NewFile("f", []byte("22,443,445"))
	got := source.Apply(f.Text, []source.Edit{
		{Span: f.Span(6, 10), New: ""},
		{Span: f.Span(0, 0), New: "21,"},
	})
	if want := "21,22,443"; string(got) != want {
		t.Errorf("Apply = %q, want %q", got, want)
	}
}

func TestCountIsBalanced(t *testing.T) {
	var c source.Count
	for _, kind := range []source.ProblemKind{0, source.Malformed, source.Undefined, source.Unsupported, source.Ignored} {
		c.Add(kind)
	}
	sum := c.Plus(c)
	if c.Total != 5 || !c.IsBalanced() || sum.Total != 10 || !sum.IsBalanced() {
		t.Errorf("unbalanced: %+v", c)
	}
}
