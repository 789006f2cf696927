package pf

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/moveit-lint/moveit-lint/parsers/internal/suggest"
)

// icmpTypes are the names of ICMP types, and icmpCodes those of the codes of
// some types (4.5).
var (
	icmpTypes = map[string]int{
		"echorep": 0, "unreach": 3, "squench": 4, "redir": 5, "althost": 6, "echoreq": 8, "routeradv": 9, "routersol": 10, "timex": 11, "paramprob": 12,
		"timereq": 13, "timerep": 14, "inforeq": 15, "inforep": 16, "maskreq": 17, "maskrep": 18, "trace": 30, "dataconv": 31, "mobredir": 32,
		"ipv6-where": 33, "ipv6-here": 34, "mobregreq": 35, "mobregrep": 36, "skip": 39, "photuris": 40,
	}
	icmp6Types = map[string]int{
		"unreach": 1, "toobig": 2, "timex": 3, "paramprob": 4, "echoreq": 128, "echorep": 129, "groupqry": 130, "listqry": 130, "grouprep": 131,
		"listenrep": 131, "groupterm": 132, "listendone": 132, "routersol": 133, "routeradv": 134, "neighbrsol": 135, "neighbradv": 136, "redir": 137,
		"routrrenum": 138, "wrureq": 139, "fqdnreq": 139, "niqry": 139, "wrurep": 140, "fqdnrep": 140, "nirep": 140, "listenrepv2": 143,
		"mtraceresp": 200, "mtrace": 201,
	}
	icmpCodes = map[int]map[string]int{
		3: {
			"net-unr": 0, "host-unr": 1, "proto-unr": 2, "port-unr": 3, "needfrag": 4, "srcfail": 5, "net-unk": 6, "host-unk": 7, "isolate": 8,
			"net-prohib": 9, "host-prohib": 10, "net-tos": 11, "host-tos": 12, "filter-prohib": 13, "host-preced": 14, "cutoff-preced": 15,
		},
		5:  {"redir-net": 0, "redir-host": 1, "redir-tos-net": 2, "redir-tos-host": 3},
		9:  {"normal-adv": 0, "common-adv": 16},
		11: {"transit": 0, "reassemb": 1},
		12: {"badhead": 0, "optmiss": 1, "badlen": 2},
		40: {"unknown-ind": 1, "auth-fail": 2, "decrypt-fail": 3},
	}
	icmp6Codes = map[int]map[string]int{
		1:   {"noroute-unr": 0, "admin-unr": 1, "beyond-unr": 2, "notnbr-unr": 2, "addr-unr": 3, "port-unr": 4},
		3:   {"transit": 0, "reassemb": 1},
		4:   {"badhead": 0, "nxthdr": 1},
		137: {"redironlink": 0, "redirrouter": 1},
	}
)

// icmpPart reads "icmp-type" and "icmp6-type".
func (p *parser) icmpPart(x *rule, t *lexer.Token, six bool) {
	items := &x.filter.icmp
	if six {
		p.mark(seenICMP6, p.where(t))
		items = &x.filter.icmp6
	} else {
		p.mark(seenICMP, p.where(t))
	}
	p.list(func() {
		*items = append(*items, p.icmpItem(six))
		p.countItem()
	})
}

// icmpItem reads a type, and its code if one is there.
func (p *parser) icmpItem(six bool) icmpItem {
	from := p.at
	types, codes := icmpTypes, icmpCodes
	if six {
		types, codes = icmp6Types, icmp6Codes
	}
	item := icmpItem{code: -1}
	item.icmpType = p.icmpValue("an ICMP type", types)
	if p.take("code") {
		item.code = p.icmpValue("a code of this ICMP type", codes[item.icmpType])
	}
	item.at = p.since(from)
	return item
}

// icmpValue reads a number or one of the names.
func (p *parser) icmpValue(what string, names map[string]int) int {
	const highest = 255
	t := p.peek()
	if t.Type == tokWord || t.Type == tokString {
		if n, ok := names[t.Value]; ok {
			p.next()
			return n
		}
		if _, ok := cNumber(t.Value); !ok {
			p.failHint("expected "+what, suggest.DidYouMean(t.Value, sortedWords(names)))
			return 0
		}
	}
	return p.numberUpTo(highest, what)
}

// icmpCode reads the code with which a packet is answered that is blocked.
func (p *parser) icmpCode(six bool) {
	codes := icmpCodes[icmpTypes["unreach"]]
	if six {
		codes = icmp6Codes[icmp6Types["unreach"]]
	}
	p.icmpValue("a code of ICMP", codes)
}
