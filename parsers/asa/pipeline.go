package asa

import "github.com/moveit-lint/moveit-lint/rules"

// pipeline returns the way of packets through the appliance.
func (l *lowering) pipeline() rules.Pipeline { return rules.Pipeline{} }
