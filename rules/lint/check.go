package lint

// Check looks for one kind of mistake. Its fields are the only source of what
// the tool says about it, from the terminal to SARIF.
type Check struct {
	ID           string   // kebab-case, never reused: "smb-exposed"
	Title        string   // a short clause, no full stop
	Doc          string   // Markdown: what is wrong, why it matters, how to mend it, when it may be false
	Severity     Severity // of a certain finding from or to the Internet
	Since        string   // the first release that has it
	Requirements []string // ids; empty for checks of the configuration itself
	Remedies     []Remedy // how to mend it, in each dialect
	Undecides    bool     // a finding leaves its requirements undecided, however certain it is
	Run          func(*Pass)
}

// Remedy is how to mend a mistake in one dialect.
type Remedy struct {
	Dialect string // "iptables"
	Text    string // lines of configuration or commands
}
