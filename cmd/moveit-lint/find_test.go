package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnreadableFolder finds what is beside a folder that cannot be read, and says
// what could not be.
func TestUnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "edge.rules", []byte("*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"))
	shut := filepath.Join(dir, "a")
	if err := os.Mkdir(shut, 0o000); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir(shut); err == nil {
		t.Skip("this user may read every folder")
	}
	out, _, code := runIn("check", "--format", "compact", dir)
	if code != exitInput || !strings.Contains(out, "a: not read: permission denied") || !strings.Contains(out, "edge.rules:1:1") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestResolve names files that are not there, too: standard input may be called so.
func TestResolve(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	t.Chdir(dir)
	for name, want := range map[string]string{
		"link/new.rules": "real/new.rules", "link/a/b": "real/a/b", "./real/../new": "new", "..x": "..x", ".": "",
	} {
		if got := resolve(name); got != filepath.Join(dir, want) {
			t.Errorf("resolve(%q) = %q, want %q", name, got, filepath.Join(dir, want))
		}
	}
}
