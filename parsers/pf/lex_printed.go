package pf

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// printSigns are the signs by which the output of pfctl is told from a file that
// people write (section 9 of the sheet).
type printSigns struct {
	numbers  bool // "@N", statistics, headings
	comments bool // comments, and statements, that pfctl does not print
	rules    int
	odd      int         // of them not as pfctl prints them
	kept     source.Span // a rule with "keep state", and one without
	unkept   source.Span
}

// comment notes a comment.
func (s *printSigns) comment(text string) {
	s.comments = s.comments || !strings.HasPrefix(text, "# expired")
}

// headings begin the sections of "pfctl -sa"; those that are true hold rules.
var headings = map[string]bool{
	"TRANSLATION RULES:": true, "FILTER RULES:": true, "ETHER RULES:": true, "STATES:": false, "INFO:": false, "LABEL COUNTERS:": false,
	"TIMEOUTS:": false, "LIMITS:": false, "TABLES:": false, "OS FINGERPRINTS:": false, "SOURCE TRACKING NODES:": false, "ALTQ:": false,
	"QUEUES:": false, "INTERFACES:": false, "ANCHORS:": false, "SCTP:": false,
}

// remarks are what pfctl says besides.
var remarks = []string{"No ALTQ support in kernel", "ALTQ related functions disabled", "No queue in use", "Loaded ", "pf already enabled", "pf enabled"}

// line returns the line that begins here, without blanks around it.
func (l *lex) line() string { return strings.TrimSpace(l.text[l.at:lineEndAt(l.text, l.at)]) }

// isPrinted reports whether what begins here is something that pfctl prints and
// no file has: it is the first of its line.
func (l *lex) isPrinted(c byte) bool {
	switch {
	case c == '\n':
		return false
	case l.skipping || c == '[':
		return true
	case c == '@':
		return l.at+1 < len(l.text) && classes[l.text[l.at+1]]&isDigit != 0
	case c >= 'A' && c <= 'Z':
		return l.isRemark(l.line())
	case c == 'p' && strings.HasPrefix(l.text[l.at:], "pf "), c == 'p' && strings.HasPrefix(l.text[l.at:], "pfctl "):
		return true
	}
	return l.isPrompt()
}

// isRemark reports whether a line is a heading or something that pfctl says
// besides.
func (l *lex) isRemark(line string) bool {
	if _, ok := headings[line]; ok {
		return true
	}
	for _, r := range remarks {
		if strings.HasPrefix(line, r) {
			return true
		}
	}
	return l.isPrompt()
}

// isPrompt reports whether the line is the prompt of a shell with the command
// that printed the rest.
func (l *lex) isPrompt() bool {
	at := l.at
	for at < len(l.text) && l.text[at] > ' ' {
		at++
	}
	word := l.text[l.at:at]
	if at == l.at || !strings.Contains(word, "@") && !strings.ContainsAny(word[len(word)-1:], "#$%>]") {
		return false
	}
	switch name, _, _ := strings.Cut(word, "#"); name {
	case "pass", "block", "match", "}":
		return false // a rule, with a comment behind it
	}
	return strings.Contains(l.line(), " pfctl -")
}

// printed passes over such a line. The number of a rule is a token.
func (l *lex) printed(c byte) (lexer.Token, bool) {
	l.signs.numbers = true
	line := l.line()
	if holdsRules, ok := headings[line]; ok {
		l.skipping = !holdsRules
	} else if c == '@' && !l.skipping {
		return l.ruleNumber(), true
	}
	l.at = lineEndAt(l.text, l.at)
	return lexer.Token{}, false
}

// ruleNumber returns "@N" or, as pfSense prints it, "@N(TRACKER)".
func (l *lex) ruleNumber() lexer.Token {
	from := l.here()
	digits := l.at + 1
	end := digits
	for end < len(l.text) && classes[l.text[end]]&isDigit != 0 {
		end++
	}
	number := l.text[digits:end]
	if end < len(l.text) && l.text[end] == '(' {
		if n := strings.IndexByte(l.text[end:lineEndAt(l.text, end)], ')'); n > 0 {
			end += n + 1
		}
	}
	l.at = end
	return l.token(tokRule, number, from)
}

// entriesOr returns a run of entries in a table, and else the token that begins
// with c.
func (l *lex) entriesOr(c byte) lexer.Token {
	if l.first == "table" && l.depth > 0 && l.use == nil && classes[c]&isEntry != 0 && c != ',' && c != '/' && l.last != "/" {
		if t, found := l.entries(); found {
			return t
		}
	}
	return l.one(c)
}

// entries returns a run of entries of a table that are addresses, or look like
// some. They are one token, so that a large table takes no more room than its
// text.
func (l *lex) entries() (lexer.Token, bool) {
	end := l.at
	for end < len(l.text) && classes[l.text[end]]&isEntry != 0 {
		end++
	}
	if end < len(l.text) {
		for end > l.at && !isSeparator(l.text[end-1]) && l.text[end] != '}' {
			end-- // a word that goes on with another letter
		}
	}
	for end > l.at && (isSeparator(l.text[end-1]) || l.text[end-1] == '!') {
		end-- // a line end tells what follows from what is left open
	}
	if end == l.at {
		return lexer.Token{}, false
	}
	from := l.here()
	text := l.text[l.at:end]
	l.at = end
	return l.token(tokEntries, text, from), true
}

// isSeparator reports whether c stands between the entries of a table.
func isSeparator(c byte) bool { return isBlank(c) || c == '\n' || c == '\r' || c == ',' }
