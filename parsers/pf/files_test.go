package pf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// readFiles reads files as one input. Those of beside can be opened by their
// paths.
func readFiles(tb testing.TB, beside map[string]string, files ...*source.File) *reading {
	tb.Helper()
	open := func(_, path string) ([]*source.File, error) {
		text, ok := beside[path]
		if !ok {
			return nil, errors.New("there is no such file")
		}
		return []*source.File{source.NewFile(path, []byte(text))}, nil
	}
	r := read(dialect.Input{Name: "fw", Files: files, Limits: dialect.DefaultLimits, Open: open})
	for i, c := range r.counts {
		if !c.IsBalanced() {
			tb.Errorf("statements of file %d are not accounted for: %+v", i, c)
		}
	}
	return r
}

// TestFiles: includes, tables and anchors in other files (1.2, 4.3, 7).
func TestFiles(t *testing.T) {
	for _, c := range []struct {
		name   string
		main   string
		beside map[string]string
		want   string // what is read, and the problems behind it
	}{
		{"an include, in its place, with the macros of both", "a = em0\npass\ninclude \"x\"\npass on $b", map[string]string{"x": "b = em1\nblock on $a"}, "pass\nblock on em0\npass on em1\n"},
		{"includes in includes", "include \"x\"\npass", map[string]string{"x": "include \"y\"\nblock in", "y": "block out"}, "block out\nblock in\npass\n"},
		{"the same twice", "include \"x\"\ninclude \"x\"", map[string]string{"x": "pass"}, "pass\npass\n"},
		{"one that is not there", "include \"x\"\npass", nil, "broken 1\npass\n1:9 undefined: file \"x\" is not included: there is no such file\n"},
		{"one that includes itself", "include \"x\"\npass", map[string]string{"x": "block\ninclude \"x\""}, "block\nbroken 2\npass\n2:9 malformed: the file includes itself\n"},
		{"in the body of an anchor", "anchor a {\ninclude \"x\"\n}\npass", map[string]string{"x": "block\n"}, "anchor a {\n  block\n}\npass\n"},
		{"an anchor that an include leaves open", "include \"x\"\npass", map[string]string{"x": "anchor a {\nblock\n"}, "anchor a {\n  block\n}\npass\n1:1 malformed: the body of the anchor is not closed\n"},
		{"no name", "include\npass", nil, "broken 1\npass\n1:8 malformed: expected the name of a file\n"},
		{
			"a table", "table <t> persist { 10.0.0.1 } file \"x\" file \"y\"",
			map[string]string{"x": "10.1.0.0/16\n!10.1.1.1 2001:db8::/32\n# 10.9.9.9\n", "y": "em0, www.example.org"},
			"table t persist 10.0.0.1/32 10.1.0.0/16 !10.1.1.1/32 2001:db8::/32 if:em0 name:www.example.org\n",
		},
		{"a table whose file is not there", "table <t> persist file \"x\"", nil, "table t persist unknown: file x is not given\n1:24 undefined: file \"x\" of table <t> is not read: there is no such file\n"},
		{
			"a table whose file has a fault", "table <t> file \"x\"",
			map[string]string{"x": "10.0.0.1\n10.0.0.300\n10.0.0.2\n"},
			"table t 10.0.0.1/32 10.0.0.2/32 unknown: an entry of x cannot be read\n2:1 malformed: \"10.0.0.300\" is no address\n",
		},
		{"what pfctl shows of a table", "table <t> file \"x\"", map[string]string{"x": "   10.0.0.1\n\tCleared:     Thu Jan  1 00:00:00 1970\n\tIn/Block:    [ Packets: 0 Bytes: 0 ]\n  !10.0.0.2\n"}, "table t 10.0.0.1/32 !10.0.0.2/32\n"},
		{"no file", "table <t> { 1.2.3.4 } file \"/dev/null\"", nil, "table t 1.2.3.4/32\n"},
		{
			"the file of an anchor, with macros of its own", "a = em0\nanchor x\nload anchor x from \"x\"\npass",
			map[string]string{"x": "a = em9\ntable <t> { 10.0.0.1 }\npass on $a from <t>"},
			"anchor x\npass\nload x {\npass on em9 from <t>\ntable t 10.0.0.1/32\n}\n",
		},
		{"without those of the other", "a = em0\nload anchor x from \"x\"", map[string]string{"x": "pass on $a"}, "load x {\nbroken 1\n}\n1:9 malformed: macro a is not defined\n"},
		{"a file of an anchor that is not there", "load anchor x from \"x\"", nil, "load x nothing\n1:20 undefined: file \"x\" is not loaded: there is no such file\n"},
		{"no from", "load anchor x \"y\"", nil, "1:15 malformed: expected \"load anchor\", a name, \"from\" and a file, not \"y\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := readFiles(t, c.beside, source.NewFile("pf.conf", []byte(c.main)))
			if got := dump(r.config) + wrongs(r); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.main, got, c.want)
			}
		})
	}
}

