package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/roles"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// rendering is one policy in one notation.
type rendering struct {
	name   string
	device *rules.Device
	engine *eval.Engine
}

// TestEquivalent reads the folders of testdata/equivalent. The files of one, all
// those whose name begins with "policy", are one policy, in several dialects or
// written in several ways: they let the same packets pass. The lines of
// traffic.txt say which, by one example each.
//
// An appliance has rules of its own for packets of known connections and for those
// that it gets or sends itself: of it only new forwarded packets are compared.
func TestEquivalent(t *testing.T) {
	folders, err := filepath.Glob("../../testdata/equivalent/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			list := renderings(t, folder)
			traffic(t, filepath.Join(folder, "traffic.txt"), list)
			for _, difference := range differences(t, list) {
				t.Error(difference)
			}
		})
	}
}

// TestAppliancesAreCompared finds what an appliance does otherwise, and only that.
func TestAppliancesAreCompared(t *testing.T) {
	const rule = "-A FORWARD -i eth0 -o eth1 -p tcp -m tcp --dport 443 -j ACCEPT\n"
	of := func(name, text string) rendering {
		d := parsed(source.NewFile(name, []byte("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n"+text+"COMMIT\n")))
		return rendering{name, d, eval.New(d)}
	}
	box := func(text string) rendering {
		r := of("policy.asa", text)
		d := *r.device
		d.Appliance, d.AllInterfaces = true, true
		return rendering{r.name, &d, eval.New(&d)}
	}
	replies := "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
	for name, c := range map[string]struct {
		list []rendering
		want string
	}{
		"the same":                       {[]rendering{box(rule), of("policy.iptables.rules", rule)}, ""},
		"replies and its own packets":    {[]rendering{box(replies + "-A INPUT -j ACCEPT\n" + rule), of("policy.iptables.rules", rule)}, ""},
		"interfaces that it has not":     {[]rendering{box(rule), of("policy.iptables.rules", rule+"-A FORWARD -i eth9 -j ACCEPT\n")}, ""},
		"another port":                   {[]rendering{box(rule + "-A FORWARD -i eth0 -p udp -j ACCEPT\n"), of("policy.iptables.rules", rule)}, "policy.asa lets pass what policy.iptables.rules does not"},
		"two appliances":                 {[]rendering{box(rule), box(rule + "-A FORWARD -i eth1 -p udp -j ACCEPT\n")}, "policy.asa lets pass what policy.asa does not"},
		"the replies of those that have": {[]rendering{box(rule), of("a", rule), of("b", replies+rule)}, "b lets pass what a does not"},
	} {
		t.Run(name, func(t *testing.T) {
			got := differences(t, c.list)
			if len(got) > 0 != (c.want != "") || len(got) > 0 && !strings.Contains(got[0], c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// differences returns what the renderings of one policy do not let pass alike.
func differences(t *testing.T, list []rendering) []string {
	t.Helper()
	var hosts, appliances []rendering
	for _, r := range list {
		if r.hasOwnStates() {
			appliances = append(appliances, r)
		} else {
			hosts = append(hosts, r)
		}
	}
	var out []string
	for _, hook := range []rules.Hook{rules.Forward, rules.Input, rules.Output} {
		for _, state := range []packet.State{packet.New, packet.Established, packet.Related, packet.Invalid} {
			out = append(out, differ(t, hosts, eval.Question{Hook: hook, State: state})...)
		}
	}
	if len(appliances) == 0 {
		return out
	}
	q := eval.Question{Hook: rules.Forward, State: packet.New}
	if names := interfacesOf(appliances); names != nil {
		q.Arrive, q.Leave = []*packet.Boxes{packet.Names(packet.In, names...)}, []*packet.Boxes{packet.Names(packet.Out, names...)}
	}
	return append(out, differ(t, slices.Concat(hosts[:min(1, len(hosts))], appliances), q)...)
}

// interfacesOf returns the interfaces that all devices have which name all that
// they have, nil if no device does.
func interfacesOf(list []rendering) []packet.Pattern {
	var names []packet.Pattern
	for _, r := range list {
		if !r.device.AllInterfaces {
			continue
		}
		var own []packet.Pattern
		for _, i := range r.device.Interfaces {
			if p := (packet.Pattern{Text: i.Name}); names == nil || slices.Contains(names, p) {
				own = append(own, p)
			}
		}
		names = own
	}
	return names
}

// hasOwnStates reports whether a device lets replies pass without being told:
// an appliance does, and pf does.
func (r *rendering) hasOwnStates() bool {
	return r.device.Appliance || strings.HasSuffix(r.name, ".pf")
}

// takes reports whether a packet is one that the device can be compared by: all
// others are those that it has interfaces for, of new connections that it forwards.
func (r *rendering) takes(q *query) bool {
	if !r.hasOwnStates() {
		return true
	}
	named := func(name string) bool {
		return !r.device.AllInterfaces || slices.ContainsFunc(r.device.Interfaces, func(i rules.Interface) bool { return i.Name == name })
	}
	return (q.State == "" || q.State == "new") && q.TCPFlags == nil && q.Hook != "input" && q.Hook != "output" && named(q.In) && named(q.Out)
}

func renderings(t *testing.T, folder string) []rendering {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "policy*"))
	if err != nil {
		t.Fatal(err)
	}
	var list []rendering
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := source.NewFile(filepath.Base(path), text)
		dialect, _, err := parsers.Detect(f)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		r := dialect.Parse(parsers.Input{Name: f.Name, Files: []*source.File{f}, Limits: parsers.DefaultLimits})
		for _, p := range r.Problems {
			t.Errorf("%s: %s", p.Span.Position(), p.Message)
		}
		d := r.Devices[0].Model
		if err := d.Validate(); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, rendering{f.Name, d, eval.New(d)})
	}
	if len(list) < 2 {
		t.Fatalf("%s has %d renderings, and needs two", folder, len(list))
	}
	return list
}

// traffic walks every packet of a file through every rendering.
func traffic(t *testing.T, path string, list []rendering) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen, asked := map[string]bool{}, make([]int, len(list))
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		want, words, _ := strings.Cut(line, " ")
		if want != "accept" && want != "drop" {
			t.Fatalf("%s:%d: expected accept or drop, and not %q", path, i+1, want)
		}
		seen[want] = true
		q, err := parseFlow(words)
		if err != nil {
			t.Fatalf("%s:%d: %v", path, i+1, err)
		}
		for i := range list {
			r := &list[i]
			if !r.takes(q) {
				continue
			}
			asked[i]++
			trace, err := (&tracer{engine: r.engine, view: roles.Forward}).follow(q)
			if err != nil {
				t.Fatalf("%s:%d: %v", path, i+1, err)
			}
			got := trace.Verdict
			if accepted := got == rules.Accept; accepted != (want == "accept") || !got.Decides() {
				t.Errorf("%s:%d: %s: %s is %v, want %s", path, i+1, r.name, words, got, want)
			}
		}
	}
	if !seen["accept"] || !seen["drop"] {
		t.Errorf("%s has no packet that is accepted, or none that is dropped", path)
	}
	for i, n := range asked {
		if n == 0 {
			t.Errorf("%s has no packet for %s", path, list[i].name)
		}
	}
}

