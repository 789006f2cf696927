package asa_test

import (
	"fmt"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// oneList is a device that does nothing but filter by an access list: what no
// entry matches is dropped. A list says nothing of the interfaces and connections
// of a packet, so that lists and filters of hosts can be compared.
func oneList(tb testing.TB, name, config string, hook rules.Hook) *rules.Device {
	tb.Helper()
	text := "ASA Version 9.12(4)\ninterface GigabitEthernet0/0\n nameif outside\n ip address 198.18.255.1 255.255.255.0\n" +
		config + "\naccess-group " + name + " in interface outside\n"
	r := parseText(tb, name, []byte(text))
	for _, p := range r.Problems {
		if p.Kind == source.Malformed || p.Kind == source.Undefined {
			tb.Errorf("%v: %s", p.Span.Position(), p.Message)
		}
	}
	for _, c := range r.Devices[0].Model.Chains {
		if c.Name != "access-list "+name {
			continue
		}
		list := *c
		base := &rules.Chain{
			Name: "base", Policy: rules.Action{Verdict: rules.Drop}, Implicit: "what no entry matches",
			Rules: []*rules.Rule{{Action: rules.Action{Verdict: rules.Jump, Target: &list}, Implicit: "the list"}},
		}
		d := &rules.Device{
			Name: name, Chains: []*rules.Chain{base, &list},
			Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: &rules.Stage{Hook: hook, Chain: base, Filters: true, Next: []rules.Edge{{}}}}}},
		}
		if err := d.Validate(); err != nil {
			tb.Fatal(err)
		}
		return d
	}
	tb.Fatalf("there is no list %s: %v", name, r.Problems)
	return nil
}

// difference returns in what packets of a state two devices differ, and an
// example.
func difference(a, b *rules.Device, hook rules.Hook, state packet.State, within ...*packet.Boxes) string {
	answers, err := eval.AskAll(eval.Question{Hook: hook, State: state, Nodes: 2_000_000, Arrive: within}, eval.New(a), eval.New(b))
	if err != nil {
		return err.Error()
	}
	one, other := passing(answers[0]), passing(answers[1])
	for _, diff := range []struct {
		set  packet.Set
		what string
	}{
		{one.Can().Minus(other.Can()), "only the first may let pass"},
		{other.Can().Minus(one.Can()), "only the second may let pass"},
		{one.Always().Minus(other.Always()), "only the first is sure to let pass"},
		{other.Always().Minus(one.Always()), "only the second is sure to let pass"},
	} {
		if f, _, ok := diff.set.Example(); ok {
			return fmt.Sprintf("%s %s", diff.what, f.String())
		}
	}
	return ""
}

// passing returns the packets that pass, without what a device writes on them
// for itself.
func passing(a *eval.Answer) packet.Set {
	s := a.Accepted().Forget(packet.Mark, packet.ConnMark, packet.DstType, packet.SrcType, packet.Pending)
	return s.And(a.Universe().Known(^packet.FieldSet(0)))
}
