package nftables

import "github.com/alecthomas/participle/v2/lexer"

// commandLine is a statement at the top of a script or in a table, without the
// block that it opens.
type commandLine struct {
	Define  *defineLine  `parser:"  @@"`
	Include *includeLine `parser:"| @@"`
	Object  *objectLine  `parser:"| @@"`
	Words   *restOfLine  `parser:"| @@"` // a rule without the word, and what is no command
}

// defineLine gives a variable a value, or takes it away.
type defineLine struct {
	Verb  lexer.Token `parser:"@('define' | 'redefine' | 'undefine')"`
	Name  lexer.Token `parser:"@Word"`
	Value *restOfLine `parser:"@@"`
}

// includeLine reads other files.
type includeLine struct {
	Verb lexer.Token `parser:"@'include'"`
	Path lexer.Token `parser:"@String"`
	Rest *restOfLine `parser:"@@"`
}

// objectLine is a command on a named thing, or the head of its block: "add
// chain inet fw input {".
type objectLine struct {
	Verb *lexer.Token `parser:"@('add' | 'create' | 'insert' | 'replace' | 'delete' | 'destroy' | 'flush' | 'list' | 'reset' | 'rename' | 'get')?"`
	Kind lexer.Token  `parser:"@('table' | 'chain' | 'rule' | 'rules' | 'set' | 'map' | 'element' | 'flowtable' | 'ruleset' | 'counter' | 'quota' | 'limit' | 'secmark' | 'synproxy' | 'tunnel' | 'meter' | 'tables' | 'chains' | 'sets' | 'maps' | 'meters' | 'counters' | 'quotas' | 'limits' | 'flowtables' | 'synproxys' | 'secmarks' | 'hooks' | 'vars')"`
	Rest *restOfLine  `parser:"@@"`
}

// chainProperty is a statement of a chain that is no rule.
type chainProperty struct {
	Base  *baseLine    `parser:"  @@"`
	Other *objectWords `parser:"| @@"`
}

// baseLine says where a chain is hooked in.
type baseLine struct {
	Type     lexer.Token `parser:"'type' @Word"`
	Hook     lexer.Token `parser:"'hook' @Word"`
	Devices  *deviceList `parser:"@@?"`
	Priority *restOfLine `parser:"'priority' @@"`
}

// deviceList names the devices of a chain.
type deviceList struct {
	One  *lexer.Token  `parser:"  'device' @(String | Word | Var)"`
	Many []lexer.Token `parser:"| 'devices' '=' ( '{' (@(String | Word | Var) ','?)* '}' | @Var )"`
}

// objectWords is a property of a chain, a set or another object: a word and
// what it is set to.
type objectWords struct {
	Key  lexer.Token `parser:"@Word"`
	Rest *restOfLine `parser:"@@"`
}

// restOfLine are the tokens up to the end of a statement.
type restOfLine struct{ tokens []lexer.Token }

// Parse reads to the end of the text, which is one statement. It implements
// participle.Parseable.
func (r *restOfLine) Parse(in *lexer.PeekingLexer) error {
	r.tokens = remaining(in)
	return nil
}

// ruleRun is a run of rules.
type ruleRun struct {
	Rules *ruleList `parser:"@@"`
}

// ruleList are rules that stand together.
type ruleList struct{ rules []rule }

// elementRun is a run of elements of a set.
type elementRun struct {
	Elements *elementList `parser:"@@"`
}

// elementList are elements of a set.
type elementList struct {
	elements []*node
	faults   []fault
}

// rule is one rule as it is written.
type rule struct {
	start, end int32
	stmts      []stmt
	comment    string
	faults     []fault // what is wrong with it; the statements are those before the first
	last       string  // the word at its end, where it could not be read
}

// fault is a mistake, for which nft refuses the script.
type fault struct {
	start, end int32
	message    string
}

// stmt is one statement of a rule.
type stmt struct {
	kind       stmtKind
	start, end int32
	op         string // of a comparison, a set operation, a translation; kind of an object
	family     string // of a translation or a rejection
	a, b       *node  // sides of a comparison; key and value; address and ports
	negated    bool   // limit over, quota over
	bypass     bool   // of a queue
	random     bool   // of a translation: any port may be taken
	stmts      []stmt // of the elements that a set operation adds
}

// stmtKind is the kind of a statement.
type stmtKind uint8

// The kinds of statement.
const (
	stmtMatch    stmtKind = iota + 1 // a op b
	stmtVerdict                      // a
	stmtVmap                         // a vmap b
	stmtMangle                       // a set b
	stmtPlain                        // changes no packet's way: op says what it is
	stmtLog                          // log
	stmtLimit                        // limit rate; a: the object's name
	stmtQuota                        // quota
	stmtConns                        // ct count
	stmtReject                       // reject with op a
	stmtNAT                          // op family to a : b
	stmtTproxy                       // tproxy
	stmtNotrack                      // notrack
	stmtQueue                        // queue
	stmtForward                      // fwd
	stmtSynproxy                     // synproxy
	stmtSetOp                        // op b { a }
	stmtObject                       // op name a, as "ct helper set"
	stmtXT                           // op: match or target; a: its name
	stmtOpaque                       // something that is known to be, not how it works
)

// node is an expression.
type node struct {
	kind       nodeKind
	text       string // a word, an operator, the name of a field
	start, end int32
	file       int32 // index of the input's file
	kids       []*node
	block      []rule // of an anonymous chain
	flag       bool   // of an element: it has a time after which it goes; of jhash: it has a seed
	guarded    bool   // of an element: a limit or the like decides whether it is found
}

// nodeKind is the kind of an expression.
type nodeKind uint8

// The kinds of expression.
const (
	nodeWord     nodeKind = iota + 1 // a bare word: number, name, address
	nodeString                       // a word in quotes
	nodeVar                          // $text
	nodeSelector                     // a field of the packet: text
	nodePrefix                       // kids[0] / kids[1]
	nodeRange                        // kids[0] - kids[1]
	nodeConcat                       // kids joined by dots
	nodeSet                          // { kids }
	nodeRef                          // @text
	nodeList                         // kids with commas
	nodeBinary                       // kids[0] text kids[1]
	nodeMap                          // kids[0] map kids[1]
	nodeElement                      // kids[0] [: kids[1]] with options
	nodeVerdict                      // text [kids[0]]
	nodeStar                         // the default element
	nodeMask                         // kids[0] / kids[1] of flags
)
