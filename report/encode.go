package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// encode writes a value as JSON with a line end. It leaves <, > and & as they
// are; what cannot be seen is escaped, for a report is read on terminals too.
// Bytes that are not UTF-8 become U+FFFD.
func encode(w io.Writer, v any, indent string) error {
	text, err := marshal(v, indent)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// marshal returns what encode writes.
func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	return escapeHidden(b.Bytes()), nil
}

// escapeHidden escapes characters of JSON text that turn the direction of
// writing, control a terminal or cannot be seen. Only strings can hold them, and
// the encoder has escaped those below the blank.
func escapeHidden(text []byte) []byte {
	at := firstHidden(text)
	if at < 0 {
		return text
	}
	out := append(make([]byte, 0, len(text)+64), text[:at]...)
	for at < len(text) {
		r, n := utf8.DecodeRune(text[at:])
		switch {
		case r == 0x7f || r > 0x7f && !unicode.IsGraphic(r):
			for _, u := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, u)
			}
		default:
			out = append(out, text[at:at+n]...)
		}
		at += n
	}
	return out
}

// firstHidden returns the offset of the first byte that may be part of a
// character to escape, -1 if there is none.
func firstHidden(text []byte) int {
	for i, c := range text {
		if c >= 0x7f {
			return i
		}
	}
	return -1
}

// tidy drops members of JSON text, in one line, that say nothing: empty lists
// and objects, null and -1, which stands for "not set". Those in keep stay. A
// text that looks like a member cannot lie inside a string, for a quote in a
// string has a backslash before it.
func tidy(text []byte, keep ...string) []byte {
	out := make([]byte, 0, len(text))
	for at := 0; at < len(text); {
		if text[at] != '"' {
			out = append(out, text[at])
			at++
			continue
		}
		end := stringEnd(text, at)
		value := end + 1
		n := emptyValue(text, value)
		if n == 0 || text[end] != ':' || isKept(text[at:end], keep) {
			out = append(out, text[at:end]...)
			at = end
			continue
		}
		at = value + n
		switch {
		case text[at] == ',':
			at++
		case out[len(out)-1] == ',':
			out = out[:len(out)-1]
		}
	}
	return out
}

// stringEnd returns the offset past the string that starts at an offset.
func stringEnd(text []byte, at int) int {
	for at++; text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// emptyValue returns the length of a value that says nothing, 0 if it says
// something.
func emptyValue(text []byte, at int) int {
	for _, v := range []string{"[]", "{}", "-1", "null"} {
		if end := at + len(v); end < len(text) && string(text[at:end]) == v && (text[end] == ',' || text[end] == '}') {
			return len(v)
		}
	}
	return 0
}

func isKept(quoted []byte, keep []string) bool {
	return slices.Contains(keep, string(quoted[1:len(quoted)-1]))
}
