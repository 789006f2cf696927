package main

import (
	"fmt"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
)

// dumpCommand prints the model.
type dumpCommand struct {
	Files []string `arg:"" name:"file" help:"Files of one device."`

	contextFlag
	siteFlags
	inputFlags
}

// Run prints the model of the device, or those of all contexts, one after the
// other.
func (c *dumpCommand) Run(p *process) error {
	d, profile, err := readDevice(p, c.Files, &c.siteFlags, &c.inputFlags)
	if err != nil {
		return err
	}
	r := d.parse(profile)
	list, err := c.named(&r)
	if err != nil {
		return err
	}
	complain(p, d, &r)
	w := report.NewCleaner(p.out)
	for i, x := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(list) > 1 {
			fmt.Fprintf(w, "context %s\n", x.Context)
		}
		interfaces, routes := told(d.toldOf(x))
		if err := x.Model.With(interfaces, routes).Format(w); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return malformed(&r)
}

// complain writes what there is to say of the text.
func complain(p *process, d *device, r *parsers.Result) {
	if note := d.disagrees(*r); note != "" {
		p.say("note: %s", note)
	}
	for _, x := range r.Problems {
		p.say("%s: %s: %s", x.Span.Position(), x.Kind, x.Message)
	}
}

// malformed returns the exit code of a text that breaks its grammar: what was
// understood of it is printed all the same.
func malformed(r *parsers.Result) error {
	if hasMalformed(r.Problems) {
		return &status{exitInput, nil}
	}
	return nil
}
