package asa_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// shownEntry is a line of "show access-list" with what it was expanded to.
type shownEntry struct {
	list, line string
	words      string   // as the configuration has it
	elements   []string // as the device expanded it; nil: there is nothing to expand
}

var (
	shownLine = regexp.MustCompile(`^( *)access-list (\S+) line (\d+) extended (.*)$`)
	counted   = regexp.MustCompile(` *(\(hitcnt=\d+\)|\(inactive\)|0x[0-9a-f]{8}\s*$)`)
	resolved  = regexp.MustCompile(` \(([A-Za-z0-9.-]+\.[a-z]+|unresolved|resolved)\)`)
)

// shownEntries reads the output of "show access-list".
func shownEntries(text string) (entries []*shownEntry) {
	for line := range strings.Lines(text) {
		m := shownLine.FindStringSubmatch(strings.TrimRight(line, " \r\n"))
		if m == nil {
			continue
		}
		element := strings.TrimSpace(counted.ReplaceAllString(resolved.ReplaceAllString(m[4], ""), ""))
		if m[1] == "" {
			entries = append(entries, &shownEntry{list: m[2], line: m[3], words: element})
			continue
		}
		last := entries[len(entries)-1]
		last.elements = append(last.elements, element)
	}
	return entries
}

// parts are the places of an entry that a name can stand for.
type parts struct{ service, src, srcPort, dst, rest string }

// readParts reads an entry of which a name stands for the service if named.
// Addresses and ports are texts; words behind the destination are the ports or
// messages, and a tail.
func readParts(words string, named bool) parts {
	w := strings.Fields(words)[1:]
	take := func(n int) string {
		n = min(n, len(w))
		s := strings.Join(w[:n], " ")
		w = w[n:]
		return s
	}
	address := func() string {
		switch {
		case len(w) == 0:
			return ""
		case strings.HasPrefix(w[0], "any"):
			return take(1)
		case w[0] == "range":
			return take(3)
		}
		return take(2)
	}
	var p parts
	if named {
		p.service = take(2)
	} else {
		p.service = take(1)
	}
	p.src = address()
	if len(w) > 0 && slices.Contains([]string{"eq", "gt", "lt", "neq"}, w[0]) {
		p.srcPort = take(2)
	} else if len(w) > 3 && w[0] == "range" && !strings.Contains(w[1], ".") {
		p.srcPort = take(3)
	}
	p.dst = address()
	for len(w) > 0 && w[0] != "log" && w[0] != "inactive" {
		p.rest = strings.TrimSpace(p.rest + " " + take(1))
	}
	return p
}

// definitions returns groups and objects that have, each, the members that the
// elements of an entry show in its place: what the device must have had.
func (e *shownEntry) definitions() string {
	first := strings.Fields(e.words)[1]
	named := first == "object" || first == "object-group"
	parent := readParts(e.words, named)
	collect := func(of func(parts) string) (members []string) {
		for _, element := range e.elements {
			if m := of(readParts(element, false)); !slices.Contains(members, m) {
				members = append(members, m)
			}
		}
		return members
	}
	var b strings.Builder
	defineNetwork(&b, parent.src, collect(func(p parts) string { return p.src }))
	defineNetwork(&b, parent.dst, collect(func(p parts) string { return p.dst }))
	if named {
		defineService(&b, parent.service, collect(parts.member))
	}
	if group, ok := strings.CutPrefix(parent.rest, "object-group "); ok {
		fmt.Fprintf(&b, "object-group service %s %s\n", group, parent.service)
		for _, m := range collect(func(p parts) string { return p.rest }) {
			fmt.Fprintf(&b, " port-object %s\n", m)
		}
	}
	return b.String()
}

// member returns protocol, ports and messages as a group of services has them.
func (p parts) member() string {
	s := p.service
	if p.srcPort != "" {
		s += " source " + p.srcPort
	}
	if p.rest != "" && p.service != "icmp" {
		s += " destination"
	}
	return strings.TrimSpace(s + " " + p.rest)
}

// defineNetwork writes what "object NAME" or "object-group NAME" stands for, if
// the address is one of these.
func defineNetwork(b *strings.Builder, address string, members []string) {
	kind, name, _ := strings.Cut(address, " ")
	switch kind {
	case "object":
		defineAddress(b, name, members[0])
	case "object-group":
		for i, m := range members {
			if strings.HasPrefix(m, "range ") || strings.HasPrefix(m, "fqdn ") {
				members[i] = fmt.Sprintf("object %s_%d", name, i)
				defineAddress(b, strings.TrimPrefix(members[i], "object "), m)
			}
		}
		fmt.Fprintf(b, "object-group network %s\n", name)
		for _, m := range members {
			fmt.Fprintf(b, " network-object %s\n", m)
		}
	}
}

