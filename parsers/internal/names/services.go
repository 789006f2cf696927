package names

import (
	"maps"
	"slices"
)

// services are the ports with the names that /etc/services of common
// distributions gives them, as far as people use them in firewall rules. Those
// that differ between TCP and UDP are left out.
var services = map[string]uint16{
	"tcpmux": 1, "echo": 7, "discard": 9, "systat": 11, "daytime": 13, "netstat": 15, "qotd": 17, "chargen": 19, "ftp-data": 20,
	"ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "mail": 25, "time": 37, "whois": 43, "nicname": 43, "tacacs": 49, "domain": 53,
	"bootps": 67, "bootpc": 68, "tftp": 69, "gopher": 70, "finger": 79, "http": 80, "www": 80, "www-http": 80, "kerberos": 88,
	"iso-tsap": 102, "pop2": 109, "pop3": 110, "pop-3": 110, "sunrpc": 111, "portmapper": 111, "rpcbind": 111, "auth": 113, "ident": 113,
	"nntp": 119, "ntp": 123, "epmap": 135, "loc-srv": 135, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap": 143,
	"imap2": 143, "snmp": 161, "snmptrap": 162, "snmp-trap": 162, "xdmcp": 177, "bgp": 179, "irc": 194, "ldap": 389, "svrloc": 427,
	"https": 443, "microsoft-ds": 445, "kpasswd": 464, "submissions": 465, "ssmtp": 465, "smtps": 465, "urd": 465, "isakmp": 500,
	"rtsp": 554, "submission": 587, "ipp": 631, "ldaps": 636, "domain-s": 853, "rsync": 873, "ftps-data": 989, "ftps": 990,
	"telnets": 992, "imaps": 993, "pop3s": 995, "socks": 1080, "openvpn": 1194, "ms-sql-s": 1433, "ms-sql-m": 1434, "l2f": 1701, "l2tp": 1701,
	"pptp": 1723, "datametrics": 1645, "sa-msg-port": 1646, "radius": 1812, "radius-acct": 1813, "nfs": 2049, "cvspserver": 2401, "iscsi-target": 3260,
	"mysql": 3306, "ms-wbt-server": 3389, "svn": 3690, "epmd": 4369, "ipsec-nat-t": 4500, "sip": 5060, "sip-tls": 5061, "mdns": 5353,
	"postgresql": 5432, "postgres": 5432, "amqps": 5671, "amqp": 5672, "x11": 6000, "redis": 6379, "ircd": 6667, "http-alt": 8080,
	"webcache": 8080, "https-alt": 8443, "bacula-dir": 9101, "bacula-fd": 9102, "bacula-sd": 9103, "git": 9418, "amanda": 10080, "zabbix-agent": 10050,
	"zabbix-trapper": 10051, "webmin": 10000,
}

// Port returns the port of the service of that name.
func Port(name string) (uint16, bool) {
	p, ok := services[name]
	return p, ok
}

// Ports returns the names of all services.
func Ports() []string { return portNames }

var portNames = slices.Sorted(maps.Keys(services))
