package pf

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// optionReader reads an option of a rule, from behind its first word.
type optionReader func(p *parser, x *rule, t *lexer.Token)

// optionReaders are the options of rules in both languages, by their first word.
func optionReaders() map[string]optionReader {
	plain := func(what string, n int) optionReader {
		return func(p *parser, _ *rule, _ *lexer.Token) {
			p.pair(func() { p.numberUpTo(n, what) })
		}
	}
	return map[string]optionReader{
		"user": readUsers, "group": readUsers, "flags": readFlags,
		"icmp-type":  func(p *parser, x *rule, t *lexer.Token) { p.icmpPart(x, t, false) },
		"icmp6-type": func(p *parser, x *rule, t *lexer.Token) { p.icmpPart(x, t, true) },
		"no":         readKeep, "keep": readKeep, "modulate": readKeep, "synproxy": readKeep,
		"fragment":   func(p *parser, x *rule, t *lexer.Token) { x.filter.fragment = true; p.mark(seenFragment, p.where(t)) },
		"allow-opts": func(p *parser, x *rule, t *lexer.Token) { x.allow = true; p.mark(seenAllow, p.where(t)) },
		"once": func(p *parser, x *rule, _ *lexer.Token) {
			x.filter.once = true
			p.r.forms.openBSD(p.span, "once", strongForm)
		},
		"tos": func(p *parser, x *rule, _ *lexer.Token) { x.filter.tos = p.tos() },
		"prio": func(p *parser, x *rule, _ *lexer.Token) {
			const highest = 7
			x.filter.prio = p.numberUpTo(highest, "a priority")
		},
		"label": readLabel, "tag": readTag, "tagged": readTagged, "!": readNot, "received-on": readReceived,
		"probability": readProbability, "set": readSetPart, "scrub": readScrubPart,
		"rtable": func(p *parser, x *rule, _ *lexer.Token) {
			const highest = 255
			p.numberUpTo(highest, "a routing table")
			x.filter.rtable = true
		},
		"max-pkt-rate": readRate, "queue": readQueuePart,
		"nat-to": readTranslation, "rdr-to": readTranslation, "binat-to": readTranslation, "af-to": readAfTo,
		"route-to": readRoute, "reply-to": readRoute, "dup-to": readRoute,
		"divert-to": readDivert, "divert-reply": readDivert, "divert-packet": readDivert,
		"dnpipe": plain("a pipe", maxPort), "dnqueue": plain("a queue", maxPort),
		"ridentifier": plain("a number", maxNumber), "tracker": plain("a number", maxNumber),
	}
}

// pair reads one thing, or two in parentheses.
func (p *parser) pair(item func()) {
	if !p.take("(") {
		item()
		return
	}
	item()
	p.take(",")
	if !p.is(")") {
		item()
	}
	p.expect(")")
}

// readUsers reads "user" and "group".
func readUsers(p *parser, x *rule, t *lexer.Token) {
	p.mark(seenUser, p.where(t))
	p.list(func() {
		from := p.at
		op := p.operator()
		if op != "" {
			p.next()
		}
		who := p.portWord()
		if strings.IndexByte(who.Value, ':') >= 0 {
			p.failToken(who, "users and groups have no ranges with :, but with >< and <>")
		}
		if between := p.operator(); op == "" && (between == "<>" || between == "><") {
			p.next()
			p.portWord()
			op = between
		}
		x.filter.users = append(x.filter.users, p.since(from))
		x.filter.usersOpen = x.filter.usersOpen || op != "" && op != "=" || who.Value == "unknown"
		p.countItem()
	})
}

// tcpFlags are the letters of the flags of TCP, from the lowest bit on.
const tcpFlags = "FSRPAUEW"

