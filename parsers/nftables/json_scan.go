package nftables

import (
	"encoding/json"
	"fmt"
	"strings"
)

// jsonKind is the kind of a JSON value.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonTrue
	jsonFalse
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

// value is a JSON value with its place.
type value struct {
	kind       jsonKind
	text       string // of numbers and strings
	start, end int32
	keys       []string // of objects
	kids       []*value
}

// get returns the member of an object, nil if there is none.
func (v *value) get(key string) *value {
	if v == nil || v.kind != jsonObject {
		return nil
	}
	for i, k := range v.keys {
		if k == key {
			return v.kids[i]
		}
	}
	return nil
}

// str returns the text of a string or number member.
func (v *value) str(key string) string {
	if x := v.get(key); x != nil && (x.kind == jsonString || x.kind == jsonNumber) {
		return x.text
	}
	return ""
}

// list returns the members of an array, or a single value as a list of one.
func (v *value) list() []*value {
	switch {
	case v == nil || v.kind == jsonNull:
		return nil
	case v.kind == jsonArray:
		return v.kids
	}
	return []*value{v}
}

// only returns the one member of an object.
func (v *value) only() (string, *value) {
	if v != nil && v.kind == jsonObject && len(v.keys) == 1 {
		return v.keys[0], v.kids[0]
	}
	return "", nil
}

// maxJSONDepth bounds how deeply values may lie in each other.
const maxJSONDepth = 128

// jsonScanner reads JSON values with their places.
type jsonScanner struct {
	text []byte
	at   int
	end  int // just past what it may read
}

// syntaxError is a mistake in JSON.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

func (s *jsonScanner) fail(message string) error { return &syntaxError{min(s.at, s.end), message} }

func (s *jsonScanner) space() {
	for s.at < s.end {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek returns the next byte that is no space, 0 at the end.
func (s *jsonScanner) peek() byte {
	s.space()
	if s.at < s.end {
		return s.text[s.at]
	}
	return 0
}

// value reads one value.
func (s *jsonScanner) value(depth int) (*value, error) {
	if depth > maxJSONDepth {
		return nil, s.fail("values are nested too deeply")
	}
	c := s.peek()
	v := &value{start: int32(s.at)}
	var err error
	switch {
	case c == '{':
		v.kind = jsonObject
		err = s.object(v, depth)
	case c == '[':
		v.kind = jsonArray
		err = s.array(v, depth)
	case c == '"':
		v.kind = jsonString
		v.text, err = s.str()
	case c == '-' || c >= '0' && c <= '9':
		v.kind = jsonNumber
		start := s.at
		for s.at < s.end && strings.IndexByte("+-.eE0123456789", s.text[s.at]) >= 0 {
			s.at++
		}
		v.text = string(s.text[start:s.at])
	default:
		err = s.word(v)
	}
	v.end = int32(s.at)
	return v, err
}

func (s *jsonScanner) word(v *value) error {
	for word, kind := range map[string]jsonKind{"null": jsonNull, "true": jsonTrue, "false": jsonFalse} {
		if strings.HasPrefix(string(s.text[s.at:min(s.at+len(word), s.end)]), word) {
			v.kind, v.text = kind, word
			s.at += len(word)
			return nil
		}
	}
	return s.fail("expected a JSON value")
}

// str reads a string.
func (s *jsonScanner) str() (string, error) {
	start := s.at
	escaped := false
	for s.at++; s.at < s.end; s.at++ {
		switch s.text[s.at] {
		case '\\':
			escaped = true
			s.at++
		case '\n':
			return "", s.fail("the string is not closed")
		case '"':
			s.at++
			if !escaped {
				return string(s.text[start+1 : s.at-1]), nil
			}
			var out string
			if err := json.Unmarshal(s.text[start:s.at], &out); err != nil {
				s.at = start
				return "", s.fail("the string is no JSON string")
			}
			return out, nil
		}
	}
	return "", s.fail("the string is not closed")
}

func (s *jsonScanner) array(v *value, depth int) error {
	s.at++
	for s.peek() != ']' {
		x, err := s.value(depth + 1)
		if err != nil {
			return err
		}
		v.kids = append(v.kids, x)
		switch s.peek() {
		case ',':
			s.at++
		case ']':
		default:
			return s.fail("expected , or ]")
		}
	}
	s.at++
	return nil
}

func (s *jsonScanner) object(v *value, depth int) error {
	s.at++
	for s.peek() != '}' {
		if s.peek() != '"' {
			return s.fail("expected a member of the object")
		}
		key, err := s.str()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.fail("expected : behind " + quote(key))
		}
		s.at++
		x, err := s.value(depth + 1)
		if err != nil {
			return err
		}
		v.keys = append(v.keys, key)
		v.kids = append(v.kids, x)
		switch s.peek() {
		case ',':
			s.at++
		case '}':
		default:
			return s.fail("expected , or }")
		}
	}
	s.at++
	v.keepLast()
	return nil
}

// keepLast takes out members whose key comes again: the library that nft reads
// JSON with keeps the last of them, without a word.
func (v *value) keepLast() {
	last := make(map[string]int, len(v.keys))
	for i, k := range v.keys {
		last[k] = i
	}
	if len(last) == len(v.keys) {
		return
	}
	n := 0
	for i, k := range v.keys {
		if last[k] == i {
			v.keys[n], v.kids[n] = k, v.kids[i]
			n++
		}
	}
	v.keys, v.kids = v.keys[:n], v.kids[:n]
}

// describe returns the kind of a value, for messages.
func (v *value) describe() string {
	names := [...]string{"null", "true", "false", "a number", "a string", "a list", "an object"}
	if v == nil {
		return "nothing"
	}
	if v.kind == jsonString || v.kind == jsonNumber {
		return fmt.Sprintf("%q", v.text)
	}
	return names[v.kind]
}
