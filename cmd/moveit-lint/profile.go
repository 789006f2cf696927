package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// profileName is the file that holds the site profile.
const profileName = ".moveit-lint.yaml"

// siteFlags choose the site profile.
type siteFlags struct {
	Site   string `help:"Site profile; else .moveit-lint.yaml beside or above the inputs." placeholder:"FILE"`
	NoSite bool   `help:"Use the embedded default profile."`
}

// load returns the profile of a run over files in the given folders.
func (f *siteFlags) load(folders []string) (*site.Profile, error) {
	switch {
	case f.Site != "" && f.NoSite:
		return nil, usageError("--site and --no-site exclude each other")
	case f.NoSite:
		return site.Default(), nil
	case f.Site != "":
		return readProfile(f.Site)
	}
	name, err := findProfile(folders)
	if err != nil || name == "" {
		return site.Default(), err
	}
	return readProfile(name)
}

func readProfile(name string) (*site.Profile, error) {
	f, err := readFile(name, site.DefaultLimits.File)
	if err != nil {
		return nil, usageError("site profile %s: %v", name, err)
	}
	p, err := site.Parse(source.NewFile(filepath.ToSlash(name), f.Text))
	if err != nil {
		return nil, usageError("the site profile is not valid\n%v", err)
	}
	return p, knowsDialects(p)
}

// findProfile looks for a profile from the files' common folder upward to the
// root of the repository. Another one nearer to a file would be ignored, and is an
// error.
func findProfile(folders []string) (string, error) {
	abs := make([]string, len(folders))
	for i, f := range folders {
		var err error
		if abs[i], err = filepath.Abs(f); err != nil {
			return "", usageError("%v", err)
		}
	}
	slices.Sort(abs)
	abs = slices.Compact(abs)
	if len(abs) == 0 {
		return "", nil
	}
	common := abs[0]
	for _, f := range abs[1:] {
		for !within(common, f) {
			common = filepath.Dir(common)
		}
	}
	found, near := upward(common), nearer(common, abs)
	switch {
	case len(near) == 0:
		return shown(found), nil
	case found == "":
		return "", usageError("no site profile is for all files, and some are nearer to one: %s; name one with --site", several(near))
	}
	return "", usageError("two site profiles apply: %s and %s; name one with --site", several(near), shown(found))
}

// nearer returns the profiles between a common folder and those below it.
func nearer(common string, folders []string) []string {
	var out []string
	seen := map[string]bool{common: true}
	for _, f := range folders {
		for dir := f; !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			if name := filepath.Join(dir, profileName); exists(name) {
				out = append(out, shown(name))
			}
		}
	}
	return out
}

// several names files, but not all if they are many.
func several(names []string) string {
	const most = 3
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

func within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// upward returns the first profile from a folder up to the root of its
// repository, empty if there is none.
func upward(dir string) string {
	for {
		if name := filepath.Join(dir, profileName); exists(name) {
			return name
		}
		parent := filepath.Dir(dir)
		if exists(filepath.Join(dir, ".git")) || parent == dir {
			return ""
		}
		dir = parent
	}
}

// shown returns a path relative to the working folder where it is below that.
func shown(name string) string {
	if name == "" {
		return ""
	}
	wd, err := os.Getwd()
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(wd, name)
	if err != nil || strings.HasPrefix(rel, ".."+string(filepath.Separator)+".."+string(filepath.Separator)+"..") {
		return name
	}
	return rel
}

// declared are the devices of a profile by the resolved names of their files.
type declared map[string]*site.Device

func declaredBy(p *site.Profile) declared {
	out := declared{}
	for i := range p.Devices {
		for _, pattern := range p.Devices[i].Files {
			if name := resolve(besideProfile(p, pattern)); out[name] == nil {
				out[name] = &p.Devices[i]
			}
		}
	}
	return out
}

// of returns the device that a file belongs to, nil if none declares it.
func (d declared) of(name string) *site.Device {
	if len(d) == 0 {
		return nil
	}
	return d[resolve(name)]
}

// besideProfile returns the name of a file that a profile names, which counts from
// the profile's folder.
func besideProfile(p *site.Profile, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(p.Source), name)
}
