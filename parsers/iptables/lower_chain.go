package iptables

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// maxChainName is the length of the longest chain name that the kernel takes
// (XT_EXTENSION_MAXNAMELEN, less the byte that ends it).
const maxChainName = 28

// chainLine declares a chain or sets a policy.
func (l *lowering) chainLine(base int, x *chainLine) {
	name := x.Name.Value
	span := l.tokenSpan(base, x.Name)
	whole := l.file.Span(int(span.Start)-1, int(span.End))
	if n := len(x.Rest.tokens); n > 0 {
		whole = whole.To(l.tokenSpan(base, x.Rest.tokens[min(n, 1)-1]))
	}
	policy := ""
	if len(x.Rest.tokens) > 0 {
		policy = x.Rest.tokens[0].Value
	}
	kind := source.ProblemKind(0)
	refuse := func(s source.Span, format string, args ...any) {
		l.report(source.Malformed, s, format, args...)
		kind = source.Malformed
	}
	switch {
	case badChainName(name) != "":
		refuse(span, "%s", badChainName(name))
	case len(x.Rest.tokens) > 2 || len(x.Rest.tokens) == 2 && !isCounters(x.Rest.tokens[1].Value):
		refuse(l.tokenSpan(base, x.Rest.tokens[1]), "expected counters like [0:0]")
	}
	for _, t := range l.open {
		if message := t.declare(name, policy, whole); message != "" && kind == 0 {
			refuse(whole, "%s", message)
		}
	}
	l.count(kind)
}

// badChainName returns why a chain cannot have a name, empty if it can.
func badChainName(name string) string {
	switch {
	case name == "":
		return "expected the name of a chain"
	case len(name) > maxChainName:
		return fmt.Sprintf("the name of the chain is longer than %d bytes", maxChainName)
	case name[0] == '-' || name[0] == '!':
		return "the name of a chain cannot start with - or !"
	case targetModules[name] != nil || name == "ACCEPT" || name == "DROP" || name == "RETURN" || name == "QUEUE":
		return "the name of a chain cannot be that of a target"
	}
	return ""
}

// declare adds a chain of the user's, or sets the policy of a built-in one. It
// returns what is wrong, if something is.
func (t *table) declare(name, policy string, span source.Span) string {
	if name == "" {
		return ""
	}
	c := t.chains[name]
	if c == nil {
		t.add(name, span)
		return ""
	}
	if !c.builtIn {
		c.Rules = nil // declared anew, it is emptied
		return ""
	}
	c.Span = span
	switch policy {
	case "ACCEPT":
		c.Policy.Verdict, c.Implicit = rules.Accept, ""
	case "DROP":
		c.Policy.Verdict, c.Implicit = rules.Drop, ""
	case "-":
	default:
		// What it was meant to be is not known: packets may pass.
		return "the policy of a built-in chain is ACCEPT or DROP, not " + quote(policy)
	}
	return ""
}

// command executes a command line in the present tables.
func (l *lowering) command(base int, x *line) {
	kind := source.ProblemKind(0)
	for i, t := range l.open {
		if x.family != 0 && x.family != '4'+2*byte(t.family) {
			if kind == 0 && len(l.open) == 1 {
				kind = source.Ignored
			}
			continue
		}
		before := len(l.problems)
		worst := l.execute(base, x, t)
		if i > 0 && kind != 0 && kind != source.Ignored {
			l.problems = l.problems[:before] // the other family has said it
		}
		if worst != 0 && (kind == 0 || kind == source.Ignored || worst < kind) {
			kind = worst
		}
	}
	if len(l.open) == 0 {
		kind = source.Malformed // the table is unknown, and that was said
	}
	l.count(kind)
}

// execute executes a command in one table and returns the worst that there is
// to say of it.
func (l *lowering) execute(base int, x *line, t *table) source.ProblemKind {
	b := &builder{lowering: l, base: base, line: x, family: t.family, table: t.name, chains: t}
	for _, f := range x.faults {
		b.problem(source.Malformed, l.file.Span(base+int(f.start), base+int(f.end)), "%s", f.message)
	}
	switch x.verb {
	case "A", "I", "R", "D", "C":
		b.ruleCommand()
	case "N":
		b.newChain(x.args[0])
	case "P":
		b.setPolicy(x.args[0], x.args[1])
	case "F", "X", "E":
		b.chainCommand()
	case "Z", "L", "S", "h", "V":
		if b.worst == 0 {
			return source.Ignored
		}
	case "":
		if b.worst == 0 {
			b.malformed(x.words[0], "expected a command like -A CHAIN, found %s", quote(x.words[0].text))
		}
	}
	return b.worst
}

// newChain makes a chain of the user's.
func (b *builder) newChain(w word) {
	switch message := badChainName(w.text); {
	case message != "":
		b.malformed(w, "%s", message)
	case b.chains.chains[w.text] != nil:
		b.malformed(w, "the chain %s exists already", quote(w.text))
	default:
		b.chains.add(w.text, b.lineSpan())
	}
}

// setPolicy sets the policy of a built-in chain.
func (b *builder) setPolicy(name, policy word) {
	c := b.existing(name)
	switch {
	case c == nil:
		return
	case !c.builtIn:
		b.malformed(name, "only a built-in chain has a policy")
		return
	case b.table == "nat" && policy.text == "DROP":
		b.malformed(policy, "the nat table is not for filtering: its chains cannot drop")
	}
	if message := b.chains.declare(c.name, policy.text, b.lineSpan()); message != "" {
		b.malformed(policy, "%s", message)
	}
}

