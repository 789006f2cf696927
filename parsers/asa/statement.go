package asa

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// mode is a block that is open: its lines are told by their indentation or,
// where that is lost, by their first words (asa.md section 1).
type mode struct {
	what   string // for people: "an object of the kind network"
	indent int    // of the line that opened it
	words  []string
	lax    bool // not all lines that it may have are known
	// claims reports whether a line that is not indented is one of the block,
	// though its first word begins lines outside of blocks too. nil: never.
	claims func(l *line) bool
	// read reads a line from its first word on, and reports whether it is one of
	// the block.
	read func(r *reader, l *line, not bool) bool
}

// owns reports whether a line is one of the block.
func (m *mode) owns(r *reader, l *line) bool {
	word := l.peek().Value
	switch {
	case l.indent > m.indent:
		return true
	case !slices.Contains(m.words, word):
		return false
	case !r.isCommand(word):
		return true
	}
	return !r.left && m.claims != nil && m.claims(l)
}

// open opens a block.
func (r *reader) open(l *line, m mode) {
	m.indent = l.indent
	r.mode, r.left = &m, false
}

// statement reads a line of the configuration, and accounts for it.
func (r *reader) statement(l *line) {
	r.kind = 0
	if r.hideNext(l) {
		return
	}
	r.before, r.present = r.present, half{}
	r.lowerKeywords(l)
	if r.isRest(l) {
		r.rest(l)
	} else {
		r.dispatch(l)
	}
	if l.bad != nil {
		r.malformed(l.text.span(l.bad.start, l.bad.end), l.bad.message)
	}
	r.hideSecrets(l)
	r.mark(l.span())
}

// dispatch finds out which command a line is, and carries it out.
func (r *reader) dispatch(l *line) {
	not := l.take("no")
	if l.done() {
		l.fail("expected a command")
		return
	}
	if m := r.mode; m != nil && m.owns(r, l) {
		if m.read(r, l, not) {
			return
		}
		if l.bad != nil {
			return
		}
	}
	word := l.peek().Value
	switch run := r.commands[word]; {
	case run != nil:
		r.mode = nil
		l.at++
		run(r, l, not)
		if l.bad != nil {
			r.broken(l, word)
			r.openBroken(l, word)
		}
	case idleCommands[word] != "":
		r.mode = nil
		r.idle(l, word)
	default:
		r.unknownLine(l, word)
	}
}

// idle reads a line that has no bearing on packets, and the block that may
// follow it.
func (r *reader) idle(l *line, word string) {
	r.kind = source.Ignored
	r.usesInIdle(l)
	if idleCommands[word] != ofSession {
		r.open(l, mode{what: "the block of " + word, read: readIdle})
	}
}

// openBroken opens a block of which the head cannot be read: its lines are told
// by that.
func (r *reader) openBroken(l *line, word string) {
	switch word {
	case "object", "object-group", "interface", "class-map", "policy-map", "time-range":
		r.open(l, mode{what: "a block", words: blockWords, claims: isObjectNAT, read: func(r *reader, l *line, _ bool) bool {
			if r.isCommand(l.peek().Value) && !isObjectNAT(l) && !slices.Contains(blockWords, l.peek().Value) {
				return false
			}
			r.kind = source.Malformed
			return true
		}})
	}
}

// blockWords are the first words of lines that only stand in blocks.
var blockWords = []string{
	"network-object", "service-object", "port-object", "group-object", "protocol-object", "icmp-object", "host", "subnet", "range",
	"fqdn", "nameif", "security-level", "match", "absolute", "periodic", "security-group", "user", "user-group", "description",
}

// readIdle reads a line of a block that has no bearing on packets. Lines that
// can only stand outside of blocks end it, whatever they are indented by.
func readIdle(r *reader, l *line, _ bool) bool {
	if outsideOnly(l) {
		return false
	}
	r.kind = source.Ignored
	r.usesInIdle(l)
	return true
}

