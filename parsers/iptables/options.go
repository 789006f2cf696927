package iptables

import (
	"maps"
	"slices"
	"strings"
)

// optionSpec is what the parser must know of an option to read it.
type optionSpec struct {
	name     string // the first of its names, as save prints it, without dashes
	args     int
	optional int  // further words that may follow
	negates  bool // "!" may stand before it
	free     bool // its word may be anything, an option's name too
}

// module is a match or target extension.
type module struct {
	name    string
	options map[string]*optionSpec // by every name, without dashes
	lower   func(*builder, *use)
}

// newModule returns a module with the options that specs describe: the names,
// separated by "|", then how many words follow, "?" for one more that may
// follow, "!" if it may be negated, '"' if its word is free text.
func newModule(name string, lower func(*builder, *use), specs ...string) *module {
	m := &module{name: name, lower: lower, options: map[string]*optionSpec{}}
	for _, spec := range specs {
		names, form, _ := strings.Cut(spec, " ")
		all := strings.Split(names, "|")
		o := &optionSpec{name: all[0], negates: strings.Contains(form, "!"), free: strings.Contains(form, `"`)}
		o.args = int(form[0] - '0')
		o.optional = strings.Count(form, "?")
		for _, n := range all {
			m.options[n] = o
		}
	}
	return m
}

// tableOf returns modules by their names.
func tableOf(lists ...[]*module) map[string]*module {
	t := map[string]*module{}
	for _, list := range lists {
		for _, m := range list {
			t[m.name] = m
		}
	}
	return t
}

// sortedNames returns the names of a table, for suggestions.
func sortedNames[V any](t map[string]V) []string { return slices.Sorted(maps.Keys(t)) }

// basicOptions are the options that every rule knows (iptables(8), PARAMETERS).
var basicOptions = newModule("", nil,
	"s|source|src 1!", "d|destination|dst 1!", "i|in-interface 1!", "o|out-interface 1!",
	"p|protocol|proto 1!", "f|fragment|fragments 0!", "m|match 1", "j|jump 1", "g|goto 1", "c|set-counters 2",
	"4|ipv4 0", "6|ipv6 0", "n|numeric 0", "v|verbose 0", "x|exact 0", "w|wait 0?", "W|wait-interval 1", "t|table 1", "line-numbers 0", "modprobe 1",
).options

// verbs are the commands (iptables(8), COMMANDS).
var verbs = newModule("", nil,
	"A|append 1", "I|insert 1?", "D|delete 1?", "R|replace 2", "N|new-chain|new 1", "P|policy 2", "F|flush 0?", "X|delete-chain 0?",
	"Z|zero 0??", "E|rename-chain|rename 2", "C|check 1", "L|list 0??", "S|list-rules 0??", "h|help 0?", "V|version 0",
).options

// shortOptions are the one-letter options that take a word, which may be glued
// to them: -ptcp.
const shortOptions = "sdiopjgm"
