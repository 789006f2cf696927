// Package parsers knows the dialects.
package parsers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/asa"
	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/parsers/iptables"
	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/parsers/pf"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Input is all files of one device.
type Input = dialect.Input

// Limits bound what a configuration may cost.
type Limits = dialect.Limits

// Result is what the files say.
type Result = dialect.Result

// Device is one firewall that the files describe.
type Device = dialect.Device

// ErrNotAllowed is the error of an Input's Open for files outside of the folders
// that it may read from.
var ErrNotAllowed = dialect.ErrNotAllowed

// DefaultLimits are the limits where none are given.
var DefaultLimits = dialect.DefaultLimits

// Dialect is a configuration language.
type Dialect struct {
	Name  string
	Title string
	// Flavours are names that mean this dialect, and more. Its own name is one if it
	// says more on a command line, of what is in one file, than in a profile.
	Flavours []string
	// Detect reports how sure it is that a file is in the dialect, from 0 to 100,
	// and why.
	Detect func(*source.File) (score int, why string)
	Parse  func(Input) Result
	// Beside reports whether a file is no configuration by itself, and stands
	// beside others: a dump of sets. nil: there are no such files.
	Beside func(*source.File) bool
	// Shared says that such a file serves every configuration of the dialect, and
	// not one alone.
	Shared bool
	// Lists says that the configuration may name files that are in no dialect, such
	// as lists of addresses: a profile's device may have some.
	Lists bool
}

// Dialects are all dialects, in the order in which help lists them.
var Dialects = []Dialect{
	{
		Name: "iptables", Title: "iptables-save, ip6tables-save and ipset save", Flavours: []string{"iptables", "ip6tables"},
		Detect: iptables.Detect, Parse: iptables.Parse, Beside: iptables.IsDumpOfSets, Shared: true,
	},
	{
		Name: "nftables", Title: "nft list ruleset, in text or JSON, and nft -f scripts",
		Detect: nftables.Detect, Parse: nftables.Parse,
	},
	{
		Name: "asa", Title: "Cisco ASA, PIX, FWSM running-config and show access-list, FTD access lists",
		Detect: asa.Detect, Parse: asa.Parse, Beside: asa.IsListing,
	},
	{
		Name: "pf", Title: "pf.conf of OpenBSD, FreeBSD and macOS, and pfctl -sr, -sn, -sa", Flavours: []string{"pf-openbsd", "pf-freebsd"},
		Detect: pf.Detect, Parse: pf.Parse, Lists: true,
	},
}

// Names returns the names of dialects and flavours.
func Names() []string {
	var out []string
	for _, d := range Dialects {
		out = append(out, d.Name)
		for _, f := range d.Flavours {
			if f != d.Name {
				out = append(out, f)
			}
		}
	}
	return out
}

// Find returns the dialect of that name, or with that flavour.
func Find(name string) (Dialect, bool) {
	i := slices.IndexFunc(Dialects, func(d Dialect) bool { return d.Name == name || slices.Contains(d.Flavours, name) })
	if i < 0 {
		return Dialect{}, false
	}
	return Dialects[i], true
}

// Detect returns the dialect of a file and why it is taken for that. Where none
// or more than one fits best, it cannot be told.
func Detect(f *source.File) (d Dialect, why string, err error) {
	type vote struct {
		Dialect
		score int
		why   string
	}
	var votes []vote
	for _, x := range Dialects {
		if score, why := x.Detect(f); score > 0 {
			votes = append(votes, vote{x, score, why})
		}
	}
	slices.SortStableFunc(votes, func(a, b vote) int { return cmp.Compare(b.score, a.score) })
	switch {
	case len(votes) == 0:
		return Dialect{}, "", fmt.Errorf("the dialect cannot be told; name it with --dialect (%s)", strings.Join(Names(), ", "))
	case len(votes) > 1 && votes[0].score == votes[1].score:
		return Dialect{}, "", fmt.Errorf("it may be %s or %s; name the dialect with --dialect", votes[0].Name, votes[1].Name)
	}
	return votes[0].Dialect, votes[0].why, nil
}
