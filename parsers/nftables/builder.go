package nftables

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// builder turns one rule into rules of the model.
type builder struct {
	*lowering
	chain *chain
	early bool // before connection tracking
	text  *text
	rule  *rule
	into  *rules.Chain // where the rules go

	terms  []rules.Term
	alts   []alternative // what else has to hold, and what is set then; nil: nothing
	log    bool
	proto  int  // the protocol that the conditions so far ask for; noProto: none
	ports  bool // they ask for protocols that have ports
	family int  // the IP version that they ask for
	nested bool // the rules go into a chain of their own, from which nothing can return further
	inner  bool // the rule stands in a chain without a name
	quiet  bool // no problems: they were reported before
	never  bool
	worst  source.ProblemKind
	ended  bool
	torn   bool // the rule cannot be read in full
	more   bool // there are statements behind the present one
	wanted []wantedChain
}

// wantedChain is a chain that a rule calls.
type wantedChain struct {
	chain *chain
	early bool
}

func (b *builder) span(start, end int32) source.Span {
	f := b.files[b.text.file]
	return f.Span(int(start), int(max(end, start)))
}

func (b *builder) ruleSpan() source.Span { return b.span(b.text.start, b.text.end) }

// problem reports something about the rule.
func (b *builder) problem(kind source.ProblemKind, span source.Span, format string, args ...any) {
	if !b.quiet {
		b.report(kind, span, format, args...)
	}
	if b.worst == 0 || kind < b.worst {
		b.worst = kind
	}
}

func (b *builder) malformed(n *node, format string, args ...any) {
	b.problem(source.Malformed, b.nodeSpan(n), format, args...)
}

// fail reports an error of a value, and adds the unknown that stands in for the
// condition.
func (b *builder) fail(n *node, what string, err error) {
	switch e := err.(type) { //nolint:errorlint // the errors come straight from the functions that make them
	case *valueError:
		if e.node.kind == nodeVar && b.resolve(e.node) == e.node {
			b.malformed(e.node, "unknown variable %s%s", quote(e.node.text), didYouMean(e.node.text, b.text.scope.names()))
			return
		}
		b.malformed(e.node, "%s: %s", what, e.message)
	case *unresolvedError:
		b.problem(source.Unsupported, b.nodeSpan(e.node), "%s", e.message)
		b.unknown(n, what, packet.Fixed, 0, e.message)
	default:
		b.malformed(n, "%s", err)
	}
}

// resolve returns what an expression stands for where it is a variable.
func (b *builder) resolve(n *node) *node {
	if n.kind != nodeVar {
		return n
	}
	if v := b.value(b.text.scope, n, b.text.seq); v != nil {
		return v
	}
	return n
}

// unknown adds a condition that is not modelled, and leaves the problem to the
// caller.
func (b *builder) unknown(n *node, what string, doubt packet.Doubt, of packet.FieldSet, reason string) {
	b.terms = append(b.terms, rules.Term{Unknown: b.doubt(n, what, doubt, of, reason), Span: b.nodeSpan(n)})
}

// isDrawn reports whether n is something else wherever it is written: a hash
// without a seed gets one by chance (nft_jhash_init in net/netfilter/nft_hash.c).
func (n *node) isDrawn() bool {
	return n != nil && (n.kind == nodeSelector && n.text == "jhash" && !n.flag || slices.ContainsFunc(n.kids, (*node).isDrawn))
}

// doubt returns an unknown condition. What is fixed is the same condition
// wherever it is asked; what varies is drawn anew by every rule.
func (b *builder) doubt(n *node, what string, doubt packet.Doubt, of packet.FieldSet, reason string) *rules.Unknown {
	key := what + " " + b.nodeSpan(n).Text()
	if doubt != packet.Fixed || n.isDrawn() || strings.Contains(key, "$") { // variables have other values elsewhere
		key += fmt.Sprintf(" at %d:%d", n.file, n.start)
	}
	return &rules.Unknown{Reason: reason, Key: key, Doubt: doubt, Of: of}
}

