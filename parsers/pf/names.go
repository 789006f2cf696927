package pf

import (
	"slices"
	"strconv"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
)

// services are names of services that the systems of pf have, and the common
// table has not (1.3).
var services = map[string]uint16{
	"compressnet": 2, "rje": 5, "msp": 18, "nsw-fe": 27, "msg-icp": 29, "msg-auth": 31, "dsp": 33, "rap": 38, "rlp": 39, "graphics": 41,
	"nameserver": 42, "mpm-flags": 44, "mpm": 45, "mpm-snd": 46, "auditd": 48, "re-mail-ck": 50, "la-maint": 51, "xns-time": 52, "xns-ch": 54,
	"isi-gl": 55, "xns-auth": 56, "xns-mail": 58, "acas": 62, "whois++": 63, "covia": 64, "tacacs-ds": 65, "sql*net": 66, "netrjs-1": 71,
	"netrjs-2": 72, "netrjs-3": 73, "netrjs-4": 74, "deos": 76, "vettcp": 78, "hosts2-ns": 81, "xfer": 82, "mit-ml-dev": 83, "ctf": 84,
	"mfcobol": 86, "su-mit-tg": 89, "dnsix": 90, "mit-dov": 91, "npp": 92, "dcp": 93, "objcall": 94, "supdup": 95, "dixie": 96, "swift-rvf": 97,
	"tacnews": 98, "metagram": 99, "newacct": 100, "hostname": 101, "hostnames": 101, "gppitnp": 103, "cso": 105, "rtelnet": 107, "snagas": 108,
	"mcidas": 112, "sftp": 115, "ansanotify": 116, "uucp-path": 117, "sqlserv": 118, "cfdptkt": 120, "erpc": 121, "smakynet": 122,
	"ansatrader": 124, "statsrv": 133, "profile": 136, "news": 144, "jargon": 148, "bftp": 152, "sgmp": 153, "sqlsrv": 156, "pcmail-srv": 158,
	"cmip-manage": 163, "nextstep": 178, "unify": 181, "ocbinder": 183, "kis": 186, "aci": 187, "mumps": 188, "gacp": 190, "prospero": 191,
	"at-rtmp": 201, "at-nbp": 202, "at-echo": 204, "at-zis": 206, "imap3": 220, "esro-gen": 259, "bgmp": 264, "appleqtc": 458,
	"rdp": 3389, "efs": 520, "timed": 525, "tempo": 526, "courier": 530, "conference": 531, "netnews": 532, "netwall": 533, "new-rwho": 550,
	"rmonitor": 560, "monitor": 561, "whoami": 565, "ipcserver": 600, "nqsd": 607, "npmp-local": 610, "npmp-gui": 611, "hmmp-ind": 612,
	"ginad": 634, "mdqs": 666, "doom": 666, "elcsd": 704, "entrustmanager": 709, "netviewdm1": 729, "flexlm": 744, "rfile": 750, "pump": 751,
	"rrh": 753, "tell": 754, "nlogin": 758, "con": 759, "krbupdate": 760, "kpasswd-old": 761, "quotad": 762, "cycleserv": 763, "omserv": 764,
	"webster": 765, "phonebook": 767, "vid": 769, "cadlock": 770, "rtip": 771, "submit": 773, "rpasswd": 774, "entomb": 775, "wpages": 776,
	"spamd": 8025, "spamd-sync": 8025, "spamd-cfg": 8026, "ipp": 631, "ldap-admin": 3407, "wins": 1512, "nfsd": 2049, "nfsd-keepalive": 1110, "kftp": 6621,
	"pgsql": 5432, "squid": 3128, "ipsec-msft": 4500, "sae-urn": 4500, "sane-port": 6566, "smtps": 465, "urd": 465, "ntalk": 518,
	"wireguard": 51820, "x11-ssh": 6010, "bootp": 67, "dhcps": 67, "dhcpc": 68, "rip": 520, "ripng": 521, "timeserver": 37, "hunt": 26740,
	"rsh-spx": 222, "rpki-rtr": 323, "rpki-rtr-tls": 324, "iapp": 2313, "vxlan": 4789, "geneve": 6081, "gtp-user": 2152,
	"gtp-control": 2123, "isns": 3205, "eppc": 3031, "icb": 7326, "zoho": 3456, "canna": 5680, "fido": 60179, "bgpd": 2605,
}

// commonServices are the services that people name most: of names that are
// equally near to a wrong one, theirs is proposed.
var commonServices = []string{
	"https", "http", "www", "ssh", "smtp", "smtps", "domain", "ntp", "imap", "imaps", "pop3", "pop3s", "ftp", "ldap", "ldaps", "snmp", "syslog",
}

// serviceWords returns the names of services, for proposals.
func serviceWords() []string { return append(slices.Clone(commonServices), names.Ports()...) }

// protocolNames are names of protocols that the systems of pf have, and the
// common table has not.
var protocolNames = map[string]uint8{
	"icmp6": 58, "etherip": 97, "carp": 112, "pfsync": 240, "divert": 254, "ipencap": 4, "mobile": 55, "vines": 83, "scps": 105,
	"sps": 130, "ax25": 93, "ipv6-frag": 44, "ospfigp": 89, "ipip": 94, "dccp": 33,
}

// protocolWords are the names that people use, for proposals.
var protocolWords = []string{"tcp", "udp", "icmp", "icmp6", "ipv6-icmp", "igmp", "esp", "ah", "gre", "ipencap", "ipv6", "carp", "ospf", "pim", "pfsync", "sctp", "etherip"}

// protocolNumber returns the protocol of a name.
func protocolNumber(name string) (uint8, bool) {
	if n, ok := protocolNames[name]; ok {
		return n, true
	}
	if _, isNumber := cNumber(name); isNumber || name == "" {
		return 0, false
	}
	n, ok := names.Protocol(name)
	return uint8(n), ok
}

// itoa returns a number as text.
func itoa(n int) string { return strconv.Itoa(n) }
