package suggest_test

import (
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

func TestNearest(t *testing.T) {
	words := []string{"--dport", "--dports", "--sport", "conntrack", "ACCEPT", "tcp"}
	for _, c := range []struct{ word, want string }{
		{"--dprot", "--dport"},
		{"--sporst", "--sport"},
		{"contrack", "conntrack"},
		{"ACEPT", "ACCEPT"},
		{"tpc", "tcp"},
		{"udp", ""},
		{"completely-different", ""},
		{"", ""},
	} {
		if got, _ := suggest.Nearest(c.word, words); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
