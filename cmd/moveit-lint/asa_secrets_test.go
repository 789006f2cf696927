package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestSecretsOfAppliancesAreNotShown puts a secret in each form that lines of an
// appliance have for one, and in lines that are wrong or of no known command, and
// looks for it in all that the program prints.
func TestSecretsOfAppliancesAreNotShown(t *testing.T) {
	t.Chdir(t.TempDir())
	const head = "ASA Version 9.8(4)\ninterface GigabitEthernet0/0\n nameif outside\n security-level 0\n ip address 203.0.113.1 255.255.255.0\n"
	forms := strings.Split(`enable password HUSH pbkdf2
username admin password HUSH encrypted privilege 15
snmp-server community HUSH
snmp-server host inside 10.0.0.5 HUSH
snmp-server user u g v3 auth sha HUSH priv aes 128 HUSH
 ikev1 pre-shared-key HUSH
 ikev2 remote-authentication pre-shared-key hex HUSH
 key 0 HUSH
 radius-common-pw HUSH
 ldap-login-password HUSH
aaa-server R (inside) host 10.0.0.9 HUSH timeout 10
failover ipsec pre-shared-key HUSH
ntp authentication-key 1 cmac HUSH
isakmp key HUSH address 192.0.2.1 netmask 255.255.255.255
vpdn username u password HUSH store-local
 key-string 7 HUSH
 area-password HUSH
 area 0 authentication ipsec spi 256 md5 HUSH
 neighbor 192.0.2.1 password 7 HUSH
 secondary-pre-fill-username ssl-client hide use-common-password HUSH
 web update-url http://u:HUSH@dyn.example/
 web update-url https://dyn.example/?password=HUSH
 http-proxy 192.0.2.1 8080 username u password HUSH
 policy-server-secret HUSH
 wpa-psk ascii 0 HUSH
license smart register idtoken HUSH
activation-key 0xHUSH 0x1
crypto ca import T pkcs12 HUSH
crypto map m 10 set session-key inbound esp 256 cipher HUSH authenticator HUSH
tacacs-server key HUSH
logging ftp-server 192.0.2.1 /p u 0 HUSH
umbrella-public-key HUSH`, "\n")
	ways := map[string]func(word, rest string) string{
		"as it is":        func(word, rest string) string { return word + " " + rest },
		"unknown":         func(word, rest string) string { return "x" + word + "y " + word + " " + rest },
		"spelt wrong":     func(word, rest string) string { return word + "x " + rest },
		"capitals":        func(word, rest string) string { return strings.ToUpper(word) + " " + rest },
		"in an interface": func(word, rest string) string { return "interface GigabitEthernet0/9\n " + word + " " + rest + " ]]" },
		"in a group":      func(word, rest string) string { return "object-group network G\n " + word + " " + rest + " ]]" },
		"taken away":      func(word, rest string) string { return "no " + word + " " + rest },
		"broken in two":   func(word, rest string) string { return strings.Replace(word+" "+rest, " HUSH", "\nHUSH", 1) },
	}
	for name, way := range ways {
		text := head
		for _, f := range forms {
			word, rest, _ := strings.Cut(strings.TrimSpace(f), " ")
			line := way(word, rest)
			if name == "broken in two" && (strings.Count(line, "HUSH") != 1 || !strings.HasSuffix(line, "HUSH") || !strings.Contains(line, "password\n")) {
				continue // only the word before tells
			}
			text += line + "\n"
		}
		if err := os.WriteFile("edge.asa", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"check", "--format", "text", "-v"}, {"check", "--format", "compact"}, {"check", "--format", "json"}, {"check", "--format", "sarif"}, {"dump"},
		} {
			out, errOut, _ := runIn(append(slices.Clone(args), "--no-site", "--dialect", "asa", "edge.asa")...)
			if strings.Contains(out+errOut, "HUSH") {
				t.Errorf("%s: %v shows a secret", name, args)
			}
		}
	}
}
