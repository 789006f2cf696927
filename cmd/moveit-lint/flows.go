package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/moveit-lint/moveit-lint/report"
)

// maxFlow is how long a line of --flows may be, in bytes.
const maxFlow = 1 << 20

// many follows the packets of --flows: one answer a line, in the same order. A
// line that is no packet has its answer too, so that both files stay in step.
func (c *traceCommand) many(p *process, t *tracer) (err error) {
	in, name := p.in, "stdin"
	if c.Flows != "-" {
		f, err := os.Open(filepath.Clean(c.Flows))
		if err != nil {
			return inputError("%s: %v", c.Flows, reason(err))
		}
		defer f.Close() //nolint:errcheck // nothing was written
		in, name = f, c.Flows
	}
	out := bufio.NewWriter(p.out)
	defer func() {
		if flushErr := out.Flush(); flushErr != nil {
			err = flushErr
		}
	}()
	lines := bufio.NewReader(in)
	bad := false
	for number := 1; ; number++ {
		line, readErr := readLine(lines)
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) > 0 {
			wrong, err := c.answer(out, t, line)
			if err != nil {
				return err
			}
			if wrong != nil {
				p.say("%s:%d: %v", name, number, wrong)
				bad = true
			}
		}
		switch {
		case errors.Is(readErr, io.EOF) && bad:
			return &status{exitInput, nil}
		case errors.Is(readErr, io.EOF):
			return nil
		case readErr != nil:
			return inputError("%s:%d: %v", name, number, reason(readErr))
		}
	}
}

// readLine returns a line without its end, or as much of it as may not be a
// packet any more.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) <= maxFlow {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// answer writes the answer to a line. What is wrong with the line is said in the
// answer; err is a failure to write it.
func (c *traceCommand) answer(w io.Writer, t *tracer, line []byte) (wrong, err error) {
	q, wrong := decodeFlow(line)
	if wrong == nil {
		trace, followErr := t.follow(q)
		switch {
		case followErr != nil:
			wrong = followErr
		case c.Format == "json":
			return nil, report.WriteTraceJSON(w, q.ID, trace)
		default:
			return nil, report.WriteTraceText(w, q.ID, trace, report.Options{})
		}
	}
	if c.Format == "json" {
		return wrong, report.WriteTraceErrorJSON(w, q.ID, wrong)
	}
	return wrong, report.WriteTraceErrorText(w, q.ID, wrong)
}
