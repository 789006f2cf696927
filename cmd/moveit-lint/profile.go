package main

import (
	"errors"
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

// load returns the profile of a run over the given paths.
func (f *siteFlags) load(paths []string) (*site.Profile, error) {
	switch {
	case f.Site != "" && f.NoSite:
		return nil, usageError("--site and --no-site exclude each other")
	case f.NoSite:
		return site.Default(), nil
	case f.Site != "":
		return readProfile(f.Site)
	}
	name, err := findProfile(paths)
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
	return p, nil
}

// findProfile looks for a profile from the inputs' common folder upward to the
// root of the repository. A second one nearer to an input would be ignored, and
// is an error.
func findProfile(paths []string) (string, error) {
	var folders []string
	for _, p := range paths {
		if p == "-" {
			continue
		}
		dir := p
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			dir = filepath.Dir(p)
		}
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", usageError("%v", err)
		}
		folders = append(folders, abs)
	}
	if len(folders) == 0 {
		return "", nil
	}
	common := folders[0]
	for _, f := range folders[1:] {
		for !within(common, f) {
			common = filepath.Dir(common)
		}
	}
	found := upward(common)
	for _, f := range folders {
		for dir := f; dir != common && within(common, dir); dir = filepath.Dir(dir) {
			if other := filepath.Join(dir, profileName); exists(other) {
				return "", usageError("two site profiles apply: %s and %s; name one with --site", shown(other), shown(found))
			}
		}
	}
	return shown(found), nil
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

// deviceOf returns the device of the profile that a file belongs to.
func deviceOf(p *site.Profile, name string) (site.Device, bool) {
	i := slices.IndexFunc(p.Devices, func(d site.Device) bool {
		return slices.ContainsFunc(d.Files, func(pattern string) bool { return namesFile(p, pattern, name) })
	})
	if i < 0 {
		return site.Device{}, false
	}
	return p.Devices[i], true
}

// namesFile reports whether a name in a profile, which counts from the profile's
// folder, is that of a file.
func namesFile(p *site.Profile, pattern, name string) bool {
	full, err := filepath.Abs(filepath.Join(filepath.Dir(p.Source), pattern))
	abs, absErr := filepath.Abs(name)
	return err == nil && absErr == nil && full == abs
}
