package pf

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// maxPort is the highest port, and maxNumber the highest number at all.
const (
	maxPort   = 65535
	maxNumber = 1<<32 - 1
)

// ports reads port conditions (4.4).
func (p *parser) ports() []portItem {
	list := p.portScratch[:0]
	p.list(func() {
		list = append(list, p.portItem())
		p.countItem()
	})
	p.portScratch = list
	return p.r.keepPorts(list)
}

// operator returns the operator that stands next; empty: none.
func (p *parser) operator() string {
	t := p.peek()
	if t.Type != tokPunct {
		return ""
	}
	switch t.Value {
	case "=", "!=", "<", "<=", ">", ">=", "<>", "><":
		return t.Value
	}
	return ""
}

// portItem reads one port condition.
func (p *parser) portItem() portItem {
	from := p.at
	op := p.operator()
	if op == "<>" || op == "><" {
		p.fail("expected a port")
	}
	if op != "" {
		p.next()
	}
	ranges, name := p.portRanges(op)
	item := portItem{ranges: ranges, name: name, at: p.since(from)}
	if name != "" {
		item.ranges = nil
	}
	if op != "" && op != "=" || len(ranges) > 1 {
		p.mark(seenOperator, item.at)
	}
	return item
}

// portRanges reads what follows an operator, or a port condition without one.
// name is that of a service that is not known.
func (p *parser) portRanges(op string) (ranges []packet.Range, name string) {
	t := p.portWord()
	a := p.portValue(t)
	switch between := p.operator(); {
	case p.bad != nil:
	case op == "" && (between == "<>" || between == "><"):
		ranges = p.between(t, &a, between)
	case op != "" && a.isRange:
		p.failToken(t, "a range does not go with an operator")
	case op != "":
		ranges = p.r.compared(op, a.first)
	case a.last < a.first && a.name == "":
		p.failToken(t, "the range ends before it begins")
	default:
		ranges = p.r.oneRange(packet.Range{First: a.first, Last: a.last})
	}
	return ranges, a.name
}

// portWord consumes a port.
func (p *parser) portWord() *lexer.Token {
	t := p.peek()
	if t.Type != tokNumber && !isString(t) {
		p.fail("expected a port")
		return &none
	}
	p.at++
	return t
}

// portValue is a port, or a range of ports.
type portValue struct {
	first, last uint32
	isRange     bool
	name        string // of a service that is not known
}

// decimal returns a number without the zeros at its head: pfctl reads digits that
// stand alone as a decimal number, and those in a range, as those in quotes, as C
// does.
func decimal(digits string) string {
	if s := strings.TrimLeft(digits, "0"); s != "" {
		return s
	}
	return "0"
}

// portValue reads a port or a range.
func (p *parser) portValue(t *lexer.Token) portValue {
	if p.bad != nil {
		return portValue{}
	}
	if t.Type == tokNumber {
		n, name := p.port(t, decimal(t.Value))
		return portValue{first: n, last: n, name: name}
	}
	first, last, found := strings.Cut(t.Value, ":")
	v := portValue{isRange: found}
	v.first, v.name = p.port(t, first)
	switch {
	case !found:
		v.last = v.first
	case last == "":
		p.failToken(t, "a range of ports has two ends, as in 1024:65535")
	default:
		var name string
		v.last, name = p.port(t, last)
		if v.name == "" {
			v.name = name
		}
	}
	return v
}

// port returns the number of a port, or the name of a service that no table has.
func (p *parser) port(t *lexer.Token, s string) (n uint32, unknown string) {
	if value, ok := cNumber(s); ok {
		if value > maxPort {
			p.failToken(t, "a port is at most 65535")
		}
		return uint32(min(value, maxPort)), ""
	}
	if s == "" || strings.IndexByte(s, ':') >= 0 {
		p.failToken(t, "expected a port, not "+quote(t.Value))
		return 0, ""
	}
	if port, ok := services[s]; ok {
		return uint32(port), ""
	}
	if port, ok := names.Port(s); ok {
		return uint32(port), ""
	}
	where := p.where(t)
	p.r.problem(source.Undefined, where.span, "service "+quote(s)+" is in no table here; without it in its own, pfctl refuses the file"+suggest.DidYouMean(s, serviceWords()))
	return 0, s
}

// between reads the second port behind >< or <>, and returns the ports between
// the two, or those that are not.
func (p *parser) between(t *lexer.Token, v *portValue, op string) []packet.Range {
	p.next()
	second := p.portValue(p.portWord())
	if p.bad == nil && (v.isRange || second.isRange) {
		p.failToken(t, "a range does not go with an operator")
	}
	v.name += second.name
	a, b := v.first, second.first
	switch {
	case v.name != "":
		return nil
	case op == "><" && a >= b || a > b:
		p.failToken(t, "the first port of "+op+" is the lower one")
		return nil
	case op == "><":
		if a+1 > b-1 {
			return nil
		}
		return p.r.oneRange(packet.Range{First: a + 1, Last: b - 1})
	}
	return except(a, b)
}

// except returns the ports outside of a range.
func except(a, b uint32) []packet.Range {
	var out []packet.Range
	if a > 0 {
		out = append(out, packet.Range{First: 0, Last: a - 1})
	}
	if b < maxPort {
		out = append(out, packet.Range{First: b + 1, Last: maxPort})
	}
	return out
}

// compared returns the ports of which a comparison holds.
func (r *reader) compared(op string, n uint32) []packet.Range {
	switch {
	case op == "=":
		return r.oneRange(packet.One(n))
	case op == "!=":
		return except(n, n)
	case op == "<=":
		return r.oneRange(packet.Range{First: 0, Last: n})
	case op == ">=":
		return r.oneRange(packet.Range{First: n, Last: maxPort})
	case op == "<" && n > 0:
		return r.oneRange(packet.Range{First: 0, Last: n - 1})
	case op == ">" && n < maxPort:
		return r.oneRange(packet.Range{First: n + 1, Last: maxPort})
	}
	return nil
}

// number returns a decimal number.
func number(s string, most uint64) (uint64, bool) {
	if s == "" || len(s) > len("4294967295") {
		return 0, false
	}
	var n uint64
	for i := range len(s) {
		if classes[s[i]]&isDigit == 0 {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, n <= most
}

// cNumber returns a number as strtoul(3) reads it, with the base told by its
// beginning.
func cNumber(s string) (uint64, bool) {
	base, digits := uint64(10), s
	switch {
	case len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		base, digits = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, digits = 8, s[1:]
	}
	const tooLarge = 1 << 40
	var n uint64
	for i := range len(digits) {
		d := digitOf(digits[i])
		if d >= base {
			return 0, false
		}
		n = min(n*base+d, tooLarge)
	}
	return n, digits != ""
}

// digitOf returns the value of a digit; 99: it is none.
func digitOf(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c >= 'a' && c <= 'f':
		return uint64(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return uint64(c-'A') + 10
	}
	return 99
}

// numberUpTo consumes a number up to the highest that may stand there.
func (p *parser) numberUpTo(most int, what string) int {
	t := p.peek()
	n, ok := cNumber(t.Value)
	if t.Type != tokNumber && t.Type != tokWord && t.Type != tokString || !ok {
		p.fail("expected " + what)
		return 0
	}
	if n > uint64(most) {
		p.failToken(t, what+" is at most "+itoa(most))
		return 0
	}
	p.next()
	return int(n)
}
