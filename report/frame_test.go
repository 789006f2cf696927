package report

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// framed returns the frame of the marks, without colours.
func framed(marks ...mark) string {
	var out bytes.Buffer
	b := bufio.NewWriter(&out)
	newFramer(b, newPalette(false), marks).write(marks)
	_ = b.Flush() // into memory: never fails
	return out.String()
}

func TestFrame(t *testing.T) {
	at := func(text string, from, to int) mark {
		return mark{source.NewFile("f", []byte(text)).Span(from, to), "here", true}
	}
	for name, c := range map[string]struct {
		mark mark
		want string
	}{
		"a word":                      {at("ab cd ef", 3, 5), "1 | ab cd ef\n  |    ^^ here\n"},
		"a tab takes four columns":    {at("\tab\tcd", 4, 6), "1 |     ab    cd\n  |           ^^ here\n"},
		"a wide letter takes two":     {at("ファ x", 7, 8), "1 | ファ x\n  |      ^ here\n"},
		"a mark takes none":           {at("e\u0301 x", 4, 5), "1 | e\u0301 x\n  |   ^ here\n"},
		"escapes take their width":    {at("\x1b[1m x", 5, 6), "1 | \\x1b[1m x\n  |         ^ here\n"},
		"a byte order mark is hidden": {at("\ufeffab cd", 6, 8), "1 | ab cd\n  |    ^^ here\n"},
		"CRLF is not shown":           {at("ab\r\ncd", 0, 2), "1 | ab\n  | ^^ here\n"},
		"an empty place has a caret":  {at("ab", 2, 2), "1 | ab\n  |   ^ here\n"},
		"an empty file has a caret":   {at("", 0, 0), "1 | \n  | ^ here\n"},
		"several lines are told":      {at("ab\ncd\nef", 0, 8), "1 | ab\n  | ^^ here (down to line 3)\n"},
		"a secret is stars":           {concealed("é key=ſécret end", "ſécret", "end"), "1 | é key=****** end\n  |              ^^^ here\n"},
		"part of a secret is stars":   {concealed("key=secret end", "secret", "ecr"), "1 | key=****** end\n  |      ^^^ here\n"},
		"a line end is no line":       {at("ab\ncd", 0, 3), "1 | ab\n  | ^^ here\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, _ := strings.Cut(framed(c.mark), "  |\n")
			if got = strings.TrimSuffix(got, "  |\n"); got != c.want {
				t.Errorf("got:\n%swant:\n%s", got, c.want)
			}
		})
	}
}

func TestFrameCutsLongLines(t *testing.T) {
	text := strings.Repeat("left ", 100_000) + "HERE" + strings.Repeat(" right", 100_000)
	f := source.NewFile("f", []byte(text))
	for name, m := range map[string]mark{
		"in the middle": {f.Span(500_000, 500_004), "", true},
		"at the start":  {f.Span(0, 4), "", true},
		"at the end":    {f.Span(len(text)-5, len(text)), "", true},
		"all of it":     {f.Span(0, len(text)), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(framed(m), "\n")
			row, under := lines[2][4:], lines[3][4:]
			if n := width(row); n > frameColumns {
				t.Errorf("the line takes %d columns", n)
			}
			if !strings.Contains(row, "…") {
				t.Errorf("nothing tells that the line is cut: %s", row)
			}
			from := strings.Index(under, "^")
			shown := string([]rune(row)[from : from+4])
			if want := m.span.Text()[:4]; shown != want {
				t.Errorf("the caret stands under %q, want %q", shown, want)
			}
		})
	}
}

func TestFrameShowsALineOnce(t *testing.T) {
	f := source.NewFile("f", []byte("ab cd\nef"))
	got := framed(mark{f.Span(3, 5), "(2) b", true}, mark{f.Span(0, 2), "(1) a", false}, mark{f.Span(6, 8), "(3) c", false})
	want := ` --> f:1:4
  |
1 | ab cd
  | -- (1) a
  |    ^^ (2) b
2 | ef
  | -- (3) c
  |
`
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestFrameOfBadOffsets(t *testing.T) {
	// A place in the middle of a character is a mistake, and no reason to stop.
	f := source.NewFile("f", []byte("ファイル"))
	if got := framed(mark{f.Span(1, 2), "", true}); !strings.Contains(got, "^") {
		t.Errorf("got:\n%s", got)
	}
}
