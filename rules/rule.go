package rules

import (
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Chain is a list of rules tried in order.
type Chain struct {
	Name   string // unique on the device, as its administrators call it
	Rules  []*Rule
	Policy Action // for packets that no rule decides; Return in a called chain
	// Implicit says why there is a policy though nobody wrote it; empty for a
	// written one.
	Implicit string
	Span     source.Span
}

// Rule applies an Action to the packets of a Match.
//
// What a dialect does without being told, such as an implicit deny or letting
// replies through, is a Rule too, so that evaluation has no special cases.
type Rule struct {
	Match    Match
	Action   Action
	Implicit string // why the rule is there though nobody wrote it; empty for a written rule
	Comment  string // the administrator's own words
	Span     source.Span
}

// Match is a conjunction: a packet matches when every Term holds.
// The empty Match holds for every packet.
type Match []Term

// Term is one condition of a rule: that the packet lies in Boxes, or else in
// the part that an Unknown covers and the unknown condition holds. The term is
// false, negated or not, for a packet that lacks one of the fields of Boxes. It
// is plain data; only a question turns it into a set of packets.
type Term struct {
	Boxes   *packet.Boxes // nil: no packet is sure to be in
	Unknown *Unknown      // nil: the term is exact
	Negated bool
	Span    source.Span
	Origin  *Origin // nil: written in one piece, in its span
}

// Origin tells what a term was put together from.
type Origin struct {
	From    []source.Span // definitions it was expanded from: groups, sets, macros
	Members []Member      // the members as written; empty: the span covers all
}

// Member is one written part of a list, group or set.
type Member struct {
	Boxes *packet.Boxes // the packets that it brings in
	Span  source.Span
}

// Unknown is a condition that the model does not cover.
type Unknown struct {
	Reason string          // for people: "the contents of ipset partners are not given"
	Key    string          // equal keys, asked of the same packet: the same condition
	Doubt  packet.Doubt    // how the condition comes out
	Of     packet.FieldSet // the fields it is asked of: a packet whose fields were translated is another
	Within *packet.Boxes   // the packets it is asked of; nil: all. For others it does not hold
}

// Action is what a rule does to a packet.
type Action struct {
	Verdict Verdict
	// Tentative says that the verdict holds only if no later rule of the stage gives
	// one, as in pf without "quick"; calls and returns do not end that. What Set says
	// happens at once, and stays. NAT and Out take effect at the end of the stage, if
	// the verdict holds then: the rules behind this one see the packet as it was.
	Tentative bool
	Log       bool
	Target    *Chain   // set iff Verdict is Jump or Goto
	NAT       *NAT     // nil: addresses and ports stay
	Set       []Assign // what else the packet gets
	// Out is the interface by which the packet leaves if it passes through, whatever
	// the routes say; empty: they decide. It is settled before the stage that
	// routes. ToSelf of a NAT beside it is the address on that interface.
	Out     string
	Unknown *Unknown // set iff Verdict is Undecided
	// Maybe says on what it hangs whether the packet is changed as NAT, Set and Out
	// say, or left as it is; nil: it is changed.
	Maybe *Unknown
}

// AtOnce returns what the action does when its rule matches, AtLast what it does
// when its verdict holds at the end of the stage. They differ from the action if it
// is Tentative and translates or settles the way.
func (a Action) AtOnce() Action {
	if !a.Tentative {
		return a
	}
	a.NAT, a.Out = nil, ""
	return a.trim()
}

// AtLast returns what a tentative action still does at the end of the stage.
func (a Action) AtLast() Action {
	a.Set = nil
	return a.trim()
}

// trim drops the condition of an action that changes nothing.
func (a Action) trim() Action {
	if !a.Changes() {
		a.Maybe = nil
	}
	return a
}

// Changes reports whether the action makes another packet of a packet, or settles
// its way.
func (a Action) Changes() bool { return a.NAT != nil || len(a.Set) > 0 || a.Out != "" }

// Assign changes a number field of a packet: the bits of Mask are replaced by
// those of Value, then what Copy has in Xor is mixed in by exclusive or.
type Assign struct {
	Field       packet.Field
	Mask, Value uint32
	Flip        uint32       // bits changed by exclusive or after that
	Copy        packet.Field // 0: none
	CopyMask    uint32
	// Any says that it is not known what the bits of Mask become. The action
	// that does so says on what it hangs.
	Any bool
}

// Verdict says where a packet goes next.
type Verdict uint8

// The verdicts. The zero Verdict lets the next rule decide.
const (
	Continue Verdict = iota
	Accept
	Drop
	Reject
	Jump
	Goto
	Return
	// Undecided: the rule accepts or drops, or neither, in a way the model does
	// not cover.
	Undecided
)

var verdictNames = [...]string{"continue", "accept", "drop", "reject", "jump", "goto", "return", "unknown"}

// String returns the verdict in lower case.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "?"
}

// Decides reports whether v settles what becomes of a packet.
func (v Verdict) Decides() bool { return v == Accept || v == Drop || v == Reject }

// NAT rewrites the ends of a packet.
type NAT struct {
	Src, Dst packet.Rewrite
}

// Reached returns the chains that a packet in c can get to, c first.
func (c *Chain) Reached() []*Chain {
	seen := map[*Chain]bool{c: true}
	out := []*Chain{c}
	for i := 0; i < len(out); i++ {
		for _, r := range out[i].Rules {
			if t := r.Action.Target; t != nil && !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}
