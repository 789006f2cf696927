package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// listening is a dialect that notes what its parser is given: its files are
// iptables-save exports that begin with "# listening". Lists of addresses may stand
// beside them.
func listening(t *testing.T, note func(parsers.Input)) {
	t.Helper()
	var alone sync.Mutex // devices are read at the same time
	tables, _ := parsers.Find("iptables")
	withDialect(t, parsers.Dialect{
		Name: "pf", Title: "a stand-in", Flavours: []string{"pf-openbsd", "pf-freebsd"}, Lists: true, // of names that profiles know
		Detect: func(f *source.File) (int, string) {
			if bytes.HasPrefix(f.Text, []byte("# listening")) {
				return 101, "it says so"
			}
			return 0, ""
		},
		Parse: func(in parsers.Input) parsers.Result {
			alone.Lock()
			defer alone.Unlock()
			note(in)
			return tables.Parse(in)
		},
	})
}

// inFolder works in a new folder with the given files.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const heard = "# listening\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"

// heardOf returns what the commands that read a device tell its parser.
func heardOf(t *testing.T, describe func(parsers.Input) string, flags ...string) []string {
	t.Helper()
	var seen []string
	listening(t, func(in parsers.Input) { seen = append(seen, describe(in)) })
	var out []string
	for _, args := range [][]string{{"check"}, {"trace"}, {"dump"}} {
		seen = nil
		command := append(append(args, flags...), "pf.conf")
		if args[0] == "trace" {
			command = append(command, "tcp 203.0.113.7:40000 > 10.20.0.11:443 in em0")
		}
		if _, errOut, code := runIn(command...); code == exitUsage || code == exitBug {
			t.Fatalf("%v: exit code %d: %s", command, code, errOut)
		}
		out = append(out, strings.Join(seen, "; "))
	}
	return out
}

