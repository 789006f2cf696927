package nftables

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// settle takes out the elements that are to go. It costs a look at all, and is
// done once for all commands that stand together.
func (l *lowering) settle(c *contents, head source.Span) {
	if len(c.gone) == 0 {
		return
	}
	l.edits += len(c.entries) * editsOfElement
	if l.edits > maxEdits {
		l.recount(l.rootOfSpan(head), l.report(source.Malformed, head, "sets are edited too often to follow"))
		c.unclear = "the set is edited too often to follow"
	} else {
		c.remove(c.gone)
	}
	c.gone = nil
}

// editsOfElement is how many rules are moved while an element is looked at.
const editsOfElement = 40

// remove takes elements out, as one pass over all of them. What is not an element
// may be a part of one.
func (c *contents) remove(list []entry) {
	found := make(map[string]bool, len(list))
	for i := range list {
		found[list[i].key()] = false
	}
	c.entries = slices.DeleteFunc(c.entries, func(e entry) bool {
		k := e.key()
		_, gone := found[k]
		if gone {
			found[k] = true
		}
		return gone
	})
	for i := range list {
		if !found[list[i].key()] {
			c.perhaps = append(c.perhaps, list[i])
		}
	}
}

// key returns a text that is the same for the same keys.
func (e *entry) key() string {
	if e.star {
		return "*"
	}
	var w strings.Builder
	for i := range e.atoms {
		switch a := &e.atoms[i]; {
		case a.name != nil:
			fmt.Fprintf(&w, "%q.", a.name.String())
		case a.wide != nil:
			fmt.Fprintf(&w, "%v-%v.", a.wide.First, a.wide.Last)
		default:
			fmt.Fprintf(&w, "%d-%d.", a.lo, a.hi)
		}
	}
	return w.String()
}

// isRanges reports whether nft keeps the elements of a set as the ends of ranges.
func (x *set) isRanges(c *contents) bool { return x.flags["interval"] && len(c.types) == 1 }

// mayDelete puts what is to be deleted among what may be. nft works out what is
// left of a set of ranges before it has the elements that stand in the block of
// the set, and so may delete nothing (versions up to 1.0.6 do).
func (l *lowering) mayDelete(x *set, c *contents) {
	l.note(fmt.Sprintf("elements that the script deletes again may stay in set %s", x.table.fullName(x.name)))
	c.perhaps = append(c.perhaps, c.gone...)
	c.gone = nil
}

// doubtDeleted takes the elements that may have been deleted, in part or as a
// whole, from those that are sure to be there.
func (l *lowering) doubtDeleted(c *contents, head source.Span) {
	if len(c.perhaps) == 0 || len(c.entries) == 0 {
		return
	}
	l.edits += len(c.perhaps) * len(c.entries)
	if l.edits > maxEdits {
		l.recount(l.rootOfSpan(head), l.report(source.Malformed, head, "sets are edited too often to follow"))
		c.unread, c.lost = true, true
		return
	}
	c.entries = slices.DeleteFunc(c.entries, func(e entry) bool {
		touched := slices.ContainsFunc(c.perhaps, func(p entry) bool { return e.touches(&p) })
		if touched {
			c.shaky = append(c.shaky, e)
		}
		return touched
	})
}

// touches reports whether two elements have a key in common.
func (e *entry) touches(f *entry) bool {
	if e.star || f.star {
		return e.star == f.star
	}
	for i := range min(len(e.atoms), len(f.atoms)) {
		if !e.atoms[i].touches(&f.atoms[i]) {
			return false
		}
	}
	return true
}

func (a *atom) touches(b *atom) bool {
	switch {
	case a.name != nil && b.name != nil:
		long, short := a.name, b.name
		if len(long.Text) < len(short.Text) {
			long, short = short, long
		}
		return long.Text == short.Text || short.Prefix && strings.HasPrefix(long.Text, short.Text)
	case a.wide != nil && b.wide != nil:
		return !a.wide.Last.Less(b.wide.First) && !b.wide.Last.Less(a.wide.First)
	}
	return a.lo <= b.hi && b.lo <= a.hi
}

// shaky returns what stands in for the elements of a set that may be there, nil
// if there are none.
func (b *builder) shaky(o *operand, x *set, c *contents) *rules.Unknown {
	if len(c.shaky) == 0 {
		return nil
	}
	u := &rules.Unknown{
		Reason: fmt.Sprintf("elements of set %s may have been deleted", x.name),
		Key:    "deleted from set " + b.chain.table.fullName(x.name) + " " + o.name(),
	}
	if o.opaque() == nil && len(o.ops) == 0 && !slices.ContainsFunc(c.shaky, func(e entry) bool { return e.star }) {
		u.Within = o.union(c.shaky)
	}
	return u
}
