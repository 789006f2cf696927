package asa

import (
	"bytes"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// entryTerms returns what an entry of a list asks of packets, in the order in
// which it is written.
func (l *lowering) entryTerms(e *ace) []rules.Term {
	terms := l.buffer[:0]
	add := func(t rules.Term, ok bool) {
		if ok {
			terms = append(terms, t)
		}
	}
	switch {
	case e.group != "" || e.object != "":
		add(l.inPlaceOfProtocol(e))
	case e.service.protos != nil:
		add(rules.Term{Boxes: l.run(packet.Protocol, e.service.protos), Span: e.serviceSpan()}, true)
	}
	add(l.ifcTerm(packet.In, e.in, e))
	add(l.listTerm(packet.Src, &e.src))
	add(l.portTerm(packet.SrcPort, &e.service.src, e.service.protos))
	add(l.ifcTerm(packet.Out, e.out, e))
	add(l.listTerm(packet.Dst, &e.dst))
	add(l.portTerm(packet.DstPort, &e.service.dst, e.service.protos))
	switch {
	case e.icmp != "":
		add(l.icmpTerm(e.icmp, e.behindSpan()))
	case e.group == "" && e.object == "" && hasMessageType(e.service.protos):
		terms = l.messageTerms(terms, e)
	}
	terms = l.timeTerms(terms, e)
	if e.identity != "" {
		terms = append(terms, rules.Term{Span: e.span, Unknown: &rules.Unknown{
			Reason: "users and security groups are known at run time only: " + e.identity, Key: "identity " + e.identity, Of: packet.Fields(packet.Src, packet.Dst),
		}})
	}
	l.buffer = terms
	return terms
}

// verdictWords are the words by which entries begin.
var verdictWords = map[aceVerdict]string{acePermit: "permit", aceDeny: "deny", aceTrust: "trust"}

// serviceSpan returns where the protocol stands, or what is in its place.
func (e *ace) serviceSpan() source.Span {
	return within(e.head, e.head.Start+int32(len(verdictWords[e.verdict])), e.head.End)
}

// behindSpan returns where what stands behind the addresses does.
func (e *ace) behindSpan() source.Span {
	return within(e.service.span, e.dst.span.End, e.service.span.End)
}

// behind returns where a word of the entry and a name behind it stand, the whole entry
// if it is not found.
func (e *ace) behind(word, name string) source.Span {
	if e.span.IsZero() {
		return e.span
	}
	text := e.span.File.Text[e.span.Start:e.span.End]
	sought := []byte(" " + word + " " + name)
	i := bytes.Index(text, sought)
	if i < 0 {
		return e.span
	}
	end := e.span.Start + int32(i+len(sought))
	return source.Span{File: e.span.File, Start: end - int32(len(sought)) + 1, End: end}
}

// within returns the part of s that is between two offsets, without the blanks at
// its start; s itself if there is no such part.
func within(s source.Span, start, end int32) source.Span {
	if s.IsZero() || start < s.Start || end > s.End {
		return s
	}
	for start < end && (s.File.Text[start] == ' ' || s.File.Text[start] == '\t') {
		start++
	}
	if start == end {
		return s
	}
	return source.Span{File: s.File, Start: start, End: end}
}

// hasMessageType reports whether packets of the protocols have a type, so that an
// entry may ask for it.
func hasMessageType(protos []packet.Range) bool {
	return slices.ContainsFunc(protos, func(r packet.Range) bool {
		return r.First == r.Last && (r.First == uint32(packet.ICMP) || r.First == uint32(packet.ICMPv6))
	})
}

// messageTerms adds the conditions on the type and the code of an ICMP message.
func (l *lowering) messageTerms(terms []rules.Term, e *ace) []rules.Term {
	for _, x := range []struct {
		field packet.Field
		value int
	}{{packet.ICMPType, e.service.icmpType}, {packet.ICMPCode, e.service.icmpCode}} {
		if x.value >= 0 {
			terms = append(terms, rules.Term{Boxes: l.run(x.field, []packet.Range{packet.One(uint32(x.value))}), Span: e.behindSpan()})
		}
	}
	return terms
}

// ifcTerm returns the condition on an interface that an entry of FTD has (14).
func (l *lowering) ifcTerm(f packet.Field, name string, e *ace) (rules.Term, bool) {
	if name == "" {
		return rules.Term{}, false
	}
	p, span := l.port(name), e.behind("ifc", name)
	switch {
	case p != nil:
		t := by(f, p.places()...)
		t.Span = span
		return t, true
	case l.complete():
		l.undefined("interface", name, span)
	}
	return rules.Term{Boxes: packet.Names(f, packet.Pattern{Text: name}), Span: span}, true
}

// timeTerms adds the conditions that a time range stands for. One with fixed ends
// holds or does not, which a configuration does not tell; one that comes back
// every week does both sooner or later (4.3).
func (l *lowering) timeTerms(terms []rules.Term, e *ace) []rules.Term {
	if e.when == "" {
		return terms
	}
	x, span := l.c.ranges[e.when], e.behind("time-range", e.when)
	if x == nil {
		reason := l.undefined("time-range", e.when, span)
		return append(terms, rules.Term{Unknown: &rules.Unknown{Reason: reason, Key: "time-range " + e.when}, Span: span})
	}
	l.use("time-range", e.when, span)
	if !x.absolute && !x.periodic {
		terms = append(terms, rules.Term{Span: e.span, Unknown: &rules.Unknown{
			Reason: "time-range " + e.when + " says no time", Key: "time-range " + e.when, Doubt: packet.Fixed,
		}})
	}
	if x.absolute {
		terms = append(terms, rules.Term{Span: span, Unknown: &rules.Unknown{
			Reason: "it is not told whether it is a time within time-range " + e.when, Key: "time-range " + e.when, Doubt: packet.Fixed,
		}})
	}
	if x.periodic {
		terms = append(terms, rules.Term{Span: span, Unknown: &rules.Unknown{
			Reason: "time-range " + e.when + " holds at times only", Key: "periodic time-range " + e.when, Doubt: packet.Varying,
		}})
	}
	return terms
}

// addEntry adds the rules of an entry to the chain of its list.
func (l *lowering) addEntry(c *rules.Chain, e *ace) {
	if e.verdict == aceBroken {
		c.Rules = append(c.Rules, l.slab.NewRule(broken(e)))
		return
	}
	terms := l.entryTerms(e)
	if e.inactive {
		return
	}
	r := rules.Rule{Match: l.slab.NewMatch(terms), Span: e.span, Comment: e.remark, Action: rules.Action{Verdict: rules.Accept, Log: e.log}}
	switch {
	case e.verdict == aceDeny:
		r.Action.Verdict = rules.Drop
	case e.verdict == acePermit && l.c.version.platform == platformFTD && !e.prefilter:
		l.addInspected(c, &r)
		return
	}
	c.Rules = append(c.Rules, l.slab.NewRule(r))
}

// broken returns the rule of an entry that cannot be read: it may match any
// packet. What it does then shows in most.
func broken(e *ace) rules.Rule {
	x := &rules.Unknown{Reason: "the entry cannot be read", Key: "entry at " + e.span.Position().String(), Doubt: packet.Fixed}
	r := rules.Rule{Span: e.span, Comment: e.remark, Match: rules.Match{{Unknown: x, Span: e.span}}}
	words := strings.Fields(e.span.Text())
	switch i := slices.IndexFunc(words, func(w string) bool { return w == "permit" || w == "deny" }); {
	case i < 2:
		r.Match, r.Action = nil, rules.Action{Verdict: rules.Undecided, Unknown: x}
	case words[i] == "permit":
		r.Action.Verdict = rules.Accept
	default:
		r.Action.Verdict = rules.Drop
	}
	return r
}

// addInspected adds a permit of FTD: what it matches is handed to an inspection
// engine, which lets it pass or drops it (14).
func (l *lowering) addInspected(c *rules.Chain, r *rules.Rule) {
	drop := *r
	r.Match = append(slices.Clip(r.Match), rules.Term{Span: r.Span, Unknown: &rules.Unknown{
		Reason: "it is not told whether the inspection engine lets it pass", Key: "inspection of the entry at " + r.Span.Position().String(), Doubt: packet.Fixed,
	}})
	drop.Action.Verdict = rules.Drop
	drop.Implicit = "the inspection engine does not let it pass"
	c.Rules = append(c.Rules, l.slab.NewRule(*r), l.slab.NewRule(drop))
}
