package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// traceCommand follows packets.
type traceCommand struct {
	Args   []string `arg:"" name:"file" help:"Files of one device and then the packet, like 'tcp 203.0.113.7:40000 > 192.0.2.20:445 in eth0'."`
	Flows  string   `help:"Follow the packets of a file, one JSON object a line; - for standard input." placeholder:"FILE"`
	Format string   `help:"text|json." default:"text" enum:"text,json" placeholder:"FORMAT"`
	Local  []string `help:"The device's own addresses." placeholder:"ADDR,..."`
	Color  string   `help:"auto|always|never." default:"auto" enum:"auto,always,never" placeholder:"WHEN"`

	siteFlags
	inputFlags
}

// Run follows the packets.
func (c *traceCommand) Run(p *process) error {
	files, flow := c.Args, ""
	if c.Flows == "" {
		if len(files) < 2 {
			return usageError("expected a file and a packet like 'tcp 203.0.113.7:40000 > 192.0.2.20:445 in eth0'")
		}
		files, flow = files[:len(files)-1], files[len(files)-1]
	}
	e, d, err := c.engine(p, files)
	if err != nil {
		return err
	}
	view := d.view
	if view == 0 {
		view = lint.ViewOf(e.Device(), e)
	}
	follow := func(q *query) (*eval.Trace, error) {
		f, hook, err := q.flow(view, e.Device())
		if err != nil {
			return nil, err
		}
		return e.Walk(e.Arrive(f, hook)), nil
	}
	if c.Flows != "" {
		return c.many(p, follow)
	}
	q, err := parseFlow(flow)
	if err != nil {
		return usageError("%v", err)
	}
	t, err := follow(q)
	if err != nil {
		return usageError("%v", err)
	}
	if c.Format == "json" {
		return report.WriteTraceJSON(p.out, "", t)
	}
	colors := checkCommand{Color: c.Color}
	return report.WriteTraceText(p.out, t, report.Options{Color: colors.colored(p)})
}

// engine reads the files, which are those of one device.
func (c *traceCommand) engine(p *process, names []string) (*eval.Engine, *device, error) {
	d, profile, err := readDevice(p, names, &c.siteFlags, &c.inputFlags)
	if err != nil {
		return nil, nil, err
	}
	r := d.parse(profile)
	for _, x := range r.Problems {
		fmt.Fprintf(p.err, "%s: %s: %s\n", x.Span.Position(), x.Kind, x.Message)
	}
	model := r.Device
	interfaces, routes := told(d.told)
	for i, s := range c.Local {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, nil, usageError("--local: %q is no address", s)
		}
		interfaces = append(interfaces, rules.Interface{Name: fmt.Sprintf("local %d", i+1), Addrs: []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}})
	}
	return eval.New(model.With(interfaces, routes)), d, nil
}

// readDevice reads the files of one device.
func readDevice(p *process, names []string, sites *siteFlags, inputs *inputFlags) (*device, *site.Profile, error) {
	if err := inputs.validate(); err != nil {
		return nil, nil, err
	}
	profile, err := sites.load(names)
	if err != nil {
		return nil, nil, err
	}
	files, found, failures := readInputs(p, names, inputs.StdinFilename, profile.Limits.File)
	files, more := withSiblings(profile, files, profile.Limits.File)
	devices, unclear, _ := inputs.group(profile, files, found)
	if len(devices) == 0 && len(failures)+len(more)+len(unclear) == 0 {
		return nil, nil, inputError("%s: there is no configuration", strings.Join(names, " "))
	}
	for _, f := range slices.Concat(failures, more, unclear) {
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
		first.told = append(first.told, d.told...)
	}
	if len(profile.Devices) == 1 && first.told == nil {
		// The only device of the profile is the one asked about.
		first.told, first.view = profile.Devices[0].Interfaces, max(first.view, viewOf(profile.Devices[0].Path))
	}
	return first, profile, nil
}

func told(list []site.Interface) (interfaces []rules.Interface, routes []rules.Route) {
	for _, i := range list {
		interfaces = append(interfaces, rules.Interface{Name: i.Name, Addrs: i.Addresses, Span: i.Span})
		for _, r := range i.Routes {
			routes = append(routes, rules.Route{To: r, Out: i.Name, Span: i.Span})
		}
	}
	return interfaces, routes
}

