package asa

import (
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/source"
)

// readCase is a text and what is read from it: lines of dump that must be there,
// in order; and problems, as KIND COLUMN MESSAGE-PART.
type readCase struct {
	text     string
	want     []string
	problems []string
}

// checkCases holds reading to cases. A line of want that begins with "-" must
// not be there.
func checkCases(t *testing.T, cases map[string]readCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := readText(t, "edge.cfg", []byte(c.text))
			got := ""
			for _, cfg := range r.configs {
				got += dump(cfg) + "\n"
			}
			at := 0
			for _, w := range c.want {
				if gone, ok := strings.CutPrefix(w, "-"); ok {
					if strings.Contains(got, gone) {
						t.Errorf("%q is there:\n%s", gone, got)
					}
					continue
				}
				i := strings.Index(got[at:], w+"\n")
				if i < 0 {
					t.Fatalf("%q is not there, or not in its place:\n%s", w, got)
				}
				at += i
			}
			checkProblems(t, r.problems, c.problems)
		})
	}
}

func checkProblems(t *testing.T, got []source.Problem, want []string) {
	t.Helper()
	var shown []string
	for _, p := range got {
		shown = append(shown, p.Kind.String()+" "+number(p.Span.Position().Line)+":"+number(p.Span.Position().Column)+" "+p.Message)
	}
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%s", len(got), len(want), strings.Join(shown, "\n"))
	}
	for i, w := range want {
		if !strings.HasPrefix(shown[i], w) {
			t.Errorf("problem %q, want %q", shown[i], w)
		}
	}
}

// entry is the head of a list in a dump.
const extendedX = "list X 1"

