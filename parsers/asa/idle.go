package asa

import "strings"

// Why a command has no bearing on which packets pass.
const (
	ofDevice   = "about the device itself: names, clock, memory, logs, upgrades"
	ofLogin    = "about who may log in, where the address is let in by other lines"
	ofVPN      = "about tunnels, which are looked at only as packets that pass by the lists"
	ofRouting  = "about routing protocols, of which only is known that they are there"
	ofFailover = "about a second device with the same policy"
	ofLimits   = "about time-outs, rates and numbers of connections"
	ofContent  = "about what packets carry; what may drop them is said where it is applied"
	ofSwitch   = "about frames and ports below IP"
	ofCast     = "about multicast, which is not asked about"
	ofSession  = "typed at a terminal; it changes no configuration"
	ofNames    = "about name resolution and addresses for others"
)

// idleCommands are the first words of lines outside of blocks that have no
// bearing on packets, with why (asa.md section 13). Blocks below them have none
// either.
var idleCommands = map[string]string{
	"aaa-server": ofLogin, "activation-key": ofDevice, "admin-context": ofDevice, "alert-interval": ofDevice, "anyconnect": ofVPN, "anyconnect-essentials": ofVPN,
	"app-agent": ofDevice, "app-id": ofDevice, "aqm": ofLimits, "arp": ofSwitch, "arp-inspection": ofSwitch, "as-path": ofRouting,
	"asa": ofDevice, "asdm": ofDevice, "asp": ofDevice, "auth-prompt": ofLogin, "auto-update": ofDevice, "banner": ofDevice,
	"bfd": ofRouting, "bfd-template": ofRouting, "boot": ofDevice, "ca": ofVPN, "call-home": ofDevice, "checkheaps": ofDevice,
	"class": ofLimits, "client-update": ofVPN, "clock": ofDevice, "cluster": ofFailover, "command-alias": ofSession,
	"community-list": ofRouting, "compression": ofVPN, "config-register": ofDevice, "configure": ofSession, "conf": ofSession,
	"config": ofSession, "console": ofLogin, "context": ofDevice, "coredump": ofDevice, "crashinfo": ofDevice, "csc": ofContent,
	"ctl-file": ofContent, "ctl-provider": ofContent, "cxsc": ofContent, "ddns": ofNames, "debug": ofSession,
	"default-information": ofRouting, "dhcp": ofNames, "dhcp-client": ofNames, "disable": ofSession, "dns": ofNames,
	"dns-group": ofNames, "dns-guard": ofContent, "domain-name": ofNames, "dynamic-access-policy-config": ofVPN,
	"dynamic-access-policy-record": ofVPN, "eject": ofSession, "enable": ofLogin, "end": ofSession, "erase": ofSession, "event": ofDevice,
	"exit": ofSession, "failover": ofFailover, "file": ofSession, "fips": ofDevice, "floodguard": ofLimits, "flow-export": ofDevice,
	"flow-offload": ofDevice, "fragment": ofLimits, "fsck": ofSession, "ftp": ofDevice, "ftp-map": ofContent, "fxos": ofDevice,
	"gtp-map": ofContent, "h225-map": ofContent, "help": ofSession, "history": ofSession, "hpm": ofDevice, "http-map": ofContent,
	"hw-module": ofDevice, "igmp": ofCast, "imap4s": ofVPN, "instance": ofDevice, "ip-client": ofDevice, "jumbo-frame": ofSwitch,
	"kerberos": ofLogin, "key": ofDevice, "l2tp": ofVPN, "lacp": ofSwitch, "ldap": ofLogin, "license": ofDevice, "logging": ofDevice,
	"login": ofSession, "login-message": ofDevice, "logout": ofSession, "mac": ofSwitch, "mac-address": ofSwitch,
	"mac-address-table": ofSwitch, "mac-learn": ofSwitch, "mac-list": ofSwitch, "management-access": ofLogin, "memory": ofDevice,
	"mgcp-map": ofContent, "mode": ofDevice, "monitor-interface": ofFailover, "mount": ofDevice, "mroute": ofCast, "mtu": ofSwitch,
	"multicast-routing": ofCast, "mus": ofLogin, "names": ofNames, "nac-policy": ofVPN, "nem": ofVPN, "netmod": ofDevice, "network-service": ofDevice,
	"network-service-member": ofDevice, "ngips": ofContent, "ntp": ofDevice, "object-group-search": ofDevice, "page": ofSession,
	"pager": ofSession, "pak": ofDevice, "parameter-map": ofContent, "password": ofLogin, "password-policy": ofLogin,
	"passwd": ofLogin, "pdm": ofDevice, "phone-proxy": ofContent, "pim": ofCast, "ping": ofSession, "pop3s": ofVPN, "port-channel": ofSwitch,
	"prefix-list": ofRouting, "priority-queue": ofLimits, "privilege": ofLogin, "prompt": ofSession, "quit": ofSession, "quota": ofLimits,
	"radius-common-pw": ofLogin, "redundant-interface": ofSwitch, "regex": ofContent, "reload": ofSession, "resource": ofLimits,
	"rip": ofRouting, "saml": ofLogin, "scansafe": ofContent, "scep": ofVPN, "security-group-tag": ofLogin, "service": ofLimits,
	"service-interface": ofDevice, "session": ofSession, "setup": ofSession, "sfr": ofContent, "sip-map": ofContent, "sla": ofRouting,
	"smart": ofDevice, "smart-tunnel": ofVPN, "smtp-server": ofDevice, "smtps": ofVPN, "snmp": ofDevice, "snmp-map": ofContent,
	"snort": ofContent, "software": ofDevice, "spi": ofDevice, "split-dns": ofVPN, "ssl": ofVPN,
	"switchport": ofSwitch, "system": ofDevice, "tcp-map": ofContent, "telemetry": ofDevice, "terminal": ofSession, "tftp-server": ofDevice,
	"timeout": ofLimits, "tls-proxy": ofContent, "track": ofRouting, "traceroute": ofSession, "traffic-forward": ofContent, "trustpoint": ofVPN,
	"tunnel-group": ofVPN, "tunnel-group-map": ofVPN, "tunnel-group-preference": ofVPN, "uc-ime": ofContent, "umbrella": ofNames, "umbrella-global": ofNames,
	"upgrade": ofDevice, "url-block": ofContent, "url-cache": ofContent, "url-list": ofVPN, "url-server": ofContent, "user-alert": ofDevice,
	"user-identity": ofLogin, "user-statistics": ofDevice, "vdi": ofVPN, "vip": ofVPN, "vpn": ofVPN, "vpn-addr-assign": ofVPN,
	"vpn-mode": ofVPN, "vpn-sessiondb": ofVPN, "vpn-tunnel-protocol": ofVPN, "vpngroup": ofVPN, "vpnsetup": ofVPN, "vxlan": ofSwitch, "nve": ofSwitch,
	"write": ofSession, "wr": ofSession, "xlate": ofLimits, "xml": ofDevice, "zone": ofRouting, "zonelabs-integrity": ofVPN,
	"show": ofSession, "sh": ofSession, "ethernet": ofSwitch, "copy": ofSession, "delete": ofSession, "dir": ofSession, "cd": ofSession,
}