// build lowers a rule into b.into.
func (b *builder) build() {
	if b.text.unread {
		b.anything("what the files say that are included here")
		return
	}
	if b.text.doubt {
		kept := &rules.Unknown{Reason: "a command deletes one of the rules, and it is not known which", Key: fmt.Sprintf("kept %d:%d", b.text.file, b.text.start)}
		b.terms = append(b.terms, rules.Term{Unknown: kept, Span: b.ruleSpan()})
	}
	for _, f := range b.rule.faults {
		b.problem(source.Malformed, b.span(f.start, f.end), "%s", f.message)
	}
	stmts := b.rule.stmts
	b.torn = len(b.rule.faults) > 0
	for i := 1; i < len(stmts); i++ {
		if s := &stmts[i]; stmts[i-1].isFinal() {
			b.problem(source.Malformed, b.span(s.start, s.end), "nothing can stand behind a statement that ends the rule")
			stmts, b.torn = stmts[:i-1], true
			break
		}
	}
	for i := range stmts {
		s := &stmts[i]
		if b.ended {
			break
		}
		b.more = i+1 < len(stmts) || b.torn
		b.statement(s)
	}
	if b.torn {
		b.standIn()
		return
	}
	if !b.ended {
		b.emit(rules.Action{Verdict: rules.Continue})
	}
}

// isFinal reports whether nothing can stand behind a statement.
func (x *stmt) isFinal() bool {
	switch x.kind {
	case stmtVerdict:
		return x.a.text != "continue"
	case stmtReject, stmtNAT, stmtQueue, stmtForward:
		return true
	}
	return false
}

// standIn ends a rule that cannot be read: whether it matches is not known, nor,
// unless it shows at its end, what it does.
func (b *builder) standIn() {
	unreadable := &rules.Unknown{Reason: "the rule cannot be read in full", Key: fmt.Sprintf("unreadable %d:%d", b.text.file, b.text.start)}
	b.terms = append(b.terms, rules.Term{Unknown: unreadable, Span: b.ruleSpan()})
	switch b.rule.last {
	case "accept":
		b.emit(rules.Action{Verdict: rules.Accept})
	case "drop":
		b.emit(rules.Action{Verdict: rules.Drop})
	case "reject":
		b.emit(rules.Action{Verdict: rules.Reject})
	default:
		b.anything("what the rule does cannot be read")
	}
}

// undecided ends the rule with an action that is not modelled.
func (b *builder) undecided(reason string) {
	b.emit(rules.Action{Verdict: rules.Undecided, Unknown: &rules.Unknown{
		Reason: reason, Key: fmt.Sprintf("decision at %d:%d", b.text.file, b.text.start),
	}})
	b.ended = true
}

// anything ends the rule with an action that may do anything to a packet.
func (b *builder) anything(reason string) {
	key := fmt.Sprintf("at %d:%d", b.text.file, b.text.start)
	set := []rules.Assign{
		{Field: packet.Mark, Mask: allBits, Any: true}, {Field: packet.ConnMark, Mask: allBits, Any: true}, {Field: packet.TOS, Mask: 1<<8 - 1, Any: true},
	}
	if b.early {
		// Connection tracking may be told to leave the packet alone.
		set = append(set, rules.Assign{Field: packet.ConnState, Mask: 7, Any: true})
	}
	b.emit(rules.Action{
		Verdict: rules.Undecided, Unknown: &rules.Unknown{Reason: reason, Key: "decision " + key},
		NAT:   &rules.NAT{Src: anyEnd, Dst: anyEnd},
		Set:   set,
		Maybe: &rules.Unknown{Reason: reason, Key: "change " + key},
	})
	b.ended = true
}

// anyEnd is a translation to whatever there is.
var anyEnd = packet.Rewrite{
	Addrs: []packet.AddrRange{packet.PrefixRange(netip.MustParsePrefix("0.0.0.0/0")), packet.PrefixRange(netip.MustParsePrefix("::/0"))},
	Ports: []packet.Range{{First: 0, Last: 65535}},
}

// emit adds the rule with an action, once for each alternative.
func (b *builder) emit(a rules.Action) {
	if b.worst == source.Malformed && !b.torn && (a.Verdict != rules.Continue || len(a.Set) > 0 || b.sets()) {
		b.terms = append(b.terms, rules.Term{
			Unknown: &rules.Unknown{Reason: "the rule cannot be read in full", Key: fmt.Sprintf("unreadable %d:%d", b.text.file, b.text.start)},
			Span:    b.ruleSpan(),
		})
	}
	a.Log = b.log
	if b.nested || b.clash() {
		a = b.leave(a)
	}
	b.emitAs(a)
}

