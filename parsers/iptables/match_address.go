package iptables

import (
	"errors"
	"net/netip"
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
		r, err := w.addrRange(b.family, short)
		if errors.Is(err, errReversed) {
			return packet.Addresses(f), nil // taken, and matched by nothing
		}
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
			if b.family == packet.IPv6 {
				return addrTypes6(w, f)
			}
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

// addrTypes6 reads a list of address types as IPv6 takes it: the address has to
// be of each of the kinds UNICAST, MULTICAST and UNSPEC that the list names,
// which is a matter of the address alone, and in the routing table of one of the
// other types that it names (match_type6 in xt_addrtype.c).
func addrTypes6(w word, f packet.Field) (*packet.Boxes, error) {
	addr := map[packet.Field]packet.Field{packet.SrcType: packet.Src, packet.DstType: packet.Dst}[f]
	kinds := map[string]bool{}
	var types []packet.Range
	for _, name := range w.list() {
		switch upper := strings.ToUpper(name.text); upper {
		case "UNICAST", "MULTICAST", "UNSPEC":
			kinds[upper] = true
		case "LOCAL":
			types = append(types, packet.One(uint32(packet.Local)))
		case "ANYCAST", "UNREACHABLE":
			types = append(types, packet.One(uint32(packet.OtherType)))
		default:
			return nil, &valueError{name, "an address type of IPv6: LOCAL, UNICAST, MULTICAST, UNSPEC, ANYCAST or UNREACHABLE"}
		}
	}
	if len(kinds) > 1 {
		return nothing, nil
	}
	var parts []*packet.Boxes
	for kind := range kinds {
		parts = append(parts, packet.Addresses(addr, addrKinds6[kind]...))
	}
	if types != nil {
		parts = append(parts, packet.Numbers(f, types...))
	}
	return packet.Product(parts...), nil
}

// addrKinds6 are the addresses of each kind (ipv6_addr_type in addrconf_core.c).
var addrKinds6 = func() map[string][]packet.AddrRange {
	unspecified, multicast := netip.IPv6Unspecified(), packet.PrefixRange(netip.MustParsePrefix("ff00::/8"))
	return map[string][]packet.AddrRange{
		"UNSPEC":    {packet.OneAddr(unspecified)},
		"MULTICAST": {multicast},
		"UNICAST":   {{First: unspecified.Next(), Last: multicast.First.Prev()}},
	}
}()

func lowerMAC(b *builder, o *option) {
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
