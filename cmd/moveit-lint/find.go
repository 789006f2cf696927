package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// search is what the paths of a command line stand for.
type search struct {
	places   []place
	failures []report.Failure
	notes    []string

	seen map[string]int // index of a place, by the resolved name of its file
}

// place is a file before it is read.
type place struct {
	name  string
	stdin bool
	found bool // it was not named by itself
}

// find returns the files that paths name: files, folders, globs, or "-" for
// standard input, which is called stdinName if that is not empty. A file that is
// named twice, whatever the names, is there once.
func find(paths []string, stdinName string) *search {
	s := &search{seen: map[string]int{}}
	for _, path := range paths {
		if path == "-" {
			if !slices.ContainsFunc(s.places, func(p place) bool { return p.stdin }) {
				s.places = append(s.places, place{name: filepath.ToSlash(stdinName), stdin: true})
			}
			continue
		}
		s.expand(path)
	}
	return s
}

// add adds a file.
func (s *search) add(name string, found bool) {
	full := resolve(name)
	if i, ok := s.seen[full]; ok {
		s.places[i].found = s.places[i].found && found
		return
	}
	s.seen[full] = len(s.places)
	s.places = append(s.places, place{name: name, found: found})
}

func (s *search) fail(name string, err error) {
	s.failures = append(s.failures, report.Failure{File: filepath.ToSlash(name), Message: reason(err).Error()})
}

// expand adds the files that a path stands for.
func (s *search) expand(path string) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		s.walk(path)
		return
	case err == nil:
		s.add(filepath.Clean(path), false)
		return
	case !errors.Is(err, fs.ErrNotExist):
		s.fail(path, err)
		return
	case !strings.ContainsAny(path, "*?[{"):
		s.fail(path, errors.New("no such file"))
		return
	}
	names, err := doublestar.FilepathGlob(path, doublestar.WithFilesOnly())
	switch {
	case err != nil:
		s.fail(path, fmt.Errorf("bad pattern: %w", err))
	case len(names) == 0:
		s.fail(path, errors.New("no file matches the pattern"))
	}
	slices.Sort(names)
	for _, name := range names {
		s.add(name, true)
	}
}

// walk adds the files below a folder, but for hidden ones. A folder that cannot
// be read costs what is in it, and no more.
func (s *search) walk(root string) {
	if info, err := os.Lstat(root); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator) // the folder behind the link
	}
	// No error ends the walk.
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			s.fail(path, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type()&fs.ModeSymlink != 0:
			s.link(path)
		case d.Type().IsRegular():
			s.add(path, true)
		case !d.IsDir():
			s.notes = append(s.notes, filepath.ToSlash(path)+" is passed by: it is no regular file")
		}
		return nil
	})
}

// link adds the file that a symbolic link below a folder leads to. Folders are
// not followed: they may lead in a circle.
func (s *search) link(path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.fail(path, err)
	case info.Mode().IsRegular():
		s.add(path, true)
	case info.IsDir():
		s.notes = append(s.notes, filepath.ToSlash(path)+" is passed by: it is a symbolic link to a folder; name it to have it read")
	default:
		s.notes = append(s.notes, filepath.ToSlash(path)+" is passed by: it is no regular file")
	}
}

// folders returns the folders of the configurations, or of the paths if they name
// no file. What was only found in a folder, and is in no dialect, does not count:
// it is passed by.
func (s *search) folders(paths []string, inputs *inputFlags) []string {
	var out []string
	for _, p := range s.places {
		if p.name != "" && (!p.found || inputs.Dialect != autoName || looksKnown(p.name)) {
			out = append(out, filepath.Dir(p.name))
		}
	}
	if len(out) > 0 || slices.ContainsFunc(s.places, func(p place) bool { return p.stdin }) {
		return out
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			p = filepath.Dir(p)
		}
		out = append(out, p)
	}
	return out
}

// looksKnown reports whether a file begins like a configuration of a dialect that
// is known. One that cannot be read does not.
func looksKnown(name string) bool {
	const enough = 256 << 10
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, enough))
	if err != nil {
		return false
	}
	_, _, err = parsers.Detect(source.NewFile(name, text))
	return err == nil
}

// reason returns what went wrong without the path, which is said beside it.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// resolve returns the one name that a file has however it is reached: absolute,
// and without symbolic links as far as it is there.
func resolve(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return filepath.Clean(name)
	}
	left := ""
	for dir := abs; ; dir = filepath.Dir(dir) {
		if full, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(full, left)
		}
		if dir == filepath.Dir(dir) {
			return abs
		}
		left = filepath.Join(filepath.Base(dir), left)
	}
}
