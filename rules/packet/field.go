package packet

import "math/bits"

// Field is one thing that can be said of a packet: its protocol, its source
// address, the interface it came in by, its mark.
type Field uint8

// The fields, in the order in which sets branch on them: what tells rules
// apart most first. Addresses of both families are values of one field.
const (
	// Family is the IP version: IPv4 or IPv6.
	Family Field = iota + 1
	// Protocol is the IP protocol, in IPv6 of the last header.
	Protocol
	// Dst is the destination address, as translation has left it so far.
	Dst
	// Src is the source address, as translation has left it so far.
	Src
	// DstPort is the destination port. Only some protocols have it.
	DstPort
	// SrcPort is the source port. Only some protocols have it.
	SrcPort
	// ICMPType is the ICMP or ICMPv6 type.
	ICMPType
	// ICMPCode is the ICMP or ICMPv6 code.
	ICMPCode
	// TCPFlags are the eight flag bits of TCP.
	TCPFlags
	// In is the interface a packet came in by; it is empty for one the device sends.
	In
	// Out is the interface a packet leaves by; it is empty for one the device keeps.
	Out
	// ConnState is how connection tracking classifies the packet.
	ConnState
	// SrcTranslated is 1 if the source of the connection was changed, else 0.
	SrcTranslated
	// DstTranslated is 1 if the destination of the connection was changed, else 0.
	DstTranslated
	// OrigDst is the destination address before translation.
	OrigDst
	// OrigSrc is the source address before translation.
	OrigSrc
	// OrigDstPort is the destination port before translation.
	OrigDstPort
	// OrigSrcPort is the source port before translation.
	OrigSrcPort
	// DstType is what the routing table says of the destination: an AddrType.
	DstType
	// SrcType is what the routing table says of the source: an AddrType.
	SrcType
	// Fragment is 1 for a second or further fragment, else 0.
	Fragment
	// LinkType is how the link layer addressed the frame: an AddrType.
	LinkType
	// IPsec is 1 if the packet came out of an IPsec tunnel or transport, else 0.
	IPsec
	// Length is the length of the whole IP packet in bytes.
	Length
	// TOS is the traffic class: DSCP in the upper six bits, ECN in the lower two.
	TOS
	// Time is when the packet comes: seconds since Monday 00:00 UTC.
	Time
	// Mark is the packet's mark.
	Mark
	// ConnMark is the mark of the packet's connection.
	ConnMark
	// Pending is the number of the rule whose verdict holds unless a later rule
	// gives one, 0 for none: evaluation of last-match languages keeps it.
	Pending
	// Routed is 1 if a rule has settled by which interface the packet leaves, until
	// it is routed, else 0.
	Routed
	// OrigDstType is what the routing table said of the destination before translation.
	OrigDstType
	// OrigSrcType is what the routing table said of the source before translation.
	OrigSrcType

	numFields
)

// MaxTime is the last second of a week, as Time counts.
const MaxTime = 7*24*3600 - 1

// kind is the kind of value that a field has.
type kind uint8

const (
	number  kind = iota // 32 bits at most
	address             // of either family
	name                // of an interface
)

// fieldInfo is what the rest of the package knows of a field.
type fieldInfo struct {
	name   string
	kind   kind
	bits   int    // for addresses: of IPv6
	level  uint32 // of the most significant bit
	stride uint32 // from the level of one bit to that of the next
	orig   Field  // for a field that translation changes: where its old value is kept
	now    Field  // the reverse: the field whose old value this is
}

