package iptables

import (
	"errors"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// ipset is a set as "ipset save" prints it.
type ipset struct {
	name    string
	dims    []string // what its members are made of: "ip", "net", "port", "iface", "mac", "mark", "set"
	isNet   bool     // members may be exceptions
	family  int      // of its addresses
	anyFam  bool     // it holds no addresses
	netmask int      // addresses are cut to that length; 0: they are not
	mark    uint32   // mask of marks
	dynamic bool     // members vanish by time, so that others come at run time
	unclear string   // why it is not known what it holds; empty: it is
	members []setMember
	known   map[string]int // the index of each member, by what it says
	span    source.Span
	use     []source.Span
}

// setTypes are the types of sets (ipset(8), SET TYPES).
var setTypes = []string{
	"bitmap:ip", "bitmap:ip,mac", "bitmap:port", "hash:ip", "hash:net", "hash:mac", "hash:ip,mac", "hash:ip,mark", "hash:ip,port", "hash:net,port",
	"hash:net,net", "hash:net,iface", "hash:ip,port,ip", "hash:ip,port,net", "hash:net,port,net", "list:set",
}

// setOptions are the words that follow each option of create and add.
var setOptions = map[string]int{
	"family": 1, "hashsize": 1, "maxelem": 1, "bucketsize": 1, "initval": 1, "netmask": 1, "bitmask": 1, "markmask": 1, "timeout": 1, "counters": 0,
	"comment": 0, "skbinfo": 0, "forceadd": 0, "size": 1, "range": 1, "probes": 1, "resize": 1, "wildcard": 0, "gc": 1, "from": 1, "to": 1, "network": 1,
	"nomatch": 0, "packets": 1, "bytes": 1, "skbmark": 1, "skbprio": 1, "skbqueue": 1, "before": 1, "after": 1,
}

// setVerbs are the commands of ipset, with their old forms.
var setVerbs = map[string]string{
	"create": "create", "-N": "create", "n": "create", "add": "add", "-A": "add", "del": "del", "-D": "del", "flush": "flush", "-F": "flush",
	"destroy": "destroy", "-X": "destroy", "swap": "swap", "-W": "swap", "rename": "rename", "-E": "rename", "COMMIT": "commit",
}

// wordError is what is wrong with one word of a command of ipset.
type wordError struct {
	word    word
	message string
}

// Error says what is wrong.
func (e *wordError) Error() string { return e.message }

// noSuchSet says that the set that w names does not exist.
func noSuchSet(w word) error { return &wordError{w, "the set " + quote(w.text) + " does not exist"} }

// hasSet says that the set that w names exists already.
func hasSet(w word) error { return &wordError{w, "the set " + quote(w.text) + " exists already"} }

// ipsetLine executes one line of an ipset dump.
func (l *lowering) ipsetLine(base int, x *line) {
	words := slices.DeleteFunc(slices.Clone(x.words), func(w word) bool { return w.text == "-exist" || w.text == "-!" })
	at := func(w word) source.Span { return l.file.Span(base+int(w.start), base+int(w.end)) }
	kind := source.ProblemKind(0)
	refuse := func(w word, format string, args ...any) {
		l.report(source.Malformed, at(w), format, args...)
		kind = source.Malformed
	}
	for _, f := range x.faults {
		if strings.Contains(f.message, "quoted") {
			refuse(word{start: f.start, end: f.end}, "%s", f.message)
		}
	}
	whole := l.file.Span(base+int(x.start), base+int(x.end))
	verb := ""
	if len(words) > 0 {
		verb = setVerbs[words[0].text]
	}
	operands := map[string]int{"create": 2, "add": 2, "del": 2, "flush": 0, "destroy": 0, "swap": 2, "rename": 2, "commit": 0}
	switch n, known := operands[verb]; {
	case !known:
		refuse(x.words[0], "expected *TABLE, a command of ipset like create or add, or a comment")
	case len(words) <= n:
		refuse(words[0], "%s needs %s", words[0].text, wordsOf(n))
	default:
		if err := l.changeSet(verb, words[1:], whole, len(words) < len(x.words)); err != nil {
			refuse(wrongWord(err, words[1]), "%s", err)
		}
	}
	l.count(kind)
}

// wrongWord returns the word that an error speaks of, else the word given.
func wrongWord(err error, otherwise word) word {
	var named *wordError
	if errors.As(err, &named) {
		return named.word
	}
	return otherwise
}

// changeSet applies a command to the sets. With exist, as after -exist, a member
// that is there already is replaced, and one that is not there is not missed.
func (l *lowering) changeSet(verb string, args []word, span source.Span, exist bool) error {
	switch verb {
	case "create":
		return l.createSet(args, span, exist)
	case "add", "del":
		s := l.sets[args[0].text]
		if s == nil {
			return noSuchSet(args[0])
		}
		err := l.changeMember(s, verb, args, span, exist)
		if err != nil {
			s.unclear = "a command on ipset " + quote(s.name) + " is not understood"
		}
		return err
	case "flush", "destroy":
		return l.clearSets(verb, args)
	case "swap", "rename":
		return l.moveSet(verb, args[0], args[1])
	}
	return nil
}

// clearSets empties a set, or all, or deletes them.
func (l *lowering) clearSets(verb string, args []word) error {
	if len(args) > 0 && l.sets[args[0].text] == nil {
		return noSuchSet(args[0])
	}
	for name, s := range l.sets {
		if len(args) > 0 && args[0].text != name {
			continue
		}
		s.members, s.known = nil, nil
		if verb == "destroy" {
			delete(l.sets, name)
		}
	}
	return nil
}

// moveSet gives a set another name, or exchanges the names of two.
func (l *lowering) moveSet(verb string, from, to word) error {
	a, b := l.sets[from.text], l.sets[to.text]
	switch {
	case a == nil:
		return noSuchSet(from)
	case verb == "rename" && b != nil:
		return hasSet(to)
	case verb == "rename":
		delete(l.sets, from.text)
	case b == nil:
		return noSuchSet(to)
	case !slices.Equal(a.dims, b.dims) || a.family != b.family:
		return &wordError{to, "only sets of the same type can be swapped"}
	default:
		l.sets[from.text], b.name = b, strings.Clone(from.text)
	}
	l.sets[to.text], a.name = a, strings.Clone(to.text)
	if verb == "rename" {
		l.setOrder = append(l.setOrder, a.name)
	}
	return nil
}

// createSet declares a set. One that is there keeps its members: the command is
// refused, or does nothing where exist says so (ip_set_create in
// ip_set_core.c).
func (l *lowering) createSet(args []word, span source.Span, exist bool) error {
	kind := args[1].text
	if !slices.Contains(setTypes, kind) {
		return &wordError{args[1], "unknown type of set " + quote(kind) + suggest.DidYouMean(kind, setTypes)}
	}
	method, parts, _ := strings.Cut(kind, ":")
	s := &ipset{name: args[0].text, dims: strings.Split(parts, ","), span: span, mark: allBits}
	s.isNet = method == "hash" && slices.Contains(s.dims, "net")
	s.anyFam = !slices.ContainsFunc(s.dims, func(d string) bool { return d == "ip" || d == "net" })
	options, err := readSetOptions(args[2:])
	if err == nil {
		err = s.configure(options)
	}
	if err != nil {
		s.unclear = "the declaration of ipset " + quote(s.name) + " is not understood"
	}
	if old := l.sets[s.name]; old != nil {
		if err == nil && (!exist || !old.alike(s)) {
			err = hasSet(args[0])
		}
		if err != nil {
			old.unclear = "ipset " + quote(s.name) + " is declared twice"
		}
		return err
	}
	l.setOrder = append(l.setOrder, s.name)
	l.sets[s.name] = s
	return err
}

// alike reports whether sets compare in the same way.
func (s *ipset) alike(o *ipset) bool {
	return slices.Equal(s.dims, o.dims) && s.family == o.family && s.netmask == o.netmask && s.mark == o.mark && s.dynamic == o.dynamic
}

// configure applies the options that say how a set compares.
func (s *ipset) configure(options map[string]word) error {
	if v, ok := options["family"]; ok {
		switch v.text {
		case "inet":
		case "inet6":
			s.family = packet.IPv6
		default:
			return &wordError{v, "expected family inet or inet6"}
		}
	}
	if v, ok := options["netmask"]; ok {
		n, err := v.length(128)
		if err != nil || n < 1 {
			return &wordError{v, "expected the length of a prefix"}
		}
		s.netmask = n
	}
	if v, ok := options["markmask"]; ok {
		n, err := v.number(allBits)
		if err != nil {
			return &wordError{v, err.Error()}
		}
		s.mark = uint32(n)
	}
	if _, ok := options["bitmask"]; ok {
		s.unclear = "how the bitmask of ipset " + quote(s.name) + " compares is not modelled"
	}
	_, s.dynamic = options["timeout"]
	return nil
}

// readSetOptions reads options with their words.
func readSetOptions(words []word) (map[string]word, error) {
	options := map[string]word{}
	for i := 0; i < len(words); i++ {
		name := strings.TrimLeft(words[i].text, "-")
		n, known := setOptions[name]
		if !known {
			return nil, &wordError{words[i], "unknown option " + quote(words[i].text) + suggest.DidYouMean(name, sortedNames(setOptions))}
		}
		if name == "comment" && i+1 < len(words) && words[i+1].quoted {
			n = 1 // of a member; that of a set stands alone
		}
		if i+n >= len(words) && n > 0 {
			return nil, &wordError{words[i], words[i].text + " needs a value"}
		}
		options[name] = words[min(i+n, len(words)-1)]
		i += n
	}
	return options, nil
}
