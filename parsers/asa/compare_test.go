package asa

import "testing"

// TestLists reads lists of every kind, and carries out what changes them.
func TestLists(t *testing.T) {
	checkCases(t, map[string]readCase{
		"remarks are of the next entry": {
			text: "access-list X remark web\naccess-list X remark for  all\naccess-list X extended permit tcp any any eq 80\naccess-list X extended deny ip any any",
			want: []string{"list X 1", "  3 permit 6 *>80 | any > any # web; for  all", "  4 deny * *>* | any > any"},
		},
		"without the word extended":  {text: "access-list 101 permit tcp any host 10.1.1.1 eq smtp", want: []string{"list 101 1", "  1 permit 6 *>25 | any > 10.1.1.1"}},
		"a list that is called line": {text: "access-list line extended permit ip any any", want: []string{"list line 1", "  1 permit * *>* | any > any"}},
		"entries of two lists mixed": {
			text: "access-list A permit ip any any\naccess-list B deny ip any any\naccess-list A deny tcp any any",
			want: []string{"list A 1", "  1 permit * *>* | any > any", "  2 deny 6 *>* | any > any", "list B 1", "  1 deny * *>* | any > any"},
		},
		"line puts in": {
			text: "access-list X permit tcp any any\naccess-list X permit udp any any\naccess-list X line 2 deny ip any any\naccess-list X line 1 remark first\naccess-list X line 99 extended permit icmp any any",
			want: []string{"list X 1", "  2 permit 6 *>* | any > any # first", "  3 deny * *>* | any > any", "  4 permit 17 *>* | any > any", "  5 permit 1 *>* | any > any"},
		},
		"no takes an entry away, however it is written": {
			text: "access-list X extended permit tcp any any eq www\naccess-list X extended deny ip any any\nno access-list X permit tcp any any eq 80",
			want: []string{"list X 1", "  1 deny * *>* | any > any"},
		},
		"no takes one of two away": {
			text: "access-list X permit tcp any any\naccess-list X remark r\naccess-list X permit udp any any\nno access-list X remark r\nno access-list X line 1 permit tcp any any\naccess-list X permit tcp any any",
			want: []string{"list X 1", "  1 permit 17 *>* | any > any", "  2 permit 6 *>* | any > any"},
		},
		"no of what is not there": {
			text: "access-list X permit tcp any any\nno access-list X permit udp any any", want: []string{"  1 permit 6 *>* | any > any"},
			problems: []string{"ignored 2:1 there is no such entry"},
		},
		"no of the last entry takes the list away": {
			text: "access-list X permit tcp any any\naccess-group X in interface outside\nno access-list X permit tcp any any", want: []string{"-list X", "-bind X"},
		},
		"clear configure takes all away":  {text: "access-list X permit tcp any any\naccess-group X global\nclear configure access-list", want: []string{"-list X", "-bind X"}},
		"clear of one list":               {text: "access-list X permit tcp any any\naccess-list Y permit ip any any\nclear config access-list X", want: []string{"-list X", "list Y 1"}},
		"clear of PIX":                    {text: "access-list X permit tcp any any\nclear access-list X", want: []string{"-list X"}},
		"clear of counters takes nothing": {text: "access-list X permit tcp any any\nclear access-list X counters", want: []string{"list X 1"}},
		"standard": {
			text: "access-list S standard permit 10.1.0.0 255.255.0.0\naccess-list S standard permit host 10.2.0.1\naccess-list S standard deny any4",
			want: []string{"list S 2", "  1 permit * *>* | 10.1.0.0-10.1.255.255 > any", "  2 permit * *>* | 10.2.0.1 > any", "  3 deny * *>* | any4 > any"},
		},
		"ethertype": {text: "access-list E ethertype permit bpdu\naccess-list E ethertype deny 0x86dd", want: []string{"list E 3"}},
		"webtype":   {text: "access-list W webtype permit url http://www.example.com/* log default", want: []string{"list W 4"}},
		"a list is of one kind": {
			text: "access-list S standard permit any\naccess-list S extended permit ip any any", want: []string{"list S 2", "  2 broken"},
			problems: []string{"malformed 2:24 the lines before make S a list of another kind"},
		},
		"settings are no lists": {text: "access-list alert-interval 300\naccess-list deny-flow-max 4096\naccess-list X compiled\naccess-list compiled", want: []string{"-list"}},
		"IPv6 before 9.0": {
			text: "ASA Version 8.4(2)\nipv6 access-list V6 permit tcp any host 2001:db8::1 eq https\nipv6 access-list V6 deny ip any any log",
			want: []string{"list6 V6 1", "  1 permit 6 *>443 | any6 > 2001:db8::1", "  2 deny * *>* | any6 > any6 log"},
		},
		"a name alone":     {text: "access-list X", want: []string{"list X 1", "  1 broken"}, problems: []string{"malformed 1:14 expected permit"}},
		"misspelt command": {text: "acess-list X extended deny ip any any", want: []string{"list X 1", "  1 broken"}, problems: []string{"malformed 1:1 no command is called \"acess-list\"; did you mean access-list?"}},
		"a broken entry has its place": {
			text: "access-list X permit tcp any any\naccess-list X permit foo any any\naccess-list X deny ip any any", want: []string{"  1 permit 6 *>* | any > any", "  2 broken", "  3 deny * *>* | any > any"},
			problems: []string{"malformed 2:22 expected a protocol, not \"foo\""},
		},
	})
}