// TestEntries reads every form of an entry (asa.md sections 4 and 5).
func TestEntries(t *testing.T) {
	one := func(entry, want string, problems ...string) readCase {
		return readCase{"ASA Version 9.8(2)\naccess-list X extended " + entry, []string{extendedX, "  1 " + want}, problems}
	}
	bad := func(entry, problem string) readCase {
		return readCase{"ASA Version 9.8(2)\naccess-list X extended " + entry, []string{extendedX, "  1 broken"}, []string{"malformed 2:" + problem}}
	}
	checkCases(t, map[string]readCase{
		"any":                        one("permit ip any any", "permit * *>* | any > any"),
		"any4 and any6":              one("deny ip any4 any6", "deny * *>* | any4 > any6"),
		"host":                       one("permit tcp host 10.1.1.1 host 10.2.2.2", "permit 6 *>* | 10.1.1.1 > 10.2.2.2"),
		"network and mask":           one("permit udp 10.1.1.7 255.255.255.0 10.2.0.0 255.255.0.0", "permit 17 *>* | 10.1.1.0-10.1.1.255 > 10.2.0.0-10.2.255.255"),
		"mask with holes":            one("permit ip 10.0.0.1 255.0.0.255 any", "permit * *>* | 10.0.0.1&255.0.0.255 > any"),
		"zeros":                      one("permit ip 0 0 0.0.0.0 0.0.0.0", "permit * *>* | 0.0.0.0-255.255.255.255 > 0.0.0.0-255.255.255.255"),
		"IPv6":                       one("permit tcp 2001:db8::/48 host 2001:db8::1", "permit 6 *>* | 2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff > 2001:db8::1"),
		"objects":                    one("permit tcp object A object-group B", "permit 6 *>* | object:A > group:B"),
		"interface":                  one("permit tcp any interface outside eq https", "permit 6 *>443 | any > interface:outside"),
		"eq by number":               one("permit tcp any any eq 445", "permit 6 *>445 | any > any"),
		"eq of the source":           one("permit tcp any eq www any", "permit 6 80>* | any > any"),
		"both sides":                 one("permit udp any gt 1023 any lt 1024", "permit 17 1024-65535>0-1023 | any > any"),
		"neq":                        one("permit tcp any any neq ssh", "permit 6 *>0-21,23-65535 | any > any"),
		"neq 0":                      one("permit tcp any any neq 0", "permit 6 *>1-65535 | any > any"),
		"range":                      one("permit tcp any any range ftp-data ftp", "permit 6 *>20-21 | any > any"),
		"cifs is 3020":               one("permit tcp any any eq cifs", "permit 6 *>3020 | any > any"),
		"radius is 1645":             one("permit udp any any eq radius", "permit 17 *>1645 | any > any"),
		"kerberos is 750":            one("permit tcp any any eq kerberos", "permit 6 *>750 | any > any"),
		"sqlnet is 1521":             one("permit tcp any any eq sqlnet", "permit 6 *>1521 | any > any"),
		"syslog of udp":              one("permit udp any any eq syslog", "permit 17 *>514 | any > any"),
		"rsh of tcp":                 one("permit tcp any any eq rsh", "permit 6 *>514 | any > any"),
		"sctp":                       one("permit sctp any any eq bgp", "permit 132 *>179 | any > any"),
		"protocol by name":           one("permit gre any any", "permit 47 *>* | any > any"),
		"ipsec is esp":               one("permit ipsec any any", "permit 50 *>* | any > any"),
		"protocol by number":         one("permit 47 any any", "permit 47 *>* | any > any"),
		"tcp by number":              one("permit 6 any any eq 80", "permit 6 *>80 | any > any"),
		"protocol 0":                 one("permit 0 any any", "permit * *>* | any > any", "ignored 2:31 protocol 0"),
		"icmp":                       one("permit icmp any any", "permit 1 *>* | any > any"),
		"icmp type":                  one("permit icmp any any echo-reply", "permit 1 *>* icmp 0 | any > any"),
		"icmp type and code":         one("permit icmp any any unreachable 4", "permit 1 *>* icmp 3/4 | any > any"),
		"icmp type by number":        one("permit icmp any any 8 log", "permit 1 *>* icmp 8 | any > any log"),
		"icmp6 type":                 one("permit icmp6 any6 any6 unreachable", "permit 58 *>* icmp 1 | any6 > any6"),
		"icmp group":                 one("permit icmp any any object-group TYPES", "permit 1 *>* icmp:TYPES | any > any"),
		"protocol group":             one("permit object-group P any any", "permit * *>* group:P | any > any"),
		"protocol group and port":    one("permit object-group TCPUDP any any eq domain", "permit * *>53 group:TCPUDP | any > any"),
		"service object":             one("permit object web any host 10.1.1.1", "permit * *>* object:web | any > 10.1.1.1"),
		"log":                        one("permit ip any any log", "permit * *>* | any > any log"),
		"log level and interval":     one("deny ip any any log warnings interval 60", "deny * *>* | any > any log"),
		"log by number":              one("deny ip any any log 4 interval 60", "deny * *>* | any > any log"),
		"log disable":                one("deny ip any any log disable", "deny * *>* | any > any log"),
		"inactive":                   one("deny ip any any inactive", "deny * *>* | any > any inactive"),
		"all of the tail":            one("permit tcp any any eq 22 log alerts time-range WORK inactive", "permit 6 *>22 when:WORK | any > any inactive log"),
		"tail in another order":      one("permit tcp any any eq 22 time-range WORK log", "permit 6 *>22 when:WORK | any > any log"),
		"user":                       one(`permit ip user CORP\ann any any`, `permit * *>* who:user CORP\ann | any > any`),
		"user group":                 one(`permit ip user-group CORP\\all any any`, `permit * *>* who:user-group CORP\\all | any > any`),
		"group of users":             one(`permit ip object-group-user U any any`, `permit * *>* who:object-group-user U | any > any`),
		"security groups":            one("permit ip security-group tag 7 any security-group name SRV any", "permit * *>* who:security-group tag 7 security-group name SRV | any > any"),
		"no verdict":                 bad("allow ip any any", "24 expected permit or deny, not \"allow\""),
		"misspelt verdict":           bad("permt ip any any", "24 expected permit or deny, not \"permt\"; did you mean permit?"),
		"misspelt protocol":          bad("permit tpc any any", "31 expected a protocol, not \"tpc\"; did you mean tcp?"),
		"misspelt port":              bad("permit tcp any any eq htps", "46 expected a port, not \"htps\"; did you mean"),
		"dns is no port":             bad("permit udp any any eq dns", "46 expected a port, not \"dns\"; did you mean domain?"),
		"imap is no port":            bad("permit tcp any any eq imap", "46 expected a port, not \"imap\"; did you mean imap4?"),
		"port of the other protocol": bad("permit tcp any any eq snmp", "46 expected a port of tcp, not \"snmp\"; snmp is one of udp"),
		"port out of range":          bad("permit tcp any any eq 65536", "46 expected a port"),
		"port of ip":                 bad("permit ip any any eq 80", "42 ports can be given for tcp, udp and sctp only"),
		"port of gre":                bad("permit gre any any eq 80", "43 ports can be given for tcp, udp and sctp only"),
		"lt 0":                       bad("permit tcp any any lt 0", "46 no port is lt 0"),
		"gt 65535":                   bad("permit tcp any any gt 65535", "46 no port is gt 65535"),
		"several ports":              bad("permit tcp any any eq 80 443", "49 expected the end of the entry, not \"443\""),
		"no destination":             bad("permit tcp any", "38 expected an address, not the end of the line"),
		"no mask":                    bad("permit tcp 10.1.1.1 any", "44 expected a mask, not \"any\""),
		"prefix of IPv4":             bad("permit tcp 10.1.1.0/24 any", "35 expected an address and a mask"),
		"IPv6 without length":        bad("permit tcp 2001:db8::1 any", "35 expected a length"),
		"bad address":                bad("permit tcp host 10.1.1.256 any", "40 expected an address, not \"10.1.1.256\""),
		"misspelt address":           bad("permit tcp hsot 10.1.1.1 any", "35 expected an address, not \"hsot\"; did you mean host?"),
		"misspelt tail":              bad("permit tcp any any inactve", "43 expected the end of the entry, not \"inactve\"; did you mean inactive?"),
		"bad icmp type":              bad("permit icmp any any ecko", "44 expected an ICMP type, not \"ecko\"; did you mean echo?"),
		"nothing":                    bad("permit", "30 expected a protocol, not the end of the line"),
	})
}

