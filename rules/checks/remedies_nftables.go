package checks

// nftables are the remedies in the words of nftables, by the id of the check.
var nftables = map[string][]string{
	"inbound-deny-all-missing": {
		"chain forward {",
		"    type filter hook forward priority filter; policy drop;",
		"    ct state established,related accept",
		"    ip daddr 10.20.0.11 tcp dport 443 accept",
		"}",
	},
	"outbound-deny-all-missing": {
		"chain forward {",
		"    type filter hook forward priority filter; policy drop;",
		"    ip saddr 10.20.0.11 ip daddr 10.30.0.25 tcp dport 25 accept",
		"}",
	},
	"undocumented-inbound": {
		"# delete the port from the rule or its set, or explain it in .moveit-lint.yaml:",
		"# allow:",
		`# - {from: internet, to: moveit, protocol: tcp, ports: "8530", reason: "..."}`,
	},
	"undocumented-outbound": {
		"# limit the rule to the servers that MOVEit needs",
		"ip saddr 10.20.0.11 ip daddr 10.30.0.25 tcp dport 25 accept",
	},
	"passive-ports-unrestricted": {"ip daddr 10.20.0.11 tcp dport 3000-3003 accept"},
	"passive-range-wide":         {"ip daddr 10.20.0.11 tcp dport 3000-3003 accept"},
	"passive-ports-blocked":      {"ip daddr 10.20.0.11 tcp dport 3000-3003 accept"},
	"active-ftp": {
		"# delete rules like this one",
		"ip saddr 10.20.0.11 tcp sport 20 tcp dport 1024-65535 accept",
	},
	"http-open": {
		"# delete port 80 from the rule or its set",
		"ip daddr 10.20.0.11 tcp dport 443 accept",
	},
	"smb-exposed": {
		"# before",
		"ip daddr 10.20.0.11 tcp dport { 443, 445 } accept",
		"# after",
		"ip daddr 10.20.0.11 tcp dport 443 accept",
	},
	"rdp-exposed": {
		"# delete the rule, or limit it to the management network",
		"ip saddr 10.30.0.0/24 ip daddr 10.20.0.11 tcp dport 3389 accept",
	},
	"sql-exposed": {
		"# only the nodes reach the database",
		"ip saddr 10.20.0.11 ip daddr 10.30.0.40 tcp dport 1433 accept",
	},
	"https-blocked":        {"ip daddr 10.20.0.11 tcp dport 443 accept"},
	"sftp-blocked":         {"ip daddr 10.20.0.11 tcp dport 22 accept"},
	"ftps-control-blocked": {"ip daddr 10.20.0.11 tcp dport { 21, 990 } accept"},
	"inconclusive":         {"# give the whole ruleset, with the contents of its sets", "nft list ruleset > edge.nft"},
	"family-uncovered":     {"# an inet table is for both IP versions", "nft list ruleset > edge.nft"},
	"undefined-reference": {
		"set partners {",
		"    type ipv4_addr",
		"    elements = { 198.51.100.0/24 }",
		"}",
	},
	"unapplied-list": {
		"# call the chain where it was meant to filter",
		"ip daddr 10.20.0.11 jump moveit-in",
		"# or delete it",
		"nft delete chain inet filter old-in",
	},
}
