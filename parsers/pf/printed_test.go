package pf

import (
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/dialect"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestPrinted is section 9 of the sheet: what pfctl prints.
func TestPrinted(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		printed          bool
		language         language
	}{
		{
			"-sr of OpenBSD",
			"block drop log all\npass in quick on em0 inet proto tcp from any to 10.0.1.5 port = 443 flags S/SA\npass out inet proto udp all\npass in on em1 inet from (em1:network) to any flags S/SA rdr-to 10.0.0.1\n",
			"block log all\npass in quick on em0 inet proto 6 from any to 10.0.1.5 port 443 flags 02/12\npass out inet proto 17 all\npass in on em1 inet from (em1:network) to any flags 02/12 rdr-to 10.0.0.1\n",
			true, languageOpenBSD,
		},
		{
			"-sr of FreeBSD",
			"scrub in all fragment reassemble\nblock drop in log all label \"Default deny\"\npass in quick on em0 inet proto tcp from any to 10.0.1.5 port = https flags S/SA keep state\npass out all flags S/SA keep state allow-opts",
			"scrub in all\nblock in log all label \"Default deny\"\npass in quick on em0 inet proto 6 from any to 10.0.1.5 port 443 flags 02/12 keep\npass out all flags 02/12 allow-opts keep\n",
			true, languageFreeBSD,
		},
		{
			"-sr of FreeBSD without scrub",
			"block drop in all\npass in on em0 inet proto tcp from any to any port = ssh flags S/SA keep state\n",
			"block in all\npass in on em0 inet proto 6 from any to any port 22 flags 02/12 keep\n",
			true, languageFreeBSD,
		},
		{
			"-sn",
			"nat on em0 inet from 10.0.0.0/24 to any -> 198.51.100.2 port 1024:65535\nnat on em0 inet from 10.1.0.0/24 to any -> (em0:2) round-robin\nrdr pass on em0 inet proto tcp from any to 198.51.100.2 port = http -> 10.0.1.5 port 8080\nno rdr on em1 all\nnat on em0 inet from <lan:3> to any -> { 198.51.100.2, 198.51.100.3 } round-robin\n",
			"nat on em0 inet from 10.0.0.0-10.0.0.255 to any -> 198.51.100.2 port 1024-65535\nnat on em0 inet from 10.1.0.0-10.1.0.255 to any -> (em0)\nrdr pass on em0 inet proto 6 from any to 198.51.100.2 port 80 -> 10.0.1.5 port 8080-8080\nno rdr on em1 all\nnat on em0 inet from <lan> to any -> 198.51.100.2 198.51.100.3\ntable lan undefined\n",
			false, languageFreeBSD,
		},
		{
			"-vvsr",
			"@0 block drop log all\n  [ Evaluations: 12        Packets: 3         Bytes: 180         States: 0     ]\n  [ Inserted: uid 0 pid 77 State Creations: 1     ]\n@1 pass in on em0 inet from <t:3> to (em0:*) flags S/SA\n  [ Skip steps: i=end d=end ]\n@2(1700000000) pass in on em0 from <u:*> to (em1:network:2) flags S/SA label \"x\"\n@3 anchor \"a/*\" all\n",
			"@0 block log all\n@1 pass in on em0 inet from <t> to (em0) flags 02/12\n@2 pass in on em0 from <u> to (em1:network) flags 02/12 label \"x\"\nanchor a/* all\ntable t undefined\ntable u undefined\n",
			true, languageOpenBSD,
		},
		{
			"-sa",
			"TRANSLATION RULES:\nnat on em0 inet from any to any -> (em0) round-robin\n\nFILTER RULES:\nscrub in all fragment reassemble\nblock drop all\nNo queue in use\n\nSTATES:\nall tcp 10.0.0.1:22 <- 10.0.0.2:4000       ESTABLISHED:ESTABLISHED\n\nINFO:\nStatus: Enabled for 1 days\n\nLABEL COUNTERS:\n\nTIMEOUTS:\ntcp.first                   120s\n\nLIMITS:\nstates        hard limit   100000\n\nTABLES:\nbad\n\nOS FINGERPRINTS:\n758 fingerprints loaded\n",
			"nat on em0 inet from any to any -> (em0)\nscrub in all\nblock all\n",
			true, languageFreeBSD,
		},
		{
			"anchors and once rules",
			"block drop all\nanchor \"a\" in on em0 all {\n  pass proto tcp from any to any port = 80 flags S/SA\n}\npass in all flags S/SA once # expired\n",
			"block all\nanchor a in on em0 all {\n  pass proto 6 from any to any port 80 flags 02/12\n}\npass in all flags 02/12 once\n",
			true, languageOpenBSD,
		},
		{
			"the command before it",
			"root@fw:~ # pfctl -sr\nblock drop all\n",
			"block all\n", true, languageOpenBSD,
		},
		{
			"-nvf",
			"ext = \"em0\"\nset skip on { lo }\ntable <t> const { 10.0.0.0/8 !10.1.0.0/16 }\nblock drop all\npass in on em0 inet proto tcp from <t> to any port = 22 flags S/SA\nset reassemble no \nLoaded 714 passive OS fingerprints\n",
			"block all\npass in on em0 inet proto 6 from <t> to any port 22 flags 02/12\ntable t const 10.0.0.0/8 !10.1.0.0/16\nskip lo\n",
			true, languageOpenBSD,
		},
		{"what people write", "block all\npass in proto tcp to port 22\n", "block all\npass in proto 6 to port 22\n", false, languageOpenBSD},
		{"with comments", "# mine\nblock drop all\npass in all flags S/SA\n", "block all\npass in all flags 02/12\n", false, languageOpenBSD},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := readText(t, c.text)
			if bad := wrongs(r); bad != "" {
				t.Errorf("problems:\n%s", bad)
			}
			if got := dump(r.config); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if r.config.printed != c.printed || r.config.language != c.language {
				t.Errorf("printed is %t, want %t; language is %d, want %d: %s", r.config.printed, c.printed, r.config.language, c.language, r.config.why)
			}
		})
	}
}