// readFlags reads "flags".
func readFlags(p *parser, x *rule, t *lexer.Token) {
	if p.take("any") {
		x.filter.anyFlags = true
		return
	}
	f := &flagSet{at: p.where(t)}
	from := p.at
	if !p.is("/") {
		f.set = p.flagLetters()
	}
	if !p.take("/") {
		p.fail("expected /, as in flags S/SA")
		return
	}
	f.mask = p.flagLetters()
	if p.bad == nil {
		f.at = p.since(from)
		if f.set&^f.mask != 0 {
			p.failAt(f.at, "no packet has these flags: those before / are among those behind it")
		}
	}
	x.filter.flags = f
}

// flagLetters reads letters that stand for flags.
func (p *parser) flagLetters() uint8 {
	t := p.peek()
	if !isString(t) {
		p.fail("expected letters of flags (" + tcpFlags + ")")
		return 0
	}
	p.next()
	var out uint8
	for _, c := range []byte(t.Value) {
		i := strings.IndexByte(tcpFlags, c)
		if i < 0 {
			p.failToken(t, "expected letters of flags ("+tcpFlags+"), not "+quote(t.Value))
			return 0
		}
		out |= 1 << i
	}
	return out
}

// readLabel reads "label".
func readLabel(p *parser, x *rule, _ *lexer.Token) {
	t := p.text("a label, in quotes if it is a number or a word of the language")
	if x.label == "" {
		x.label = t.Value
	}
}

// longestTag is how long a tag may be.
const longestTag = 63

// tagName reads the name of a tag: words with blanks between them.
func (p *parser) tagName() string {
	t := p.text("a tag, in quotes if it is a number or a word of the language")
	words := []string{t.Value}
	for p.bad == nil && p.peek().Type == tokString {
		words = append(words, p.next().Value)
	}
	name := strings.Join(words, " ")
	if len(name) > longestTag {
		p.failToken(t, "a tag has at most 63 characters")
	}
	return name
}

func readTag(p *parser, x *rule, _ *lexer.Token)    { x.filter.tag = p.tagName() }
func readTagged(p *parser, x *rule, _ *lexer.Token) { x.filter.tagged = p.tagName() }

// readNot reads what may stand behind "!".
func readNot(p *parser, x *rule, _ *lexer.Token) {
	switch {
	case p.take("tagged"):
		x.filter.tagged, x.filter.notTagged = p.tagName(), true
	case p.is("received-on"):
		readReceived(p, x, p.next())
		for i := range x.filter.received {
			x.filter.received[i].not = true
		}
	default:
		p.failWord("expected tagged or received-on", []string{"tagged", "received-on"})
	}
}

// readReceived reads "received-on".
func readReceived(p *parser, x *rule, _ *lexer.Token) {
	p.r.forms.openBSD(p.span, "received-on", strongForm)
	p.list(func() { x.filter.received = append(x.filter.received, p.interfaceItem()) })
}

// readProbability reads "probability".
func readProbability(p *parser, x *rule, _ *lexer.Token) {
	x.filter.chance = true
	t := p.peek()
	digits := strings.TrimSuffix(t.Value, "%")
	whole, rest, _ := strings.Cut(digits, ".")
	_, ok := number(whole+rest, maxNumber)
	if t.Type != tokWord && t.Type != tokNumber || !ok {
		p.fail("expected a probability, as in 20%")
		return
	}
	p.next()
}

// readRate reads "max-pkt-rate".
func readRate(p *parser, x *rule, _ *lexer.Token) {
	p.r.forms.openBSD(p.span, "max-pkt-rate", strongForm)
	x.filter.once = true
	p.rate("a number of packets")
}

// rate reads "N/SECONDS".
func (p *parser) rate(what string) {
	p.numberUpTo(maxNumber, what)
	p.expect("/")
	p.numberUpTo(maxNumber, "seconds")
}

// readSetPart reads "set" of a rule, which changes what packets carry.
func readSetPart(p *parser, _ *rule, _ *lexer.Token) {
	if !p.take("(") {
		p.setItem()
		return
	}
	for p.bad == nil {
		p.setItem()
		p.take(",")
		if p.take(")") {
			return
		}
	}
}