// emitAs does so with an action that is right where the rule stands.
func (b *builder) emitAs(a rules.Action) {
	a.Log = a.Log || b.log
	if b.alts == nil {
		b.add(b.terms, a)
		return
	}
	if b.clash() {
		b.nest()
		if v, ok := inPart[a.Verdict]; ok {
			a.Verdict = v
		}
	}
	for i := range b.alts {
		alt := &b.alts[i]
		if i > 0 && !b.mayMake() {
			b.problem(source.Malformed, b.ruleSpan(), "the rule expands to more than %d rules", b.in.Limits.Expansion)
			return
		}
		x := a
		x.Set = append(slices.Clone(alt.set), a.Set...)
		b.add(slices.Concat(b.terms, alt.terms), x)
	}
}

// inPart are the verdicts that are others in a part of a rule: both lead back to
// where the part was called.
var inPart = map[rules.Verdict]rules.Verdict{rules.Continue: rules.Return, rules.Jump: rules.Goto}

// leave returns an action for a part of a rule that stands in a chain of its own:
// return and goto leave the chain of the rule, and not just the part. From a
// base chain they lead to its policy; where else they lead is not modelled.
func (b *builder) leave(a rules.Action) rules.Action {
	switch {
	case a.Verdict != rules.Return && a.Verdict != rules.Goto:
		return a
	case b.chain.base == nil || b.inner:
		b.problem(source.Unsupported, b.ruleSpan(), "%v behind a changed mark that the rule also asks for is not modelled", a.Verdict)
		return rules.Action{Verdict: rules.Undecided, Log: a.Log, Unknown: &rules.Unknown{
			Reason: "where the packet goes next is not modelled", Key: fmt.Sprintf("decision at %d:%d", b.text.file, b.text.start),
		}}
	}
	policy := b.chainFor(b.chain, b.early).Policy.Verdict
	if a.Verdict == rules.Return {
		a.Verdict = policy
		return a
	}
	called := b.newPart()
	for _, x := range []rules.Action{{Verdict: rules.Jump, Target: a.Target}, {Verdict: policy}} {
		r := b.newRule()
		*r = rules.Rule{Action: x, Span: b.ruleSpan()}
		called.Rules = append(called.Rules, r)
	}
	a.Verdict, a.Target = rules.Jump, called
	return a
}

// add adds one rule.
func (b *builder) add(terms []rules.Term, a rules.Action) {
	var match rules.Match
	if len(terms) > 0 {
		match = slices.Clone(terms)
	}
	if b.never {
		match = append(match, rules.Term{Boxes: nothing, Span: b.ruleSpan()})
	}
	if a.Maybe == nil && slices.ContainsFunc(a.Set, func(s rules.Assign) bool { return s.Any }) {
		a.Maybe = &rules.Unknown{Reason: "the value that a mark is set to is not modelled", Key: fmt.Sprintf("value at %d:%d", b.text.file, b.text.start)}
	}
	r := b.newRule()
	*r = rules.Rule{Match: match, Action: a, Comment: clone(b.rule.comment), Span: b.ruleSpan()}
	b.into.Rules = append(b.into.Rules, r)
}

var (
	nothing = packet.Numbers(packet.ConnState)
	tracked = packet.Numbers(packet.ConnState, packet.Range{First: uint32(packet.New), Last: uint32(packet.Related)})
	opening = packet.Number(packet.ConnState, uint32(packet.New))
	// underway holds the packets of connections that exist already.
	underway = packet.Numbers(packet.ConnState, packet.Range{First: uint32(packet.Established), Last: uint32(packet.Related)})
	portless = func() *packet.Boxes {
		var rs []packet.Range
		for p := range 256 {
			if !packet.Proto(p).HasPorts() {
				rs = append(rs, packet.One(uint32(p)))
			}
		}
		return packet.Numbers(packet.Protocol, rs...)
	}()
)
