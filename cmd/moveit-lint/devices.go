package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
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
	if _, ok := parsers.Find(f.Dialect); !ok && f.Dialect != "auto" {
		return usageError("unknown dialect %q; expected auto, %s", f.Dialect, dialectNames())
	}
	if !slices.Contains([]string{"auto", "forward", "host"}, f.Path) {
		return usageError("unknown path %q; expected auto, forward or host", f.Path)
	}
	return nil
}

// device is the files of one device, and what is known of it.
type device struct {
	name    string
	files   []*source.File
	dialect parsers.Dialect
	flavour string
	why     []string // of each file: why it is in that dialect
	view    roles.View
	told    []site.Interface
	root    string // that included files may lie in; "": the folder of the input
}

// group sorts files into devices: as the profile says; an ipset dump, which is
// no device by itself, serves all others; any other file is one by itself.
// Files that were only found in a folder, and are in no dialect, are passed by
// with a note.
func (f *inputFlags) group(p *site.Profile, files []*source.File, found map[*source.File]bool) (devices []*device, failures []report.Failure, notes []string) {
	named := map[string]*device{}
	var sets []*device
	for _, file := range files {
		d, err := f.identify(file)
		if err != nil && found[file] {
			notes = append(notes, file.Name+" is passed by: it is no configuration of a dialect that is known")
			continue
		}
		if err != nil {
			failures = append(failures, report.Failure{File: file.Name, Message: err.Error()})
			continue
		}
		told, declared := deviceOf(p, file.Name)
		if !declared {
			if isSets(file) {
				sets = append(sets, d)
			} else {
				devices = append(devices, d)
			}
			continue
		}
		if first, ok := named[told.Name]; ok {
			if first.dialect.Name != d.dialect.Name {
				failures = append(failures, report.Failure{File: file.Name, Message: fmt.Sprintf("the files of device %s are in more than one dialect", told.Name)})
				continue
			}
			first.files, first.why = append(first.files, file), append(first.why, d.why...)
			continue
		}
		d.name, d.told = told.Name, told.Interfaces
		if f.Path == "auto" {
			d.view = viewOf(told.Path)
		}
		named[told.Name] = d
		devices = append(devices, d)
	}
	return serve(devices, sets), failures, notes
}

// serve gives the sets of dumps that no device claims to every device. Without
// another device they are one.
func serve(devices, sets []*device) []*device {
	if len(sets) == 0 {
		return devices
	}
	if len(devices) == 0 {
		return sets
	}
	for _, d := range devices {
		for _, s := range sets {
			if d.dialect.Name == s.dialect.Name {
				d.files, d.why = append(d.files, s.files...), append(d.why, s.why...)
			}
		}
	}
	return devices
}

// isSets reports whether a file has no table, and so no rules.
func isSets(f *source.File) bool {
	for n := 1; n <= f.Lines(); n++ {
		if s := f.Line(n); s.End > s.Start && (f.Text[s.Start] == '*' || f.Text[s.Start] == '-') {
			return false
		}
	}
	return true
}

func viewOf(path string) roles.View {
	switch path {
	case "forward":
		return roles.Forward
	case "host":
		return roles.Host
	}
	return 0
}

// identify settles the dialect of a file.
func (f *inputFlags) identify(file *source.File) (*device, error) {
	d := &device{name: filepath.Base(file.Name), files: []*source.File{file}, view: viewOf(f.Path), root: f.IncludeRoot}
	if f.Dialect != "auto" {
		d.dialect, _ = parsers.Find(f.Dialect)
		d.why = []string{"--dialect says so"}
		if f.Dialect != d.dialect.Name || f.Dialect == "iptables" {
			d.flavour = f.Dialect
		}
		return d, nil
	}
	x, why, err := parsers.Detect(file)
	if err != nil {
		return nil, err
	}
	d.dialect, d.why = x, []string{why}
	return d, nil
}

// withSiblings adds the files that the profile names beside those of the run.
func withSiblings(p *site.Profile, files []*source.File, limit int64) ([]*source.File, []report.Failure) {
	var failures []report.Failure
	have := func(name string) bool {
		return slices.ContainsFunc(files, func(f *source.File) bool { return sameFile(f.Name, name) })
	}
	for _, f := range slices.Clone(files) {
		d, ok := deviceOf(p, f.Name)
		if !ok {
			continue
		}
		for _, pattern := range d.Files {
			name := filepath.Join(filepath.Dir(p.Source), pattern)
			if have(name) {
				continue
			}
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

func sameFile(a, b string) bool {
	x, err := filepath.Abs(a)
	y, yErr := filepath.Abs(b)
	return err == nil && yErr == nil && x == y
}

// parse reads the files of a device.
func (d *device) parse(p *site.Profile) parsers.Result {
	include := &opener{root: d.root, files: d.files, limit: p.Limits.File}
	return d.dialect.Parse(parsers.Input{
		Name: d.name, Files: d.files, Flavour: d.flavour,
		Limits: parsers.Limits{Line: int(p.Limits.Line), Nesting: p.Limits.Nesting, Expansion: p.Limits.Expansion},
		Open:   include.open,
	})
}
