package report

import (
	"fmt"
	"unicode/utf8"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The hash that GitHub computes for alerts that bring none (codeql-action,
// src/fingerprints.ts): over the hundred UTF-16 units from the start of the
// line on, without blanks.
const (
	hashBlock = 100
	hashBase  = uint64(37)
	hashEnd   = 65535 // stands for the end of the file
)

// lineHash is the fingerprint of a line.
type lineHash struct {
	hash   uint64
	number int // how many lines down to this one have the hash
}

// String returns the hash as GitHub writes it.
func (h lineHash) String() string { return fmt.Sprintf("%x:%d", h.hash, h.number) }

// lineHashes returns the hashes of the lines of a file, taken over text without
// its volatile parts and its secrets. On other files they are those that GitHub computes.
func lineHashes(f *source.File) []lineHash {
	h := &lineHasher{first: 1, seen: map[uint64]int{}}
	for range hashBlock {
		h.first *= hashBase
		h.starts[h.index] = -1
		h.index = (h.index + 1) % hashBlock
	}
	for n := 1; n <= f.Lines(); n++ {
		h.starting = true
		h.feedLine(source.Steady(f.Line(n).Masked()))
		if n < f.Lines() {
			h.feed('\n')
		}
	}
	h.feed(hashEnd)
	for range hashBlock {
		h.push(0)
	}
	return h.out
}

// lineHasher keeps a rolling hash over the last hundred units.
type lineHasher struct {
	window   [hashBlock]uint64
	starts   [hashBlock]int // the line that starts at a unit of the window, -1: none
	index    int            // of the oldest unit
	hash     uint64
	first    uint64 // the weight of the unit that leaves the window
	line     int    // lines that started
	starting bool   // the next unit is the first of a line
	seen     map[uint64]int
	out      []lineHash
}

func (h *lineHasher) feedLine(text []byte) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		switch {
		case r == ' ' || r == '\t':
		case r == '\r': // a line end for the hash, but none for us
			h.feed('\n')
		case r >= 0x10000:
			const high, low, ten = 0xd800, 0xdc00, 10
			h.feed(high + uint64(r-0x10000)>>ten)
			h.feed(low + uint64(r-0x10000)&(1<<ten-1))
		default:
			h.feed(uint64(r))
		}
	}
}

// feed takes in the next unit of the text.
func (h *lineHasher) feed(unit uint64) {
	at := h.index
	h.push(unit)
	if h.starting {
		h.starting = false
		h.starts[at] = h.line
		h.line++
	}
}

// push moves the window on. A line whose first unit leaves it has its hash.
func (h *lineHasher) push(unit uint64) {
	if h.starts[h.index] >= 0 {
		h.starts[h.index] = -1
		h.seen[h.hash]++
		h.out = append(h.out, lineHash{h.hash, h.seen[h.hash]})
	}
	h.hash = hashBase*h.hash + unit - h.first*h.window[h.index]
	h.window[h.index] = unit
	h.index = (h.index + 1) % hashBlock
}
