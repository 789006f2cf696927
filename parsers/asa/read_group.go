package asa

import (
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// groupWords are the kinds of groups.
var groupWords = []string{"network", "service", "protocol", "icmp-type", "user", "security", "network-service"}

// objectGroup reads "object-group".
func (r *reader) objectGroup(l *line, not bool) {
	word, name, over := r.groupHead(l)
	if l.bad != nil {
		return
	}
	key := groupKey{groupKindOf(word, over != ""), name}
	g := r.cfg.groups[key]
	if not {
		delete(r.cfg.groups, key)
		return
	}
	if g == nil {
		g = &group{groupKey: key, tcp: over != "udp" && over != "", udp: over != "tcp" && over != "", span: l.span()}
		r.cfg.groups[key] = g
		r.kinds[name] |= 1 << key.kind
		if key.kind == groupService {
			r.draft.seen.serviceGroups = true
		}
	}
	l.skip()
	if key.kind == groupOther {
		r.unsupported(l.span(), "what groups of the kind "+word+" match is not modelled")
	}
	r.openGroup(l, g, word)
}

// groupHead consumes the kind of a group, its name, and the protocols of a group
// of ports.
func (r *reader) groupHead(l *line) (kind, name, over string) {
	kind = l.word("the kind of a group")
	if !slices.Contains(groupWords, kind) && l.bad == nil {
		l.at--
		l.failHint("expected the kind of a group", suggest.DidYouMean(kind, groupWords))
	}
	name = r.groupName(l)
	over = l.takeAny("tcp", "udp", "tcp-udp")
	if kind == "service" && over == "" && !l.done() && !l.is("description") {
		l.failHint("expected tcp, udp or tcp-udp", suggest.DidYouMean(l.peek().Value, []string{"tcp", "udp", "tcp-udp"}))
	}
	return kind, name, over
}

// memberWords are the lines of groups.
var memberWords = []string{
	"network-object", "service-object", "port-object", "group-object", "protocol-object", "icmp-object", "security-group",
	"user", "user-group", "description", "no",
}

func (r *reader) openGroup(l *line, g *group, word string) {
	over := transport(0)
	if g.tcp {
		over |= overTCP
	}
	if g.udp {
		over |= overUDP
	}
	r.open(l, mode{
		what:  "a group of the kind " + word,
		words: memberWords,
		read:  func(r *reader, l *line, not bool) bool { return r.groupLine(l, g, over, not) },
	})
}

// groupLine reads a line of a group.
func (r *reader) groupLine(l *line, g *group, over transport, not bool) bool {
	start := l.start()
	word := l.peek().Value
	l.at++
	m := member{}
	switch word {
	case "description", "description:": // the second in output of "show object-group"
		l.skip()
		return true
	case "group-object":
		m.nested = r.groupName(l)
	case "network-object":
		m.address = r.memberAddress(l)
	case "service-object":
		m.service = r.memberService(l)
	case "port-object":
		m.numbers, _ = r.portMember(l, over)
	case "protocol-object":
		m.numbers = r.memberProtocol(l)
	case "icmp-object":
		m.numbers = numberRange(uint32(icmpType(l, icmpNames, icmpWords)))
	case "security-group", "user", "user-group":
		l.skip()
	default:
		l.at--
		if g.kind == groupOther {
			l.skip()
			return true
		}
		if r.isCommand(word) {
			return false
		}
		l.failHint("expected a line of a group of the kind "+groupTitles[g.kind], suggest.DidYouMean(word, memberWords))
	}
	skipHits(l)
	l.end()
	r.countEntry(l)
	fits := l.bad != nil || memberFits(word, g.kind)
	if !fits {
		l.bad = &fault{start, start + len(word), "expected a line of a group of the kind " + groupTitles[g.kind] + ", not " + quote(word)}
	}
	m.span = l.text.span(start, l.last())
	if l.bad != nil {
		m = member{broken: true, span: m.span}
	}
	r.changeGroup(l, g, m, not)
	return true
}

// skipHits passes over what "show object-group" prints behind a member.
func skipHits(l *line) {
	if isNote(l.peek().Value) {
		l.at++
	}
}

// memberFits reports whether a line may stand in a group of some kind.
func memberFits(word string, kind groupKind) bool {
	switch word {
	case "network-object":
		return kind == groupNetwork
	case "service-object":
		return kind == groupService
	case "port-object":
		return kind == groupPorts
	case "protocol-object":
		return kind == groupProtocol
	case "icmp-object":
		return kind == groupICMP
	case "user", "user-group":
		return kind == groupUser
	case "security-group":
		return kind == groupSecurity
	}
	return true
}

// memberIndex finds the members of a group by what they say. It is there for
// groups that members were taken from.
type memberIndex struct {
	at   map[string][]int
	gone map[int]bool
}

// changeGroup adds a member to a group, or takes one away.
func (r *reader) changeGroup(l *line, g *group, m member, not bool) {
	index := r.draft.members[g]
	switch {
	case !not:
		g.members = append(g.members, m)
		if index != nil {
			index.at[m.key()] = append(index.at[m.key()], len(g.members)-1)
		}
		return
	case m.broken:
		return
	case index == nil:
		index = &memberIndex{map[string][]int{}, map[int]bool{}}
		for i := range g.members {
			key := g.members[i].key()
			index.at[key] = append(index.at[key], i)
		}
		r.draft.members[g] = index
	}
	at := index.at[m.key()]
	if len(at) == 0 {
		r.note(l.span(), "there is no such member to take away")
		return
	}
	index.gone[at[0]] = true
	index.at[m.key()] = at[1:]
}

// key returns what a member says, the same for all ways of saying it.
func (m *member) key() string {
	return fmt.Sprint(m.nested, m.broken, m.address.key(), m.service.key(), m.numbers)
}

// finishGroups leaves out the members that were taken away.
func (d *draft) finishGroups() {
	for g, index := range d.members {
		kept := g.members[:0]
		for i := range g.members {
			if !index.gone[i] {
				kept = append(kept, g.members[i])
			}
		}
		g.members = kept
	}
}

// memberAddress consumes what follows "network-object".
func (r *reader) memberAddress(l *line) address {
	start := l.start()
	var a address
	switch {
	case l.take("host"):
		a = address{kind: addrNumbers, numbers: packet.OneAddr(r.addr(l))}
	case l.take("object"):
		a = address{kind: addrObject, name: r.name(l, "the name of an object")}
	case l.is("any") || l.is("any4") || l.is("any6"):
		a = r.addressWord(l)
	default:
		a = r.network(l)
	}
	a.span = l.from(start)
	return a
}

// memberService consumes what follows "service-object".
func (r *reader) memberService(l *line) serviceItem {
	if !l.is("object") {
		return r.service(l, true)
	}
	start := l.start()
	l.at++
	s := serviceItem{icmpType: -1, icmpCode: -1, object: r.name(l, "the name of an object")}
	s.span = l.from(start)
	return s
}

// everyNumber is the set of all protocols.
var everyNumber = []packet.Range{{First: 0, Last: 255}}

// memberProtocol consumes what follows "protocol-object".
func (r *reader) memberProtocol(l *line) []packet.Range {
	if l.is("object") {
		l.fail("expected a protocol")
	}
	if p := r.protocol(l); p != nil || l.bad != nil {
		return p
	}
	return everyNumber
}
