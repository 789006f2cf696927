package asa

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// secretWords are the words behind which a line holds what must not be shown:
// to its end, for more than the secret itself is no loss.
var secretWords = []string{
	"password", "passwd", "pass", "key", "key-string", "pre-shared-key", "community", "secret", "ldap-login-password",
	"radius-common-pw", "md5", "sha", "sha256", "sha384", "sha512", "authentication-key", "message-digest-key", "policy-server-secret", "shared-secret", "priv",
	"auth", "proxy-password", "token", "activation-key", "encrypted", "nt-encrypted", "pbkdf2", "hmac", "ftp-server",
}

// secretParts are parts of words behind which there is one, too: of a word that is
// spelt wrong, or of a command that nobody here knows.
var secretParts = []string{"password", "passwd", "secret", "passphrase", "shared-key", "-psk", "credential", "key-string", "community", "token"}

// isSecretWord reports whether something that must not be shown stands behind a
// word.
func isSecretWord(word string) bool {
	word = strings.ToLower(word)
	return slices.Contains(secretWords, word) || strings.HasSuffix(word, "-key") || strings.HasSuffix(word, "-pw") ||
		slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(word, part) })
}

// harmless are the lines that hold none, though there are many of them.
func harmless(word string) bool {
	switch word {
	case "access-list", "network-object", "service-object", "port-object", "group-object", "object", "object-group", "host", "subnet",
		"range", "access-group", "route", "static", "global", "nat", "description", "icmp-object", "protocol-object":
		return true
	}
	return false
}

// hideSecrets conceals what must not be shown of a line.
func (r *reader) hideSecrets(l *line) {
	head := l.toks[0].Value
	if harmless(head) || head == "no" && len(l.toks) > 1 && harmless(l.toks[1].Value) {
		return
	}
	for i := range l.toks {
		r.hideLogin(l, &l.toks[i])
		word := l.toks[i].Value
		if i+1 < len(l.toks) && isSecretWord(word) && (i > 0 || secretHead(word)) {
			r.hideFrom(l, i+1)
			return
		}
	}
	last := strings.ToLower(l.toks[len(l.toks)-1].Value)
	r.secretNext = slices.Contains(secretWords, last) || strings.HasSuffix(last, "password") || strings.HasSuffix(last, "-key")
	r.hidePlaces(l)
}

// hidePlaces conceals what is a secret by the place where it stands in a line.
func (r *reader) hidePlaces(l *line) {
	head := l.toks[0].Value
	const communityOfHost = 4 // snmp-server host NAME ADDRESS COMMUNITY
	if head == "snmp-server" && len(l.toks) > communityOfHost && l.toks[1].Value == "host" {
		r.hideFrom(l, communityOfHost)
	}
	// aaa-server NAME (inside) host ADDRESS KEY timeout N, of PIX 6.
	if head == "aaa-server" && len(l.toks) > 5 && l.toks[3].Value == "host" && l.toks[5].Value != "timeout" {
		r.conceal(l.spanOf(&l.toks[5]))
	}
}

// hideFrom conceals a line from its n-th word on, from 0.
func (r *reader) hideFrom(l *line, n int) {
	if n < len(l.toks) {
		r.conceal(l.text.span(l.base+l.toks[n].Pos.Offset, l.last()))
	}
}

// hideUnknown conceals a line of which only the first word is looked at: of an
// unknown command it is not known what it holds.
func (r *reader) hideUnknown(l *line) {
	first := 1
	if l.toks[0].Value == "no" {
		first = 2
	}
	r.hideFrom(l, first)
}

// hideNext conceals a line of one word behind one that ends where a secret is to
// follow, and reports whether it is such: a terminal broke the line there.
func (r *reader) hideNext(l *line) bool {
	word := l.toks[0].Value
	if hide := r.secretNext; !hide || len(l.toks) > 1 || r.isCommand(word) || idleWords[word] != "" || slices.Contains(blockWords, word) {
		r.secretNext = false
		return false
	}
	r.secretNext = false
	r.conceal(l.span())
	r.kind = source.Ignored
	r.mark(l.span())
	return true
}

// hideLogin conceals who logs in, and what is asked, in a word that is a URL.
func (r *reader) hideLogin(l *line, t *token) {
	at := strings.Index(t.Value, "://")
	if at <= 0 {
		return
	}
	start := l.base + t.Pos.Offset
	if end := strings.LastIndexByte(t.Value, '@'); end > at {
		r.conceal(l.text.span(start+at+3, start+end))
	}
	if query := strings.IndexAny(t.Value[at:], "?;"); query > 0 {
		r.conceal(l.text.span(start+at+query+1, start+len(t.Value)))
	}
}

// secretHead reports whether a word that begins a line is followed by a secret.
func secretHead(word string) bool {
	return word != "encrypted" && word != "auth" && word != "priv" && word != "hmac" && len(word) > 1
}

// conceal keeps a stretch from being shown.
func (r *reader) conceal(span source.Span) { span.File.Conceal(int(span.Start), int(span.End)) }
