package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// opener opens the files that an input includes: only those below its own
// folder or, if the user names one, another.
type opener struct {
	root   string // empty: the folder of each file of the input
	files  []*source.File
	limit  int64
	opened []string // the names of what was opened
}

// refusal says why a file may not be read, whether or not it is there.
type refusal string

// Error returns the reason.
func (r refusal) Error() string { return string(r) }

// Is makes every refusal one for parsers.
func (refusal) Is(target error) bool { return target == parsers.ErrNotAllowed }

// open returns the files that an include of the named file asks for. A relative
// path counts from the folder of that file, else from that of the input.
func (o *opener) open(from, path string) ([]*source.File, error) {
	roots := o.roots()
	if len(roots) == 0 {
		return nil, refusal("the input has no folder; --include-root names one")
	}
	places := []string{filepath.Clean(path)}
	if !filepath.IsAbs(path) {
		places = []string{filepath.Join(filepath.Dir(from), path)}
		for _, r := range roots {
			places = append(places, filepath.Join(r, path))
		}
	}
	pattern := strings.ContainsAny(path, "*?[")
	var wrong error // of the first place, which is the one that is meant, unless a later file is there
	for _, place := range places {
		names := []string{place}
		if pattern {
			var err error
			if names, err = matching(place); err != nil {
				return nil, err
			}
		}
		files, err := o.read(roots, place, names)
		if err == nil && (len(files) > 0 || !pattern) {
			return files, nil
		}
		if err != nil && (wrong == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, parsers.ErrNotAllowed)) {
			wrong = err
		}
	}
	return nil, wrong
}

// roots returns the folders that files may be read from.
func (o *opener) roots() []string {
	if o.root != "" {
		return []string{o.root}
	}
	var roots []string
	for _, f := range o.files {
		if f.Name != "stdin" && f.Name != "" {
			roots = append(roots, filepath.Dir(f.Name))
		}
	}
	return roots
}

// matching returns the files of a pattern, in order, without hidden ones.
func matching(pattern string) ([]string, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("bad pattern: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := os.Stat(name)
		return strings.HasPrefix(filepath.Base(name), ".") || err != nil || !info.Mode().IsRegular()
	})
	slices.Sort(names)
	return names, nil
}

// read reads files that lie below one of the roots.
func (o *opener) read(roots []string, place string, names []string) ([]*source.File, error) {
	if !slices.ContainsFunc(roots, func(r string) bool { return below(r, filepath.Dir(place)) }) {
		return nil, refusal("it lies outside of the folder of the input; --include-root allows another")
	}
	var out []*source.File
	for _, name := range names {
		target, err := filepath.EvalSymlinks(name)
		if err != nil {
			return nil, reason(err)
		}
		if !slices.ContainsFunc(roots, func(r string) bool { return below(r, target) }) {
			return nil, refusal("it leads outside of the folder of the input; --include-root allows another")
		}
		if i := slices.IndexFunc(o.files, func(f *source.File) bool { return resolve(f.Name) == resolve(name) }); i >= 0 {
			out = append(out, o.files[i])
			continue
		}
		f, err := readFile(name, o.limit)
		if err != nil {
			return nil, err
		}
		o.opened = append(o.opened, resolve(name))
		out = append(out, f)
	}
	return out, nil
}

// below reports whether a path lies in a folder.
func below(folder, path string) bool {
	a, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	if target, err := filepath.EvalSymlinks(a); err == nil {
		a = target
	}
	b, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if target, err := filepath.EvalSymlinks(b); err == nil {
		b = target
	}
	rel, err := filepath.Rel(a, b)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
