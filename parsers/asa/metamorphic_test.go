package asa_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// change is a way to write a configuration otherwise that changes nothing of what
// passes.
type change struct {
	name  string
	apply func(lines []string) []string
}

var changes = []change{
	{"line ends with CR", func(lines []string) []string { return each(lines, func(l string) string { return l + "\r" }) }},
	{"no indentation", func(lines []string) []string {
		return each(lines, func(l string) string { return strings.TrimLeft(l, " ") })
	}},
	{"indented as a whole", func(lines []string) []string { return each(lines, func(l string) string { return "   " + l }) }},
	{"definitions last", definitionsLast},
	{"other names", otherNames},
	{"entries twice", entriesTwice},
	{"entries behind the end", behindTheEnd},
	{"sources in halves", inHalves},
	{"members written out", writtenOut},
	{"typed with prompts", withPrompts},
}

// everyChange has each case written in each way, which takes long.
const everyChange = false

// TestChangesOfFormChangeNothing compares what passes by each case and example
// with what passes when it is written otherwise.
func TestChangesOfFormChangeNothing(t *testing.T) {
	texts := map[string]string{}
	for _, s := range scenarios(t, "cases") {
		if s.devices < 2 && s.file != "01-captures" && s.file != "01-edits" {
			texts[s.file+"/"+s.name] = s.text
		}
	}
	files, err := filepath.Glob("../../testdata/examples/asa-*/*.asa")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		if scripted.MatchString(text) {
			continue // what takes away is carried out in order
		}
		read := parseText(t, name, []byte(text))
		if slices.ContainsFunc(read.Problems, func(p source.Problem) bool { return p.Kind == source.Malformed }) {
			continue // it may mean anything
		}
		one := read.Devices
		for i, c := range changes {
			if !strings.HasSuffix(name, ".asa") && (len(name)+i)%4 != 0 && !everyChange {
				continue
			}
			changed := strings.Join(c.apply(strings.Split(text, "\n")), "\n")
			if changed == text || len(one) != 1 {
				continue
			}
			other := parseText(t, name, []byte(changed)).Devices
			if len(other) != 1 {
				t.Errorf("%s, %s: there are %d devices", name, c.name, len(other))
				continue
			}
			if diff := difference(one[0].Model, other[0].Model, rules.Forward, packet.New); diff != "" {
				t.Errorf("%s, %s: %s\n%s", name, c.name, diff, changed)
			}
		}
	}
}

var scripted = regexp.MustCompile(`(?m)^ *(no (access|object|name|route|nat|static|global|network|service|port|group|interface|host|subnet)|clear|changeto|edge)|line \d|[\r\x00\x08]`)

func each(lines []string, f func(string) string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = f(l)
	}
	return out
}

var definition = regexp.MustCompile(`^(object|object-group|time-range) `)

// definitionsLast puts definitions behind whatever uses them.
func definitionsLast(lines []string) []string {
	var first, last []string
	moving := false
	for _, l := range lines {
		if !strings.HasPrefix(l, " ") {
			moving = definition.MatchString(l)
		}
		if moving {
			last = append(last, l)
		} else {
			first = append(first, l)
		}
	}
	return append(first, last...)
}

var defined = regexp.MustCompile(`^(?:object (?:network|service)|object-group \S+|access-list|ipv6 access-list) (\S+)`)

// otherNames gives objects, groups and lists other names, which sort as before.
func otherNames(lines []string) []string {
	names := map[string]bool{}
	for _, l := range lines {
		if m := defined.FindStringSubmatch(l); len(m) > 1 && m[1] != "alert-interval" && m[1] != "deny-flow-max" {
			names[m[1]] = true
		}
	}
	return each(lines, func(l string) string {
		words := strings.Split(l, " ")
		free := slices.IndexFunc(words, func(w string) bool { return w == "remark" || w == "description" })
		for i, w := range words {
			if free >= 0 && i > free {
				break
			}
			if names[w] && i > 0 && (words[0] == "nat" || words[i-1] != "interface") && !slices.Contains([]string{"nameif", "route", "extended", "standard", "advanced", "permit", "deny", "trust"}, words[i-1]) {
				words[i] = w + "-renamed"
			}
		}
		return strings.Join(words, " ")
	})
}

