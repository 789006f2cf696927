package iptables

import (
	"fmt"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
	"github.com/moveit-lint/moveit-lint/testdata/gen/export"
)

// The benchmarks of the parser's stages, each of which includes those before it:
// tokens, the tree, the model.

func eachSize(b *testing.B, f func(b *testing.B, file *source.File)) {
	b.Helper()
	for _, n := range []int{200, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			text, _, err := export.Bytes("iptables", export.Spec{Rules: n})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			f(b, source.NewFile("edge.rules.v4", text))
		})
	}
}

func BenchmarkLex(b *testing.B) {
	eachSize(b, func(b *testing.B, file *source.File) {
		b.Helper()
		text := string(file.Text)
		for b.Loop() {
			l := lex{text: text}
			for t, _ := l.Next(); t.Type != lexer.EOF; t, _ = l.Next() {
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	eachSize(b, func(b *testing.B, file *source.File) {
		b.Helper()
		for b.Loop() {
			r := reader{
				handle: func(int, *part) {},
				fail:   func(_ source.Span, why string) { b.Fatal(why) },
			}
			r.readLines(file, 1, file.Lines(), dialect.DefaultLimits.Line)
		}
	})
}

func BenchmarkLower(b *testing.B) {
	eachSize(b, func(b *testing.B, file *source.File) {
		b.Helper()
		for b.Loop() {
			if r := Parse(dialect.Input{Name: "edge", Files: []*source.File{file}, Limits: dialect.DefaultLimits}); len(r.Problems) > 0 {
				b.Fatal(r.Problems[0].Message)
			}
		}
	})
}
