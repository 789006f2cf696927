// Command moveit-lint says, with proof, whether a firewall configuration does
// what MOVEit Transfer's documentation asks of it.
package main

import (
	"os"

	"golang.org/x/term"
)

func main() {
	os.Exit(run(os.Args[1:], process{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv,
		isTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	}))
}
