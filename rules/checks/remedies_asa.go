package checks

// asa are the remedies in the words of Cisco ASA, by the id of the check.
var asa = map[string][]string{
	"inbound-deny-all-missing": {
		"! a list on the interface ends with an implicit deny",
		"access-list outside_in extended permit tcp any4 host 10.20.0.11 eq https",
		"access-group outside_in in interface outside",
	},
	"outbound-deny-all-missing": {
		"! without a list on the interface, its security level lets it open everything to lower levels",
		"access-list dmz_in extended permit tcp host 10.20.0.11 host 10.30.0.25 eq smtp",
		"access-list dmz_in extended deny ip any any log",
		"access-group dmz_in in interface dmz",
	},
	"undocumented-inbound": {
		"! delete the entry or the member of its group, or explain it in .moveit-lint.yaml:",
		"! allow:",
		`! - {from: internet, to: moveit, protocol: tcp, ports: "8530", reason: "..."}`,
		"no access-list outside_in extended permit tcp any4 host 10.20.0.11 eq 8530",
	},
	"undocumented-outbound": {
		"! limit the entry to the servers that MOVEit needs",
		"access-list dmz_in extended permit tcp host 10.20.0.11 host 10.30.0.25 eq smtp",
	},
	"passive-ports-unrestricted": {
		"no access-list outside_in extended permit tcp any4 host 10.20.0.11 gt 1023",
		"access-list outside_in extended permit tcp any4 host 10.20.0.11 range 3000 3003",
	},
	"passive-range-wide":    {"access-list outside_in extended permit tcp any4 host 10.20.0.11 range 3000 3003"},
	"passive-ports-blocked": {"access-list outside_in extended permit tcp any4 host 10.20.0.11 range 3000 3003"},
	"active-ftp": {
		"! delete entries like this one",
		"no access-list dmz_in extended permit tcp host 10.20.0.11 eq ftp-data any4 gt 1023",
	},
	"http-open": {
		"no access-list outside_in extended permit tcp any4 host 10.20.0.11 eq www",
		"! or the member of its group",
		"object-group service moveit-ports tcp",
		" no port-object eq www",
	},
	"smb-exposed": {
		"! 445 has no name here: cifs is 3020",
		"object-group service moveit-ports tcp",
		" no port-object eq 445",
		"! and the translation that publishes it",
		"object network moveit-share",
		" no nat (dmz,outside) static interface service tcp 445 445",
	},
	"rdp-exposed": {
		"! delete the entry, or limit it to the management network",
		"access-list inside_in extended permit tcp 10.30.0.0 255.255.255.0 host 10.20.0.11 eq 3389",
	},
	"sql-exposed": {
		"! only the nodes reach the database; sqlnet is 1521, and not SQL Server",
		"access-list dmz_in extended permit tcp host 10.20.0.11 host 10.30.0.40 eq 1433",
	},
	"https-blocked":        {"access-list outside_in extended permit tcp any4 host 10.20.0.11 eq https"},
	"sftp-blocked":         {"access-list outside_in extended permit tcp any4 host 10.20.0.11 eq ssh"},
	"ftps-control-blocked": {"access-list outside_in extended permit tcp any4 host 10.20.0.11 eq ftp", "access-list outside_in extended permit tcp any4 host 10.20.0.11 eq 990"},
	"inconclusive": {
		"! give the whole configuration, with its objects and groups",
		"show running-config",
	},
	"undefined-reference": {
		"! define the name, or correct it where it is used",
		"object network moveit",
		" host 10.20.0.11",
	},
	"unapplied-list": {
		"! apply the list where it was meant to filter",
		"access-group outside_in in interface outside",
		"! or delete it",
		"clear configure access-list old_outside_in",
	},
	"family-uncovered": {"! a running-config is for both IP versions", "show running-config"},
}
