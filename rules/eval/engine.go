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
	routes []rules.Route // longest prefix first
	// translators are the rules that rewrite destinations.
	translators []*rules.Rule
	// settled holds the stages from which on no destination is rewritten.
	settled map[*rules.Stage]bool
	// moved holds, for each stage, the fields that a rule may have rewritten
	// before a rule of the stage sees them.
	moved map[*rules.Stage]packet.FieldSet
	// lossy holds the fields whose values some rule may make unknown.
	lossy packet.FieldSet
}

// New returns an engine for d, which must be valid.
func New(d *rules.Device) *Engine {
	e := &Engine{
		device:  d,
		stages:  d.Pipeline.Stages(),
		local:   d.Local(),
		settled: map[*rules.Stage]bool{},
		moved:   map[*rules.Stage]packet.FieldSet{},
	}
	e.collectNames()
	e.collectRoutes()
	e.collectTranslations()
	return e
}

// Device returns the device that e answers for.
func (e *Engine) Device() *rules.Device { return e.device }

// collectNames finds every interface name that a condition asks for.
func (e *Engine) collectNames() {
	seen := map[packet.Pattern]bool{}
	add := func(p packet.Pattern) bool {
		if !seen[p] {
			seen[p] = true
			e.names = append(e.names, p)
		}
		return true
	}
	for _, i := range e.device.Interfaces {
		add(packet.Pattern{Text: i.Name})
	}
	for _, r := range e.device.Routes {
		add(packet.Pattern{Text: r.Out})
	}
	eachTerm(e.device, func(t *rules.Term) {
		if t.Boxes != nil {
			t.Boxes.Patterns(add)
		}
		if t.Unknown != nil && t.Unknown.Within != nil {
			t.Unknown.Within.Patterns(add)
		}
	})
}

// eachTerm calls f for every term of every rule, stage and edge of d.
func eachTerm(d *rules.Device, f func(*rules.Term)) {
	match := func(m rules.Match) {
		for i := range m {
			f(&m[i])
		}
	}
	for _, c := range d.Chains {
		for _, r := range c.Rules {
			match(r.Match)
		}
	}
	edges := func(list []rules.Edge) {
		for _, edge := range list {
			match(edge.When)
		}
	}
	edges(d.Pipeline.Entry)
	for _, s := range d.Pipeline.Stages() {
		match(s.When)
		edges(s.Next)
	}
}

// collectRoutes joins the routes with the networks of the interfaces.
func (e *Engine) collectRoutes() {
	if len(e.device.Routes) == 0 {
		return
	}
	e.routes = slices.Clone(e.device.Routes)
	for _, i := range e.device.Interfaces {
		for _, p := range i.Addrs {
			e.routes = append(e.routes, rules.Route{To: p.Masked(), Out: i.Name, Span: i.Span})
		}
	}
	slices.SortStableFunc(e.routes, func(a, b rules.Route) int { return b.To.Bits() - a.To.Bits() })
}

// collectTranslations finds the rules that translate, and where the first and
// the last of them may be.
func (e *Engine) collectTranslations() {
	found := map[*rules.Stage]translation{}
	for _, s := range slices.Backward(e.stages) {
		settled := true
		for _, edge := range s.Next {
			settled = settled && (edge.To == nil || e.settled[edge.To])
		}
		if s.Chain != nil {
			found[s] = e.translates(s.Chain)
			settled = settled && !found[s].all.Has(packet.Dst)
		}
		e.settled[s] = settled
	}
	for _, s := range e.stages {
		out := e.moved[s] | found[s].all
		if s.Route && len(e.routes) > 0 {
			out |= packet.Fields(packet.Out)
		}
		e.moved[s] |= found[s].goingOn
		for _, edge := range s.Next {
			if edge.To != nil {
				e.moved[edge.To] |= out
			}
		}
	}
}

// translation is what the rules of a stage rewrite.
type translation struct {
	all     packet.FieldSet
	goingOn packet.FieldSet // by rules behind which others of the stage may follow
}

// translates notes and returns what the rules of a chain and those it calls
// translate.
func (e *Engine) translates(c *rules.Chain) translation {
	var t translation
	for _, chain := range c.Reached() {
		for _, r := range chain.Rules {
			n := r.Action.NAT
			if n == nil {
				continue
			}
			e.lossy |= loses(&n.Src, packet.Src, packet.SrcPort, packet.SrcType) | loses(&n.Dst, packet.Dst, packet.DstPort, packet.DstType)
			var fields packet.FieldSet
			if !n.Src.IsZero() {
				fields |= packet.Fields(packet.Src, packet.SrcPort, packet.SrcType)
			}
			if !n.Dst.IsZero() {
				fields |= packet.Fields(packet.Dst, packet.DstPort, packet.DstType)
				e.translators = append(e.translators, r)
			}
			t.all |= fields
			if r.Action.Verdict != rules.Accept || r.Action.Tentative {
				t.goingOn |= fields
			}
		}
	}
	return t
}

// loses returns the fields whose values a rewrite may make unknown. What the
// routing table says of a new address is not known until the packet is routed.
func loses(r *packet.Rewrite, addr, port, addrType packet.Field) packet.FieldSet {
	var s packet.FieldSet
	if !r.IsZero() {
		s = packet.Fields(addrType)
	}
	if r.Lost || r.Network.IsValid() || r.Shift.IsValid() {
		s |= packet.Fields(addr)
	}
	if r.ShiftPorts {
		s |= packet.Fields(port)
	}
	return s
}

var (
	nowhere   = packet.Pattern{}
	anywhere  = packet.Pattern{Prefix: true}
	noOut     = packet.Names(packet.Out, nowhere)
	someOut   = packet.Names(packet.Out, anywhere)
	noIn      = packet.Names(packet.In, nowhere)
	someIn    = packet.Names(packet.In, anywhere)
	localDst  = packet.Number(packet.DstType, uint32(packet.Local))
	dstIsDNAT = packet.Number(packet.DstTranslated, 1)
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
