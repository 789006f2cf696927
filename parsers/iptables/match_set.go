package iptables

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// lowerSet lowers a test of an ipset.
func lowerSet(b *builder, u *use) {
	inverse := false
	for i := range u.options {
		inverse = inverse || u.options[i].name == "return-nomatch"
	}
	for i := range u.options {
		switch o := &u.options[i]; o.name {
		case "match-set":
			b.setTest(o, inverse)
		case "packets-eq", "packets-lt", "packets-gt", "bytes-eq", "bytes-lt", "bytes-gt":
			b.doubt(o, packet.Varying, 0, false, "what a set's counters show")
		}
	}
}

// What the kernel takes of a set (IPSET_MAXNAMELEN, IPSET_DIM_MAX in
// ip_set.h).
const (
	maxSetName  = 31
	maxSetFlags = 6
)

// maxSetNesting bounds lists of sets that hold lists of sets.
const maxSetNesting = 8

func (b *builder) setTest(o *option, inverse bool) {
	var sides []bool // true: the destination
	for _, w := range o.args[1].list() {
		if w.text != "src" && w.text != "dst" {
			b.malformed(w, "%s: bad value %s; expected src or dst", o.word.text, quote(w.text))
			return
		}
		sides = append(sides, w.text == "dst")
	}
	name := o.args[0].text
	if len(name) > maxSetName || len(sides) > maxSetFlags {
		b.malformed(o.args[0], "%s: expected a name of at most %d bytes, and at most %d of src and dst", o.word.text, maxSetName, maxSetFlags)
		return
	}
	s := b.useSet(o)
	if s != nil && !s.anyFam && s.family != b.family {
		b.malformed(o.args[0], "%s: the set %s holds addresses of IPv%s", o.word.text, quote(name), familyDigit(s.family))
		return
	}
	t := rules.Term{Negated: o.negated, Span: b.optionSpan(o)}
	x := &rules.Unknown{Key: "ipset " + name + " " + o.args[1].text, Of: setFields(sides)}
	switch {
	case s == nil:
		x.Reason = fmt.Sprintf("the contents of ipset %s are not given", name)
		b.problem(source.Undefined, b.span(o.args[0]), "the ipset %s is not among the inputs", quote(name))
	case b.changed[name]:
		x.Reason = fmt.Sprintf("rules change the contents of ipset %s", name)
		x.Key += b.here(o.word) // a rule between two tests may have changed it
	case inverse:
		x.Reason = fmt.Sprintf("exceptions of ipset %s that are asked for by --return-nomatch are not modelled", name)
		b.problem(source.Unsupported, t.Span, "--return-nomatch is not modelled")
	default:
		t.Boxes = b.setBoxes(s, sides, false)
		x.Within, x.Reason = b.setDoubt(s, sides)
		t.Origin = b.setOrigin(s)
	}
	if x.Reason != "" {
		t.Unknown = x
	}
	b.terms = append(b.terms, t)
}

// useSet notes the use of a set and returns it, nil if it is not given.
func (b *builder) useSet(o *option) *ipset {
	name := o.args[0].text
	span := b.span(o.args[0])
	s := b.sets[name]
	if s == nil {
		if b.missing[name] == nil {
			b.missingOrder = append(b.missingOrder, strings.Clone(name))
		}
		b.missing[name] = append(b.missing[name], span)
		return nil
	}
	s.use = append(s.use, span)
	return s
}

// setFields returns the fields that a test of a set may ask for.
func setFields(sides []bool) packet.FieldSet {
	var of packet.FieldSet
	for _, dst := range sides {
		if dst {
			of |= packet.Fields(packet.Dst, packet.DstPort)
		} else {
			of |= packet.Fields(packet.Src, packet.SrcPort)
		}
	}
	return of
}

// setDoubt returns for which packets it is not known whether they are in a set,
// nil for all, and why; the reason is empty if it is known of all.
func (b *builder) setDoubt(s *ipset, sides []bool) (within *packet.Boxes, reason string) {
	if s.unclear != "" {
		return nil, s.unclear
	}
	if s.dynamic {
		return nil, fmt.Sprintf("members of ipset %s come and go", s.name)
	}
	if slices.Contains(s.dims, "mac") {
		if s.anyFam {
			return nil, fmt.Sprintf("ipset %s holds hardware addresses, which are not modelled", s.name)
		}
		return b.setBoxes(s, sides, true), fmt.Sprintf("ipset %s holds hardware addresses, which are not modelled", s.name)
	}
	for _, m := range s.members {
		if m.expires {
			return nil, fmt.Sprintf("members of ipset %s come and go", s.name)
		}
		for i, dim := range s.dims {
			if reason := b.partDoubt(s, dim, m.parts[i].name, sides); reason != "" {
				return nil, reason
			}
		}
	}
	return nil, ""
}

