package pf

import (
	"github.com/alecthomas/participle/v2/lexer"
)

// readQueue reads queue and altq: they say how fast packets leave, not whether.
func (r *reader) readQueue(p *parser) {
	word := p.next()
	name := p.peek()
	if word.Value == "altq" {
		r.forms.freeBSD(p.span, "altq", strongForm)
		p.expect("on")
		p.text("an interface")
	} else {
		p.text("the name of a queue")
	}
	from := p.at
	p.queueWords()
	if p.bad == nil && word.Value != "altq" {
		r.checkQueue(p, name, from)
	}
	if p.bad != nil {
		return
	}
	r.signs.comments = true
	r.order.next(r, orderQueue, p.span)
	r.ignored(p.span, "queues bear on no packets' way")
}

// queueWords passes over the words of a queue, in which brackets are closed.
func (p *parser) queueWords() {
	depth := 0
	for p.bad == nil && !p.done() {
		t := p.next()
		switch {
		case t.Type == tokInvalid || t.Type == tokBody || isText(t, "->"):
			p.at--
			p.fail("expected a word of a queue")
		case isText(t, "{"), isText(t, "("):
			depth++
		case isText(t, "}"), isText(t, ")"):
			depth--
		}
	}
	if p.bad == nil && depth != 0 {
		p.fail("expected a bracket that closes the other")
	}
}

// checkQueue finds what pfctl refuses in a queue of OpenBSD: one below another
// has a bandwidth, and the default one has none below it.
func (r *reader) checkQueue(p *parser, name *lexer.Token, from int) {
	var parent *lexer.Token
	bandwidth, flows, isDefault := false, false, false
	for i := from; i < len(p.toks); i++ {
		t := &p.toks[i]
		if t.Type != tokWord {
			continue
		}
		switch t.Value {
		case "parent":
			if i+1 < len(p.toks) {
				parent = &p.toks[i+1]
			}
		case "bandwidth":
			bandwidth = true
		case "flows":
			flows = true
		case "default":
			isDefault = true
		}
	}
	if parent == nil && !flows {
		return
	}
	r.forms.openBSD(p.span, "a queue with a parent or flows", strongForm)
	if parent != nil {
		if !bandwidth {
			p.failToken(name, "a queue below another has a bandwidth")
		}
		if r.defaultQueues[parent.Value] {
			p.failToken(parent, "the default queue has no queues below it")
		}
	}
	if isDefault && p.bad == nil {
		r.defaultQueues[name.Value] = true
	}
}
