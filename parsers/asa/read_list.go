package asa

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// listDraft is a list while its lines are read.
type listDraft struct {
	list  *list
	slots sequence[slot]
	index map[string][]*item[slot] // by what an entry says; nil: nothing was taken away so far
	last  int                      // of "show access-list": the line of the last entry
	group bool                     // and whether its elements have been met
}

// slot is a line of a list: an entry or a remark.
type slot struct {
	ace    *ace
	remark string
	rule   string // of FTD: the number of the rule
}

// listKinds are the words that say what a list is written for.
var listKinds = []string{"extended", "standard", "advanced", "ethertype", "webtype"}

// accessList reads "access-list".
func (r *reader) accessList(l *line, not bool) { r.listLine(l, not, r.draft.lists) }

// accessList6 reads "ipv6 access-list", of versions before 9.0.
func (r *reader) accessList6(l *line, not bool) {
	r.only6 = true
	r.listLine(l, not, r.draft.lists6)
	r.only6 = false
	r.draft.seen.old6 = true
}

// listLine reads a line of a list, whichever.
func (r *reader) listLine(l *line, not bool, lists map[string]*listDraft) {
	r.shown, r.ruleID = false, ""
	name := l.word("the name of a list")
	next := l.peek()
	switch {
	case strings.HasSuffix(name, ";"):
		r.headers[r.intern(strings.TrimSuffix(name, ";"))] = true
		r.kind = source.Ignored
		return
	case isListSetting(name, next.Value), l.done() && !not:
		r.settingOfLists(l, name)
		return
	case next.Value == "compiled":
		r.kind = source.Ignored
		return
	case not && l.done():
		r.removeList(name)
		return
	}
	name = r.intern(name)
	number := r.lineNumber(l, name)
	if r.shown {
		lists = r.draft.shown
	}
	d := r.listOf(lists, name, l)
	switch {
	case not && number > 0 && l.done():
		r.removeLine(l, d, number)
	case l.take("remark"):
		r.remark(l, d, number, not)
	case not:
		r.removeEntry(l, d)
	default:
		r.addEntry(l, d, number)
	}
}

// lineNumber consumes "line N", if it is there, and finds out whether the line is
// one of "show access-list": those have counters or hashes, or stand behind a
// head. 0: no number is given.
func (r *reader) lineNumber(l *line, name string) int {
	if !l.is("line") {
		return 0
	}
	n, ok := decimal(l.ahead(1).Value, 99_999)
	if !ok {
		return 0
	}
	l.at += 2
	last := l.toks[len(l.toks)-1].Value
	r.shown = isHash(last) || isNote(last) || r.headers[name] && l.is("remark")
	return n
}

// isListSetting reports whether a line is no list but a setting of all.
func isListSetting(name, next string) bool {
	switch name {
	case "alert-interval", "deny-flow-max", "compiled", "commit", "mode", "cached":
		return next != "permit" && next != "deny" && next != "extended" && next != "remark" && next != "line"
	}
	return false
}

func (r *reader) settingOfLists(l *line, name string) {
	switch name {
	case "alert-interval", "deny-flow-max", "compiled", "commit", "mode", "cached":
		r.kind = source.Ignored
	default:
		l.fail("expected permit, deny, extended, standard or remark")
		r.addBroken(l, r.listOf(r.draft.lists, r.intern(name), l))
	}
}

// listOf returns the draft of a list, a new one if there is none.
func (r *reader) listOf(lists map[string]*listDraft, name string, l *line) *listDraft {
	d := lists[name]
	if d == nil {
		d = &listDraft{list: &list{name: name, span: l.span()}}
		lists[name] = d
	}
	return d
}

// remark reads a remark of a list, from its text on.
func (r *reader) remark(l *line, d *listDraft, number int, not bool) {
	text := l.rest()
	rule := ""
	if id, after, ok := strings.Cut(strings.TrimPrefix(text, "rule-id "), ": "); ok && strings.HasPrefix(text, "rule-id ") {
		rule, text = r.intern(id), after
	}
	l.skip()
	s := slot{remark: strings.Clone(text), rule: rule}
	if not {
		d.remove("remark " + text)
		return
	}
	d.put(number, s, r.shown)
}

