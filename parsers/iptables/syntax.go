package iptables

import "github.com/alecthomas/participle/v2/lexer"

// chunk is a run of lines, by participle.
type chunk struct {
	Parts []*part `parser:"@@*"`
}

// part is one line, or several command lines.
type part struct {
	Table    *tableLine  `parser:"  @@"`
	Chain    *chainLine  `parser:"| @@"`
	Commit   *commitLine `parser:"| @@"`
	Commands *commands   `parser:"| @@"`
}

// tableLine opens a table: *filter.
type tableLine struct {
	Name lexer.Token `parser:"@Table"`
	Rest *restOfLine `parser:"@@"`
}

// chainLine declares a chain, or sets the policy of a built-in one:
// ":FORWARD DROP [0:0]".
type chainLine struct {
	Name lexer.Token `parser:"@Chain"`
	Rest *restOfLine `parser:"@@"`
}

// commitLine applies a table.
type commitLine struct {
	Word lexer.Token `parser:"@Commit"`
	Rest *restOfLine `parser:"@@"`
}

// restOfLine are the words up to the end of a line.
type restOfLine struct{ tokens []lexer.Token }

// Parse reads the words and the end of the line. It implements
// participle.Parseable.
func (r *restOfLine) Parse(in *lexer.PeekingLexer) error {
	for {
		t := in.Peek()
		if t.Type == lexer.EOF {
			return nil
		}
		in.Next()
		if t.Type == tokEOL {
			return nil
		}
		r.tokens = append(r.tokens, *t)
	}
}

// word is one word of a command as it is meant, without quotes, and its place.
type word struct {
	text       string
	start, end int32
	quoted     bool
}

// commands are command lines that stand together.
type commands struct {
	lines  []line
	parser *lineParser
}

// line is one command line: of iptables if it has a verb, of ipset if its first
// word is no option.
type line struct {
	start, end int32
	words      []word   // as they stand
	family     byte     // '4' or '6' if the line is for one family only, else 0
	verb       string   // "-A"; empty for lines of ipset
	args       []word   // of the verb: chain, number, policy
	verbWord   word     // the verb as it stands
	basics     []option // -s, -d, -i, -o, -p, -f
	uses       []use    // the matches in order, and the target last
	target     word     // the word behind -j or -g
	isGoto     bool     // -g
	faults     []fault  // what is wrong with the line
}

// use is a match or target of a rule with its options.
type use struct {
	module   *module // nil: an add-on that is not modelled
	name     word
	isTarget bool
	implied  bool // loaded by -p, and not written
	options  []option
}

// option is one option of a rule.
type option struct {
	name    string // in the long form of the table
	word    word   // as it stands
	negated bool
	bang    int32 // where the "!" before it starts; valid iff negated and it stands before
	args    []word
}

// fault is a mistake in a line, for which the native tools refuse it.
type fault struct {
	start, end int32
	message    string
}
