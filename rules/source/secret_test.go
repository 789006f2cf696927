package source_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

func TestConceal(t *testing.T) {
	for name, c := range map[string]struct {
		text          string
		hidden        [][2]int
		shown, masked string
	}{
		"nothing":              {"abc", nil, "abc", "abc"},
		"an empty run":         {"abc", [][2]int{{1, 1}}, "abc", "abc"},
		"a word":               {"a key z", [][2]int{{2, 5}}, "a *** z", "a * z"},
		"code points":          {"a kéy z", [][2]int{{2, 6}}, "a *** z", "a * z"},
		"bytes that are none":  {"a\xff\xfez", [][2]int{{1, 3}}, "a**z", "a*z"},
		"all of it":            {"key", [][2]int{{0, 3}}, "***", "*"},
		"two":                  {"a b c", [][2]int{{0, 1}, {4, 5}}, "* b *", "* b *"},
		"two in another order": {"a b c", [][2]int{{4, 5}, {0, 1}}, "* b *", "* b *"},
		"side by side":         {"abcd", [][2]int{{1, 2}, {2, 3}}, "a**d", "a*d"},
		"twice":                {"abcd", [][2]int{{1, 3}, {1, 3}}, "a**d", "a*d"},
		"overlapping":          {"abcdef", [][2]int{{3, 5}, {1, 4}}, "a****f", "a*f"},
		"one in another":       {"abcdef", [][2]int{{1, 5}, {2, 3}}, "a****f", "a*f"},
		"one around others":    {"abcdef", [][2]int{{1, 2}, {3, 4}, {0, 6}}, "******", "*"},
		"several lines":        {"a\nbcd\r\ne", [][2]int{{0, 8}}, "*\n***\r\n*", "*\n*\n*"},
	} {
		t.Run(name, func(t *testing.T) {
			f := source.NewFile("f", []byte(c.text))
			for _, h := range c.hidden {
				f.Conceal(h[0], h[1])
			}
			s := f.Span(0, len(c.text))
			if got := s.Shown(); got != c.shown {
				t.Errorf("Shown() = %q, want %q", got, c.shown)
			}
			if got := string(s.Masked()); got != c.masked {
				t.Errorf("Masked() = %q, want %q", got, c.masked)
			}
			if s.Text() != c.text {
				t.Errorf("Text() = %q", s.Text())
			}
			for i := range c.text {
				hidden := false
				for _, h := range c.hidden {
					hidden = hidden || h[0] <= i && i < h[1]
				}
				if f.Hides(i) != hidden {
					t.Errorf("Hides(%d) = %t", i, !hidden)
				}
			}
		})
	}
}

// TestShownPart shows a part of a line that begins or ends in a secret.
func TestShownPart(t *testing.T) {
	f := source.NewFile("f", []byte("a secret z"))
	f.Conceal(2, 8)
	for from := range len(f.Text) {
		for to := from; to <= len(f.Text); to++ {
			if got, want := f.Span(from, to).Shown(), "a ****** z"[from:to]; got != want {
				t.Errorf("[%d:%d] is shown as %q, want %q", from, to, got, want)
			}
		}
	}
	if (source.Span{}).Shown() != "" || (source.Span{}).Masked() != nil {
		t.Error("what is nowhere shows something")
	}
}

// TestConcealAtOnce marks and shows at the same time, as parsers of devices do
// that share a file.
func TestConcealAtOnce(t *testing.T) {
	const lines = 100
	f := source.NewFile("f", []byte(strings.Repeat("key secret\n", lines)))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := lines; n > 0; n-- {
				s := f.Line(n)
				f.Conceal(int(s.Start)+len("key "), int(s.End))
				_ = s.Shown()
			}
		})
	}
	wg.Wait()
	if got, want := f.Span(0, len(f.Text)).Shown(), strings.Repeat("key ******\n", lines); got != want {
		t.Errorf("got %q", got)
	}
}
