package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/moveit"
)

// target is a report that goes to a file.
type target struct {
	report.Format
	file string
}

// targets reads --output.
func (c *checkCommand) targets() ([]target, error) {
	var targets []target
	for _, o := range c.Output {
		name, file, ok := strings.Cut(o, "=")
		format, known := report.Find(name)
		if !ok || !known || file == "" {
			return nil, usageError("--output %s: expected FORMAT=FILE with a format out of %s", o, formatNames())
		}
		targets = append(targets, target{format, file})
	}
	return targets, nil
}

// refuse reports outputs that would overwrite what is read, or each other.
func refuse(targets []target, inputs []string) error {
	taken := map[string]string{}
	for _, name := range inputs {
		taken[resolve(name)] = "it is an input"
	}
	for _, t := range targets {
		if t.file == "-" {
			return usageError("--output %s=-: standard output gets the report of --format", t.Name)
		}
		info, err := os.Stat(t.file)
		if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			continue // a device or a pipe keeps nothing that could be lost
		}
		name := resolve(t.file)
		if why, ok := taken[name]; ok {
			return usageError("--output %s=%s: %s", t.Name, t.file, why)
		}
		taken[name] = "another report goes to the same file"
		for _, input := range inputs {
			if other, statErr := os.Stat(input); err == nil && statErr == nil && os.SameFile(info, other) {
				return usageError("--output %s=%s: it is an input", t.Name, t.file)
			}
		}
	}
	return nil
}

// write writes the report, and those that go to files. One that cannot be written
// keeps no other from it.
func (c *checkCommand) write(p *process, doc *report.Document, targets []target, names *namer) error {
	options := report.Options{Quiet: c.Quiet, Verbose: c.Verbose, HelpURI: helpURI, Relative: names.relative}
	if c.Category != nil {
		options.Category, options.NoCategory = *c.Category, *c.Category == ""
	}
	var failed error
	for _, t := range targets {
		var b bytes.Buffer
		err := t.Write(&b, doc, options)
		if err == nil {
			err = replaceFile(t.file, b.Bytes())
		}
		if err != nil && failed == nil {
			failed = inputError("write %s: %v", t.file, reason(err))
		}
	}
	format, _ := report.Find(c.Format)
	options.Color = c.colored(p)
	if err := format.Write(p.out, doc, options); err != nil {
		return err
	}
	return failed
}

// replaceFile writes a file at once: who reads it sees the old text or the new, and
// a full disk leaves the old.
func replaceFile(name string, text []byte) error {
	mode := fs.FileMode(0o644)
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return writeThrough(name, text)
	case err == nil:
		mode = info.Mode().Perm()
	}
	target := resolve(name)
	beside := fmt.Sprintf("%s.%d.tmp", target, os.Getpid())
	f, err := os.OpenFile(filepath.Clean(beside), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		if info == nil {
			return err
		}
		return writeThrough(name, text) // the folder takes no new file, but the old one may be written
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(beside, target)
	}
	if err != nil {
		_ = os.Remove(beside) // the failure that counts is the first
	}
	return err
}

// writeThrough writes to what a name stands for, as it is: a pipe, or a device.
func writeThrough(name string, text []byte) error {
	f, err := os.OpenFile(filepath.Clean(name), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// colored settles whether the text report has colours.
func (c *checkCommand) colored(p *process) bool {
	switch {
	case c.Color != "auto":
		return c.Color == "always"
	case p.env("NO_COLOR") != "" || p.env("TERM") == "dumb":
		return false
	case p.env("FORCE_COLOR") != "" || p.env("CLICOLOR_FORCE") != "":
		return true
	}
	return p.isTerminal
}

func helpURI(c *lint.Check) string {
	for _, id := range c.Requirements {
		if r, ok := moveit.Find(id); ok {
			return r.URL
		}
	}
	return ""
}
