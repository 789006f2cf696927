package pf

import (
	"net/netip"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// refer notes that a rule names a table.
func (r *reader) refer(name string, span source.Span) {
	ref := tableRef{r.scope(), name}
	if _, ok := r.refs[ref]; !ok {
		r.refs[ref] = span
	}
}

// readTable reads the definition of a table.
func (r *reader) readTable(p *parser) {
	t := &table{defined: true, span: p.span}
	p.next()
	p.expect("<")
	t.name = p.tableName()
	p.expect(">")
	given := false
	for p.bad == nil && !p.done() {
		switch w := p.peek(); {
		case isText(w, "{"):
			p.next()
			given = true
			p.lines()
			p.tableEntries(t)
		case p.take("file"):
			given = true
			r.tableFile(p, t)
		case isString(w):
			p.tableFlag(t)
		default:
			p.failWord("expected const, persist, counters, file or entries in braces", tableFlags)
		}
	}
	if !p.finish() {
		r.lostTable(t)
		return
	}
	if !given {
		t.unknown = notInFile(t.name)
	}
	r.signs.comments = true
	r.setTable(t)
}

// tableFlags are the words of a table.
var tableFlags = []string{"const", "persist", "counters", "file"}

// tableFlag reads a word of a table.
func (p *parser) tableFlag(t *table) {
	switch p.next().Value {
	case "const":
		t.constant = true
	case "persist":
		t.persist = true
	case "counters":
	default:
		p.at--
		p.failWord("expected const, persist, counters, file or entries in braces", tableFlags)
	}
}

// setTable defines a table, or defines it anew.
func (r *reader) setTable(t *table) {
	tables := r.tables()
	if before := tables[t.name]; before != nil && before.defined {
		r.remark(t.span, "table <"+t.name+"> is defined again: this definition takes the place of that in line "+itoa(before.span.Line()))
	}
	tables[t.name] = t
}

// lostTable keeps a table whose definition cannot be read: what it holds is not
// known.
func (r *reader) lostTable(t *table) {
	if t.name == "" {
		return
	}
	t.unknown = "the definition of table <" + t.name + "> cannot be read"
	r.tables()[t.name] = t
}

// tableEntries reads entries up to the brace that closes them.
func (p *parser) tableEntries(t *table) {
	p.items(func() {
		switch w := p.peek(); {
		case w.Type == tokEntries:
			p.next()
			p.r.entryText(p, t, w)
		case p.take("{"):
			p.lines()
			p.tableEntries(t)
		default:
			p.tableEntry(t)
			p.countItem()
		}
	})
}

// tableEntry reads one entry.
func (p *parser) tableEntry(t *table) {
	switch first := p.peek(); {
	case isText(first, "!") && p.ahead(1).Type == tokEntries: // the lexer broke off between them
		p.next()
		p.r.negate = true
		return
	case isText(first, "any"):
		p.fail("expected an address, a network, an interface or a host")
	}
	if p.is("-") {
		p.failToken(p.peek(), "a table holds no ranges")
	}
	h := p.host(true)
	if p.bad != nil {
		return
	}
	switch h.kind {
	case hostTable:
		p.failAt(h.at, "a table holds no tables")
	case hostDynamic:
		p.failAt(h.at, "a table holds no interfaces in parentheses")
	case hostNoRoute, hostURPF, hostRoute, hostAny, hostBad:
		p.failAt(h.at, "a table holds addresses, networks, interfaces and hosts")
	case hostRange:
		prefix, ok := rangePrefix(&h)
		if !ok {
			p.failAt(h.at, "a table holds no ranges")
			return
		}
		t.entries = append(t.entries, tableEntry{not: h.not, prefix: prefix, at: h.at})
	case hostIface, hostName:
		p.r.nameEntry(t, h)
	}
}

// rangePrefix returns the network that a host is.
func rangePrefix(h *hostItem) (netip.Prefix, bool) {
	bits := sizeBits(h)
	prefix := netip.PrefixFrom(h.addrs.First, bits)
	return prefix, packet.PrefixRange(prefix) == h.addrs
}

// nameEntry adds an entry that is a name.
func (r *reader) nameEntry(t *table, h hostItem) {
	item := h
	if item.kind == hostName {
		r.hosts = append(r.hosts, &item)
	}
	t.entries = append(t.entries, tableEntry{not: h.not, host: &item, at: h.at})
}

// entryText adds the entries of a run of text.
func (r *reader) entryText(p *parser, t *table, w *lexer.Token) {
	o := &r.macros.origins[w.Pos.Line]
	text := w.Value
	r.room(t, text)
	for i := 0; i < len(text); {
		if isSeparator(text[i]) {
			if text[i] == ',' {
				r.commaEnd(p, o, text, w.Pos.Offset, i)
			}
			i++
			continue
		}
		start, not := i, r.negate
		r.negate = false
		for i < len(text) && (text[i] == '!' || not && isBlank(text[i])) {
			not = not || text[i] == '!'
			i++
		}
		word := i
		for i < len(text) && !isSeparator(text[i]) && text[i] != '!' {
			i++
		}
		where := at{span: o.file.Span(w.Pos.Offset+start, w.Pos.Offset+i), via: o.via}
		r.entryWord(p, t, text[word:i], not, where)
		if p.bad != nil {
			return
		}
	}
}

// commaEnd finds a mistake where a line ends behind a comma.
func (r *reader) commaEnd(p *parser, o *origin, text string, base, i int) {
	rest := strings.TrimLeft(text[i+1:], " \t\r")
	if rest != "" && rest[0] == '\n' && len(p.slip) == 0 {
		p.slipAt(at{span: o.file.Span(base+i, base+i+1), via: o.via}, "a line that ends behind a comma, without a backslash")
	}
}

// entryWord adds an entry that is written as one word.
func (r *reader) entryWord(p *parser, t *table, word string, not bool, where at) {
	if !r.countItem() {
		p.failAt(where, r.tooMany())
		return
	}
	address, length, slash := strings.Cut(word, "/")
	bits := -1
	if slash {
		const most = 128
		n, ok := number(length, most)
		if !ok {
			p.failAt(where, "expected the length of a prefix behind /")
			return
		}
		bits = int(n)
	}
	a, kind := readAddress(address, slash)
	switch kind {
	case noAddress:
		p.failAt(where, quote(address)+" is no address")
	case isAddress:
		prefix, ok := prefixOf(a, bits)
		if !ok {
			p.failAt(where, "the prefix of an IPv4 network has at most 32 bits")
			return
		}
		t.entries = append(t.entries, tableEntry{not: not, prefix: prefix.Masked(), at: where})
	case isWord:
		h := hostItem{not: not, at: where}
		p.named(&h, where, address, bits)
		r.nameEntry(t, h)
	}
}

// room makes room for the entries of a text.
func (r *reader) room(t *table, text string) {
	const few = 64
	n, inside := 0, false
	for i := 0; i < len(text); i++ {
		separator := isSeparator(text[i])
		if !separator && !inside {
			n++
		}
		inside = !separator
	}
	if n > few {
		entries := make([]tableEntry, len(t.entries), len(t.entries)+n)
		copy(entries, t.entries)
		t.entries = entries
	}
}

// tableFile reads the file of a table.
func (r *reader) tableFile(p *parser, t *table) {
	name := p.text("the name of a file")
	if p.bad != nil || name.Value == "/dev/null" {
		return
	}
	where := p.where(name)
	f, err := r.openFile(name.Value)
	if err != nil {
		r.problem(source.Undefined, where.span, "file "+quote(name.Value)+" of table <"+t.name+"> is not read: "+cause(err))
		t.unknown = "file " + name.Value + " is not given"
		return
	}
	r.entryFile(t, f)
}

// entryFile adds the entries of a file: words, with comments from # to the end
// of a line.
func (r *reader) entryFile(t *table, f *source.File) {
	text := string(f.Text)
	r.room(t, text)
	p := &parser{r: r}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '#':
			i = lineEndAt(text, i)
		case c <= ' ' || c == ',':
			i++
		default:
			start := i
			for i < len(text) && text[i] > ' ' && text[i] != '#' && text[i] != ',' {
				i++
			}
			if c >= 'A' && c <= 'Z' && text[i-1] == ':' { // statistics, as "pfctl -T show -v" prints them
				i = lineEndAt(text, i)
				continue
			}
			r.fileEntry(p, t, text[start:i], f.Span(start, i))
			if r.items > r.in.Limits.Expansion {
				return
			}
		}
	}
	r.negate = false
}

