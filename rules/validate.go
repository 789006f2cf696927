package rules

import (
	"fmt"
	"slices"
)

// Validate reports the first way in which d is not a well-formed model. Tests
// of parsers call it; a Device that a parser returns is always valid.
func (d *Device) Validate() error {
	known := map[*Chain]bool{}
	names := map[string]bool{}
	for _, c := range d.Chains {
		if c.Name == "" || names[c.Name] {
			return fmt.Errorf("chain name %q is empty or not unique", c.Name)
		}
		known[c], names[c.Name] = true, true
	}
	if s := d.Pipeline.circle(); s != nil {
		return fmt.Errorf("a stage of the %v hook leads back to itself", s.Hook)
	}
	for _, s := range d.Pipeline.Stages() {
		if s.Chain != nil && !known[s.Chain] {
			return fmt.Errorf("a stage of the %v hook runs chain %q, which the device does not list", s.Hook, s.Chain.Name)
		}
		if s.Chain != nil && !s.Chain.Policy.Verdict.Decides() {
			return fmt.Errorf("chain %q ends a stage with %v", s.Chain.Name, s.Chain.Policy.Verdict)
		}
	}
	for _, c := range d.Chains {
		for i, r := range c.Rules {
			if err := r.validate(known); err != nil {
				return fmt.Errorf("rule %d of chain %q: %w", i+1, c.Name, err)
			}
		}
	}
	if c := d.cycle(); c != nil {
		return fmt.Errorf("chain %q can reach itself", c.Name)
	}
	return nil
}

func (r *Rule) validate(known map[*Chain]bool) error {
	a := r.Action
	calls := a.Verdict == Jump || a.Verdict == Goto
	switch {
	case calls != (a.Target != nil):
		return fmt.Errorf("verdict %v with target %v", a.Verdict, a.Target != nil)
	case calls && !known[a.Target]:
		return fmt.Errorf("calls chain %q, which the device does not list", a.Target.Name)
	case (a.Verdict == Undecided) != (a.Unknown != nil):
		return fmt.Errorf("verdict %v with unknown %v", a.Verdict, a.Unknown != nil)
	case a.Tentative && !a.Verdict.Decides():
		return fmt.Errorf("tentative %v", a.Verdict)
	case r.Span.IsZero() && r.Implicit == "":
		return fmt.Errorf("neither written nor implied")
	}
	if err := a.validateChange(); err != nil {
		return err
	}
	return r.Match.validate()
}

// validateChange looks at what the action makes of a packet.
func (a Action) validateChange() error {
	switch {
	case a.NAT != nil && (a.NAT.Src.Contradicts() || a.NAT.Dst.Contradicts()):
		return fmt.Errorf("an end that gets back what it had, and something new")
	case a.Maybe != nil && !a.Changes():
		return fmt.Errorf("changes maybe nothing")
	case a.Maybe == nil && slices.ContainsFunc(a.Set, func(s Assign) bool { return s.Any }):
		return fmt.Errorf("assigns what is not known, and does not say on what that hangs")
	case a.Tentative && a.NAT != nil && a.Verdict != Accept:
		return fmt.Errorf("verdict %v, unless later, of a packet that is translated", a.Verdict)
	case a.Out != "" && a.Verdict != Accept && a.Verdict != Continue:
		return fmt.Errorf("verdict %v of a packet that leaves by %q", a.Verdict, a.Out)
	}
	return nil
}

func (m Match) validate() error {
	for i, t := range m {
		switch {
		case t.Boxes == nil && t.Unknown == nil:
			return fmt.Errorf("term %d is nothing", i+1)
		case t.Unknown != nil && (t.Unknown.Reason == "" || t.Unknown.Key == ""):
			return fmt.Errorf("term %d is unknown without a reason", i+1)
		}
	}
	return nil
}

// circle returns a stage that a packet can come to twice, nil if there is none.
func (p Pipeline) circle() *Stage {
	place := map[*Stage]int{}
	stages := p.Stages()
	for i, s := range stages {
		place[s] = i
	}
	for i, s := range stages {
		for _, edge := range s.Next {
			if edge.To != nil && place[edge.To] <= i {
				return s
			}
		}
	}
	return nil
}

// cycle returns a chain that can reach itself, nil if there is none. It does
// not recurse, so that no depth of calls can exhaust the stack.
func (d *Device) cycle() *Chain {
	const (
		open = 1
		done = 2
	)
	type frame struct {
		chain *Chain
		next  int
	}
	state := map[*Chain]int{}
	for _, start := range d.Chains {
		if state[start] != 0 {
			continue
		}
		stack := []frame{{chain: start}}
		state[start] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(top.chain.Rules) {
				state[top.chain] = done
				stack = stack[:len(stack)-1]
				continue
			}
			target := top.chain.Rules[top.next].Action.Target
			top.next++
			if target == nil || state[target] == done {
				continue
			}
			if state[target] == open {
				return target
			}
			state[target] = open
			stack = append(stack, frame{chain: target})
		}
	}
	return nil
}
