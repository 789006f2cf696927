package iptables

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// grammar is the structure of a file: tables, chains and commands.
var grammar = participle.MustBuild[chunk](participle.Lexer(lexicon{}))

// chunkLines is how many lines are parsed at a time: participle keeps every
// token, so that memory stays flat only if there are few.
const chunkLines = 256

// reader is what becomes of the lines of a file.
type reader struct {
	handle func(base int, p *part)            // p is dead once it returns
	fail   func(span source.Span, why string) // a line that cannot be taken apart
}

// readLines reads the lines from first to last, in order.
func (r reader) readLines(f *source.File, first, last, maxLine int) {
	for at := first; at <= last; {
		end := at
		for end <= last && end < at+chunkLines && lineLength(f, end) <= maxLine {
			end++
		}
		if end > at {
			r.chunk(f, at, end-1)
		} else {
			r.fail(f.Line(at), fmt.Sprintf("the line is longer than %d bytes", maxLine))
			end++
		}
		at = end
	}
}

func lineLength(f *source.File, n int) int {
	s := f.Line(n)
	return int(s.End - s.Start)
}

// chunk parses some lines, and each by itself if they fail together.
func (r reader) chunk(f *source.File, first, last int) {
	base, text := textOf(f, first, last)
	c, err := parseText(text)
	if err == nil {
		for _, p := range c.Parts {
			r.handle(base, p)
			if p.Commands != nil {
				p.Commands.release()
			}
		}
		return
	}
	if first < last {
		for n := first; n <= last; n++ {
			r.chunk(f, n, n)
		}
		return
	}
	r.fail(f.Line(first), err.Error())
}

// textOf returns lines of a file and the offset at which they start.
func textOf(f *source.File, first, last int) (base int, text string) {
	base = int(f.Line(first).Start)
	raw := f.Text[base:f.Line(last).End]
	if first == 1 {
		if cut, ok := bytes.CutPrefix(raw, []byte("\ufeff")); ok {
			base += len(raw) - len(cut)
			raw = cut
		}
	}
	return base, string(raw)
}

// parseText parses one chunk. The grammar is made so that every text is one;
// whatever goes wrong all the same is an error, and never a crash.
func parseText(text string) (c *chunk, err error) {
	defer func() {
		if r := recover(); r != nil {
			c, err = nil, fmt.Errorf("the line cannot be read: %v", r)
		}
	}()
	return grammar.ParseString("", text)
}

// Parse reads command lines, as many as stand together. It implements
// participle.Parseable: a rule has dozens of options, and a list of rules is
// read many times faster by hand.
func (c *commands) Parse(in *lexer.PeekingLexer) error {
	switch in.Peek().Type {
	case tokWord, tokString, tokInvalid:
	default:
		return participle.NextMatch
	}
	p, _ := parsers.Get().(*lineParser)
	c.parser = p
	for {
		switch in.Peek().Type {
		case tokWord, tokString, tokInvalid:
			p.lines = append(p.lines, p.line(in))
		default:
			c.lines = p.lines
			return nil
		}
	}
}

// parsers keeps line parsers with their slabs: a file is read with one.
var parsers = sync.Pool{New: func() any { return &lineParser{} }}

// release gives back what the lines are made of. They are dead from then on.
func (c *commands) release() {
	p := c.parser
	p.lines, p.words, p.options, p.uses = p.lines[:0], p.words[:0], p.options[:0], p.uses[:0]
	c.parser, c.lines = nil, nil
	parsers.Put(p)
}
