package asa

import "testing"

// TestLocal reads what lets packets to the device itself (asa.md section 9).
func TestLocal(t *testing.T) {
	checkCases(t, map[string]readCase{
		"ssh, telnet": {
			text: "ssh 10.0.0.0 255.255.255.0 inside\ntelnet 10.1.1.1 255.255.255.255 inside\nssh 2001:db8::/32 outside\nssh timeout 5\nssh version 2\nssh key-exchange group dh-group14-sha1\nno ssh 10.0.0.0 255.255.255.0 inside",
			want: []string{"local telnet true 10.1.1.1 inside 23 -1", "local ssh true 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff outside 22 -1", "-local ssh true 10.0.0.0"},
		},
		"http with its server":    {text: "http server enable 8443\nhttp 10.0.0.0 255.0.0.0 inside", want: []string{"local http true 10.0.0.0-10.255.255.255 inside 8443 -1"}},
		"http without its server": {text: "http 10.0.0.0 255.0.0.0 inside", want: []string{"-local"}},
		"snmp":                    {text: "snmp-server host inside 10.1.1.1 community x\nsnmp-server host inside 10.1.1.2 trap community x\nsnmp-server enable traps", want: []string{"local snmp true 10.1.1.1 inside 161 -1", "-10.1.1.2"}},
		"icmp": {
			text: "icmp permit any echo-reply outside\nicmp permit 10.0.0.0 255.0.0.0 inside\nicmp deny any outside\nicmp permit host 10.1.1.1 unreachable 4 inside\nicmp unreachable rate-limit 1 burst-size 1\nipv6 icmp permit any neighbor-solicitation outside",
			want: []string{"local icmp true any4 outside 0 0", "local icmp true 10.0.0.0-10.255.255.255 inside 0 -1", "local icmp false any4 outside 0 -1", "local icmp true 10.1.1.1 inside 0 3", "local ipv6 icmp true any6 outside 0 135"},
		},
		"services": {
			text: "crypto ikev1 enable outside\ncrypto ikev2 enable outside client-services port 443\nisakmp enable dmz\ndhcpd enable inside\nwebvpn\n enable outside\n anyconnect enable\n",
			want: []string{"local ike true any outside 500 -1", "local ike true any dmz 500 -1", "local dhcp true any inside 67 -1", "local webvpn true any outside 443 -1"},
		},
		"clear":    {text: "ssh 10.0.0.0 255.255.255.0 inside\ntelnet 10.0.0.0 255.255.255.0 inside\nclear config ssh", want: []string{"local telnet true 10.0.0.0-10.0.0.255 inside 23 -1", "-local ssh"}},
		"misspelt": {text: "ssh 10.0.0.0 255.255.255.0", want: []string{"broken ssh"}, problems: []string{"malformed 1:27 expected the name of an interface"}},
	})
}

// TestPolicies reads inspection (asa.md section 10).
func TestPolicies(t *testing.T) {
	checkCases(t, map[string]readCase{
		"the default policy": {
			text: "class-map inspection_default\n match default-inspection-traffic\npolicy-map type inspect dns preset_dns_map\n parameters\n  message-length maximum 512\npolicy-map global_policy\n class inspection_default\n  inspect dns preset_dns_map \n  inspect ftp \n  inspect h323 h225 \n  inspect icmp \n  inspect icmp error \nservice-policy global_policy global",
			want: []string{"class inspection_default  0 [] inspect", "policy global_policy inspection_default  dns 0", "policy global_policy inspection_default  ftp 0", "policy global_policy inspection_default  h323 h225 0", "policy global_policy inspection_default  icmp 0", "policy global_policy inspection_default  icmp error 0"},
		},
		"of an interface, with its own class": {
			text: "class-map match-any C\n match port tcp range 2100 2121\nclass-map D\n match access-list L\nclass-map E\n match any\nclass-map F\n match dscp ef\npolicy-map P\n class C\n  inspect ftp strict M\n class D\n  set connection advanced-options tcp-state-bypass\n  set connection timeout idle 1:00:00\nservice-policy P interface outside",
			want: []string{"class C  6 [{2100 2121}]", "class D L 0 []", "class E  0 [] any", "class F  0 [] other", "policy P C outside ftp 0 strict", "policy P D outside  0 bypass", "use L class-map"},
		},
		"what is not applied, or taken away": {
			text: "policy-map P\n class C\n  inspect ftp\npolicy-map Q\n class C\n  inspect ftp\n  inspect icmp\n  no inspect ftp\nservice-policy Q global\nservice-policy P interface dmz\nno service-policy P interface dmz",
			want: []string{"policy Q C  icmp 0", "-ftp"},
		},
		"fixup": {
			text: "fixup protocol ftp 21\nfixup protocol ftp strict 2121\nfixup protocol h323 h225 1720\nfixup protocol sip udp 5060\nfixup protocol smtp 25\nno fixup protocol smtp 25",
			want: []string{"policy    ftp 21", "policy    ftp 2121 strict", "policy    h323 h225 1720", "policy    sip 5060", "-smtp"},
		},
		"modules":                   {text: "policy-map P\n class C\n  sfr fail-open", problems: []string{"unsupported 3:3 the module that sfr hands packets to may drop them"}},
		"an unknown action":         {text: "policy-map P\n class C\n  frob", problems: []string{`unsupported 3:3 no line of a policy-map is known that begins with "frob"`}},
		"a broken class":            {text: "class-map C\n match port tpc eq 21", problems: []string{"malformed 2:13 expected tcp, udp or sctp, not \"tpc\"; did you mean tcp?"}},
		"a misspelt service-policy": {text: "service-policy P globl", want: []string{"broken service-policy"}, problems: []string{"malformed 1:18 expected"}},
		"established": {
			text: "established tcp 135 permitto tcp 1024-65535\nestablished udp 0 0\nestablished tcp 80 permitto udp 53 permitfrom tcp 0\nno established udp 0 0",
			want: []string{"established 6 to 6 {1024 65535} from 6 {0 65535}", "established 6 to 17 {53 53} from 6 {0 65535}", "-established 17"},
		},
	})
}

