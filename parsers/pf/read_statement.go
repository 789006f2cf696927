package pf

import (
	"errors"
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// The reasons why a file is not read.
var (
	errNoOpen = errors.New("no files can be read here")
	errNoFile = errors.New("there is no such file")
)

// statementReaders read the statements that begin with a word.
func statementReaders() map[string]func(*reader, *parser) {
	return map[string]func(*reader, *parser){
		"pass": (*reader).readRule, "block": (*reader).readRule, "match": (*reader).readRule,
		"scrub": (*reader).readScrub, "no": (*reader).readNo,
		"nat": (*reader).readNAT, "rdr": (*reader).readNAT, "binat": (*reader).readNAT,
		"anchor": (*reader).readAnchor, "nat-anchor": (*reader).readOldAnchor, "rdr-anchor": (*reader).readOldAnchor,
		"binat-anchor": (*reader).readOldAnchor, "scrub-anchor": (*reader).readOldAnchor, "dummynet-anchor": (*reader).readOldAnchor,
		"load": (*reader).readLoad, "include": (*reader).readInclude, "table": (*reader).readTable, "set": (*reader).readSet,
		"antispoof": (*reader).readAntispoof, "queue": (*reader).readQueue, "altq": (*reader).readQueue, "ether": (*reader).readEther,
	}
}

// isMacro reports whether tokens are the definition of a macro.
func isMacro(toks []lexer.Token) bool {
	return len(toks) > 1 && isText(&toks[1], "=") && (toks[0].Type == tokWord || toks[0].Type == tokString)
}

// dispatch reads a statement by its first word.
func (r *reader) dispatch(p *parser, first *lexer.Token) {
	switch {
	case isMacro(p.toks):
		r.readMacro(p)
		return
	case isText(first, "}"):
		r.readClose(p)
		return
	}
	read := r.readers[first.Value]
	if read == nil || first.Type != tokWord {
		p.failWord("expected a rule or another statement", sortedWords(statementWords))
		return
	}
	if len(r.open) > 0 && !slices.Contains([]string{"pass", "block", "match", "table", "anchor", "include"}, first.Value) {
		p.fail("expected a filter rule, a table, an anchor or an include in the body of an anchor")
		return
	}
	read(r, p)
}

// readMacro reads the definition of a macro.
func (r *reader) readMacro(p *parser) {
	const shape = "the value of a macro: words and strings, with what else it holds in quotes"
	line := parseLine(p, macroGrammar, shape)
	if line == nil {
		return
	}
	if line.Name.Type == tokWord && keywords[line.Name.Value] {
		p.failToken(&line.Name, quote(line.Name.Value)+" is a word of the language, and no name of a macro")
		return
	}
	for i := 0; i < len(line.Name.Value); i++ {
		if classes[line.Name.Value[i]]&isName == 0 {
			p.failToken(&line.Name, "the name of a macro is letters, digits and _")
			return
		}
	}
	for i := range line.Value {
		if v := &line.Value[i]; v.Type == tokWord && keywords[v.Value] {
			p.failToken(v, quote(v.Value)+" is a word of the language: in the value of a macro it stands in quotes")
			return
		}
	}
	if len(r.open) > 0 {
		p.failToken(&line.Name, "a macro cannot be defined in the body of an anchor")
		return
	}
	if !r.macros.define(line.Name.Value, line.Value, p.span) {
		p.failToken(&line.Name, "the values of macros are too long together")
		return
	}
	r.signs.comments = true
	r.cfg.macros = append(r.cfg.macros, macro{name: line.Name.Value, value: r.macros.defs[line.Name.Value].value, span: p.span})
}

// readClose reads the brace that closes the body of an anchor.
func (r *reader) readClose(p *parser) {
	if len(r.open) == 0 {
		p.failToken(p.peek(), "no anchor is open that } could close")
		return
	}
	p.next()
	r.silent = true
	r.close()
	p.finish()
}

// readInclude reads another file in this place.
func (r *reader) readInclude(p *parser) {
	line := parseLine(p, includeGrammar, "the name of a file")
	if line == nil {
		return
	}
	where := p.where(&line.Path)
	name := line.Path.Value
	r.signs.comments = true
	switch {
	case len(r.stack) > r.in.Limits.Nesting:
		r.problem(source.Unsupported, where.span, "files are included more deeply than the limits allow")
	default:
		f, err := r.openFile(name)
		if err == nil && r.isOpen(f) {
			p.failAt(where, "the file includes itself")
			return
		}
		if err == nil {
			r.include(f, p)
			return
		}
		r.problem(source.Undefined, where.span, "file "+quote(name)+" is not included: "+cause(err))
	}
	r.broken(p.span)
}

// include reads an included file.
func (r *reader) include(f *source.File, p *parser) {
	outer, kind := *p, r.kind
	file := r.file
	for i, input := range r.in.Files {
		if input == f {
			r.file = i
		}
	}
	r.readFile(f)
	r.file = file
	r.parser = outer
	r.kind = kind
}

// readLoad reads "load anchor": the rules of a file, which is read by itself.
func (r *reader) readLoad(p *parser) {
	line := parseLine(p, loadGrammar, `"load anchor", a name, "from" and a file`)
	if line == nil {
		return
	}
	l := load{name: line.Name.Value, span: p.span}
	where := p.where(&line.File)
	f, err := r.openFile(line.File.Value)
	switch {
	case len(r.stack) > r.in.Limits.Nesting:
		r.problem(source.Unsupported, where.span, "files are loaded more deeply than the limits allow")
	case err != nil:
		r.problem(source.Undefined, where.span, "file "+quote(line.File.Value)+" is not loaded: "+cause(err))
	case r.isOpen(f):
		p.failAt(where, "the file loads itself")
		return
	default:
		l.config = r.loaded(f)
	}
	r.signs.comments = true
	r.cfg.loads = append(r.cfg.loads, l)
}

// loaded reads the file of an anchor as a configuration by itself: its macros
// are its own.
func (r *reader) loaded(f *source.File) *config {
	sub := newReader(r.in)
	sub.stack = slices.Clone(r.stack)
	sub.file, sub.consumed, sub.items = r.file, r.consumed, r.items
	sub.macros.budget, sub.ifaces = r.macros.budget, r.ifaces
	for i, input := range r.in.Files {
		if input == f {
			sub.file = i
		}
	}
	sub.readFile(f)
	sub.tellTables()
	sub.tellAlike()
	r.items, r.macros.budget = sub.items, sub.macros.budget
	r.marks = append(r.marks, sub.marks...)
	r.hosts = append(r.hosts, sub.hosts...)
	r.out.problems = append(r.out.problems, sub.out.problems...)
	for _, a := range sub.out.assumptions {
		r.assume("%s", a)
	}
	r.wrong = r.wrong || sub.wrong
	r.forms.merge(&sub.forms)
	return sub.cfg
}

// nearWord returns the end of a message that proposes a word.
func nearWord(word string, words map[string]bool) string {
	return suggest.DidYouMean(word, sortedWords(words))
}