var entryOf = regexp.MustCompile(`^access-list (\S+) (extended )?(permit|deny) `)

// entriesTwice repeats all entries behind the others.
func entriesTwice(lines []string) []string {
	out := slices.Clone(lines)
	for _, l := range lines {
		if entryOf.MatchString(l) {
			out = append(out, l)
		}
	}
	return out
}

var bound = regexp.MustCompile(`^access-group (\S+) (?:in|out) interface \S+$`)

// behindTheEnd adds entries to lists that filter, which begin with one for all
// packets.
func behindTheEnd(lines []string) []string {
	out := slices.Clone(lines)
	text := strings.Join(lines, "\n")
	if strings.Contains(text, " global") || strings.Contains(text, "BVI") || strings.Contains(text, "bridge-group") {
		return lines // behind the list of the interface another is asked
	}
	for _, l := range lines {
		m := bound.FindStringSubmatch(l)
		if len(m) < 2 || !regexp.MustCompile(`(?m)^access-list `+regexp.QuoteMeta(m[1])+` (extended )?(permit|deny)`).MatchString(text) ||
			strings.Count(text, m[1]+" ") != strings.Count(text, "access-list "+m[1]+" ")+strings.Count(text, "access-group "+m[1]+" ") {
			continue
		}
		for _, entry := range []string{"deny ip any any", "permit ip any any", "permit tcp any any eq 445"} {
			out = append(out, "access-list "+m[1]+" extended "+entry)
		}
	}
	return out
}

var fromAny4 = regexp.MustCompile(`^(access-list \S+ (?:extended )?(?:permit|deny) \S+) any4 (.*)$`)

// inHalves makes two entries of each that is for every source of IPv4.
func inHalves(lines []string) []string {
	var out []string
	for _, l := range lines {
		if m := fromAny4.FindStringSubmatch(l); m != nil {
			out = append(out, m[1]+" 128.0.0.0 128.0.0.0 "+m[2], m[1]+" 0.0.0.0 128.0.0.0 "+m[2])
			continue
		}
		out = append(out, l)
	}
	return out
}

var (
	groupHead = regexp.MustCompile(`^object-group network (\S+)$`)
	toGroup   = regexp.MustCompile(`^(access-list \S+ (?:extended )?(?:permit|deny) (?:tcp|udp|ip|icmp|\d+) (?:any|any4|host \S+|\d\S+ \d\S+|object \S+)) object-group (\S+)( .*)?$`)
)

// writtenOut writes the members of groups of addresses in the place of the group.
func writtenOut(lines []string) []string {
	groups, open, bad := map[string][]string{}, "", map[string]bool{}
	for _, l := range lines {
		switch m := groupHead.FindStringSubmatch(l); {
		case m != nil:
			open = m[1]
		case !strings.HasPrefix(l, " "):
			open = ""
		case open == "" || strings.HasPrefix(l, " description"):
		case strings.HasPrefix(l, " network-object "):
			groups[open] = append(groups[open], strings.TrimPrefix(l, " network-object "))
		default:
			bad[open] = true
		}
	}
	var out []string
	for _, l := range lines {
		m := toGroup.FindStringSubmatch(l)
		if len(m) < 3 || bad[m[2]] || len(groups[m[2]]) == 0 {
			out = append(out, l)
			continue
		}
		for _, member := range groups[m[2]] {
			out = append(out, m[1]+" "+member+m[3])
		}
	}
	return out
}

// withPrompts puts the prompts before lines that a terminal shows where they are
// typed.
func withPrompts(lines []string) []string {
	return each(lines, func(l string) string {
		switch {
		case l == "" || strings.ContainsAny(l[:1], "!:") || strings.Contains(l, " Version "):
			return l
		case strings.HasPrefix(l, " "):
			return "edge(config-if)# " + strings.TrimLeft(l, " ")
		}
		return "edge(config)# " + l
	})
}
