package eval

import (
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// Engine answers questions about one device. It is safe for use by several
// goroutines.
type Engine struct {
	device *rules.Device
	stages []*rules.Stage // each behind all that lead to it
	names  []packet.Pattern
	local  []packet.AddrRange
	untold *packet.Boxes // the packets of which it is not told whether their destination is an own address
	ways   []way         // longest prefix first
	// dynamic are the interfaces whose IPv4 address is not told.
	dynamic []string
	// translators are the rules that rewrite destinations.
	translators []*rules.Rule
	// chained says that a destination may be rewritten more than once.
	chained bool
	// restores says that a rule gives packets back what they had before translation.
	restores bool
	// settled holds the stages from which on no destination is rewritten.
	settled map[*rules.Stage]bool
	// moved holds, for each stage, the fields that a rule may have rewritten
	// before a rule of the stage sees them.
	moved map[*rules.Stage]packet.FieldSet
	// rerouted holds the stages in which, or behind which, it changes by which
	// interface a packet leaves; settlesOut says that a rule may do so.
	rerouted   map[*rules.Stage]bool
	settlesOut bool
	// idle holds the stages that no answer hangs on.
	idle map[*rules.Stage]bool
	// lossy holds the fields whose values some rule may make unknown, lossyAt
	// those that may be unknown at a stage: what comes later loses nothing there.
	lossy   packet.FieldSet
	lossyAt map[*rules.Stage]packet.FieldSet
	// rewritten holds the addresses and ports that some rule rewrites: whether
	// they are known decides what that does.
	rewritten packet.FieldSet
	// measured says that a rule asks for the length of packets.
	measured bool
	// tentative says that the last match may win.
	tentative bool
	// sites names the rules that call a chain which others call too, so that a
	// packet may walk it more than once.
	sites map[*rules.Rule]string
	// drawn holds the chains in which, or in those they call, a condition that
	// varies decides: each time that a packet gets there it is drawn anew.
	drawn map[*rules.Chain]bool
}

// New returns an engine for d, which must be valid.
func New(d *rules.Device) *Engine {
	e := &Engine{
		device:  d,
		stages:  d.Pipeline.Stages(),
		local:   d.Local(),
		settled: map[*rules.Stage]bool{}, moved: map[*rules.Stage]packet.FieldSet{}, lossyAt: map[*rules.Stage]packet.FieldSet{},
		rerouted: map[*rules.Stage]bool{}, idle: map[*rules.Stage]bool{},
	}
	for _, i := range d.Interfaces {
		if i.Dynamic {
			e.dynamic = append(e.dynamic, i.Name)
		}
	}
	e.names = d.Patterns()
	e.collectCalls()
	e.measured = asksFor(d, packet.Length)
	for _, p := range d.Loopback.Addrs {
		if e.tells(p.Addr().Is4()) {
			e.local = append(e.local, packet.PrefixRange(p))
		}
	}
	e.untold = e.collectUntold()
	e.collectRoutes()
	e.collectTranslations()
	e.collectIdle()
	return e
}

// asksFor reports whether a rule of a device has a condition on a field.
func asksFor(d *rules.Device, f packet.Field) bool {
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			if slices.ContainsFunc(r.Match, func(t rules.Term) bool { return t.Boxes != nil && slices.Contains(t.Boxes.Fields(), f) }) {
				return true
			}
		}
	}
	return false
}

// Device returns the device that e answers for.
func (e *Engine) Device() *rules.Device { return e.device }

var (
	nowhere   = packet.Pattern{}
	anywhere  = packet.Pattern{Prefix: true}
	noOut     = packet.Names(packet.Out, nowhere)
	someOut   = packet.Names(packet.Out, anywhere)
	noIn      = packet.Names(packet.In, nowhere)
	someIn    = packet.Names(packet.In, anywhere)
	localDst  = packet.Number(packet.DstType, uint32(packet.Local))
	dstIsDNAT = packet.Number(packet.DstTranslated, 1)
	isRouted  = packet.Number(packet.Routed, 1)
	srcIsSNAT = packet.Number(packet.SrcTranslated, 1)
)

// conditionKey returns the key under which an unknown condition is asked of a
// packet. A packet whose end was translated is another one to a condition that
// is asked of that end.
func conditionKey(x *rules.Unknown, srcTranslated, dstTranslated bool) string {
	key := x.Key
	if srcTranslated && x.Of&packet.Fields(packet.Src, packet.SrcPort, packet.SrcType) != 0 {
		key += " after source translation"
	}
	if dstTranslated && x.Of&packet.Fields(packet.Dst, packet.DstPort, packet.DstType) != 0 {
		key += " after destination translation"
	}
	return key
}

// keyAt returns the key under which an unknown condition is asked of a packet at
// the end of the calls of path.
func keyAt(x *rules.Unknown, f *packet.Flow, path string) string {
	key := conditionKey(x, f.SrcTranslated, f.DstTranslated)
	if isDrawn(x) {
		key += path
	}
	return key
}
