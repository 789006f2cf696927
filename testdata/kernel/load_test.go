//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"strings"
)

// blank empties all tables of a legacy program.
const blank = `*raw
:PREROUTING ACCEPT
:OUTPUT ACCEPT
COMMIT
*mangle
:PREROUTING ACCEPT
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
COMMIT
*security
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
COMMIT
`

// program returns the name of the program that loads rulesets of a family.
func (f flavour) program(six bool) string {
	if six {
		return "ip6tables-" + string(f) + "-restore"
	}
	return "iptables-" + string(f) + "-restore"
}

// clear takes every rule and set out of the router and puts the observers in.
func (r *router) clear(f flavour) error {
	if f == legacy {
		for _, six := range []bool{false, true} {
			if err := r.command(blank, f.program(six)); err != nil {
				return fmt.Errorf("empty the tables: %w", err)
			}
		}
	}
	if err := r.command(observers, "nft", "-f", "-"); err != nil {
		return fmt.Errorf("load the observers: %w", err)
	}
	if !r.sets {
		return nil
	}
	// Lists let go of their members when they are emptied; rules that nft has flushed let go of their sets a bit later.
	var err error
	for range 20 {
		if err = r.command("flush\ndestroy\n", "ipset", "restore"); err == nil {
			r.sets = false
			return nil
		}
		r.await()
	}
	return fmt.Errorf("destroy sets: %w", err)
}

// refusal is the word of a program that does not accept a ruleset.
type refusal struct{ err error }

// Error returns what the program said.
func (e *refusal) Error() string { return "refused: " + e.err.Error() }

// Unwrap returns the error of the program.
func (e *refusal) Unwrap() error { return e.err }

// load puts the ruleset into an emptied router. Its error is a refusal where a program does not accept it.
func (r *router) load(s *ruleset, f flavour) error {
	if err := r.clear(f); err != nil {
		return err
	}
	if len(s.Sets) > 0 {
		r.sets = true
		if err := r.command(s.setText(), "ipset", "restore"); err != nil {
			return &refusal{err}
		}
	}
	program := []string{f.program(s.Six)}
	if s.Script {
		program = []string{"nft", "-f", "-"}
	}
	if err := r.command(s.ruleText(), program[0], program[1:]...); err != nil {
		return &refusal{err}
	}
	return nil
}

// ruleText returns the rules as a file.
func (s *ruleset) ruleText() string { return strings.Join(s.Rules, "\n") + "\n" }

// setText returns the sets as a file.
func (s *ruleset) setText() string { return strings.Join(s.Sets, "\n") + "\n" }

// answers loads the ruleset and returns what the kernel does with each of its packets.
func (r *router) answers(s *ruleset, f flavour) ([]kernelAnswer, error) {
	if err := r.load(s, f); err != nil {
		return nil, err
	}
	all := make([]kernelAnswer, 0, len(s.Packets))
	for _, p := range s.Packets {
		a, err := r.ask(p)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
