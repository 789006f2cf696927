package packet

import (
	"fmt"
	"testing"
)

// TestRowOfUnknowns holds that a chain of rules, each with a condition of its own
// that is not known, takes nodes in proportion to its length.
func TestRowOfUnknowns(t *testing.T) {
	const rules, perRule = 1000, 50 // each of the nodes of the protocol comes again
	u := NewUniverse(Space{Nodes: rules * perRule})
	left, accepted := u.Box(Number(Protocol, uint32(TCP))), u.None()
	for i := range rules {
		x := u.Unknown(fmt.Sprint("condition ", i), Fixed)
		accepted = accepted.Or(left.And(x))
		left = left.Minus(x)
	}
	if accepted.Or(left) != u.Box(Number(Protocol, uint32(TCP))) {
		t.Error("packets got lost on the way")
	}
}
