package packet_test

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

func drawRewrite(t *rapid.T) *packet.Rewrite {
	r := &packet.Rewrite{}
	pool := rapid.SampledFrom([][]netip.Addr{addrs4, addrs6}).Draw(t, "rewrite pool")
	pick := func() netip.Addr { return rapid.SampledFrom(pool).Draw(t, "rewrite addr") }
	switch rapid.IntRange(0, 5).Draw(t, "rewrite kind") {
	case 0, 1:
		r.Addrs = []packet.AddrRange{packet.OneAddr(pick())}
	case 2:
		a := pick()
		r.Network = netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
	case 3:
		// A shift that wraps round: every address has one image.
		r.Shift, r.Addrs = pick(), []packet.AddrRange{{First: pool[0], Last: pool[len(pool)-1]}}
	case 4:
		r.Lost = true
	}
	switch rapid.IntRange(0, 3).Draw(t, "rewrite ports") {
	case 0:
		r.Ports = []packet.Range{packet.One(uint32(rapid.SampledFrom(ports).Draw(t, "new port")))}
	case 1:
		r.Ports, r.ShiftPorts = []packet.Range{{First: 0, Last: 65535}}, true
		r.PortBase = rapid.Uint16().Draw(t, "port base")
	}
	r.ToSelf = rapid.IntRange(0, 5).Draw(t, "to self") == 0
	if rapid.IntRange(0, 5).Draw(t, "back") == 0 {
		return &packet.Rewrite{Restore: true}
	}
	return r
}

// point returns the set that holds f alone, as far as the fields of flows go.
func point(u *packet.Universe, f *packet.Flow) packet.Set {
	s := u.Known(^packet.FieldSet(0) >> 31).Where(packet.Addresses(packet.Src, packet.OneAddr(f.Src)))
	s = s.Where(packet.Addresses(packet.Dst, packet.OneAddr(f.Dst)))
	for field, n := range map[packet.Field]uint32{
		packet.Protocol: uint32(f.Proto), packet.ConnState: uint32(f.State), packet.Mark: f.Mark,
		packet.SrcTranslated: 0, packet.DstTranslated: 0, packet.DstType: 0, packet.SrcType: 0,
	} {
		s = s.Where(packet.Number(field, n))
	}
	if f.Has(packet.DstPort) {
		s = s.Where(packet.Number(packet.DstPort, uint32(f.DstPort))).Where(packet.Number(packet.SrcPort, uint32(f.SrcPort)))
	}
	if f.Has(packet.ICMPType) {
		s = s.Where(packet.Number(packet.ICMPType, uint32(f.ICMPType))).Where(packet.Number(packet.ICMPCode, uint32(f.ICMPCode)))
	}
	if f.Has(packet.TCPFlags) {
		s = s.Where(packet.Number(packet.TCPFlags, uint32(f.TCPFlags)))
	}
	nowhere := packet.Pattern{}
	return s.Where(packet.Names(packet.In, nowhere)).Where(packet.Names(packet.Out, nowhere))
}

func TestRewriteOfSetsAndOfFlowsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		f := drawFlow(t)
		f.In, f.Out = "", ""
		s := point(u, &f)
		g := f
		for range rapid.IntRange(1, 3).Draw(t, "rewrites") {
			r := drawRewrite(t)
			end := rapid.SampledFrom([]packet.End{packet.Source, packet.Destination}).Draw(t, "end")
			s = s.Rewrite(end, r)
			g.Rewrite(end, r, nil)
		}
		if !s.Contains(&g) {
			t.Fatalf("%v became %v (lost %v), which is not in the set", &f, &g, g.Lost)
		}
		for range 20 {
			b := drawBoxes(t)
			known := !slices.ContainsFunc(b.Fields(), func(field packet.Field) bool { return !g.Knows(field) })
			if lost := s.And(u.Lost(b, packet.Fields(b.Fields()...))); known && !lost.IsEmpty() || !known && lost != s {
				t.Errorf("%v knows all of %v: %v; its set does not agree", &g, b.Fields(), known)
			}
			if !known {
				continue
			}
			if want := b.Holds(&g) == packet.True; want && s.Where(b) != s || !want && !s.Where(b).IsEmpty() {
				t.Errorf("%v is in boxes over %v: %v; its set does not agree", &g, b.Fields(), want)
			}
		}
		if back := s.Arrived(); !back.IsEmpty() {
			h, _, _ := back.Example()
			if h.Src != f.Src || h.Has(packet.SrcPort) && h.SrcPort != f.SrcPort {
				t.Errorf("%v arrived with source %v:%d", &f, h.Src, h.SrcPort)
			}
		}
	})
}

