package lint

import (
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// reach tells which addresses of the zone an exposure concerns: "every IPv4
// source in the Internet except 198.51.100.0/24".
func (e *Exposure) reach() string {
	field, word := packet.Src, "source"
	if e.ground.Direction == Outbound {
		field, word = packet.Dst, "destination"
	}
	const most, shown = 256, 4
	open, all := e.Sure().AddrRanges(field, most)
	if !all {
		return "many " + word + "s"
	}
	zone := e.ground.pass.ranges(e.ground.Zone)
	families := familiesOf(open)
	if missing := site.Without(ofFamilies(zone, families), open); len(missing) <= shown && len(missing) < len(open) {
		text := "every "
		if families != familiesOf(zone) {
			text += families.String() + " "
		}
		text += word + " in " + zoneWords(e.ground.Zone)
		if len(missing) > 0 {
			text += " except " + rangeWords(missing)
		}
		return text
	}
	if len(open) > shown {
		return fmt.Sprintf("%d ranges of %ss, the first %s", len(open), word, open[0])
	}
	if len(open) > 1 || open[0].First != open[0].Last {
		word += "s"
	}
	return word + " " + rangeWords(open)
}

// zoneWords names a zone in a sentence.
func zoneWords(zone string) string {
	if zone == Internet {
		return "the Internet"
	}
	return "zone " + zone
}

func rangeWords(rs []packet.AddrRange) string {
	words := make([]string, len(rs))
	for i, r := range rs {
		words[i] = r.String()
	}
	return strings.Join(words, ", ")
}

// families are IP versions, one bit each.
type families uint8

const (
	ipv4 families = 1 << iota
	ipv6
)

// String returns the name of one version, empty for both.
func (f families) String() string {
	switch f {
	case ipv4:
		return "IPv4"
	case ipv6:
		return "IPv6"
	}
	return ""
}

func familyOf(r packet.AddrRange) families {
	if r.First.Is4() {
		return ipv4
	}
	return ipv6
}

func familiesOf(rs []packet.AddrRange) families {
	var f families
	for _, r := range rs {
		f |= familyOf(r)
	}
	return f
}

func ofFamilies(rs []packet.AddrRange, f families) []packet.AddrRange {
	var out []packet.AddrRange
	for _, r := range rs {
		if familyOf(r)&f != 0 {
			out = append(out, r)
		}
	}
	return out
}