// defineAddress writes an object that is one address, as elements have it.
func defineAddress(b *strings.Builder, name, address string) {
	if kind, _, _ := strings.Cut(address, " "); !slices.Contains([]string{"host", "range", "fqdn"}, kind) {
		address = "subnet " + address
	}
	fmt.Fprintf(b, "object network %s\n %s\n", name, address)
}

// defineService writes what "object NAME" or "object-group NAME" stands for.
func defineService(b *strings.Builder, service string, members []string) {
	kind, name, _ := strings.Cut(service, " ")
	if kind == "object" {
		fmt.Fprintf(b, "object service %s\n service %s\n", name, members[0])
		return
	}
	fmt.Fprintf(b, "object-group service %s\n", name)
	for _, m := range members {
		fmt.Fprintf(b, " service-object %s\n", m)
	}
}

// configured returns elements as entries of a list of that name: the ranges of
// addresses and the names that only the device writes become objects.
func configured(name string, elements []string) string {
	var b strings.Builder
	for i, element := range elements {
		p := readParts(element, false)
		for _, a := range []*string{&p.src, &p.dst} {
			if strings.HasPrefix(*a, "range ") || strings.HasPrefix(*a, "fqdn ") {
				object := fmt.Sprintf("%s-%d-%d", name, i, b.Len())
				defineAddress(&b, object, *a)
				*a = "object " + object
			}
		}
		tail := ""
		if strings.Contains(element, " inactive") {
			tail = "inactive"
		}
		verdict := strings.Fields(element)[0]
		line := strings.Join([]string{verdict, p.service, p.src, p.srcPort, p.dst, p.rest, tail}, " ")
		fmt.Fprintf(&b, "access-list %s extended %s\n", name, strings.Join(strings.Fields(line), " "))
	}
	return b.String()
}

// TestOurExpansionIsTheDevices compares what devices print of their lists: each
// entry expanded by us with the elements that the device expanded it to, and the
// output read whole with its elements as a configuration.
//
// The corpus has no capture with both the expansion and the definitions of its
// groups. The members of a group are taken from the elements, each by its place:
// that the entry is the product of them is what is tested.
func TestOurExpansionIsTheDevices(t *testing.T) {
	files, err := filepath.Glob(corpus + "/asa/ntc-templates/show_access-list*.raw")
	if err != nil || len(files) == 0 {
		t.Skip("the corpus is not here")
	}
	plain, products, partial := 0, 0, 0
	for _, name := range files {
		text := read(t, "asa/ntc-templates/"+filepath.Base(name))
		lists := map[string][]string{}
		shown := map[string]int{}
		for _, e := range shownEntries(text) {
			elements := e.elements
			if elements == nil {
				elements = []string{e.words}
			}
			lists[e.list] = append(lists[e.list], elements...)
			shown[e.list]++
			switch {
			case e.elements == nil:
				plain++
				continue
			case filepath.Base(name) == "show_access-list_4.raw":
				partial++ // what the capture leaves out cannot be told
				continue
			}
			products++
			at := fmt.Sprintf("%s, list %s, line %s", filepath.Base(name), e.list, e.line)
			ours := oneList(t, "L", e.definitions()+"access-list L extended "+e.words, rules.Input)
			theirs := oneList(t, "L", configured("L", e.elements), rules.Input)
			if diff := difference(ours, theirs, rules.Input, packet.Untracked); diff != "" {
				t.Errorf("%s: %s\n%s%s", at, diff, e.definitions(), e.words)
			}
		}
		for list, elements := range lists {
			whole := oneList(t, list, text, rules.Input)
			theirs := oneList(t, list, configured(list, elements), rules.Input)
			if diff := difference(whole, theirs, rules.Input, packet.Untracked); diff != "" {
				t.Errorf("%s, list %s: the output (the first) and its elements: %s", filepath.Base(name), list, diff)
			}
		}
	}
	t.Logf("no capture has the definitions of its groups; %d entries have nothing to expand, %d are the product of their members, "+
		"%d are shown in part and compared as a whole only", plain, products, partial)
	if products < 8 {
		t.Errorf("only %d entries were compared", products)
	}
}