// outsideOnly reports whether a line can only stand outside of blocks that have no
// bearing on packets.
func outsideOnly(l *line) bool {
	switch next := l.ahead(1).Value; l.peek().Value {
	case "access-list", "access-group", "object", "object-group", "nat", "static", "global", "route", "interface", "class-map", "policy-map",
		"same-security-traffic", "service-policy", "sysopt", "time-range", "nat-control", "fixup", "established", "conduit", "outbound", "router",
		"forward-reference", "changeto", "clear":
		return true
	case "firewall":
		return next == "transparent"
	case "name":
		_, err := netip.ParseAddr(next)
		return err == nil
	case "ipv6":
		return next == "access-list" || next == "route" || next == "icmp"
	case "icmp":
		return next == "permit" || next == "deny"
	}
	return false
}

// usesInIdle notes which lists a line uses that has no bearing on packets that
// are routed: what is used is not forgotten.
func (r *reader) usesInIdle(l *line) {
	for i := l.at; i+1 < len(l.toks); i++ {
		switch what := l.toks[i].Value; what {
		case "distribute-list", "network-acl", "split-tunnel", "access-group":
			r.use(r.intern(l.toks[i+1].Value), what, l)
		}
	}
}

// broken remembers a line that cannot be read and may have borne on packets.
func (r *reader) broken(l *line, word string) {
	if word == "access-list" {
		return // an entry of the list stands for it
	}
	r.cfg.broken = append(r.cfg.broken, brokenLine{word, l.span()})
}

// near are the commands that a word may be meant for, if it is none.
var near = []string{
	"access-list", "access-group", "object", "object-group", "nat", "static", "global", "route", "interface", "network-object",
	"service-object", "port-object", "group-object", "class-map", "policy-map", "service-policy", "time-range",
}

// unknownLine reads a line that begins with no known command.
func (r *reader) unknownLine(l *line, word string) {
	if m := r.mode; m != nil && l.indent > m.indent && m.lax {
		r.hideUnknown(l)
		r.unsupported(l.span(), "no line of "+m.what+" is known that begins with "+quote(word)+": it is taken to have no bearing on packets")
		return
	} else if m != nil && l.indent > m.indent && m.words != nil {
		l.failHint("expected a line of "+r.mode.what, suggest.DidYouMean(word, r.mode.words))
		r.broken(l, "block")
		return
	}
	if slices.Contains(blockWords, word) && word != "description" {
		l.fail("")
		l.bad.message = "the line is of a block, and no block is open that has such lines"
		r.broken(l, "block")
		return
	}
	if idleWords[word] != "" {
		r.kind = source.Ignored // of a block that lost its indentation, or its head
		return
	}
	if meant, ok := suggest.Nearest(word, near); ok {
		l.fail("expected a command; did you mean " + meant + "?")
		l.bad.message = "no command is called " + quote(word) + "; did you mean " + meant + "?"
		r.brokenLike(l, meant)
		return
	}
	r.mode = nil
	if decides(l) {
		r.cfg.broken = append(r.cfg.broken, brokenLine{"unknown", l.span()})
		r.unsupported(l.span(), "no command is known that begins with "+quote(word)+", and it may decide packets")
		return
	}
	r.hideUnknown(l)
	r.unsupported(l.span(), "no command is known that begins with "+quote(word)+": it is taken to have no bearing on packets")
}

// decides reports whether a line has words that decide packets.
func decides(l *line) bool {
	for i := range l.toks {
		switch l.toks[i].Value {
		case "permit", "deny":
			return true
		case "interface":
			if i > 0 && (l.toks[i-1].Value == "in" || l.toks[i-1].Value == "out") {
				return true
			}
		}
	}
	return false
}

// brokenLike remembers a line that was meant for a command.
func (r *reader) brokenLike(l *line, meant string) {
	if meant != "access-list" || len(l.toks) < 2 {
		r.broken(l, meant)
		return
	}
	r.addBroken(l, r.listOf(r.draft.lists, r.intern(l.toks[1].Value), l))
}
