package pf

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// settingReaders read options, from behind their names. Those that bear on no
// packets are ignored.
func settingReaders() map[string]func(*reader, *parser) {
	return map[string]func(*reader, *parser){
		"skip": (*reader).setSkip, "block-policy": (*reader).setBlockPolicy, "state-policy": (*reader).setStatePolicy,
		"state-defaults": (*reader).setStateDefaults, "reassemble": (*reader).setReassemble, "require-order": (*reader).setRequireOrder,
		"timeout": (*reader).setTimeout, "limit": (*reader).setLimit,
		"optimization": word("normal", "default", "satellite", "high-latency", "aggressive", "conservative"), "ruleset-optimization": word("none", "basic", "profile", "yes", "no"),
		"loginterface": anyWord("an interface or none"), "hostid": (*reader).setHostID, "fingerprints": anyWord("the name of a file"),
		"debug":       word("none", "urgent", "misc", "loud", "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"),
		"syncookies":  (*reader).setSyncookies,
		"fail-policy": word("drop", "return"), "keepcounters": word(), "hot-spare": anyWord("yes or no"),
	}
}

// readSet reads an option.
func (r *reader) readSet(p *parser) {
	p.next()
	t := p.peek()
	read := r.settings[t.Value]
	if t.Type != tokWord || read == nil {
		p.failHint("expected an option", suggest.DidYouMean(t.Value, sortedWords(r.settings)))
		r.cfg.options.unknown = append(r.cfg.options.unknown, p.where(t))
		return
	}
	p.next()
	read(r, p)
	if !p.finish() {
		if t.Value == "skip" {
			r.broken(p.span) // which interfaces pass by pf is not known
		}
		return
	}
	r.signs.comments = true
	r.order.next(r, orderOption, p.span)
}

// word returns a reader of an option that is one of the words; of none: nothing
// follows it.
func word(words ...string) func(*reader, *parser) {
	return func(r *reader, p *parser) {
		if len(words) > 0 {
			t := p.peek()
			if t.Type != tokWord && t.Type != tokString || !slices.Contains(words, t.Value) {
				p.failWord("expected "+list(words), words)
				return
			}
			p.next()
		}
		r.ignore(p)
	}
}

// anyWord returns a reader of an option that is a name.
func anyWord(what string) func(*reader, *parser) {
	return func(r *reader, p *parser) {
		if !p.take("all") {
			p.text(what)
		}
		r.ignore(p)
	}
}

// ignore says that an option bears on no packets.
func (r *reader) ignore(p *parser) {
	if p.bad == nil && p.done() {
		r.ignored(p.span, "the option bears on no packets")
	}
}

// list returns words as they stand in a message.
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// setSkip reads the interfaces that pf does not filter on.
func (r *reader) setSkip(p *parser) {
	p.expect("on")
	items := p.interfaces()
	if p.bad == nil && p.done() {
		r.cfg.options.skip = append(r.cfg.options.skip, items...)
		for i := range items {
			x := &items[i]
			if _, named := r.cfg.options.skipped[x.name]; named {
				continue
			}
			if r.cfg.options.skipped == nil {
				r.cfg.options.skipped = map[string]source.Span{}
			}
			r.cfg.options.skipped[x.name] = x.at.span
			if len(x.at.via) > 0 { // written in a macro, which is for more
				r.cfg.options.skipped[x.name] = p.span
			}
		}
	}
}

func (r *reader) setBlockPolicy(p *parser) {
	if w := p.oneOf("drop", "return"); w != "" {
		r.policy.reject = w == "return"
	}
}

func (r *reader) setStatePolicy(p *parser) {
	if w := p.oneOf("if-bound", "floating"); w != "" {
		r.policy.ifBound = w == "if-bound"
	}
}

func (r *reader) setStateDefaults(p *parser) {
	d := &stateDefaults{}
	p.stateOptions(&d.state)
	if p.bad == nil {
		d.bound = p.bound
		r.policy.defaults = d
	}
}

func (r *reader) setReassemble(p *parser) {
	w := p.oneOf("yes", "no")
	p.take("no-df")
	if p.bad == nil {
		r.reassembles = w
	}
}

func (r *reader) setRequireOrder(p *parser) {
	w := p.oneOf("yes", "no")
	r.forms.freeBSD(p.span, "set require-order", strongForm)
	r.order.free = w == "no"
	r.ignore(p)
}

func (r *reader) setHostID(p *parser) {
	t := p.peek()
	p.numberUpTo(maxNumber, "a number other than 0")
	if p.bad == nil && (t.Value == "0" || t.Value == "0x0") {
		p.failToken(t, "the number of a host is not 0")
	}
	r.ignore(p)
}

func (r *reader) setSyncookies(p *parser) {
	p.oneOf("never", "always", "adaptive")
	if p.take("(") {
		for p.bad == nil && !p.take(")") {
			p.oneOf("start", "end")
			p.next()
			p.take(",")
		}
	}
	r.ignore(p)
}

// setTimeout reads a timeout, or several in braces.
func (r *reader) setTimeout(p *parser) { r.setNumbers(p, timeouts, "timeout", "seconds") }

// setNumbers reads a name and a number, or several of them in braces.
func (r *reader) setNumbers(p *parser, names map[string]bool, what, unit string) {
	p.list(func() {
		t := p.peek()
		if t.Type != tokWord || !names[t.Value] {
			p.failHint("expected the name of a "+what, nearWord(t.Value, names))
			return
		}
		p.next()
		p.numberUpTo(maxNumber, unit)
	})
	r.ignore(p)
}

// limits are the names of limits.
var limits = wordSet("states src-nodes frags tables table-entries pktdelay-pkts anchors eth-anchors")

// setLimit reads a limit, or several in braces.
func (r *reader) setLimit(p *parser) { r.setNumbers(p, limits, "limit", "a number") }
