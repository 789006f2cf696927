package iptables

// Extensions returns the names of the matches and of the targets that are read
// with all of their options, in order. What each is to the model, the comment of
// the package says.
func Extensions() (matches, targets []string) {
	return sortedNames(matchModules), sortedNames(targetModules)
}