// TestFTD reads the lists of FTD (asa.md section 14).
func TestFTD(t *testing.T) {
	checkCases(t, map[string]readCase{
		"remarks are joined by rule": {
			text: `NGFW Version 7.2.5
access-list CSM_FW_ACL_ remark rule-id 9998: PREFILTER POLICY: Default Tunnel and Priority Policy
access-list CSM_FW_ACL_ remark rule-id 9998: RULE: DEFAULT TUNNEL ACTION RULE
access-list CSM_FW_ACL_ advanced permit ipinip any any rule-id 9998
access-list CSM_FW_ACL_ remark rule-id 268434435: ACCESS POLICY: corp - Mandatory
access-list CSM_FW_ACL_ remark rule-id 268434435: L7 RULE: allow-web
access-list CSM_FW_ACL_ advanced permit tcp ifc inside object-group LAN ifc outside any eq https rule-id 268434435
access-list CSM_FW_ACL_ advanced permit udp ifc inside object-group LAN ifc outside any eq 443 rule-id 268434435
access-list CSM_FW_ACL_ advanced trust ip host 10.1.1.9 any rule-id 268434436 event-log both
access-list CSM_FW_ACL_ advanced deny object-group SVC ifc outside any any rule-id 268434434 event-log flow-start
access-group CSM_FW_ACL_ global`,
			want: []string{
				"list CSM_FW_ACL_ 1", "  3 permit 4 *>* | any > any prefilter # PREFILTER POLICY: Default Tunnel and Priority Policy; RULE: DEFAULT TUNNEL ACTION RULE",
				"  6 permit 6 *>443 ifc:inside to:outside | group:LAN > any # ACCESS POLICY: corp - Mandatory; L7 RULE: allow-web",
				"  7 permit 17 *>443 ifc:inside to:outside | group:LAN > any # ACCESS POLICY: corp - Mandatory; L7 RULE: allow-web",
				"  8 trust * *>* | 10.1.1.9 > any", "  9 deny * *>* group:SVC ifc:outside | any > any", "bind CSM_FW_ACL_ global",
			},
		},
	})
	if v := readText(t, "x", []byte("access-list A advanced deny ip any any rule-id 1")).configs[0].version; v.platform != platformFTD || v.told {
		t.Errorf("version %+v", v)
	}
}

// TestShown reads the output of "show access-list" (asa.md section 13.1).
func TestShown(t *testing.T) {
	const shown = `access-list cached ACL log flows: total 0, denied 0 (deny-flow-max 4096)
            alert-interval 300
access-list OUT; 3 elements; name hash: 0x1a2b3c4d
access-list OUT line 1 remark web
access-list OUT line 2 extended permit tcp any object-group SRV eq www 0x5566aabb
  access-list OUT line 2 extended permit tcp any host 10.1.1.5 eq www (hitcnt=12) 0x0011aabb
  access-list OUT line 2 extended permit tcp any host 10.1.1.6 eq www (hitcnt=0) 0x0011aabc
access-list OUT line 3 extended permit tcp any host 10.1.1.7 eq ssh log informational interval 300 (hitcnt=4) 0x01
access-list OUT line 4 extended permit udp any any inactive (hitcnt=0) (inactive) 0x02
access-list OUT line 5 extended permit tcp any object F eq 80 0x03
  access-list OUT line 5 extended permit tcp any fqdn www.example.com (unresolved) eq www (inactive) 0x04
`
	want := []string{
		"list OUT 1 shown", "  2 permit 6 *>80 | any > 10.1.1.5 # web", "  2 permit 6 *>80 | any > 10.1.1.6", "  3 permit 6 *>22 | any > 10.1.1.7 log",
		"  4 permit 17 *>* | any > any inactive", "  5 permit 6 *>80 | any > fqdn:www.example.com",
	}
	checkCases(t, map[string]readCase{
		"elements stand for their line": {text: shown, want: want},
		"the configured list wins": {
			text: "object-group network SRV\n network-object host 10.1.1.5\naccess-list OUT extended permit tcp any object-group SRV eq www\nedge# show access-list\n" + shown,
			want: []string{"list OUT 1", "  1 permit 6 *>80 | any > group:SRV", "-shown"},
		},
		"groups that are not expanded": {
			text: "access-list A; 1 elements; name hash: 0x1\naccess-list A line 1 extended permit tcp object-group G(298) any eq ssh (hitcnt=0) 0x2",
			want: []string{"list A 1 shown", "  1 permit 6 *>22 | group:G > any"},
		},
		"a resolved host": {
			text: "access-list A line 1 extended permit tcp host 10.2.2.2 (test.example) host 10.3.3.3 eq 5061 log informational interval 300 (hitcnt=2) 0x1",
			want: []string{"list A 1 shown", "  1 permit 6 *>5061 | 10.2.2.2 > 10.3.3.3 log"},
		},
		"ranges of addresses and ports": {
			text: "access-list A line 1 extended permit udp range 10.1.1.3 10.1.1.8 range 7000 7999 range 10.2.1.1 10.2.1.9 range 35000 50000 (hitcnt=2) 0x1",
			want: []string{"  1 permit 17 7000-7999>35000-50000 | 10.1.1.3-10.1.1.8 > 10.2.1.1-10.2.1.9"},
		},
	})
	r := readText(t, "x", []byte("access-list OUT extended deny ip any any\n"+shown))
	if got := r.configs[0].shown["OUT"]; got == nil || len(got.entries) != 5 {
		t.Errorf("the shown entries are not kept: %+v", got)
	}
}