// idleWords are the first words of lines in blocks that have no bearing on
// packets, for where the indentation of the block is lost.
var idleWords = words(ofDevice, `accounting-server-group active address-family address-pool address-pools aggregate-address
	allocate-interface anyconnect-custom area authenticated-session-username authentication authentication-attr-from-server
	authentication-server-group authorization-required authorization-server-group auto-cost bgp certificate chain config-url
	crl customization default-domain default-group-policy dhcp-network-scope dhcp-server dns-server dns-update-mode
	encryption enrollment exit-address-family expire-entry-timer fqdn group group-alias group-lock group-url hash hidden-parameter ikev1 ikev2
	inspect ip-comp ipsec-udp isakmp-profile join-failover-group key-string keypair keepalive-counter ldap-attribute-map ldap-base-dn
	ldap-login-dn ldap-login-password ldap-naming-attribute ldap-over-ssl ldap-scope lifetime limit-resource log-adj-changes
	max-failed-attempts member message-length nat-assigned-to-public-ip nbns-server neighbor network nop override-svc-download parameters
	passive-interface peer-id-validate pfs poll-timer pre-fill-username pre-shared-key prf profile protocol protocol-violation proxy-auth
	radius-reject-message radius-with-expiry reactivation-mode redistribute retries router-alert router-id secondary
	secondary-authentication-server-group secondary-username-from-certificate secure-unit-authentication serial-number server-port server-type
	simultaneous-bytes split-tunnel-all-dns split-tunnel-policy strip-group strip-realm subject-name subscribe-to-alert-group svc
	username-from-certificate user-authentication vpn-idle-timeout vpn-session-timeout vpn-simultaneous-logins wins-server without-csd
	description destination eool name-server password-storage webvpn-attributes no-more`)

// idleOfInterfaces are the first words of lines of interfaces that have no
// bearing on packets.
var idleOfInterfaces = words(ofSwitch, `authentication bfd channel-group cts ddns delay description dhcp dhcprelay duplex flowcontrol hello-interval igmp
	ipv6-prefix isis keepalive lacp load-interval mac-address member-interface mfib monitor-interface mtu multicast nve-only ospf pim port-channel
	pppoe priority-queue proxy-arp rip security-group sfr shape speed standby switchport split-horizon summary-address vlan vtep-nve
	vni segment-id mcast-group eigrp hold-time logging lldp power poe-only service-module flow-control minimum-links
	allow-ssc-mgmt media-type negotiate auto auto-negotiation tagged-sgt fec`)

// words returns a set of words, each with why it is there.
func words(why, list string) map[string]string {
	set := map[string]string{}
	for w := range strings.FieldsSeq(list) {
		set[w] = why
	}
	return set
}
