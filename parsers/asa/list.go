package asa

import (
	"fmt"
	"slices"
	"strings"
)

// put puts a line in a list, at a place if one is named.
func (d *listDraft) put(number int, s slot, shown bool) {
	var it *item[slot]
	if number > 0 && !shown {
		it = d.slots.insert(number, s)
	} else {
		it = d.slots.add(s)
	}
	if d.index != nil {
		d.index[s.key()] = append(d.index[s.key()], it)
	}
}

// show puts a line of "show access-list" in a list: the elements of a line
// stand for the line itself.
func (d *listDraft) show(number int, s slot) {
	s.ace.line = number
	if number == d.last && number > 0 {
		if !d.group {
			d.dropLast()
		}
		d.group = true
	} else {
		d.last, d.group = number, false
	}
	d.slots.add(s)
}

// dropLast takes the last line of a list away.
func (d *listDraft) dropLast() {
	for _, b := range slices.Backward(d.slots.blocks) {
		for _, it := range slices.Backward(b.items) {
			if it.in != nil && it.value.ace != nil {
				d.slots.remove(it)
				return
			}
		}
	}
}

// key returns what a line says, the same for all ways of saying it.
func (s *slot) key() string {
	if s.ace == nil {
		return "remark " + s.remark
	}
	a := s.ace
	return fmt.Sprint(a.verdict, a.inactive, a.service.key(), a.group, a.object, a.src.key(), a.dst.key(), a.icmp, a.in, a.out, a.when, a.identity)
}

func (i *serviceItem) key() string {
	return fmt.Sprint(i.protos, i.src.ranges, i.src.group, i.dst.ranges, i.dst.group, i.icmpType, i.icmpCode, i.object)
}

func (a *address) key() string {
	return fmt.Sprint(a.kind, a.numbers, a.addr, a.mask, a.name)
}

// remove takes the first line away that says what key says, and reports whether
// there is one.
func (d *listDraft) remove(key string) bool {
	if d.index == nil {
		d.index = map[string][]*item[slot]{}
		for _, b := range d.slots.blocks {
			for _, it := range b.items {
				if it.in != nil {
					k := it.value.key()
					d.index[k] = append(d.index[k], it)
				}
			}
		}
	}
	found := d.index[key]
	if len(found) == 0 {
		return false
	}
	d.slots.remove(found[0])
	d.index[key] = found[1:]
	return true
}

// finishLists turns the drafts into lists.
func (d *draft) finishLists() {
	for name, l := range d.lists {
		d.cfg.lists[name] = l.finish()
	}
	for name, l := range d.lists6 {
		d.cfg.lists6[name] = l.finish()
	}
	for name, l := range d.shown {
		done := l.finish()
		done.shown = true
		d.cfg.shown[name] = done
		if d.cfg.lists[name] == nil && d.cfg.lists6[name] == nil {
			d.cfg.lists[name] = done
		}
	}
}

// finish numbers the entries of a list, and gives them their remarks: those
// just before them or, on FTD, those of their rule (asa.md section 14).
func (d *listDraft) finish() *list {
	l := d.list
	if l.kind == 0 {
		l.kind = listExtended
	}
	rules := d.rules()
	l.entries = make([]*ace, 0, d.slots.size())
	number := 0
	var before []string
	d.slots.each(func(s *slot) {
		number++
		if s.ace == nil {
			if s.rule == "" {
				before = append(before, s.remark)
			}
			return
		}
		a := s.ace
		if a.line == 0 {
			a.line = number
		}
		a.remark = strings.Join(before, "; ")
		before = nil
		if of := rules[s.rule]; of != nil && s.rule != "" {
			a.remark, a.prefilter = of.remark, of.prefilter
		}
		l.entries = append(l.entries, a)
	})
	return l
}

// ruleRemark is what the remarks on a rule of FTD say.
type ruleRemark struct {
	remark    string
	prefilter bool
}

// rules returns the remarks of each rule of FTD.
func (d *listDraft) rules() map[string]*ruleRemark {
	parts := map[string][]string{}
	d.slots.each(func(s *slot) {
		if s.ace == nil && s.rule != "" {
			parts[s.rule] = append(parts[s.rule], s.remark)
		}
	})
	rules := make(map[string]*ruleRemark, len(parts))
	for id, said := range parts {
		rule := &ruleRemark{remark: strings.Join(said, "; ")}
		for _, s := range said {
			rule.prefilter = rule.prefilter || strings.HasPrefix(s, "PREFILTER POLICY:")
		}
		rules[id] = rule
	}
	return rules
}