// fileEntry adds an entry of a file.
func (r *reader) fileEntry(p *parser, t *table, text string, span source.Span) {
	word := strings.TrimLeft(text, "!")
	not := ((len(text)-len(word))%2 == 1) != r.negate
	if word == "" { // "! 10.0.0.1"
		r.negate = not
		return
	}
	r.negate = false
	r.entryWord(p, t, word, not, at{span: span})
	if p.bad != nil {
		r.malformed(p.bad, span)
		t.unknown = "an entry of " + span.File.Name + " cannot be read"
		p.bad = nil
	}
}

// tellTables says what is known of tables that rules name or add to.
func (r *reader) tellTables() {
	for ref, span := range r.refs {
		var t *table
		if ref.scope != nil {
			t = ref.scope.tables[ref.name]
		}
		if t == nil {
			t = r.cfg.tables[ref.name]
		}
		if t == nil {
			t = &table{name: ref.name, span: span}
			r.cfg.tables[ref.name] = t
		} else if !t.defined && span.Compare(t.span) < 0 {
			t.span = span
		}
		if r.filled[ref] && (t.unknown == "" || t.unknown == notInFile(t.name)) {
			t.filled, t.unknown = true, "rules add to table <"+t.name+"> at run time"
		}
	}
}

// notInFile says that nothing tells what a table holds that only persists.
func notInFile(name string) string { return "the contents of table <" + name + "> are not in the file" }
