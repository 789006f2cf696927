package pf

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// readAnchor reads the line of an anchor. Its body may follow.
func (r *reader) readAnchor(p *parser) {
	a := &anchor{span: p.span, rule: rule{number: p.number, span: p.span, filter: filterOpts{tos: -1, prio: -1}}}
	p.isAnchor = true
	p.next()
	if t := p.peek(); isString(t) || t.Type == tokNumber {
		a.name = p.next().Value
		p.anchorName(a.name)
	}
	x := &a.rule
	p.direction(x)
	p.logQuick(x)
	p.onPart(x)
	p.familyAndHosts(x)
	p.options(x)
	if t := p.peek(); t.Type == tokBody {
		p.next()
		a.inline = true
		if t.Value != "{" {
			p.slip = append(p.slip, fault{p.where(t), "expected the end of the line behind the brace that opens the body of an anchor"})
		}
		if strings.Contains(a.name, "/") {
			p.failToken(t, "an anchor with a body has no / in its name")
		}
	}
	if p.bad == nil && a.name == "" && !a.inline {
		p.fail("expected the name of the anchor, or a body in braces")
	}
	if !p.finish() || !p.checkAnchor(x) {
		return
	}
	r.order.next(r, orderFilter, p.span)
	r.add(statement{anchor: a})
	if a.inline {
		r.begin(a)
		if len(r.open) > r.in.Limits.Nesting {
			r.problem(source.Unsupported, p.span, "anchors stand in each other more deeply than the limits allow")
		}
	}
}

// anchorName finds a mistake in the name of an anchor.
func (p *parser) anchorName(name string) {
	const longest = 1024
	if name == "" || len(name) > longest {
		p.at--
		p.fail("expected the name of an anchor")
	}
}

// unclosed closes the anchor that is read at the end of its file.
func (r *reader) unclosed() {
	a, mark := r.close()
	r.problem(source.Malformed, a.span, "the body of the anchor is not closed")
	r.wrong = true
	if mark < len(r.marks) {
		r.marks[mark].kind = source.Malformed
	}
}

// readOldAnchor reads nat-anchor and its like.
func (r *reader) readOldAnchor(p *parser) {
	a := &anchor{span: p.span, rule: rule{number: p.number, span: p.span, filter: filterOpts{tos: -1, prio: -1}}}
	word := p.next()
	a.name = p.text("the name of an anchor").Value
	x := &a.rule
	p.direction(x)
	p.onPart(x)
	p.familyAndHosts(x)
	p.natOptions(x)
	if !p.finish() {
		return
	}
	if word.Value == "rdr-anchor" {
		p.checkPorts(x)
	}
	if p.bad != nil {
		return
	}
	r.forms.freeBSD(p.span, word.Value, strongForm)
	a.kind = natKinds[strings.TrimSuffix(word.Value, "-anchor")]
	if a.kind == 0 { // of scrub, of dummynet: no packet is decided there
		if word.Value == "scrub-anchor" {
			r.order.next(r, orderScrub, p.span)
		}
		r.ignored(p.span, word.Value+" decides no packets")
		return
	}
	r.order.next(r, orderNAT, p.span)
	r.add(statement{anchored: a})
}

// readAntispoof reads antispoof.
func (r *reader) readAntispoof(p *parser) {
	s := &antispoof{span: p.span}
	p.next()
	var x rule
	p.logQuick(&x)
	s.quick, s.log = x.quick, x.log
	p.expect("for")
	p.list(func() {
		parens := p.take("(")
		item := p.interfaceItem()
		if parens {
			p.expect(")")
		}
		if item.not || item.name == "any" || item.domain {
			p.failAt(item.at, "antispoof is for interfaces")
		}
		s.ifs = append(s.ifs, item)
		s.dyn = append(s.dyn, parens)
	})
	p.familyPart(&x)
	s.af = x.af
	for p.bad == nil && !p.done() {
		switch t := p.peek(); {
		case isText(t, "label"), isText(t, "rtable"), isText(t, "ridentifier"), isText(t, "tracker"):
			p.next()
			r.options[t.Value](p, &x, t)
		default:
			p.failWord("expected inet, inet6, label or rtable", []string{"inet", "inet6", "label", "rtable"})
		}
	}
	if !p.finish() {
		return
	}
	r.signs.comments = true // pfctl prints the rules that it stands for
	r.order.next(r, orderFilter, p.span)
	r.add(statement{spoof: s})
}

// readEther reads a rule about Ethernet frames (FreeBSD 14). What they decide is
// not modelled.
func (r *reader) readEther(p *parser) {
	depth := 0
	for !p.done() {
		t := p.next()
		if t.Type == tokInvalid {
			p.at--
			p.fail("expected a rule about frames")
		}
		if isText(t, "{") {
			depth++
		}
	}
	if p.bad != nil {
		return
	}
	r.forms.freeBSD(p.span, "ether", strongForm)
	r.problem(source.Unsupported, p.span, "rules about Ethernet frames are not modelled")
	span := p.span
	r.add(statement{broken: &span})
}
