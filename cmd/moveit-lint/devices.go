package main

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// inputFlags say how inputs are read.
type inputFlags struct {
	Dialect       string `help:"Dialect of the inputs: auto|${dialects}." default:"auto" placeholder:"NAME"`
	Path          string `help:"auto|forward|host: a firewall in front of MOVEit, or the filter of the host itself." default:"auto" placeholder:"VIEW"`
	IncludeRoot   string `help:"Folder that included files may lie in, besides that of the input." placeholder:"DIR"`
	StdinFilename string `help:"Name of the file that - stands for." placeholder:"NAME"`
}

func (f *inputFlags) validate() error {
	if err := knowsDialect(f.Dialect); err != nil {
		return err
	}
	if !slices.Contains([]string{autoName, "forward", "host"}, f.Path) {
		return usageError("unknown path %q; expected auto, forward or host", f.Path)
	}
	return nil
}

// device is the files of one device, and what is known of it.
type device struct {
	name     string
	files    []*source.File
	dialect  parsers.Dialect
	flavour  string
	why      []string // of each file: why it is in that dialect
	view     roles.View
	told     []site.Interface
	declared bool     // the profile says which files are the device's
	assumed  []string // why the files are taken for one device
	root     string   // that included files may lie in; "": the folder of the input

	parsed *parsers.Result // of the first of the files; nil: they were not read
	count  int             // how many files that was
	opened []string        // the names of the files that these include
}

// group sorts files into devices: as the profile says; two that differ in the IP
// version alone are one; what is no device by itself, as an ipset dump, serves
// others; any other file is one by itself. Files that were only found in a folder,
// and are in no dialect, are passed by with a note.
func (f *inputFlags) group(p *site.Profile, files []*source.File, found map[*source.File]bool) (devices []*device, failures []report.Failure, passed []*source.File) {
	named := map[*site.Device]*device{}
	known := declaredBy(p)
	var beside []*device
	var open []unclear
	for _, file := range files {
		told := known.of(file.Name)
		d, err := f.identify(file, told)
		switch {
		case err != nil:
			open = append(open, unclear{file, err})
		case told == nil && d.dialect.Beside != nil && d.dialect.Beside(file):
			beside = append(beside, d)
		case told == nil:
			devices = append(devices, d)
		case named[told] == nil:
			named[told] = d
			devices = append(devices, d)
		case named[told].dialect.Name != d.dialect.Name:
			failures = append(failures, report.Failure{File: file.Name, Message: fmt.Sprintf("the files of device %s are in more than one dialect", told.Name)})
		default:
			named[told].take(d)
		}
	}
	for _, file := range joinLists(open, known, named) {
		if found[file.File] {
			passed = append(passed, file.File)
			continue
		}
		failures = append(failures, report.Failure{File: file.Name, Message: file.err.Error()})
	}
	for told, d := range named {
		d.order(p, told)
	}
	return serve(pair(p, devices), beside), failures, passed
}

// unclear is a file whose dialect cannot be told, and why.
type unclear struct {
	*source.File

	err error
}

// joinLists gives devices the files that the profile puts beside their
// configuration, and that are in no dialect. It returns the others.
func joinLists(lists []unclear, known declared, named map[*site.Device]*device) (others []unclear) {
	for _, file := range lists {
		d := named[known.of(file.Name)]
		if d == nil || !d.dialect.Lists {
			others = append(others, file)
			continue
		}
		d.take(&device{files: []*source.File{file.File}, why: []string{"the site profile puts it beside " + d.files[0].Name}})
	}
	return others
}

// order puts the files of a device in the order in which the profile names them,
// whichever of them the command line names.
func (d *device) order(p *site.Profile, told *site.Device) {
	at := map[string]int{}
	for i, name := range slices.Backward(told.Files) {
		at[resolve(besideProfile(p, name))] = i
	}
	why := map[*source.File]string{}
	for i, f := range d.files {
		why[f] = d.why[i]
	}
	slices.SortStableFunc(d.files, func(a, b *source.File) int { return at[resolve(a.Name)] - at[resolve(b.Name)] })
	for i, f := range d.files {
		d.why[i] = why[f]
	}
}

// take takes over the files of another device.
func (d *device) take(other *device) {
	d.files, d.why = append(d.files, other.files...), append(d.why, other.why...)
}

// serve gives the files that stand beside configurations, and that no device
// claims, to the devices of their dialect: to every one, or to the only one. Where
// there is none that they could be for, they are devices themselves: no input is
// dropped.
func serve(devices, beside []*device) []*device {
	out := devices
	for _, b := range beside {
		var of []*device
		for _, d := range devices {
			if d.dialect.Name == b.dialect.Name {
				of = append(of, d)
			}
		}
		if len(of) == 0 || len(of) > 1 && !b.dialect.Shared {
			out = append(out, b)
			continue
		}
		for _, d := range of {
			d.take(b)
		}
	}
	return out
}

// exportSigns are in the names of files that hold a configuration.
var exportSigns = []string{
	"rules", "iptables", "ip6tables", "ipset", "firewall", "nft", ".v4", ".v6",
	"asa", "pix", "fwsm", "running-config", "startup-config", "show-run", "show_run", ".cfg", ".conf",
}

