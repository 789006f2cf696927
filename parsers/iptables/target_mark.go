package iptables

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var markTargets = []*module{
	newModule("MARK", lowerSetMark(packet.Mark), "set-xmark 1", "set-mark 1", "and-mark 1", "or-mark 1", "xor-mark 1"),
	newModule("CONNMARK", lowerSetMark(packet.ConnMark),
		"set-xmark 1", "set-mark 1", "and-mark 1", "or-mark 1", "xor-mark 1", "save-mark 0", "restore-mark 0", "nfmask 1", "ctmask 1", "mask 1",
		"left-shift-mark 1", "right-shift-mark 1"),
	newModule("CT", lowerCT, "notrack 0", "helper 1", "zone 1", "zone-orig 1", "zone-reply 1", "timeout 1", "ctevents 1", "expevents 1"),
	newModule("NOTRACK", lowerNotrack),
}

const allBits = 1<<32 - 1

// lowerSetMark returns the lowering of a target that changes a mark. All forms
// come down to one: clear the bits of a mask, then change bits by exclusive or
// (libxt_MARK.c).
func lowerSetMark(f packet.Field) func(*builder, *use) {
	return func(b *builder, u *use) {
		masks := map[string]uint32{"nfmask": allBits, "ctmask": allBits}
		var verb *option
		for i := range u.options {
			o := &u.options[i]
			switch o.name {
			case "nfmask", "ctmask", "mask":
				n, err := o.args[0].number(allBits)
				if err != nil {
					b.fail(o, 0, err)
					return
				}
				if o.name == "mask" {
					masks["nfmask"], masks["ctmask"] = uint32(n), uint32(n)
				} else {
					masks[o.name] = uint32(n)
				}
			case "left-shift-mark", "right-shift-mark":
				field := packet.ConnMark
				if f == packet.Mark || slices.ContainsFunc(u.options, func(o option) bool { return o.name == "restore-mark" }) {
					field = packet.Mark
				}
				b.action.Set = []rules.Assign{{Field: field, Mask: allBits, Any: true}}
				b.maybe(u, "shifted marks are not modelled")
				return
			default:
				if verb != nil {
					b.malformed(o.word, "only one of the options that change a mark may be given")
					return
				}
				verb = o
			}
		}
		if verb == nil {
			b.malformed(u.name, "-j %s needs an option like --set-mark", u.name.text)
			return
		}
		if a, ok := b.assignment(verb, f, masks); ok {
			b.action.Set = []rules.Assign{a}
		}
		if f == packet.ConnMark || verb.name == "restore-mark" {
			// Without a connection nothing is done.
			b.terms = append(b.terms, rules.Term{Boxes: tracked, Span: b.optionSpan(verb)})
		}
	}
}

func (b *builder) assignment(o *option, f packet.Field, masks map[string]uint32) (rules.Assign, bool) {
	switch o.name {
	case "save-mark":
		return rules.Assign{Field: packet.ConnMark, Mask: masks["ctmask"], Copy: packet.Mark, CopyMask: masks["nfmask"]}, true
	case "restore-mark":
		return rules.Assign{Field: packet.Mark, Mask: masks["nfmask"], Copy: packet.ConnMark, CopyMask: masks["ctmask"]}, true
	}
	value, mask, err := o.args[0].masked(allBits)
	if err != nil {
		b.fail(o, 0, err)
		return rules.Assign{}, false
	}
	switch o.name {
	case "set-mark":
		mask |= value
	case "and-mark":
		value, mask = 0, ^value
	case "or-mark":
		mask = value
	case "xor-mark":
		mask = 0
	}
	return rules.Assign{Field: f, Mask: mask, Flip: value}, true
}

// lowerCT lowers what connection tracking shall do with a packet. Zones, timeouts
// and events do not change which packets pass.
func lowerCT(b *builder, u *use) {
	for i := range u.options {
		switch o := &u.options[i]; o.name {
		case "notrack":
			lowerNotrack(b, u)
		case "helper":
			b.device.Inspections = append(b.device.Inspections, rules.Inspection{Protocol: o.args[0].text, Span: b.optionSpan(o)})
		}
	}
}

func lowerNotrack(b *builder, _ *use) {
	b.action.Set = []rules.Assign{{Field: packet.ConnState, Mask: 7, Value: uint32(packet.Untracked)}}
}

var fieldTargets = []*module{
	newModule("TOS", lowerSetTOS, "set-tos 1", "and-tos 1", "or-tos 1", "xor-tos 1"),
	newModule("DSCP", lowerSetDSCP, "set-dscp 1", "set-dscp-class 1"),
	newModule("ECN", lowerSetECN, "ecn-tcp-remove 0", "ecn-tcp-cwr 1", "ecn-tcp-ece 1", "ecn-ip-ect 1"),
	newModule("SET", lowerSetSet, "add-set 2", "del-set 2", "map-set 2", "exist 0", "timeout 1", "map-mark 0", "map-prio 0", "map-queue 0"),
}