// TestRestore holds that packets which are translated and get back what they had
// are those that came, whatever is known of them, and that others stay.
func TestRestore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		f := drawFlow(t)
		f.In, f.Out = "", ""
		f.DstType = rapid.SampledFrom([]packet.AddrType{packet.Unicast, packet.Local}).Draw(t, "type")
		fresh := u.Known(^packet.FieldSet(0) >> 31).Where(packet.Number(packet.SrcTranslated, 0)).Where(packet.Number(packet.DstTranslated, 0))
		s := fresh.Where(drawBoxes(t)).Forget(packet.OrigSrc, packet.OrigDst, packet.OrigSrcPort, packet.OrigDstPort, packet.OrigSrcType, packet.OrigDstType)
		was, flow := s, f
		ends := []packet.End{packet.Source, packet.Destination}
		for range rapid.IntRange(0, 3).Draw(t, "rewrites") {
			r := drawRewrite(t)
			r.ToSelf = false // an address that stays becomes one of the device's own
			end := rapid.SampledFrom(ends).Draw(t, "end")
			s = s.Rewrite(end, r)
			flow.Rewrite(end, r, nil)
		}
		for _, end := range ends {
			back := &packet.Rewrite{Restore: true}
			s = s.Rewrite(end, back)
			flow.Rewrite(end, back, nil)
		}
		if s != was {
			t.Errorf("a set is another once its packets have back what they had")
		}
		if flow != f {
			t.Errorf("%+v got back %+v", f, flow)
		}
	})
}

// Two DNAT rules, one for the members of an unknown set at address A, one for
// those that are not at address B, do not make their target certain.
func TestTranslationKeepsUnknownsApart(t *testing.T) {
	u := newUniverse()
	at := func(a netip.Addr) packet.Set {
		return u.Box(packet.Addresses(packet.Dst, packet.OneAddr(a))).Where(packet.Number(packet.DstTranslated, 0))
	}
	member := u.Unknown("member", packet.Fixed)
	target := &packet.Rewrite{Addrs: []packet.AddrRange{packet.OneAddr(addrs4[5])}}
	s := at(addrs4[1]).And(member).Or(at(addrs4[2]).Minus(member)).Rewrite(packet.Destination, target)
	reached := s.Where(packet.Addresses(packet.Dst, packet.OneAddr(addrs4[5])))
	if !reached.Will().IsEmpty() {
		t.Error("the target is certain, though each packet may miss it")
	}
	if reached.Can().IsEmpty() {
		t.Error("the target cannot be reached")
	}
	// The same through both addresses is certain.
	s = at(addrs4[1]).And(member).Or(at(addrs4[1]).Minus(member)).Rewrite(packet.Destination, target)
	if s.Will().IsEmpty() {
		t.Error("a target that is reached either way is not certain")
	}
}

func TestAssignments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUniverse()
		f := drawFlow(t)
		f.In, f.Out = "", ""
		s := point(u, &f).Where(packet.Number(packet.ConnMark, 0))
		g := f
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			mask := rapid.SampledFrom([]uint32{1, 0xf, 0xff00, 0xffffffff}).Draw(t, "mask")
			value := rapid.Uint32().Draw(t, "value")
			a, b := packet.Mark, packet.ConnMark
			if rapid.Bool().Draw(t, "swap") {
				a, b = b, a
			}
			switch rapid.IntRange(0, 2).Draw(t, "assignment") {
			case 0:
				s = s.Assign(a, mask, value)
				g.Assign(a, mask, value)
			case 1:
				s = s.Flip(a, mask)
				g.Xor(a, mask)
			case 2:
				s = s.XorBits(a, b, mask)
				g.Xor(a, g.Number(b)&mask)
			}
		}
		if !s.Contains(&g) {
			t.Fatalf("mark %#x connmark %#x is not in the set", g.Mark, g.ConnMark)
		}
		if got, _ := s.Ranges(packet.Mark, 3); len(got) != 1 || got[0] != packet.One(g.Mark) {
			t.Errorf("marks %v, want %#x", got, g.Mark)
		}
		if got, _ := s.Ranges(packet.ConnMark, 3); len(got) != 1 || got[0] != packet.One(g.ConnMark) {
			t.Errorf("connection marks %v, want %#x", got, g.ConnMark)
		}
	})
}
