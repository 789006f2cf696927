package iptables

import (
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var addressMatches = []*module{
	newModule("iprange", eachOption(lowerIPRange), "src-range 1!", "dst-range 1!"),
	newModule("set", lowerSet,
		"match-set|set 2!", "return-nomatch 0", "update-counters 0!", "update-subcounters 0!",
		"packets-eq 1!", "packets-lt 1", "packets-gt 1", "bytes-eq 1!", "bytes-lt 1", "bytes-gt 1"),
	newModule("addrtype", lowerAddrType, "src-type 1!", "dst-type 1!", "limit-iface-in 0", "limit-iface-out 0"),
	newModule("mac", eachOption(lowerMAC), "mac-source 1!"),
	newModule("physdev", eachOption(lowerPhysdev),
		"physdev-in 1!", "physdev-out 1!", "physdev-is-in 0!", "physdev-is-out 0!", "physdev-is-bridged 0!"),
	newModule("devgroup", eachOption(opaque("which group an interface is in", 0)), "src-group 1!", "dst-group 1!"),
	newModule("pkttype", eachOption(lowerPktType), "pkt-type 1!"),
	newModule("rpfilter", lowerRPFilter, "loose 0", "validmark 0", "accept-local 0", "invert 0"),
	newModule("realm", eachOption(opaque("the routing realm", packet.Fields(packet.Dst))), "realm 1!"),
	newModule("eui64", whole("whether the address is made from the hardware address", packet.Fields(packet.Src))),
	newModule("cluster", whole("the hash by which a cluster shares connections", packet.Fields(packet.Src)),
		"cluster-total-nodes 1", "cluster-local-node 1!", "cluster-local-nodemask 1!", "cluster-hash-seed 1"),
}

// opaque returns the lowering of an option whose condition is not modelled.
func opaque(what string, of packet.FieldSet) func(*builder, *option) {
	return func(b *builder, o *option) { b.unsupported(o, of, "%s is not modelled", what) }
}

// whole returns the lowering of a match that is one condition, whatever its
// options, and is not modelled.
func whole(what string, of packet.FieldSet) func(*builder, *use) {
	return func(b *builder, u *use) {
		o := u.asOption()
		b.unsupported(&o, of, "%s is not modelled", what)
	}
}

// asOption returns a use as one option with all of its words.
func (u *use) asOption() option {
	o := option{name: u.name.text, word: u.name}
	for _, x := range u.options {
		bang := ""
		if x.negated {
			bang = "! "
		}
		o.name += " " + bang + x.name
		for _, a := range x.args {
			o.name += " " + a.text
		}
	}
	if n := len(u.options); n > 0 {
		last := u.options[n-1]
		o.args = []word{{start: last.word.start, end: last.word.end}}
		if k := len(last.args); k > 0 {
			o.args[0] = word{start: last.args[k-1].start, end: last.args[k-1].end}
		}
	}
	return o
}

func lowerIPRange(b *builder, o *option) {
	f := packet.Src
	if o.name == "dst-range" {
		f = packet.Dst
	}
	b.boxesOf(o, packet.Fields(f), o.name, func(w word) (*packet.Boxes, error) {
		r, err := w.addrRange(b.family)
		if err != nil {
			return nil, err
		}
		return packet.Addresses(f, r), nil
	})
}

// addrTypes are the types of addresses (xt_addrtype.h), those told apart here.
var addrTypes = map[string]packet.AddrType{
	"UNICAST": packet.Unicast, "LOCAL": packet.Local, "BROADCAST": packet.Broadcast, "MULTICAST": packet.Multicast,
	"UNSPEC": packet.OtherType, "ANYCAST": packet.OtherType, "BLACKHOLE": packet.OtherType, "UNREACHABLE": packet.OtherType,
	"PROHIBIT": packet.OtherType, "THROW": packet.OtherType, "NAT": packet.OtherType, "XRESOLVE": packet.OtherType,
}

func lowerAddrType(b *builder, u *use) {
	limited := false
	for i := range u.options {
		limited = limited || strings.HasPrefix(u.options[i].name, "limit-iface")
	}
	for i := range u.options {
		o := &u.options[i]
		f := packet.DstType
		switch o.name {
		case "src-type":
			f = packet.SrcType
		case "dst-type":
		default:
			continue
		}
		if limited {
			b.unsupported(o, packet.Fields(f), "which addresses belong to one interface is not modelled")
			continue
		}
		b.boxesOf(o, packet.Fields(f), o.name, func(w word) (*packet.Boxes, error) {
			var rs []packet.Range
			for _, name := range w.list() {
				t, ok := addrTypes[strings.ToUpper(name.text)]
				if !ok {
					return nil, &valueError{name, "an address type like LOCAL, UNICAST, BROADCAST or MULTICAST"}
				}
				rs = append(rs, packet.One(uint32(t)))
			}
			return packet.Numbers(f, rs...), nil
		})
	}
}

func lowerMAC(b *builder, o *option) {
	if parts := strings.Split(o.args[0].text, ":"); len(parts) != 6 {
		b.malformed(o.args[0], "%s: bad value %s; expected a hardware address like 00:16:3e:00:00:01", o.word.text, quote(o.args[0].text))
		return
	}
	b.unsupported(o, 0, "hardware addresses are not modelled")
}

func lowerPhysdev(b *builder, o *option) {
	b.unsupported(o, 0, "the ports of a bridge are not modelled")
}

func lowerPktType(b *builder, o *option) {
	b.boxesOf(o, 0, o.name, func(w word) (*packet.Boxes, error) {
		t, ok := map[string]packet.AddrType{
			"unicast": packet.Unicast, "host": packet.Unicast, "broadcast": packet.Broadcast, "bcast": packet.Broadcast,
			"multicast": packet.Multicast, "mcast": packet.Multicast,
		}[strings.ToLower(w.text)]
		if !ok {
			return nil, &valueError{w, "unicast, broadcast or multicast"}
		}
		return packet.Number(packet.LinkType, uint32(t)), nil
	})
}

// lowerRPFilter lowers the test that the way back leads through the interface
// that the packet came in by, as it does for ordinary packets.
func lowerRPFilter(b *builder, u *use) {
	invert := false
	for i := range u.options {
		invert = invert || u.options[i].name == "invert"
	}
	o := u.asOption()
	b.doubt(&o, packet.Usual, packet.Fields(packet.Src), invert, "whether the way back to the source leads through the interface that the packet came in by")
}
