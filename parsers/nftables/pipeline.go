package nftables

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// The way of a packet through Netfilter: at each hook the base chains of all
// tables in the order of their priorities, and routing between the hooks
// (include/uapi/linux/netfilter_ipv4.h).

var (
	noOut = packet.Names(packet.Out, packet.Pattern{})
	noIn  = packet.Names(packet.In, packet.Pattern{})
	// firstOfConnection holds the packets that chains of type nat see: later ones
	// are translated as the first was, and those without a connection never.
	firstOfConnection = packet.Numbers(packet.ConnState, packet.One(uint32(packet.New)), packet.One(uint32(packet.Related)))
)

// natPriorities are where chains of type nat really run: among each other in
// their own order, but all of them in the place of address translation
// (nf_nat_ipv4_ops in net/netfilter/nf_nat_proto.c).
var natPriorities = map[rules.Hook]int{
	rules.Prerouting: -100, rules.Output: -100, rules.Postrouting: 100, rules.Input: 100,
}

// natDone says that another chain at the hook has translated the packet, so that
// those behind it are not asked.
var natDone = map[rules.Hook]packet.Field{
	rules.Prerouting: packet.DstTranslated, rules.Output: packet.DstTranslated, rules.Postrouting: packet.SrcTranslated, rules.Input: packet.SrcTranslated,
}

// place says where in its hook a base chain runs.
func (b *base) place() int {
	if b.isTranslation() {
		return natPriorities[b.hook]
	}
	return b.priority
}

// before orders base chains of one hook. Of those with one priority the kernel
// runs the one that was registered later first (nf_hook_entries_grow in
// net/netfilter/core.c). Chains of type nat are together one that was registered
// when translation was, and each other's priorities order them there.
func before(x, y *chain, translation int) int {
	order := func(c *chain) int {
		if c.base.isTranslation() {
			return translation
		}
		return c.base.order
	}
	return cmp.Or(
		cmp.Compare(x.base.place(), y.base.place()), cmp.Compare(order(y), order(x)),
		cmp.Compare(x.base.priority, y.base.priority), cmp.Compare(y.base.order, x.base.order),
	)
}

// isTranslation reports whether a base chain runs in the place of address
// translation.
func (b *base) isTranslation() bool {
	_, ok := natPriorities[b.hook]
	return ok && b.kind == "nat"
}

// awake returns the base chains that packets of the IP version may meet.
func (l *lowering) awake(family int) []*chain {
	var out []*chain
	for _, t := range l.order {
		if t.dormant || !slices.Contains(familiesOf(t.family), family) {
			continue
		}
		for _, c := range t.chainOrder {
			if c.base != nil {
				out = append(out, c)
			}
		}
	}
	return out
}

// translation returns when address translation was registered: for all hooks at
// once, with the first chain of type nat (nf_nat_register_fn in
// net/netfilter/nf_nat_core.c).
func translation(awake []*chain) int {
	first := 0
	for _, c := range awake {
		if c.base.isTranslation() && (first == 0 || c.base.order < first) {
			first = c.base.order
		}
	}
	return first
}

// hooked returns the base chains that a packet of the IP version meets at a hook.
func (l *lowering) hooked(h rules.Hook, egress bool, family int) []*chain {
	var out []*chain
	awake := l.awake(family)
	for _, c := range awake {
		if c.base.hook == h && c.base.egress == egress {
			out = append(out, c)
		}
	}
	first := translation(awake)
	slices.SortStableFunc(out, func(x, y *chain) int { return before(x, y, first) })
	for i := 1; i < len(out); i++ {
		x, y := out[i-1], out[i]
		tie := x.base.place() == y.base.place() && (x.base.isTranslation() != y.base.isTranslation() || x.base.priority == y.base.priority)
		if tie && x.table != y.table {
			l.note(fmt.Sprintf("of chains with the same priority at the %v hook the later one runs first, as Linux does it", h))
		}
	}
	return out
}

// way is what packets of one IP version meet, hook by hook.
type way struct {
	family   int
	chains   map[rules.Hook][]*chain
	egress   []*chain
	lowering *lowering
}

var routedHooks = []rules.Hook{rules.Ingress, rules.Prerouting, rules.Input, rules.Forward, rules.Output, rules.Postrouting}

// pipeline returns the ways of IPv4 and IPv6 packets, as far as there are tables
// for them.
func (l *lowering) pipeline() rules.Pipeline {
	var ways []way
	for _, family := range []int{packet.IPv4, packet.IPv6} {
		if !l.covers(family) {
			continue
		}
		w := way{family: family, chains: map[rules.Hook][]*chain{}, egress: l.hooked(rules.Postrouting, true, family), lowering: l}
		for _, h := range routedHooks {
			w.chains[h] = l.hooked(h, false, family)
		}
		ways = append(ways, w)
	}
	both := len(ways) == 2 && ways[0].same(&ways[1])
	var p rules.Pipeline
	empty := map[rules.Hook]*rules.Chain{}
	for i := range ways {
		var of rules.Match
		if !both {
			of = rules.Match{{Boxes: familyBoxes[ways[i].family]}}
		}
		p.Entry = append(p.Entry,
			rules.Edge{When: append(slices.Clone(of), rules.Term{Boxes: noIn}), To: ways[i].sent(empty)},
			rules.Edge{When: of, To: ways[i].received(empty)})
		if both {
			break
		}
	}
	return p
}

