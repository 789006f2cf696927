package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// traceCommand follows packets.
type traceCommand struct {
	Args   []string `arg:"" name:"file" help:"Files of one device and then the packet, like 'tcp 203.0.113.7:40000 > 192.0.2.20:445 in eth0'."`
	Flows  string   `help:"Follow the packets of a file, one JSON object a line; - for standard input." placeholder:"FILE"`
	Format string   `help:"text|json (default ${default})." default:"text" enum:"text,json" placeholder:"FORMAT"`
	Local  []string `help:"The device's own addresses." placeholder:"ADDR"`
	Color  string   `help:"auto|always|never." default:"auto" enum:"auto,always,never" placeholder:"WHEN"`

	contextFlag
	siteFlags
	inputFlags
}

// Help returns what there is to know beside the flags.
func (c *traceCommand) Help() string {
	return `What a packet does not give is not known, and a verdict that hangs on it is unknown: its interfaces and ports. Its state is new, its TCP flags are S, an ICMP packet is an echo request.

Each line of --flows gets one answer. That of a line that is no packet has an error, which is said on standard error too; the others are followed, and the exit code is 3. A packet on the command line that is none is 2.`
}

// Run follows the packets.
func (c *traceCommand) Run(p *process) error {
	files, flow := c.Args, ""
	switch {
	case c.Flows == "" && len(files) < 2:
		return usageError("expected a file and a packet like 'tcp 203.0.113.7:40000 > 192.0.2.20:445 in eth0'")
	case c.Flows == "":
		files, flow = files[:len(files)-1], files[len(files)-1]
	case c.Flows == "-" && slices.Contains(files, "-"):
		return usageError("standard input cannot be both the configuration and the packets")
	}
	t, parsed, err := c.tracer(p, files)
	if err != nil {
		return err
	}
	if c.Flows != "" {
		err = c.many(p, t)
	} else {
		err = c.one(p, t, flow)
	}
	if err != nil {
		return err
	}
	return malformed(parsed)
}

// one follows the packet of the command line.
func (c *traceCommand) one(p *process, t *tracer, flow string) error {
	q, err := parseFlow(flow)
	if err != nil {
		return usageError("%v", err)
	}
	trace, err := t.follow(q)
	if err != nil {
		return usageError("%v", err)
	}
	if c.Format == "json" {
		return report.WriteTraceJSON(p.out, nil, trace)
	}
	colors := checkCommand{Color: c.Color}
	return report.WriteTraceText(p.out, nil, trace, report.Options{Color: colors.colored(p)})
}

// tracer reads the files, which are those of one device.
func (c *traceCommand) tracer(p *process, names []string) (*tracer, *parsers.Result, error) {
	d, profile, err := readDevice(p, names, &c.siteFlags, &c.inputFlags)
	if err != nil {
		return nil, nil, err
	}
	r := d.parse(profile)
	device, err := c.contextFlag.one(&r)
	if err != nil {
		return nil, nil, err
	}
	complain(p, d, &r)
	interfaces, routes := told(d.toldOf(device))
	for i, s := range c.Local {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, nil, usageError("--local: %q is no address", s)
		}
		interfaces = append(interfaces, rules.Interface{Name: fmt.Sprintf("local %d", i+1), Addrs: []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}})
	}
	t := &tracer{engine: eval.New(device.Model.With(interfaces, routes)), view: d.view, told: viewOf(c.Path)}
	if t.view == 0 {
		t.view, _ = lint.ViewOf(t.engine.Device(), t.engine, profile)
	}
	return t, &r, nil
}

// readDevice reads the files of one device.
func readDevice(p *process, names []string, sites *siteFlags, inputs *inputFlags) (*device, *site.Profile, error) {
	if err := inputs.validate(); err != nil {
		return nil, nil, err
	}
	s := find(names, inputs.StdinFilename)
	profile, err := sites.load(s.folders(names, inputs))
	if err != nil {
		return nil, nil, err
	}
	files, found := s.read(p, profile.Limits.File)
	files, more := withSiblings(profile, files, profile.Limits.File)
	devices, unclear, _ := inputs.group(profile, files, found)
	if len(devices) == 0 && len(s.failures)+len(more)+len(unclear) == 0 {
		return nil, nil, inputError("%s: there is no configuration", strings.Join(names, " "))
	}
	for _, f := range slices.Concat(s.failures, more, unclear) {
		return nil, nil, inputError("%s: %s", f.File, f.Message)
	}
	first := devices[0]
	for _, d := range devices[1:] {
		if d.dialect.Name != first.dialect.Name {
			return nil, nil, usageError("%s and %s are in different dialects, and so not one device", first.files[0].Name, d.files[0].Name)
		}
		for i, f := range d.files {
			if !slices.Contains(first.files, f) {
				first.files, first.why = append(first.files, f), append(first.why, d.why[i])
			}
		}
		first.told, first.parsed = append(first.told, d.told...), nil
	}
	if len(profile.Devices) == 1 && first.told == nil {
		// The only device of the profile is the one asked about.
		first.parsed = nil
		first.told, first.view = profile.Devices[0].Interfaces, max(first.view, viewOf(profile.Devices[0].Path))
	}
	return first, profile, nil
}
