package asa

import (
	"net/netip"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
)

// sharedSpace is what providers use among themselves (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// isRoutable reports whether an address is one of the Internet.
func isRoutable(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a) && (!a.Is4() || a.As4()[0] < 224)
}

// face finds which way the interfaces look. The outside is told by the security
// level or the name, and by where the default route leads or an address of the
// Internet; where none has both, by one of them.
func (l *lowering) face() {
	var sure, likely []*port
	for _, p := range l.ports {
		p.faceInside()
		if p.down || p.management || p.tunnel {
			continue
		}
		mark, isLikely := l.isMarked(p)
		if proof := l.proof(p); isLikely && proof != "" {
			p.why = mark + " and " + proof
			sure = append(sure, p)
		} else if isLikely {
			likely = append(likely, p)
		}
	}
	switch {
	case len(sure) > 0:
		for _, p := range sure {
			p.facing = rules.Outside
		}
	case len(likely) > 0:
		facing := rules.Outside
		if len(likely) > 1 {
			facing = rules.PerhapsOutside
		}
		for _, p := range likely {
			p.facing = facing
			p.why, _ = l.isMarked(p)
		}
	default:
		l.faceByRoute()
	}
}

// faceInside marks an interface that looks inside, as level and name tell.
func (p *port) faceInside() {
	if p.levelKnown && p.level == highestLevel {
		p.facing, p.why = rules.Inside, "its security level is 100"
	} else if strings.EqualFold(p.name, "inside") {
		p.facing, p.why = rules.Inside, "it is called inside"
	}
}

// isMarked reports whether an interface is named or ranked as the outside is, and
// by what that shows. On FTD the level tells nothing: it is 0 everywhere.
func (l *lowering) isMarked(p *port) (mark string, ok bool) {
	switch {
	case strings.EqualFold(p.name, "outside"):
		return "it is called outside", true
	case l.c.version.platform == platformFTD:
		return "", false
	case p.levelKnown && p.level == 0:
		return "its security level is 0", true
	}
	return "", false
}

// proof returns what shows that an interface leads to the Internet, empty if
// nothing does.
func (l *lowering) proof(p *port) string {
	if l.hasDefaultRoute(p) {
		return "the default route leads there"
	}
	for _, a := range p.prefixes() {
		if isRoutable(a.Addr()) {
			return "it has an address of the Internet"
		}
	}
	return ""
}

// faceByRoute takes the interface of the default route for the outside.
func (l *lowering) faceByRoute() {
	for _, p := range l.ports {
		if !p.down && !p.management && l.hasDefaultRoute(p) {
			p.facing, p.why = rules.Outside, "the default route leads there"
		}
	}
}
