package lint

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// spot is the place of a finding.
type spot struct {
	span  source.Span
	label string
	// list is the condition of the rule of which the place is one written member;
	// nil: it is none.
	list *rules.Term
}

// Implicit says why packets are let through though no rule that somebody wrote
// does so; it is empty if one does, or a written policy.
func (o Opening) Implicit() string {
	if o.Rule == nil {
		return o.Chain.Implicit
	}
	return o.Rule.Implicit
}

// place returns the narrowest text whose edit mends the finding.
func (e *Exposure) place(t *eval.Trace, prefer []*packet.Boxes) spot {
	switch {
	case e.Rule == nil && e.Chain.Implicit != "":
		return spot{span: e.Chain.Span, label: e.Chain.Implicit}
	case e.Rule == nil:
		return spot{span: e.Chain.Span, label: "accepted by this policy"}
	case e.Rule.Implicit != "" && e.Rule.Span.IsZero():
		return spot{span: e.Chain.Span, label: e.Rule.Implicit}
	case e.Rule.Implicit != "":
		return spot{span: e.Rule.Span, label: "accepted here, though no rule says so"}
	}
	at := spot{span: e.Rule.Span, label: "accepted here"}
	if t == nil {
		return at
	}
	for i := range e.Rule.Match {
		if s, ok := e.member(&e.Rule.Match[i], t, prefer); ok {
			at.span, at.list = s, &e.Rule.Match[i]
			break
		}
	}
	return at
}

// ofService are the fields by which a list tells services apart, and ofHosts those
// by which it tells hosts.
var (
	ofService = packet.Fields(packet.Protocol, packet.SrcPort, packet.DstPort, packet.ICMPType, packet.ICMPCode)
	ofHosts   = packet.Fields(packet.Src, packet.Dst)
)

// member returns the written member of a list, in the term's own file, that alone
// brings in the packets of a box. A list that tells nothing of the fields of the
// boxes, as one of addresses where the finding is about ports, is not to blame.
func (e *Exposure) member(list *rules.Term, t *eval.Trace, bad []*packet.Boxes) (source.Span, bool) {
	if list.Origin == nil || list.Negated || list.Boxes == nil {
		return source.Span{}, false
	}
	hulls := e.hulls(list, t, bad)
	var found []source.Span
	for _, m := range list.Origin.Members {
		fields := packet.Fields(m.Boxes.Fields()...)
		if m.Span.File != list.Span.File || fields&^(ofService|ofHosts) != 0 {
			continue
		}
		if slices.ContainsFunc(hulls, m.Boxes.MayMeet) {
			found = append(found, m.Span)
		}
	}
	if len(found) != 1 {
		return source.Span{}, false
	}
	return found[0], true
}

// hulls returns, for each of the boxes that a list tells something of, which
// packets of the finding lie in it: their protocols, and their addresses where the
// rule saw those as they came and went.
func (e *Exposure) hulls(list *rules.Term, t *eval.Trace, bad []*packet.Boxes) []*packet.Hull {
	var out []*packet.Hull
	for _, b := range bad {
		if !slices.ContainsFunc(b.Fields(), func(f packet.Field) bool { return slices.Contains(list.Boxes.Fields(), f) }) {
			continue
		}
		const most = 64
		h, mine := &packet.Hull{}, e.Sure().Where(b)
		h.Narrow(b)
		if protocols, all := mine.Ranges(packet.Protocol, most); all && len(protocols) > 0 {
			h.Narrow(packet.Numbers(packet.Protocol, protocols...))
		}
		for _, f := range e.unchanged(t) {
			if addrs, all := mine.AddrRanges(f, most); all && len(addrs) > 0 {
				h.Narrow(packet.Addresses(f, addrs...))
			}
		}
		out = append(out, h)
	}
	return out
}

// unchanged returns the addresses that the packet of a trace had at the rule as
// the packets of an exposure have them: of the source as it came, of the
// destination as it went.
func (e *Exposure) unchanged(t *eval.Trace) []packet.Field {
	var out []packet.Field
	for _, s := range t.Steps {
		if s.Rule != e.Rule {
			continue
		}
		if s.Flow.Src == t.Flow.Src {
			out = append(out, packet.Src)
		}
		if s.Flow.Dst == t.Left.Dst {
			out = append(out, packet.Dst)
		}
		break
	}
	return out
}

// related returns the rules that lead to the one at fault, in the order of the
// packet's way; where the place is a member of a list, that rule too, and the list.
func (e *Exposure) related(t *eval.Trace, at spot) []Note {
	if t == nil {
		return nil
	}
	var notes []Note
	for _, s := range t.Steps {
		if s.Rule == nil || s.Rule.Span.IsZero() || s.Rule.Span.File == at.span.File && s.Rule.Span.Line() == at.span.Line() {
			continue
		}
		if s.Rule == e.Rule && at.list != nil {
			notes = append(notes, Note{s.Rule.Span, "accepted by this rule"})
			notes = append(notes, e.listNotes(at)...)
		} else if text := noteOf(&s); text != "" {
			notes = append(notes, Note{s.Rule.Span, text})
		}
	}
	const most = 12
	return notes[:min(len(notes), most)]
}

// noteOf says what a step does on the packet's way, empty if it plays no part.
func noteOf(s *eval.Step) string {
	switch {
	case s.Action.NAT != nil && (s.Pending || !s.Action.Tentative):
		return "the packet is translated here"
	case s.Action.Verdict == rules.Jump || s.Action.Verdict == rules.Goto:
		return "goes on in chain " + s.Action.Target.Name
	case s.Action.Out != "":
		return "the packet is sent out by " + s.Action.Out
	case s.Action.Tentative && !s.Pending:
		return "" // it is told where it holds
	case s.Action.Verdict == rules.Accept && s.Stage.Filters && s.Rule.Implicit != "":
		return s.Rule.Implicit
	case s.Action.Verdict == rules.Accept && s.Stage.Filters:
		return "accepted here too"
	case len(s.Action.Set) > 0:
		return "the packet is changed here"
	}
	return ""
}

// listNotes returns where the list begins of which the place is a member: the one
// that the rule names, and the one within it that has the member.
func (e *Exposure) listNotes(at spot) []Note {
	var notes []Note
	from := at.list.Origin.From
	inner := -1
	for i, s := range from {
		if s.File == at.span.File && s.Start <= at.span.Start && (inner < 0 || from[inner].Start < s.Start) {
			inner = i
		}
	}
	for i, s := range from {
		if i != 0 && i != inner || s.File == at.span.File && s.Line() == at.span.Line() {
			continue
		}
		notes = append(notes, Note{s, "which uses " + e.ground.pass.named(s)})
	}
	return notes
}

// named names the definition at a place: "set inet fw/published".
func (p *Pass) named(s source.Span) string {
	for i := range p.Device.Definitions {
		if d := &p.Device.Definitions[i]; d.Span == s {
			return d.Kind + " " + d.Name
		}
	}
	return "this list"
}
