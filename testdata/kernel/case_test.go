//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// flavour is one of the two implementations of iptables.
type flavour string

// The flavours, in the order in which they are asked.
const (
	nft    flavour = "nft"
	legacy flavour = "legacy"
)

// ruleset is one ruleset and the packets to try on it.
type ruleset struct {
	Name           string
	Place          string // file and line of the case
	Six            bool   // for ip6tables
	Script         bool   // for nft
	Flavours       []flavour
	AllowUnknown   string   // why the tool need not know; empty: it has to
	MustDoubt      string   // part of the reason for which the tool must not know the answers
	ProgramBug     string   // what the program loads in place of what is written; the tool is not held to that
	MayDoubt       []string // reasons for which the tool may not know an answer
	Varies         bool     // the programs may differ, by chance, where the tool does not know the answer
	AnyTranslation bool     // which address or port of a range is chosen is left to the kernel
	Refused        bool     // the programs have to refuse it
	Sets           []string
	Rules          []string
	Packets        []*testPacket
}

// block is a case as it is written: its keys, and the lines of its sections.
type block struct {
	place    string
	keys     map[string]string
	sections map[string][]string
}

// keys and sections of a case. Every one is optional but the case's name and the rules or a list of conditions.
var (
	caseKeys     = []string{"case", "family", "flavour", "allow-unknown", "unknown", "translation", "refused", "program-bug"}
	caseSections = []string{"ipset", "rules", "each", "packets"}
)

// forwardEach is the ruleset into which each condition of a case without rules is put.
var forwardEach = []string{"*filter", ":FORWARD DROP", "-A FORWARD {} -j ACCEPT", "COMMIT"}

// readCases returns the rulesets of all files of a folder.
func readCases(folder string) ([]*ruleset, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all []*ruleset
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read cases: %w", err)
		}
		sets, err := parseCases(filepath.Base(name), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, sets...)
	}
	return all, nil
}

// parseCases returns the rulesets of a file of cases:
//
//	# a comment
//	case: what it shows
//	family: 4 6                 (default 4) the ruleset is tried in these families
//	flavour: nft                (default nft legacy)
//	allow-unknown: why          the tool's answer may be unknown
//	unknown: part of a reason   the tool's answer has to be unknown, and the reason that it gives is to hold this
//	translation: any            the tool need not know which address or port of a range is taken
//	refused: yes                the programs refuse to load it
//	program-bug: what           the program loads another ruleset than the one that is written: only the kernel is asked
//	ipset:                      for ipset restore
//	  create bad hash:net
//	rules:                      for iptables-restore, without its first two blanks
//	  *filter
//	  :FORWARD DROP
//	  -A FORWARD {} -j ACCEPT
//	  COMMIT
//	each:                       each line is put in the place of {}, for a ruleset of its own
//	  -p tcp -m tcp [!] --dport 80
//	packets:                    see parsePacket
//	  tcp O > D:{80,81} flags=S => forward
//
// A [!] makes two rulesets of one, with and without it. Braces make several packets of one. $O, and the other letters
// of hosts, stand for addresses in rules.
func parseCases(name, text string) ([]*ruleset, error) {
	blocks, err := parseBlocks(name, text)
	if err != nil {
		return nil, err
	}
	var all []*ruleset
	for _, b := range blocks {
		sets, err := b.rulesets()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.place, err)
		}
		all = append(all, sets...)
	}
	return all, nil
}

func parseBlocks(name, text string) ([]*block, error) {
	var blocks []*block
	var section string
	for i, line := range strings.Split(text, "\n") {
		place := fmt.Sprintf("%s:%d", name, i+1)
		content, indented := strings.CutPrefix(line, "  ")
		key, value, found := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case indented && section != "":
			b := blocks[len(blocks)-1]
			b.sections[section] = append(b.sections[section], content)
		case strings.TrimSpace(line) == "", strings.HasPrefix(line, "#"):
		case found && key == "case":
			blocks = append(blocks, &block{place: place, keys: map[string]string{"case": value}, sections: map[string][]string{}})
			section = ""
		case len(blocks) == 0:
			return nil, fmt.Errorf("%s: a case begins with its name", place)
		case found && slices.Contains(caseSections, key) && value == "":
			section = key
		case found && slices.Contains(caseKeys, key):
			blocks[len(blocks)-1].keys[key] = value
			section = ""
		default:
			return nil, fmt.Errorf("%s: %q is neither a key nor in a section", place, line)
		}
	}
	return blocks, nil
}

// rulesets returns the rulesets that the case stands for.
func (b *block) rulesets() ([]*ruleset, error) {
	rules, variants := b.sections["rules"], []string{""}
	if each, ok := b.sections["each"]; ok {
		if rules == nil {
			rules = forwardEach
		}
		variants = nil
		for _, line := range each {
			variants = append(variants, negations(line)...)
		}
	}
	families := strings.Fields(b.keys["family"])
	if len(families) == 0 {
		families = []string{"4"}
	}
	var all []*ruleset
	for _, family := range families {
		for _, v := range variants {
			s, err := b.ruleset(rules, v, family == "6")
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func (b *block) ruleset(rules []string, variant string, six bool) (*ruleset, error) {
	s := &ruleset{
		Name: b.keys["case"], Place: b.place, Six: six, Flavours: []flavour{nft, legacy},
		AllowUnknown: b.keys["allow-unknown"], AnyTranslation: b.keys["translation"] == "any",
		Refused: b.keys["refused"] == "yes", ProgramBug: b.keys["program-bug"], MustDoubt: b.keys["unknown"], Varies: b.keys["unknown"] != "",
	}
	if variant != "" {
		s.Name += "/" + variant
	}
	if six {
		s.Name += " (IPv6)"
	}
	if f := strings.Fields(b.keys["flavour"]); len(f) > 0 {
		s.Flavours = nil
		for _, name := range f {
			s.Flavours = append(s.Flavours, flavour(name))
		}
	}
	for _, line := range rules {
		s.Rules = append(s.Rules, substitute(strings.ReplaceAll(line, "{}", variant), six))
	}
	for _, line := range b.sections["ipset"] {
		s.Sets = append(s.Sets, substitute(line, six))
	}
	for _, line := range b.sections["packets"] {
		for _, one := range braces(line) {
			p, err := parsePacket(one, six)
			if err != nil {
				return nil, err
			}
			s.Packets = append(s.Packets, p)
		}
	}
	return s, nil
}

// negations returns a line with each of its [!] left out and put in.
func negations(line string) []string {
	before, after, found := strings.Cut(line, "[!] ")
	if !found {
		return []string{line}
	}
	var all []string
	for _, rest := range negations(after) {
		all = append(all, before+rest, before+"! "+rest)
	}
	return all
}

// braces returns the lines that a line with alternatives in braces stands for.
func braces(line string) []string {
	before, rest, found := strings.Cut(line, "{")
	if !found {
		return []string{line}
	}
	inside, after, _ := strings.Cut(rest, "}")
	var all []string
	for _, tail := range braces(after) {
		for choice := range strings.SplitSeq(inside, ",") {
			all = append(all, before+choice+tail)
		}
	}
	return all
}
