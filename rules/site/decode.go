package site

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// decoder reads the tree of a YAML file strictly: whatever it does not expect
// is a mistake with a place.
type decoder struct {
	file   *source.File
	errors Errors
	broken map[ast.Node]bool // values of which a mistake was reported
}

// maxProfile is the size above which a profile is refused, in bytes.
const maxProfile = 1 << 20

// byteOrderMark tells how to read a text, and is no part of it.
const byteOrderMark = "\ufeff"

// Parse reads a profile. Its error is of type Errors.
func Parse(f *source.File) (p *Profile, err error) {
	d := &decoder{file: f, broken: map[ast.Node]bool{}}
	if len(f.Text) > maxProfile {
		return nil, Errors{{f.Span(0, 0), "the site profile is larger than 1 MiB"}}
	}
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, Errors{{f.Span(0, 0), fmt.Sprintf("the site profile cannot be read as YAML: %v", r)}}
		}
	}()
	tree, parseErr := parser.ParseBytes(bytes.TrimPrefix(f.Text, []byte(byteOrderMark)), 0)
	if parseErr != nil {
		return nil, Errors{{d.syntaxSpan(parseErr), "the site profile is no YAML: " + firstLine(parseErr.Error())}}
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, Errors{{f.Span(0, 0), "the site profile is empty, or more than one document; expected version: 1"}}
	}
	p = d.profile(tree.Docs[0].Body)
	if len(d.errors) > 0 {
		slices.SortStableFunc(d.errors, func(a, b Error) int { return int(a.Span.Start - b.Span.Start) })
		return nil, d.errors
	}
	return p, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if i := strings.Index(s, "] "); strings.HasPrefix(s, "[") && i > 0 {
		s = s[i+2:]
	}
	return s
}

// syntaxSpan returns the place of a YAML error.
func (d *decoder) syntaxSpan(err error) source.Span {
	var line, column int
	if _, scanErr := fmt.Sscanf(err.Error(), "[%d:%d]", &line, &column); scanErr != nil {
		return d.file.Span(0, 0)
	}
	return d.at(line, column, 1)
}

// at returns the place of some characters from a line and column on.
func (d *decoder) at(line, column, length int) source.Span {
	if line < 1 || line > d.file.Lines() {
		return d.file.Span(len(d.file.Text), len(d.file.Text))
	}
	s := d.file.Line(line)
	if line == 1 && strings.HasPrefix(s.Text(), byteOrderMark) {
		s.Start += int32(len(byteOrderMark))
	}
	text := s.Text()
	skip := func(n int) int {
		for i := range text {
			if n == 0 {
				return i
			}
			n--
		}
		return len(text)
	}
	from := skip(column - 1)
	to := min(from+length, len(text))
	return d.file.Span(int(s.Start)+from, int(s.Start)+max(from, to))
}

// span returns the place of a node's first token.
func (d *decoder) span(n ast.Node) source.Span {
	t := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		t = m.Values[0].Key.GetToken()
	}
	if t == nil || t.Position == nil {
		return d.file.Span(0, 0)
	}
	return d.at(t.Position.Line, t.Position.Column, len(tokenText(t)))
}

func tokenText(t *token.Token) string {
	switch t.Type {
	case token.DoubleQuoteType, token.SingleQuoteType:
		return t.Value + "  "
	}
	return t.Value
}

func (d *decoder) fail(n ast.Node, format string, args ...any) {
	if d.broken[n] {
		return
	}
	d.errors = append(d.errors, Error{d.span(n), fmt.Sprintf(format, args...)})
}

// wrong reports a value that is not even of the kind that is expected. Whatever
// else is asked of it has been said by that.
func (d *decoder) wrong(n ast.Node, format string, args ...any) {
	d.fail(n, format, args...)
	d.broken[n] = true
}

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	node  ast.Node // of the key
	value ast.Node
}

// mapping returns the entries of a mapping; known are the keys that it may have,
// nil for any.
func (d *decoder) mapping(n ast.Node, what string, known []string) []entry {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		d.wrong(n, "%s: expected a mapping", what)
		return nil
	}
	var out []entry
	seen := map[string]bool{}
	for _, v := range values {
		key, ok := d.scalar(v.Key, "a key")
		switch {
		case !ok:
		case seen[key]:
			d.fail(v.Key, "the key %q is given twice", key)
		case known != nil && !slices.Contains(known, key):
			d.fail(v.Key, "unknown key %q in %s%s", key, what, DidYouMean(key, known))
		default:
			seen[key] = true
			out = append(out, entry{key, v.Key, v.Value})
		}
	}
	return out
}

// scalar returns a plain value as it is written.
func (d *decoder) scalar(n ast.Node, what string) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		d.wrong(n, "anchors, aliases, merge keys and tags are not taken")
		return "", false
	}
	d.wrong(n, "expected %s", what)
	return "", false
}

// list returns the items of a list; a single value is a list of one.
func (d *decoder) list(n ast.Node, what string) []ast.Node {
	switch x := n.(type) {
	case *ast.SequenceNode:
		return x.Values
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode:
		return []ast.Node{n}
	}
	d.wrong(n, "%s: expected a list", what)
	return nil
}

// number returns a whole number in a range.
func (d *decoder) number(n ast.Node, what string, least, most int) int {
	s, ok := d.scalar(n, "a number")
	if !ok {
		return least
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < least || v > most {
		d.fail(n, "%s: expected a number from %d to %d", what, least, most)
		return least
	}
	return v
}

// boolean returns on, off, true or false.
func (d *decoder) boolean(n ast.Node, what string) bool {
	s, _ := d.scalar(n, "true or false")
	switch s {
	case "true", "on":
		return true
	case "false", "off":
	default:
		d.fail(n, "%s: expected true or false", what)
	}
	return false
}

// word returns one of some words.
func (d *decoder) word(n ast.Node, what string, words ...string) string {
	s, ok := d.scalar(n, "one of "+strings.Join(words, ", "))
	if ok && !slices.Contains(words, s) {
		d.fail(n, "%s: expected one of %s%s", what, strings.Join(words, ", "), DidYouMean(s, words))
	}
	return s
}

// DidYouMean returns what to add to a message about a word that is not known: the
// known word that differs in at most two letters, or nothing.
func DidYouMean(word string, known []string) string {
	best, found := 3, ""
	for _, k := range known {
		if d := distance(word, k); d < best && d < len(k) {
			best, found = d, k
		}
	}
	if found == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", found)
}

// distance is the number of letters to insert, delete or change between words.
func distance(a, b string) int {
	const far = 64
	if len(a) > far || len(b) > far {
		return far
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