// many answers a file of packets line by line, in order.
func (c *traceCommand) many(p *process, follow func(*query) (*eval.Trace, error)) error {
	in := p.in
	if c.Flows != "-" {
		f, err := os.Open(filepath.Clean(c.Flows))
		if err != nil {
			return inputError("%s: %v", c.Flows, reason(err))
		}
		defer f.Close() //nolint:errcheck // nothing was written
		in = f
	}
	out := bufio.NewWriter(p.out)
	lines := bufio.NewScanner(in)
	const longest = 1 << 20
	lines.Buffer(nil, longest)
	number := 0
	for lines.Scan() {
		number++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		q, err := decodeFlow(lines.Bytes())
		if err != nil {
			return inputError("%s:%d: %v", c.Flows, number, err)
		}
		t, err := follow(q)
		if err != nil {
			return inputError("%s:%d: %v", c.Flows, number, err)
		}
		if err := c.answer(out, q.ID, t); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return inputError("%s:%d: %v", c.Flows, number+1, err)
	}
	return out.Flush()
}

func (c *traceCommand) answer(w io.Writer, id string, t *eval.Trace) error {
	if c.Format == "json" {
		return report.WriteTraceJSON(w, id, t)
	}
	if id != "" {
		fmt.Fprintf(w, "%s:\n", id)
	}
	return report.WriteTraceText(w, t, report.Options{})
}

// query is a packet as trace takes it.
type query struct {
	ID       string          `json:"id"`
	In       string          `json:"in"`
	Out      string          `json:"out"`
	Src      string          `json:"src"`
	Dst      string          `json:"dst"`
	Proto    json.RawMessage `json:"proto"`
	SrcPort  *uint16         `json:"sport"`
	DstPort  *uint16         `json:"dport"`
	ICMPType *uint8          `json:"icmpType"`
	ICMPCode *uint8          `json:"icmpCode"`
	TCPFlags *string         `json:"tcpflags"`
	Mark     uint32          `json:"mark"`
	State    string          `json:"state"`
	Hook     string          `json:"hook"`
}

func decodeFlow(line []byte) (*query, error) {
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.DisallowUnknownFields()
	var q query
	if err := d.Decode(&q); err != nil {
		return nil, fmt.Errorf("no packet: %w", err)
	}
	return &q, nil
}

var hooks = map[string]rules.Hook{"": 0, "forward": rules.Forward, "input": rules.Input, "output": rules.Output}

// flow returns the packet, and the way that it is known to go.
func (q *query) flow(view roles.View, d *rules.Device) (packet.Flow, rules.Hook, error) {
	f := packet.Flow{In: q.In, Out: q.Out, Mark: q.Mark}
	hook, ok := hooks[q.Hook]
	if !ok {
		return f, 0, fmt.Errorf("unknown hook %q; expected forward, input or output", q.Hook)
	}
	var err error
	if f.Src, err = netip.ParseAddr(q.Src); err != nil {
		return f, 0, fmt.Errorf("src: %q is no address", q.Src)
	}
	if f.Dst, err = netip.ParseAddr(q.Dst); err != nil {
		return f, 0, fmt.Errorf("dst: %q is no address", q.Dst)
	}
	if f.Src.Is4() != f.Dst.Is4() {
		return f, 0, fmt.Errorf("%s and %s are of different IP versions", q.Src, q.Dst)
	}
	if f.Proto, err = protocolOf(strings.Trim(string(q.Proto), `"`)); err != nil {
		return f, 0, err
	}
	if err := q.fields(&f); err != nil {
		return f, 0, err
	}
	if hook == 0 {
		hook = q.way(view, d)
	}
	return f, hook, nil
}