// existing returns the chain of that name, and says so if there is none.
func (b *builder) existing(w word) *chain {
	c := b.chains.chains[w.text]
	if c == nil {
		b.malformed(w, "chain %s does not exist in table %s%s", quote(w.text), b.table, b.nearChain(w.text))
	}
	return c
}

// chainCommand empties, deletes or renames chains.
func (b *builder) chainCommand() {
	t, args := b.chains, b.line.args
	if b.line.verb == "E" {
		b.rename(args[0], args[1])
		return
	}
	var chosen []*chain
	if len(args) > 0 {
		c := b.existing(args[0])
		if c == nil {
			return
		}
		chosen = []*chain{c}
	} else {
		chosen = slices.Clone(t.order)
	}
	if !b.mayEdit(b.line.verbWord, len(t.order)) {
		return
	}
	for _, c := range chosen {
		switch {
		case b.line.verb == "F":
			c.Rules = nil
		case c.builtIn:
		case len(args) > 0 && b.isUsed(c):
			b.malformed(args[0], "the chain is in use and cannot be deleted")
		case len(c.Rules) == 0 || len(args) == 0:
			delete(t.chains, c.name)
			t.order = slices.DeleteFunc(t.order, func(x *chain) bool { return x == c })
		default:
			b.malformed(args[0], "the chain is not empty and cannot be deleted")
		}
	}
}

// rename gives a chain of the user's another name.
func (b *builder) rename(from, to word) {
	t := b.chains
	c := b.existing(from)
	switch {
	case c == nil:
	case c.builtIn || t.chains[to.text] != nil:
		b.malformed(to, "the chain cannot be renamed")
	default:
		delete(t.chains, c.name)
		c.name = to.text
		c.Name = t.fullName(c.name)
		t.chains[c.name] = c
	}
}

// isUsed reports whether a rule leads to c; where it would take too long to see,
// it is as if one did.
func (b *builder) isUsed(c *chain) bool {
	for _, x := range b.chains.order {
		if !b.mayEdit(b.line.verbWord, len(x.Rules)) {
			return true
		}
		for _, r := range x.Rules {
			if r.Action.Target == c.Chain {
				return true
			}
		}
	}
	return false
}

// ruleCommand appends, inserts, replaces, deletes or looks for a rule.
func (b *builder) ruleCommand() {
	x := b.line
	if (x.verb == "R" || x.verb == "D") && b.chains.chains[x.args[0].text] == nil {
		b.problem(source.Undefined, b.span(x.args[0]), "chain %s does not exist in table %s; nothing is changed", quote(x.args[0].text), b.table)
		return
	}
	c := b.existing(x.args[0])
	if c == nil {
		return
	}
	b.chain = c
	number := 1
	if len(x.args) > 1 {
		n, err := strconv.Atoi(x.args[1].text)
		if err != nil || n < 1 {
			b.malformed(x.args[1], "expected the number of a rule, from 1")
			return
		}
		number = n
	}
	switch x.verb {
	case "A":
		c.Rules = append(c.Rules, b.build()...)
	case "I", "R":
		b.insert(c, number, b.build())
	case "D":
		if len(x.args) > 1 {
			b.removeAt(c, number)
			return
		}
		b.remove(c, b.build())
	case "C":
		b.remove(c, b.build())
	}
}

// insert puts rules before that of the number or, for -R, in its place.
func (b *builder) insert(c *chain, number int, made []*rules.Rule) {
	x := b.line
	if last := len(c.Rules) + 1; number > last || x.verb == "R" && number == last {
		b.malformed(x.args[1], "the chain has only %d rules", len(c.Rules))
		number = last
	}
	if !b.mayEdit(x.verbWord, len(c.Rules)-number) {
		c.Rules = append(c.Rules, made...)
		return
	}
	if x.verb == "R" && number <= len(c.Rules) {
		c.Rules = slices.Delete(c.Rules, number-1, number)
	}
	c.Rules = slices.Insert(c.Rules, number-1, made...)
}

// removeAt deletes the rule of the number.
func (b *builder) removeAt(c *chain, number int) {
	if number > len(c.Rules) {
		b.malformed(b.line.args[1], "the chain has only %d rules", len(c.Rules))
		return
	}
	if b.mayEdit(b.line.verbWord, len(c.Rules)-number) {
		c.Rules = slices.Delete(c.Rules, number-1, number)
	}
}

// remove deletes rules that are like those made, for -D; -C only looks.
func (b *builder) remove(c *chain, made []*rules.Rule) {
	for _, m := range made {
		if !b.mayEdit(b.line.verbWord, len(c.Rules)*editsOfComparison) {
			return
		}
		words := ruleWords(m)
		i := slices.IndexFunc(c.Rules, func(r *rules.Rule) bool { return sameRule(r, m, words) })
		switch {
		case i < 0:
			b.malformed(b.line.verbWord, "there is no such rule in chain %s", quote(c.name))
		case b.line.verb == "D":
			c.Rules = slices.Delete(c.Rules, i, i+1)
		}
	}
}

// maxEdits bounds what commands that edit chains may cost, as rules that are
// moved: about a second. Exports have none of them; a script that inserts each
// rule before a million others would take hours.
const maxEdits = 400_000_000

// editsOfComparison is how many rules are moved while two are compared.
const editsOfComparison = 40

// mayEdit counts what an edit costs, and says so if it was too much altogether.
func (b *builder) mayEdit(w word, cost int) bool {
	b.edits += max(cost, 0)
	if b.edits <= maxEdits {
		return true
	}
	b.malformed(w, "chains are edited too often to follow; the command is not executed as it stands")
	return false
}
