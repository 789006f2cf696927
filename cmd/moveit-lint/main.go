// Command moveit-lint says, with proof, whether a firewall configuration does
// what MOVEit Transfer's documentation asks of it.
package main

import (
	"os"
	"runtime/debug"

	"golang.org/x/term"
)

// gcPercent lets garbage grow to five times the live heap before it is
// collected: a run is short, and parsing makes much of it. The memory limit,
// which grows with the inputs, keeps that from costing memory where there is
// much alive.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(os.Args[1:], process{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv,
		isTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		limitHeap:  func(bytes int64) { debug.SetMemoryLimit(bytes) },
	}))
}
