package pf

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Anchors are places where the rules of another ruleset are put in (7). The
// rulesets have names like paths, and may be written in braces or loaded from
// files; of others the contents are not given.

// ruleset is what is known of the ruleset of one name.
type ruleset struct {
	path     string
	bodies   [][]statement
	tables   map[string]*table
	absent   bool // a file that it is loaded from is not there
	span     source.Span
	children []string // the paths of those directly below, sorted
}

// anchors are the rulesets by path, and where the anchors of the text lead.
type anchors struct {
	sets  map[string]*ruleset
	paths map[*anchor]string
	loads []loaded // in order
}

// loaded is a ruleset that a "load anchor" line fills.
type loaded struct {
	load *load
	path string
}

// collectAnchors finds the rulesets.
func (l *lowering) collectAnchors() {
	l.anchors = anchors{sets: map[string]*ruleset{}, paths: map[*anchor]string{}}
	main := l.ruleset("", l.c.head)
	main.bodies, main.tables = [][]statement{l.c.body}, l.c.tables
	l.collectFrom(l.c.body, "", 0)
	l.collectLoads(l.c.loads, "", 0)
	for p := range l.anchors.sets {
		if p == "" {
			continue
		}
		if parent := l.anchors.sets[parentOf(p)]; parent != nil {
			parent.children = append(parent.children, p)
		}
	}
	for _, s := range l.anchors.sets {
		slices.Sort(s.children)
	}
}

// ruleset returns the ruleset of a path, and makes it and those above it.
func (l *lowering) ruleset(at string, span source.Span) *ruleset {
	s := l.anchors.sets[at]
	if s == nil {
		s = &ruleset{path: at, span: span, tables: map[string]*table{}}
		l.anchors.sets[at] = s
		if at != "" {
			l.ruleset(parentOf(at), span)
		}
	}
	return s
}

func parentOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

// resolve returns the path of a name as it is meant in a ruleset.
func resolve(name, scope string) string {
	if rest, absolute := strings.CutPrefix(name, "/"); absolute {
		scope, name = "", rest
	}
	return strings.TrimPrefix(path.Join("/", scope, name), "/")
}

// collectFrom finds the rulesets that are written in the statements of another.
func (l *lowering) collectFrom(stmts []statement, scope string, depth int) {
	if depth > l.in.Limits.Nesting {
		return
	}
	for i := range stmts {
		a := stmts[i].anchor
		if a == nil {
			a = stmts[i].anchored
		}
		if a == nil {
			continue
		}
		name := a.name
		if name == "" {
			name = fmt.Sprintf("_%d", len(l.anchors.paths)+1)
		}
		l.anchors.paths[a] = resolve(strings.TrimSuffix(name, "/*"), scope)
		if !a.inline {
			continue
		}
		s := l.ruleset(l.anchors.paths[a], a.span)
		if len(s.bodies) == 0 {
			s.span = a.span
		}
		s.fill(a.body, a.tables)
		l.collectFrom(a.body, s.path, depth+1)
	}
}

// collectLoads finds the rulesets that are loaded from files.
func (l *lowering) collectLoads(loads []load, scope string, depth int) {
	for i := range loads {
		x := &loads[i]
		s := l.ruleset(resolve(x.name, scope), x.span)
		l.anchors.loads = append(l.anchors.loads, loaded{x, s.path})
		if x.config == nil {
			s.absent = true
			continue
		}
		s.fill(x.config.body, x.config.tables)
		l.collectFrom(x.config.body, s.path, depth+1)
		if depth < l.in.Limits.Nesting {
			l.collectLoads(x.config.loads, s.path, depth+1)
		}
	}
}

// fill adds statements and tables to a ruleset.
func (s *ruleset) fill(body []statement, tables map[string]*table) {
	s.bodies = append(s.bodies, body)
	maps.Copy(s.tables, tables)
}

// rulesets returns all rulesets, in the order of their paths.
func (l *lowering) rulesets() []*ruleset {
	list := make([]*ruleset, 0, len(l.anchors.sets))
	for _, s := range l.anchors.sets {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *ruleset) int { return strings.Compare(a.path, b.path) })
	return list
}

// eachStatement calls f for every statement that is given.
func (l *lowering) eachStatement(f func(*statement)) {
	for _, s := range l.rulesets() {
		for _, body := range s.bodies {
			for i := range body {
				f(&body[i])
			}
		}
	}
}

// configs returns the configuration and those of the files that are loaded.
func (l *lowering) configs() []*config {
	list := []*config{l.c}
	for _, x := range l.anchors.loads {
		if x.load.config != nil {
			list = append(list, x.load.config)
		}
	}
	return list
}
