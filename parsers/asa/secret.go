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
		if i+1 < len(l.toks) && slices.Contains(secretWords, word) && (i > 0 || secretHead(word)) {
			r.conceal(l.text.span(l.base+l.toks[i+1].Pos.Offset, l.last()))
			return
		}
	}
	// aaa-server NAME (inside) host ADDRESS KEY timeout N, of PIX 6.
	if head == "aaa-server" && len(l.toks) > 5 && l.toks[3].Value == "host" && l.toks[5].Value != "timeout" {
		r.conceal(l.spanOf(&l.toks[5]))
	}
}

// hideLogin conceals who logs in, in a word that is a URL.
func (r *reader) hideLogin(l *line, t *token) {
	at := strings.Index(t.Value, "://")
	end := strings.LastIndexByte(t.Value, '@')
	if at > 0 && end > at {
		start := l.base + t.Pos.Offset
		r.conceal(l.text.span(start+at+3, start+end))
	}
}

// secretHead reports whether a word that begins a line is followed by a secret.
func secretHead(word string) bool {
	return word != "encrypted" && word != "auth" && word != "priv" && word != "hmac" && len(word) > 1
}

// conceal keeps a stretch from being shown.
func (r *reader) conceal(span source.Span) { span.File.Conceal(int(span.Start), int(span.End)) }
