package main

import (
	"os"
	"path/filepath"
	"strings"
)

// namer names files as SARIF and fingerprints want them: relative to the root of
// the repository, whatever folder the program runs in and however they are named.
type namer struct {
	root    string // that --sarif-root gives, resolved; empty: each file's own repository
	literal string // a name that is no file's; empty: none
	memo    map[string]rooted
}

// rooted is a file's name below its root.
type rooted struct {
	name    string
	outside string // the root, if the file lies outside of it
}

// namer returns the namer of a run.
func (c *checkCommand) namer() (*namer, error) {
	n := &namer{memo: map[string]rooted{}}
	if c.StdinFilename == "" {
		n.literal = stdinName
	}
	if c.SarifRoot == "" {
		return n, nil
	}
	info, err := os.Stat(c.SarifRoot)
	switch {
	case err != nil:
		return nil, usageError("--sarif-root %s: %v", c.SarifRoot, reason(err))
	case !info.IsDir():
		return nil, usageError("--sarif-root %s: it is no folder", c.SarifRoot)
	}
	n.root = resolve(c.SarifRoot)
	return n, nil
}

// relative names a file. One outside of its root has nothing but its last name.
func (n *namer) relative(file string) string { return n.of(file).name }

func (n *namer) of(file string) rooted {
	if file == "" || file == n.literal {
		return rooted{name: file}
	}
	if r, ok := n.memo[file]; ok {
		return r
	}
	full := resolve(file)
	root := n.root
	if root == "" {
		root = repository(filepath.Dir(full))
	}
	r := rooted{name: filepath.Base(full), outside: root}
	rel, err := filepath.Rel(root, full)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		r = rooted{name: filepath.ToSlash(rel)}
	}
	n.memo[file] = r
	return r
}

// check reports the first of some files that SARIF cannot name.
func (n *namer) check(files []string) error {
	for _, f := range files {
		switch {
		case n.of(f).outside == "":
		case n.root != "":
			return inputError("%s: it lies outside of --sarif-root, so that SARIF cannot name its place", f)
		default:
			return inputError("%s: it lies in no repository and outside of the working folder, so that SARIF cannot name its place; give --sarif-root", f)
		}
	}
	return nil
}

// repository returns the root of the repository that a folder is in; where there
// is none, the working folder.
func repository(dir string) string {
	for {
		if exists(filepath.Join(dir, ".git")) {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return resolve(".")
		}
		dir = parent
	}
}
