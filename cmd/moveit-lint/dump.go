package main

import (
	"fmt"
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
	for _, x := range r.Problems {
		fmt.Fprintf(p.err, "%s: %s: %s\n", x.Span.Position(), x.Kind, x.Message)
	}
	interfaces, routes := told(d.told)
	return r.Device.With(interfaces, routes).Format(p.out)
}
