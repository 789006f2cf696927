package main

import (
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
			f, err := read(p.in, cmp.Or(stdinName, "stdin"), limit)
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
	return files, found, failures
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
	return read(f, filepath.ToSlash(name), limit)
}

func tooLarge(limit int64) error {
	return fmt.Errorf("the file is larger than %d bytes (limits.file of the site profile)", limit)
}

func read(r io.Reader, name string, limit int64) (*source.File, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, reason(err)
	case int64(len(text)) > limit || len(text) > source.MaxFileSize:
		return nil, tooLarge(limit)
	}
	return source.NewFile(name, text), nil
}
