package moveit

import "slices"

// Requirement is one statement of the documentation about the firewall.
type Requirement struct {
	ID        string // "R-34"
	Section   string // of the vendor's topic
	Level     Level
	Direction Direction
	Protocol  string // "tcp"; empty: not about one
	Ports     string // "445"; empty: not about some
	Text      string // the statement, in one or two sentences
	URL       string // where the vendor, or an agency, says so
	Evidence  Evidence
}

// Level is how strongly the documentation puts a statement.
type Level uint8

// The levels, by the documentation's words.
const (
	Required Level = iota + 1
	Recommended
	Optional
	NotRecommended
	Prohibited
	Warning
	Fact // says how things are, and asks nothing
)

// String returns the level in lower case.
func (l Level) String() string {
	return [...]string{"?", "required", "recommended", "optional", "not recommended", "prohibited", "warning", "statement"}[l]
}

// Direction is who opens the connection.
type Direction uint8

// The directions, seen from MOVEit.
const (
	NoDirection Direction = iota
	Inbound
	Outbound
	Both
)

// String returns the direction in lower case.
func (d Direction) String() string { return [...]string{"none", "inbound", "outbound", "both"}[d] }

// Evidence is how well a statement is known.
type Evidence uint8

// The kinds of evidence: in the words of the firewall topic; put together from
// its prose, its lists being lost in all copies; said on another page of the
// vendor's; by an advisory; following from others; or known to have stood there.
const (
	Stated Evidence = iota + 1
	Reconstructed
	OtherPage
	Advisory
	Derived
	Lost
)

// String returns the kind of evidence in lower case.
func (e Evidence) String() string {
	return [...]string{"?", "stated", "reconstructed", "other page", "advisory", "derived", "lost"}[e]
}

// All returns every requirement, by number.
func All() []Requirement { return slices.Concat(topic, elsewhere) }

// Find returns the requirement of that id.
func Find(id string) (Requirement, bool) {
	for _, list := range [][]Requirement{topic, elsewhere} {
		if i := slices.IndexFunc(list, func(r Requirement) bool { return r.ID == id }); i >= 0 {
			return list[i], true
		}
	}
	return Requirement{}, false
}