// partDoubt returns why it is not known what a part of a member stands for,
// empty if it is.
func (b *builder) partDoubt(s *ipset, dim, name string, sides []bool) string {
	switch dim {
	case "iface":
		if strings.HasPrefix(name, "physdev:") {
			return fmt.Sprintf("ipset %s holds ports of a bridge, which are not modelled", s.name)
		}
	case "set":
		sub := b.sets[name]
		if sub == nil || b.changed[sub.name] || b.setDepth > maxSetNesting {
			return fmt.Sprintf("the contents of ipset %s are not given", name)
		}
		b.setDepth++
		_, reason := b.setDoubt(sub, sides)
		b.setDepth--
		return reason
	}
	return ""
}

// setOrigin tells where a set is written. Its members are no place of a finding:
// other rules may use them too.
func (b *builder) setOrigin(s *ipset) *rules.Origin {
	return &rules.Origin{From: []source.Span{s.span}}
}

type setKey struct {
	set    *ipset
	sides  string
	family int
	opaque bool
}

// setBoxes returns the packets that are sure to be in a set or, if opaque, those
// whose modelled dimensions are.
func (b *builder) setBoxes(s *ipset, sides []bool, opaque bool) *packet.Boxes {
	key := setKey{s, fmt.Sprint(sides), b.family, opaque}
	if boxes, ok := b.setMemo[key]; ok {
		return boxes
	}
	b.setMemo[key] = nothing
	boxes := b.makeSetBoxes(s, sides, opaque)
	b.setMemo[key] = boxes
	return boxes
}

func (b *builder) makeSetBoxes(s *ipset, sides []bool, opaque bool) *packet.Boxes {
	if len(s.dims) == 1 && s.dims[0] == "set" {
		all := []*packet.Boxes{nothing}
		for _, m := range s.members {
			if sub := b.sets[m.parts[0].name]; sub != nil && sub != s && !b.changed[sub.name] {
				all = append(all, b.setBoxes(sub, sides, opaque))
			}
		}
		return packet.AnyOf(all...)
	}
	// A set of another family, and flags for fewer dimensions than it has: no
	// member is found.
	if !s.anyFam && s.family != b.family || len(sides) < len(s.dims) {
		return nothing
	}
	if len(s.dims) == 1 && !s.anyFam {
		if boxes, ok := s.plainAddrs(sides[0]); ok {
			return boxes
		}
	}
	return s.product(sides, opaque)
}

// plainAddrs returns the addresses of a set that holds nothing else and has no
// exceptions.
func (s *ipset) plainAddrs(dst bool) (*packet.Boxes, bool) {
	var rs []packet.AddrRange
	for _, m := range s.members {
		if m.except {
			return nil, false
		}
		if !m.expires {
			rs = append(rs, m.parts[0].addrs)
		}
	}
	return packet.Addresses(addrField(dst), rs...), true
}

func addrField(dst bool) packet.Field {
	if dst {
		return packet.Dst
	}
	return packet.Src
}

// product returns the packets of a set of several dimensions. Members are
// tried from the longest prefix to the shortest, and the first that fits
// decides (hash_net_test_cidrs in ip_set_hash_gen.h).
func (s *ipset) product(sides []bool, opaque bool) *packet.Boxes {
	members := make([]*setMember, 0, len(s.members))
	for i := range s.members {
		if m := &s.members[i]; !m.expires {
			members = append(members, m)
		}
	}
	slices.SortStableFunc(members, func(a, b *setMember) int {
		for i := range a.parts {
			if d := b.parts[i].bits - a.parts[i].bits; d != 0 {
				return d
			}
		}
		return 0
	})
	lists := map[string]*packet.List{}
	var order []string
	add := func(boxes *packet.Boxes, except bool) {
		if boxes == nil {
			return
		}
		shape := string(boxes.Fields())
		if lists[shape] == nil {
			lists[shape] = &packet.List{}
			order = append(order, shape)
		}
		lists[shape].Add(boxes, except)
	}
	for i, m := range members {
		add(s.memberBoxes(m, sides, opaque), m.except)
		if s.dims[len(s.dims)-1] == "iface" && (i+1 == len(members) || members[i+1].parts[0].bits != m.parts[0].bits) {
			// Where a network of this length is found, shorter ones are not looked up,
			// whatever its interfaces (hash_netiface4_data_equal counts it as found).
			for _, same := range members[:i+1] {
				if same.parts[0].bits == m.parts[0].bits {
					add(s.anyInterface(same, sides), true)
				}
			}
		}
	}
	all := []*packet.Boxes{nothing}
	for _, shape := range order {
		all = append(all, lists[shape].Boxes())
	}
	return packet.AnyOf(all...)
}

