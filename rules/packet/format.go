package packet

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxShown is how many values of one field, or boxes of a union, String shows.
const maxShown = 12

// String returns the boxes as field and values: "dport 22,443" or
// "(src 10.0.0.0/8 and dport 22) or (src 192.0.2.1)". Long lists are cut.
func (b *Boxes) String() string { return b.text(maxShown) }

// Key returns the boxes as String does, but whole: two that have the same key
// hold the same packets.
func (b *Boxes) Key() string { return b.text(math.MaxInt) }

// text returns the boxes in words, most of each list.
func (b *Boxes) text(most int) string {
	if len(b.list) == 0 {
		return "nothing"
	}
	if len(b.list) == 1 {
		return b.boxString(b.list[0], most)
	}
	var parts []string
	for i, x := range b.list {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more", len(b.list)-i))
			break
		}
		text := "(" + b.boxString(x, most) + ")"
		if x.excludes {
			text = "but not " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " or ")
}

func (b *Boxes) boxString(x box, most int) string {
	var parts []string
	for i, f := range b.fields {
		if !x.values[i].isAny() || len(b.fields) == 1 {
			parts = append(parts, f.String()+" "+x.values[i].text(f, most))
		}
	}
	return strings.Join(parts, " and ")
}

// text returns the values as a comma-separated list, cut after the first most.
func (v Values) text(f Field, most int) string {
	if v.isAny() {
		return "any"
	}
	var parts []string
	for _, r := range v.narrow {
		parts = append(parts, rangeText(f, r))
	}
	if v.extra != nil {
		for _, r := range v.extra.wide {
			parts = append(parts, AddrRange{r.first.addr(), r.last.addr()}.String())
		}
		for _, m := range v.extra.bits {
			parts = append(parts, m.text(f))
		}
		for _, p := range v.extra.names {
			parts = append(parts, nameText(p))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	if n := len(parts); n > most {
		parts = append(parts[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(parts, ",")
}

func nameText(p Pattern) string {
	if p == (Pattern{}) {
		return "none"
	}
	return p.String()
}

func (m masked) text(f Field) string {
	if fieldTable[f].kind == address {
		if m.family == IPv4 {
			return fmt.Sprintf("%v/%v", addrOf(uint32(m.value.lo)), addrOf(uint32(m.mask.lo)))
		}
		return fmt.Sprintf("%v/%v", m.value.addr(), m.mask.addr())
	}
	if f == TCPFlags {
		return fmt.Sprintf("%s/%s", FlagString(uint8(m.value.lo)), FlagString(uint8(m.mask.lo)))
	}
	return fmt.Sprintf("%#x/%#x", m.value.lo, m.mask.lo)
}

// rangeText returns a range of numbers or of IPv4 addresses.
func rangeText(f Field, r Range) string {
	if fieldTable[f].kind == address {
		return AddrRange{addrOf(r.First), addrOf(r.Last)}.String()
	}
	if r.First == r.Last {
		return numberText(f, r.First)
	}
	if word := numberText(f, r.First); word != strconv.Itoa(int(r.First)) && r.Last-r.First < 8 {
		var words []string
		for n := r.First; n <= r.Last; n++ {
			words = append(words, numberText(f, n))
		}
		return strings.Join(words, ",")
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// numberText returns a value in the words of the field.
func numberText(f Field, n uint32) string {
	switch f {
	case Family:
		return [2]string{"ipv4", "ipv6"}[n&1]
	case Protocol:
		return Proto(n).String()
	case ConnState:
		return State(n).String()
	case DstType, SrcType, LinkType, OrigDstType, OrigSrcType:
		return AddrType(n).String()
	case TCPFlags:
		return FlagString(uint8(n))
	case Mark, ConnMark:
		return fmt.Sprintf("%#x", n)
	default:
		return strconv.Itoa(int(n))
	}
}

// String returns the range as an address, a prefix, or first-last.
func (r AddrRange) String() string {
	if r.First == r.Last {
		return r.First.String()
	}
	if p, ok := r.Prefix(); ok {
		return p.String()
	}
	return r.First.String() + "-" + r.Last.String()
}

// String returns what becomes of the end.
func (r *Rewrite) String() string {
	var b strings.Builder
	switch {
	case r.Restore:
		return "what it was"
	case r.Lost:
		b.WriteString("an address that is not known")
	case r.Network.IsValid():
		b.WriteString(r.Network.String() + " keeping host bits")
	case len(r.Addrs) > 0:
		texts := make([]string, len(r.Addrs))
		for i, a := range r.Addrs {
			texts[i] = a.String()
		}
		b.WriteString(strings.Join(texts, ","))
		if r.Shift.IsValid() {
			b.WriteString(" shifted from " + r.Shift.String())
		}
	case r.ToSelf:
		b.WriteString("this device")
	}
	if len(r.Ports) > 0 {
		if b.Len() > 0 {
			b.WriteString(" ")
		}
		b.WriteString("port " + numberValues(slices.Clone(r.Ports)).text(DstPort, maxShown))
		if r.ShiftPorts {
			fmt.Fprintf(&b, " shifted from %d", r.PortBase)
		}
	}
	return b.String()
}
