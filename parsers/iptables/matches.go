package iptables

import "github.com/moveit-lint/moveit-lint/rules/packet"

// matchModules are the match extensions (iptables-extensions(8)), with those of
// their options that iptables 1.8 and older versions know.
var matchModules = tableOf(transportMatches, addressMatches, stateMatches, packetMatches, chanceMatches, opaqueMatches)

// addOnMatches are matches of other packages. They have options that are not
// known here, and contents that no export shows.
var addOnMatches = map[string]bool{
	"account": true, "asn": true, "condition": true, "dnetmap": true, "fuzzy": true, "geoip": true, "gradm": true, "iface": true, "ipp2p": true,
	"ipv4options": true, "layer7": true, "length2": true, "lscan": true, "ndpi": true, "pknock": true, "psd": true, "quota2": true, "unclean": true,
	"weburl": true, "webmon": true, "id": true, "url": true, "set_quota": true, "childlevel": true, "nth": true, "random": true,
}

// eachOption lowers the options of a match one by one.
func eachOption(lower func(*builder, *option)) func(*builder, *use) {
	return func(b *builder, u *use) {
		for i := range u.options {
			lower(b, &u.options[i])
		}
	}
}

// boxesOf adds the condition of an option that has one value, or says what is
// wrong with the value.
func (b *builder) boxesOf(o *option, of packet.FieldSet, kind string, build func(word) (*packet.Boxes, error)) {
	w := o.args[0]
	boxes, err := b.cached(kind, w.text, b.family, func() (*packet.Boxes, error) { return build(w) })
	switch {
	case err != nil:
		b.fail(o, of, err)
	case boxes == nil:
		b.all(o)
	default:
		b.match(o, boxes)
	}
}

// numbersOf returns a reader of ranges of a number field.
func numbersOf(f packet.Field, most uint64) func(word) (*packet.Boxes, error) {
	return func(w word) (*packet.Boxes, error) {
		r, err := w.numbers(most)
		if err != nil {
			return nil, err
		}
		return packet.Numbers(f, r), nil
	}
}
