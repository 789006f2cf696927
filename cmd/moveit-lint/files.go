package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// stdinName is what standard input is called if nothing else is said.
const stdinName = "stdin"

// read reads the files that were found, sorted by name. What cannot be read is a
// failure, and the rest is read. found holds the files that were not named one by
// one: what is no configuration among them is left out, and said.
func (s *search) read(p *process, limit int64) (files []*source.File, found map[*source.File]bool) {
	found = map[*source.File]bool{}
	for _, x := range s.places {
		var f *source.File
		var err error
		if x.stdin {
			f, err = read(p.in, cmp.Or(x.name, stdinName), limit, 0)
		} else {
			f, err = readFile(x.name, limit)
		}
		if err != nil {
			s.failures = append(s.failures, report.Failure{File: cmp.Or(filepath.ToSlash(x.name), "-"), Message: err.Error()})
			continue
		}
		files = append(files, f)
		found[f] = x.found
	}
	slices.SortStableFunc(files, func(a, b *source.File) int { return strings.Compare(a.Name, b.Name) })
	p.expect(files)
	return files, found
}

// expect tells the runtime how much memory the files will need: beyond it
// garbage is collected at once, below it hardly ever. The model of a file of
// rules takes about ten times its text, and half of that comes and goes.
func (p *process) expect(files []*source.File) {
	const least, factor = 256 << 20, 16
	if p.limitHeap == nil {
		return
	}
	size := 0
	for _, f := range files {
		size += len(f.Text)
	}
	p.limitHeap(max(least, factor*int64(size)))
}

func readFile(name string, limit int64) (*source.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, reason(err)
	}
	if info.Mode().IsRegular() && info.Size() > limit {
		return nil, tooLarge(limit)
	}
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return read(f, filepath.ToSlash(name), limit, info.Size())
}

func tooLarge(limit int64) error {
	return fmt.Errorf("the file is larger than %d bytes (limits.file of the site profile)", limit)
}

// read reads a file of about the given size.
func read(r io.Reader, name string, limit, size int64) (*source.File, error) {
	var b bytes.Buffer
	b.Grow(int(min(size, limit)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	text := b.Bytes()
	switch {
	case err != nil:
		return nil, reason(err)
	case int64(len(text)) > limit || len(text) > source.MaxFileSize:
		return nil, tooLarge(limit)
	}
	return source.NewFile(name, text), nil
}
