package pf

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// Names of tags may hold others, which stand for what each of the rules has that
// the lists of one stand for (4.5).
const (
	ofInterface   = "$if"
	ofProtocol    = "$proto"
	ofSource      = "$srcaddr"
	ofDestination = "$dstaddr"
)

// namesVary reports whether a tag is another one for each of the rules that a rule
// stands for.
func namesVary(r *rule) bool {
	names := r.filter.tag + r.filter.tagged
	return strings.Contains(names, ofInterface) || strings.Contains(names, ofProtocol) || strings.Contains(names, ofSource) || strings.Contains(names, ofDestination)
}

// eachName lowers a rule once for each interface, protocol and host of its lists.
func (b *builder) eachName(r *rule) {
	count := max(len(r.on), 1) * max(len(r.protos), 1) * max(len(r.src.hosts), 1) * max(len(r.dst.hosts), 1)
	if count > maxMembers {
		b.problem(source.Unsupported, r.span, "lists stand for more than %d rules with tags of their own", maxMembers)
		b.anything(nil, r.span, "lists stand for too many rules")
		return
	}
	for _, on := range single(r.on) {
		for _, proto := range single(r.protos) {
			for _, src := range single(r.src.hosts) {
				for _, dst := range single(r.dst.hosts) {
					one := *r
					one.on, one.protos, one.src.hosts, one.dst.hosts = on, proto, src, dst
					names := strings.NewReplacer(ofInterface, ifaceName(on), ofProtocol, protoName(proto), ofSource, hostsName(src), ofDestination, hostsName(dst))
					one.filter.tag, one.filter.tagged = names.Replace(r.filter.tag), names.Replace(r.filter.tagged)
					b.named(&one)
				}
			}
		}
	}
}

// single returns a list for each of its items, and an empty one for itself.
func single[T any](list []T) [][]T {
	if len(list) == 0 {
		return [][]T{nil}
	}
	out := make([][]T, len(list))
	for i := range list {
		out[i] = list[i : i+1]
	}
	return out
}

func ifaceName(on []ifaceItem) string {
	switch {
	case len(on) == 0:
		return "any"
	case on[0].not:
		return "!" + on[0].name
	}
	return on[0].name
}

func protoName(list []protoItem) string {
	if len(list) == 0 {
		return ""
	}
	return packet.Proto(list[0].number).String()
}

// hostsName returns a host as pfctl prints it.
func hostsName(list []hostItem) string {
	if len(list) == 0 {
		return "any"
	}
	x := &list[0]
	name := x.name
	switch x.kind {
	case hostAny:
		name = "any"
	case hostTable:
		name = "<" + name + ">"
	case hostDynamic:
		name = "(" + name + ")"
	case hostNoRoute:
		name = "no-route"
	case hostURPF:
		name = "urpf-failed"
	case hostRange:
		if p, ok := networkOf(x.addrs); ok && !p.IsSingleIP() {
			name = p.String()
		} else {
			name = x.addrs.First.String()
		}
	case hostIface, hostName, hostRoute, hostBad:
	}
	if x.not {
		return "! " + name
	}
	return name
}
