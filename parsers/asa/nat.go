package asa

import "github.com/moveit-lint/moveit-lint/rules"

// natStages are what address translation does, in the order in which packets
// meet it. A stage that is nil does nothing.
type natStages struct {
	destination *rules.Chain // before routing
	reverse     *rules.Chain // drops what the reverse way would translate
	source      *rules.Chain // behind the access lists
}

// natStages returns the stages of address translation.
func (l *lowering) natStages() natStages { return natStages{} }
