package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/eval"
	"github.com/moveit-lint/moveit-lint/rules/lint"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// edgeText is a configuration with what reports have trouble with: a tab, wide
// and combining characters, a terminal command, a command for build servers, a
// character that turns the direction of writing, a byte that is not UTF-8, and
// a long line.
var edgeText = strings.Join([]string{
	"*nat",
	"-A PREROUTING -i eth0 -d 203.0.113.10/32 -p tcp -j DNAT --to-destination 10.20.0.11",
	"COMMIT",
	"*filter",
	":FORWARD DROP [0:0]",
	":MOVEIT - [0:0]",
	"-A FORWARD -m recent --update -j RETURN",
	"-A FORWARD -d 10.20.0.11/32 -p tcp -j MOVEIT",
	"-A MOVEIT\t-p tcp -m comment --comment \"ファイル e\u0301 \x1b]0;x\x07 \u202e ##[error] \xff\" -m multiport --dports 22,443,445 -j ACCEPT",
	"-A MOVEIT -m set --match-set partners src" + strings.Repeat(" -m comment --comment \"allowed for years\"", 6) + " -p tcp -m tcp --dport 1433 -j ACCEPT" + strings.Repeat(" -m comment --comment after", 5),
	"-A MOVEIT -m frobnicate --password hunter2 -j ACCEPT",
	"COMMIT",
	"",
}, "\n")

const ipsetText = "create partners hash:net\n"

// span returns the first place of a text in the line of that number.
func span(f *source.File, line int, text string) source.Span {
	l := f.Line(line)
	at := strings.Index(l.Text(), text)
	if at < 0 {
		panic(fmt.Sprintf("line %d of %s does not hold %q", line, f.Name, text))
	}
	return f.Span(int(l.Start)+at, int(l.Start)+at+len(text))
}

// edge returns the device that edgeText describes.
func edge(f *source.File) *rules.Device {
	tcp := rules.Term{Boxes: packet.Number(packet.Protocol, uint32(packet.TCP))}
	host := rules.Term{Boxes: packet.Prefixes(packet.Dst, netip.MustParsePrefix("10.20.0.11/32"))}
	published := rules.Term{Boxes: packet.Prefixes(packet.Dst, netip.MustParsePrefix("203.0.113.10/32"))}
	ports := rules.Term{Boxes: packet.Numbers(packet.DstPort, packet.One(22), packet.One(443), packet.One(445))}
	sql := rules.Term{Boxes: packet.Number(packet.DstPort, 1433)}
	partners := rules.Term{Unknown: &rules.Unknown{Reason: "the contents of ipset partners are not given", Key: "set partners", Of: packet.Fields(packet.Src)}}
	moveit := &rules.Chain{Name: "filter/MOVEIT", Policy: rules.Action{Verdict: rules.Return}, Span: f.Line(6), Rules: []*rules.Rule{
		{Match: rules.Match{tcp, ports}, Action: rules.Action{Verdict: rules.Accept}, Span: f.Line(9)},
		{Match: rules.Match{partners, tcp, sql}, Action: rules.Action{Verdict: rules.Accept}, Span: f.Line(10)},
	}}
	forward := &rules.Chain{Name: "filter/FORWARD", Policy: rules.Action{Verdict: rules.Drop}, Span: f.Line(5), Rules: []*rules.Rule{
		{Match: rules.Match{host, tcp}, Action: rules.Action{Verdict: rules.Jump, Target: moveit}, Span: f.Line(8)},
	}}
	prerouting := &rules.Chain{Name: "nat/PREROUTING", Policy: rules.Action{Verdict: rules.Accept}, Implicit: "a chain that the export does not hold accepts", Rules: []*rules.Rule{
		{Match: rules.Match{published, tcp}, Action: rules.Action{Verdict: rules.Accept, NAT: &rules.NAT{Dst: packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(netip.MustParseAddr("10.20.0.11"))}}}}, Span: f.Line(2)},
	}}
	last := &rules.Stage{Hook: rules.Forward, Chain: forward, Filters: true, Next: []rules.Edge{{}}}
	first := &rules.Stage{Hook: rules.Prerouting, Chain: prerouting, Next: []rules.Edge{{To: last}}}
	return &rules.Device{Name: "edge", Chains: []*rules.Chain{prerouting, forward, moveit}, Pipeline: rules.Pipeline{Entry: []rules.Edge{{To: first}}}}
}

// follow returns the way of a TCP packet from the Internet through edge.
func follow(tb testing.TB, f *source.File, port uint16, outcome packet.Outcome) *eval.Trace {
	tb.Helper()
	d := edge(f)
	if err := d.Validate(); err != nil {
		tb.Fatal(err)
	}
	return eval.New(d).Walk(eval.Start{Hook: rules.Forward, Outcome: outcome, Flow: packet.Flow{
		In: "eth0", Out: "eth1", Src: netip.MustParseAddr("198.51.100.7"), Dst: netip.MustParseAddr("203.0.113.10"), Proto: packet.TCP, SrcPort: 40000, DstPort: port, TCPFlags: packet.SYN,
	}})
}

var smb = &lint.Check{
	ID: "smb-exposed", Title: "SMB is open between the Internet and MOVEit", Severity: lint.Critical, Since: "0.1.0", Requirements: []string{"R-34"},
	Doc:      "SMB is for the farm alone.\nFrom the Internet it invites worms.\n\n- remove the port,\n  or\n- limit the rule.",
	Remedies: []lint.Remedy{{Dialect: "iptables", Text: "-A MOVEIT -p tcp -m multiport --dports 22,443 -j ACCEPT"}},
}

