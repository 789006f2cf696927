//go:build kernel && linux

package kernel_test

import (
	"fmt"
	"slices"
	"strings"
)

// madeSet is a set of a random ruleset.
type madeSet struct {
	name string
	dims int
}

// makeSets returns the lines that make some sets, and notes them.
func (m *maker) makeSets() []string {
	var lines []string
	if !m.oneIn(2) {
		return nil
	}
	family := "inet"
	if m.six {
		family = "inet6"
	}
	for i := range 1 + m.IntN(3) {
		kind := choose(m, "hash:ip", "hash:net", "hash:net", "hash:ip,port", "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net", "hash:net,iface",
			"bitmap:port", "bitmap:ip")
		if m.six && kind == "bitmap:ip" {
			kind = "hash:ip"
		}
		s := madeSet{name: fmt.Sprintf("set%d", i), dims: strings.Count(kind, ",") + 1}
		create := "create " + s.name + " " + kind
		switch {
		case kind == "bitmap:port":
			create += " range 0-65535"
		case kind == "bitmap:ip": // of IPv4 only
			create += " range 198.51.0.0/16"
		case kind == "hash:ip" && !m.six && m.oneIn(4):
			create += " netmask " + choose(m, "24", "28", "31")
		default:
			create += " family " + family
		}
		lines = append(lines, create)
		m.sets = append(m.sets, s)
		var members []string
		for range m.IntN(6) {
			member := m.member(kind)
			if key, _, _ := strings.Cut(member, " "); member != "" && !slices.Contains(members, key) {
				members = append(members, key)
				lines = append(lines, "add "+s.name+" "+member+" -exist")
			}
		}
	}
	if m.oneIn(3) {
		list := madeSet{name: "list", dims: 0}
		lines = append(lines, "create list list:set")
		for _, s := range some(m, len(m.sets), m.sets...) {
			lines = append(lines, "add list "+s.name)
			list.dims = max(list.dims, s.dims)
		}
		m.sets = append(m.sets, list)
	}
	return lines
}

// member returns a random member of a set of the type, with its options.
func (m *maker) member(kind string) string {
	method, dims, _ := strings.Cut(kind, ":")
	var parts []string
	nets := 0
	for dim := range strings.SplitSeq(dims, ",") {
		switch dim {
		case "ip":
			a := m.addr()
			if method == "bitmap" {
				if a.Is6() || a.As4()[0] != 198 || a.As4()[1] != 51 {
					return ""
				}
			}
			parts = append(parts, a.String())
		case "net":
			nets++
			bits := choose(m, 8, 16, 24, 25, 26, 28, 30, 31, 32)
			if m.six {
				bits = choose(m, 16, 32, 48, 64, 112, 124, 127, 128)
			}
			parts = append(parts, fmt.Sprintf("%s/%d", m.addr(), bits))
		case "port":
			parts = append(parts, m.memberPort(method == "bitmap"))
		case "iface":
			parts = append(parts, choose(m, "eth0", "eth1", "eth2"))
		}
	}
	text := strings.Join(parts, ",")
	if nets > 0 && m.oneIn(3) {
		text += " nomatch"
	}
	return text
}

func (m *maker) memberPort(plain bool) string {
	p := choose(m, m.ports...)
	m.aimPort(p)
	if plain {
		return fmt.Sprint(p)
	}
	switch m.IntN(8) {
	case 0:
		if m.six {
			m.types = append(m.types, [2]uint8{128, 0})
			return "icmpv6:" + choose(m, "128/0", "1/4", "echo-request")
		}
		return "icmp:" + choose(m, "8/0", "3/1", "echo-request")
	case 1:
		m.protos = append(m.protos, protoGRE)
		return "gre:0"
	case 2:
		return fmt.Sprintf("sctp:%d", p)
	case 3:
		if p < 65000 {
			m.aimPort(p + 5)
			return fmt.Sprintf("tcp:%d-%d", p, p+5)
		}
	case 4, 5:
		return fmt.Sprintf("udp:%d", p)
	}
	return fmt.Sprintf("tcp:%d", p)
}

// setCondition adds a test of one of the sets, most often with as many flags as it has dimensions.
func (m *maker) setCondition(d *draft) {
	if m.sets == nil {
		return
	}
	s := choose(m, m.sets...)
	n := max(s.dims, 1)
	if m.oneIn(8) {
		n = 1 + m.IntN(3)
	}
	var flags []string
	for range n {
		flags = append(flags, choose(m, "src", "dst"))
	}
	d.add("-m set " + m.not() + "--match-set " + s.name + " " + strings.Join(flags, ","))
}