// TestOthers reads what else bears on packets, or may.
func TestOthers(t *testing.T) {
	checkCases(t, map[string]readCase{
		"uses of lists": {
			text: "crypto map M 1 match address A\ncrypto dynamic-map D 1 match address B\ngroup-policy G attributes\n vpn-filter value C\n split-tunnel-network-list value D\nusername u attributes\n vpn-filter value E\nroute-map R permit 10\n match ip address F\ncapture c access-list G interface inside",
			want: []string{"use A crypto map", "use B crypto map", "use C vpn-filter", "use D split tunnel", "use E vpn-filter", "use F route-map", "use G capture"},
		},
		"logins": {
			text: "aaa authentication match L inside LOCAL\naaa authentication ssh console LOCAL\naaa accounting match L inside T\naaa authentication include http outside 0 0 0 0 LOCAL", want: []string{"use L aaa", "use L aaa"},
			problems: []string{"unsupported 1:1 packets that aaa names pass only after a login, which is not modelled (2 lines)"},
		},
		"what may drop packets": {
			text:     "filter url http 0 0 0 0\nshun 10.1.1.1\nthreat-detection basic-threat\nthreat-detection scanning-threat shun\ndynamic-filter enable\nwccp web-cache\nvirtual http 10.1.1.1\nip audit attack action alarm\nip audit attack action drop",
			problems: []string{"unsupported 1:1", "unsupported 2:1", "unsupported 4:1", "unsupported 5:1", "unsupported 6:1", "unsupported 7:1", "unsupported 9:1"},
		},
	})
	c := readText(t, "x", []byte("firewall transparent\nsame-security-traffic permit inter-interface\nsame-security-traffic permit intra-interface\nno same-security-traffic permit intra-interface\nno sysopt connection permit-vpn\nip verify reverse-path interface outside\ncrypto map M interface outside\nrouter ospf 1\n network 10.0.0.0 255.0.0.0 area 0\nforward-reference enable\n")).configs[0]
	if !c.transparent || c.interSame.IsZero() || !c.intraSame.IsZero() || c.permitVPN || c.unicast["outside"].IsZero() || c.vpn.IsZero() || c.dynamic.IsZero() || !c.forwardRefs {
		t.Errorf("settings %+v", c)
	}
	if c := readText(t, "x", []byte("PIX Version 6.3(5)")).configs[0]; c.permitVPN || !c.old.control {
		t.Errorf("PIX: permitVPN %v, nat-control %v", c.permitVPN, c.old.control)
	}
	if c := readText(t, "x", []byte("PIX Version 6.3(5)\nsysopt connection permit-ipsec")).configs[0]; !c.permitVPN {
		t.Error("PIX: permit-ipsec is not read")
	}
	if c := readText(t, "x", []byte("ASA Version 8.2(1)")).configs[0]; !c.permitVPN || c.old.control {
		t.Errorf("ASA: permitVPN %v, nat-control %v", c.permitVPN, c.old.control)
	}
}