// notesOn says which of the files that are no configuration are passed by: those
// that no configuration includes.
func notesOn(passed []*source.File, devices []*device) []string {
	var notes []string
	for _, f := range passed {
		name := resolve(f.Name)
		if !slices.ContainsFunc(devices, func(d *device) bool { return slices.Contains(d.opened, name) }) {
			notes = append(notes, passedBy(f))
		}
	}
	return notes
}

// passedBy says that a file that was found in a folder is no configuration. One
// that is empty, and is called like one, may be an export that went wrong.
func passedBy(f *source.File) string {
	base := strings.ToLower(path.Base(f.Name))
	if len(bytes.TrimSpace(f.Text)) == 0 && slices.ContainsFunc(exportSigns, func(s string) bool { return strings.Contains(base, s) }) {
		return f.Name + " is passed by: it is empty, and its name is that of an export, which may have failed"
	}
	return f.Name + " is passed by: it is no configuration of a dialect that is known"
}

func viewOf(name string) roles.View {
	switch name {
	case "forward":
		return roles.Forward
	case "host":
		return roles.Host
	}
	return 0
}

// identify settles the dialect of a file; told is what the profile says of its
// device, nil if nothing.
func (f *inputFlags) identify(file *source.File, told *site.Device) (*device, error) {
	d := &device{name: filepath.Base(file.Name), files: []*source.File{file}, view: viewOf(f.Path), root: f.IncludeRoot}
	dialect, why := f.Dialect, "--dialect says so"
	if told != nil {
		d.name, d.told, d.declared = told.Name, told.Interfaces, true
		if f.Path == autoName {
			d.view = viewOf(told.Path)
		}
		if dialect == autoName {
			dialect, why = told.Dialect, "the site profile says so"
		}
	}
	if dialect == autoName {
		x, why, err := parsers.Detect(file)
		d.dialect, d.why = x, []string{why}
		return d, err
	}
	d.dialect, _ = parsers.Find(dialect)
	d.why = []string{why}
	// A profile's device has files of both IP versions, whatever its dialect is
	// called; --dialect iptables says which one a file is of that does not tell.
	if slices.Contains(d.dialect.Flavours, dialect) && (dialect != d.dialect.Name || dialect == f.Dialect) {
		d.flavour = dialect
	}
	return d, nil
}

// toldOf returns what the profile says of the interfaces of one of the devices: a
// context has no others than those that its configuration names.
func (d *device) toldOf(x parsers.Device) []site.Interface {
	if x.Context == "" {
		return d.told
	}
	return slices.DeleteFunc(slices.Clone(d.told), func(i site.Interface) bool {
		return !slices.ContainsFunc(x.Model.Interfaces, func(own rules.Interface) bool { return own.Name == i.Name })
	})
}

// autoName leaves a choice to the program.
const autoName = "auto"

// knowsDialects reports a dialect of the profile that this program does not know.
func knowsDialects(p *site.Profile) error {
	for i := range p.Devices {
		d := &p.Devices[i]
		if err := knowsDialect(d.Dialect); err != nil {
			return usageError("%s: device %s: %v", d.Span.Position(), d.Name, err)
		}
	}
	return nil
}

func knowsDialect(name string) error {
	if _, ok := parsers.Find(name); !ok && name != autoName {
		return usageError("unknown dialect %q; expected auto|%s", name, dialectNames())
	}
	return nil
}

// withSiblings adds the files that the profile names beside those of the run.
func withSiblings(p *site.Profile, files []*source.File, limit int64) ([]*source.File, []report.Failure) {
	var failures []report.Failure
	known, have := declaredBy(p), map[string]bool{}
	for _, f := range files {
		have[resolve(f.Name)] = true
	}
	for _, f := range slices.Clone(files) {
		d := known.of(f.Name)
		if d == nil {
			continue
		}
		for _, pattern := range d.Files {
			name := besideProfile(p, pattern)
			if have[resolve(name)] {
				continue
			}
			have[resolve(name)] = true
			sibling, err := readFile(name, limit)
			if err != nil {
				failures = append(failures, report.Failure{File: filepath.ToSlash(name), Message: err.Error()})
				continue
			}
			files = append(files, sibling)
		}
	}
	return files, failures
}

// parse reads the files of a device, once.
func (d *device) parse(p *site.Profile) parsers.Result {
	if d.parsed == nil || d.count != len(d.files) {
		include := &opener{root: d.root, files: d.files, limit: p.Limits.File}
		interfaces, defaults := lint.ForParser(p, d.told)
		r := d.dialect.Parse(parsers.Input{
			Name: d.name, Files: d.files, Flavour: d.flavour,
			Limits: parsers.Limits{Line: int(p.Limits.Line), Nesting: p.Limits.Nesting, Expansion: p.Limits.Expansion},
			Open:   include.open, Interfaces: interfaces, Default: defaults,
		})
		d.parsed, d.count, d.opened = &r, len(d.files), include.opened
	}
	return *d.parsed
}
