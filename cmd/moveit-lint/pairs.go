package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/parsers"
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// pair makes one device of two files in one folder whose names differ in a word
// that tells the IP version, if one is about IPv4 alone and the other about IPv6:
// iptables and ip6tables export the two halves of a firewall one by one. What the
// profile declares stays as it is.
func pair(p *site.Profile, devices []*device) []*device {
	mates := map[string][]*device{}
	for _, d := range devices {
		if key, versions := versionless(d.files[0].Name); !d.declared && len(versions) > 0 {
			key = d.dialect.Name + " " + key
			mates[key] = append(mates[key], d)
		}
	}
	gone := map[*device]bool{}
	for _, d := range devices {
		key, _ := versionless(d.files[0].Name)
		list := mates[d.dialect.Name+" "+key]
		if d.declared || len(list) < 2 || !d.isOnly(p, packet.IPv4) {
			continue
		}
		other := d.mate(p, list)
		if other == nil || gone[other] || other.mate(p, list) != d {
			continue
		}
		gone[other] = true
		d.assumed = []string{fmt.Sprintf("%s and %s are one device: they differ in the IP version alone", d.files[0].Name, other.files[0].Name)}
		d.take(other)
	}
	return slices.DeleteFunc(devices, func(d *device) bool { return gone[d] })
}

// mate returns the only device of a list that has another IP version alone and a
// name that differs in that, nil if there is none or more than one.
func (d *device) mate(p *site.Profile, list []*device) *device {
	version := packet.IPv4
	if d.isOnly(p, packet.IPv4) {
		version = packet.IPv6
	}
	_, own := versionless(d.files[0].Name)
	var found *device
	for _, x := range list {
		_, versions := versionless(x.files[0].Name)
		different := 0
		for i := range own {
			if own[i] != versions[i] {
				different++
			}
		}
		if x == d || different != 1 || !x.isOnly(p, version) {
			continue
		}
		if found != nil {
			return nil
		}
		found = x
	}
	return found
}

// isOnly reports whether a device says something about packets of one IP version
// and nothing about the other.
func (d *device) isOnly(p *site.Profile, version int) bool {
	if len(d.files) > 1 {
		return false
	}
	r := d.parse(p)
	if slices.ContainsFunc(r.Devices, func(x parsers.Device) bool { return x.Model.Appliance }) {
		return false // its one configuration is about both, whatever it says
	}
	covers := coverage(r)
	return covers[version] && !covers[1-version]
}

// disagrees says that a device is about another IP version than its user told,
// empty if it is not: a parser that sees addresses goes by them.
func (d *device) disagrees(r parsers.Result) string {
	covers := coverage(r)
	var read string
	switch {
	case d.flavour == "ip6tables" && covers[packet.IPv4]:
		read = "IPv4"
	case d.flavour == "iptables" && covers[packet.IPv6] && !covers[packet.IPv4]:
		read = "IPv6"
	default:
		return ""
	}
	return fmt.Sprintf("%s is read as %s, for the addresses in it are, though %s %s", d.files[0].Name, read, strings.TrimSuffix(d.why[0], " so"), d.flavour)
}

// coverage tells of which IP versions an input says something.
func coverage(r parsers.Result) (covers [2]bool) {
	four := packet.Flow{In: "a", Out: "b", Src: netip.MustParseAddr("203.0.113.7"), Dst: netip.MustParseAddr("192.0.2.20"), Proto: packet.TCP}
	six := four
	six.Src, six.Dst = netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("2001:db8:1::20")
	for _, d := range r.Devices {
		covers[packet.IPv4] = covers[packet.IPv4] || isCovered(d.Model, &four)
		covers[packet.IPv6] = covers[packet.IPv6] || isCovered(d.Model, &six)
	}
	return covers
}

// isCovered reports whether a packet meets the pipeline of a device at all.
func isCovered(d *rules.Device, f *packet.Flow) bool {
	return slices.ContainsFunc(d.Pipeline.Entry, func(e rules.Edge) bool {
		return !slices.ContainsFunc(e.When, func(t rules.Term) bool {
			return t.Boxes != nil && (t.Boxes.Holds(f) != packet.True) != t.Negated
		})
	})
}

// versionWords are the words of file names that tell an IP version, and what is
// left of them without it. Longer ones come first.
var versionWords = []struct {
	word, form string
	version    int
}{
	{"ip6tables", "iptables", packet.IPv6},
	{"iptables", "iptables", packet.IPv4},
	{"ipv6", "ipv", packet.IPv6},
	{"ipv4", "ipv", packet.IPv4},
	{"ip6", "ip", packet.IPv6},
	{"ip4", "ip", packet.IPv4},
	{"ip", "ip", packet.IPv4},
	{"v6", "v", packet.IPv6},
	{"v4", "v", packet.IPv4},
	{"6", "", packet.IPv6},
	{"4", "", packet.IPv4},
}

// versionless returns the name of a file without the IP versions that its last
// part tells, and these in their order.
func versionless(name string) (key string, versions []int) {
	dir, base := path.Split(name)
	base = strings.ToLower(base)
	var b strings.Builder
	for at := 0; at < len(base); {
		i := slices.IndexFunc(versionWords, func(w struct {
			word, form string
			version    int
		},
		) bool {
			return strings.HasPrefix(base[at:], w.word) && isWord(base, at, at+len(w.word))
		})
		if i < 0 {
			b.WriteByte(base[at])
			at++
			continue
		}
		b.WriteString("\x00" + versionWords[i].form + "\x00")
		versions = append(versions, versionWords[i].version)
		at += len(versionWords[i].word)
	}
	return path.Clean(cmp.Or(dir, ".")) + "/" + b.String(), versions
}

// isWord reports whether a part of a name is one that can tell a version: no digit
// of a longer number, and no letters of a longer word.
func isWord(s string, from, to int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	letter := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= 'a' && s[i] <= 'z' }
	switch {
	case digit(to - 1):
		return !digit(to) && (from != to-1 || !digit(from-1))
	case s[from:to] == "ip":
		return !letter(from-1) && !letter(to) && !digit(to)
	}
	return true
}
