// Package source holds configuration text and the places inside it.
//
// Everything that the program says about a configuration ends in a place:
// the tree, the model and the findings carry a Span, and only a report turns it
// into lines and columns.
package source

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"sync"
	"unicode/utf8"
)

// File is one configuration file as it was read.
type File struct {
	Name string // as the user gave it
	Text []byte // as it was read, byte for byte

	lines []int32 // where each line starts; never empty

	mu      sync.RWMutex
	secrets []secret // in their order, none beside or in another
}

// MaxFileSize is the largest text that a File can hold, in bytes: spans are
// 32 bits wide, so that a model of many rules stays small.
const MaxFileSize = 1<<31 - 2

const byteOrderMark = "\ufeff"

// NewFile returns the file with its line table. Lines end with LF or CRLF.
// It panics if text is longer than MaxFileSize; readers refuse such files.
func NewFile(name string, text []byte) *File {
	if len(text) > MaxFileSize {
		panic("source: text is longer than MaxFileSize")
	}
	lines := make([]int32, 1, 1+bytes.Count(text, []byte{'\n'}))
	for at := 0; ; {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return &File{Name: name, Text: text, lines: lines}
		}
		at += n + 1
		lines = append(lines, int32(at))
	}
}

// Lines returns the number of lines. A file that ends with a line end has one
// more, empty line.
func (f *File) Lines() int { return len(f.lines) }

// LineAt returns the number, from 1, of the line that holds the byte at offset.
func (f *File) LineAt(offset int) int {
	return sort.Search(len(f.lines), func(i int) bool { return int(f.lines[i]) > offset })
}

// Line returns the text of line n, from 1, without its line end.
func (f *File) Line(n int) Span {
	start, end := int(f.lines[n-1]), len(f.Text)
	if n < len(f.lines) {
		end = int(f.lines[n]) - 1
	}
	if end > start && f.Text[end-1] == '\r' {
		end--
	}
	return f.Span(start, end)
}

// Span returns the run of bytes from start up to, not including, end.
func (f *File) Span(start, end int) Span {
	return Span{File: f, Start: int32(start), End: int32(end)}
}

// Position returns the place of the byte at offset.
func (f *File) Position(offset int) Position {
	line := f.LineAt(offset)
	before := f.Text[f.lines[line-1]:offset]
	if line == 1 {
		// A byte order mark tells how to read the text and is no part of it.
		before = bytes.TrimPrefix(before, []byte(byteOrderMark))
	}
	return Position{File: f.Name, Line: line, Column: utf8.RuneCount(before) + 1}
}

// Span is a run of bytes in a file: Start is inside, End is just past it.
// The zero Span is nowhere, as for a rule the dialect implies but nobody wrote.
type Span struct {
	File       *File
	Start, End int32
}

// IsZero reports whether s is nowhere.
func (s Span) IsZero() bool { return s.File == nil }

// Text returns the spanned text as it was read. What people see is Shown.
func (s Span) Text() string {
	if s.IsZero() {
		return ""
	}
	return string(s.File.Text[s.Start:s.End])
}

// Position returns the place where the span starts. The zero Span has the zero
// Position.
func (s Span) Position() Position {
	if s.IsZero() {
		return Position{}
	}
	return s.File.Position(int(s.Start))
}

// EndPosition returns the place just past the end of the span.
func (s Span) EndPosition() Position {
	if s.IsZero() {
		return Position{}
	}
	return s.File.Position(int(s.End))
}

// Line returns the number of the line on which the span starts, 0 for the zero
// Span.
func (s Span) Line() int {
	if s.IsZero() {
		return 0
	}
	return s.File.LineAt(int(s.Start))
}

// To returns the span from the start of s to the end of t, which lies in the
// same file behind it.
func (s Span) To(t Span) Span { return Span{s.File, s.Start, t.End} }

// Compare orders spans by file name, start and end. The zero Span is first.
func (s Span) Compare(t Span) int {
	switch {
	case s.IsZero() && t.IsZero():
		return 0
	case s.IsZero():
		return -1
	case t.IsZero():
		return 1
	case s.File != t.File:
		return bytes.Compare([]byte(s.File.Name), []byte(t.File.Name))
	case s.Start != t.Start:
		return int(s.Start) - int(t.Start)
	}
	return int(s.End) - int(t.End)
}

// Position is a place as people name it. Line and Column count from 1.
// Column counts code points; a byte that is not UTF-8 counts one.
type Position struct {
	File         string
	Line, Column int
}

// String returns the position as file:line:column.
func (p Position) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Edit replaces the text of Span by New. An empty span inserts.
type Edit struct {
	Span Span
	New  string
}

// Apply returns text with the edits made, which must not overlap.
func Apply(text []byte, edits []Edit) []byte {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int { return int(a.Span.Start) - int(b.Span.Start) })
	var out []byte
	at := int32(0)
	for _, e := range sorted {
		out = append(out, text[at:e.Span.Start]...)
		out = append(out, e.New...)
		at = e.Span.End
	}
	return append(out, text[at:]...)
}
