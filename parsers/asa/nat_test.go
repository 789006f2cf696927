package asa

import "testing"

// TestNAT reads the rules of 8.3 and later (asa.md section 7).
func TestNAT(t *testing.T) {
	object := func(rule, want string) readCase {
		return readCase{text: "object network O\n host 10.1.1.1\n nat " + rule, want: []string{"nat " + want}}
	}
	twice := func(rule, want string) readCase {
		return readCase{text: "nat " + rule, want: []string{"nat " + want}}
	}
	checkCases(t, map[string]readCase{
		"static to an address":   object("(inside,outside) static 192.0.2.1", "(inside,outside) object O -> 192.0.2.1"),
		"static to an object":    object("(inside,outside) static MAPPED dns", "(inside,outside) object O -> object:MAPPED"),
		"static to an interface": object("(inside,outside) static interface service tcp 8080 www", "(inside,outside) object O -> interface port 6 8080 80"),
		"static of udp":          object("(dmz,outside) static 192.0.2.1 service udp 53 domain", "(dmz,outside) object O -> 192.0.2.1 port 17 53 53"),
		"options":                object("(inside,outside) static M net-to-net no-proxy-arp route-lookup", "(inside,outside) object O -> object:M lookup net"),
		"every interface":        object("static 192.0.2.1", "(any,any) object O -> 192.0.2.1"),
		"blank in the pair":      object("(inside, outside) static 192.0.2.1", "(inside,outside) object O -> 192.0.2.1"),
		"dynamic interface":      object("(inside,outside) dynamic interface", "(inside,outside) object O -> interface dynamic"),
		"dynamic with fallback":  object("(inside,outside) dynamic POOL interface dns", "(inside,outside) object O -> object:POOL dynamic fallback"),
		"pool of ports":          object("(inside,outside) dynamic pat-pool POOL round-robin extended flat include-reserve interface", "(inside,outside) object O -> object:POOL dynamic fallback"),
		"a later rule holds": {
			text: "object network O\n nat (a,b) static 192.0.2.1\n nat (a,b) dynamic interface", want: []string{"nat (a,b) object O -> interface dynamic", "-192.0.2.1"},
		},
		"no nat":                   {text: "object network O\n nat (a,b) static 192.0.2.1\n no nat (a,b) static 192.0.2.1", want: []string{"-nat"}},
		"twice static":             twice("(inside,outside) source static A B", "(inside,outside) object:A -> object:B"),
		"twice with destination":   twice("(inside,outside) source static A A destination static B C no-proxy-arp route-lookup", "(inside,outside) object:A -> object:A dest object:B -> object:C lookup"),
		"twice with services":      twice("(inside,outside) source static A interface service S1 S2", "(inside,outside) object:A -> interface service S1 S2"),
		"twice dynamic":            twice("(inside,outside) source dynamic any interface", "(inside,outside) any -> interface dynamic"),
		"twice dynamic, fallback":  twice("(inside,outside) source dynamic A P interface destination static B B", "(inside,outside) object:A -> object:P dest object:B -> object:B dynamic fallback"),
		"twice with a pool":        twice("(inside,outside) source dynamic A pat-pool P flat", "(inside,outside) object:A -> object:P dynamic"),
		"destination of interface": twice("(outside,inside) source static any any destination static interface B", "(outside,inside) any -> any dest interface -> object:B"),
		"every option":             twice("(a,b) source static A B net-to-net dns unidirectional inactive description source dynamic any", "(a,b) object:A -> object:B unidirectional inactive net"),
		"without interfaces":       twice("source static A B", "(any,any) object:A -> object:B"),
		"sections and places": {
			text: "nat (a,b) source static A1 B1\nnat (a,b) after-auto source static A4 B4\nobject network O\n nat (a,b) static 192.0.2.1\nnat (a,b) 1 source static A0 B0\nnat (a,b) after-auto 1 source static A3 B3\nnat (a,b) 3 source static A2 B2",
			want: []string{"nat (a,b) object:A0 -> object:B0", "nat (a,b) object:A1 -> object:B1", "nat (a,b) object:A2 -> object:B2", "nat (a,b) object O -> 192.0.2.1", "nat (a,b) object:A3 -> object:B3 after", "nat (a,b) object:A4 -> object:B4 after"},
		},
		"no twice":  {text: "nat (a,b) source static A B\nnat (a,b) source static C D\nno nat (a,b) source static A B", want: []string{"nat (a,b) object:C -> object:D", "-object:A"}},
		"clear nat": {text: "nat (a,b) source static A B\nobject network O\n nat (a,b) static 192.0.2.1\nclear configure nat", want: []string{"-nat"}},
		"misspelt": {
			text: "nat (inside,outside) source sttaic A B", want: []string{"broken nat"}, problems: []string{"malformed 1:29 expected static or dynamic, not \"sttaic\"; did you mean static?"},
		},
		"no mapped side": {text: "nat (inside,outside) source static A", want: []string{"broken nat"}, problems: []string{"malformed 1:37 expected an object or group, not the end of the line"}},
		"broken in an object": {
			text: "object network O\n nat (inside) static 192.0.2.1", want: []string{"broken nat"}, problems: []string{"malformed 2:15 expected the names of two interfaces"},
		},
	})
}

