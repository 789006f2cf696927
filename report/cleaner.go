package report

import (
	"bytes"
	"io"
	"strings"
)

// cleanLines returns a text of one line or more as it may be shown to people: like
// reports, it holds nothing that a terminal or the log of a build obeys. Tabs
// become blanks.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = cleanLead(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// Cleaner passes lines on as they may be shown. It is for text that is no report:
// messages, and the model of a device.
type Cleaner struct {
	w    io.Writer
	rest []byte // of a line that has not ended
}

// NewCleaner returns a Cleaner that writes to w.
func NewCleaner(w io.Writer) *Cleaner { return &Cleaner{w: w} }

// Write passes on the lines that end in p. The text behind them waits for the end
// of its line.
func (c *Cleaner) Write(p []byte) (int, error) {
	end := bytes.LastIndexByte(p, '\n') + 1
	if end == 0 {
		c.rest = append(c.rest, p...)
		return len(p), nil
	}
	text := string(c.rest) + string(p[:end])
	c.rest = append(c.rest[:0], p[end:]...)
	if _, err := io.WriteString(c.w, cleanLines(text)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close passes on a last line that has no end. It does not close the writer
// behind c.
func (c *Cleaner) Close() error {
	if len(c.rest) == 0 {
		return nil
	}
	_, err := io.WriteString(c.w, cleanLines(string(c.rest)))
	c.rest = nil
	return err
}
