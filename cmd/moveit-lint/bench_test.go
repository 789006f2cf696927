package main

import (
	"io"
	"os"
	"testing"
)

// BenchmarkCheck lints the file that MOVEIT_LINT_BENCH names, end to end:
//
//	go run ./testdata/gen -dialect iptables -rules 100000 > /tmp/big.rules
//	MOVEIT_LINT_BENCH=/tmp/big.rules go test -bench Check ./cmd/moveit-lint
func BenchmarkCheck(b *testing.B) {
	name := os.Getenv("MOVEIT_LINT_BENCH")
	if name == "" {
		b.Skip("MOVEIT_LINT_BENCH names no file")
	}
	for b.Loop() {
		if code := run([]string{"check", "--no-site", "--format", "sarif", name}, process{out: io.Discard, err: io.Discard, env: func(string) string { return "" }}); code > exitFindings {
			b.Fatalf("exit code %d", code)
		}
	}
}
