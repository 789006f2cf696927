package asa

import (
	"bytes"
	"path"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// readLine reads a line of a capture: what a terminal shows beside the
// configuration is told from it here.
func (r *reader) readLine(l *line) {
	if r.opaque != "" && r.inOpaque(l) {
		return
	}
	if r.isComment(l) {
		return
	}
	first := &l.toks[0]
	if n := promptLength([]byte(first.Value)); n > 0 && !r.prompt(l, n) {
		return
	}
	if r.isVersion(l) || r.noise(l) || r.showsNAT(l) {
		return
	}
	if r.skipped = r.skipped && !isStrong(l); r.skipped { // of output that is no configuration
		r.kind = source.Ignored
		r.mark(l.span())
		return
	}
	r.statement(l)
}

// isComment passes over a comment or a separator.
func (r *reader) isComment(l *line) bool {
	switch first := l.toks[0].Value; {
	case first[0] == '!' || first[0] == ':':
		r.left = r.left || l.indent == 0
		if first == ":" && len(l.toks) > 1 {
			r.cfg.saved = r.cfg.saved || l.toks[1].Value == "Saved"
			r.cfg.ended = r.cfg.ended || l.toks[1].Value == "end"
		}
	case strings.HasPrefix(first, "---"):
		r.banner(l)
	default:
		return false
	}
	return true
}

// inOpaque passes over a line of a certificate, and reports whether it is one:
// all that is indented by more than its head, and bytes. A text that was cut
// short must not swallow what follows.
func (r *reader) inOpaque(l *line) bool {
	if l.toks[0].Value == r.opaque {
		r.opaque = ""
		return true
	}
	if l.indent > r.opaqueIndent {
		r.conceal(l.span())
		return true
	}
	for i := range l.toks {
		if !isHex(l.toks[i].Value) {
			r.opaque = ""
			return false
		}
	}
	r.conceal(l.span())
	return true
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdefABCDEF") == "" && s != ""
}

// banner reads what "show tech-support" prints between outputs.
func (r *reader) banner(l *line) {
	r.mode = nil
	for i := range l.toks {
		if l.toks[i].Value == "show" && i+1 < len(l.toks) {
			r.skipped = !showsConfig(l.toks[i+1].Value)
		}
	}
}

// prompt reads a prompt, and reports whether what was typed behind it is a
// command of a configuration.
func (r *reader) prompt(l *line, length int) bool {
	first := &l.toks[0]
	sign := first.Value[:length]
	r.skipped = false
	inBlock := strings.Contains(sign, "(config-")
	if !inBlock {
		r.mode = nil
	}
	if length == len(first.Value) {
		l.toks = l.toks[1:]
	} else {
		first.Value = first.Value[length:]
		first.Pos.Offset += length
	}
	l.indent = 0
	if inBlock && r.mode != nil {
		l.indent = r.mode.indent + 1
	}
	if len(l.toks) == 0 {
		return false
	}
	word := l.toks[0].Value
	switch {
	case word == "show" || word == "sh" || word == "more" || word == "do":
		r.skipped = len(l.toks) < 2 || !showsConfig(l.toks[1].Value) && word != "more"
	case strings.Contains(sign, "(config") || r.commands[word] != nil || word == "no":
		return true
	}
	r.kind = source.Ignored
	r.mark(l.span())
	return false
}

// showsConfig reports whether "show" with a word prints lines of a configuration.
func showsConfig(word string) bool {
	for _, w := range []string{"running-config", "startup-config", "access-list", "object-group", "object", "configuration", "nat", "names"} {
		if len(word) >= 2 && strings.HasPrefix(w, word) {
			return true
		}
	}
	return false
}

// isStrong reports whether a line can be nothing but configuration.
func isStrong(l *line) bool {
	words := bytes.Fields([]byte(l.rest()))
	return isListRow(words) || isConfigRow(words)
}

// showsNAT passes over a line of the output of "show nat".
func (r *reader) showsNAT(l *line) bool {
	first, second := l.toks[0].Value, ""
	if len(l.toks) > 1 {
		second = l.toks[1].Value
	}
	switch {
	case (first == "Manual" || first == "Auto") && second == "NAT":
		r.mode = nil
	case isNumber(first) && second != "" && second[0] == '(':
	case first == "translate_hits":
	default:
		return false
	}
	r.kind = 0
	r.unsupported(l.span(), "the output of show nat is not read: the lines of the configuration tell the same")
	r.mark(l.span())
	return true
}

// noise reports whether a line is one that a terminal or a tool adds.
func (r *reader) noise(l *line) bool {
	switch first := l.toks[0].Value; {
	case strings.HasPrefix(first, "Cryptochecksum:"):
		r.cfg.ended = true
	case first == "[OK]", strings.HasPrefix(first, "<---"):
	case first == "Result" && strings.HasPrefix(l.raw[l.toks[0].Pos.Offset:], "Result of the command"):
	case first == "Building" && len(l.toks) == 2:
	default:
		return false
	}
	r.mode = nil
	return true
}

// isVersion reads a version line, which begins a context if the present one has
// a version already.
func (r *reader) isVersion(l *line) bool {
	if len(l.toks) < 3 || l.toks[1].Value != "Version" {
		return false
	}
	v := version{told: true, span: l.span(), why: "the version line tells it"}
	switch l.toks[0].Value {
	case "ASA":
	case "PIX":
		v.platform = platformPIX
	case "FWSM":
		v.platform = platformFWSM
	case "NGFW", "FTD":
		v.platform = platformFTD
	default:
		return false
	}
	if r.cfg.version.told {
		r.begin(l.first())
	}
	r.skipped, r.mode = false, nil
	v.major, v.minor, v.revision = releaseOf(l.toks[2].Value)
	r.cfg.version = v
	r.cfg.head = l.span()
	if len(l.toks) > 3 {
		name := l.toks[len(l.toks)-1].Value
		// Some captures have the word context instead of its name.
		if name[0] == '<' && name[len(name)-1] == '>' && len(name) > 2 && name != "<context>" {
			r.nameContext(name[1 : len(name)-1])
		}
	}
	r.kind = 0
	r.mark(l.span())
	return true
}

// nameContext says which context the present config is of.
func (r *reader) nameContext(name string) {
	r.cfg.context = r.intern(name)
	r.cfg.system = name == "system"
}

// releaseOf returns the numbers of a release: 9.12(4)18, but for the last.
func releaseOf(s string) (major, minor, revision int) {
	head, rest, _ := strings.Cut(s, ".")
	if n, ok := decimal(head, 99); ok {
		major = n
	}
	minor, rest = leadingNumber(rest)
	if strings.HasPrefix(rest, "(") {
		revision, _ = leadingNumber(rest[1:])
	}
	return major, minor, revision
}

// leadingNumber returns the number at the start of a text, of up to three digits,
// and what stands behind it.
func leadingNumber(s string) (n int, rest string) {
	digits := 0
	for digits < len(s) && digits < 3 && s[digits] >= '0' && s[digits] <= '9' {
		n = n*10 + int(s[digits]-'0')
		digits++
	}
	return n, s[digits:]
}

// changeTo reads "changeto", behind which another context begins.
func (r *reader) changeTo(l *line, _ bool) {
	kind := l.takeAny("context", "system")
	name := "system"
	switch kind {
	case "context":
		name = l.word("the name of a context")
	case "":
		l.fail("expected context or system")
	}
	r.kind = source.Ignored
	if l.bad != nil || r.cfg.context == name {
		return
	}
	for _, d := range r.drafts {
		if d.cfg.context == name { // seen before: it goes on
			r.draft, r.cfg, r.mode, r.words = d, d.cfg, nil, nil
			r.lookAhead(l.last())
			for key := range r.cfg.groups {
				r.kinds[key.name] |= 1 << key.kind
			}
			return
		}
	}
	if !r.draft.empty() {
		r.begin(l.last())
	}
	r.nameContext(name)
}

// empty reports whether nothing was read yet that bears on packets.
func (d *draft) empty() bool {
	c := d.cfg
	return !c.version.told && len(d.ifaces) == 0 && len(d.lists) == 0 && len(d.shown) == 0 && len(c.networks) == 0 && len(c.groups) == 0
}

// nameContexts gives the configs of an input names that differ, where there are
// several.
func (r *reader) nameContexts() {
	if len(r.drafts) < 2 {
		return
	}
	taken := map[string]bool{}
	for _, d := range r.drafts {
		name := d.cfg.context
		if name == "" {
			name = d.host
		}
		if name == "" {
			name = strings.TrimSuffix(path.Base(r.out.files[d.file].Name), path.Ext(r.out.files[d.file].Name))
		}
		for base, n := name, 2; taken[name]; n++ {
			name = base + "-" + number(n)
		}
		taken[name] = true
		d.cfg.context = name
	}
}
