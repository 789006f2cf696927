package main

import (
	"fmt"
	"os"
	"path/filepath"
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
func TestEquivalent(t *testing.T) {
	folders, err := filepath.Glob("../../testdata/equivalent/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			list := renderings(t, folder)
			traffic(t, filepath.Join(folder, "traffic.txt"), list)
			for _, hook := range []rules.Hook{rules.Forward, rules.Input, rules.Output} {
				for _, state := range []packet.State{packet.New, packet.Established, packet.Related, packet.Invalid} {
					sameSets(t, list, eval.Question{Hook: hook, State: state})
				}
			}
		})
	}
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
	seen := map[string]bool{}
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
		for _, r := range list {
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
}

// sameSets compares what the renderings let pass, the others with the first.
func sameSets(t *testing.T, list []rendering, q eval.Question) {
	t.Helper()
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
				t.Errorf("%v, %v: %s: %s %v", q.Hook, q.State, diff.what, f.String(), outcome)
			}
		}
	}
}

// passing returns the packets that pass without what a device writes on them for
// itself.
func passing(a *eval.Answer) packet.Set {
	s := a.Accepted().Forget(packet.Mark, packet.ConnMark, packet.DstType, packet.SrcType, packet.Pending)
	return s.And(a.Universe().Known(^packet.FieldSet(0)))
}