// fields fills in what hangs on the protocol.
func (q *query) fields(f *packet.Flow) error {
	if f.Proto.HasPorts() {
		f.SrcPort, f.DstPort = 40000, 0
		if q.SrcPort != nil {
			f.SrcPort = *q.SrcPort
		}
		if q.DstPort != nil {
			f.DstPort = *q.DstPort
		}
	}
	if f.Has(packet.ICMPType) {
		f.ICMPType = 8
		if f.Proto == packet.ICMPv6 {
			f.ICMPType = 128
		}
		if q.ICMPType != nil {
			f.ICMPType = *q.ICMPType
		}
		if q.ICMPCode != nil {
			f.ICMPCode = *q.ICMPCode
		}
	}
	if f.Proto == packet.TCP {
		f.TCPFlags = packet.SYN
		if q.TCPFlags != nil {
			flags, err := packet.ParseFlags(*q.TCPFlags)
			if err != nil {
				return err
			}
			f.TCPFlags = flags
		}
	}
	for s := packet.New; s <= packet.Untracked; s++ {
		if q.State == s.String() {
			f.State = s
			return nil
		}
	}
	if q.State != "" {
		return fmt.Errorf("unknown state %q; expected new, established, related, invalid or untracked", q.State)
	}
	return nil
}

// way returns the way of a packet of which neither the question nor the device's
// addresses tell it.
func (q *query) way(view roles.View, d *rules.Device) rules.Hook {
	switch {
	case q.In == "" && (q.Out != "" || view == roles.Host) && q.Out != "":
		return rules.Output
	case view == roles.Host && !tells(d, q.Dst):
		return rules.Input
	}
	return 0
}

// tells reports whether an address of the device is told in the IP version of
// an address.
func tells(d *rules.Device, addr string) bool {
	a, err := netip.ParseAddr(addr)
	return err == nil && slices.ContainsFunc(d.Local(), func(r packet.AddrRange) bool { return r.First.Is4() == a.Is4() })
}

func protocolOf(s string) (packet.Proto, error) {
	for _, p := range []packet.Proto{packet.TCP, packet.UDP, packet.ICMP, packet.ICMPv6, packet.SCTP, packet.DCCP, packet.UDPLite} {
		if strings.EqualFold(p.String(), s) {
			return p, nil
		}
	}
	for name, p := range map[string]packet.Proto{"gre": 47, "esp": 50, "ah": 51, "igmp": 2, "ipip": 4, "ipv6-icmp": packet.ICMPv6, "ospf": 89} {
		if strings.EqualFold(name, s) {
			return p, nil
		}
	}
	var n uint8
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || fmt.Sprint(n) != s {
		return 0, fmt.Errorf("unknown protocol %q; expected a name like tcp or a number", s)
	}
	return packet.Proto(n), nil
}

// parseFlow reads a packet as people write it: "tcp 203.0.113.7:40000 >
// 192.0.2.20:445 in eth0 out eth1 state new".
func parseFlow(s string) (*query, error) {
	words := strings.Fields(s)
	if len(words) < 4 || words[2] != ">" {
		return nil, fmt.Errorf("bad packet %q; expected PROTOCOL ADDRESS[:PORT] > ADDRESS[:PORT] [in NAME] [out NAME] [state STATE] [hook HOOK]", s)
	}
	q := &query{Proto: json.RawMessage(words[0])}
	var err error
	if q.Src, q.SrcPort, err = endOf(words[1]); err != nil {
		return nil, err
	}
	if q.Dst, q.DstPort, err = endOf(words[3]); err != nil {
		return nil, err
	}
	rest := words[4:]
	for i := 0; i+1 < len(rest); i += 2 {
		switch rest[i] {
		case "in":
			q.In = rest[i+1]
		case "out":
			q.Out = rest[i+1]
		case "state":
			q.State = rest[i+1]
		case "hook":
			q.Hook = rest[i+1]
		case "flags":
			q.TCPFlags = &rest[i+1]
		case "type":
			var n uint8
			if _, err := fmt.Sscan(rest[i+1], &n); err != nil {
				return nil, fmt.Errorf("bad ICMP type %q", rest[i+1])
			}
			q.ICMPType = &n
		default:
			return nil, fmt.Errorf("unknown word %q in the packet; expected in, out, state, hook, flags or type", rest[i])
		}
	}
	if len(rest)%2 != 0 {
		return nil, fmt.Errorf("%q needs a value", rest[len(rest)-1])
	}
	return q, nil
}

// endOf reads ADDRESS[:PORT]; an IPv6 address with a port stands in brackets.
func endOf(s string) (addr string, port *uint16, err error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), nil, nil
	}
	if p, err := netip.ParseAddrPort(s); err == nil {
		n := p.Port()
		return p.Addr().String(), &n, nil
	}
	return "", nil, fmt.Errorf("bad address %q; expected ADDRESS or ADDRESS:PORT", s)
}
