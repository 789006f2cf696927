package pf

import "github.com/alecthomas/participle/v2/lexer"

// script is a run of statements.
type script struct {
	Statements *statementList `parser:"@@"`
}

// statementList are statements that stand together. It is read by hand: a
// configuration is rules and tables, nearly all of them lists.
type statementList struct{ statements []statementTokens }

// statementTokens are the tokens of a statement.
type statementTokens struct {
	toks       []lexer.Token
	start, end int // in the file
}

// The statements of few words and fixed shape.

// macroLine is "name = value".
type macroLine struct {
	Name  lexer.Token   `parser:"@( Word | String )"`
	Value []lexer.Token `parser:"'=' @( ( Word | String | Number )+ )"`
}

// includeLine is "include".
type includeLine struct {
	Path lexer.Token `parser:"'include' @( String | Word )"`
}

// loadLine is "load anchor".
type loadLine struct {
	Name lexer.Token `parser:"'load' 'anchor' @( String | Word )"`
	File lexer.Token `parser:"'from' @( String | Word )"`
}