func lowerSetTOS(b *builder, u *use) {
	for i := range u.options {
		o := &u.options[i]
		value, mask, err := readTOS(o.args[0])
		if err != nil {
			b.fail(o, 0, err)
			return
		}
		switch o.name {
		case "and-tos":
			value, mask = 0, ^value&0xff
		case "or-tos":
			mask = value
		case "xor-tos":
			mask = 0
		}
		b.action.Set = append(b.action.Set, rules.Assign{Field: packet.TOS, Mask: mask, Flip: value})
	}
}

func lowerSetDSCP(b *builder, u *use) {
	for i := range u.options {
		o := &u.options[i]
		n, err := readDSCP(o)
		if err != nil {
			b.fail(o, 0, err)
			return
		}
		b.action.Set = append(b.action.Set, rules.Assign{Field: packet.TOS, Mask: 0xfc, Value: n << 2})
	}
}

func lowerSetECN(b *builder, u *use) {
	for i := range u.options {
		if u.options[i].name == "ecn-tcp-remove" {
			b.action.Set = append(b.action.Set, rules.Assign{Field: packet.TCPFlags, Mask: uint32(packet.ECE | packet.CWR)})
			b.terms = append(b.terms, rules.Term{Boxes: packet.Any(packet.TCPFlags), Span: b.span(u.name)})
			continue
		}
		b.action.Set = append(b.action.Set,
			rules.Assign{Field: packet.TCPFlags, Mask: uint32(packet.ECE | packet.CWR), Any: true}, rules.Assign{Field: packet.TOS, Mask: 3, Any: true})
		b.maybe(u, "the ECN bits that are set are not modelled")
	}
}

// lowerSetSet lowers a change of a set, which changes no packet; what the set
// holds is not known from then on. A mark that a set gives is not modelled.
func lowerSetSet(b *builder, u *use) {
	for i := range u.options {
		switch o := &u.options[i]; o.name {
		case "add-set", "del-set", "map-set":
			b.useSet(o)
		case "map-mark":
			b.action.Set = []rules.Assign{{Field: packet.Mark, Mask: allBits, Any: true}}
			b.maybe(u, "marks that come from a set are not modelled")
		}
	}
}

// passingTargets do something beside deciding, and the next rule goes on.
var passingTargets = func() []*module {
	list := []*module{
		newModule("LOG", lowerLog,
			"log-level 1", `log-prefix 1"`, "log-tcp-sequence 0", "log-tcp-options 0", "log-ip-options 0", "log-uid 0", "log-macdecode 0"),
		newModule("NFLOG", lowerLog,
			"nflog-group 1", `nflog-prefix 1"`, "nflog-range 1", "nflog-size 1", "nflog-threshold 1"),
		newModule("ULOG", lowerLog, "ulog-nlgroup 1", `ulog-prefix 1"`, "ulog-cprange 1", "ulog-qthreshold 1"),
		newModule("AUDIT", lowerLog, "type 1"),
	}
	for _, x := range []struct {
		name    string
		options []string
	}{
		{"TRACE", nil},
		{"TCPMSS", []string{"set-mss 1", "clamp-mss-to-pmtu 0"}},
		{"TCPOPTSTRIP", []string{"strip-options 1"}},
		{"TTL", []string{"ttl-set 1", "ttl-dec 1", "ttl-inc 1"}},
		{"HL", []string{"hl-set 1", "hl-dec 1", "hl-inc 1"}},
		{"CLASSIFY", []string{"set-class 1"}},
		{"CHECKSUM", []string{"checksum-fill 0"}},
		{"TEE", []string{"gateway 1", "oif 1"}},
		{"SECMARK", []string{"selctx 1"}},
		{"CONNSECMARK", []string{"save 0", "restore 0"}},
		{"IDLETIMER", []string{"timeout 1", "label 1", "alarm 0", "send_nl_msg 0"}},
		{"LED", []string{"led-trigger-id 1", "led-delay 1", "led-always-blink 0"}},
		{"RATEEST", []string{"rateest-name 1", "rateest-interval 1", "rateest-ewmalog 1"}},
		{"NFACCT", []string{"nfacct-name 1"}},
	} {
		list = append(list, newModule(x.name, func(*builder, *use) {}, x.options...))
	}
	return append(list, newModule("HMARK", func(b *builder, u *use) {
		b.action.Set = []rules.Assign{{Field: packet.Mark, Mask: allBits, Any: true}}
		b.maybe(u, "marks that are hashes are not modelled")
	}, "hmark-tuple 1", "hmark-mod 1", "hmark-offset 1", "hmark-src-prefix 1", "hmark-dst-prefix 1", "hmark-sport-mask 1", "hmark-dport-mask 1",
		"hmark-spi-mask 1", "hmark-sport 1", "hmark-dport 1", "hmark-spi 1", "hmark-proto-mask 1", "hmark-rnd 1"))
}()

func lowerLog(b *builder, _ *use) { b.action.Log = true }
