package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

func hashStrings(text string) []string {
	var out []string
	for _, h := range lineHashes(source.NewFile("x", []byte(text))) {
		out = append(out, h.String())
	}
	return out
}

// The vectors are those of the tests of github/codeql-action.
func TestLineHashesAreGitHubs(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"c129715d7a2bc9a3:1"}},
		{"blanks", " a\nb\n  \t\tc\n d", []string{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}},
		{"CRLF", " a\r\nb\r\n  \t\tc\r\n d", []string{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}},
		{"repeated", strings.Repeat("Lorem ipsum dolor sit amet.\n", 10), []string{
			"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4", "a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6",
			"a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hashStrings(c.text); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What GitHub computes for the sample of an export, whose counters are zero.
func TestLineHashesOfAnExport(t *testing.T) {
	const rules = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:MOVEIT - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -j MOVEIT
-A INPUT -j LOG --log-prefix "drop "
-A MOVEIT -s 198.51.100.0/24 -j DROP
-A MOVEIT -p tcp -m multiport --dports 22,443,445 -j ACCEPT
COMMIT
`
	got := hashStrings(rules)
	if got[7] != "8e2f9ea528300ce5:1" || got[10] != "71a03889bcf1bcd5:1" {
		t.Errorf("got %s and %s for lines 8 and 11", got[7], got[10])
	}
	t.Run("counters and dates change nothing", func(t *testing.T) {
		first, second := rules+"# Completed on Mon Jan  1 00:00:00 2024\n", rules+"# Completed on Tue Jan  2 00:00:00 2024\n"
		second = strings.ReplaceAll(second, "[0:0]", "[17:4242]")
		if a, b := hashStrings(first), hashStrings(second); !slices.Equal(a, b) {
			t.Errorf("got %q and %q", a, b)
		}
	})
}

// A lone carriage return ends no line here, and must not shift the hashes.
func TestLineHashesFollowTheLinesOfTheFile(t *testing.T) {
	for _, text := range []string{"a\rb\nc\n", "\ufeffa\nb", "🔥\n\xff\xfe\n", "\n\n\n", "\r\n\r"} {
		f := source.NewFile("x", []byte(text))
		if got := len(lineHashes(f)); got != f.Lines() {
			t.Errorf("%q has %d lines and %d hashes", text, f.Lines(), got)
		}
	}
}

func BenchmarkLineHashes(b *testing.B) {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "[12:345] -A FORWARD -s 10.%d.%d.0/24 -d 192.0.2.20/32 -p tcp -m tcp --dport %d -j ACCEPT\n", i/256%256, i%256, i%65536)
	}
	f := source.NewFile("x", []byte(text.String()))
	b.SetBytes(int64(len(f.Text)))
	for b.Loop() {
		lineHashes(f)
	}
}
