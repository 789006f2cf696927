package source

// Problem is a piece of configuration that did not become part of the model
// as written.
type Problem struct {
	Kind    ProblemKind
	Span    Span
	Message string // one clause, lower case, no full stop
}

// ProblemKind says what the parser did about a Problem.
type ProblemKind uint8

// The kinds, from the most to the least harmful. There is no zero kind.
const (
	// Malformed text is refused by the native tool. If it may have been a rule,
	// an unknown stands in for it.
	Malformed ProblemKind = iota + 1
	// Undefined text names an object that is never defined; its contents are an
	// unknown.
	Undefined
	// Unsupported text decides packets in a way that is not modelled; an unknown
	// stands in for it.
	Unsupported
	// Ignored text has no bearing on which packets pass.
	Ignored
)

var problemKinds = [...]string{Malformed: "malformed", Undefined: "undefined", Unsupported: "unsupported", Ignored: "ignored"}

// String returns the kind as the JSON report spells it.
func (k ProblemKind) String() string {
	if int(k) < len(problemKinds) && k != 0 {
		return problemKinds[k]
	}
	return "?"
}

// Count says what became of the statements of a configuration: of each exactly
// one thing. A statement is one rule, definition, setting or command; blank
// lines and comments are none.
type Count struct {
	Total       int
	Modelled    int
	Ignored     int
	Unsupported int
	Undefined   int
	Malformed   int
}

// Add counts one statement. The zero kind means that it was modelled.
func (c *Count) Add(kind ProblemKind) {
	c.Total++
	switch kind {
	case Malformed:
		c.Malformed++
	case Undefined:
		c.Undefined++
	case Unsupported:
		c.Unsupported++
	case Ignored:
		c.Ignored++
	default:
		c.Modelled++
	}
}

// Plus returns the sum of two counts.
func (c *Count) Plus(d Count) Count {
	return Count{
		Total:       c.Total + d.Total,
		Modelled:    c.Modelled + d.Modelled,
		Ignored:     c.Ignored + d.Ignored,
		Unsupported: c.Unsupported + d.Unsupported,
		Undefined:   c.Undefined + d.Undefined,
		Malformed:   c.Malformed + d.Malformed,
	}
}

// IsBalanced reports whether every statement is in exactly one state.
func (c *Count) IsBalanced() bool {
	return c.Total == c.Modelled+c.Ignored+c.Unsupported+c.Undefined+c.Malformed
}