// TestInputs: files of the input that others name are read where they are named,
// and count there.
func TestInputs(t *testing.T) {
	for _, c := range []struct {
		name   string
		files  []string // name, text
		want   string
		counts []int
	}{
		{"one behind the other", []string{"rules", "pass in", "nat", "block out"}, "pass in\nblock out\n", []int{1, 1}},
		{"an include", []string{"x.conf", "block\nblock in", "pf.conf", "pass\ninclude \"/etc/pf/x.conf\"\npass out"}, "pass\nblock\nblock in\npass out\n", []int{2, 3}},
		{"a table", []string{"bad.txt", "10.0.0.1\n10.0.0.2\n", "pf.conf", "table <bad> persist file '/var/db/bad.txt'\npass"}, "pass\ntable bad persist 10.0.0.1/32 10.0.0.2/32\n", []int{0, 2}},
		{"an anchor", []string{"pf.conf", "load anchor a from \"/etc/a.conf\"\npass", "a.conf", "block\nblock"}, "pass\nload a {\nblock\nblock\n}\n", []int{2, 2}},
		{"files that include each other", []string{"a", "include \"b\"\npass in", "b", "include \"a\"\npass out"}, "broken 1\npass out\npass in\n", []int{2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var files []*source.File
			for i := 0; i < len(c.files); i += 2 {
				files = append(files, source.NewFile("dir/"+c.files[i], []byte(c.files[i+1])))
			}
			r := readFiles(t, nil, files...)
			if got := dump(r.config); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			var counts []int
			for _, n := range r.counts {
				counts = append(counts, n.Total)
			}
			if !slices.Equal(counts, c.counts) {
				t.Errorf("%v statements, want %v", counts, c.counts)
			}
		})
	}
}

// TestLimits: what is too much costs a statement, and is told.
func TestLimits(t *testing.T) {
	limits := dialect.Limits{Line: 100, Nesting: 3, Expansion: 50}
	long := strings.Repeat("x", 120)
	doubling := "a = \"10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4\"\n"
	for c := 'b'; c < 'z'; c++ {
		doubling += fmt.Sprintf("%c = $%c $%c\n", c, c-1, c-1)
	}
	for _, c := range []struct {
		name, text, want string
		statements       int
	}{
		{"a line", "pass\npass label \"" + long + "\"\nblock", "2:1 malformed: the line is longer than 100 bytes", 3},
		{"a line in a table", "table <t> {\n10.0.0.1\n" + strings.Repeat("10.0.0.1 ", 20) + "\n}\nblock", "3:1 malformed: the line is longer than 100 bytes", 2},
		{"items", "table <t> { " + strings.Repeat("10.0.0.1\n", 60) + " }\npass", "malformed: there are more than 50 items in lists and tables", 2},
		{"items of lists", strings.Repeat("pass proto { tcp udp icmp esp\n gre }\n", 12), "malformed: there are more than 50 items in lists and tables", 12},
		{"macros", doubling + "pass from { $y }", "malformed: the values of macros are too long together", 26},
		{"anchors", strings.Repeat("anchor {\n", 5) + strings.Repeat("}\n", 5), "unsupported: anchors stand in each other more deeply than the limits allow", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := dialect.Input{Files: []*source.File{source.NewFile("pf.conf", []byte(c.text))}, Limits: limits}
			r := read(in)
			if got := wrongs(r); !strings.Contains(got, c.want) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			if got := r.counts[0].Total; got != c.statements {
				t.Errorf("%d statements, want %d", got, c.statements)
			}
		})
	}
}

// TestSecrets: the keys of source-hash are shown nowhere.
func TestSecrets(t *testing.T) {
	for _, text := range []string{
		"pass out nat-to 198.51.100.0/28 source-hash 0xdeadbeef static-port",
		"k = \"source-hash 0xdeadbeef\"\npass out nat-to 198.51.100.0/28 $k",
		"nat on em0 all -> 198.51.100.0/28 source-hash \"0xdeadbeef\"",
	} {
		f := source.NewFile("pf.conf", []byte(text))
		read(dialect.Input{Files: []*source.File{f}, Limits: dialect.DefaultLimits})
		if s := f.Span(0, len(text)).Shown(); strings.Contains(s, "dead") {
			t.Errorf("%s is shown", s)
		}
	}
}