// TestLanguage: what tells the language, and that it is told.
func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		name, text, flavour string
		want                language
		why                 string
	}{
		{"nothing", "pass\n", "", languageOpenBSD, "nothing in it tells"},
		{"nat", "set skip on lo\nnat on em0 all -> (em0)\npass", "", languageFreeBSD, "line 2 has nat"},
		{"no rdr", "no rdr on em0", "", languageFreeBSD, "line 1 has rdr"},
		{"scrub", "scrub in all", "", languageFreeBSD, "line 1 has scrub"},
		{"an anchor", "rdr-anchor x", "", languageFreeBSD, "line 1 has rdr-anchor"},
		{"altq", "altq on em0 priq queue { a }", "", languageFreeBSD, "line 1 has altq"},
		{"nat-to", "pass\npass out nat-to em0", "", languageOpenBSD, "line 2 has nat-to"},
		{"match", "match in all scrub (no-df)", "", languageOpenBSD, "line 1 has match"},
		{"match of FreeBSD 14", "scrub in all\nmatch in on em0", "", languageFreeBSD, "line 1 has scrub"},
		{"match and rdr", "set require-order no\nmatch in on em0\nrdr on em0 proto tcp -> 10.0.0.1", "", languageFreeBSD, "line 1 has set require-order"},
		{"received-on", "pass out received-on em0", "", languageOpenBSD, "line 1 has received-on"},
		{"reply-to", "pass in on em0 reply-to (em0 10.0.0.1) proto tcp", "", languageFreeBSD, "line 1 has reply-to before the hosts"},
		{"route-to", "pass in on em0 route-to 10.0.0.1", "", languageOpenBSD, "line 1 has route-to among the options"},
		{"route-to behind hosts", "pass in from any route-to (em0 10.0.0.1)", "", languageOpenBSD, "line 1 has route-to among the options"},
		{"divert-to", "pass in proto tcp divert-to 8025", "", languageFreeBSD, "line 1 has divert-to with a port alone"},
		{"both", "nat on em0 all -> (em0)\npass out nat-to em0", "", languageFreeBSD, "line 1 has nat"},
		{"named", "nat on em0 all -> (em0)", flavourOpenBSD, languageOpenBSD, "it was named"},
		{"named, too", "pass out nat-to em0", flavourFreeBSD, languageFreeBSD, "it was named"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := dialect.Input{Files: []*source.File{source.NewFile("pf.conf", []byte(c.text))}, Flavour: c.flavour, Limits: dialect.DefaultLimits}
			r := read(in)
			if r.config.language != c.want || !strings.HasPrefix(r.config.why, c.why) {
				t.Errorf("language %d, %q, want %d, %q", r.config.language, r.config.why, c.want, c.why)
			}
			if all := strings.Join(r.assumptions, "\n"); !strings.Contains(all, "the file is in the language of") || strings.Contains(all, "pfctl would refuse") {
				t.Errorf("assumed:\n%s", all)
			}
		})
	}
	if r := readText(t, "pas"); !strings.Contains(strings.Join(r.assumptions, "\n"), "pfctl would refuse the file") {
		t.Errorf("nothing says that pfctl refuses the file: %q", r.assumptions)
	}
}

// TestReassemble: whether rules see whole packets (5.4).
func TestReassemble(t *testing.T) {
	for text, want := range map[string]bool{
		"pass": true, "set reassemble no": false, "set reassemble no\nset reassemble yes no-df": true, "nat on em0 all -> (em0)": false,
		"set reassemble yes\nscrub in all": true,
	} {
		if got := readText(t, text).config.options.reassemble; got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// TestDetect: what is seen to be of pf, and what is not.
func TestDetect(t *testing.T) {
	for text, want := range map[string]bool{
		"pass in on em0":                               true,
		"# pf\nblock return\npass":                     true,
		"@0 block drop all":                            true,
		"FILTER RULES:\nblock drop all":                true,
		"set skip on lo":                               true,
		"table <t> { 10.0.0.0/8 }":                     true,
		"rdr on em0 proto tcp -> 10.0.0.1":             true,
		"rdr pass on $ext proto tcp to ($ext) -> $web": true,
		"scrub in all":                                 true,
		"anchor \"ftp-proxy/*\"":                       true,
		"match in all scrub (no-df)":                   true,
		"antispoof quick for em0":                      true,
		"-A INPUT -j ACCEPT":                           false,
		"*filter\n:INPUT DROP [0:0]":                   false,
		"table inet filter {\n chain input {\n }\n}":   false,
		"set x {\n type ipv4_addr\n}":                  false,
		"access-list A extended permit ip any any":     false,
		"class-map x\n match access-list A":            false,
		" match any":                                   false,
		"pass over the bridge":                         false,
		"a = b":                                        false,
		"":                                             false,
	} {
		if score, why := Detect(source.NewFile("f", []byte(text))); (score > 0) != want || want != (why != "") {
			t.Errorf("%q: %d, %q", text, score, why)
		}
	}
}