// covers reports whether a table is for packets of the IP version.
func (l *lowering) covers(family int) bool {
	return slices.ContainsFunc(l.order, func(t *table) bool {
		return t.family != "netdev" && slices.Contains(familiesOf(t.family), family)
	})
}

func (w *way) same(v *way) bool {
	for _, h := range routedHooks {
		if !slices.Equal(w.chains[h], v.chains[h]) {
			return false
		}
	}
	return slices.Equal(w.egress, v.egress)
}

// received returns the way of packets that come in.
func (w *way) received(empty map[rules.Hook]*rules.Chain) *rules.Stage {
	input := w.hook(rules.Input, w.chains[rules.Input], empty, rules.Edge{})
	forward := w.hook(rules.Forward, w.chains[rules.Forward], empty, rules.Edge{To: w.leaving(empty)})
	routing := &rules.Stage{Hook: rules.Prerouting, Route: true, Next: []rules.Edge{
		{When: rules.Match{{Boxes: noOut}}, To: input},
		{To: forward},
	}}
	prerouting := w.hook(rules.Prerouting, w.chains[rules.Prerouting], empty, rules.Edge{To: routing})
	if len(w.chains[rules.Ingress]) == 0 {
		return prerouting
	}
	return w.hook(rules.Ingress, w.chains[rules.Ingress], empty, rules.Edge{To: prerouting})
}

func (w *way) leaving(empty map[rules.Hook]*rules.Chain) *rules.Stage {
	return w.hook(rules.Postrouting, slices.Concat(w.chains[rules.Postrouting], w.egress), empty, rules.Edge{})
}

// sent returns the way of packets that the device sends. They are routed before
// the output hook, and again behind it if their destination changed.
func (w *way) sent(empty map[rules.Hook]*rules.Chain) *rules.Stage {
	again := &rules.Stage{Hook: rules.Output, Route: true, Next: []rules.Edge{{To: w.leaving(empty)}}}
	output := w.hook(rules.Output, w.chains[rules.Output], empty, rules.Edge{To: again})
	return &rules.Stage{Hook: rules.Output, Route: true, Next: []rules.Edge{{To: output}}}
}

// hook returns the stages of one hook, and then the edge. There is always one.
func (w *way) hook(h rules.Hook, chains []*chain, empty map[rules.Hook]*rules.Chain, next rules.Edge) *rules.Stage {
	var first, last *rules.Stage
	add := func(s *rules.Stage) {
		s.Hook = h
		if h == rules.Prerouting || h == rules.Ingress {
			s.Hidden = packet.Fields(packet.Out)
		}
		if last == nil {
			first = s
		} else {
			last.Next = []rules.Edge{{To: s}}
		}
		last = s
	}
	filter := w.filter(h, chains)
	translated := false
	for _, c := range chains {
		model := w.lowering.modelOf(c)
		s := &rules.Stage{Chain: model, Filters: filter[c]}
		switch {
		case c.base.kind == "nat":
			s.When = rules.Match{{Boxes: firstOfConnection}}
			if f := natDone[h]; translated && f != 0 {
				s.When = append(s.When, rules.Term{Boxes: packet.Number(f, 0)})
			}
			translated = true
		case len(c.base.devices) > 0 && c.base.egress:
			s.When = rules.Match{{Boxes: packet.Names(packet.Out, c.base.devices...)}}
		case len(c.base.devices) > 0:
			s.When = rules.Match{{Boxes: packet.Names(packet.In, c.base.devices...)}}
		}
		add(s)
	}
	if isFilterHook(h) && len(filter) == 0 {
		if empty[h] == nil {
			reason := fmt.Sprintf("no chain filters at the %v hook, so that nothing is dropped there", h)
			empty[h] = &rules.Chain{Name: fmt.Sprintf("no filter at %v", h), Policy: rules.Action{Verdict: rules.Accept}, Implicit: reason}
			w.lowering.device.Chains = append(w.lowering.device.Chains, empty[h])
		}
		add(&rules.Stage{Chain: empty[h], Filters: true})
	}
	if last == nil {
		add(&rules.Stage{})
	}
	last.Next = []rules.Edge{next}
	return first
}

func isFilterHook(h rules.Hook) bool {
	return h == rules.Input || h == rules.Forward || h == rules.Output
}

// filter returns the chains whose job it is to drop packets at a hook: those
// that can or, if none can, the one that is nearest to where filters stand.
func (w *way) filter(h rules.Hook, chains []*chain) map[*chain]bool {
	if !isFilterHook(h) {
		return nil
	}
	out := map[*chain]bool{}
	var nearest *chain
	for _, c := range chains {
		if c.base.kind != "filter" {
			continue
		}
		if stops(w.lowering.modelOf(c)) {
			out[c] = true
		}
		if nearest == nil || abs(c.base.priority) < abs(nearest.base.priority) {
			nearest = c
		}
	}
	if len(out) == 0 && nearest != nil {
		out[nearest] = true
	}
	return out
}

func abs(n int) int { return max(n, -n) }

// stops reports whether a chain may drop packets.
func stops(c *rules.Chain) bool {
	if c.Policy.Verdict == rules.Drop {
		return true
	}
	for _, x := range c.Reached() {
		for _, r := range x.Rules {
			switch r.Action.Verdict {
			case rules.Drop, rules.Reject, rules.Undecided:
				return true
			case rules.Accept, rules.Continue, rules.Jump, rules.Goto, rules.Return:
			}
		}
	}
	return false
}
