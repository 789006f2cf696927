package asa

import (
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestCaptures tells what a terminal leaves in a text from the configuration
// (asa.md section 1).
func TestCaptures(t *testing.T) {
	want := []string{"list X 1", "  1 permit 6 *>80 | any > any", "  2 deny * *>* | any > any", "bind X in outside"}
	const one, two, three = "access-list X extended permit tcp any any eq www", "access-list X extended deny ip any any", "access-group X in interface outside"
	checkCases(t, map[string]readCase{
		"CRLF":                    {text: one + "\r\n" + two + "\r\n" + three + "\r\n", want: want},
		"CR CRLF":                 {text: one + "\r\r\n" + two + "\r\r\n" + three + "\r\r\n", want: want},
		"CR alone":                {text: one + "\r" + two + "\r" + three + "\r", want: want},
		"byte order mark":         {text: "\ufeff" + one + "\n" + two + "\n" + three, want: want},
		"UTF-16":                  {text: "\xff\xfe" + strings.Join(strings.Split(one+"\n"+two+"\n"+three, ""), "\x00") + "\x00", want: want},
		"zero bytes":              {text: "\x00" + one + "\x00\n" + two + "\n" + three, want: want},
		"tabs and blanks":         {text: strings.ReplaceAll(one, " ", "\t") + "   \n" + strings.ReplaceAll(two, " ", "  ") + "\t\n" + three, want: want},
		"everything is indented":  {text: "   " + one + "\n   " + two + "\n   " + three, want: want},
		"comments":                {text: ": Saved\n:\n! x\n" + one + "\n!\n" + two + "\n: end\n" + three, want: want},
		"page break":              {text: one + "\n<--- More --->\r              \r" + two + "\n" + three, want: want},
		"page break of backspace": {text: one + "\n<--- More --->\b\b\b\b\b\b\b\b\b\b\b\b\b\b              \b\b\b\b\b\b\b\b\b\b\b\b\b\b" + two + "\n" + three, want: want},
		"page break without CR":   {text: one + "\n<--- More --->              " + two + "\n" + three, want: want},
		"page break of its own":   {text: one + "\n<--- More --->\n" + two + "\n" + three, want: want},
		"control sequences":       {text: one + "\n\x1b[0m" + two + "\x1b[K\n" + three, want: want},
		"page break keeps the indentation": {
			text: "object-group network G\n<--- More --->              \r               \r network-object host 10.1.1.1\n<--- More --->               network-object host 10.1.1.2",
			want: []string{"group network G", "  10.1.1.1", "  10.1.1.2"},
		},
		"prompts": {
			text: "edge> enable\nPassword: \nedge# terminal pager 0\nedge# show running-config access-list\n" + one + "\nedge/pri/act(config)# " + two + "\nedge(config)#" + three + "\nedge#",
			want: want, problems: []string{`unsupported 2:1 no command is known that begins with "Password:"`},
		},
		"output that is no configuration": {
			text: "edge# show version\nCisco Adaptive Security Appliance Software Version 9.12(4)\nnat is fun\nedge# show run\n" + one + "\n" + two + "\n" + three, want: want,
		},
		"blocks behind prompts": {
			text: "edge(config)# object-group network G\nedge(config-network-object-group)# network-object host 10.1.1.1\nedge(config-network-object-group)# exit\nedge(config)# " + one,
			want: []string{"group network G", "  10.1.1.1", "list X 1"},
		},
		"tech support": {text: "------------------ show version ------------------\nversion x\n------------------ show running-config ------------------\n" + one + "\n" + two + "\n" + three, want: want},
		"checksums":    {text: one + "\n" + two + "\n" + three + "\nCryptochecksum:0123456789abcdef\n: end\n[OK]", want: want},
		"banners":      {text: "banner motd access-list X extended permit ip any any\nbanner exec ^C nat (a,b) source\nbanner login\n" + one + "\n" + two + "\n" + three, want: want},
		"certificates": {
			text: "crypto ca certificate chain T\n certificate ca 01\n    30820122 300d0609\n    0a0b0c\n  quit\n" + one + "\n" + two + "\n" + three, want: want,
		},
		"a certificate that is cut short": {text: "crypto ca certificate chain T\n certificate ca 01\n    30820122\n" + one + "\n" + two + "\n" + three, want: want},
		"output of show nat":              {text: "Manual NAT Policies (Section 1)\n1 (any) to (any) source static A B\n    translate_hits = 1, untranslate_hits = 2\n" + one + "\n" + two + "\n" + three, want: want, problems: []string{"unsupported 1:1 the output of show nat"}},
		"an unknown command":              {text: "frobnicate on\nfrobnicate off\n" + one + "\n" + two + "\n" + three, want: want, problems: []string{`unsupported 1:1 no command is known that begins with "frobnicate": it is taken to have no bearing on packets (2 lines)`}},
		"an unknown command that decides": {text: "frob 100 permit tcp any any", want: []string{"broken unknown"}, problems: []string{`unsupported 1:1 no command is known that begins with "frob", and it may decide packets`}},
		"write erase of a script":         {text: "access-list Y permit ip any any\nclear configure all\n" + one + "\n" + two + "\n" + three, want: append([]string{"-list Y"}, want...)},
	})
}

// TestWrapped joins lines that a terminal broke.
func TestWrapped(t *testing.T) {
	long := "access-list X extended permit tcp host 10.11.12.13 host 10.11.12.14 range 10000 20000 log"
	broken := long[:80] + "\n" + long[80:] + "\naccess-list X extended deny ip any any\nhostname edge"
	r := readText(t, "edge.cfg", []byte(broken))
	if got := dump(r.configs[0]); got != "list X 1\n  1 permit 6 *>10000-20000 | 10.11.12.13 > 10.11.12.14 log\n  2 deny * *>* | any > any" {
		t.Errorf("got %s", got)
	}
	if len(r.assumptions) != 1 || !strings.Contains(r.assumptions[0], "1 line broken by a terminal of 80 columns") {
		t.Errorf("assumptions %q", r.assumptions)
	}
	a := r.configs[0].lists["X"].entries[0]
	if a.span.Start != 0 || int(a.span.End) != len(long)+1 {
		t.Errorf("the span is %d-%d", a.span.Start, a.span.End)
	}
	short := strings.TrimRight("access-list X extended permit tcp host 10.11.12.13 host 10.11.12.14 range 10000 ", " ")
	r = readText(t, "edge.cfg", []byte(short+"\n20000 log\n!"+strings.Repeat("-", 79)))
	if got := dump(r.configs[0]); len(short) != 79 || got != "list X 1\n  1 permit 6 *>10000-20000 | 10.11.12.13 > 10.11.12.14 log" {
		t.Errorf("%d: got %s", len(short), got)
	}
	for name, text := range map[string]string{
		"the next line is one of a block": "access-list X remark " + strings.Repeat("x", 59) + "\nnetwork-object host 10.1.1.1",
		"a longer line is there":          broken + "\n! " + strings.Repeat("x", 80),
		"the next line is a command":      long[:80] + "\nhostname edge",
		"a comment":                       "!" + strings.Repeat("-", 79) + "\nfoo",
	} {
		if r := readText(t, "edge.cfg", []byte(text)); len(r.assumptions) != 0 {
			t.Errorf("%s: %q", name, r.assumptions)
		}
	}
}

// TestVersions tells the version, by its line or by the forms.
func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"ASA Version 9.12(4)18":                                            "ASA 9.12 told",
		"ASA Version 8.4(7)30 <system>":                                    "ASA 8.4 told",
		"PIX Version 6.3(5)":                                               "PIX 6.3 told",
		"FWSM Version 4.1(5) <ctx>":                                        "FWSM 4.1 told",
		"NGFW Version 7.2.5":                                               "FTD 7.2 told",
		"nameif ethernet0 outside security0":                               "PIX 6.3",
		"access-list A advanced deny ip any any rule-id 1":                 "FTD 7.0",
		"access-list A permit ip any any\nnat (inside) 1 0 0":              "PIX 6.3",
		"interface E0\n nameif a\nnat-control":                             "ASA 8.2",
		"access-list A extended permit ip any any\nglobal (o) 1 interface": "ASA 8.2",
		"ipv6 access-list A permit ip any any":                             "ASA 8.4",
		"object network O\n nat (a,b) static 192.0.2.1":                    "ASA 9.0",
		"access-list A extended permit ip any4 any":                        "ASA 9.0",
		"": "ASA 9.0",
	} {
		c := readText(t, "x", []byte(text)).configs[0]
		got := c.version.String()
		if c.version.told {
			got += " told"
		}
		if got != want || c.version.why == "" || c.version.told == (len(c.assumptions) > 0) {
			t.Errorf("%q: %s (%s), want %s; %q", text, got, c.version.why, want, c.assumptions)
		}
	}
}

