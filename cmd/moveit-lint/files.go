package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// readInputs reads the files that paths name: files, folders, globs, or "-" for
// standard input. What cannot be read is a failure, and the rest is read.
// found holds the files that were not named one by one: what is no configuration
// among them is left out, and said.
func readInputs(p *process, paths []string, stdinName string, limit int64) (files []*source.File, found map[*source.File]bool, failures []report.Failure) {
	found = map[*source.File]bool{}
	seen := map[string]bool{}
	for _, path := range paths {
		if path == "-" {
			f, err := read(p.in, cmp.Or(stdinName, "stdin"), limit, 0)
			if err != nil {
				failures = append(failures, report.Failure{File: "-", Message: err.Error()})
				continue
			}
			files = append(files, f)
			continue
		}
		names, err := expand(path)
		if err != nil {
			failures = append(failures, report.Failure{File: path, Message: err.Error()})
			continue
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			f, err := readFile(name, limit)
			if err != nil {
				failures = append(failures, report.Failure{File: filepath.ToSlash(name), Message: err.Error()})
				continue
			}
			files = append(files, f)
			found[f] = name != filepath.Clean(path)
		}
	}
	slices.SortStableFunc(files, func(a, b *source.File) int { return strings.Compare(a.Name, b.Name) })
	p.expect(files)
	return files, found, failures
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

// expand returns the files that a path stands for.
func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return walk(path)
	case err == nil:
		return []string{filepath.Clean(path)}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, reason(err)
	}
	if !strings.ContainsAny(path, "*?[{") {
		return nil, errors.New("no such file")
	}
	names, err := doublestar.FilepathGlob(path, doublestar.WithFilesOnly())
	if err != nil {
		return nil, fmt.Errorf("bad pattern: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("no file matches the pattern")
	}
	slices.Sort(names)
	return names, nil
}

// reason returns what went wrong without the path, which is said beside it.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// walk returns the files below a folder, but for hidden ones.
func walk(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return reason(err)
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			names = append(names, path)
		}
		return nil
	})
	return names, err
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
