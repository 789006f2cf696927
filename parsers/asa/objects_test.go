package asa

import "testing"

// TestObjects reads objects and groups of every kind (asa.md section 3).
func TestObjects(t *testing.T) {
	checkCases(t, map[string]readCase{
		"addresses of objects": {
			text: "object network H\n host 10.1.1.1\n description a host\nobject network S\n subnet 10.1.0.7 255.255.0.0\nobject network R\n range 10.1.1.1 10.1.1.9\nobject network F\n fqdn v4 www.example.com\nobject network S6\n subnet 2001:db8::/32\nobject network H6\n host 2001:db8::1\nobject network E",
			want: []string{"network E -", "network F fqdn:www.example.com", "network H 10.1.1.1", "network H6 2001:db8::1", "network R 10.1.1.1-10.1.1.9", "network S 10.1.0.0-10.1.255.255", "network S6 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
		},
		"a later address holds": {text: "object network H\n host 10.1.1.1\nobject network H\n host 10.1.1.2", want: []string{"network H 10.1.1.2"}},
		"blocks of one object merge": {
			text: "object network H\n host 10.1.1.1\naccess-list X permit ip any any\nobject network H\n nat (inside,outside) static 192.0.2.1",
			want: []string{"network H 10.1.1.1", "nat (inside,outside) object H -> 192.0.2.1"},
		},
		"no object": {text: "object network H\n host 10.1.1.1\n nat (inside,outside) static 192.0.2.1\nno object network H", want: []string{"-network H", "-nat"}},
		"service objects": {
			text: "object service A\n service tcp destination eq www\nobject service B\n service udp source gt 1023 destination range 1 9\nobject service C\n service icmp echo 0\nobject service D\n service icmp6\nobject service E\n service 47\nobject service F\n service ip\nobject service G\nobject service H\n service tcp source eq 22",
			want: []string{"service A true 6 *>80", "service B true 17 1024-65535>1-9", "service C true 1 *>* icmp 8/0", "service D true 58 *>*", "service E true 47 *>*", "service F true * *>*", "service G false * *>*", "service H true 6 22>*"},
		},
		"network group": {
			text: "object-group network G\n description all\n network-object host 10.1.1.1\n network-object 10.2.0.0 255.255.0.0\n network-object object O\n network-object 2001:db8::/32\n network-object host 2001:db8::1\n group-object G2",
			want: []string{"group network G", "  10.1.1.1", "  10.2.0.0-10.2.255.255", "  object:O", "  2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "  2001:db8::1", "  nested G2"},
		},
		"service group": {
			text: "object-group service S\n service-object tcp destination eq https\n service-object tcp eq 80\n service-object udp source eq 53 destination range 1024 65535\n service-object tcp-udp destination eq domain\n service-object icmp echo\n service-object icmp\n service-object esp\n service-object ip\n service-object object O\n group-object S2",
			want: []string{"group service S", "  6 *>443", "  6 *>80", "  17 53>1024-65535", "  6,17 *>53", "  1 *>* icmp 8", "  1 *>*", "  50 *>*", "  * *>*", "  * *>* object:O", "  nested S2"},
		},
		"port groups": {
			text: "object-group service T tcp\n port-object eq www\n port-object range 8000 8010\n group-object T2\nobject-group service TU tcp-udp\n port-object eq snmp\n port-object eq ftp",
			want: []string{"group service T tcp", "  80", "  8000-8010", "  nested T2", "group service TU tcp udp", "  161", "  21"},
		},
		"protocol and icmp groups": {
			text: "object-group protocol P\n protocol-object tcp\n protocol-object 47\n protocol-object ip\nobject-group icmp-type I\n icmp-object echo\n icmp-object 3\n group-object J",
			want: []string{"group icmp-type I", "  8", "  3", "  nested J", "group protocol P", "  6", "  47", "  0-255"},
		},
		"groups of users and tags": {text: "object-group user U\n user CORP\\ann\n user-group CORP\\\\all\nobject-group security SG\n security-group name N\n security-group tag 7", want: []string{"group security SG", "group user U"}},
		"members are taken away": {
			text: "object-group network G\n network-object host 10.1.1.1\n network-object host 10.1.1.2\n group-object X\n no network-object 10.1.1.1 255.255.255.255\n no group-object X",
			want: []string{"group network G", "  10.1.1.2", "-10.1.1.1", "-nested"},
		},
		"blocks of one group merge": {text: "object-group network G\n network-object host 10.1.1.1\n!\nobject-group network G\n network-object host 10.1.1.2", want: []string{"group network G", "  10.1.1.1", "  10.1.1.2"}},
		"no group":                  {text: "object-group network G\n network-object host 10.1.1.1\nno object-group network G", want: []string{"-group"}},
		"clear of one kind": {
			text: "object-group network G\nobject-group service S\nobject network O\nobject service P\nclear configure object-group network\nclear configure object service",
			want: []string{"network O -", "group service S", "-group network", "-service P"},
		},
		"names": {
			text: "names\nname 10.1.1.5 WEB description the web\nname 10.1.2.0 LAB\nobject network O\n host WEB\nobject-group network G\n network-object LAB 255.255.255.0\naccess-list X permit ip host WEB LAB 255.255.255.0",
			want: []string{"name LAB 10.1.2.0", "name WEB 10.1.1.5", "network O 10.1.1.5", "  10.1.2.0-10.1.2.255", "  1 permit * *>* | 10.1.1.5 > 10.1.2.0-10.1.2.255"},
		},
		"a name that comes later": {text: "access-list X permit ip host WEB any\nname 10.1.1.5 WEB", want: []string{"  1 permit * *>* | 10.1.1.5 > any"}},
		"indentation is lost": {
			text: "object network H\nhost 10.1.1.1\nnat (inside,outside) static 192.0.2.1\nobject service S\nservice tcp destination eq 80\nobject-group network G\nnetwork-object host 10.1.1.2\ngroup-object G2\nnat (inside,outside) source static A B\nservice resetinbound",
			want: []string{"network H 10.1.1.1", "service S true 6 *>80", "group network G", "  10.1.1.2", "  nested G2", "nat (inside,outside) object:A -> object:B", "nat (inside,outside) object H -> 192.0.2.1"},
		},
		"a member of another kind": {
			text: "object-group network G\n port-object eq 80", want: []string{"group network G", "  broken"}, problems: []string{"malformed 2:2 expected a line of a group of the kind network, not \"port-object\""},
		},
		"a broken member": {
			text: "object-group network G\n network-object host 10.1.1\n network-object host 10.1.1.2", want: []string{"group network G", "  broken", "  10.1.1.2"},
			problems: []string{"malformed 2:22 expected an address, not \"10.1.1\""},
		},
		"a misspelt member": {text: "object-group network G\n networc-object host 10.1.1.1", want: []string{"group network G", "  broken"}, problems: []string{"malformed 2:2 expected a line of a group of the kind network, not \"networc-object\"; did you mean network-object?"}},
		"a head that cannot be read takes its lines": {
			text: "object-group networc G\n network-object host 10.1.1.1\n description x\naccess-list X permit ip any any", want: []string{"list X 1", "broken object-group"},
			problems: []string{"malformed 1:14 expected the kind of a group, not \"networc\"; did you mean network?"},
		},
		"a member without a group": {text: " network-object host 10.1.1.1", want: []string{"broken block"}, problems: []string{"malformed 1:2 the line is of a block"}},
		"a broken object":          {text: "object network H\n host 10.1.1.300", want: []string{"network H bad"}, problems: []string{"malformed 2:7 expected an address"}},
		"a broken service":         {text: "object service S\n service tpc destination eq 80", want: []string{"service S true * *>* broken"}, problems: []string{"malformed 2:10 expected a protocol, not \"tpc\"; did you mean tcp?"}},
	})
}

// TestInterfaces reads interfaces (asa.md section 2), and what else is said of
// where packets go.
func TestInterfaces(t *testing.T) {
	checkCases(t, map[string]readCase{
		"a block": {
			text: "interface GigabitEthernet0/1.20\n vlan 20\n nameif dmz\n security-level 50\n ip address 10.1.1.1 255.255.255.0 standby 10.1.1.2\n ipv6 address 2001:db8:1::1/64\n no shutdown",
			want: []string{`interface GigabitEthernet0/1.20 "dmz" 50 [10.1.1.1/24 2001:db8:1::1/64] ipv6`},
		},
		"level by name":         {text: "interface E0\n nameif inside\ninterface E1\n nameif outside", want: []string{`interface E0 "inside" 100 []`, `interface E1 "outside" 0 []`}},
		"shut, for management":  {text: "interface M0\n nameif mgmt\n management-only\n shutdown", want: []string{`interface M0 "mgmt" 0 [] down management`}},
		"dhcp":                  {text: "interface V1\n nameif outside\n ip address dhcp setroute\ninterface V2\n ip address pppoe", want: []string{`interface V1 "outside" 0 [] dynamic setroute`, `interface V2 "" 0 [] dynamic`}},
		"settings that no says": {text: "interface E0\n nameif a\n ip address 10.0.0.1 255.0.0.0\n no nameif\n no security-level\n no ip address", want: []string{`interface E0 "" 0 []`}},
		"bridge group":          {text: "interface E0\n nameif a\n bridge-group 1\ninterface BVI1\n ip address 10.0.0.1 255.0.0.0", want: []string{`interface E0 "a" 0 [] bvi 0 bridge 1`, `interface BVI1 "" 0 [10.0.0.1/8] bvi 1 bridge 0`}},
		"no forward":            {text: "interface Vlan3\n no forward interface Vlan1\n nameif dmz", want: []string{`interface Vlan3 "dmz" 0 [] not to Vlan1`}},
		"zone":                  {text: "zone Z\ninterface E0\n zone-member Z", want: []string{`interface E0 "" 0 [] zone Z`}},
		"tunnel":                {text: "interface Tunnel1\n nameif vti\n tunnel source interface outside", want: []string{`interface Tunnel1 "vti" 0 [] tunnel`}},
		"IPv6 of itself":        {text: "interface E0\n ipv6 address autoconfig\n ipv6 enable\n ipv6 nd suppress-ra", want: []string{`interface E0 "" 0 [] ipv6 dynamic6`}},
		"PIX 6": {
			text: "interface ethernet0 auto\ninterface ethernet1 100full shutdown\ninterface ethernet0 vlan10 logical\nnameif ethernet0 outside security0\nnameif vlan10 dmz security50\nip address outside 192.0.2.1 255.255.255.0\nip address dmz dhcp",
			want: []string{`interface ethernet0 "outside" 0 [192.0.2.1/24]`, `interface ethernet1 "" 0 [] down`, `interface vlan10 "dmz" 50 [] dynamic`},
		},
		"indentation is lost": {
			text: "interface E0\nnameif outside\nsecurity-level 7\nip address 10.0.0.1 255.0.0.0\nno shutdown\nipv6 address 2001:db8::1/64\naccess-list X permit ip any any",
			want: []string{`interface E0 "outside" 7 [10.0.0.1/8 2001:db8::1/64] ipv6`, "list X 1"},
		},
		"a broken level":  {text: "interface E0\n security-level 101", want: []string{"broken interface"}, problems: []string{"malformed 2:17 expected a security level, 0 to 100, not \"101\""}},
		"an unknown line": {text: "interface E0\n frobnicate on\n nameif x", want: []string{`interface E0 "x" 0 []`}, problems: []string{"unsupported 2:2 no line of an interface is known that begins with \"frobnicate\""}},
		"policy routing":  {text: "interface E0\n policy-route route-map RM", problems: []string{"unsupported 2:2 policy routing"}},
		"routes": {
			text: "route outside 0.0.0.0 0.0.0.0 192.0.2.1 1\nroute inside 10.0.0.0 255.0.0.0 10.1.1.1 200 track 1\nroute outside 0 0 192.0.2.2 tunneled\nroute Null0 10.9.0.0 255.255.0.0\nipv6 route outside ::/0 2001:db8::1\nroute dmz 10.7.0.0 255.255.0.0 10.1.1.1\nno route dmz 10.7.0.0 255.255.0.0 10.1.1.1",
			want: []string{"route outside 0.0.0.0/0 1", "route inside 10.0.0.0/8 200 tracked", "route outside 0.0.0.0/0 1 tunneled", "route Null0 10.9.0.0/16 1", "route outside ::/0 1", "-dmz"},
		},
		"a broken route": {text: "route outside 10.0.0.0 255.0.255.0 10.1.1.1", want: []string{"broken route"}, problems: []string{"malformed 1:24 expected a mask without holes"}},
		"access-group": {
			text: "access-group A in interface outside\naccess-group B out interface inside\naccess-group C global\naccess-group D in interface outside control-plane\naccess-group E in interface dmz per-user-override\naccess-group F in interface dmz2\nno access-group F in interface dmz2",
			want: []string{"bind A in outside", "bind B out inside", "bind C global", "bind D control outside", "bind E in dmz override", "-dmz2"},
		},
		"the last binding holds": {text: "access-group A in interface outside\naccess-group B in interface outside", want: []string{"bind B in outside", "-bind A"}},
		"one of each IP version": {
			text: "ipv6 access-list V6 permit ip any any\naccess-list V4 permit ip any any\naccess-group V6 in interface outside\naccess-group V4 in interface outside", want: []string{"bind V6 in outside", "bind V4 in outside"},
		},
		"a broken binding": {
			text: "access-group A inn interface outside", want: []string{"broken access-group"}, problems: []string{"malformed 1:16 expected"},
		},
		"time ranges": {text: "time-range W\n periodic weekdays 8:00 to 18:00\n!\ntime-range A\n absolute start 00:00 1 January 2026", want: []string{"time A absolute", "time W periodic"}},
	})
}
