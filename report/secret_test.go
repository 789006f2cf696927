package report

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// concealed returns a mark for a part of a text that has a secret.
func concealed(text, secret, part string) mark {
	f := source.NewFile("f", []byte(text))
	hidden, place := span(f, 1, secret), span(f, 1, part)
	f.Conceal(int(hidden.Start), int(hidden.End))
	return mark{place, "here", true}
}

// leaky returns a document whose findings and problems stand on a secret.
func leaky(t *testing.T) *Document {
	t.Helper()
	d := sample(t)
	f := d.Findings[1].Span.File
	d.Findings[1].Span = span(f, 11, "--password hunter2")
	d.Findings[1].Related[0].Span = f.Line(11)
	d.Findings[1].Witness.Steps[0].Rule.Span = f.Line(11)
	d.Problems = append(d.Problems, source.Problem{Kind: source.Unsupported, Span: span(f, 11, "hunter2"), Message: "a password"})
	return d
}

func TestNoFormatShowsSecrets(t *testing.T) {
	d := leaky(t)
	for _, f := range Formats {
		got := render(t, f.Name, d, Options{Verbose: true})
		if bytes.Contains(got, []byte("hunter")) {
			t.Errorf("%s shows a secret:\n%s", f.Name, got)
		}
		if f.Name != "compact" && !bytes.Contains(got, []byte("--password *******")) {
			t.Errorf("%s shows no stars:\n%s", f.Name, got)
		}
	}
	for name, write := range map[string]func(*bytes.Buffer, *eval.Trace) error{
		"text": func(b *bytes.Buffer, w *eval.Trace) error { return WriteTraceText(b, nil, w, Options{}) },
		"json": func(b *bytes.Buffer, w *eval.Trace) error { return WriteTraceJSON(b, nil, w) },
	} {
		var b bytes.Buffer
		if err := write(&b, d.Findings[1].Witness); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); strings.Contains(got, "hunter") || !strings.Contains(got, "--password *******") {
			t.Errorf("a trace as %s shows a secret, or no stars:\n%s", name, got)
		}
	}
}

// Another password is no other alert.
func TestLineHashesHideSecrets(t *testing.T) {
	hashes := func(secret string) []lineHash {
		f := source.NewFile("f", []byte("first\npassword "+secret+" end\nlast\n"))
		s := span(f, 2, secret)
		f.Conceal(int(s.Start), int(s.End))
		return lineHashes(f)
	}
	if a, b := hashes("hunter2"), hashes("correct horse"); !slices.Equal(a, b) {
		t.Errorf("%v and %v", a, b)
	}
}

// What is shown goes by Shown: no code of this package reads text as it is.
func TestReportsAskForShownText(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 0 {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Text" {
					t.Errorf("%s: Text where Shown is meant", set.Position(n.Pos()))
				}
			}
			return true
		})
	}
}
