package main

import (
	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
)

// dumpCommand prints the model.
type dumpCommand struct {
	Files []string `arg:"" name:"file" help:"Files of one device."`

	siteFlags
	inputFlags
}

// Run prints the model of the device.
func (c *dumpCommand) Run(p *process) error {
	d, profile, err := readDevice(p, c.Files, &c.siteFlags, &c.inputFlags)
	if err != nil {
		return err
	}
	r := d.parse(profile)
	complain(p, d, &r)
	interfaces, routes := told(d.told)
	w := report.NewCleaner(p.out)
	if err := r.Devices[0].Model.With(interfaces, routes).Format(w); err != nil {
		return err
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