// TestGroupsInEntries tells the ports of a source from the destination (asa.md
// section 4.2), with the groups before the list, behind it and nowhere.
func TestGroupsInEntries(t *testing.T) {
	groups := "object-group network N\n network-object host 10.1.1.1\nobject-group service P tcp\n port-object eq 80\nobject-group service M\n service-object tcp eq 80\nobject-group icmp-type I\n icmp-object echo\n"
	cases := map[string]readCase{}
	for entry, want := range map[string]string{
		"permit tcp any object-group P host 10.1.1.5":                             "permit 6 group:P>* | any > 10.1.1.5",
		"permit tcp any object-group N":                                           "permit 6 *>* | any > group:N",
		"permit tcp any object-group N eq 80":                                     "permit 6 *>80 | any > group:N",
		"permit tcp any object-group N object-group P":                            "permit 6 *>group:P | any > group:N",
		"permit tcp any object-group P object-group N":                            "permit 6 group:P>* | any > group:N",
		"permit tcp any object-group P object-group N object-group P":             "permit 6 group:P>group:P | any > group:N",
		"permit tcp object-group N object-group N object-group P":                 "permit 6 *>group:P | group:N > group:N",
		"permit tcp object-group N object-group P object-group N object-group P":  "permit 6 group:P>group:P | group:N > group:N",
		"permit object-group M object-group N object-group N":                     "permit * *>* group:M | group:N > group:N",
		"permit icmp any object-group N object-group I":                           "permit 1 *>* icmp:I | any > group:N",
		"permit ip any object-group N":                                            "permit * *>* | any > group:N",
		"permit tcp any object-group UNKNOWN object-group ALSO":                   "permit 6 *>group:ALSO | any > group:UNKNOWN",
		"permit tcp any object-group UNKNOWN any":                                 "permit 6 group:UNKNOWN>* | any > any",
		"permit tcp any object-group UNKNOWN 10.0.0.0 255.0.0.0 eq 80":            "permit 6 group:UNKNOWN>80 | any > 10.0.0.0-10.255.255.255",
		"permit tcp any object-group UNKNOWN eq 80 log":                           "permit 6 *>80 | any > group:UNKNOWN log",
		"permit tcp any object-group UNKNOWN object-group ALSO object-group LAST": "permit 6 group:UNKNOWN>group:LAST | any > group:ALSO",
	} {
		line := "access-list X extended " + entry + "\n"
		cases[entry+" with groups before"] = readCase{text: groups + line, want: []string{extendedX, "  1 " + want}}
		cases[entry+" with groups behind"] = readCase{text: line + groups, want: []string{extendedX, "  1 " + want}}
	}
	checkCases(t, cases)
}
