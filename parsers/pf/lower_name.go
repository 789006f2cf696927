package pf

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Names of tags may hold others, which stand for what each of the rules has that
// the lists of one stand for (4.5).
const (
	ofInterface = "$if"
	ofProtocol  = "$proto"
)

// namesVary reports whether a tag is another one for each of the rules that a rule
// stands for, by its interface or its protocol.
func namesVary(r *rule) bool {
	names := r.filter.tag + r.filter.tagged
	return strings.Contains(names, ofInterface) || strings.Contains(names, ofProtocol)
}

// eachName lowers a rule once for each interface and protocol of its lists.
func (b *builder) eachName(r *rule) {
	for _, on := range single(r.on) {
		for _, proto := range single(r.protos) {
			one := *r
			one.on, one.protos = on, proto
			names := strings.NewReplacer(ofInterface, ifaceName(on), ofProtocol, protoName(proto))
			one.filter.tag, one.filter.tagged = names.Replace(r.filter.tag), names.Replace(r.filter.tagged)
			b.named(&one)
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