// Fields that are compared or copied bit by bit lie interleaved, so that the
// diagram of "equal", "shifted by" and "copied" has a few nodes a bit.
var fieldTable = [numFields]fieldInfo{
	Family:        {name: "family", bits: 1, level: 0, stride: 1},
	Protocol:      {name: "proto", bits: 8, level: 1, stride: 1},
	Dst:           {name: "dst", kind: address, bits: 128, level: 16, stride: 2, orig: OrigDst},
	OrigDst:       {name: "origdst", kind: address, bits: 128, level: 17, stride: 2, now: Dst},
	Src:           {name: "src", kind: address, bits: 128, level: 272, stride: 2, orig: OrigSrc},
	OrigSrc:       {name: "origsrc", kind: address, bits: 128, level: 273, stride: 2, now: Src},
	DstPort:       {name: "dport", bits: 16, level: 528, stride: 2, orig: OrigDstPort},
	OrigDstPort:   {name: "origdport", bits: 16, level: 529, stride: 2, now: DstPort},
	SrcPort:       {name: "sport", bits: 16, level: 560, stride: 2, orig: OrigSrcPort},
	OrigSrcPort:   {name: "origsport", bits: 16, level: 561, stride: 2, now: SrcPort},
	ICMPType:      {name: "icmptype", bits: 8, level: 592, stride: 1},
	ICMPCode:      {name: "icmpcode", bits: 8, level: 600, stride: 1},
	TCPFlags:      {name: "tcpflags", bits: 8, level: 608, stride: 1},
	In:            {name: "in", kind: name, bits: 16, level: 616, stride: 1},
	Out:           {name: "out", kind: name, bits: 16, level: 632, stride: 1},
	ConnState:     {name: "state", bits: 3, level: 648, stride: 1},
	SrcTranslated: {name: "snat", bits: 1, level: 651, stride: 1},
	DstTranslated: {name: "dnat", bits: 1, level: 652, stride: 1},
	Routed:        {name: "routed", bits: 1, level: 653, stride: 1},
	DstType:       {name: "dsttype", bits: 3, level: 656, stride: 2, orig: OrigDstType},
	OrigDstType:   {name: "origdsttype", bits: 3, level: 657, stride: 2, now: DstType},
	SrcType:       {name: "srctype", bits: 3, level: 662, stride: 2, orig: OrigSrcType},
	OrigSrcType:   {name: "origsrctype", bits: 3, level: 663, stride: 2, now: SrcType},
	Fragment:      {name: "fragment", bits: 1, level: 668, stride: 1},
	LinkType:      {name: "linktype", bits: 3, level: 669, stride: 1},
	IPsec:         {name: "ipsec", bits: 1, level: 672, stride: 1},
	Length:        {name: "length", bits: 16, level: 676, stride: 1},
	TOS:           {name: "tos", bits: 8, level: 692, stride: 1},
	Time:          {name: "time", bits: 20, level: 704, stride: 1},
	Mark:          {name: "mark", bits: 32, level: 736, stride: 2},
	ConnMark:      {name: "connmark", bits: 32, level: 737, stride: 2},
	Pending:       {name: "pending", bits: 24, level: 800, stride: 1},
}

const (
	lowLevel   = 592              // of the first field behind addresses and ports
	lostLevel  = 832              // of the first of the flags that say that a field's value is lost
	fixedLevel = 1024             // of the first fixed unknown
	varyLevel  = 1 << 24          // of the first varying unknown
	noLevel    = ^uint32(0)       // of the terminal: below every other
	ipv4Bits   = 32               // IPv4 addresses use the upper bits of an address field
	maxNames   = 1<<16 - 1        // interface names that one universe can tell apart
	maxFixed   = varyLevel - 1024 // fixed unknowns that one universe can hold
)

// String returns the field's name, as dumps print it.
func (f Field) String() string {
	if f > 0 && f < numFields {
		return fieldTable[f].name
	}
	return "?"
}

// Bits returns the width of the field in bits; 128 for addresses.
func (f Field) Bits() int { return fieldTable[f].bits }

// level returns the level of a bit of the field, counted from the most
// significant.
func (f Field) level(bit int) uint32 {
	return fieldTable[f].level + fieldTable[f].stride*uint32(bit)
}

// max returns the largest value of a number field.
func (f Field) max() uint32 { return uint32(1<<fieldTable[f].bits - 1) }

// FieldSet is a set of fields.
type FieldSet uint64

// Fields returns the set of the given fields.
func Fields(fields ...Field) FieldSet {
	var s FieldSet
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

// Has reports whether f is in s.
func (s FieldSet) Has(f Field) bool { return s>>f&1 == 1 }

// Each yields the fields of s in their order.
func (s FieldSet) Each(yield func(Field) bool) {
	for s != 0 {
		f := Field(bits.TrailingZeros64(uint64(s)))
		if !yield(f) {
			return
		}
		s &^= 1 << f
	}
}
