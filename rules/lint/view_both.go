package lint

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Where the last match decides, one list is asked of all that comes in, before
// anybody knows whether it is for the device or passes through, and most of them let
// pass what no rule speaks of. That something gets through does not tell a router
// from a host there: that the rules are about several interfaces does.

// asksEarly reports whether a device has such a list, with a rule that was written.
func asksEarly(d *rules.Device) bool {
	return slices.ContainsFunc(d.Pipeline.Stages(), func(s *rules.Stage) bool {
		if !s.Filters || s.Chain == nil || s.Hook != rules.Ingress && s.Hook != rules.Prerouting {
			return false
		}
		lastMatch, written := false, false
		for _, c := range s.Chain.Reached() {
			for _, r := range c.Rules {
				lastMatch = lastMatch || r.Action.Tentative
				written = written || r.Implicit == ""
			}
		}
		return lastMatch && written
	})
}

// looksLikeRouter reports whether the written rules of a device are about more than
// one interface, the loopback and those that it does not filter aside, or give the
// packets of others another source.
func looksLikeRouter(d *rules.Device) bool {
	names, others := named(d)
	return others || len(names) > 1
}

// namesAny reports whether written rules of a device name one of the interfaces.
func namesAny(d *rules.Device, interfaces []string) bool {
	names, _ := named(d)
	return slices.ContainsFunc(interfaces, func(n string) bool { return names[n] })
}

// named returns the interfaces that the written rules of a device are about, the
// loopback and those that it does not filter aside, and whether some give packets
// another source.
func named(d *rules.Device) (names map[string]bool, sources bool) {
	names = map[string]bool{}
	for _, s := range d.Pipeline.Stages() {
		if s.Chain == nil {
			continue
		}
		for _, c := range s.Chain.Reached() {
			for _, r := range c.Rules {
				if r.Implicit != "" {
					continue
				}
				n := r.Action.NAT
				sources = sources || n != nil && !n.Src.IsZero() && !n.Src.Restore
				collectNames(names, s, r)
			}
		}
	}
	return names, sources
}

// collectNames adds the interfaces that a rule of a stage is about.
func collectNames(names map[string]bool, s *rules.Stage, r *rules.Rule) {
	for i := range r.Match {
		t := &r.Match[i]
		if t.Boxes == nil || t.Negated {
			continue
		}
		t.Boxes.Patterns(func(p packet.Pattern) bool {
			if p.Text != "" && !isLoopback(p.Text) && !skips(s, p.Text) {
				names[p.String()] = true
			}
			return true
		})
	}
}

// isLoopback reports whether a name is that of a loopback interface, or of the
// group of these.
func isLoopback(name string) bool {
	number, is := strings.CutPrefix(name, "lo")
	return is && strings.Trim(number, "0123456789") == ""
}

// skips reports whether a stage is for no packet that comes in and leaves by an
// interface of that name.
func skips(s *rules.Stage, name string) bool {
	f := packet.Flow{In: name, Out: name}
	return slices.ContainsFunc(s.When, func(t rules.Term) bool {
		if t.Boxes == nil || t.Unknown != nil || !slices.ContainsFunc(t.Boxes.Fields(), func(f packet.Field) bool { return f == packet.In || f == packet.Out }) || len(t.Boxes.Fields()) > 1 {
			return false
		}
		holds := t.Boxes.Holds(&f)
		return holds == packet.False && !t.Negated || holds == packet.True && t.Negated
	})
}
