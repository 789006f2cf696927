package iptables

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
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

// setMember is one member of a set.
type setMember struct {
	parts    []setPart
	except   bool // "nomatch"
	wildcard bool // the interface is the beginning of a name
	expires  bool
	span     source.Span
}

// setPart is one dimension of a member.
type setPart struct {
	addrs packet.AddrRange
	ports packet.Range
	proto packet.Proto
	icmp  *icmpType
	name  string // interface or set
	bits  int    // of a network
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
		return l.createSet(args, span)
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
		for name, s := range l.sets {
			if len(args) > 0 && args[0].text != name {
				continue
			}
			s.members, s.known = nil, nil
			if verb == "destroy" {
				delete(l.sets, name)
			}
		}
	case "swap", "rename":
		a, b := l.sets[args[0].text], l.sets[args[1].text]
		if a == nil {
			return noSuchSet(args[0])
		}
		delete(l.sets, args[0].text)
		if verb == "swap" && b != nil {
			l.sets[args[0].text], b.name = b, args[0].text
		}
		l.sets[args[1].text], a.name = a, args[1].text
	}
	return nil
}

func (l *lowering) createSet(args []word, span source.Span) error {
	kind := args[1].text
	if !slices.Contains(setTypes, kind) {
		return &wordError{args[1], "unknown type of set " + quote(kind) + suggest.DidYouMean(kind, setTypes)}
	}
	method, parts, _ := strings.Cut(kind, ":")
	s := &ipset{name: args[0].text, dims: strings.Split(parts, ","), span: span, mark: allBits}
	s.isNet = method == "hash" && slices.Contains(s.dims, "net")
	s.anyFam = !slices.ContainsFunc(s.dims, func(d string) bool { return d == "ip" || d == "net" })
	if l.sets[s.name] == nil {
		l.setOrder = append(l.setOrder, s.name)
	}
	l.sets[s.name] = s
	options, err := readSetOptions(args[2:])
	if err == nil {
		err = s.configure(options)
	}
	if err != nil {
		s.unclear = "the declaration of ipset " + quote(s.name) + " is not understood"
	}
	return err
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
		n, err := strconv.Atoi(v.text)
		if err != nil || n < 1 || n > 128 {
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

// changeMember adds a member or deletes one.
func (l *lowering) changeMember(s *ipset, verb string, args []word, span source.Span, exist bool) error {
	if verb == "del" {
		return s.remove(args[1], exist)
	}
	if !l.mayExpand() {
		return &wordError{args[1], fmt.Sprintf("sets and lists hold more than %d members; this one is left out", l.limits.Expansion)}
	}
	options, err := readSetOptions(args[2:])
	if err != nil {
		return err
	}
	m := setMember{span: span, expires: s.dynamic}
	if t, ok := options["timeout"]; ok {
		m.expires = t.text != "0"
	}
	_, m.except = options["nomatch"]
	_, m.wildcard = options["wildcard"]
	if m.parts, err = s.parts(args[1]); err != nil {
		return err
	}
	return s.add(m, args[1], exist)
}

// parts reads a member.
func (s *ipset) parts(w word) ([]setPart, error) {
	rest := w.list()
	if len(rest) != len(s.dims) {
		return nil, &wordError{w, fmt.Sprintf("bad member %s; expected %s", quote(w.text), strings.Join(s.dims, ","))}
	}
	parts := make([]setPart, len(rest))
	for i, dim := range s.dims {
		p, err := s.part(dim, rest[i])
		if err != nil {
			return nil, &wordError{rest[i], err.Error()}
		}
		parts[i] = p
	}
	return parts, nil
}

// add adds a member. One that says the same of the same packets is refused, or
// gives way where exist says so.
func (s *ipset) add(m setMember, w word, exist bool) error {
	key := m.key()
	if s.known == nil {
		s.known = map[string]int{}
	}
	at, found := s.known[key]
	switch {
	case !found:
		s.known[key] = len(s.members)
		s.members = append(s.members, m)
	case exist:
		s.members[at] = m
	default:
		return &wordError{w, "the set has the member " + quote(w.text) + " already"}
	}
	return nil
}

// remove deletes a member.
func (s *ipset) remove(w word, exist bool) error {
	parts, err := s.parts(w)
	if err != nil {
		return err
	}
	key := (&setMember{parts: parts}).key()
	at, found := s.known[key]
	switch {
	case found:
		last := len(s.members) - 1
		s.known[s.members[last].key()] = at
		s.members[at] = s.members[last]
		s.members = s.members[:last]
		delete(s.known, key)
	case !exist:
		return &wordError{w, "the set has no member " + quote(w.text)}
	}
	return nil
}

// key returns what tells a member from others.
func (m *setMember) key() string {
	var b []byte
	for i := range m.parts {
		p := &m.parts[i]
		b = fmt.Appendf(b, "%v %d %v %s", p.addrs, p.proto, p.ports, p.name)
		if p.icmp != nil {
			b = fmt.Appendf(b, " %v", *p.icmp)
		}
		b = append(b, ',')
	}
	return string(b)
}

// part reads one dimension of a member.
func (s *ipset) part(dim string, w word) (setPart, error) {
	switch dim {
	case "ip", "net":
		return s.addrPart(w)
	case "port":
		return portPart(w, s.family)
	case "mark":
		n, err := w.number(allBits)
		return setPart{ports: packet.One(uint32(n))}, err
	default:
		return setPart{name: strings.Clone(w.text)}, nil
	}
}

func (s *ipset) addrPart(w word) (setPart, error) {
	if strings.Contains(w.text, "-") {
		r, err := w.addrRange(s.family)
		return setPart{addrs: r, bits: r.First.BitLen()}, err
	}
	host, length, has := w.cut('/')
	a, err := host.addr(s.family)
	if err != nil {
		return setPart{}, err
	}
	bits := a.BitLen()
	if has {
		n, err := strconv.Atoi(length.text)
		if err != nil || n < 0 || n > bits {
			return setPart{}, &valueError{length, fmt.Sprintf("a prefix length from 0 to %d", bits)}
		}
		bits = n
	}
	if s.netmask > 0 && s.netmask < bits {
		bits = s.netmask
	}
	return setPart{addrs: packet.PrefixRange(netip.PrefixFrom(a, bits)), bits: bits}, nil
}

// portPart reads [proto:]port[-port], or icmp:type/code, or proto:0.
func portPart(w word, family int) (setPart, error) {
	p := setPart{proto: packet.TCP}
	name, port, has := w.cut(':')
	if !has {
		port = w
	} else {
		number, ok := names.Protocol(name.text)
		if !ok {
			return p, &valueError{name, "a protocol"}
		}
		p.proto = number
	}
	if p.proto == packet.ICMP || p.proto == packet.ICMPv6 {
		t, err := readICMPType(port, family)
		p.icmp = &t
		return p, err
	}
	if !p.proto.HasPorts() {
		return p, nil
	}
	lo, hi, both := port.cut('-')
	first, err := lo.port()
	last := first
	if err == nil && both {
		last, err = hi.port()
	}
	if err != nil || first > last {
		return p, &valueError{port, "a port or a range of ports"}
	}
	p.ports = packet.Range{First: uint32(first), Last: uint32(last)}
	return p, nil
}
