package source

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// secret is a run of bytes of a file that nobody may be shown.
type secret struct{ start, end int32 }

// Conceal marks the bytes from start up to, not including, end as a secret: a
// password, a key, a hash. Text holds them still; what is shown of it has stars
// there. Parsers call it before they return, and nothing is shown before.
func (f *File) Conceal(start, end int) {
	if start >= end {
		return
	}
	s := secret{int32(start), int32(end)}
	f.mu.Lock()
	defer f.mu.Unlock()
	from, _ := slices.BinarySearchFunc(f.secrets, s.start, func(x secret, at int32) int { return int(x.end) - int(at) })
	to := from
	for ; to < len(f.secrets) && f.secrets[to].start <= s.end; to++ {
		s = secret{min(s.start, f.secrets[to].start), max(s.end, f.secrets[to].end)}
	}
	f.secrets = slices.Replace(f.secrets, from, to, s)
}

// concealed returns the secrets that a run of bytes touches, in their order.
func (f *File) concealed(start, end int32) []secret {
	f.mu.RLock()
	defer f.mu.RUnlock()
	from, _ := slices.BinarySearchFunc(f.secrets, start, func(x secret, at int32) int { return int(x.end) - int(at) - 1 })
	to := from
	for to < len(f.secrets) && f.secrets[to].start < end {
		to++
	}
	return slices.Clone(f.secrets[from:to])
}

// Hides reports whether the byte at offset is part of a secret.
func (f *File) Hides(offset int) bool { return len(f.concealed(int32(offset), int32(offset)+1)) > 0 }

// star stands for a character of a secret.
const star = "*"

// Shown returns the spanned text as people may see it: each character of a secret
// is a star, so that columns stay. Ends of lines stay too.
func (s Span) Shown() string {
	if s.IsZero() {
		return ""
	}
	hidden := s.File.concealed(s.Start, s.End)
	if len(hidden) == 0 {
		return s.Text()
	}
	var b strings.Builder
	at := s.Start
	for _, h := range hidden {
		from, to := max(h.start, s.Start), min(h.end, s.End)
		b.Write(s.File.Text[at:from])
		for text := s.File.Text[from:to]; len(text) > 0; {
			r, n := utf8.DecodeRune(text)
			if r == '\n' || r == '\r' {
				b.WriteRune(r)
			} else {
				b.WriteString(star)
			}
			text = text[n:]
		}
		at = to
	}
	b.Write(s.File.Text[at:s.End])
	return b.String()
}

// Masked returns the spanned text as identities are made of it: a secret is one
// star in each of its lines, whatever it is and however long. The result may
// share memory with the file.
func (s Span) Masked() []byte {
	if s.IsZero() {
		return nil
	}
	hidden := s.File.concealed(s.Start, s.End)
	if len(hidden) == 0 {
		return s.File.Text[s.Start:s.End:s.End]
	}
	var out []byte
	at := s.Start
	for _, h := range hidden {
		from, to := max(h.start, s.Start), min(h.end, s.End)
		out = append(append(out, s.File.Text[at:from]...), star...)
		for range bytes.Count(s.File.Text[from:to], []byte{'\n'}) {
			out = append(out, "\n"+star...)
		}
		at = to
	}
	return append(out, s.File.Text[at:s.End]...)
}
