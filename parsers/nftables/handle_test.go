package nftables_test

import (
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestHandlesOfAListing holds that a listing tells the commands of another file
// which rules they are about, and those of its own file nothing.
func TestHandlesOfAListing(t *testing.T) {
	const listing = "table inet t {\n chain f {\n  type filter hook forward priority 0; policy drop;\n" +
		"  tcp dport 80 accept # handle 2\n  tcp dport 81 accept # handle 3\n }\n}\n"
	for name, c := range map[string]struct{ command, want string }{
		"delete":      {"delete rule inet t f handle 2\n", "81"},
		"delete none": {"delete rule inet t f handle 9\n", "80 81"},
		"replace":     {"replace rule inet t f handle 2 tcp dport 82 accept\n", "82 81"},
		"add":         {"add rule inet t f handle 2 tcp dport 82 accept\n", "80 82 81"},
		"insert":      {"insert rule inet t f position 3 tcp dport 82 accept\n", "80 82 81"},
	} {
		t.Run(name, func(t *testing.T) {
			apart, doubt := portsOf(t, listing, c.command)
			if apart != c.want || doubt {
				t.Errorf("in two files: got rules for ports %s, want %s, and none in doubt", apart, c.want)
			}
			if together, doubt := portsOf(t, listing+c.command); !doubt {
				t.Errorf("in one file: got rules for ports %s, want them in doubt", together)
			}
		})
	}
}

// portsOf returns the ports of the rules of a device's first chain, and whether
// something about them is not known.
func portsOf(t *testing.T, texts ...string) (ports string, doubt bool) {
	t.Helper()
	in := dialect.Input{Name: "device", Limits: dialect.DefaultLimits}
	for _, text := range texts {
		in.Files = append(in.Files, source.NewFile("script", []byte(text)))
	}
	var all []string
	for _, r := range nftables.Parse(in).Devices[0].Model.Chains[0].Rules {
		doubt = doubt || r.Action.Unknown != nil
		words := strings.Fields(r.Span.Text())
		for i, w := range words {
			if w == "dport" {
				all = append(all, words[i+1])
			}
		}
		for _, term := range r.Match {
			doubt = doubt || term.Unknown != nil
		}
	}
	return strings.Join(all, " "), doubt
}