// setItem reads one thing that a rule sets.
func (p *parser) setItem() {
	switch t := p.peek(); {
	case p.take("prio"):
		const highest = 7
		p.pair(func() { p.numberUpTo(highest, "a priority") })
	case p.take("queue"):
		p.pair(func() { p.text("a queue") })
		p.r.forms.openBSD(p.span, "set queue", strongForm)
	case p.take("tos"):
		p.tos()
	case t.Value == "delay" && t.Type == tokWord:
		p.next()
		p.numberUpTo(maxPort, "milliseconds")
		p.r.forms.openBSD(p.span, "set delay", strongForm)
	default:
		p.failWord("expected prio, queue, tos or delay", []string{"prio", "queue", "tos", "delay"})
	}
}

// readQueuePart reads "queue" of a rule.
func readQueuePart(p *parser, _ *rule, _ *lexer.Token) {
	p.pair(func() { p.text("a queue") })
	p.r.forms.freeBSD(p.span, "queue", weakForm)
}

// tosNames are the names of values of the TOS byte (4.5).
var tosNames = func() map[string]int {
	out := map[string]int{
		"lowdelay": 0x10, "throughput": 0x08, "reliability": 0x04, "critical": 0xa0, "inetcontrol": 0xc0, "netcontrol": 0xe0, "ef": 0xb8, "va": 0xb0,
	}
	for class := range 8 {
		out["cs"+itoa(class)] = class << 5
		for drop := 1; class >= 1 && class <= 4 && drop <= 3; drop++ {
			out["af"+itoa(class)+itoa(drop)] = class<<5 | drop<<3
		}
	}
	return out
}()

// tos reads a value of the TOS byte.
func (p *parser) tos() int {
	const highest = 255
	t := p.peek()
	if isString(t) {
		if n, ok := tosNames[t.Value]; ok {
			p.next()
			return n
		}
		if _, ok := cNumber(t.Value); !ok {
			p.failHint("expected a value of the TOS byte", suggest.DidYouMean(t.Value, sortedWords(tosNames)))
		}
	}
	return p.numberUpTo(highest, "a value of the TOS byte")
}

// scrubWords are what may stand behind "scrub", with what follows each.
var scrubWords = []string{"no-df", "min-ttl", "max-mss", "reassemble", "random-id", "fragment", "set-tos"}

// readScrubPart reads "scrub" of a rule: it changes what packets carry, not
// where they go.
func readScrubPart(p *parser, _ *rule, _ *lexer.Token) {
	p.expect("(")
	for p.bad == nil {
		if !p.scrubItem() {
			p.failWord("expected what is scrubbed", scrubWords)
		}
		p.take(",")
		if p.take(")") {
			return
		}
	}
}

// scrubItem reads one thing that is scrubbed; false: there is none.
func (p *parser) scrubItem() bool {
	switch t := p.peek(); {
	case t.Type != tokWord || !slices.Contains(scrubWords, t.Value):
		return false
	case t.Value == "no-df" || t.Value == "random-id":
		p.next()
	case t.Value == "min-ttl":
		const highest = 255
		p.next()
		p.numberUpTo(highest, "a time to live")
	case t.Value == "max-mss":
		p.next()
		p.numberUpTo(maxPort, "a segment size")
	case t.Value == "set-tos":
		p.next()
		p.tos()
	case t.Value == "reassemble":
		p.next()
		if w := p.text("tcp"); w.Value != "tcp" {
			p.failToken(w, "expected tcp behind reassemble")
		}
	default:
		p.next()
		p.oneOf("reassemble", "crop", "drop-ovl")
	}
	return true
}

// oneOf consumes one of the words, and returns it.
func (p *parser) oneOf(words ...string) string {
	t := p.peek()
	if t.Type == tokWord && slices.Contains(words, t.Value) {
		p.next()
		return t.Value
	}
	p.failWord("expected "+strings.Join(words, " or "), words)
	return ""
}