// anyInterface returns the packets of the network of a member, whatever their
// interfaces.
func (s *ipset) anyInterface(m *setMember, sides []bool) *packet.Boxes {
	whole := setMember{parts: slices.Clone(m.parts), wildcard: true}
	whole.parts[len(whole.parts)-1].name = ""
	return s.memberBoxes(&whole, sides, false)
}

// memberBoxes returns the packets of one member, nil if it has none or if some
// dimension of it is not modelled.
func (s *ipset) memberBoxes(m *setMember, sides []bool, opaque bool) *packet.Boxes {
	var parts []*packet.Boxes
	var addrs [2]*packet.AddrRange // source, destination
	for i, dim := range s.dims {
		p, dst := &m.parts[i], sides[i]
		switch dim {
		case "ip", "net":
			side := 0
			if dst {
				side = 1
			}
			both, ok := meet(addrs[side], p.addrs)
			if !ok {
				return nil
			}
			addrs[side] = &both
		case "port":
			parts = append(parts, p.portBoxes(dst, len(s.dims) == 1)...)
		case "mark":
			parts = append(parts, packet.Masked(packet.Mark, s.mark, p.ports.First&s.mark))
		case "iface":
			f := packet.In
			if dst {
				f = packet.Out
			}
			if strings.HasPrefix(p.name, "physdev:") {
				return nil
			}
			parts = append(parts, packet.Names(f, packet.Pattern{Text: p.name, Prefix: m.wildcard}))
		case "mac":
			if !opaque {
				return nil
			}
		}
	}
	for side, r := range addrs {
		if r != nil {
			parts = append(parts, packet.Addresses(addrField(side == 1), *r))
		}
	}
	return packet.Product(parts...)
}

// meet returns what two ranges of addresses have in common, nil standing for
// all, and false if that is nothing.
func meet(a *packet.AddrRange, b packet.AddrRange) (packet.AddrRange, bool) {
	if a == nil {
		return b, true
	}
	if a.First.Less(b.First) {
		a = &packet.AddrRange{First: b.First, Last: a.Last}
	}
	if b.Last.Less(a.Last) {
		a = &packet.AddrRange{First: a.First, Last: b.Last}
	}
	return *a, !a.Last.Less(a.First)
}

// portBoxes returns the packets with a port, type or protocol. A bitmap of ports
// asks for TCP or UDP (ip_set_get_ip_port).
func (p *setPart) portBoxes(dst, bitmap bool) []*packet.Boxes {
	f := packet.SrcPort
	if dst {
		f = packet.DstPort
	}
	if bitmap {
		return []*packet.Boxes{packet.Numbers(packet.Protocol, bitmapProtocols...), packet.Numbers(f, p.ports)}
	}
	proto := packet.Number(packet.Protocol, uint32(p.proto))
	switch {
	case p.icmp != nil && p.icmp.anyCode:
		return []*packet.Boxes{proto, packet.Number(packet.ICMPType, p.icmp.number), packet.Number(packet.ICMPCode, 0)}
	case p.icmp != nil:
		return []*packet.Boxes{proto, packet.Number(packet.ICMPType, p.icmp.number), packet.Number(packet.ICMPCode, p.icmp.code)}
	case p.proto.HasPorts():
		return []*packet.Boxes{proto, packet.Numbers(f, p.ports)}
	}
	return []*packet.Boxes{proto}
}

var bitmapProtocols = []packet.Range{
	packet.One(uint32(packet.TCP)), packet.One(uint32(packet.UDP)),
}
