package main

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// contextFlag chooses a device of an input that describes several.
type contextFlag struct {
	Context string `help:"Context of the appliance, where the files describe several." placeholder:"NAME"`
}

// named returns the devices of that context: all where none is named.
func (f *contextFlag) named(r *parsers.Result) ([]parsers.Device, error) {
	if f.Context == "" {
		return r.Devices, nil
	}
	i := slices.IndexFunc(r.Devices, func(d parsers.Device) bool { return d.Context == f.Context })
	if i >= 0 {
		return r.Devices[i : i+1], nil
	}
	names := contextsOf(r)
	if len(names) == 0 {
		return nil, usageError("--context %s: the input has no contexts", f.Context)
	}
	return nil, usageError("unknown context %q; expected one of %s%s", f.Context, strings.Join(names, ", "), site.DidYouMean(f.Context, names))
}

// one returns the device to look at.
func (f *contextFlag) one(r *parsers.Result) (parsers.Device, error) {
	list, err := f.named(r)
	switch {
	case err != nil:
		return parsers.Device{}, err
	case len(list) > 1:
		return parsers.Device{}, usageError("the input describes several contexts; name one with --context: %s", strings.Join(contextsOf(r), ", "))
	}
	return list[0], nil
}

// contextsOf returns the names of the contexts, in their order.
func contextsOf(r *parsers.Result) []string {
	var names []string
	for _, d := range r.Devices {
		if d.Context != "" {
			names = append(names, d.Context)
		}
	}
	return names
}
