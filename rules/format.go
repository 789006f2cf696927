package rules

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Format writes d as text, one rule a line with its place. It is what dump
// prints, and the golden of the parsers' tests.
func (d *Device) Format(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, i := range d.Interfaces {
		fmt.Fprintf(b, "interface %s%s\n", i.Name, i.describe())
	}
	for _, r := range d.Routes {
		fmt.Fprintf(b, "route %v %s\n", r.To, r.describe())
	}
	for _, is := range []struct {
		so   bool
		text string
	}{
		{d.AllInterfaces, "no other interfaces"}, {d.AllRoutes, "no other routes"}, {d.Appliance, "nothing but a firewall"}, {d.Closed, "no packet passes"},
	} {
		if is.so {
			fmt.Fprintln(b, is.text)
		}
	}
	for _, def := range d.Definitions {
		fmt.Fprintf(b, "%s %s%s\n", def.Kind, def.Name, def.describe())
	}
	for _, i := range d.Inspections {
		fmt.Fprintf(b, "inspection %s\n", i.Protocol)
	}
	d.formatPipeline(b)
	for _, c := range d.Chains {
		c.format(b)
	}
	return b.Flush()
}

func (i Interface) describe() string {
	var b strings.Builder
	for _, a := range i.Addrs {
		fmt.Fprintf(&b, " %v", a)
	}
	if i.Dynamic {
		b.WriteString(" dynamic")
	}
	if i.Closed {
		b.WriteString(" closed")
	}
	switch i.Facing {
	case Outside:
		b.WriteString(" outside: " + i.Why)
	case PerhapsOutside:
		b.WriteString(" perhaps outside: " + i.Why)
	case Inside:
		b.WriteString(" inside: " + i.Why)
	case NotTold:
	}
	return b.String()
}

func (r Route) describe() string {
	if r.Out == "" {
		return "discarded"
	}
	return "out " + r.Out
}

func (d Definition) describe() string {
	switch {
	case d.Missing:
		return " not defined"
	case len(d.Addrs) == 1:
		return " " + d.Addrs[0].String()
	case len(d.Addrs) > 1:
		return fmt.Sprintf(" %v and %d more", d.Addrs[0], len(d.Addrs)-1)
	}
	return ""
}

// formatPipeline writes the stages in the order in which packets meet them.
func (d *Device) formatPipeline(b *bufio.Writer) {
	for _, s := range d.Pipeline.Stages() {
		fmt.Fprintf(b, "stage %v", s.Hook)
		if s.Chain != nil {
			b.WriteString(" " + s.Chain.Name)
		}
		if s.Route {
			b.WriteString(" routing")
		}
		if len(s.When) > 0 {
			b.WriteString(" for" + s.When.String())
		}
		b.WriteString("\n")
	}
}

func (c *Chain) format(b *bufio.Writer) {
	fmt.Fprintf(b, "\nchain %s", c.Name)
	if c.Policy.Verdict != Return {
		fmt.Fprintf(b, " policy %v", c.Policy.Verdict)
	}
	b.WriteString("\n")
	for i, r := range c.Rules {
		fmt.Fprintf(b, "%5d  %s", i+1, r)
		if !r.Span.IsZero() {
			fmt.Fprintf(b, "    %s:%d", r.Span.File.Name, r.Span.Line())
		}
		if r.Span.IsZero() || r.Implicit != "" {
			fmt.Fprintf(b, "    (%s)", r.Implicit)
		}
		b.WriteString("\n")
	}
}

// String returns the rule without its place: what it does, and to which
// packets.
func (r *Rule) String() string { return r.Action.String() + r.Match.String() }

// String returns the action: the verdict, and what the packet gets.
func (a Action) String() string {
	var b strings.Builder
	if a.Log {
		b.WriteString("log ")
	}
	if a.Maybe != nil {
		b.WriteString("maybe(" + a.Maybe.Reason + ") ")
	}
	for _, s := range a.Set {
		b.WriteString(s.String() + " ")
	}
	if a.NAT != nil {
		b.WriteString(a.NAT.String() + " ")
	}
	if a.Out != "" {
		b.WriteString("out " + a.Out + " ")
	}
	b.WriteString(a.Verdict.String())
	if a.Tentative {
		b.WriteString(" unless later")
	}
	if a.Target != nil {
		b.WriteString(" " + a.Target.Name)
	}
	if a.Unknown != nil {
		b.WriteString("(" + a.Unknown.Reason + ")")
	}
	return b.String()
}

// String returns the assignment as field=value/mask.
func (s Assign) String() string {
	if s.Field == packet.ConnState {
		return "set state=" + packet.State(s.Value).String()
	}
	if s.Any {
		return fmt.Sprintf("set %v=?/%#x", s.Field, s.Mask)
	}
	text := fmt.Sprintf("set %v=%#x/%#x", s.Field, s.Value, s.Mask)
	if s.Flip != 0 {
		text += fmt.Sprintf("^%#x", s.Flip)
	}
	if s.Copy != 0 {
		text += fmt.Sprintf("^%v&%#x", s.Copy, s.CopyMask)
	}
	return text
}

// String returns what is rewritten.
func (n *NAT) String() string {
	var parts []string
	for _, end := range []struct {
		name string
		to   *packet.Rewrite
	}{{"src", &n.Src}, {"dst", &n.Dst}} {
		switch {
		case end.to.Restore:
			parts = append(parts, end.name+" as it came")
		case !end.to.IsZero():
			parts = append(parts, end.name+" to "+end.to.String())
		}
	}
	return strings.Join(parts, " ")
}

// String returns the terms, each with a blank before it.
func (m Match) String() string {
	var b strings.Builder
	for _, t := range m {
		b.WriteString(" " + t.String())
	}
	return b.String()
}

// String returns the condition in words that no dialect owns.
func (t Term) String() string {
	var parts []string
	if t.Boxes != nil {
		parts = append(parts, t.Boxes.String())
	}
	if t.Unknown != nil {
		text := t.Unknown.Reason
		if t.Unknown.Within != nil {
			text = t.Unknown.Within.String() + " and " + text
		}
		parts = append(parts, "unknown("+text+")")
	}
	text := strings.Join(parts, " or ")
	switch {
	case t.Negated && len(parts) > 1:
		return "not (" + text + ")"
	case t.Negated:
		return "not " + text
	}
	return text
}
