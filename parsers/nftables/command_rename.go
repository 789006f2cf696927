package nftables

import "github.com/moveit-lint/moveit-lint/rules/source"

// renaming is a new name that a chain gets when its script is through.
type renaming struct {
	chain    *chain
	from, to string
	root     int // the script: the input's file
}

// rename executes "rename chain": the kernel changes the name when all commands
// of the script are done, and only that of a chain that it had before.
func (s *script) rename(c *chain, r *request) source.ProblemKind {
	to, ok := r.to, r.to.text != ""
	if !ok {
		to, ok = s.name(&args{toks: r.rest}, r.base)
	}
	switch {
	case !ok:
		return s.report(source.Malformed, r.span, "expected the new name of the chain")
	case c.table.chains[to.text] != nil:
		return s.report(source.Malformed, r.span, "there is a chain %s already", quote(to.text))
	case c.root == s.root:
		return s.report(source.Malformed, r.span, "a chain cannot be renamed by the script that makes it")
	}
	s.renamings = append(s.renamings, renaming{c, c.name, to.text, s.root})
	return 0
}

// commit ends the transaction that a file of the input is.
func (s *script) commit() {
	for _, r := range s.renamings {
		t := r.chain.table
		if t.chains[r.chain.name] != r.chain || t.chains[r.to] != nil {
			continue // it was deleted
		}
		delete(t.chains, r.chain.name)
		r.chain.name = r.to
		t.chains[r.to] = r.chain
		t.renamed = append(t.renamed, r)
	}
	s.renamings = nil
}

// calledBy returns the chain that rules of an input's file mean by a name: calls
// stay with their chain when it gets another name.
func (t *table) calledBy(name string, root int) *chain {
	for _, r := range t.renamed {
		if r.from == name && root <= r.root && r.chain.root <= root {
			return r.chain
		}
	}
	return t.chains[name]
}
