package iptables

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// valueError is a value that the native tools refuse: what it is, and what was
// expected in its place.
type valueError struct {
	word     word
	expected string
}

const reversed = "a range whose start is not above its end"

// errReversed is a range whose start is above its end.
var errReversed = errors.New(reversed)

// Is tells reversed ranges from other bad values.
func (e *valueError) Is(target error) bool { return target == errReversed && e.expected == reversed }

// Error says what was expected.
func (e *valueError) Error() string {
	return fmt.Sprintf("bad value %s; expected %s", quote(e.word.text), e.expected)
}

// unresolvedError is a name that the native tools look up when the rules are loaded.
type unresolvedError struct {
	word word
	kind string // "host name"
}

// Error says that the name is looked up elsewhere.
func (e *unresolvedError) Error() string {
	return fmt.Sprintf("the %s %s is looked up on the machine that loads the rules", e.kind, quote(e.word.text))
}

// list cuts a word at its commas. A list has at least one part, and parts may be
// empty.
func (w word) list() []word {
	var parts []word
	start := 0
	for i := 0; i <= len(w.text); i++ {
		if i < len(w.text) && w.text[i] != ',' {
			continue
		}
		parts = append(parts, w.part(start, i))
		start = i + 1
	}
	return parts
}

// part returns some bytes of a word. In a quoted word places are those of the
// whole.
func (w word) part(from, to int) word {
	p := word{text: w.text[from:to], start: w.start + int32(from), end: w.start + int32(to)}
	if w.quoted {
		p.start, p.end, p.quoted = w.start, w.end, true
	}
	return p
}

// cut splits a word at the first separator.
func (w word) cut(sep byte) (before, after word, found bool) {
	i := strings.IndexByte(w.text, sep)
	if i < 0 {
		return w, word{}, false
	}
	return w.part(0, i), w.part(i+1, len(w.text)), true
}

// number reads a number up to most, in the notation of C.
func (w word) number(most uint64) (uint64, error) {
	n, ok := cNumber(w.text)
	if !ok || n > most {
		return 0, &valueError{w, fmt.Sprintf("a number from 0 to %d", most)}
	}
	return n, nil
}

// cNumber reads a number as strtoul does with base 0: 0x begins a hexadecimal
// one, and 0 an octal one.
func cNumber(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
	case strings.HasPrefix(s, "0"):
		base = 8
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// numbers reads "n", "n:m", ":m" or "n:".
func (w word) numbers(most uint64) (packet.Range, error) {
	return w.numberRange(most, func(x word) (uint64, error) { return x.number(most) })
}

func (w word) numberRange(most uint64, read func(word) (uint64, error)) (packet.Range, error) {
	lo, hi, both := w.cut(':')
	if !both {
		n, err := read(w)
		return packet.One(uint32(n)), err
	}
	first, last := uint64(0), most
	var err error
	if lo.text != "" {
		if first, err = read(lo); err != nil {
			return packet.Range{}, err
		}
	}
	if hi.text != "" {
		if last, err = read(hi); err != nil {
			return packet.Range{}, err
		}
	}
	if first > last {
		return packet.Range{}, &valueError{w, reversed}
	}
	return packet.Range{First: uint32(first), Last: uint32(last)}, nil
}

// maxPort is the highest port.
const maxPort = 65535

// port reads a port: a number or the name of a service.
func (w word) port() (uint64, error) {
	if n, ok := cNumber(w.text); ok {
		if n > maxPort {
			return 0, &valueError{w, "a port from 0 to 65535"}
		}
		return n, nil
	}
	if p, ok := names.Port(strings.ToLower(w.text)); ok {
		return uint64(p), nil
	}
	if w.text == "" || strings.ContainsAny(w.text[:1], "-+!,.:/") || w.text[0] >= '0' && w.text[0] <= '9' {
		return 0, &valueError{w, "a port from 0 to 65535, a range of ports, or the name of a service"}
	}
	return 0, &unresolvedError{w, "service name"}
}

// ports reads a port or a range of ports.
func (w word) ports() (packet.Range, error) { return w.numberRange(maxPort, word.port) }

// masked reads value[/mask].
func (w word) masked(most uint64) (value, mask uint32, err error) {
	v, m, has := w.cut('/')
	n, err := v.number(most)
	if err != nil {
		return 0, 0, err
	}
	k := most
	if has {
		if k, err = m.number(most); err != nil {
			return 0, 0, err
		}
	}
	return uint32(n), uint32(k), nil
}