// TestOldNAT reads the rules of versions before 8.3 (asa.md section 8).
func TestOldNAT(t *testing.T) {
	one := func(line, want string) readCase { return readCase{text: line, want: []string{want}} }
	checkCases(t, map[string]readCase{
		"static":              one("static (inside,outside) 192.0.2.9 10.0.0.9 netmask 255.255.255.255 0 0", "static (inside,outside) 0 192.0.2.9:0 <- 10.0.0.9:0"),
		"static of a network": one("static (inside,dmz) 10.0.0.0 10.0.0.0 netmask 255.255.255.0", "static (inside,dmz) 0 10.0.0.0-10.0.0.255:0 <- 10.0.0.0-10.0.0.255:0"),
		"static of a port":    one("static (dmz,outside) tcp 192.0.2.9 www 10.0.0.9 8080 netmask 255.255.255.255", "static (dmz,outside) 6 192.0.2.9:80 <- 10.0.0.9:8080"),
		"static of interface": one("static (dmz,outside) udp interface domain 10.0.0.9 domain", "static (dmz,outside) 17 interface:53 <- 10.0.0.9:53"),
		"static by a list":    one("static (dmz,outside) tcp interface 25 access-list L tcp 0 0", "static (dmz,outside) 6 interface:25 <- -:0 L\nuse L static"),
		"static with options": one("static (inside,outside) 192.0.2.9 10.0.0.9 dns netmask 255.255.255.255 tcp 100 50 udp 0 norandomseq", "static (inside,outside) 0 192.0.2.9:0 <- 10.0.0.9:0"),
		"nat":                 one("nat (inside) 1 10.0.0.0 255.255.255.0", "oldnat (inside) 1 10.0.0.0-10.0.0.255"),
		"nat of everything":   one("nat (inside) 1 0 0", "oldnat (inside) 1 0.0.0.0-255.255.255.255"),
		"exemption":           one("nat (inside) 0 access-list L", "oldnat (inside) 0 - L\nuse L nat"),
		"nat from outside":    one("nat (outside) 8 192.168.2.0 255.255.255.0 outside 0 0", "oldnat (outside) 8 192.168.2.0-192.168.2.255  outside"),
		"global interface":    one("global (outside) 1 interface", "global (outside) 1 interface"),
		"global range":        one("global (outside) 1 192.0.2.10-192.0.2.20 netmask 255.255.255.0", "global (outside) 1 192.0.2.10-192.0.2.20"),
		"global address":      one("global (outside) 1 192.0.2.10", "global (outside) 1 192.0.2.10"),
		"names":               one("name 10.0.0.9 WEB\nstatic (inside,outside) 192.0.2.9 WEB netmask 255.255.255.255", "static (inside,outside) 0 192.0.2.9:0 <- 10.0.0.9:0"),
		"no and clear": {
			text: "static (inside,outside) 192.0.2.9 10.0.0.9\nstatic (inside,outside) 192.0.2.8 10.0.0.8\nno static (inside,outside) 192.0.2.9 10.0.0.9 netmask 255.255.255.255\nnat (inside) 1 0 0\nno nat (inside) 1 0.0.0.0 0.0.0.0\nglobal (outside) 1 interface\nclear configure global",
			want: []string{"static (inside,outside) 0 192.0.2.8:0 <- 10.0.0.8:0", "-192.0.2.9", "-oldnat", "-global"},
		},
		"a broken static": {text: "static (inside,outside) tcp 192.0.2.9 10.0.0.9", want: []string{"broken static"}, problems: []string{"malformed 1:39 expected a port, not \"10.0.0.9\""}},
		"alias":           {text: "alias (inside) 10.0.0.1 192.0.2.1 255.255.255.255", problems: []string{"unsupported 1:1 alias"}},
		"conduits":        {text: "conduit permit tcp host 192.0.2.9 eq www any\nconduit permit icmp any any", problems: []string{"unsupported 1:1 conduit and outbound lines decide packets in a way that is not modelled (2 lines)"}},
	})
}
