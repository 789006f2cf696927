package asa

import "github.com/alecthomas/participle/v2/lexer"

// script is a run of lines.
type script struct {
	Lines *lineList `parser:"@@"`
}

// lineList are lines that stand together. It is read by hand: a configuration
// is lines, nearly all of them of access lists and groups.
type lineList struct{ lines [][]lexer.Token }

// The lines of few words and fixed shape. Each is read from the words behind
// its first, and behind "no".

// bindingLine is "access-group".
type bindingLine struct {
	List   lexer.Token   `parser:"@Word"`
	Global *lexer.Token  `parser:"( @'global'"`
	Way    *lexer.Token  `parser:"| @('in' | 'out')"`
	Iface  *lexer.Token  `parser:"  'interface' @Word"`
	Extra  []lexer.Token `parser:"  @('per-user-override' | 'control-plane')* )"`
}

// serviceLine is "service-policy".
type serviceLine struct {
	Policy lexer.Token  `parser:"@Word"`
	Global *lexer.Token `parser:"( @'global'"`
	Iface  *lexer.Token `parser:"| 'interface' @Word )"`
	Extra  *lexer.Token `parser:"@'fail-close'?"`
}

// nameCommand is "name".
type nameCommand struct {
	Addr lexer.Token  `parser:"@Word"`
	Name lexer.Token  `parser:"@Word"`
	Text *lexer.Token `parser:"( 'description' ( @Word | @Text | @Invalid )* )?"`
}

// pixNameLine is "nameif" of PIX 6.
type pixNameLine struct {
	Hardware lexer.Token `parser:"@Word"`
	Name     lexer.Token `parser:"@Word"`
	Level    lexer.Token `parser:"@Word"`
}

// establishedLine is "established".
type establishedLine struct {
	Proto     lexer.Token  `parser:"@Word"`
	Port      lexer.Token  `parser:"@Word"`
	Source    *lexer.Token `parser:"( (?! 'permitto' | 'permitfrom' ) @Word )?"`
	ToProto   *lexer.Token `parser:"( 'permitto' @Word"`
	To        *lexer.Token `parser:"  @Word )?"`
	FromProto *lexer.Token `parser:"( 'permitfrom' @Word"`
	From      *lexer.Token `parser:"  @Word )?"`
}
