package checks

// pf are the remedies in the words of pf, by the id of the check. The rules are
// the same in both languages; where they are not, it is said.
var pf = map[string][]string{
	"inbound-deny-all-missing": {
		"# pf passes what no rule is for: begin with a rule that blocks all",
		"block log all",
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port 443",
		"pass out on $dmz_if inet proto tcp to 10.20.0.11 port 443",
	},
	"outbound-deny-all-missing": {
		"block log all",
		"pass in on $dmz_if inet proto tcp from 10.20.0.11 to 10.30.0.25 port 25",
		"pass out on $int_if inet proto tcp from 10.20.0.11 to 10.30.0.25 port 25",
	},
	"undocumented-inbound": {
		"# delete the port from the rule or its list, or explain it in .moveit-lint.yaml:",
		"# allow:",
		`# - {from: internet, to: moveit, protocol: tcp, ports: "8530", reason: "..."}`,
	},
	"undocumented-outbound": {
		"# limit the rule to the servers that MOVEit needs",
		"pass in on $dmz_if inet proto tcp from 10.20.0.11 to 10.30.0.25 port 25",
	},
	"passive-ports-unrestricted": {"pass in on $ext_if inet proto tcp to 10.20.0.11 port 3000:3003"},
	"passive-range-wide":         {"pass in on $ext_if inet proto tcp to 10.20.0.11 port 3000:3003"},
	"passive-ports-blocked": {
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port 3000:3003",
		"pass out on $dmz_if inet proto tcp to 10.20.0.11 port 3000:3003",
	},
	"active-ftp": {
		"# delete rules like this one, and no proxy is needed",
		"pass in on $dmz_if inet proto tcp from 10.20.0.11 port 20 to any port > 1023",
	},
	"http-open": {
		"# delete port 80 from the rule or its list",
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port 443",
	},
	"smb-exposed": {
		"# before",
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port { 443 445 }",
		"# after",
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port 443",
		"# or, above all others",
		"block quick proto tcp to port 445",
	},
	"rdp-exposed": {
		"# delete the rule, or limit it to the management network",
		"pass in on $int_if inet proto tcp from 10.30.0.0/24 to 10.20.0.11 port 3389",
	},
	"sql-exposed": {
		"# only the nodes reach the database",
		"pass in on $dmz_if inet proto tcp from 10.20.0.11 to 10.30.0.40 port 1433",
	},
	"https-blocked": {
		"# a forwarded packet needs a rule for each of its two tests",
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port 443",
		"pass out on $dmz_if inet proto tcp to 10.20.0.11 port 443",
	},
	"sftp-blocked": {
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port 22",
		"pass out on $dmz_if inet proto tcp to 10.20.0.11 port 22",
	},
	"ftps-control-blocked": {
		"pass in on $ext_if inet proto tcp to 10.20.0.11 port { 21 990 }",
		"pass out on $dmz_if inet proto tcp to 10.20.0.11 port { 21 990 }",
	},
	"undefined-reference": {
		"# define the table, or say where its contents are",
		`table <partners> persist file "partners.txt"`,
	},
	"unapplied-list": {
		"# evaluate the anchor whose rules are loaded, or delete it",
		`anchor "moveit"`,
	},
	"inconclusive":     {"# give what the rules rest on: table files beside pf.conf, interfaces in the site profile (devices:)", "pfctl -t partners -T show > partners.txt"},
	"family-uncovered": {"# rules without inet or inet6 are for both IP versions", "block log all"},
}
