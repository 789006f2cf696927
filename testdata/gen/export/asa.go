package export

import (
	"fmt"
	"io"
	"strings"
)

// asaShape writes the lines of one shape: definitions, lists and translations.
type asaShape struct {
	name  string
	write func(*asaFile)
}

// asaShapes are the shapes of running-configs, the usual one first. Each has as
// many lines as the Spec has rules, about.
var asaShapes = []asaShape{
	{"groups", asaGroups},
	{"flat", asaFlat},
	{"nat", asaNAT},
	{"dag", asaDAG},
}

func asaShapeNames() []string {
	var out []string
	for _, x := range asaShapes {
		out = append(out, x.name)
	}
	return out
}

// asaFile is one running-config on its way.
type asaFile struct {
	*dice
	spec *Spec
	w    io.Writer
}

func (x *asaFile) line(format string, args ...any) { fmt.Fprintf(x.w, format+"\n", args...) }

// writeASA writes a running-config of ASA 9.
func writeASA(w io.Writer, s *Spec) {
	x := &asaFile{s.dice(), s, w}
	x.line(": Saved\nASA Version 9.16(4)\n!\nhostname edge\n!")
	for i, iface := range []struct {
		name    string
		level   int
		network int
	}{{"outside", 0, 0}, {"dmz", 50, dmz}, {"inside", 100, management}} {
		x.line("interface GigabitEthernet0/%d\n nameif %s\n security-level %d", i, iface.name, iface.level)
		if iface.network == 0 {
			x.line(" ip address 203.0.113.1 255.255.255.0\n ipv6 address 2001:db8:ffff::1/64")
		} else {
			x.line(" ip address 10.%d.0.1 255.255.0.0\n ipv6 address 2001:db8:%x::1/64", iface.network, iface.network)
		}
		x.line("!")
	}
	x.line("object network moveit-1\n host %s\nobject network moveit-2\n host %s", address(x.family, dmz, 11), address(x.family, dmz, 12))
	x.line("object-group network moveit\n network-object object moveit-1\n network-object object moveit-2")
	x.line("object-group service moveit-ports tcp\n port-object eq https\n port-object eq ssh\n port-object eq ftp\n port-object eq 990\n port-object range 3000 3003")
	for i := range asaShapes {
		if asaShapes[i].name == s.Shape {
			asaShapes[i].write(x)
		}
	}
	x.line("access-list outside_in extended permit tcp any object-group moveit object-group moveit-ports")
	x.line("access-list inside_in extended deny ip any any")
	x.line("access-list dmz_in extended permit tcp object-group moveit host %s eq smtp", address(x.family, management, 25))
	x.line("access-list dmz_in extended deny ip any any log")
	x.line("access-group outside_in in interface outside\naccess-group dmz_in in interface dmz\naccess-group inside_in in interface inside")
	x.line("route outside 0.0.0.0 0.0.0.0 203.0.113.254 1\nipv6 route outside ::/0 2001:db8:ffff::fe\nroute inside 10.0.0.0 255.0.0.0 10.30.0.254 1\nipv6 route inside 2001:db8::/32 2001:db8:1e::fe\n: end")
}

// lists are the lists that entries go to.
func (x *asaFile) list() string { return x.one("outside_in", "inside_in", "inside_in", "inside_in") }

// network writes an address and mask, or a prefix.
func (x *asaFile) net() string {
	if x.family == 6 {
		return x.network()
	}
	return fmt.Sprintf("10.%d.%d.0 255.255.255.0", firstNetwork+x.IntN(networks), x.IntN(256))
}

func (x *asaFile) addr() string {
	return address(x.family, firstNetwork+x.IntN(networks), 1+x.IntN(65533))
}

// flat writes an entry without groups.
func (x *asaFile) flat() {
	source := "host " + x.addr()
	if x.IntN(3) == 0 {
		source = x.net()
	}
	switch x.IntN(8) {
	case 0:
		x.line("access-list %s extended deny ip %s host %s log", x.list(), source, x.addr())
	case 1:
		x.line("access-list %s extended permit udp %s host %s range %d %d", x.list(), source, x.addr(), 30000, 30001+x.IntN(100))
	case 2:
		x.line("access-list %s remark ticket %d", x.list(), x.IntN(99999))
	default:
		x.line("access-list %s extended permit tcp %s host %s eq %d", x.list(), source, x.addr(), x.port())
	}
}

func asaFlat(x *asaFile) {
	for range x.spec.Rules {
		x.flat()
	}
}

// asaGroups writes groups of hosts and of ports, and as many entries, half of
// which use them.
func asaGroups(x *asaFile) {
	const members = 8
	groups := max(1, x.spec.Rules/(4*members))
	for g := range groups {
		x.line("object-group network hosts-%d", g)
		for range members {
			if x.IntN(4) == 0 {
				x.line(" network-object %s", x.net())
			} else {
				x.line(" network-object host %s", x.addr())
			}
		}
		if g > 0 && x.IntN(8) == 0 {
			x.line(" group-object hosts-%d", x.IntN(g))
		}
		x.line("object-group service ports-%d tcp", g)
		for range members {
			x.line(" port-object eq %d", x.port())
		}
	}
	for range x.spec.Rules / 2 {
		switch x.IntN(4) {
		case 0:
			x.line("access-list %s extended permit tcp object-group hosts-%d object-group hosts-%d object-group ports-%d", x.list(), x.IntN(groups), x.IntN(groups), x.IntN(groups))
		case 1:
			x.line("access-list %s extended permit tcp host %s object-group hosts-%d eq %d", x.list(), x.addr(), x.IntN(groups), x.port())
		default:
			x.flat()
		}
	}
}

// asaNAT writes a host with its own translation for four lines, and entries.
func asaNAT(x *asaFile) {
	for i := range x.spec.Rules / 4 {
		mapped := fmt.Sprintf("198.%d.%d.%d", 18+i>>16&1, i>>8&255, i&255)
		if x.family == 6 {
			mapped = fmt.Sprintf("2001:db8:fffe::%x", i+1)
		}
		x.line("object network host-%d\n host %s\n nat (inside,outside) static %s", i, address(x.family, firstNetwork+i>>16, 1+i&0xffff), mapped)
		x.line("access-list outside_in extended permit tcp any object host-%d eq %d", i, x.port())
	}
}

// asaDAG writes groups that hold each other many times over, and an entry.
func asaDAG(x *asaFile) {
	const width = 8
	depth := max(1, x.spec.Rules/(width+1))
	for level := range depth {
		x.line("object-group network level-%d", level)
		if level == 0 {
			x.line(" network-object host %s", x.addr())
			continue
		}
		x.line(strings.TrimSuffix(strings.Repeat(fmt.Sprintf(" group-object level-%d\n", level-1), width), "\n"))
	}
	x.line("access-list outside_in extended permit tcp any object-group level-%d eq https", depth-1)
}
