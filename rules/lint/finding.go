package lint

import (
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Finding is a mistake found in a configuration.
type Finding struct {
	Check        *Check    // set by Run
	Severity     Severity  // zero: the severity of the check
	Why          string    // why Severity differs from the check's; empty: it does not
	Certainty    Certainty // Certain or Possible
	Requirements []string  // ids; empty: those of the check
	Message      string    // one clause, lower case, no full stop
	Context      string    // the device among those of its input, set by Run; empty: it is the only one
	Span         source.Span
	Label        string // what is wrong at Span, in a few words
	Related      []Note // other places that take part, in the order of the packet's way
	Flow         Flow
	Scope        string      // which packets are concerned, for people: "every IPv4 source"; empty: not told
	Witness      *eval.Trace // a packet that proves it, and its way; nil: nothing is about packets
	Expected     string      // what should become of the packets: "dropped"
	Actual       string      // what becomes of them: "accepted"
	Depends      string      // what a possible finding hangs on; empty: it is certain
	Remedy       string      // what to do, one or two sentences
	Fingerprint  string      // set by Sort: 32 hexadecimal digits

	chain   string // of the deciding rule, for the fingerprint
	comment string // of the deciding rule, which is no part of the fingerprint

	statement source.Span // the rule or policy that decides; zero: the finding has none
}

// Flow sums up the packets that a finding is about, in words.
type Flow struct {
	From     string // "internet", "moveit", the name of a zone or of a peer
	To       string
	Protocol string // "tcp", "udp", "any"
	Ports    string // "445", "1024-65535"; empty: all, or none for protocols without
}

// Note is a place that helps to understand a finding.
type Note struct {
	Span    source.Span
	Message string // one clause, lower case, no full stop
}

// Severity is how bad it is if a finding is true.
type Severity uint8

// The severities; the order is meant.
const (
	Info Severity = iota + 1
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{Info: "info", Low: "low", Medium: "medium", High: "high", Critical: "critical"}

// Severities are all severities, the worst first.
var Severities = []Severity{Critical, High, Medium, Low, Info}

// String returns the severity in lower case.
func (s Severity) String() string {
	if s > 0 && int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "?"
}

// Lower returns the severity one step down; Info stays.
func (s Severity) Lower() Severity { return max(s-1, Info) }

// Certainty is how sure a finding is.
type Certainty uint8

// A Certain finding holds whatever the unknown parts of the configuration do;
// a Possible one only if they do their worst.
const (
	Certain Certainty = iota + 1
	Possible
)

var certaintyNames = [...]string{Certain: "certain", Possible: "possible"}

// String returns the certainty in lower case.
func (c Certainty) String() string {
	if c > 0 && int(c) < len(certaintyNames) {
		return certaintyNames[c]
	}
	return "?"
}

// Status is what became of a requirement, over all inputs of a run.
type Status struct {
	ID    string // "R-34"
	State State
}

// State is what became of a requirement.
type State uint8

// The states; of several, the one with the greater value holds.
const (
	NotApplicable State = iota + 1
	Passed
	Undecided
	Failed
)

var stateNames = [...]string{NotApplicable: "not-applicable", Passed: "pass", Undecided: "inconclusive", Failed: "fail"}

// state returns what a finding makes of its requirements.
func (f *Finding) state() State {
	switch {
	case f.Certainty == Possible || f.Check.Undecides:
		return Undecided
	case f.Severity == Info:
		return NotApplicable // a note changes nothing
	}
	return Failed
}

// String returns the state as the JSON report spells it.
func (s State) String() string {
	if s > 0 && int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "?"
}