// TestDNSIX takes dns for what PIX takes it for, and says so.
func TestDNSIX(t *testing.T) {
	checkCases(t, map[string]readCase{
		"PIX": {
			text: "PIX Version 6.3(5)\naccess-list X permit udp any any eq dns", want: []string{"  1 permit 17 *>195 | any > any"},
			problems: []string{"ignored 2:37 dns means dnsix here"},
		},
	})
}

// TestContexts begins a config for each context.
func TestContexts(t *testing.T) {
	names := func(text string) string {
		var out []string
		for _, c := range readText(t, "edge.cfg", []byte(text)).configs {
			lists := sortedKeys(c.lists)
			out = append(out, c.context+":"+strings.Join(lists, ","))
		}
		return strings.Join(out, " ")
	}
	for text, want := range map[string]string{
		"ASA Version 9.1(2) <system>\ncontext a\n allocate-interface E0\n config-url disk0:/a.cfg\nASA Version 9.1(2) <a>\naccess-list A permit ip any any\nASA Version 9.1(2) <b>\naccess-list B permit ip any any":                                                       "system: a:A b:B",
		"edge# changeto context a\nedge/a# show run\nASA Version 9.1(2)\naccess-list A permit ip any any\nedge/a# changeto context b\nedge/b# show run\nASA Version 9.1(2)\naccess-list B permit ip any any\nedge/b# changeto context a\naccess-list A2 permit ip any any": "a:A,A2 b:B",
		"ASA Version 9.1(2)\nhostname one\naccess-list A permit ip any any\nASA Version 9.1(2)\nhostname one\naccess-list B permit ip any any":                                                                                                                             "one:A one-2:B",
		"hostname h\nASA Version 9.1(2)\naccess-list A permit ip any any": ":A",
	} {
		if got := names(text); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
	if c := readText(t, "x", []byte("ASA Version 9.1(2) <system>")).configs[0]; !c.system {
		t.Error("the system space is not told")
	}
}

// TestFiles reads a second file into the same config, unless it begins its own.
func TestFiles(t *testing.T) {
	a := source.NewFile("a.cfg", []byte("ASA Version 9.1(2)\naccess-list A permit ip any any\nfoo bar"))
	b := source.NewFile("b.txt", []byte("access-list A line 1 extended permit ip any any (hitcnt=1) 0x1\naccess-list B line 1 extended permit ip any any (hitcnt=1) 0x2"))
	r := read(dialect.Input{Files: []*source.File{a, b}, Limits: dialect.DefaultLimits})
	if len(r.configs) != 1 || r.configs[0].lists["A"].shown || !r.configs[0].lists["B"].shown {
		t.Fatalf("%d configs", len(r.configs))
	}
	if got := r.counts[0]; got[0].Total != 3 || got[0].Unsupported != 1 || got[1].Total != 2 || got[1].Modelled != 2 {
		t.Errorf("counts %+v", got)
	}
}

// TestReclassify moves a statement from one count to another.
func TestReclassify(t *testing.T) {
	f := source.NewFile("a.cfg", []byte("access-list A permit ip any object B\nhostname h\naccess-list A permt ip any any"))
	r := read(dialect.Input{Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	before := r.counts[0][0]
	entries := r.configs[0].lists["A"].entries
	r.reclassify(entries[0].dst.span, source.Undefined)
	r.reclassify(entries[0].span, source.Unsupported) // less harmful
	r.reclassify(entries[1].span, source.Undefined)   // malformed already
	after := r.counts[0][0]
	want := source.Count{Total: 3, Ignored: 1, Undefined: 1, Malformed: 1}
	if before != (source.Count{Total: 3, Modelled: 1, Ignored: 1, Malformed: 1}) || after != want {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// TestSecrets hides what must not be shown, and nothing that decides packets.
func TestSecrets(t *testing.T) {
	text := `enable password S3CRETA encrypted
passwd S3CRETB encrypted
username ann password S3CRETC encrypted privilege 15
snmp-server community S3CRETD
snmp-server host inside 10.1.1.1 community S3CRETE version 2c
snmp-server user u g v3 encrypted auth sha S3CRETF priv aes 128 S3CRETG
aaa-server R (inside) host 10.1.1.2
 key S3CRETH
 ldap-login-password S3CRETI
 radius-common-pw S3CRETJ
aaa-server R (inside) host 10.1.1.2 S3CRETK timeout 5
tunnel-group 192.0.2.1 ipsec-attributes
 pre-shared-key S3CRETL
 ikev1 pre-shared-key S3CRETM
 ikev2 remote-authentication pre-shared-key S3CRETN
isakmp key S3CRETO address 192.0.2.1 netmask 255.255.255.255
crypto isakmp key S3CRETP address 192.0.2.1
failover key S3CRETQ
failover ipsec pre-shared-key S3CRETR
vpngroup g password S3CRETS
vpdn username u password S3CRETT store-local
ntp authentication-key 1 md5 S3CRETU
router ospf 1
 area 0 authentication-key S3CRETV
interface E0
 ospf message-digest-key 1 md5 S3CRETW
 authentication key eigrp 1 S3CRETX key-id 1
copy run ftp://bob:S3CRETY@10.1.1.1/x
key config-key password-encryption S3CRETZ
crypto ca certificate chain T
 certificate 01
  30820A0B
  quit
no snmp-server community S3CRETZ2
access-list X extended permit tcp any any eq 443
`
	f := source.NewFile("edge.cfg", []byte(text))
	r := read(dialect.Input{Files: []*source.File{f}, Limits: dialect.DefaultLimits})
	shown := f.Span(0, len(text)).Shown()
	if strings.Contains(shown, "S3CRET") || strings.Contains(shown, "30820A0B") {
		t.Errorf("a secret is shown:\n%s", shown)
	}
	for _, keep := range []string{"access-list X extended permit tcp any any eq 443", "enable password ", "username ann password ", "community "} {
		if !strings.Contains(shown, keep) {
			t.Errorf("%q is hidden:\n%s", keep, shown)
		}
	}
	if slices.ContainsFunc(r.problems, func(p source.Problem) bool { return strings.Contains(p.Message, "S3CRET") }) {
		t.Errorf("a secret is told: %+v", r.problems)
	}
}
