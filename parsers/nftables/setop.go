package nftables

import (
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// changedKey returns the key of the element that a set operation changes, nil if
// there is none.
func (x *stmt) changedKey() *node {
	if x.a != nil && x.a.kind == nodeElement {
		return x.a.kids[0]
	}
	return x.a
}

// setOp lowers a change of a set by packets. What the rule asks of the changed
// element is a condition of the rule.
func (b *builder) setOp(s *stmt) {
	if s.b != nil {
		if b.chain.table.sets[s.b.text] == nil {
			b.missingSet(s.b, b.nodeSpan(s.b))
		}
	}
	if key := s.changedKey(); key != nil && hasField(key) {
		o := b.operand(key)
		if o.bad {
			return
		}
	}
	if !b.evaluate(s.a) {
		return
	}
	for i := range s.stmts {
		b.statement(&s.stmts[i])
	}
	if s.op != "delete" {
		b.changed(s)
	}
}

// changed adds the conditions that a changed element brings along: there has to
// be room for it, and its limits have to be kept (net/netfilter/nft_dynset.c).
func (b *builder) changed(s *stmt) {
	var x *set
	if s.b != nil {
		x = b.chain.table.sets[s.b.text]
	}
	if x == nil {
		b.often(s, packet.Occasional, true, fullReason)
		return
	}
	c := b.contentsOf(x)
	switch {
	case x.size > 0 && c.written >= int(x.size):
		b.often(s, packet.Fixed, true, fullReason)
	case !x.hasRoom(c):
		b.often(s, packet.Occasional, true, fullReason)
	}
	if c.guarded {
		b.often(s, packet.Varying, false, guardReason)
	}
}

const fullReason = "whether the set is full"

// usualSize is the size of a set that rules change, where none is written
// (src/evaluate.c).
const usualSize = 65535

// hasRoom reports whether a set can hold all keys that there are. Elements that
// go after some time take up room a while longer.
func (x *set) hasRoom(c *contents) bool {
	if x.expires || x.flags["timeout"] || len(c.types) == 0 {
		return false
	}
	size := uint64(x.size)
	if size == 0 {
		size = usualSize
	}
	keys := uint64(1)
	for _, t := range c.types {
		if t.kind != numbers {
			return false
		}
		if keys *= uint64(t.most) + 1; keys > size {
			return false
		}
	}
	return true
}
