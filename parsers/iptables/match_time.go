package iptables

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

const (
	secondsOfDay = 24 * 3600
	daysOfWeek   = 7
)

// lowerTime lowers hours and days of the week to the time of the packet, which
// takes every value in turn. Dates and days of the month are conditions of
// their own: they come, or they have passed (xt_time.c).
func lowerTime(b *builder, u *use) {
	t := clock{days: 1<<daysOfWeek - 1, stop: secondsOfDay - 1}
	local := false
	for i := range u.options {
		o := &u.options[i]
		var err error
		switch o.name {
		case "timestart":
			t.start, err = readTime(o.args[0])
		case "timestop":
			t.stop, err = readTime(o.args[0])
		case "weekdays", "days":
			t.days, err = readWeekdays(o)
		case "contiguous":
			t.contiguous = true
		case "kerneltz", "localtz":
			local = true
		case "monthdays":
			b.doubt(o, packet.Varying, 0, false, "the day of the month")
		case "datestart", "datestop":
			if o.name == "datestop" && strings.HasPrefix(o.args[0].text, "2038-01-19") {
				continue // what save prints where no end was given
			}
			b.doubt(o, packet.Fixed, 0, false, "whether the date has come or has passed")
		}
		if err != nil {
			b.fail(o, 0, err)
			return
		}
	}
	o := u.asOption()
	switch {
	case t.isAlways():
	case local:
		b.doubt(&o, packet.Varying, 0, false, "the time in the kernel's own time zone")
	default:
		b.match(&o, packet.Numbers(packet.Time, t.ranges()...))
	}
}

// clock is a daily span of time on some days of the week.
type clock struct {
	start, stop int  // seconds of the day; stop is inside
	days        int  // bit 0 is Monday
	contiguous  bool // a span past midnight belongs to the day on which it starts
}

func (t clock) isAlways() bool {
	return t.days == 1<<daysOfWeek-1 && t.start == 0 && t.stop == secondsOfDay-1
}

// ranges returns the seconds of the week that t covers.
func (t clock) ranges() []packet.Range {
	var rs []packet.Range
	add := func(day, from, to int) {
		base := day % daysOfWeek * secondsOfDay
		rs = append(rs, packet.Range{First: uint32(base + from), Last: uint32(base + to)})
	}
	for day := range daysOfWeek {
		if t.days>>day&1 == 0 {
			continue
		}
		switch {
		case t.start <= t.stop:
			add(day, t.start, t.stop)
		case t.contiguous:
			add(day, t.start, secondsOfDay-1)
			add(day+1, 0, t.stop)
		default:
			add(day, t.start, secondsOfDay-1)
			add(day, 0, t.stop)
		}
	}
	return rs
}

// readTime reads hh:mm[:ss].
func readTime(w word) (int, error) {
	parts := strings.Split(w.text, ":")
	bad := &valueError{w, "a time like 08:30 or 08:30:00"}
	if len(parts) < 2 || len(parts) > 3 {
		return 0, bad
	}
	seconds := 0
	for i, unit := range []int{3600, 60, 1} {
		if i == len(parts) {
			break
		}
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 || n > 59 || i == 0 && n > 23 {
			return 0, bad
		}
		seconds += n * unit
	}
	return seconds, nil
}

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// readWeekdays reads a list of days, by name or number from Monday.
func readWeekdays(o *option) (int, error) {
	days := 0
	for _, w := range o.args[0].list() {
		name := strings.ToLower(w.text)
		i := slices.IndexFunc(weekdays, func(d string) bool { return len(name) >= 2 && strings.HasPrefix(name, d[:2]) })
		if n, err := strconv.Atoi(name); err == nil {
			i = n - 1
			if n == 8 || n == 9 {
				continue // taken, and no day
			}
		}
		if i < 0 || i >= daysOfWeek {
			return 0, &valueError{w, fmt.Sprintf("days out of %s", strings.Join(weekdays, ", "))}
		}
		days |= 1 << i
	}
	if o.negated {
		days ^= 1<<daysOfWeek - 1
	}
	return days, nil
}
