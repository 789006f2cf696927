// Command moveit-lint says, with proof, whether a firewall configuration does
// what MOVEit Transfer's documentation asks of it.
package main

import (
	"os"
	"runtime/debug"

	"golang.org/x/term"
)

// gcPercent lets garbage grow to twice the live heap before it is collected: a
// run is short, and parsing makes much of it.
const gcPercent = 200

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(os.Args[1:], process{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv,
		isTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	}))
}