// differ compares what the renderings let pass, the others with the first.
func differ(t *testing.T, list []rendering, q eval.Question) (out []string) {
	t.Helper()
	if len(list) < 2 {
		return nil
	}
	var engines []*eval.Engine
	for _, r := range list {
		engines = append(engines, r.engine)
	}
	answers, err := eval.AskAll(q, engines...)
	if err != nil {
		t.Fatal(err)
	}
	first := passing(answers[0])
	for i, a := range answers[1:] {
		other := passing(a)
		for _, diff := range []struct {
			set  packet.Set
			what string
		}{
			{first.Minus(other), fmt.Sprintf("%s lets pass what %s does not", list[0].name, list[i+1].name)},
			{other.Minus(first), fmt.Sprintf("%s lets pass what %s does not", list[i+1].name, list[0].name)},
		} {
			if f, outcome, ok := diff.set.Example(); ok {
				out = append(out, fmt.Sprintf("%v, %v: %s: %s %v", q.Hook, q.State, diff.what, f.String(), outcome))
			}
		}
	}
	return out
}

// passing returns the packets that pass without what a device writes on them for
// itself.
func passing(a *eval.Answer) packet.Set {
	s := a.Accepted().Forget(packet.Mark, packet.ConnMark, packet.DstType, packet.SrcType, packet.OrigDstType, packet.OrigSrcType, packet.Pending)
	return s.And(a.Universe().Known(^packet.FieldSet(0)))
}
