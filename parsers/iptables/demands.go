package iptables

import (
	"slices"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// demands are what the native tools, or the kernel when it loads a rule, ask of
// a match or target beside the values of its options.
type demands struct {
	family    string     // "4" or "6": the only one that has the extension; empty: both have
	needs     [][]string // of each list an option has to be given
	excludes  [][]string // of each list one option at most
	protocols []packet.Proto
	tables    []string            // those that take it; nil: all
	chains    []string            // built-in chains that take it; nil: all
	optionIn  map[string][]string // built-in chains that take an option
	repeats   bool                // options may be given more than once
}

// one makes the list of options of which one has to be given and not more.
func one(options ...string) demands {
	return demands{needs: [][]string{options}, excludes: [][]string{options}}
}

func needsEach(options ...string) demands {
	var d demands
	for _, o := range options {
		d.needs = append(d.needs, []string{o})
	}
	return d
}

func needsAny(options ...string) demands { return demands{needs: [][]string{options}} }

func (d demands) only(family string) demands { d.family = family; return d }

func (d demands) in(chains ...string) demands { d.chains = chains; return d }

func (d demands) within(tables ...string) demands { d.tables = tables; return d }

func (d demands) of(protocols ...packet.Proto) demands { d.protocols = protocols; return d }

// matchDemands are those of the matches (the final_check of each libxt_*.c, the
// checkentry and hooks of each xt_*.c).
var matchDemands = map[string]demands{
	"tcp":       {excludes: [][]string{{"syn", "tcp-flags"}}},
	"multiport": one("sports", "dports", "ports"),
	"icmp":      needsEach("icmp-type").only("4"),
	"icmp6":     needsEach("icmpv6-type").only("6"),
	"icmpv6":    needsEach("icmpv6-type").only("6"),
	"tcpmss":    needsEach("mss"),
	"mh":        demands{}.only("6"),
	"iprange":   needsAny("src-range", "dst-range"),
	"set":       needsEach("match-set"),
	"addrtype": {
		needs: [][]string{{"src-type", "dst-type"}}, excludes: [][]string{{"limit-iface-in", "limit-iface-out"}},
		optionIn: map[string][]string{
			"limit-iface-in": {"PREROUTING", "INPUT", "FORWARD"}, "limit-iface-out": {"FORWARD", "OUTPUT", "POSTROUTING"},
		},
	},
	"mac": needsEach("mac-source").in("PREROUTING", "INPUT", "FORWARD"),
	"physdev": {
		needs: [][]string{{"physdev-in", "physdev-out", "physdev-is-in", "physdev-is-out", "physdev-is-bridged"}},
		optionIn: map[string][]string{
			"physdev-out": {"PREROUTING", "INPUT", "FORWARD", "POSTROUTING"}, "physdev-is-out": {"PREROUTING", "INPUT", "FORWARD", "POSTROUTING"},
		},
	},
	"devgroup": {
		needs: [][]string{{"src-group", "dst-group"}},
		optionIn: map[string][]string{
			"src-group": {"PREROUTING", "INPUT", "FORWARD"}, "dst-group": {"FORWARD", "OUTPUT", "POSTROUTING"},
		},
	},
	"pkttype":  needsEach("pkt-type"),
	"rpfilter": demands{}.in("PREROUTING").within("raw", "mangle"),
	"realm":    needsEach("realm").only("4"),
	"eui64":    demands{}.only("6").in("PREROUTING", "INPUT", "FORWARD"),
	"cluster":  {needs: [][]string{{"cluster-total-nodes"}, {"cluster-local-node", "cluster-local-nodemask"}, {"cluster-hash-seed"}}},
	"conntrack": needsAny("ctstate", "ctproto", "ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst", "ctorigsrcport", "ctorigdstport",
		"ctreplsrcport", "ctrepldstport", "ctstatus", "ctexpire", "ctdir"),
	"state":    needsEach("state"),
	"mark":     needsEach("mark"),
	"connmark": needsEach("mark"),
	"helper":   needsEach("helper"),
	"connlimit": {
		needs:    [][]string{{"connlimit-upto", "connlimit-above"}},
		excludes: [][]string{{"connlimit-upto", "connlimit-above"}, {"connlimit-saddr", "connlimit-daddr"}},
	},
	"connbytes":  needsEach("connbytes", "connbytes-mode", "connbytes-dir"),
	"connlabel":  needsEach("label"),
	"hashlimit":  needsEach("hashlimit-name"),
	"recent":     one("set", "rcheck", "update", "remove"),
	"statistic":  needsEach("mode"),
	"cpu":        needsEach("cpu"),
	"quota":      needsEach("quota"),
	"rateest":    {repeats: true},
	"nfacct":     needsEach("nfacct-name"),
	"comment":    needsEach("comment"),
	"length":     needsEach("length"),
	"ttl":        one("ttl-eq", "ttl-lt", "ttl-gt").only("4"),
	"hl":         one("hl-eq", "hl-lt", "hl-gt").only("6"),
	"dscp":       one("dscp", "dscp-class"),
	"tos":        needsEach("tos"),
	"ecn":        needsAny("ecn-tcp-cwr", "ecn-tcp-ece", "ecn-ip-ect"),
	"frag":       demands{}.only("6"),
	"rt":         demands{}.only("6"),
	"hbh":        demands{}.only("6"),
	"dst":        demands{}.only("6"),
	"srh":        demands{}.only("6"),
	"ipv6header": needsEach("header").only("6"),
	"string":     {needs: [][]string{{"string", "hex-string"}, {"algo"}}, excludes: [][]string{{"string", "hex-string"}}},
	"u32":        needsEach("u32"),
	"bpf":        one("bytecode", "object-pinned"),
	"ipvs":       {repeats: true},
	"socket":     demands{}.in("PREROUTING", "INPUT"),
	"owner":      demands{}.in("OUTPUT", "POSTROUTING"),
	"cgroup":     one("path", "cgroup").in("INPUT", "OUTPUT", "POSTROUTING"),
	"policy":     {needs: [][]string{{"dir"}}, repeats: true},
	"osf":        needsEach("genre").only("4"),
}

// targetDemands are those of the targets.
var targetDemands = map[string]demands{
	"DNAT":        demands{}.within("nat").in("PREROUTING", "OUTPUT"),
	"SNAT":        demands{}.within("nat").in("POSTROUTING", "INPUT"),
	"MASQUERADE":  demands{}.within("nat").in("POSTROUTING"),
	"REDIRECT":    demands{}.within("nat").in("PREROUTING", "OUTPUT"),
	"NETMAP":      demands{}.within("nat"),
	"CT":          demands{}.within("raw"),
	"NOTRACK":     demands{}.within("raw"),
	"REJECT":      demands{}.within("filter"),
	"SYNPROXY":    demands{}.of(packet.TCP).in("INPUT", "FORWARD"),
	"TPROXY":      needsEach("on-port").of(packet.TCP, packet.UDP).within("mangle").in("PREROUTING"),
	"TTL":         one("ttl-set", "ttl-dec", "ttl-inc").only("4").within("mangle"),
	"HL":          one("hl-set", "hl-dec", "hl-inc").only("6").within("mangle"),
	"DSCP":        one("set-dscp", "set-dscp-class").within("mangle"),
	"TOS":         needsAny("set-tos", "and-tos", "or-tos", "xor-tos").within("mangle"),
	"ECN":         needsAny("ecn-tcp-remove", "ecn-tcp-cwr", "ecn-tcp-ece", "ecn-ip-ect").only("4").of(packet.TCP).within("mangle"),
	"CHECKSUM":    needsEach("checksum-fill").within("mangle"),
	"CLASSIFY":    needsEach("set-class").in("FORWARD", "OUTPUT", "POSTROUTING"),
	"TCPOPTSTRIP": demands{}.of(packet.TCP).within("mangle"),
	"TCPMSS": {
		needs: [][]string{{"set-mss", "clamp-mss-to-pmtu"}}, excludes: [][]string{{"set-mss", "clamp-mss-to-pmtu"}},
		protocols: []packet.Proto{packet.TCP}, optionIn: map[string][]string{"clamp-mss-to-pmtu": {"FORWARD", "OUTPUT", "POSTROUTING"}},
	},
	"TEE":         needsEach("gateway"),
	"SNPT":        needsEach("src-pfx", "dst-pfx").only("6").within("mangle"),
	"DNPT":        needsEach("src-pfx", "dst-pfx").only("6").within("mangle"),
	"SECMARK":     needsEach("selctx").within("mangle", "security"),
	"CONNSECMARK": one("save", "restore").within("mangle", "security"),
	"CLUSTERIP":   demands{}.only("4").within("filter").in("INPUT"),
	"AUDIT":       needsEach("type"),
	"SET":         needsAny("add-set", "del-set", "map-set"),
	"IDLETIMER":   needsEach("timeout", "label"),
	"LED":         needsEach("led-trigger-id"),
	"NFACCT":      needsEach("nfacct-name"),
}

// demand reports what a use of an extension lacks, or has too much. It reports
// whether the extension can be used at all.
func (b *builder) demand(u *use, d demands) bool {
	flag := "-m "
	if u.isTarget {
		flag = "-j "
	}
	if d.family != "" && d.family != familyDigit(b.family) {
		b.malformed(u.name, "%s%s is for IPv%s only", flag, u.name.text, d.family)
		return false
	}
	if d.tables != nil && !slices.Contains(d.tables, b.table) {
		b.malformed(u.name, "%s%s can be used in table %s only", flag, u.name.text, strings.Join(d.tables, " or "))
	}
	if d.chains != nil && b.chain.builtIn && !slices.Contains(d.chains, b.chain.name) {
		b.malformed(u.name, "%s%s cannot be used in chain %s, only in %s", flag, u.name.text, b.chain.name, strings.Join(d.chains, " or "))
	}
	if d.protocols != nil && (!b.protocolKnown || !slices.Contains(d.protocols, b.protocol)) {
		var all []string
		for _, p := range d.protocols {
			all = append(all, p.String())
		}
		b.malformed(u.name, "%s%s needs -p %s", flag, u.name.text, strings.Join(all, " or "))
	}
	b.checkValues(u)
	return b.demandOptions(u, d, flag)
}

// demandOptions reports options that are missing, given twice, or do not go
// together. It reports whether none is missing.
func (b *builder) demandOptions(u *use, d demands, flag string) bool {
	complete := true
	for _, list := range d.needs {
		if !slices.ContainsFunc(u.options, func(o option) bool { return slices.Contains(list, o.name) }) {
			b.malformed(u.name, "%s%s needs --%s", flag, u.name.text, strings.Join(list, " or --"))
			complete = false
		}
	}
	for i := range u.options {
		o := &u.options[i]
		if in := d.optionIn[o.name]; in != nil && b.chain.builtIn && !slices.Contains(in, b.chain.name) {
			b.malformed(o.word, "%s cannot be used in chain %s, only in %s", o.word.text, b.chain.name, strings.Join(in, " or "))
		}
		for j := range u.options[:i] {
			switch before := &u.options[j]; {
			case before.name == o.name && !d.repeats:
				b.malformed(o.word, "%s is given twice", o.word.text)
			case before.name != o.name && slices.ContainsFunc(d.excludes, func(list []string) bool {
				return slices.Contains(list, o.name) && slices.Contains(list, before.name)
			}):
				b.malformed(o.word, "%s cannot stand beside %s", o.word.text, before.word.text)
			}
		}
	}
	return complete
}