// TestToldToParsers tells parsers of the interfaces of a device what the profile
// does, whatever the command.
func TestToldToParsers(t *testing.T) {
	facing := map[rules.Facing]string{rules.NotTold: "", rules.Outside: " outside", rules.Inside: " inside", rules.PerhapsOutside: " perhaps"}
	describe := func(in parsers.Input) string {
		var words []string
		for _, i := range in.Interfaces {
			word := i.Name + facing[i.Facing]
			for _, a := range i.Addrs {
				word += " " + a.String()
			}
			if (i.Why == "") != (i.Facing == rules.NotTold) {
				word += " for no reason"
			}
			words = append(words, word)
		}
		return strings.Join(words, ", ") + " | " + strings.Join(in.Default, ", ")
	}
	for _, c := range []struct{ name, profile, want string }{
		{"nothing", "", " | "},
		{"zones", "zones: {internet: {interfaces: [em0]}, dmz: {interfaces: [em1]}}", "em0 outside, em1 inside | em0"},
		{"two interfaces to the Internet", "zones: {internet: {interfaces: [em0, em1]}}", "em0 outside, em1 outside | "},
		{"all of a driver", "zones: {internet: {interfaces: [em+]}}", " | "},
		{"the device", "devices: [{files: [pf.conf], interfaces: {em0: {zone: internet, addresses: [203.0.113.1/24]}, em1: {zone: dmz, addresses: [10.20.0.1/24]}, em2: {}}}]", "em0 outside 203.0.113.1/24, em1 inside 10.20.0.1/24, em2 | em0"},
		{"the device and zones", "zones: {internet: {interfaces: [em0, em1]}}\ndevices: [{files: [pf.conf], interfaces: {em0: {zone: dmz}, em2: {}}}]", "em0 inside, em2, em1 outside | em1"},
		{"an address of the device, and zones", "zones: {internet: {interfaces: [em0]}}\ndevices: [{files: [pf.conf], interfaces: {em0: {addresses: [203.0.113.1/24]}}}]", "em0 outside 203.0.113.1/24 | em0"},
		{"a route", "zones: {internet: {interfaces: [em0]}}\ndevices: [{files: [pf.conf], interfaces: {em1: {routes: [10.0.0.0/8, 0.0.0.0/0]}, em2: {routes: [\"::/0\"]}, em3: {routes: [10.9.0.0/16]}}}]", "em1, em2, em3, em0 outside | em1, em2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolder(t, map[string]string{"pf.conf": heard, "site.yaml": "version: 1\n" + c.profile + "\n"})
			if diff := cmp.Diff([]string{c.want, c.want, c.want}, heardOf(t, describe, "--site", "site.yaml")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("the only device of the profile", func(t *testing.T) {
		inFolder(t, map[string]string{"pf.conf": heard, "site.yaml": "version: 1\ndevices: [{files: [other.conf], interfaces: {em0: {zone: internet}}}]\n"})
		want := []string{" | ", "em0 outside | em0", "em0 outside | em0"}
		if diff := cmp.Diff(want, heardOf(t, describe, "--site", "site.yaml")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestFlavours names a dialect by its flavours, on the command line and in a
// profile; its own name tells nothing.
func TestFlavours(t *testing.T) {
	describe := func(in parsers.Input) string { return in.Flavour }
	for _, c := range []struct {
		profile string
		flags   []string
		want    string
	}{
		{"", nil, ""},
		{"", []string{"--dialect", "pf"}, ""},
		{"", []string{"--dialect", "pf-freebsd"}, "pf-freebsd"},
		{"dialect: pf", nil, ""},
		{"dialect: pf-openbsd", nil, "pf-openbsd"},
		{"dialect: pf-openbsd", []string{"--dialect", "pf-freebsd"}, "pf-freebsd"},
	} {
		inFolder(t, map[string]string{"pf.conf": heard, "site.yaml": fmt.Sprintf("version: 1\ndevices: [{files: [pf.conf], %s}]\n", c.profile)})
		if diff := cmp.Diff([]string{c.want, c.want, c.want}, heardOf(t, describe, append(c.flags, "--site", "site.yaml")...)); diff != "" {
			t.Errorf("%v, %s: (-want +got):\n%s", c.flags, c.profile, diff)
		}
	}
	listening(t, func(parsers.Input) {})
	if out, _, _ := runIn("check", "--help"); !strings.Contains(strings.Join(strings.Fields(out), ""), "|pf|pf-openbsd|pf-freebsd") {
		t.Errorf("the help does not name the flavours:\n%s", out)
	}
}

// TestListsOfOneDevice reads files of which nobody can tell what they are with the
// configuration that the profile puts them beside.
func TestListsOfOneDevice(t *testing.T) {
	describe := func(in parsers.Input) string {
		var names []string
		for _, f := range in.Files {
			names = append(names, f.Name)
		}
		return strings.Join(names, " ")
	}
	for _, profile := range []string{
		"devices: [{files: [pf.conf, tables/partners]}]", "devices: [{files: [pf.conf, tables/partners], dialect: pf}]",
	} {
		inFolder(t, map[string]string{"pf.conf": heard, "tables/partners": "192.0.2.0/24\n", "site.yaml": "version: 1\n" + profile + "\n"})
		const want = "pf.conf tables/partners"
		if diff := cmp.Diff([]string{want, want, want}, heardOf(t, describe, "--site", "site.yaml")); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", profile, diff)
		}
	}
	var seen []string
	listening(t, func(in parsers.Input) { seen = append(seen, describe(in)) })
	out, errOut, _ := runIn("check", "--site", "site.yaml", ".")
	if got := strings.Join(seen, "; "); got != "pf.conf tables/partners" || strings.Contains(out+errOut, "partners is passed by") {
		t.Errorf("in a folder: read %s\n%s%s", got, out, errOut)
	}
	// One that stands beside a configuration of a dialect without lists is none.
	inFolder(t, map[string]string{"edge.rules": strings.TrimPrefix(heard, "# listening\n"), "partners": "192.0.2.0/24\n", "site.yaml": "version: 1\ndevices: [{files: [edge.rules, partners]}]\n"})
	if _, errOut, code := runIn("dump", "--site", "site.yaml", "edge.rules"); code != exitInput || !strings.Contains(errOut, "the dialect cannot be told") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
}

// TestOpen opens what files include: beside the including file, beside the input,
// and nowhere else.
func TestOpen(t *testing.T) {
	inFolder(t, map[string]string{
		"etc/pf.conf": heard, "etc/tables/partners": "1\n", "etc/anchors/web.conf": "2\n", "etc/anchors/hosts": "3\n", "etc/hosts": "4\n", "secret": "5\n",
	})
	if err := os.Symlink("../secret", "etc/link"); err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs("etc/hosts")
	if err != nil {
		t.Fatal(err)
	}
	input := source.NewFile("etc/pf.conf", []byte(heard))
	for _, c := range []struct {
		name, from, path, root string
		want                   string // the text; else what the error is
	}{
		{"beside the input", "etc/pf.conf", "tables/partners", "", "1\n"},
		{"beside the including file", "etc/anchors/web.conf", "hosts", "", "3\n"},
		{"beside the input, from an included file", "etc/anchors/web.conf", "tables/partners", "", "1\n"},
		{"an absolute path", "etc/pf.conf", abs, "", "4\n"},
		{"not there", "etc/pf.conf", "tables/other", "", "not there"},
		{"not there, from an included file", "etc/anchors/web.conf", "other", "", "not there"},
		{"above", "etc/pf.conf", "../secret", "", "not allowed"},
		{"above, and not there", "etc/pf.conf", "../other", "", "not allowed"},
		{"a link out of it", "etc/pf.conf", "link", "", "not allowed"},
		{"elsewhere", "etc/pf.conf", "/etc/hostname", "", "not allowed"},
		{"elsewhere, and not there", "etc/pf.conf", "/etc/pf.anchors/none", "", "not allowed"},
		{"above, which is allowed", "etc/pf.conf", "../secret", ".", "5\n"},
		{"above, which is allowed, and not there", "etc/pf.conf", "../other", ".", "not there"},
		{"beside the input, and another folder is allowed", "etc/pf.conf", "hosts", "etc/anchors", "3\n"},
		{"the input itself", "etc/anchors/web.conf", "../pf.conf", "", "the input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &opener{root: c.root, files: []*source.File{input}, limit: 1 << 20}
			files, err := o.open(c.from, c.path)
			var got string
			switch {
			case errors.Is(err, fs.ErrNotExist):
				got = "not there"
			case errors.Is(err, parsers.ErrNotAllowed):
				got = "not allowed"
			case err != nil:
				got = err.Error()
			case files[0] == input:
				got = "the input"
			default:
				got = string(files[0].Text)
			}
			if got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
	if _, err := (&opener{files: []*source.File{source.NewFile("stdin", nil)}}).open("stdin", "hosts"); !errors.Is(err, parsers.ErrNotAllowed) {
		t.Errorf("from standard input: %v", err)
	}
}