var sqlCheck = &lint.Check{
	ID: "sql-exposed", Title: "SQL Server is open from the Internet", Severity: lint.Critical, Since: "0.1.0", Requirements: []string{"R-31", "R-32"},
	Doc: "The database is for the nodes alone.",
}

var family = &lint.Check{ID: "family-uncovered", Title: "the input says nothing about an IP version", Severity: lint.Info, Since: "0.1.0", Doc: "Both versions need rules."}

// sample returns a document with one of everything.
func sample(tb testing.TB) *Document {
	tb.Helper()
	f := source.NewFile("fw/edge one.rules", []byte(edgeText))
	hidden := span(f, 11, "hunter2")
	f.Conceal(int(hidden.Start), int(hidden.End))
	sets := source.NewFile("fw/edge.ipset", []byte(ipsetText))
	certain := lint.Finding{
		Check: smb, Severity: lint.Critical, Certainty: lint.Certain, Requirements: smb.Requirements, Message: "SMB (tcp/445) on MOVEit can be reached from the Internet",
		Span: span(f, 9, "445"), Label: "tcp/445 is accepted here",
		Related: []lint.Note{{Span: f.Line(2), Message: "the packet is translated here"}, {Span: f.Line(8), Message: "goes on in chain filter/MOVEIT"}},
		Flow:    lint.Flow{From: "internet", To: "moveit", Protocol: "tcp", Ports: "445"}, Scope: "every IPv4 source", Witness: follow(tb, f, 445, packet.Outcome{}),
		Expected: "dropped", Actual: "accepted", Remedy: "Take tcp/445 out of this rule, or limit the rule to the machines of the web farm.", Fingerprint: strings.Repeat("0a", 16),
	}
	possible := lint.Finding{
		Check: sqlCheck, Severity: lint.High, Why: "both ends lie in declared zones", Certainty: lint.Possible, Requirements: sqlCheck.Requirements,
		Message: "SQL Server (tcp/1433) on MOVEit can be reached from the Internet", Span: span(f, 10, "1433"), Label: "tcp/1433 is accepted here if the source is a partner, whoever they may be",
		Related: []lint.Note{{Span: span(f, 10, "partners"), Message: "whose contents are not given"}, {Span: span(sets, 1, "partners"), Message: "created here, and filled elsewhere"}},
		Flow:    lint.Flow{From: "internet", To: "moveit", Protocol: "tcp", Ports: "1433"}, Witness: follow(tb, f, 1433, packet.Outcome{"set partners": true}),
		Expected: "dropped", Actual: "accepted", Depends: "the contents of ipset partners are not given", Remedy: "Take 1433 out of this rule.", Fingerprint: strings.Repeat("0b", 16),
	}
	nowhere := lint.Finding{
		Check: family, Severity: lint.Info, Certainty: lint.Certain, Message: "the input says nothing about IPv6", Expected: "rules for both IP versions", Actual: "rules for one",
		Remedy: "Export the rules of both IP versions.", Fingerprint: strings.Repeat("0c", 16),
	}
	suppressed := certain
	suppressed.Fingerprint = strings.Repeat("0d", 16)
	return &Document{
		Version: "v0.1.0", Site: Site{Source: "embedded default", Mode: "normal", Allowed: []string{"tcp/8530 from moveit to 10.30.0.70: WSUS"}},
		Inputs: []Input{
			{File: f.Name, Dialect: "iptables", Why: "it has tables", Path: "forward", Statements: source.Count{Total: 9, Modelled: 7, Unsupported: 1, Malformed: 1}, Assumptions: []string{"eth0 faces the Internet: it translates", "new connections are not fragmented"}},
			{File: sets.Name, Dialect: "iptables", Why: "it creates sets", Path: "forward", Statements: source.Count{Total: 2, Ignored: 1, Undefined: 1}, Assumptions: []string{"new connections are not fragmented"}},
		},
		Checks: []*lint.Check{family, smb, sqlCheck}, Findings: []lint.Finding{nowhere, certain, possible}, Suppressed: []lint.Finding{suppressed}, Hidden: 3,
		Requirements: []lint.Status{{ID: "R-31", State: lint.Undecided}, {ID: "R-34", State: lint.Failed}, {ID: "R-35", State: lint.NotApplicable}, {ID: "R-01", State: lint.Passed}},
		Problems: []source.Problem{
			{Kind: source.Malformed, Span: span(f, 11, "frobnicate"), Message: "unknown match frobnicate"},
			{Kind: source.Unsupported, Span: span(f, 7, "recent"), Message: "the match recent may hold or not"},
			{Kind: source.Undefined, Span: span(sets, 1, "partners"), Message: "the contents of ipset partners are not given"},
			{Kind: source.Ignored, Span: f.Line(6), Message: "counters have no bearing"},
		},
		Failures: []Failure{{File: "fw/old\x1b.cfg", Message: "the dialect cannot be told; name it with --dialect"}},
		Notes:    []string{"shadowed-rule and redundant-rule are left out above 20 000 rules"},
	}
}

// render returns what a format writes.
func render(tb testing.TB, format string, d *Document, o Options) []byte {
	tb.Helper()
	f, ok := Find(format)
	if !ok {
		tb.Fatalf("there is no format %q", format)
	}
	var b bytes.Buffer
	if err := f.Write(&b, d, o); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
