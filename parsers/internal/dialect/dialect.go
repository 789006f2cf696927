// Package dialect is what a parser is given and what it returns: the same for
// all configuration languages.
package dialect

import (
	"cmp"
	"errors"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Input is all files of one device.
type Input struct {
	Name    string // of the device
	Files   []*source.File
	Flavour string // the flavour of the dialect that the user named; "": as the text shows
	Limits  Limits
	// Open returns the files that an include of the named file asks for, in
	// order; a path with wildcards may stand for none. A relative path counts from the
	// folder of that file, else from those of the input's. One of Files is returned as
	// it is. It reads no file outside of the folders that the user allows: then the
	// error is ErrNotAllowed, whether or not the file is there; of one that is not
	// there it is fs.ErrNotExist. nil: nothing can be included.
	Open func(from, path string) ([]*source.File, error)
	// Interfaces are what the user tells of the interfaces of the device: names,
	// addresses as far as they are told, which way they look. There may be others, and
	// some may be those of another device.
	Interfaces []rules.Interface
	// Default are those of Interfaces by which packets leave that no other route is
	// for, as far as that is told.
	Default []string
}

// ErrNotAllowed is the error of Open for files outside of the folders that it may
// read from.
var ErrNotAllowed = errors.New("the file may not be read")

// Limits bound what a configuration may cost. Past one the parser reports a
// problem with its place, and goes on as if the statement were not understood.
type Limits struct {
	Line      int // bytes of one line
	Nesting   int // chains that call each other
	Expansion int // rules and set members that lists expand to, over all files
}

// DefaultLimits are the limits where none are given.
var DefaultLimits = Limits{Line: 1 << 20, Nesting: 64, Expansion: 4_000_000}

// Result is what the files say.
type Result struct {
	Devices  []Device // one as a rule; each context of an appliance is one; never empty
	Problems []source.Problem
}

// Others returns the models of all devices but one.
func (r *Result) Others(d *rules.Device) []*rules.Device {
	var out []*rules.Device
	for i := range r.Devices {
		if r.Devices[i].Model != d {
			out = append(out, r.Devices[i].Model)
		}
	}
	return out
}

// Device is one firewall that the files describe.
type Device struct {
	Model       *rules.Device
	Context     string         // its name among the devices of the input; empty: the input is one device
	Head        source.Span    // where the input begins to speak of it; zero: at the head of its first file
	Statements  []source.Count // of each file of the input: those that are about this device
	Assumptions []string       // what was assumed of the device, each a clause without full stop
}

// One returns the result of files that describe one firewall.
func One(d Device, problems []source.Problem) Result {
	return Result{Devices: []Device{d}, Problems: problems}
}

// SortProblems puts problems in the order of the files of an input, and of their
// texts.
func SortProblems(problems []source.Problem, in Input) {
	index := map[*source.File]int{}
	for i, f := range in.Files {
		index[f] = i
	}
	slices.SortStableFunc(problems, func(a, b source.Problem) int {
		return cmp.Or(index[a.Span.File]-index[b.Span.File], int(a.Span.Start-b.Span.Start))
	})
}