// addEntry reads an entry of a list, and puts it at its place.
func (r *reader) addEntry(l *line, d *listDraft, number int) {
	a := r.newACE()
	kind := r.listKind(l)
	r.readEntry(l, d, kind, a)
	if l.bad != nil {
		r.addBroken(l, d)
		return
	}
	if d.list.kind == 0 {
		d.list.kind = kind
	}
	a.span = l.span()
	if r.shown {
		d.show(number, slot{ace: a, rule: r.intern(r.ruleID)})
		return
	}
	r.countEntry(l)
	if l.bad != nil {
		r.addBroken(l, d)
		return
	}
	d.put(number, slot{ace: a, rule: r.intern(r.ruleID)}, false)
	r.present = half{"access-list", a, a.span}
}

// listKind consumes the word that says what a list is written for.
func (r *reader) listKind(l *line) listKind {
	switch {
	case l.take("extended"):
		r.draft.seen.extended = true
	case l.take("advanced"):
		r.draft.seen.advanced = true
	case l.take("standard"):
		return listStandard
	case l.take("ethertype"):
		return listEthertype
	case l.take("webtype"):
		return listWebtype
	}
	return listExtended
}

// readEntry reads an entry of a list of some kind.
func (r *reader) readEntry(l *line, d *listDraft, kind listKind, a *ace) {
	if d.list.kind != 0 && d.list.kind != kind && l.bad == nil {
		l.fail("the lines before make " + d.list.name + " a list of another kind: expected one of its entries")
		return
	}
	switch kind {
	case listStandard:
		r.standardEntry(l, a)
	case listEthertype, listWebtype:
		r.otherEntry(l, a)
	case listExtended:
		if v := l.peek().Value; v != "permit" && v != "deny" && v != "trust" {
			l.failHint("expected permit or deny", suggest.DidYouMean(v, append(listKinds, "permit", "deny", "remark", "line")))
			return
		}
		r.entry(l, a)
	}
}

// standardEntry reads an entry of a standard list: one address.
func (r *reader) standardEntry(l *line, a *ace) {
	start := l.start()
	r.otherVerdict(l, a)
	a.head = l.from(start)
	a.src, a.dst = r.address(l), address{kind: addrAny}
	a.service.icmpType, a.service.icmpCode = -1, -1
	r.tail(l, a)
}

// otherEntry reads an entry of a list for frames or for web access, which has no
// bearing on packets that are routed.
func (r *reader) otherEntry(l *line, a *ace) {
	start := l.start()
	r.otherVerdict(l, a)
	a.head = l.from(start)
	l.word("what the entry is for")
	l.skip()
	r.kind = source.Ignored
}

func (r *reader) otherVerdict(l *line, a *ace) {
	switch l.takeAny("permit", "deny") {
	case "permit":
		a.verdict = acePermit
	case "deny":
		a.verdict = aceDeny
	default:
		l.failHint("expected permit or deny", suggest.DidYouMean(l.peek().Value, []string{"permit", "deny"}))
	}
}

// addBroken puts an entry in a list that may do anything.
func (r *reader) addBroken(l *line, d *listDraft) {
	a := r.newACE()
	*a = ace{verdict: aceBroken, head: l.span(), span: l.span()}
	if d.list.kind == 0 {
		d.list.kind = listExtended
	}
	d.slots.add(slot{ace: a})
}

// removeEntry reads "no access-list NAME ENTRY".
func (r *reader) removeEntry(l *line, d *listDraft) {
	var a ace
	r.readEntry(l, d, r.listKind(l), &a)
	if l.bad != nil {
		return
	}
	s := slot{ace: &a}
	if !d.remove(s.key()) {
		r.note(l.span(), "there is no such entry to take away")
	}
	if d.slots.size() == 0 {
		r.removeList(d.list.name)
	}
}

// removeLine reads "no access-list NAME line N".
func (r *reader) removeLine(l *line, d *listDraft, number int) {
	it := d.slots.at(number)
	if it == nil {
		r.note(l.span(), "there is no such entry to take away")
		return
	}
	key := it.value.key()
	d.slots.remove(it)
	if d.index != nil {
		d.index[key] = slices.DeleteFunc(d.index[key], func(x *item[slot]) bool { return x == it })
	}
	if d.slots.size() == 0 {
		r.removeList(d.list.name)
	}
}

// removeList takes a list away, and where it is bound.
func (r *reader) removeList(name string) {
	var four, six *list
	if d := r.draft.lists[name]; d != nil {
		four = d.list
	}
	if d := r.draft.lists6[name]; d != nil {
		six = d.list
	}
	delete(r.draft.lists, name)
	delete(r.draft.lists6, name)
	r.unbind(name, r.draft.placeOf(four, six))
}
