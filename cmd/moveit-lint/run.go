package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/moveit-lint/moveit-lint/report"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// process is what the program has of the world outside.
type process struct {
	in         io.Reader
	out, err   io.Writer
	env        func(string) string
	isTerminal bool              // out is a terminal
	commands   []string          // of the command line
	limitHeap  func(bytes int64) // says from which size on memory is worth time; nil: it is not
}

// The exit codes. They do not hang on the format.
const (
	exitClean    = 0
	exitFindings = 1 // at or above --fail-on
	exitUsage    = 2 // a wrong command line or site profile
	exitInput    = 3 // an input that could not be read, or is malformed; a report that could not be written
	exitBug      = 4
)

// cli is the command line.
type cli struct {
	Check        checkCommand        `cmd:"" default:"withargs" help:"Lint firewall configurations (the default command)."`
	Trace        traceCommand        `cmd:"" help:"Follow one packet, or many, through a configuration."`
	Dump         dumpCommand         `cmd:"" help:"Print the normalized model of a configuration."`
	Explain      explainCommand      `cmd:"" help:"Say why a check is there, and how to mend what it finds."`
	Checks       checksCommand       `cmd:"" help:"List the checks."`
	Requirements requirementsCommand `cmd:"" help:"List the documented requirements."`
	Schema       schemaCommand       `cmd:"" help:"Print a JSON Schema."`
	Version      versionCommand      `cmd:"" help:"Print the version."`
}

const description = `moveit-lint says, with proof, whether a firewall configuration does what MOVEit Transfer's documentation asks of it. It reads files only.

Exit code: 0 nothing at or above --fail-on; 1 findings; 2 usage or site profile; 3 an input that could not be read or is malformed, or a report that could not be written; 4 a bug in the program.`

// status is an error that carries an exit code.
type status struct {
	code int
	err  error // nil: it was said already
}

// Error returns what is to be said.
func (s *status) Error() string {
	if s.err == nil {
		return ""
	}
	return s.err.Error()
}

// Unwrap returns the cause.
func (s *status) Unwrap() error { return s.err }

func usageError(format string, args ...any) error {
	return &status{exitUsage, fmt.Errorf(format, args...)}
}

func inputError(format string, args ...any) error {
	return &status{exitInput, fmt.Errorf(format, args...)}
}

// output is standard output. That it cannot be written is a failure of the
// machine, whichever command meets it.
type output struct {
	w   io.Writer
	err error // the first failure
}

// Write writes p.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = inputError("write to standard output: %w", reason(err))
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

// say writes a line to standard error.
func (p *process) say(format string, args ...any) {
	fmt.Fprintf(p.err, format+"\n", args...)
}

// run runs the program and returns its exit code.
func run(args []string, p process) (code int) {
	errs := report.NewCleaner(p.err)
	p.err = errs
	out := &output{w: p.out}
	p.out = out
	defer errs.Close() //nolint:errcheck // there is nowhere left to say it
	defer func() {
		if r := recover(); r != nil {
			p.say("moveit-lint: this is a bug in moveit-lint: %v\n%s", r, debug.Stack())
			code = exitBug
		}
	}()
	var c cli
	helped := false
	parser, err := kong.New(&c, kong.Name("moveit-lint"), kong.Description(description), kong.Writers(p.out, p.err),
		kong.Exit(func(int) { helped = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{"formats": formatNames(), "dialects": dialectNames()}, kong.Bind(&p))
	if err != nil {
		panic(err)
	}
	for _, n := range parser.Model.Children {
		p.commands = append(p.commands, n.Name)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	switch {
	case out.err != nil:
		return p.exitOf(out.err)
	case helped:
		return exitClean
	case err != nil:
		p.say("moveit-lint: %s\nRun moveit-lint --help for usage.", strings.TrimSpace(err.Error()))
		return exitUsage
	}
	return p.exitOf(ctx.Run(&p))
}

// mistyped reports a path that is no file, and looks like a command: check is the
// command where none is named, so that the rest would be linted.
func (p *process) mistyped(path string) error {
	hint := site.DidYouMean(path, p.commands)
	if hint == "" || exists(path) {
		return nil
	}
	return usageError("%q is no command and no file%s", path, hint)
}

// exitOf reports an error and returns its exit code.
func (p *process) exitOf(err error) int {
	if err == nil {
		return exitClean
	}
	code := exitBug
	var s *status
	if errors.As(err, &s) {
		code = s.code
	}
	if text := err.Error(); text != "" {
		p.say("moveit-lint: %s", text)
	}
	return code
}
